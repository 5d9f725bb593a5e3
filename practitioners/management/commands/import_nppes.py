"""manage.py import_nppes FILE [--only-known] [--npi-file LIST] [--dry-run]"""

from pathlib import Path
from typing import Any

from config.accounts.services.users import system_user
from practitioners.importing.dissemination import looks_like_dissemination, open_dissemination
from practitioners.importing.npi_list import NpiList, read_npi_list
from practitioners.importing.rejections import Rejected, UnusableFile
from practitioners.management.commands._files import ImportCommand
from practitioners.models import TaxonomyCode
from practitioners.selectors.registry import npis_on_file
from practitioners.services.registry_import import import_registry
from practitioners.services.registry_records import ImportReport
from practitioners.services.registry_refresh import refresh_from_dissemination

CHOOSE = (
    "This is the dissemination file with every NPI of the country. Say whom to take: --only-known refreshes "
    "the people on file, --npi-file LIST takes the NPIs named in LIST (one in each line)."
)


class Command(ImportCommand):
    """Door of :func:`import_registry` and :func:`refresh_from_dissemination`."""

    help = (
        "Takes practitioners from the NPI registry: an answer of its API (v2.1 JSON), or the NPPES "
        "dissemination file (CSV or zip) with --only-known or --npi-file. Licenses come in as claims."
    )

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument(
            "--only-known", action="store_true", help="refresh the people on file, add nobody"
        )
        parser.add_argument(
            "--npi-file", metavar="LIST", type=Path, help="take the NPIs named in LIST, one in each line"
        )

    def take_file(self, path: Path, options: dict[str, Any]):
        """Import either kind of file and tell what happened; answers the rejected records."""
        whole = looks_like_dissemination(path)
        listed = read_npi_list(options["npi_file"].read_bytes()) if options["npi_file"] else NpiList()
        wanted = set(listed.npis) | (npis_on_file() if options["only_known"] else set())
        chosen = bool(options["only_known"] or listed.npis)
        if whole:
            with open_dissemination(path) as rows:
                if not chosen:
                    raise UnusableFile(CHOOSE)
                report: ImportReport = refresh_from_dissemination(
                    actor=system_user(),
                    rows=rows,
                    wanted=wanted,
                    said_in=path.name,
                    dry_run=options["dry_run"],
                    say=self.stdout.write,
                )
        else:
            report = import_registry(
                actor=system_user(),
                data=path.read_bytes(),
                said_in=path.name,
                wanted=wanted if chosen else None,
                dry_run=options["dry_run"],
            )
        self._tell(report)
        return [*listed.rejected, *_not_found(listed, report), *report.rejected]

    def _tell(self, report: ImportReport) -> None:
        left_out = report.sentences_left_out()
        for line in (*report.names, *left_out):
            self.stdout.write(line)
        if left_out and not TaxonomyCode.objects.exists():
            self.stdout.write("No provider taxonomy is loaded yet: run import_nucc, then this again.")
        skipped = f", {report.skipped:,} of other people passed over" if report.skipped else ""
        self.stdout.write(
            f"{report.read:,} records: {report.added:,} new, {report.changed:,} changed, "
            f"{report.unchanged:,} unchanged, {len(report.rejected):,} rejected{skipped}."
        )


def _not_found(listed: NpiList, report: ImportReport) -> list[Rejected]:
    met = report.seen.keys() | {row.npi for row in report.rejected}
    return [
        Rejected(line, npi, f"Line {line} of the list of NPIs: NPI {npi} is not in the file.")
        for npi, line in listed.npis.items()
        if npi not in met
    ]
