"""From when to when what a decision grants would run."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Min

from bylaws.models import AppointmentPeriod
from bylaws.services.appointments import longest_term_end
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.kernel.periods import last_day, through
from config.rulebook.selectors.parameters import resolve
from credentialing import kinds
from credentialing.models import Application
from practitioners.selectors.canonical import among
from privileging.models import GrantPeriod
from privileging.parameters import LONGEST_DAYS


@dataclass(frozen=True)
class Term:
    """The days of what is granted; ``end`` is the open bound."""

    start: dt.date
    end: dt.date


def term_of(application: Application, decided_on: dt.date) -> Term:
    """The days for which a decision of that day grants what the application asks for, by its kind.

    Refused where no limit is on record, the term it would end with does not hold, or its days are used up.
    """
    ends = application.rule.ends
    if ends == kinds.OWN_TERM:
        return _own_term(application, decided_on)
    if ends == kinds.CURRENT_TERM:
        return _rest_of_term(application, decided_on)
    if ends == kinds.LONGEST_TERM:
        return _asked(application, Term(decided_on, _longest(application, decided_on)))
    return _asked(application, _limited(application, decided_on))


def term_in_force(application: Application, on: dt.date) -> AppointmentPeriod | None:
    """The term the person has at the facility on the day; one query."""
    return (
        AppointmentPeriod.objects.in_force(on)
        .filter(practitioner__in=among([application.practitioner_id]), facility=application.facility)
        .select_related("identity__practitioner", "identity__facility", "category", "department")
        .first()
    )


def end_of_term(held: AppointmentPeriod) -> dt.date:
    """The open bound of the whole term, whatever category it ends in; one query."""
    return max(row.valid.upper for row in held.identity.periods.live())


def _own_term(application: Application, decided_on: dt.date) -> Term:
    """From the decision, or from the end of the running term; as long as the strictest limit allows."""
    start = decided_on
    running = (
        AppointmentPeriod.objects.live()
        .filter(
            practitioner=application.practitioner,
            facility=application.facility,
            valid__contains=decided_on,
        )
        .select_related("identity")
        .first()
    )
    if running is not None and running.valid.lower < decided_on:
        start = end_of_term(running)
    return Term(start, _longest(application, start))


def _longest(application: Application, start: dt.date) -> dt.date:
    end = longest_term_end(facility=application.facility, start=start)
    if end is None:
        raise Refused(
            f"No limit of the term is on record for {application.facility}; load the parameters first."
        )
    return end


def _rest_of_term(application: Application, decided_on: dt.date) -> Term:
    held = term_in_force(application, decided_on)
    if held is None:
        raise Refused(
            f"{application.practitioner} holds no term at {application.facility} on {day_text(decided_on)}: "
            f"{application.get_kind_display().lower()} ends with the current term, and there is none."
        )
    return Term(decided_on, end_of_term(held))


def _limited(application: Application, decided_on: dt.date) -> Term:
    """So many days, counted from the first grant beside the same application; within a member's own term."""
    limit = resolve(LONGEST_DAYS.code, subject=application.kind, facility=application.facility, on=decided_on)
    if not limit.is_set:
        raise Refused(
            f"No limit for {application.get_kind_display().lower()} is on record for "
            f"{application.facility}; load the parameters first."
        )
    first = _first_beside(application) or decided_on
    end = first + dt.timedelta(days=int(limit.value))
    if end <= decided_on:
        raise Refused(
            f"Temporary privileges beside this application began on {day_text(first)}: the "
            f"{limit.value} days ended with {day_text(last_day(end))} ({limit.citation})."
        )
    held = term_in_force(application, decided_on)
    if held is not None:
        end = min(end, end_of_term(held))
    return Term(decided_on, end)


def _first_beside(application: Application) -> dt.date | None:
    """The first day of any grant given before beside the application this one waits beside; one query."""
    if application.awaits_id is None:
        return None
    return (
        GrantPeriod.objects.live()
        .filter(identity__request_line__request__application__awaits_id=application.awaits_id)
        .aggregate(first=Min("valid__startswith"))["first"]
    )


def _asked(application: Application, term: Term) -> Term:
    """No longer than was asked for."""
    if application.until is None:
        return term
    if application.until < term.start:
        raise Refused(
            f"They were asked for through {day_text(application.until)}, which is past: nothing can be "
            f"granted from {day_text(term.start)}."
        )
    return Term(term.start, min(term.end, through(application.until) or term.end))
