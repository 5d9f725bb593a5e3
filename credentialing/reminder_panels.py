"""What a person will be reminded of, in their own file; the office has it with all expirables."""

from __future__ import annotations

import datetime as dt
from typing import Any

from config.kernel.registries import Panel, panels
from credentialing import links
from credentialing.selectors.coming_reminders import reminders_to_come
from practitioners.models import Practitioner


def _reminders(viewer, practitioner: Practitioner, on: dt.date) -> dict[str, Any] | None:
    """What they will be reminded of, with where to send the renewal."""
    if practitioner.user_id != viewer.pk:
        return None
    coming = reminders_to_come(practitioner, on=on)
    rows = [{"coming": each, "url": links.send_renewal(each.period.identity)} for each in coming]
    return {"rows": rows} if rows else None


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
