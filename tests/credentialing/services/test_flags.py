"""Computed red flags open, change and close by themselves; the category; what is new after completion."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from config.audit.models import AuditEvent, ProtectedRead
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from credentialing import links
from credentialing.choices import Element, FlagStatus
from credentialing.models import RedFlag
from credentialing.rules import red_flags
from credentialing.selectors.assessment import category_of
from credentialing.selectors.file_summary import paper_content, read_summary
from credentialing.selectors.flag_facts import facts_for
from credentialing.selectors.gate import completeness
from credentialing.services import applications, flags, verification
from credentialing.worklist.applications import open_flags
from practitioners.choices import CredentialStatus, SaidBy
from practitioners.models import DisclosureQuestionSet
from practitioners.rules.provenance import LEGAL_NAME
from practitioners.services.conflicts import resolve_conflict
from practitioners.services.credentials import withdraw_claim
from practitioners.services.disclosures import Answer, load_question_sets, record_answers
from practitioners.services.protected import compare_ssn, record_ssn
from practitioners.services.statements import record_statements
from tests.credentialing.files import hospitals_with_person
from tests.credentialing.world import NOON, TODAY

HOSPITALS = hospitals_with_person


def answers(world, person, **odd: str):
    """Every question answered clearly, but for those named, with their explanation."""
    load_question_sets(actor=world.system)
    questions = DisclosureQuestionSet.objects.get(version="2026.1")
    return record_answers(
        actor=world.coordinator,
        practitioner=person,
        question_set=questions,
        answered_on=TODAY,
        answers={
            each.code: Answer(
                not each.clear_answer if each.code in odd else each.clear_answer, odd.get(each.code, "")
            )
            for each in questions.questions.all()
        },
    )


def affiliation(world, person, **extra):
    return world.claim(
        person, "AFFILIATION", dt.date(2018, 1, 1), dt.date(2019, 12, 31), issuer="Elsewhere", extra=extra
    )


def flag_of(application, code: str) -> RedFlag:
    return RedFlag.objects.get(application=application, code=code)


class TestSync:
    def test_submission_finds_what_is_stated(self, world):
        person = world.person
        there = affiliation(world, person, good_standing=False)
        application = applications.submit(actor=world.coordinator, application=world.application(person))
        flag = flag_of(application, "RF-AFFIL")
        assert (flag.severity, flag.status, flag.computed) == ("serious", FlagStatus.OPEN, True)
        assert flag.facts == {"credential": str(there.uid), "good_standing": False}
        event = AuditEvent.objects.filter(verb="red_flag.raised").get()
        assert event.data["code"] == "RF-AFFIL"
        assert event.actor_uid == world.system.uid

    def test_again_it_changes_nothing(self, world):
        person = world.person
        affiliation(world, person, good_standing=False)
        application = world.accepted(person)
        before = list(RedFlag.objects.values())
        assert flags.sync_flags(application=application) == 0
        assert list(RedFlag.objects.values()) == before

    def test_what_is_gone_closes_by_itself_and_is_kept(self, world):
        person = world.person
        there = affiliation(world, person, good_standing=False)
        application = world.accepted(person)
        withdraw_claim(actor=world.coordinator, credential=there, reason="Stated by mistake")
        assert flags.sync_flags(application=application) == 1
        flag = flag_of(application, "RF-AFFIL")
        assert (flag.status, flag.closed_at) == (FlagStatus.NO_LONGER, clock.now())
        assert "no longer says so" in flag.note
        assert flags.sync_flags(application=application) == 0

    def test_other_facts_open_a_disposed_flag_again(self, world):
        person = world.person
        for number, state in enumerate(("IN", "KY", "MI", "IL", "WI", "PA", "NY", "VT")):
            world.claim(
                person, "LICENSE", dt.date(2015, 1, 1), dt.date(2027, 1, 31), state=state, number=f"9{number}"
            )
        application = world.accepted(person)
        flag = flag_of(application, "RF-LIC-MANY")
        flags.dispose(actor=world.coordinator, flag=flag, disposition="Tele-radiology.")
        assert flags.sync_flags(application=application) == 0  # the same facts: a person has judged them
        world.claim(person, "LICENSE", dt.date(2015, 1, 1), dt.date(2027, 1, 31), state="ME", number="99")
        assert flags.sync_flags(application=application) == 1
        flag.refresh_from_db()
        assert (flag.status, flag.disposition, flag.disposed_by) == (FlagStatus.OPEN, "", None)
        assert flag.note == (
            'What it rests on has changed. Disposed of by Dana Whitlock before: "Tele-radiology."'
        )
        assert "10 states" in flag.sentence

    def test_what_a_person_raised_is_not_said_twice(self, world):
        application = world.accepted()
        world.verify(
            world.item(application, Element.STATE_LICENSE), findings={"status": CredentialStatus.PROBATION}
        )
        flag = flag_of(application, "RF-LIC-ADV")
        assert not flag.computed
        flags.sync_flags(application=application)
        assert flag_of(application, "RF-LIC-ADV") == flag

    def test_a_no_that_the_board_contradicts(self, world):
        person = world.person
        answers(world, person)
        application = world.accepted(person)
        assert not RedFlag.objects.filter(code="RF-NONDISC").exists()
        world.verify(
            world.item(application, Element.STATE_LICENSE), findings={"status": CredentialStatus.PROBATION}
        )
        flag = flag_of(application, "RF-NONDISC")
        assert (flag.severity, flag.facts["question"]) == ("serious", "licence")

    def test_an_item_given_up_says_so_at_once(self, world):
        application = world.accepted()
        item = world.item(application, Element.PEER_REFERENCE)
        for _ in range(3):
            verification.record_attempt(
                actor=world.coordinator, item=item, method="phone", outcome="no_answer"
            )
        item.refresh_from_db()
        verification.mark_unable(actor=world.coordinator, item=item, note="Never answers.")
        assert flag_of(application, "RF-REF").facts == {"item": str(item.uid), "what": "not_returned"}

    def test_the_facts_cost_the_same_for_much_and_for_little(self, world):
        person = world.person
        application = world.accepted(person)
        facts_for(application, red_flags.reads_of(red_flags.RULES))  # what is read once, by its objects
        with CaptureQueriesContext(connection) as little:
            facts_for(application, red_flags.reads_of(red_flags.RULES))
        for number in range(12):
            world.claim(
                person, "CLAIM", dt.date(2020, 1, 1), None, number=f"C{number}", extra={"outcome": "open"}
            )
        with CaptureQueriesContext(connection) as much:
            facts_for(application, red_flags.reads_of(red_flags.RULES))
        assert len(much) == len(little) <= 20

    def test_the_database_holds_the_pairs(self, world):
        person = world.person
        affiliation(world, person, good_standing=False)
        flag = flag_of(world.accepted(person), "RF-AFFIL")
        for change in (
            {"status": "no_longer"},  # without a moment and why
            {"closed_at": clock.now()},  # while open
            {"disposition": "Never mind."},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                RedFlag.objects.filter(pk=flag.pk).update(**change)


class TestHealth:
    @pytest.fixture
    def application(self, world):
        person = world.person
        answers(world, person, functions="To be talked about.")
        return world.accepted(person)

    def test_it_is_for_those_it_is_routed_to(self, world, application):
        flag = flag_of(application, "RF-HEALTH")
        assert flag not in read_summary(world.coordinator, application).flags
        assert not ProtectedRead.objects.exists()
        assert flag in read_summary(world.director, application).flags
        assert ProtectedRead.objects.get().data_class == "health"

    def test_it_stands_in_no_list_gate_paper_or_trail(self, world, application):
        assert open_flags(world.coordinator, world.facility, 5)[0] == 0
        total, (item,) = open_flags(world.director, world.facility, 5)
        assert (total, item.detail) == (1, "A confidential matter is routed to you.")
        assert item.url == f"{links.summary(application)}#flags"  # the file does not show it
        assert not [leaf for leaf in completeness(application).leaves() if leaf.code == "RF-HEALTH"]
        paper = paper_content(read_summary(world.director, application), read_by="Her", today=TODAY)
        assert "RF-HEALTH" not in json.dumps(paper)
        assert "confidentially" not in json.dumps(paper)
        assert "weigh" not in json.dumps(paper["category"])
        assert not AuditEvent.objects.filter(data__code="RF-HEALTH").exists()

    def test_the_category_neither_tells_nor_counts_it(self, world, application):
        for viewer in (world.coordinator, None):
            verdict = category_of(application, viewer=viewer).verdict
            told = next(child for child in verdict.children if child.code == "CAT-FLAGS")
            assert (told.sentence, told.children) == ("There is none.", ())
        told = next(
            child
            for child in category_of(application, viewer=world.director).verdict.children
            if child.code == "CAT-FLAGS"
        )
        assert told.sentence == "1 of 1 red flag weighs."

    def test_a_matter_of_peer_review_is_named_on_today_by_its_kind(self, world, application):
        RedFlag.objects.create(
            application=application, code="RF-REF", severity="warn", sentence="Secret.", opened_at=NOON,
            data_class="peer_review",
        )  # fmt: skip
        _, items = open_flags(world.coordinator, world.facility, 5)
        assert items[0].detail.startswith(f"{red_flags.RULES['RF-REF'].title}. Open it")
        assert "Secret" not in items[0].detail

    def test_only_they_dispose_of_it(self, world, application):
        flag = flag_of(application, "RF-HEALTH")
        with pytest.raises(Forbidden, match="Health"):
            flags.dispose(actor=world.coordinator, flag=flag, disposition="Fine.")
        flags.dispose(actor=world.director, flag=flag, disposition="Agreed with the applicant.")
        assert not AuditEvent.objects.filter(reason__contains="Agreed with").exists()


class TestReadFromTheFile:
    """Facts that come from other places than what is stated."""

    def test_two_sources_that_contradict_each_other_on_the_name(self, world):
        person = world.person
        application = world.accepted(person)
        record_statements(
            actor=world.coordinator, practitioner=person, said={LEGAL_NAME: "Quillfeather, Dolores"},
            said_by=SaidBy.NPPES,
        )  # fmt: skip
        flags.sync_flags(application=application)
        flag = flag_of(application, "RF-ID")
        assert (flag.severity, flag.facts) == ("serious", {"fact": LEGAL_NAME})
        assert "Dolores" not in flag.sentence
        said = person.statements.filter(fact=LEGAL_NAME).exclude(said_by=SaidBy.NPPES).get()
        resolve_conflict(actor=world.coordinator, taken=said, reason="The passport was seen.")
        flags.sync_flags(application=application)
        flag.refresh_from_db()
        assert flag.status == FlagStatus.NO_LONGER

    def test_the_night_looks_at_what_the_calendar_changed(self, world):
        application = world.accepted()
        verification.request(actor=world.coordinator, item=world.item(application, Element.PEER_REFERENCE))
        assert flags.sync_open_files(actor=world.system) == {"files": 1, "moved": 0}
        with clock.freeze(NOON + dt.timedelta(days=31)):
            assert flags.sync_open_files(actor=world.system) == {"files": 1, "moved": 1}
            assert flags.sync_open_files(actor=world.system) == {"files": 1, "moved": 0}
        assert "not returned in 30 days" in flag_of(application, "RF-REF").sentence


class TestNumberOfASource:
    NUMBER, OTHER = "246-81-3579", "246-81-3578"

    def test_one_that_is_not_the_one_on_file_raises_the_flag_of_identity(self, world):
        person = world.person
        record_ssn(actor=world.coordinator, practitioner=person, number=self.NUMBER, said_by="applicant")
        application = world.accepted(person)

        def compare(number):
            made = compare_ssn(
                actor=world.coordinator, practitioner=person, number=number, source="Background agency"
            )
            flags.sync_flags(application=application)
            return made.agrees

        assert compare(self.NUMBER)
        assert not RedFlag.objects.filter(code="RF-ID").exists()
        assert not compare(self.OTHER)
        flag = flag_of(application, "RF-ID")
        assert (flag.status, flag.severity) == (FlagStatus.OPEN, "serious")
        told = f"{flag.sentence}{flag.facts}{list(AuditEvent.objects.values_list('data', 'reason'))}"
        assert self.OTHER.replace("-", "") not in told.replace("-", "")
        assert compare(self.NUMBER)
        flag.refresh_from_db()
        assert flag.status == FlagStatus.NO_LONGER

    def test_without_a_number_on_file_or_a_source_it_is_refused(self, world):
        person = world.person
        with pytest.raises(Refused, match="on file to compare"):
            compare_ssn(actor=world.coordinator, practitioner=person, number=self.NUMBER, source="Agency")
        with pytest.raises(Refused, match="which source"):
            compare_ssn(actor=world.coordinator, practitioner=person, number=self.NUMBER, source=" ")
