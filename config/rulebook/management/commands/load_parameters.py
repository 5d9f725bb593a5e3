from pathlib import Path

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from config.accounts.services.users import system_user
from config.kernel.errors import Refused
from config.rulebook.services.parameters import Loaded, load_file
from config.rulebook.services.sources import load_source_bodies


class Command(BaseCommand):
    """Doors of :func:`load_source_bodies` and :func:`load_file`."""

    help = "Loads source bodies and every room's parameters.yaml. Run again, it changes nothing."

    def handle(self, *args, **options):
        actor = system_user()
        total = Loaded()
        try:
            with transaction.atomic():
                bodies = load_source_bodies(actor=actor)
                for config in apps.get_app_configs():
                    path = Path(config.path) / "parameters.yaml"
                    if path.is_file():
                        total += load_file(actor=actor, path=path)
        except Refused as refused:
            raise CommandError(refused.sentence) from None
        self.stdout.write(
            f"Source bodies: {bodies['added']} added, {bodies['changed']} changed, "
            f"{bodies['unchanged']} unchanged."
        )
        self.stdout.write(f"Parameters: {total.added} recorded, {total.unchanged} unchanged.")
        for sentence in total.kept:
            self.stdout.write(sentence)
