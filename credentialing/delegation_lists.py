"""What a payer delegated, as lists: audits, findings, reports, samples, and what leaves the house."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse

from config.kernel.choices import StatusChoices
from config.kernel.display.dates import day_text
from config.kernel.pages import Column, Table
from credentialing.choices import AuditKind, OversightResult, ReportRhythm, ReviewMark
from credentialing.models import AuditFinding, DelegationAudit, DelegationReport, OversightSample
from credentialing.rules.delegation import LINE_DAYS, LINE_FIELDS
from credentialing.rules.file_review import ELEMENTS
from credentialing.selectors.delegation import Delegation, words_of
from credentialing.selectors.oversight import SampleReview


class FindingState(StatusChoices):
    """How a corrective action stands on a day (derived)."""

    DONE = "done", "good", "Done"
    OPEN = "open", "info", "Open"
    OVERDUE = "overdue", "bad", "Overdue"


def state_of(finding: AuditFinding, on: dt.date) -> FindingState:
    """How it stands on the day."""
    if finding.done_on is not None:
        return FindingState.DONE
    return FindingState.OVERDUE if finding.due_on < on else FindingState.OPEN


def audit_url(row: DelegationAudit) -> str:
    """The page of an audit."""
    return reverse("credentialing:delegation_audit", args=[row.uid])


def report_url(row: DelegationReport) -> str:
    """The page of a report."""
    return reverse("credentialing:delegation_report", args=[row.uid])


def sample_url(row: OversightSample) -> str:
    """The page of a sample."""
    return reverse("credentialing:oversight_sample", args=[row.uid])


def _span(row: DelegationReport | OversightSample) -> str:
    return f"{day_text(row.first_day)} to {day_text(row.last_day)}"


AUDITS = Table(
    caption="Assessments and audits",
    row_url=audit_url,
    columns=(
        Column("kind", "What", value=lambda row: AuditKind(row.kind).label, kind="strong"),
        Column("held", "On", value="held_on", kind="plain_day"),
        Column("result", "Result", value=lambda row: OversightResult(row.result), kind="badge"),
        Column("auditor", "By", value="auditor", narrow=False),
    ),
)


def findings_table(on: dt.date) -> Table:
    """Corrective actions as they stand on the day."""
    return Table(
        caption="Corrective actions",
        row_url=lambda row: reverse("credentialing:delegation_finding", args=[row.uid]),
        columns=(
            Column("what", "What was found", kind="strong"),
            Column("action", "Corrective action", narrow=False),
            Column("state", "Status", value=lambda row: state_of(row, on), kind="badge"),
            Column("due", "Due", value="due_on", kind="plain_day"),
            Column("done", "Done", value="done_on", kind="plain_day", narrow=False),
        ),
    )


REPORTS = Table(
    caption="Reports made",
    row_url=report_url,
    columns=(
        Column("of", "Of", value=lambda row: _span(row), kind="strong"),
        Column("due", "Due", value="due_on", kind="plain_day"),
        Column("adds", "Adds", value=lambda row: row.counts["adds"], kind="number"),
        Column("terms", "Terms", value=lambda row: row.counts["terms"], kind="number"),
        Column(
            "recredentialed", "Recredentialed", value=lambda row: row.counts["recredentialed"], kind="number"
        ),
        Column("sent", "Sent", value="sent_on", kind="plain_day"),
    ),
)  # fmt: skip
SAMPLES = Table(
    caption="Reviews of files",
    row_url=sample_url,
    columns=(
        Column("kind", "Files", value=lambda row: row.get_kind_display(), kind="strong"),
        Column("of", "Decided", value=lambda row: _span(row)),
        Column("universe", "Of", kind="number"),
        Column("drawn", "Drawn", kind="number"),
        Column("at", "When", value="drawn_at", kind="moment", narrow=False),
        Column("seed", "Seed", kind="code", narrow=False),
    ),
)


# --- the report -------------------------------------------------------------------------------------------


def _cell(name: str):
    def value(line: dict[str, str]) -> Any:
        said = line.get(name, "")
        return dt.date.fromisoformat(said) if said and name in LINE_DAYS else said

    return value


def _kind(name: str) -> str:
    if name in LINE_DAYS:
        return "plain_day"
    return {"what": "strong", "npi": "code", "turnaround": "number"}.get(name, "text")


REPORT_LINES = Table(
    caption="What the report tells",
    columns=tuple(
        Column(
            name, label, value=_cell(name), kind=_kind(name),
            narrow=name in ("what", "person", "committee", "decided", "turnaround", "term_date"),
            page=name not in ("degree", "received", "previous", "term_reason"),
        )
        for name, label in LINE_FIELDS.items()
    ),
)  # fmt: skip
#: The numbers of a report that its page shows.
COUNTS: dict[str, tuple[str, str]] = {
    "adds": ("Adds", "user-plus"),
    "terms": ("Terms", "logout"),
    "recredentialed": ("Recredentialed", "refresh"),
    "out_of_cycle": ("Out of cycle", "alert-triangle"),
    "turnaround_median": ("Median days to decision", "clock"),
}


# --- what leaves the house --------------------------------------------------------------------------------

FACTS = Table(
    caption="Delegation",
    columns=(
        Column("what", "What", value=lambda row: row[0]),
        Column("on", "Day", value=lambda row: row[1]),
        Column("says", "Says", value=lambda row: row[2]),
    ),
)


def facts_of(held: Delegation, findings: Iterable[AuditFinding]) -> list[tuple[str, dt.date | None, str]]:
    """Agreement, audits, corrective actions and reports sent, as rows for the payer's auditor."""
    found: list[tuple[str, dt.date | None, str]] = []
    for row in held.rows:
        end = f" through {day_text(row.end)}" if row.end else ""
        says = f"{row.standard}{end}: {', '.join(words_of(row.functions))}; {row.filed_at}"
        found.append(("Agreement in force", row.start, says))
        found.append(("Agreement signed", row.signed_on, row.filed_at))
        found.append(("Reports", None, f"{ReportRhythm(row.rhythm).label}, {row.report_days} days after"))
    found += [
        (
            str(AuditKind(each.kind).label),
            each.held_on,
            f"{OversightResult(each.result).label}, by {each.auditor}. {each.summary}".strip(),
        )
        for each in held.audits
    ]
    for finding in findings:
        found.append(("Found short", finding.audit.held_on, finding.what))
        found.append(("Corrective action, due", finding.due_on, finding.action))
        if finding.done_on:
            found.append(("Corrective action, done", finding.done_on, finding.done_note))
    found += [("Report sent, of the period through", day, "") for day in sorted(held.sent)]
    return found


MARKS = Table(
    caption="Review of files",
    columns=(
        Column("position", "No.", value=lambda row: row[0].file.position),
        Column("person", "Practitioner", value=lambda row: row[0].file.application.practitioner.display_name),
        Column("npi", "NPI", value=lambda row: row[0].file.application.practitioner.npi),
        Column("decided", "Decided", value=lambda row: row[0].file.application.decided_on),
        Column("element", "Element", value=lambda row: ELEMENTS[row[1].element]),
        Column("mark", "Mark", value=lambda row: ReviewMark(row[1].mark).label),
        Column("why", "Why", value=lambda row: row[1].note),
        Column(
            "by", "Recorded by", value=lambda row: "Computed" if row[1].computed else str(row[1].recorded_by)
        ),
    ),
)


def mark_rows(seen: SampleReview) -> Sequence[tuple[Any, Any]]:
    """Every mark of the files looked at, each with its file."""
    return [(line, mark) for line in seen.looked_at for mark in line.marks.values()]
