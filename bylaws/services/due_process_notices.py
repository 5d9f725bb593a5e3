"""Special notices of due process: written from what is on record, typeset, sent on a way that proves receipt.

A notice is a letter like any other; how it goes out and that it came is recorded with the letter, in the room
of letters, which says so here. What it must tell is 42 USC 11112(b)(1) and (2), in our own words.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import transaction

from bylaws.choices import Side, TrackEventKind, TrackGround, TrackStatus
from bylaws.models import DueProcess, DueProcessNotice
from bylaws.selectors.due_process import dates_on, seats_of, standing_of
from bylaws.selectors.peer_review import statement_of
from bylaws.services.due_process import Happened, begin_step, correct_step, record_step, said, tell
from bylaws.wording import notice_of_hearing, notice_of_proposal
from config.accounts.choices import DataClass
from config.kernel import clock
from config.kernel.display.dates import long_day
from config.kernel.errors import Refused
from config.kernel.papers import typeset
from practitioners import store
from practitioners.choices import LetterKind
from practitioners.models import Evidence, Letter
from practitioners.selectors.addressing import address_lines, name_in_letters, salutation

TEMPLATE, SUBJECT = "office", "due_process"
#: What lists and the trail of acts call it.
TITLE = "Special notice"
#: Lines and characters of an address; of own words.
MOST_LINES, LONGEST_LINE, LONGEST_ADDED = 7, 100, 4000


def draft_notice(track: DueProcess, kind: str, *, signed_by: str, added: str = "") -> dict[str, Any]:
    """What the notice would say now, as plain data; refused where it lacks something. Writes nothing."""
    if kind == TrackEventKind.NOTICE_SENT:
        if track.status != TrackStatus.OPENED:
            raise Refused("The notice of what is proposed comes first, once.")
    elif kind != TrackEventKind.HEARING_NOTICE or track.status != TrackStatus.SCHEDULED:
        raise Refused("The notice of the hearing follows when it is scheduled.")
    if len(added) > LONGEST_ADDED:
        raise Refused(f"Your own words are longer than {LONGEST_ADDED:,} characters.", field="added")
    events = list(track.events.order_by("number"))
    standing = standing_of(events)
    dates = dates_on(track, standing)
    facility = track.facility
    dear = salutation(track.practitioner)
    if kind == TrackEventKind.NOTICE_SENT:
        if dates.request_days is None and track.has_right:
            raise Refused("No source says how long a hearing can be asked for: set the parameter first.")
        title, blocks = notice_of_proposal(track, dear, dates.request_days, added.strip())
    else:
        hearing = next(each for each in reversed(standing) if each.kind == TrackEventKind.SCHEDULED)
        witnesses = track.witnesses.filter(taken_back_at__isnull=True, side=Side.HOSPITAL)
        panel = [f"{each.member.name}, {each.member.get_part_display().lower()}" for each in seats_of(track)
                 if each.sits]  # fmt: skip
        title, blocks = notice_of_hearing(
            track,
            dear,
            hearing,
            [f"{each.name}{': ' + each.about if each.about else ''}" for each in witnesses],
            panel,
            added.strip(),
        )
    return {
        "title": title,
        "facility": {"name": facility.name, "city": facility.city, "phone": facility.office_phone},
        "practitioner": {
            "name": name_in_letters(track.practitioner),
            "npi": track.practitioner.npi or "",
        },
        "to": address_lines(track.practitioner),
        "issued_on": long_day(clock.today(facility)),
        "on_behalf": f"the {track.get_body_display()} of {facility.name}",
        "signed_by": signed_by,
        "blocks": blocks,
        "marking": f"Special notice. {statement_of(facility)}",
    }


@transaction.atomic
def issue_notice(*, actor, track: DueProcess, kind: str, to: str, added: str = "") -> Letter:
    """Typeset the notice, keep its bytes and its row. Sent and received it is in the room of letters, and
    that moves the track: nothing has been given notice of yet.
    """
    track = begin_step(actor, track)
    lines = [line.strip() for line in said(to, "Write the recipient's name and address.", "to").splitlines()]
    lines = [line for line in lines if line]
    if len(lines) > MOST_LINES or any(len(line) > LONGEST_LINE for line in lines):
        raise Refused(f"An address has {MOST_LINES} lines of {LONGEST_LINE} characters at most.", field="to")
    content = {**draft_notice(track, kind, signed_by=str(actor), added=added), "to": lines}
    issued_at = clock.now()
    letter = Letter.objects.create(
        practitioner=track.practitioner,
        facility=track.facility,
        kind=LetterKind.SPECIAL_NOTICE,
        subject_kind=SUBJECT,
        subject_uid=uuid.uuid4(),
        title=TITLE,
        data_class=DataClass.PEER_REVIEW,
        issued_on=clock.date_at(issued_at, track.facility),
        issued_at=issued_at,
        issued_by=actor,
        content=content,
        sha256=store.put(typeset(TEMPLATE, content, issued_at=issued_at)),
    )
    DueProcessNotice.objects.create(
        track=track, letter=letter, kind=kind, recorded_at=issued_at, recorded_by=actor
    )
    tell(actor=actor, track=track)
    return letter


def typeset_again(letter: Letter) -> bytes:
    """The letter's bytes made anew from its row: the same as were stored."""
    return typeset(TEMPLATE, letter.content, issued_at=letter.issued_at)


@transaction.atomic
def notice_went_out(*, actor, letter: Letter, day: dt.date, how: str) -> None:
    """The letter was handed over. Called within that act; nothing of a letter that is no such notice. A
    second sending of what went out already changes nothing: the clock runs from the first that arrives.
    """
    notice = _notice_of(letter)
    if notice is None:
        return
    if any(each.kind == notice.kind for each in _counting(notice)):
        return
    record_step(
        actor=actor, track=notice.track, kind=notice.kind, happened=Happened(day, told_by=how), letter=letter
    )


@transaction.atomic
def notice_came(
    *, actor, letter: Letter, day: dt.date, told_by: str, proof: Evidence | None, reason: str = ""
) -> None:
    """The letter was received. Called within that act; of a notice of what is proposed the time to ask runs
    from then. A corrected receipt corrects the day, with its reason.
    """
    notice = _notice_of(letter)
    if notice is None or notice.kind != TrackEventKind.NOTICE_SENT or proof is None:
        return
    happened = Happened(day, told_by=told_by, evidence=proof)
    before = next((each for each in _counting(notice) if each.kind == TrackEventKind.DELIVERED), None)
    if before is not None:
        if before.day != day:
            correct_step(
                actor=actor, event=before, happened=happened, reason=reason or "Another receipt was recorded."
            )
        return
    record_step(
        actor=actor, track=notice.track, kind=TrackEventKind.DELIVERED, happened=happened, letter=letter
    )


def _notice_of(letter: Letter) -> DueProcessNotice | None:
    if letter.subject_kind != SUBJECT:
        return None
    return DueProcessNotice.objects.select_related("track__practitioner", "track__facility").get(
        letter=letter
    )


def _counting(notice: DueProcessNotice) -> list[Any]:
    """The events that count since the notice was issued."""
    events = list(notice.track.events.order_by("number"))
    if notice.kind == TrackEventKind.HEARING_NOTICE:
        return [each for each in standing_of(events) if each.recorded_at >= notice.recorded_at]
    return standing_of(events)


def notices_due(track: DueProcess) -> str:
    """Which notice can be written now; empty where none."""
    if track.ground == TrackGround.DECISION and track.status == TrackStatus.OPENED:
        return ""
    return {
        TrackStatus.OPENED: str(TrackEventKind.NOTICE_SENT),
        TrackStatus.SCHEDULED: str(TrackEventKind.HEARING_NOTICE),
    }.get(TrackStatus(track.status), "")
