"""Where people work outside the hospital, from when to when, and which place is their main one."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.periods import EndKind, half_open, open_period, rewrite, supersede, through
from practitioners.models import (
    PracticeAffiliation,
    PracticeAffiliationPeriod,
    PracticeLocation,
    Practitioner,
)
from practitioners.policies import require_change
from practitioners.services.people import lock_practitioner

EDIT = "practitioners.edit"


@transaction.atomic
def add_affiliation(
    *, actor, practitioner: Practitioner, location: PracticeLocation, valid: DateRange, main: bool = False
) -> PracticeAffiliationPeriod:
    """The person works at the location during ``valid``. A main place is the only one: another that was main
    in those days is no longer.

    Refuses a closed location, and days on which the person is said to work there already.
    """
    require_change(actor, EDIT, practitioner)
    practitioner = lock_practitioner(practitioner)
    location = PracticeLocation.objects.select_related("group").get(pk=location.pk)
    if not (location.active and location.group.active):
        raise Refused(f"{location} is closed.", field="location")
    valid = half_open(valid)
    affiliation = _identity(actor, practitioner, location)
    _refuse_overlap(affiliation, valid)
    if main:
        _clear_main(actor, practitioner, valid, f"{location} is the main place of work now")
    period = open_period(PracticeAffiliationPeriod, affiliation, valid=valid, actor=actor, main=main)
    _record(actor, affiliation, "affiliation.added")
    return period


@transaction.atomic
def correct_affiliation(
    *, actor, period: PracticeAffiliationPeriod, valid: DateRange, main: bool, reason: str
) -> PracticeAffiliationPeriod:
    """Say anew when the person works there and whether it is the main place; what was said before stays
    answerable. Refuses days that another entry about the same place covers.
    """
    affiliation = _begin(actor, period, reason)
    valid = half_open(valid)
    if (period.valid, period.main) == (valid, main):
        return period
    supersede([period], actor=actor, kind=EndKind.MISTAKE, reason=reason.strip())
    _refuse_overlap(affiliation, valid)
    if main:
        _clear_main(actor, affiliation.practitioner, valid, reason.strip(), besides=affiliation)
    corrected = open_period(PracticeAffiliationPeriod, affiliation, valid=valid, actor=actor, main=main)
    _record(actor, affiliation, "affiliation.corrected", reason)
    return corrected


@transaction.atomic
def end_affiliation(*, actor, period: PracticeAffiliationPeriod, last_day: dt.date, reason: str) -> None:
    """The person works there through ``last_day`` and no longer."""
    affiliation = _begin(actor, period, reason)
    if period.start is not None and last_day < period.start:
        raise Refused("The last day lies before the first.", field="last_day")
    if period.end is not None and last_day >= period.end:
        raise Refused("That day lies at or after the last day already on file.", field="last_day")
    rest = DateRange(through(last_day), period.valid.upper, "[)")
    rewrite(
        PracticeAffiliationPeriod, affiliation, valid=rest, actor=actor, reason=reason.strip(), content=None
    )
    _record(actor, affiliation, "affiliation.ended", reason)


@transaction.atomic
def withdraw_affiliation(*, actor, period: PracticeAffiliationPeriod, reason: str) -> None:
    """The person never worked there in those days: the entry was a mistake."""
    affiliation = _begin(actor, period, reason)
    supersede([period], actor=actor, kind=EndKind.MISTAKE, reason=reason.strip())
    _record(actor, affiliation, "affiliation.withdrawn", reason)


def _begin(actor, period: PracticeAffiliationPeriod, reason: str) -> PracticeAffiliation:
    """Permission, lock and reason of a change; the period is read again under the lock."""
    affiliation = period.identity
    require_change(actor, EDIT, affiliation.practitioner)
    affiliation.practitioner = lock_practitioner(affiliation.practitioner)
    if not reason.strip():
        raise Refused("Say why.", field="reason")
    period.refresh_from_db()
    if period.superseded_at is not None:
        raise Refused("This entry was already replaced by a later one; reload the page.")
    return affiliation


def _identity(actor, practitioner: Practitioner, location: PracticeLocation) -> PracticeAffiliation:
    known = PracticeAffiliation.objects.filter(practitioner=practitioner, location=location).first()
    if known is not None:
        return known
    affiliation = PracticeAffiliation(
        practitioner=practitioner, location=location, created_at=clock.now(), created_by=actor
    )
    affiliation.save(force_insert=True)
    return affiliation


def _refuse_overlap(affiliation: PracticeAffiliation, valid: DateRange) -> None:
    if affiliation.periods.live().filter(valid__overlap=valid).exists():
        raise Refused(
            "These days are on file for this place already: correct or end that entry instead.",
            field="location",
        )


def _clear_main(
    actor,
    practitioner: Practitioner,
    valid: DateRange,
    reason: str,
    besides: PracticeAffiliation | None = None,
) -> None:
    """No other place is the main one in these days; on other days it stays what it was."""
    others = PracticeAffiliationPeriod.objects.live().filter(
        identity__practitioner=practitioner, main=True, valid__overlap=valid
    )
    if besides is not None:
        others = others.exclude(identity=besides)
    for other in others.select_related("identity"):
        rewrite(
            PracticeAffiliationPeriod,
            other.identity,
            valid=_shared(other.valid, valid),
            actor=actor,
            reason=reason,
            content={"main": False},
        )


def _shared(one: DateRange, other: DateRange) -> DateRange:
    """The days both ranges have; they overlap."""
    starts = [day for day in (one.lower, other.lower) if day is not None]
    ends = [day for day in (one.upper, other.upper) if day is not None]
    return DateRange(max(starts, default=None), min(ends, default=None), "[)")


def _record(actor, affiliation: PracticeAffiliation, verb: str, reason: str = "") -> None:
    record_event(
        actor=actor,
        verb=verb,
        subject=affiliation,
        practitioner=affiliation.practitioner,
        reason=reason.strip(),
    )
