"""``manage.py load_catalogue``: the example privilege forms, or forms of one's own."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from config.accounts.services.users import system_user
from config.kernel.errors import Refused
from config.organization.models import Facility
from privileging.services.catalogue import load_catalogue


class Command(BaseCommand):
    """Thin door over :func:`privileging.services.catalogue.load_catalogue`."""

    help = "Load privilege forms (the examples, or YAML files of your own) and offer them. Safe to repeat."

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="*", type=Path, help="YAML files; none: the example forms")
        parser.add_argument(
            "--facility",
            action="append",
            default=[],
            help="code of a facility; repeat it; none: every facility",
        )

    def handle(self, *args, **options):
        facilities = list(Facility.objects.all())
        known = {facility.code: facility for facility in facilities}
        if unknown := [code for code in options["facility"] if code not in known]:
            raise CommandError(f"There is no facility {', '.join(unknown)}.", returncode=2)
        if options["facility"]:
            facilities = [known[code] for code in options["facility"]]
        try:
            counts = load_catalogue(
                actor=system_user(), facilities=facilities, paths=options["files"] or None
            )
        except Refused as refused:
            raise CommandError(refused.sentence, returncode=2) from None
        self.stdout.write(
            f"Forms added: {counts['forms']}. Versions added: {counts['versions']}. "
            f"Privileges added: {counts['privileges']}. Unchanged: {counts['unchanged']}."
        )
