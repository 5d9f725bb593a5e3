"""Special notices of due process: written from what is on record, typeset, sent on a way that proves receipt.

A notice is a letter like any other; how it goes out and that it came is recorded with the letter, in the room
of letters, which says so here. What it must tell is 42 USC 11112(b)(1) and (2), in our own words.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from bylaws.choices import SETTLED_TRACKS, Side, TrackEventKind, TrackGround, TrackStatus
from bylaws.models import DueProcess, DueProcessEvent, DueProcessNotice
from bylaws.rules.due_process import next_steps
from bylaws.selectors.due_process import Way, dates_on, seats_of, standing_of
from bylaws.selectors.peer_review import statement_of
from bylaws.services.due_process import (
    Happened,
    begin_step,
    correct_step,
    record_step,
    said,
    take_back_step,
    tell,
)
from bylaws.wording import notice_of_hearing, notice_of_proposal
from config.accounts.choices import DataClass
from config.kernel import clock
from config.kernel.display.dates import day_text, long_day
from config.kernel.errors import Refused
from config.kernel.papers import typeset
from practitioners import store
from practitioners.choices import LetterKind
from practitioners.models import Letter
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
        if dates.notice_days is None and track.has_right:
            raise Refused("No source says how long before a hearing its notice goes out: set the parameter.")
        title, blocks = notice_of_proposal(track, dear, dates.request_days, dates.notice_days, added.strip())
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
    that moves the track: nothing has been given notice of yet. A notice that is wrong is issued anew; refused
    is one that says word for word what one says that was issued and waits to be handed over.
    """
    track = begin_step(actor, track)
    lines = [line.strip() for line in said(to, "Write the recipient's name and address.", "to").splitlines()]
    lines = [line for line in lines if line]
    if len(lines) > MOST_LINES or any(len(line) > LONGEST_LINE for line in lines):
        raise Refused(f"An address has {MOST_LINES} lines of {LONGEST_LINE} characters at most.", field="to")
    content = {**draft_notice(track, kind, signed_by=str(actor), added=added), "to": lines}
    _refuse_twice(track, kind, content)
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
        track=track,
        letter=letter,
        kind=kind,
        hearing=_scheduled(standing_of(list(track.events.order_by("number"))))
        if kind == TrackEventKind.HEARING_NOTICE
        else None,
        recorded_at=issued_at,
        recorded_by=actor,
    )
    tell(actor=actor, track=track)
    return letter


def _refuse_twice(track: DueProcess, kind: str, content: dict[str, Any]) -> None:
    """Refuse a notice that waits to be handed over already: a page that was sent twice."""
    newest = track.notices.filter(kind=kind).select_related("letter").last()
    if newest is None or newest.letter.content != content:
        return
    if not track.events.filter(letter=newest.letter).exists():
        raise Refused("This notice is issued already, word for word: it waits to be handed over.")


def _scheduled(standing: Sequence[DueProcessEvent]) -> DueProcessEvent | None:
    """The hearing as it is scheduled now."""
    return next((each for each in reversed(standing) if each.kind == TrackEventKind.SCHEDULED), None)


def typeset_again(letter: Letter) -> bytes:
    """The letter's bytes made anew from its row: the same as were stored."""
    return typeset(TEMPLATE, letter.content, issued_at=letter.issued_at)


@transaction.atomic
def follow_letter(*, actor, letter: Letter, before: Way, after: Way, reason: str = "") -> None:
    """Bring the track of a special notice to what its letter says now; nothing of another letter. Called
    within the act in the room of letters that changed ``before`` to ``after``, with the ``reason`` given.

    Notice counts from the first handing over, receipt from the first that is proved: a further sending that
    arrives later gives no more time (42 USC 11112(b)(1) asks for days from the notice, and there was one).
    A receipt that turns out not to have been one takes its step back, and the days to ask with it. What was
    recorded on the track by hand gives way only to an earlier receipt. Where the track is past the step, or
    has ended, what became of the letter is kept with the letter and moves nothing.

    Refused, and nothing is kept: a day that does not fit the steps after it or their clocks, a receipt taken
    away on which a step rests, and the handing over of a notice whose hearing has another day or place now.
    """
    notice = _notice_of(letter)
    if notice is None or before == after:
        return
    track = begin_step(actor, notice.track)
    if after.sent != before.sent:
        _follow_sending(actor, track, notice, after, reason)
    if after.received != before.received and notice.kind == TrackEventKind.NOTICE_SENT:
        _follow_receipt(actor, track, notice, after, reason)


def _follow_sending(actor, track: DueProcess, notice: DueProcessNotice, after: Way, reason: str) -> None:
    if after.sent_on is None:
        return  # a sending is corrected by another one, never taken away
    standing = standing_of(list(track.events.order_by("number")))
    happened = Happened(after.sent_on, told_by=after.how)
    moved = [each for each in standing if each.kind == notice.kind and each.letter_id == notice.letter_id]
    if moved:
        correct_step(
            actor=actor,
            event=moved[-1],
            happened=happened,
            reason=reason or "An earlier sending was recorded.",
        )
        return
    if track.status in SETTLED_TRACKS:
        return
    _check_hearing_named(notice, _scheduled(standing))
    if notice.kind in _next(track):
        record_step(actor=actor, track=track, kind=notice.kind, happened=happened, letter=notice.letter)


def _check_hearing_named(notice: DueProcessNotice, now: DueProcessEvent | None) -> None:
    """Refuse the notice of a hearing that is another one now than its words say."""
    named = notice.hearing
    if named is None:
        return
    if now is None:
        raise Refused("The hearing this notice names is not scheduled any more: it does not go out.")
    if (named.hearing_on, named.place) != (now.hearing_on, now.place):
        raise Refused(
            f"This notice names another day or place than the hearing has now: {day_text(now.hearing_on)}, "
            f"{now.place}. Issue the notice anew."
        )


def _follow_receipt(actor, track: DueProcess, notice: DueProcessNotice, after: Way, reason: str) -> None:
    standing = standing_of(list(track.events.order_by("number")))
    counts = next((each for each in standing if each.kind == TrackEventKind.DELIVERED), None)
    moved = counts is not None and counts.letter_id == notice.letter_id
    why = reason or "Another receipt was recorded."
    if after.received_on is None:
        if counts is not None and moved:
            _take_receipt_back(actor, track, counts, standing, why)
        return
    happened = Happened(after.received_on, told_by=after.told_by, evidence=after.proof)
    if counts is None:
        if TrackEventKind.DELIVERED in _next(track):
            record_step(
                actor=actor,
                track=track,
                kind=TrackEventKind.DELIVERED,
                happened=happened,
                letter=notice.letter,
            )
    elif moved or after.received_on < counts.day:
        correct_step(actor=actor, event=counts, happened=happened, reason=why, letter=notice.letter)


def _take_receipt_back(
    actor, track: DueProcess, receipt: DueProcessEvent, standing: Sequence[DueProcessEvent], reason: str
) -> None:
    newest = standing[-1]
    if newest.pk != receipt.pk:
        raise Refused(
            f"{newest.get_kind_display()} ({day_text(newest.day)}) rests on this receipt: take that back on "
            "the track first.",
            field="outcome",
        )
    take_back_step(actor=actor, track=track, reason=reason)


def _next(track: DueProcess) -> list[TrackEventKind]:
    return next_steps(track.status, has_right=track.has_right, of_file=track.ground == TrackGround.DECISION)


def _notice_of(letter: Letter) -> DueProcessNotice | None:
    if letter.subject_kind != SUBJECT:
        return None
    return DueProcessNotice.objects.select_related(
        "track__practitioner", "track__facility", "hearing", "letter"
    ).get(letter=letter)


def notices_due(track: DueProcess) -> str:
    """Which notice can be written now; empty where none."""
    if track.ground == TrackGround.DECISION and track.status == TrackStatus.OPENED:
        return ""
    return {
        TrackStatus.OPENED: str(TrackEventKind.NOTICE_SENT),
        TrackStatus.SCHEDULED: str(TrackEventKind.HEARING_NOTICE),
    }.get(TrackStatus(track.status), "")
