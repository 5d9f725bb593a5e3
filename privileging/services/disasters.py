"""Disaster privileges: it is decided within hours of arrival whether they continue, and they end with the
activation of the emergency operations plan.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import day_text, moment
from config.kernel.errors import Refused
from config.rulebook.selectors.parameters import resolve
from credentialing.models import Activation, Application
from privileging.models import VolunteerDecision
from privileging.parameters import LONGEST_DAYS
from privileging.selectors.disasters import decision_due, running_for, undecided_past
from privileging.selectors.for_a_time import grants_of, in_force
from privileging.services.for_a_time import begin_as_grantor, required_reason, run_until
from privileging.services.grants import end_grant


@transaction.atomic
def decide_volunteer(
    *,
    actor,
    application: Application,
    continues: bool,
    reason: str,
    until: dt.date | None = None,
    absence: str = "",
) -> VolunteerDecision:
    """Whoever granted decides whether the volunteer's privileges continue, through ``until`` (inclusive;
    default and at most ``privileging.longest_days`` from today), or end today.

    Within the hours from arrival; later only what was continued is continued again. Refused while nothing is
    in force, and once the emergency operations plan is no longer activated. ``absence`` says why a designee
    acts. Source: EM.12.02.03.
    """
    capacity, application = begin_as_grantor(actor, application, absence)
    activation, due = application.activation, decision_due(application)
    if activation is None or due is None:
        raise Refused("This is no file of a volunteer in a disaster.")
    today, now = clock.today(application.facility), clock.now()
    rows = in_force(grants_of(application), today)
    if not activation.is_active or not rows:
        raise Refused("What was granted has ended: there is nothing to continue.")
    if now > due and not application.volunteer_decisions.exists():
        raise Refused(
            f"The hours ended on {moment(due)} without a decision. Open another file if they still help."
        )
    text = required_reason(reason, "Say what the decision rests on.")
    last = _last_day(application, until, today) if continues else None
    for row in rows:
        if last is None:
            end_grant(actor=system_user(), grant=row.identity, day=today, reason=f"Not continued: {text}")
        elif row.end != last:
            run_until(actor=actor, row=row, until=last, reason=f"{capacity}: continues. {text}")
    made = VolunteerDecision.objects.create(
        application=application,
        continues=continues,
        until=last,
        reason=text,
        decided_at=now,
        decided_by=actor,
        capacity=capacity,
    )
    record_event(
        actor=actor,
        verb="application.volunteer_continued" if continues else "application.volunteer_ended",
        subject=application,
        reason=text,
        practitioner=application.practitioner,
        facility=application.facility,
        data={"until": last.isoformat() if last else None, "capacity": capacity},
    )
    return made


def _last_day(application: Application, until: dt.date | None, today: dt.date) -> dt.date:
    """The day through which they continue; refused where it is past, or further than the facility allows."""
    limit = resolve(LONGEST_DAYS.code, subject=application.kind, facility=application.facility, on=today)
    if not limit.is_set:
        raise Refused("No limit is on record; load the parameters first.")
    latest = today + dt.timedelta(days=int(limit.value) - 1)
    if until is None:
        return latest
    if until < today:
        raise Refused("The last day lies in the past.", field="until")
    if until > latest:
        raise Refused(
            f"They continue for at most {limit.value} days, through {day_text(latest)} ({limit.citation}).",
            field="until",
        )
    return until


@transaction.atomic
def end_with_activation(activation: Activation) -> None:
    """The plan is no longer activated: what volunteers for the emergency hold ends today. In the system's
    name: it follows from the act.
    """
    if activation.ended_at is None:
        return
    day = clock.date_at(activation.ended_at, activation.facility)
    for row in running_for(activation, day):
        end_grant(
            actor=system_user(),
            grant=row.identity,
            day=day,
            reason=f"The emergency operations plan is no longer activated ({activation}).",
        )


def end_undecided() -> int:
    """End what runs although its hours passed without a decision; answers for how many volunteers. Running it
    twice changes nothing.
    """
    late = undecided_past(clock.now())
    for application in late:
        _end_undecided(application)
    return len(late)


@transaction.atomic
def _end_undecided(application: Application) -> None:
    day = clock.today(application.facility)
    for row in grants_of(application):
        if row.valid.upper > day:
            end_grant(
                actor=system_user(),
                grant=row.identity,
                day=day,
                reason="The hours from arrival passed without a decision to continue.",
            )
