"""Criteria as the applicant reads them: judged on what they entered themselves, and nothing else. Pure.

What is entered counts as if a source had confirmed it, for nobody should learn on their telephone what the
office has verified, and what not. So MET means "met by what you entered", NOT_MET "what you entered falls
short", and UNKNOWN "not entered". Facts, evidence and the office's own words are left out.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from config.rulebook.verdicts import Outcome, Verdict
from practitioners.choices import CredentialStatus
from privileging.rules.criteria import Statement, Volume

#: What is entered of a credential beside its content.
_COLUMNS = ("type", "state", "number", "issuer", "status", "start", "last_day")
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
}
NOT_ENTERED = "Nothing about this is entered yet."


def statements_of(rows: Iterable[Mapping[str, Any]], kinds: Mapping[str, str]) -> list[Statement]:
    """Rows of a packet as statements; ``kinds`` names credential types by code."""
    return [_statement(row, kinds) for row in rows if row.get("type")]


def _statement(row: Mapping[str, Any], kinds: Mapping[str, str]) -> Statement:
    extra = {name: value for name, value in row.items() if name not in _COLUMNS}
    what = extra.get("course") or extra.get("specialty") or extra.get("degree") or ""
    name = kinds.get(row["type"], row["type"])
    where = extra.get("programme") or row.get("issuer") or ""
    return Statement(
        type_code=row["type"],
        confirmed=True,
        status=str(row.get("status") or CredentialStatus.ACTIVE),
        valid_from=_day(row.get("start")),
        valid_through=_day(row.get("last_day")),
        label=", ".join(filter(None, (f"{name}: {what}" if what else name, str(where)))),
        extra=extra,
    )


def volumes_of(cases: Mapping[str, Mapping[str, Any]]) -> list[Volume]:
    """Numbers of cases as entered; one that is not whole yet counts for nothing."""
    found = []
    for group, each in cases.items():
        start, end, number = _day(each.get("from")), _day(each.get("through")), str(each.get("cases", ""))
        if start and end and start <= end and number.isascii() and number.isdigit():
            found.append(Volume(group, start, end, int(number), "Entered by you", True))
    return found


def told(verdict: Verdict) -> Verdict:
    """The verdict without facts and evidence, in words for the applicant."""
    if verdict.children:
        return dataclasses.replace(
            verdict, sentence="", children=tuple(told(each) for each in verdict.children)
        )
    entered = bool(verdict.facts)
    unknown = verdict.outcome is Outcome.UNKNOWN and not entered
    cure = "" if verdict.outcome is Outcome.MET else CURES.get(verdict.code, verdict.cure)
    return dataclasses.replace(
        verdict, facts={}, evidence=(), sentence=NOT_ENTERED if unknown else verdict.sentence, cure=cure
    )


def _day(value: Any) -> dt.date | None:
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) and value else None
    except ValueError:
        return None
