"""Criteria as the applicant reads them: judged on what they entered themselves, and nothing else. Pure.

What is entered counts as if a source had confirmed it, for nobody should learn on their telephone what the
office has verified, and what not. So MET means "met by what you entered", NOT_MET "what you entered falls
short", and UNKNOWN "not entered". Facts, evidence and the office's own words are left out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from config.rulebook.verdicts import Outcome, Verdict
from credentialing.rules.packet_answers import CORE
from credentialing.rules.packet_typed import day_of
from practitioners.choices import CredentialStatus
from privileging.rules.criteria import CLAIMED
from privileging.rules.criteria_facts import Statement, Volume

#: What would settle a criterion, to the applicant, by its kind.
CURES = {
    "DEGREE": "Enter the school that gave you the degree.",
    "PROVIDER_TYPE": "This privilege is not open to your profession.",
    "TRAINING": "Enter the training you completed, with its last day.",
    "BOARD": "Enter your board certification, or until when you are eligible.",
    "VOLUME": "Enter your number of cases below, and attach the log with your documents.",
    "PROCTORED": "Enter your number of proctored cases below, and attach the proctor's report.",
    "LIFE_SUPPORT": "Enter the card that is valid now.",
    "COURSE": "Attach the certificate of the course with your documents; the office enters it.",
    "SUPERVISION": "Attach the agreement under which you work with your documents; the office enters it.",
    "PREREQUISITE": "Ask for that privilege as well.",
}
NOT_ENTERED = "Nothing about this is entered yet."
#: Where neither what is entered nor what is missing of it says how it stands.
_SAID = {
    ("PREREQUISITE", Outcome.MET): "You hold it.",
    ("PREREQUISITE", Outcome.NOT_MET): "You do not hold it, and do not ask for it.",
    ("PREREQUISITE", Outcome.UNKNOWN): "You ask for it here as well: both are decided together.",
}
#: An outcome of which nothing the applicant does is the cure.
_NO_CURE = {
    ("PREREQUISITE", Outcome.UNKNOWN): "",
    ("PROVIDER_TYPE", Outcome.UNKNOWN): "Tell the Medical Staff Office your profession.",
}


def statements_of(rows: Iterable[Mapping[str, Any]], kinds: Mapping[str, str]) -> list[Statement]:
    """Rows of a packet as statements; ``kinds`` names credential types by code."""
    return [_statement(row, kinds) for row in rows if row.get("type")]


def _statement(row: Mapping[str, Any], kinds: Mapping[str, str]) -> Statement:
    extra = {name: value for name, value in row.items() if name not in CORE}
    what = extra.get("course") or extra.get("specialty") or extra.get("degree") or ""
    name = kinds.get(row["type"], row["type"])
    where = extra.get("programme") or row.get("issuer") or ""
    return Statement(
        type_code=row["type"],
        confirmed=True,
        status=str(row.get("status") or CredentialStatus.ACTIVE),
        valid_from=day_of(row.get("start")),
        valid_through=day_of(row.get("last_day")),
        label=", ".join(filter(None, (f"{name}: {what}" if what else name, str(where)))),
        extra=extra,
    )


def volumes_of(cases: Mapping[str, Mapping[str, Any]]) -> list[Volume]:
    """Numbers of cases as entered, by their group; one that is not whole yet counts for nothing."""
    found = []
    for group, each in sorted(cases.items()):
        start, end, number = day_of(each.get("from")), day_of(each.get("through")), str(each.get("cases", ""))
        if start and end and start <= end and number.isascii() and number.isdigit():
            found.append(Volume(group, start, end, int(number), "Entered by you", True))
    return found


def told(verdict: Verdict) -> Verdict:
    """The verdict without facts and evidence, in words for the applicant."""
    if verdict.children:
        return dataclasses.replace(
            verdict, sentence="", cure="", children=tuple(told(each) for each in verdict.children)
        )
    key = (verdict.code, verdict.outcome)
    # What the office takes from its own file (the profession says a degree) is not what they entered.
    entered = bool(verdict.facts) and verdict.facts.get("standing") != CLAIMED
    if key in _SAID:
        sentence = _SAID[key]
    elif verdict.outcome is Outcome.UNKNOWN and not entered:
        sentence = NOT_ENTERED
    else:
        sentence = verdict.sentence
    cure = "" if verdict.outcome in _SETTLED else _NO_CURE.get(key, CURES.get(verdict.code, ""))
    return dataclasses.replace(verdict, facts={}, evidence=(), sentence=sentence, cure=cure)


_SETTLED = (Outcome.MET, Outcome.NOT_APPLICABLE)
