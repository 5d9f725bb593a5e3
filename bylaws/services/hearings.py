"""What a hearing is made of: the panel and how its members were judged, witnesses, exhibits, sessions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace

from django.db import transaction
from django.db.models import Max

from bylaws.choices import SETTLED_TRACKS, PanelPart, PanelRuling, Side, TrackStatus
from bylaws.models import (
    DueProcess,
    HearingExhibit,
    HearingSession,
    HearingWitness,
    PanelMember,
    PanelObjection,
    SessionPresence,
)
from bylaws.models.due_process import LONGEST_NAME, LONGEST_REASON
from bylaws.orders import Paper
from bylaws.rules.panel import Sitting, judge
from bylaws.selectors.due_process import sat_on_body, seats_of, sitting_of, took_part
from bylaws.services.due_process import begin_step, keep_paper, said, tell
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.rulebook.verdicts import Outcome
from practitioners.models import Practitioner
from practitioners.selectors.addressing import name_in_letters
from practitioners.selectors.canonical import canonical_of

#: From when on a hearing is being prepared or held, before its report.
HEARING = (TrackStatus.REQUESTED, TrackStatus.SCHEDULED, TrackStatus.HEARING_NOTICE)


@transaction.atomic
def propose_member(
    *, actor, track: DueProcess, part: str, name: str = "", practitioner: Practitioner | None = None
) -> PanelMember:
    """Somebody is proposed for the panel or as hearing officer, judged at once by the facts on file: their
    specialty and practice group beside the practitioner's, what they did in the matter. ``name`` is of
    somebody without a file.
    """
    track = _preparing(actor, track)
    if part not in PanelPart.values:
        raise Refused("Say what the person is at the hearing.", field="part")
    called = " ".join((name_in_letters(practitioner) if practitioner is not None else name).split())
    if not called:
        raise Refused("Name the person, or choose them among the practitioners.", field="name")
    if len(called) > LONGEST_NAME:
        raise Refused(f"A name is at most {LONGEST_NAME} characters long.", field="name")
    seats = [each for each in seats_of(track) if not each.released]
    if any(each.member.name.casefold() == called.casefold() for each in seats):
        raise Refused(f"{called} is proposed already.", field="name")
    if part == PanelPart.CHAIR and any(each.member.part == PanelPart.CHAIR for each in seats):
        raise Refused("The panel has a chair already.", field="part")
    today = clock.today(track.facility)
    person = canonical_of(practitioner) if practitioner is not None else None
    about = canonical_of(track.practitioner)
    sitting = sitting_of(person, today) if person is not None else Sitting(on_file=False)
    sitting = replace(
        sitting,
        is_the_practitioner=person is not None and person.pk == about.pk,
        part_in_matter=took_part(track, person, called),
        of_body=sat_on_body(track, person),
    )
    verdict = judge(sitting, sitting_of(about, today))
    member = PanelMember.objects.create(
        track=track,
        part=part,
        name=called,
        practitioner=person,
        verdict=verdict.as_data(),
        outcome=verdict.outcome,
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    tell(actor=actor, track=track)
    return member


@transaction.atomic
def rule_on_member(*, actor, member: PanelMember, ruling: str, by_whom: str, because: str) -> PanelMember:
    """A person rules in writing whether somebody may sit of whom the facts do not say. Whom they forbid no
    ruling allows (42 USC 11112(b)(3)(A)).
    """
    track = begin_step(actor, member.track)
    found = PanelMember.objects.select_for_update(of=("self",)).get(pk=member.pk)
    _check_ruling(ruling)
    if found.taken_back_at is not None:
        raise Refused("This person is on the panel no more.")
    if found.outcome != Outcome.UNKNOWN:
        raise Refused(f"The facts say it: {found.verdict['sentence']}")
    if found.ruling:
        raise Refused("This was ruled already. Release the person and propose them anew.")
    found.ruling = ruling
    found.ruled_by_whom = said(by_whom, "Say who ruled.", "by_whom", LONGEST_NAME)
    found.ruled_because = said(because, "Say why.", "because", LONGEST_REASON)
    found.ruled_at, found.ruled_by = clock.now(), actor
    found.save(update_fields=["ruling", "ruled_by_whom", "ruled_because", "ruled_at", "ruled_by"])
    tell(actor=actor, track=track)
    return found


@transaction.atomic
def release_member(*, actor, member: PanelMember, reason: str) -> None:
    """The person is not on the panel any more, or never should have been proposed. Refused once the panel
    has reported, and of whom a session names: that they were there stays.
    """
    track = _preparing(actor, member.track)
    if SessionPresence.objects.filter(member=member, session__taken_back_at__isnull=True).exists():
        raise Refused("The person was present at a session: take that back first.")
    _take_back(actor, PanelMember, member.pk, reason)
    tell(actor=actor, track=track)


@transaction.atomic
def object_to_member(*, actor, member: PanelMember, day: dt.date, words: str) -> PanelObjection:
    """The practitioner objects to somebody on the panel; it is ruled on before the hearing is held."""
    track = _preparing(actor, member.track)
    if member.taken_back_at is not None:
        raise Refused("This person is on the panel no more.")
    if not track.proposed_on <= day <= clock.today(track.facility):
        raise Refused(f"The day lies between {day_text(track.proposed_on)} and today.", field="day")
    made = PanelObjection.objects.create(
        member=member,
        day=day,
        words=said(words, "Write what the practitioner objects.", "words"),
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    tell(actor=actor, track=track)
    return made


@transaction.atomic
def rule_on_objection(*, actor, objection: PanelObjection, ruling: str, by_whom: str, because: str) -> None:
    """How an objection was ruled, by whom and why; once."""
    track = begin_step(actor, objection.member.track)
    found = PanelObjection.objects.select_for_update(of=("self",)).get(pk=objection.pk)
    _check_ruling(ruling)
    if found.ruling:
        raise Refused("This was ruled already.")
    found.ruling = ruling
    found.ruled_by_whom = said(by_whom, "Say who ruled.", "by_whom", LONGEST_NAME)
    found.ruled_because = said(because, "Say why.", "because", LONGEST_REASON)
    found.ruled_at, found.ruled_by = clock.now(), actor
    found.save(update_fields=["ruling", "ruled_by_whom", "ruled_because", "ruled_at", "ruled_by"])
    tell(actor=actor, track=track)


@transaction.atomic
def name_witness(*, actor, track: DueProcess, side: str, name: str, about: str = "") -> HearingWitness:
    """A witness one side expects to call. Refused for whoever sits on the panel."""
    track = _preparing(actor, track)
    _check_side(side)
    called = " ".join(said(name, "Name the witness.", "name", LONGEST_NAME).split())
    standing = track.witnesses.filter(taken_back_at__isnull=True, side=side, name__iexact=called)
    if standing.exists():
        raise Refused(f"{called} is on the list already.", field="name")
    if any(
        not each.released and each.member.name.casefold() == called.casefold() for each in seats_of(track)
    ):
        raise Refused(f"{called} is on the panel: release them first.", field="name")
    if len(about.strip()) > LONGEST_REASON:
        raise Refused(f"Say it in at most {LONGEST_REASON:,} characters.", field="about")
    made = HearingWitness.objects.create(
        track=track, side=side, name=called, about=about.strip(), recorded_at=clock.now(), recorded_by=actor
    )
    tell(actor=actor, track=track)
    return made


@transaction.atomic
def drop_witness(*, actor, witness: HearingWitness, reason: str) -> None:
    """The witness is not called, or was named by mistake."""
    track = _preparing(actor, witness.track)
    _take_back(actor, HearingWitness, witness.pk, reason)
    tell(actor=actor, track=track)


@transaction.atomic
def add_exhibit(
    *, actor, track: DueProcess, side: str, title: str, paper: Paper | None, handed_over: bool = False
) -> HearingExhibit:
    """A paper one side brings. What is handed over the practitioner reads on their own page; of their own
    exhibits they read all. A reference never belongs there.
    """
    track = _preparing(actor, track)
    _check_side(side)
    called = " ".join(said(title, "Say what the paper is.", "title", LONGEST_NAME).split())
    if paper is None:
        raise Refused("Attach the paper.", field="paper")
    number = track.exhibits.filter(side=side).aggregate(last=Max("number"))["last"] or 0
    today = clock.today(track.facility)
    kept = keep_paper(actor, track.practitioner, today, paper)
    made = HearingExhibit.objects.create(
        track=track,
        side=side,
        number=number + 1,
        title=called,
        evidence=kept,
        handed_over=handed_over or side == Side.PRACTITIONER,
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    tell(actor=actor, track=track)
    return made


@transaction.atomic
def drop_exhibit(*, actor, exhibit: HearingExhibit, reason: str) -> None:
    """The paper is not used, or was added by mistake; its number is not used again."""
    track = _preparing(actor, exhibit.track)
    _take_back(actor, HearingExhibit, exhibit.pk, reason)
    tell(actor=actor, track=track)


@transaction.atomic
def record_session(
    *,
    actor,
    track: DueProcess,
    day: dt.date,
    present: Collection[PanelMember],
    practitioner_present: bool,
    others_present: str = "",
) -> HearingSession:
    """One day of the hearing: who of the panel was there, whether the practitioner was, who else."""
    track = _preparing(actor, track)
    if track.status != TrackStatus.HEARING_NOTICE:
        raise Refused("A session follows the notice of the hearing: record that first.")
    if not track.proposed_on <= day <= clock.today(track.facility):
        raise Refused("The day lies between the act and today.", field="day")
    if track.sessions.filter(day=day, taken_back_at__isnull=True).exists():
        raise Refused(f"The session of {day_text(day)} is recorded.", field="day")
    sits = {each.member.pk: each for each in seats_of(track)}
    chosen = {each.pk for each in present}
    if not chosen:
        raise Refused("Say who of the panel was present.", field="present")
    for pk in chosen:
        if pk not in sits or not sits[pk].sits:
            name = sits[pk].member.name if pk in sits else "Somebody chosen"
            raise Refused(f"{name} may not sit, or that is not ruled.", field="present")
    lines = "\n".join(" ".join(line.split()) for line in others_present.splitlines() if line.strip())
    if len(lines) > 4000:
        raise Refused("Say it in at most 4,000 characters.", field="others_present")
    made = HearingSession.objects.create(
        track=track,
        day=day,
        others_present=lines,
        practitioner_present=practitioner_present,
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    SessionPresence.objects.bulk_create(SessionPresence(session=made, member_id=pk) for pk in sorted(chosen))
    tell(actor=actor, track=track)
    return made


@transaction.atomic
def take_back_session(*, actor, session: HearingSession, reason: str) -> None:
    """The session was recorded wrongly; it is recorded anew where it was held."""
    track = _preparing(actor, session.track)
    _take_back(actor, HearingSession, session.pk, reason)
    tell(actor=actor, track=track)


def _preparing(actor, track: DueProcess) -> DueProcess:
    """The track, locked, while its hearing is prepared or held; refused otherwise."""
    track = begin_step(actor, track)
    if track.status in SETTLED_TRACKS or track.status not in HEARING:
        raise Refused(
            "This belongs to a hearing that was asked for and is not over. The track is at "
            f'"{track.get_status_display()}".'
        )
    return track


def _check_side(side: str) -> None:
    if side not in Side.values:
        raise Refused("Say whose it is.", field="side")


def _check_ruling(ruling: str) -> None:
    if ruling not in PanelRuling.values:
        raise Refused("Say how it was ruled.", field="ruling")


def _take_back(actor, model, pk: int, reason: str) -> None:
    row = model.objects.select_for_update(of=("self",)).get(pk=pk)
    if row.taken_back_at is not None:
        raise Refused("This was taken back already.")
    row.taken_back_because = said(reason, "Say why.", "reason", LONGEST_REASON)
    row.taken_back_at, row.taken_back_by = clock.now(), actor
    row.save(update_fields=["taken_back_at", "taken_back_by", "taken_back_because"])
