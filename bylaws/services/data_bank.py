"""What is done about the data bank: a report filed or voided, the decision that none is due, and adverse
actions that stand in no bar.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from bylaws.choices import PROTECTED_CAUSES, AdverseActionKind, DataBankRecordKind
from bylaws.models import AdverseAction, AdverseActionPeriod, Bar, DataBankRecord
from bylaws.policies import require_not_own_file
from bylaws.rules.data_bank import counted
from bylaws.rules.reach import require_within
from config.accounts.choices import DataClass
from config.accounts.policies import require, require_class
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.kernel.periods import days, end_before, open_period, void
from practitioners.services.people import lock_practitioner, lock_record

#: How many years back an action may have begun; the longest cause or reason, in characters.
YEARS_BACK, LONGEST = 10, 4000


@transaction.atomic
def record_action(*, actor, practitioner, facility, kind: str, cause: str, start: dt.date) -> AdverseAction:
    """An adverse action that stands in no bar, in force from ``start``.

    Whether there was an investigation that was surrendered under is for a person to say: recording the
    surrender says so.
    """
    _require(actor, facility)
    lock_practitioner(practitioner)
    require_not_own_file(actor, practitioner, doing="record an adverse action on")
    if kind not in AdverseActionKind.values:
        raise Refused("Say what it is.", field="kind")
    text = _said(cause, "Say what happened and why.", "cause")
    today = clock.today(facility)
    require_within(start, today=today, back=YEARS_BACK, ahead=1, field="start", what="The first day")
    return begin_action(
        actor=actor, practitioner=practitioner, facility=facility, kind=kind, cause=text, start=start
    )


@transaction.atomic
def begin_action(*, actor, practitioner, facility, kind: str, cause: str, start: dt.date) -> AdverseAction:
    """The adverse action and its clock, written. Called within the act it follows from, which asked who may,
    locked the person and looked at the day.
    """
    moment = clock.now()
    action = AdverseAction.objects.create(
        practitioner=practitioner,
        facility=facility,
        kind=kind,
        cause=cause[:LONGEST],
        created_at=moment,
        created_by=actor,
    )
    open_period(AdverseActionPeriod, action, valid=days(start, None), actor=actor, at=moment)
    _tell(actor, action, "adverse_action.recorded", {"from": start.isoformat()})
    return action


@transaction.atomic
def end_action(*, actor, action: AdverseAction, day: dt.date, reason: str) -> None:
    """The action is no longer in force from ``day`` on, the first day without it."""
    _require(actor, action.facility)
    lock_record(action.practitioner)
    require_not_own_file(actor, action.practitioner, doing="end an adverse action on")
    why = _said(reason, "Say why it ended.", "reason")
    live = list(action.periods.live().order_by("valid"))
    if not live:
        raise Refused("This action was recorded by mistake: it never was in force.")
    if live[-1].valid.upper is not None:
        raise Refused("It has an end already.", field="day")
    if day <= live[0].valid.lower:
        raise Refused("It cannot end before its first day is over.", field="day")
    if day > clock.today(action.facility):
        raise Refused("Record the end when it has come.", field="day")
    end_before(AdverseActionPeriod, action, day=day, actor=actor, reason=why)
    _tell(actor, action, "adverse_action.ended", {"from": day.isoformat()})


@transaction.atomic
def void_action(*, actor, action: AdverseAction, reason: str) -> None:
    """The action was recorded by mistake, on the wrong person perhaps: it never was. The row stays, with who
    said so, when and why; asked as known before, it still was in force.

    Its clock stops. A report about it that is on record is still to be voided with the data bank, and that to
    be recorded. Refused where it is taken back already.
    """
    _require(actor, action.facility)
    lock_record(action.practitioner)
    require_not_own_file(actor, action.practitioner, doing="take back an adverse action on")
    why = _said(reason, "Say why it was a mistake.", "reason")
    if not action.periods.live().exists():
        raise Refused("This action was already recorded as a mistake.")
    take_back_action(actor=actor, action=action, reason=why)


@transaction.atomic
def take_back_action(*, actor, action: AdverseAction, reason: str) -> None:
    """Its clock stops: what it followed from is taken back. Called within that act, which asked who may and
    locked the person. Nothing where it was taken back before.
    """
    if not action.periods.live().exists():
        return
    void(AdverseActionPeriod, action, actor=actor, reason=reason)
    _tell(actor, action, "adverse_action.voided", {})


@transaction.atomic
def end_with(*, actor, action: AdverseAction, day: dt.date, reason: str) -> None:
    """What imposed it ended, and it with that; ``day`` is the first day without it. Called within that act,
    which asked who may and locked the person. Nothing where it has an end or was recorded by mistake.
    """
    live = action.periods.live().order_by("-valid").first()
    if live is None or live.valid.upper is not None or day <= live.valid.lower:
        return
    end_before(AdverseActionPeriod, action, day=day, actor=actor, reason=reason)
    _tell(actor, action, "adverse_action.ended", {"from": day.isoformat()})


@transaction.atomic
def record_data_bank(
    *, actor, subject: Bar | AdverseAction, kind: str, day: dt.date, dcn: str = "", reason: str = ""
) -> DataBankRecord:
    """A report filed (``dcn``), a filed report voided, or that none is due and why.

    Refused: a day before the action began, before what was recorded last or ahead, a void without a report, a
    second report while one is on record, what the kind does not carry, a leave, what followed by itself; of
    what was recorded by mistake anything but the void of the report on record. That none is due is not
    decided before the day from which it could be: it may last longer than it was meant to.
    """
    facility = subject.facility
    _require(actor, facility)
    lock_record(subject.practitioner)
    require_not_own_file(actor, subject.practitioner, doing="record a data bank report on")
    if kind not in DataBankRecordKind.values:
        raise Refused("Say what was done.", field="kind")
    live = list(subject.periods.live().order_by("valid"))
    if not live and kind != DataBankRecordKind.VOIDED:
        raise Refused("This was recorded by mistake: there is nothing to report.")
    if day > clock.today(facility):
        raise Refused("The day lies ahead.", field="day")
    if live and day < live[0].valid.lower:
        raise Refused("That is before the action began.", field="day")
    if isinstance(subject, Bar) and (subject.kind not in PROTECTED_CAUSES or subject.rule_code):
        raise Refused("The data bank does not count this.")
    last = subject.data_bank_records.order_by("recorded_at", "pk").last()
    if last is not None and day < last.day:
        raise Refused("That is before what was recorded last.", field="day")
    filed = last is not None and last.kind == DataBankRecordKind.FILED
    number, why = "".join(dcn.split()), reason.strip()
    if len(why) > LONGEST:
        raise Refused(f"Say why in at most {LONGEST:,} characters.", field="reason")
    if kind == DataBankRecordKind.FILED:
        if filed:
            raise Refused(f"Report {last.dcn} is on record; void it before another is filed.", field="kind")
        if not number:
            raise Refused("Give the document control number of the report.", field="dcn")
        if not (number.isalnum() and len(number) <= 30):
            raise Refused("A document control number is letters and digits, at most 30.", field="dcn")
    elif kind == DataBankRecordKind.VOIDED:
        if not filed:
            raise Refused("No report is on record that could be voided.", field="kind")
        number = last.dcn
    else:
        if filed:
            raise Refused(f"Report {last.dcn} is on record: void it instead.", field="kind")
        (counted_now,) = counted(facility, clock.today(facility), subject=subject.uid)
        if day < counted_now.clock.reportable_on and counted_now.clock.ends is None:
            raise Refused(
                f"Nothing is due before {day_text(counted_now.clock.reportable_on)}: decide it then.",
                field="kind",
            )
        number = ""
    if kind != DataBankRecordKind.FILED and not why:
        raise Refused("Say why.", field="reason")
    record = DataBankRecord.objects.create(
        bar=subject if isinstance(subject, Bar) else None,
        action=subject if isinstance(subject, AdverseAction) else None,
        kind=kind,
        day=day,
        dcn=number,
        reason=why,
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    _tell(actor, subject, f"data_bank.{kind}", {"day": day.isoformat()})
    return record


def _require(actor, facility) -> None:
    require(actor, "bylaws.report_actions", facility)
    require_class(actor, DataClass.PEER_REVIEW, facility)


def _said(text: str, missing: str, field: str) -> str:
    said = text.strip()
    if not said:
        raise Refused(missing, field=field)
    if len(said) > LONGEST:
        raise Refused(f"Say it in at most {LONGEST:,} characters.", field=field)
    return said


def _tell(actor, subject, verb: str, data: dict) -> None:
    """One event; what it is about stays out of it, because the trail is read without the class."""
    record_event(
        actor=actor,
        verb=verb,
        subject=subject,
        practitioner=subject.practitioner,
        facility=subject.facility,
        data=data,
    )
