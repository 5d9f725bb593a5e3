"""Conditions on a recommended line that a machine can read: sound, in words, kept with the act."""

import datetime as dt
import uuid

import pytest

from bylaws.choices import Body, LineKind, LineOutcome
from bylaws.forms.lines import LineForm
from bylaws.rules.line_conditions import free_text, in_words, problem_of, tidy, whole_text
from bylaws.selectors.decisions import frozen_record, replay
from bylaws.services.decisions import answers_of
from bylaws.services.motions import move
from bylaws.services.reviews import recommend
from bylaws.subjects import CaseLine, LineAnswer
from config.kernel.errors import Refused
from tests.bylaws.world import TODAY

PROCTOR = {"kind": "proctor", "cases": 5}
EVERY = (
    PROCTOR,
    {"kind": "consult", "who": "cardiology"},
    {"kind": "site", "where": "the North Campus"},
    {"kind": "age", "from_years": 12, "through_years": 17},
    {"kind": "volume", "cases": 20, "months": 12},
    {"kind": "until", "day": (TODAY + dt.timedelta(days=30)).isoformat()},
)


def test_each_kind_has_its_words_and_they_come_back_apart_from_the_free_text():
    words = in_words(EVERY)
    assert words[:5] == [
        "With a proctor for the first 5 cases.",
        "With a consultation before each case: cardiology.",
        "Only at the North Campus.",
        "Only patients from 12 through 17 years of age.",
        "As long as at least 20 cases are done within 12 months.",
    ]
    assert words[5].startswith("Until ")
    assert problem_of(EVERY, TODAY) == ""
    text = whole_text(EVERY, " Not at night. ")
    assert text.splitlines() == [*words, "Not at night."]
    assert free_text(EVERY, text) == "Not at night."
    assert free_text((), "Not at night.") == "Not at night."
    assert tidy([EVERY[5], {"kind": "age", "from_years": None, "through_years": 17}]) == [
        {"kind": "age", "through_years": 17},
        EVERY[5],
    ]
    assert in_words([{"kind": "age", "through_years": 17}, {"kind": "age", "from_years": 18}]) == [
        "Only patients through 17 years of age.",
        "Only patients from 18 years of age.",
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kind": "weather"}, '"weather" is no kind of condition'),
        ({"kind": "proctor"}, "Proctored cases: say how many cases"),
        ({"kind": "proctor", "cases": 0}, "cases from 1 to 500"),
        ({"kind": "proctor", "cases": "5"}, "cases from 1 to 500"),
        ({"kind": "proctor", "cases": True}, "cases from 1 to 500"),
        ({"kind": "proctor", "cases": 5, "who": "x"}, "who is not part of it"),
        ({"kind": "consult", "who": " "}, "say who is consulted in one line"),
        ({"kind": "site", "where": "x" * 121}, "at most 120 characters"),
        ({"kind": "site", "where": "a\nb"}, "in one line"),
        ({"kind": "age"}, "say from which age or through which age"),
        ({"kind": "age", "from_years": 18, "through_years": 12}, "from 18 through 12 holds nobody"),
        ({"kind": "age", "from_years": 130}, "between 0 and 120"),
        ({"kind": "volume", "cases": 5}, "within how many months"),
        ({"kind": "until", "day": "2026-02-30"}, "2026-02-30 is no day"),
        ({"kind": "until", "day": "2020-01-01"}, "is past"),
    ],
)
def test_what_is_wrong_is_said_with_the_kind(wrong, said):
    assert said in problem_of([wrong], TODAY)


def test_one_kind_is_stated_once():
    assert "state it once" in problem_of([PROCTOR, PROCTOR], TODAY)


def answers(world, case, *stated, outcome=LineOutcome.MODIFY, free=""):
    lines = world.answers(case)
    changed = next(each for each in lines if each.line_uid != case.subject_uid)
    return [
        LineAnswer(each.line_uid, outcome, conditions=free, stated=stated) if each is changed else each
        for each in lines
    ]


@pytest.mark.django_db
def test_they_are_kept_with_the_act_and_frozen(world):
    case = world.case()
    step = world.step(case, Body.DEPARTMENT_CHAIR)
    decision = recommend(
        actor=world.chair, step=step, lines=answers(world, case, EVERY[2], PROCTOR, free="Not at night.")
    )
    line = decision.lines.get(outcome="modify")
    assert line.stated == [PROCTOR, EVERY[2]]
    assert line.conditions.splitlines() == [
        "With a proctor for the first 5 cases.",
        "Only at the North Campus.",
        "Not at night.",
    ]
    frozen = next(each for each in frozen_record(decision)["lines"] if each["outcome"] == "modify")
    assert frozen["stated"] == line.stated
    assert replay(decision).problems == []


@pytest.mark.django_db
def test_what_is_wrong_names_the_line_and_records_nothing(world):
    case = world.case()
    step = world.step(case, Body.DEPARTMENT_CHAIR)
    with pytest.raises(Refused, match="Privilege 1: Proctored cases: cases from 1 to 500"):
        recommend(
            actor=world.chair, step=step, lines=answers(world, case, {"kind": "proctor", "cases": 5000})
        )
    membership = [
        LineAnswer(each.line_uid, LineOutcome.MODIFY, stated=(PROCTOR,))
        if each.line_uid == case.subject_uid
        else each
        for each in world.answers(case)
    ]
    with pytest.raises(Refused, match="is written in words"):
        recommend(actor=world.chair, step=step, lines=membership)
    assert not step.decisions.exists()


@pytest.mark.django_db
def test_a_motion_carries_them_to_the_vote(world):
    case = world.recommended()
    members = world.members[:3]
    item = world.item(case, present=members)
    motion = move(
        actor=world.coordinator, item=item, mover=members[0], seconder=members[1],
        lines=answers(world, case, PROCTOR, free="Not at night."),
    )  # fmt: skip
    answer = next(each for each in answers_of(motion) if each.outcome == LineOutcome.MODIFY)
    assert (list(answer.stated), answer.conditions) == ([PROCTOR], "Not at night.")


def test_the_form_reads_them_and_says_what_is_wrong_where_it_is():
    line = CaseLine(LineKind.PRIVILEGE, uuid.uuid4(), "Colonoscopy")

    def form(**given):
        data = {f"line-{line.uid}-{name}": value for name, value in given.items()}
        return LineForm(data, line=line, body=Body.BOARD, on=TODAY)

    sound = form(outcome="modify", proctor_cases="5", age_through="17")
    assert sound.is_valid()
    assert sound.answer().stated == (
        PROCTOR,
        {"kind": "age", "from_years": None, "through_years": 17},
    )
    assert form(outcome="recommend", proctor_cases="5").is_valid()
    assert "condition" in form(outcome="modify").errors
    assert "volume_cases" in form(outcome="modify", volume_cases="5").errors
    assert "age_from" in form(outcome="modify", age_from="18", age_through="12").errors
    assert "proctor_cases" in form(outcome="modify", proctor_cases="-1").errors
    assert "until_day" in form(outcome="modify", until_day="2020-01-01").errors
    assert form(outcome="modify", until_day=TODAY.isoformat()).is_valid()
    yesterday = TODAY - dt.timedelta(days=1)
    assert "until_day" in form(outcome="modify", until_day=yesterday.isoformat()).errors
