"""The category of a file, what is frozen when it is complete, and what is new afterwards."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import InternalError, transaction

from config.kernel.errors import Conflict, Forbidden, Refused
from config.kernel.periods import days
from credentialing.choices import Element, FileCategory, Severity
from credentialing.models import Application, CategoryRaise, ChangeSeen
from credentialing.selectors.assessment import category_of, delta_of, why_not_clean, why_not_expedited
from credentialing.selectors.requirements import decision_day
from credentialing.services import applications, assessment, flags, verification
from practitioners.choices import SaidBy
from practitioners.services.credentials import record_claim
from tests.credentialing.files import hospitals_with_complete_file
from tests.credentialing.services.test_flags import affiliation, answers

HOSPITALS = hospitals_with_complete_file


@pytest.fixture
def complete(world) -> Application:
    """The file that is complete."""
    return Application.objects.select_related("practitioner", "facility", "department", "category").get()


class TestCategory:
    def test_a_clean_file(self, world, complete):
        category = category_of(complete, viewer=world.coordinator)
        assert category.value == FileCategory.ONE
        assert category.verdict.sentence == "Complete, no red flag weighs, and the criteria are met."

    def test_what_is_not_complete_is_not_clean(self, world, complete):
        complete = applications.reopen(actor=world.coordinator, application=complete, reason="Cover")
        assert delta_of(complete, viewer=world.coordinator) is None
        category = category_of(complete, viewer=world.coordinator)
        assert (category.value, str(category.verdict.outcome)) == (FileCategory.TWO, "UNKNOWN")

    @pytest.mark.parametrize(
        ("severity", "disposed", "value"),
        [
            ("info", False, FileCategory.ONE),
            ("warn", False, FileCategory.TWO),
            ("warn", True, FileCategory.ONE),
            ("serious", False, FileCategory.TWO),
            ("serious", True, FileCategory.TWO),
        ],
    )
    def test_flags_by_weight_and_disposition(self, world, complete, severity, disposed, value):
        flag = flags.raise_flag(
            actor=world.coordinator, application=complete, code="RF-X", severity=severity, sentence="So."
        )
        if disposed:
            flags.dispose(actor=world.coordinator, flag=flag, disposition="Looked at.")
        category = category_of(complete, viewer=world.coordinator)
        assert category.value == value
        if severity == "serious" and disposed:
            leaf = next(leaf for leaf in category.verdict.leaves() if leaf.code == "CAT-FLAG")
            assert (leaf.confidence, leaf.bound_by != "") == ("unconfirmed", True)

    def test_what_keeps_it_from_the_expedited_way_is_named(self, world, complete):
        assert why_not_expedited(complete) == ""
        flags.raise_flag(
            actor=world.coordinator,
            application=complete,
            code="RF-GAP",
            severity=Severity.WARN,
            sentence="Half a year.",
        )
        assert why_not_expedited(complete) == "Needs review: Unexplained gap (RF-GAP). Half a year. Open."
        assessment.raise_category(actor=world.coordinator, application=complete, reason="Rumours.")
        assert why_not_expedited(Application.objects.get()).endswith("Raised by Dana Whitlock: Rumours.")

    @pytest.mark.parametrize(
        ("data_class", "told"),
        [
            ("peer_review", "Needs review: Unexplained gap (RF-GAP)."),
            ("health", "The Medical Staff Office keeps something about it that is to be looked at first."),
        ],
    )
    def test_what_is_protected_keeps_it_from_that_way_and_is_not_told(
        self, world, complete, data_class, told
    ):
        flags.raise_flag(
            actor=world.coordinator,
            application=complete,
            code="RF-GAP",
            severity=Severity.WARN,
            sentence="Said in a reference.",
            data_class=data_class,
        )
        why = why_not_expedited(complete)
        assert why.startswith(told)
        assert why_not_clean([complete], decision_day(complete)) == {complete.uid: why}
        assert "reference" not in why

    def test_a_person_raises_it_with_a_reason_and_nobody_lowers_it(self, world, complete):
        with pytest.raises(Refused, match="why") as refused:
            assessment.raise_category(actor=world.coordinator, application=complete, reason=" ")
        assert refused.value.field == "reason"
        with pytest.raises(Forbidden):
            assessment.raise_category(actor=world.staff_coordinator, application=complete, reason="So")
        assessment.raise_category(actor=world.coordinator, application=complete, reason="Rumours.")
        category = category_of(complete, viewer=world.coordinator)
        assert category.value == FileCategory.TWO
        assert category.verdict.sentence == "Raised by Dana Whitlock: Rumours."
        with pytest.raises(Refused, match="before"):
            assessment.raise_category(actor=world.director, application=complete, reason="Again")
        with pytest.raises(InternalError), transaction.atomic():
            CategoryRaise.objects.update(reason="No.")
        with pytest.raises(InternalError), transaction.atomic():
            CategoryRaise.objects.all().delete()


class TestDelta:
    def test_the_file_is_frozen_when_it_is_complete(self, world, complete):
        delta = delta_of(complete, viewer=world.coordinator)
        assert (delta.snapshot.number, delta.snapshot.taken_by, delta.news) == (1, world.coordinator, ())

    def test_verifying_the_same_thing_again_is_nothing_new(self, world, complete):
        old = world.item(complete, Element.MEDICAL_SCHOOL)
        fresh = verification.renew(actor=world.coordinator, item=old)
        (while_open,) = delta_of(complete, viewer=world.coordinator).news
        assert while_open.change.sentence.endswith("settled no more.")
        world.verify(fresh)
        assert delta_of(complete, viewer=world.coordinator).news == ()

    def test_only_what_is_new_is_looked_at_before_it_goes_on(self, world, complete):
        affiliation(world, complete.practitioner, good_standing=False)
        flags.sync_flags(application=complete)
        delta = delta_of(complete, viewer=world.coordinator)
        assert [each.change.kind for each in delta.news] == ["flag", "claim"]
        assert delta.news[0].change.sentence.startswith("New red flag: Hospital affiliation, Elsewhere")
        with pytest.raises(Refused, match="2 things have come in since"):
            applications.send_to_review(actor=world.coordinator, application=complete)
        keys = [each.change.key for each in delta.news]
        with pytest.raises(Conflict):
            assessment.see_changes(actor=world.coordinator, application=complete, keys=["claim:other"])
        assert assessment.see_changes(
            actor=world.coordinator, application=complete, keys=keys, note="Called them."
        ) == 2  # fmt: skip
        delta = delta_of(complete, viewer=world.coordinator)
        assert (delta.to_see, delta.unseen) == ([], [])
        assert delta.news[0].seen[0].note == "Called them."
        with pytest.raises(Conflict):
            assessment.see_changes(actor=world.coordinator, application=complete, keys=keys)
        assessment.require_seen(complete)

    def test_whoever_reviews_looks_for_themselves(self, world, complete):
        flags.raise_flag(
            actor=world.coordinator, application=complete, code="RF-X", severity="warn", sentence="So."
        )
        keys = [each.change.key for each in delta_of(complete, viewer=world.staff_coordinator).to_see]
        assessment.see_changes(actor=world.staff_coordinator, application=complete, keys=keys)
        assert not ChangeSeen.objects.get().for_office
        with pytest.raises(Refused, match="1 thing has"):
            assessment.require_seen(complete)

    def test_what_changes_once_more_is_looked_at_once_more(self, world, complete):
        cover = world.item(complete, Element.MALPRACTICE_COVER).credential

        def renewed(until: dt.date) -> None:
            record_claim(
                actor=world.coordinator, practitioner=complete.practitioner, type_code="MALPRACTICE",
                number="POL-1", issuer="Imaginary Mutual", said_by=SaidBy.APPLICANT,
                valid=days(dt.date(2027, 1, 1), until), extra={"per_claim_usd": 1},
            )  # fmt: skip

        renewed(dt.date(2028, 1, 1))
        (news,) = delta_of(complete, viewer=world.coordinator).news
        assert news.change.key == f"claim:{cover.uid}"
        assert "through 31 Dec 2027 (before: through 31 Dec 2026)" in news.change.sentence
        assessment.see_changes(actor=world.coordinator, application=complete, keys=[news.change.key])
        assert delta_of(complete, viewer=world.coordinator).to_see == []
        renewed(dt.date(2029, 1, 1))
        assert len(delta_of(complete, viewer=world.coordinator).to_see) == 1

    def test_an_answer_changed_afterwards(self, world, complete):
        answers(world, complete.practitioner, society="A fee was not paid.")
        flags.sync_flags(application=complete)
        told = [each.change.sentence for each in delta_of(complete, viewer=world.coordinator).news]
        assert told == [
            "New red flag: The answer to question 13 tells of discipline by a professional society.",
            "Question 13 is answered so that it needs explaining.",
        ]

    def test_who_looked_is_never_changed(self, world, complete):
        with pytest.raises(InternalError), transaction.atomic():
            complete.snapshots.update(frozen="{}")
