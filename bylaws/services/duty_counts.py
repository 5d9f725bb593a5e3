"""Taking in counts of duties from other systems: a list is recorded as a whole or not at all."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from bylaws.choices import DutyKind
from bylaws.models import AppointmentPeriod, DutyCount, DutyList
from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.canonical import bytes_digest
from config.kernel.display.dates import day_text
from config.kernel.errors import Forbidden, Refused
from config.organization.models import Facility
from practitioners.importing.fields import read_date
from practitioners.importing.rejections import UnusableFile
from practitioners.importing.tables import Layout, open_table, refuse_oversize
from practitioners.models import Practitioner
from practitioners.rules.uploads import safe_name
from practitioners.selectors.canonical import own_records

PERMISSION = "bylaws.manage_findings"
LAYOUT = Layout(columns=("NPI", "Count", "Since"), required=("NPI", "Count"))
NAMED = 20
GREATEST = 1_000_000


@dataclass(frozen=True)
class CountRow:
    """A row that can be read: what it says of whom."""

    number: int
    npi: str
    count: int
    since: dt.date | None


def read_counts(content: bytes, as_of: dt.date) -> tuple[list[CountRow], list[str]]:
    """The rows of a list and what is wrong with others, in sentences with their place; touches no database.

    Raises ``UnusableFile`` when the file as a whole cannot be read.
    """
    rows: list[CountRow] = []
    wrong: list[str] = []
    seen: dict[str, int] = {}
    for row in open_table(io.BytesIO(content), LAYOUT).rows:
        npi, said = row.cells.get("NPI", "").strip(), row.cells.get("Count", "").strip()
        day = row.cells.get("Since", "").strip()
        since = read_date(day) if day else None
        problem = row.problem
        if not problem and not npi:
            problem = "NPI: it is missing."
        elif not problem and npi in seen:
            problem = f"NPI: the same person already stands in row {seen[npi]}."
        elif not problem and not (
            said.isascii() and said.isdigit() and int(said[:9]) <= GREATEST and len(said) < 9
        ):
            problem = f'Count: "{said[:20]}" is no whole number from 0 to {GREATEST:,}.'
        elif not problem and day and since is None:
            problem = f'Since: "{day[:20]}" is no day; write 2026-03-31 or 3/31/2026.'
        elif not problem and since is not None and since > as_of:
            problem = f"Since: {day_text(since)} is after the day of the list."
        if problem:
            wrong.append(f"Row {row.number}, {problem}")
            continue
        seen[npi] = row.number
        rows.append(CountRow(row.number, npi, int(said), since))
    return rows, wrong


@dataclass(frozen=True)
class Named:
    """A row with the name of whom it is about."""

    row: CountRow
    name: str
    practitioner: Practitioner


@dataclass(frozen=True)
class LookedAt:
    """What a list would record, and what is wrong with it, in sentences with their place."""

    rows: list[Named]
    wrong: list[str]


def look_at_counts(*, actor, facility: Facility, as_of: dt.date, whole: bool, content: bytes) -> LookedAt:
    """What a list says and what keeps it from being recorded; records nothing. Refused: a day to come, a file
    that cannot be read as a whole, and what :func:`import_counts` refuses of a ``whole`` list.
    """
    require(actor, PERMISSION, facility)
    return _examined(actor, facility, as_of, whole, content)


def _examined(actor, facility: Facility, as_of: dt.date, whole: bool, content: bytes) -> LookedAt:
    if as_of > clock.today(facility):
        raise Refused("The day of the list lies ahead.", field="as_of")
    if whole and _is_member(actor, facility, as_of):
        raise Refused(
            "You are a member here yourself: of whom a list of everybody does not name it says that they owe "
            "nothing, you among them. A colleague has to import it.",
            field="whole",
        )
    try:
        refuse_oversize(len(content), settings.STANDING_IMPORT_LIMIT)
        rows, wrong = read_counts(content, as_of)
    except UnusableFile as problem:
        raise Refused(problem.sentence, field="file") from None
    if not rows and not wrong:
        raise Refused("The file has a row of headings and nothing below it.", field="file")
    people: Mapping[str, Practitioner] = {
        str(each.npi): each for each in Practitioner.objects.filter(npi__in=[row.npi for row in rows])
    }
    own = set(Practitioner.every.filter(pk__in=own_records(actor)).values_list("pk", flat=True))
    named: list[Named] = []
    for row in rows:
        person = people.get(row.npi)
        if person is None:
            wrong.append(f"Row {row.number}, NPI: nobody on file has {row.npi[:20]}.")
        elif person.pk in own:
            wrong.append(f"Row {row.number}: this is your own file; a colleague has to import the list.")
        else:
            named.append(Named(row, person.display_name, person))
    return LookedAt(named, wrong)


def _is_member(actor, facility: Facility, as_of: dt.date) -> bool:
    """Whether the person is a member here on a day a list as of that day may speak for."""
    terms = AppointmentPeriod.objects.live().filter(facility=facility, valid__overlap=DateRange(as_of, None))
    return terms.filter(practitioner__in=own_records(actor)).exists()


@transaction.atomic
def import_counts(
    *, actor, facility: Facility, kind: str, as_of: dt.date, whole: bool, content: bytes, file_name: str
) -> DutyList:
    """Record what a list says as of a day. Refused, naming the rows, where one cannot be read or is about
    nobody on file; refused too: a day to come, the same file again for the same day, a row about oneself.
    ``whole``: it names everybody whom it concerns, so that whoever is not on it owes nothing; refused from a
    member of the staff, who would be cleared by leaving their own row out.
    Refused as a whole too: a file that cannot be read.
    """
    require(actor, PERMISSION, facility)
    if kind not in DutyKind.values:
        raise Refused(f'"{kind}" is no kind of count.', field="kind")
    looked = _examined(actor, facility, as_of, whole, content)
    wrong = looked.wrong
    if wrong:
        more = f" And {len(wrong) - NAMED} more." if len(wrong) > NAMED else ""
        raise Refused(f"Nothing was recorded. {' '.join(wrong[:NAMED])}{more}", field="file")
    try:
        with transaction.atomic():
            made = DutyList.objects.create(
                facility=facility,
                kind=kind,
                as_of=as_of,
                whole=whole,
                file_name=safe_name(file_name)[:200],
                sha256=bytes_digest(content),
                recorded_at=clock.now(),
                recorded_by=actor,
            )
    except IntegrityError:
        raise Refused(
            "This file was imported for this day already; take that import back first.", field="file"
        ) from None
    DutyCount.objects.bulk_create(
        DutyCount(
            duty_list=made,
            practitioner=each.practitioner,
            row=each.row.number,
            count=each.row.count,
            since=each.row.since,
        )
        for each in looked.rows
    )
    record_event(
        actor=actor,
        verb="duties.imported",
        subject=made,
        facility=facility,
        data={"kind": str(kind), "as_of": as_of.isoformat(), "whole": whole, "rows": len(looked.rows)},
    )
    return made


@transaction.atomic
def undo_counts(*, actor, duty_list: DutyList, reason: str) -> DutyList:
    """Take a list back, for a reason: it stays on record and says nothing any more."""
    require(actor, PERMISSION, duty_list.facility)
    why = " ".join(reason.split())
    if not why or len(why) > 1000:
        raise Refused("Say why the import is taken back, in at most 1,000 characters.", field="reason")
    one = DutyList.objects.select_for_update(of=("self",)).select_related("facility").get(pk=duty_list.pk)
    if one.undone_at is not None:
        raise Refused("This import was taken back already.")
    if one.counts.filter(practitioner__in=own_records(actor)).exists():
        raise Forbidden("This list counts something of your own: a colleague takes it back.")
    if one.whole and _is_member(actor, one.facility, one.as_of):
        raise Forbidden("This list speaks of every member, so of you too: a colleague takes it back.")
    one.undone_at, one.undone_by, one.undo_reason = clock.now(), actor, why
    one.save(update_fields=["undone_at", "undone_by", "undo_reason"])
    record_event(actor=actor, verb="duties.import_undone", subject=one, facility=one.facility, reason=why)
    return one
