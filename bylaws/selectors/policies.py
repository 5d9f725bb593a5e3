"""Governing documents, which of their versions hold on a day, what each names, and when it is reviewed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Count,
    DateField,
    DateTimeField,
    Exists,
    F,
    Func,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast

from bylaws.choices import (
    CIRCULATED,
    IN_DEVELOPMENT,
    DocumentOwner,
    PolicyState,
    ReviewState,
    VersionStatus,
)
from bylaws.models import (
    AppointmentPeriod,
    CommitteeSeatPeriod,
    Policy,
    PolicyApproval,
    PolicyComment,
    PolicyVersion,
)
from bylaws.parameters import DOCUMENT_REVIEW
from bylaws.rules.document_review import review_day
from bylaws.rules.policy_text import Reference, Section, sections_of
from bylaws.wording import in_words
from config.accounts.policies import facilities_with, may
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.organization.models import Facility
from config.rulebook.parameters import definitions
from config.rulebook.rules import rules
from config.rulebook.selectors.parameters import Bound, resolve_many
from practitioners.selectors.canonical import own_records

READ = "bylaws.read_documents"
#: Who reads drafts too: both offices, whichever of them develops the document.
WRITE = ("bylaws.manage_documents", "credentialing.manage_policies")
#: How many days before its review a document stands on Today.
REVIEW_AHEAD = 60


# --- who reads what -----------------------------------------------------------------------------------------


def visible_policies(viewer) -> QuerySet[Policy]:
    """Documents of the facilities where the person may read them: by role, by an appointment or by a seat. Of
    those without a version to be read by them (:func:`versions_of`) there are none.
    """
    found = Policy.objects.filter(facility__in=readable_facilities(viewer))
    writes = Q(facility_id__in={pk for each in WRITE for pk in facilities_with(viewer, each)})
    shown = PolicyVersion.objects.filter(
        policy=OuterRef("pk"), status__in=(*CIRCULATED, VersionStatus.PUBLISHED)
    )
    return found.filter(writes | Exists(shown)).select_related("facility", "created_by")


def readable_facilities(viewer) -> QuerySet[Facility]:
    """The facilities whose documents the person may read."""
    if getattr(viewer, "is_system", False):
        return Facility.objects.all()
    # The day of each facility, as it is there now.
    here = Func(F("time_zone"), Value(clock.wall(), DateTimeField()), function="timezone")
    today: Any = OuterRef("here_today")
    appointed = AppointmentPeriod.objects.in_force(today).filter(
        facility=OuterRef("pk"), practitioner__in=own_records(viewer)
    )
    seated = CommitteeSeatPeriod.objects.in_force(today).filter(
        identity__committee__facility=OuterRef("pk"), identity__user=viewer
    )
    by_role = Q(pk__in=facilities_with(viewer, READ))
    places = Facility.objects.alias(here_today=Cast(here, DateField()))
    return places.filter(by_role | Exists(appointed) | Exists(seated)).order_by("name")


def may_read(viewer, facility: Facility) -> bool:
    """Whether the person may read the documents of the facility."""
    return may(viewer, READ, facility) or readable_facilities(viewer).filter(pk=facility.pk).exists()


def reads_drafts(viewer, facility: Facility) -> bool:
    """Whether the person reads what is not yet out for comments, and what was set aside."""
    return any(may(viewer, each, facility) for each in WRITE)


def get_policy(viewer, uid: uuid.UUID) -> Policy | None:
    """The document of that uid; None when there is none for them."""
    return visible_policies(viewer).filter(uid=uid).first()


def versions_of(policy: Policy, viewer=None) -> list[PolicyVersion]:
    """Every version the viewer may read (None: every one), the newest first, with its approvals; two "
    "queries."""
    rows = policy.versions.select_related("made_by", "published_by").order_by("-number")
    rows = rows.prefetch_related(
        Prefetch(
            "approvals",
            PolicyApproval.objects.select_related("motion__agenda_item__meeting", "recorded_by"),
        )
    )
    if viewer is not None and not reads_drafts(viewer, policy.facility):
        rows = rows.filter(status__in=(*CIRCULATED, VersionStatus.PUBLISHED))
    found = list(rows)
    for each in found:
        each.policy = policy
    return found


# --- what holds ---------------------------------------------------------------------------------------------


def in_force(versions: Sequence[PolicyVersion], on: dt.date) -> PolicyVersion | None:
    """Of the versions of one document, the one that holds on the day: of those in force the newest."""
    holding = [each for each in versions if each.in_force_from is not None and each.in_force_from <= on]
    return max(holding, key=lambda each: (each.in_force_from, each.number), default=None)


def basis(versions: Sequence[PolicyVersion]) -> PolicyVersion:
    """Of the versions of one document, the newest first, the one a next version is written from: the newest
    that was not given up.
    """
    return next((each for each in versions if each.status != VersionStatus.SET_ASIDE), versions[0])


def state_of(version: PolicyVersion, holding: PolicyVersion | None, on: dt.date) -> PolicyState:
    """How a version stands on the day on which ``holding`` is the one in force."""
    if version.in_force_from is None:
        return PolicyState(version.status)
    if version.in_force_from > on:
        return PolicyState.AHEAD
    return PolicyState.IN_FORCE if holding is not None and version.pk == holding.pk else PolicyState.REPLACED


def day_of_numbers(version: PolicyVersion, versions: Iterable[PolicyVersion], today: dt.date) -> dt.date:
    """The day of which a version shows its numbers: today, of one to come its first day, and of one that was
    replaced the last day on which it held.
    """
    begins = version.in_force_from
    if begins is None:
        return today
    later = [
        each.in_force_from
        for each in versions
        if each.in_force_from is not None
        and begins <= each.in_force_from <= today
        and (each.in_force_from, each.number) > (begins, version.number)
    ]
    # One that took its place on the same day never held: its own first day is the nearest there is.
    return max(begins, min(later) - ONE_DAY) if later else max(begins, today)


@dataclass(frozen=True)
class Due:
    """When a document is reviewed next, and how that stands."""

    last: dt.date
    on: dt.date
    state: ReviewState


def review_due(
    policy: Policy,
    holding: PolicyVersion | None,
    reviewed: Iterable[dt.date],
    months: int | None,
    today: dt.date,
) -> Due | None:
    """When the document is due for review: so many months after it was approved or reviewed last,
    whichever is later; None for one that is not in force, or where nobody says how often. ``months`` is
    the parameter's, and a shorter cycle of the document's own counts before it. Overdue is the day after
    the due day.
    """
    if holding is None or holding.in_force_from is None:
        return None
    approved = max((each.approved_on for each in holding.approvals.all()), default=holding.in_force_from)
    last = max([approved, *(day for day in reviewed if day <= today)])
    due = review_day(last, policy.review_months, months)
    if due is None:
        return None
    if today > due:
        return Due(last, due, ReviewState.OVERDUE)
    soon = due - dt.timedelta(days=REVIEW_AHEAD) <= today
    return Due(last, due, ReviewState.SOON if soon else ReviewState.REVIEWED)


def review_months(bounds: Mapping[tuple[str, str], Bound], kind: str) -> int | None:
    """The months between reviews that bind for a kind of document: its own row, else the one for all."""
    code = DOCUMENT_REVIEW.code
    bound = bounds.get((code, kind)) or bounds.get((code, ""))
    return bound.value if bound is not None else None


@dataclass(frozen=True)
class PolicyRow:
    """A document with its versions, on a day."""

    policy: Policy
    versions: Sequence[PolicyVersion]
    holding: PolicyVersion | None
    draft: PolicyVersion | None
    due: Due | None = None
    open_comments: int = 0

    @property
    def state(self) -> PolicyState:
        """How the document as a whole stands."""
        if self.holding is not None:
            return PolicyState.IN_FORCE
        if any(each.in_force_from is not None for each in self.versions):
            return PolicyState.AHEAD
        return PolicyState(self.draft.status) if self.draft is not None else PolicyState.SET_ASIDE


def policies_on(viewer, facility: Facility, on: dt.date, *, whole: bool = True) -> list[PolicyRow]:
    """Every document of the facility the viewer may read with what holds on the day, what is in development,
    and when it is reviewed; five queries. ``whole``: with the words.
    """
    versions = PolicyVersion.objects.order_by("-number").prefetch_related("approvals")
    if not reads_drafts(viewer, facility):
        versions = versions.filter(status__in=(*CIRCULATED, VersionStatus.PUBLISHED))
    if not whole:
        versions = versions.defer("body", "outline")
    found = (
        visible_policies(viewer)
        .filter(facility=facility)
        .annotate(
            open_comments=Count(
                "versions__comments", filter=Q(versions__comments__resolved_at__isnull=True), distinct=True
            )
        )
        .prefetch_related(Prefetch("versions", versions), "reviews")
        .order_by("number")
    )
    bounds = resolve_many([DOCUMENT_REVIEW.code], facility=facility, on=on)
    rows = []
    for policy in found:
        theirs = list(policy.versions.all())
        draft = next((each for each in theirs if each.status in IN_DEVELOPMENT), None)
        holding = in_force(theirs, on)
        due = review_due(
            policy,
            holding,
            [each.reviewed_on for each in policy.reviews.all()],
            review_months(bounds, policy.kind),
            on,
        )
        rows.append(PolicyRow(policy, theirs, holding, draft, due, policy.open_comments))
    return rows


def to_review(viewer, facility: Facility, on: dt.date) -> list[PolicyRow]:
    """Documents the viewer's office develops that are due for review soon or overdue, the most urgent "
    "first."""
    mine = {
        owner
        for owner, permission in zip(
            (DocumentOwner.MEDICAL_STAFF, DocumentOwner.CREDENTIALING), WRITE, strict=True
        )
        if may(viewer, permission, facility)
    }
    rows = [
        row
        for row in policies_on(viewer, facility, on, whole=False)
        if row.policy.owner in mine and row.due is not None and row.due.state != ReviewState.REVIEWED
    ]
    return sorted(rows, key=lambda row: (row.due.on, row.policy.number))


def before_bodies(facility: Facility) -> list[PolicyVersion]:
    """Versions that wait for a body, the oldest first; one query."""
    return list(
        PolicyVersion.objects.filter(policy__facility=facility, status=VersionStatus.BODIES)
        .select_related("policy")
        .defer("body", "outline")
        .order_by("made_at", "pk")
    )


def comments_of(policy: Policy, viewer) -> list[PolicyComment]:
    """The comments on the document the viewer may read, the oldest first; one query. Who reads no drafts
    reads no comments on them either, nor those on a version that was set aside.
    """
    found = PolicyComment.objects.filter(version__policy=policy)
    if not reads_drafts(viewer, policy.facility):
        found = found.filter(version__status__in=(*CIRCULATED, VersionStatus.PUBLISHED), on_draft=False)
    return list(
        found.select_related("made_by", "resolved_by", "version")
        .defer("version__body", "version__outline")
        .order_by("made_at", "pk")
    )


def get_comment(viewer, uid: uuid.UUID) -> PolicyComment | None:
    """The comment of that uid on a document the viewer may read."""
    return (
        PolicyComment.objects.filter(uid=uid, version__policy__in=visible_policies(viewer))
        .select_related("version__policy__facility", "made_by")
        .first()
    )


def naming(rows: Iterable[PolicyRow]) -> dict[Reference, list[tuple[Policy, Section]]]:
    """Which sections of the policies in force name what; no query."""
    found: dict[Reference, list[tuple[Policy, Section]]] = {}
    for row in rows:
        for section in sections_of(row.holding.body) if row.holding is not None else ():
            for reference in section.named:
                found.setdefault(reference, []).append((row.policy, section))
    return found


# --- what a policy may name -------------------------------------------------------------------------------


def nameable(facility: Facility, on: dt.date) -> dict[str, set[str]]:
    """The codes of all parameters with the subjects that have a value at the facility; one query."""
    subjects: dict[str, set[str]] = {code: {""} for code in definitions()}
    for code, subject in resolve_many(list(definitions()), facility=facility, on=on):
        subjects[code].add(subject)
    return subjects


def said(bound: Bound) -> str:
    """A value in the words of a policy: with its unit, and by whom it is set."""
    if not bound.is_set:
        return "what nobody has set yet"
    words = in_words(bound.code, bound.value)
    if words:
        return words
    if isinstance(bound.value, list):
        return ", ".join(str(each) for each in bound.value if not isinstance(each, dict)) or "a list"
    unit = definitions()[bound.code].unit
    return f"{bound.value} {unit}".strip()


def values_named(sections: Iterable[Section], facility: Facility, on: dt.date) -> Mapping[Reference, str]:
    """What each number and rule that is named says at the facility on the day; one query at most."""
    named = {each for section in sections for each in section.named}
    titles = {rule.code: rule.title for rule in rules()}
    found = {each: titles[each[0]] for each in named if each[0] in titles}
    codes = {code for code, _ in named} & set(definitions())
    bounds = resolve_many(list(codes), facility=facility, on=on) if codes else {}
    for code, subject in named:
        if code in codes:
            found[code, subject] = said(bounds.get((code, subject), Bound(code, subject, None)))
    return found
