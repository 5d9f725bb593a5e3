"""What the rules judged by lists of other systems share: whether a list speaks at all, and since when
something has been owed. No list, one that is too old, or one that names only some is UNKNOWN, never met.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from bylaws.choices import DutyKind
from bylaws.parameters import DUTY_LIST_DAYS
from bylaws.rules.population import appointed, remembered, remembered_about
from bylaws.selectors.duty_counts import counts_of, lists_that_count
from config.kernel.dates import ONE_DAY
from config.kernel.display.dates import day_text
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters
from config.rulebook.selectors.parameters import Bound
from config.rulebook.verdicts import Outcome, Verdict

Say = Callable[..., Verdict]


def gather_of(
    kind: str,
    facility: Facility,
    on: dt.date,
    known_at: dt.datetime | None,
    practitioner_ids: Iterable[int] | None,
) -> dict[int, Facts]:
    """What the list of that kind says of everybody, beside their category; three queries, two of them once
    for the lists of every kind while many rules are judged.
    """
    people = appointed(facility, on, known_at, practitioner_ids)
    lists = remembered(
        ("duty lists", facility.pk, on, known_at), partial(lists_that_count, facility, on, known_at)
    )
    ids = sorted(each.pk for each in lists.values())
    found = remembered_about(
        ("duty counts", facility.pk, on, known_at), people, partial(counts_of, ids, known_at=known_at)
    )
    listed = lists.get(kind)
    said = {} if listed is None else {pk: of[listed.pk] for pk, of in found.items() if listed.pk in of}
    of_list = None if listed is None else {"as_of": listed.as_of, "whole": listed.whole}
    return {
        person: {
            "on": on,
            "member": row.get("appointment") is not None,
            "category": row.get("category", ""),
            "category_code": row.get("category_code", ""),
            "carries_privileges": row.get("carries_privileges", True),
            "list": of_list,
            "row": {"count": said[person].count, "since": said[person].since} if person in said else None,
        }
        for person, row in people.items()
    }


def sayer(code: str, title: str, limit: Bound, unit: str) -> Say:
    """How a verdict of the rule is made that a number of ``unit`` binds."""

    def say(outcome: Outcome, sentence: str, **more: Any) -> Verdict:
        return Verdict(
            outcome=outcome,
            code=code,
            title=title,
            sentence=sentence,
            citation=limit.citation,
            confidence=limit.confidence,
            bound_by=f"{limit.source}: {limit.value} {unit}" if limit.is_set else "",
            **more,
        )

    return say


def silent(say: Say, kind: DutyKind, facts: Facts, parameters: Parameters) -> Verdict | None:
    """UNKNOWN where no list speaks of the person on the day; None where one does. Pure."""
    lasts = parameters[f"{DUTY_LIST_DAYS.code}:{kind}"]
    listed, name = facts["list"], kind.label.lower()
    cure = f"Load the list of {name} as it stands now."
    if listed is None:
        return say(Outcome.UNKNOWN, f"No list of {name} is loaded.", cure=cure)
    day = day_text(listed["as_of"])
    if not lasts.is_set:
        return say(
            Outcome.UNKNOWN,
            f"For how long the list of {name} of {day} speaks is not recorded for this facility.",
            cure="Record it among the parameters.",
        )
    if (facts["on"] - listed["as_of"]).days > int(lasts.value):
        return say(
            Outcome.UNKNOWN,
            f"The newest list of {name} is of {day}, more than {lasts.value} days old.",
            cure=cure,
        )
    if facts["row"] is None and not listed["whole"]:
        return say(
            Outcome.UNKNOWN,
            f"The list of {day} names only some, and does not name this person.",
            cure="Load a list that names everybody.",
        )
    return None


def judge_owed(
    say: Say,
    facts: Facts,
    days: int,
    *,
    nothing: str,
    owed: str,
    counted_from: str,
    cure: str,
) -> Verdict:
    """Whether what a list says is owed has been so for more than ``days`` days. Pure; a list speaks.

    What was in time on the day of the list and would be late on the day judged is not known: it may have been
    settled since. ``nothing`` and ``owed`` say what the list tells, ``counted_from`` where the days begin.
    """
    row, as_of = facts["row"], facts["list"]["as_of"]
    of_list = f"on the list of {day_text(as_of)}"
    if row is None or not row["count"]:
        return say(Outcome.MET, f"{nothing} {of_list}.", facts={"list_of": as_of, "count": 0})
    since: dt.date | None = row["since"]
    shown: dict[str, Any] = {"list_of": as_of, "count": row["count"]}
    if since is None:
        return say(
            Outcome.UNKNOWN,
            f"{owed} {of_list}, which does not say since when.",
            facts=shown,
            cure="Load the list again with the day in its column Since.",
        )
    age, due = (as_of - since).days, since + dt.timedelta(days=days)
    shown |= {"since": since, "days": age, "days_allowed": days}
    told = f"{owed} {of_list}, {counted_from} {age} {'day' if age == 1 else 'days'}"
    if age > days:
        return say(
            Outcome.NOT_MET, f"{told}, over {days}.", facts=shown, since=due + ONE_DAY, due=due, cure=cure
        )
    if facts["on"] > due:
        return say(
            Outcome.UNKNOWN,
            f"{told}; whether it was settled before {days} days were over is not known.",
            facts=shown,
            due=due,
            cure="Load a newer list.",
        )
    return say(Outcome.MET, f"{told}; {days} are allowed.", facts=shown, due=due)


def plural(count: int, one: str, many: str) -> str:
    """A number with its noun. Pure."""
    return f"{count:,} {one if count == 1 else many}"


def reads_list(kind: str) -> tuple[tuple[str, str], ...]:
    """What a rule judged by a list of that kind narrows."""
    return ((DUTY_LIST_DAYS.code, str(kind)),)
