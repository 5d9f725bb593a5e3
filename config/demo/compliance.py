"""Runs of compliance over the past months, and findings in every state they can be in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from bylaws.choices import FindingStatus
from bylaws.models import Finding
from bylaws.services.compliance_runs import record_run
from bylaws.services.findings import (
    apply_consequence,
    consequence_problem,
    notice_problem,
    record_answer,
    send_notice,
    waive,
    waiver_problem,
)
from config.accounts.choices import DataClass
from config.demo.duty_lists import mail_notice, notice_for_records, suspend_for_records
from config.demo.hospital import Hospital
from config.demo.timeline import Timeline, at
from config.kernel import clock
from config.rulebook.subjects import PRACTITIONER
from config.rulebook.verdicts import Outcome

#: Days ago on which a run was recorded: each week of a quarter, and last night.
WEEKS = tuple(range(92, 0, -7))
#: How long ago the first notices went out, were answered, and what followed was decided.
NOTICED, ANSWERED, DECIDED = 36, 30, 8
#: When whoever was late with charts was written to, and when suspended.
CHARTS_NOTICED, CHARTS_SUSPENDED = 35, 14


def tell_compliance(hospital: Hospital, timeline: Timeline) -> None:
    """Every hospital's runs as its nights judged them, and what the office did about the findings between."""
    done = {
        NOTICED: _notify,
        CHARTS_NOTICED: _charts_notice,
        ANSWERED: _answer,
        CHARTS_SUSPENDED: _charts_suspend,
        DECIDED: _decide,
    }
    for days_ago in sorted({*WEEKS, 1, *done}, reverse=True):
        if days_ago in WEEKS or days_ago == 1:
            with clock.freeze(at(timeline.ago(days_ago), 3)):
                for facility in hospital.facilities.values():
                    record_run(actor=hospital.system, facility=facility)
        if days_ago in done:
            with clock.freeze(at(timeline.ago(days_ago), 10)):
                done[days_ago](hospital, timeline.ago(days_ago))


def _standing(hospital: Hospital, *states: FindingStatus) -> list[Finding]:
    """Findings about people of the larger hospital that may be told to everybody, what is not met first."""
    rows = Finding.objects.filter(
        facility=hospital.facilities["LMC"],
        subject_kind=PRACTITIONER,
        data_class=DataClass.GENERAL,
        status__in=states,
    ).select_related("practitioner", "facility", "bar")
    return sorted(
        rows, key=lambda one: (one.outcome != Outcome.NOT_MET, one.rule_code, one.practitioner.sort_name)
    )


def _notify(hospital: Hospital, day: dt.date) -> None:
    for one in _one_of_each_rule(_standing(hospital, FindingStatus.OPEN), 4):
        if not notice_problem(one):
            mail_notice(hospital, one)


def _charts_notice(hospital: Hospital, day: dt.date) -> None:
    notice_for_records(hospital)


def _charts_suspend(hospital: Hospital, day: dt.date) -> None:
    suspend_for_records(hospital)


def _answer(hospital: Hospital, day: dt.date) -> None:
    actor = hospital.staff_office("LMC")
    for one in _standing(hospital, FindingStatus.NOTIFIED)[:2]:
        record_answer(
            actor=actor, finding=one, said="On the telephone: it was sent to the issuer and is on its way."
        )


def _decide(hospital: Hospital, day: dt.date) -> None:
    actor, director = hospital.staff_office("LMC"), hospital.users["director"]
    for one in _standing(hospital, FindingStatus.ANSWERED, FindingStatus.NOTIFIED):
        if not consequence_problem(one):
            apply_consequence(actor=actor, finding=one, reason="Still not met a month after the notice.")
            break
    for one in _standing(hospital, FindingStatus.OPEN, FindingStatus.ANSWERED):
        if not waiver_problem(one):
            waive(
                actor=director,
                finding=one,
                last_day=day + dt.timedelta(days=60),
                justification="The chair was ill; the executive committee agreed to wait for the next cycle.",
            )
            break
    for one in _one_of_each_rule(_standing(hospital, FindingStatus.OPEN), 3):
        if not notice_problem(one):
            send_notice(actor=actor, finding=one)  # of last week: they lie among the letters to send


def _one_of_each_rule(findings: Iterable[Finding], most: int) -> list[Finding]:
    """The first finding of each rule, so many rules at most."""
    first: dict[str, Finding] = {}
    for one in findings:
        first.setdefault(one.rule_code, one)
    return list(first.values())[:most]
