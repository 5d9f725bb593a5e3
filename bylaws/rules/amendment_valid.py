"""BL-AMD-1: an amendment took effect after its notice, its ballot and the approval of the board.

Neither the medical staff nor the governing body changes the bylaws alone (42 CFR 482.22(c)(1)). Judged are
amendments that took effect in the last 24 months, by what the bylaws asked then: the days of notice and of
the ballot on the day it opened, turnout and votes on the day it was counted. A later amendment of these
numbers changes nothing of those before it. A step of which nothing is on record is unknown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from django.urls import reverse

from bylaws.choices import AmendmentStatus
from bylaws.models import Amendment, AmendmentStep
from bylaws.parameters import AMENDMENT_BALLOT, AMENDMENT_NOTICE, AMENDMENT_THRESHOLD, AMENDMENT_TURNOUT
from bylaws.rules.amending import Counted, count_ballot, too_soon
from bylaws.rules.population import remembered
from config.kernel.dates import add_months
from config.kernel.display.dates import day_text
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.selectors.parameters import resolve_cases
from config.rulebook.subjects import Subject, SubjectKind, register_kind
from config.rulebook.verdicts import Outcome, Verdict

CODE = "BL-AMD-1"
TITLE = "Amendment with notice, ballot and the board"
LAW = "42 CFR 482.22(c)(1); the bylaws' own article on amendments"
#: How long after it took effect an amendment is judged, in months: afterwards the next review of the document
#: is nearer than any cure. No number of the law or the bylaws.
LOOKED_BACK = 24
#: What each parameter is called among the facts, and the step on whose day it counts.
ASKED = {
    AMENDMENT_NOTICE.code: ("notice_days", "opened"),
    AMENDMENT_BALLOT.code: ("ballot_days", "opened"),
    AMENDMENT_TURNOUT.code: ("turnout_percent", "counted_on"),
    AMENDMENT_THRESHOLD.code: ("threshold", "counted_on"),
}
_STEPS = {
    AmendmentStatus.NOTICED: "noticed",
    AmendmentStatus.BALLOT: "opened",
    AmendmentStatus.CARRIED: "counted_on",
    AmendmentStatus.APPROVED: "approved",
}


def _effective(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> dict[int, Amendment]:
    """Amendments in force through the day that took effect lately, by their id; one query, and one for all
    while the rule is judged of many.
    """
    return remembered(("amendments", facility.pk, on, known_at), partial(_ask, facility, on, known_at))


def _ask(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> dict[int, Amendment]:
    approved = AmendmentStep.objects.filter(status=AmendmentStatus.APPROVED, amendment__facility=facility)
    if known_at is not None:
        approved = approved.filter(recorded_at__lte=known_at)
    rows = Amendment.objects.filter(
        pk__in=approved.values("amendment"),
        takes_effect_on__lte=on,
        takes_effect_on__gt=add_months(on, -LOOKED_BACK),
    )
    return {each.pk: each for each in rows.order_by("takes_effect_on", "uid")}


def _population(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> dict[int, Subject]:
    return {
        pk: Subject(kind="amendment", uid=each.uid, name=each.title)
        for pk, each in _effective(facility, on, known_at).items()
    }


AMENDMENT = register_kind(
    SubjectKind(
        code="amendment",
        noun="amendment",
        plural="amendments",
        population=_population,
        page=lambda uid: reverse("bylaws:amendment", args=[uid]),
        permission="bylaws.view_compliance",
    )
)


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, amendment_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """The steps of each amendment with their days, the count, and what the bylaws asked then; three queries,
    one where there is none.
    """
    found = _effective(facility, on, known_at)
    wanted = set(found) if amendment_ids is None else set(amendment_ids) & set(found)
    facts: dict[int, dict[str, Any]] = {
        pk: {"on": on, "in_force_from": each.takes_effect_on, "until": each.ballot_until}
        | dict.fromkeys(_STEPS.values())
        for pk, each in found.items()
        if pk in wanted
    }
    if not facts:
        return {}
    steps = AmendmentStep.objects.filter(amendment__in=facts, status__in=list(_STEPS)).order_by("pk")
    if known_at is not None:
        steps = steps.filter(recorded_at__lte=known_at)
    for step in steps:
        one = facts[step.amendment_id]
        one[_STEPS[AmendmentStatus(step.status)]] = step.day
        if step.status == AmendmentStatus.CARRIED:
            one |= {
                "members": step.voting_members,
                "for": step.votes_for,
                "against": step.votes_against,
                "abstained": step.abstained,
            }
    days = {one[at] for one in facts.values() for _, at in ASKED.values() if one[at] is not None}
    bounds = resolve_cases(list(ASKED), [(facility.pk, day, ()) for day in days], known_at) if days else {}
    for one in facts.values():
        for code, (name, at) in ASKED.items():
            bound = bounds.get((facility.pk, one[at], ()), {}).get((code, ""))
            one[name] = bound.value if bound is not None else None
    return dict(facts)


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one amendment: what was not kept decides, then what is not on record. Pure."""
    shown = {name: facts[name] for name in ("noticed", "opened", "counted_on", "approved", "in_force_from")}

    def say(outcome: Outcome, sentence: str, **more: Any) -> Verdict:
        return Verdict(
            outcome=outcome,
            code=CODE,
            title=TITLE,
            sentence=sentence,
            facts=shown,
            citation=LAW,
            confidence=parameters[AMENDMENT_NOTICE.code].confidence or "unconfirmed",
            **more,
        )

    broken, unknown = _notice_and_ballot(facts), [*_not_on_record(facts)]
    if facts["counted_on"] is not None and facts["turnout_percent"] is not None and facts["threshold"]:
        counted = Counted(facts["members"], facts["for"], facts["against"], facts["abstained"])
        answer = count_ballot(
            counted, turnout_percent=int(facts["turnout_percent"]), threshold=facts["threshold"]
        )
        if not answer.carried:
            broken.append(f"The ballot did not carry it: {answer.sentence}")
    approved, start = facts["approved"], facts["in_force_from"]
    if approved is not None and start < approved:
        broken.append(f"The board approved it on {day_text(approved)} only.")
    in_force = f"In force since {day_text(start)}."
    if broken:
        return say(
            Outcome.NOT_MET,
            f"{in_force} {' '.join(broken)}",
            since=start,
            cure="Put it before the medical staff and the board again, with notice.",
        )
    if unknown:
        return say(
            Outcome.UNKNOWN,
            f"{in_force} Not on record: {', '.join(unknown)}.",
            cure="Record it from the minutes, or put the amendment to the vote again.",
        )
    return say(
        Outcome.MET,
        f"{in_force} Notice of {day_text(facts['noticed'])}, carried on {day_text(facts['counted_on'])}, "
        f"approved by the board on {day_text(approved)}.",
        since=start,
    )


def _notice_and_ballot(facts: Mapping[str, Any]) -> list[str]:
    """What of the days was not kept, as sentences. Pure."""
    broken = []
    noticed, opened, until = facts["noticed"], facts["opened"], facts["until"]
    asked = facts["notice_days"]
    if noticed and opened and asked is not None and too_soon(noticed, opened, int(asked), ""):
        broken.append(
            f"The ballot opened {(opened - noticed).days} days after the notice; {asked} are asked for."
        )
    if opened and until and facts["ballot_days"] is not None:
        days = (until - opened).days + 1
        if days < int(facts["ballot_days"]):
            broken.append(f"The ballot was open for {days} of {facts['ballot_days']} days.")
    return broken


def _not_on_record(facts: Mapping[str, Any]) -> Iterable[str]:
    """What nothing says of the way it went. Pure."""
    told = {
        "noticed": "the notice",
        "opened": "the opening of the ballot",
        "until": "its last day",
        "counted_on": "the count",
        "approved": "the approval of the board",
    }
    yield from (words for name, words in told.items() if facts[name] is None)
    asked = {
        "notice_days": "the days of notice asked for then",
        "ballot_days": "how long a ballot had to be open then",
        "turnout_percent": "the turnout asked for then",
        "threshold": "the votes asked for then",
    }
    yield from (words for name, words in asked.items() if facts[name] is None)


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=tuple(ASKED),
        facts=gather,
        judge=judge,
        waivable=False,
        subject=AMENDMENT.code,
    )
)
