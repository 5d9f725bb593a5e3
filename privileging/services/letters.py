"""The letter that tells the practitioner what the board decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q

from bylaws.choices import LineKind, LineOutcome
from bylaws.models import Decision
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import long_day
from config.kernel.papers import typeset
from credentialing import kinds
from credentialing.choices import ApplicationStatus
from credentialing.models import Application
from practitioners import store
from practitioners.choices import LetterKind
from practitioners.models import Letter
from practitioners.selectors.addressing import address_lines, name_in_letters, salutation
from practitioners.selectors.canonical import among
from privileging.choices import FormLineKind, FPPEReason, RequestLineStatus
from privileging.models import FPPEPlan, Grant
from privileging.rules.settings import conditions_with
from privileging.selectors.requests import lines_of

TEMPLATE = "decision"

#: By what the application asks of membership: granted, granted with changes, not granted.
_OPENINGS: dict[str, dict[str, str]] = {
    kinds.APPOINTMENT: {
        ApplicationStatus.APPROVED: "It granted the appointment and every privilege you asked for.",
        ApplicationStatus.APPROVED_MODIFIED: "It granted the appointment with the changes set out below.",
        ApplicationStatus.DENIED: (
            "It did not grant the appointment, nor any of the privileges you asked for."
        ),
    },
    kinds.CATEGORY: {
        ApplicationStatus.APPROVED: "It granted the change of category.",
        ApplicationStatus.APPROVED_MODIFIED: "It granted the change of category with a condition.",
        ApplicationStatus.DENIED: "It did not grant the change of category; your category stays as it is.",
    },
    kinds.RETURN: {
        ApplicationStatus.APPROVED: "It granted your return: the leave of absence has ended.",
        ApplicationStatus.APPROVED_MODIFIED: "It granted your return with a condition; the leave has ended.",
        ApplicationStatus.DENIED: "It did not grant your return; the leave of absence goes on.",
    },
    "": {
        ApplicationStatus.APPROVED: "Every privilege you asked for was granted.",
        ApplicationStatus.APPROVED_MODIFIED: "Privileges were granted with the changes set out below.",
        ApplicationStatus.DENIED: "None of the privileges you asked for was granted.",
    },
}
_USED = "A grant may be used as long as your appointment and your license are current."
_CLOSINGS = {
    ApplicationStatus.APPROVED: (
        f"{_USED} Tell the Medical Staff Office at once of anything that changes what you stated in your "
        "application."
    ),
    ApplicationStatus.DENIED: (
        "The medical staff bylaws say which rights to a hearing and an appeal you have and by when you must "
        "ask for them. The Medical Staff Office will send you that part of the bylaws on request."
    ),
}
_CLOSINGS[ApplicationStatus.APPROVED_MODIFIED] = (
    f"{_CLOSINGS[ApplicationStatus.APPROVED]} {_CLOSINGS[ApplicationStatus.DENIED]}"
)


@transaction.atomic
def issue_decision_letter(
    *,
    actor,
    application: Application,
    decision: Decision,
    term: tuple[dt.date, dt.date] | None,
    grants: Sequence[Grant],
    left: bool = False,
) -> Letter:
    """Typeset the letter, keep its bytes in the store and its row with the practitioner's letters.

    ``term`` is first and last day of what is granted, None when nothing was; ``left``: it decides what was
    left when the board decided the rest, and is a letter of its own. Called inside the act that
    grants; the row holds everything the letter was made from, so typesetting it again repeats the hash.
    """
    issued_at = clock.now()
    issued_on = clock.date_at(issued_at, application.facility)
    content = decision_content(
        application=application,
        decision=decision,
        term=term,
        grants=grants,
        issued_on=issued_on,
        signed_by=str(application.coordinator),
        left=left,
    )
    letter = Letter.objects.create(
        practitioner=application.practitioner,
        facility=application.facility,
        kind=LetterKind.DECISION,
        subject_kind="decision" if left else "application",
        subject_uid=decision.uid if left else application.uid,
        title=content["title"],
        issued_on=issued_on,
        issued_at=issued_at,
        issued_by=actor,
        content=content,
        sha256=store.put(typeset(TEMPLATE, content, issued_at=issued_at)),
    )
    record_event(
        actor=actor,
        verb="letter.issued",
        subject=letter,
        practitioner=application.practitioner,
        facility=application.facility,
        data={"kind": str(letter.kind), "sha256": letter.sha256},
    )
    return letter


def typeset_again(letter: Letter) -> bytes:
    """The letter's bytes made anew from its row: the same as were stored."""
    return typeset(TEMPLATE, letter.content, issued_at=letter.issued_at)


def decision_content(
    *,
    application: Application,
    decision: Decision,
    term: tuple[dt.date, dt.date] | None,
    grants: Sequence[Grant],
    issued_on: dt.date,
    signed_by: str,
    left: bool = False,
) -> dict[str, Any]:
    """What the letter says, as plain data."""
    facility, practitioner = application.facility, application.practitioner
    answers = {line.line_uid: line for line in decision.lines.all() if not line.proposed}
    membership = answers.get(application.uid)
    lines = list(lines_of(application, asked_only=False))
    granted_lines = {grant.request_line_id for grant in grants}
    not_granted = [
        {"name": line.form_line.privilege.name, "reason": answers[line.uid].reason}
        for line in lines
        if line.uid in answers and answers[line.uid].outcome == LineOutcome.NOT_RECOMMEND
    ]
    if membership is not None and membership.outcome == LineOutcome.NOT_RECOMMEND:
        not_granted.insert(0, {"name": LineKind(membership.line_kind).label, "reason": membership.reason})
    status = ApplicationStatus(application.status)
    opening = _OPENINGS[application.rule.membership][status]
    if left:
        status = ApplicationStatus.APPROVED_MODIFIED if grants else ApplicationStatus.DENIED
        opening = "It decided what had been left open when it acted on the rest."
    versions = {line.form_line.version for line in lines if line.pk in granted_lines}
    return {
        "title": f"Decision on your application for {application.get_kind_display().lower()}",
        "facility": {"name": facility.name, "city": facility.city, "phone": facility.office_phone},
        "practitioner": {"name": name_in_letters(practitioner), "npi": practitioner.npi or ""},
        "to": address_lines(practitioner),
        "salutation": salutation(practitioner),
        "issued_on": long_day(issued_on),
        "signed_by": signed_by,
        "opening": f"The {decision.get_body_display().lower()} acted on your application on "
        f"{long_day(decision.decided_on)}. {opening}"
        f"{_runs(application, term, membership.conditions if membership else '')}",
        "closing": _closing(application, status),
        "appointment": {
            "from": long_day(term[0]),
            "through": long_day(term[1]),
            "category": application.category.name,
            "department": application.department.name,
            "conditions": membership.conditions if membership else "",
        }
        if term and application.rule.opens_term and application.category and not left
        else None,
        "runs": {"from": long_day(term[0]), "through": long_day(term[1])} if term else None,
        "forms": sorted(
            f"{version.form.name}, version {version.number}"
            + (" (an example form: the medical staff must approve it)" if version.is_example else "")
            for version in versions
        ),
        "granted": [
            {
                "name": line.form_line.privilege.name,
                "code": line.form_line.privilege.code,
                "conditions": conditions_with(line.form_line.settings, answers[line.uid].conditions),
            }
            for line in lines
            if line.pk in granted_lines
        ],
        "not_granted": not_granted,
        # Only that they are open: why is told by the notice, which is peer review.
        "undecided": [
            line.form_line.privilege.name for line in lines if line.status == RequestLineStatus.HELD
        ],
        "struck": [
            line.form_line.privilege.name
            for line in lines
            if line.status == RequestLineStatus.STRUCK and line.form_line.kind == FormLineKind.CORE
        ],
        "fppe": _fppe(application, decision, grants),
    }


def _runs(application: Application, term: tuple[dt.date, dt.date] | None, conditions: str) -> str:
    """From when to when, and under which condition, where no appointment below says so."""
    if term is None or application.rule.opens_term:
        return ""
    if application.rule.membership:
        category = f" You are of the category {application.category}" if application.category else " It holds"
        told = f" Condition: {conditions}" if conditions else ""
        return f"{category} from {long_day(term[0])}; your term ends with {long_day(term[1])}.{told}"
    told = f" They may be used from {long_day(term[0])} through {long_day(term[1])}, and not after that day."
    if application.rule.evaluated_elsewhere:
        told += (
            f" No focused evaluation opens here: the evaluations of {application.distant_site} are used, as "
            "the agreement says."
        )
    return told


def _closing(application: Application, status: ApplicationStatus) -> str:
    """What follows from it; nothing is said of grants or an appointment where there are none."""
    text = _CLOSINGS[status]
    if application.rule.membership_only:
        text = text.replace(f"{_USED} ", "")
    if application.rule.stands_alone:
        text = text.replace("your appointment and your license are", "your license is")
    return text


def _fppe(application: Application, decision: Decision, grants: Sequence[Grant]) -> list[dict[str, str]]:
    """Focused evaluations, those alike told together: the core of a form begins with one way of looking.
    After a leave they are those that opened with the return.
    """
    concerned = Q(grant__in=grants)
    if application.rule.membership == kinds.RETURN:
        concerned = Q(
            reason=FPPEReason.RETURN,
            opened_on=decision.decided_on,
            grant__facility=application.facility,
            grant__practitioner__in=among([application.practitioner_id]),
        )
    plans = (
        FPPEPlan.objects.filter(concerned)
        .select_related("grant__form_line__privilege", "grant__form_line__version__form")
        .order_by("grant__form_line__kind", "grant__form_line__order", "pk")
    )
    groups: dict[tuple, list[FPPEPlan]] = {}
    for plan in plans:
        form_line = plan.grant.form_line
        apart = form_line.pk if form_line.kind == FormLineKind.SPECIAL else 0
        groups.setdefault((form_line.version_id, apart, plan.due_on, plan.method), []).append(plan)
    told = []
    for alike in groups.values():
        first, form_line = alike[0], alike[0].grant.form_line
        core = form_line.kind == FormLineKind.CORE
        name, count = form_line.version.form.name, len(alike)
        cases = f"{first.cases_required} cases" if first.cases_required else ""
        told.append(
            {
                "privileges": f"{name}, core ({count} privilege{'s' if count > 1 else ''})"
                if core
                else form_line.privilege.name,
                "how": ". ".join(part for part in (first.method, cases) if part)
                or "As the department decides",
                "due": long_day(first.due_on) if first.due_on else "To be set",
            }
        )
    return told
