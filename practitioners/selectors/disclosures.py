"""Reading the questions of disclosure and what was answered."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from practitioners.models import DisclosureAnswer, DisclosureQuestionSet, Practitioner


@dataclass(frozen=True)
class AnsweredSet:
    """The latest answers to one version, in the words they were given to."""

    question_set: DisclosureQuestionSet
    answers: tuple[DisclosureAnswer, ...]

    @property
    def told(self) -> int:
        """How many answers are not the clear one."""
        return sum(1 for each in self.answers if each.answer != each.question.clear_answer)


def asked_on(day: dt.date) -> DisclosureQuestionSet | None:
    """The version that is asked on the day, with its questions; two queries."""
    return (
        DisclosureQuestionSet.objects.filter(asked_from__lte=day)
        .order_by("-asked_from", "-pk")
        .prefetch_related("questions")
        .first()
    )


def answered(practitioner: Practitioner) -> list[AnsweredSet]:
    """What the person answered, version by version, the newest first; the latest answer to a question
    counts. One query.
    """
    rows = (
        DisclosureAnswer.objects.filter(practitioner=practitioner)
        .select_related("question__question_set", "recorded_by")
        .order_by("question_id", "-recorded_at", "-pk")
        .distinct("question_id")
    )
    sets: dict[int, list[DisclosureAnswer]] = {}
    for row in rows:
        sets.setdefault(row.question.question_set_id, []).append(row)
    found = [
        AnsweredSet(rows[0].question.question_set, tuple(sorted(rows, key=lambda row: row.question.number)))
        for rows in sets.values()
    ]
    return sorted(found, key=lambda each: each.question_set.asked_from, reverse=True)
