"""The data bank clocks of a facility, for whoever follows them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db.backends.postgresql.psycopg_any import DateRange

from bylaws.choices import PROTECTED_CAUSES, DataBankRecordKind
from bylaws.models import AdverseAction, Bar, BarPeriod, DataBankRecord
from bylaws.rules.data_bank import Counted, counted
from bylaws.rules.data_bank_clock import OPEN_STATES
from config.accounts.choices import DataClass
from config.accounts.policies import facilities_with, may_see_class
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.periods import EndKind, Period
from config.organization.models import Facility
from practitioners.models import Letter, Practitioner
from practitioners.policies import is_own_record
from practitioners.selectors.canonical import among, canonical_of, own_records


def clocks(viewer, facility: Facility) -> list[Counted]:
    """The actions of the facility on its today, for whoever follows them there and may see what is peer
    review; never one's own.
    """
    if not _follows(viewer, facility):
        return []
    own = set(Practitioner.objects.filter(pk__in=own_records(viewer)).values_list("pk", flat=True))
    return [
        each
        for each in counted(facility, clock.today(facility))
        if each.person not in own and each.practitioner.pk not in own
    ]


def open_clocks(rows: Sequence[Counted]) -> list[Counted]:
    """Those somebody still has to do something about or to watch: by what is to be done, then by when."""
    order = {state: number for number, state in enumerate(OPEN_STATES)}
    return sorted(
        (each for each in rows if each.clock.open),
        key=lambda each: (order[each.clock.state], each.clock.due or dt.date.max),
    )


def get_counted(*, viewer, uid: uuid.UUID) -> Counted | None:
    """One action with its clock today, if the person follows those of its facility."""
    subject: Bar | AdverseAction | None = (
        Bar.objects.select_related("facility").filter(uid=uid).first()
        or AdverseAction.objects.select_related("facility").filter(uid=uid).first()
    )
    if subject is None or not _follows(viewer, subject.facility):
        return None
    found = counted(subject.facility, clock.today(subject.facility), subject=uid)
    if not found or is_own_record(viewer, found[0].practitioner):
        return None
    return found[0]


def records_of(subject: Bar | AdverseAction) -> list[DataBankRecord]:
    """What was done about the data bank, the latest first; one query."""
    return list(subject.data_bank_records.select_related("recorded_by").order_by("-recorded_at", "-pk"))


def mistake_of(subject: Bar | AdverseAction) -> Period | None:
    """The row that says it was recorded by mistake: by whom, when and why; one query."""
    rows = subject.periods.filter(end_kind=EndKind.MISTAKE).select_related("superseded_by")
    return rows.order_by("-superseded_at", "-pk").first()


def what_stays(action: AdverseAction) -> list[str]:
    """What rests on the action or stands beside it and is not taken back with it, a sentence each: a report
    on record, letters, suspensions and restrictions of the same days; four queries.
    """
    told = []
    records = records_of(action)
    if records and records[0].kind == DataBankRecordKind.FILED:
        told.append(
            f"Report {records[0].dcn} stays on record with the data bank until it is voided there: record "
            "that here."
        )
    told += [
        f"The letter “{letter.title}” of {day_text(letter.issued_on)} stays: tell whoever got it."
        for letter in Letter.objects.filter(subject_uid=action.uid).order_by("issued_at", "pk")
    ]
    live = list(action.periods.live().order_by("valid"))
    if live:
        bars = BarPeriod.objects.live().filter(
            identity__practitioner__in=among([canonical_of(action.practitioner).pk]),
            identity__facility=action.facility,
            identity__kind__in=PROTECTED_CAUSES,
            identity__rule_code="",
            valid__overlap=DateRange(live[0].valid.lower, live[-1].valid.upper),
        )
        told += [
            f"{row.identity.get_kind_display()} from {day_text(row.valid.lower)} stays: it is recorded for "
            "itself, and is lifted or taken back on its own page."
            for row in bars.select_related("identity").order_by("valid", "pk")
        ]
    return told


def _follows(viewer, facility: Facility) -> bool:
    return facility.pk in facilities_with(viewer, "bylaws.report_actions") and may_see_class(
        viewer, DataClass.PEER_REVIEW, facility
    )
