"""The letters the office starts with: one YAML file per template, in our own words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from config.accounts.choices import DataClass
from config.kernel.yaml_files import read_yaml
from credentialing.choices import LetterOccasion, LetterRecipient
from credentialing.rules.letters import check_words
from practitioners.rules.problems import Problem

FOLDER = Path(__file__).parent
_NEEDED = {"code", "name", "purpose", "occasion", "recipient", "subject", "body"}
_MAY = {"data_class", "starts_clock"}


class BadTemplate(ValueError):
    """A shipped template that cannot be loaded; the text names the file and what is wrong."""


def load_templates(folder: Path = FOLDER) -> list[dict[str, Any]]:
    """Every template of the folder as written, in the order of the file names. Raises ``BadTemplate``."""
    found: list[dict[str, Any]] = []
    for path in sorted(folder.glob("*.yaml")):
        written = read_yaml(path)
        try:
            found.append(_checked(written))
        except (KeyError, TypeError, ValueError, Problem) as problem:
            raise BadTemplate(f"{path.name}: {problem}") from problem
    codes = [each["code"] for each in found]
    if twice := sorted({code for code in codes if codes.count(code) > 1}):
        raise BadTemplate(f"The template {twice[0]} is there twice.")
    return found


def _checked(written: Any) -> dict[str, Any]:
    given = set(written)
    if missing := sorted(_NEEDED - given):
        raise ValueError(f"“{missing[0]}” is missing")
    if unknown := sorted(given - _NEEDED - _MAY):
        raise ValueError(f"“{unknown[0]}” is not known")
    LetterOccasion(written["occasion"])
    LetterRecipient(written["recipient"])
    DataClass(written.get("data_class", DataClass.GENERAL))
    check_words(written["subject"], written["body"])
    return written
