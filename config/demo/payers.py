"""Payers of the demo's larger hospital, the rosters they were given, and the policies of its office."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from bylaws.choices import DocumentBody, DocumentOwner, PolicyKind
from bylaws.models import AppointmentPeriod
from bylaws.services.policies import (
    add_policy,
    publish,
    put_before_bodies,
    record_approval,
    write_version,
)
from config.accounts.models import User
from config.demo.hospital import Hospital
from config.demo.people import Person
from config.demo.timeline import Timeline, at
from config.kernel import clock
from config.rulebook.services.sources import source_body
from credentialing.choices import AuditKind, DayForm, DelegatedFunction, OversightResult, ReportRhythm
from credentialing.models import Payer
from credentialing.rules.payer_rosters import USUAL
from credentialing.selectors.delegation import delegation_of
from credentialing.selectors.payers import last_told
from credentialing.services import delegation, payers
from practitioners.models import Practitioner

CODE = "LMC"
DELEGATED_COLUMNS = """\
ACTION = action
PROV_NPI = npi
LAST = last_name
FIRST = first_name
SPECIALTY = specialty
LIC_STATE = licence_state
LIC_NO = licence_number
COMMITTEE_DT = committee_date
EFF_DT = effective
TERM_DT = term_date
TERM_RSN = term_reason
PRODUCT = "HMO"
"""
VERIFICATION = """\
## Purpose
Every statement on which membership or privileges rest is verified with a source the hospital accepts, before
the governing body decides.

## Age of verifications
- A license is verified within {credentialing.max_age_days STATE_LICENSE} before the decision.
- The data bank is queried at least every {credentialing.npdb_interval_months}, as {BL-NPDB-1} judges.

## Gaps
Every gap of more than {credentialing.gap_days} is explained in writing.

## Sources that do not answer
After {credentialing.attempts_before_unable}, each documented, the director may waive what may be waived.
"""
EXPIRATIONS = """\
## Reminders
Reminders go out {credentialing.reminder_days} days before the last valid day of a credential.

## Lapse
A lapsed license stops privileges on its day: {BL-LIC-1}.
"""


def tell_payers(
    people: Sequence[Person],
    on_file: Mapping[str, Practitioner],
    resigned: Person,
    hospital: Hospital,
    timeline: Timeline,
) -> None:
    """Two payers since half a year; of ``people`` the first eight who were members then and still are, and
    whoever ``resigned`` meanwhile.
    """
    facility, actor = hospital.facilities[CODE], hospital.office(CODE)
    began, left = timeline.workday(200), on_file[resigned.npi]
    terms = AppointmentPeriod.objects.live().filter(facility=facility)
    then, now = (
        set(terms.filter(valid__contains=day).values_list("practitioner", flat=True))
        for day in (began, timeline.today)
    )
    members = [each for each in (on_file[person.npi] for person in people) if each.pk in then & now]
    with clock.freeze(at(began, 10)):
        prairie = payers.add_payer(
            actor=actor, facility=facility, name="Prairie Health Plan", columns=DELEGATED_COLUMNS,
            day_form=DayForm.PLAIN, delegated=True,
        )  # fmt: skip
        lakes = payers.add_payer(
            actor=actor, facility=facility, name="Lakeside Mutual", columns=USUAL, day_form=DayForm.AMERICAN
        )
        first = [*members[:6], *([left] if left.pk in then else [])]
        for payer in (prairie, lakes):
            payers.enrol(actor=actor, payer=payer, practitioners=first, effective=timeline.workday(200))
    _delegate(prairie, actor, timeline)
    with clock.freeze(at(timeline.workday(198), 11)):
        file = payers.make_roster(actor=actor, payer=prairie, on=timeline.workday(198))
        payers.record_sent(
            actor=actor, file=file, sent_on=timeline.workday(198), sent_to="The plan's provider portal"
        )
    with clock.freeze(at(timeline.workday(60), 10)):
        payers.enrol(actor=actor, payer=prairie, practitioners=members[6:8], effective=timeline.workday(60))
    with clock.freeze(at(timeline.workday(33), 11)):
        file = payers.make_changes(
            actor=actor, payer=prairie, since=last_told(prairie), on=timeline.workday(33)
        )
        payers.record_sent(
            actor=actor, file=file, sent_on=timeline.workday(33), sent_to="The plan's provider portal"
        )
    _report(prairie, actor, timeline)
    with clock.freeze(at(timeline.workday(12), 10)):
        payers.end_enrolment(
            actor=actor,
            enrolment=prairie.enrolments.get(practitioner=members[0]),
            last_day=timeline.workday(12),
            reason="Left the network, as the plan confirmed.",
        )


def _delegate(payer: Payer, actor: User, timeline: Timeline) -> None:
    """The written agreement with what the plan found before it."""
    began = timeline.workday(200)
    with clock.freeze(at(began, 11)):
        assessment = delegation.record_audit(
            actor=actor, payer=payer, kind=AuditKind.PRE_DELEGATION, held_on=timeline.workday(215),
            auditor="Delegation oversight", result=OversightResult.WITH_ACTION,
            summary="Policies and thirty files were looked at.",
        )  # fmt: skip
        delegation.add_finding(
            actor=actor, audit=assessment, what="Complaints between cycles were not in one log.",
            action="Keep one log of complaints, reviewed every six months.",
            due_on=timeline.today + dt.timedelta(days=25),
        )  # fmt: skip
        delegation.record_agreement(
            actor=actor, payer=payer, start=began, last_day=None, standard=source_body("ncqa"),
            functions=list(DelegatedFunction.values), everyone=False, rhythm=ReportRhythm.MONTHLY,
            report_days=20, signed_on=timeline.workday(210), filed_at="Contract PHP-2214, binder 3",
        )  # fmt: skip


def _report(payer: Payer, actor: User, timeline: Timeline) -> None:
    """The reports of the periods that were over some weeks ago, sent."""
    with clock.freeze(at(timeline.workday(33), 12)):
        for each in delegation_of(payer, timeline.workday(33)).reports_due:
            report = delegation.make_report(
                actor=actor, payer=payer, first_day=each.first_day, last_day=each.last_day
            )
            delegation.record_report_sent(
                actor=actor,
                report=report,
                sent_on=timeline.workday(33),
                sent_to="delegation@plan.example.org",
            )


def tell_policies(hospital: Hospital, timeline: Timeline) -> None:
    """A policy of credentialing in force with a draft of its next version, and one that is only a draft."""
    facility, actor = hospital.facilities[CODE], hospital.office(CODE)
    with clock.freeze(at(timeline.workday(170), 10)):
        policy = add_policy(
            actor=actor, facility=facility, number="CR-01", title="Verification of credentials",
            kind=PolicyKind.POLICY, owner=DocumentOwner.CREDENTIALING, body=VERIFICATION,
        )  # fmt: skip
        put_before_bodies(actor=actor, version=policy.versions.get())
    with clock.freeze(at(timeline.workday(150), 15)):
        for body in (DocumentBody.MEC, DocumentBody.BOARD):
            record_approval(
                actor=hospital.staff_office(CODE), version=policy.versions.get(), body=body,
                approved_on=timeline.workday(150), minutes="Minutes, new business",
            )  # fmt: skip
        publish(actor=actor, version=policy.versions.get(), in_force_from=timeline.workday(149))
    with clock.freeze(at(timeline.workday(9), 10)):
        write_version(
            actor=actor,
            policy=policy,
            body=f"{VERIFICATION}\n## References\nForms are due after {{credentialing.enquiry_answer_days}}.",
            note="References by form",
            newest=1,
        )
        add_policy(
            actor=actor, facility=facility, number="CR-02", title="What runs out", kind=PolicyKind.PROCEDURE,
            owner=DocumentOwner.CREDENTIALING, body=EXPIRATIONS,
        )  # fmt: skip
