import datetime as dt

import pytest

from config.accounts.choices import Role
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from practitioners.models import GapExplanation
from practitioners.services.documents import store_document
from practitioners.services.gaps import explain_gap, withdraw_explanation
from practitioners.services.people import create_practitioner, link_user
from tests.practitioners.conftest import PDF

FIRST, LAST = dt.date(2021, 3, 1), dt.date(2021, 8, 31)


def explain(coordinator, surgeon, **more):
    values = {
        "actor": coordinator, "practitioner": surgeon, "first_day": FIRST, "last_day": LAST,
        "explanation": "Cared for a parent.", "in_writing": False,
    } | more  # fmt: skip
    return explain_gap(**values)


def test_an_explanation_is_kept_with_who_gave_it(coordinator, surgeon):
    row = explain(coordinator, surgeon, explanation="  Cared for a parent. ")
    assert row.explanation == "Cared for a parent."
    assert row.said_by == "applicant"
    event = AuditEvent.objects.get(verb="gap.explained")
    assert event.practitioner_uid == surgeon.uid
    assert "parent" not in str(event.data)


def test_a_document_makes_it_written(coordinator, surgeon):
    paper = store_document(
        actor=coordinator, practitioner=surgeon, title="Letter", file_name="letter.pdf", content=PDF
    )
    assert explain(coordinator, surgeon, document=paper).in_writing


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"explanation": "  "}, "Say what the time was for"),
        ({"explanation": "x" * 4001}, "longer than 4000"),
        ({"last_day": dt.date(2021, 2, 1)}, "lies before the first"),
        ({"last_day": dt.date(2100, 1, 1)}, "Days to come"),
        ({"said_by": "source"}, "Choose who gave"),
    ],
)
def test_what_cannot_be_an_explanation_is_refused(coordinator, surgeon, more, sentence):
    with pytest.raises(Refused, match=sentence):
        explain(coordinator, surgeon, **more)
    assert not GapExplanation.objects.exists()


def test_anothers_document_and_the_same_words_twice_are_refused(coordinator, surgeon):
    other = create_practitioner(actor=coordinator, provider_type="MD", last_name="Other")
    paper = store_document(
        actor=coordinator, practitioner=other, title="Letter", file_name="letter.pdf", content=PDF
    )
    with pytest.raises(Refused, match="another practitioner"):
        explain(coordinator, surgeon, document=paper)
    explain(coordinator, surgeon)
    with pytest.raises(Refused, match="on file already"):
        explain(coordinator, surgeon)


def test_withdrawing_keeps_the_explanation_and_needs_a_reason(coordinator, surgeon):
    row = explain(coordinator, surgeon)
    with pytest.raises(Refused, match="Say why"):
        withdraw_explanation(actor=coordinator, explanation=row, reason=" ")
    withdraw_explanation(actor=coordinator, explanation=row, reason="Another person's letter")
    row.refresh_from_db()
    assert row.withdrawn_by == coordinator
    assert row.withdrawn_at <= clock.now()
    with pytest.raises(Refused, match="withdrawn already"):
        withdraw_explanation(actor=coordinator, explanation=row, reason="Again")


def test_only_the_office_explains_and_nobody_in_their_own_file(user_with, system, coordinator, surgeon):
    with pytest.raises(Forbidden):
        explain(user_with(Role.COMPLIANCE_OFFICER), surgeon)
    link_user(actor=system, practitioner=surgeon, user=coordinator)
    surgeon.refresh_from_db()
    with pytest.raises(Forbidden, match="your own file"):
        explain(coordinator, surgeon)
