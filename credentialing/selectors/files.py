"""The application file as its page shows it: read once, in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.text import capfirst

from bylaws.models import ReviewStep
from config.accounts.choices import DataClass
from config.accounts.policies import may
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.display.dates import moment
from config.kernel.pages import Empty
from config.rulebook.verdicts import Outcome, Verdict
from credentialing import links
from credentialing.choices import ApplicationStatus, Element, FlagStatus, ItemStatus
from credentialing.elements import CREDENTIAL_TYPES, element_of
from credentialing.models import Application, RedFlag, VerificationItem
from credentialing.needs import application_panels, submission_problems
from credentialing.selectors import gate
from credentialing.selectors.assessment import readable
from credentialing.selectors.awaited import CODE as AWAITED
from credentialing.selectors.emergencies import CODE as EMERGENCY
from credentialing.selectors.next_actor import next_actor
from credentialing.selectors.requirements import Requirements, requirements
from credentialing.selectors.threshold import threshold_of

FOUND_OUT = (ItemStatus.VERIFIED, ItemStatus.VERIFIED_ADVERSE, ItemStatus.WAIVED, ItemStatus.NOT_APPLICABLE)


@dataclass(frozen=True)
class WaitingFor:
    """For the head of the page."""

    actor: str
    role: str
    since: Any
    what: str
    url: str = ""


@dataclass(frozen=True)
class ItemLine:
    """One row of the verification table."""

    item: VerificationItem
    verdict: Verdict
    url: str
    next_step: str

    @property
    def status(self) -> ItemStatus:
        """The stored status, with its colour."""
        return ItemStatus(self.item.status)


@dataclass(frozen=True)
class ClaimLine:
    """One row of the checklist: what the applicant stated, and what is still to be stated."""

    label: str
    stated: int
    minimum: int
    because: str
    add_url: str

    @property
    def enough(self) -> bool:
        """Whether nothing more is needed."""
        return self.stated >= self.minimum


@dataclass(frozen=True)
class PanelOnPage:
    """A part that another room adds to the file."""

    title: str
    template: str
    context: dict[str, Any]
    code: str


@dataclass(frozen=True)
class ApplicationFile:
    """Everything the page of one application shows."""

    application: Application
    gate: Verdict | None
    items: Sequence[ItemLine]
    flags: Sequence[RedFlag]
    claims: Sequence[ClaimLine]
    panels: Sequence[PanelOnPage]
    stages: Sequence[dict[str, Any]]
    facts: Sequence[dict[str, Any]]
    waiting_for: WaitingFor | None
    submission_problems: Sequence[str]
    empty_items: Empty

    @property
    def done(self) -> int:
        """Items that are settled, and still good for the decision."""
        return sum(1 for line in self.items if line.item.status in FOUND_OUT and line.verdict.met)

    @property
    def unsettled(self) -> Sequence[ItemLine]:
        """Items somebody has to see to."""
        return [line for line in self.items if not line.verdict.met]

    @property
    def settled(self) -> Sequence[ItemLine]:
        """The others; more than a few of them stand folded."""
        return [line for line in self.items if line.verdict.met]

    @property
    def folds(self) -> bool:
        """Whether so much is settled that it would bury what is not."""
        return len(self.settled) > FEW_SETTLED

    @property
    def beside(self) -> Sequence[Verdict]:
        """What the gate depends on beside the items: the table and the flags stand on the page already."""
        if self.gate is None:
            return ()
        return [
            child
            for child in self.gate.children
            if child.code in ("CR-STATED", AWAITED, EMERGENCY) or self.gate.code == "THRESHOLD"
        ]

    @property
    def lacks_claims(self) -> bool:
        """Whether the applicant has still to state something, or nothing is stated at all."""
        return not self.claims or any(not line.enough for line in self.claims)

    @property
    def open_flags(self) -> int:
        """Red flags without a disposition."""
        return sum(1 for flag in self.flags if flag.status == FlagStatus.OPEN)


#: So many settled items of a plan are shown unfolded.
FEW_SETTLED = 6
#: Nobody decided, and nothing is looked for any more.
GIVEN_UP = (
    ApplicationStatus.WITHDRAWN,
    ApplicationStatus.WITHDRAWN_INCOMPLETE,
    ApplicationStatus.CLOSED_INELIGIBLE,
)


def read_file(viewer, application: Application) -> ApplicationFile:
    """The whole file for this viewer. Of a withdrawn application nothing is still to be found out."""
    planned = not application.rule.threshold and application.status not in (
        ApplicationStatus.DRAFT,
        ApplicationStatus.SUBMITTED,
        ApplicationStatus.INCOMPLETE,
    )
    given_up = application.status in GIVEN_UP
    verdict: Verdict | None
    if planned:
        examined = gate.examine(application)
        needs, items, verdict = examined.needs, examined.items, examined.verdict
        lines = [
            ItemLine(
                item,
                _not_looked_for(application, item) if given_up else examined.leaves[item.pk],
                links.item(item),
                "" if given_up else next_step(item, found_out=examined.leaves[item.pk].met),
            )
            for item in items
        ]
        flags = examined.flags
    else:
        needs, lines, items = requirements(application), [], []
        verdict = threshold_of(application) if application.rule.threshold else None
        flags = list(application.red_flags.select_related("disposed_by"))
    met = verdict is not None and verdict.met
    actor = next_actor(application, items=items, met=met) if application.is_open else None
    return ApplicationFile(
        application=application,
        gate=None if given_up else verdict,
        items=_unsettled_first(lines),
        # Matters of health are read on the summary alone, where reading them is logged.
        flags=[
            flag
            for flag in readable(viewer, application.facility, flags)
            if flag.data_class != DataClass.HEALTH
        ],
        claims=[] if given_up else _claims(application, needs),
        panels=_panels(viewer, application, needs),
        stages=_stages(application),
        facts=_facts(application, needs.on),
        waiting_for=WaitingFor(
            actor.name, actor.role, actor.since, actor.what, ""
        ) if actor and actor.name else None,
        submission_problems=(
            submission_problems(application) if application.status == ApplicationStatus.DRAFT else ()
        ),
        empty_items=_no_items(given_up),
    )  # fmt: skip


def _no_items(given_up: bool) -> Empty:
    if given_up:
        return Empty("Nothing was verified.", "It ended before verification was planned.", icon="list-check")
    return Empty(
        "There is no verification plan yet.",
        "The plan is made when the application is accepted.",
        icon="list-check",
    )


def _not_looked_for(application: Application, item: VerificationItem) -> Verdict:
    """The leaf of an item of a file that was given up: found out or not, nobody waits for it."""
    found = item.status in FOUND_OUT
    return Verdict(
        outcome=Outcome.MET if found else Outcome.NOT_APPLICABLE,
        code=f"CR-{item.element}",
        title=item.label,
        sentence="Found out." if found else f"{application.get_status_display()}: it is not looked for.",
    )


def _unsettled_first(lines: list[ItemLine]) -> list[ItemLine]:
    return sorted(lines, key=lambda line: line.verdict.met)


def status_of(application: Application) -> ApplicationStatus:
    """The status with its colour."""
    return ApplicationStatus(application.status)


NEXT_STEPS: dict[str, str] = {
    ItemStatus.NOT_STARTED: "Ask",
    ItemStatus.REQUESTED: "Record the answer",
    ItemStatus.AWAITING: "Chase or record",
    ItemStatus.RECEIVED: "Review",
    ItemStatus.DISCREPANT: "Resolve",
    ItemStatus.UNABLE: "Waive or retry",
}


def next_step(item: VerificationItem, *, found_out: bool = True) -> str:
    """What there is to do with an item, in a word or two; ``found_out`` False: its answer counts no more."""
    if item.status in FOUND_OUT and not found_out:
        again = {Element.EXCLUSION: "Screen again", Element.NPDB: "Log a query"}
        return again.get(Element(item.element), "Verify again")
    if item.status == ItemStatus.NOT_STARTED and item.element == Element.ATTESTATION:
        return "Record the signature"
    if item.status == ItemStatus.NOT_STARTED and item.element == Element.EXCLUSION:
        return "Screen"
    if item.status == ItemStatus.NOT_STARTED and item.element == Element.NPDB:
        return "Log the query"
    return NEXT_STEPS.get(item.status, "")


def _claims(application: Application, needs) -> list[ClaimLine]:
    """What is still to be stated first, then what was stated, by kind."""
    person, here = application.practitioner, links.application(application)
    missing = [
        ClaimLine(
            label=one.label or Element(one.element).label,
            stated=one.stated,
            minimum=one.minimum,
            because=one.because,
            add_url=links.add_claim(person, one.type_code, back=here),
        )
        for one in needs.missing
    ]
    stated: dict[str, int] = {}
    for rows in needs.periods.values():
        code = rows[0].identity.credential_type.code
        stated[code] = stated.get(code, 0) + 1
    lacking = {one.element for one in needs.missing if not one.label}
    there = [
        ClaimLine(
            label=Element(element).label,
            stated=stated[code],
            minimum=0,
            because="",
            add_url=links.add_claim(person, code, back=here),
        )
        for element, code in CREDENTIAL_TYPES.items()
        if stated.get(code) and element not in lacking and element_of(code) == element
    ]
    return missing + there


def _panels(viewer, application: Application, needs: Requirements) -> list[PanelOnPage]:
    stated = [row for rows in needs.periods.values() for row in rows]
    shown = []
    for panel in application_panels.all():
        if not may(viewer, panel.permission, application.facility):
            continue
        context = panel.context(viewer, application, needs.on, stated)
        if context is not None:
            shown.append(PanelOnPage(panel.title, panel.template, context, panel.code))
    return shown


def _facts(application: Application, judged_for: dt.date) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = [
        {
            "label": "Practitioner",
            "value": str(application.practitioner),
            "url": links.practitioner(application.practitioner),
        },
        {"label": "NPI", "value": application.practitioner.npi or "none stated"},
        {"label": "Coordinator", "value": str(application.coordinator)},
        {"label": "Department", "value": str(application.department)},
        *_particulars(application),
        {"label": "Ages judged for", "day": judged_for},
    ]
    if application.closing_reason:
        facts.append({"label": "Reason", "value": application.closing_reason})
    return facts


def _particulars(application: Application) -> list[dict[str, Any]]:
    """What its kind states beside department and planned day."""
    awaited = application.awaits
    told: list[dict[str, Any]] = [
        {"label": "Category", "value": str(application.category or "")},
        {"label": "Ground", "value": application.get_ground_display()},
        {"label": "Need", "value": application.need},
        {"label": "Distant site", "value": application.distant_site},
        {
            "label": "Agreement",
            "value": application.agreement.title if application.agreement else "",
            "url": links.distant_agreement(application.agreement) if application.agreement else "",
        },
        {"label": "Emergency", "value": str(application.activation or "")},
        {"label": "Arrived", "value": moment(application.arrived_at) if application.arrived_at else ""},
        {"label": "Shown", "value": application.get_proof_display()},
    ]
    if awaited is not None:
        told.append(
            {
                "label": "Waits beside",
                "value": f"{awaited.get_kind_display()}, {awaited.get_status_display().lower()}",
                "url": links.application(awaited),
            }
        )
    facts = [each for each in told if each["value"]]
    if application.until:
        facts.append({"label": "Asked for through", "day": application.until})
    return facts


#: The stages of the life of a file, in order: status, label, the field that dates it.
STAGES = (
    (ApplicationStatus.DRAFT, "Opened", "opened_at"),
    (ApplicationStatus.SUBMITTED, "Submitted", "received_on"),
    (ApplicationStatus.IN_VERIFICATION, "Verification", ""),
    (ApplicationStatus.COMPLETE, "Complete", "complete_on"),
    (ApplicationStatus.IN_REVIEW, "Review", ""),
    (ApplicationStatus.APPROVED, "Decision", "decided_on"),
)
#: Those of a pre-application, which no body decides.
THRESHOLD_STAGES = (*STAGES[:2], (ApplicationStatus.ISSUED, "Application issued", ""))
DECIDED = (ApplicationStatus.APPROVED, ApplicationStatus.APPROVED_MODIFIED, ApplicationStatus.DENIED)


def _stages(application: Application) -> list[dict[str, Any]]:
    status = ApplicationStatus(application.status)
    all_stages = THRESHOLD_STAGES if application.rule.threshold else STAGES
    order = [stage for stage, _, _ in all_stages]
    if status == ApplicationStatus.INCOMPLETE:
        here = 1
    elif status in (*DECIDED, ApplicationStatus.ISSUED):
        here = len(order)
    elif status in order:
        here = order.index(status)
    else:
        here = -1
    stages = []
    for index, (stage, label, field) in enumerate(all_stages):
        moment = getattr(application, field) if field else None
        when = clock.date_at(moment, application.facility) if isinstance(moment, dt.datetime) else moment
        if here == -1:
            state = "done" if when else "skipped"
        else:
            state = "done" if index < here else "current" if index == here else "waiting"
        entry: dict[str, Any] = {"label": label, "state": state, "when": when if state != "waiting" else None}
        if stage == ApplicationStatus.SUBMITTED and status == ApplicationStatus.INCOMPLETE:
            entry["note"] = "Returned to the applicant as incomplete."
        if stage == ApplicationStatus.APPROVED and status in DECIDED:
            entry["outcome"] = ApplicationStatus(status)
        if (
            stage == ApplicationStatus.APPROVED
            and application.scheduled_decision_on
            and state in ("waiting", "current")
        ):
            entry["when"] = application.scheduled_decision_on
            entry["who"] = "planned"
        stages.append(entry)
    if here == -1:
        stages.append({"label": ApplicationStatus(status).label, "state": "stopped"})
    return stages


def events_of(application: Application, limit: int = 200) -> QuerySet[AuditEvent]:
    """What happened to the file, to its items and before the bodies, the newest first."""
    steps = ReviewStep.objects.filter(case__subject_uid=application.uid)
    uids = [
        application.uid,
        *application.items.values_list("uid", flat=True),
        *steps.values_list("uid", flat=True),
    ]
    return AuditEvent.objects.filter(subject_uid__in=uids)[:limit]


#: Words for what happened, where the verb alone does not read well.
WORDS = {
    "application.opened": "Application opened",
    "verification.planned": "Verification planned",
    "verification.received": "Answer recorded",
    "verification.attempted": "Attempt recorded",
}
ICONS = {
    "verification": "clipboard-check",
    "red_flag": "flag",
    "application": "folder",
    "review_step": "gavel",
}


def timeline(events: Iterable[AuditEvent]) -> list[dict[str, Any]]:
    """Audit events as the timeline shows them."""
    return [
        {
            "when": event.at,
            # A step of the approval chain names its body and what it did: "Governing board: Deferred".
            "text": event.subject_label
            if event.subject_kind == "bylaws.reviewstep"
            else f"{WORDS.get(event.verb) or _words(event.verb)}{_about(event)}",
            "who": event.actor_name,
            "detail": event.reason,
            "icon": ICONS.get(event.verb.split(".")[0], "point"),
        }
        for event in events
    ]


def _words(verb: str) -> str:
    room, _, what = verb.partition(".")
    return capfirst(f"{room.replace('_', ' ')} {what.replace('_', ' ')}")


def _about(event: AuditEvent) -> str:
    return f": {event.subject_label}" if event.subject_kind == "credentialing.verificationitem" else ""
