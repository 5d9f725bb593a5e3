"""Files before the board, of people of whom the office goes on learning."""

from __future__ import annotations

import datetime as dt
import random

import pgtrigger
from django.db.backends.postgresql.psycopg_any import DateRange

from bylaws.choices import LineOutcome
from bylaws.models import Decision
from config.kernel import clock
from config.kernel.periods import EndKind, rewrite, supersede, through
from practitioners.choices import CredentialStatus, SaidBy, Standing
from practitioners.models import CredentialPeriod, Document
from practitioners.services.merging import merge_records
from practitioners.services.people import create_practitioner
from privileging.models import CaseVolume, FormLine, GrantPeriod
from tests.privileging.conftest import credential, evidence, grant, licensed, say
from tests.privileging.files import answers, asked, before_the_board, decide, opened

STARTS, ENDS = dt.date(2024, 1, 1), dt.date(2025, 12, 31)
#: Credential types criteria of the form ask about, each with what it says.
SAID = {
    "MEDICAL_SCHOOL": {"degree": "MD"},
    "RESIDENCY": {"specialty": "General surgery", "level": "residency", "completed": True},
    "BOARD_CERT": {"specialty": "Surgery"},
    "LIFE_SUPPORT": {"course": "ACLS"},
    "COURSE": {"course": "Robotic surgery"},
}


def need_a_prerequisite() -> None:
    """Sedation has one, so that the privileges held are among the facts."""
    with pgtrigger.ignore("privileging.FormLine:no_update"):
        FormLine.objects.filter(privilege__code="GS-SEDATION").update(
            criteria={"initial": {"all": [{"type": "PREREQUISITE", "privilege": "GS-LAP-CHOLE"}]}}
        )


class Life:
    """One file before the board, and what the office goes on learning of the person."""

    def __init__(self, world, staff, chance: random.Random, number: int):
        self.world, self.staff, self.chance = world, staff, chance
        self.person = self._record(f"Person{number}")
        licensed(world, self.person)
        self.credentials = [credential(world, self.person, each) for each in SAID if chance.random() < 0.7]
        for identity in self.credentials:
            self._states(identity)
        application = opened(world, staff, self.person)
        asked(staff, application, special=["GS-BARIATRIC", "GS-SEDATION", "GS-ROBOTIC"])
        self.application = application
        self.step = before_the_board(staff, application)
        self.minutes = Document.objects.create(
            practitioner=self.person, title="Minutes", file_name="minutes.pdf", media_type="application/pdf",
            size=1, sha256="0" * 64, uploaded_at=clock.now(), uploaded_by=staff.meetings,
        )  # fmt: skip

    def _record(self, name: str):
        return create_practitioner(
            actor=self.world.system, provider_type="MD", last_name=name, first_name="Pat", npi=None
        )

    def _says(self, identity) -> dict:
        end = self.chance.choice([None, dt.date(2025, 6, 30), dt.date(2029, 6, 30)])
        confirmed = self.chance.random() < 0.5
        return {
            "start": dt.date(self.chance.randint(2012, 2024), 7, 1),
            "last_day": end,
            "confirmed": confirmed,
            "extra": SAID[identity.credential_type.code],
        }

    def _states(self, identity) -> None:
        say(self.world, identity, at=clock.now(), **self._says(identity))

    # -- what may happen between two acts ---------------------------------------------------------------

    def learn(self) -> None:
        """One or two things, each of a kind that criteria read."""
        for _ in range(self.chance.randint(1, 2)):
            self.chance.choice(self._kinds())()

    def _kinds(self):
        return [self._corrected, self._new, self._counted, self._held, self._merged]

    def _corrected(self) -> None:
        """A statement said again otherwise, for all days or for some."""
        if not self.credentials:
            return
        identity = self.chance.choice(self.credentials)
        said = self._says(identity)
        confirmed = said["confirmed"]
        rewrite(
            CredentialPeriod,
            identity,
            valid=DateRange(said["start"], through(said["last_day"])),
            actor=self.world.system,
            reason="Read again",
            content={
                "standing": Standing.CONFIRMED if confirmed else Standing.CLAIMED,
                "status": CredentialStatus.ACTIVE,
                "said_by": SaidBy.SOURCE if confirmed else SaidBy.APPLICANT,
                "extra": said["extra"],
                "evidence": evidence(self.world, identity.practitioner) if confirmed else None,
            },
        )

    def _new(self) -> None:
        issuer = f"Issuer {len(self.credentials)}"
        identity = credential(self.world, self.person, self.chance.choice(sorted(SAID)), issuer=issuer)
        self.credentials.append(identity)
        self._states(identity)

    def _counted(self) -> None:
        CaseVolume.objects.create(
            practitioner=self.person,
            procedure_group=self.chance.choice(["gs-major", "gs-robotic", "gs-bariatric"]),
            performed_from=STARTS,
            performed_through=ENDS,
            cases=self.chance.randint(0, 90),
            source="Case log",
            evidence=evidence(self.world, self.person) if self.chance.random() < 0.5 else None,
            recorded_at=clock.now(),
            recorded_by=self.world.system,
        )

    def _held(self) -> None:
        """A prerequisite held for a while, or never after all."""
        held = GrantPeriod.objects.live().filter(practitioner=self.person, privilege__code="GS-LAP-CHOLE")
        if rows := list(held):
            supersede(rows, actor=self.world.system, kind=EndKind.MISTAKE, reason="Another person's")
        else:
            grant(self.world, self.person, at=clock.now())

    def _merged(self) -> None:
        """Another record turns out to be this person's, with a statement of its own."""
        other = self._record("Alias")
        identity = credential(self.world, other, "LIFE_SUPPORT")
        self._states(identity)
        merge_records(actor=self.world.system, keep=self.person, record=other, reason="One person")

    def defer(self) -> Decision:
        """The board looks at it, freezes what it saw, and waits."""
        return decide(
            self.staff,
            self.step,
            answers(self.application, everything=LineOutcome.DEFER),
            minutes=self.minutes,
        )
