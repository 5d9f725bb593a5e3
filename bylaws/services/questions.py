"""Questions the data bank puts to a person: raised where something happened, answered with one word.

Nothing is reported by itself, and nothing is taken for unreportable by itself. What is given up while under
investigation, or to avoid one, is reportable from its first day (45 CFR 60.12(a)(1)(ii)); what is done for
cause, meaning professional competence or conduct, once it lasts (60.12(a)(1)(i)).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection

from django.db import transaction

from bylaws.choices import (
    QUESTION_ENDS,
    QUESTION_RECORDS,
    AdverseActionKind,
    DataBankAnswer,
    DataBankQuestionKind,
    InvestigationAnswer,
)
from bylaws.imposed import last_day_imposed
from bylaws.models import AdverseAction, DataBankQuestion
from bylaws.policies import require_not_own_file
from bylaws.rules.reach import require_within
from bylaws.selectors.investigations import investigations_on
from bylaws.services.data_bank import LONGEST, YEARS_BACK, begin_action, end_with
from bylaws.services.investigations import LONGEST_CITATION, begin_investigation, said
from config.accounts.choices import DataClass
from config.accounts.policies import require, require_class
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.organization.models import Facility
from practitioners.models import Practitioner
from practitioners.services.people import lock_record

#: A departure or a decision may lie so many years ahead.
YEARS_AHEAD = 2
#: What an answer to the question about an investigation records: a surrender counts from its first day, and
#: where it is not known yet somebody has to find out.
SURRENDER = {
    InvestigationAnswer.YES: AdverseActionKind.SURRENDER,
    InvestigationAnswer.NOT_KNOWN: AdverseActionKind.SURRENDER_UNCLEAR,
}


@transaction.atomic
def raise_question(
    *,
    actor,
    practitioner: Practitioner,
    facility: Facility,
    kind: str,
    subject_uid: uuid.UUID,
    day: dt.date,
    about: str,
) -> DataBankQuestion:
    """Ask whoever follows the data bank. Called within what raises it; asked once for one subject and kind,
    and again it changes nothing, unless nobody was asked any more meanwhile. ``about`` says what happened,
    ``day`` since when it is in force.
    """
    # No event of its own: beside the one of the act it would tell what is peer review, that an evaluation was
    # opened for cause. The row says who raised it and when.
    question, _ = DataBankQuestion.objects.exclude(answer=DataBankAnswer.MOOT).get_or_create(
        kind=kind,
        subject_uid=subject_uid,
        defaults={
            "practitioner": practitioner,
            "facility": facility,
            "day": day,
            "about": about[:LONGEST],
            "raised_at": clock.now(),
            "raised_by": actor,
        },
    )
    return question


@transaction.atomic
def surrendered(
    *,
    actor,
    practitioner: Practitioner,
    facility: Facility,
    investigation: str,
    what: str,
    day: dt.date,
    subject_uid: uuid.UUID,
) -> AdverseAction | None:
    """Something was given up from ``day`` on; what follows for the data bank. The adverse action with its
    clock, where there is one.

    ``investigation`` is the answer of whoever recorded it (:class:`InvestigationAnswer`): a yes is counted
    at once, and so is what is not known yet. A no is asked again where an investigation is on record for
    that day; an empty answer, because nobody was there to be asked. Called within the act, which asked who
    may and locked the person.
    """
    kind = SURRENDER.get(InvestigationAnswer(investigation)) if investigation else None
    if kind is not None:
        return begin_action(
            actor=actor, practitioner=practitioner, facility=facility, kind=kind, cause=what, start=day
        )
    open_then = investigations_on(practitioner, facility, day)
    if investigation and not open_then:
        return None
    known = "".join(
        f" An investigation is on record from {day_text(row.valid.lower)}: {row.identity.opened_by}."
        for row in open_then
    )
    word = " It was recorded as given up without one." if investigation else ""
    raise_question(
        actor=actor,
        practitioner=practitioner,
        facility=facility,
        kind=DataBankQuestionKind.GIVEN_UP,
        subject_uid=subject_uid,
        day=day,
        about=f"{what}{word}{known}",
    )
    return None


@transaction.atomic
def answer_question(
    *,
    actor,
    question: DataBankQuestion,
    answer: str,
    day: dt.date | None = None,
    last_day: dt.date | None = None,
    reason: str = "",
) -> DataBankQuestion:
    """A person's yes or no. A yes records the adverse action with what the question is about, in force from
    ``day`` (default: the day of the question), or opens the record of an investigation. A limit that is over
    ends with its ``last_day``; proctoring with what imposed it at the latest. A no needs words.
    """
    require(actor, "bylaws.report_actions", question.facility)
    require_class(actor, DataClass.PEER_REVIEW, question.facility)
    lock_record(question.practitioner)
    require_not_own_file(actor, question.practitioner, doing="answer for the data bank about")
    asked = DataBankQuestion.objects.select_for_update(of=("self",)).get(pk=question.pk)
    if asked.answer:
        raise Refused("This question was answered already.")
    if answer not in (DataBankAnswer.YES, DataBankAnswer.NO):
        raise Refused("Answer yes or no.", field="answer")
    text = reason.strip()
    if answer == DataBankAnswer.NO or text:
        text = said(text, "Say why not, in a sentence.", "reason", LONGEST // 2)
    if answer == DataBankAnswer.YES:
        _record(actor, asked, day or asked.day, last_day, text)
    return _settle(actor, asked, answer, text)


def _record(actor, asked: DataBankQuestion, day: dt.date, last_day: dt.date | None, text: str) -> None:
    require_within(
        day,
        today=clock.today(asked.facility),
        back=YEARS_BACK,
        # An investigation is recorded when it has begun, as where it is opened by hand.
        ahead=YEARS_AHEAD if asked.kind in QUESTION_RECORDS else 0,
        field="day",
        what="The first day",
    )
    cause = f"{asked.about[: LONGEST // 2]}\n{text}".strip()
    of = {"actor": actor, "practitioner": asked.practitioner, "facility": asked.facility, "start": day}
    if asked.kind in QUESTION_RECORDS:
        kind = QUESTION_RECORDS[DataBankQuestionKind(asked.kind)]
        ended, why = _ended(asked, day, last_day)
        asked.action = begin_action(kind=kind, cause=cause, **of)
        if ended is not None:
            end_with(actor=actor, action=asked.action, day=ended + ONE_DAY, reason=why)
    else:
        cited = (text or "Focused evaluation for cause").splitlines()[0][:LONGEST_CITATION]
        asked.investigation = begin_investigation(opened_by=cited, about=cause, **of)


def _ended(asked: DataBankQuestion, day: dt.date, last_day: dt.date | None) -> tuple[dt.date | None, str]:
    """The last day of what a yes records where it is over already, and how that is known."""
    if last_day is not None and asked.kind not in QUESTION_ENDS:
        raise Refused("This has no last day.", field="last_day")
    proctored = asked.kind == DataBankQuestionKind.PROCTORED
    imposed = last_day_imposed(asked.subject_uid, asked.day) if proctored else None
    if imposed is not None and day > imposed:
        raise Refused(f"What imposed it ended with {day_text(imposed)}: it began before.", field="day")
    if last_day is None or last_day == imposed:
        return imposed, "The evaluation that imposed it was closed before this was answered."
    if imposed is not None and last_day > imposed:
        raise Refused(f"What imposed it ended with {day_text(imposed)}.", field="last_day")
    if last_day < day:
        raise Refused("It cannot end before its first day.", field="last_day")
    if last_day > clock.today(asked.facility):
        raise Refused("Record the end when it has come.", field="last_day")
    return last_day, "Whoever answered the question said so."


@transaction.atomic
def drop_questions(*, actor, subject_uids: Collection[uuid.UUID], reason: str) -> None:
    """What raised them was taken back, or is not so: nothing is asked any more. Called within the act that
    says so, which asked who may; what a person answered stays.
    """
    for asked in DataBankQuestion.objects.select_for_update(of=("self",)).filter(
        subject_uid__in=subject_uids, answer=""
    ):
        _settle(actor, asked, DataBankAnswer.MOOT, reason)


def _settle(actor, asked: DataBankQuestion, answer: str, reason: str) -> DataBankQuestion:
    asked.answer, asked.reason = answer, reason
    asked.answered_at, asked.answered_by = clock.now(), actor
    asked.save(update_fields=["answer", "reason", "answered_at", "answered_by", "action", "investigation"])
    record_event(  # without the question or the answer: the trail is read without the class
        actor=actor,
        verb="data_bank_question.answered",
        subject=asked,
        practitioner=asked.practitioner,
        facility=asked.facility,
        data={},
    )
    return asked
