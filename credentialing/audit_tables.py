"""Lists of the audit file and of file reviews: their columns on the page and in exports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from config.kernel.pages import Column, Table
from credentialing.choices import Element
from credentialing.elements import DATA_CLASSES
from credentialing.rules.audit_file import AuditRow, for_surveyors
from credentialing.selectors.audit_files import AuditFile
from practitioners.choices import Method, SourceKind

#: Elements whose answers are protected; of the data bank the query itself is what a surveyor sees.
PROTECTED = frozenset(str(element) for element in DATA_CLASSES if element != Element.NPDB)


@dataclass(frozen=True)
class Line:
    """A row with the file it is of, for exports of many files."""

    file: AuditFile
    row: AuditRow


def lines_of(files: Sequence[AuditFile]) -> list[Line]:
    """Every row of these files as it may leave the house."""
    return [Line(file, row) for file in files for row in for_surveyors(file.rows, PROTECTED)]


def limit_text(row: AuditRow) -> str:
    """The limit in days, or that there is none."""
    return "none" if row.limit.days is None else str(row.limit.days)


def _kind(row: AuditRow) -> str:
    return SourceKind(row.source_kind).label if row.source_kind else ""


def _method(row: AuditRow) -> str:
    return Method(row.method).label if row.method else ""


def _citation(row: AuditRow) -> str:
    named = (row.asked.citation, row.limit.asked.citation)
    return "; ".join(dict.fromkeys(each for each in named if each))


AUDIT_LINES = Table(
    caption="Verification audit file",
    columns=(
        Column("practitioner", "Practitioner", value="file.application.practitioner.display_name"),
        Column("npi", "NPI", value="file.application.practitioner.npi"),
        Column("kind", "Application", value=lambda line: line.file.application.get_kind_display()),
        Column("facility", "Facility", value="file.application.facility.name"),
        Column("decided", "Decision on", value="file.decision.on"),
        Column("made", "Decided", value="file.decision.made"),
        Column("element", "Element", value=lambda line: Element(line.row.element).label),
        Column("label", "What", value="row.label"),
        Column("result", "Result", value="row.result"),
        Column("why", "Why", value="row.sentence"),
        Column("asked_by", "Required by", value="row.asked.body"),
        Column("because", "Because", value="row.asked.why"),
        Column("citation", "Citation", value=lambda line: _citation(line.row)),
        Column("confidence", "Confidence", value="row.asked.confidence"),
        Column("version", "Parameter version", value="row.asked.version"),
        Column("source", "Source", value="row.source"),
        Column("source_kind", "Kind of source", value=lambda line: _kind(line.row)),
        Column("accepted", "Source accepted", value="row.source_accepted"),
        Column("method", "Method", value=lambda line: _method(line.row)),
        Column("verified_on", "Verified on", value="row.verified_on"),
        Column("verified_by", "Verified by", value="row.verified_by"),
        Column("reviewed_by", "Reviewed by", value="row.reviewed_by"),
        Column("reviewed_on", "Reviewed on", value="row.reviewed_on"),
        Column("limit", "Limit in days", value=lambda line: limit_text(line.row)),
        Column("limit_by", "Limit set by", value="row.limit.asked.body"),
        Column("limit_version", "Limit version", value="row.limit.asked.version"),
        Column("age", "Age at the decision, days", value="row.age"),
        Column("evidence", "Evidence", value="row.proof.uid"),
        Column("hash", "Evidence SHA-256", value="row.proof.sha256"),
    ),
)
