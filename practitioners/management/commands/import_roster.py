"""manage.py import_roster FILE --mapping CODE|PATH [--facility CODE] [--dry-run] [--json]"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from config.accounts.services.users import system_user
from config.kernel.errors import Refused
from config.organization.models import Facility
from practitioners.importing.mappings import TableMapping
from practitioners.importing.rejections import UnusableFile
from practitioners.importing.roster import Plan
from practitioners.importing.roster_fields import roster_mapping, roster_mapping_at
from practitioners.importing.tables import refuse_oversize
from practitioners.management.commands._files import REJECTED, UNUSABLE
from practitioners.services.roster_import import apply_roster, check_roster, counts_of, plan_roster

SHOWN = 50


class Command(BaseCommand):
    help = (
        "Takes a roster (CSV or XLSX) into the records, by a mapping that says which column is what. "
        "Exit 0: all went in; 1: rows were rejected, the others went in; 2: the file is unusable."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--mapping", required=True, help="code of a shipped mapping, or a mapping file")
        parser.add_argument("--facility", default="", help="code of the facility the roster is of")
        parser.add_argument("--dry-run", action="store_true", help="tell what would be done, write nothing")
        parser.add_argument("--json", action="store_true", help="answer as JSON")

    def handle(self, *args, **options):
        actor = system_user()
        try:
            mapping = chosen_mapping(options["mapping"])
            facility = chosen_facility(options["facility"] or mapping.facility)
            content = read_file(options["file"])
            if options["dry_run"]:
                plans = plan_roster(actor=actor, source=io.BytesIO(content), mapping=mapping)
                counts, rejected = counts_of(plans), [_told(plan) for plan in plans if plan.problems]
            else:
                batch = check_roster(
                    actor=actor,
                    content=content,
                    file_name=options["file"].name,
                    mapping=mapping,
                    facility=facility,
                )
                apply_roster(actor=actor, batch=batch, mapping=mapping)
                counts = batch.counts
                rejected = [
                    {"row": row.number, "label": row.label, "problems": row.problems}
                    for row in batch.rows.filter(outcome="rejected").order_by("number")
                ]
        except (UnusableFile, Refused) as problem:
            self.stderr.write(problem.sentence)
            sys.exit(UNUSABLE)
        self._tell(counts, rejected, dry_run=options["dry_run"], as_json=options["json"])
        if rejected:
            sys.exit(REJECTED)

    def _tell(self, counts, rejected, *, dry_run: bool, as_json: bool) -> None:
        if as_json:
            answer = {"dry_run": dry_run, "counts": counts, "rejected": rejected}
            self.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False))
            return
        for row in rejected[:SHOWN]:
            for problem in row["problems"]:
                where = f", {problem['column']}" if problem["column"] else ""
                self.stderr.write(f"Rejected. Row {row['row']}{where}: {problem['sentence']}")
        if len(rejected) > SHOWN:
            self.stderr.write(f"... and {len(rejected) - SHOWN:,} more rejected rows (--json lists them).")
        if dry_run:
            self.stdout.write("Nothing was written (--dry-run).")
        self.stdout.write(
            f"{sum(counts.values()):,} rows: {counts['new']:,} new, {counts['changed']:,} changed, "
            f"{counts['unchanged']:,} unchanged, {counts['rejected']:,} rejected."
        )


def _told(plan: Plan) -> dict[str, object]:
    problems = [{"column": each.column, "sentence": each.sentence} for each in plan.problems]
    return {"row": plan.row.number, "label": plan.label, "problems": problems}


def chosen_mapping(given: str) -> TableMapping:
    """The mapping of that code, or of the file at that path."""
    path = Path(given)
    if path.suffix in (".yaml", ".yml") or path.exists():
        return roster_mapping_at(path)
    return roster_mapping(given)


def chosen_facility(code: str) -> Facility | None:
    """The facility with that code; None when none is asked for."""
    if not code:
        return None
    found = Facility.objects.filter(code=code).first()
    if found is None:
        raise UnusableFile(f"There is no facility {code}.")
    return found


def read_file(path: Path) -> bytes:
    """The file, refused by its size before it is read."""
    try:
        refuse_oversize(path.stat().st_size, settings.STANDING_IMPORT_LIMIT)
        return path.read_bytes()
    except OSError as problem:
        raise UnusableFile(f"The file {path} cannot be read: {problem.strerror or problem}.") from None
