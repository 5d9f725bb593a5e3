"""Which value of a parameter binds, at a facility on a day, and which source set it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q

from config.organization.models import Facility
from config.rulebook.choices import Confidence
from config.rulebook.models import AdoptedStandardPeriod, ParameterPeriod
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


@dataclass(frozen=True)
class Bound:
    """The value that binds. ``value`` is None when no source sets one."""

    code: str
    subject: str
    value: Any
    source: str = ""
    citation: str = ""
    confidence: str = ""
    candidates: tuple[Candidate, ...] = field(default=())

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


def resolve(
    code: str, *, facility: Facility, on: dt.date, subject: str = "", known_at: dt.datetime | None = None
) -> Bound:
    """The binding value of one parameter (see :func:`resolve_many`)."""
    return resolve_many([code], facility=facility, on=on, known_at=known_at).get(
        (code, subject), Bound(code, subject, None)
    )


def resolve_many(
    codes: Iterable[str], *, facility: Facility, on: dt.date, known_at: dt.datetime | None = None
) -> dict[tuple[str, str], Bound]:
    """Binding values by (code, subject), in one query.

    A source takes part when it always binds (law, own bylaws, product default) or the facility has adopted it
    on that day. A facility's own row of a source replaces that source's general row. Product defaults take
    part only where no other source speaks.
    """
    return resolve_everywhere(codes, facilities=[facility], on=on, known_at=known_at)[facility.pk]


def resolve_everywhere(
    codes: Iterable[str],
    *,
    facilities: Sequence[Facility],
    on: dt.date,
    known_at: dt.datetime | None = None,
) -> dict[int, dict[tuple[str, str], Bound]]:
    """As :func:`resolve_many`, by the id of each facility, in one query for all of them."""
    adopting = (
        AdoptedStandardPeriod.objects.in_force(on, known_at)
        .filter(
            identity__facility__in=facilities,
            identity__source_body=OuterRef("identity__source_body"),
        )
        .order_by()
        .values("identity__facility_id")
    )
    rows = list(
        ParameterPeriod.objects.in_force(on, known_at)
        .filter(identity__code__in=list(codes))
        .filter(Q(identity__facility__in=facilities) | Q(identity__facility__isnull=True))
        .annotate(adopted_at=ArraySubquery(adopting))
        .select_related("identity__source_body")
        .order_by("identity__source_body__code", "identity_id")
    )
    return {facility.pk: _bounds(rows, facility.pk) for facility in facilities}


def _bounds(rows: Iterable[Any], facility_id: int) -> dict[tuple[str, str], Bound]:
    """The binding values of one facility, from rows with the facilities that adopted their source. Pure."""
    found: dict[tuple[str, str], dict[int, Candidate]] = {}
    for row in rows:
        body = row.identity.source_body
        if row.identity.facility_id not in (None, facility_id):
            continue
        if not (body.always_binds or facility_id in row.adopted_at):
            continue
        candidate = Candidate(
            uid=str(row.uid),
            value=row.value,
            source=body.name,
            citation=row.citation,
            confidence=row.confidence,
            always_binds=body.always_binds,
            is_default=body.kind == "default",
            at_facility=row.identity.facility_id is not None,
            kind=body.kind,
        )
        per_source = found.setdefault((row.identity.code, row.identity.subject), {})
        held = per_source.get(body.pk)
        if held is None or candidate.at_facility:
            per_source[body.pk] = candidate
    return {
        (code, subject): combine(code, subject, tuple(per_source.values()))
        for (code, subject), per_source in found.items()
    }


#: Who decides where values may not be merged.
_DECIDES = {"bylaws": 0, "law": 1, "state": 2}


def combine(code: str, subject: str, candidates: tuple[Candidate, ...]) -> Bound:
    """Merge the sources' values as the parameter's definition says. Pure.

    Where values may not be merged (``no_merge``) the bylaws decide, then law, then the first by the source's
    code; of equally strict numbers the first by that code is named as the one that bound.
    """
    speaking = tuple(c for c in candidates if not c.is_default) or candidates
    how = definition(code).combine
    if how == "min":
        binding = min(speaking, key=lambda c: c.value)
        value = binding.value
    elif how == "max":
        binding = max(speaking, key=lambda c: c.value)
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
            confidence=_weakest(speaking),
            candidates=candidates,
        )
    else:
        binding = min(speaking, key=lambda c: _DECIDES.get(c.kind, len(_DECIDES)))
        value = binding.value
    return Bound(
        code, subject, value, binding.source, binding.citation, binding.confidence, candidates=candidates
    )


def _weakest(candidates: tuple[Candidate, ...]) -> str:
    order = [Confidence.UNCONFIRMED, Confidence.SECONDARY, Confidence.ADOPTED, Confidence.CONFIRMED]
    return str(min((Confidence(c.confidence) for c in candidates), key=order.index))
