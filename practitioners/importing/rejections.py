"""What every importer says of input it cannot take. Nothing here touches the database."""

from __future__ import annotations

from dataclasses import dataclass


class UnusableFile(Exception):
    """The file as a whole is not what the importer reads. ``str(error)`` is a sentence for the user."""

    def __init__(self, sentence: str):
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Rejected:
    """One record that stays out while the rest goes in.

    ``position`` counts records (or lines, where the sentence says so) from 1, ``key`` is the record's own
    number when it could be read, else empty.
    """

    position: int
    key: str
    sentence: str

    @property
    def npi(self) -> str:
        """The record's NPI as the file has it, for importers whose key is the NPI."""
        return self.key

    def __str__(self) -> str:
        return self.sentence
