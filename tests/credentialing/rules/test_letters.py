"""The words of letters and when they may be used, as pure rules."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentialing.choices import ApplicationStatus, LetterOccasion
from credentialing.letter_templates import BadTemplate, load_templates
from credentialing.rules.letter_occasions import PENDING, Situation, clock_days, judge
from credentialing.rules.letters import FIELDS, check_words, compare, examples, fields_of, merge
from practitioners.rules.problems import Problem
from tests.searching import tried


@pytest.mark.parametrize("written", load_templates(), ids=lambda each: each["code"])
def test_every_shipped_template_reads_well_on_the_example(written):
    merged = merge(written["subject"], written["body"], examples())
    assert merged.lacking == []
    said = merged.title + "".join(block.get("text", "") for block in merged.blocks)
    assert not {"{", "}", "[", "]"} & set(said)
    if written["occasion"] == "adverse":
        assert written["data_class"] == "peer_review"
        named = fields_of(written["subject"], written["body"])
        assert {"reasons", "recommendation", "hearing_days"} <= set(named)


def test_every_field_is_explained():
    for field in FIELDS.values():
        assert field.label, field.code
        assert field.example, field.code
        assert field.origin, field.code
        assert field.needs, field.code


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("Dear\n\n{nobody}", "Line 3: there is no field {nobody}"),
        ("{practitioner_name.npi}", "Line 1: there is no field {practitioner_name.npi}"),
        ("{practitioner_name[0]}", "there is no field {practitioner_name[0]}"),
        ("{practitioner_name!r}", "there is no field {practitioner_name!r}"),
        ("{practitioner_name:>99}", "there is no field {practitioner_name:>99}"),
        ("{}", "there is no field {}"),
        ("{0}", "there is no field {0}"),
        ("one\ntwo {", "Line 2: a brace is open"),
        ("}", "Line 1: a brace is open"),
        ("{missing}\n{reasons}", "Line 1: {missing} is a list"),
    ],
)
def test_anything_but_a_plain_field_is_refused_with_its_line(body, sentence):
    with pytest.raises(Problem) as problem:
        check_words("Subject", body)
    assert sentence in str(problem.value)


def test_a_list_stands_alone_and_own_words_before_the_last_paragraph():
    merged = merge(
        "S", "One {today}\n\n\n{missing}\r\n\r\nlast", {"today": "now", "missing": ["a", "b"]}, added="x\n\ny"
    )
    assert merged.blocks == [
        {"text": "One now"}, {"lines": ["a", "b"]}, {"text": "x"}, {"text": "y"}, {"text": "last"},
    ]  # fmt: skip


def test_braces_in_a_value_or_in_own_words_are_only_words():
    merged = merge("S", "{practitioner_name}", {"practitioner_name": "{today}"}, added="{missing}")
    assert merged.blocks == [{"text": "{missing}"}, {"text": "{today}"}]
    assert merge("S", "{{today}}", {}).blocks == [{"text": "{today}"}]


TYPED = st.text(st.sampled_from("{}[]!:.0 a\n\r\t\x00é"), max_size=40)


@tried(60)
@given(TYPED, TYPED)
def test_whatever_is_typed_is_merged_or_refused_with_a_sentence(subject, body):
    try:
        check_words(subject, body)
    except Problem:
        return
    merge(subject, body, examples())


def test_two_versions_are_compared_by_paragraph():
    found = compare("S", "one\n\ntwo\n\nthree", "S", "one\n\n2\n\nthree\n\nfour")
    assert found == [{"was": "two", "now": "2"}, {"was": "", "now": "four"}]


@pytest.mark.parametrize("status", ["", *ApplicationStatus.values])
def test_which_occasions_an_application_opens_in_each_status(status):
    against = Situation(status=status, missing=1, owed=1, recommended="MEC", against="MEC")
    decided = {"approved", "approved_modified", "denied"}
    pending = {str(each) for each in PENDING}
    assert judge("appointed", against).met == (status in {"approved", "approved_modified"})
    assert judge("adverse", against).met == (bool(status) and status not in decided)
    assert judge("adverse", replace(against, held=True)).met == bool(status), "the line is not decided"
    assert judge("received", against).met == judge("missing", against).met == (status in pending)
    assert judge("withdrawn", against).met == (status == "withdrawn")
    for occasion in LetterOccasion:
        assert judge(occasion, against).sentence.endswith(".")


def test_the_limit_runs_from_the_day_after_receipt():
    day = dt.date(2026, 2, 27)
    assert clock_days(day, 30) == (dt.date(2026, 2, 28), dt.date(2026, 3, 29))
    assert clock_days(day, 1) == (dt.date(2026, 2, 28), dt.date(2026, 2, 28))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("code: a", "is missing"),
        ("{code: a, name: a, purpose: a, occasion: never, recipient: other, subject: a, body: a}", "never"),
        ("{code: a, name: a, purpose: a, occasion: any, recipient: other, subject: a, body: '{x}'}", "{x}"),
        ("{code: a, name: a, purpose: a, occasion: any, recipient: other, subject: a, body: a, u: 1}", "“u”"),
    ],
)
def test_a_file_that_is_no_template_is_named(tmp_path, text, sentence):
    (tmp_path / "wrong.yaml").write_text(text)
    with pytest.raises(BadTemplate, match=r"^wrong\.yaml") as problem:
        load_templates(tmp_path)
    assert sentence in str(problem.value)
