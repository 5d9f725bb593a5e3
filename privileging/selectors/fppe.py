"""Reading focused evaluations. For cause is shown only to whoever has the class peer review."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Case,
    Count,
    IntegerField,
    Q,
    QuerySet,
    Value,
    When,
)
from django.urls import reverse

from bylaws.choices import CommitteeKind, MeetingStatus
from bylaws.models import AgendaItem, Recusal
from bylaws.selectors.alternates import seats_stood_in
from bylaws.selectors.reviews import seats_of
from config.accounts.choices import DataClass
from config.accounts.policies import facilities_with, facilities_with_class
from config.kernel import clock
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among, canonical_of, own_records, with_canonical
from privileging.choices import FPPEReason, FPPEStatus, FPPEWay, GrantKind
from privileging.models import FPPEFollowUp, FPPEPlan, GrantPeriod
from privileging.models.fppe import OPEN

#: As what an evaluation stands on an agenda, and committees before which it may go.
MATTER = "focused_evaluation"
REVIEWING = (CommitteeKind.CREDENTIALS_COMMITTEE, CommitteeKind.MEC, CommitteeKind.OTHER)
#: How an evaluation ends that somebody has to take up.
TO_TAKE_UP = (FPPEStatus.CLOSED_UNSUCCESSFUL, FPPEStatus.CLOSED_INSUFFICIENT)


def fppe_plans(viewer, facility=None) -> QuerySet[FPPEPlan]:
    """Focused evaluations where the viewer runs them (at the facility, when one is given): the open ones
    first, of these the one due first. Never the viewer's own, and those for cause only where their roles open
    peer review.
    """
    plans = _for_pages(
        FPPEPlan.objects.filter(
            ~Q(reason=FPPEReason.FOR_CAUSE)
            | Q(facility__in=facilities_with_class(viewer, DataClass.PEER_REVIEW)),
            facility__in=facilities_with(viewer, "privileging.manage_fppe"),
        ).exclude(practitioner__in=own_records(viewer))
    )
    return plans if facility is None else plans.filter(facility=facility)


def _for_pages(plans: QuerySet[FPPEPlan]) -> QuerySet[FPPEPlan]:
    plans = plans.select_related("practitioner", "facility", "privilege", "grant__form_line__version__form")
    return plans.annotate(
        closed=Case(When(status__in=OPEN, then=Value(0)), default=Value(1), output_field=IntegerField()),
        done=Count("cases", filter=Q(cases__taken_back_at__isnull=True)),
    )


def plans_on_agendas(viewer) -> QuerySet[FPPEPlan]:
    """Evaluations on the agenda of a committee the viewer sits on today, or whose member they stand in for
    while that one is away or out of the matter; where their role reads reviews and peer review. Never the
    viewer's own, nor one they are recused from.
    """
    places = set(facilities_with_class(viewer, DataClass.PEER_REVIEW))
    places &= set(facilities_with(viewer, "bylaws.view_reviews"))
    mine = Q(meeting__committee__in=[seat.identity.committee_id for seat in seats_of(viewer)])
    for seat, away in seats_stood_in(viewer):
        out_of_it = Q(recusals__user=seat.identity.user_id) | Q(practitioner__user=seat.identity.user_id)
        mine |= Q(meeting__committee=seat.identity.committee_id) & (Q() if away else out_of_it)
    items = AgendaItem.objects.filter(mine, subject_kind=MATTER).exclude(
        meeting__status=MeetingStatus.CANCELLED
    )
    out = Recusal.objects.filter(user=viewer, agenda_item__subject_kind=MATTER)
    return _for_pages(
        FPPEPlan.objects.filter(follow_up__matter__in=items.values("subject_uid"), facility__in=places)
        .exclude(follow_up__matter__in=out.values("agenda_item__subject_uid"))
        .exclude(practitioner__in=own_records(viewer))
    )


def together(plan: FPPEPlan) -> tuple[Any, ...]:
    """What evaluations of one person have in common that were opened for the same and closed together."""
    return (
        plan.facility_id, plan.reason, plan.grounds, plan.opened_on, plan.status, plan.closed_on,
        plan.conclusion,
    )  # fmt: skip


def closed_with(viewer, plan: FPPEPlan) -> list[FPPEPlan]:
    """The other evaluations that were opened for the same and closed together with this one, and that nobody
    has taken up, by privilege; one query.
    """
    return list(
        fppe_plans(viewer)
        .filter(
            practitioner__in=among([plan.practitioner_id]),
            facility=plan.facility_id,
            reason=plan.reason,
            grounds=plan.grounds,
            opened_on=plan.opened_on,
            status=plan.status,
            closed_on=plan.closed_on,
            conclusion=plan.conclusion,
            follow_up=None,
        )
        .exclude(pk=plan.pk)
        .order_by("privilege__name", "pk")
    )


def addresses_of(viewer, uids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Where evaluations on an agenda are read, for those the viewer may read; two queries at most."""
    wanted = set(uids)
    readable = set(fppe_plans(viewer).filter(uid__in=wanted).order_by().values_list("uid", flat=True))
    if wanted - readable:
        rest = plans_on_agendas(viewer).filter(uid__in=wanted - readable)
        readable |= set(rest.order_by().values_list("uid", flat=True))
    return {uid: reverse("privileging:fppe_plan", args=[uid]) for uid in readable}


def open_fppe(viewer, facility) -> QuerySet[FPPEPlan]:
    """Focused evaluations at the facility that are not closed, the one due first in front."""
    return fppe_plans(viewer, facility).filter(status__in=OPEN).order_by("due_on", "pk")


def to_take_up(viewer, facility) -> QuerySet[FPPEPlan]:
    """Evaluations at the facility closed as not satisfactory, or for insufficient volume, that nobody has
    taken up, the oldest first.
    """
    return (
        fppe_plans(viewer, facility).filter(follow_up=None, status__in=TO_TAKE_UP).order_by("closed_on", "pk")
    )


def fppe_plan(viewer, uid) -> FPPEPlan | None:
    """One plan the viewer may run, or reads because it is before their committee; or None."""
    return fppe_plans(viewer).filter(uid=uid).first() or plans_on_agendas(viewer).filter(uid=uid).first()


def ever_granted(uid, facility) -> Practitioner | None:
    """The person of that uid, where anything was ever granted to them at the facility, or None; of a merged
    record the one that stands for the person.
    """
    record = Practitioner.objects.filter(uid=uid).first()
    if record is None:
        return None
    person = canonical_of(record)
    granted = GrantPeriod.objects.filter(practitioner__in=among([person.pk]), facility=facility)
    return person if granted.exists() else None


def may_be_evaluated(practitioner: Practitioner, facility) -> list[tuple[int, str]]:
    """Ids and names of the privileges held at the facility today that somebody here evaluates, by name; one
    query. By proxy the distant site does.
    """
    held = (
        GrantPeriod.objects.in_force(clock.today(facility))
        .filter(practitioner__in=among([practitioner.pk]), facility=facility)
        .exclude(kind=GrantKind.TELEMEDICINE)
        .order_by("privilege__name", "privilege_id")
        .values_list("privilege_id", "privilege__name")
    )
    return list(held)


@dataclass(frozen=True)
class FollowedUp:
    """What was done about an evaluation that ended without satisfaction, as it stands now."""

    made: FPPEFollowUp
    beside: tuple[FPPEFollowUp, ...] = ()  # what was taken up together with it
    items: tuple[AgendaItem, ...] = ()  # on which agendas it stood or stands, the newest first
    held: bool = False  # whether the privilege is still held, today or later


def followed_up(plan: FPPEPlan) -> FollowedUp | None:
    """What was done about the evaluation; None while nobody has taken it up. Three queries at most."""
    made = (
        FPPEFollowUp.objects.filter(plan=plan).select_related("recorded_by", "next_plan__privilege").first()
    )
    if made is None:
        return None
    beside = tuple(
        FPPEFollowUp.objects.filter(matter=made.matter)
        .exclude(pk=made.pk)
        .select_related("plan__privilege")
        .order_by("plan__privilege__name", "pk")
    )
    items: tuple[AgendaItem, ...] = ()
    held = False
    if made.way == FPPEWay.COMMITTEE:
        items = tuple(
            AgendaItem.objects.filter(subject_kind=MATTER, subject_uid=made.matter)
            .select_related("meeting__committee__facility")
            .order_by("-pk")
        )
    elif made.way == FPPEWay.GIVE_UP:
        held = still_held(plan)
    return FollowedUp(made, beside, items, held)


def still_held(plan: FPPEPlan) -> bool:
    """Whether the person holds the privilege there today or on a later day; one query."""
    return (
        GrantPeriod.objects.live()
        .filter(
            practitioner__in=among([plan.practitioner_id]),
            facility=plan.facility_id,
            privilege=plan.privilege_id,
            valid__endswith__gt=clock.today(plan.facility),
        )
        .exists()
    )


# --- by person ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PersonEvaluated:
    """The open evaluations of one person at one facility, summed up."""

    practitioner: Any
    plans: tuple[FPPEPlan, ...]

    @property
    def due_on(self) -> dt.date | None:
        """The first day on which one of them is due."""
        return min((plan.due_on for plan in self.plans if plan.due_on), default=None)

    @property
    def since(self) -> dt.date:
        """The day the first of them began."""
        return min(plan.opened_on for plan in self.plans)

    @property
    def waits_for_office(self) -> bool:
        """Whether one is to be started, put up for review or concluded: nobody else acts on it."""
        return any(plan.status in OFFICE_ACTS for plan in self.plans)

    @property
    def colour(self) -> str:
        """Of the item on Today."""
        return "info" if self.waits_for_office else "neutral"

    @property
    def sentence(self) -> str:
        """How many there are in which state."""
        counts: dict[str, int] = {}
        for plan in self.plans:
            counts[plan.get_status_display()] = counts.get(plan.get_status_display(), 0) + 1
        states = ", ".join(f"{number} {state.lower()}" for state, number in counts.items())
        return f"{len(self.plans)} privilege{'s' if len(self.plans) != 1 else ''}: {states}"


#: What waits for somebody of the office: everything else waits for cases.
OFFICE_ACTS = (FPPEStatus.PLANNED, FPPEStatus.DATA_COMPLETE, FPPEStatus.REVIEW)


def people_evaluated(viewer, facility) -> list[PersonEvaluated]:
    """Everybody with an open evaluation at the facility the viewer runs, the one due first in front; two
    queries. Whoever has several records is one person.
    """
    groups: dict[int, list[FPPEPlan]] = {}
    plans = list(open_fppe(viewer, facility))
    with_canonical(plans)
    for plan in plans:
        groups.setdefault(plan.practitioner_id, []).append(plan)
    people = [PersonEvaluated(plans[0].practitioner, tuple(plans)) for plans in groups.values()]
    return sorted(people, key=lambda each: (each.due_on or dt.date.max, str(each.practitioner)))
