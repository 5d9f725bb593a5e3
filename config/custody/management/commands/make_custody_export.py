"""manage.py make_custody_export UID"""

from __future__ import annotations

import uuid

from django.core.management.base import BaseCommand, CommandError

from config.accounts.services.users import system_user
from config.custody.services.making import make_export


class Command(BaseCommand):
    help = "Makes an approved custody export here and now, as the worker would. Exit 1 when nothing was made."

    def add_arguments(self, parser):
        parser.add_argument("uid", metavar="UID", type=uuid.UUID)

    def handle(self, *args, **options):
        answer = make_export(actor=system_user(), uid=str(options["uid"]))
        if answer != "ready":
            raise CommandError(f"Nothing was made: {answer}.")
        self.stdout.write("Made; it is ready to fetch.")
