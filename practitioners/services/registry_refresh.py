"""Refreshing the staff from the full dissemination file of NPPES, which has a row for every NPI ever given.

Rows of people nobody asked for are passed over. The others are compared in batches with what is on file, by
the comparison that serves single records; only where it finds news are people locked and written: those who
only moved some hundred together, the others, and all of them when the many are refused, each in a transaction
of their own. So the office goes on working meanwhile, nobody who is refused undoes anybody else, and a file
that breaks off does no harm: the next run finds the first part unchanged.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from django.db import DatabaseError, transaction

from config.accounts.policies import require
from config.kernel.errors import Refused
from config.kernel.many_keys import one_of
from practitioners.importing.dissemination import Row
from practitioners.importing.nppes import RegistryRecord
from practitioners.importing.registry_changes import (
    OnFile,
    changes_of,
    disagrees,
    is_somebody_else,
    status_changes,
    unknown_specialty,
)
from practitioners.importing.registry_status import StatusSaid
from practitioners.importing.rejections import Rejected
from practitioners.models import Practitioner
from practitioners.rules.claims import STATES
from practitioners.selectors.registry import on_file
from practitioners.services.registry_bulk import TOGETHER, take_records
from practitioners.services.registry_records import (
    ImportReport,
    Stays,
    Taking,
    ensure_licence_kind,
    specialties_loaded,
    take_record,
    take_status,
)

#: People compared at once: 7 queries a batch.
BATCH = 1000
#: A row in which something is news; no record where only the number's status is.
News = tuple[Row, RegistryRecord | None]
#: After so many rows it is told how far the reading is.
STEP = 1_000_000


@dataclass
class RefreshReport(ImportReport):
    """An import's report that stays small however long the file is.

    What was done is told line by line as it happens. ``unknown_specialties`` counts people by code.
    """

    deactivated: int = 0
    unknown_specialties: Counter[tuple[str, str]] = field(default_factory=Counter)

    def sentences_left_out(self) -> list[str]:
        """As told; specialties left out for want of a loaded taxonomy once, with the number of people."""
        return self.left_out + [
            f"{unknown_specialty(*each)} People: {number:,}."
            for each, number in sorted(self.unknown_specialties.items())
        ]


def refresh_from_dissemination(
    *,
    actor,
    rows: Iterable[Row | Rejected],
    wanted: Collection[str],
    said_in: str,
    dry_run: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> RefreshReport:
    """Bring the people with the ``wanted`` NPIs up to date with the rows; those not on file are added.

    ``say`` is told each change. A row whose NPI is not wanted is counted as skipped. Raises ``UnusableFile``
    as the rows do. ``dry_run`` does the same work and takes it back.
    """
    require(actor, "practitioners.edit")
    report = RefreshReport()
    taking = Taking(specialties_loaded(), said_in, keep_evidence=not dry_run, tell_unknown_specialties=False)

    def write(some: Sequence[News]) -> None:
        _write_many(actor, taking, some, report, dry_run=dry_run)
        for line in report.names:
            say(line)
        report.names.clear()

    waiting: list[News] = []  # one in a hundred changed, so those of several batches are written together
    for batch in _batches(_wanted(rows, wanted, report, say)):
        waiting += _news_of(taking, batch, report)
        while len(waiting) >= TOGETHER:
            write(waiting[:TOGETHER])
            del waiting[:TOGETHER]
    write(waiting)
    report.rejected.sort(key=lambda row: row.position)  # as they stand in the file, though looked at later
    return report


def _wanted(
    rows: Iterable[Row | Rejected],
    wanted: Collection[str],
    report: RefreshReport,
    say: Callable[[str], None],
) -> Iterator[Row]:
    """The rows of people asked for, each NPI once."""
    seen = report.seen
    for read, row in enumerate(rows, start=1):
        if read % STEP == 0:
            say(f"{read:,} rows read")
        if isinstance(row, Rejected):
            report.rejected.append(row)
        elif (npi := row.npi) not in wanted:
            report.skipped += 1
        elif npi in seen:
            sentence = f"Row {row.number} (NPI {npi}): the same NPI is already row {seen[npi]} of this file."
            report.rejected.append(Rejected(row.number, npi, sentence))
        else:
            seen[npi] = row.number
            yield row


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(itertools.islice(rows, BATCH)):
        yield batch


def _news_of(taking: Taking, batch: list[Row], report: RefreshReport) -> list[News]:
    """The rows in which something is news, in their order; the others are counted."""
    people = Practitioner.objects.filter(one_of("npi", [row.npi for row in batch]))
    known = {there.npi: there for there in on_file(people).values()}
    news: list[News] = []
    for row in batch:
        there, status = known.get(row.npi), row.status
        if status.deactivated and there is not None:
            # Of a deactivated number the file tells nothing else.
            report.deactivated += 1
            if status_changes(there, status):
                news.append((row, None))
            else:
                report.unchanged += 1
            continue
        # Nearly all of them are only compared, so the row as it stands is not made a part of the record yet.
        record = row.record(whole=False) if not status.deactivated else _deactivated(row)
        if isinstance(record, Rejected):
            report.rejected.append(record)
        elif _is_news(taking, there or OnFile(), status, record, report):
            news.append((row, replace(record, raw=row.stated())))
        else:
            report.unchanged += 1
    return news


def _write_many(actor, taking: Taking, news: Sequence[News], report: RefreshReport, *, dry_run: bool) -> None:
    """What can be written together so; the rest, or all when that is refused, one by one."""
    written: set[str] = set()
    said = [(record, row.status) for row, record in news if record is not None]
    if len(said) > 1:
        try:
            written = take_records(actor=actor, taking=taking, said=said, report=report, dry_run=dry_run)
        except (Refused, DatabaseError):
            written = set()  # one by one whoever is refused stands alone, with a sentence of their own
    for row, record in news:
        if row.npi not in written:
            _write(actor, taking, row, report, dry_run=dry_run, record=record)


def _deactivated(row: Row) -> Rejected:
    sentence = f"Row {row.number} (NPI {row.npi}): {row.status.told()}, so nobody is added under it."
    return Rejected(row.number, row.npi, sentence)


def _is_news(
    taking: Taking, there: OnFile, status: StatusSaid, record: RegistryRecord, report: RefreshReport
) -> bool:
    """Whether anything of the record is to be written, or refused, for this person (nothing is on file of a
    new one).
    """
    news = changes_of(there, record, taking.known_codes, STATES)
    report.unknown_specialties.update(news.unknown_specialties.items())
    return (
        bool(news)
        or disagrees(there, record)
        or status_changes(there, status)
        or is_somebody_else(there, record)
    )


def _write(
    actor,
    taking: Taking,
    row: Row,
    report: RefreshReport,
    *,
    dry_run: bool,
    record: RegistryRecord | None = None,
) -> None:
    """One person in a transaction of their own: what is on file is read again under the lock."""
    shown = f", {record.name.display}" if record else ""
    try:
        with transaction.atomic():
            ensure_licence_kind(actor=actor)
            if record is None:
                person = Practitioner.objects.get(npi=row.npi)
                take_status(actor=actor, taking=taking, practitioner=person, said=row.status, report=report)
            else:
                take_record(actor=actor, taking=taking, record=record, status=row.status, report=report)
            if dry_run:
                transaction.set_rollback(True)
    except (Stays, Refused) as reason:
        sentence = f"Row {row.number} (NPI {row.npi}{shown}): {reason}"
        report.rejected.append(Rejected(row.number, row.npi, sentence))
