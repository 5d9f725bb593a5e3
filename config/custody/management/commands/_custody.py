"""What the commands of the custody export share: the file, the key, and how a refusal ends."""

from __future__ import annotations

import sys
from pathlib import Path

from django.core.management.base import BaseCommand

from config.kernel.errors import Refused

DIFFERENT, UNUSABLE = 1, 2


class PackageCommand(BaseCommand):
    """Reads FILE with the secret key in KEYFILE. Exit 2 with a sentence when it refuses."""

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument(
            "--identity", metavar="KEYFILE", type=Path, required=True, help="file with the age secret key"
        )

    def handle(self, *args, **options):
        try:
            self.work(options)
        except Refused as refused:
            self.stderr.write(refused.sentence)
            sys.exit(UNUSABLE)

    def work(self, options) -> None:
        """What the command does; raises ``Refused``."""
        raise NotImplementedError
