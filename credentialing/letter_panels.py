"""Letters in the practitioner's file and in an application: the newest, and where one is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from config.accounts.choices import DataClass
from config.accounts.policies import may
from config.kernel.registries import Panel, panels
from credentialing import links
from credentialing.models import Application, LetterArrival, LetterSending, OfficeLetter
from credentialing.needs import ApplicationPanel, application_panels
from credentialing.selectors.letters import WRITE, kind_of, letters_about, letters_of_application, state_of
from practitioners.models import CredentialPeriod, Letter, Practitioner
from practitioners.services.complete_export import register_export_part

#: How many letters a file shows; the rest are in the log.
MOST_LETTERS = 5
PANEL = "credentialing/panels/letters.html"
APPLICATION_PANEL = "credentialing/panels/letters_of_application.html"


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
    """Where the letters written from the application are read once its page stands; no query."""
    return {"url": reverse("credentialing:letters_written", args=[application.uid])}


def written_from(viewer, application: Application) -> dict[str, Any]:
    """The newest letters written from the application, and where one is written; one query."""
    writes = may(viewer, WRITE, application.facility)
    return {
        "rows": _rows(letters_of_application(viewer, application)[:MOST_LETTERS]),
        "write_url": reverse("credentialing:letter_choose", args=[application.uid]) if writes else "",
    }


def _exported(record_ids) -> dict[str, QuerySet]:
    """From which version letters were made and what became of them, for the complete export of one person;
    letters of a protected class stay out of it.
    """
    letters = Letter.objects.filter(practitioner__in=record_ids, data_class=DataClass.GENERAL)
    sendings = LetterSending.objects.filter(letter__in=letters)
    return {
        "office_letters": OfficeLetter.objects.filter(letter__in=letters),
        "letter_sendings": sendings,
        "letter_arrivals": LetterArrival.objects.filter(sending__in=sendings),
    }


def register_letter_panels() -> None:
    """Add them to the file and to the application, and to the complete export."""
    register_export_part(_exported)
    panels.register(Panel("letters", "Letters", WRITE, PANEL, _of_person, order=54))
    application_panels.register(
        ApplicationPanel("letters", "Letters", WRITE, APPLICATION_PANEL, _of_application, order=90)
    )
