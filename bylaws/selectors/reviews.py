"""Files under review: whose turn it is, who may see and act on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery

from bylaws.choices import (
    ALONE,
    CHAIRS,
    GRANTING,
    KIND_OF_BODY,
    LIVE_STEPS,
    AgendaStatus,
    Body,
    CaseStatus,
    CommitteeKind,
    InterestRuling,
    MeetingStatus,
    SeatRole,
    StepStatus,
)
from bylaws.models import (
    AgendaItem,
    CommitteeSeatPeriod,
    Decision,
    InterestRuled,
    Meeting,
    Recusal,
    ReviewCase,
    ReviewStep,
)
from bylaws.policies import is_own_file, permission_to_act
from bylaws.selectors.alternates import (
    StandIns,
    alternate_word,
    offices_stood_in,
    seats_stood_in,
    with_absence,
)
from bylaws.selectors.committees import CHAIRED
from bylaws.selectors.interests import ties_that_keep_out, who_declared, with_declared
from bylaws.selectors.officers import Officer, is_office, officers_at, officers_of, offices_of
from config.accounts.choices import Role
from config.accounts.models import RoleAssignmentPeriod
from config.accounts.policies import facilities_with, may
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Forbidden
from config.kernel.periods import covers

LIVE = LIVE_STEPS
COMING = (MeetingStatus.SCHEDULED, MeetingStatus.IN_SESSION)
#: Bodies that act in a meeting or by their minutes.
MEETING_BODIES = tuple(KIND_OF_BODY)


#: Seats whose holders lead a committee.
LEADING = (SeatRole.CHAIR, SeatRole.VICE_CHAIR)

#: What a step that is held waits for, where a person would be named otherwise.
HELD_WAITS = "it waits for the right to a hearing; once that is settled it goes on an agenda"


@dataclass(frozen=True)
class NextActor:
    """The one person who must act next. ``user`` is None where nobody holds the office (``what`` then says
    so).
    """

    name: str
    role: str
    user: Any
    since: dt.date | None
    what: str = ""


@dataclass(frozen=True)
class Reviewer:
    """Who acts for a department or an office: the chair or officer, or who stands in where they may not or
    cannot (the vice chair, the designee, an alternate). ``why`` is the reason where it is known.
    """

    user: Any
    office: str  # in words: "Chair", "Vice chair", "Chief executive officer"
    stands_in: bool = False
    why: str = ""


# --- who acts -------------------------------------------------------------------------------------------


def reviewers_of(step: ReviewStep, on: dt.date | None = None) -> list[Reviewer]:
    """Who may act alone on the step of a department or an officer, the first one being who should. Nobody
    reviews the own file, nor one they declared an interest in; who is away comes last. Two queries for a
    chair and three for an officer, two more where whoever should act cannot.
    """
    case = step.case
    day = on or clock.today(case.facility)
    declared = who_declared([step]).get(step.pk, set())
    stand_ins = StandIns({case.facility_id: day})
    if is_office(step.body):
        officers = officers_of(Body(step.body), case.facility, day)
        return _officers(officers, step, _acted_before(step) | declared, stand_ins)
    seats = (
        with_absence(CommitteeSeatPeriod.objects.in_force(day), [day])
        .filter(_chaired(step), seat_role__in=LEADING)
        .select_related("identity__user", "identity__committee")
    )
    return _reviewers(seats, case.practitioner, declared, stand_ins)


def _chaired(step: ReviewStep) -> Q:
    """Seats of the committee whose chair acts alone on the step."""
    if step.body == Body.DEPARTMENT_CHAIR:
        return Q(
            identity__committee__kind=CommitteeKind.DEPARTMENT,
            identity__committee__department_id=step.case.department_id,
        )
    return Q(
        identity__committee__kind=CHAIRED[Body(step.body)],
        identity__committee__facility_id=step.case.facility_id,
    )


def _reviewers(seats, practitioner, declared: set[int], stand_ins: StandIns) -> list[Reviewer]:
    """The chair; then the vice chair; then, where the chair cannot, the alternates of both; and at last who
    is away. Never the applicant, nor who declared an interest.
    """
    chairs, vices = (
        [seat for seat in seats if seat.seat_role == role] for role in (SeatRole.CHAIR, SeatRole.VICE_CHAIR)
    )

    def able(user) -> bool:
        return not is_own_file(user, practitioner) and user.pk not in declared

    def gone(seat: CommitteeSeatPeriod) -> str:
        return stand_ins.holder_away(seat)

    def of(held, *, is_away: bool) -> list[Any]:
        return [
            seat.identity.user for seat in held if able(seat.identity.user) and bool(gone(seat)) is is_away
        ]

    acting = of(chairs, is_away=False)
    why = "" if acting else _why_not_the_chair(chairs, declared, gone)
    found = [Reviewer(user, str(SeatRole.CHAIR.label)) for user in acting]
    vice = str(SeatRole.VICE_CHAIR.label)
    found += [Reviewer(user, vice, True, why) for user in of(vices, is_away=False)]
    for seat in () if acting else (*chairs, *vices):
        if not able(seat.identity.user) or gone(seat):
            found += [
                Reviewer(user, alternate_word(seat.seat_role), True, why)
                for user in stand_ins.of_seat(seat.identity_id)
                if able(user) and not stand_ins.away(seat.identity.committee.facility_id, user.pk)
            ]
    found += [Reviewer(user, str(SeatRole.CHAIR.label), why=why) for user in of(chairs, is_away=True)]
    found += [Reviewer(user, vice, True, why) for user in of(vices, is_away=True)]
    return _each_once(found)


def _each_once(found: Sequence[Reviewer]) -> list[Reviewer]:
    """Everybody at the first place they stand at."""
    return list({each.user.pk: each for each in reversed(found)}.values())[::-1]


def _why_not_the_chair(chairs, declared: set[int], gone: Callable[..., str]) -> str:
    if not chairs:
        return "the chair is vacant"
    if any(seat.identity.user_id in declared for seat in chairs):
        return "the chair has declared an interest"
    away = next((said for seat in chairs if (said := gone(seat))), "")
    return f"the chair is {away or 'the applicant'}"


def _officers(
    officers: Sequence[Officer], step: ReviewStep, out: set[int], stand_ins: StandIns
) -> list[Reviewer]:
    """The officer; then the designee; then, where the officer cannot, the alternates of the office; and at
    last who is away. Never the applicant, nor whoever is ``out``: acted on an earlier step, or declared an
    interest.
    """
    body, place = step.get_body_display(), step.case.facility_id

    def able(user) -> bool:
        return not is_own_file(user, step.case.practitioner) and user.pk not in out

    ready = [each for each in officers if able(each.user)]
    in_office = [each for each in ready if not each.designee and not each.away]
    away = [each.away for each in ready if not each.designee and each.away]
    why = ""
    if not in_office:
        why = f"the {body.lower()} is {away[0]}" if away else f"the {body.lower()} cannot act on this file"
    if not any(not each.designee for each in officers):
        why = f"the office of {body.lower()} is vacant"
    found = [Reviewer(each.user, each.title) for each in in_office]
    designated = f"designee of the {body.lower()}"
    designees = [each for each in ready if each.designee]
    found += [
        Reviewer(each.user, f"{each.title}, {designated}", True, why) for each in designees if not each.away
    ]
    if not in_office:
        found += [
            Reviewer(user, f"Alternate of the {body.lower()}", True, why)
            for user in stand_ins.of_office(str(step.body), place)
            if able(user) and not stand_ins.away(place, user.pk)
        ]
    found += [Reviewer(each.user, each.title, why=why) for each in ready if not each.designee and each.away]
    found += [
        Reviewer(each.user, f"{each.title}, {designated}", True, why) for each in designees if each.away
    ]
    return _each_once(found)


def _acted_before(step: ReviewStep) -> set[int]:
    """Who acted alone on another step of the same case: nobody both recommends and grants. One query, none
    where the step comes :func:`_with_acted`.
    """
    if hasattr(step, "acted_ids"):
        return set(step.acted_ids)
    return set(
        Decision.objects.filter(step__case_id=step.case_id, acted_by__isnull=False)
        .exclude(step_id=step.pk)
        .values_list("acted_by_id", flat=True)
    )


def next_actor(
    step: ReviewStep, *, able: Sequence[Reviewer] | None = None, meeting: Meeting | None = None
) -> NextActor:
    """Who must act next on the step (see :func:`next_actors`). ``able`` are its :func:`reviewers_of` and
    ``meeting`` the coming one, where the caller has asked for both already; without ``able`` both are read.
    """
    if able is None:
        return next_actors([step])[step.pk]
    if step.body not in ALONE or step.status not in LIVE or step.status == StepStatus.HELD:
        return next_actors([step], {step.pk: meeting.starts_at} if meeting else {})[step.pk]
    of = _next_for_office if is_office(step.body) else _next_for_chair
    return replace(of(step, able), since=_waits_since(step))


def _waits_since(step: ReviewStep) -> dt.date | None:
    return clock.date_at(step.opened_at, step.case.facility) if step.opened_at else None


def next_actors(
    steps: Sequence[ReviewStep], meetings: Mapping[int, dt.datetime] | None = None
) -> dict[int, NextActor]:
    """Who must act next, by step id; at most eight queries for any number of steps, five for a single one.
    ``meetings`` are the starts of the coming ones by step id, where they are read already.

    The department's step waits for its chair (or vice chair), an officer's for the officer (or designee); a
    committee's for its chair once a meeting is called (or vice chair, or alternate), before that for who runs
    meetings. One held for a
    hearing waits for that, and for nobody. Steps come with their case, and that with practitioner, facility
    and department.
    """
    live = [step for step in steps if step.status in LIVE]
    facilities = {step.case.facility_id: step.case.facility for step in live}
    today = {pk: clock.today(facility) for pk, facility in facilities.items()}
    meetings = _coming_meetings(live) if meetings is None else meetings
    unplaced = [
        step
        for step in live
        if step.body not in ALONE and step.pk not in meetings and step.status != StepStatus.HELD
    ]
    seats = _leading_seats(
        [step for step in live if step not in unplaced and not is_office(step.body)], facilities, today
    )
    officers = officers_at(
        {step.case.facility_id: today[step.case.facility_id] for step in live if is_office(step.body)}
    )
    # Nobody acted on another step before the first.
    acted = _acted_in([step for step in live if is_office(step.body) and step.order > 1])
    declared = who_declared([step for step in live if step not in unplaced])
    stand_ins = StandIns({} if len(unplaced) == len(live) else today)
    coordinators = _coordinators({step.case.facility_id: step.case.facility for step in unplaced}, today)
    answers = {}
    for step in steps:
        if step.status not in LIVE:
            answers[step.pk] = NextActor("", "", None, None, StepStatus(step.status).label)
            continue
        if step.status == StepStatus.HELD:
            found = NextActor("Nobody", "", None, None, HELD_WAITS)
        elif step.body in CHAIRS:
            chairs = seats.get(_seats_key(step), [])
            able = _reviewers(chairs, step.case.practitioner, declared.get(step.pk, set()), stand_ins)
            found = _next_for_chair(step, able)
        elif is_office(step.body):
            held = officers.get((str(step.body), step.case.facility_id), [])
            out = acted.get(step.case_id, set()) | declared.get(step.pk, set())
            found = _next_for_office(step, _officers(held, step, out, stand_ins))
        else:
            found = _next_for_committee(
                step,
                seats.get(_seats_key(step), []),
                meetings.get(step.pk),
                coordinators.get(step.case.facility_id),
                declared.get(step.pk, set()),
                stand_ins,
            )
        answers[step.pk] = replace(found, since=_waits_since(step))
    return answers


def _next_for_chair(step: ReviewStep, able: Sequence[Reviewer]) -> NextActor:
    of = chaired_by(step)
    if not able:
        return NextActor(
            "Nobody", f"chair of {of}", None, None, "seat a chair or vice chair under Committees"
        )
    first = able[0]
    return NextActor(str(first.user), f"{first.office.lower()} of {of}", first.user, None, first.why)


def chaired_by(step: ReviewStep) -> str:
    """What the chair of the step leads, within a sentence: the department, or the credentials committee."""
    if step.body == Body.DEPARTMENT_CHAIR:
        return str(step.case.department)
    return f"the {CHAIRED[Body(step.body)].label.lower()}"


def _next_for_office(step: ReviewStep, able: Sequence[Reviewer]) -> NextActor:
    if not able:
        body = step.get_body_display().lower()
        return NextActor("Nobody", body, None, None, "an administrator gives the role")
    first = able[0]
    return NextActor(str(first.user), first.office.lower(), first.user, None, first.why)


def _with_acted(steps: QuerySet[ReviewStep]) -> QuerySet[Any]:
    """The steps, each with the ids of those who acted alone on other steps of its case in ``acted_ids``."""
    acts = Decision.objects.filter(step__case_id=OuterRef("case_id"), acted_by__isnull=False)
    return steps.annotate(
        acted_ids=ArraySubquery(acts.exclude(step_id=OuterRef("pk")).order_by("pk").values("acted_by_id"))
    )


def _acted_in(steps: Sequence[ReviewStep]) -> dict[int, set[int]]:
    """Who acted alone in the cases of these steps, by case id; one query, none where all come
    :func:`_with_acted`.
    """
    found = {step.case_id: set(step.acted_ids) for step in steps if hasattr(step, "acted_ids")}
    asked = [step for step in steps if not hasattr(step, "acted_ids")]
    if asked:
        acts = Decision.objects.filter(
            step__case_id__in={step.case_id for step in asked}, acted_by__isnull=False
        ).exclude(step_id__in=[step.pk for step in asked])
        for case_id, user_id in acts.values_list("step__case_id", "acted_by_id"):
            found.setdefault(case_id, set()).add(user_id)
    return found


def _next_for_committee(
    step: ReviewStep, seats, starts_at, coordinator, declared: set[int], stand_ins: StandIns
) -> NextActor:
    body = step.get_body_display()
    if starts_at is None:
        what = f"put it on the agenda of the {body}"
        if coordinator is None:
            return NextActor("Nobody", "medical staff coordinator", None, None, what)
        return NextActor(str(coordinator), "medical staff coordinator", coordinator, None, what)
    day = clock.date_at(starts_at, step.case.facility)
    meets = f"meets {day_text(day)}"
    if day < clock.today(step.case.facility):  # nobody has recorded what came of it
        meets = f"was to meet {day_text(day)}, no act is recorded yet"
    able = _reviewers(seats, step.case.practitioner, declared, stand_ins)
    if not able:
        return NextActor(body, "committee", None, None, meets)
    first = able[0]
    return NextActor(str(first.user), f"{first.office.lower()}, {body}", first.user, None, meets)


def _seats_key(step: ReviewStep) -> tuple[str, int]:
    """Under which :func:`_leading_seats` has the seats that lead the step's body."""
    if step.body == Body.DEPARTMENT_CHAIR:
        return "department", step.case.department_id
    body = Body(step.body)
    return str(KIND_OF_BODY.get(body) or CHAIRED[body]), step.case.facility_id


def _leading_seats(live, facilities, today) -> dict[tuple[str, Any], list[CommitteeSeatPeriod]]:
    departments = {step.case.department_id for step in live if step.body == Body.DEPARTMENT_CHAIR}
    kinds = {_seats_key(step)[0] for step in live if step.body != Body.DEPARTMENT_CHAIR}
    if not live:
        return {}
    rows = (
        with_absence(CommitteeSeatPeriod.objects.live(), today.values())
        .filter(
            Q(identity__committee__department_id__in=departments)
            | Q(identity__committee__kind__in=kinds, identity__committee__facility_id__in=list(facilities)),
            seat_role__in=LEADING,
        )
        .select_related("identity__user", "identity__committee")
        .order_by("pk")
    )
    found: dict[tuple[str, Any], list[CommitteeSeatPeriod]] = {}
    for row in rows:
        committee = row.identity.committee
        if not covers(row.valid, today[committee.facility_id]):
            continue
        key = (
            ("department", committee.department_id)
            if committee.kind == CommitteeKind.DEPARTMENT
            else (committee.kind, committee.facility_id)
        )
        found.setdefault(key, []).append(row)
    return found


def with_waiting(steps: QuerySet[ReviewStep]) -> QuerySet[Any]:
    """The steps with what :func:`next_actors` asks of each by itself otherwise: who declared an interest, who
    acted before, and when the coming meeting starts on whose agenda it stands (``coming_at``).
    """
    items = AgendaItem.objects.filter(
        step=OuterRef("pk"), status=AgendaStatus.OPEN, meeting__status__in=COMING
    )
    starts = items.order_by("meeting__starts_at").values("meeting__starts_at")[:1]
    return with_declared(_with_acted(steps)).annotate(coming_at=Subquery(starts))


def _coming_meetings(live) -> dict[int, dt.datetime]:
    """When the coming meetings start, by step id; one query, none where the steps come with it."""
    meeting = [step for step in live if step.body not in ALONE]
    found = {step.pk: step.coming_at for step in meeting if getattr(step, "coming_at", None)}
    asked = [step.pk for step in meeting if not hasattr(step, "coming_at")]
    if asked:
        items = (
            AgendaItem.objects.filter(step_id__in=asked, status=AgendaStatus.OPEN, meeting__status__in=COMING)
            .order_by("-meeting__starts_at")
            .values_list("step_id", "meeting__starts_at")
        )
        found |= {step_id: starts_at for step_id, starts_at in items if step_id is not None}
    return found


def _coordinators(facilities, today) -> dict[int, Any]:
    if not facilities:
        return {}
    rows = (
        RoleAssignmentPeriod.objects.live()
        .filter(
            identity__facility_id__in=list(facilities),
            identity__role=Role.MEDICAL_STAFF_COORDINATOR,
            identity__user__is_active=True,
        )
        .select_related("identity__user")
        .order_by("-pk")
    )
    return {
        row.identity.facility_id: row.identity.user
        for row in rows
        if covers(row.valid, today[row.identity.facility_id])
    }


# --- who sees -------------------------------------------------------------------------------------------


def seats_of(user) -> list[CommitteeSeatPeriod]:
    """Seats the person holds today, each by its facility's date; one query, kept on the user object."""
    cached = user.__dict__.get("_seats_today")
    if cached is None:
        rows = (
            CommitteeSeatPeriod.objects.live()
            .filter(identity__user=user)
            .select_related("identity__committee__facility")
        )
        cached = [row for row in rows if covers(row.valid, clock.today(row.identity.committee.facility))]
        user.__dict__["_seats_today"] = cached
    return cached


def meeting_bodies_of(viewer) -> list[tuple[Body, int]]:
    """Bodies on which the person sits today, each with the id of its facility, where the role reads files."""
    return _meeting_bodies(viewer, seats_of(viewer))


def meeting_bodies_stood_in(viewer) -> list[tuple[Body, int]]:
    """The same of the bodies on which the person is an alternate today, whether or not they are to sit."""
    return _meeting_bodies(viewer, [seat for seat, _ in seats_stood_in(viewer)])


def _meeting_bodies(viewer, seats: Sequence[CommitteeSeatPeriod]) -> list[tuple[Body, int]]:
    may_review = facilities_with(viewer, "bylaws.view_reviews")
    bodies = {kind: body for body, kind in KIND_OF_BODY.items()}
    committees = [seat.identity.committee for seat in seats]
    return [
        (bodies[CommitteeKind(committee.kind)], committee.facility_id)
        for committee in committees
        if committee.kind in bodies and committee.facility_id in may_review
    ]


def visible_steps(viewer) -> QuerySet[ReviewStep]:
    """Steps the person may see: as the one who runs meetings there, as (vice) chair of the department, as an
    officer or (vice) chair of a committee who acts on the file, or as a member of the committee on whose
    agenda the file stands or stood; and as the alternate of one of these, while that one is away or out of
    the file. Never the own file, nor one the person is recused from.
    """
    steps = ReviewStep.objects.select_related("case__practitioner", "case__facility", "case__department")
    steps = with_declared(_with_acted(steps)).exclude(case__practitioner__user=viewer)
    if getattr(viewer, "is_system", False):
        return steps
    seen = Q(case__facility_id__in=facilities_with(viewer, "bylaws.run_meeting"))
    may_review = facilities_with(viewer, "bylaws.view_reviews")
    departments = [
        seat.identity.committee.department_id
        for seat in seats_of(viewer)
        if seat.identity.committee.kind == CommitteeKind.DEPARTMENT
        and seat.seat_role in LEADING
        and seat.identity.committee.facility_id in may_review
    ]
    committees = [
        seat.identity.committee_id
        for seat in seats_of(viewer)
        if seat.identity.committee.kind != CommitteeKind.DEPARTMENT
        and seat.identity.committee.facility_id in may_review
    ]
    offices = [
        Q(body=body, case__facility_id=facility_id)
        for body, facility_id in (*offices_of(viewer), *_chairs_of(viewer))
        if facility_id in may_review
    ]
    offices += [steps for facility_id, steps in _of_offices_stood_in(viewer) if facility_id in may_review]
    if offices:
        acts = ReviewStep.objects.filter(reduce(or_, offices))
        seen |= Q(case_id__in=acts.values("case_id"))
    if departments:
        seen |= Q(case__department_id__in=departments)
    if committees:
        on_agenda = AgendaItem.objects.filter(
            meeting__committee_id__in=committees, step__isnull=False
        ).exclude(meeting__status=MeetingStatus.CANCELLED)
        seen |= Q(case_id__in=on_agenda.values("step__case_id"))
    for seat, away in seats_stood_in(viewer):
        if seat.identity.committee.facility_id in may_review:
            seen |= _before_seat(seat) & (Q() if away else _without(seat))
    return steps.filter(seen).exclude(case_id__in=recused_cases(viewer))


def _of_offices_stood_in(user) -> list[tuple[int, Q]]:
    """Of each office whose alternate the person is, the id of its facility and the steps on which an
    alternate acts: all while every officer is away, else those of which the others are out. One query where
    there is such an office, kept on the user object.
    """
    cached = user.__dict__.get("_of_offices_stood_in")
    if cached is None:
        offices = offices_stood_in(user)
        officers = officers_at({place.pk: clock.today(place) for _, place in offices})
        cached = []
        for body, place in offices:
            steps = Q(body=body, case__facility_id=place.pk)
            for each in officers.get((body, place.pk), []):
                if not each.designee and not each.away:
                    steps &= _out_of_office(each.user.pk)
            cached.append((place.pk, steps))
        user.__dict__["_of_offices_stood_in"] = cached
    return cached


def _out_of_office(user_id: int) -> Q:
    """Steps on which an officer may not act: of their own file, with a declared interest, or after acting on
    another step of the same case.
    """
    acted = Decision.objects.filter(step__case_id=OuterRef("case_id"), acted_by_id=user_id)
    return (
        Q(case__practitioner__user_id=user_id)
        | Q(pk__in=ties_that_keep_out().filter(user_id=user_id).values("step_id"))
        | Q(Exists(acted.exclude(step_id=OuterRef("pk"))))
    )


def _before_seat(seat: CommitteeSeatPeriod) -> Q:
    """Steps that whoever holds the seat sees by it."""
    committee = seat.identity.committee
    if committee.kind == CommitteeKind.DEPARTMENT:
        leads = seat.seat_role in LEADING
        return Q(case__department_id=committee.department_id) if leads else Q(pk__in=[])
    on_agenda = AgendaItem.objects.filter(meeting__committee=committee, step__isnull=False).exclude(
        meeting__status=MeetingStatus.CANCELLED
    )
    found = Q(case_id__in=on_agenda.values("step__case_id"))
    for body, kind in CHAIRED.items():
        if committee.kind == kind and seat.seat_role in LEADING:
            alone = ReviewStep.objects.filter(body=body, case__facility_id=committee.facility_id)
            found |= Q(case_id__in=alone.values("case_id"))
    return found


def _without(seat: CommitteeSeatPeriod) -> Q:
    """Steps of files in which whoever holds the seat takes no part: their own, or one they are recused from
    or declared an interest in before this body, unless the chair ruled that they take part. A tie follows
    to the bodies after this one, and what is not ruled on there says nothing here.
    """
    user_id, kind = seat.identity.user_id, seat.identity.committee.kind
    bodies = [body for body, of in (*KIND_OF_BODY.items(), *CHAIRED.items()) if of == kind]
    if kind == CommitteeKind.DEPARTMENT:
        bodies = [Body.DEPARTMENT_CHAIR]
    recused = Recusal.objects.filter(user_id=user_id, agenda_item__step__isnull=False)
    declared = ties_that_keep_out().filter(user_id=user_id, step__body__in=bodies)
    return (
        Q(case__practitioner__user_id=user_id)
        | Q(case_id__in=recused.values("agenda_item__step__case_id"))
        | Q(case_id__in=declared.values("step__case_id"))
    )


def _chairs_of(user, stood_in: Sequence[CommitteeSeatPeriod] = ()) -> list[tuple[str, int]]:
    """The bodies for which the person may act today as (vice) chair of a committee, or in one of the seats
    ``stood_in``, each with the id of its facility; a department's chair is not among them.
    """
    return [
        (str(body), seat.identity.committee.facility_id)
        for seat in (*seats_of(user), *stood_in)
        for body, kind in CHAIRED.items()
        if seat.identity.committee.kind == kind and seat.seat_role in LEADING
    ]


def recused_cases(viewer) -> QuerySet[Any]:
    """Ids of the cases that are closed to the person because of a recusal: who is recused leaves the room.
    Not while the same file is before another body the person sits on and is not recused in. No query of its
    own beside the person's seats.
    """
    takes_part = AgendaItem.objects.filter(
        meeting__committee_id__in=[seat.identity.committee_id for seat in seats_of(viewer)],
        meeting__status__in=COMING,
        status=AgendaStatus.OPEN,
        step__isnull=False,
    ).exclude(recusals__user=viewer)
    out = Recusal.objects.filter(user=viewer, agenda_item__step__isnull=False)
    ruled = InterestRuled.objects.filter(interest__user=viewer, ruling=InterestRuling.RECUSED)
    return (
        ReviewCase.objects.filter(
            Q(pk__in=out.values("agenda_item__step__case_id"))
            | Q(pk__in=ruled.values("interest__step__case_id"))
        )
        .exclude(pk__in=takes_part.values("step__case_id"))
        .values("pk")
    )


def get_step(*, viewer, uid) -> ReviewStep | None:
    """The step, if the person may see it."""
    return visible_steps(viewer).filter(uid=uid).first()


def last_act_of(step: ReviewStep) -> str:
    """The uid of the last act of the step, empty when there is none; read anew each time."""
    acts = Decision.objects.filter(step=step).order_by("-recorded_at", "-pk")
    return str(acts.values_list("uid", flat=True).first() or "")


def reviews_file_of(viewer, practitioner) -> bool:
    """Whether the person reviews this practitioner now: the evidence behind an open file may be read."""
    return (
        visible_steps(viewer).filter(case__practitioner=practitioner, case__status=CaseStatus.OPEN).exists()
    )


def steps_for(user) -> QuerySet[ReviewStep]:
    """Steps that wait for this very person: to act as chair or vice chair, as officer or designee, on a
    coming agenda of a committee the person sits on, or as the alternate of one of these who does not.
    """
    mine = Q(pk__in=[])
    recommends = facilities_with(user, "bylaws.recommend")
    for body, facility_id in offices_of(user):
        if facility_id in recommends:
            mine |= Q(body=body, case__facility_id=facility_id)
    for facility_id, steps in _of_offices_stood_in(user):
        if facility_id in recommends:
            mine |= steps
    votes = facilities_with(user, permission_to_act(Body.CREDENTIALS_CHAIR))
    for body, facility_id in _chairs_of(user, [seat for seat, _ in seats_stood_in(user)]):
        if facility_id in votes:
            mine |= Q(body=body, case__facility_id=facility_id)
    for seat in (*seats_of(user), *(seat for seat, _ in seats_stood_in(user))):
        committee = seat.identity.committee
        if committee.kind == CommitteeKind.DEPARTMENT:
            if seat.seat_role in LEADING and may(user, "bylaws.recommend", committee.facility):
                mine |= Q(body=Body.DEPARTMENT_CHAIR, case__department_id=committee.department_id)
        else:
            mine |= Q(
                agenda_items__meeting__committee=committee,
                agenda_items__status=AgendaStatus.OPEN,
                agenda_items__meeting__status__in=COMING,
            )
    return (
        visible_steps(user)
        .filter(mine, status__in=LIVE, case__status=CaseStatus.OPEN)
        .order_by("opened_at", "pk")
        .distinct()
    )


def with_history(steps: QuerySet[ReviewStep]) -> QuerySet[ReviewStep]:
    """The steps with the decisions of their whole case, for the earlier recommendations and the chain."""
    earlier = Decision.objects.prefetch_related("lines").select_related("acted_by")
    return steps.prefetch_related("case__steps", Prefetch("case__steps__decisions", earlier))


def require_reviewer(actor, step: ReviewStep) -> Reviewer:
    """The office in which the person may act on the step, or a refusal naming who may."""
    able = reviewers_of(step)
    for reviewer in able:
        if reviewer.user.pk == actor.pk:
            return reviewer
    if is_own_file(actor, step.case.practitioner):
        raise Forbidden(f"This is the file of {step.case.practitioner}: nobody may act on their own file.")
    raise Forbidden(who_reviews(step, able))


def who_reviews(step: ReviewStep, able: Sequence[Reviewer]) -> str:
    """Who acts on the step of a department or an officer, in a sentence."""
    if is_office(step.body):
        body = step.get_body_display().lower()
        if not able:
            return f"Nobody who may act as {body} may act on this file."
        does = "grants" if step.body in GRANTING else "recommends"
        return f"{able[0].user} {does} as {able[0].office.lower()}."
    of = chaired_by(step)
    if not able:
        return f"{of[0].upper()}{of[1:]} has no chair or vice chair who may act on this file."
    return f"{able[0].user} recommends for {of}."
