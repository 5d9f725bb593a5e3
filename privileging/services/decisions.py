"""What a decision brings into being: appointment, category, return, grants, evaluations, letter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import transaction

from bylaws.choices import (
    AdverseActionKind,
    Body,
    DataBankQuestionKind,
    DecisionKind,
    LineOutcome,
)
from bylaws.models import Appointment, Decision, DecisionLine
from bylaws.rules.line_conditions import proctored_cases, until
from bylaws.selectors.hearing_rights import has_hearing_right
from bylaws.services.appointments import change_category, open_appointment
from bylaws.services.bars import lift_bar
from bylaws.services.data_bank import LONGEST as LONGEST_CAUSE
from bylaws.services.data_bank import record_action
from bylaws.services.questions import raise_question
from config.accounts.policies import permissions
from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.kernel.dates import ONE_DAY
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from credentialing import kinds
from credentialing.choices import ApplicationStatus
from credentialing.models import Application
from credentialing.selectors.assessment import stopped_by
from credentialing.selectors.gate import unsafe_to_grant
from credentialing.selectors.standings import first_day_of, leave_of, standing_of
from credentialing.selectors.telemedicine import why_not_by_proxy
from credentialing.services.applications import record_decision
from privileging.choices import RequestLineStatus
from privileging.models import Grant, RequestLine
from privileging.rules.final_questions import final_questions
from privileging.rules.grant_kinds import grant_kind
from privileging.selectors.bridging import why_not_for_a_time
from privileging.selectors.requests import lines_of
from privileging.services.evaluations import begin_initial_fppe, open_return_fppe
from privileging.services.grants import held_before, open_grant
from privileging.services.letters import issue_decision_letter
from privileging.services.spans import Term, term_in_force, term_of, term_of_held
from privileging.workflow import REQUEST_LINE

GRANTED = (LineOutcome.RECOMMEND, LineOutcome.MODIFY)


@transaction.atomic
def carry_out(decision: Decision) -> Application | None:
    """Carry out the decision, inside its own transaction. Recommendations change nothing: None.

    What follows from it, the kind of the application says. An appointment and every privilege granted begin
    on the day of the decision, or when the running term ends where that is later; the term is the longest the
    strictest limit allows. Added privileges end with the term the member has; privileges for a time after as
    many days as are allowed, and rest on no appointment. A change of category is another row of the term, a
    reinstatement ends the leave. Each privilege not held before opens a focused evaluation, unless the
    distant site evaluates. Refused when a privilege is granted without the appointment it rests on.

    A privilege the Medical Executive Committee is against, or the board proposes to be, is held where the
    profession has a right to a hearing; the board decides it by an act of its own, and what it then grants
    runs to the end of what was granted before. What is denied where there was such a right is an adverse
    action, whose data bank clock begins with the decision (45 CFR 60.12).

    Whether what else is not granted, or granted with limits, is for cause no machine says: whoever follows
    the data bank is asked, with the day of the final action.
    """
    answers = {line.line_uid: line for line in decision.lines.all()}
    if any(line.outcome == LineOutcome.DEFER for line in answers.values()):
        return None
    application = _application(decision)
    actor = decision.recorded_by
    held = _hold(actor, application, decision, answers)
    if decision.kind != DecisionKind.DECISION:
        return None
    answers = {uid: line for uid, line in answers.items() if not line.proposed}
    lines = [line for line in lines_of(application) if line.uid in answers]
    granted = [line for line in lines if answers[line.uid].outcome in GRANTED]
    if not application.is_open:
        return _decide_held(actor, application, decision, lines, granted, answers)
    membership = _membership_given(application, answers)
    counted = _count_denial(application, decision, lines, answers, membership)
    if granted and membership is False:
        raise Refused(
            "The appointment is not granted, so no privilege can be: answer every privilege the same way."
        )
    term = term_of(application, decision.decided_on) if membership or granted else None
    appointment = _membership(actor, application, decision, term) if term and membership else None
    grants = _grant(actor, application, decision, granted, answers, term) if term else []
    _move_lines(actor, application, lines, answers)
    _ask_data_bank(actor, application, decision, answers, term, counted)
    given = membership is not False and (bool(granted) or bool(membership))
    outcome = _outcome(given, answers.values())
    if outcome == ApplicationStatus.APPROVED and (held or _still_held(application)):
        outcome = ApplicationStatus.APPROVED_MODIFIED
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
            "kind": str(grant_kind(application.kind, application.ground)),
            "through": (term.end - ONE_DAY).isoformat() if term else None,
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


def _hold(actor, application: Application, decision: Decision, answers: dict[UUID, DecisionLine]) -> bool:
    """Hold what was acted against, where that opens a right to a hearing; whether anything was held now."""
    of_mec = decision.body == Body.MEC and decision.kind == DecisionKind.RECOMMENDATION
    against = {
        uid
        for uid, line in answers.items()
        if line.proposed or (of_mec and line.outcome == LineOutcome.NOT_RECOMMEND)
    }
    lines = [line for line in lines_of(application) if line.uid in against] if against else []
    if of_mec and lines:
        practitioner, facility = application.practitioner, application.facility
        if not has_hearing_right(practitioner, facility, decision.decided_on):
            return False
    may = permissions(actor, application.facility)
    for line in lines:
        if line.status == RequestLineStatus.HELD:
            continue
        REQUEST_LINE.check(line, RequestLineStatus.HELD, may)
        line.status, line.held_by = RequestLineStatus.HELD, decision
        line.save(update_fields=["status", "held_by"])
    return bool(lines)


def _still_held(application: Application) -> bool:
    return lines_of(application).filter(status=RequestLineStatus.HELD).exists()


@transaction.atomic
def give_back(*, actor, application: Application) -> None:
    """What was held for a hearing is asked for again: the bodies have the file no more. Called within the act
    that took it from them, which asked who may.
    """
    may = permissions(system_user(), application.facility)
    lines = list(lines_of(application).filter(status=RequestLineStatus.HELD))
    for line in lines:
        REQUEST_LINE.check(line, RequestLineStatus.REQUESTED, may)
        line.status, line.held_by = RequestLineStatus.REQUESTED, None
        line.save(update_fields=["status", "held_by"])
    if lines:
        record_event(
            actor=actor,
            verb="request_lines.given_back",
            subject=application,
            practitioner=application.practitioner,
            facility=application.facility,
        )


def _decide_held(
    actor,
    application: Application,
    decision: Decision,
    lines: Sequence[RequestLine],
    granted: Sequence[RequestLine],
    answers: dict[UUID, DecisionLine],
) -> Application:
    """What had been held is decided: the rest of the application was before, and stays as it is. It is
    granted only on fresh verification, and past no red flag that came since; it can be denied all the same.
    """
    if granted:
        _require_safe(application, decision.decided_on)
    counted = _count_denial(application, decision, lines, answers)
    term = term_of_held(application, decision.decided_on) if granted else None
    grants = _grant(actor, application, decision, granted, answers, term) if term else []
    _move_lines(actor, application, lines, answers)
    _ask_data_bank(actor, application, decision, answers, term, counted)
    record_event(
        actor=actor,
        verb="decision.carried_out",
        subject=decision,
        practitioner=application.practitioner,
        facility=application.facility,
        data={
            "held": True,
            "granted": [line.form_line.privilege.code for line in granted],
            "not_granted": [line.form_line.privilege.code for line in lines if line not in granted],
            "through": (term.end - ONE_DAY).isoformat() if term else None,
        },
    )
    issue_decision_letter(
        actor=actor,
        application=application,
        decision=decision,
        term=(term.start, term.end - ONE_DAY) if term else None,
        grants=grants,
        left=True,
    )
    return application


def _count_denial(
    application: Application,
    decision: Decision,
    lines: Sequence[RequestLine],
    answers: dict[UUID, DecisionLine],
    membership: bool | None = None,
) -> set[UUID]:
    """Open the data bank case of what is denied for good after a right to a hearing: lines that were held for
    it, and the appointment or the return of somebody who has one. The system does so in its own name, whoever
    recorded the decision; whether it is to be reported a person decides on its page.

    Answers which lines are in it: of these nobody is asked whether they are for cause.
    """
    denied = [
        (line.form_line.privilege.name, answers[line.uid])
        for line in lines
        if line.status == RequestLineStatus.HELD and answers[line.uid].outcome == LineOutcome.NOT_RECOMMEND
    ]
    practitioner, facility = application.practitioner, application.facility
    counted = membership is False and application.rule.membership != kinds.CATEGORY
    if counted and has_hearing_right(practitioner, facility, decision.decided_on):
        denied.insert(0, (application.get_kind_display(), answers[application.uid]))
    if not denied:
        return set()
    told = " ".join(f"{name}: {line.reason.strip() or 'no reason is recorded'}." for name, line in denied)
    record_action(
        actor=system_user(),
        practitioner=practitioner,
        facility=facility,
        kind=AdverseActionKind.DENIAL,
        cause=f"Denied by the {authority_of(decision)}. {told}".replace("..", ".")[:LONGEST_CAUSE],
        start=decision.decided_on,
    )
    # With an appointment everything asked for with it is denied.
    everything = counted and application.uid in {line.line_uid for _, line in denied}
    return set(answers) if everything else {line.line_uid for _, line in denied}


def _ask_data_bank(
    actor,
    application: Application,
    decision: Decision,
    answers: dict[UUID, DecisionLine],
    term: Term | None,
    counted: Collection[UUID],
) -> None:
    """Ask about what was finally not granted, but for what is ``counted`` already, and about
    limits on what was (45 CFR 60.12(a)(1)(i)). What was not accepted for processing came before no body and
    is no denial.
    """
    for kind, lines in final_questions(
        line for line in answers.values() if line.line_uid not in counted
    ).items():
        limits = kind != DataBankQuestionKind.DENIED
        raise_question(
            actor=actor,
            practitioner=application.practitioner,
            facility=application.facility,
            kind=kind,
            subject_uid=decision.uid,
            day=term.start if limits and term else decision.decided_on,
            about="\n".join(
                [
                    f"{authority_of(decision)}, on the {application.get_kind_display().lower()}.",
                    *(f"{line.label}: {line.conditions if limits else line.reason}" for line in lines),
                ]
            ),
        )


def _require_safe(application: Application, on: dt.date) -> None:
    if open_leaves := unsafe_to_grant(application, on):
        named = "; ".join(f"{leaf.title}: {leaf.sentence}" for leaf in open_leaves[:3])
        raise Refused(f"What was held cannot be granted as of {day_text(on)}. {named}")
    if stopped := stopped_by(application, on):
        raise Refused(stopped)


def _application(decision: Decision) -> Application:
    subject_uid: UUID = decision.step.case.subject_uid
    return Application.objects.select_related(
        "practitioner", "facility", "department", "category", "coordinator"
    ).get(uid=subject_uid)


def _membership_given(application: Application, answers: dict[UUID, DecisionLine]) -> bool | None:
    """Whether what is asked of membership is given; None where nothing is."""
    if not application.rule.membership:
        return None
    return answers[application.uid].outcome in GRANTED


def _membership(actor, application: Application, decision: Decision, term: Term) -> Appointment | None:
    """What the decision makes of membership, by the kind; the appointment it opens or changes."""
    return _MEMBERSHIP[application.rule.membership](actor, application, decision, term)


def _appoint(actor, application: Application, decision: Decision, term: Term) -> Appointment:
    if application.category is None:  # the database has one wherever a term is asked for
        raise Refused("No category of the staff is applied for.")
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


def _change_category(actor, application: Application, decision: Decision, term: Term) -> Appointment:
    held = term_in_force(application, term.start)
    if held is None or application.category is None:
        raise Refused(f"{application.practitioner} holds no term of which the category could change.")
    change_category(
        actor=actor,
        appointment=held.identity,
        category=application.category,
        department=application.department,
        decision=decision,
        day=term.start,
    )
    return held.identity


def _end_leave(actor, application: Application, decision: Decision, term: Term) -> None:
    """The leave ends on the day of the decision; refused where it ended, or the term did. After a long one
    the privileges begin with a focused evaluation again.
    """
    practitioner, facility = application.practitioner, application.facility
    leave = leave_of(practitioner, facility, decision.decided_on)
    if leave is None:
        standing = standing_of(practitioner, facility, decision.decided_on)
        raise Refused(kinds.why_not_opened(application.rule, str(practitioner), str(facility), standing))
    lift_bar(
        actor=actor,
        bar=leave.identity,
        day=decision.decided_on,
        reason=f"Reinstated by the {decision.get_body_display().lower()} on {day_text(decision.decided_on)}",
    )
    open_return_fppe(
        actor=actor,
        practitioner=practitioner,
        facility=facility,
        left_on=first_day_of(leave),
        back_on=decision.decided_on,
    )


_MEMBERSHIP = {kinds.APPOINTMENT: _appoint, kinds.CATEGORY: _change_category, kinds.RETURN: _end_leave}


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
    if lines and (problems := why_not_for_a_time(application, decision.decided_on)):
        raise Refused(" ".join(problems))
    if lines and (problems := why_not_by_proxy(application, decision.decided_on)):
        raise Refused(f"Nothing is granted by proxy. {' '.join(problems)}")
    held = held_before(practitioner, facility, term.start)
    grants, new = [], []
    cases: dict[int, int] = {}
    for line in lines:
        form_line, said = line.form_line, answers[line.uid]
        grant = open_grant(
            actor=actor,
            practitioner=practitioner,
            facility=facility,
            form_line=form_line,
            decision=decision,
            decided_on=decision.decided_on,
            authority=authority_of(decision),
            start=term.start,
            end=_end_of(line, said, term),
            conditions=said.conditions,
            request_line=line,
            kind=grant_kind(application.kind, application.ground),
        )
        if form_line.privilege_id not in held and not application.rule.evaluated_elsewhere:
            new.append(grant)
        if proctored := proctored_cases(said.stated):
            cases[grant.pk] = proctored
        grants.append(grant)
    renewed = [grant for grant in grants if grant.pk in cases and grant not in new]
    begin_initial_fppe(
        actor=actor,
        grants=[*new, *renewed],
        start=term.start,
        proctored=cases,
        renewed=[grant.pk for grant in renewed],
    )
    return grants


def _end_of(line: RequestLine, said: DecisionLine, term: Term) -> dt.date:
    """The open bound of one grant: that of the term, or after the last day its condition sets."""
    last = until(said.stated)
    if last is None:
        return term.end
    if last < term.start:
        raise Refused(
            f"{line.form_line.privilege}: the condition ends it on {day_text(last)}, before it would begin "
            f"on {day_text(term.start)}."
        )
    return min(term.end, last + ONE_DAY)


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
        line.status, line.held_by = target, None
        line.save(update_fields=["status", "held_by"])


def _outcome(given: bool, answers) -> ApplicationStatus:
    if not given:
        return ApplicationStatus.DENIED
    if all(line.outcome == LineOutcome.RECOMMEND for line in answers):
        return ApplicationStatus.APPROVED
    return ApplicationStatus.APPROVED_MODIFIED
