"""Criteria of privileges as data, and the pure judge of them.

A node is either a combination - ``{"all": [...]}``, ``{"any": [...]}``, ``{"none": [...]}`` - or one
criterion, ``{"type": "VOLUME", "group": "gs-major", "at_least": 50, "months": 24}``. Every form line has one
tree for an initial grant and one for its renewal.

How facts count: what a source confirmed decides (MET or NOT_MET). What is only claimed never looks like MET:
a claim that would meet the criterion is UNKNOWN, "claimed, not yet verified"; a claim that itself falls short
is NOT_MET. Nothing on file is UNKNOWN.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from config.kernel.dates import add_months, add_years_last_valid
from config.kernel.errors import Refused
from config.rulebook.verdicts import Outcome, Verdict, combine_all, combine_any, combine_none
from privileging.rules.criteria_facts import CriteriaFacts, Statement, Volume
from privileging.rules.criteria_words import (
    COMBINATIONS,
    GROUP_TITLES,
    day_words,
    days_words,
    describe,
    group_label,
    or_words,
    span_words,
    window_words,
)

#: Raised whenever the same facts could be judged differently; frozen with every decision.
VERSION = "1"

CLAIMED = "claimed, not yet verified"
CONFIRMED = "confirmed at the source"


def judge_criteria(
    criteria: Mapping[str, Any], facts: CriteriaFacts, *, code: str = "CRITERIA", title: str = "Criteria"
) -> Verdict:
    """The verdict of a tree of criteria on ``facts``. Pure: the same facts give the same verdict.

    A line without criteria is NOT_APPLICABLE. Malformed criteria raise ``Refused`` (see
    :func:`.criteria_published.validate_criteria`, which every publication runs).
    """
    if not criteria:
        return Verdict(Outcome.NOT_APPLICABLE, code, title, "No criteria are set for this privilege.")
    return combine(criteria, lambda node: judge_criterion(node, facts), code=code, title=title)


def judge_criterion(node: Mapping[str, Any], facts: CriteriaFacts) -> Verdict:
    """The verdict of a single criterion. Pure."""
    kind = node.get("type", "")
    if kind not in _JUDGES:
        raise Refused(f'"{kind}" is not a kind of criterion.')
    return _JUDGES[kind](node, facts)


def combine(
    node: Mapping[str, Any],
    judge: Callable[[Mapping[str, Any]], Verdict],
    *,
    code: str = "CRITERIA",
    title: str = "Criteria",
) -> Verdict:
    """The verdict of a tree from those of its single criteria, of which each is asked for once, in the order
    of :func:`.criteria_words.each_criterion`. Pure.
    """
    for how in COMBINATIONS:
        if how in node:
            children = tuple(combine(child, judge, code="", title="") for child in node[how])
            outcome = _COMBINE[how](children)
            return Verdict(
                outcome,
                code or how.upper(),
                title or node.get("title") or GROUP_TITLES[how],
                _group_sentence(how, outcome, children),
                children=children,
            )
    return judge(node)


_COMBINE: dict[str, Callable[[Sequence[Verdict]], Outcome]] = {
    "all": combine_all,
    "any": combine_any,
    "none": combine_none,
}


def _group_sentence(how: str, outcome: Outcome, children: Sequence[Verdict]) -> str:
    short = [child.title for child in children if child.outcome is Outcome.NOT_MET]
    open_ones = [child.title for child in children if child.outcome is Outcome.UNKNOWN]
    if outcome is Outcome.MET:
        return {"all": "All criteria are met.", "any": "One suffices and is met."}.get(how, "None applies.")
    if outcome is Outcome.NOT_MET:
        if how == "all":
            return f"Not met: {_listed(short)}."
        return "None of them is met." if how == "any" else "One that excludes it is met."
    if outcome is Outcome.UNKNOWN:
        return f"Not yet known: {_listed(open_ones)}."
    return "None of these concerns this practitioner."


def _listed(titles: Sequence[str]) -> str:
    return "; ".join(titles)


def _same(one: Any, other: Any) -> bool:
    return " ".join(str(one).casefold().split()) == " ".join(str(other).casefold().split())


def _any_same(value: Any, wanted: Sequence[str]) -> bool:
    return any(_same(value, each) for each in wanted)


def _facts_of(statement: Statement) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "credential": statement.label,
        "standing": CONFIRMED if statement.confirmed else CLAIMED,
    }
    if statement.valid_from:
        facts["from"] = statement.valid_from
    if statement.valid_through:
        facts["through"] = statement.valid_through
    return facts


def _settle(
    node: Mapping[str, Any],
    *,
    good: Sequence[Statement],
    short: Sequence[tuple[Statement, str]],
    met: Callable[[Statement], str],
    missing: str,
    cure: str,
) -> Verdict:
    """The common order: confirmed and sufficient, claimed and sufficient, insufficient, nothing on file.

    ``short`` pairs a statement that does not suffice with the reason why.
    """
    kind, title = node["type"], describe(node)
    confirmed = next((each for each in good if each.confirmed), None)
    if confirmed is not None:
        return Verdict(
            Outcome.MET, kind, title, met(confirmed), facts=_facts_of(confirmed), evidence=confirmed.evidence
        )
    if good:
        claim = good[0]
        return Verdict(
            Outcome.UNKNOWN,
            kind,
            title,
            f"{met(claim).rstrip('.')}: claimed, not yet verified.",
            facts=_facts_of(claim),
            cure=f"Verify {claim.label}.",
        )
    if short:
        statement, why = next(((s, w) for s, w in short if s.confirmed), short[0])
        return Verdict(
            Outcome.NOT_MET,
            kind,
            title,
            why,
            facts=_facts_of(statement),
            evidence=statement.evidence,
            cure=cure,
        )
    return Verdict(Outcome.UNKNOWN, kind, title, missing, cure=cure)


def _degree(node: Mapping[str, Any], facts: CriteriaFacts) -> Verdict:
    wanted = node["in"]
    schools = [each for each in facts.of("MEDICAL_SCHOOL") if each.extra.get("degree")]
    good = [each for each in schools if _any_same(each.extra["degree"], wanted)]
    if not schools and facts.provider_type in wanted:
        good = [
            Statement(
                "PROVIDER_TYPE",
                False,
                "",
                None,
                None,
                f"the {facts.provider_type} degree (no school on file)",
            )
        ]
    return _settle(
        node,
        good=good,
        short=[
            (each, f"The degree on file is {each.extra['degree']}.") for each in schools if each not in good
        ],
        met=lambda each: f"Degree {each.extra.get('degree', facts.provider_type)}.",
        missing="No degree is on file.",
        cure=f"Record and verify a degree: {or_words(wanted)}.",
    )


def _provider_type(node: Mapping[str, Any], facts: CriteriaFacts) -> Verdict:
    title = describe(node)
    if not facts.provider_type or facts.provider_type == "OTHER":
        return Verdict(
            Outcome.UNKNOWN,
            "PROVIDER_TYPE",
            title,
            "The profession is not recorded.",
            cure="Record the profession.",
        )
    outcome = Outcome.MET if facts.provider_type in node["in"] else Outcome.NOT_MET
    return Verdict(
        outcome,
        "PROVIDER_TYPE",
        title,
        f"The profession is {facts.provider_label or facts.provider_type}.",
        facts={"profession": facts.provider_label or facts.provider_type},
        cure="" if outcome is Outcome.MET else "This privilege is not open to the profession.",
    )


def _training(node: Mapping[str, Any], facts: CriteriaFacts) -> Verdict:
    wanted, level = node["specialties"], node.get("level", "")
    good, short = [], []
    for each in facts.of("RESIDENCY"):
        if not _any_same(each.extra.get("specialty", ""), wanted):
            continue
        if level and each.extra.get("level") and not _same(each.extra["level"], level):
            continue
        if _completed(each, facts.on):
            good.append(each)
        else:
            short.append((each, f"{each.label} is not completed."))
    return _settle(
        node,
        good=good,
        short=short,
        met=lambda each: f"Completed {each.label}{_until(each)}.",
        missing=f"No completed {level or 'training'} in {or_words(wanted)} is on file.",
        cure=f"Record and verify a completed {level or 'training program'} in {or_words(wanted)}.",
    )


def _completed(statement: Statement, on: dt.date) -> bool:
    """Whether training was finished by the day: the programme says so, or its end has passed."""
    ended = statement.valid_through is not None and statement.valid_through <= on
    return bool(statement.extra.get("completed", ended)) and (statement.valid_through is None or ended)


def _until(statement: Statement) -> str:
    return f", through {day_words(statement.valid_through)}" if statement.valid_through else ""


def _as_date(value: Any) -> dt.date | None:
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value)) if value else None
    except ValueError:
        return None


def _board(node: Mapping[str, Any], facts: CriteriaFacts) -> Verdict:
    wanted = node["specialties"]
    eligible_counts = node["status"] == "certified_or_eligible"
    years = node.get("within_years")
    good: list[Statement] = []
    short: list[tuple[Statement, str]] = []
    for each in facts.of("BOARD_CERT"):
        if not _any_same(each.extra.get("specialty", ""), wanted):
            continue
        if each.status == "ELIGIBLE":
            until = _as_date(each.extra.get("eligible_until")) or each.valid_through
            if not eligible_counts:
                short.append((each, "Board eligible, not certified."))
            elif until is not None and facts.on > until:
                short.append((each, f"Board eligible only through {day_words(until)}."))
            else:
                good.append(each)
        elif each.status in ("ACTIVE", "ACTIVE_LIMITED", "PROBATION"):
            if each.covers(facts.on):
                good.append(each)
            else:
                short.append((each, f"{each.label} ran from {span_words(each)}."))
        else:
            short.append((each, f"{each.label}: {each.status.replace('_', ' ').lower()}."))
    if eligible_counts and years and not any(each.confirmed for each in good):
        good += [
            each
            for each in facts.of("RESIDENCY")
            if _any_same(each.extra.get("specialty", ""), wanted)
            and _completed(each, facts.on)
            and each.valid_through is not None
            and facts.on <= add_years_last_valid(each.valid_through, years)
        ]
        good.sort(key=lambda each: not each.confirmed)

    def met(each: Statement) -> str:
        if each.type_code == "RESIDENCY" and each.valid_through and years:
            limit = add_years_last_valid(each.valid_through, years)
            return f"Training ended {day_words(each.valid_through)}: eligible through {day_words(limit)}."
        return f"{'Eligible' if each.status == 'ELIGIBLE' else 'Certified'}: {each.label}{_until(each)}."

    return _settle(
        node,
        good=good,
        short=short,
        met=met,
        missing=f"No board certification in {or_words(wanted)} is on file.",
        cure=f"Record and verify board certification in {or_words(wanted)}.",
    )


def _life_support(node: Mapping[str, Any], facts: CriteriaFacts) -> Verdict:
    return _certificate(node, facts, "LIFE_SUPPORT", node["courses"], "certificate")


def _course(node: Mapping[str, Any], facts: CriteriaFacts) -> Verdict:
    return _certificate(node, facts, "COURSE", [node["name"]], "course")


def _certificate(
    node: Mapping[str, Any], facts: CriteriaFacts, type_code: str, courses: Sequence[str], noun: str
) -> Verdict:
    named = [each for each in facts.of(type_code) if _any_same(each.extra.get("course", ""), courses)]
    good = [each for each in named if each.covers(facts.on)]
    return _settle(
        node,
        good=good,
        short=[(each, f"{each.label} ran from {span_words(each)}.") for each in named if each not in good],
        met=lambda each: f"{each.label}{_until(each)}.",
        missing=f"No {noun} {or_words(courses)} is on file.",
        cure=f"Record and verify a current {noun}: {or_words(courses)}.",
    )


def _supervision(node: Mapping[str, Any], facts: CriteriaFacts) -> Verdict:
    """An agreement that runs on the day, of one of the kinds named (any where none is), in one of the
    specialties named. Whether its supervisor may still supervise is another matter: the file says it.
    """
    kinds, specialties = node.get("agreements", ()), node.get("specialties", ())
    named = [
        each
        for each in facts.of("SUPERVISION")
        if (not kinds or _any_same(each.extra.get("agreement", ""), kinds))
        and (not specialties or _any_same(each.extra.get("specialty", ""), specialties))
    ]
    good = [each for each in named if each.covers(facts.on)]
    wanted = or_words(kinds) if kinds else "supervision or collaboration"
    return _settle(
        node,
        good=good,
        short=[(each, f"{each.label} ran from {span_words(each)}.") for each in named if each not in good],
        met=lambda each: f"{each.label}{_until(each)}.",
        missing=f"No agreement of {wanted} is on file.",
        cure=f"Record and verify a current agreement: {wanted}.",
    )


def _volume(node: Mapping[str, Any], facts: CriteriaFacts) -> Verdict:
    """Cases of a group within the months before the day.

    A stated range counts only when it lies wholly inside the window, and overlapping ranges are never added
    up, so the count is a number of different cases the practitioner surely did.
    """
    kind, title, needed = node["type"], describe(node), node["at_least"]
    months = node.get("months")
    opens = add_months(facts.on, -months) if months else None
    of_group = [
        each for each in facts.volumes if each.group == node["group"] and each.performed_from <= facts.on
    ]
    cure = f"Record a case log with at least {needed} {group_label(node)}{window_words(node)}."
    if not of_group:
        return Verdict(Outcome.UNKNOWN, kind, title, "No case numbers are on file.", cure=cure)
    inside = [
        each
        for each in of_group
        if (opens is None or each.performed_from >= opens) and each.performed_through <= facts.on
    ]
    counted, chosen = _most_cases(inside)
    proven, proof = _most_cases([each for each in inside if each.confirmed])
    shown: dict[str, Any] = {"cases counted": counted, "cases needed": needed}
    if opens:
        shown["counted from"] = opens
    shown["sources"] = _sources(chosen or of_group)
    if proven >= needed:
        shown |= {"cases counted": proven, "standing": CONFIRMED}
        refs = tuple(dict.fromkeys(ref for each in proof for ref in each.evidence))
        return Verdict(
            Outcome.MET, kind, title, f"{proven} cases, {needed} needed.", facts=shown, evidence=refs
        )
    shown["standing"] = CONFIRMED if chosen and all(each.confirmed for each in chosen) else CLAIMED
    if counted >= needed:
        return Verdict(
            Outcome.UNKNOWN,
            kind,
            title,
            f"{counted} cases claimed, {needed} needed: not yet verified.",
            facts=shown,
            cure="Verify the case log.",
        )
    reaching, _ = _most_cases([each for each in of_group if opens is None or each.performed_through >= opens])
    if reaching >= needed:
        return Verdict(
            Outcome.UNKNOWN,
            kind,
            title,
            f"{counted} cases surely lie in the time counted, {needed} needed; a range reaches beyond it.",
            facts=shown,
            cure=cure,
        )
    return Verdict(Outcome.NOT_MET, kind, title, f"{counted} cases, {needed} needed.", facts=shown, cure=cure)


def _sources(volumes: Sequence[Volume]) -> list[str]:
    """Where the numbers come from: each stated range, and each feed as one."""
    told = [f"{each.source}: {each.cases} ({days_words(each)})" for each in volumes if not each.fed]
    feeds: dict[str, list[Volume]] = {}
    for each in volumes:
        if each.fed:
            feeds.setdefault(each.source, []).append(each)
    for source, days in feeds.items():
        first = min(each.performed_from for each in days)
        last = max(each.performed_through for each in days)
        told.append(f"{source}: {sum(each.cases for each in days)} ({day_words(first)} to {day_words(last)})")
    return told


def _most_cases(volumes: Sequence[Volume]) -> tuple[int, list[Volume]]:
    """The largest number of cases from ranges that do not overlap, and those ranges."""
    rows = sorted(volumes, key=lambda each: (each.performed_through, each.performed_from))
    ends = [row.performed_through for row in rows]
    # most[n] is the best of the first n rows; taken[n] says whether it takes the last of them, and on which.
    most, taken = [0], [-1]
    for index, row in enumerate(rows):
        before = bisect_left(ends, row.performed_from)
        with_it = most[before] + row.cases
        most.append(max(most[index], with_it))
        taken.append(before if with_it > most[index] else -1)
    chosen: list[Volume] = []
    here = len(rows)
    while here > 0:
        if taken[here] < 0:
            here -= 1
        else:
            chosen.append(rows[here - 1])
            here = taken[here]
    return most[-1], chosen[::-1]


def _prerequisite(node: Mapping[str, Any], facts: CriteriaFacts) -> Verdict:
    code, title = node["privilege"], describe(node)
    if code in facts.held:
        return Verdict(
            Outcome.MET,
            "PREREQUISITE",
            title,
            f"Held since {day_words(facts.held[code])}.",
            facts={"privilege": code, "since": facts.held[code]},
        )
    if code in facts.requested:
        return Verdict(
            Outcome.UNKNOWN,
            "PREREQUISITE",
            title,
            "Asked for in the same application; it is decided together with this one.",
            facts={"privilege": code},
            cure=f"Grant {code} as well.",
        )
    return Verdict(
        Outcome.NOT_MET,
        "PREREQUISITE",
        title,
        "Not held and not asked for.",
        facts={"privilege": code},
        cure=f"Ask for {code} as well.",
    )


_JUDGES: dict[str, Callable[[Mapping[str, Any], CriteriaFacts], Verdict]] = {
    "DEGREE": _degree,
    "PROVIDER_TYPE": _provider_type,
    "TRAINING": _training,
    "BOARD": _board,
    "VOLUME": _volume,
    "PROCTORED": _volume,
    "LIFE_SUPPORT": _life_support,
    "COURSE": _course,
    "SUPERVISION": _supervision,
    "PREREQUISITE": _prerequisite,
}
