"""What a person will be reminded of, in their file: for the office, and for themselves."""

from __future__ import annotations

import datetime as dt
from typing import Any

from config.accounts.policies import may
from config.kernel.registries import Panel, panels
from credentialing import links, policies
from credentialing.selectors.coming_reminders import reminders_to_come
from practitioners.models import Practitioner


def _reminders(viewer, practitioner: Practitioner, on: dt.date) -> dict[str, Any] | None:
    """What the person will be reminded of, for the office and for themselves; they send the renewal."""
    own = practitioner.user_id == viewer.pk
    if not own and not may(viewer, policies.VIEW):
        return None
    coming = reminders_to_come(practitioner, on=on)
    rows = [
        {"coming": each, "url": links.send_renewal(each.period.identity) if own else ""} for each in coming
    ]
    return {"rows": rows, "own": own} if rows else None


def register_reminder_panel() -> None:
    """Add it to the file."""
    panels.register(
        Panel(
            "reminders",
            "Reminders to come",
            "",
            "credentialing/panels/reminders.html",
            _reminders,
            order=51,
        )
    )
