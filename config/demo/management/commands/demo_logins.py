from django.core.management.base import BaseCommand, CommandError

from config.demo.logins import table
from config.kernel.errors import Refused


class Command(BaseCommand):
    """Door of :func:`table`."""

    help = "Prints the logins of the demo world: user name, role, facility and what to try first."

    def handle(self, *args, **options):
        try:
            self.stdout.write(table())
        except Refused as refused:
            raise CommandError(refused.sentence) from None
