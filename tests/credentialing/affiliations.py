"""What the tests of affiliation letters start from: a member, a hospital that asks, a signed release."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

from config.kernel import clock
from config.rulebook.models import Parameter, ParameterPeriod
from credentialing.models import AffiliationReply, AffiliationRequest
from credentialing.services import affiliation_intake, affiliation_mails
from credentialing.services.affiliation_intake import About, Asker, Release
from practitioners.models import Practitioner
from tests.credentialing.scans import scan
from tests.credentialing.world import World

NPI = "2000000101"
ASKER = Asker("Wren Adeyemi", "Harborview Medical Center", "wren@harborview.example.org", "CPCS", "555 0100")
ABOUT = About("Quillfeather", "Marisol", NPI)


@cache  # a PDF holds the second in which it was made
def release(text: str = "Release of information") -> Release:
    """A signed release of one page."""
    return Release("release.pdf", scan(1, about=text))


def member(world: World, start: dt.date = dt.date(2025, 1, 1), **given: Any) -> Practitioner:
    """Somebody with a term that is in force."""
    person = world.practitioner(**given)
    world.appoint(person, start=start)
    return person


def asked(world: World, **given: Any) -> AffiliationRequest:
    """A request as it comes through the page for others."""
    values = {
        "facility": world.facility,
        "asker": ASKER,
        "about": ABOUT,
        "purpose": "appointment",
        "release": release(),
    } | given
    return affiliation_intake.receive_request(**values)


def later(minutes: int = 3) -> dt.datetime:
    """A moment after the time in which a reply can be taken back."""
    return clock.now() + dt.timedelta(minutes=minutes)


def deliver(made: AffiliationReply) -> str:
    """What the worker does once the reply is due."""
    with clock.freeze(later()):
        return affiliation_mails.send(made.uid)


def set_parameter(world: World, code: str, value: Any) -> None:
    """Another value at the facility, as an administrator would enter it among the bylaws' own."""
    shipped = Parameter.objects.get(code=code)
    own = Parameter.objects.create(
        code=code, subject="", source_body=shipped.source_body, facility=world.facility,
        created_at=clock.now(), created_by=world.system,
    )  # fmt: skip
    now = ParameterPeriod.objects.get(identity=shipped)
    ParameterPeriod.objects.create(
        identity=own, valid=now.valid, value=value, citation="Own", confidence=now.confidence,
        recorded_at=clock.now(), recorded_by=world.system,
    )  # fmt: skip
