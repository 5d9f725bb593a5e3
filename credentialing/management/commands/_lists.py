"""What the commands that load exclusion lists share."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from django.core.management.base import BaseCommand, CommandParser

from config.accounts.services.users import system_user
from config.kernel.errors import Refused
from credentialing.importing.publications import Publication
from credentialing.services.exclusion_lists import load_list
from practitioners.importing.rejections import UnusableFile

SHOWN = 20


class ListCommand(BaseCommand):
    """Load a list from a file: exit 0 ok, 1 some rows were rejected, 2 the file cannot be used."""

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, and how careful to be."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="Say what would change; write nothing.")
        parser.add_argument("--date", default="", help="The day its publisher gave the file (YYYY-MM-DD).")
        parser.add_argument(
            "--accept-shrinking",
            action="store_true",
            help="Load a file that is less than half as long as the list as it stands.",
        )

        parser.add_argument(
            "--put-back",
            action="store_true",
            help="Load a file that was loaded before, in place of a newer one that was wrong.",
        )

    def publication(self, options: dict) -> Publication:
        """Which list the file is; may raise ``UnusableFile``."""
        raise NotImplementedError

    def handle(self, *args, file: Path, dry_run: bool, date: str, **options) -> None:
        """Load, and say what happened."""
        try:
            day = dt.date.fromisoformat(date) if date else None
        except ValueError:
            self._give_up(f'"{date}" is not a date; write it like 2026-03-10.')
        try:
            result = load_list(
                actor=system_user(),
                publication=self.publication(options),
                path=file,
                dry_run=dry_run,
                data_date=day,
                accept_shrinking=options["accept_shrinking"],
                put_back=options["put_back"],
            )
        except (UnusableFile, Refused) as problem:
            self._give_up(str(problem))
        except OSError as problem:
            self._give_up(f"{file} cannot be read: {problem.strerror or problem}.")
        for rejected in result.rejected[:SHOWN]:
            self.stderr.write(str(rejected))
        if len(result.rejected) > SHOWN:
            self.stderr.write(f"... and {len(result.rejected) - SHOWN:,} more rejected rows.")
        self.stdout.write(result.sentence)
        if result.rejected:
            raise SystemExit(1)

    def _give_up(self, sentence: str) -> None:
        self.stderr.write(sentence)
        raise SystemExit(2)
