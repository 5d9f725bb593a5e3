"""Columns of the lists of this room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from bylaws.choices import PROTECTED_CAUSES, MeetingStatus
from bylaws.models import BarPeriod, ReviewCase, ReviewStep
from bylaws.selectors.acknowledgements import Acknowledger
from bylaws.selectors.reviews import next_actors
from config.kernel.pages import Column, Table
from config.kernel.periods import last_day
from config.organization.models import Facility
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


_CONFIDENTIAL = "Confidential: open it to read the cause; that is logged"


def _listed_cause(row: BarPeriod) -> str:
    """The cause, unless it belongs to peer review: that is read on its own page, and that is logged."""
    return _CONFIDENTIAL if row.identity.kind in PROTECTED_CAUSES else row.cause


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


FINDINGS = Table(
    caption="Findings",
    row_url=lambda row: reverse("practitioners:file", args=[row.practitioner.uid]),
    columns=(
        Column("practitioner", "Practitioner", value="practitioner.display_name", kind="person"),
        Column("npi", "NPI", value="practitioner.npi", page=False),
        Column("category", "Category", value="judged.category", page=False),
        Column("department", "Department", value="judged.department", narrow=False),
        Column("rule", "Rule", value="rule.code", kind="code"),
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
        Column("cure", "What would settle it", value="verdict.cure", page=False),
        Column("citation", "Citation", value="verdict.citation", page=False),
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
