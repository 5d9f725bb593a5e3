"""What the board's decision brings into being: appointment, grants, focused evaluations, letter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from bylaws.choices import DecisionKind, LineOutcome
from bylaws.models import Appointment, AppointmentPeriod, Decision, DecisionLine
from bylaws.services.appointments import longest_term_end, open_appointment
from config.accounts.policies import permissions
from config.audit.services.events import record_event
from config.kernel.dates import ONE_DAY
from config.kernel.errors import Refused
from credentialing.choices import ApplicationStatus
from credentialing.models import Application
from credentialing.services.applications import record_decision
from privileging.choices import FormLineKind, RequestLineStatus
from privileging.models import Grant, RequestLine
from privileging.selectors.requests import lines_of
from privileging.services.grants import held_before, open_grant, open_initial_fppe, usual_fppe_months
from privileging.services.letters import issue_decision_letter
from privileging.workflow import REQUEST_LINE

GRANTED = (LineOutcome.RECOMMEND, LineOutcome.MODIFY)


@dataclass(frozen=True)
class Term:
    """The days of an appointment; ``end`` is the open bound."""

    start: dt.date
    end: dt.date


@transaction.atomic
def carry_out(decision: Decision) -> Application | None:
    """Carry out the board's decision, inside its own transaction. Recommendations change nothing: None.

    The appointment and every privilege granted begin on the day of the decision, or when the running term
    ends where that is later; the term is the longest the strictest limit allows. Each privilege not held
    before opens a focused evaluation. Refused when a privilege is granted without the appointment it rests
    on.
    """
    if decision.kind != DecisionKind.DECISION:
        return None
    answers = {line.line_uid: line for line in decision.lines.all()}
    if any(line.outcome == LineOutcome.DEFER for line in answers.values()):
        return None
    application = _application(decision)
    actor = decision.recorded_by
    appointment_line = answers[application.uid]
    lines = list(lines_of(application))
    appointed = appointment_line.outcome in GRANTED
    granted = [line for line in lines if line.uid in answers and answers[line.uid].outcome in GRANTED]
    if granted and not appointed:
        raise Refused(
            "The appointment is not granted, so no privilege can be: answer every privilege the same way."
        )
    term = _term(application, decision.decided_on) if appointed else None
    appointment = _appoint(actor, application, decision, term) if term else None
    grants = _grant(actor, application, decision, granted, answers, term) if term else []
    _move_lines(actor, application, lines, answers)
    outcome = _outcome(appointed, answers.values())
    record_event(
        actor=actor,
        verb="decision.carried_out",
        subject=decision,
        practitioner=application.practitioner,
        facility=application.facility,
        data={
            "outcome": str(outcome),
            "appointment": str(appointment.uid) if appointment else None,
            "granted": [line.form_line.privilege.code for line in granted],
            "not_granted": [line.form_line.privilege.code for line in lines if line not in granted],
        },
    )
    record_decision(actor=actor, application=application, outcome=outcome, decided_on=decision.decided_on)
    application.refresh_from_db()
    issue_decision_letter(
        actor=actor,
        application=application,
        decision=decision,
        term=(term.start, term.end - ONE_DAY) if term else None,
        grants=grants,
    )
    return application


def _application(decision: Decision) -> Application:
    subject_uid: UUID = decision.step.case.subject_uid
    return Application.objects.select_related(
        "practitioner", "facility", "department", "category", "coordinator"
    ).get(uid=subject_uid)


def _term(application: Application, decided_on: dt.date) -> Term:
    """From the decision, or from the end of the running term; as long as the strictest limit allows."""
    start = decided_on
    running = (
        AppointmentPeriod.objects.live()
        .filter(
            practitioner=application.practitioner,
            facility=application.facility,
            valid__contains=decided_on,
        )
        .first()
    )
    if running is not None and running.valid.lower < decided_on:
        start = running.valid.upper
    end = longest_term_end(facility=application.facility, start=start)
    if end is None:
        raise Refused(
            f"No limit of the term is on record for {application.facility}; load the parameters first."
        )
    return Term(start, end)


def _appoint(actor, application: Application, decision: Decision, term: Term) -> Appointment:
    return open_appointment(
        actor=actor,
        practitioner=application.practitioner,
        facility=application.facility,
        decision=decision,
        decided_on=decision.decided_on,
        category=application.category,
        department=application.department,
        start=term.start,
        end=term.end,
        authority=authority_of(decision),
    )


def authority_of(decision: Decision) -> str:
    """In words: which body, on which day."""
    day = decision.decided_on
    return f"{decision.get_body_display()}, {day.day} {day:%b %Y}"


def _grant(
    actor,
    application: Application,
    decision: Decision,
    lines: Sequence[RequestLine],
    answers: dict[UUID, DecisionLine],
    term: Term,
) -> list[Grant]:
    practitioner, facility = application.practitioner, application.facility
    held = held_before(practitioner, facility, term.start)
    months = usual_fppe_months(facility, term.start)
    grants = []
    for line in lines:
        form_line = line.form_line
        grant = open_grant(
            actor=actor,
            practitioner=practitioner,
            facility=facility,
            form_line=form_line,
            decision=decision,
            decided_on=decision.decided_on,
            authority=authority_of(decision),
            start=term.start,
            end=term.end,
            conditions=answers[line.uid].conditions,
            request_line=line,
        )
        if form_line.privilege_id not in held:
            special = form_line.kind == FormLineKind.SPECIAL
            spec = form_line.fppe if special else form_line.version.core_fppe
            open_initial_fppe(grant=grant, spec=spec, start=term.start, months=months)
        grants.append(grant)
    return grants


_TARGETS = {
    LineOutcome.RECOMMEND: RequestLineStatus.GRANTED,
    LineOutcome.MODIFY: RequestLineStatus.GRANTED_MODIFIED,
    LineOutcome.NOT_RECOMMEND: RequestLineStatus.DENIED,
}


def _move_lines(
    actor, application: Application, lines: Sequence[RequestLine], answers: dict[UUID, DecisionLine]
) -> None:
    held = permissions(actor, application.facility)
    for line in lines:
        target = _TARGETS[LineOutcome(answers[line.uid].outcome)]
        REQUEST_LINE.check(line, target, held)
        line.status = target
        line.save(update_fields=["status"])


def _outcome(appointed: bool, answers) -> ApplicationStatus:
    if not appointed:
        return ApplicationStatus.DENIED
    if all(line.outcome == LineOutcome.RECOMMEND for line in answers):
        return ApplicationStatus.APPROVED
    return ApplicationStatus.APPROVED_MODIFIED
