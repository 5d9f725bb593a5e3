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
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from config.kernel.dates import add_months, add_years_last_valid
from config.kernel.errors import Refused
from config.rulebook.verdicts import (
    EvidenceRef,
    Outcome,
    Verdict,
    combine_all,
    combine_any,
    combine_none,
)
from credentialing.kinds import kind_of
from practitioners.choices import ProviderType

#: Raised whenever the same facts could be judged differently; frozen with every decision.
VERSION = "1"

COMBINATIONS = ("all", "any", "none")
CLAIMED = "claimed, not yet verified"
CONFIRMED = "confirmed at the source"


# --- facts ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Statement:
    """One credential over a range of days, claimed or confirmed; ``valid_through`` is the last day."""

    type_code: str
    confirmed: bool
    status: str
    valid_from: dt.date | None
    valid_through: dt.date | None
    label: str
    extra: Mapping[str, Any] = field(default_factory=dict)
    evidence: tuple[EvidenceRef, ...] = ()
    credential: str = ""  # its uid, by which an altered one is named

    def covers(self, on: dt.date) -> bool:
        """Whether it holds on the day."""
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_through is None or on <= self.valid_through
        )


@dataclass(frozen=True)
class Volume:
    """Cases of one procedure group performed over a range of days (both days included)."""

    group: str
    performed_from: dt.date
    performed_through: dt.date
    cases: int
    source: str
    confirmed: bool
    evidence: tuple[EvidenceRef, ...] = ()
    fed: bool = False  # counted by a feed, one row a day; else stated by somebody


@dataclass(frozen=True)
class CriteriaFacts:
    """Everything the criteria of one practitioner's lines are judged from, on one day."""

    on: dt.date
    provider_type: str = ""
    provider_label: str = ""
    statements: tuple[Statement, ...] = ()
    volumes: tuple[Volume, ...] = ()
    held: Mapping[str, dt.date] = field(default_factory=dict)  # privilege code -> in force since
    requested: frozenset[str] = frozenset()  # privilege codes asked for in the same application

    def of(self, *type_codes: str) -> list[Statement]:
        """Statements of these credential types, confirmed ones first."""
        found = [each for each in self.statements if each.type_code in type_codes]
        return sorted(found, key=lambda each: not each.confirmed)


def facts_data(facts: CriteriaFacts) -> dict[str, Any]:
    """The facts as plain data, for frozen records. :func:`facts_from_data` is the way back."""
    return {
        "on": facts.on,
        "provider_type": facts.provider_type,
        "provider_label": facts.provider_label,
        "statements": [
            {
                "type": each.type_code,
                "confirmed": each.confirmed,
                "status": str(each.status),
                "from": each.valid_from,
                "through": each.valid_through,
                "label": each.label,
                "extra": dict(each.extra),
                "credential": each.credential,
                "evidence": [{"uid": ref.uid, "label": ref.label} for ref in each.evidence],
            }
            for each in facts.statements
        ],
        "volumes": [
            {
                "group": each.group,
                "from": each.performed_from,
                "through": each.performed_through,
                "cases": each.cases,
                "source": each.source,
                "confirmed": each.confirmed,
                "evidence": [{"uid": ref.uid, "label": ref.label} for ref in each.evidence],
                **({"fed": True} if each.fed else {}),
            }
            for each in facts.volumes
        ],
        "held": dict(facts.held),
        "requested": sorted(facts.requested),
    }


def facts_from_data(data: Mapping[str, Any]) -> CriteriaFacts:
    """The facts a frozen record was judged from."""

    def day(value: Any) -> dt.date | None:
        return dt.date.fromisoformat(value) if value else None

    def refs(rows: Sequence[Mapping[str, str]]) -> tuple[EvidenceRef, ...]:
        return tuple(EvidenceRef(uid=row["uid"], label=row["label"]) for row in rows)

    return CriteriaFacts(
        on=dt.date.fromisoformat(data["on"]),
        provider_type=data["provider_type"],
        provider_label=data["provider_label"],
        statements=tuple(
            Statement(
                type_code=row["type"],
                confirmed=row["confirmed"],
                status=row["status"],
                valid_from=day(row["from"]),
                valid_through=day(row["through"]),
                label=row["label"],
                extra=row["extra"],
                evidence=refs(row["evidence"]),
                credential=row["credential"],
            )
            for row in data["statements"]
        ),
        volumes=tuple(
            Volume(
                group=row["group"],
                performed_from=dt.date.fromisoformat(row["from"]),
                performed_through=dt.date.fromisoformat(row["through"]),
                cases=row["cases"],
                source=row["source"],
                confirmed=row["confirmed"],
                evidence=refs(row["evidence"]),
                fed=row.get("fed", False),
            )
            for row in data["volumes"]
        ),
        held={code: dt.date.fromisoformat(since) for code, since in data["held"].items()},
        requested=frozenset(data["requested"]),
    )


# --- the judge ------------------------------------------------------------------------------------------


def judge_criteria(
    criteria: Mapping[str, Any], facts: CriteriaFacts, *, code: str = "CRITERIA", title: str = "Criteria"
) -> Verdict:
    """The verdict of a tree of criteria on ``facts``. Pure: the same facts give the same verdict.

    A line without criteria is NOT_APPLICABLE. Malformed criteria raise ``Refused`` (see
    :func:`validate_criteria`, which every publication runs).
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
    of :func:`each_criterion`. Pure.
    """
    for how in COMBINATIONS:
        if how in node:
            children = tuple(combine(child, judge, code="", title="") for child in node[how])
            outcome = _COMBINE[how](children)
            return Verdict(
                outcome,
                code or how.upper(),
                title or node.get("title") or _GROUP_TITLES[how],
                _group_sentence(how, outcome, children),
                children=children,
            )
    return judge(node)


_COMBINE: dict[str, Callable[[Sequence[Verdict]], Outcome]] = {
    "all": combine_all,
    "any": combine_any,
    "none": combine_none,
}
_GROUP_TITLES = {"all": "All of these", "any": "One of these", "none": "None of these"}


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
        cure=f"Record and verify a degree: {_or(wanted)}.",
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
        missing=f"No completed {level or 'training'} in {_or(wanted)} is on file.",
        cure=f"Record and verify a completed {level or 'training program'} in {_or(wanted)}.",
    )


def _completed(statement: Statement, on: dt.date) -> bool:
    """Whether training was finished by the day: the programme says so, or its end has passed."""
    ended = statement.valid_through is not None and statement.valid_through <= on
    return bool(statement.extra.get("completed", ended)) and (statement.valid_through is None or ended)


def _until(statement: Statement) -> str:
    return f", through {_day(statement.valid_through)}" if statement.valid_through else ""


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
                short.append((each, f"Board eligible only through {_day(until)}."))
            else:
                good.append(each)
        elif each.status in ("ACTIVE", "ACTIVE_LIMITED", "PROBATION"):
            if each.covers(facts.on):
                good.append(each)
            else:
                short.append((each, f"{each.label} ran from {_span(each)}."))
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
            return f"Training ended {_day(each.valid_through)}: eligible through {_day(limit)}."
        return f"{'Eligible' if each.status == 'ELIGIBLE' else 'Certified'}: {each.label}{_until(each)}."

    return _settle(
        node,
        good=good,
        short=short,
        met=met,
        missing=f"No board certification in {_or(wanted)} is on file.",
        cure=f"Record and verify board certification in {_or(wanted)}.",
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
        short=[(each, f"{each.label} ran from {_span(each)}.") for each in named if each not in good],
        met=lambda each: f"{each.label}{_until(each)}.",
        missing=f"No {noun} {_or(courses)} is on file.",
        cure=f"Record and verify a current {noun}: {_or(courses)}.",
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
    wanted = _or(kinds) if kinds else "supervision or collaboration"
    return _settle(
        node,
        good=good,
        short=[(each, f"{each.label} ran from {_span(each)}.") for each in named if each not in good],
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
    cure = f"Record a case log with at least {needed} {_group_label(node)}{_window(node)}."
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
    told = [f"{each.source}: {each.cases} ({_days(each)})" for each in volumes if not each.fed]
    feeds: dict[str, list[Volume]] = {}
    for each in volumes:
        if each.fed:
            feeds.setdefault(each.source, []).append(each)
    for source, days in feeds.items():
        first = min(each.performed_from for each in days)
        last = max(each.performed_through for each in days)
        told.append(f"{source}: {sum(each.cases for each in days)} ({_day(first)} to {_day(last)})")
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
            f"Held since {_day(facts.held[code])}.",
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


# --- in words -------------------------------------------------------------------------------------------


def describe(node: Mapping[str, Any]) -> str:
    """One criterion as a sentence without a full stop: what has to be shown."""
    waiver = f" (may be waived: {node['waiver'].strip().rstrip('.')})" if node.get("waiver") else ""
    return f"{_described(node)}{waiver}"


def _described(node: Mapping[str, Any]) -> str:
    kind = node["type"]
    if kind == "DEGREE":
        return f"Degree: {_or(node['in'])}"
    if kind == "PROVIDER_TYPE":
        return f"Profession: {_or(node['in'])}"
    if kind == "TRAINING":
        return f"Completed {node.get('level') or 'training'} in {_or(node['specialties'])}"
    if kind == "BOARD":
        if node["status"] == "certified":
            return f"Board certified in {_or(node['specialties'])}"
        limit = (
            f", or eligible within {node['within_years']} years of training"
            if node.get("within_years")
            else " or eligible"
        )
        return f"Board certified in {_or(node['specialties'])}{limit}"
    if kind == "VOLUME":
        return f"At least {node['at_least']} {_group_label(node)}{_window(node)}"
    if kind == "PROCTORED":
        return f"At least {node['at_least']} {_group_label(node)} under a proctor{_window(node)}"
    if kind == "LIFE_SUPPORT":
        return f"Current life support certificate: {_or(node['courses'])}"
    if kind == "COURSE":
        return f"Course: {node['name']}"
    if kind == "SUPERVISION":
        agreements = _or(node["agreements"]) if node.get("agreements") else "supervision or collaboration"
        within = f" in {_or(node['specialties'])}" if node.get("specialties") else ""
        return f"Works under a current agreement: {agreements}{within}"
    if kind == "PREREQUISITE":
        return f"Holds {node.get('name') or node['privilege']}"
    raise Refused(f'"{kind}" is not a kind of criterion.')


@dataclass(frozen=True)
class Written:
    """A tree of criteria in words, for a page: a sentence, or a heading over its parts."""

    text: str
    parts: tuple[Written, ...] = ()


def written(criteria: Mapping[str, Any]) -> Written | None:
    """The criteria in words; None when there are none."""
    if not criteria:
        return None
    for how in COMBINATIONS:
        if how in criteria:
            parts = tuple(filter(None, (written(child) for child in criteria[how])))
            return Written(criteria.get("title") or _GROUP_TITLES[how], parts)
    return Written(describe(criteria))


def each_criterion(criteria: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The single criteria of a tree, whatever the combination they stand in."""
    if not criteria:
        return
    for how in COMBINATIONS:
        if how in criteria:
            for child in criteria[how]:
                yield from each_criterion(child)
            return
    yield criteria


def criteria_tree(pair: Mapping[str, Any], application_kind: str) -> Mapping[str, Any]:
    """Of a line's two trees the one that applies: initial, or renewal for a reappointment."""
    return pair.get("renewal" if kind_of(application_kind).renews else "initial") or {}


def procedure_groups(version: Any, lines: Iterable[Any], application_kind: str) -> dict[str, str]:
    """Groups of cases the criteria of a form ask about, with the words the form uses."""
    trees = [criteria_tree(version.core_criteria, application_kind)]
    trees += [criteria_tree(line.criteria, application_kind) for line in lines]
    found: dict[str, str] = {}
    for tree in trees:
        for criterion in each_criterion(tree):
            if "group" in criterion:
                label = criterion.get("label") or criterion["group"].replace("-", " ")
                if criterion["type"] == "PROCTORED":
                    label = f"{label} under a proctor"
                found[criterion["group"]] = label[:1].upper() + label[1:]
    return found


def _or(words: Sequence[str]) -> str:
    words = [str(word) for word in words]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _group_label(node: Mapping[str, Any]) -> str:
    return node.get("label") or f"cases of {node['group']}"


def _window(node: Mapping[str, Any]) -> str:
    return f" in the last {node['months']} months" if node.get("months") else ""


def _day(day: dt.date | None) -> str:
    return f"{day.day} {day:%b %Y}" if day else "an unknown day"


def _span(statement: Statement) -> str:
    start = _day(statement.valid_from) if statement.valid_from else "an unknown day"
    return f"{start} to {_day(statement.valid_through)}" if statement.valid_through else f"{start} on"


def _days(volume: Volume) -> str:
    return f"{_day(volume.performed_from)} to {_day(volume.performed_through)}"


def _as_date(value: Any) -> dt.date | None:
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value)) if value else None
    except ValueError:
        return None


# --- what a privilege may not rest on alone --------------------------------------------------------------

#: A hospital may not let privileges depend solely on certification, fellowship or membership of a society.
SOLELY = "42 CFR 482.12(a)(7)"


@dataclass(frozen=True)
class Alone:
    """A criterion of certification or fellowship that nothing else can take the place of. ``solely``: nothing
    else is asked at all.
    """

    title: str
    solely: bool

    @property
    def sentence(self) -> str:
        """What is wrong and what would mend it."""
        if self.solely:
            what = f"Rests solely on: {self.title}."
        else:
            what = f"Nothing can take the place of: {self.title}."
        return f"{what} Add another way to show it (training and cases, say), or a way to ask for a waiver."


def alone(criteria: Mapping[str, Any] | None) -> list[Alone]:
    """Criteria of certification or fellowship without an alternative or a waiver, in their order. Pure.

    A criterion within ``any`` has an alternative when one branch of it asks for something else; "certified or
    eligible" has one by itself, for eligibility is shown by training. A fellowship beside other criteria is
    training, and named only where nothing else is asked.
    """
    if not criteria:
        return []
    solely = all(_certified(each) or _fellowship(each) for each in each_criterion(criteria))
    found = _without_alternative(criteria, (lambda node: True) if solely else _certified)
    return [Alone(describe(each), solely) for each in found]


def _without_alternative(
    node: Mapping[str, Any], named: Callable[[Mapping[str, Any]], bool]
) -> list[Mapping[str, Any]]:
    if "all" in node:
        return [each for child in node["all"] for each in _without_alternative(child, named)]
    if "any" in node:
        branches = [_without_alternative(child, named) for child in node["any"]]
        return [each for branch in branches for each in branch] if all(branches) else []
    if "none" in node:
        return []
    return [node] if named(node) else []


def _certified(node: Mapping[str, Any]) -> bool:
    return node["type"] == "BOARD" and node["status"] == "certified" and not node.get("waiver")


def _fellowship(node: Mapping[str, Any]) -> bool:
    return node["type"] == "TRAINING" and node.get("level") == "fellowship" and not node.get("waiver")


# --- checking what is published ----------------------------------------------------------------------------

_TEXTS = {"in", "specialties", "courses", "agreements"}
_REQUIRED = {
    "DEGREE": {"in"},
    "PROVIDER_TYPE": {"in"},
    "TRAINING": {"specialties"},
    "BOARD": {"specialties", "status"},
    "VOLUME": {"group", "at_least", "months"},
    "PROCTORED": {"group", "at_least"},
    "LIFE_SUPPORT": {"courses"},
    "COURSE": {"name"},
    "SUPERVISION": set(),
    "PREREQUISITE": {"privilege"},
}
_OPTIONAL = {
    "TRAINING": {"level", "waiver"},
    "BOARD": {"within_years", "waiver"},
    "VOLUME": {"label"},
    "PROCTORED": {"label", "months"},
    "SUPERVISION": {"agreements", "specialties"},
    "PREREQUISITE": {"name"},
}
_BOARD_STATUSES = ("certified", "certified_or_eligible")
#: Texts of one line, with the most characters each may have.
_LONGEST = {"group": 40, "privilege": 40, "name": 200, "label": 200, "level": 60, "waiver": 500, "title": 200}
#: What a group of cases and a privilege are called by: what they are recorded and granted under.
_GROUP, _PRIVILEGE = re.compile(r"[A-Za-z0-9_-]+"), re.compile(r"[A-Z0-9-]+")
#: Combinations within combinations at most: more, nobody reads.
MOST_DEEP = 8


def validate_criteria(criteria: Any, where: str = "criteria", *, deep: int = 0) -> None:
    """Refuse criteria the judge could not judge, naming the place inside them. Empty criteria pass.

    Whether a privilege somebody has to hold is in the catalogue is not known here: see
    :func:`prerequisites`.
    """
    if criteria is None or criteria == {}:
        return
    if not isinstance(criteria, Mapping):
        raise Refused(f"{where}: expected a mapping, found {type(criteria).__name__}.")
    if wrong := [key for key in criteria if not isinstance(key, str)]:
        raise Refused(f"{where}: {wrong[0]} is not a word that is known here.")
    groups = [how for how in COMBINATIONS if how in criteria]
    if groups:
        if len(groups) > 1 or set(criteria) - {groups[0], "title"}:
            raise Refused(f"{where}: one of all, any or none, and nothing beside it but a title.")
        if deep >= MOST_DEEP:
            raise Refused(f"{where}: criteria stand within each other {MOST_DEEP} deep at most.")
        if "title" in criteria:
            _line_of_text(criteria["title"], "title", where)
        children = criteria[groups[0]]
        if not isinstance(children, list) or not children:
            raise Refused(f"{where}.{groups[0]}: expected a list with at least one criterion.")
        for index, child in enumerate(children, 1):
            if not child:
                raise Refused(f"{where}.{groups[0]}[{index}] is empty.")
            validate_criteria(child, f"{where}.{groups[0]}[{index}]", deep=deep + 1)
        return
    kind = criteria.get("type")
    if not isinstance(kind, str) or kind not in _REQUIRED:
        raise Refused(f'{where}: "{kind}" is not a kind of criterion; known are {", ".join(_REQUIRED)}.')
    keys = set(criteria) - {"type"}
    missing = _REQUIRED[kind] - keys
    if missing:
        raise Refused(f"{where}: {kind} needs {', '.join(sorted(missing))}.")
    strange = keys - _REQUIRED[kind] - _OPTIONAL.get(kind, set())
    if strange:
        raise Refused(f"{where}: {kind} does not know {', '.join(sorted(strange))}.")
    for key in keys & _TEXTS:
        value = criteria[key]
        if not isinstance(value, list) or not value:
            raise Refused(f"{where}.{key}: expected a list of words.")
        for word in value:
            if not isinstance(word, str) or not word.strip():
                raise Refused(f"{where}.{key}: expected a list of words.")
    if "waiver" in keys and not (isinstance(criteria["waiver"], str) and criteria["waiver"].strip()):
        raise Refused(f"{where}.waiver: say in words who may waive it and on what.")
    for key in sorted(keys & set(_LONGEST)):
        _line_of_text(criteria[key], key, where)
    if "group" in keys and not _GROUP.fullmatch(criteria["group"]):
        raise Refused(f"{where}.group: letters, digits, hyphens and underscores alone.")
    if "privilege" in keys and not _PRIVILEGE.fullmatch(criteria["privilege"]):
        raise Refused(f"{where}.privilege: the code of a privilege, in capitals.")
    for key in keys & {"at_least", "months", "within_years"}:
        value = criteria[key]
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 10_000:
            raise Refused(f"{where}.{key}: expected a whole number of at least 1.")
    if kind == "PROVIDER_TYPE" and (
        unknown := [each for each in criteria["in"] if each not in ProviderType.values]
    ):
        raise Refused(
            f"{where}.in: {unknown[0]} is no profession; known are {', '.join(ProviderType.values)}."
        )
    if kind == "BOARD" and criteria["status"] not in _BOARD_STATUSES:
        raise Refused(f"{where}.status: one of {_or(_BOARD_STATUSES)}.")


def _line_of_text(value: Any, key: str, where: str) -> None:
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST[key]:
        raise Refused(f"{where}.{key}: expected a text of at most {_LONGEST[key]} characters.")


def prerequisites(criteria: Mapping[str, Any] | None) -> list[str]:
    """Codes of the privileges a tree asks somebody to hold, in their order. Pure."""
    return [each["privilege"] for each in each_criterion(criteria or {}) if each["type"] == "PREREQUISITE"]
