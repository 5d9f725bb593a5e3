"""manage.py load_custody FILE --identity KEYFILE [--sha256 HEX]"""

from __future__ import annotations

from config.custody.management.commands._custody import PackageCommand
from config.custody.package.age import read_key
from config.custody.services.loading import load_package


class Command(PackageCommand):
    help = (
        "Loads a custody package into an empty installation: all of it or nothing. Exit 0: loaded; 2: "
        "refused, and nothing was written."
    )

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument(
            "--sha256", default="", help="the hash the export's page names; another file is refused"
        )

    def work(self, options) -> None:
        loaded = load_package(
            actor=None,
            path=options["file"],
            identity=read_key(options["identity"]),
            sha256=options["sha256"],
        )
        self.stdout.write(
            f"Loaded {loaded.rows:,} rows and {loaded.files:,} files of the package made "
            f"{loaded.head['made_at']} (SHA-256 {loaded.sha256})."
        )
        self.stdout.write("Now: manage.py compare_custody, verify_evidence, replay_decisions.")
