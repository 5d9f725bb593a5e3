"""The population that is measured: one invented hospital and as many practitioners as asked for."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connections

from config.accounts.choices import Role
from config.accounts.models import User
from config.demo.accounts import Account, Household
from config.demo.hospital import build_hospital
from config.demo.staff import generate_staff
from config.organization.models import Facility

FACILITY = "LMC"
OFFICE = Account(
    "credentialing", "Ines", "Falk", ((Role.CREDENTIALING_COORDINATOR, FACILITY), (Role.DIRECTOR, FACILITY))
)
SEED = 20


@dataclass
class World:
    """What the questions are asked of, and a folder for files."""

    office: User
    facility: Facility
    count: int
    folder: Path
    counts: dict[str, int]
    chance: random.Random
    #: Sections of the page below the table.
    appendix: list[str] = field(default_factory=list)

    @property
    def asks(self) -> int:
        """How many different questions of a kind are asked: fewer of few people."""
        return 40 if self.count >= 1000 else 6


def build_world(count: int, folder: Path, say: Callable[[str], None] = lambda line: None) -> World:
    """Fill the empty database."""
    hospital = build_hospital(Household(accounts=(OFFICE,), seats=()))
    counts = generate_staff(count=count, seed=SEED, facility_codes=[FACILITY], say=say)
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM")  # as the server does by itself within minutes
    return World(
        office=hospital.users["credentialing"],
        facility=hospital.facilities[FACILITY],
        count=count,
        folder=folder,
        counts=counts,
        chance=random.Random(SEED),
    )
