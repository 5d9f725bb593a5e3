"""Ongoing evaluation: cycles opened, values delivered, profiles put before the chair and signed."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import QuerySet

from bylaws.models import AppointmentPeriod
from bylaws.policies import require_not_own_file
from config.accounts.choices import DataClass
from config.accounts.policies import permissions, require, require_class
from config.audit.services.events import Event, record_event, record_events
from config.kernel import clock
from config.kernel.canonical import canonical_bytes, digest
from config.kernel.dates import add_months
from config.kernel.display.dates import day_text
from config.kernel.errors import Conflict, Refused
from config.kernel.periods import days, through
from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among, merged_into, person_id
from practitioners.services.people import lock_record
from privileging.choices import OPPEConclusion, OPPEProposal, OPPEStatus
from privileging.models import (
    GrantPeriod,
    OPPEBatch,
    OPPECycle,
    OPPEIndicator,
    OPPEProfile,
    OPPEValue,
)
from privileging.parameters import OPPE_MONTHS
from privileging.rules.deliveries import Mistake, refuse_mistakes
from privileging.rules.oppe_file import SPECIALTY, Row, read_rows
from privileging.rules.oppe_profile import lines_of, measured_data, proposing
from privileging.selectors.oppe import may_sign, measured_of
from privileging.workflow import OPPE_PROFILE

MANAGE = "privileging.manage_oppe"
LONGEST_WORDS = 8000


@transaction.atomic
def open_cycle(*, actor, facility: Facility, first_day: dt.date, last_day: dt.date) -> OPPECycle:
    """A cycle from its first through its last day, with a profile for everybody who holds privileges of any
    kind on a day of it, in each specialty they hold some of: whoever did nothing at all gets one too.

    Refused: longer than ``privileging.oppe_months`` allows, or over days another cycle covers.
    """
    require(actor, MANAGE, facility)
    if last_day < first_day:
        raise Refused("The last day lies before the first.", field="last_day")
    period = days(first_day, through(last_day))
    limit = resolve(OPPE_MONTHS.code, facility=facility, on=last_day)
    if not limit.is_set:
        raise Refused("No longest cycle is on record; load the parameters first.")
    longest = add_months(first_day, int(limit.value)) - dt.timedelta(days=1)
    if last_day > longest:
        raise Refused(
            f"A cycle runs for at most {limit.value} months ({limit.citation}): from {day_text(first_day)} "
            f"through {day_text(longest)}.",
            field="last_day",
        )
    _lock(facility)
    other = OPPECycle.objects.filter(facility=facility, period__overlap=period).first()
    if other is not None:
        raise Refused(
            f"The cycle {day_text(other.first_day)} to {day_text(other.last_day)} covers some of these days.",
            field="first_day",
        )
    cycle = OPPECycle.objects.create(facility=facility, period=period, opened_at=clock.now(), opened_by=actor)
    profiles = _add_profiles(cycle)
    record_event(
        actor=actor,
        verb="oppe.cycle_opened",
        subject=cycle,
        facility=facility,
        data={"from": first_day.isoformat(), "through": last_day.isoformat(), "profiles": len(profiles)},
    )
    return cycle


def _lock(facility: Facility) -> None:
    """One at a time opens cycles, adds profiles and loads values at the facility."""
    list(Facility.objects.select_for_update(of=("self",), no_key=True).filter(pk=facility.pk))


def _add_profiles(cycle: OPPECycle) -> list[OPPEProfile]:
    """Profiles of those who hold privileges on a day of the cycle, one in each specialty (form) they hold
    some of, where they have none yet; four queries. Of somebody new the form of which they hold the most is
    the main one. Called under the lock of the facility.
    """
    held = (
        GrantPeriod.objects.live()
        .filter(facility=cycle.facility, valid__overlap=cycle.period)
        .annotate(person=person_id())
        .order_by("person", "identity__form_line__version__form__code", "pk")
        .values_list("person", "identity__form_line__version__form_id")
    )
    forms: dict[int, dict[int, int]] = {}
    for person, form in held:
        counts = forms.setdefault(person, {})
        counts[form] = counts.get(form, 0) + 1
    have: dict[int, set[int]] = {}
    for person, form in cycle.profiles.annotate(person=person_id()).values_list("person", "form_id"):
        have.setdefault(person, set()).add(form)
    departments = dict(
        AppointmentPeriod.objects.live()
        .filter(facility=cycle.facility, valid__overlap=cycle.period)
        .annotate(person=person_id())
        .order_by("valid")
        .values_list("person", "department_id")
    )
    now = clock.now()
    return OPPEProfile.objects.bulk_create(
        OPPEProfile(
            cycle=cycle,
            practitioner_id=person,
            form_id=form,
            main=person not in have and form == max(counts, key=lambda each: counts[each]),
            department_id=departments.get(person),
            added_at=now,
        )
        for person, counts in forms.items()
        for form in counts
        if form not in have.get(person, ())
    )


# --- values ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Delivery:
    """What a file or a call brings, looked at before anything is written."""

    rows: Sequence[Row]
    mistakes: Sequence[Mistake]
    people: Mapping[str, Practitioner]
    indicators: Mapping[str, OPPEIndicator]
    replaces: int = 0


def look_at_delivery(
    *, actor, facility: Facility, given: Sequence[Mapping[str, object]], first: int = 2
) -> Delivery:
    """What would be loaded, and every mistake by row and column; writes nothing. Five queries."""
    require(actor, MANAGE, facility)
    require_class(actor, DataClass.PEER_REVIEW, facility)
    in_use = OPPEIndicator.objects.filter(retired=False).prefetch_related("forms")
    indicators = {each.code: each for each in in_use}
    specialties = {code: {form.code for form in each.forms.all()} for code, each in indicators.items()}
    rows, mistakes = read_rows(
        given,
        {code: each.is_rate for code, each in indicators.items()},
        today=clock.today(facility),
        first=first,
        specialties=specialties,
    )
    people = {
        each.npi: each for each in Practitioner.objects.filter(npi__in={row.npi for row in rows}) if each.npi
    }
    canonical = merged_into([each.pk for each in people.values()])
    people = {npi: canonical.get(each.pk, each) for npi, each in people.items()}
    held = set(
        GrantPeriod.objects.live()
        .filter(facility=facility)
        .annotate(person=person_id())
        .filter(person__in=[each.pk for each in people.values()])
        .values_list("person", "identity__form_line__version__form__code")
    )
    holding = {person for person, _ in held}
    for row in rows:
        person = people.get(row.npi)
        if person is None or person.pk not in holding:
            mistakes.append(Mistake(row.line, "npi", f"nobody with privileges here has the NPI {row.npi}."))
        elif row.specialty and (person.pk, row.specialty) not in held:
            mistakes.append(
                Mistake(row.line, SPECIALTY, f"the NPI {row.npi} holds nothing here of {row.specialty}.")
            )
    live = _live(facility, people, indicators)
    replaced = set()
    for row in rows:
        if row.npi not in people:
            continue
        key = (people[row.npi].pk, indicators[row.indicator].pk)
        for lower, upper, specialty in live.get(key, ()):
            if not _both_count(specialty, row.specialty):
                continue
            if (lower, upper) == (row.first_day, through(row.last_day)):
                replaced.add((*key, lower, specialty))
            elif lower <= row.last_day and row.first_day < upper:
                of = f" of {specialty or 'all of their work'}" if specialty != row.specialty else ""
                mistakes.append(
                    Mistake(
                        row.line,
                        "from",
                        f"a value{of} from {day_text(lower)} covers some of these days; deliver the same "
                        "days to replace it.",
                    )
                )
    mistakes.extend(_overlapping(rows))
    return Delivery(rows, sorted(mistakes, key=lambda each: each.line), people, indicators, len(replaced))


def _both_count(specialty: str | int | None, other: str | int | None) -> bool:
    """Whether numbers of the two (codes or ids of forms) count on one profile: those of all somebody's work
    do on every one.
    """
    return specialty == other or not specialty or not other


def _live(facility, people, indicators) -> dict[tuple[int, int], list[tuple[dt.date, dt.date, str]]]:
    found: dict[tuple[int, int], list[tuple[dt.date, dt.date, str]]] = {}
    for value in _in_force(facility, {each.pk for each in people.values()}).select_related("form"):
        key = (value.person, value.indicator_id)  # type: ignore[attr-defined]
        specialty = value.form.code if value.form else ""
        found.setdefault(key, []).append((value.period.lower, value.period.upper, specialty))
    return found


def _in_force(facility: Facility, people: Iterable[int]) -> QuerySet[OPPEValue]:
    """Values that nothing replaced, of the people under any of their records; ``person`` says of whom."""
    return OPPEValue.objects.filter(
        facility=facility, practitioner__in=among(people), superseded_by=None
    ).annotate(person=person_id())


def _overlapping(rows: Sequence[Row]) -> list[Mistake]:
    mistakes = []
    last: dict[tuple[str, str], dict[str, Row]] = {}  # by specialty the row that reaches furthest
    for row in sorted(rows, key=lambda each: (each.npi, each.indicator, each.first_day, each.line)):
        earlier = last.setdefault((row.npi, row.indicator), {})
        for specialty, before in earlier.items():
            if row.first_day <= before.last_day and _both_count(specialty, row.specialty):
                mistakes.append(Mistake(row.line, "from", f"row {before.line} covers some of these days."))
                break
        reached = earlier.get(row.specialty)
        if reached is None or reached.last_day < row.last_day:
            earlier[row.specialty] = row
    return mistakes


@transaction.atomic
def load_values(
    *, actor, facility: Facility, name: str, given: Sequence[Mapping[str, object]], first: int = 2
) -> OPPEBatch:
    """Load a delivery, all of it or nothing. A value of the same days replaces the earlier one; one of all
    somebody's work replaces those of their specialties, and one of a specialty that of all the work, for they
    cannot both count. A delivery that would change nothing is refused. What was delivered and replaced since
    is a correction when it comes again.
    """
    _lock(facility)  # before it is looked at: of two deliveries the later one sees what the earlier brought
    delivery = look_at_delivery(actor=actor, facility=facility, given=given, first=first)
    refuse_mistakes(delivery.mistakes)
    forms = {form.code: form for each in delivery.indicators.values() for form in each.forms.all()}
    values = [
        OPPEValue(
            facility=facility,
            practitioner=delivery.people[row.npi],
            indicator=delivery.indicators[row.indicator],
            form=forms[row.specialty] if row.specialty else None,
            period=DateRange(row.first_day, through(row.last_day), "[)"),
            numerator=row.numerator,
            denominator=row.denominator,
        )
        for row in delivery.rows
    ]
    wanted: dict[tuple, dict[int | None, tuple[int, int | None]]] = {}
    for each in values:
        wanted.setdefault(_key(each.practitioner_id, each), {})[each.form_id] = _number(each)
    replaced = [
        (each, of_these_days)
        for each in _in_force(facility, {each.practitioner_id for each in values})
        if (of_these_days := wanted.get(_key(each.person, each)))  # type: ignore[attr-defined]
        and any(_both_count(each.form_id, form) for form in of_these_days)
    ]
    if len(replaced) == len(values) and all(_number(old) == new.get(old.form_id) for old, new in replaced):
        raise Conflict("Exactly these values were delivered already, and they stand.", field="file")
    batch = OPPEBatch.objects.create(
        facility=facility,
        name=" ".join(name.split())[:200] or "Delivery",
        sha256=digest([dataclasses.asdict(row) | {"line": 0} for row in delivery.rows]),
        number=len(delivery.rows),
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    for each in values:
        each.batch = batch
    OPPEValue.objects.filter(pk__in=[old.pk for old, _ in replaced]).update(superseded_by=batch)
    OPPEValue.objects.bulk_create(values, batch_size=2000)
    _profiles_of(facility, values)
    record_event(
        actor=actor,
        verb="oppe.values_loaded",
        subject=batch,
        facility=facility,
        data={"values": len(values), "replaced": len(replaced)},
    )
    return batch


def _key(person: int, value: OPPEValue) -> tuple[int, int, dt.date, dt.date]:
    return person, value.indicator_id, value.period.lower, value.period.upper


def _number(value: OPPEValue) -> tuple[int, int | None]:
    return value.numerator, value.denominator


def _profiles_of(facility: Facility, values: Sequence[OPPEValue]) -> None:
    """Whoever got privileges after their cycle was opened has a profile in it once values come."""
    first = min(each.period.lower for each in values)
    last = max(each.period.upper for each in values)
    for cycle in OPPECycle.objects.filter(facility=facility, period__overlap=DateRange(first, last)):
        _add_profiles(cycle)


# --- the chair ------------------------------------------------------------------------------------------


@transaction.atomic
def put_before_chair(*, actor, cycle: OPPECycle) -> int:
    """Every profile of the cycle that is not there yet goes before the chair, those without a single case
    too; answers how many. Refused before the cycle is over.
    """
    require(actor, MANAGE, cycle.facility)
    if clock.today(cycle.facility) <= cycle.last_day:
        raise Refused(f"The cycle runs through {day_text(cycle.last_day)}: its data is not complete before.")
    _lock(cycle.facility)  # a delivery adds profiles too
    _add_profiles(cycle)
    held = permissions(actor, cycle.facility)
    profiles = list(
        cycle.profiles.select_for_update(of=("self",))
        .filter(status=OPPEStatus.OPEN)
        .select_related("practitioner")
        .order_by("pk")
    )
    if not profiles:
        raise Refused("Every profile of this cycle is before the chair, or signed.")
    for profile in profiles:
        OPPE_PROFILE.check(profile, OPPEStatus.CHAIR_REVIEW, held)
        profile.status = OPPEStatus.CHAIR_REVIEW
    OPPEProfile.objects.bulk_update(profiles, ["status"])
    record_events(
        actor=actor,
        events=[Event("oppe.before_chair", profile, profile.practitioner) for profile in profiles],
        facility=cycle.facility,
    )
    return len(profiles)


@transaction.atomic
def sign_profile(
    *,
    actor,
    profile: OPPEProfile,
    conclusion: str = "",
    words: str = "",
    shown: str = "",
    proposal: str = "",
) -> OPPEProfile:
    """The chair concludes and signs. The numbers are kept as they were signed, whatever is delivered later;
    ``shown`` is the digest of those the chair had before them, and others are not signed.

    Where the numbers propose a focused evaluation (an outlier with cases enough, or a count at the limit of
    the policy) the chair answers in ``proposal`` (:class:`OPPEProposal`): yes concludes that one is proposed,
    no takes words. What is proposed waits for the quality coordinator; it opens nothing by itself. Refused:
    one's own, and who is not the chair of the department (or an officer of the medical staff).
    """
    facility = profile.cycle.facility
    require(actor, "privileging.sign_oppe", facility)
    require_class(actor, DataClass.PEER_REVIEW, facility)
    require_not_own_file(actor, profile.practitioner, doing="sign a profile in")
    lock_record(profile.practitioner)
    profile = (
        OPPEProfile.objects.select_for_update(of=("self",))
        .select_related("cycle__facility", "practitioner", "department")
        .get(pk=profile.pk)
    )
    if not may_sign(actor, profile):
        raise Refused("The chair of the department signs it, or an officer of the medical staff.")
    words = words.strip()
    if len(words) > LONGEST_WORDS:
        raise Refused(f"Say it in at most {LONGEST_WORDS} characters.", field="words")
    OPPE_PROFILE.check(profile, OPPEStatus.SIGNED, permissions(actor, facility))
    (measured,) = measured_of([profile])
    seen = measured_data(measured)
    profile.seen, profile.seen_sha256 = canonical_bytes(seen).decode(), digest(seen)
    if shown and shown != profile.seen_sha256:
        raise Conflict("Other numbers came while you read. Look at them below, then sign.")
    why = proposing(lines_of(measured, pictures=False))
    conclusion, profile.proposal = _answered(conclusion, proposal, why)
    if conclusion not in OPPEConclusion.values:
        raise Refused("Say what you conclude.", field="conclusion")
    if not words and profile.proposal == OPPEProposal.DECLINED:
        raise Refused("The numbers propose a focused evaluation: say in words why not.", field="words")
    if not words and conclusion in (OPPEConclusion.WATCH, OPPEConclusion.TRIGGER_FPPE):
        raise Refused("Say in words what you saw.", field="words")
    profile.status, profile.conclusion, profile.words = OPPEStatus.SIGNED, conclusion, words
    profile.signed_at, profile.signed_by = clock.now(), actor
    profile.save()
    # What was concluded is peer review: the event says that it was signed.
    record_event(
        actor=actor,
        verb="oppe.signed",
        subject=profile,
        practitioner=profile.practitioner,
        facility=facility,
    )
    return profile


def _answered(conclusion: str, proposal: str, why: Sequence[str]) -> tuple[str, str]:
    """Conclusion and answer that go together. To conclude that a focused evaluation is proposed says yes;
    where nothing proposes one there is nothing to answer.
    """
    if proposal not in ("", *OPPEProposal.values):
        raise Refused("Answer yes or no.", field="proposal")
    if not why:
        return conclusion, ""
    triggers = conclusion == OPPEConclusion.TRIGGER_FPPE
    if proposal == OPPEProposal.DECLINED:
        if triggers:
            raise Refused(
                "You say no to a focused evaluation and conclude that one is proposed: choose one of them.",
                field="conclusion",
            )
        return conclusion, proposal
    if proposal == OPPEProposal.ACCEPTED and conclusion and not triggers:
        raise Refused(
            "You say yes to a focused evaluation: leave out the other conclusion, or say no.",
            field="conclusion",
        )
    if not proposal and not triggers:
        raise Refused(
            f"The numbers propose a focused evaluation ({'; '.join(why)}): say yes or no.", field="proposal"
        )
    return OPPEConclusion.TRIGGER_FPPE, OPPEProposal.ACCEPTED
