"""Which kind of grant follows from which kind of application. Pure."""

from __future__ import annotations

import datetime as dt

from credentialing.choices import ApplicationKind, TemporaryGround
from privileging.choices import GrantKind

_FOLLOWS: dict[tuple[str, str], GrantKind] = {
    (ApplicationKind.TEMPORARY, TemporaryGround.NEED): GrantKind.TEMPORARY_NEED,
    (ApplicationKind.TEMPORARY, TemporaryGround.APPLICANT): GrantKind.TEMPORARY_APPLICANT,
    (ApplicationKind.LOCUM, ""): GrantKind.LOCUM,
    (ApplicationKind.TELEMEDICINE, ""): GrantKind.TELEMEDICINE,
    (ApplicationKind.DISASTER, ""): GrantKind.DISASTER,
}


def grant_kind(application_kind: str, ground: str) -> GrantKind:
    """The kind of the grants of an application; full where nothing else follows from it."""
    return _FOLLOWS.get((application_kind, ground), GrantKind.FULL)


def rests_on_appointment(kind: str) -> bool:
    """Whether a grant of the kind is used only while an appointment that carries privileges is in force."""
    return kind == GrantKind.FULL


_TOLD = {
    GrantKind.TEMPORARY_NEED: "Temporary privileges for a care need",
    GrantKind.TEMPORARY_APPLICANT: "Temporary privileges of an applicant",
    GrantKind.LOCUM: "Locum tenens",
    GrantKind.TELEMEDICINE: "Telemedicine by proxy",
    GrantKind.DISASTER: "Disaster privileges",
}


#: Told with every grant made on a form of the example catalog that no body has approved.
EXAMPLE = "Granted on an example form, which the medical staff must approve."


def kind_sentence(kind: str, last_day: dt.date) -> str:
    """What a kind other than the full one is, and its last day; empty of a full grant."""
    told = _TOLD.get(GrantKind(kind))
    return f"{told}, until {last_day.day} {last_day:%b %Y}." if told else ""
