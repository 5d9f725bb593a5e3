"""Officers of the medical staff are elected or appointed, go on longer, and end before their time.

Source: domain.md 7.1 (officers: qualifications, election, term, removal) and 7.3 (BL-OFF-1).
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from bylaws.choices import OfficerChosen, OfficerEnd, StaffOffice
from bylaws.models import OfficerTerm, OfficerTermPeriod
from bylaws.rules.reach import require_within
from bylaws.selectors.membership import membership_status
from bylaws.selectors.offices import categories_for_office, term_problems
from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.kernel.display.dates import day_text
from config.kernel.errors import Doubtful, Forbidden, Refused
from config.kernel.periods import days, open_period, rewrite, through, void
from config.kernel.texts import needed
from config.organization.models import Facility
from practitioners.models import Practitioner
from practitioners.policies import is_own_record

PERMISSION = "bylaws.keep_offices"
#: How far from today a term may begin and end, in years: terms of the past are recorded too.
YEARS_BACK, BEGINS_AHEAD, ENDS_AHEAD = 50, 2, 20
LONGEST = 300


@transaction.atomic
def choose_officer(
    *,
    actor,
    facility: Facility,
    office: str,
    practitioner: Practitioner,
    chosen: str,
    chosen_on: dt.date,
    start: dt.date,
    last_day: dt.date,
    authority: str,
    sure: bool = False,
) -> OfficerTerm:
    """The member holds the office from ``start`` through ``last_day``, as ``authority`` (a ballot, minutes)
    says; terms of the past are recorded the same way.

    Refused: an office somebody else holds then, one's own term, and for a term that is not over a person
    whose category may hold no office. ``sure``: that a limit of the bylaws is not kept is meant so.
    """
    require(actor, PERMISSION, facility)
    _lock(facility)
    if office not in StaffOffice.values:
        raise Refused("Choose an office.", field="office")
    if chosen not in OfficerChosen.values:
        raise Refused("Say how the person came to the office.", field="chosen")
    _require_not_own(actor, practitioner)
    authority = needed(
        authority, LONGEST, field="authority", otherwise="Say which ballot, minutes or decision says so."
    )
    today = clock.today(facility)
    require_within(
        start, today=today, back=YEARS_BACK, ahead=BEGINS_AHEAD, field="start", what="The first day"
    )
    require_within(
        last_day, today=today, back=YEARS_BACK, ahead=ENDS_AHEAD, field="last_day", what="The last day"
    )
    if last_day < start:
        raise Refused(f"The last day, {day_text(last_day)}, lies before the first.", field="last_day")
    if chosen_on > min(start, today):
        raise Refused(
            "The election or appointment comes before the first day of the term, and not after today.",
            field="chosen_on",
        )
    valid = days(start, through(last_day))
    _require_free(facility, office, valid)
    if last_day >= today:
        _require_eligible(practitioner, facility, max(start, today))
    _require_sure(facility, office, practitioner, valid.lower, valid.upper, sure=sure)
    term = OfficerTerm.objects.create(
        facility=facility,
        office=office,
        practitioner=practitioner,
        chosen=chosen,
        chosen_on=chosen_on,
        authority=authority,
        created_at=clock.now(),
        created_by=actor,
    )
    open_period(OfficerTermPeriod, term, valid=valid, actor=actor, ended="", ended_why="")
    _record(actor, "officer.chosen", term, start=start.isoformat(), through=last_day.isoformat())
    return term


@transaction.atomic
def extend_term(*, actor, term: OfficerTerm, last_day: dt.date, reason: str, sure: bool = False) -> None:
    """The term goes on through ``last_day``, later than it was to. Refused where somebody else holds the
    office then; ``sure`` as in :func:`choose_officer`.
    """
    running = _running(actor, term)
    reason = needed(reason, LONGEST, field="reason", otherwise="Say why, or which decision says so.")
    require_within(
        last_day,
        today=clock.today(term.facility),
        back=0,
        ahead=ENDS_AHEAD,
        field="last_day",
        what="The last day",
    )
    valid = days(running.valid.lower, through(last_day))
    if valid.upper <= running.valid.upper:
        raise Refused(
            f"The term runs through {day_text(running.valid.upper - ONE_DAY)}: enter a later day, or end it.",
            field="last_day",
        )
    _require_free(term.facility, term.office, valid, but=term)
    _require_sure(
        term.facility, term.office, term.practitioner, valid.lower, valid.upper, sure=sure, again=True
    )
    rewrite(
        OfficerTermPeriod,
        term,
        valid=valid,
        actor=actor,
        reason=reason,
        content={"ended": "", "ended_why": ""},
    )
    _record(actor, "officer.extended", term, reason=reason, through=last_day.isoformat())


@transaction.atomic
def end_term(*, actor, term: OfficerTerm, day: dt.date, ended: str, reason: str) -> None:
    """The office is not held by the person from ``day`` on, before the end of the term, and why."""
    running = _running(actor, term)
    if ended not in OfficerEnd.values:
        raise Refused("Say why the term ends.", field="ended")
    reason = needed(reason, LONGEST, field="reason", otherwise="Say more: which letter or decision says so.")
    if not running.valid.lower < day < running.valid.upper:
        raise Refused(
            f"The term runs from {day_text(running.valid.lower)} through "
            f"{day_text(running.valid.upper - ONE_DAY)}: the first day without it is one after the first and "
            "not after the last.",
            field="day",
        )
    rewrite(
        OfficerTermPeriod,
        term,
        valid=days(running.valid.lower, day),
        actor=actor,
        reason=reason,
        keep_later=False,
        content={"ended": ended, "ended_why": reason},
    )
    _record(actor, "officer.ended", term, reason=reason, day=day.isoformat(), why=str(ended))


@transaction.atomic
def withdraw_term(*, actor, term: OfficerTerm, reason: str) -> None:
    """The term was recorded by mistake: it never was. What was known before stays answerable."""
    _locked(actor, term)
    reason = needed(reason, LONGEST, field="reason", otherwise="Say what was wrong.")
    void(OfficerTermPeriod, term, actor=actor, reason=reason)
    _record(actor, "officer.withdrawn", term, reason=reason)


def _lock(facility: Facility) -> None:
    """Hold the offices of the facility: they are given and ended one after the other."""
    list(Facility.objects.select_for_update(no_key=True).filter(pk=facility.pk).values_list("pk"))


def _locked(actor, term: OfficerTerm) -> OfficerTermPeriod:
    """The term as it is now, for whoever may act on it."""
    require(actor, PERMISSION, term.facility)
    _lock(term.facility)
    _require_not_own(actor, term.practitioner)
    live = term.periods.live().first()
    if live is None:
        raise Refused("This term was withdrawn: it never was.")
    return live


def _running(actor, term: OfficerTerm) -> OfficerTermPeriod:
    live = _locked(actor, term)
    if live.valid.upper <= clock.today(term.facility):
        raise Refused(f"The term is over since {day_text(live.valid.upper)}.")
    return live


def _require_not_own(actor, practitioner: Practitioner) -> None:
    if is_own_record(actor, practitioner):
        raise Forbidden("Nobody records their own office; let somebody else of the office do it.")


def _require_free(facility: Facility, office: str, valid, *, but: OfficerTerm | None = None) -> None:
    rows = OfficerTermPeriod.objects.live().filter(facility=facility, office=office, valid__overlap=valid)
    if but is not None:
        rows = rows.exclude(identity=but)
    other = rows.select_related("identity__practitioner").order_by("valid").first()
    if other is not None:
        raise Refused(
            f"{other.identity.practitioner} holds the office from {day_text(other.valid.lower)} through "
            f"{day_text(other.valid.upper - ONE_DAY)}: an office has one holder at a time.",
            field="start" if but is None else "last_day",
        )


def _require_eligible(practitioner: Practitioner, facility: Facility, on: dt.date) -> None:
    appointment = membership_status(practitioner=practitioner, facility=facility, on=on).appointment
    if appointment is None:
        raise Refused(
            f"{practitioner} has no appointment at {facility} on {day_text(on)}.", field="practitioner"
        )
    if appointment.category.code not in categories_for_office(facility, on):
        raise Refused(
            f"{practitioner} is in the category {appointment.category}, which may hold no office.",
            field="practitioner",
        )


def _require_sure(
    facility: Facility,
    office: str,
    practitioner: Practitioner,
    start: dt.date,
    after: dt.date,
    *,
    sure: bool,
    again: bool = False,
) -> None:
    if sure:
        return
    problems = term_problems(facility, office, practitioner, start, after)
    if again:  # how many terms there were was asked when it began
        problems = [each for each in problems if each.startswith("The term")]
    if problems:
        raise Doubtful(f'{" ".join(problems)} If it is meant so, tick "This is meant so".', field="sure")


def _record(actor, verb: str, term: OfficerTerm, *, reason: str = "", **data) -> None:
    record_event(
        actor=actor,
        verb=verb,
        subject=term,
        practitioner=term.practitioner,
        facility=term.facility,
        reason=reason,
        data={"office": str(term.office), **data},
    )
