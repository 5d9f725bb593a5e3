"""manage.py make_custody_key FILE"""

from __future__ import annotations

import sys
from pathlib import Path

from django.core.management.base import BaseCommand

from config.custody.management.commands._custody import UNUSABLE
from config.custody.package.age import fingerprint, make_key


class Command(BaseCommand):
    help = (
        "Makes a pair of keys for receiving a custody package: writes the secret half to FILE, for its owner "
        "alone, and prints the public half to send."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE", type=Path)

    def handle(self, *args, **options):
        try:
            public = make_key(options["file"])
        except FileExistsError:
            self.stderr.write(f"{options['file']} exists already; a key is never written over another file.")
            sys.exit(UNUSABLE)
        except OSError as problem:
            self.stderr.write(f"{options['file']} cannot be written: {problem.strerror}.")
            sys.exit(UNUSABLE)
        self.stdout.write(f"Public key, to send: {public}")
        self.stdout.write(f"Its fingerprint, to read out: {fingerprint(public)}")
        self.stdout.write(f"The secret key is in {options['file']}. Whoever has it opens the package.")
