"""Who sits where, who is present, and whether there is a quorum."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from bylaws.choices import Body, CommitteeKind, SeatRole
from bylaws.models import (
    AgendaItem,
    Attendance,
    Committee,
    CommitteeSeatPeriod,
    DeclaredInterest,
    Meeting,
)
from bylaws.parameters import QUORUM, VOTE_THRESHOLD, VOTE_VISIBILITY, VOTES_INDEPENDENT, bind, bind_many
from bylaws.rules.voting import members_needed, quorum_in_words, recused_count
from bylaws.selectors.alternates import StandIns, is_alternate, sitting, with_absence
from config.accounts.choices import Role
from config.accounts.models import RoleAssignmentPeriod, User
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.periods import covers
from config.rulebook.selectors.parameters import Bound

#: Committees that act in a meeting, by the body they are in the approval chain.
KIND_OF_BODY = {
    Body.CREDENTIALS_COMMITTEE: CommitteeKind.CREDENTIALS_COMMITTEE,
    Body.MEC: CommitteeKind.MEC,
    Body.BOARD: CommitteeKind.BOARD,
    Body.BOARD_COMMITTEE: CommitteeKind.BOARD_COMMITTEE,
}

#: Committees whose chair alone is a body of the approval chain.
CHAIRED = {Body.CREDENTIALS_CHAIR: CommitteeKind.CREDENTIALS_COMMITTEE}


@dataclass(frozen=True)
class Quorum:
    """Whether a body can act on an item at a moment. ``base`` are voting members in office (vacancies
    excluded).
    """

    needed: int
    base: int
    present: int
    recused: int
    met: bool
    sentence: str
    rule: str = ""
    citation: str = ""

    def as_data(self) -> dict:
        """Plain data for the motion and the frozen record."""
        return asdict(self)


def seated(committee: Committee, on: dt.date, voting: bool | None = None) -> QuerySet[CommitteeSeatPeriod]:
    """Seats held on the day, the chair first; ``voting`` narrows to members with (or without) a vote."""
    rank = Case(
        When(seat_role=SeatRole.CHAIR, then=Value(0)),
        When(seat_role=SeatRole.VICE_CHAIR, then=Value(1)),
        When(seat_role=SeatRole.MEMBER, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    seats = (
        with_absence(CommitteeSeatPeriod.objects.in_force(on), [on])
        .filter(identity__committee=committee)
        .select_related("identity__user", "identity__committee")
        .order_by(rank, "identity__user__last_name", "identity__user__first_name", "pk")
    )
    return seats if voting is None else seats.filter(votes=voting)


def committee_of(body: str, *, facility, department=None) -> Committee | None:
    """The committee that is this body at the facility, or whose chair is (for the department chair: the
    department's own); None for an officer, who is no committee.
    """
    if body == Body.DEPARTMENT_CHAIR:
        return Committee.objects.filter(kind=CommitteeKind.DEPARTMENT, department=department).first()
    kind = KIND_OF_BODY.get(Body(body)) or CHAIRED.get(Body(body))
    return Committee.objects.filter(facility=facility, kind=kind).first() if kind else None


def is_seated(user, committee: Committee, on: dt.date, *, voting: bool | None = None) -> bool:
    """Whether the person sits on the committee that day."""
    return seated(committee, on, voting).filter(identity__user=user).exists()


def present_user_ids(meeting: Meeting, at: dt.datetime) -> set[int]:
    """Ids of the users present at the moment."""
    stretches = Attendance.objects.filter(meeting=meeting, present_from__lte=at)
    return {
        user_id
        for user_id, until in stretches.values_list("user_id", "present_until")
        if until is None or until > at
    }


def barred_user_ids(item: AgendaItem | None) -> set[int]:
    """Ids of the users who take no part in the item: the recused, whoever declared an interest that is not
    ruled on, and whoever the file is about; one query.
    """
    if item is None:
        return set()
    recused = item.recusals.values_list("user_id", flat=True)
    declared = DeclaredInterest.objects.filter(step_id=item.step_id, rulings__isnull=True)
    out = set(recused.union(declared.values_list("user_id", flat=True)))
    if item.practitioner is not None and item.practitioner.user_id:
        out.add(item.practitioner.user_id)
    return out


def left_user_ids(item: AgendaItem | None) -> set[int]:
    """Ids of the users in whose place an alternate sits for the item: the recused, and whoever the file is
    about; one query.
    """
    if item is None:
        return set()
    own = item.practitioner.user_id if item.practitioner is not None else None
    return {*item.recusals.values_list("user_id", flat=True), *([own] if own else [])}


def voter_ids(committee: Committee, on: dt.date, item: AgendaItem | None, here: set[int]) -> set[int]:
    """Ids of the users who have the votes of the committee in the item: of each seat its holder or the
    alternate. ``here`` are the ids of those present. At most four queries.
    """
    seats = list(seated(committee, on, voting=True))
    stand_ins = StandIns({committee.facility_id: on})
    return {user.pk for _, user in sitting(seats, stand_ins, out=left_user_ids(item), here=here)}


def may_sit(user, committee: Committee, on: dt.date) -> bool:
    """Whether the person sits on the committee that day, or is the alternate of somebody who does."""
    return is_seated(user, committee, on) or is_alternate(user, committee, on)


def quorum_rule(committee: Committee, on: dt.date) -> Bound:
    """The quorum parameter that binds this committee."""
    bound = bind(QUORUM.code, facility=committee.facility, on=on, subject=committee.kind)
    if not bound.is_set:
        raise Refused(_no_quorum(committee))
    return bound


def _no_quorum(committee: Committee) -> str:
    return f"No quorum is recorded for {committee.named}; an administrator adds it to the parameters."


@dataclass(frozen=True)
class MeetingRules:
    """What the page of a meeting goes by: the quorum (None: ``problem`` says that none is recorded), and
    whether the votes of others show only once the vote is closed (``independent``).
    """

    quorum: Bound | None
    problem: str
    independent: bool


def meeting_rules(committee: Committee, on: dt.date) -> MeetingRules:
    """The rules that bind this committee on the day; one query."""
    bound = bind_many(
        [QUORUM.code, VOTE_VISIBILITY.code], facility=committee.facility, on=on, subject=committee.kind
    )
    quorum = bound[QUORUM.code]
    return MeetingRules(
        quorum=quorum if quorum.is_set else None,
        problem="" if quorum.is_set else _no_quorum(committee),
        independent=bound[VOTE_VISIBILITY.code].value == VOTES_INDEPENDENT,
    )


def threshold_rule(committee: Committee, on: dt.date) -> Bound:
    """The vote threshold that binds this committee."""
    bound = bind(VOTE_THRESHOLD.code, facility=committee.facility, on=on, subject=committee.kind)
    if not bound.is_set:
        raise Refused(f"No vote threshold is recorded for {committee.named}; an administrator adds it.")
    return bound


def quorum(meeting: Meeting, item: AgendaItem | None = None, at: dt.datetime | None = None) -> Quorum:
    """The quorum for an item (None: for the meeting itself) at a moment (None: now).

    The base is the voting members in office on the facility's date; recused members and the person whose file
    it is do not count as present unless the parameter counts the recused. Their seats stay in the base, so a
    recusal can break the quorum; an alternate who is here counts in their place.
    """
    moment = at or clock.now()
    on, here = clock.date_at(moment, meeting.committee.facility), present_user_ids(meeting, moment)
    return count_quorum(
        quorum_rule(meeting.committee, on),
        voting=voter_ids(meeting.committee, on, item, here),
        present=here,
        barred=barred_user_ids(item),
        own=item.practitioner.user_id if item is not None and item.practitioner else None,
    )


def count_quorum(
    bound: Bound, *, voting: set[int], present: set[int], barred: set[int], own: int | None = None
) -> Quorum:
    """The quorum from user ids: voting members, those present, those who take no part in the item."""
    here = voting & present
    out = here & barred
    counted = here - ({own} if own else set()) if recused_count(bound.value) else here - barred
    return state_quorum(bound, base=len(voting), present=len(counted), recused=len(out))


def state_quorum(bound: Bound, *, base: int, present: int, recused: int) -> Quorum:
    """The quorum from counts, with its sentence."""
    needed = members_needed(bound.value, base)
    met = base > 0 and present >= needed
    if not base:
        sentence = "No voting member is in office, so this body cannot act."
    else:
        aside = f", {recused} of those here recused" if recused else ""
        sentence = (
            f"{present} of {base} voting members {'is' if present == 1 else 'are'} present{aside}; "
            f"{needed} {'is' if needed == 1 else 'are'} needed ({quorum_in_words(bound.value)})."
        )
    return Quorum(
        needed=needed,
        base=base,
        present=present,
        recused=recused,
        met=met,
        sentence=sentence,
        rule=quorum_in_words(bound.value),
        citation=bound.citation,
    )


# --- pages ----------------------------------------------------------------------------------------------


@dataclass
class CommitteeCard:
    """A body with its seats; ``past`` are seats that ended or have not begun."""

    committee: Committee
    seats: list[CommitteeSeatPeriod]
    past: list[CommitteeSeatPeriod]

    @property
    def voting(self) -> int:
        """Members with a vote today."""
        return sum(1 for seat in self.seats if seat.votes)

    @property
    def chair(self) -> CommitteeSeatPeriod | None:
        """The seat of the chair today."""
        return next((seat for seat in self.seats if seat.seat_role == SeatRole.CHAIR), None)


_RANK = {SeatRole.CHAIR: 0, SeatRole.VICE_CHAIR: 1, SeatRole.MEMBER: 2, SeatRole.EX_OFFICIO: 3}


def committee_cards(*, facility, on: dt.date) -> list[CommitteeCard]:
    """The bodies of a facility with who sits on them; two queries."""
    committees = list(Committee.objects.filter(facility=facility).select_related("department"))
    rows: dict[int, list[CommitteeSeatPeriod]] = {}
    seats = (
        CommitteeSeatPeriod.objects.live()
        .filter(identity__committee__in=committees)
        .select_related("identity__user")
    )
    for row in seats:
        rows.setdefault(row.identity.committee_id, []).append(row)
    cards = [_card(each, rows.get(each.pk, []), on) for each in committees]
    # Where files go last comes first: the board, then down to the departments.
    order = ["board", "board_committee", "mec", "credentials_committee", "other", "department"]
    return sorted(cards, key=lambda card: (order.index(card.committee.kind), card.committee.name))


def committee_page(*, facility, uid, on: dt.date) -> CommitteeCard | None:
    """One body of the facility."""
    committee = (
        Committee.objects.select_related("facility", "department").filter(facility=facility, uid=uid).first()
    )
    if committee is None:
        return None
    seats = (
        CommitteeSeatPeriod.objects.live()
        .filter(identity__committee=committee)
        .select_related("identity__user")
    )
    return _card(committee, list(seats), on)


def _card(committee: Committee, seats: list[CommitteeSeatPeriod], on: dt.date) -> CommitteeCard:
    seats = sorted(
        seats, key=lambda row: (_RANK[SeatRole(row.seat_role)], row.identity.user.last_name, row.pk)
    )
    return CommitteeCard(
        committee=committee,
        seats=[row for row in seats if covers(row.valid, on)],
        past=[row for row in seats if not covers(row.valid, on)],
    )


def seats_with_alternates(*, facility, on: dt.date) -> list[CommitteeSeatPeriod]:
    """Seats of the day that can have an alternate: those with a vote, and of a department its chair's and
    vice chair's; by body and name, one query.
    """
    leading = Q(seat_role__in=[SeatRole.CHAIR, SeatRole.VICE_CHAIR])
    return list(
        CommitteeSeatPeriod.objects.in_force(on)
        .filter(identity__committee__facility=facility, votes=True)
        .filter(~Q(identity__committee__kind=CommitteeKind.DEPARTMENT) | leading)
        .select_related("identity__user", "identity__committee__facility")
        .order_by("identity__committee__name", "identity__user__last_name", "pk")
    )


def people_to_seat(*, facility) -> QuerySet[User]:
    """People who may be given a seat: those with a role at the facility, but for the logins that only ask the
    lookup (a ward shares one).
    """
    assignments = RoleAssignmentPeriod.objects.live().filter(identity__facility=facility)
    seatable = assignments.exclude(identity__role=Role.LOOKUP).values("identity__user_id")
    return User.objects.filter(is_active=True, is_system=False, pk__in=seatable).order_by(
        "last_name", "first_name", "pk"
    )
