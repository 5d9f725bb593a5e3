"""manage.py import_nppes FILE [--dry-run]"""

from config.accounts.services.users import system_user
from practitioners.management.commands._files import ImportCommand
from practitioners.models import TaxonomyCode
from practitioners.services.registry_import import import_registry


class Command(ImportCommand):
    help = (
        "Takes practitioners from an answer of the NPI registry (API v2.1 JSON); licences come in as claims."
    )

    def take(self, data: bytes, *, dry_run: bool):
        report = import_registry(actor=system_user(), data=data, dry_run=dry_run)
        for line in report.names:
            self.stdout.write(line)
        for line in report.left_out:
            self.stdout.write(line)
        if report.left_out and not TaxonomyCode.objects.exists():
            self.stdout.write("No provider taxonomy is loaded yet: run import_nucc, then this again.")
        self.stdout.write(
            f"{report.read} records: {report.added} new, {report.changed} changed, {report.unchanged} "
            f"unchanged, "
            f"{len(report.rejected)} rejected."
        )
        return report.rejected
