"""Whether a decision can still be proved: judged again from its frozen facts, and its facts gathered again.

Both senses of the design: the frozen facts give the frozen verdicts, and what the database says was known
then is what was frozen. Whatever differs is named as a fact of its own, so that all decisions one altered
fact touched are found together.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from bylaws.models import Decision
from bylaws.subjects import Replayed
from config.kernel.canonical import canonical_bytes
from config.rulebook.rules import rules
from config.rulebook.selectors.parameters import resolve_many
from credentialing.choices import ItemStatus
from credentialing.models import VerificationItem
from credentialing.selectors.files import FOUND_OUT
from practitioners.models import Evidence
from practitioners.rules.chain import chained_hash
from privileging.rules.criteria import VERSION as CRITERIA_VERSION
from privileging.rules.criteria import judge_criteria
from privileging.rules.criteria_facts import facts_data, facts_from_data
from privileging.selectors.criteria import gather_facts
from privileging.selectors.requests import lines_of

#: The version of the rule by which criteria are judged, as it stands in a frozen record.
CRITERIA = "privileging.criteria"

Row = Mapping[str, Any]


def rule_versions() -> dict[str, str]:
    """The rules of this system with their versions, as they are frozen with an act."""
    return {CRITERIA: CRITERIA_VERSION} | {rule.code: rule.version for rule in rules()}


def replay(decision: Decision) -> list[Replayed]:
    """What no longer holds of the frozen criteria, facts, parameters and evidence of a decision; and, as
    explained differences, what is judged by another version of its rule since. Some ten queries.
    """
    record = json.loads(decision.frozen)
    seen = record["seen"]
    return [
        *_judged_again(record),
        *_gathered_again(decision, seen),
        *_parameters_again(decision, seen),
        *_evidence_again(seen),
        *_verification_again(decision, seen),
    ]


# -- the frozen facts give the frozen verdicts ---------------------------------------------------------------


def _judged_again(record: Row) -> Iterator[Replayed]:
    frozen = record["seen"].get("criteria") or {}
    if not frozen.get("facts"):
        return
    facts = facts_from_data(frozen["facts"])
    again = {
        key: _plain(judge_criteria(one["tree"], facts, code=one["code"], title=one["title"]).as_data())
        for key, one in frozen["trees"].items()
    }
    told = {line["uid"]: line for line in record["lines"]}
    other = [
        told[row["line"]]["label"]
        for row in frozen["lines"]
        if row["line"] in told and told[row["line"]]["criteria"] != again[row["tree"]]
    ]
    since = frozen["version"]
    for label in other:
        if since == CRITERIA_VERSION:
            yield Replayed(f"{label}: the frozen facts give other criteria than were shown.")
        else:
            yield Replayed(
                f"{label}: judged by version {since} of the criteria; "
                f"version {CRITERIA_VERSION} says otherwise.",
                explained=True,
            )


# -- the facts gathered again are the frozen ones ------------------------------------------------------------


def _named_statement(row: Row) -> str:
    return f"credential {row['credential']} ({row['type']})"


def _named_volume(row: Row) -> str:
    return f"cases of {row['group']}, {row['from']} to {row['through']}"


#: By kind of fact: what of it is bound to the moment it was known (names of types may be edited later), and
#: what it is called.
_KINDS: Mapping[str, tuple[Sequence[str], Callable[[Row], str]]] = {
    "statements": (
        ("credential", "type", "confirmed", "status", "from", "through", "extra"),
        _named_statement,
    ),
    "volumes": (("group", "from", "through", "cases", "confirmed"), _named_volume),
}


def _gathered_again(decision: Decision, seen: Row) -> Iterator[Replayed]:
    criteria = seen.get("criteria") or {}
    frozen = criteria.get("facts")
    if not frozen:
        return
    person = f"{decision.practitioner} ({decision.practitioner.uid})"
    judged = {row["line"] for row in criteria["lines"]}
    asked = lines_of(decision.step.case.subject_uid, asked_only=False)
    lines = [line for line in asked if str(line.uid) in judged]
    gone = judged - {str(line.uid) for line in lines}
    if gone:
        yield Replayed("the lines it was about are gone.", fact=f"lines {', '.join(sorted(gone))}")
    if not lines:
        return
    on = dt.date.fromisoformat(seen["judged_on"])
    facts = gather_facts(lines, on, known_at=decision.recorded_at, before=decision)
    again = _plain(facts_data(next(iter(facts.values()))))
    for kind, (keys, named) in _KINDS.items():
        for name, sentence in differences(frozen[kind], again[kind], keys, named):
            yield Replayed(sentence, fact=f"{name} of {person}")
    for code in sorted(frozen["held"].keys() | again["held"].keys()):
        then, now = frozen["held"].get(code), again["held"].get(code)
        if then != now:
            yield Replayed(
                f"{code} was {_held(then)}; as known then it is {_held(now)}.",
                fact=f"privilege {code} held by {person} at {decision.facility.code}",
            )


def _held(since: str | None) -> str:
    return f"held since {since}" if since else "not held"


def differences(
    frozen: Sequence[Row], again: Sequence[Row], keys: Sequence[str], named: Callable[[Row], str]
) -> Iterator[tuple[str, str]]:
    """What differs between two lists of facts: the name of each fact and a sentence. Facts that say the same
    of all ``keys`` are equal; of the others, those of one name are compared with each other in their order.
    """
    then, now = _by_name(frozen, keys, named), _by_name(again, keys, named)
    for name in sorted(then.keys() | now.keys()):
        before, after = then[name], now[name]
        for same in [row for row in before if row in after]:
            if same in after:  # as often as it is in both
                before.remove(same)
                after.remove(same)
        for old, new in zip(before, after, strict=False):
            told = ", ".join(
                f"{key} {_told(old[key])}, now {_told(new[key])}" for key in keys if old[key] != new[key]
            )
            yield name, f"{name} is not what was frozen: {told}."
        for _ in before[len(after) :]:
            yield name, f"{name} was frozen, and is not among what was known then."
        for _ in after[len(before) :]:
            yield name, f"{name} was not frozen, and is among what was known then."


def _by_name(
    rows: Iterable[Row], keys: Sequence[str], named: Callable[[Row], str]
) -> defaultdict[str, list[dict[str, Any]]]:
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[named(row)].append({key: row[key] for key in keys})
    return found


def _told(value: Any) -> str:
    return "none" if value is None else json.dumps(value) if isinstance(value, dict | list) else str(value)


def _parameters_again(decision: Decision, seen: Row) -> Iterator[Replayed]:
    frozen = {(row["code"], row["subject"]): row for row in seen.get("parameters", ())}
    if not frozen:
        return
    bound = resolve_many(
        {code for code, _ in frozen},
        facility=decision.facility,
        on=dt.date.fromisoformat(seen["judged_on"]),
        known_at=decision.recorded_at,
    )
    again = {key: _plain(one.as_data()) for key, one in bound.items()}
    for key in sorted(frozen.keys() | again.keys()):
        then, now = frozen.get(key, {}).get("value"), again.get(key, {}).get("value")
        if then != now:
            name = "parameter " + " of ".join(filter(None, key)) + f" at {decision.facility.code}"
            yield Replayed(f"{name} was {_told(then)}; as known then it is {_told(now)}.", fact=name)


def _evidence_again(seen: Row) -> Iterator[Replayed]:
    frozen = {
        item["evidence"]["uid"]: item["evidence"]["hash"]
        for item in seen.get("verification", ())
        if item["evidence"]
    }
    rows = Evidence.objects.filter(uid__in=list(frozen)).select_related(
        "practitioner", "document", "obtained_by"
    )
    held = {str(row.uid): {row.hash, chained_hash(row)} for row in rows}
    for uid in sorted(frozen):
        if held.get(uid) != {frozen[uid]}:
            yield Replayed(f"evidence {uid} is not what the deciders saw.", fact=f"evidence {uid}")


def _verification_again(decision: Decision, seen: Row) -> Iterator[Replayed]:
    """What was found out stays as it was found; a newer answer is another item, and the old one superseded.
    Items that were still open then may say anything now. One query.
    """
    items = {
        str(item.uid): item
        for item in VerificationItem.objects.filter(
            application__uid=decision.step.case.subject_uid
        ).select_related("evidence", "credential")
    }
    for row in seen.get("verification", ()):
        name = f"verification {row['uid']} ({row['element']}) of {decision.practitioner}"
        item = items.get(row["uid"])
        if item is None:
            yield Replayed(f"{name} was frozen, and is gone.", fact=name)
            continue
        again = {
            "element": str(item.element),
            "credential": str(item.credential.uid) if item.credential else None,
        }
        if row["status"] in FOUND_OUT:
            superseded = item.status == ItemStatus.SUPERSEDED
            again |= {
                "status": row["status"] if superseded else str(item.status),
                "verified_on": item.verified_on.isoformat() if item.verified_on else None,
                "evidence": str(item.evidence.uid) if item.evidence else None,
            }
        then = {**row, "evidence": row["evidence"] and row["evidence"]["uid"]}
        told = ", ".join(
            f"{key} {_told(then[key])}, now {_told(again[key])}" for key in again if then[key] != again[key]
        )
        if told:
            yield Replayed(f"{name} is not what was frozen: {told}.", fact=name)


def _plain(data: Any) -> Any:
    """The data as they are read back from a canonical record."""
    return json.loads(canonical_bytes(data))
