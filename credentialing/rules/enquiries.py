"""What is asked of a peer or of another hospital, and what in an answer calls for a second look. Pure.

The words are data (``enquiry_forms/*.yaml``). An enquiry keeps the form as it was sent, so that an answer is
always read beside the question it was given to.
"""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.kernel.canonical import digest
from practitioners.rules.problems import Problem

CHOICE, DAY, TEXT = "choice", "day", "text"
KINDS = frozenset({CHOICE, DAY, TEXT})
#: Characters of one answer in words.
TEXT_LIMIT = 4000
_KEYS = frozenset(
    {"code", "label", "hint", "kind", "scale", "choices", "needed", "needed_when", "not_needed_when"}
)


@dataclass(frozen=True)
class Choice:
    """One answer to choose. ``concern`` is the sentence for the reviewer (empty: none)."""

    value: str
    label: str
    concern: str = ""


@dataclass(frozen=True)
class Question:
    """One question. ``needed_when`` and ``not_needed_when`` name answers of other questions."""

    code: str
    label: str
    kind: str
    hint: str = ""
    choices: tuple[Choice, ...] = ()
    needed: bool = False
    needed_when: Mapping[str, Sequence[str]] | None = None
    not_needed_when: Mapping[str, Sequence[str]] | None = None

    def is_needed(self, given: Mapping[str, Any]) -> bool:
        """Whether it has to be answered, beside the other answers ``given``."""
        if self.needed_when is not None:
            return _any_of(self.needed_when, given)
        if self.not_needed_when is not None:
            return not _any_of(self.not_needed_when, given)
        return self.needed

    def choice(self, value: Any) -> Choice | None:
        """The choice of that value."""
        return next((each for each in self.choices if each.value == value), None)


@dataclass(frozen=True)
class Section:
    """Questions under one heading."""

    heading: str
    questions: tuple[Question, ...]
    hint: str = ""


@dataclass(frozen=True)
class EnquiryForm:
    """A form, in the words of one version."""

    code: str
    version: int
    title: str
    introduction: str
    release: str
    statement: str
    sections: tuple[Section, ...]

    def questions(self) -> Iterator[Question]:
        """Every question in its order."""
        for section in self.sections:
            yield from section.questions


def _any_of(conditions: Mapping[str, Sequence[str]], given: Mapping[str, Any]) -> bool:
    return any(given.get(code) in values for code, values in conditions.items())


def read_form(data: Mapping[str, Any]) -> EnquiryForm:
    """The form written in ``data``. Raises ``ValueError`` for one that asks nothing that can be answered."""
    scales = data.get("scales", {})
    sections = tuple(
        Section(
            heading=str(section["heading"]),
            hint=str(section.get("hint", "")),
            questions=tuple(_question(each, scales) for each in section["questions"]),
        )
        for section in data["sections"]
    )
    form = EnquiryForm(
        code=str(data["code"]),
        version=int(data["version"]),
        title=str(data["title"]),
        introduction=str(data["introduction"]),
        release=str(data["release"]),
        statement=str(data["statement"]),
        sections=sections,
    )
    _check_form(form)
    return form


def _question(data: Mapping[str, Any], scales: Mapping[str, Any]) -> Question:
    unknown = set(data) - _KEYS
    if unknown:
        raise ValueError(f"{data.get('code')}: nobody reads {', '.join(sorted(unknown))}")
    offered = scales[data["scale"]] if "scale" in data else data.get("choices", ())
    return Question(
        code=str(data["code"]),
        label=str(data["label"]),
        kind=str(data["kind"]),
        hint=str(data.get("hint", "")),
        choices=tuple(
            Choice(
                str(each["value"]),
                str(each["label"]),
                str(each.get("concern", "")).replace("{question}", str(data["label"])),
            )
            for each in offered
        ),
        needed=bool(data.get("needed", False)),
        needed_when=data.get("needed_when"),
        not_needed_when=data.get("not_needed_when"),
    )


def _check_form(form: EnquiryForm) -> None:
    codes = [each.code for each in form.questions()]
    if len(codes) != len(set(codes)):
        raise ValueError(f"{form.code}: a question is asked twice")
    by_code = {each.code: each for each in form.questions()}
    for question in form.questions():
        if question.kind not in KINDS or (question.kind == CHOICE) != bool(question.choices):
            raise ValueError(f"{form.code}: {question.code} cannot be answered")
        for code, values in {**(question.needed_when or {}), **(question.not_needed_when or {})}.items():
            if code not in by_code or any(by_code[code].choice(value) is None for value in values):
                raise ValueError(f"{form.code}: {question.code} depends on an answer nobody can give")


def check_answers(form: EnquiryForm, given: Mapping[str, Any], *, today: dt.date) -> dict[str, str]:
    """The answers as kept: by question, days as ISO dates, unanswered questions left out.

    Raises ``Problem`` at the question (``field`` is its code) that lacks an answer or has an impossible one:
    a choice not offered, a day in the future, an end before the beginning.
    """
    kept: dict[str, str] = {}
    for question in form.questions():
        value = given.get(question.code)
        if value in (None, ""):
            if question.is_needed(given):
                raise Problem("Answer this question.", field=question.code)
            continue
        kept[question.code] = _kept(question, value, today)
    first, last = kept.get("appointed_on"), kept.get("ended_on")
    if first and last and last < first:
        raise Problem("The last day lies before the first.", field="ended_on")
    return kept


def _kept(question: Question, value: Any, today: dt.date) -> str:
    if question.kind == CHOICE:
        if question.choice(value) is None:
            raise Problem("Choose one of the answers.", field=question.code)
        return str(value)
    if question.kind == DAY:
        if not isinstance(value, dt.date):
            raise Problem("Enter a day of the calendar.", field=question.code)
        if value > today:
            raise Problem("This day lies in the future.", field=question.code)
        return value.isoformat()
    return str(value).strip()[:TEXT_LIMIT]


def concerns(form: EnquiryForm, answers: Mapping[str, str]) -> list[str]:
    """Sentences for the reviewer: what in the answers is below expectation, a reservation, or not told.

    Source: domain.md 2.10, RF-REF and RF-AFFIL.
    """
    found = []
    for question in form.questions():
        choice = question.choice(answers.get(question.code)) if question.kind == CHOICE else None
        if choice is not None and choice.concern:
            found.append(choice.concern)
    return found


def told(form: EnquiryForm, answers: Mapping[str, str]) -> list[dict[str, str]]:
    """Question and answer in words, in the form's order; what was left open is left out."""
    rows = []
    for question in form.questions():
        value = answers.get(question.code, "")
        if value:
            choice = question.choice(value)
            said = choice.label if choice else value
            if question.kind == DAY:
                day = dt.date.fromisoformat(value)
                said = f"{day.day} {day:%b} {day.year}"
            rows.append({"code": question.code, "question": question.label, "answer": said})
    return rows


def seal(content: Mapping[str, Any]) -> dict[str, Any]:
    """The signed answer with the hash that binds signature, questions and answers together."""
    return {**content, "hash": digest(dict(content))}


def seal_holds(content: Mapping[str, Any]) -> bool:
    """Whether a signed answer is as it was signed."""
    bare = {name: value for name, value in content.items() if name != "hash"}
    return hmac.compare_digest(str(content.get("hash", "")), digest(bare))
