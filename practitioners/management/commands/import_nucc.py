"""manage.py import_nucc FILE [--dry-run]"""

from config.accounts.services.users import system_user
from practitioners.management.commands._files import ImportCommand
from practitioners.services.taxonomy_import import import_taxonomy


class Command(ImportCommand):
    help = "Loads a release of the provider taxonomy (NUCC CSV)."

    def take(self, data: bytes, *, dry_run: bool):
        report = import_taxonomy(actor=system_user(), data=data, dry_run=dry_run)
        self.stdout.write(
            f"Taxonomy codes: {report.added} new, {report.changed} changed, {report.unchanged} unchanged, "
            f"{report.retired} retired, {len(report.rejected)} rejected."
        )
        return report.rejected
