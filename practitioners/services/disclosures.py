"""Publishing the questions of disclosure, and recording what a person answered to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.yaml_files import read_yaml
from practitioners.choices import SaidBy
from practitioners.models import (
    DisclosureAnswer,
    DisclosureQuestion,
    DisclosureQuestionSet,
    Practitioner,
)
from practitioners.policies import require_change
from practitioners.services.people import lock_practitioner

FILE = Path(__file__).resolve().parents[1] / "disclosures.yaml"
EDIT = "practitioners.edit"
LONGEST = 4000
MAY_SAY = (SaidBy.APPLICANT, SaidBy.CAQH)


@dataclass(frozen=True)
class Answer:
    """What was said to one question."""

    answer: bool
    explanation: str = ""


@transaction.atomic
def load_question_sets(*, actor, path: Path = FILE) -> dict[str, int]:
    """Publish the versions of the file that are not there yet. A version that is there with other words is
    refused: what people answered to stays.
    """
    require(actor, "accounts.manage")
    counts = {"added": 0, "kept": 0}
    there = {one.version: one for one in DisclosureQuestionSet.objects.prefetch_related("questions")}
    for entry in read_yaml(path):
        version = str(entry["version"])
        held = there.get(version)
        if held is not None:
            if _words(entry) != [(q.code, q.text, q.clear_answer) for q in held.questions.all()]:
                raise Refused(
                    f"The questions of version {version} were published; give new words a new version."
                )
            counts["kept"] += 1
            continue
        made = DisclosureQuestionSet.objects.create(version=version, asked_from=entry["asked_from"])
        DisclosureQuestion.objects.bulk_create(
            DisclosureQuestion(question_set=made, number=number, code=code, text=text, clear_answer=clear)
            for number, (code, text, clear) in enumerate(_words(entry), start=1)
        )
        record_event(actor=actor, verb="disclosure.published", subject=made, data={"version": version})
        counts["added"] += 1
    return counts


def _words(entry: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    return [(each["code"], each["text"], bool(each.get("clear", False))) for each in entry["questions"]]


@transaction.atomic
def record_answers(
    *,
    actor,
    practitioner: Practitioner,
    question_set: DisclosureQuestionSet,
    answered_on: dt.date,
    answers: Mapping[str, Answer],
    said_by: str = SaidBy.APPLICANT,
) -> list[DisclosureAnswer]:
    """Record what the person answered on a day to one version of the questions, by the codes of these.

    Every question is answered, and an answer that is not the clear one explained. Nothing is overwritten: the
    latest answer counts, with the words it was given to.
    """
    require_change(actor, EDIT, practitioner)
    practitioner = lock_practitioner(practitioner)
    if answered_on > clock.today():
        raise Refused("The day of the answers lies ahead.", field="answered_on")
    if said_by not in MAY_SAY:
        raise Refused("Choose who gave the answers.", field="said_by")
    questions = list(question_set.questions.order_by("number"))
    for question in questions:
        _check(question, answers.get(question.code))
    moment = clock.now()
    rows = DisclosureAnswer.objects.bulk_create(
        DisclosureAnswer(
            practitioner=practitioner,
            question=question,
            answered_on=answered_on,
            answer=answers[question.code].answer,
            explanation=answers[question.code].explanation.strip(),
            said_by=said_by,
            recorded_at=moment,
            recorded_by=actor,
        )
        for question in questions
    )
    record_event(
        actor=actor,
        verb="disclosure.answered",
        subject=question_set,
        practitioner=practitioner,
        data={"version": question_set.version, "answered_on": answered_on.isoformat()},
    )
    return rows


def _check(question: DisclosureQuestion, given: Answer | None) -> None:
    if given is None:
        raise Refused(f"Question {question.number} is not answered.", field=f"answer_{question.code}")
    text = given.explanation.strip()
    if given.answer != question.clear_answer and not text:
        said = "yes" if given.answer else "no"
        raise Refused(
            f"Question {question.number} is answered with {said}: that needs an explanation.",
            field=f"explanation_{question.code}",
        )
    if len(text) > LONGEST:
        raise Refused(
            f"The explanation is longer than {LONGEST} characters.", field=f"explanation_{question.code}"
        )
