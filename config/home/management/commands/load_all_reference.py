from django.core.management import call_command
from django.core.management.base import BaseCommand

#: In the order of the rooms: each may stand on what the ones before it loaded.
COMMANDS = (
    "load_parameters", "load_reference", "load_staff_categories", "load_sources", "load_letter_templates",
    "load_catalogue",
    "load_indicators",
)  # fmt: skip


class Command(BaseCommand):
    """The reference data of every room."""

    help = "Loads all reference data: parameters, credential types, categories, sources, letters, catalog."

    def handle(self, *args, **options):
        for command in COMMANDS:
            call_command(command, stdout=self.stdout, stderr=self.stderr)
