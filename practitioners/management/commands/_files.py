"""What the importing commands share: reading the file, telling what stayed out, and the exit code."""

from __future__ import annotations

import sys
from pathlib import Path

from django.core.management.base import BaseCommand

from practitioners.importing.rejections import UnusableFile

UNUSABLE, REJECTED = 2, 1


class ImportCommand(BaseCommand):
    """Reads FILE, imports it and tells. Exit 0: all went in; 1: rows were rejected; 2: the file is
    unusable.
    """

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="tell what would be done, write nothing")

    def handle(self, *args, **options):
        try:
            data = Path(options["file"]).read_bytes()
        except OSError as problem:
            self.stderr.write(f"The file {options['file']} cannot be read: {problem.strerror}.")
            sys.exit(UNUSABLE)
        try:
            rejected = self.take(data, dry_run=options["dry_run"])
        except UnusableFile as problem:
            self.stderr.write(problem.sentence)
            sys.exit(UNUSABLE)
        for row in rejected:
            self.stderr.write(f"Rejected. {row.sentence}")
        if options["dry_run"]:
            self.stdout.write("Nothing was written (--dry-run).")
        if rejected:
            sys.exit(REJECTED)

    def take(self, data: bytes, *, dry_run: bool):
        """Import the bytes, write what happened, and answer the rejected rows."""
        raise NotImplementedError
