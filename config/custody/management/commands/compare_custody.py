"""manage.py compare_custody FILE --identity KEYFILE"""

from __future__ import annotations

import sys

from config.custody.management.commands._custody import DIFFERENT, PackageCommand
from config.custody.package.age import read_key
from config.custody.selectors.comparing import NAMED, Difference, compare_package


class Command(PackageCommand):
    help = (
        "Compares a custody package with this installation, table by table and file by file. Exit 0: no "
        "difference; 1: names what differs; 2: the package is unusable."
    )

    def work(self, options) -> None:
        found = compare_package(path=options["file"], identity=read_key(options["identity"]))
        for difference in found.differences:
            self._tell(difference)
        for sentence in found.contents:
            self.stdout.write(f"File {sentence}")
        count = len(found.differences) + len(found.contents)
        self.stdout.write(f"{found.rows:,} rows and {found.files:,} files compared: {count:,} differences.")
        if not found.same:
            sys.exit(DIFFERENT)

    def _tell(self, difference: Difference) -> None:
        for what, keys in (
            ("missing here", difference.missing),
            ("only here", difference.added),
            ("different", difference.changed),
        ):
            if keys:
                more = f" and {len(keys) - NAMED:,} more" if len(keys) > NAMED else ""
                self.stdout.write(f"{difference.table}, {what}: {', '.join(keys[:NAMED])}{more}")
