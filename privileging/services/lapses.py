"""Terms that ran out because nobody asked for another: whoever follows the data bank is asked about each.

Not renewing while under investigation, or to avoid one, is a surrender (45 CFR 60.12(a)(1)(ii)), and nobody
is there to be asked when a term runs out.
"""

from __future__ import annotations

import datetime as dt
from functools import partial

from django.db import transaction

from bylaws.choices import DataBankQuestionKind
from bylaws.models import AppointmentPeriod, DataBankQuestion
from bylaws.services.questions import raise_question
from config.accounts.services.users import system_user
from config.audit.services.jobs import run_job
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.kernel.display.dates import day_text
from config.organization.models import Facility
from credentialing.choices import ApplicationKind
from credentialing.models import Application
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among, persons
from privileging.models import Departure

JOB = "lapsed-terms"
#: Terms that ran out longer ago are not asked about any more: what a night missed is made good for.
LOOK_BACK = dt.timedelta(days=92)


def ask_everywhere() -> dict[str, str]:
    """:func:`ask_about_lapses` at every facility, each of its days once.

    A facility that fails does not keep the others from theirs; the ledger of jobs says what went wrong.
    """
    answer: dict[str, str] = {}
    failures = []
    for facility in Facility.objects.order_by("code"):
        day = clock.today(facility)
        key = f"{facility.code}:{day.isoformat()}"
        try:
            run = run_job(JOB, key, partial(ask_about_lapses, actor=system_user(), facility=facility, on=day))
        except Exception as problem:  # the ledger has the whole text; the other facilities go on
            failures.append(f"{key}: {type(problem).__name__}: {problem}")
        else:
            answer[key] = str(run.status)
    if failures:
        raise LapsesFailed("; ".join(failures))
    return answer


class LapsesFailed(RuntimeError):
    """At least one facility was not looked through; the ledger says which and why."""


@transaction.atomic
def ask_about_lapses(*, actor, facility: Facility, on: dt.date) -> dict[str, int]:
    """A question for each term that ran out by the day. Running it twice asks nothing twice."""
    lapsed = lapsed_terms(facility, on)
    people = Practitioner.every.in_bulk({term.practitioner_id for term in lapsed})
    for term in lapsed:
        raise_question(
            actor=actor,
            practitioner=people[term.practitioner_id],
            facility=facility,
            kind=DataBankQuestionKind.LAPSED,
            subject_uid=term.identity.uid,
            day=term.valid.upper,
            about=f"The term ran out with {day_text(term.end)}; no application for another was received, and "
            "no departure is recorded.",
        )
    return {"asked": len(lapsed)}


def lapsed_terms(facility: Facility, on: dt.date) -> list[AppointmentPeriod]:
    """Terms that carried privileges and ran out lately, with no later term, no departure, no application for
    another that was received, and nobody asked yet; five queries at most. An application that was withdrawn,
    never completed or not granted asks for itself.
    """
    ended = list(
        AppointmentPeriod.objects.live()
        .filter(
            facility=facility,
            valid__endswith__gt=on - LOOK_BACK,
            valid__endswith__lte=on,
            category__carries_privileges=True,
        )
        .select_related("identity")
        .order_by("valid", "pk")
    )
    if not ended:
        return []
    whose = persons({term.practitioner_id for term in ended})
    records = list(Practitioner.every.filter(pk__in=among(set(whose.values()))).values_list("pk", flat=True))
    whose |= persons(records)
    here = {"practitioner__in": records, "facility": facility}
    latest: dict[int, dt.date] = {}
    for record, upper in AppointmentPeriod.objects.live().filter(**here).values_list("practitioner", "valid"):
        end = upper.upper or dt.date.max
        latest[whose[record]] = max(end, latest.get(whose[record], end))
    left: dict[int, list[dt.date]] = {}
    for record, day in Departure.objects.filter(taken_back_at=None, **here).values_list(
        "practitioner", "day"
    ):
        left.setdefault(whose[record], []).append(day)
    for record, received in Application.objects.filter(
        kind=ApplicationKind.REAPPOINTMENT, received_on__isnull=False, **here
    ).values_list("practitioner", "received_on"):
        if received is not None:
            left.setdefault(whose[record], []).append(received)
    asked = set(
        DataBankQuestion.objects.filter(
            kind=DataBankQuestionKind.LAPSED, subject_uid__in=[term.identity.uid for term in ended]
        ).values_list("subject_uid", flat=True)
    )
    return [
        term
        for term in ended
        if term.identity.uid not in asked
        and latest[whose[term.practitioner_id]] == term.valid.upper
        and not any(day >= term.valid.lower + ONE_DAY for day in left.get(whose[term.practitioner_id], ()))
    ]
