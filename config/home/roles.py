"""The roles in the field's own words: what each is for, and what its Today page is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from config.accounts.choices import Role
from config.organization.models import Facility

#: What each role is for, by role.
DUTIES: dict[str, str] = yaml.safe_load(
    (Path(__file__).parent / "reference" / "roles.yaml").read_text(encoding="utf-8")
)


@dataclass(frozen=True)
class HowTo:
    """How one thing is done, for the roles that do it; ``opens`` names the page where it begins."""

    title: str
    roles: tuple[str, ...]
    steps: tuple[str, ...]
    opens: str = ""


HOW_TOS: tuple[HowTo, ...] = tuple(
    HowTo(each["title"], tuple(each["roles"]), tuple(each["steps"]), each.get("opens", ""))
    for each in yaml.safe_load(
        (Path(__file__).parent / "reference" / "howtos.yaml").read_text(encoding="utf-8")
    )
)


def how_tos(roles: Iterable[str]) -> tuple[list[HowTo], list[HowTo]]:
    """What somebody with these roles does, and what others do; both in the order of the work."""
    held = set(roles)
    mine = [each for each in HOW_TOS if held & set(each.roles)]
    return mine, [each for each in HOW_TOS if each not in mine]


_GREETINGS: tuple[tuple[str, str], ...] = (
    (Role.DIRECTOR, "The whole office"),
    (Role.CREDENTIALING_COORDINATOR, "Credentialing: files, verification, expirables, screening"),
    (Role.MEDICAL_STAFF_COORDINATOR, "Medical staff: meetings, files in review, compliance"),
    (Role.DEPARTMENT_CHAIR, "Files of your department that wait for your recommendation"),
    (Role.BOARD_MEMBER, "Files before the board"),
    (Role.COMMITTEE_MEMBER, "Files before your committee"),
    (Role.MEDICAL_STAFF_PRESIDENT, "Files in review and compliance of the medical staff"),
    (Role.CHIEF_MEDICAL_OFFICER, "Files in review and compliance of the medical staff"),
    (Role.CHIEF_EXECUTIVE, "Compliance of the medical staff"),
    (Role.QUALITY_COORDINATOR, "Focused evaluations"),
    (Role.COMPLIANCE_OFFICER, "Exclusion candidates and data bank duties"),
    (Role.ADMINISTRATOR, "Accounts, reference data and scheduled work"),
    (Role.PRACTITIONER, "Your membership and privileges"),
    (Role.LOOKUP, "May this person do this, here, now?"),
)


def greeting(roles: Iterable[str], facility: Facility) -> str:
    """What Today is about for somebody with these roles, and where."""
    held = set(roles)
    about = [words for role, words in _GREETINGS if role in held]
    if Role.CREDENTIALING_COORDINATOR in held and Role.MEDICAL_STAFF_COORDINATOR in held:
        about = ["Credentialing and medical staff office"]
    return f"{about[0]} at {facility}" if about else str(facility)
