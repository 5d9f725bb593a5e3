"""May this person do this here, on this day?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import connection

from bylaws.choices import BarScope
from bylaws.selectors.membership import records_begin_after
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.kernel.errors import Refused
from config.kernel.periods import last_day
from config.organization.models import Facility
from config.rulebook.verdicts import Outcome, Verdict, combine_all
from practitioners.models import Practitioner
from privileging.rules.grant_kinds import kind_sentence, rests_on_appointment
from privileging.selectors.lookup.ahead import ending_before
from privileging.selectors.lookup.answers import (
    OUTCOMES,
    Answer,
    Asked,
    LookupOutcome,
    Person,
    Reason,
    day_said,
)
from privileging.selectors.lookup.asked import day_asked
from privileging.selectors.lookup.checks import (
    allowed_under,
    check_appointment,
    check_bars,
    check_grant,
    check_unrecorded,
    failing_checks,
    on_day,
    standing_reason,
)
from privileging.selectors.lookup.standing import conditions_of, judge_standing
from privileging.selectors.lookup.statement import dated, one_statement
from privileging.selectors.proctoring import open_initial_fppe


def can_perform(
    *,
    practitioner: Practitioner | None = None,
    npi: str = "",
    privilege_code: str,
    facility: Facility,
    on: dt.date | None = None,
    known_at: dt.datetime | None = None,
) -> Answer:
    """May the practitioner do this at the facility on the day (default: today there), as known at the moment?

    One statement, plus what the standing conditions of the bylaws need; one more of a yes (is a proctor
    needed), one of a day to come (what runs out before it); for a past day without a grant, one
    to know whether its records go back so far: before they begin, the answer is not no but unknown. Raises
    ``Refused`` when there is no such practitioner or privilege, or nobody could have recorded the day. The
    answer holds everything; show it through :func:`for_viewer`.
    """
    day = day_asked(on, facility)
    code = privilege_code.strip().upper()
    statement = one_statement(by_npi=practitioner is None, then=known_at is not None)
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "person": practitioner.pk if practitioner is not None else None,
                "npi": npi.strip(),
                "code": code,
                "facility": facility.pk,
                "on": day,
                "known_at": known_at,
                "all": str(BarScope.ALL_PRIVILEGES),
            },
        )
        row = cursor.fetchone()
    if row[0] is None:
        raise Refused(f"No practitioner has the NPI {npi.strip() or '(none given)'}.", field="practitioner")
    if row[5] is None:
        raise Refused(f"There is no privilege {code or '(none given)'} in the catalog.", field="privilege")
    person = Person(row[0], str(row[1]), row[2], row[3] or "", row[4])
    privilege = Asked(row[5], str(row[6]), row[7], row[8])
    grants, appointments, bars = (dated(part) for part in row[9:12])
    asked = row[12]
    grant = on_day(grants, day)
    checks, findings = [], []
    begins = None
    # A first grant decided here is known not to have held before: only what was taken over may have.
    decided_here = any(row["decision"] and row["start"] > day for row in grants)
    if grant is None and not decided_here and day < clock.today(facility):
        begins = records_begin_after(facility=facility, on=day)
    if begins is not None:
        check, found = check_unrecorded(begins, facility)
        return _answer(
            person=person,
            privilege=privilege,
            facility=facility,
            on=day,
            known_at=known_at,
            grant=None,
            appointment=None,
            checks=[check],
            findings=found,
        )
    for check, found in (
        check_grant(grants, grant, asked, day, person, privilege, facility),
        check_appointment(appointments, grant, day, facility),
        check_bars(bars),
    ):
        checks.append(check)
        findings += found
    if grant is not None:
        conditions = conditions_of(privilege.code, facility, day, known_at)
        alone = not rests_on_appointment(grant["kind"])
        standing = judge_standing([person.id], conditions, facility, day, known_at, privileges_held=alone)[
            person.id
        ]
        checks += standing
        findings += [standing_reason(verdict) for verdict in standing if not verdict.met]
    answer = _answer(
        person=person,
        privilege=privilege,
        facility=facility,
        on=day,
        known_at=known_at,
        grant=grant,
        appointment=None if grant and not rests_on_appointment(grant["kind"]) else on_day(appointments, day),
        checks=checks,
        findings=findings,
        restricted=allowed_under(bars),
    )
    return _with_what_is_beside(answer, grant, clock.today(facility))


def _with_what_is_beside(answer: Answer, grant: dict[str, Any] | None, today: dt.date) -> Answer:
    """What is to be known before a yes is used, and what runs out before a day to come."""
    person, facility, on, known_at = answer.person.id, answer.facility, answer.on, answer.known_at
    if on > today:
        found = ending_before(person, facility, today=today, on=on, known_at=known_at)
        answer = replace(answer, ahead=tuple(found))
    if answer.outcome is not LookupOutcome.YES or grant is None:
        return answer
    proctoring = open_initial_fppe([person], facility, on, known_at).get((person, answer.privilege.id))
    told = [kind_sentence(grant["kind"], grant["end"] - ONE_DAY), proctoring.sentence if proctoring else ""]
    return replace(
        answer,
        granted_as=grant["kind"],
        proctor_needed=proctoring is not None,
        example=grant["example"],
        notes=tuple(each for each in told if each),
    )


def _answer(
    *,
    person: Person,
    privilege: Asked,
    facility: Facility,
    on: dt.date,
    known_at: dt.datetime | None,
    grant: dict[str, Any] | None,
    appointment: dict[str, Any] | None,
    checks: Sequence[Verdict],
    findings: Sequence[Reason],
    restricted: Sequence[str] = (),
) -> Answer:
    combined = combine_all(checks)
    outcome = OUTCOMES.get(combined, LookupOutcome.UNKNOWN)
    said = {
        LookupOutcome.YES: "Authorized.",  # with the conditions, where there are any
        LookupOutcome.NO: "Not authorized.",
        LookupOutcome.UNKNOWN: "Cannot be confirmed.",
    }[outcome]
    failing = [
        reason.since
        for reason, verdict in failing_checks(checks, findings)
        if verdict.outcome is Outcome.NOT_MET and reason.since
    ]
    ends = [row["end"] for row in (grant, appointment) if row and row["end"]]
    verdict = Verdict(
        combined,
        "LOOKUP",
        f"{privilege.name} at {facility}",
        said,
        children=tuple(checks),
    )
    return Answer(
        outcome=outcome,
        person=person,
        privilege=privilege,
        facility=facility,
        on=on,
        known_at=known_at,
        verdict=verdict,
        question=f"{person.name}: {privilege.name} at {facility} on {day_said(on)}",
        conditions=(
            *(line.strip() for line in grant["conditions"].splitlines() if line.strip()),
            *restricted,
        )
        if grant
        else (),
        since=grant["start"]
        if outcome is LookupOutcome.YES and grant
        else (min(failing) if outcome is LookupOutcome.NO and failing else None),
        until=last_day(min(ends)) if outcome is LookupOutcome.YES and ends else None,
        authority=grant["authority"] if grant else "",
        decision_uid=str(grant["decision"] or "") if grant else "",
        findings=tuple(findings),
        reasons=tuple(reason.sentence for reason in findings),
        contact=_contact(facility),
        checks=verdict,
    )


def _contact(facility: Facility) -> str:
    return (
        f"Medical Staff Office, {facility.office_phone}" if facility.office_phone else "Medical Staff Office"
    )
