"""Loading a release of the provider taxonomy (NUCC)."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction

from config.accounts.policies import require
from config.audit.services.events import record_event
from practitioners.importing.nucc import TaxonomyRow, read_taxonomies
from practitioners.importing.rejections import Rejected
from practitioners.models import TaxonomyCode

_FIELDS = ("grouping", "classification", "specialization", "display_name", "section", "retired")


@dataclass
class TaxonomyReport:
    """What a load did. ``retired`` are codes the release no longer has; nobody's stated specialty is taken
    away.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    retired: int = 0
    rejected: list[Rejected] = field(default_factory=list)


@transaction.atomic
def import_taxonomy(*, actor, data: bytes, dry_run: bool = False) -> TaxonomyReport:
    """Make the table of codes what the release says; loading the same again changes nothing.

    Raises ``UnusableFile`` when the file as a whole is something else.
    """
    require(actor, "accounts.manage")
    report = TaxonomyReport()
    known = {row.code: row for row in TaxonomyCode.objects.all()}
    new, changed, seen = [], [], set()
    for row in read_taxonomies(data):
        if isinstance(row, Rejected):
            report.rejected.append(row)
            continue
        seen.add(row.code)
        values = _values(row)
        before = known.get(row.code)
        if before is None:
            new.append(TaxonomyCode(code=row.code, **values))
        elif any(getattr(before, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(before, name, value)
            changed.append(before)
        else:
            report.unchanged += 1
    gone = [
        row for code, row in known.items() if code not in seen and not row.retired and not report.rejected
    ]
    for code in gone:
        code.retired = True
    report.added, report.changed, report.retired = len(new), len(changed), len(gone)
    if dry_run:
        return report
    TaxonomyCode.objects.bulk_create(new, batch_size=500)
    TaxonomyCode.objects.bulk_update([*changed, *gone], _FIELDS, batch_size=500)
    if new or changed or gone:
        record_event(
            actor=actor,
            verb="taxonomy.loaded",
            subject=actor,
            data={"added": len(new), "changed": len(changed), "retired": len(gone)},
        )
    return report


def _values(row: TaxonomyRow) -> dict[str, object]:
    return {
        "grouping": row.grouping,
        "classification": row.classification,
        "specialization": row.specialization,
        "display_name": row.display_name,
        "section": row.section,
        "retired": row.deactivated_on is not None,
    }
