"""System checks of what the environment must provide."""

from __future__ import annotations

from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def encryption_keys(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Every key of the encrypted fields is one; found at the start and not by the first protected field."""
    wrong = []
    for number, key in enumerate(settings.STANDING_ENCRYPTION_KEYS, 1):
        try:
            Fernet(key)
        except ValueError:
            wrong.append(number)
    if not settings.STANDING_ENCRYPTION_KEYS or wrong:
        which = f"key {', '.join(map(str, wrong))} is not one" if wrong else "there is none"
        return [
            Error(
                f"STANDING_ENCRYPTION_KEYS must hold Fernet keys (32 bytes, URL-safe base64): {which}.",
                id="embedded.E001",
            )
        ]
    return []
