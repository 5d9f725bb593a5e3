"""BL-HRG-2: the Medical Executive Committee reviews a precautionary suspension within the days of the bylaws.

Counted from its first day: one that began on the 1st is to be reviewed by the 15th where the bylaws say 14
days. A suspension that stands and was not reviewed is judged; one that was lifted needs no review any more. A
review that came late meets the rule from its day on; the days before stay as they were.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from bylaws.choices import BarKind
from bylaws.parameters import PRECAUTIONARY_REVIEW
from bylaws.rules.population import appointed
from bylaws.rules.protected_bars import protected_bars_of, taken_back
from config.accounts.choices import DataClass
from config.kernel.display.dates import day_text
from config.kernel.periods import covers
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict

CODE = "BL-HRG-2"
TITLE = "Precautionary suspension reviewed in time"


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """The precautionary suspensions that stand that day by practitioner id, each with its first day and
    that of its first review; one query for people given.
    """
    people = list(appointed(facility, on, known_at, None) if practitioner_ids is None else practitioner_ids)
    rows = [
        row
        for row in protected_bars_of(people, facility, on, known_at)
        if row.identity.kind == BarKind.PRECAUTIONARY_SUSPENSION
        and covers(row.valid, on)
        and not taken_back(row, known_at)
    ]
    facts: dict[int, dict[str, Any]] = {pk: {"on": on, "suspensions": []} for pk in people}
    for row in sorted(rows, key=lambda row: (row.valid.lower, row.pk)):
        if row.person in facts:
            facts[row.person]["suspensions"].append({"from": row.valid.lower, "reviewed_on": row.reviewed_on})
    return dict(facts)


def review_due(start: dt.date, days: int) -> dt.date:
    """The last day on which the review is in time. Pure."""
    return start + dt.timedelta(days=days)


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person: of several suspensions the one that waits longest speaks. Pure."""
    limit = parameters[PRECAUTIONARY_REVIEW.code]

    def say(outcome: Outcome, sentence: str, **more: Any) -> Verdict:
        return Verdict(
            outcome=outcome,
            code=CODE,
            title=TITLE,
            sentence=sentence,
            citation=limit.citation,
            confidence=limit.confidence,
            bound_by=f"{limit.source}: {limit.value} days" if limit.is_set else "",
            **more,
        )

    if not facts["suspensions"]:
        return say(Outcome.NOT_APPLICABLE, "No precautionary suspension stands on this day.")
    waiting = [each for each in facts["suspensions"] if each["reviewed_on"] is None]
    if not waiting:
        last = max(each["reviewed_on"] for each in facts["suspensions"])
        return say(
            Outcome.MET,
            f"The Medical Executive Committee reviewed it on {day_text(last)}.",
            facts={"reviewed_on": last},
        )
    start = min(each["from"] for each in waiting)
    shown: dict[str, Any] = {"suspended_from": start}
    if not limit.is_set:
        return say(
            Outcome.UNKNOWN,
            "How soon a precautionary suspension is reviewed is not recorded for this facility.",
            facts=shown,
            cure="Record the days of the bylaws among the parameters.",
        )
    due = review_due(start, limit.value)
    shown["review_by"] = due
    cure = "The Medical Executive Committee reviews it, and the review is recorded from its minutes."
    if facts["on"] > due:
        return say(
            Outcome.NOT_MET,
            f"Suspended since {day_text(start)}; the review was due by {day_text(due)}.",
            facts=shown,
            since=due + dt.timedelta(days=1),
            due=due,
            cure=cure,
        )
    return say(
        Outcome.MET,
        f"Suspended since {day_text(start)}; the review is due by {day_text(due)}.",
        facts=shown,
        since=start,
        due=due,
    )


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        data_class=DataClass.PEER_REVIEW,
        waivable=False,
        parameters=(PRECAUTIONARY_REVIEW.code,),
        facts=gather,
        judge=judge,
    )
)
