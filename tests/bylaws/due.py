"""Due process of the tests: a member, what stands against them, and the way to a hearing."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bylaws.choices import BarKind, TrackEventKind
from bylaws.models import DueProcess, DueProcessEvent, InvestigationEvent, Motion
from bylaws.orders import Ordered, Paper
from bylaws.services.bars import open_bar, record_review
from bylaws.services.due_process import Happened, conclude, open_track, record_step
from bylaws.services.hearings import propose_member, record_session
from bylaws.services.investigation_steps import Step
from bylaws.services.investigation_steps import record_step as record_investigation_step
from bylaws.services.investigations import open_investigation
from practitioners.models import (
    PracticeAffiliation,
    PracticeAffiliationPeriod,
    PracticeGroup,
    PracticeLocation,
    Practitioner,
    PractitionerTaxonomy,
    TaxonomyCode,
)
from tests.bylaws.world import TODAY

DAY = dt.timedelta(days=1)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PAPER = Paper("paper.pdf", PDF)


def measure(world, person: Practitioner, **more: Any) -> DueProcess:
    """A revocation the executive committee proposed a hundred days ago."""
    values: dict[str, Any] = {
        "ground": "measure", "measure": "revocation", "body": "mec", "authority": "Minutes, item 4",
        "proposed_on": TODAY - 100 * DAY, "reasons": "Marked reasons",
    }  # fmt: skip
    return open_track(
        actor=more.pop("actor", world.coordinator), practitioner=person, facility=world.facility,
        **values | more,
    )  # fmt: skip


def suspension(world, person: Practitioner, start: dt.date = TODAY - 40 * DAY, *, continued: bool = True):
    """A precautionary suspension, continued by the executive committee on its seventh day."""
    bar = open_bar(
        actor=world.coordinator, practitioner=person, facility=world.facility,
        kind=BarKind.PRECAUTIONARY_SUSPENSION, cause="Marked cause", start=start,
    )  # fmt: skip
    if continued:
        record_review(
            actor=world.coordinator, bar=bar, reviewed_on=start + 6 * DAY, outcome="continued",
            authority="Minutes, item 2",
        )  # fmt: skip
    return bar


def step(world, track: DueProcess, kind: str, day: dt.date, **more: Any) -> DueProcessEvent:
    """A step with what it needs."""
    needs: dict[str, Any] = {"told_by": "Certified mail 9407"}
    if kind in (TrackEventKind.DELIVERED, TrackEventKind.WAIVED, TrackEventKind.REPORTED):
        needs["proof"] = PAPER
    if kind in (TrackEventKind.REPORTED, TrackEventKind.DECIDED, TrackEventKind.APPEAL_DECIDED):
        needs |= {"outcome": "upheld", "words": "Marked basis", "authority": "Minutes, item 9"}
    if kind == TrackEventKind.CLOSED:
        needs["words"] = "Marked end"
    return record_step(
        actor=more.pop("actor", world.coordinator), track=track, kind=kind,
        happened=Happened(day, **needs | more),
    )  # fmt: skip


def requested(world, track: DueProcess, start: dt.date = TODAY - 95 * DAY) -> DueProcess:
    """Notice sent and received on the first day, a hearing asked for a week later."""
    step(world, track, "notice_sent", start)
    step(world, track, "delivered", start)
    step(world, track, "requested", start + 7 * DAY)
    track.refresh_from_db()
    return track


def noticed(world, track: DueProcess, start: dt.date = TODAY - 95 * DAY) -> DueProcess:
    """The hearing is on the sixtieth day, its notice went out on the tenth."""
    requested(world, track, start)
    step(world, track, "scheduled", start + 8 * DAY, hearing_on=start + 60 * DAY, place="Board room, 9 am")
    step(world, track, "hearing_notice", start + 10 * DAY)
    track.refresh_from_db()
    return track


def specialist(
    world, name: str, code: str = "208600000X", group: str = "Lakeside Surgeons", **more: Any
) -> Practitioner:
    """Somebody of a specialty who works for a group."""
    person = world.practitioner(name, **more)
    fields = {"208600000X": "Surgery", "207Q00000X": "Family Medicine", "2086S0129X": "Surgery"}
    names = {"208600000X": "Surgeon", "207Q00000X": "Family physician", "2086S0129X": "Vascular surgeon"}
    if code:
        taxonomy, _ = TaxonomyCode.objects.get_or_create(
            code=code,
            defaults={
                "grouping": "Physicians", "classification": fields[code], "display_name": names[code],
                "section": "Individual",
            },
        )  # fmt: skip
        PractitionerTaxonomy.objects.create(
            practitioner=person, taxonomy=taxonomy, primary=True, said_by="coordinator"
        )
    if group:
        place, _ = PracticeLocation.objects.get_or_create(
            group=PracticeGroup.objects.get_or_create(name=group)[0], name="Main office"
        )
        works = PracticeAffiliation.objects.create(
            practitioner=person, location=place, created_at=world_now(), created_by=world.system
        )
        PracticeAffiliationPeriod.objects.create(
            identity=works,
            valid=(dt.date(2020, 1, 1), None),
            recorded_at=world_now(),
            recorded_by=world.system,
        )
    return person


def world_now() -> dt.datetime:
    """A moment before everything the tests record."""
    return dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def held(world, track: DueProcess, start: dt.date = TODAY - 95 * DAY) -> DueProcess:
    """A family physician sat alone; the hearing took a day."""
    noticed(world, track, start)
    member = propose_member(
        actor=world.coordinator, track=track, part="chair",
        practitioner=specialist(world, "Fern Family", "207Q00000X", "Prairie Clinic"),
    )  # fmt: skip
    record_session(
        actor=world.coordinator, track=track, day=start + 60 * DAY, present=[member],
        practitioner_present=True, others_present="Court reporter",
    )  # fmt: skip
    step(world, track, "held", start + 60 * DAY)
    track.refresh_from_db()
    return track


def decided(world, track: DueProcess, start: dt.date = TODAY - 95 * DAY) -> DueProcess:
    """Reported and decided a few days later."""
    held(world, track, start)
    step(world, track, "reported", start + 65 * DAY)
    step(world, track, "decided", start + 70 * DAY)
    track.refresh_from_db()
    return track


def final(world, track: DueProcess, action: str, **more: Any) -> DueProcessEvent:
    """The board's final action, today."""
    values: dict[str, Any] = {
        "decided_on": TODAY, "authority": "Board minutes, item 1", "day": TODAY, "words": "Marked final",
    }  # fmt: skip
    return conclude(
        actor=more.pop("actor", world.coordinator), track=track, action=action,
        ordered=Ordered(**values | more),
    )  # fmt: skip


def investigated(world, person: Practitioner, *, outcome: str = "measure", motion: Motion | None = None):
    """An investigation with a report and an outcome, by the minutes or by a motion that was carried."""
    one = open_investigation(
        actor=world.coordinator, practitioner=person, facility=world.facility,
        opened_by="Executive committee, item 7", about="Marked outcomes", start=TODAY - 120 * DAY,
    )  # fmt: skip
    for each in (
        Step("decided_open", TODAY - 120 * DAY, body="mec", authority="Minutes, item 7"),
        Step("investigator", TODAY - 119 * DAY, who="Ines Investigator"),
        Step("report", TODAY - 105 * DAY, who="Ines Investigator", words="Marked findings", proof=PAPER),
        Step(
            "outcome",
            TODAY - 101 * DAY,
            body="mec",
            authority="" if motion else "Minutes, item 8",
            outcome=outcome,
            motion=motion,
        ),
    ):
        investigation_step(world, one, each)
    return one


def investigation_step(world, one, given: Step) -> InvestigationEvent:
    return record_investigation_step(actor=world.coordinator, investigation=one, step=given)
