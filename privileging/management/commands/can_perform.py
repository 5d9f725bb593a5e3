"""``manage.py can_perform NPI PRIVILEGE_CODE --facility CODE``: exit 0 yes, 1 no, 3 cannot be confirmed."""

from __future__ import annotations

import json

from django.core.management.base import CommandError

from config.kernel.errors import Refused
from privileging.management.commands._asking import UNUSABLE, AskingCommand
from privileging.selectors.lookup import Answer, LookupOutcome, can_perform

EXIT_CODES = {LookupOutcome.YES: 0, LookupOutcome.NO: 1, LookupOutcome.UNKNOWN: 3}


class Command(AskingCommand):
    """Thin door over :func:`privileging.selectors.lookup.can_perform`."""

    help = "May this person do this here? Exit 0 yes, 1 no, 3 cannot be confirmed, 2 unusable question."

    def add_arguments(self, parser):
        parser.add_argument("npi")
        self.add_question(parser)

    def handle(self, *args, **options):
        facility = self.facility(options["facility"])
        on, known_at = self.day(options["on"], facility), self.moment(options["known_at"])
        try:
            answer = can_perform(
                npi=options["npi"],
                privilege_code=options["privilege_code"],
                facility=facility,
                on=on,
                known_at=known_at,
            )
        except Refused as refused:
            raise CommandError(refused.sentence, returncode=UNUSABLE) from None
        if options["json"]:
            self.stdout.write(json.dumps(answer.as_data(), indent=2))
        else:
            self.stdout.write("\n".join(sentences(answer)))
        self.leave(EXIT_CODES[answer.outcome])


def sentences(answer: Answer) -> list[str]:
    """The answer as lines of text."""
    word = {
        LookupOutcome.YES: "Yes, with conditions" if answer.conditions else "Yes",
        LookupOutcome.NO: "No",
        LookupOutcome.UNKNOWN: "Cannot be confirmed",
    }[answer.outcome]
    lines = [f"{answer.question}: {word}."]
    if answer.outcome is LookupOutcome.YES:
        lines += [f"Condition: {condition}" for condition in answer.conditions]
        lines += answer.notes
        lines.append(f"Since {answer.since}, through {answer.until}, by {answer.authority}.")
    else:
        lines += list(answer.reasons)
        if answer.since:
            lines.append(f"Since {answer.since}.")
        lines.append(f"Ask: {answer.contact}.")
    lines += [
        f"Runs out before that day, unless renewed: {each.what}, {each.last_day}." for each in answer.ahead
    ]
    if answer.known_at:
        lines.append(f"As known at {answer.known_at.isoformat()}.")
    return lines
