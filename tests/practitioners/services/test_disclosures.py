import datetime as dt

import pytest
from django.urls import reverse

from config.accounts.choices import Role
from config.audit.models import AuditEvent
from config.kernel.errors import Forbidden, Refused
from practitioners.models import DisclosureAnswer, DisclosureQuestionSet
from practitioners.selectors.disclosures import answered, asked_on
from practitioners.services.disclosures import FILE, Answer, load_question_sets, record_answers

DAY = dt.date(2026, 3, 1)


@pytest.fixture
def asked(system):
    load_question_sets(actor=system)
    return asked_on(DAY)


def clear(asked, **changed):
    """Every question answered so that nothing is to be explained, but for what is given."""
    return {q.code: Answer(q.clear_answer) for q in asked.questions.all()} | changed


def record(actor, surgeon, asked, **changed):
    return record_answers(
        actor=actor,
        practitioner=surgeon,
        question_set=asked,
        answered_on=DAY,
        answers=clear(asked, **changed),
    )


def test_versions_are_published_once_and_keep_their_words(system, asked, tmp_path):
    assert load_question_sets(actor=system) == {"added": 0, "kept": 1}
    assert asked.questions.count() == 15
    other = tmp_path / "other.yaml"
    other.write_text(FILE.read_text().replace("Do you use illegal drugs at present?", "Do you?"))
    with pytest.raises(Refused, match="give new words a new version"):
        load_question_sets(actor=system, path=other)
    other.write_text(
        "- {version: '2027.1', asked_from: 2027-01-01, questions: [{code: licence, text: 'Ever?'}]}"
    )
    assert load_question_sets(actor=system, path=other)["added"] == 1
    assert asked_on(DAY).version == "2026.1"
    assert asked_on(dt.date(2027, 1, 1)).version == "2027.1"
    assert asked_on(dt.date(2020, 1, 1)) is None


def test_a_yes_needs_an_explanation_and_so_does_a_no_where_yes_is_clear(coordinator, surgeon, asked):
    with pytest.raises(Refused, match="Question 7 is answered with yes") as refused:
        record(coordinator, surgeon, asked, claims=Answer(True))
    assert refused.value.field == "explanation_claims"
    with pytest.raises(Refused, match="Question 11 is answered with no"):
        record(coordinator, surgeon, asked, functions=Answer(False, " "))
    assert not DisclosureAnswer.objects.exists()


def test_every_question_is_answered_and_no_day_lies_ahead(coordinator, surgeon, asked):
    answers = clear(asked)
    answers.pop("board")
    with pytest.raises(Refused, match="Question 5 is not answered"):
        record_answers(
            actor=coordinator, practitioner=surgeon, question_set=asked, answered_on=DAY, answers=answers
        )
    with pytest.raises(Refused, match="lies ahead"):
        record_answers(
            actor=coordinator, practitioner=surgeon, question_set=asked, answered_on=dt.date(2100, 1, 1),
            answers=clear(asked),
        )  # fmt: skip


def test_the_latest_answer_counts_and_the_trail_says_nothing_of_it(coordinator, surgeon, asked):
    record(coordinator, surgeon, asked, claims=Answer(True, "One claim of 2019, dismissed."))
    record(coordinator, surgeon, asked)
    (found,) = answered(surgeon)
    assert found.told == 0
    assert DisclosureAnswer.objects.count() == 30
    assert "claim" not in str(
        list(AuditEvent.objects.filter(verb="disclosure.answered").values("data", "reason"))
    )


def test_who_may_record_and_read(client, user_with, surgeon, asked):
    for role, status in [(Role.CREDENTIALING_COORDINATOR, 200), (Role.COMPLIANCE_OFFICER, 403)]:
        user = user_with(role)
        client.force_login(user)
        assert client.get(reverse("practitioners:disclosures", args=[surgeon.uid])).status_code == status
    with pytest.raises(Forbidden):
        record(user_with(Role.MEDICAL_STAFF_COORDINATOR), surgeon, asked)


def test_the_page_shows_the_words_answered(client, coordinator, surgeon, asked):
    client.force_login(coordinator)
    page = reverse("practitioners:disclosures", args=[surgeon.uid])
    assert "No answers are on file yet" in client.get(page).content.decode()
    form = reverse("practitioners:disclosures_answer", args=[surgeon.uid])
    values = {"answered_on": DAY, "said_by": "applicant"}
    values |= {f"answer_{q.code}": "yes" if q.clear_answer else "no" for q in asked.questions.all()}
    refused = client.post(form, values | {"answer_claims": "yes"})
    assert refused.status_code == 422
    assert "that needs an explanation" in refused.content.decode()
    answer = client.post(
        form, values | {"answer_claims": "yes", "explanation_claims": "One claim of 2019, dismissed."}
    )
    assert answer.status_code == 303
    text = client.get(page).content.decode()
    assert "One claim of 2019, dismissed." in text
    assert "Has a malpractice claim ever been made" in text
    assert "1 answer to read" in text


def test_without_published_questions_the_page_says_how_to_publish(client, coordinator, surgeon):
    assert not DisclosureQuestionSet.objects.exists()
    client.force_login(coordinator)
    assert client.get(reverse("practitioners:disclosures_answer", args=[surgeon.uid])).status_code == 303
    page = client.get(reverse("practitioners:disclosures", args=[surgeon.uid])).content.decode()
    assert "load_reference" in page
