"""Which kind of grant follows from which kind of application. Pure."""

from __future__ import annotations

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
