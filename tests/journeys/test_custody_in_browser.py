"""Everything leaves by two people at their browsers, a real worker and a real second installation."""

from __future__ import annotations

import hashlib
import re
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from playwright.sync_api import Browser

from config.accounts.choices import DataClass, Role
from config.accounts.models import User
from config.accounts.services.users import give_role
from config.custody.package.age import fingerprint, read_key
from config.embedded.instance import APPLICATION_ROLE, PROJECT
from practitioners.services.documents import store_document
from practitioners.services.people import create_practitioner
from practitioners.services.protected import record_ssn
from tests.journeys.people import Person, Report
from tests.journeys.test_walk_in_browser import MOST_QUERIES
from tests.journeys.world import LONG_AGO, PASSWORD, Hospital
from tests.services import Services

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture
def worker_environment(tmp_path: Path) -> dict[str, str]:
    """The worker writes where the pages read."""
    return {"STANDING_STORE": str(tmp_path / "store"), "STANDING_CUSTODY": str(tmp_path / "custody")}


@pytest.fixture
def hospital(settings, worker_environment, hospital: Hospital) -> Hospital:
    """A hospital with something to carry, and a chief medical officer."""
    settings.STANDING_STORE = Path(worker_environment["STANDING_STORE"])
    settings.STANDING_CUSTODY = Path(worker_environment["STANDING_CUSTODY"])
    officer = User.objects.create_user("officer", "officer@example.org", PASSWORD, last_name="Lindqvist")
    give_role(
        actor=hospital.system,
        user=officer,
        role=Role.CHIEF_MEDICAL_OFFICER,
        facility=hospital.facility,
        start=LONG_AGO,
    )
    person = create_practitioner(
        actor=hospital["coordinator"], provider_type="MD", last_name="Okonkwo", first_name="Adaeze"
    )
    record_ssn(actor=hospital["coordinator"], practitioner=person, number="123-45-6789")
    store_document(
        actor=hospital["coordinator"],
        practitioner=person,
        title="Health statement",
        file_name="health.pdf",
        content=PDF,
        data_class=DataClass.IDENTITY,
    )
    return hospital


@pytest.fixture
def second(services: Services, tmp_path: Path) -> Iterator[Callable[..., str]]:
    """``second("load_custody", ...)``: a command in another, empty installation with keys of its own."""
    name = f"{services.database}_second"
    services.cluster.clone(services.template, name)
    environment = services.environment(
        DJANGO_SETTINGS_MODULE="config.settings.demo",
        DATABASE_URL=services.cluster.url(name, user=APPLICATION_ROLE, password=services._application_secret),
        DATABASE_OWNER_URL=services.cluster.url(name),
        STANDING_ENCRYPTION_KEYS=Fernet.generate_key().decode(),
        STANDING_HMAC_KEY=secrets.token_hex(32),
        STANDING_STORE=str(tmp_path / "second" / "store"),
        STANDING_CHECKPOINTS=str(tmp_path / "second" / "checkpoints"),
    )

    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    yield run
    services.cluster.drop(name)


def test_everything_leaves_and_arrives(
    browser: Browser, live_server, hospital: Hospital, celery_worker, second, tmp_path: Path, capsys
):
    """The director asks, the chief medical officer compares and approves, a worker makes it, it is fetched,
    and an empty installation has all of it.
    """
    report = Report()
    key_file = tmp_path / "key.txt"
    call_command("make_custody_key", str(key_file))
    public = str(read_key(key_file).to_public())
    capsys.readouterr()

    marcus = Person(browser, live_server.url, "director", report)
    marcus.go("/custody/")
    marcus.sees("No export of everything was asked for yet.")
    marcus.look("exports, none yet")
    marcus.press("Ask for an export")
    marcus.look("ask")
    marcus.fill(
        purpose="system_change", reason="We move to our own servers.", receiver="Ada Min, 555-0107",
        public_key=key_file.read_text().splitlines()[1],
    )  # fmt: skip
    with marcus.refused():
        marcus.press("Ask a second person")
        marcus.sees("This is the secret half of the pair")
        marcus.look("ask, the secret half")
    assert marcus.page.locator("[name=public_key]").input_value() == ""
    marcus.fill(public_key=public)
    marcus.press("Ask a second person")
    marcus.sees("Waits for a second person", fingerprint(public), "You asked for this export yourself")
    marcus.look("export, asked")
    address = marcus.path

    officer = Person(browser, live_server.url, "officer", report, view="360")
    officer.sees("asks to export everything")
    officer.go(address)
    officer.look("export, to be approved")
    officer.press("Approve")
    officer.sees(fingerprint(public), "social security numbers", "We move to our own servers.")
    officer.look("approve")
    with officer.refused():
        officer.press("Approve")
        officer.sees("Compare the fingerprint with the receiver first.")
    officer.fill(compared=True)
    officer.press("Approve")
    officer.sees("Ready to fetch")
    officer.look("export, ready")

    marcus.go(address)
    marcus.sees("SHA-256", "manage.py load_custody")
    marcus.look("export, ready")
    with marcus.page.expect_download() as download:
        marcus.press("Fetch the file")
    package = tmp_path / "package.age"
    download.value.save_as(package)
    assert re.fullmatch(r"standing-custody-[0-9-]{10}\.age", download.value.suggested_filename)
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    marcus.sees(digest)
    marcus.go(address)
    marcus.sees("Fetched")

    key = ("--identity", str(key_file))
    assert "Loaded" in second("load_custody", str(package), *key, "--sha256", digest)
    assert "0 differences" in second("compare_custody", str(package), *key)
    second("verify_evidence")
    second("replay_decisions")

    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(MOST_QUERIES) == {}
    marcus.close()
    officer.close()
