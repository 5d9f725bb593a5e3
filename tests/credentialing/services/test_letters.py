"""Letters of the office: what may be written when, what they say, that they stay as they were issued."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.db import IntegrityError, InternalError, transaction
from pypdf import PdfReader

from bylaws.choices import Body, LineOutcome
from bylaws.models import AppointmentPeriod
from bylaws.services.appointments import end_appointment
from bylaws.services.bars import open_bar
from config.accounts.choices import DataClass, Role
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.canonical import bytes_digest
from config.kernel.errors import Conflict, Forbidden, Refused
from config.rulebook.verdicts import Outcome
from credentialing.choices import Element
from credentialing.models import OfficeLetter
from credentialing.selectors.letter_facts import address_of, facts_of, offered
from credentialing.services import applications, deficiencies, letter_templates, letters, verification
from practitioners import store
from practitioners.models import Letter
from practitioners.selectors.canonical import records_of
from practitioners.selectors.file import papers_of
from tests.credentialing.letters import TO, about, draft, issue, member, ready, recommend, template
from tests.credentialing.world import TODAY, World


@pytest.fixture
def office(world: World) -> World:
    return ready(world)


def text_of(letter: Letter) -> str:
    pages = PdfReader(io.BytesIO(store.get(letter.sha256))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def usable(whom) -> set[str]:
    return {each.code for each, verdict in offered(facts_of(whom)) if verdict.met}


def owe(world: World, application, what="Certificate of cover", days=10):
    return deficiencies.ask(
        actor=world.coordinator, application=application, what=what, due_on=TODAY + dt.timedelta(days=days)
    )


# --- issued ---------------------------------------------------------------------------------------------


def test_a_letter_is_merged_typeset_and_kept(office: World):
    application = office.accepted()
    letter = issue(office, "acknowledgement", about(office, application), added="Bring your badge.\n\nThank you.")
    assert letters.typeset_again(letter) == store.get(letter.sha256)
    assert bytes_digest(store.get(letter.sha256)) == letter.sha256
    said = text_of(letter)
    assert "Marisol T. Quillfeather, MD" in said
    assert "14 Alder Court" in said
    assert "initial appointment to the Surgery at Fernwick General reached us on March 10, 2026" in said
    assert said.index("Bring your badge.") < said.index("Thank you.") < said.index("If you have a question")
    assert letter.office.version.number == 1
    assert letter.office.application == application
    event = AuditEvent.objects.filter(verb="letter.issued").last()
    assert event.data == {"template": "acknowledgement", "version": 1, "sha256": letter.sha256}
    second = issue(office, "acknowledgement", about(office, application))
    assert second.pk != letter.pk
