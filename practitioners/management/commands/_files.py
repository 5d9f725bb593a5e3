"""What the importing commands share: reading the file, telling what stayed out, and the exit code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

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
            rejected = self.take_file(Path(options["file"]), options)
        except OSError as problem:
            name = problem.filename or options["file"]
            self.stderr.write(f"The file {name} cannot be read: {problem.strerror or problem}.")
            sys.exit(UNUSABLE)
        except UnusableFile as problem:
            self.stderr.write(problem.sentence)
            sys.exit(UNUSABLE)
        for row in rejected:
            self.stderr.write(f"Rejected. {row.sentence}")
        if options["dry_run"]:
            self.stdout.write("Nothing was written (--dry-run).")
        if rejected:
            sys.exit(REJECTED)

    def take_file(self, path: Path, options: dict[str, Any]):
        """Import the file; override it for files too big to be held in memory."""
        return self.take(path.read_bytes(), dry_run=options["dry_run"])

    def take(self, data: bytes, *, dry_run: bool):
        """Import the bytes, write what happened, and answer the rejected rows."""
        raise NotImplementedError
