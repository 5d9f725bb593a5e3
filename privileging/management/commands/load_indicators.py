"""``manage.py load_indicators``: the example indicators of ongoing evaluation, or one's own."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from config.accounts.services.users import system_user
from config.kernel.errors import Refused
from privileging.services.indicators import load_indicators


class Command(BaseCommand):
    """Thin door over :func:`privileging.services.indicators.load_indicators`."""

    help = "Load indicators of ongoing evaluation (the examples, or YAML files of your own). Safe to repeat."

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="*", type=Path, help="YAML files; none: the examples")

    def handle(self, *args, **options):
        try:
            counts = load_indicators(actor=system_user(), paths=options["files"] or None)
        except Refused as refused:
            raise CommandError(refused.sentence, returncode=2) from None
        self.stdout.write(
            f"Indicators added: {counts['added']}. Changed: {counts['changed']}. "
            f"Unchanged: {counts['unchanged']}."
        )
