"""Load the exclusions of SAM.gov."""

from __future__ import annotations

from credentialing.importing.publications import SAM, Publication
from credentialing.management.commands._lists import ListCommand


class Command(ListCommand):
    """``import_sam FILE``: exit 0 ok, 1 some rows were rejected, 2 the file cannot be used."""

    help = "Replace the exclusions of SAM.gov by its public extract (CSV, or ZIP as published)."

    def publication(self, options: dict) -> Publication:
        """The extract of SAM.gov."""
        return SAM
