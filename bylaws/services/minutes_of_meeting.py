"""Minutes of a meeting: drafted from what happened, circulated, approved by the body at a later meeting,
signed. One decision recorded from minutes is another thing (``bylaws.services.minutes``).
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from bylaws.announced import Waits, call_for
from bylaws.choices import AgendaStatus, MeetingStatus, MinutesStatus, MotionStatus, SignedAs, WaitsFor
from bylaws.models import (
    AgendaItem,
    Committee,
    Meeting,
    MeetingMinutes,
    MinutesOnAgenda,
    MinutesSignature,
    MinutesStep,
    MinutesVersion,
    Motion,
)
from bylaws.selectors.committees import seated
from bylaws.selectors.meetings import COMING
from bylaws.selectors.minutes_of_meeting import circulated_of, draft_sections, leads, minutes_view
from bylaws.services.agendas import add_other_business
from bylaws.services.meeting_guards import locked_meeting, record_in_meeting
from bylaws.workflow import AGENDA_ITEM, MEETING_MINUTES
from config.accounts.policies import permissions, require
from config.kernel import clock
from config.kernel.canonical import digest
from config.kernel.display.dates import day_text
from config.kernel.errors import Conflict, Forbidden, Refused
from config.kernel.texts import needed, within

LONGEST_SECTION, LONGEST_WHY = 10_000, 300


def _locked(minutes: MeetingMinutes) -> MeetingMinutes:
    return (
        MeetingMinutes.objects.select_for_update(of=("self",))
        .select_related("meeting__committee__facility")
        .get(pk=minutes.pk)
    )


def _newest(minutes: MeetingMinutes) -> MinutesVersion:
    return minutes.versions.order_by("-number")[0]


def _write(actor, minutes: MeetingMinutes, number: int, sections: list, why: str = "") -> MinutesVersion:
    version = MinutesVersion.objects.create(
        minutes=minutes,
        number=number,
        sections=sections,
        sha256=digest(sections),
        why=why,
        made_at=clock.now(),
        made_by=actor,
    )
    _record(actor, minutes, "minutes.written", version)
    return version


def _record(actor, minutes: MeetingMinutes, verb: str, version: MinutesVersion) -> None:
    """That it happened, with the number and hash of the version; nothing of what it says, nor why it was
    changed: the reason may be of peer review, and stands with the version.
    """
    record_in_meeting(
        actor=actor,
        verb=verb,
        subject=minutes,
        meeting=minutes.meeting,
        data={"version": version.number, "sha256": version.sha256},
    )


def _move(
    actor, minutes: MeetingMinutes, target: str, *, motion: Motion | None = None, why: str = ""
) -> MinutesVersion:
    """Along the table, with the step on record."""
    move = MEETING_MINUTES.check(minutes, target, permissions(actor, minutes.meeting.committee.facility))
    version = _newest(minutes)
    minutes.status = target
    minutes.save(update_fields=["status"])
    MinutesStep.objects.create(
        minutes=minutes, version=version, status=target, motion=motion, why=why, at=clock.now(), by=actor
    )
    _record(actor, minutes, move.event, version)
    return version


@transaction.atomic
def draft_minutes(*, actor, meeting: Meeting) -> MeetingMinutes:
    """Draft the minutes of a meeting that is over, from what is on record of it. Refused while it lasts,
    where they are drafted already, and of one held elsewhere, of which nothing but its paper is on record.
    """
    meeting = locked_meeting(meeting)
    require(actor, "bylaws.run_meeting", meeting.committee.facility)
    if meeting.status != MeetingStatus.ADJOURNED:
        raise Refused("Minutes are drafted once the meeting is adjourned.")
    if meeting.called_to_order_at is None:
        raise Refused("This meeting was held elsewhere: its minutes are the paper it was recorded from.")
    if MeetingMinutes.objects.filter(meeting=meeting).exists():
        raise Refused("The minutes of this meeting are drafted already.")
    minutes = MeetingMinutes.objects.create(meeting=meeting, drafted_at=clock.now())
    _write(actor, minutes, 1, [each.as_data() for each in draft_sections(meeting)])
    return minutes


@transaction.atomic
def edit_minutes(
    *, actor, minutes: MeetingMinutes, texts: Mapping[int, str], seen: int, why: str = ""
) -> MinutesVersion:
    """Other words of a draft, by the place of the section; every change is a version of its own.

    ``seen`` is the number of the version that was changed: somebody else's later one is not written over.
    A section closed to the actor (their own matter, one they are recused from) is not theirs to write.
    """
    minutes = _locked(minutes)
    require(actor, "bylaws.run_meeting", minutes.meeting.committee.facility)
    if minutes.status != MinutesStatus.DRAFT:
        raise Refused("Only a draft is edited. Take the minutes back, or begin a correction.")
    before = _newest(minutes)
    if before.number != seen:
        raise Conflict(f"{before.made_by} has changed the minutes meanwhile: version {before.number}.")
    view = minutes_view(viewer=actor, minutes=minutes)
    open_to = {each.place for each in view.sections if not each.closed} if view else set()
    sections = [dict(each) for each in before.sections]
    for place, text in texts.items():
        if place not in open_to:
            raise Forbidden("You take no part in this matter: its words are written by somebody else.")
        sections[place]["text"] = needed(
            text,
            LONGEST_SECTION,
            field=f"section_{place}",
            otherwise=f"Say what happened under “{sections[place]['heading']}”.",
        )
    if sections == before.sections:
        raise Refused("Nothing is different from the version before.")
    why = within(why, LONGEST_WHY, field="why")
    return _write(actor, minutes, before.number + 1, sections, why)


@transaction.atomic
def circulate_minutes(*, actor, minutes: MeetingMinutes) -> MeetingMinutes:
    """Give the draft to the members, and put it before the next meeting of the body, once one is called. They
    are told by mail that there are minutes, and not what these say.
    """
    minutes = _locked(minutes)
    _move(actor, minutes, MinutesStatus.CIRCULATED)
    committee = minutes.meeting.committee
    put_minutes_before(actor=actor, committee=committee)
    members = [seat.identity.user for seat in seated(committee, clock.today(committee.facility))]
    call_for(actor, Waits(WaitsFor.MINUTES, minutes.meeting.uid, committee.facility, members))
    return minutes


@transaction.atomic
def take_minutes_back(*, actor, minutes: MeetingMinutes, why: str) -> MeetingMinutes:
    """Back to a draft before the body approved them; their matter leaves the agenda it stands on."""
    minutes = _locked(minutes)
    why = needed(why, LONGEST_WHY, field="reason", otherwise="Say why.")
    version = _newest(minutes)
    held = permissions(actor, minutes.meeting.committee.facility)
    for item in AgendaItem.objects.select_for_update(of=("self",)).filter(
        minutes_version__version=version, status=AgendaStatus.OPEN
    ):
        if item.motions.filter(status=MotionStatus.OPEN).exists():
            raise Refused("A vote on these minutes is open; close it or withdraw the motion first.")
        AGENDA_ITEM.check(item, AgendaStatus.POSTPONED, held)
        item.status = AgendaStatus.POSTPONED
        item.save(update_fields=["status"])
    _move(actor, minutes, MinutesStatus.DRAFT, why=why)
    return minutes


@transaction.atomic
def correct_minutes(*, actor, minutes: MeetingMinutes, why: str) -> MeetingMinutes:
    """Begin a correction of approved minutes: a new version, which the body approves again. What it approved
    before stays, with its signatures.
    """
    minutes = _locked(minutes)
    why = needed(why, LONGEST_WHY, field="reason", otherwise="Say what has to be corrected.")
    if minutes.status not in (MinutesStatus.APPROVED, MinutesStatus.SIGNED):
        raise Refused("Only approved minutes are corrected; others are taken back, or edited as a draft.")
    before = _move(actor, minutes, MinutesStatus.DRAFT, why=why)
    _write(actor, minutes, before.number + 1, before.sections, why)
    return minutes


@transaction.atomic
def put_minutes_before(*, actor, committee: Committee) -> int:
    """Put circulated minutes of the body on the agenda of its next meeting, where they stand on no coming
    one; how many. Nothing happens while no later meeting is called; one whose day has passed without a call
    to order is none. Called within the act that circulated
    them, or called, canceled or ended a meeting.
    """
    waiting = circulated_of(committee)
    if not waiting:
        return 0
    today = clock.today(committee.facility)
    coming = [
        each
        for each in Meeting.objects.filter(committee=committee, status__in=COMING).order_by("starts_at", "pk")
        if each.status == MeetingStatus.IN_SESSION
        or clock.date_at(each.starts_at, committee.facility) >= today
    ]
    standing = set(
        MinutesOnAgenda.objects.filter(
            version__minutes__in=waiting, item__status=AgendaStatus.OPEN, item__meeting__in=coming
        ).values_list("version__minutes_id", flat=True)
    )
    put = 0
    for minutes in waiting:
        held_at = minutes.meeting.starts_at
        meeting = next((each for each in coming if each.starts_at > held_at), None)
        if minutes.pk in standing or meeting is None:
            continue
        day = clock.date_at(held_at, committee.facility)
        item = add_other_business(actor=actor, meeting=meeting, title=f"Minutes of {day_text(day)}")
        MinutesOnAgenda.objects.create(version=_newest(minutes), item=item)
        put += 1
    return put


@transaction.atomic
def approve_by_motion(*, actor, item: AgendaItem, motion: Motion) -> bool:
    """The body carried a motion on a matter: where it is minutes, they are approved, as they were put before
    it. Called within the act that closed the vote; whether there were any.
    """
    put = MinutesOnAgenda.objects.filter(item=item).select_related("version").first()
    if put is None:
        return False
    minutes = _locked(MeetingMinutes.objects.get(pk=put.version.minutes_id))
    if minutes.status != MinutesStatus.CIRCULATED or _newest(minutes).pk != put.version_id:
        return False  # what was put before the body is not what stands now
    _move(actor, minutes, MinutesStatus.APPROVED, motion=motion)
    return True


@transaction.atomic
def sign_minutes(*, actor, minutes: MeetingMinutes, signed_as: str, number: int) -> MinutesSignature:
    """Sign the approved version under one's name: as chair (or vice chair) of the body, or as its secretary,
    who runs its meetings. The chair's signature makes them signed. ``number``: the version that was read.
    """
    minutes = _locked(minutes)
    facility = minutes.meeting.committee.facility
    if minutes.status not in (MinutesStatus.APPROVED, MinutesStatus.SIGNED):
        raise Refused("Minutes are signed once the body has approved them.")
    version = _newest(minutes)
    if version.number != number:
        raise Conflict(f"The newest version is {version.number}; read that one.")
    if signed_as == SignedAs.CHAIR:
        require(actor, "bylaws.vote", facility)
        if not leads(actor, minutes.meeting):
            raise Forbidden(f"The chair of {minutes.meeting.committee.named} signs its minutes.")
    elif signed_as == SignedAs.SECRETARY:
        require(actor, "bylaws.run_meeting", facility)
        if leads(actor, minutes.meeting):
            raise Refused(
                "You lead the body: sign as chair. Its secretary is somebody else.", field="signed_as"
            )
    else:
        raise Refused("Minutes are signed as chair or as secretary.", field="signed_as")
    if version.signatures.filter(signed_as=signed_as).exists():
        raise Refused(f"They are signed as {SignedAs(signed_as).label.lower()} already.")
    if version.signatures.filter(user=actor).exists():
        raise Refused("You have signed them already.")
    signature = MinutesSignature.objects.create(
        version=version, signed_as=signed_as, user=actor, name=str(actor), signed_at=clock.now()
    )
    if signed_as == SignedAs.CHAIR:
        _move(actor, minutes, MinutesStatus.SIGNED)
    else:
        _record(actor, minutes, "minutes.signed_by_secretary", version)
    return signature
