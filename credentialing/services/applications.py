"""The life of an application, from opening it to the board's decision."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from django.db import transaction

from bylaws.choices import InvestigationAnswer
from bylaws.models import ReviewCase, StaffCategory
from bylaws.services import chains
from bylaws.services.questions import surrendered
from config.accounts import policies
from config.accounts.models import User
from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.organization.models import Department, Facility
from config.rulebook.verdicts import Outcome
from credentialing import endings, kinds, needs, workflow
from credentialing.choices import ApplicationStatus, PacketStatus
from credentialing.models import Application, ApplicationMove
from credentialing.rules import red_flags
from credentialing.selectors import gate
from credentialing.selectors.packets import open_deficiencies, packet_of
from credentialing.selectors.planned import deciding_meeting
from credentialing.selectors.threshold import threshold_of
from credentialing.services import assessment, flags, verification
from credentialing.services.attestations import receive_attestation
from credentialing.services.deficiencies import close_answered, write_deficiency
from credentialing.services.guards import begin_application, refuse_own_file
from credentialing.services.opening import Particulars, activation_for, check_opening
from credentialing.services.particulars import OF_THE_PLAN, restate
from practitioners.models import Practitioner
from practitioners.services.people import lock_practitioner

SUBJECT_KIND = "application"
MANAGE = "credentialing.manage_application"


@transaction.atomic
def open_application(
    *,
    actor,
    practitioner: Practitioner,
    facility: Facility,
    kind: str,
    department: Department,
    category: StaffCategory | None = None,
    coordinator: User | None = None,
    scheduled_decision_on: dt.date | None = None,
    particulars: Particulars | None = None,
    group: uuid.UUID | None = None,
) -> Application:
    """Open a file for a practitioner at a facility. One open application of a kind at a time, and one that is
    to lead to a term.

    ``category`` where membership is applied for; ``particulars`` what the kind states beside that. ``group``
    ties what is opened for several facilities in one act. Refused where the kind is not for this person
    (:func:`.opening.check_opening`).
    """
    particulars = particulars or Particulars()
    policies.require(actor, MANAGE, facility)
    refuse_own_file(actor, practitioner)
    lock_practitioner(practitioner)
    if department.facility_id != facility.pk:
        raise Refused(f"{department} is no department of {facility}.", field="department")
    if coordinator is None and getattr(actor, "is_system", False):
        raise Refused("Name the coordinator who works the file.", field="coordinator")
    _check_coordinator(coordinator or actor, facility)
    _check_schedule(scheduled_decision_on, facility)
    rule = check_opening(kind, practitioner, facility, category, particulars)
    application = Application.objects.create(
        practitioner=practitioner,
        facility=facility,
        kind=kind,
        department=department,
        category=category if rule.names_category else None,
        coordinator=coordinator or actor,
        opened_at=clock.now(),
        scheduled_decision_on=scheduled_decision_on,
        group=group,
        activation=activation_for(rule, facility),
        **particulars.kept(rule),
    )
    _keep_move(actor, application, clock.today(facility))
    _record(actor, application, "application.opened", data={"kind": str(kind)})
    return application


@transaction.atomic
def change_plan(
    *,
    actor,
    application: Application,
    department: Department,
    scheduled_decision_on: dt.date | None,
    category: StaffCategory | None = None,
    particulars: Particulars | None = None,
) -> Application:
    """Change what is applied for (department, category, what its kind states) or the planned day of the
    decision, until it is decided; in review only what no body has seen otherwise (:mod:`.particulars`).

    ``particulars`` None: what the kind states stays. Another ground plans verification anew.
    """
    application = begin_application(actor, application, MANAGE)
    if not application.is_open:
        raise Refused("This application is closed.")
    if department.facility_id != application.facility_id:
        raise Refused(f"{department} is no department of {application.facility}.", field="department")
    if not application.rule.names_category:
        category = None
    elif category is None:
        raise Refused("Choose the category of the staff that is applied for.", field="category")
    if application.status == ApplicationStatus.IN_REVIEW and (
        department.pk != application.department_id
        or (category.pk if category else None) != application.category_id
    ):
        raise Refused("The file is in review: department and category stay as the bodies see them.")
    if scheduled_decision_on != application.scheduled_decision_on:
        _check_schedule(scheduled_decision_on, application.facility)
        _refuse_beside_meeting(application, scheduled_decision_on)
    changed = restate(application, particulars) if particulars is not None else []
    application.department, application.category = department, category
    application.scheduled_decision_on = scheduled_decision_on
    application.save(update_fields=["department", "category", "scheduled_decision_on", *changed])
    _record(actor, application, "application.replanned", data={"changed": changed} if changed else None)
    return _planned_anew(actor, application) if set(changed) & set(OF_THE_PLAN) else application


def _planned_anew(actor, application: Application) -> Application:
    """On another ground other things are verified: a complete file is so no longer."""
    if application.status == ApplicationStatus.COMPLETE:
        application = reopen(actor=actor, application=application, reason="The ground was changed.")
    if application.status == ApplicationStatus.IN_VERIFICATION:
        verification.plan(actor=actor, application=application)
    return application


@transaction.atomic
def follow_meeting(*, actor, application: Application, day: dt.date) -> Application:
    """The planned day of the decision becomes the day of the meeting that decides. What counts by then, and
    what does not, is derived from it (``selectors/ageing.py``).

    Called within the act that put the file on the agenda or moved the meeting, which asked who may.
    """
    application = begin_application(system_user(), application)
    before = application.scheduled_decision_on
    if not application.is_open or before == day:
        return application
    application.scheduled_decision_on = day
    application.save(update_fields=["scheduled_decision_on"])
    _record(
        actor,
        application,
        "application.replanned",
        data={"from": before.isoformat() if before else None, "to": day.isoformat(), "by": "meeting"},
    )
    return application


@transaction.atomic
def submit(*, actor, application: Application, received_on: dt.date | None = None) -> Application:
    """The applicant handed it in, signed. The turnaround starts on ``received_on`` (default today)."""
    application = begin_application(actor, application)
    if application.status == ApplicationStatus.INCOMPLETE:
        raise Refused("Record the applicant's answer instead.")
    problems = needs.submission_problems(application)
    if problems:
        raise Refused(" ".join(problems))
    today = clock.today(application.facility)
    received = received_on or today
    if received > today:
        raise Refused("The application cannot be received in the future.", field="received_on")
    application.received_on = received
    application = _move(actor, application, ApplicationStatus.SUBMITTED, fields=("received_on",))
    flags.sync_flags(application=application, codes=red_flags.WITH_THE_SUBMISSION)
    return application


@transaction.atomic
def return_incomplete(*, actor, application: Application, reason: str) -> Application:
    """Back to the applicant, with what is missing in words: a deficiency with a day it is due."""
    application = begin_application(actor, application)
    text = _needed(reason, "Write what the applicant has to add.")
    application = _move(actor, application, ApplicationStatus.INCOMPLETE, reason=text)
    write_deficiency(actor=actor, application=application, what=text)
    return application


@transaction.atomic
def mark_incomplete(*, actor, application: Application, reason: str) -> Application:
    """As :func:`return_incomplete`, where what is missing was written down already."""
    application = begin_application(actor, application)
    return _move(
        actor, application, ApplicationStatus.INCOMPLETE, reason=_needed(reason, "Write what is missing.")
    )


@transaction.atomic
def record_answer(*, actor, application: Application, note: str = "") -> Application:
    """The applicant answered what was missing: all of it."""
    application = begin_application(actor, application)
    application = _move(actor, application, ApplicationStatus.SUBMITTED, reason=note.strip())
    for row in open_deficiencies(application):
        close_answered(actor=actor, deficiency=row, application=application, answer=note)
    flags.sync_flags(application=application, codes=red_flags.WITH_THE_SUBMISSION)
    return application


@transaction.atomic
def close_ineligible(*, actor, application: Application, reason: str) -> Application:
    """Threshold criteria are not met: closed without a decision (no hearing, nothing to report to the data
    bank).
    """
    application = begin_application(actor, application)
    application.closing_reason = _needed(reason, "Write which threshold criterion is not met.")
    return _move(
        actor,
        application,
        ApplicationStatus.CLOSED_INELIGIBLE,
        reason=application.closing_reason,
        fields=("closing_reason",),
    )


@transaction.atomic
def issue(*, actor, application: Application, reason: str = "") -> Application:
    """A pre-application is answered with an application: an initial one is opened, of the same department,
    category and coordinator, with whatever is on file. Answers the new one.

    Refused where a threshold criterion is not met; where one is unknown, ``reason`` says why it is issued all
    the same. No body decides, and nothing of it is a decision.
    """
    application = begin_application(actor, application)
    if not application.rule.threshold:
        raise Refused("An application is issued upon a pre-application alone.")
    verdict = threshold_of(application)
    failed = [leaf for leaf in verdict.leaves() if leaf.outcome is Outcome.NOT_MET]
    if failed:
        named = " ".join(leaf.sentence for leaf in failed)
        raise Refused(f"No application is issued while a threshold criterion is not met. {named}")
    if not verdict.met and not reason.strip():
        raise Refused(f"{verdict.sentence} Write why the application is issued all the same.", field="reason")
    application = _move(actor, application, ApplicationStatus.ISSUED, reason=reason.strip()[:4000])
    return open_application(
        actor=actor,
        practitioner=application.practitioner,
        facility=application.facility,
        kind=kinds.INITIAL,
        department=application.department,
        category=application.category,
        coordinator=application.coordinator,
        group=application.group,
    )


@transaction.atomic
def accept(*, actor, application: Application) -> Application:
    """Take the application into verification: the plan is made, automatic sources are asked.

    Refused while a signed packet waits for its review: what it states is not in the file, and no plan would
    ask for it.
    """
    application = begin_application(actor, application)
    if application.rule.threshold:
        raise Refused(
            "A pre-application is not verified: issue the application, or close it as not eligible."
        )
    packet = packet_of(application)
    if packet is not None and packet.status == PacketStatus.SIGNED:
        raise Refused("The packet is signed and not reviewed yet: accept its sections into the file first.")
    application = _move(actor, application, ApplicationStatus.IN_VERIFICATION)
    verification.plan(actor=actor, application=application)
    receive_attestation(actor=actor, application=application)
    flags.sync_flags(application=application, codes=red_flags.WITH_THE_PLAN)
    return application


@transaction.atomic
def complete(*, actor, application: Application) -> Application:
    """Everything required has been found out, by the gate of today and the planned day of the decision.

    The red flags are judged once more and the file is frozen as it is: what comes later is told against that.
    """
    application = begin_application(actor, application)
    move = ApplicationStatus.COMPLETE
    workflow.APPLICATION.check(application, move, policies.permissions(actor, application.facility))
    _require_gate(application)
    flags.sync_flags(application=application)
    application.complete_on = clock.today(application.facility)
    application = _move(actor, application, move, fields=("complete_on",))
    assessment.take_snapshot(actor=actor, application=application)
    return application


@transaction.atomic
def reopen(*, actor, application: Application, reason: str = "") -> Application:
    """Something new arrived or went stale before review: back into verification."""
    application = begin_application(actor, application)
    if application.status != ApplicationStatus.COMPLETE:
        workflow.APPLICATION.move(application.status, ApplicationStatus.IN_VERIFICATION)
        raise Refused("A file in review is returned by its chain.")
    application.complete_on = None
    return _move(
        actor, application, ApplicationStatus.IN_VERIFICATION, reason=reason.strip(), fields=("complete_on",)
    )


@transaction.atomic
def send_to_review(*, actor, application: Application, expedited: bool = False) -> ReviewCase:
    """Open the approval chain the bylaws name. The gate is judged again: nothing may have gone stale, and
    what came in since the file was complete has been looked at. ``expedited``: by the chain of clean files.
    """
    application = begin_application(actor, application)
    target = ApplicationStatus.IN_REVIEW
    workflow.APPLICATION.check(application, target, policies.permissions(actor, application.facility))
    _require_gate(application)
    assessment.require_seen(application)
    _move(actor, application, target)
    return chains.open_case(
        actor=actor,
        subject_kind=SUBJECT_KIND,
        subject_uid=application.uid,
        practitioner=application.practitioner,
        facility=application.facility,
        department=application.department,
        application_kind=application.kind,
        title=str(application),
        final=application.rule.final,
        expedited=expedited,
    )


def expedited_way(application: Application) -> chains.ExpeditedWay:
    """The bodies the file would go before by the chain of clean files, and why it cannot; changes nothing."""
    return chains.expedited_way(
        subject_kind=SUBJECT_KIND,
        subject_uid=application.uid,
        facility=application.facility,
        final=application.rule.final,
    )


def send_expedited(*, actor, application: Application) -> ReviewCase:
    """The same by the chain of clean files, which ends with a committee of the board."""
    return send_to_review(actor=actor, application=application, expedited=True)


@transaction.atomic
def return_to_verification(*, actor, application: Application, reason: str) -> Application:
    """Take the file out of the chain because something must be verified (again)."""
    application = begin_application(actor, application)
    text = _needed(reason, "Write what has to be verified before the bodies go on.")
    if application.status != ApplicationStatus.IN_REVIEW:
        raise Refused("The file is not in review.")
    case = _open_case(application)
    if case is not None:
        chains.return_case(actor=actor, case=case, reason=text)
    application.complete_on = None
    return _move(actor, application, ApplicationStatus.IN_VERIFICATION, reason=text, fields=("complete_on",))


@transaction.atomic
def withdraw(*, actor, application: Application, reason: str, investigation: str = "") -> Application:
    """The applicant withdraws. ``investigation`` answers whether it happens while under investigation or to
    avoid one (:class:`InvestigationAnswer`): if so, or if that is not known yet, it is an adverse action with
    its data bank clock (45 CFR 60.12); where nobody was asked (empty), whoever follows the data bank is.
    """
    if investigation and investigation not in InvestigationAnswer.values:
        raise Refused("Answer the question about an investigation.", field="investigation")
    application = withdraw_within(actor=actor, application=application, reason=reason)
    if not application.rule.threshold:
        _surrendered(actor, application, investigation, f"Withdrew the {_named(application)}.")
    return application


@transaction.atomic
def withdraw_within(*, actor, application: Application, reason: str) -> Application:
    """Withdrawn by an act that has asked about an investigation, or in which nobody gives anything up."""
    application = begin_application(actor, application)
    application.closing_reason = _needed(reason, "Write why the application is withdrawn.")
    in_review = application.status == ApplicationStatus.IN_REVIEW
    application = _move(
        actor,
        application,
        ApplicationStatus.WITHDRAWN,
        reason=application.closing_reason,
        fields=("closing_reason",),
    )
    case = _open_case(application) if in_review else None
    if case is not None:
        chains.withdraw_case(actor=actor, case=case, reason=application.closing_reason)
    return application


def _surrendered(actor, application: Application, investigation: str, what: str) -> None:
    surrendered(
        actor=actor,
        practitioner=application.practitioner,
        facility=application.facility,
        investigation=investigation,
        what=f"{what} {application.closing_reason}",
        day=clock.today(application.facility),
        subject_uid=application.uid,
    )


def _named(application: Application) -> str:
    return f"application ({application.get_kind_display().lower()})"


@transaction.atomic
def withdraw_incomplete(*, actor, application: Application, reason: str) -> Application:
    """It was never completed in the time the bylaws give: a voluntary withdrawal, no decision, no hearing.
    Nobody is there to be asked about an investigation: whoever follows the data bank is.

    :mod:`.completing` judges the clock and tells the applicant.
    """
    application = begin_application(actor, application)
    application.closing_reason = _needed(reason, "Write what was never completed.")
    application = _move(
        actor,
        application,
        ApplicationStatus.WITHDRAWN_INCOMPLETE,
        reason=application.closing_reason,
        fields=("closing_reason",),
    )
    _surrendered(actor, application, "", f"Never completed the {_named(application)}.")
    return application


@transaction.atomic
def record_decision(*, actor, application: Application, outcome: str, decided_on: dt.date) -> Application:
    """Whoever grants decided (called inside the act): ``outcome`` approved, approved_modified or denied."""
    application = begin_application(actor, application)
    if outcome not in (
        ApplicationStatus.APPROVED,
        ApplicationStatus.APPROVED_MODIFIED,
        ApplicationStatus.DENIED,
    ):
        raise Refused(f'"{outcome}" is no decision of the board.')
    application.decided_on = decided_on
    return _move(actor, application, ApplicationStatus(outcome), fields=("decided_on",))


@transaction.atomic
def assign(*, actor, applications: Iterable[Application], coordinator: User) -> int:
    """Give open files to a coordinator. Answers how many changed hands; all of them or none."""
    changed = 0
    for each in sorted(applications, key=lambda one: one.practitioner_id):
        application = begin_application(actor, each, MANAGE)
        _check_coordinator(coordinator, application.facility)
        if not application.is_open or application.coordinator_id == coordinator.pk:
            continue
        before, application.coordinator = application.coordinator, coordinator
        application.save(update_fields=["coordinator"])
        _record(
            actor, application, "application.assigned", data={"from": str(before), "to": str(coordinator)}
        )
        changed += 1
    return changed


# --- shared ---------------------------------------------------------------------------------------------


def _require_gate(application: Application) -> None:
    verdict = gate.completeness(application)
    if not verdict.met:
        raise Refused(verdict.sentence)


def _open_case(application: Application) -> ReviewCase | None:
    return ReviewCase.objects.filter(subject_uid=application.uid, status="open").first()


def _check_coordinator(user: User, facility: Facility) -> None:
    if not policies.may(user, MANAGE, facility):
        raise Refused(f"{user} is no coordinator at {facility}.", field="coordinator")


def _check_schedule(day: dt.date | None, facility: Facility) -> None:
    if day is not None and day < clock.today(facility):
        raise Refused("The planned day of the decision lies in the past.", field="scheduled_decision_on")


def _refuse_beside_meeting(application: Application, day: dt.date | None) -> None:
    """While the deciding body has the file on a coming agenda, the planned day is the meeting's."""
    meets = deciding_meeting(application)
    if meets is not None and meets != day:
        raise Refused(
            f"The file is on the agenda of {day_text(meets)}: the planned day follows that meeting.",
            field="scheduled_decision_on",
        )


def _needed(text: str, sentence: str) -> str:
    stripped = (text or "").strip()
    if not stripped:
        raise Refused(sentence, field="reason")
    return stripped[:4000]


def _move(
    actor, application: Application, target: str, *, reason: str = "", fields: tuple[str, ...] = ()
) -> Application:
    move = workflow.APPLICATION.check(application, target, policies.permissions(actor, application.facility))
    before, application.status = application.status, target
    application.save(update_fields=["status", *fields])
    decided_on = application.decided_on if "decided_on" in fields else None
    _keep_move(actor, application, decided_on or clock.today(application.facility))
    _record(actor, application, move.event, reason=reason, data={"from": str(before), "to": str(target)})
    if not application.is_open:
        endings.application_closed(application)
    return application


def _keep_move(actor, application: Application, day: dt.date) -> None:
    ApplicationMove.objects.create(
        application=application, status=application.status, day=day, at=clock.now(), by=actor
    )


def _record(actor, application: Application, verb: str, *, reason: str = "", data=None) -> None:
    record_event(
        actor=actor,
        verb=verb,
        subject=application,
        reason=reason,
        practitioner=application.practitioner,
        facility=application.facility,
        data=data,
    )
