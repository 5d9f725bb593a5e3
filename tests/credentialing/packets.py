"""What the tests of packets start from: an invitation, and what an applicant types into each section."""

from __future__ import annotations

import datetime as dt
from typing import Any

from config.accounts.services.users import system_user
from config.kernel import clock
from credentialing.models import Application, Packet, PacketLink
from credentialing.selectors.packets import read_packet, token_of
from credentialing.services import packet_answers, packet_mails, packet_signing, packets
from practitioners.services.disclosures import load_question_sets
from tests.credentialing.conftest import build_at_noon
from tests.credentialing.world import NOON, PDF, World
from tests.worlds import more_of

APPLICANT = "marisol@example.org"
QUESTIONS = (
    "licence", "controlled_substances", "privileges", "programmes", "board", "training", "claims",
    "insurance", "conviction", "drugs", "functions", "military", "society", "conduct", "gaps",
)  # fmt: skip
CLEAR_YES = {"functions", "gaps"}


def all_clear(**said: dict[str, str]) -> dict[str, Any]:
    """Every question answered so that nothing needs explaining, but for what is ``said``."""
    clear = {code: {"answer": "yes" if code in CLEAR_YES else "no"} for code in QUESTIONS}
    return {"answers": clear | said}


def whole() -> dict[str, dict[str, Any]]:
    """Every section of a first application, complete."""
    return {
        "identity": {
            "values": {
                "birth_date": "1980-05-04",
                "former_last_name": "Pennywhistle",
                "email": APPLICANT,
                "phone": "614-555-0100",
                "home_line_1": "4 Elm Street",
                "home_city": "Columbus",
                "home_state": "OH",
                "home_postal_code": "43004",
            }
        },
        "education": {
            "rows": [
                {"type": "MEDICAL_SCHOOL", "issuer": "Fernwick College of Medicine", "degree": "MD",
                 "start": "2003-08-01", "last_day": "2007-05-31", "graduated_on": "2007-05-31"},
                {"type": "RESIDENCY", "issuer": "Fernwick General", "level": "residency",
                 "programme": "General surgery", "start": "2007-06-15", "last_day": "2012-06-30"},
            ]
        },
        "licences": {
            "rows": [
                {"type": "LICENSE", "state": "OH", "number": "35.100001",
                 "issuer": "State Medical Board of Ohio", "start": "2012-07-01", "last_day": "2027-06-30"},
            ]
        },
        "boards": {"rows": [], "none": True},
        "history": {
            "rows": [
                {"type": "WORK_HISTORY", "issuer": "Fernwick General", "position": "Surgeon",
                 "start": "2012-07-01", "last_day": "2023-05-31"},
                {"type": "WORK_HISTORY", "issuer": "Harbour Clinic", "position": "Surgeon",
                 "start": "2024-01-01"},
            ],
            "gaps": {"2023-06-01_2023-12-31": "Cared for a parent."},
        },
        "affiliations": {"rows": [], "none": True},
        "cover": {
            "rows": [
                {"type": "MALPRACTICE", "issuer": "Imaginary Mutual", "number": "POL-1",
                 "per_claim_usd": 1000000, "aggregate_usd": 3000000,
                 "start": "2026-01-01", "last_day": "2026-12-31"},
            ]
        },
        "peers": {
            "rows": [
                {"type": "PEER_REFERENCE", "name": "Ines Calloway", "email": "ines@example.org"},
                {"type": "PEER_REFERENCE", "name": "Farrukh Nazarbekov", "email": "farrukh@example.org"},
            ]
        },
        "courses": {"rows": [{"type": "LIFE_SUPPORT", "course": "ACLS", "issuer": "Heart course center",
                              "start": "2025-02-01", "last_day": "2027-01-31"}]},
        "immunizations": {"rows": []},
        "questions": all_clear(),
    }  # fmt: skip


def invited(world: World, application: Application | None = None) -> tuple[Packet, PacketLink]:
    """A draft whose applicant has a link, the mail gone out."""
    load_question_sets(actor=world.system)
    application = application or world.application()
    packet = packets.invite(
        actor=world.coordinator, application=application, name="Marisol Quillfeather", email=APPLICANT
    )
    link = packet.links.get()
    deliver(link)
    return packet, link


def deliver(link: PacketLink) -> None:
    """What the worker does with the mails that wait."""
    for each in link.mails.filter(status="waiting"):
        packet_mails.send(each.uid)


def save(packet: Packet, code: str, answers: dict[str, Any], link: PacketLink | None = None, actor=None):
    """What a page does with a section."""
    return packet_answers.save_section(
        actor=actor or system_user(), packet=packet, code=code, answers=answers, link=link
    )


def fill(packet: Packet, link: PacketLink | None = None, actor=None, **other: dict[str, Any]) -> None:
    """Everything but the signature; ``other`` in place of what :func:`whole` says."""
    said = whole() | other
    for each in read_packet(packet).sections:
        if each.asked.kind == "documents":
            for asked in each.asked.documents:
                if asked.needed:
                    packet_answers.add_document(
                        actor=actor or system_user(), packet=packet, code=each.row.code, asked=asked.code,
                        file_name="photo.pdf", content=PDF, link=link,
                    )  # fmt: skip
        else:
            saved = save(packet, each.row.code, said[each.row.code], link, actor)
            assert not saved.missing, saved.missing


def sign(link: PacketLink, name: str = "Marisol Quillfeather", **more: Any):
    """The applicant's signature."""
    return packet_signing.sign(
        token=token_of(link), **({"signed_name": name, "attests": True, "releases": True} | more)
    )


def signed(world: World) -> tuple[Packet, PacketLink]:
    """A packet that came in."""
    packet, link = invited(world)
    fill(packet, link)
    sign(link)
    packet.refresh_from_db()
    return packet, link


@more_of(build_at_noon)
def hospitals_with_packet(world: World) -> World:
    """``packet`` and ``link``: the applicant is invited and has not opened it."""
    with clock.freeze(NOON):
        world.packet, world.link = invited(world)
    return world


@more_of(hospitals_with_packet)
def hospitals_with_signed_packet(world: World) -> World:
    """``packet`` and ``link``: the packet came in, signed."""
    with clock.freeze(NOON):
        fill(world.packet, world.link)
        sign(world.link)
        world.packet.refresh_from_db()
    return world


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)
