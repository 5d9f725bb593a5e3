"""Letters of the office: what may be written when, what they say, that they stay as they were issued."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.db import IntegrityError, InternalError, transaction
from pypdf import PdfReader

from bylaws.choices import BarKind, Body, LineOutcome
from bylaws.services.bars import open_bar
from config.accounts.choices import DataClass
from config.audit.models import AuditEvent
from config.kernel.canonical import bytes_digest
from config.kernel.errors import Conflict, Forbidden, Refused
from credentialing.choices import Element
from credentialing.models import OfficeLetter
from credentialing.selectors.letter_facts import About, facts_of, offered
from credentialing.selectors.letters import visible_letters
from credentialing.services import applications, completing, letter_templates, letters, verification
from practitioners import store
from practitioners.models import Letter
from practitioners.selectors.canonical import records_of
from practitioners.selectors.file import papers_of
from privileging.services.departures import record_departures
from tests.credentialing.letters import (
    OF_MEMBERS,
    about,
    draft,
    hospitals_with_letters_and_file,
    issue,
    member,
    recommend,
    template,
    usable,
)
from tests.credentialing.world import TODAY, World

HOSPITALS = hospitals_with_letters_and_file


@pytest.fixture
def office(world: World) -> World:
    return world


def text_of(letter: Letter) -> str:
    pages = PdfReader(io.BytesIO(store.get(letter.sha256))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def why_not(whom: About, code: str) -> str:
    return next(verdict.sentence for each, verdict in offered(facts_of(whom)) if each.code == code)


# --- issued ---------------------------------------------------------------------------------------------


def test_a_letter_is_merged_typeset_and_kept(office: World):
    application = office.file
    whom = about(office, application)
    letter = issue(office, "acknowledgement", whom, added="Bring it.\n\nThank you.")
    assert letters.typeset_again(letter) == store.get(letter.sha256)
    assert bytes_digest(store.get(letter.sha256)) == letter.sha256
    said = text_of(letter)
    assert "Marisol T. Quillfeather, MD" in said
    assert "14 Alder Court" in said
    assert (
        "initial appointment in the department of Surgery at Fernwick General reached us on March 10" in said
    )
    assert said.index("Bring it.") < said.index("Thank you.") < said.index("If you have a question")
    assert (letter.office.version.number, letter.office.application) == (1, application)
    event = AuditEvent.objects.filter(verb="letter.issued").first()
    assert event.data == {"template": "acknowledgement", "version": 1, "sha256": letter.sha256}
    assert issue(office, "acknowledgement", whom).pk != letter.pk  # another one may follow
    with pytest.raises(InternalError), transaction.atomic():
        OfficeLetter.objects.filter(letter=letter).update(clock_days=3)


def test_a_field_without_a_value_keeps_the_letter_back(office: World):
    office.facility.office_phone = ""
    office.facility.save(update_fields=["office_phone"])
    whom = about(office, office.file)
    made = draft(office, "acknowledgement", whom)
    assert "[Telephone of the office]" in made.merged.blocks[-1]["text"]
    with pytest.raises(Refused, match="the hospital has no telephone of the office on record"):
        issue(office, "acknowledgement", whom)
    assert not Letter.objects.exists()


def test_what_changed_since_somebody_looked_is_read_again(office: World):
    whom = about(office, office.file)
    seen = draft(office, "acknowledgement", whom).seen
    welcome = template("acknowledgement")
    version = letter_templates.write_version(
        actor=office.director, template=welcome, subject="We have it", body="Dear {practitioner_name}",
        note="Shorter", newest=1,
    )  # fmt: skip
    letter_templates.publish_version(actor=office.coordinator, version=version)
    with pytest.raises(Conflict, match="has changed since you looked"):
        issue(office, "acknowledgement", whom, seen=seen)
    # own words are not what somebody looked at
    made = issue(
        office, "acknowledgement", whom, seen=draft(office, "acknowledgement", whom).seen, added="Yes."
    )
    assert made.office.version.number == 2


@pytest.mark.parametrize(
    ("to", "sentence"),
    [
        ("  \n ", "Write the name and address"),
        ("\n".join("12345678"), "7 lines at most"),
        ("x" * 101, "100 characters at most"),
    ],
)
def test_an_address_that_is_none(office: World, to, sentence):
    whom = about(office, person=member(office, npi=None))
    with pytest.raises(Refused, match=sentence):
        issue(office, "conflict_statement", whom, to=to)


def test_who_may_not_write(office: World):
    person = member(office, npi=None)
    whom = about(office, person=person)
    for somebody in (office.compliance, office.lookup):
        with pytest.raises(Forbidden):
            issue(office, "conflict_statement", whom, actor=somebody)
    with pytest.raises(Forbidden):
        issue(office, "conflict_statement", About(person, office.other))
    person.user = office.coordinator
    person.save(update_fields=["user"])
    with pytest.raises(Forbidden, match="own file"):
        issue(office, "conflict_statement", whom)


# --- when -----------------------------------------------------------------------------------------------


def test_what_is_missing_and_what_was_withdrawn_for_it(office: World):
    application = office.file
    whom = about(office, application)
    assert "deficiency" not in usable(whom)
    assert why_not(whom, "deficiency").startswith("Nothing is noted as missing")
    for what, days in (("Certificate of cover", 10), ("Second peer", 20)):
        completing.ask_for(
            actor=office.coordinator, application=application, what=what,
            due_on=TODAY + dt.timedelta(days=days),
        )  # fmt: skip
    made = draft(office, "deficiency", whom)
    assert {"lines": ["Certificate of cover", "Second peer"]} in made.merged.blocks
    assert "by March 30, 2026" in made.merged.blocks[3]["text"]
    application.refresh_from_db()
    assert why_not(whom, "withdrawn_incomplete").endswith("not withdrawn.")
    application = applications.withdraw(
        actor=office.coordinator, application=application, reason="Nothing came within 60 days."
    )
    whom = about(office, application)
    assert {"withdrawn_incomplete"} <= usable(whom)
    assert {"deficiency", "acknowledgement", "adverse_recommendation"}.isdisjoint(usable(whom))
    assert "no denial" in text_of(issue(office, "withdrawn_incomplete", whom))


def test_a_discrepancy_the_applicant_may_be_told_of(office: World):
    application = office.file
    whom = about(office, application)
    for element in (Element.RESIDENCY, Element.PEER_REFERENCE):
        item = office.answer(office.item(application, element))
        verification.note_discrepancy(actor=office.coordinator, item=item, note="It ended in June 2011.")
    facts = facts_of(whom)
    (item,) = facts.items_for("discrepancy")
    assert item.element == Element.RESIDENCY  # a reference is never told of
    letter = issue(office, "correct_discrepancy", whom, item=item)
    assert "You stated: July 1, 2007 to June 30, 2012" in text_of(letter)
    assert "Fernwick General says: It ended in June 2011." in text_of(letter)
    with pytest.raises(Refused, match="cannot be told of"):
        issue(office, "correct_discrepancy", whom, item=office.item(application, Element.PEER_REFERENCE))
    with pytest.raises(Refused, match="no discrepancy is chosen"):
        issue(office, "correct_discrepancy", whom)


def test_a_school_is_asked(office: World):
    application = office.file
    facts = facts_of(about(office, application))
    school = next(each for each in facts.items_for("training") if each.element == Element.MEDICAL_SCHOOL)
    letter = issue(office, "verify_training", facts.about, item=school, to="Fernwick College of Medicine")
    assert letter.title == "Verification of Medical school of Marisol Tessa Quillfeather, MD"
    assert "August 1, 2003 to May 31, 2007" in text_of(letter)
    assert letter.office.item == school


def test_no_letter_announces_a_decision_that_is_not_final(office: World):
    application = office.file
    whom = about(office, application)
    recommend(office, application, Body.MEC, LineOutcome.RECOMMEND)
    assert why_not(whom, "welcome") == "The board's decision is not final: no letter may announce it."
    with pytest.raises(Refused, match="not final"):
        issue(office, "welcome", whom)


def test_leaving_and_leave(office: World):
    person = member(office, npi=None)
    whom = about(office, person=person)
    assert usable(whom) == {"conflict_statement", *OF_MEMBERS}
    open_bar(
        actor=office.staff_coordinator, practitioner=person, facility=office.facility, kind=BarKind.LEAVE,
        cause="Family", start=TODAY, end=TODAY + dt.timedelta(days=80),
    )  # fmt: skip
    assert usable(whom) == {"conflict_statement", "leave_granted", "leave_ending", *OF_MEMBERS}
    said = text_of(issue(office, "leave_granted", whom, actor=office.staff_coordinator))
    assert "from March 10, 2026 through May 28, 2026" in said
    record_departures(
        actor=office.staff_coordinator, practitioners=[person], facility=office.facility, kind="resigned",
        day=TODAY + dt.timedelta(days=30), reason="Moves.", investigation="no",
    )  # fmt: skip
    assert "resignation" in usable(whom)
    assert "end with April 8, 2026" in text_of(issue(office, "resignation", whom))


# --- the notice of an adverse recommendation ------------------------------------------------------------


def test_the_notice_goes_out_after_a_recommendation_against_and_before_the_decision(office: World):
    application = office.file
    whom = about(office, application)
    code = "adverse_recommendation"
    assert why_not(whom, code) == "No body has recommended yet."
    recommend(office, application, Body.DEPARTMENT_CHAIR)
    assert why_not(whom, code).startswith("The Department chair recommended against. The right to a hearing")
    recommend(office, application, Body.CREDENTIALS_COMMITTEE)
    assert why_not(whom, code).startswith("The Credentials committee recommended against. The right")
    made = recommend(office, application, Body.MEC)
    letter = issue(office, code, whom, actor=office.staff_coordinator)
    said = text_of(letter)
    for words in (
        "the Medical Executive Committee of Fernwick General made a recommendation",
        "It is a recommendation and not a decision",
        "Appointment: do not recommend",
        "The case volume was not shown.",
        "within 30 days of the day on which you receive this notice",
        "not less than 30 days after that notice",
        "For the Medical Executive Committee of Fernwick General",
    ):
        assert words in said
    assert (letter.office.decision, letter.office.clock_days) == (made, 30)
    assert "was issued on 10 Mar 2026" in why_not(whom, code)
    with pytest.raises(Refused, match="was issued on"):
        issue(office, code, whom)
    with pytest.raises(IntegrityError), transaction.atomic():
        OfficeLetter.objects.create(letter=issue_other(office), version=letter.office.version, decision=made)
    again = recommend(office, application, Body.MEC)
    recommend(office, application, Body.BOARD)
    with pytest.raises(IntegrityError, match="before the decision"), transaction.atomic():
        OfficeLetter.objects.create(letter=issue_other(office), version=letter.office.version, decision=again)
    assert why_not(whom, code) == "No body has recommended yet."


def test_the_board_against_a_favorable_committee_is_told_by_a_notice_of_its_own(office: World):
    application = office.file
    whom = about(office, application)
    recommend(office, application, Body.MEC, LineOutcome.RECOMMEND)
    assert why_not(whom, "adverse_recommendation").endswith("Medical Executive Committee, is not against.")
    assert why_not(whom, "adverse_decision").startswith("The board is against nothing")
    made = recommend(office, application, Body.BOARD, proposed=True)
    assert "adverse_recommendation" not in usable(whom)
    letter = issue(office, "adverse_decision", whom, actor=office.staff_coordinator)
    said = text_of(letter)
    assert "Appointment: proposed not to be granted" in said
    assert "It is a proposal and not a decision." in said
    assert "the governing board decides" in said
    assert (letter.office.decision, letter.office.clock_days) == (made, 30)
    assert "was issued on" in why_not(whom, "adverse_decision")


def issue_other(world: World) -> Letter:
    """A letter without its row of the office."""
    first = Letter.objects.first()
    assert first is not None
    return Letter.objects.create(
        **{
            field.name: getattr(first, field.name)
            for field in Letter._meta.concrete_fields
            if field.name not in ("id", "uid", "subject_uid")
        },
        subject_uid=world.facility.uid,
    )


def test_the_notice_is_seen_only_by_whom_peer_review_is_open_to(office: World):
    application = office.file
    recommend(office, application)
    letter = issue(office, "adverse_recommendation", about(office, application))
    assert (letter.data_class, letter.kind, letter.title) == (
        DataClass.PEER_REVIEW, "special_notice", "Special notice",
    )  # fmt: skip
    for event in AuditEvent.objects.filter(verb="letter.issued"):
        assert event.data == {"sha256": letter.sha256}
        assert "adverse" not in f"{event.subject_label}{event.reason}".lower()
    records = records_of(application.practitioner)
    assert papers_of(office.staff_coordinator, records).letters == [letter]
    closed = papers_of(office.compliance, records)  # reads files, not peer review
    assert closed.letters == []
    assert closed.hidden >= 1
    assert list(visible_letters(office.staff_coordinator)) == [letter]
    assert list(visible_letters(office.compliance)) == []
