"""One hash over everything a database says, whatever keys, uids and salts it was given."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from django.apps import apps
from django.db import models

ROOMS = (
    "organization",
    "accounts",
    "audit",
    "rulebook",
    "practitioners",
    "bylaws",
    "credentialing",
    "privileging",
)
#: What names a row to people; other rows that point at it are compared by this.
NATURAL = {
    "accounts.user": "username",
    "organization.facility": "code",
    "organization.department": "code",
    "practitioners.practitioner": "npi",
    "privileging.privilege": "code",
}
#: Drawn by chance on purpose, or following from something that is: keys, salts, hashes, passwords.
BY_CHANCE = {
    "id", "uid", "salt", "hash", "previous_hash", "content_sha256", "store_key", "sha256", "frozen",
    "frozen_hash", "message_id", "password", "request_id", "history_id", "m2m_history_id", "started_at",
    "finished_at", "last_login", "date_joined", "history_date", "token_digest", "sealed",
}  # fmt: skip
_CHANCE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{64}\b"
    r"|\b[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}\b"  # the reference of a request for an affiliation letter
)


def digest_by_table() -> dict[str, str]:
    """The hash of each table of the rooms, and how many rows it has."""
    answer = {}
    for model in apps.get_models():
        if model._meta.app_label not in ROOMS:
            continue
        rows = sorted(_rows(model))
        answer[model._meta.label_lower] = (
            f"{len(rows)} {hashlib.sha256(chr(10).join(rows).encode()).hexdigest()}"
        )
    return answer


def _rows(model: type[models.Model]) -> Iterator[str]:
    names = []
    for field in model._meta.concrete_fields:
        if field.name in BY_CHANCE or isinstance(field, models.UUIDField):
            continue
        if field.is_relation:
            natural = NATURAL.get(field.related_model._meta.label_lower)
            if natural is not None:
                names.append(f"{field.name}__{natural}")
        else:
            names.append(field.name)
    if not names:  # asked for no column, Django gives all of them, keys too
        yield from [""] * model._base_manager.count()
        return
    for row in model._base_manager.values_list(*names):
        yield _CHANCE.sub("-", repr(row))
