"""What the reviewing bodies see of an application: its lines, its head, and what is frozen with each act."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse

from bylaws.choices import LineKind, LineOutcome
from bylaws.models import DecisionLine
from bylaws.subjects import CaseLine, CasePage, CaseSummary, HeldLine
from config.accounts.choices import DataClass
from config.accounts.policies import may
from config.rulebook.selectors.parameters import resolve_many
from credentialing import kinds
from credentialing.choices import FlagStatus
from credentialing.models import Application
from credentialing.policies import may_keep_hearings, may_nudge
from credentialing.selectors.assessment import category_of, delta_of, readable, stopped_by
from credentialing.selectors.gate import completeness
from credentialing.selectors.hearings import held_for_hearing
from privileging.choices import FormLineKind, RequestLineStatus
from privileging.models import PrivilegeFormVersion, RequestLine
from privileging.rules.criteria import VERSION as CRITERIA_VERSION
from privileging.rules.criteria_facts import facts_data
from privileging.rules.settings import settings_in_words
from privileging.selectors.criteria import evaluate_lines, gather_facts, question_of
from privileging.selectors.held import answerable, held_of, left_over
from privileging.selectors.remappings import instead_of_held
from privileging.selectors.replaying import rule_versions
from privileging.selectors.requests import NOT_ASKED, lines_of
from privileging.selectors.resources import lacking_at, not_offered

#: Parameters the file was judged by.
PARAMETERS = (
    "credentialing.required_elements",
    "credentialing.max_age_days",
    "credentialing.accepted_sources",
    "bylaws.appointment_term_months",
    "privileging.longest_days",
)


def application_of(subject_uid: uuid.UUID) -> Application:
    """The application with everything the head of a file names, and whether anybody spoke against its
    membership, on which the rest stands.
    """
    against = DecisionLine.objects.filter(
        decision__step__case__subject_uid=OuterRef("uid"), outcome=LineOutcome.NOT_RECOMMEND
    ).exclude(line_kind=LineKind.PRIVILEGE)
    return (
        Application.objects.select_related(
            "practitioner", "facility__npdb_entity", "department", "category", "coordinator", "awaits"
        )
        .annotate(spoken_against=Exists(against))
        .get(uid=subject_uid)
    )


@dataclass(frozen=True)
class CaseFile:
    """One reading of a file: the application, every line of it, and what of them is held."""

    application: Application
    lines: list[RequestLine]
    held: Mapping[Any, HeldLine]

    @property
    def asked(self) -> list[RequestLine]:
        """The lines that are asked for and processed."""
        return [line for line in self.lines if line.status not in NOT_ASKED]


def _read(subject_uid: uuid.UUID, on: dt.date) -> CaseFile:
    """The file as of the day; two queries, one more where lines are held."""
    application = application_of(subject_uid)
    lines = list(lines_of(application, asked_only=False))
    return CaseFile(application, lines, held_of(lines, on))


def case_lines(subject_uid: uuid.UUID, on: dt.date) -> list[CaseLine]:
    """The lines the bodies answer; see :func:`_lines`."""
    return _lines(_read(subject_uid, on), on)


def case_page(subject_uid: uuid.UUID, on: dt.date, viewer) -> CasePage:
    """The same and the head of the review page, the file read once for both."""
    file = _read(subject_uid, on)
    return CasePage(_lines(file, on), _summary(file, on, viewer))


def _lines(file: CaseFile, on: dt.date) -> list[CaseLine]:
    """What is asked of membership first, where something is; then every privilege asked for with its criteria
    judged on the day. What is held for a hearing is not among them until the right is settled; once the board
    has decided the rest, nothing but what was held is.
    """
    application, asked = file.application, file.asked
    lines = answerable(application, asked, file.held)
    verdicts = evaluate_lines(asked, on)  # what is held or decided is asked for: another line may need it
    missing = lacking_at([line.form_line for line in lines], application.facility, on)
    return [
        *([] if left_over(application, asked) else _membership_line(application)),
        *(
            CaseLine(
                line_kind=LineKind.PRIVILEGE,
                uid=line.uid,
                label=line.form_line.privilege.name,
                group=_group(line),
                detail=line.form_line.privilege.code,
                verdict=verdicts[line.pk],
                url=reverse("privileging:form_version", args=[line.form_line.version.uid]),
                limits=(
                    *settings_in_words(line.form_line.settings),
                    *(
                        (not_offered(line.form_line, application.facility, missing[line.form_line_id]),)
                        if line.form_line_id in missing
                        else ()
                    ),
                ),
                source=line,
            )
            for line in lines
        ),
    ]


#: The heading and the detail of what is asked of membership.
_MEMBERSHIP = {
    kinds.APPOINTMENT: ("Appointment", "Membership at {0}."),
    kinds.CATEGORY: ("Staff category", "Within the term held at {0}; privileges stay as they are."),
    kinds.RETURN: ("Return from leave", "The leave at {0} ends; term and privileges stay as they are."),
}


def _membership_line(application: Application) -> list[CaseLine]:
    """The line about membership; none where privileges alone are asked for."""
    rule = application.rule
    if not rule.membership:
        return []
    heading, detail = _MEMBERSHIP[rule.membership]
    asked = ", ".join(filter(None, (str(application.category or ""), str(application.department))))
    return [
        CaseLine(
            line_kind=LineKind.APPOINTMENT if rule.opens_term else LineKind.MEMBERSHIP,
            uid=application.uid,
            label=f"{application.get_kind_display()}: {asked}",
            group=heading,
            detail=detail.format(application.facility),
        )
    ]


def _group(line) -> str:
    kind = FormLineKind(line.form_line.kind).label
    return f"{line.form_line.version.form.name}: {kind.lower()}"


def _summary(file: CaseFile, on: dt.date, viewer) -> CaseSummary:
    """The head of the review page: who asks for what, what was struck, red flags."""
    application, lines = file.application, file.lines
    practitioner = application.practitioner
    versions = {line.form_line.version for line in file.asked}
    examples = sorted(str(version) for version in versions if version.is_example)
    left = [line.form_line.privilege.name for line in lines if line.status == RequestLineStatus.NOT_ACCEPTED]
    struck = [
        line.form_line.privilege.name
        for line in lines
        if line.status == RequestLineStatus.STRUCK and line.form_line.kind == FormLineKind.CORE
    ]
    facts: dict[str, Any] = {
        "Profession": practitioner.get_provider_type_display(),
        "NPI": practitioner.npi or "none",
        "Facility": str(application.facility),
        "Department": str(application.department),
        **_particulars(application),
        "Received": application.received_on or "not yet",
        "Complete": application.complete_on or "not yet",
        "Coordinator": str(application.coordinator),
    }
    if struck:
        facts["Struck from the core"] = ", ".join(struck)
    if left:
        facts["Not accepted for processing"] = ", ".join(left)
    if examples:
        facts["Example forms"] = f"{', '.join(examples)}: your staff must approve them"
    if replaced := _replaced(application, versions, on):
        facts["Held on an earlier version"] = replaced
    flags = list(application.red_flags.all())
    against = held_for_hearing(application, on)
    sees_file = may(viewer, "credentialing.view", application.facility)
    return CaseSummary(
        title=practitioner.display_name,
        subtitle=f"{application.get_kind_display()} at {application.facility}",
        facts=facts,
        red_flags=tuple(
            flag
            for flag in readable(viewer, application.facility, flags)
            if flag.status != FlagStatus.NO_LONGER
        ),
        summary_url=reverse("credentialing:summary", args=[application.uid]),
        nudge_url=reverse("credentialing:nudge", args=[application.uid])
        if may_nudge(viewer, application.facility)
        else "",
        url=reverse("credentialing:file", args=[application.uid]) if sees_file else "",
        hearing_url=reverse("credentialing:hearing", args=[application.uid])
        if (file.held or against) and may_keep_hearings(viewer, application.facility)
        else "",
        stopped=stopped_by(application, flags=flags)
        or against
        or why_all_held(application, lines, file.held),
        held=tuple(file.held.values()),
    )


def all_held(application: Application, lines: list[RequestLine], on: dt.date) -> str:
    """Why nothing of the file can be answered now: everything that is left is held for a hearing."""
    return why_all_held(application, lines, held_of(lines, on))


def why_all_held(application: Application, lines: list[RequestLine], held: Mapping[Any, HeldLine]) -> str:
    """The same where it is known what is held. Pure."""
    waiting = [each for each in held.values() if each.why]
    if not waiting:
        return ""
    asked = [line for line in lines if line.status not in NOT_ASKED]
    if answerable(application, asked, held):
        return ""
    return "" if application.rule.membership and not left_over(application, asked) else waiting[0].why


def held_lines(subject_uid: uuid.UUID, on: dt.date) -> list[HeldLine]:
    """Lines held for a hearing, settled or not; one query where none is, two otherwise."""
    return list(held_of(list(lines_of(subject_uid).filter(status=RequestLineStatus.HELD)), on).values())


def _replaced(application: Application, versions: Iterable[PrivilegeFormVersion], on: dt.date) -> str:
    """What is proposed in place of privileges the forms have no more, for a renewal; three queries."""
    found = instead_of_held(application, sorted(versions, key=lambda each: each.form.name), on)
    return "; ".join(each.proposed for told in found.values() for each in told)


def _particulars(application: Application) -> dict[str, Any]:
    """What the kind states beside department and planned day, by label."""
    told = {
        "Category": str(application.category or ""),
        "Ground": application.get_ground_display(),
        "Need": application.need,
        "Distant site": application.distant_site,
        "Agreement": application.agreement.title if application.agreement else "",
        "Asked for through": application.until,
    }
    return {label: value for label, value in told.items() if value}


def case_snapshot(subject_uid: uuid.UUID, on: dt.date) -> dict[str, Any]:
    """What the deciders saw, as plain data; uids and hashes only. The lines are frozen beside it."""
    application = application_of(subject_uid)
    lines = list(lines_of(application, asked_only=False))
    bound = resolve_many(PARAMETERS, facility=application.facility, on=on)
    versions = {line.form_line.version.uid: line.form_line.version for line in lines}
    items = (
        application.items.select_related("evidence", "credential")
        .exclude(status="superseded")
        .order_by("element", "pk")
    )
    return {
        "application": {
            "uid": application.uid,
            "kind": application.kind,
            "category": application.category.code if application.category else "",
            "ground": str(application.ground),
            "need": application.need,
            "distant_site": application.distant_site,
            "agreement": application.agreement.title if application.agreement else "",
            "until": application.until,
            "awaits": application.awaits.uid if application.awaits else None,
            "department": application.department.code,
            "received_on": application.received_on,
            "complete_on": application.complete_on,
        },
        "practitioner": {
            "uid": application.practitioner.uid,
            "npi": application.practitioner.npi,
            "name": application.practitioner.display_name,
        },
        "judged_on": on,
        "forms": [
            {"uid": version.uid, "form": version.form.code, "version": version.number}
            for version in versions.values()
        ],
        "privileges": [
            {"line": line.uid, "privilege": line.form_line.privilege.code, "status": str(line.status)}
            for line in lines
        ],
        "criteria": _criteria([line for line in lines if line.status not in NOT_ASKED], on),
        "gate": completeness(application, on).as_data(),
        "verification": [
            {
                "uid": item.uid,
                "element": str(item.element),
                "credential": item.credential.uid if item.credential else None,
                "status": str(item.status),
                "verified_on": item.verified_on,
                "evidence": {"uid": item.evidence.uid, "hash": item.evidence.hash} if item.evidence else None,
            }
            for item in items
        ],
        "red_flags": [
            {"uid": flag.uid, "code": flag.code, "severity": str(flag.severity), "status": str(flag.status)}
            # A matter of health stands in no record of a decision.
            for flag in application.red_flags.exclude(data_class=DataClass.HEALTH)
        ],
        "category": category_of(application).verdict.as_data(),
        "since_complete": _since_complete(application),
        "parameters": [bound[key].as_data() for key in sorted(bound)],
        "rule_versions": rule_versions(),
    }


def _since_complete(application: Application) -> dict[str, Any] | None:
    """Against which frozen file it is told what is new, and whether the office had looked at each thing."""
    delta = delta_of(application)
    if delta is None:
        return None
    return {
        "snapshot": {"number": delta.snapshot.number, "hash": delta.snapshot.frozen_hash},
        "new": [
            {"key": each.change.key, "digest": each.change.digest, "looked_at": each.by_office}
            for each in delta.news
            if each.change.data_class != DataClass.HEALTH
        ],
    }


def _criteria(lines: list[RequestLine], on: dt.date) -> dict[str, Any]:
    """The facts the lines were judged from and the trees they were judged by: enough to judge them again."""
    facts = next(iter(gather_facts(lines, on).values()), None)
    questions = {line.uid: question_of(line) for line in lines}
    return {
        "version": CRITERIA_VERSION,
        "facts": facts_data(facts) if facts else None,
        "trees": {
            question.key: {"code": question.code, "title": question.title, "tree": question.tree}
            for question in questions.values()
        },
        "lines": [{"line": uid, "tree": question.key} for uid, question in questions.items()],
    }
