"""Which value of a parameter binds, at a facility on a day, and which source set it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection

from config.kernel.periods import known_sql
from config.organization.models import Facility
from config.rulebook.choices import Confidence
from config.rulebook.models import SourceBody
from config.rulebook.parameters import definition


@dataclass(frozen=True)
class Candidate:
    """One source's value."""

    uid: str
    value: Any
    source: str
    citation: str
    confidence: str
    always_binds: bool
    is_default: bool
    at_facility: bool
    kind: str = ""
    body_id: int = 0


@dataclass(frozen=True)
class Bound:
    """The value that binds. ``value`` is None when no source sets one; ``merged`` are those of the
    ``candidates`` it was made from.
    """

    code: str
    subject: str
    value: Any
    source: str = ""
    citation: str = ""
    confidence: str = ""
    candidates: tuple[Candidate, ...] = field(default=())
    merged: tuple[Candidate, ...] = field(default=())

    @property
    def is_set(self) -> bool:
        """Whether some source sets it."""
        return self.value is not None

    def as_data(self) -> dict[str, Any]:
        """For frozen decision records: the value and the period rows it came from."""
        return {
            "code": self.code,
            "subject": self.subject,
            "value": self.value,
            "source": self.source,
            "citation": self.citation,
            "confidence": self.confidence,
            "rows": [candidate.uid for candidate in self.candidates],
        }


#: Bodies that bind one case though its facility has not adopted them: each by its id, with on whose account
#: (``delegated by Prairie Health Plan``).
Further = tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class FurtherRows:
    """The same as a statement of two columns (id of the body, whose account), asked within the question for
    the values; ``values`` are its named parameters.
    """

    statement: str
    values: Mapping[str, Any]


NO_FURTHER = FurtherRows("SELECT NULL::bigint, NULL::text WHERE false", {})


def resolve(
    code: str, *, facility: Facility, on: dt.date, subject: str = "", known_at: dt.datetime | None = None
) -> Bound:
    """The binding value of one parameter (see :func:`resolve_many`)."""
    return resolve_many([code], facility=facility, on=on, known_at=known_at).get(
        (code, subject), Bound(code, subject, None)
    )


def resolve_many(
    codes: Iterable[str],
    *,
    facility: Facility,
    on: dt.date,
    known_at: dt.datetime | None = None,
    further: Further | FurtherRows = (),
) -> dict[tuple[str, str], Bound]:
    """Binding values by (code, subject), in one query.

    A source takes part when it always binds (law, own bylaws, product default) or the facility has adopted it
    on that day. A facility's own row of a source replaces that source's general row. Product defaults take
    part only where no other source speaks, or, where they bind (``default_binds``), unless the bylaws speak.
    ``further`` sources take part as if adopted, and are named with on whose account.
    """
    if isinstance(further, FurtherRows):
        return _bounds(_binding_rows(codes, [facility.pk], on, known_at, further), facility.pk)
    return _bounds(_binding_rows(codes, [facility.pk], on, known_at), facility.pk, further)


#: Written out, because every page asks for some parameter: composing it anew took longer than answering it.
_BINDING = """
SELECT p.code, p.subject, p.facility_id, b.id, b.name, b.kind, b.always_binds,
       v.uid, v.value, v.citation, v.confidence,
       ARRAY(SELECT s.facility_id FROM rulebook_adoptedstandard s
               JOIN rulebook_adoptedstandardperiod a ON a.identity_id = s.id
              WHERE s.source_body_id = b.id AND s.facility_id = ANY (%(facilities)s)
                AND a.valid @> %(on)s::date AND {known_a}),
       f.account
  FROM rulebook_parameter p
  JOIN rulebook_parameterperiod v ON v.identity_id = p.id
  JOIN rulebook_sourcebody b ON b.id = p.source_body_id
  LEFT JOIN ({further}) AS f(body_id, account) ON f.body_id = b.id
 WHERE p.code = ANY (%(codes)s) AND (p.facility_id IS NULL OR p.facility_id = ANY (%(facilities)s))
   AND v.valid @> %(on)s::date AND {known_v}
 ORDER BY b.code, p.id
"""


class _Row(NamedTuple):
    """One value of one source, and the facilities that adopted the source."""

    code: str
    subject: str
    facility_id: int | None
    body_id: int
    body: str
    kind: str
    always_binds: bool
    uid: Any
    value: Any
    citation: str
    confidence: str
    adopted_at: list[int]
    account: str | None = None


def resolve_everywhere(
    codes: Iterable[str],
    *,
    facilities: Sequence[Facility],
    on: dt.date,
    known_at: dt.datetime | None = None,
) -> dict[int, dict[tuple[str, str], Bound]]:
    """As :func:`resolve_many`, by the id of each facility, in one query for all of them."""
    places = [facility.pk for facility in facilities]
    rows = _binding_rows(codes, places, on, known_at)
    return {place: _bounds(rows, place) for place in places}


def _binding_rows(
    codes: Iterable[str],
    places: Sequence[int],
    on: dt.date,
    known_at: dt.datetime | None,
    further: FurtherRows = NO_FURTHER,
) -> list[_Row]:
    then = known_at is not None
    statement = _BINDING.format(
        known_a=known_sql("a", then=then), known_v=known_sql("v", then=then), further=further.statement
    )
    asked: dict[str, Any] = {"codes": list(codes), "facilities": list(places), "on": on, "known_at": known_at}
    with connection.cursor() as cursor:
        cursor.execute(statement, {**asked, **further.values})
        return [_Row(*row)._replace(value=json.loads(row[8])) for row in cursor.fetchall()]


@dataclass(frozen=True)
class DraftValue:
    """What a source would say, if somebody decided so: a value that stands nowhere yet."""

    code: str
    subject: str
    body_id: int
    value: Any
    citation: str = ""
    confidence: str = str(Confidence.UNCONFIRMED)


def resolve_with_drafts(
    codes: Iterable[str],
    drafts: Sequence[DraftValue],
    *,
    facility: Facility,
    on: dt.date,
    known_at: dt.datetime | None = None,
) -> tuple[dict[tuple[str, str], Bound], dict[tuple[str, str], Bound]]:
    """The values that bind, and those that would with the drafts: each as a value of its source for the
    facility, in place of what that source says. Two queries, and nothing is written.
    """
    rows = _binding_rows(codes, [facility.pk], on, known_at)
    bodies = {body.pk: body for body in SourceBody.objects.all()}
    adopted = {row.body_id: row.adopted_at for row in rows}
    drafted = [
        _Row(
            code=each.code,
            subject=each.subject,
            facility_id=facility.pk,
            body_id=each.body_id,
            body=bodies[each.body_id].name,
            kind=bodies[each.body_id].kind,
            always_binds=bodies[each.body_id].always_binds,
            uid="draft",
            value=each.value,
            citation=each.citation,
            confidence=each.confidence,
            adopted_at=adopted.get(each.body_id, []),
        )
        for each in drafts
    ]
    replaced = {(each.code, each.subject, each.body_id) for each in drafts}
    kept = [row for row in rows if (row.code, row.subject, row.body_id) not in replaced]
    # In the order of the bodies' codes, as the statement has them: of equals the first is named.
    both = sorted([*kept, *drafted], key=lambda row: bodies[row.body_id].code)
    return _bounds(rows, facility.pk), _bounds(both, facility.pk)


#: The same of many days: each row with the day it holds on.
_ON_DAYS = (
    _BINDING.replace("SELECT p.code", "SELECT d.held_on, p.code", 1)
    .replace(
        "FROM rulebook_parameter p",
        "FROM unnest(%(days)s::date[]) AS d(held_on) CROSS JOIN rulebook_parameter p",
        1,
    )
    .replace("%(on)s::date", "d.held_on")
)


#: One case: the id of its facility, the day it is judged for, and the sources that bind it beyond the rest.
CaseKey = tuple[int, dt.date, Further]


def resolve_cases(
    codes: Iterable[str], cases: Iterable[CaseKey], known_at: dt.datetime | None = None
) -> dict[CaseKey, dict[tuple[str, str], Bound]]:
    """As :func:`resolve_many` for many cases at once, in one query for all of them."""
    then = known_at is not None
    statement = _ON_DAYS.format(
        known_a=known_sql("a", then=then), known_v=known_sql("v", then=then), further=NO_FURTHER.statement
    )
    asked = set(cases)
    places, days = sorted({place for place, _, _ in asked}), sorted({day for _, day, _ in asked})
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {"codes": list(codes), "facilities": places, "days": days, "known_at": known_at},
        )
        found: dict[dt.date, list[_Row]] = {day: [] for day in days}
        for day, *rest in cursor.fetchall():
            row = _Row(*rest)
            found[day].append(row._replace(value=json.loads(row.value)))
    return {(place, day, further): _bounds(found[day], place, further) for place, day, further in asked}


def _bounds(rows: Iterable[_Row], facility_id: int, further: Further = ()) -> dict[tuple[str, str], Bound]:
    """The binding values of one facility, from rows with the facilities that adopted their source. Pure."""
    found: dict[tuple[str, str], dict[int, Candidate]] = {}
    account = dict(further)
    for row in rows:
        if row.facility_id not in (None, facility_id):
            continue
        adopted = row.always_binds or facility_id in row.adopted_at
        on_account = row.account or account.get(row.body_id)
        if not adopted and on_account is None:
            continue
        candidate = Candidate(
            uid=str(row.uid),
            value=row.value,
            source=row.body if adopted else f"{row.body} ({on_account})",
            citation=row.citation,
            confidence=row.confidence,
            always_binds=row.always_binds,
            is_default=row.kind == "default",
            at_facility=row.facility_id is not None,
            kind=row.kind,
            body_id=row.body_id,
        )
        per_source = found.setdefault((row.code, row.subject), {})
        held = per_source.get(row.body_id)
        if held is None or candidate.at_facility:
            per_source[row.body_id] = candidate
    return {
        (code, subject): combine(code, subject, tuple(per_source.values()))
        for (code, subject), per_source in found.items()
    }


def alone(bound: Bound, body_id: int) -> Bound:
    """What one source says by itself, of a value made from several; without a value where it says nothing."""
    theirs = tuple(each for each in bound.candidates if each.body_id == body_id)
    return combine(bound.code, bound.subject, theirs) if theirs else Bound(bound.code, bound.subject, None)


#: Who decides where values may not be merged.
_DECIDES = {"bylaws": 0, "law": 1, "state": 2}


def combine(code: str, subject: str, candidates: tuple[Candidate, ...]) -> Bound:
    """Merge the sources' values as the parameter's definition says. Pure.

    Where values may not be merged (``no_merge``) the bylaws decide, then law, then the first by the source's
    code; of equally strict numbers the first by that code is named as the one that bound, a default last.
    """
    speaking = _speaking(candidates, default_binds=definition(code).default_binds)
    how = definition(code).combine
    if how == "min":
        binding = min(speaking, key=lambda c: (c.value, c.is_default))
        value = binding.value
    elif how == "max":
        binding = min(speaking, key=lambda c: (-c.value, c.is_default))
        value = binding.value
    elif how in ("union", "all_of"):
        value = []
        for candidate in speaking:
            entries = candidate.value if isinstance(candidate.value, list) else [candidate.value]
            value += [entry for entry in entries if entry not in value]
        return Bound(
            code,
            subject,
            value,
            source=", ".join(c.source for c in speaking),
            citation="; ".join(c.citation for c in speaking),
            confidence=weakest(speaking),
            candidates=candidates,
            merged=speaking,
        )
    else:
        binding = min(speaking, key=lambda c: _DECIDES.get(c.kind, len(_DECIDES)))
        value = binding.value
    return Bound(
        code, subject, value, binding.source, binding.citation, binding.confidence, candidates=candidates,
        merged=speaking,
    )  # fmt: skip


def _speaking(candidates: tuple[Candidate, ...], *, default_binds: bool) -> tuple[Candidate, ...]:
    """Whose values count. The default is the hospital's own until its bylaws say something else."""
    others = tuple(c for c in candidates if not c.is_default)
    own = any(c.kind == "bylaws" for c in others)
    return candidates if not others or (default_binds and not own) else others


def weakest(candidates: Sequence[Candidate]) -> str:
    """How sure the least sure of these is."""
    order = [Confidence.UNCONFIRMED, Confidence.SECONDARY, Confidence.ADOPTED, Confidence.CONFIRMED]
    return str(min((Confidence(c.confidence) for c in candidates), key=order.index))
