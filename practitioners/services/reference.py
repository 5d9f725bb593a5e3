"""Reference data of this room: kinds of credentials as shipped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from config.accounts.policies import require
from config.audit.services.events import record_event
from practitioners.models import CredentialType

FILE = Path(__file__).resolve().parents[1] / "reference.yaml"


@transaction.atomic
def load_credential_types(*, actor) -> dict[str, int]:
    """Add the kinds of credentials that are not there yet; those an administrator has edited stay as they
    are.
    """
    require(actor, "accounts.manage")
    counts = {"added": 0, "kept": 0}
    for row in shipped_types():
        code = row.pop("code")
        _, added = CredentialType.objects.get_or_create(code=code, defaults=row)
        counts["added" if added else "kept"] += 1
    if counts["added"]:
        record_event(
            actor=actor, verb="reference.loaded", subject=actor, data={"credential_types": counts["added"]}
        )
    return counts


def shipped_types() -> list[dict[str, Any]]:
    """The kinds of credentials as shipped."""
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))
