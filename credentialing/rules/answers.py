"""Whether an answer can be what it says it is: who gave it, how, and when. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from practitioners.choices import Method, SourceKind
from practitioners.rules.problems import Problem

#: Years back an answer may lie where no age limit binds: what is older is a slip of the pen.
OLDEST_YEARS = 10
#: Told by a person to a person: the note of who said it, when, is the evidence.
ORAL = frozenset({Method.PHONE, Method.IN_PERSON})


def check_source(source: str, source_kind: str, method: str, *, accepted: Sequence[str], of: str) -> None:
    """Raise ``Problem`` unless somebody named said it, in a known way, near enough to the issuer.

    ``accepted`` are the kinds of source the facility accepts for ``of`` (empty: any).
    """
    if not source.strip():
        raise Problem("Name who said it: the board, the school, the person.", field="source")
    if source_kind not in SourceKind.values:
        raise Problem("Say how near the source stands to the issuer.", field="source_kind")
    if method not in Method.values:
        raise Problem("Say how the answer came.", field="method")
    if accepted and source_kind not in accepted:
        kinds = " or ".join(SourceKind(kind).label.lower() for kind in accepted)
        raise Problem(
            f"For {of.lower()} this facility accepts {kinds}, not {SourceKind(source_kind).label.lower()}.",
            field="source_kind",
        )


def check_days_of_answer(verified_on: dt.date, source_date: dt.date | None, *, today: dt.date) -> None:
    """Raise ``Problem`` for an answer, or data of the source, dated in the future."""
    if verified_on > today:
        raise Problem("The answer cannot be dated in the future.", field="verified_on")
    if source_date is not None and source_date > today:
        raise Problem("The source's data cannot bear a future date.", field="source_date")


def check_not_too_old(verified_on: dt.date, *, today: dt.date, max_age: int | None) -> None:
    """Raise ``Problem`` for an answer that could never count: older today than the facility allows (days),
    or, where no limit binds, more than ten years old.
    """
    days = (today - verified_on).days
    limit = max_age if max_age else round(OLDEST_YEARS * 365.25)
    if days <= limit:
        return
    said = f"{verified_on.day} {verified_on:%b} {verified_on.year}"
    why = (
        f"the limit is {max_age} days, so it would count for no decision. Ask the source again"
        if max_age
        else "that is too long ago"
    )
    raise Problem(
        f"An answer of {said} is {days:,} days old; {why}, or enter the day it really came.",
        field="verified_on",
    )
