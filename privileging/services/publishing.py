"""Publishing what changed, in one order that only grows, so that wards and their systems can follow it.

One worker at a time numbers the changes of a facility. What a change says is written out when it is
published: what the wards may know, as it was known then. Publishing again writes nothing.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Exists, OuterRef, Q

from bylaws.choices import BarKind, BarScope
from bylaws.models import Appointment, AppointmentPeriod, Bar, BarPeriod
from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.kernel.display.dates import day_text
from config.kernel.periods import covers
from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve
from practitioners.models import Practitioner, PractitionerAlias, PractitionerAliasPeriod
from practitioners.selectors.canonical import among, persons, records_by_person
from privileging.choices import ChangeKind
from privileging.models import Grant, GrantPeriod, PublishedChange
from privileging.parameters import SHAREABLE_REASONS
from privileging.rules.grant_kinds import kind_sentence
from privileging.selectors.lookup.answers import PEER_REVIEW_BARS

#: What a long transaction recorded before others that are published already is still found so much later.
STRAGGLERS = dt.timedelta(days=2)
#: What stopped on a day on which nothing was published is told so much later.
MADE_GOOD = dt.timedelta(days=31)

#: A person, a privilege and a day.
_Without = tuple[int, int, dt.date]

#: Reasons of the lookup the bylaws may share with the wards, or keep.
NO_APPOINTMENT, APPOINTMENT_ENDED = "NO_APPOINTMENT", "APPOINTMENT_ENDED"


@dataclass(frozen=True)
class _Said:
    """What a grant, a bar, a term of membership or a merge says after one moment of recording, and what it
    said before. ``record`` is whose it is. ``over``: a grant that had a later last day, and nothing goes on
    in its place; ``now``: it is held no more, or not from tomorrow on.
    """

    record: int
    source: Any
    at: dt.datetime
    before: Sequence[Any]
    after: Sequence[Any]
    over: bool = False
    now: bool = False


@dataclass(frozen=True)
class _Stop:
    """A grant of which ``said`` was published ahead, and which stopped after its ``last_day``."""

    said: PublishedChange
    person: int
    last_day: dt.date


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
        for said in (
            _recorded(GrantPeriod.objects.filter(facility=facility), since, "identity__privilege"),
            _recorded(BarPeriod.objects.filter(identity__facility=facility), since, "identity"),
            _recorded(
                AppointmentPeriod.objects.filter(facility=facility),
                since,
                "identity",
                "category",
                "department",
            ),
            _merged(facility, since),
        )
        for each in said
        if (each.source.uid, each.at) not in done and (each.before or each.after)
    ]
    found.sort(key=lambda each: (each.at, type(each.source).__name__, each.source.pk))
    whose = persons({each.record for each in found})
    found = _without_held(found, whose, facility)
    people = Practitioner.every.in_bulk(set(whose.values()))
    shared = resolve(SHAREABLE_REASONS.code, facility=facility, on=clock.today(facility)).value or ()
    ended = _stopped_today(facility, {each.source.uid for each in found})
    people |= Practitioner.every.in_bulk({each.person for each in ended} - set(people))
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
            **_TELL[type(each.source)](each, shared),
        )
        for number, each in enumerate(found, start=last.number + 1)
    )
    PublishedChange.objects.bulk_create(
        PublishedChange(
            facility=facility,
            number=number,
            kind=ChangeKind.WITHDRAWN,
            practitioner=people[each.person],
            name=people[each.person].display_name,
            npi=people[each.person].npi or "",
            privileges=each.said.privileges,
            first_day=each.said.first_day,
            last_day=each.last_day,
            told=_last(each.last_day),
            source_uid=each.said.source_uid,
            happened_at=_midnight(each.last_day + ONE_DAY, facility),
            published_at=now,
        )
        for number, each in enumerate(ended, start=last.number + len(found) + 1)
    )
    changes = len(found) + len(ended)
    if changes:
        record_event(
            actor=actor,
            verb="changes.published",
            subject=facility,
            facility=facility,
            data={"after": last.number, "changes": changes},
        )
    return changes


def _without_held(found: list[_Said], whose: dict[int, int], facility: Facility) -> list[_Said]:
    """Mark the grants that ended before their time with nothing that goes on in their place; two queries,
    none where no grant ended early.
    """
    today = clock.today(facility)
    without = {
        (each.source.pk, each.at): (
            whose[each.record],
            each.source.privilege_id,
            max(today, _days(each.after)["last_day"] + ONE_DAY),
        )
        for each in found
        if isinstance(each.source, Grant) and each.after and _sooner(each)
    }
    if not without:
        return found
    goes_on = _held_on(set(without.values()), facility)
    over = {key for key, day in without.items() if day not in goes_on}
    # From tomorrow on without: that cannot wait for the mail of the day.
    now = {key for key in over if without[key][2] <= today + ONE_DAY}
    return [
        replace(each, over=key in over, now=key in now) if isinstance(each.source, Grant) else each
        for each in found
        for key in [(each.source.pk, each.at)]
    ]


def _held_on(asked: Collection[_Without], facility: Facility) -> set[_Without]:
    """Those of the people, privileges and days on which the person holds the privilege at the facility, on
    whichever record; two queries.
    """
    days = sorted({day for _, _, day in asked})
    rows = GrantPeriod.objects.live().filter(
        valid__overlap=DateRange(days[0], days[-1], "[]"),
        practitioner__in=among({person for person, _, _ in asked}),
        facility=facility,
        privilege__in={privilege for _, privilege, _ in asked},
    )
    held = list(rows.values_list("practitioner_id", "privilege_id", "valid"))
    person = persons({record for record, _, _ in held}) if held else {}
    return {
        (person[record], privilege, day)
        for record, privilege, valid in held
        for day in days
        if covers(valid, day)
    }


def _stopped_today(facility: Facility, said: Collection[uuid.UUID]) -> list[_Stop]:
    """The stops of grants that were published as ending sooner, and whose first day without has come: no
    other last day was published since, nothing new is ``said`` of them now, and nothing went on in their
    place: neither on the first day without, nor, where that is told later, by now. Four queries, one where
    there are none.
    """
    today = clock.today(facility)
    later = PublishedChange.objects.filter(
        facility=facility, source_uid=OuterRef("source_uid"), number__gt=OuterRef("number")
    )
    rows = (
        PublishedChange.objects.filter(
            ~Exists(later.filter(Q(kind=ChangeKind.WITHDRAWN) | ~Q(last_day=OuterRef("last_day")))),
            facility=facility,
            kind=ChangeKind.ENDS,
            last_day__lt=today,
            last_day__gte=today - MADE_GOOD,
        )
        .exclude(source_uid__in=said)
        .order_by("last_day", "number")
    )
    ends = [
        (row, row.source_uid, row.practitioner_id, row.last_day)
        for row in rows
        if row.source_uid is not None and row.practitioner_id is not None and row.last_day is not None
    ]
    if not ends:
        return []
    grants = dict(
        Grant.objects.filter(uid__in=[uid for _, uid, _, _ in ends]).values_list("uid", "privilege_id")
    )
    whose = persons({record for _, _, record, _ in ends})
    asked = {
        row.pk: {(whose[record], grants[uid], each) for each in (day + ONE_DAY, today)}
        for row, uid, record, day in ends
    }
    held = _held_on(set().union(*asked.values()), facility)
    return [_Stop(row, whose[record], day) for row, _, record, day in ends if not asked[row.pk] & held]


def _midnight(day: dt.date, facility: Facility) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), ZoneInfo(facility.time_zone))


def _recorded(here: Any, since: dt.datetime, *joins: str) -> Iterable[_Said]:
    """Each moment after ``since`` at which periods of something among the rows ``here`` were recorded or
    replaced; one query.
    """
    touched = here.filter(Q(recorded_at__gt=since) | Q(superseded_at__gt=since)).order_by()
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in (
        here.filter(identity__in=touched.values("identity")).select_related(*joins).order_by("valid", "pk")
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


def _merged(facility: Facility, since: dt.datetime) -> list[_Said]:
    """Merges of two records, and their ends, that concern somebody with a term or a grant at the facility:
    the name or the number they are known by there is another one now; one query, and three more where there
    are any.
    """
    found = list(
        _recorded(
            PractitionerAliasPeriod.objects.all(), since, "identity__practitioner", "identity__canonical"
        )
    )
    # A record that follows the one it was merged into is parted from nobody.
    moved = {(each.source.practitioner_id, each.at) for each in found if each.after}
    found = [each for each in found if each.after or (each.source.practitioner_id, each.at) not in moved]
    if not found:
        return []
    person_of = {each.source.practitioner_id: each.source.canonical_id for each in found}
    person_of |= records_by_person(each.source.canonical_id for each in found)
    here = {
        pk
        for model in (GrantPeriod, AppointmentPeriod)
        for pk in model.objects.filter(facility=facility, practitioner_id__in=person_of)
        .order_by()
        .values_list("practitioner_id", flat=True)
        .distinct()
    }
    here |= {person_of[record] for record in here}
    return [
        replace(each, record=each.source.canonical_id)
        for each in found
        if {each.source.practitioner_id, each.source.canonical_id} & here
    ]


def _known(row: Any, at: dt.datetime, *, before: bool = False) -> bool:
    return row.superseded_at is None or (row.superseded_at >= at if before else row.superseded_at > at)


def _days(rows: Sequence[Any]) -> dict[str, Any]:
    first = min((row.valid.lower for row in rows if row.valid.lower), default=None)
    ends = [row.valid.upper for row in rows]
    return {"first_day": first, "last_day": None if None in ends else max(ends) - ONE_DAY}


def _sooner(said: _Said) -> bool:
    """Whether the last day lies before the one that was known until then."""
    if not said.before or not said.after:
        return bool(said.before)
    was, now = _days(said.before)["last_day"], _days(said.after)["last_day"]
    return now is not None and (was is None or now < was)


def _last(day: dt.date) -> str:
    return f"The last day is {day_text(day)}."


def _grant(said: _Said, shared: Collection[str]) -> dict[str, Any]:
    code = [said.source.privilege.code]
    if not said.after:
        return {"kind": ChangeKind.WITHDRAWN, "privileges": code, **_days(said.before)}
    days = _days(said.after)
    if said.now:
        return {"kind": ChangeKind.WITHDRAWN, "privileges": code, "told": _last(days["last_day"]), **days}
    told = [_last(days["last_day"]) if said.over else kind_sentence(said.source.kind, days["last_day"])]
    told += dict.fromkeys(row.conditions for row in said.after if row.conditions)
    kind = ChangeKind.ENDS if said.over else ChangeKind.CHANGED if said.before else ChangeKind.GRANTED
    return {"kind": kind, "privileges": code, "told": "\n".join(filter(None, told)), **days}


def _bar(said: _Said, shared: Collection[str]) -> dict[str, Any]:
    """A bar as the wards may know it: never its cause, its kind only where the bylaws share it.

    The days are those on which it stands; of one recorded by mistake those on which it was said to.
    """
    rows = said.after or said.before
    everything = any(row.scope == BarScope.ALL_PRIVILEGES for row in rows)
    codes = [] if everything else sorted({code for row in rows for code in row.privilege_codes})
    of = {"privileges": codes, **_days(rows)}
    if all(row.condition for row in rows):
        # A restriction that leaves it allowed, or its end: told like any other change of conditions.
        conditions = dict.fromkeys(row.condition for row in said.after)
        return {"kind": ChangeKind.CHANGED, "told": "\n".join(conditions), **of}
    if not said.after:
        return {"kind": ChangeKind.LIFTED, **of}
    if _sooner(said):
        return {"kind": ChangeKind.LIFTED, "told": _last(of["last_day"]), **of}
    kind = BarKind(said.source.kind)
    told = f"{kind.label}." if kind in shared and kind not in PEER_REVIEW_BARS else ""
    return {"kind": ChangeKind.STOPPED, "told": told, **of}


def _appointment(said: _Said, shared: Collection[str]) -> dict[str, Any]:
    """A term of membership: its categories, and whether they carry privileges. Why it changed is not told,
    and what the bylaws do not share of it is a change without a word: the lookup answers what follows.
    """
    rows = said.after or said.before
    over, carrying = _sooner(said), all(row.category.carries_privileges for row in rows)
    days = _days(rows)
    if (over and APPOINTMENT_ENDED not in shared) or (not carrying and NO_APPOINTMENT not in shared):
        return {"kind": ChangeKind.CHANGED, **days}
    told = [
        f"{row.category}, {row.department}, from {day_text(row.start)} through {day_text(row.end)}: "
        f"carries {'' if row.category.carries_privileges else 'no '}privileges."
        for row in said.after
    ]
    kind = ChangeKind.MEMBERSHIP if said.before else ChangeKind.APPOINTED
    return {"kind": ChangeKind.ENDED if over else kind, "told": "\n".join(told), **days}


def _alias(said: _Said, shared: Collection[str]) -> dict[str, Any]:
    """Two records known to be one person's from then on, or no longer; told of the one that stays."""
    other = said.source.practitioner
    name = f"{other.display_name}, NPI {other.npi}" if other.npi else other.display_name
    if said.after:
        return {
            "kind": ChangeKind.MERGED,
            "told": f"The same person as {name}; what they hold counts together.",
        }
    return {"kind": ChangeKind.PARTED, "told": f"Not the same person as {name}; each holds their own."}


_TELL: dict[type, Callable[[_Said, Collection[str]], dict[str, Any]]] = {
    Grant: _grant,
    Bar: _bar,
    Appointment: _appointment,
    PractitionerAlias: _alias,
}
