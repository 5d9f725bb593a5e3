"""A populated hospital, the package made of it, and empty installations with keys of their own."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyrage
import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.conf import settings

from config.accounts.adapters import MFAAdapter
from config.accounts.choices import DataClass, Role
from config.accounts.models import User
from config.accounts.services.users import give_role
from config.custody.models import CustodyExport
from config.custody.package.age import fingerprint
from config.custody.package.places import file_of
from config.custody.services.exports import approve_export, ask_for_export, withdraw_export
from config.custody.services.making import make_export
from config.kernel import clock
from config.organization.models import Facility
from practitioners import store
from practitioners.models import Document, Evidence
from practitioners.services.evidence import write_checkpoint
from practitioners.services.protected import record_ssn, remove_ssn
from tests.matrix.world import LONG_AGO, MORNING, World, build_world
from tests.services import Services

SEED = "JBSWY3DPEHPK3PXP"
REASON = "The hospital moves to its own servers; order of the chief executive."


@dataclass
class Package:
    """The file, what opens it, and some of what was in the installation it left."""

    path: Path
    identity: Any
    key_file: Path
    export: CustodyExport
    facts: dict[str, Any] = field(default_factory=dict)


def everywhere(user: User, role: Role, system: User) -> User:
    """The person with the role at each facility."""
    for facility in Facility.objects.all():
        if not user.role_assignments.filter(role=role, facility=facility).exists():
            give_role(actor=system, user=user, role=role, facility=facility, start=LONG_AGO)
    return User.objects.get(pk=user.pk)


def approved_export(world: World, public_key: str) -> CustodyExport:
    """Asked by the director, approved by the chief medical officer."""
    system = world.hospital.system
    director = everywhere(world.people[Role.DIRECTOR], Role.DIRECTOR, system)
    withdraw_export(actor=system, export=world.things["custody_export"], reason="Another is asked for")
    officer = everywhere(world.people[Role.CHIEF_MEDICAL_OFFICER], Role.CHIEF_MEDICAL_OFFICER, system)
    export = ask_for_export(
        actor=director,
        purpose="system_change",
        reason=REASON,
        receiver="Ada Min, 555-0107",
        public_key=public_key,
    )
    return approve_export(actor=officer, export=export, fingerprint_seen=fingerprint(public_key))


def add_secrets(world: World) -> None:
    """Everything that is kept encrypted: numbers, one of them removed, second factors, protected papers."""
    coordinator = world.hospital["coordinator"]
    other = world.things["application"].practitioner
    record_ssn(actor=coordinator, practitioner=other, number="234-56-7891")
    remove_ssn(actor=coordinator, practitioner=other, reason="Somebody else's")
    adapter = MFAAdapter()
    user = world.people[Role.DIRECTOR]
    for kind, data in (
        (Authenticator.Type.TOTP, {"secret": adapter.encrypt(SEED)}),
        (Authenticator.Type.RECOVERY_CODES, {"seed": adapter.encrypt("seed\tof codes"), "used_mask": 3}),
    ):
        Authenticator.objects.create(user=user, type=kind, data=data)


@pytest.fixture(scope="module")
def package(
    django_db_setup: None,
    django_db_blocker: Any,
    services: Services,
    tmp_path_factory: pytest.TempPathFactory,
) -> Package:
    """Made once for this module, of a hospital that is gone afterwards."""
    folder = tmp_path_factory.mktemp("left")
    identity = pyrage.x25519.Identity.generate()
    key_file = folder / "key.txt"
    key_file.write_text(f"# secret\n{identity}\n")
    with pytest.MonkeyPatch.context() as patched, django_db_blocker.unblock():
        patched.setattr(settings, "STANDING_STORE", folder / "store")
        patched.setattr(settings, "STANDING_CUSTODY", folder / "custody")
        patched.setattr(settings, "STANDING_CHECKPOINTS", folder / "checkpoints")
        services.fresh_database()
        with clock.freeze(MORNING):
            world = build_world(proven=True)
            add_secrets(world)
            write_checkpoint()
            export = approved_export(world, str(identity.to_public()))
            assert make_export(actor=world.hospital.system, uid=str(export.uid)) == "ready"
        export = CustodyExport.objects.select_related("asked_by", "decided_by").get(pk=export.pk)
        made = Package(file_of(export), identity, key_file, export)
        made.facts = _facts(world)
        services.fresh_database()
    return made


def _facts(world: World) -> dict[str, Any]:
    protected = Document.objects.exclude(data_class=DataClass.GENERAL).order_by("id").first()
    return {
        "evidence": Evidence.objects.count(),
        "protected": (protected.sha256, store.get(protected.sha256, encrypted=True)),
        "roster": world.things["import"].sha256,
        "surgeon": world.things["practitioner"].uid,
        "director": world.people[Role.DIRECTOR].uid,
        "keys": list(store.keys()),
    }


@pytest.fixture
def empty(settings, tmp_path: Path, transactional_db: None) -> Path:
    """An installation in which nothing was done, with keys of its own."""
    settings.STANDING_STORE = tmp_path / "store"
    settings.STANDING_CUSTODY = tmp_path / "custody"
    settings.STANDING_CHECKPOINTS = tmp_path / "checkpoints of the new house"
    settings.STANDING_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    settings.STANDING_HMAC_KEY = secrets.token_hex(32)
    return tmp_path
