"""Load the exclusion list of the OIG."""

from __future__ import annotations

from credentialing.importing.publications import LEIE, Publication
from credentialing.management.commands._lists import ListCommand


class Command(ListCommand):
    """``import_leie FILE``: exit 0 ok, 1 some rows were rejected, 2 the file cannot be used."""

    help = "Replace the exclusion list (LEIE) by the full file of the OIG."

    def publication(self, options: dict) -> Publication:
        """The list of the OIG."""
        return LEIE
