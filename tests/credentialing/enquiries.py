"""What the tests of enquiries start from: a file with peers and an employer, and how forms are answered."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.core import mail

from config.kernel import clock
from credentialing.choices import Element
from credentialing.models import Application, Enquiry, VerificationItem
from credentialing.selectors.enquiries import Recipient, token_of
from credentialing.services import enquiries, enquiry_mails
from tests.credentialing.conftest import build_at_noon
from tests.credentialing.world import NOON, World
from tests.worlds import more_of

AREAS = ("knowledge", "skills", "judgment", "interpersonal", "communication", "professionalism")
PEER = "ines.calloway@example.org"
SECRET = "I would not let them operate alone"


def good_reference(**more: Any) -> dict[str, Any]:
    """A reference without any concern, as the service takes it."""
    return {
        "relation": "colleague",
        "same_discipline": "yes",
        "known_since": dt.date(2018, 7, 1),
        "last_seen": "within_year",
        **dict.fromkeys(AREAS, "as_expected"),
        "reservations": "no",
        "recommend": "yes",
    } | more


def good_affiliation(**more: Any) -> dict[str, Any]:
    """A hospital's word that all is well."""
    return {
        "extent": "full",
        "status": "current",
        "appointed_on": dt.date(2012, 7, 1),
        "good_standing": "yes",
        "adverse_action": "no",
        "under_investigation": "no",
    } | more


def typed(given: dict[str, Any], name: str = "Ines Calloway, MD") -> dict[str, str]:
    """The same as a browser sends it."""
    return {f"q_{code}": str(value) for code, value in given.items()} | {
        "signed_name": name,
        "agrees": "on",
    }


def file_with_peers(world: World) -> Application:
    """An application in verification; the first peer's claim has an address, the second's has none."""
    person = world.practitioner()
    world.email(person, "marisol@example.org")
    world.state_everything(person)
    world.claim(
        person,
        "PEER_REFERENCE",
        dt.date(2026, 3, 1),
        None,
        issuer="Fernwick General",
        extra={"name": "Odell Marchetti", "title": "Chair of surgery", "email": "odell@example.org"},
    )
    return world.accepted(person)


@more_of(build_at_noon)
def hospitals_with_peers(world: World) -> World:
    """The hospitals with such a file as ``file``."""
    with clock.freeze(NOON):
        world.file = file_with_peers(world)
    return world


def peer_item(application: Application, name: str = "Ines Calloway") -> VerificationItem:
    return application.items.get(element=Element.PEER_REFERENCE, credential__number_key=key(name))


def key(name: str) -> str:
    return re.sub(r"[^A-Z]", "", name.upper())


def send(world: World, item: VerificationItem, email: str = PEER, name: str = "Ines Calloway") -> Enquiry:
    """A form sent, its mail gone out."""
    enquiry = enquiries.send_form(
        actor=world.coordinator, item=item, recipient=Recipient(name=name, email=email)
    )
    deliver(enquiry)
    return Enquiry.objects.get(pk=enquiry.pk)


def deliver(enquiry: Enquiry) -> None:
    """What the worker does with the mails that wait."""
    for each in enquiry.mails.filter(status="waiting"):
        enquiry_mails.send(each.uid)


def link_in(message: mail.EmailMessage) -> str:
    """The path of the link in a mail."""
    return re.search(r"https?://[^/\s]+(/answer/\S+/)", message.body).group(1)


def path_of(enquiry: Enquiry) -> str:
    return f"/answer/{token_of(enquiry)}/"
