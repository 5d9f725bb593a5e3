"""``manage.py load_cases FILE --facility CODE --source NAME``: cases as a hospital system told them."""

from __future__ import annotations

from pathlib import Path

from django.core.management.base import CommandError

from config.accounts.services.users import system_user
from config.kernel.errors import Refused
from privileging.management.commands._asking import UNUSABLE, AskingCommand
from privileging.rules.cases_file import read_cases_csv
from privileging.services.performed import judge_cases, load_cases


class Command(AskingCommand):
    """Thin door over :func:`privileging.services.performed.load_cases`."""

    help = (
        "Load performed cases from a CSV (encounter, line, npi, system, code, performed_at; site, canceled)."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--facility", required=True, help="code of the facility")
        parser.add_argument("--source", required=True, help="the system it comes from, like or-system")

    def handle(self, *args, **options):
        facility, path = self.facility(options["facility"]), options["file"]
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except OSError as problem:
            raise CommandError(f"{path}: {problem.strerror}.", returncode=UNUSABLE) from None
        except UnicodeDecodeError:
            raise CommandError(f"{path}: the file is not text in UTF-8.", returncode=UNUSABLE) from None
        given, mistakes = read_cases_csv(text)
        if mistakes:
            raise CommandError(f"{path}: {mistakes[0]}", returncode=UNUSABLE)
        try:
            made = load_cases(
                actor=system_user(),
                facility=facility,
                source=options["source"],
                name=path.name,
                given=given,
            )
        except Refused as refused:
            raise CommandError(refused.sentence, returncode=1) from None
        judged = judge_cases(actor=system_user(), facility=facility)
        self.stdout.write(
            f"{facility}: {made.added} new, {made.replaced} corrected, {made.unchanged} as they stood. "
            f"{judged} judged."
        )
