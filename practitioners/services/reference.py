"""Reference data of this room: kinds of credentials as shipped."""

from __future__ import annotations

import copy
import functools
from pathlib import Path
from typing import Any

from django.db import transaction
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel.yaml_files import read_yaml
from practitioners.models import CredentialType

#: Marks in the history what was loaded, not edited.
SHIPPED = "As shipped"
FILE = Path(__file__).resolve().parents[1] / "reference.yaml"


@transaction.atomic
def load_credential_types(*, actor) -> dict[str, int]:
    """Add the kinds of credentials that are not there yet, and bring those nobody has edited up to what is
    shipped; those an administrator has edited stay as they are.
    """
    require(actor, "accounts.manage")
    counts = {"added": 0, "updated": 0, "kept": 0}
    there = {kind.code: kind for kind in CredentialType.objects.all()}
    changes = CredentialType.history.exclude(history_change_reason=SHIPPED)
    edited = set(
        changes.exclude(history_type="+", history_change_reason__isnull=True).values_list("code", flat=True)
    )
    added, updated = [], []
    for row in shipped_types():
        code = row.pop("code")
        kind = there.get(code)
        if kind is None:
            added.append(CredentialType(code=code, **row))
        elif code in edited or all(getattr(kind, key) == row[key] for key in row):
            counts["kept"] += 1
        else:
            for column, value in row.items():
                setattr(kind, column, value)
            updated.append(kind)
    counts |= {"added": len(added), "updated": len(updated)}
    bulk_create_with_history(added, CredentialType, default_change_reason=SHIPPED)
    columns = [field.name for field in CredentialType._meta.concrete_fields if not field.primary_key]
    bulk_update_with_history(updated, CredentialType, columns, default_change_reason=SHIPPED)
    if counts["added"] or counts["updated"]:
        record_event(
            actor=actor,
            verb="reference.loaded",
            subject=actor,
            data={"credential_types": counts["added"], "updated": counts["updated"]},
        )
    return counts


def shipped_types() -> list[dict[str, Any]]:
    """The kinds of credentials as shipped."""
    return copy.deepcopy(_read())


@functools.cache
def _read() -> list[dict[str, Any]]:
    return read_yaml(FILE)
