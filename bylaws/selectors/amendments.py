"""Amendments of a facility, what the bylaws set that can be amended, and who has a vote on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from bylaws.choices import IN_DEVELOPMENT, Acknowledgers, AmendmentStatus, BallotWay, VersionStatus
from bylaws.models import (
    Amendment,
    AmendmentStep,
    AmendmentVoter,
    AppointmentPeriod,
    BallotReturn,
    PolicyVersion,
)
from bylaws.parameters import AMENDMENT_NOTICE, VOTING_CATEGORIES, bind, bind_many
from bylaws.rules.amending import too_soon
from bylaws.rules.document_diff import SectionDiff, differences
from bylaws.rules.policy_text import sections_of
from bylaws.selectors.policies import in_force, versions_of
from config.accounts.models import User
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.organization.models import Facility
from config.rulebook.choices import SourceKind
from config.rulebook.parameters import definitions
from config.rulebook.selectors.parameters import Bound, DraftValue, resolve_many, resolve_with_drafts
from practitioners.models import Practitioner
from practitioners.selectors.canonical import own_records, person_id


def amendments_of(facility: Facility) -> QuerySet[Amendment]:
    """Every amendment of the facility, the newest first."""
    return Amendment.objects.filter(facility=facility).select_related("drafted_by")


def amendment_page(facility: Facility, uid) -> Amendment | None:
    """One amendment with its values and steps; None where there is none of that uid."""
    return (
        amendments_of(facility)
        .select_related("facility", "version__policy__facility")
        .prefetch_related("values__source_body", "steps__recorded_by")
        .filter(uid=uid)
        .first()
    )


def drafts_of(amendment: Amendment) -> list[DraftValue]:
    """The values it would change, as they are tried."""
    return [
        DraftValue(row.code, row.subject, row.source_body_id, row.value, row.citation)
        for row in amendment.values.all()
    ]


def amendable(facility: Facility) -> dict[tuple[str, str], Bound]:
    """What the bylaws set or could set: by code and subject, with what binds today. Numbers of the law and of
    accreditors bind beside it: a bylaws value stricter than theirs takes effect, a weaker one does not.
    """
    declared = [code for code in definitions() if code.startswith(("bylaws.", "privileging."))]
    found = resolve_many(declared, facility=facility, on=clock.today(facility))
    rows = {key: bound for key, bound in found.items() if not _law_alone(bound)}
    spoken = {code for code, _ in found}
    rows |= {(code, ""): Bound(code, "", None) for code in declared if code not in spoken}
    return dict(sorted(rows.items()))


def drafts_to_amend_with(facility: Facility) -> QuerySet[PolicyVersion]:
    """Versions of documents of the facility that are being developed: an amendment may bring one in force."""
    return (
        PolicyVersion.objects.filter(policy__facility=facility, status__in=IN_DEVELOPMENT)
        .exclude(status=VersionStatus.APPROVED)
        .select_related("policy")
        .order_by("policy__number")
    )


def text_changes(amendment: Amendment) -> list[SectionDiff]:
    """Which sections of its document the amendment changes, against what is in force today (of a document
    that never was, against nothing); empty where it is linked to no draft. Two queries.
    """
    if amendment.version is None:
        return []
    versions = versions_of(amendment.version.policy)
    holding = in_force(versions, clock.today(amendment.facility))
    older = sections_of(holding.body) if holding is not None else []
    return differences(older, sections_of(amendment.version.body))


def changed_values(amendment: Amendment) -> list[tuple[Bound, Bound]]:
    """Each value it changes, as it binds today and as it would; for the members who vote on it."""
    drafts = drafts_of(amendment)
    now, then = resolve_with_drafts(
        {each.code for each in drafts},
        drafts,
        facility=amendment.facility,
        on=clock.today(amendment.facility),
    )
    keys = [(each.code, each.subject) for each in drafts]
    return [(now.get(key, Bound(*key, None)), then.get(key, Bound(*key, None))) for key in keys]


def _law_alone(bound: Bound) -> bool:
    kinds = {each.kind for each in bound.candidates}
    return bool(kinds) and kinds <= {SourceKind.LAW, SourceKind.STATE}


def voting_members(facility: Facility, on: dt.date) -> set[int]:
    """Ids of the members of a category with a vote whom the facility has on the day; each person once. Two
    queries.
    """
    return set(
        AppointmentPeriod.objects.in_force(on)
        .filter(facility=facility, category__code__in=_with_a_vote(facility, on))
        .annotate(person=person_id("practitioner_id", None))
        .values_list("person", flat=True)
    )


def _with_a_vote(facility: Facility, on: dt.date) -> Sequence[str]:
    """Codes of the categories with a vote on the day."""
    return bind(VOTING_CATEGORIES.code, facility=facility, on=on).value or ()


@dataclass(frozen=True)
class Turnout:
    """Who could vote on an amendment, and who did; never how."""

    voters: Sequence[AmendmentVoter]

    @property
    def returned(self) -> list[AmendmentVoter]:
        """Those who have voted."""
        return [each for each in self.voters if hasattr(each, "returned")]

    @property
    def missing(self) -> list[AmendmentVoter]:
        """Those who have not."""
        return [each for each in self.voters if not hasattr(each, "returned")]

    @property
    def on_paper(self) -> int:
        """How many of them on paper: so many papers are counted."""
        return sum(each.returned.way == BallotWay.PAPER for each in self.returned)


def turnout_of(amendment: Amendment) -> Turnout:
    """The voters of a ballot by name, with what is on record of their return; one query."""
    return Turnout(
        list(
            amendment.voters.select_related("practitioner", "returned").order_by(
                "practitioner__sort_name", "pk"
            )
        )
    )


def voter_for(viewer, amendment: Amendment) -> AmendmentVoter | None:
    """The viewer among those who may vote on it, by whichever of their records; None for everybody else."""
    own = amendment.voters.filter(practitioner__in=own_records(viewer))
    return own.select_related("practitioner", "returned").first()


def too_early(amendment: Amendment) -> str:
    """Why its next step cannot be recorded today, in a sentence; empty where it can. The service refuses it
    for the same reason. At most two queries.
    """
    today = clock.today(amendment.facility)
    if amendment.status == AmendmentStatus.BALLOT and amendment.ballot_until is not None:
        if today <= amendment.ballot_until:
            return f"The ballot is counted from {day_text(amendment.ballot_until + dt.timedelta(days=1))} on."
        return ""
    if amendment.status != AmendmentStatus.NOTICED:
        return ""
    bound = bind_many([AMENDMENT_NOTICE.code], facility=amendment.facility, on=today)[AMENDMENT_NOTICE.code]
    if not bound.is_set:
        return "How many days of notice it takes is not recorded among the parameters."
    noticed = [step.day for step in amendment.steps.all() if step.status == AmendmentStatus.NOTICED]
    return too_soon(noticed[0], today, int(bound.value), "The ballot may open") if noticed else ""


def told_to(viewer, facility: Facility) -> QuerySet[Amendment]:
    """The amendments of which notice was given that the viewer may read as a member: whoever has a vote today
    or had one when the ballot opened, and whoever is asked to acknowledge the document it changes.
    """
    own, today = own_records(viewer), clock.today(facility)
    mine = AppointmentPeriod.objects.in_force(today).filter(facility=facility, practitioner__in=own)
    voter = AmendmentVoter.objects.filter(amendment=OuterRef("pk"), practitioner__in=own)
    return (
        amendments_of(facility)
        .filter(
            Exists(AmendmentStep.objects.filter(amendment=OuterRef("pk"), status=AmendmentStatus.NOTICED))
        )
        .filter(
            Exists(mine.filter(category__code__in=_with_a_vote(facility, today)))
            | Exists(voter)
            | (Exists(mine) & Exists(_acknowledged_by_members()))
        )
    )


def _acknowledged_by_members() -> QuerySet[PolicyVersion]:
    """Versions of an amendment's document, as published, that members are asked to acknowledge."""
    return PolicyVersion.objects.filter(
        policy=OuterRef("version__policy"),
        status=VersionStatus.PUBLISHED,
        acknowledged_by=Acknowledgers.MEMBERS,
    )


def before_members(viewer, facility: Facility) -> list[Amendment]:
    """What of amendments waits for the viewer as a member: ballots on which they have not voted, what closes
    first, then what is under notice; two queries.
    """
    mine = AmendmentVoter.objects.filter(amendment=OuterRef("pk"), practitioner__in=own_records(viewer))
    # Two records of one person may both be among the voters: one vote, all the same.
    voted = BallotReturn.objects.filter(
        voter__amendment=OuterRef("pk"), voter__practitioner__in=own_records(viewer)
    )
    rows = told_to(viewer, facility).filter(
        Q(status=AmendmentStatus.NOTICED)
        | Q(
            Exists(mine),
            ~Exists(voted),
            status=AmendmentStatus.BALLOT,
            ballot_until__gte=clock.today(facility),
        )
    )
    return list(rows.order_by("ballot_until", "drafted_at", "pk"))


def to_be_told(amendment: Amendment) -> QuerySet[User]:
    """Who is told of an amendment by mail: the accounts of its voters once the ballot has opened; before,
    those of everybody who may read it (:func:`told_to`).
    """
    today = clock.today(amendment.facility)
    if amendment.status == AmendmentStatus.BALLOT:
        people = amendment.voters.annotate(person=person_id("practitioner_id", None)).values("person")
    else:
        rows = AppointmentPeriod.objects.in_force(today).filter(facility=amendment.facility)
        published = Amendment.objects.filter(pk=amendment.pk).filter(Exists(_acknowledged_by_members()))
        if not published.exists():
            rows = rows.filter(category__code__in=_with_a_vote(amendment.facility, today))
        people = rows.annotate(person=person_id("practitioner_id", None)).values("person")
    accounts = Practitioner.every.filter(pk__in=people, user__isnull=False)
    return User.objects.filter(pk__in=accounts.values("user_id"), is_active=True).order_by("pk")
