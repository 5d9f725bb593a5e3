"""What makes a reviewer look twice at some of the files on their way, and what was made of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from config.demo.desk import Desk, File
from config.kernel.periods import through
from credentialing.models import RedFlag
from credentialing.selectors.assessment import delta_of
from credentialing.services import assessment, flags
from practitioners.choices import SaidBy
from practitioners.models import DisclosureQuestionSet
from practitioners.services.credentials import record_claim
from practitioners.services.disclosures import Answer, record_answers


def answer_questions(desk: Desk, file: File, **odd: str) -> None:
    """The answers of an application: clear ones but to those named, which are explained."""
    questions = DisclosureQuestionSet.objects.order_by("-asked_from", "-pk")[0]
    desk.do(
        record_answers,
        actor=file.application.coordinator,
        practitioner=file.practitioner,
        question_set=questions,
        answered_on=desk.moment.date(),
        answers={
            each.code: Answer(each.clear_answer ^ (each.code in odd), odd.get(each.code, ""))
            for each in questions.questions.all()
        },
        said_by=SaidBy.APPLICANT,
    )


def state_claim(desk: Desk, file: File, filed: dt.date, number: str, **extra: Any) -> None:
    """A malpractice claim the applicant states."""
    _state(desk, file, "CLAIM", filed, extra.pop("closed", None), "County court", extra, number=number)


def state_affiliation(desk: Desk, file: File, first: dt.date, last: dt.date, **extra: Any) -> None:
    """Another hospital where the applicant held privileges."""
    _state(desk, file, "AFFILIATION", first, last, "Harbor Point Hospital", extra)


def _state(
    desk: Desk,
    file: File,
    code: str,
    first: dt.date,
    last: dt.date | None,
    issuer: str,
    extra: dict[str, Any],
    *,
    number: str = "",
) -> None:
    desk.do(
        record_claim,
        actor=file.application.coordinator,
        practitioner=file.practitioner,
        type_code=code,
        issuer=issuer,
        number=number,
        valid=DateRange(first, through(last)),
        extra=extra,
        said_by=SaidBy.APPLICANT,
    )


def three_paid(desk: Desk, file: File) -> None:
    """Three paid claims in ten years, told of: more than the hospital takes without a second look."""
    day = desk.moment.date()
    told = (
        ("Bile duct injured during an operation.", 185_000, 8),
        ("A wound infection found late.", 40_000, 5),
        ("A sponge left behind; removed the next day.", 95_000, 3),
    )
    for number, (allegation, paid, years) in enumerate(told, start=1):
        filed = dt.date(day.year - years, 3, 2 + number)
        state_claim(
            desk, file, filed, f"CV-{filed.year}-{number:03}",
            closed=filed + dt.timedelta(days=500), outcome="settled", paid_usd=paid, allegation=allegation,
            role="Surgeon",
        )  # fmt: skip
    answer_questions(desk, file, claims="Three claims, each settled without an admission; see the list.")


def left_under_a_cloud(desk: Desk, file: File) -> None:
    """Left a hospital not in good standing, and says so; something is for the director alone."""
    day = desk.moment.date()
    state_affiliation(
        desk, file, dt.date(day.year - 6, 2, 1), dt.date(day.year - 5, 11, 30), good_standing=False,
        staff_category="Active", left_because="Charts were not finished in time when I moved.",
    )  # fmt: skip
    answer_questions(
        desk,
        file,
        privileges="I was suspended for unfinished charts when I left Harbor Point.",
        functions="I would like to talk about night calls with the director.",
    )


def dispose(desk: Desk, file: File, code: str, text: str) -> None:
    """The coordinator writes what was made of the flags of a code."""
    for flag in RedFlag.objects.filter(application=file.application, code=code, status="open"):
        desk.do(flags.dispose, actor=file.application.coordinator, flag=flag, disposition=text)


def news_in_review(desk: Desk, file: File) -> None:
    """With the chair already, the applicant tells of a claim; the office has looked at a part of it."""
    day = desk.moment.date()
    state_claim(
        desk, file, day - dt.timedelta(days=9), f"CV-{day.year}-114", outcome="open",
        allegation="A stroke recognized late; the patient died.", role="Attending",
    )  # fmt: skip
    actor = file.application.coordinator
    application = file.reread()
    desk.do(flags.sync_flags, application=application)
    delta = delta_of(application, viewer=actor)
    if delta is not None and delta.to_see:
        desk.do(
            assessment.see_changes,
            actor=actor,
            application=application,
            keys=[delta.to_see[-1].change.key],
            note="The applicant wrote at once; the carrier confirmed that the claim is open.",
        )
