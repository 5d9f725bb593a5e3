from django.core.management.base import BaseCommand, CommandError

from config.accounts.services.facilities import create_facility
from config.accounts.services.users import system_user
from config.kernel.errors import Refused


class Command(BaseCommand):
    """Door of :func:`create_facility`."""

    help = "Makes a facility (a hospital), with its health system and data bank registration where missing."

    def add_arguments(self, parser):
        parser.add_argument("code")
        parser.add_argument("name")
        parser.add_argument("--state", required=True)
        parser.add_argument("--time-zone", required=True)
        parser.add_argument("--health-system", default="")
        parser.add_argument("--npdb-entity", default="")
        parser.add_argument("--city", default="")
        parser.add_argument("--office-phone", default="")

    def handle(self, *args, **options):
        names = ("code", "name", "state", "time_zone", "health_system", "npdb_entity", "city", "office_phone")
        try:
            facility = create_facility(actor=system_user(), **{name: options[name] for name in names})
        except Refused as refused:
            raise CommandError(refused.sentence) from None
        self.stdout.write(f"{facility} ({facility.code}) is there.")
