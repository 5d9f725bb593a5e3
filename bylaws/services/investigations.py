"""The record of investigations: when one began, who opened it, when it was closed and by whom.

It answers one question: was there an investigation on this day? What belongs to due process (notices, panels,
hearings) stands elsewhere.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from bylaws.models import Investigation, InvestigationPeriod
from bylaws.policies import require_not_own_file
from bylaws.rules.reach import require_within
from config.accounts.choices import DataClass
from config.accounts.policies import require, require_class
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.periods import days, end_before, open_period, void
from config.organization.models import Facility
from practitioners.models import Practitioner
from practitioners.services.people import lock_practitioner, lock_record

KEEP = "bylaws.report_actions"
#: How many years back one may have begun; the longest citation and text, in characters.
YEARS_BACK, LONGEST_CITATION, LONGEST = 10, 300, 4000


@transaction.atomic
def open_investigation(
    *, actor, practitioner: Practitioner, facility: Facility, opened_by: str, about: str, start: dt.date
) -> Investigation:
    """An investigation that began on ``start``. ``opened_by`` says which body or officer opened it and where
    that is written. Opening one is a person's word: nothing here begins by itself.
    """
    _require(actor, facility)
    lock_practitioner(practitioner)
    require_not_own_file(actor, practitioner, doing="record an investigation of")
    cited = said(opened_by, "Say which body or officer opened it.", "opened_by", LONGEST_CITATION)
    text = said(about, "Say what is investigated.", "about", LONGEST)
    require_within(
        start,
        today=clock.today(facility),
        back=YEARS_BACK,
        ahead=0,
        field="start",
        what="The first day",
    )
    return begin_investigation(
        actor=actor,
        practitioner=practitioner,
        facility=facility,
        opened_by=cited,
        about=text,
        start=start,
    )


@transaction.atomic
def begin_investigation(
    *, actor, practitioner: Practitioner, facility: Facility, opened_by: str, about: str, start: dt.date
) -> Investigation:
    """The record, written. Called within the act that asked who may and locked the person."""
    moment = clock.now()
    made = Investigation.objects.create(
        practitioner=practitioner,
        facility=facility,
        opened_by=opened_by,
        about=about[:LONGEST],
        created_at=moment,
        created_by=actor,
    )
    open_period(InvestigationPeriod, made, valid=days(start, None), actor=actor, at=moment)
    _tell(actor, made, "opened")
    return made


@transaction.atomic
def close_investigation(*, actor, investigation: Investigation, last_day: dt.date, reason: str) -> None:
    """It was closed at the end of ``last_day``; ``reason`` says by whom, and with what."""
    _require(actor, investigation.facility)
    lock_record(investigation.practitioner)
    require_not_own_file(actor, investigation.practitioner, doing="close an investigation of")
    why = said(reason, "Say who closed it, and with what.", "reason", LONGEST)
    live = list(investigation.periods.live().order_by("valid"))
    if not live:
        raise Refused("This was recorded by mistake: it never was open.")
    if live[-1].valid.upper is not None:
        raise Refused("It is closed already.", field="last_day")
    if last_day < live[0].valid.lower:
        raise Refused("That is before it began.", field="last_day")
    if last_day > clock.today(investigation.facility):
        raise Refused("Record the end when it has come.", field="last_day")
    end_before(
        InvestigationPeriod, investigation, day=last_day + dt.timedelta(days=1), actor=actor, reason=why
    )
    _tell(actor, investigation, "closed")


@transaction.atomic
def void_investigation(*, actor, investigation: Investigation, reason: str) -> None:
    """It was recorded by mistake, on the wrong person perhaps: it never was. What was recorded because of it
    stays, and is taken back for itself.
    """
    _require(actor, investigation.facility)
    lock_record(investigation.practitioner)
    require_not_own_file(actor, investigation.practitioner, doing="take back an investigation of")
    why = said(reason, "Say why it was a mistake.", "reason", LONGEST)
    if not investigation.periods.live().exists():
        raise Refused("This was already recorded as a mistake.")
    void(InvestigationPeriod, investigation, actor=actor, reason=why)
    _tell(actor, investigation, "voided")


def said(text: str, missing: str, field: str, longest: int) -> str:
    """The text without what surrounds it; refused with ``missing`` where there is none."""
    found = text.strip()
    if not found:
        raise Refused(missing, field=field)
    if len(found) > longest:
        raise Refused(f"Say it in at most {longest:,} characters.", field=field)
    return found


def _require(actor, facility: Facility) -> None:
    require(actor, KEEP, facility)
    require_class(actor, DataClass.PEER_REVIEW, facility)


def _tell(actor, investigation: Investigation, what: str) -> None:
    """One event, without its days or words: the trail is read without the class."""
    record_event(
        actor=actor,
        verb=f"peer_review_record.{what}",
        subject=investigation,
        practitioner=investigation.practitioner,
        facility=investigation.facility,
        data={},
    )
