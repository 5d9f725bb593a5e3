"""``manage.py who_can PRIVILEGE_CODE --facility CODE``: everybody who may do it on a day."""

from __future__ import annotations

import json

from django.core.management.base import CommandError

from config.kernel.errors import Refused
from privileging.management.commands._asking import UNUSABLE, AskingCommand
from privileging.selectors.lookup import who_can


class Command(AskingCommand):
    """Thin door over :func:`privileging.selectors.lookup.who_can`."""

    help = "Everybody who may do this here on a day, by name, with conditions."

    def add_arguments(self, parser):
        self.add_question(parser)

    def handle(self, *args, **options):
        facility = self.facility(options["facility"])
        on, known_at = self.day(options["on"], facility), self.moment(options["known_at"])
        try:
            found = who_can(
                privilege_code=options["privilege_code"],
                facility=facility,
                on=on,
                known_at=known_at,
                limit=None,
            )
        except Refused as refused:
            raise CommandError(refused.sentence, returncode=UNUSABLE) from None
        if options["json"]:
            self.stdout.write(json.dumps(found.as_data(), indent=2))
            return
        if found.unrecorded:
            self.stdout.write(found.unrecorded)
            if not found.count:
                return
        for holder in found.people:
            beside = (*holder.notes, *holder.conditions)
            told = f" - {'; '.join(each.rstrip('.') for each in beside)}" if beside else ""
            self.stdout.write(f"{holder.person.npi or '-':<10}  {holder.person.name}{told}")
        people = "person" if found.count == 1 else "people"
        self.stdout.write(f"{found.count} {people}: {found.privilege.name} at {facility} on {on}.")
        if found.unconfirmed_count:
            self.stdout.write(f"{found.unconfirmed_count} more cannot be confirmed.")
