"""What becomes of privileges granted for a time: they run longer, or end with what they waited beside."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from bylaws.choices import Body
from bylaws.models import ReviewStep
from bylaws.selectors.officers import is_office
from bylaws.selectors.reviews import require_reviewer, reviewers_of
from bylaws.wording import office_word
from config.accounts.policies import require
from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.kernel.periods import last_day, rewrite, through
from credentialing.choices import ApplicationStatus
from credentialing.endings import ENDED_BESIDE
from credentialing.models import Application
from credentialing.models.applications import OPEN_STATUSES
from credentialing.services.guards import begin_application
from practitioners.selectors.canonical import among
from privileging.models import GrantPeriod
from privileging.selectors.for_a_time import Limit, grants_of, in_force, limit_of, waiting_beside
from privileging.services.grants import end_grant
from privileging.services.spans import end_of_term, term_in_force

#: How long a reason may be, in characters.
LONGEST_REASON = 1000
GRANTED = (ApplicationStatus.APPROVED, ApplicationStatus.APPROVED_MODIFIED)


@transaction.atomic
def extend_grants(
    *, actor, application: Application, until: dt.date, reason: str, absence: str = ""
) -> list[GrantPeriod]:
    """What the application granted for a time runs through ``until`` (inclusive) instead.

    Whoever may grant extends; whoever acted on the file before, does not. The days count with those before:
    day 1 is the first day of any grant beside the same application. Refused past the longest time, past a
    member's own term, when it has ended already, and when it would not run longer. ``absence`` says why a
    designee acts.
    """
    capacity, application = begin_as_grantor(actor, application, absence)
    today = clock.today(application.facility)
    rows = in_force(grants_of(application), today)
    if not rows:
        raise Refused("What was granted has ended: ask for it anew.")
    text = required_reason(reason, "Say why they run longer.")
    limit = limit_of(application, today)
    if limit is None:
        raise Refused("No limit is on record; load the parameters first.")
    if sentence := why_not_until(application, rows, limit, until, today):
        raise Refused(sentence, field="until")
    for row in rows:
        run_until(actor=actor, row=row, until=until, reason=f"{capacity}: {text}")
    record_event(
        actor=actor,
        verb="application.grants_extended",
        subject=application,
        reason=text,
        practitioner=application.practitioner,
        facility=application.facility,
        data={
            "through": until.isoformat(),
            "capacity": capacity,
            "privileges": [row.privilege.code for row in rows],
        },
    )
    return in_force(grants_of(application), today)


def why_not_until(
    application: Application, rows: Sequence[GrantPeriod], limit: Limit, until: dt.date, today: dt.date
) -> str:
    """Why what runs today cannot run through the day, in a sentence; empty when it can. Two queries."""
    runs = max(last_day(row.valid.upper) or row.valid.lower for row in rows)
    if until <= runs:
        return f"They run through {day_text(runs)} already."
    if (through(until) or until) > limit.end:
        return f"They cannot run through {day_text(until)}. {limit.sentence}"
    held = term_in_force(application, today)
    if held is not None and (through(until) or until) > end_of_term(held):
        return f"The term ends with {day_text(last_day(end_of_term(held)))}: nothing is granted past it."
    later = GrantPeriod.objects.live().filter(
        practitioner__in=among([application.practitioner_id]),
        facility=application.facility,
        privilege__in=[row.privilege_id for row in rows],
        valid__overlap=DateRange(min(row.valid.upper for row in rows), through(until)),
    )
    if other := later.exclude(pk__in=[row.pk for row in rows]).order_by("valid").first():
        return f"{other.privilege} is granted anew from {day_text(other.valid.lower)}."
    return ""


@transaction.atomic
def run_until(*, actor, row: GrantPeriod, until: dt.date, reason: str) -> None:
    """The grant runs through the day instead: one stretch, so that the ward is told its real last day."""
    rewrite(
        GrantPeriod,
        row.identity,
        valid=DateRange(row.valid.lower, through(until)),
        actor=actor,
        reason=reason,
        content=row.content(),
    )


def begin_as_grantor(actor, application: Application, absence: str) -> tuple[str, Application]:
    """The office in which the person may change what the application granted, and the application as it is
    now, locked. ``Forbidden`` for whoever does not hold the office, or acted on the file before.
    """
    require(actor, "bylaws.recommend", application.facility)
    application = begin_application(actor, application)
    if application.status not in GRANTED:
        raise Refused(f'The application is "{application.get_status_display()}": nothing is granted by it.')
    step = granting_step(application)
    if step is None:
        raise Refused("No officer granted this alone: what runs longer is asked for anew.")
    reviewer = require_reviewer(actor, step)
    if not reviewer.stands_in:
        return reviewer.office, application
    if not reviewer.why and not absence.strip():
        first = reviewers_of(step)[0]
        raise Refused(
            f"{first.user} is in office as {first.office.lower()}. "
            f"Say why you act in the {office_word(step.body)}'s place.",
            field="absence",
        )
    return f"{reviewer.office}: {reviewer.why or absence.strip()}"[:300], application


def granting_step(application: Application) -> ReviewStep | None:
    """The step of the officer who granted it; None where a meeting did. One query."""
    step = (
        ReviewStep.objects.filter(case__subject_uid=application.uid)
        .select_related("case__facility", "case__practitioner", "case__department")
        .order_by("-case_id", "-order")
        .first()
    )
    return step if step is not None and is_office(Body(step.body)) else None


def required_reason(reason: str, sentence: str) -> str:
    """The reason as it is kept; refused where there is none, or it is too long."""
    text = reason.strip()
    if not text:
        raise Refused(sentence, field="reason")
    if len(text) > LONGEST_REASON:
        raise Refused(f"Say it in at most {LONGEST_REASON} characters.", field="reason")
    return text


# --- with the application they waited beside -------------------------------------------------------------


@transaction.atomic
def end_beside(application: Application) -> None:
    """What was granted for a time beside this application ends, now that it is decided or closed.

    From the day of the decision on, or of the closing. What the decision grants in full keeps its temporary
    grant until the full one begins, which takes its place. In the system's name: it follows from the act.
    """
    if application.status in OPEN_STATUSES:
        return
    day = application.decided_on or clock.today(application.facility)
    rows = waiting_beside(application, day)
    if not rows:
        return
    system = system_user()
    granted = {row.privilege_id for row in grants_of(application)}
    beside = f"{application.get_kind_display().lower()}: {application.get_status_display().lower()}"
    ended: dict[Application, list[GrantPeriod]] = defaultdict(list)
    for row in rows:
        if row.privilege_id not in granted:
            end_grant(
                actor=system,
                grant=row.identity,
                day=day,
                reason=f"The application it waited beside is closed ({beside}).",
            )
            ended[row.identity.request_line.request.application].append(row)
    for file, gone in ended.items():
        record_event(
            actor=system,
            verb=ENDED_BESIDE,
            subject=file,
            reason=f"The application they waited beside is closed ({beside}).",
            practitioner=file.practitioner,
            facility=file.facility,
            data={
                "from": day.isoformat(),
                "beside": beside,
                "application": str(application.uid),
                "privileges": [row.privilege.name for row in gone],
            },
        )
