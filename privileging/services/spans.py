"""From when to when what a decision grants would run."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bylaws.models import AppointmentPeriod
from bylaws.services.appointments import longest_term_end
from config.kernel import clock
from config.kernel.display.dates import day_text, moment
from config.kernel.errors import Refused
from config.kernel.periods import last_day, through
from credentialing import kinds
from credentialing.models import Application
from practitioners.selectors.canonical import among
from privileging.models import GrantPeriod
from privileging.selectors.disasters import decision_due
from privileging.selectors.for_a_time import limit_of


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
    if ends == kinds.UNTIL_DECIDED:
        return _until_decided(application, decided_on)
    if ends == kinds.LONGEST_TERM:
        return _asked(application, Term(decided_on, _longest(application, decided_on)))
    return _asked(application, _limited(application, decided_on))


def term_of_held(application: Application, decided_on: dt.date) -> Term:
    """The days of what had been held for a hearing and is granted now: from the decision, as long as what was
    granted by the application before. Refused once that is over; three queries at most.
    """
    appointed = AppointmentPeriod.objects.live().filter(
        identity__decision__step__case__subject_uid=application.uid
    )
    given = GrantPeriod.objects.live().filter(identity__request_line__request__application=application)
    spans = [row.valid for row in appointed] or [row.valid for row in given]
    if not spans:
        return term_of(application, decided_on)
    start = max(decided_on, min(each.lower for each in spans))
    end = max(each.upper for each in spans)
    if end <= start:
        raise Refused(
            f"What was granted by this application ended with {day_text(last_day(end))}: nothing can be "
            "granted by it any more. It is asked for anew."
        )
    return Term(start, end)


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
    limit = limit_of(application, decided_on)
    if limit is None:
        raise Refused(
            f"No limit for {application.get_kind_display().lower()} is on record for "
            f"{application.facility}; load the parameters first."
        )
    if limit.end <= decided_on:
        raise Refused(
            f"Temporary privileges beside this application began on {day_text(limit.first)}: the "
            f"{limit.bound.value} days ended with {day_text(last_day(limit.end))} ({limit.bound.citation})."
        )
    held = term_in_force(application, decided_on)
    return Term(decided_on, limit.end if held is None else min(limit.end, end_of_term(held)))


def _until_decided(application: Application, decided_on: dt.date) -> Term:
    """Through the day on which the hours from arrival end; at the hour somebody has decided, or they end
    (:mod:`.disasters`). Refused once they are over.
    """
    due = decision_due(application)
    if due is None:
        raise Refused(
            f"No hours for volunteers are on record for {application.facility}: load the parameters."
        )
    last = clock.date_at(due, application.facility)
    if clock.now() > due or last < decided_on:
        raise Refused(
            f"The hours from arrival ended on {moment(due)} without a grant and a decision whether it "
            "continues. Open another file if they still help."
        )
    return Term(decided_on, last + dt.timedelta(days=1))


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
