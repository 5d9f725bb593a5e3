"""Categories of the medical staff as reference data."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction

from bylaws.models import StaffCategory
from config.accounts.policies import require
from config.kernel.yaml_files import read_yaml

FILE = Path(__file__).resolve().parents[1] / "reference.yaml"


@transaction.atomic
def load_categories(*, actor) -> dict[str, int]:
    """Add the usual staff categories that are not there yet; those a staff has edited stay as they are."""
    require(actor, "accounts.manage")
    counts = {"added": 0, "kept": 0}
    for row in read_yaml(FILE):
        _, added = StaffCategory.objects.get_or_create(code=row.pop("code"), defaults=row)
        counts["added" if added else "kept"] += 1
    return counts
