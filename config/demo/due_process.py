"""Due process: a hearing that is ahead after an investigation, and a proposal that a hearing reversed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from bylaws.choices import FinalAction, TrackEventKind
from bylaws.models import DueProcess, Investigation
from bylaws.orders import Ordered, Paper
from bylaws.services.due_process import Happened, conclude, open_track, record_step
from bylaws.services.hearings import (
    add_exhibit,
    name_witness,
    propose_member,
    record_session,
    rule_on_member,
)
from bylaws.services.investigation_steps import Step
from bylaws.services.investigation_steps import record_step as record_investigation_step
from bylaws.services.investigations import close_investigation, open_investigation
from config.demo.hospital import Hospital
from config.demo.papers import page
from config.demo.people import Person
from config.demo.timeline import Timeline, at
from config.kernel import clock
from practitioners.models import Practitioner

#: How many days ago the investigation began, and the earlier proposal was made.
INVESTIGATED, REVERSED = 150, 220
MINUTES = "Minutes of the Medical Executive Committee, item {}"


def tell_due_process(
    people: Sequence[Person], on_file: Mapping[str, Practitioner], hospital: Hospital, timeline: Timeline
) -> None:
    """Of the first two physicians of ``people`` (of the hospital LMC, by NPI ``on_file``): a hearing ahead of
    one, and due process about the other that ended with nothing adverse.
    """
    records = [on_file[person.npi] for person in people]
    waiting, cleared = [each for each in records if each.provider_type in ("MD", "DO")][:2]
    _cleared(Telling(hospital, timeline, cleared))
    _waiting(Telling(hospital, timeline, waiting))


class Telling:
    """One person's story, told day by day by the medical staff office."""

    def __init__(self, hospital: Hospital, timeline: Timeline, person: Practitioner) -> None:
        self.actor = hospital.staff_office("LMC")
        self.facility, self.timeline, self.person = hospital.facilities["LMC"], timeline, person

    def day(self, ago: int) -> dt.date:
        return self.timeline.workday(ago)

    def track(self, ago: int, **more: Any) -> DueProcess:
        with clock.freeze(at(self.day(ago), 9)):
            return open_track(
                actor=self.actor,
                practitioner=self.person,
                facility=self.facility,
                body="mec",
                proposed_on=self.day(ago),
                **more,
            )

    def step(self, track: DueProcess, kind: TrackEventKind, ago: int, **more: Any) -> None:
        track.refresh_from_db()
        with clock.freeze(at(self.day(ago), 11)):
            record_step(actor=self.actor, track=track, kind=kind, happened=Happened(self.day(ago), **more))

    def asked_for(self, track: DueProcess, ago: int) -> None:
        """Notice sent and received, a hearing asked for ten days later."""
        received = Paper("receipt.pdf", page("Return receipt", ["Received by the addressee."]))
        self.step(track, TrackEventKind.NOTICE_SENT, ago, told_by="Certified mail 9407 1000 2026")
        self.step(track, TrackEventKind.DELIVERED, ago - 3, told_by="Signed by the addressee", proof=received)
        self.step(track, TrackEventKind.REQUESTED, ago - 13, told_by="Counsel, by letter")


def _cleared(told: Telling) -> None:
    """A restriction was proposed; the panel found otherwise, and the board took no action."""
    track = told.track(
        REVERSED, ground="measure", measure="restriction", authority=MINUTES.format(6),
        reasons="Response times on call in two of twelve months were above the limit of the rules.",
    )  # fmt: skip
    told.asked_for(track, REVERSED - 2)
    hearing = REVERSED - 60
    told.step(
        track, TrackEventKind.SCHEDULED, REVERSED - 20, hearing_on=told.day(hearing), place="Board room, 9 am"
    )
    told.step(track, TrackEventKind.HEARING_NOTICE, REVERSED - 22, told_by="Certified mail 9407 1000 2051")
    with clock.freeze(at(told.day(hearing), 16)):
        officer = propose_member(
            actor=told.actor, track=track, part="officer", name="Judge Harriet Lamb (retired)"
        )
        rule_on_member(
            actor=told.actor, member=officer, ruling="sits", by_whom="The president of the medical staff",
            because="A retired judge, who practices no medicine and competes with nobody.",
        )  # fmt: skip
        record_session(
            actor=told.actor, track=track, day=told.day(hearing), present=[officer],
            practitioner_present=True,
            others_present="Counsel of both sides\nCourt reporter",
        )  # fmt: skip
    told.step(track, TrackEventKind.HELD, hearing)
    report = Paper("report.pdf", page("Report of the hearing officer", ["The measure is not warranted."]))
    basis = "The calls of both months were answered by the backup, as the rules allow."
    told.step(track, TrackEventKind.REPORTED, hearing - 20, outcome="reversed", words=basis, proof=report)
    told.step(
        track, TrackEventKind.DECIDED, hearing - 40, outcome="reversed", words=basis,
        authority=MINUTES.format(3),
    )  # fmt: skip
    track.refresh_from_db()
    with clock.freeze(at(told.day(hearing - 55), 15)):
        conclude(
            actor=told.actor,
            track=track,
            action=FinalAction.NOTHING,
            ordered=Ordered(
                decided_on=told.day(hearing - 55),
                authority="Minutes of the board, item 2",
                day=told.day(hearing - 55),
                words="The board follows the report: nothing adverse stands.",
            ),
        )


def _waiting(told: Telling) -> None:
    """An investigation proposed a restriction; the hearing is five weeks ahead."""
    one = _investigation(told)
    track = told.track(
        60, ground="investigation", measure="restriction", investigation=one, authority=MINUTES.format(9),
        reasons="Three of ten operations reviewed were outside the standard of care.\n"
        "Two were documented after the fact.",
    )  # fmt: skip
    told.asked_for(track, 57)
    told.step(track, TrackEventKind.SCHEDULED, 20, hearing_on=told.day(-35), place="Board room, 9 am to 5 pm")
    told.step(track, TrackEventKind.HEARING_NOTICE, 15, told_by="Certified mail 9407 1000 2077")
    with clock.freeze(at(told.day(10), 14)):
        propose_member(actor=told.actor, track=track, part="officer", name="Judge Ulrich Sandoval (retired)")
        name_witness(
            actor=told.actor, track=track, side="hospital", name="Dr. Ines Calloway",
            about="The review of the ten operations",
        )  # fmt: skip
        add_exhibit(
            actor=told.actor, track=track, side="hospital", title="Summary of the ten operations",
            paper=Paper("summary.pdf", page("Ten operations", ["Reviewed for the hearing."])),
            handed_over=True,
        )  # fmt: skip


def _investigation(told: Telling) -> Investigation:
    ago = INVESTIGATED
    with clock.freeze(at(told.day(ago), 10)):
        one = open_investigation(
            actor=told.actor, practitioner=told.person, facility=told.facility,
            opened_by=MINUTES.format(7), about="Outcomes of ten operations", start=told.day(ago),
        )  # fmt: skip
    report = Paper("report.pdf", page("Report of the investigation", ["Three of ten cases."]))
    for days, step in (
        (0, {"kind": "decided_open", "body": "mec", "authority": MINUTES.format(7)}),
        (3, {"kind": "investigator", "who": "Dr. Ines Calloway"}),
        (4, {"kind": "notice", "who": "Letter handed over in the office"}),
        (30, {"kind": "interview", "who": "The practitioner, by the investigator"}),
        (70, {"kind": "report", "who": "Dr. Ines Calloway", "proof": report}),
        (90, {"kind": "outcome", "body": "mec", "authority": MINUTES.format(9), "outcome": "measure"}),
        (90, {"kind": "decided_close", "body": "mec", "authority": MINUTES.format(9)}),
    ):
        with clock.freeze(at(told.day(ago - days), 12)):
            record_investigation_step(
                actor=told.actor, investigation=one, step=Step(day=told.day(ago - days), **step)
            )
    with clock.freeze(at(told.day(60), 8)):
        close_investigation(
            actor=told.actor, investigation=one, last_day=told.day(60),
            reason="The Medical Executive Committee, with its proposal.",
        )  # fmt: skip
    return one
