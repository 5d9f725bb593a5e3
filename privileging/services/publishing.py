"""Publishing what changed, in one order that only grows, so that wards and their systems can follow it.

One worker at a time numbers the changes of a facility. What a change says is written out when it is
published: what the wards may know, as it was known then. Publishing again writes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q

from bylaws.choices import BarKind, BarScope
from bylaws.models import BarPeriod
from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve
from practitioners.models import Practitioner
from practitioners.selectors.canonical import persons
from privileging.choices import ChangeKind
from privileging.models import Grant, GrantPeriod, PublishedChange
from privileging.parameters import SHAREABLE_REASONS
from privileging.rules.grant_kinds import kind_sentence
from privileging.selectors.lookup.answers import PEER_REVIEW_BARS

#: What a long transaction recorded before others that are published already is still found so much later.
STRAGGLERS = dt.timedelta(days=2)


@dataclass(frozen=True)
class _Said:
    """What a grant or a bar says after one moment of recording, and whether it said anything before."""

    record: int
    source: Any
    at: dt.datetime
    before: Sequence[Any]
    after: Sequence[Any]


def publish_everywhere() -> int:
    """:func:`publish_changes` at every facility, each in a transaction of its own; how many in all."""
    actor = system_user()
    return sum(
        publish_changes(actor=actor, facility=facility) for facility in Facility.objects.order_by("code")
    )


@transaction.atomic
def publish_changes(*, actor, facility: Facility) -> int:
    """Number what was recorded since the last time (the first time only the beginning) and say how much."""
    list(Facility.objects.select_for_update(of=("self",), no_key=True).filter(pk=facility.pk))
    published = PublishedChange.objects.filter(facility=facility)
    last = published.order_by("-number").first()
    now = clock.now()
    if last is None:
        PublishedChange.objects.create(
            facility=facility, number=1, kind=ChangeKind.BEGAN, happened_at=now, published_at=now
        )
        return 0
    began = published.earliest("number").happened_at
    newest = published.order_by("-happened_at").values_list("happened_at", flat=True)[0]
    since = max(began, newest - STRAGGLERS)
    done = set(
        published.filter(happened_at__gte=since, source_uid__isnull=False).values_list(
            "source_uid", "happened_at"
        )
    )
    found = [
        each
        for model in (GrantPeriod, BarPeriod)
        for each in _recorded(model, facility, since)
        if (each.source.uid, each.at) not in done and (each.before or each.after)
    ]
    found.sort(key=lambda each: (each.at, type(each.source).__name__, each.source.pk))
    whose = persons({each.record for each in found})
    people = Practitioner.objects.in_bulk(set(whose.values()))
    shared = resolve(SHAREABLE_REASONS.code, facility=facility, on=clock.today(facility)).value or ()
    PublishedChange.objects.bulk_create(
        PublishedChange(
            facility=facility,
            number=number,
            practitioner=people[whose[each.record]],
            name=people[whose[each.record]].display_name,
            npi=people[whose[each.record]].npi or "",
            source_uid=each.source.uid,
            happened_at=each.at,
            published_at=now,
            **(_grant(each) if isinstance(each.source, Grant) else _bar(each, shared)),
        )
        for number, each in enumerate(found, start=last.number + 1)
    )
    if found:
        record_event(
            actor=actor,
            verb="changes.published",
            subject=facility,
            facility=facility,
            data={"after": last.number, "changes": len(found)},
        )
    return len(found)


def _recorded(model: Any, facility: Facility, since: dt.datetime) -> Iterable[_Said]:
    """Each moment after ``since`` at which periods of something at the facility were recorded or replaced;
    two queries.
    """
    path = "identity__facility" if model is BarPeriod else "facility"
    here = model.objects.filter(**{path: facility})
    touched = here.filter(Q(recorded_at__gt=since) | Q(superseded_at__gt=since)).order_by()
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in (
        here.filter(identity__in=touched.values("identity"))
        .select_related("identity__privilege" if model is GrantPeriod else "identity")
        .order_by("valid", "pk")
    ):
        rows[row.identity_id].append(row)
    for of_one in rows.values():
        moments = {row.recorded_at for row in of_one} | {row.superseded_at for row in of_one}
        for at in sorted(moment for moment in moments if moment and moment > since):
            yield _Said(
                record=of_one[0].identity.practitioner_id,
                source=of_one[0].identity,
                at=at,
                before=[row for row in of_one if row.recorded_at < at and _known(row, at, before=True)],
                after=[row for row in of_one if row.recorded_at <= at and _known(row, at)],
            )


def _known(row: Any, at: dt.datetime, *, before: bool = False) -> bool:
    return row.superseded_at is None or (row.superseded_at >= at if before else row.superseded_at > at)


def _days(rows: Sequence[Any]) -> dict[str, Any]:
    first = min((row.valid.lower for row in rows if row.valid.lower), default=None)
    ends = [row.valid.upper for row in rows]
    return {"first_day": first, "last_day": None if None in ends else max(ends) - ONE_DAY}


def _grant(said: _Said) -> dict[str, Any]:
    code = [said.source.privilege.code]
    if not said.after:
        return {"kind": ChangeKind.WITHDRAWN, "privileges": code, **_days(said.before)}
    days = _days(said.after)
    told = [kind_sentence(said.source.kind, days["last_day"])]
    told += dict.fromkeys(row.conditions for row in said.after if row.conditions)
    kind = ChangeKind.CHANGED if said.before else ChangeKind.GRANTED
    return {"kind": kind, "privileges": code, "told": "\n".join(filter(None, told)), **days}


def _bar(said: _Said, shared: Iterable[str]) -> dict[str, Any]:
    """A bar as the wards may know it: never its cause, its kind only where the bylaws share it."""
    rows = said.after or said.before
    everything = any(row.scope == BarScope.ALL_PRIVILEGES for row in rows)
    codes = [] if everything else sorted({code for row in rows for code in row.privilege_codes})
    conditions = list(dict.fromkeys(row.condition for row in said.after if row.condition))
    if all(row.condition for row in rows):
        # A restriction that leaves it allowed, or its end: told like any other change of conditions.
        first = _days(rows)["first_day"]
        return {
            "kind": ChangeKind.CHANGED,
            "privileges": codes,
            "told": "\n".join(conditions),
            "first_day": first,
        }
    if not said.after:
        return {"kind": ChangeKind.LIFTED, "privileges": codes, **_days(rows)}
    kind = BarKind(said.source.kind)
    told = f"{kind.label}." if kind in shared and kind not in PEER_REVIEW_BARS else ""
    return {"kind": ChangeKind.STOPPED, "privileges": codes, "told": told, **_days(rows)}
