"""Who sits where, who is present, and whether there is a quorum."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When

from bylaws.choices import KIND_OF_BODY, Body, CommitteeKind, SeatOffice, SeatRole
from bylaws.models import (
    AgendaItem,
    Attendance,
    Committee,
    CommitteePositionPeriod,
    CommitteeSeatPeriod,
    DeclaredInterest,
    Meeting,
)
from bylaws.parameters import (
    QUORUM,
    REMOTE_ATTENDANCE,
    REMOTE_REFUSED,
    VOTE_THRESHOLD,
    VOTE_VISIBILITY,
    VOTES_INDEPENDENT,
    bind,
    bind_many,
)
from bylaws.rules.composition import PHYSICIANS, physician_majority
from bylaws.rules.seat_terms import SeatLimit, limit_of, over_limit
from bylaws.rules.terms_in_a_row import Span
from bylaws.rules.voting import (
    Presence,
    judge,
    measure,
    physicians_asked,
    quorum_in_words,
    vacancies_count,
)
from bylaws.selectors.alternates import StandIns, is_alternate, sitting, with_absence
from config.accounts.choices import Role
from config.accounts.models import RoleAssignmentPeriod, User
from config.kernel import clock
from config.kernel.display.words import plural_text
from config.kernel.errors import Refused
from config.kernel.periods import covers
from config.rulebook.selectors.parameters import Bound
from config.rulebook.verdicts import Verdict
from practitioners.models import Practitioner

#: Committees whose chair alone is a body of the approval chain.
CHAIRED = {Body.CREDENTIALS_CHAIR: CommitteeKind.CREDENTIALS_COMMITTEE}


@dataclass(frozen=True)
class Quorum:
    """Whether a body can act on an item at a moment. ``base`` are the voting members in office, and the
    vacant voting seats where the rule counts them; ``present`` are those counted for the quorum,
    ``taking_part`` those here who may vote on the item, ``in_office`` all who hold a voting seat.
    """

    needed: int
    base: int
    present: int
    recused: int
    met: bool
    sentence: str
    rule: str = ""
    citation: str = ""
    taking_part: int = 0
    in_office: int = 0
    physicians: int | None = None

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
    return {user.pk for _, user in sitting_on(committee, on, item, here)}


def sitting_on(
    committee: Committee, on: dt.date, item: AgendaItem | None, here: set[int]
) -> list[tuple[CommitteeSeatPeriod, User]]:
    """Each voting seat with who has its vote in the item, as :func:`voter_ids`."""
    seats = list(seated(committee, on, voting=True))
    stand_ins = StandIns({committee.facility_id: on})
    return sitting(seats, stand_ins, out=left_user_ids(item), here=here)


def presiding_id(
    sits: Sequence[tuple[CommitteeSeatPeriod, User]], here: set[int], barred: set[int]
) -> int | None:
    """The id of whoever presides over an item: in the chair's seat, else in the vice chair's, of those here
    and not barred; None where neither is.
    """
    for role in (SeatRole.CHAIR, SeatRole.VICE_CHAIR):
        for seat, user in sits:
            if seat.seat_role == role and user.pk in here and user.pk not in barred:
                return user.pk
    return None


def physician_ids(user_ids: Collection[int]) -> set[int]:
    """Of these users those whose own record says that they are physicians (MD or DO); one query."""
    found = Practitioner.objects.filter(user_id__in=user_ids, provider_type__in=PHYSICIANS)
    return {user_id for user_id in found.values_list("user_id", flat=True) if user_id is not None}


def professions_of(user_ids: Collection[int]) -> dict[int, str]:
    """What each of these users practises under, by id; without those no record is linked to. One query."""
    found = Practitioner.objects.filter(user_id__in=user_ids).values_list("user_id", "provider_type")
    return {user_id: provider_type for user_id, provider_type in found if user_id is not None}


def holds_role(user, role: str, facility, on: dt.date) -> bool:
    """Whether the person holds the role at the facility that day; one query."""
    return (
        RoleAssignmentPeriod.objects.in_force(on)
        .filter(identity__user=user, identity__facility=facility, identity__role=role)
        .exists()
    )


def vacant_on(on: dt.date) -> QuerySet[CommitteePositionPeriod]:
    """The seats of bodies that nobody holds that day."""
    held = CommitteeSeatPeriod.objects.in_force(on).filter(position=OuterRef("identity"))
    return CommitteePositionPeriod.objects.in_force(on).filter(~Exists(held))


def with_vacancies(seats: QuerySet[CommitteeSeatPeriod], on: dt.date) -> QuerySet[CommitteeSeatPeriod]:
    """The seats held, each with how many voting seats of its body are vacant in ``vacant``; None: none."""
    mine = vacant_on(on).filter(identity__committee=OuterRef("identity__committee"), votes=True)
    counted = mine.order_by().values("identity__committee").annotate(number=Count("pk")).values("number")
    return seats.annotate(vacant=Subquery(counted))


@dataclass(frozen=True)
class Counted:
    """What a quorum rule asks beside who is who: the physicians among these users, and the vacant voting
    seats. Each is read only where the rule asks for it.
    """

    physicians: set[int] = field(default_factory=set)
    vacant: int = 0


def counted_besides(
    bound: Bound,
    committee: Committee,
    on: dt.date,
    user_ids: Collection[int],
    *,
    seats: Sequence[Any] | None = None,
) -> Counted:
    """The facts a rule asks for besides; a query for each it does ask for. ``seats`` are those held, where
    they are read already (:func:`with_vacancies`).
    """
    vacant = 0
    if vacancies_count(bound.value):
        vacant = (
            vacant_on(on).filter(identity__committee=committee, votes=True).count()
            if seats is None
            else next((getattr(seat, "vacant", None) or 0 for seat in seats), 0)
        )
    return Counted(
        physicians=physician_ids(user_ids) if physicians_asked(bound.value) else set(), vacant=vacant
    )


def may_sit(user, committee: Committee, on: dt.date) -> bool:
    """Whether the person sits on the committee that day, or is the alternate of somebody who does."""
    return is_seated(user, committee, on) or is_alternate(user, committee, on)


def is_whole_staff(committee: Committee, on: dt.date) -> bool:
    """Whether the body is the medical staff itself: it has no seats, and who was there says its sheet."""
    return committee.kind == CommitteeKind.GENERAL_STAFF and not seated(committee, on).exists()


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
    whether the votes of others show only once the vote is closed (``independent``), and whether members may
    attend from elsewhere (``remote``).
    """

    quorum: Bound | None
    problem: str
    independent: bool
    remote: bool


def meeting_rules(committee: Committee, on: dt.date) -> MeetingRules:
    """The rules that bind this committee on the day; one query."""
    bound = bind_many(
        [QUORUM.code, VOTE_VISIBILITY.code, REMOTE_ATTENDANCE.code],
        facility=committee.facility,
        on=on,
        subject=committee.kind,
    )
    quorum = bound[QUORUM.code]
    return MeetingRules(
        quorum=quorum if quorum.is_set else None,
        problem="" if quorum.is_set else _no_quorum(committee),
        independent=bound[VOTE_VISIBILITY.code].value == VOTES_INDEPENDENT,
        remote=bound[REMOTE_ATTENDANCE.code].value != REMOTE_REFUSED,
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
    committee = meeting.committee
    on, here = clock.date_at(moment, committee.facility), present_user_ids(meeting, moment)
    bound = quorum_rule(committee, on)
    voting = voter_ids(committee, on, item, here)
    return count_quorum(
        bound,
        voting=voting,
        present=here,
        barred=barred_user_ids(item),
        own=item.practitioner.user_id if item is not None and item.practitioner else None,
        besides=counted_besides(bound, committee, on, voting),
    )


def count_quorum(
    bound: Bound,
    *,
    voting: set[int],
    present: set[int],
    barred: set[int],
    own: int | None = None,
    besides: Counted | None = None,
) -> Quorum:
    """The quorum from user ids: voting members, those present, those who take no part in the item; and what
    the rule asks ``besides``.
    """
    more = besides or Counted()
    found = measure(
        bound.value,
        voting=voting,
        present=present,
        barred=barred,
        own=own,
        physicians=more.physicians,
        vacant=more.vacant,
    )
    return _in_words(bound, found)


def state_quorum(
    bound: Bound,
    *,
    base: int,
    present: int,
    taking_part: int,
    recused: int,
    physicians: int = 0,
    vacant: int = 0,
) -> Quorum:
    """The quorum from counts, with its sentence: ``base`` voting members in office, ``present`` of them
    counted, ``taking_part`` of them with a vote in the matter, ``recused`` without.
    """
    found = judge(
        bound.value,
        in_office=base,
        present=present,
        taking_part=taking_part,
        recused=recused,
        physicians=physicians,
        vacant=vacant,
    )
    return _in_words(bound, found)


def _in_words(bound: Bound, found: Presence) -> Quorum:
    rule = quorum_in_words(bound.value)
    if not found.in_office:
        sentence = "No voting member is in office, so this body cannot act."
    else:
        aside = f", {found.recused} of those here recused" if found.recused else ""
        sentence = (
            f"{found.present} of {found.in_office} voting members "
            f"{'is' if found.present == 1 else 'are'} present{aside}; "
            f"{found.needed} {'is' if found.needed == 1 else 'are'} needed ({rule})."
        )
        if found.physicians is not None and found.present:
            sentence += (
                f" {found.physicians} of the {found.present} {'is' if found.physicians == 1 else 'are'} on "
                "record as a physician; it takes more than half."
            )
    return Quorum(
        needed=found.needed,
        base=found.base,
        present=found.present,
        recused=found.recused,
        met=found.met,
        sentence=sentence,
        rule=rule,
        citation=bound.citation,
        taking_part=found.taking_part,
        in_office=found.in_office,
        physicians=found.physicians,
    )


# --- pages ----------------------------------------------------------------------------------------------


@dataclass
class Place:
    """A seat of a body as it is today, and who holds it; ``holder`` is None while it is vacant. ``over`` says
    which limit of terms its holder has outstayed; empty: none.
    """

    slot: CommitteePositionPeriod
    holder: CommitteeSeatPeriod | None
    over: str = ""

    @property
    def asks(self) -> str:
        """Who may hold it, in words; empty where anybody may."""
        parts = []
        if self.slot.office:
            parts.append(f"ex officio: {self.slot.get_office_display().lower()}")
        if self.slot.provider_types:
            parts.append(f"{' or '.join(self.slot.provider_types)} only")
        if self.slot.term_months is not None:
            parts.append(f"term of {SeatLimit(self.slot.term_months, self.slot.terms_in_a_row).in_words}")
        return ", ".join(parts)


@dataclass
class CommitteeCard:
    """A body with who sits on it; ``past`` are those whose time ended or has not begun. ``places`` are its
    seats of today where these are on record, in the order of their rank. ``over`` says of those who sit there
    without one of them which limit of terms they have outstayed, by the id of the period.
    """

    committee: Committee
    seats: list[CommitteeSeatPeriod]
    past: list[CommitteeSeatPeriod]
    places: list[Place] = field(default_factory=list)
    composition: Verdict | None = None
    over: dict[int, str] = field(default_factory=dict)

    @property
    def limit(self) -> str:
        """How long a term on it is, in words; empty where its charter does not say."""
        return SeatLimit(self.committee.seat_months, self.committee.seat_terms).in_words

    @property
    def beside_with_limits(self) -> list[tuple[CommitteeSeatPeriod, str]]:
        """As ``beside``, each with what it has outstayed."""
        return [(seat, self.over.get(seat.pk, "")) for seat in self.beside]

    @property
    def voting(self) -> int:
        """Members with a vote today."""
        return sum(1 for seat in self.seats if seat.votes)

    @property
    def chair(self) -> CommitteeSeatPeriod | None:
        """The seat of the chair today."""
        return next((seat for seat in self.seats if seat.seat_role == SeatRole.CHAIR), None)

    def is_open(self, on: dt.date) -> bool:
        """Whether the body exists on the day."""
        return self.committee.closed_on is None or on < self.committee.closed_on

    @property
    def vacant(self) -> list[Place]:
        """The seats nobody holds."""
        return [place for place in self.places if place.holder is None]

    @property
    def beside(self) -> list[CommitteeSeatPeriod]:
        """Members who sit there without one of the seats on record."""
        return [seat for seat in self.seats if seat.position_id is None]

    @property
    def counted(self) -> str:
        """``9 seats, 1 vacant``; empty where the body's seats are not on record."""
        if not self.places:
            return ""
        vacant = len(self.vacant)
        return plural_text(len(self.places), "seat") + (f", {vacant} vacant" if vacant else ", none vacant")


#: Where files go last comes first: the board, then down to the departments.
_PLACES: dict[str, int] = {
    CommitteeKind.BOARD: 0,
    CommitteeKind.BOARD_COMMITTEE: 1,
    CommitteeKind.MEC: 2,
    CommitteeKind.CREDENTIALS_COMMITTEE: 3,
    CommitteeKind.GENERAL_STAFF: 4,
    CommitteeKind.OTHER: 5,
    CommitteeKind.DEPARTMENT: 6,
}
_RANK = {SeatRole.CHAIR: 0, SeatRole.VICE_CHAIR: 1, SeatRole.MEMBER: 2, SeatRole.EX_OFFICIO: 3}


def committee_cards(*, facility, on: dt.date) -> list[CommitteeCard]:
    """The bodies of a facility with who sits on them; four queries."""
    committees = list(Committee.objects.filter(facility=facility).select_related("department"))
    cards = _cards(committees, on)
    return sorted(cards, key=lambda card: (_PLACES[card.committee.kind], card.committee.name))


def committee_page(*, facility, uid, on: dt.date) -> CommitteeCard | None:
    """One body of the facility."""
    committee = (
        Committee.objects.select_related("facility", "department", "reports_to")
        .filter(facility=facility, uid=uid)
        .first()
    )
    return None if committee is None else _cards([committee], on)[0]


def _cards(committees: Sequence[Committee], on: dt.date) -> list[CommitteeCard]:
    """The bodies with their seats and members; three queries, the third where an executive committee is
    among them.
    """
    rows: dict[int, list[CommitteeSeatPeriod]] = {}
    members = (
        CommitteeSeatPeriod.objects.live()
        .filter(identity__committee__in=committees)
        .select_related("identity__user")
    )
    for row in members:
        rows.setdefault(row.identity.committee_id, []).append(row)
    slots: dict[int, list[CommitteePositionPeriod]] = {}
    positions = (
        CommitteePositionPeriod.objects.in_force(on)
        .filter(identity__committee__in=committees)
        .select_related("identity")
        .order_by("identity_id")
    )
    for slot in positions:
        slots.setdefault(slot.identity.committee_id, []).append(slot)
    cards = [_card(each, rows.get(each.pk, []), slots.get(each.pk, []), on) for each in committees]
    executive = [card for card in cards if card.committee.kind == CommitteeKind.MEC]
    if executive:
        voting = {seat.identity.user_id for card in executive for seat in card.seats if seat.votes}
        professions = professions_of(voting)
        for card in executive:
            card.composition = physician_majority(
                [professions.get(seat.identity.user_id, "") for seat in card.seats if seat.votes]
            )
    return cards


def _card(
    committee: Committee,
    seats: list[CommitteeSeatPeriod],
    slots: list[CommitteePositionPeriod],
    on: dt.date,
) -> CommitteeCard:
    seats = sorted(
        seats, key=lambda row: (_RANK[SeatRole(row.seat_role)], row.identity.user.last_name, row.pk)
    )
    today = [row for row in seats if covers(row.valid, on)]
    held = {row.position_id: row for row in today if row.position_id is not None}
    charter = SeatLimit(committee.seat_months, committee.seat_terms)
    spans: dict[int, list[Span]] = {}
    for row in seats:
        spans.setdefault(row.identity.user_id, []).append((row.valid.lower, row.valid.upper))

    def over(row: CommitteeSeatPeriod | None, slot: CommitteePositionPeriod | None) -> str:
        if row is None or (slot is not None and slot.office) or row.seat_role == SeatRole.EX_OFFICIO:
            return ""
        own = SeatLimit(slot.term_months, slot.terms_in_a_row) if slot is not None else None
        days = (row.valid.lower, row.valid.upper)
        return over_limit(limit_of(charter, own), spans[row.identity.user_id], days, on)

    places = [
        Place(slot, held.get(slot.identity_id), over(held.get(slot.identity_id), slot)) for slot in slots
    ]
    return CommitteeCard(
        committee=committee,
        over={row.pk: said for row in today if row.position_id is None and (said := over(row, None))},
        seats=today,
        past=[row for row in seats if not covers(row.valid, on)],
        # What is taken comes before what is vacant, of the same rank.
        places=sorted(
            places, key=lambda place: (_RANK[SeatRole(place.slot.seat_role)], place.holder is None)
        ),
    )


def vacancies(*, facility, on: dt.date) -> list[CommitteePositionPeriod]:
    """The seats of the facility's bodies that nobody holds that day, each with its body; one query."""
    return list(
        vacant_on(on)
        .filter(identity__committee__facility=facility)
        .select_related("identity__committee")
        .order_by("identity__committee__name", "identity_id")
    )


def without_office(*, facility, on: dt.date) -> list[tuple[CommitteeSeatPeriod, str]]:
    """The seats of the day that go with an office their holder does not have (any more) that day, each with
    the office in words, by body; one query. Whoever has such a seat votes in it until it is ended.
    """
    slots = CommitteePositionPeriod.objects.in_force(on).filter(identity=OuterRef("position"))
    held = RoleAssignmentPeriod.objects.in_force(on).filter(
        identity__user=OuterRef("identity__user"),
        identity__facility=facility,
        identity__role=OuterRef("office"),
    )
    rows = (
        CommitteeSeatPeriod.objects.in_force(on)
        .filter(identity__committee__facility=facility)
        .annotate(office=Subquery(slots.values("office")[:1]))
        .filter(~Q(office=""), ~Exists(held), office__isnull=False)
        .select_related("identity__committee", "identity__user")
        .order_by("identity__committee__name", "pk")
    )
    return [(row, str(SeatOffice(row.office).label)) for row in rows]


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
