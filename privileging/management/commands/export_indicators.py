"""``manage.py export_indicators``: the indicators of ongoing evaluation as YAML, for ``load_indicators``."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from config.accounts.services.users import system_user
from privileging.services.indicators import export_indicators


class Command(BaseCommand):
    """Thin door over :func:`privileging.services.indicators.export_indicators`."""

    help = "Write the indicators of ongoing evaluation as YAML, which load_indicators reads again."

    def add_arguments(self, parser):
        parser.add_argument("--to", type=Path, help="a file; none: print them")

    def handle(self, *args, **options):
        text = export_indicators(actor=system_user())
        if options["to"] is None:
            self.stdout.write(text, ending="")
            return
        try:
            options["to"].write_text(text, encoding="utf-8")
        except OSError as problem:
            raise CommandError(
                f"{options['to']} cannot be written: {problem.strerror}.", returncode=2
            ) from None
        self.stdout.write(f"Written to {options['to']}.")
