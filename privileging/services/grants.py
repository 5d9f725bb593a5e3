"""Granting privileges."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from bylaws.choices import ALONE, DecisionKind
from bylaws.models import Decision
from bylaws.policies import require_not_own_file
from bylaws.services.by_law import bar_by_law
from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.kernel.periods import days, end_before, last_day, open_period
from config.organization.models import Facility
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among
from practitioners.services.people import lock_practitioner, lock_record
from privileging.choices import GrantKind
from privileging.models import FormLine, Grant, GrantPeriod, RequestLine
from privileging.rules.settings import conditions_with


@transaction.atomic
def open_grant(
    *,
    actor,
    practitioner: Practitioner,
    facility: Facility,
    form_line: FormLine,
    decision: Decision | None,
    decided_on: dt.date,
    authority: str,
    start: dt.date,
    end: dt.date,
    conditions: str = "",
    request_line: RequestLine | None = None,
    kind: str = GrantKind.FULL,
) -> Grant:
    """One privilege from ``start`` to before ``end``, by the decision (None: taken over from before).

    A grant never starts before its decision. The live grant of the same privilege that it replaces ends the
    day it starts (one for a time may have begun that day: then it never held); what was known of it stays
    answerable. A grant for a time (``kind``) replaces no full one.
    The settings of the form line (sites, patients, supervision) become conditions of the grant; what is taken
    over is recorded as it was given.
    Somebody whom the law bars (an exclusion that was confirmed) is barred at once, whatever was granted.
    The caller is inside the transaction of the decision and records the audit event of the whole.
    """
    # An officer who grants alone does so by that office; everything else is recorded from a body's act.
    alone = decision is not None and decision.body in ALONE
    require(actor, "bylaws.recommend" if alone else "bylaws.record_minutes", facility)
    require_not_own_file(actor, practitioner, doing="grant privileges in")
    lock_practitioner(practitioner)
    valid = days(start, end)
    if start < decided_on:
        raise Refused(
            f"A privilege cannot start ({day_text(start)}) before it was decided ({day_text(decided_on)})."
        )
    if decision is not None and decision.kind != DecisionKind.DECISION:
        raise Refused("Only the board grants; this is a recommendation.")
    if decision is None and not authority.strip():
        raise Refused("A grant taken over from before says on whose authority it was given.")
    moment = clock.now()
    _end_replaced(actor, practitioner, facility, form_line, valid, moment, kind)
    grant = Grant.objects.create(
        practitioner=practitioner,
        facility=facility,
        privilege_id=form_line.privilege_id,
        form_line=form_line,
        request_line=request_line,
        decision=decision,
        decided_on=decided_on,
        kind=kind,
        authority=authority,
        created_at=moment,
        created_by=actor,
    )
    if decision is not None:
        conditions = conditions_with(form_line.settings, conditions)
    open_period(GrantPeriod, grant, valid=valid, actor=actor, at=moment, conditions=conditions.strip())
    bar_by_law(practitioner=practitioner, facility=facility)
    return grant


def _end_replaced(
    actor,
    practitioner: Practitioner,
    facility: Facility,
    form_line: FormLine,
    valid: DateRange,
    moment: dt.datetime,
    kind: str,
) -> None:
    rows = (
        GrantPeriod.objects.live()
        .filter(
            practitioner__in=among([practitioner.pk]),
            facility=facility,
            privilege_id=form_line.privilege_id,
            valid__overlap=valid,
        )
        .select_related("identity")
        .order_by("valid")
    )
    held: dict[int, GrantPeriod] = {}
    for row in rows:
        held.setdefault(row.identity_id, row)
    for row in held.values():
        if kind != GrantKind.FULL and row.kind == GrantKind.FULL:
            raise Refused(
                f"{form_line.privilege} is granted at {facility} already, through "
                f"{day_text(last_day(row.valid.upper))}; a grant for a time does not take its place."
            )
        # A full grant takes the place of one for a time, also of one that began the same day.
        takes_over = kind == GrantKind.FULL and row.kind != GrantKind.FULL
        if row.valid.lower >= valid.lower and not takes_over:
            raise Refused(
                f"{form_line.privilege} is already granted from {day_text(row.valid.lower)} at {facility}."
            )
        end_before(
            GrantPeriod,
            row.identity,
            day=valid.lower,
            actor=actor,
            reason="Replaced by a new grant",
            at=moment,
        )


@transaction.atomic
def end_grant(*, actor, grant: Grant, day: dt.date, reason: str) -> None:
    """The privilege no longer holds from ``day`` on (given up, ended by a decision)."""
    require(actor, "bylaws.record_minutes", grant.facility)
    require_not_own_file(actor, grant.practitioner, doing="end a privilege in")
    lock_record(grant.practitioner)
    if not reason.strip():
        raise Refused("Say why the privilege ends.", field="reason")
    if not grant.periods.live().filter(valid__overlap=DateRange(day, None)).exists():
        raise Refused(f"This privilege has already ended by {day_text(day)}.", field="day")
    end_before(GrantPeriod, grant, day=day, actor=actor, reason=reason)
    record_event(
        actor=actor,
        verb="grant.ended",
        subject=grant,
        reason=reason,
        practitioner=grant.practitioner,
        facility=grant.facility,
        data={"from": day.isoformat(), "privilege": grant.privilege.code},
    )


def held_before(practitioner: Practitioner, facility: Facility, on: dt.date) -> set[int]:
    """Ids of the privileges held at the facility on the day before ``on``, or granted for a time on that day:
    granting them again is not new.

    What was granted by proxy does not count: another hospital evaluated it, and nobody has here.
    """
    return set(
        GrantPeriod.objects.live()
        .filter(
            practitioner__in=among([practitioner.pk]),
            facility=facility,
            valid__overlap=DateRange(on - dt.timedelta(days=1), on + dt.timedelta(days=1)),
        )
        .exclude(kind=GrantKind.TELEMEDICINE)
        .values_list("privilege_id", flat=True)
    )
