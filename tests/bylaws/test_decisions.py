"""A decision can be proved from its frozen record, and what was tampered with is named."""

import json

import pytest
from django.core.management import call_command
from django.db import connections

from bylaws.choices import Body, CommitteeKind
from bylaws.models import Decision
from bylaws.selectors.decisions import get_decision, replay, replay_all
from bylaws.services.committees import end_seat
from bylaws.subjects import Replayed
from config.accounts.models import User
from config.kernel.canonical import bytes_digest, canonical_bytes
from tests.bylaws.test_meetings import through_body
from tests.bylaws.test_minutes import record
from tests.bylaws.world import SAMPLE, TODAY


def forge(decision, **changes):
    """A decision as somebody with the owner's rights could have left it (in memory: the table allows no
    update).
    """
    for name, value in changes.items():
        setattr(decision, name, value)
    return decision


@pytest.fixture
def decision(world):
    case = world.recommended()
    return through_body(world, case, Body.CREDENTIALS_COMMITTEE, world.members)


def test_an_honest_decision_holds(decision):
    assert replay(decision).problems == []
    found = replay_all()
    assert (found.checked, found.problems) == (2, [])


def test_a_changed_record_is_found(decision):
    text = decision.frozen.replace("Ana Member", "Ana Nember")
    (problem,) = replay(forge(decision, frozen=text)).problems
    assert "does not match its hash" in problem.sentence
    assert str(decision.uid) in problem.sentence


def test_a_changed_record_with_a_new_hash_is_found_by_the_rows(decision):
    data = json.loads(decision.frozen) | {"mover": "Somebody Else"}
    frozen = canonical_bytes(data)
    found = replay(forge(decision, frozen=frozen.decode(), frozen_hash=bytes_digest(frozen))).problems
    assert [problem.sentence.split(": ", 1)[1] for problem in found] == [
        '"mover" differs from the frozen record.'
    ]


def test_a_changed_row_is_found(decision):
    found = replay(forge(decision, votes_for=4)).problems
    assert '"tally" differs' in found[0].sentence


def test_a_record_that_is_no_canonical_json_is_found(decision):
    loose = decision.frozen.replace('{"', '{ "', 1)
    found = replay(forge(decision, frozen=loose, frozen_hash=bytes_digest(loose.encode()))).problems
    assert "not in canonical form" in found[0].sentence
    broken = "{"
    found = replay(forge(decision, frozen=broken, frozen_hash=bytes_digest(broken.encode()))).problems
    assert "cannot be read" in found[0].sentence


def test_numbers_that_give_another_result_are_found(decision):
    data = json.loads(decision.frozen)
    data["quorum"]["needed"], data["quorum"]["present"] = 1, 0
    data["tally"] = {"for": 0, "against": 5, "abstentions": 0}
    frozen = canonical_bytes(data)
    found = replay(
        forge(
            decision,
            frozen=frozen.decode(),
            frozen_hash=bytes_digest(frozen),
            votes_for=0,
            votes_against=5,
        )
    ).problems
    text = " ".join(problem.sentence for problem in found)
    assert "another number of members" in text
    assert "without a quorum" in text
    assert "does not carry" in text


def test_what_the_room_above_finds_is_told(decision, capsys):
    SAMPLE.replay_finds = [Replayed("the verdict of Privilege 1 is another one.")]
    with pytest.raises(SystemExit) as stop:
        call_command("replay_decisions")
    assert stop.value.code == 1
    output = capsys.readouterr()
    assert "the verdict of Privilege 1 is another one." in output.err
    assert "2 decisions replayed, 0 hold, 2 do not." in output.out


def test_the_command_is_quiet_about_what_holds(decision, capsys):
    call_command("replay_decisions")
    assert capsys.readouterr().out == "2 decisions replayed, 2 hold, 0 do not.\n"


def test_the_table_takes_no_change(decision):
    with connections["default"].cursor() as cursor, pytest.raises(Exception, match="Cannot update"):
        cursor.execute("UPDATE bylaws_decision SET rationale = 'other'")


def test_a_decision_is_shown_to_those_who_see_the_file(world, decision):
    assert get_decision(viewer=world.coordinator, uid=decision.uid) == decision
    assert get_decision(viewer=world.chair, uid=decision.uid) == decision
    stranger = world.user("Sam Stranger", "lookup")
    assert get_decision(viewer=stranger, uid=decision.uid) is None
    assert Decision.objects.count() == 2


def test_a_decision_from_minutes_is_shown_to_the_body_that_took_it(world):
    case = world.recommended()
    decision = record(world, case)
    assert get_decision(viewer=world.members[0], uid=decision.uid) == decision
    assert get_decision(viewer=world.board_members[0], uid=decision.uid) is None, "another body"
    recommended = Decision.objects.get(body=Body.DEPARTMENT_CHAIR)
    assert get_decision(viewer=world.members[0], uid=recommended.uid) is None, "the chair's own act"


def test_no_member_sees_the_bodys_decision_on_their_own_file(world):
    case = world.recommended(world.practitioner("Ana Member", user=world.members[0]))
    decision = record(world, case, mover="Ben Member", seconder="Cora Member")
    assert get_decision(viewer=world.members[0], uid=decision.uid) is None
    assert get_decision(viewer=world.members[1], uid=decision.uid) == decision


def test_who_left_the_body_sees_its_decisions_no_more(world):
    decision = record(world, world.recommended())
    left = world.members[0]
    assert get_decision(viewer=left, uid=decision.uid) == decision
    seat = world.committees[CommitteeKind.CREDENTIALS_COMMITTEE].seats.get(user=left)
    end_seat(actor=world.coordinator, seat=seat, day=TODAY, reason="Term over")
    assert get_decision(viewer=User.objects.get(pk=left.pk), uid=decision.uid) is None
