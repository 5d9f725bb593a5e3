"""Load the exclusion list of a state's Medicaid agency."""

from __future__ import annotations

from pathlib import Path

from django.core.management.base import CommandParser

from credentialing.importing.publications import Publication, state_publication
from credentialing.importing.state_list import load_state_mapping
from credentialing.management.commands._lists import ListCommand


class Command(ListCommand):
    """``import_state_exclusions FILE --mapping M.yaml``: exit 0 ok, 1 some rows were rejected, 2 the file or
    the mapping cannot be used.
    """

    help = "Replace a state's exclusion list by its file (CSV or XLSX), read by a mapping."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which mapping."""
        super().add_arguments(parser)
        parser.add_argument(
            "--mapping",
            type=Path,
            required=True,
            help="The mapping file; copy credentialing/mappings/state_simple.yaml.",
        )

    def publication(self, options: dict) -> Publication:
        """The list the mapping describes."""
        return state_publication(load_state_mapping(options["mapping"]))
