import getpass
import os

from django.core.management.base import BaseCommand, CommandError

from config.accounts.services.users import create_first_administrator
from config.kernel.errors import Refused


class Command(BaseCommand):
    """Door of :func:`create_first_administrator`."""

    help = (
        "Makes the first administrator of a new installation, at every facility. "
        "The password is asked for, or taken from STANDING_ADMINISTRATOR_PASSWORD."
    )

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("email")

    def handle(self, *args, username, email, **options):
        password = os.environ.get("STANDING_ADMINISTRATOR_PASSWORD") or getpass.getpass("Password: ")
        try:
            user = create_first_administrator(username=username, email=email, password=password)
        except Refused as refused:
            raise CommandError(refused.sentence) from None
        self.stdout.write(f"{user.username} may sign in.")
