"""Drafting an amendment of the bylaws, and recording its way: notice, ballot, board, in force on its day."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from bylaws.choices import AmendmentStatus
from bylaws.models import Amendment, AmendmentStep, AmendmentValue
from bylaws.parameters import (
    AMENDMENT_BALLOT,
    AMENDMENT_NOTICE,
    AMENDMENT_SHARE,
    AMENDMENT_TURNOUT,
    bind_many,
)
from bylaws.rules.amending import Counted, count_ballot, too_soon
from bylaws.selectors.amendments import amendable, voting_members
from bylaws.workflow import AMENDMENT
from config.accounts.policies import permissions, require
from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.organization.models import Facility
from config.rulebook.models import SourceBody
from config.rulebook.services.parameters import HOUSE, check_value, definition_of, set_by_house

DRAFT = "bylaws.draft_amendments"
LONGEST_TITLE, LONGEST_TEXT, LONGEST_CITATION = 200, 60_000, 300
#: How far ahead an amendment may be planned to take effect.
FARTHEST = dt.timedelta(days=1096)


@transaction.atomic
def draft_amendment(
    *, actor, facility: Facility, title: str, text: str, reason: str, takes_effect_on: dt.date
) -> Amendment:
    """An amendment in words; the values it changes are added to it."""
    require(actor, DRAFT, facility)
    given = _checked(facility, title, text, reason, takes_effect_on)
    amendment = Amendment.objects.create(facility=facility, drafted_at=clock.now(), drafted_by=actor, **given)
    _record(actor, amendment, "amendment.drafted")
    return amendment


@transaction.atomic
def edit_amendment(
    *, actor, amendment: Amendment, title: str, text: str, reason: str, takes_effect_on: dt.date
) -> Amendment:
    """Other words of a draft, or another day."""
    amendment = _draft(actor, amendment)
    for name, value in _checked(amendment.facility, title, text, reason, takes_effect_on).items():
        setattr(amendment, name, value)
    amendment.save(update_fields=["title", "text", "reason", "takes_effect_on"])
    _record(actor, amendment, "amendment.edited")
    return amendment


def _checked(
    facility: Facility, title: str, text: str, reason: str, takes_effect_on: dt.date
) -> dict[str, Any]:
    title = " ".join(title.split())
    if not title or len(title) > LONGEST_TITLE:
        raise Refused(f"Give it a title of at most {LONGEST_TITLE} characters.", field="title")
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise Refused("Write how the article would read.", field="text")
    if not reason.strip():
        raise Refused("Say why; it goes out with the notice.", field="reason")
    today = clock.today(facility)
    if not today <= takes_effect_on <= today + FARTHEST:
        raise Refused(
            f"It takes effect from today on, at the latest on {day_text(today + FARTHEST)}.",
            field="takes_effect_on",
        )
    return {
        "title": title,
        "text": text.strip(),
        "reason": reason.strip(),
        "takes_effect_on": takes_effect_on,
    }


@transaction.atomic
def put_value(
    *, actor, amendment: Amendment, code: str, subject: str = "", value: Any, citation: str
) -> AmendmentValue:
    """A value the amendment changes, in place of what it said of it before. Refused: what the bylaws do not
    set, and a value beyond the legal floor or ceiling, with the reason.
    """
    amendment = _draft(actor, amendment)
    if (code, subject) not in amendable(amendment.facility):
        raise Refused("The bylaws do not set this; choose one of the values listed.", field="code")
    value = check_value(definition_of(code), value)
    citation = " ".join(citation.split())
    if not citation or len(citation) > LONGEST_CITATION:
        raise Refused("Name the article and section it stands in.", field="citation")
    row, _ = AmendmentValue.objects.update_or_create(
        amendment=amendment,
        code=code,
        subject=subject,
        defaults={
            "source_body": SourceBody.objects.get(code=HOUSE),
            "value": value,
            "citation": citation,
        },
    )
    _record(actor, amendment, "amendment.value_put", data={"code": code, "subject": subject})
    return row


@transaction.atomic
def drop_value(*, actor, amendment: Amendment, uid) -> None:
    """The draft does not change this value after all."""
    amendment = _draft(actor, amendment)
    row = amendment.values.filter(uid=uid).first()
    if row is None:
        raise Refused("This value is not among those it changes.")
    data = {"code": row.code, "subject": row.subject}
    row.delete()
    _record(actor, amendment, "amendment.value_dropped", data=data)


# --- its way --------------------------------------------------------------------------------------------


@transaction.atomic
def give_notice(*, actor, amendment: Amendment, day: dt.date) -> Amendment:
    """The members were told on the day; from here on its words and values stand."""
    amendment = _locked(actor, amendment)
    _check_day(amendment, day)
    return _go(actor, amendment, AmendmentStatus.NOTICED, day)


@transaction.atomic
def open_ballot(*, actor, amendment: Amendment, day: dt.date) -> Amendment:
    """The ballot opened on the day, once the days of notice had passed."""
    amendment = _locked(actor, amendment)
    _check_day(amendment, day)
    _check_passed(amendment, AmendmentStatus.NOTICED, day, AMENDMENT_NOTICE.code, "The ballot may open")
    return _go(actor, amendment, AmendmentStatus.BALLOT, day)


@transaction.atomic
def close_ballot(
    *, actor, amendment: Amendment, day: dt.date, votes_for: int, votes_against: int, abstained: int
) -> Amendment:
    """The ballot as it was counted; turnout and votes say whether it is carried."""
    amendment = _locked(actor, amendment)
    _check_day(amendment, day)
    _check_passed(amendment, AmendmentStatus.BALLOT, day, AMENDMENT_BALLOT.code, "The ballot is counted")
    facility = amendment.facility
    counted = Counted(voting_members(facility, day), votes_for, votes_against, abstained)
    if counted.cast > counted.voting_members:
        raise Refused(
            f"{counted.cast} votes were counted, and {counted.voting_members} members had a vote on "
            f"{day_text(day)}.",
            field="votes_for",
        )
    bound = bind_many([AMENDMENT_TURNOUT.code, AMENDMENT_SHARE.code], facility=facility, on=day)
    if not all(each.is_set for each in bound.values()):
        raise Refused("How many votes an amendment needs is not recorded among the parameters.")
    answer = count_ballot(
        counted,
        turnout_percent=int(bound[AMENDMENT_TURNOUT.code].value),
        share_percent=int(bound[AMENDMENT_SHARE.code].value),
    )
    status = AmendmentStatus.CARRIED if answer.carried else AmendmentStatus.FAILED
    return _go(
        actor,
        amendment,
        status,
        day,
        note=answer.sentence,
        voting_members=counted.voting_members,
        votes_for=votes_for,
        votes_against=votes_against,
        abstained=abstained,
    )


@transaction.atomic
def record_board(
    *, actor, amendment: Amendment, day: dt.date, approved: bool, note: str, takes_effect_on: dt.date
) -> Amendment:
    """What the board decided on the day. Approved, its values are in force from their day on, which is not
    before the board's: nobody is bound by what was not yet law.
    """
    amendment = _locked(actor, amendment)
    _check_day(amendment, day)
    if not note.strip():
        raise Refused("Name the meeting or resolution of the board.", field="note")
    if not approved:
        return _go(actor, amendment, AmendmentStatus.DECLINED, day, note=note)
    if takes_effect_on < day:
        raise Refused(f"It takes effect on {day_text(day)} at the earliest.", field="takes_effect_on")
    amendment.takes_effect_on = takes_effect_on
    amendment.save(update_fields=["takes_effect_on"])
    _go(actor, amendment, AmendmentStatus.APPROVED, day, note=note)
    for row in amendment.values.all():
        # The body decided; whoever records it need not set the numbers of the house.
        set_by_house(
            actor=system_user(),
            facility=amendment.facility,
            code=row.code,
            subject=row.subject,
            start=takes_effect_on,
            value=row.value,
            citation=row.citation,
        )
    return amendment


@transaction.atomic
def withdraw_amendment(*, actor, amendment: Amendment, reason: str) -> Amendment:
    """It is not pursued; what was recorded stays."""
    amendment = _locked(actor, amendment)
    if not reason.strip():
        raise Refused("Say why.", field="reason")
    return _go(actor, amendment, AmendmentStatus.WITHDRAWN, clock.today(amendment.facility), note=reason)


def _go(
    actor, amendment: Amendment, status: str, day: dt.date, *, note: str = "", **counts: int
) -> Amendment:
    move = AMENDMENT.check(amendment, status, permissions(actor, amendment.facility))
    if status == AmendmentStatus.NOTICED and not amendment.values.exists() and not amendment.text:
        raise Refused("It changes nothing yet.")
    amendment.status = status
    amendment.save(update_fields=["status"])
    AmendmentStep.objects.create(
        amendment=amendment,
        status=status,
        day=day,
        note=note.strip(),
        recorded_at=clock.now(),
        recorded_by=actor,
        **counts,
    )
    _record(actor, amendment, move.event, data={"day": day.isoformat(), **counts})
    return amendment


def _check_day(amendment: Amendment, day: dt.date) -> None:
    if day > clock.today(amendment.facility):
        raise Refused("What has not happened yet is not recorded.", field="day")
    last = amendment.steps.order_by("-day").values_list("day", flat=True).first()
    if last is not None and day < last:
        raise Refused(f"The step before was on {day_text(last)}.", field="day")


def _check_passed(amendment: Amendment, status: str, day: dt.date, code: str, what: str) -> None:
    begun = amendment.steps.filter(status=status).values_list("day", flat=True).first()
    bound = bind_many([code], facility=amendment.facility, on=day)[code]
    if not bound.is_set:
        raise Refused("How many days it takes is not recorded among the parameters.")
    if begun and (why := too_soon(begun, day, int(bound.value), what)):
        raise Refused(why, field="day")


def _locked(actor, amendment: Amendment) -> Amendment:
    require(actor, DRAFT, amendment.facility)
    return Amendment.objects.select_for_update(of=("self",)).select_related("facility").get(pk=amendment.pk)


def _draft(actor, amendment: Amendment) -> Amendment:
    amendment = _locked(actor, amendment)
    if amendment.status != AmendmentStatus.DRAFT:
        raise Refused("Notice was given; its words and values stand. Withdraw it and draft another.")
    return amendment


def _record(actor, amendment: Amendment, verb: str, data: dict[str, Any] | None = None) -> None:
    record_event(actor=actor, verb=verb, subject=amendment, facility=amendment.facility, data=data or {})
