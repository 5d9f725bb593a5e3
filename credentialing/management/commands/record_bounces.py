"""Read the mails that came back."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from django.core.management.base import BaseCommand, CommandParser

from config.accounts.services.users import system_user
from config.kernel.errors import Refused
from credentialing.importing.delivery_notices import NotANotice, read_messages, read_notice
from credentialing.services.bounces import record_notice

#: What can be said of a message, in the order it is told.
TOLD = (
    ("came back", "came back"),
    ("known already", "known already"),
    ("out of date", "about mails that were sent anew or are no longer needed"),
    ("not ours", "about mails that are not ours"),
    ("late", "only late or delivered"),
)


class Command(BaseCommand):
    """``record_bounces FILE_OR_FOLDER``: exit 0 ok, 1 some messages are no notices, 2 not readable."""

    help = "Record the mails that came back, from delivery notices in a file or a folder."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the notices are."""
        parser.add_argument("path", help="A file (.eml or mbox), or a folder of such files, like a Maildir.")

    def handle(self, *args, path: str, **options) -> None:
        """Read each message once; reading them again changes nothing."""
        actor, wrong = system_user(), 0
        counts: Counter[str] = Counter()
        place = Path(path)
        if not place.exists():
            self._give_up(f"There is no file or folder {path}.")
        try:
            for name, content in read_messages(place):
                try:
                    notice = read_notice(content)
                    counts["late" if notice is None else record_notice(actor=actor, notice=notice)] += 1
                except (NotANotice, Refused) as problem:
                    wrong += 1
                    self.stderr.write(f"{name}: {problem}")
        except OSError as problem:
            self._give_up(f"{problem.filename or path} cannot be read: {problem.strerror or problem}.")
        total = sum(counts.values())
        self.stdout.write(f"{total:,} delivery notice{'s' if total != 1 else ''} read.")
        for word, told in TOLD:
            if counts[word]:
                self.stdout.write(f"{counts[word]:,} {told}.")
        if wrong:
            self.stdout.write(f"{wrong:,} message{'s' if wrong != 1 else ''} left out.")
            raise SystemExit(1)

    def _give_up(self, sentence: str) -> None:
        self.stderr.write(sentence)
        raise SystemExit(2)
