"""The demo's hospital leaves, and all of it arrives in an empty house with other keys."""

from __future__ import annotations

import io
import secrets
from pathlib import Path

import pyrage
import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command

from config.custody.package.writing import write_package
from config.custody.selectors.comparing import compare_package
from config.custody.services.loading import load_package
from tests.demo.conftest import build
from tests.services import Services


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_hospital_moves(services: Services, settings, tmp_path: Path) -> None:
    settings.STANDING_STORE = tmp_path / "left" / "store"
    settings.STANDING_CHECKPOINTS = tmp_path / "left" / "checkpoints"
    build(tmp_path / "left")
    identity = pyrage.x25519.Identity.generate()
    package = tmp_path / "package.age"
    told = {"export": "5f0c7a52-6f6f-4b6e-9d53-0d8f4e6f2a10", "made_at": "today"}
    counts = write_package(package, public_key=str(identity.to_public()), told=told)
    assert counts["rows"] > 10_000
    assert counts["unopened"] == counts["damaged"] == 0

    services.fresh_database()
    settings.STANDING_STORE = tmp_path / "entered" / "store"
    settings.STANDING_CHECKPOINTS = tmp_path / "entered" / "checkpoints"
    settings.STANDING_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    settings.STANDING_HMAC_KEY = secrets.token_hex(32)
    loaded = load_package(actor=None, path=package, identity=identity)
    assert len(loaded.stand_ins) > 10
    found = compare_package(path=package, identity=identity)
    assert (found.differences, found.contents) == ([], [])
    said = io.StringIO()
    call_command("verify_evidence", stdout=said)
    call_command("replay_decisions", stdout=said)
    assert "All well" in said.getvalue()
    assert "0 do not" in said.getvalue()
