"""Columns of the lists of this room."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from bylaws.choices import PROTECTED_CAUSES, MeetingStatus
from bylaws.models import BarPeriod, Finding, FollowUp, ReviewCase, ReviewStep
from bylaws.selectors.acknowledgements import Acknowledger
from bylaws.selectors.disclosures import Owing
from bylaws.selectors.findings import unsent_notices
from bylaws.selectors.follow_ups import state_of
from bylaws.selectors.reviews import next_actors
from config.kernel.pages import Column, Table
from config.kernel.periods import last_day
from config.organization.models import Facility
from config.rulebook.rules import rule
from config.rulebook.subjects import PRACTITIONER, subject_kind
from config.rulebook.verdicts import Outcome
from practitioners.models import Practitioner

#: Meetings that are over are read less.
OVER = (MeetingStatus.ADJOURNED, MeetingStatus.CANCELLED)


def _attach_next_actors(steps: Sequence[ReviewStep]) -> None:
    actors = next_actors(steps)
    for step in steps:
        step.waits_for = actors[step.pk]


def _waits_for(step: ReviewStep) -> str:
    actor = step.waits_for
    return ", ".join(part for part in (actor.name, actor.role or actor.what) if part)


def asked_of(case: ReviewCase, practitioner: Practitioner, facility: Facility) -> str:
    """What is asked for, without whose and where: both stand beside it, and are read already."""
    return case.title.removesuffix(f", {practitioner} at {facility}")


def asked_in(step: ReviewStep) -> str:
    """What is asked for in the file of a step that was read with its practitioner and facility."""
    return asked_of(step.case, step.case.practitioner, step.case.facility)


REVIEWS = Table(
    caption="Files in review",
    order="since",
    row_url=lambda step: reverse("bylaws:review", args=[step.uid]),
    prepare=_attach_next_actors,
    columns=(
        Column(
            "practitioner",
            "Practitioner",
            value="case.practitioner.display_name",
            kind="person",
            sort="case__practitioner__sort_name",
        ),
        Column("title", "File", value=asked_in, narrow=False),
        Column(
            "department",
            "Department",
            value="case.department.name",
            sort="case__department__name",
            narrow=False,
        ),
        Column("body", "Before", value="get_body_display", sort="order"),
        Column("status", "State", kind="status", sort="status"),
        Column("since", "Since", value="opened_at", kind="day", sort="opened_at"),
        Column("waits_for", "Waits for", value=_waits_for),
    ),
)

MEETINGS = Table(
    caption="Meetings",
    order="-starts_at",
    row_url=lambda meeting: reverse("bylaws:meeting", args=[meeting.uid]),
    row_class=lambda meeting: "row-muted" if meeting.status in OVER else "",
    columns=(
        Column("committee", "Committee", value="committee.name", kind="strong", sort="committee__name"),
        Column("starts_at", "Starts", kind="moment", sort="starts_at"),
        Column("kind", "Kind", value="get_kind_display", narrow=False),
        Column("place", "Place", narrow=False),
        Column("status", "State", kind="status", sort="status"),
        Column("matters", "Matters", kind="number"),
        Column("open_matters", "Open", kind="number", narrow=False),
    ),
)


ROSTER = Table(
    caption="Roster of the committees",
    columns=(
        Column("committee", "Committee", value="committee.name"),
        Column("member", "Member", value=lambda row: str(row.seat.identity.user) if row.seat else "Vacant"),
        Column("title", "Seat"),
        Column("role", "As", value=lambda row: row.seat.get_seat_role_display() if row.seat else ""),
        Column("votes", "Votes", value=lambda row: row.seat.votes if row.seat else None, kind="yes_no"),
        Column("since", "Since", value=lambda row: row.seat.start if row.seat else None, kind="plain_day"),
        Column(
            "through",
            "Through",
            value=lambda row: last_day(row.seat.valid.upper) if row.seat else None,
            kind="plain_day",
        ),
    ),
)

#: Every term in an office, those of the past too.
OFFICERS = Table(
    caption="Officers of the medical staff",
    columns=(
        Column("office", "Office", value="identity.get_office_display"),
        Column("practitioner", "Member", value="identity.practitioner.display_name"),
        Column("start", "From", kind="plain_day"),
        Column("through", "Through", value=lambda row: last_day(row.valid.upper), kind="plain_day"),
        Column("chosen", "How", value="identity.get_chosen_display"),
        Column("chosen_on", "Chosen on", value="identity.chosen_on", kind="plain_day"),
        Column("authority", "By", value="identity.authority"),
        Column("ended", "Ended before its time", value="get_ended_display"),
        Column("ended_why", "Why"),
    ),
)

_OF_PEER_REVIEW = "After a matter of peer review: open it to read it; that is logged"


def _to_do(one: FollowUp) -> str:
    """What is to be done, unless it belongs to peer review: that is read on its own page."""
    return _OF_PEER_REVIEW if one.item.subject_kind else one.what


FOLLOW_UPS = Table(
    caption="Follow-ups",
    order="due",
    row_url=lambda one: reverse("bylaws:follow_up_done", args=[one.uid]),
    row_class=lambda one: "row-muted" if one.done_at else "",
    columns=(
        Column("what", "What", value=_to_do, kind="strong"),
        Column("owner", "Who", value="owner", sort="owner__last_name"),
        Column("due", "Due", kind="plain_day", sort="due"),
        Column("state", "State", value=state_of, kind="badge", export=lambda one: state_of(one).label),
        Column("meeting", "After", value="item.meeting", narrow=False),
        Column(
            "done_note",
            "What came of it",
            value=lambda one: "" if one.item.subject_kind else one.done_note,
            narrow=False,
        ),
    ),
)

_CONFIDENTIAL = "Confidential: open it to read the cause; that is logged"


def _listed_cause(row: BarPeriod) -> str:
    """The cause, unless it belongs to peer review: that is read on its own page, and that is logged."""
    return _CONFIDENTIAL if row.identity.kind in PROTECTED_CAUSES else row.cause


DUTY_LISTS = Table(
    caption="Lists of records, dues and call",
    order="-as_of",
    row_url=lambda row: reverse("bylaws:duty_list", args=[row.uid]),
    columns=(
        Column("kind", "What it counts", value="get_kind_display", sort="kind"),
        Column("as_of", "As of", kind="day", sort=("as_of", "recorded_at", "pk")),
        Column("rows", "Members", kind="number"),
        Column("whole", "Names everybody", kind="yes_no", narrow=False),
        Column("recorded_by", "Loaded by", value="recorded_by", narrow=False),
        Column("undone_at", "Taken back", kind="day", sort="undone_at"),
    ),
)

DUTY_COUNTS = Table(
    caption="What the list says",
    order="row",
    row_url=lambda each: reverse("practitioners:file", args=[each.practitioner.uid]),
    columns=(
        Column(
            "practitioner",
            "Practitioner",
            value="practitioner.display_name",
            kind="person",
            sort="practitioner__sort_name",
        ),
        Column("npi", "NPI", value="practitioner.npi", kind="code", narrow=False),
        Column("count", "Count", kind="number", sort="count"),
        Column("since", "Since", kind="day", sort="since"),
        Column("row", "Row", kind="number", sort="row", narrow=False),
    ),
)


BARS = Table(
    caption="Suspensions, leaves and restrictions",
    order="-from",
    row_url=lambda row: reverse("bylaws:bar", args=[row.identity.uid]),
    columns=(
        Column(
            "practitioner",
            "Practitioner",
            value="identity.practitioner.display_name",
            kind="person",
            sort="identity__practitioner__sort_name",
        ),
        Column(
            "kind",
            "What",
            value=lambda row: row.identity.get_kind_display(),
            sort="identity__kind",
        ),
        Column("cause", "Cause", value=_listed_cause, narrow=False),
        Column("scope", "Reaches", kind="status", narrow=False),
        Column("from", "From", value="valid.lower", kind="plain_day", sort="valid__startswith"),
        Column(
            "through",
            "Through",
            value=lambda row: last_day(row.valid.upper) or "until lifted",
            export=lambda row: last_day(row.valid.upper),
        ),
        Column("rule", "Rule", value="identity.rule_code", kind="code", narrow=False),
    ),
)


def _verdict(row: Any) -> Any:
    return row.verdict


def _judgement_url(row: Any) -> str:
    """What a run recorded of it, where it did; else the file, or the page of what is no person."""
    if row.recorded:
        return reverse("bylaws:finding", args=[row.recorded[0].uid])
    if row.opens_subject:
        return _subject_url(row)
    if row.judged.kind != PRACTITIONER:
        return ""
    return reverse("practitioners:file", args=[row.practitioner.uid]) if row.opens_file else ""


def _states(row: Any) -> str:
    return ", ".join(each.get_status_display() for each in row.recorded)


JUDGEMENTS = Table(
    caption="Findings",
    row_url=_judgement_url,
    columns=(
        Column("practitioner", "Whom or what", value="judged.name", kind="person"),
        Column("npi", "NPI", value=lambda row: getattr(row.practitioner, "npi", ""), page=False),
        Column("category", "Category", value="judged.category", page=False),
        Column("department", "Department", value="judged.department", narrow=False),
        Column("rule", "Rule", value="rule.code", kind="code"),
        Column("title", "Name of the rule", value="rule.title", page=False),
        Column(
            "outcome", "Outcome", value=_verdict, kind="verdict", export=lambda row: row.verdict.outcome.label
        ),
        Column(
            "facts",
            "Facts",
            kind="template",
            template="bylaws/finding_cell.html",
            value=_verdict,
            export=lambda row: row.verdict.sentence,
        ),
        Column("since", "Since", value="verdict.since", kind="plain_day", narrow=False),
        Column("due", "Due", value="verdict.due", page=False),
        Column("waiver", "Waiver", value=lambda row: row.waiver.sentence if row.waiver else "", page=False),
        Column("state", "State of the finding", value=_states, page=False),
        Column("cure", "What would settle it", value="verdict.cure", page=False),
        Column("citation", "Citation", value="verdict.citation", page=False),
    ),
)


def _due(one: Owing) -> Any:
    return one.verdict.due


DISCLOSURES = Table(
    caption="Disclosures of interests",
    columns=(
        Column("person", "Person", value=lambda one: str(one.user), kind="person"),
        Column("held", "Holds"),
        Column("state", "State", kind="badge", export=lambda one: one.state.label),
        Column(
            "signed_on",
            "Last disclosure",
            value=lambda one: one.disclosure.signed_on if one.disclosure else None,
            kind="plain_day",
        ),
        Column("due", "Due", value=_due, kind="plain_day"),
    ),
)


def _attach_unsent(findings: Sequence[Finding]) -> None:
    unsent = unsent_notices(findings)
    for each in findings:
        each.unsent = each.pk in unsent


FINDINGS = Table(
    caption="Recorded findings",
    prepare=_attach_unsent,
    order="since",
    row_url=lambda row: reverse("bylaws:finding", args=[row.uid]),
    row_class=lambda row: "row-muted" if row.is_closed else "",
    columns=(
        Column(
            "practitioner",
            "Whom or what",
            value=lambda row: row.subject_name or row.practitioner.display_name,
            kind="person",
            sort="practitioner__sort_name",
        ),
        # On the page the rule stands in the cell of what was found, which leaves that enough room.
        Column("rule", "Rule", value="rule_code", page=False),
        Column("title", "Name of the rule", value=lambda row: rule(row.rule_code).title, page=False),
        Column(
            "found",
            "Found",
            kind="template",
            sort="rule_code",
            template="bylaws/recorded_cell.html",
            value=lambda row: rule(row.rule_code).title,
            export=lambda row: row.said("sentence"),
        ),
        Column("status", "State", kind="status", sort="status"),
        Column("outcome", "Outcome", value=lambda row: Outcome(row.outcome), kind="badge", sort="outcome"),
        Column("since", "Not met since", kind="plain_day", sort="since", narrow=False),
        Column("answer_by", "Answer by", page=False),
        Column("opened_on", "First found", page=False),
        Column("cure", "What would settle it", value=lambda row: row.said("cure"), page=False),
        Column("citation", "Citation", value=lambda row: row.said("citation"), page=False),
        Column("closed_on", "Closed on", page=False),
    ),
)


def _sums() -> tuple[Column, ...]:
    """The counts of a person or a department."""
    return (
        Column("not_met", "Not met", value=lambda row: row.counts[Outcome.NOT_MET], kind="number"),
        Column("unknown", "Unknown", value=lambda row: row.counts[Outcome.UNKNOWN], kind="number"),
        Column("waived", "Waived", value="waived", kind="number"),
        Column("met", "Met", value=lambda row: row.counts[Outcome.MET], kind="number", narrow=False),
        Column(
            "not_applicable",
            "Not applicable",
            value=lambda row: row.counts[Outcome.NOT_APPLICABLE],
            kind="number",
            narrow=False,
        ),
        Column("comply", "Comply", value=lambda row: f"{row.compliant} of {row.concerned}"),
    )


PEOPLE = Table(
    caption="Compliance by person",
    columns=(
        Column("practitioner", "Practitioner", value="judged.practitioner.display_name", kind="person"),
        Column("npi", "NPI", value="judged.practitioner.npi", page=False),
        Column("category", "Category", value="judged.category", narrow=False),
        Column("department", "Department", value="judged.department", narrow=False),
        *_sums(),
    ),
)


DEPARTMENTS = Table(
    caption="Compliance by department",
    columns=(
        Column("name", "Department", kind="strong"),
        Column("people", "People", kind="number"),
        *_sums(),
    ),
)


def _subject_url(row: Any) -> str:
    """The file of a person, the page of what is none."""
    page = None if row.judged.kind == PRACTITIONER else subject_kind(row.judged.kind).page
    if page is not None:
        return page(row.judged.uid)
    return reverse("practitioners:file", args=[row.practitioner.uid]) if row.practitioner else ""


#: What an amendment would do, finding by finding, under the law in force and under the draft.
SIMULATED = Table(
    caption="Judged otherwise by the amendment",
    row_url=_subject_url,
    columns=(
        Column("practitioner", "Whom or what", value="judged.name", kind="person"),
        Column("npi", "NPI", value=lambda row: getattr(row.practitioner, "npi", ""), page=False),
        Column("category", "Category", value="judged.category", page=False),
        Column("department", "Department", value="judged.department", page=False),
        Column("rule", "Rule", value="rule.code", kind="code"),
        Column("change", "Change", value=lambda row: row, kind="badge", export=lambda row: row.label),
        Column("before", "Under the law in force", value="before.outcome.label", page=False),
        Column("why_before", "Why", value="before.sentence", page=False),
        Column("after", "Under the amendment", value="after.outcome.label", page=False),
        Column("why_after", "Why, under the amendment", value="after.sentence", page=False),
        Column("judged", "Before and after", kind="template", template="bylaws/change_cell.html", csv=False),
        Column("due", "Due, under the amendment", value="after.due", kind="plain_day", page=False),
    ),
)


def _how_acknowledged(row: Acknowledger) -> str:
    if row.acknowledgement is None:
        return ""
    return f"Paper: {row.acknowledgement.filed_at}" if row.acknowledgement.filed_at else "On the own page"


ACKNOWLEDGERS = Table(
    caption="Acknowledgements",
    columns=(
        Column("practitioner", "Practitioner", value="practitioner.display_name", kind="text"),
        Column("npi", "NPI", value="practitioner.npi", kind="code"),
        Column("department", "Department"),
        Column("on", "Acknowledged on", value="acknowledgement.acknowledged_on", kind="plain_day"),
        Column("how", "How", value=_how_acknowledged),
        Column("reached", "Has an account", value="reached_here", kind="yes_no"),
    ),
)


#: Requests to leaders. Whom a protected one is about stands on its own page alone.
REQUESTS = Table(
    caption="Requests to leaders",
    order="due",
    row_url=lambda row: reverse("bylaws:request", args=[row.uid]),
    row_class=lambda row: "row-muted" if row.answered_on else "",
    columns=(
        Column("title", "About", value=str, kind="strong"),
        Column("asked_of", "Asked", sort=("asked_of__last_name", "asked_of__first_name")),
        Column("due", "Answer by", kind="day", sort="due"),
        Column("reminded", "Reminders", kind="number", narrow=False),
        Column("answered_on", "Answered on", kind="plain_day", sort="answered_on", narrow=False),
        Column("question", "Question", page=False),
        Column("answer", "Answer", page=False),
        Column("how", "How", value="get_answered_how_display", page=False),
        Column("asked_by", "Asked by", page=False),
    ),
)

#: What was asked of oneself: by whom, instead of whom.
OWN_REQUESTS = dataclasses.replace(
    REQUESTS,
    columns=tuple(
        Column("asked_by", "Asked by", sort=("asked_by__last_name", "asked_by__first_name"))
        if each.name == "asked_of"
        else each
        for each in REQUESTS.columns
        if each.name not in ("asked_by", "reminded")
    ),
)

OFFICE_TASKS = Table(
    caption="Tasks of the office",
    order="due",
    row_url=lambda row: reverse("bylaws:task", args=[row.uid]),
    row_class=lambda row: "row-muted" if row.done_at else "",
    columns=(
        Column("title", "Task", kind="strong", sort="title"),
        Column("about", "About", narrow=False),
        Column("owner", "Who does it", sort=("owner__last_name", "owner__first_name")),
        Column("due", "Due", kind="day", sort="due"),
        Column("repeats", "Comes again", value="get_repeats_display", narrow=False),
        Column("done_at", "Done", kind="moment", sort="done_at", narrow=False),
        Column("note", "What was done", page=False),
    ),
)
