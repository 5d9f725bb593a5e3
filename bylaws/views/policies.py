"""Governing documents as they are read: the list, one document on any day, two versions side by side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from bylaws.choices import (
    IN_DEVELOPMENT,
    Acknowledgers,
    SectionChange,
    VersionStatus,
)
from bylaws.forms.policies import OnForm
from bylaws.models import Policy, PolicyComment, PolicyVersion
from bylaws.rules.document_diff import differences
from bylaws.rules.policy_text import Section, fill, sections_of
from bylaws.selectors import policies as selectors
from bylaws.selectors.acknowledgements import mine_to_acknowledge
from bylaws.selectors.citations import carried_by, citable
from bylaws.services.policies import APPROVE, may_write, owners_for
from bylaws.views.common import found
from bylaws.wording import in_words, subject_in_words
from config.accounts.policies import may
from config.accounts.selectors.facilities import current_facility
from config.kernel import clock
from config.kernel.errors import Forbidden
from config.kernel.pages import Action, Crumb, Empty, render_page
from config.organization.models import Facility
from config.rulebook.parameters import definitions
from config.rulebook.selectors.parameters import resolve_many

TITLE = "Bylaws, rules and policies"


def url_of(policy: Policy, version: PolicyVersion | None = None) -> str:
    """Where the document is read, or one of its versions."""
    page = reverse("bylaws:policy", args=[policy.uid])
    return f"{page}?version={version.number}" if version else page


def crumbs(*more: Crumb) -> list[Crumb]:
    """The path to a page about documents."""
    return [Crumb(TITLE, reverse("bylaws:policies")), *more]


def reading_at(request: HttpRequest) -> Facility:
    """The facility whose documents are read: where the person works now, else where they are a member."""
    facility = current_facility(request)
    if facility is not None and selectors.may_read(request.user, facility):
        return facility
    place = selectors.readable_facilities(request.user).first()
    if place is None:
        raise Forbidden(
            "The bylaws, rules and policies are read by whoever holds an appointment, a seat or a role here."
        )
    return place


def get_or_404(request: HttpRequest, uid) -> Policy:
    """The document, for whoever may read it."""
    reading_at(request)
    return found(selectors.get_policy(request.user, uid))


@login_required
@require_safe
def policy_list(request: HttpRequest) -> HttpResponse:
    """The governing documents of the facility, as they stand today."""
    facility = reading_at(request)
    today = clock.today(facility)
    actions, new = [], None
    if owners_for(request.user, facility):
        new = Action("New document", url=reverse("bylaws:policy_add"), icon="plus")
        read = Action("Import", url=reverse("bylaws:policy_import"), icon="file-import", kind="primary")
        actions = [new, read]
    return render_page(
        request,
        "bylaws/policies.html",
        {
            "title": TITLE,
            "subtitle": f"{facility}: what the house goes by, in the versions its bodies approved",
            "rows": selectors.policies_on(request.user, facility, today, whole=False),
            "asked": mine_to_acknowledge(request.user, facility),
            "writes": selectors.reads_drafts(request.user, facility),
            "actions": actions,
            "empty": Empty(
                "No document is written yet.",
                "The two coordinators write or import them; the bodies approve each version."
                if new
                else "What the bodies approve will stand here.",
                new,
                icon="book",
            ),
        },
    )


@dataclass
class Carried:
    """A number that a section carries: what the document says, and what binds."""

    title: str
    code: str
    subject: str
    says: str
    binds: str
    own: bool  # what the document says is what binds


@dataclass
class Shown:
    """A section on the page, with what hangs on it."""

    section: Section
    carries: list[Carried] = field(default_factory=list)
    comments: list[PolicyComment] = field(default_factory=list)

    @property
    def heading(self) -> int:
        """Which heading of the page it is: 2 to 4."""
        return min(self.section.level + 1, 4)


@login_required
@require_safe
def policy(request: HttpRequest, uid) -> HttpResponse:
    """One document: the words that hold today (or on a day, or of the version asked for), what each section
    carries and names, the comments, and every version.
    """
    one = get_or_404(request, uid)
    today = clock.today(one.facility)
    versions = selectors.versions_of(one, request.user)
    holding = selectors.in_force(versions, today)
    asked = _day_asked(request)
    then = selectors.in_force(versions, asked) if asked else None
    shown = _version_asked(request, versions) or then or holding or (versions[0] if versions else None)
    if shown is None:
        raise Http404
    sections = sections_of(shown.body)
    on = asked or selectors.day_of_numbers(shown, versions, today)
    values = selectors.values_named(sections, one.facility, on)
    writes = may_write(request.user, one)
    comments = selectors.comments_of(one, request.user) if shown.in_force_from is None else []
    reads_drafts = selectors.reads_drafts(request.user, one.facility)
    parts = _parts(one, fill(sections, values), on, comments)
    keys = {each.key for each in sections}
    return render_page(
        request,
        "bylaws/policy.html",
        {
            "title": one.title,
            "subtitle": (
                f"{one.get_kind_display()} {one.number} of {one.facility.name}, version {shown.number}"
            ),
            "crumbs": crumbs(Crumb(one.number)),
            "page_badge": selectors.state_of(shown, holding, today),
            "actions": _acts(request, one, shown, versions, writes),
            "policy": one,
            "shown": shown,
            "parts": parts,
            "contents": [each.section for each in parts if not each.section.lettered]
            if len(parts) > 6
            else [],
            "values": values,
            "on": on,
            "asked_day": asked,
            "versions": [(each, selectors.state_of(each, holding, today)) for each in versions],
            "older": next((each for each in versions if each.number < shown.number), None),
            "whole_comments": [each for each in comments if each.section not in keys],
            "comments": comments,
            "may_comment": _may_comment(shown, writes, today),
            "comment_url": reverse("bylaws:policy_comment", args=[one.uid, shown.number]),
            "number_url": reverse("bylaws:policy_number", args=[one.uid]),
            "may_resolve": writes,
            "sets_numbers": may(request.user, "bylaws.set_parameters", one.facility)
            and shown.status == VersionStatus.PUBLISHED,
            "due": _due(one, holding, today),
            "asked": [each for each in mine_to_acknowledge(request.user, one.facility) if each[0] == shown],
            "sees_acknowledgements": reads_drafts and shown.acknowledged_by != Acknowledgers.NOBODY,
        },
    )


def _parts(one: Policy, sections: Sequence[Section], on: dt.date, comments) -> list[Shown]:
    """The sections with the numbers they carry on the day and the comments on them; two queries."""
    documents = citable(one.facility, on)
    carried: dict[str, list[Carried]] = {}
    if any(each.uid == one.uid for each in documents):
        bounds = resolve_many(list(definitions()), facility=one.facility, on=on)
        for key, found_here in carried_by(one, bounds.values(), documents).items():
            carried[key] = [_carried(bound, candidate) for bound, candidate in found_here]
    said: dict[str, list[PolicyComment]] = {}
    for each in comments:
        said.setdefault(each.section, []).append(each)
    return [Shown(each, carried.get(each.key, []), said.get(each.key, [])) for each in sections]


def _carried(bound, candidate) -> Carried:
    says, binds = _words(bound.code, candidate.value), _words(bound.code, bound.value)
    return Carried(
        title=definitions()[bound.code].title,
        code=bound.code,
        subject=subject_in_words(bound.subject),
        says=says,
        binds=binds,
        own=any(each.uid == candidate.uid for each in bound.merged) and says == binds,
    )


def _words(code: str, value: Any) -> str:
    words = in_words(code, value)
    if words:
        return words
    if isinstance(value, list):
        return ", ".join(str(each) for each in value if not isinstance(each, dict)) or "a list"
    return f"{value} {definitions()[code].unit}".strip()


def _may_comment(shown: PolicyVersion, writes: bool, today: dt.date) -> bool:
    if shown.status == VersionStatus.DRAFT:
        return writes
    late = shown.comments_until is not None and today > shown.comments_until
    return shown.status == VersionStatus.COMMENTS and (writes or not late)


def _due(one: Policy, holding: PolicyVersion | None, today: dt.date) -> selectors.Due | None:
    if holding is None:
        return None
    code = selectors.DOCUMENT_REVIEW.code
    bounds = resolve_many([code], facility=one.facility, on=today)
    reviewed = list(one.reviews.values_list("reviewed_on", flat=True))
    return selectors.review_due(one, holding, reviewed, selectors.review_months(bounds, one.kind), today)


def _acts(
    request: HttpRequest, one: Policy, shown: PolicyVersion, versions: Sequence[PolicyVersion], writes: bool
) -> list[Action]:
    """What the reader may do with the version shown; of those the next step stands out."""
    acts: list[Action] = []
    place = [one.uid, shown.number]
    if writes:
        acts += _owner_acts(one, shown, versions)
    if may(request.user, APPROVE, one.facility) and shown.status == VersionStatus.BODIES:
        url = reverse("bylaws:policy_approve", args=place)
        acts.append(Action("Record an approval", url=url, icon="check", kind="primary"))
    return acts


def _owner_acts(one: Policy, shown: PolicyVersion, versions: Sequence[PolicyVersion]) -> list[Action]:
    place = [one.uid, shown.number]
    move = reverse("bylaws:policy_move", args=place)
    acts = [
        Action("Write the next version", url=reverse("bylaws:policy_write", args=[one.uid]), icon="edit"),
        Action(
            "Import the next version",
            url=reverse("bylaws:policy_import_version", args=[one.uid]),
            icon="file-import",
        ),
    ]
    if shown.status == VersionStatus.PUBLISHED:
        url = reverse("bylaws:policy_review", args=[one.uid])
        acts.append(Action("Record a review", url=url, icon="calendar-event"))
    if shown.status == VersionStatus.DRAFT:
        url = reverse("bylaws:policy_ask", args=place)
        acts.append(Action("Ask for comments", url=url, icon="message"))
    if shown.status in (VersionStatus.DRAFT, VersionStatus.COMMENTS):
        acts.append(
            Action(
                "Put before the bodies",
                url=move,
                icon="gavel",
                kind="primary",
                method="post",
                hidden={"to": str(VersionStatus.BODIES)},
                confirm="The bodies have it then, in their order, and no more comments are taken.",
                confirm_label="Put before the bodies",
            )
        )
    if shown.status == VersionStatus.APPROVED:
        url = reverse("bylaws:policy_publish", args=place)
        acts.append(Action("Publish", url=url, icon="check", kind="primary"))
    if shown.status in IN_DEVELOPMENT:
        acts.append(
            Action(
                "Set aside",
                url=move,
                icon="archive",
                method="post",
                hidden={"to": str(VersionStatus.SET_ASIDE)},
                confirm="This version is given up. It stays on record; a next one can be written.",
                confirm_label="Set it aside",
            )
        )
    return acts


def _day_asked(request: HttpRequest) -> dt.date | None:
    """The day of ``?on=``, of which the version that held is shown with its numbers; none where none is asked
    for.
    """
    form = OnForm(request.GET)
    if not form.is_valid():
        raise Http404
    return form.cleaned_data["on"]


def _version_asked(
    request: HttpRequest, versions: Sequence[PolicyVersion], name: str = "version"
) -> PolicyVersion | None:
    asked = request.GET.get(name, "")
    if not asked:
        return None
    number = int(asked) if asked.isdecimal() and len(asked) < 9 else 0
    one = next((each for each in versions if each.number == number), None)
    if one is None:
        raise Http404
    return one


@login_required
@require_safe
def policy_compare(request: HttpRequest, uid) -> HttpResponse:
    """Two versions of a document: what is new, changed, left out and renumbered, word by word."""
    one = get_or_404(request, uid)
    versions = selectors.versions_of(one, request.user)
    newer = _version_asked(request, versions, "newer") or (versions[0] if versions else None)
    if newer is None:
        raise Http404
    before = [each for each in versions if each.number < newer.number]
    older = _version_asked(request, versions, "older") or (before[0] if before else newer)
    changes = differences(sections_of(older.body), sections_of(newer.body))
    counts = [(kind, sum(each.change == kind for each in changes)) for kind in SectionChange]
    return render_page(
        request,
        "bylaws/policy_compare.html",
        {
            "title": f"Version {older.number} and version {newer.number}",
            "subtitle": str(one),
            "crumbs": crumbs(Crumb(one.number, url_of(one)), Crumb("Comparison")),
            "policy": one,
            "older": older,
            "newer": newer,
            "versions": versions,
            "changes": changes,
            "counts": [(kind, number) for kind, number in counts if number],
            "empty": Empty("Nothing is different between the two.", icon="circle-check"),
        },
    )
