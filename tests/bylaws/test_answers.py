"""What answers need, and what does not fit together."""

import uuid

import pytest

from bylaws.choices import Body, LineKind, LineOutcome
from bylaws.models import Decision
from bylaws.rules.answers import contradiction, may_be_filled, needs_reason, reason_missing
from bylaws.selectors.decisions import frozen_record, replay
from bylaws.services.motions import move
from bylaws.services.reviews import recommend
from bylaws.subjects import CaseLine, LineAnswer
from config.kernel.errors import Conflict, Doubtful, Refused
from config.rulebook.verdicts import Outcome, Verdict
from tests.bylaws.test_minutes import record
from tests.bylaws.world import SAMPLE, TODAY

CHAIR = Body.DEPARTMENT_CHAIR
YES, NO, LATER, CHANGED = (
    LineOutcome.RECOMMEND,
    LineOutcome.NOT_RECOMMEND,
    LineOutcome.DEFER,
    LineOutcome.MODIFY,
)


def line(outcome=None):
    verdict = Verdict(outcome, "criteria", "Criteria", "Judged.") if outcome else None
    return CaseLine(LineKind.PRIVILEGE, uuid.uuid4(), "Colonoscopy", verdict=verdict)


@pytest.mark.parametrize(
    ("criteria", "filled"),
    [
        (None, True),
        (Outcome.MET, True),
        (Outcome.NOT_APPLICABLE, True),
        (Outcome.UNKNOWN, False),
        (Outcome.NOT_MET, False),
    ],
)
def test_only_what_is_met_is_recommended_by_one_button(criteria, filled):
    assert may_be_filled(line(criteria)) is filled


def test_a_reason_is_asked_for_no_for_later_and_for_yes_against_the_criteria():
    assert {each for each in LineOutcome if needs_reason(line(Outcome.MET), each)} == {NO, LATER}
    assert {each for each in LineOutcome if needs_reason(line(Outcome.NOT_MET), each)} == set(LineOutcome)
    assert "give the reason, what is awaited" in reason_missing(line(), LATER, " ")
    assert "give the reason why not" in reason_missing(line(), NO, "")
    assert "criteria are not met; give the reason" in reason_missing(line(Outcome.NOT_MET), YES, "")
    assert "why it is recommended with changes" in reason_missing(line(Outcome.NOT_MET), CHANGED, "")
    assert reason_missing(line(Outcome.NOT_MET), YES, "Supervised for a year.") == ""
    assert reason_missing(line(Outcome.UNKNOWN), CHANGED, "") == ""


def test_privileges_beside_a_refused_appointment_do_not_fit():
    refused = (LineKind.APPOINTMENT, NO)
    assert contradiction([refused, (LineKind.PRIVILEGE, NO), (LineKind.PRIVILEGE, LATER)]) == ""
    assert contradiction([(LineKind.APPOINTMENT, YES), (LineKind.PRIVILEGE, YES)]) == ""
    assert contradiction([refused, (LineKind.PRIVILEGE, YES)]).endswith("but 1 privilege is.")
    assert contradiction([refused, *[(LineKind.PRIVILEGE, CHANGED)] * 2]).endswith("but 2 privileges are.")


def test_a_chair_says_why_a_line_of_unmet_criteria_is_recommended(world):
    case = world.case()
    SAMPLE.criteria = Outcome.NOT_MET
    with pytest.raises(Refused, match="Privilege 1: its criteria are not met; give the reason"):
        recommend(actor=world.chair, step=world.step(case, CHAIR), lines=world.answers(case))
    decision = recommend(
        actor=world.chair,
        step=world.step(case, CHAIR),
        lines=world.answers(case, YES, reason="Proctored for ten cases."),
    )
    appointment, *privileges = decision.lines.all()
    assert {each.reason for each in privileges} == {"Proctored for ten cases."}
    assert appointment.reason == "", "a line without unmet criteria keeps no reason"
    assert frozen_record(decision)["lines"][1]["reason"] == "Proctored for ten cases."
    assert replay(decision).problems == []


def test_nobody_defers_without_saying_what_is_awaited(world):
    case = world.case()
    with pytest.raises(Refused, match="what is awaited"):
        recommend(actor=world.chair, step=world.step(case, CHAIR), lines=world.answers(case, LATER))


def mixed(case):
    """The appointment refused, everything else recommended."""
    appointment, *others = SAMPLE.lines(case.subject_uid, TODAY)
    return [
        LineAnswer(appointment.uid, NO, reason="Too few members."),
        *(LineAnswer(each.uid, YES) for each in others),
    ]


def test_a_motion_that_contradicts_itself_is_put_by_who_is_sure(world):
    case = world.recommended()
    item = world.item(case)
    given = {"mover": world.members[0], "seconder": world.members[1], "lines": mixed(case)}
    with pytest.raises(Doubtful, match="not recommended, but 2 privileges are"):
        move(actor=world.coordinator, item=item, **given)
    assert not item.motions.exists()
    motion = move(actor=world.coordinator, item=item, sure=True, **given)
    assert motion.text == "To recommend the lines as listed: all but 1."


def test_minutes_that_contradict_themselves_are_recorded_by_who_is_sure(world):
    case = world.recommended()
    with pytest.raises(Doubtful, match="2 privileges are"):
        record(world, case, lines=mixed(case))
    assert record(world, case, lines=mixed(case), sure=True).pk


def test_a_signature_sent_twice_is_one(world):
    """Also where the first one deferred the file, which leaves the step with the same chair."""
    case = world.case()
    answers = world.answers(case, LATER, reason="The case log is awaited.")
    step = world.step(case, CHAIR)
    first = recommend(actor=world.chair, step=step, lines=answers, after="")
    with pytest.raises(Conflict, match="acted on since"):
        recommend(actor=world.chair, step=step, lines=answers, after="")
    assert Decision.objects.count() == 1
    recommend(actor=world.chair, step=step, lines=world.answers(case), after=str(first.uid))
    assert Decision.objects.count() == 2
