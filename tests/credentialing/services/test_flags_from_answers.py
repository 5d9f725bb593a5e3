"""Red flags that a signed answer raises, and none that a good one does."""

from __future__ import annotations

import json

from config.audit.models import ProtectedRead
from credentialing.models import RedFlag
from credentialing.selectors.enquiries import token_of
from credentialing.services import enquiry_answers, verification
from tests.credentialing.enquiries import (
    SECRET,
    good_reference,
    hospitals_with_peers,
    peer_item,
    send,
)

HOSPITALS = hospitals_with_peers


def flag_of(application, code: str) -> RedFlag:
    return RedFlag.objects.get(application=application, code=code)


class TestReadFromTheFile:
    """Facts that come from other places than what is stated."""

    def test_a_signed_answer_with_a_reservation_taken_as_good(self, world):
        application = world.file
        item = peer_item(application)
        enquiry_answers.answer(
            token=token_of(send(world, item)),
            given=good_reference(judgment="below", reservations="yes", reservations_text=SECRET),
            signed_name="Ines Calloway",
            agrees=True,
        )
        item.refresh_from_db()
        verification.verify(actor=world.coordinator, item=item)
        flag = flag_of(application, "RF-REF")
        assert flag.sentence.endswith("the signed answer has 2 points to weigh.")
        assert (flag.data_class, flag.facts["what"]) == ("peer_review", "points")
        assert not {"judgment", "reservations", SECRET} & set(json.dumps(flag.facts).split('"'))
        assert not ProtectedRead.objects.exists()  # a count, read by nobody

    def test_a_good_answer_is_no_flag(self, world):
        application = world.file
        item = peer_item(application)
        enquiry_answers.answer(
            token=token_of(send(world, item)),
            given=good_reference(),
            signed_name="Ines Calloway",
            agrees=True,
        )
        item.refresh_from_db()
        verification.verify(actor=world.coordinator, item=item)
        assert not application.red_flags.exists()
