"""Letters in the practitioner's file and in an application: the newest, and where one is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse

from config.accounts.policies import may
from config.kernel.registries import Panel, panels
from credentialing import links
from credentialing.models import Application
from credentialing.needs import ApplicationPanel, application_panels
from credentialing.selectors.letters import WRITE, kind_of, letters_about, letters_of_application, state_of
from practitioners.models import CredentialPeriod, Practitioner

#: How many letters a file shows; the rest are in the log.
MOST_LETTERS = 5
TEMPLATE = "credentialing/panels/letters.html"


def _rows(letters: Iterable[Any]) -> list[dict[str, Any]]:
    return [
        {"letter": each, "name": kind_of(each), "badge": state_of(each), "url": links.letter(each)}
        for each in letters
    ]


def _of_person(viewer, practitioner: Practitioner, on: dt.date) -> dict[str, Any] | None:
    """The newest letters about the person; nobody writes in their own file."""
    if practitioner.user_id is not None and practitioner.user_id == viewer.pk:
        return None
    return {
        "rows": _rows(letters_about(viewer, practitioner)[:MOST_LETTERS]),
        "write_url": reverse("credentialing:letter_choose_for", args=[practitioner.uid]),
    }


def _of_application(
    viewer, application: Application, on: dt.date, stated: Sequence[CredentialPeriod]
) -> dict[str, Any] | None:
    """The newest letters written from the application."""
    return {
        "rows": _rows(letters_of_application(viewer, application)[:MOST_LETTERS]),
        "write_url": (
            reverse("credentialing:letter_choose", args=[application.uid])
            if may(viewer, WRITE, application.facility)
            else ""
        ),
    }


def register_letter_panels() -> None:
    """Add them to the file and to the application."""
    given = {"code": "letters", "title": "Letters", "permission": WRITE, "template": TEMPLATE}
    panels.register(Panel(**given, context=_of_person, order=54))
    application_panels.register(ApplicationPanel(**given, context=_of_application, order=90))
