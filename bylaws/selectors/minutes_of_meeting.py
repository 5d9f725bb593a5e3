"""Minutes of meetings: what a draft says, and what of them a reader may have."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, Q, QuerySet

from bylaws.choices import (
    AgendaStatus,
    AttendanceMode,
    MeetingStatus,
    MinutesStatus,
    SeatRole,
    SignedAs,
    StaffPresence,
    outcomes_for,
)
from bylaws.models import (
    AgendaItem,
    Meeting,
    MeetingMinutes,
    MinutesSignature,
    MinutesStep,
    MinutesVersion,
    Motion,
    Recusal,
)
from bylaws.rules.answers import note_of
from bylaws.rules.minutes import Happened, Moved, Section, Stay, attendance, closing, matter, opening
from bylaws.selectors.committees import is_whole_staff, meeting_rules, seated
from bylaws.selectors.duties import WITH_A_SHEET, members_to_attend, on_the_sheet, staff_at
from bylaws.selectors.meetings import (
    CLOSED,
    PEER_REVIEW,
    asked,
    meeting_view,
    quorum_of_staff,
    visible_meetings,
)
from bylaws.selectors.reviews import seats_of
from config.accounts.policies import may
from config.kernel import clock
from config.kernel.display.dates import day_text

LEADING = (SeatRole.CHAIR, SeatRole.VICE_CHAIR)
#: How far back the office is asked for minutes that were never written, in days.
LOOKED_BACK = 180
#: What became of a matter, in the words of minutes.
BECAME = {
    AgendaStatus.ACTED: "Acted on",
    AgendaStatus.POSTPONED: "Postponed to another meeting",
    AgendaStatus.OPEN: "Not acted on",
}


# --- drafting -------------------------------------------------------------------------------------------


def draft_sections(meeting: Meeting) -> list[Section]:
    """The minutes of an adjourned meeting, drafted from what is on record; a fixed number of queries. It
    holds everything: who may read which section is judged when it is read (:func:`minutes_view`).
    """
    facility = meeting.committee.facility
    zone = ZoneInfo(facility.time_zone)
    day = clock.date_at(meeting.starts_at, facility)

    def time(value: dt.datetime | None) -> str:
        return f"{value.astimezone(zone):%H:%M}" if value else ""

    ended = time(meeting.adjourned_at)
    items = list(_agenda(meeting))
    found = [
        motion.closed_at
        for item in items
        for motion in item.motions.all()
        if motion.closed_at is not None and (motion.quorum or {}).get("met")
    ]
    return [
        opening(
            body=str(meeting.committee),
            day=day_text(day),
            place=meeting.place,
            kind=str(meeting.get_kind_display()),
            at=time(meeting.called_to_order_at),
            counts=_counts(meeting, day),
            reached=time(min(found, default=None)),
        ),
        attendance(_people(meeting, day, time), ended, _sheet(meeting)),
        *(matter(_happened(number, item)) for number, item in enumerate(items, start=1)),
        closing(ended),
    ]


def _counts(meeting: Meeting, day: dt.date) -> Mapping[str, Any]:
    """The quorum the minutes state: that of the call to order; of the whole staff, by its sheet, and none
    where nobody wrote it.
    """
    committee = meeting.committee
    if not is_whole_staff(committee, day):
        return meeting.quorum_at_order
    staff = staff_at(meeting)
    found = quorum_of_staff(meeting_rules(committee, day), staff)
    return found.as_data() if found is not None and any(each.presence for each in staff) else {}


def _sheet(meeting: Meeting) -> list[tuple[str, list[str]]]:
    """What the sheet of a meeting of the staff or a department says, in the order of its answers."""
    if meeting.committee.kind not in WITH_A_SHEET:
        return []
    said = on_the_sheet(meeting)
    named: dict[str, list[str]] = {}
    for each in members_to_attend(meeting):
        if each.pk in said:
            named.setdefault(said[each.pk], []).append(each.display_name)
    return [(str(answer.label), named.get(answer, [])) for answer in StaffPresence]


def _people(meeting: Meeting, day: dt.date, time: Any) -> list[tuple[str, str, list[Stay]]]:
    """Everybody who had a seat that day, then who else was there (alternates), each with their times."""
    stays: dict[int, list[Stay]] = defaultdict(list)
    names: dict[int, str] = {}
    for row in meeting.attendances.select_related("user").order_by("present_from", "pk"):
        names[row.user_id] = str(row.user)
        remote = row.mode == AttendanceMode.REMOTE
        stays[row.user_id].append(Stay(time(row.present_from), time(row.present_until), remote))
    seats = list(seated(meeting.committee, day))
    rows = [
        (str(seat.identity.user), str(seat.get_seat_role_display()), stays[seat.identity.user_id])
        for seat in seats
    ]
    sitting = {seat.identity.user_id for seat in seats}
    rows += [(name, "alternate", stays[pk]) for pk, name in names.items() if pk not in sitting]
    return rows


def _agenda(meeting: Meeting) -> QuerySet[AgendaItem]:
    return (
        meeting.agenda_items.select_related("practitioner", "pulled_by", "step")
        .prefetch_related(
            Prefetch("recusals", Recusal.objects.select_related("user").order_by("recorded_at", "pk")),
            Prefetch(
                "motions", Motion.objects.select_related("mover", "seconder").order_by("moved_at", "pk")
            ),
        )
        .order_by("order")
    )


def _happened(number: int, item: AgendaItem) -> Happened:
    return Happened(
        item=str(item.uid),
        number=number,
        title=asked(item) if item.practitioner else item.title,
        about=str(item.practitioner) if item.practitioner else "",
        outcome=BECAME[AgendaStatus(item.status)],
        peer_review=bool(item.subject_kind),
        consent=item.consent,
        pulled_by=str(item.pulled_by) if item.pulled_by else "",
        recused=tuple(str(each.user) for each in item.recusals.all()),
        motions=tuple(
            Moved(
                text=motion.text,
                mover=str(motion.mover),
                seconder=str(motion.seconder),
                outcome=str(motion.get_status_display()),
                counts=motion.quorum or {},
                lines=tuple(_line(line, item.step.body if item.step else "") for line in motion.lines),
            )
            for motion in item.motions.all()
        ),
    )


def _line(line: dict[str, Any], body: str) -> str:
    words = outcomes_for(body)
    outcome = words(line["outcome"]).label if line["outcome"] in words.values else line["outcome"]
    return f"{line['label']}: {outcome}. {note_of(line['conditions'], line['reason'])}".strip()


# --- reading --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownSection:
    """One section as a reader has it. ``place`` is its place in the version; ``closed``: only its heading
    is told, and that in other words.
    """

    place: int
    heading: str
    text: str
    peer_review: bool = False
    closed: bool = False


@dataclass(frozen=True)
class MinutesView:
    """The minutes as one reader has them."""

    minutes: MeetingMinutes
    version: MinutesVersion
    sections: list[ShownSection]
    versions: list[MinutesVersion]  # those open to the reader, the newest first
    steps: list[MinutesStep]
    signatures: list[MinutesSignature]
    runs: bool
    next_meeting: Meeting | None
    may_sign_as: tuple[str, ...] = ()

    @property
    def shows_peer_review(self) -> bool:
        """Whether something of peer review is among what is shown."""
        return any(each.peer_review and not each.closed for each in self.sections)

    @property
    def is_newest(self) -> bool:
        """Whether nothing was written after the version shown, as far as the reader may know."""
        return self.version.pk == self.versions[0].pk


def minutes_of(meeting: Meeting) -> MeetingMinutes | None:
    """The minutes of the meeting; None while nobody has drafted them."""
    return MeetingMinutes.objects.filter(meeting=meeting).first()


def minutes_view(*, viewer, minutes: MeetingMinutes, number: int | None = None) -> MinutesView | None:
    """The minutes for this viewer, who sees the meeting: the newest version open to them, or the one of the
    number. Drafts are for who runs the meetings; members read what was circulated. None: nothing is open.

    A section about a matter the viewer has no part in keeps its place, and tells neither of whom nor what.
    """
    meeting = minutes.meeting
    runs = may(viewer, "bylaws.run_meeting", meeting.committee.facility)
    steps = list(
        minutes.steps.select_related(
            "by", "version", "motion__agenda_item__meeting__committee__facility"
        ).order_by("at", "pk")
    )
    versions = list(minutes.versions.select_related("made_by").prefetch_related("signatures"))
    if not runs:
        versions = [
            each for each in versions if _circulated([step for step in steps if step.version_id == each.pk])
        ]
    shown = next((each for each in versions if number in (None, each.number)), None)
    if shown is None:
        return None
    view = meeting_view(viewer=viewer, meeting=meeting)
    aside = {str(each.item.uid): each for each in (*view.items, *view.consent) if each.aside}
    sections = []
    for place, kept in enumerate(shown.sections):
        closed = aside.get(kept["item"])
        if closed is None:
            sections.append(ShownSection(place, kept["heading"], kept["text"], kept["peer_review"]))
            continue
        number_of = kept["heading"].partition(".")[0]
        word = PEER_REVIEW if closed.secret else CLOSED
        sections.append(ShownSection(place, f"{number_of}. {word}", "", kept["peer_review"], closed=True))
    on_agenda = None
    if minutes.status == MinutesStatus.CIRCULATED:
        put = shown.agenda.select_related("item__meeting__committee__facility")
        on_agenda = put.order_by("-pk").first()
    told = {each.pk for each in versions}
    return MinutesView(
        minutes=minutes,
        version=shown,
        sections=sections,
        versions=versions,
        steps=[step for step in steps if step.version_id in told],
        signatures=list(shown.signatures.all()),
        runs=runs,
        next_meeting=on_agenda.item.meeting if on_agenda else None,
        may_sign_as=_may_sign(viewer, minutes, shown, runs=runs) if shown == versions[0] else (),
    )


def _circulated(steps: Sequence[MinutesStep]) -> bool:
    """Whether members have the version these steps are of, in order: circulated, and not taken back before
    anybody approved it.
    """
    told = [step.status for step in steps]
    if MinutesStatus.APPROVED in told:
        return True
    return bool(told) and told[-1] == MinutesStatus.CIRCULATED


def leads(viewer, meeting: Meeting) -> bool:
    """Whether the person is chair or vice chair of the body today."""
    return any(
        seat.identity.committee_id == meeting.committee_id and seat.seat_role in LEADING
        for seat in seats_of(viewer)
    )


def _may_sign(viewer, minutes: MeetingMinutes, version: MinutesVersion, *, runs: bool) -> tuple[str, ...]:
    """As what the viewer may sign the version now."""
    if minutes.status not in (MinutesStatus.APPROVED, MinutesStatus.SIGNED):
        return ()
    signed = {each.signed_as for each in version.signatures.all()}
    if viewer.pk in {each.user_id for each in version.signatures.all()}:
        return ()
    chair = may(viewer, "bylaws.vote", minutes.meeting.committee.facility) and leads(viewer, minutes.meeting)
    wanted = ((SignedAs.CHAIR, chair), (SignedAs.SECRETARY, runs))
    return tuple(str(each) for each, able in wanted if able and each not in signed)


# --- queues ---------------------------------------------------------------------------------------------


def to_write(viewer, facility) -> list[Meeting]:
    """Meetings that are over and whose minutes nobody has circulated: without any, of the last
    :data:`LOOKED_BACK` days; with a draft, however old. The oldest first.
    """
    since = clock.now() - dt.timedelta(days=LOOKED_BACK)
    return list(
        visible_meetings(viewer)
        .filter(committee__facility=facility, status=MeetingStatus.ADJOURNED)
        .filter(Q(minutes__isnull=True, adjourned_at__gte=since) | Q(minutes__status=MinutesStatus.DRAFT))
        .order_by("adjourned_at", "pk")
    )


def to_sign(viewer, facility) -> list[MeetingMinutes]:
    """Approved minutes that wait for the signature of the viewer as chair or vice chair of the body."""
    led = [seat.identity.committee_id for seat in seats_of(viewer) if seat.seat_role in LEADING]
    if not led:
        return []
    return list(
        MeetingMinutes.objects.filter(
            meeting__committee_id__in=led,
            meeting__committee__facility=facility,
            status=MinutesStatus.APPROVED,
        )
        .select_related("meeting__committee__facility")
        .order_by("meeting__starts_at", "pk")
    )


def circulated_of(committee) -> Sequence[MeetingMinutes]:
    """Minutes of the body that wait for its approval, the oldest meeting first."""
    return list(
        MeetingMinutes.objects.filter(meeting__committee=committee, status=MinutesStatus.CIRCULATED)
        .select_related("meeting__committee__facility")
        .order_by("meeting__starts_at", "pk")
    )
