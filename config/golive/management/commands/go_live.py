"""manage.py go_live FILE... [--mapping CODE|PATH] [--facility CODE] [--dry-run] [--json]"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand

from config.accounts.services.users import system_user
from config.golive.fields import load_mapping_of
from config.golive.services.loading import load_files, plan_load
from config.kernel.errors import Refused
from practitioners.importing.mappings import RowProblem
from practitioners.importing.rejections import UnusableFile
from practitioners.importing.roster import Plan
from practitioners.management.commands._files import REJECTED, UNUSABLE
from practitioners.management.commands.import_roster import chosen_facility, read_file
from practitioners.services.roster_import import counts_of

SHOWN = 50


class Command(BaseCommand):
    help = (
        "Loads the appointments and privileges of an earlier system from its exports (CSV or XLSX). Exit 0: "
        "loaded; 1: rows are rejected and nothing was written; 2: a file is unusable."
    )

    def add_arguments(self, parser):
        parser.add_argument("files", metavar="FILE", nargs="+", type=Path)
        parser.add_argument("--mapping", default="generic", help="code of a mapping, or a mapping file")
        parser.add_argument("--facility", default="", help="code of the facility of rows that name none")
        parser.add_argument("--dry-run", action="store_true", help="tell what would be done, write nothing")
        parser.add_argument("--json", action="store_true", help="answer as JSON")

    def handle(self, *args, **options):
        actor = system_user()
        counts: dict[str, int] = {}
        rejected = []
        try:
            mapping = load_mapping_of(options["mapping"])
            facility = chosen_facility(options["facility"] or mapping.facility)
            files = [(path.name, read_file(path)) for path in options["files"]]
            for name, content in files:
                plans = plan_load(actor=actor, content=content, mapping=mapping, facility=facility)
                for outcome, count in counts_of(plans).items():
                    counts[outcome] = counts.get(outcome, 0) + count
                for plan in plans:
                    rejected += [
                        {
                            "file": name,
                            "row": plan.row.number,
                            "column": each.column,
                            "sentence": each.sentence,
                        }
                        for each in plan.problems
                    ]
            if not rejected and not options["dry_run"]:
                load_files(actor=actor, files=files, mapping=mapping, facility=facility)
        except (UnusableFile, Refused) as problem:
            self.stderr.write(problem.sentence)
            sys.exit(UNUSABLE)
        self._tell(counts, rejected, options)
        if rejected:
            sys.exit(REJECTED)

    def _tell(self, counts, rejected, options) -> None:
        if options["json"]:
            answer = {"dry_run": options["dry_run"], "counts": counts, "rejected": rejected}
            self.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False))
            return
        for each in rejected[:SHOWN]:
            where = f", {each['column']}" if each["column"] else ""
            self.stderr.write(f"Rejected. {each['file']}, row {each['row']}{where}: {each['sentence']}")
        if len(rejected) > SHOWN:
            self.stderr.write(f"... and {len(rejected) - SHOWN:,} more (--json lists them).")
        if rejected or options["dry_run"]:
            why = "a load is whole or nothing" if rejected else "--dry-run"
            self.stdout.write(f"Nothing was written ({why}).")
        self.stdout.write(
            f"{sum(counts.values()):,} rows: {counts.get('new', 0):,} of new people, "
            f"{counts.get('changed', 0):,} changed, {counts.get('unchanged', 0):,} unchanged, "
            f"{counts.get('rejected', 0):,} rejected."
        )


def _told(file: str, plan: Plan, problem: RowProblem) -> dict[str, object]:
    return {
        "file": file,
        "row": plan.row.number,
        "column": problem.column,
        "sentence": problem.sentence,
    }
