"""Appointments: one term of membership by one decision."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from bylaws.choices import DecisionKind
from bylaws.models import Appointment, AppointmentPeriod, Decision, StaffCategory
from bylaws.parameters import APPOINTMENT_TERM, bind
from bylaws.policies import require_not_own_file
from bylaws.services.by_law import bar_by_law
from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.dates import add_months
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.kernel.periods import days, end_before, last_day, open_period, rewrite
from practitioners.selectors.canonical import among
from practitioners.services.people import lock_practitioner, lock_record


def longest_term_end(*, facility, start: dt.date) -> dt.date | None:
    """The open bound of the longest term that may begin on ``start``; None when no limit is recorded."""
    months = bind(APPOINTMENT_TERM.code, facility=facility, on=start).value
    return None if months is None else add_months(start, months)


@transaction.atomic
def open_appointment(
    *,
    actor,
    practitioner,
    facility,
    decision: Decision | None,
    decided_on: dt.date,
    category: StaffCategory,
    department,
    start: dt.date,
    end: dt.date,
    authority: str,
) -> Appointment:
    """A term from ``start`` to before ``end``, by a decision of the board (None: taken over from before).

    Refused: a start before the decision, a term beyond the strictest limit, a decision of another body. The
    live term it replaces ends the day it starts; what was known of it stays answerable. Somebody whom the law
    bars (an exclusion that was confirmed) is barred at once.
    """
    require(actor, "bylaws.record_minutes", facility)
    lock_practitioner(practitioner)
    require_not_own_file(actor, practitioner, doing="record an appointment on")
    valid = days(start, end)
    if decided_on > clock.today(facility):
        raise Refused(f"The decision of {day_text(decided_on)} lies in the future.", field="decided_on")
    if start < decided_on:
        raise Refused(
            f"An appointment cannot start ({day_text(start)}) before it was decided "
            f"({day_text(decided_on)}).",
            field="start",
        )
    if department.facility_id != facility.pk:
        raise Refused(f"{department} is not a department of {facility}.", field="department")
    if decision is not None:
        _check_decision(decision, practitioner, facility, decided_on)
    elif not authority.strip():
        raise Refused(
            "A term taken over from before says on whose authority it was given.", field="authority"
        )
    limit = bind(APPOINTMENT_TERM.code, facility=facility, on=start)
    if limit.is_set and end > add_months(start, limit.value):
        raise Refused(
            f"A term that starts {day_text(start)} may last through "
            f"{day_text(last_day(add_months(start, limit.value)))} "
            f"({limit.value} months, {limit.source}).",
            field="end",
        )
    moment = clock.now()
    _end_replaced(actor, practitioner, facility, valid, moment)
    appointment = Appointment.objects.create(
        practitioner=practitioner,
        facility=facility,
        decision=decision,
        decided_on=decided_on,
        authority=authority,
        created_at=moment,
        created_by=actor,
    )
    open_period(
        AppointmentPeriod,
        appointment,
        valid=valid,
        actor=actor,
        at=moment,
        category=category,
        department=department,
    )
    record_event(
        actor=actor,
        verb="appointment.opened",
        subject=appointment,
        practitioner=practitioner,
        facility=facility,
        data={
            "category": category.code,
            "department": department.code,
            "from": start.isoformat(),
            "through": last_day(end).isoformat(),
            "decided_on": decided_on.isoformat(),
        },
    )
    bar_by_law(practitioner=practitioner, facility=facility)
    return appointment


def _check_decision(decision: Decision, practitioner, facility, decided_on: dt.date) -> None:
    """Only the board's own decision on this person at this facility gives an appointment."""
    if decision.kind != DecisionKind.DECISION:
        raise Refused("Only the board grants; this is a recommendation.")
    if decision.practitioner_id != practitioner.pk or decision.facility_id != facility.pk:
        raise Refused("This decision is about somebody else or another facility.")
    if decision.decided_on != decided_on:
        raise Refused(f"The board decided on {day_text(decision.decided_on)}.", field="decided_on")


def _end_replaced(actor, practitioner, facility, valid: DateRange, moment: dt.datetime) -> None:
    """End the live terms the new one replaces; one that starts later is not replaced but in the way."""
    rows = (
        AppointmentPeriod.objects.live()
        .filter(practitioner__in=among([practitioner.pk]), facility=facility, valid__overlap=valid)
        .select_related("identity")
        .order_by("valid")
    )
    held: dict[int, AppointmentPeriod] = {}
    for row in rows:
        held.setdefault(row.identity_id, row)
    for row in held.values():
        if row.valid.lower >= valid.lower:
            raise Refused(
                f"{practitioner} already holds an appointment at {facility} that starts "
                f"{day_text(row.valid.lower)}.",
                field="start",
            )
        end_before(
            AppointmentPeriod,
            row.identity,
            day=valid.lower,
            actor=actor,
            reason="Replaced by a new term",
            at=moment,
        )


@transaction.atomic
def change_category(
    *, actor, appointment: Appointment, category: StaffCategory, department, decision: Decision, day: dt.date
) -> None:
    """From ``day`` to the end of its term the member is of another category, in ``department``, by a decision
    of the board: another row of the term's history. The term itself and every grant stay as they are.

    Refused: a term that does not hold on the day, the category and department held already.
    """
    require(actor, "bylaws.record_minutes", appointment.facility)
    lock_record(appointment.practitioner)
    require_not_own_file(actor, appointment.practitioner, doing="change the category on")
    _check_decision(decision, appointment.practitioner, appointment.facility, decision.decided_on)
    held = appointment.periods.live().filter(valid__contains=day).select_related("category").first()
    if held is None:
        raise Refused(f"The term does not hold on {day_text(day)}, so no category can change.", field="day")
    if held.category_id == category.pk and held.department_id == department.pk:
        raise Refused(f"{appointment.practitioner} is of the category {category} already.", field="category")
    last = max(row.valid.upper for row in appointment.periods.live() if row.valid.upper)
    rewrite(
        AppointmentPeriod,
        appointment,
        valid=days(day, last),
        actor=actor,
        reason=f"Change of category, decided on {day_text(decision.decided_on)}",
        content={"category": category, "department": department},
    )
    record_event(
        actor=actor,
        verb="appointment.category_changed",
        subject=appointment,
        practitioner=appointment.practitioner,
        facility=appointment.facility,
        data={
            "from": held.category.code,
            "to": category.code,
            "department": department.code,
            "day": day.isoformat(),
            "decision": str(decision.uid),
        },
    )


@transaction.atomic
def end_appointment(*, actor, appointment: Appointment, day: dt.date, reason: str) -> None:
    """The membership ends: it no longer holds from ``day`` on (resignation, death, termination)."""
    require(actor, "bylaws.record_minutes", appointment.facility)
    lock_record(appointment.practitioner)
    require_not_own_file(actor, appointment.practitioner, doing="end an appointment on")
    if not reason.strip():
        raise Refused("Say why the appointment ends.", field="reason")
    if not appointment.periods.live().filter(valid__overlap=DateRange(day, None)).exists():
        raise Refused(f"This appointment has already ended by {day_text(day)}.", field="day")
    end_before(AppointmentPeriod, appointment, day=day, actor=actor, reason=reason)
    record_event(
        actor=actor,
        verb="appointment.ended",
        subject=appointment,
        reason=reason,
        practitioner=appointment.practitioner,
        facility=appointment.facility,
        data={"from": day.isoformat()},
    )
