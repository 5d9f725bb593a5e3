"""What is new in a file since it was frozen: only that is looked at again, the rest stays as it was. Pure.

A state is plain data (``selectors.assessment.state_of``): flags by uid, items by element and credential,
claims by credential, answers by question. Verifying the same thing again with the same outcome is nothing
new, and neither is a disposition: somebody of the office has just written it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from config.accounts.choices import DataClass
from config.kernel.canonical import digest
from credentialing.choices import FlagStatus, ItemStatus

#: Outcomes of an item with which a decision can be made.
SETTLED = frozenset({ItemStatus.VERIFIED, ItemStatus.WAIVED, ItemStatus.NOT_APPLICABLE})

FLAG, ITEM, CLAIM, ANSWER, PRIVILEGE = "flag", "item", "claim", "answer", "privilege"


@dataclass(frozen=True)
class Change:
    """One thing that is new. ``key`` names it, ``digest`` what it says now: seen is seen in this form."""

    key: str
    kind: str
    sentence: str
    digest: str
    data_class: str = DataClass.GENERAL
    uid: str = ""  # of the flag or item it leads to


State = Mapping[str, Mapping[str, Mapping[str, Any]]]


def changes(before: State, now: State) -> list[Change]:
    """Everything new between two states: flags first, then results, then what is stated and answered."""
    return [
        *_flags(before.get("flags", {}), now.get("flags", {})),
        *_items(before.get("items", {}), now.get("items", {})),
        *_claims(before.get("claims", {}), now.get("claims", {})),
        *_answers(before.get("answers", {}), now.get("answers", {})),
        *_privileges(before.get("privileges", {}), now.get("privileges", {})),
    ]


def flag_key(uid: str) -> str:
    """How a change is named that is about this flag."""
    return f"flag:{uid}"


def flag_digest(flag: Mapping[str, Any]) -> str:
    """What a flag of a state says, for telling whether it was seen in this form."""
    return digest({"facts": flag["facts"], "code": flag["code"]})


def _flags(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    for uid, flag in now.items():
        then = before.get(uid)
        if flag["status"] == FlagStatus.NO_LONGER:
            continue
        if then is None:
            word = "New red flag"
        elif then["facts"] != flag["facts"]:
            word = "A red flag rests on other facts"
        elif flag["status"] == FlagStatus.OPEN and then["status"] != FlagStatus.OPEN:
            word = "A red flag is open again"
        else:
            continue
        yield Change(
            flag_key(uid),
            FLAG,
            f"{word}: {flag['sentence']}",
            flag_digest(flag),
            flag["class"],
            uid,
        )


def _items(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    for key, item in now.items():
        then = before.get(key, {})
        status = item["status"]
        if then.get("status") == status or status in SETTLED:
            continue
        if not then:
            word = "new in the plan"
        elif status == ItemStatus.VERIFIED_ADVERSE:
            word = "verified, and adverse"
        elif then["status"] in SETTLED or then["status"] == ItemStatus.VERIFIED_ADVERSE:
            word = "settled no more"
        else:
            continue
        yield Change(
            f"item:{key}", ITEM, f"{item['label']}: {word}.", digest({"status": status}), uid=item["uid"]
        )


def _claims(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    for uid, claim in now.items():
        then = before.get(uid)
        if then is None:
            sentence = f"Stated since: {', '.join(filter(None, (claim['label'], claim['says'])))}."
        elif then["digest"] != claim["digest"]:
            told = claim["says"]
            if then["says"] != claim["says"]:
                told = f"{claim['says']} (before: {then['says'] or 'nothing said'})".strip()
            sentence = f"Changed: {', '.join(filter(None, (claim['label'], told)))}."
        else:
            continue
        yield Change(f"claim:{uid}", CLAIM, sentence, claim["digest"])
    for uid, claim in before.items():
        if uid not in now:
            yield Change(
                f"claim:{uid}", CLAIM, f"Stated no more: {claim['label']}.", digest({"withdrawn": uid})
            )


def _answers(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    for code, answer in now.items():
        then = before.get(code)
        if then is not None and then["clear"] == answer["clear"]:
            continue
        if then is None and answer["clear"]:
            continue
        how = "so that nothing needs explaining" if answer["clear"] else "so that it needs explaining"
        yield Change(
            f"answer:{code}",
            ANSWER,
            f"Question {answer['number']} is answered {'otherwise, ' if then else ''}{how}.",
            digest({"clear": answer["clear"]}),
        )


def _privileges(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    for code, line in now.items():
        if code not in before:
            yield Change(
                f"privilege:{code}", PRIVILEGE, f"Asked for: {line['name']}.", digest({"asked": code})
            )
    for code, line in before.items():
        if code not in now:
            yield Change(
                f"privilege:{code}", PRIVILEGE, f"Asked for no more: {line['name']}.", digest({"left": code})
            )
