"""Reading grants and focused evaluations."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Exists

from bylaws.choices import PROTECTED_CAUSES, BarScope
from bylaws.models import AppointmentPeriod
from bylaws.selectors.stopped import Stop, bars_of, stops, terms_of
from config.accounts.choices import DataClass
from config.accounts.policies import facilities_with, may_see_class
from config.accounts.services.users import system_user
from config.kernel import clock
from config.kernel.periods import PeriodQuerySet, covers
from config.organization.models import Facility
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among, person_id
from privileging.choices import GrantKind, RequestLineStatus
from privileging.models import GrantPeriod, RequestLine
from privileging.rules.grant_kinds import rests_on_appointment
from privileging.selectors.held_lines import held_lines_of


@dataclass(frozen=True)
class Delineation:
    """What one practitioner may do at one facility: in force, to come, and ended."""

    facility: Any
    now: tuple[GrantPeriod, ...]
    later: tuple[tuple[dt.date, tuple[GrantPeriod, ...]], ...]  # by their first day, the soonest first
    ended: tuple[GrantPeriod, ...]
    barred: str  # a sentence when something suspends them all, else empty
    colour: str = "bad"  # of that sentence

    @property
    def examples(self) -> list[str]:
        """Example forms nobody has approved on which something in force was granted, by name."""
        versions = {period.identity.form_line.version for period in self.now}
        return sorted({str(version) for version in versions if version.is_example})


def grants_in_force(*, facility=None, on: dt.date, known_at: dt.datetime | None = None) -> PeriodQuerySet:
    """Grant periods in force on the day, with what a list shows of them."""
    rows = GrantPeriod.objects.in_force(on, known_at).select_related(
        "privilege", "practitioner", "identity__form_line__version__form"
    )
    return rows if facility is None else rows.filter(facility=facility)


def held_codes(practitioner, facility, start: dt.date, end: dt.date | None) -> dict[str, str]:
    """Codes and names of the privileges granted at the facility on any day from ``start`` to before ``end``
    (None: without end), by name; one query.
    """
    rows = (
        GrantPeriod.objects.live()
        .filter(
            practitioner__in=among([practitioner.pk]), facility=facility, valid__overlap=DateRange(start, end)
        )
        .order_by("privilege__name", "privilege__code")
        .values_list("privilege__code", "privilege__name")
    )
    return dict(rows)


def held_forms(practitioner, facility, start: dt.date, end: dt.date | None) -> dict[str, str]:
    """The name of the form on which each privilege granted at the facility on any day from ``start`` to
    before ``end`` stands, by code; one query.
    """
    rows = (
        GrantPeriod.objects.live()
        .filter(
            practitioner__in=among([practitioner.pk]), facility=facility, valid__overlap=DateRange(start, end)
        )
        .order_by("identity__form_line__version__form__name", "privilege__code")
        .values_list("privilege__code", "identity__form_line__version__form__name")
    )
    return dict(rows)


def held_places(practitioner_ids: Iterable[int], start: dt.date) -> set[tuple[int, int]]:
    """(person, facility) of everybody among the people who holds a grant of any kind there on a day from
    ``start`` on, on whichever record; one query.
    """
    rows = (
        GrantPeriod.objects.live()
        .filter(practitioner__in=among(practitioner_ids), valid__overlap=DateRange(start, None))
        .annotate(person=person_id("practitioner_id"))
    )
    return set(rows.order_by().values_list("person", "facility_id").distinct())


def held_alone(
    practitioner_ids: Iterable[int], facility: Facility, on: dt.date, known_at: dt.datetime | None
) -> set[int]:
    """The people among these who hold a grant there on the day that rests on no appointment, on whichever
    record; one query.
    """
    rows = (
        GrantPeriod.objects.in_force(on, known_at)
        .filter(practitioner__in=among(practitioner_ids, known_at), facility=facility)
        .exclude(kind=GrantKind.FULL)
        .annotate(person=person_id("practitioner_id", known_at))
    )
    return set(rows.order_by().values_list("person", flat=True).distinct())


def held_without(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> dict[int, dt.date]:
    """Everybody who holds a grant there on the day that rests on no appointment, by person, with the first
    day of it; one query.
    """
    rows = (
        GrantPeriod.objects.in_force(on, known_at)
        .filter(facility=facility)
        .exclude(kind=GrantKind.FULL)
        .annotate(person=person_id("practitioner_id", known_at))
    )
    found: dict[int, dt.date] = {}
    for person, valid in rows.order_by().values_list("person", "valid"):
        found[person] = min(found.get(person, valid.lower), valid.lower)
    return found


def held_codes_of(
    practitioner_ids: Iterable[int], facility: Facility, on: dt.date, known_at: dt.datetime | None
) -> dict[int, set[str]]:
    """Codes of the privileges granted there on the day by person, on whichever record; one query."""
    held = held_lines_of(practitioner_ids, facility, on, known_at)
    return {person: {code for code, _ in lines} for person, lines in held.items()}


def held_today(application, privilege_ids: Sequence[int]) -> set[str]:
    """Codes of these privileges that the applicant holds at the facility today, in full; one query."""
    rows = GrantPeriod.objects.in_force(clock.today(application.facility)).filter(
        practitioner__in=among([application.practitioner_id]),
        facility=application.facility,
        privilege_id__in=privilege_ids,
        kind=GrantKind.FULL,
    )
    return set(rows.values_list("privilege__code", flat=True))


def delineations(practitioner, *, viewer, on: dt.date, own: bool = False) -> list[Delineation]:
    """The delineation of privileges per facility the viewer works at; three queries, and those of the
    standing conditions.

    Each grant in force says as ``stopped`` (a badge and a sentence) why it cannot be used today: a lapsed
    term, a bar, or a condition the bylaws let follow by itself. The lookup answers the same. ``person_waits``
    on each says whether anything of the person is held for a hearing: peer review, never to be shown as such.
    """
    rows = GrantPeriod.objects.live().filter(practitioner__in=among([practitioner.pk]))
    if not own:
        rows = rows.filter(facility__in=facilities_with(viewer, "privileging.view"))
    waiting = RequestLine.objects.filter(
        status=RequestLineStatus.HELD, request__application__practitioner__in=among([practitioner.pk])
    )
    rows = (
        rows.select_related("privilege", "facility", "identity__form_line__version__form")
        .annotate(person_waits=Exists(waiting))
        .order_by("facility__name", "privilege__name", "valid")
    )
    groups: dict[Any, list[GrantPeriod]] = defaultdict(list)
    for row in rows:
        groups[row.facility].append(row)
    if not groups:
        return []
    bars = _bars(practitioner, list(groups), viewer, on)
    terms = {row.facility_id: row for row in reversed(terms_of(practitioner)) if row.valid.lower <= on}
    found = []
    for facility, held in groups.items():
        now: tuple[Any, ...] = tuple(row for row in held if row.valid.lower <= on < row.valid.upper)
        terms_over = _term_stops(terms.get(facility.pk), on)
        whole = [*terms_over, *bars.get(facility.pk, [])]
        if now:
            held_besides = any(not rests_on_appointment(row.kind) for row in now)
            whole += stops(practitioner, facility, on, privileges_held=held_besides)
        for row in now:
            # What was granted for a time rests on no term.
            against = (
                whole
                if rests_on_appointment(row.kind)
                else [each for each in whole if each not in terms_over]
            )
            reaching = [stop for stop in against if stop.concerns(row.privilege.code)]
            row.stopped = min(reaching, key=lambda stop: bool(stop.condition), default=None)
            row.allowed_under = list(dict.fromkeys(stop.condition for stop in reaching if stop.condition))
        everything = [stop for stop in whole if not stop.codes]
        found.append(
            Delineation(
                facility=facility,
                now=now,
                later=_by_first_day(row for row in held if on < row.valid.lower),
                ended=tuple(row for row in held if row.valid.upper <= on),
                barred=_told(everything) if any(rests_on_appointment(row.kind) for row in now) else "",
                colour="bad" if any(stop.colour == "bad" for stop in everything) else "warn",
            )
        )
    return found


def usable_here(practitioner: Practitioner, facility, on: dt.date) -> set[int]:
    """Ids of the privileges the person may use at the facility on the day, all at once, as the lookup answers
    for each: granted, and stopped by nothing that leaves no condition under which they may.
    """
    fresh = Practitioner.objects.get(pk=practitioner.pk)  # what is kept on an object may be older
    return {
        period.privilege_id
        for each in delineations(fresh, viewer=system_user(), on=on)
        if each.facility == facility
        for period in each.now
        if (stop := getattr(period, "stopped", None)) is None or stop.condition
    }


def _by_first_day(rows: Iterable[GrantPeriod]) -> tuple[tuple[dt.date, tuple[GrantPeriod, ...]], ...]:
    days: dict[dt.date, list[GrantPeriod]] = defaultdict(list)
    for row in rows:
        days[row.valid.lower].append(row)
    return tuple((day, tuple(days[day])) for day in sorted(days))


def _told(found: Sequence[Stop]) -> str:
    """What stops everything, in sentences; a cause that a bar repeats is told once."""
    told: list[str] = []
    for stop in found:
        if not any(stop.sentence in each for each in told):
            told.append(f"{stop.label}. {stop.sentence}")
    return " ".join(told)


def _bars(practitioner, facilities: Sequence[Any], viewer, on: dt.date) -> dict[int, list[Stop]]:
    """Suspensions, leaves and restrictions that stand, by facility id. A protected cause is told to those
    only whose roles open peer review.
    """
    found: dict[int, list[Stop]] = defaultdict(list)
    ids = {facility.pk for facility in facilities}
    rows = [
        bar
        for bar in reversed(bars_of(practitioner))
        if bar.identity.facility_id in ids and covers(bar.valid, on)
    ]
    for bar in rows:
        told = bar.identity.kind not in PROTECTED_CAUSES or may_see_class(
            viewer, DataClass.PEER_REVIEW, bar.identity.facility
        )
        codes = frozenset() if bar.scope == BarScope.ALL_PRIVILEGES else frozenset(bar.privilege_codes or ())
        kind = bar.identity.get_kind_display()
        sentence = f"{kind}: {bar.cause}" if told else f"{kind}. Call the Medical Staff Office."
        if bar.condition:
            sentence = f"{bar.condition} {sentence}"
        stop = Stop(True, bar.start, sentence, codes, condition=bar.condition)
        found[bar.identity.facility_id].append(stop)
    return found


def _term_stops(term: AppointmentPeriod | None, on: dt.date) -> list[Stop]:
    """What the appointment says against using privileges on the day."""
    if term is None:
        return [Stop(True, None, "No appointment is on record.")]
    if term.valid.upper is not None and term.valid.upper <= on:
        return [Stop(True, term.valid.upper, "The appointment has ended.")]
    if not term.category.carries_privileges:
        return [Stop(True, None, f"The category {term.category} carries no privileges.")]
    return []


@dataclass(frozen=True)
class FormStretch:
    """Days on which somebody holds privileges of one form, touching grants taken together."""

    facility_code: str
    form: str
    first_day: dt.date
    last_day: dt.date
    privileges: int
    now: bool


def form_stretches(practitioner, *, viewer, on: dt.date) -> list[FormStretch]:
    """The grants of a person summed up per form and facility the viewer works at; one query."""
    rows = (
        GrantPeriod.objects.live()
        .filter(
            practitioner__in=among([practitioner.pk]),
            facility__in=facilities_with(viewer, "privileging.view"),
        )
        .values_list("facility__code", "identity__form_line__version__form__name", "valid", "privilege_id")
        .order_by("facility__code", "identity__form_line__version__form__name", "valid")
    )
    stretches: dict[tuple[str, str], list[tuple[dt.date, dt.date, set[int]]]] = defaultdict(list)
    for code, form, valid, privilege in rows:
        found = stretches[code, form or "Privileges"]
        if found and valid.lower <= found[-1][1]:
            first, end, held = found[-1]
            found[-1] = (first, max(end, valid.upper), held | {privilege})
        else:
            found.append((valid.lower, valid.upper, {privilege}))
    return [
        FormStretch(code, form, first, end - dt.timedelta(days=1), len(held), first <= on < end)
        for (code, form), found in stretches.items()
        for first, end, held in found
    ]


def granted_counts(practitioner_ids: Sequence[int], on: dt.date) -> dict[tuple[int, str], int]:
    """How many privileges each practitioner holds per facility code on the day; one query."""
    counts: dict[tuple[int, str], int] = defaultdict(int)
    rows = (
        GrantPeriod.objects.in_force(on)
        .filter(practitioner__in=list(practitioner_ids))
        .values_list("practitioner_id", "facility__code")
    )
    for practitioner_id, code in rows:
        counts[practitioner_id, code] += 1
    return counts
