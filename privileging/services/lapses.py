"""Terms that ran out because nobody asked for another: whoever follows the data bank is asked about each.

Not renewing while under investigation, or to avoid one, is a surrender (45 CFR 60.12(a)(1)(ii)), and nobody
is there to be asked when a term runs out.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from functools import partial

from django.db import transaction
from django.db.models import Q

from bylaws.choices import DataBankAnswer, DataBankQuestionKind
from bylaws.models import AppointmentPeriod, DataBankQuestion
from bylaws.services.questions import drop_questions, raise_question
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
#: Why nobody is asked about a term any more.
NOT_SO = (
    "Another term, an application for one or a departure was recorded since: the term did not run out so."
)


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
    """A question for each term that ran out by the day. Where a renewal or a departure was recorded late,
    nobody is asked any more. Running it twice asks nothing twice.
    """
    questions = DataBankQuestion.objects.filter(facility=facility, kind=DataBankQuestionKind.LAPSED)
    waiting = set(questions.filter(answer="").values_list("subject_uid", flat=True))
    lapsed = {term.identity.uid: term for term in lapsed_terms(facility, on, waiting)}
    drop_questions(actor=actor, subject_uids=waiting - set(lapsed), reason=NOT_SO)
    asked = questions.filter(subject_uid__in=lapsed).exclude(answer=DataBankAnswer.MOOT)
    known = set(asked.values_list("subject_uid", flat=True))
    new = [term for uid, term in lapsed.items() if uid not in known]
    people = Practitioner.every.in_bulk({term.practitioner_id for term in new})
    for term in new:
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
    return {"asked": len(new)}


def lapsed_terms(
    facility: Facility, on: dt.date, waiting: Collection[uuid.UUID] = ()
) -> list[AppointmentPeriod]:
    """Terms that carried privileges and ran out lately, or are ``waiting`` (the uids of appointments) for an
    answer, with no later term, no departure and no application for another that was received; four queries at
    most. An application that was withdrawn, never completed or not granted asks for itself, and of a term
    recorded after it had ended, as those of an earlier system are, nobody here was there to know.
    """
    ended = [
        term
        for term in AppointmentPeriod.objects.live()
        .filter(
            Q(valid__endswith__gt=on - LOOK_BACK) | Q(identity__uid__in=waiting),
            facility=facility,
            valid__endswith__lte=on,
            category__carries_privileges=True,
        )
        .select_related("identity")
        .order_by("valid", "pk")
        if term.identity.uid in waiting
        or clock.date_at(term.identity.created_at, facility) < term.valid.upper
    ]
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
    return [
        term
        for term in ended
        if latest[whose[term.practitioner_id]] == term.valid.upper
        and not any(day >= term.valid.lower + ONE_DAY for day in left.get(whose[term.practitioner_id], ()))
    ]
