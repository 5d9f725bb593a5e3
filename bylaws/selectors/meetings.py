"""Meetings as their members and whoever runs them see them."""

from __future__ import annotations

import datetime as dt
import uuid
import zlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from bylaws.choices import (
    KIND_OF_BODY,
    LIVE_STEPS,
    AgendaStatus,
    Body,
    CaseStatus,
    CommitteeKind,
    ConsentStatus,
    LineOutcome,
    MeetingStatus,
    MotionStatus,
    StaffPresence,
    VoteChoice,
    outcomes_for,
)
from bylaws.matters import addresses, may_know
from bylaws.models import (
    AgendaItem,
    Attendance,
    CommitteeSeatPeriod,
    Decision,
    DeclaredInterest,
    Meeting,
    Motion,
    Recusal,
    ReviewStep,
    Vote,
)
from bylaws.policies import is_own_file
from bylaws.rules.answers import note_of
from bylaws.rules.composition import PHYSICIANS
from bylaws.selectors.alternates import StandIns, seats_stood_in, sitting
from bylaws.selectors.committees import (
    Counted,
    MeetingRules,
    Quorum,
    barred_user_ids,
    count_quorum,
    counted_besides,
    left_user_ids,
    meeting_rules,
    seated,
    state_quorum,
    with_vacancies,
)
from bylaws.selectors.duties import OnTheSheet, staff_at
from bylaws.selectors.reviews import seats_of
from config.accounts.models import User
from config.accounts.policies import facilities_with, may
from config.kernel import clock
from config.kernel.display.dates import day_text

#: What stands on the agenda in the place of a matter the reader has no part in.
CLOSED = "A matter you take no part in"
PEER_REVIEW = "A matter of peer review"
COMING = (MeetingStatus.SCHEDULED, MeetingStatus.IN_SESSION)
BODY_OF_KIND = {kind: body for body, kind in KIND_OF_BODY.items()}


@dataclass
class MemberRow:
    """One member in the list of presence."""

    user: Any
    seat_role: str
    votes: bool
    present: bool
    mode: str = ""
    since: dt.datetime | None = None
    stands_in_for: str = ""  # the member whose alternate this is, who sits where that one does not

    @property
    def seat_label(self) -> str:
        """The seat in words."""
        if self.stands_in_for:
            return f"Alternate of {self.stands_in_for}"
        return CommitteeSeatPeriod(seat_role=self.seat_role).get_seat_role_display()


@dataclass
class MotionView:
    """A motion with its count so far and what the viewer may do about it."""

    motion: Motion
    tally: SimpleNamespace
    lines: list[dict[str, Any]]
    my_vote: str = ""
    may_vote: bool = False
    why_not: str = ""
    roll: list[SimpleNamespace] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)  # voted, and take no part now: their votes do not count
    silent: list[str] = field(default_factory=list)  # here, taking part, and without a vote yet
    concealed: bool = False  # how others voted is not for the viewer yet: neither roll nor tally say it

    @property
    def my_vote_label(self) -> str:
        """How the viewer voted, within a sentence; empty when they did not."""
        return str(VoteChoice(self.my_vote).label).lower() if self.my_vote else ""

    @property
    def concealed_note(self) -> str:
        """Why the viewer is not told how others voted, as a sentence; empty where they are."""
        if not self.concealed:
            return ""
        return "The bylaws ask for independent votes: how others voted shows once the vote is closed."


@dataclass
class ItemView:
    """A matter on the agenda."""

    item: AgendaItem
    quorum: Quorum | None
    own_file: bool
    recused: list[Recusal]
    open_motion: MotionView | None
    closed_motions: list[MotionView]
    may_recuse: list[Any]
    movers: list[Any]
    decision: Decision | None = None
    declared: Sequence[DeclaredInterest] = ()  # not ruled on yet
    me_recused: bool = False
    me_alternate: bool = False  # the viewer is an alternate, and whom they stand in for takes part
    may_pull: bool = False  # off the consent agenda
    earlier: int = 0  # the places on the agenda of the matters before and after it; 0: there is none
    later: int = 0
    closed: str = ""  # why the viewer is told neither of whom nor what it is; empty where they are
    url: str = ""  # where a matter that is no file is read, for whoever may read it

    @property
    def secret(self) -> bool:
        """Whether neither of whom nor what it is is told."""
        return bool(self.closed)

    @property
    def aside(self) -> bool:
        """Whether the viewer has no part in this matter, or leaves the room for it: neither its file nor what
        was said is shown.
        """
        return self.own_file or self.me_recused or self.me_alternate or self.secret


@dataclass
class MeetingView:
    """Everything the page of a meeting shows."""

    meeting: Meeting
    runs: bool
    members: list[MemberRow]
    quorum: Quorum | None
    quorum_problem: str
    items: list[ItemView]  # dealt with one by one
    consent: list[ItemView]  # decided, or to be decided, by one motion
    waiting: list[ReviewStep]
    postponed: list[AgendaItem]
    voters_here: list[Any]  # voting members who are here, and alternates of those who are not
    me_present: bool
    me_seated: bool
    day: dt.date
    has_come: bool  # the meeting's day, by the facility's calendar
    remote: bool = True  # whether members may attend from elsewhere
    staff: Sequence[OnTheSheet] = ()  # of a body without seats, the whole staff: its members by the sheet

    @property
    def staff_voting(self) -> list[OnTheSheet]:
        """Those of them with a vote."""
        return [each for each in self.staff if each.votes]

    @property
    def staff_came(self) -> int:
        """How many of those with a vote were there, as far as the sheet says."""
        return sum(each.came for each in self.staff_voting)

    @property
    def staff_written(self) -> bool:
        """Whether the sheet says anything yet."""
        return any(each.presence for each in self.staff)

    @property
    def consent_put(self) -> list[MotionView]:
        """The open motions of the consent agenda, on which the members vote themselves."""
        return [each.open_motion for each in self.consent if each.open_motion is not None]

    @property
    def consent_mine(self) -> list[MotionView]:
        """Those of them in which the viewer takes part."""
        return [each for each in self.consent_put if each.may_vote]

    @property
    def consent_choice(self) -> str:
        """How the viewer voted on all of them; empty where they did not, or not on each."""
        choices = {each.my_vote for each in self.consent_mine}
        return choices.pop() if len(choices) == 1 else ""

    @property
    def consent_choice_label(self) -> str:
        """The same within a sentence."""
        return str(VoteChoice(self.consent_choice).label).lower() if self.consent_choice else ""

    @property
    def consent_silent(self) -> list[str]:
        """Who is here, takes part in something of it and has not voted on that yet, by name."""
        return sorted({name for each in self.consent_put for name in each.silent})

    @property
    def consent_open(self) -> int:
        """How many matters of the consent agenda are not voted on yet."""
        return sum(each.item.status == AgendaStatus.OPEN for each in self.consent)


def visible_meetings(viewer) -> QuerySet[Meeting]:
    """Meetings the person runs (by facility) or whose committee the person sits on today."""
    meetings = Meeting.objects.select_related("committee__facility")
    if getattr(viewer, "is_system", False):
        return meetings
    may_review = facilities_with(viewer, "bylaws.view_reviews")
    mine = [
        seat.identity.committee_id
        for seat in _seats_or_stood_in(viewer)
        if seat.identity.committee.facility_id in may_review
    ]
    runs = facilities_with(viewer, "bylaws.run_meeting")
    return meetings.filter(Q(committee__facility_id__in=runs) | Q(committee_id__in=mine))


def sees_meeting(viewer, meeting: Meeting) -> bool:
    """Whether the meeting is among the :func:`visible_meetings`; no query beside seats and roles. The
    meeting comes with its committee.
    """
    facility_id = meeting.committee.facility_id
    if getattr(viewer, "is_system", False) or facility_id in facilities_with(viewer, "bylaws.run_meeting"):
        return True
    return facility_id in facilities_with(viewer, "bylaws.view_reviews") and any(
        seat.identity.committee_id == meeting.committee_id for seat in _seats_or_stood_in(viewer)
    )


def _seats_or_stood_in(viewer) -> list[CommitteeSeatPeriod]:
    """Seats of the person, and those of others for which they are the alternate."""
    return [*seats_of(viewer), *(seat for seat, _ in seats_stood_in(viewer))]


def with_counts(meetings: QuerySet[Meeting]) -> QuerySet[Meeting]:
    """The meetings with the number of their matters and of those still open."""
    return meetings.annotate(
        matters=Count("agenda_items"),
        open_matters=Count("agenda_items", filter=Q(agenda_items__status=AgendaStatus.OPEN)),
    )


def get_meeting(*, viewer, uid) -> Meeting | None:
    """The meeting, if the person may see it."""
    return visible_meetings(viewer).filter(uid=uid).first()


def coming_item_of(step: ReviewStep) -> AgendaItem | None:
    """The step on the agenda of a coming meeting; ``vote_open`` says whether a motion is before it."""
    return (
        AgendaItem.objects.filter(step=step, status=AgendaStatus.OPEN, meeting__status__in=COMING)
        .annotate(
            vote_open=Exists(Motion.objects.filter(agenda_item=OuterRef("pk"), status=MotionStatus.OPEN))
        )
        .select_related("meeting__committee__facility")
        .order_by("meeting__starts_at", "pk")
        .first()
    )


def coming_meetings_of(committee) -> QuerySet[Meeting]:
    """Meetings of the committee a file can still be put before, the next one first."""
    return Meeting.objects.filter(committee=committee, status__in=COMING).order_by("starts_at", "pk")


def coming_meetings_at(facility, kinds: Collection[str]) -> QuerySet[Meeting]:
    """Meetings at the facility of committees of these kinds, before which a matter can still be put; the next
    one first.
    """
    return (
        Meeting.objects.filter(committee__facility=facility, committee__kind__in=kinds, status__in=COMING)
        .select_related("committee__facility")
        .order_by("starts_at", "pk")
    )


def failed_votes(step: ReviewStep) -> list[Motion]:
    """Motions on the step that failed in a meeting on record, the last one first."""
    return list(
        Motion.objects.filter(agenda_item__step=step, status=MotionStatus.FAILED)
        .select_related("agenda_item__meeting__committee__facility")
        .order_by("-closed_at", "-pk")
    )


def vote_in_words(motion: Motion) -> str:
    """``Credentials Committee voted on this file on 26 Nov 2026: failed, 1 for, 3 against.``"""
    meeting = motion.agenda_item.meeting
    day = clock.date_at(motion.closed_at or motion.moved_at, meeting.committee.facility)
    count = motion.quorum or {}
    return (
        f"{meeting.committee} voted on this file on {day_text(day)}: {motion.get_status_display().lower()}, "
        f"{count.get('for', 0)} for, {count.get('against', 0)} against."
    )


def postponed_business(committee, viewer) -> list[AgendaItem]:
    """What was postponed, is no file and stands on no later agenda of the committee, the oldest first; only
    what the viewer may know, and never what is about themselves.
    """
    others = AgendaItem.objects.filter(meeting__committee=committee, step__isnull=True)
    later = others.filter(pk__gt=OuterRef("pk"))
    named = Q(subject_uid__isnull=True) & ~Exists(
        later.filter(subject_uid__isnull=True, title=OuterRef("title"))
    )
    told = Q(subject_uid__isnull=False) & ~Exists(later.filter(subject_uid=OuterRef("subject_uid")))
    found = (
        others.filter(named | told, status=AgendaStatus.POSTPONED)
        .select_related("meeting__committee__facility", "practitioner")
        .order_by("meeting__starts_at", "order")
    )
    return [item for item in found if may_know(viewer, item) and not is_own_file(viewer, item.practitioner)]


def steps_waiting_for(committee, viewer, *, in_writing: bool = False) -> list[ReviewStep]:
    """Files whose turn it is before this committee and that stand on no coming agenda; never the viewer's
    own. ``in_writing``: also those on which its members are asked for written consent.
    """
    body = BODY_OF_KIND.get(committee.kind)
    if body is None:
        return []
    scheduled = AgendaItem.objects.filter(status=AgendaStatus.OPEN, step__isnull=False)
    steps = ReviewStep.objects.filter(
        body=body,
        status__in=LIVE_STEPS,
        case__facility=committee.facility,
        case__status=CaseStatus.OPEN,
    )
    if not in_writing:
        steps = steps.exclude(written_consents__status=ConsentStatus.OPEN)
    return list(
        steps.exclude(pk__in=scheduled.values("step_id"))
        .exclude(case__practitioner__user=viewer)
        .select_related("case__practitioner", "case__department")
        .order_by("opened_at", "pk")
    )


def asked(item: AgendaItem) -> str:
    """What the matter is, without whose and where: both stand beside it. The item comes with its meeting."""
    return item.title.removesuffix(f", {item.practitioner} at {item.meeting.committee.facility}")


def steps_on(meeting: Meeting, viewer) -> list[ReviewStep]:
    """Files that stand open on the agenda of the meeting, in its order; never the viewer's own."""
    return list(
        ReviewStep.objects.filter(
            agenda_items__meeting=meeting, agenda_items__status=AgendaStatus.OPEN, status__in=LIVE_STEPS
        )
        .exclude(case__practitioner__user=viewer)
        .select_related("case__practitioner", "case__department")
        .order_by("agenda_items__order")
    )


def state_stamp(meeting: Meeting) -> str:
    """A short word that changes whenever something happens in the meeting; one query."""
    order = AgendaItem.objects.filter(meeting=OuterRef("pk")).order_by("order").values_list("pk")
    counts = (
        Meeting.objects.filter(pk=meeting.pk)
        .values("status")
        .annotate(
            agenda=ArraySubquery(order),
            consent=Count("agenda_items", filter=Q(agenda_items__consent=True), distinct=True),
            pulled=Count("agenda_items", filter=Q(agenda_items__pulled_at__isnull=False), distinct=True),
            items=Count("agenda_items", distinct=True),
            closed=Count("agenda_items", filter=~Q(agenda_items__status=AgendaStatus.OPEN), distinct=True),
            came=Count("attendances", distinct=True),
            left=Count("attendances", filter=Q(attendances__present_until__isnull=False), distinct=True),
            recused=Count("agenda_items__recusals", distinct=True),
            declared=Count("agenda_items__step__interests", distinct=True),
            ruled=Count("agenda_items__step__interests__rulings", distinct=True),
            motions=Count("agenda_items__motions", distinct=True),
            settled=Count(
                "agenda_items__motions",
                filter=~Q(agenda_items__motions__status=MotionStatus.OPEN),
                distinct=True,
            ),
            votes=Count("agenda_items__motions__votes", distinct=True),
        )
        .get()
    )
    agenda = zlib.crc32(repr(counts["agenda"]).encode())
    return "-".join(str(value) for name, value in counts.items() if name != "agenda") + f"-{agenda}"


def meeting_view(*, viewer, meeting: Meeting) -> MeetingView:
    """The page of a meeting for this viewer; fourteen queries whatever is on the agenda."""
    committee = meeting.committee
    facility = committee.facility
    now = clock.now()
    moment = meeting.adjourned_at or (meeting.starts_at if meeting.status == MeetingStatus.ADJOURNED else now)
    on, day = clock.date_at(moment, facility), clock.date_at(meeting.starts_at, facility)
    seats = list(with_vacancies(seated(committee, on), on))
    here = _present(meeting, moment)
    live = meeting.status in COMING
    runs = may(viewer, "bylaws.run_meeting", facility)
    rules = meeting_rules(committee, on)
    rule = rules.quorum
    stand_ins = StandIns({facility.pk: on})
    besides = Counted()
    if rule is not None:
        able = {seat.identity.user_id for seat in seats} | {row.identity.user_id for row in stand_ins.rows}
        besides = counted_besides(rule, committee, on, able, seats=seats)
    body = _Body(seats, stand_ins, set(here), rules, besides)
    agenda = list(_agenda(meeting))
    for item in agenda:
        item.meeting = meeting
    read_at = addresses(viewer, agenda)
    items = [_item_view(item, viewer, body, read_at, runs=runs, live=live) for item in agenda]
    for place, each in enumerate(items, start=1):
        each.earlier, each.later = place - 1, place + 1 if place < len(items) else 0
    voting = {user.pk for seat, user in body.sitting(set()) if seat.votes}
    staff = staff_at(meeting) if committee.kind == CommitteeKind.GENERAL_STAFF and not body.everybody else []
    quorum = quorum_of_staff(rules, staff) if staff else None
    return MeetingView(
        meeting=meeting,
        runs=runs,
        staff=staff,
        members=[
            MemberRow(
                user=seat.identity.user,
                seat_role=seat.seat_role,
                votes=seat.votes,
                present=seat.identity.user_id in here,
                mode=here[seat.identity.user_id].get_mode_display() if seat.identity.user_id in here else "",
                since=here[seat.identity.user_id].present_from if seat.identity.user_id in here else None,
            )
            for seat in seats
        ]
        + body.alternates(here),
        quorum=count_quorum(rule, voting=voting, present=set(here), barred=set(), besides=besides)
        if rule and not staff
        else quorum,
        quorum_problem=rules.problem,
        items=[each for each in items if not each.item.on_consent],
        consent=[each for each in items if each.item.on_consent],
        waiting=steps_waiting_for(committee, viewer) if runs and live else [],
        postponed=postponed_business(committee, viewer) if runs and live else [],
        day=day,
        has_come=day <= clock.date_at(now, facility),
        remote=rules.remote,
        voters_here=body.able(set(), set()),
        me_present=viewer.pk in here,
        me_seated=any(user.pk == viewer.pk for user in body.everybody),
    )


def quorum_of_staff(rules: MeetingRules, staff: Sequence[OnTheSheet]) -> Quorum | None:
    """The quorum of the whole staff by its sheet: the members with a vote, and those of them who came; who
    came from elsewhere only where the bylaws let them. None where no rule is recorded.
    """
    if rules.quorum is None:
        return None
    voting = [each for each in staff if each.votes]
    came = [each for each in voting if each.came and (rules.remote or each.presence != StaffPresence.REMOTE)]
    return state_quorum(
        rules.quorum,
        base=len(voting),
        present=len(came),
        taking_part=len(came),
        recused=0,
        physicians=sum(each.practitioner.provider_type in PHYSICIANS for each in came),
    )


@dataclass(frozen=True)
class _Body:
    """A body in a meeting: its seats, who stands in, who is here, by which rules it votes, and what these ask
    besides.
    """

    seats: list[CommitteeSeatPeriod]
    stand_ins: StandIns
    here: set[int]
    rules: MeetingRules
    besides: Counted

    def sitting(self, out: set[int]) -> list[tuple[CommitteeSeatPeriod, User]]:
        """Each seat with who takes it for a matter that these are out of."""
        return sitting(self.seats, self.stand_ins, out=out, here=self.here)

    def able(self, out: set[int], barred: set[int]) -> list[User]:
        """Who votes in the matter: here, with a vote, and not barred."""
        return [
            user
            for seat, user in self.sitting(out)
            if seat.votes and user.pk in self.here and user.pk not in barred
        ]

    @property
    def _designated(self) -> list[Any]:
        """Designations for these seats of people without a seat of their own."""
        seats = {seat.identity_id for seat in self.seats}
        holders = {seat.identity.user_id for seat in self.seats}
        return [
            row.identity
            for row in self.stand_ins.rows
            if row.identity.seat_id in seats and row.identity.user_id not in holders
        ]

    @property
    def everybody(self) -> list[User]:
        """Who may be in the meeting: the members, then the alternates."""
        users = [seat.identity.user for seat in self.seats] + [each.user for each in self._designated]
        return list({user.pk: user for user in users}.values())

    def alternates(self, here: Mapping[int, Attendance]) -> list[MemberRow]:
        """The alternates for the list of presence, each once."""
        rows: dict[int, MemberRow] = {}
        for each in self._designated:
            row = rows.setdefault(
                each.user_id,
                MemberRow(
                    user=each.user,
                    seat_role="",
                    votes=True,
                    present=each.user_id in here,
                    mode=here[each.user_id].get_mode_display() if each.user_id in here else "",
                    since=here[each.user_id].present_from if each.user_id in here else None,
                ),
            )
            row.stands_in_for = ", ".join(filter(None, (row.stands_in_for, str(each.seat.user))))
        return list(rows.values())


def _present(meeting: Meeting, moment: dt.datetime) -> dict[int, Attendance]:
    """Who is here at the moment, by user id; after the meeting: who was here when it was adjourned."""
    rows = Attendance.objects.filter(meeting=meeting, present_from__lte=moment)
    over = meeting.status == MeetingStatus.ADJOURNED
    return {
        row.user_id: row
        for row in rows
        if row.present_until is None
        or row.present_until > moment
        # Recorded from minutes, which tell no times, it was never adjourned here.
        or (over and meeting.adjourned_at in (None, row.present_until))
    }


def _agenda(meeting: Meeting) -> QuerySet[AgendaItem]:
    return (
        meeting.agenda_items.select_related(
            "practitioner",
            "pulled_by",
            "step__case__practitioner",
            "step__case__department",
            "step__case__facility",
        )
        .prefetch_related(
            Prefetch("recusals", Recusal.objects.select_related("user").order_by("recorded_at", "pk")),
            Prefetch(
                "motions",
                Motion.objects.select_related("mover", "seconder", "decision").order_by("-moved_at", "-pk"),
            ),
            Prefetch("step__interests", DeclaredInterest.objects.select_related("user")),
            "step__interests__rulings",
            Prefetch("step__decisions", Decision.objects.defer("frozen").order_by("-recorded_at", "-pk")),
            Prefetch("motions__votes", Vote.objects.standing().select_related("user")),
        )
        .order_by("order")
    )


def movers_of(item: AgendaItem) -> list[User]:
    """Who may move or second on this matter now: voting members who are here and take part in it."""
    committee, moment = item.meeting.committee, clock.now()
    here = set(_present(item.meeting, moment))
    on = clock.date_at(moment, committee.facility)
    barred = barred_user_ids(item)
    seats = seated(committee, on, voting=True)
    return [
        user
        for _, user in sitting(
            list(seats), StandIns({committee.facility_id: on}), out=left_user_ids(item), here=here
        )
        if user.pk in here and user.pk not in barred
    ]


def _item_view(
    item: AgendaItem, viewer, body: _Body, read_at: Mapping[uuid.UUID, str], *, runs: bool, live: bool
) -> ItemView:
    """The matter for the viewer; ``runs``: who runs the meeting, ``live``: while it lasts."""
    own = item.practitioner.user_id if item.practitioner else None
    recused = list(item.recusals.all())
    declared = _undecided_interests(item)
    everybody = body.everybody
    out = {recusal.user_id for recusal in recused} | ({own} if own else set())
    barred = out | {each.user_id for each in declared}
    rules, sits = body.rules, body.sitting(out)
    voting = {user.pk for seat, user in sits if seat.votes}
    sitting_here = viewer.pk in {user.pk for user in everybody}
    quorum = (
        count_quorum(
            rules.quorum, voting=voting, present=body.here, barred=barred, own=own, besides=body.besides
        )
        if rules.quorum is not None
        else None
    )
    able = body.able(out, barred)
    motions = [
        _motion_view(motion, item, viewer, able, barred, voting, body.here, quorum, rules.independent)
        for motion in item.motions.all()
    ]
    mine = {user.pk for _, user in sits} | {seat.identity.user_id for seat in body.seats}
    decisions = [view.motion.decision for view in motions if hasattr(view.motion, "decision")]
    own_file = is_own_file(viewer, item.practitioner)
    me_alternate = not runs and viewer.pk in {user.pk for user in everybody} - mine
    return ItemView(
        item=item,
        quorum=quorum,
        own_file=own_file,
        recused=recused,
        # A tie that followed somebody who does not sit here says nothing in this meeting.
        declared=[each for each in declared if each.user_id in {user.pk for user in everybody}],
        open_motion=next((view for view in motions if view.motion.status == MotionStatus.OPEN), None),
        closed_motions=[view for view in motions if view.motion.status != MotionStatus.OPEN],
        may_recuse=[
            user for user in everybody if user.pk not in barred and ((runs and live) or user.pk == viewer.pk)
        ],
        movers=able if runs and live else [],
        decision=decisions[0] if decisions else _decided_elsewhere(item),
        me_recused=any(recusal.user_id == viewer.pk for recusal in recused),
        me_alternate=me_alternate,
        may_pull=live
        and item.on_consent
        and item.status == AgendaStatus.OPEN
        and (runs or sitting_here)
        and viewer.pk not in barred,
        closed=_why_closed(item, viewer, out_of_it=own_file or me_alternate),
        url=read_at.get(item.subject_uid, "") if item.subject_uid else "",
    )


def _why_closed(item: AgendaItem, viewer, *, out_of_it: bool) -> str:
    """Why the viewer is told neither of whom nor what the matter is, as a sentence; empty where they are.
    ``out_of_it``: it is about themselves, or whom they stand in for takes part. Nobody learns from an agenda
    that they are under evaluation; which of the two it is, is not said either.
    """
    if not may_know(viewer, item):
        return "Your role does not open peer review: of whom and what it is stays closed to you."
    if item.subject_kind and out_of_it:
        return "You take no part in this matter of peer review: of whom and what it is stays closed to you."
    return ""


def _undecided_interests(item: AgendaItem) -> list[DeclaredInterest]:
    """Interests in the matter on which the chair has not ruled; prefetched."""
    if item.step is None:
        return []
    return [each for each in item.step.interests.all() if not each.rulings.all()]


def _decided_elsewhere(item: AgendaItem) -> Decision | None:
    """The act that settled a matter without a motion of this meeting: it came from minutes."""
    if item.step is None or item.status != AgendaStatus.ACTED:
        return None
    return next(iter(item.step.decisions.all()), None)


def _motion_view(
    motion: Motion, item, viewer, able, barred, voting, here, quorum, independent: bool
) -> MotionView:
    votes = sorted(motion.votes.all(), key=lambda vote: (vote.user.last_name, vote.pk))
    taking_part = {user.pk for user in able}
    gone = [vote for vote in votes if motion.status == MotionStatus.OPEN and vote.user_id not in taking_part]
    counted = Counter(vote.choice for vote in votes if vote not in gone)
    closed = motion.quorum or {}
    # Motions taken over from an earlier system may say less than ours: the rule of the day fills in.
    shown = {**(quorum.as_data() if quorum else {}), **closed}
    outcomes = outcomes_for(item.step.body if item.step else Body.MEC)
    by_user = {vote.user_id: vote for vote in votes}
    counts = motion.status in (MotionStatus.CARRIED, MotionStatus.FAILED)
    # Also after the own vote: until the close it can be changed, and would follow the others'.
    concealed = independent and not counts
    why = ""
    if is_own_file(viewer, item.practitioner):
        why = "This is your own file: you take no part."
    elif any(each.user_id == viewer.pk for each in _undecided_interests(item)):
        why = "You declared an interest in this file: the chair rules on it first."
    elif viewer.pk in barred:
        why = "You are recused from this matter."
    elif viewer.pk in voting and viewer.pk not in here:
        why = "Mark yourself as present to vote."
    elif viewer.pk in by_user and motion.status != MotionStatus.OPEN:
        why = f"You voted {VoteChoice(by_user[viewer.pk].choice).label.lower()}."
    return MotionView(
        motion=motion,
        tally=SimpleNamespace(
            for_count=None if concealed else closed.get("for", counted[VoteChoice.FOR]),
            against_count=None if concealed else closed.get("against", counted[VoteChoice.AGAINST]),
            abstain_count=None if concealed else closed.get("abstentions", counted[VoteChoice.ABSTAIN]),
            voted_count=len(votes) - len(gone),
            recused=[str(recusal.user) for recusal in item.recusals.all()],
            present_count=shown.get("present", 0),
            quorum_count=shown.get("needed", 0),
            quorum_met=shown.get("met", False),
            carried={MotionStatus.CARRIED: True, MotionStatus.FAILED: False}.get(MotionStatus(motion.status)),
            rule=shown.get("sentence", ""),
        ),
        lines=[
            {**line, "badge": outcomes(line["outcome"]), "note": note_of(line["conditions"], line["reason"])}
            for line in motion.lines
            if line["outcome"] in LineOutcome.values
        ],
        my_vote=by_user[viewer.pk].choice if viewer.pk in by_user else "",
        may_vote=motion.status == MotionStatus.OPEN
        and any(user.pk == viewer.pk for user in able)
        and not why,
        why_not=why,
        roll=_roll(votes, able if motion.status == MotionStatus.OPEN else [], concealed=concealed),
        concealed=concealed,
        gone=[str(vote.user) for vote in gone],
        silent=[str(user) for user in able if user.pk not in by_user],
    )


def _roll(votes: list[Vote], able: list[User], *, concealed: bool) -> list[SimpleNamespace]:
    """Who voted how, and who of those able to has not voted yet; ``concealed``: only who has voted."""
    by_user = {vote.user_id: vote for vote in votes}
    here = {user.pk for user in able}
    people = [*able, *(vote.user for vote in votes if vote.user_id not in here)]
    return [
        SimpleNamespace(user=user, voted=user.pk in by_user, vote=None if concealed else by_user.get(user.pk))
        for user in people
    ]
