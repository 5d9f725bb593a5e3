"""Screening the whole staff against every list in use, in one pass over each.

A run and its parts, one for each list, are written before any work is done (ADR 16). People are written a
thousand at a time under the run's lock, together with how far that is; whoever takes the run up again goes on
with those who are missing. So a killed worker loses nothing, and two workers at once write nobody twice.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from config.accounts import policies
from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.copying import copy_values, next_keys, uncollected
from config.kernel.dates import month_first
from config.kernel.errors import Refused
from credentialing.choices import ScreeningScope
from credentialing.models import Application, ListSnapshot, ScreeningPart, ScreeningRun, StaffScreening
from credentialing.rules import matching
from credentialing.rules.matching import ScreenedPerson
from credentialing.rules.screening_index import Screening
from credentialing.selectors.screening import (
    name_bearers,
    newest_runs,
    pairs_on_file,
    parameters_of,
    rows_to_compare,
    screened_people,
    to_screen,
    unnested,
)
from credentialing.selectors.staff_screening import newest_of_everyone, open_screening
from credentialing.services.findings import Finding, finding
from credentialing.services.queue import enqueue
from credentialing.services.screening import keep_matches, snapshots_in_use
from credentialing.services.screening_answers import REVIEWABLE, answer_applications
from practitioners.models import Practitioner
from practitioners.services.people import lock_practitioner

SCREEN = "credentialing.screen"
#: People whose screening is written in one transaction.
AT_ONCE = 1000
#: Without a sign of life for so long, whoever worked on a run is taken for dead. Comparing a hundred thousand
#: people with the longest list takes a minute at most.
LOST_AFTER = dt.timedelta(minutes=10)

People = dict[int, ScreenedPerson]


@dataclass
class Found:
    """What one list has of many people: matches, and keys of rows that are noted for information."""

    matches: dict[int, list[Finding]] = field(default_factory=dict)
    weak: dict[int, list[str]] = field(default_factory=dict)


# --- starting and cancelling ----------------------------------------------------------------------------


@transaction.atomic
def start_screening(*, actor, scope: ScreeningScope = ScreeningScope.EVERYONE) -> StaffScreening | None:
    """Have everyone screened by a worker, or whoever was not screened against the newest load of each list
    as the person they are now. None: there is nobody of those.

    Raises ``Refused`` while another run is under way, and where no list was loaded.
    """
    policies.require(actor, SCREEN)
    snapshots = snapshots_in_use()
    ids = to_screen(clock.today())
    # For everyone nothing more than who they are is read.
    people = dict.fromkeys(ids) if scope == ScreeningScope.EVERYONE else screened_people(ids)
    run = _start(actor, scope, snapshots, people)
    if run is not None:
        enqueue("screen_staff", str(run.uid))
    return run


def _start(
    actor, scope: ScreeningScope, snapshots: Sequence[ListSnapshot], people: Mapping[int, Any]
) -> StaffScreening | None:
    """Write the run and its parts; ``people`` are all who might be screened."""
    if open_screening() is not None:
        raise Refused("The staff is being screened already.")
    todo = {each: _to_do(people, each, scope) for each in snapshots}
    screened: set[int] = set().union(*todo.values())
    if not screened:
        return None
    now = clock.now()
    try:
        with transaction.atomic():
            run = StaffScreening.objects.create(
                scope=scope, people=len(screened), started_at=now, started_by=actor, touched_at=now
            )
    except IntegrityError:
        raise Refused("The staff is being screened already.") from None
    ScreeningPart.objects.bulk_create(
        ScreeningPart(run=run, snapshot=snapshot, people=len(whom)) for snapshot, whom in todo.items()
    )
    record_event(
        actor=actor,
        verb="screening.run_started",
        subject=run,
        data={"people": len(screened), "lists": [each.exclusion_list.code for each in snapshots]},
    )
    return run


@transaction.atomic
def cancel_screening(*, actor, run: StaffScreening) -> StaffScreening:
    """Screen nobody more. What was found stays. Raises ``Refused`` when the run is over."""
    policies.require(actor, SCREEN)
    run = _locked(run.pk)
    if run.ended_at is not None:
        raise Refused("This run is over already: there is nothing left to cancel.")
    run.ended_at = run.cancelled_at = clock.now()
    run.cancelled_by = actor
    run.save(update_fields=["ended_at", "cancelled_at", "cancelled_by"])
    record_event(actor=actor, verb="screening.run_cancelled", subject=run)
    return run


def screen_everyone(*, actor, again: bool = False) -> dict[str, int]:
    """Screen whoever was not screened yet, or everyone ``again``, here and now; a run that is open is
    finished first. Answers how many people were screened against how many lists, and the matches.
    """
    policies.require(actor, SCREEN)
    snapshots = snapshots_in_use()
    if (left := open_screening()) is not None:
        work(left.uid)
    with uncollected():
        people = screened_people(to_screen(clock.today()))
        with transaction.atomic():
            run = _start(actor, ScreeningScope.EVERYONE if again else ScreeningScope.REST, snapshots, people)
        if run is None:
            return {"people": 0, "matches": 0, "lists": len(snapshots)}
        work(run.uid, people)
    matches = sum(run.parts.values_list("matches", flat=True))
    return {"people": run.people, "matches": matches, "lists": len(snapshots)}


def screen_as_due() -> dict[str, int]:
    """What the timetable asks for: everyone once in a calendar month, on other days whoever is missing.

    A month's run that was cancelled is not begun again by itself.
    """
    newest = newest_of_everyone()
    this_month = month_first(clock.today())
    begun = newest is not None and month_first(clock.date_at(newest.started_at)) >= this_month
    return screen_everyone(actor=system_user(), again=not begun)


# --- the work -------------------------------------------------------------------------------------------


def work(run_uid: uuid.UUID | str, people: People | None = None) -> str:
    """Do what is left of a run. Answers how it stands afterwards; safe to repeat at any moment.

    ``people`` spares reading everyone again to whoever has just done it.
    """
    run = StaffScreening.objects.select_related("started_by").filter(uid=run_uid).first()
    if run is None or run.ended_at is not None:
        return "nothing to do"
    if people is None:
        people = screened_people(to_screen(clock.date_at(run.started_at)))
    parts = run.parts.filter(ended_at__isnull=True).select_related("snapshot__exclusion_list")
    for part in parts.order_by("pk"):
        _touch(run)
        todo = _left(people, part, ScreeningScope(run.scope))
        found = _compare(todo, part.snapshot)
        for chunk in _chunks(sorted(todo), AT_ONCE):
            if not _write(run, part, chunk, todo, found):
                return "over"
        if not _end_part(run, part):
            return "over"
    return _answer_files(run)


def _touch(run: StaffScreening) -> None:
    """Somebody works on it."""
    StaffScreening.objects.filter(pk=run.pk, ended_at__isnull=True).update(touched_at=clock.now())


def _to_do(people: Mapping[int, Any], snapshot: ListSnapshot, scope: ScreeningScope) -> Mapping[int, Any]:
    """Whom a run screens against this load: everyone, or who has not met it as the person they are now."""
    if scope == ScreeningScope.EVERYONE:
        return people
    runs = ScreeningRun.objects.filter(snapshot=snapshot).order_by("screened_at", "pk")
    done = dict(runs.values_list("practitioner_id", "identity").iterator(chunk_size=AT_ONCE))
    return {pk: person for pk, person in people.items() if done.get(pk) != person.identity}


def _left(people: People, part: ScreeningPart, scope: ScreeningScope) -> People:
    done = set(part.runs.values_list("practitioner_id", flat=True))
    whom = _to_do(people, part.snapshot, scope)
    return {pk: person for pk, person in whom.items() if pk not in done}


def _compare(people: People, snapshot: ListSnapshot) -> Found:
    found = Found()
    if not people:
        return found
    exclusion_list = snapshot.exclusion_list
    on_file = pairs_on_file(exclusion_list)
    screening = Screening(people, parameters_of(exclusion_list), name_bearers(exclusion_list))
    for row in rows_to_compare(exclusion_list):
        for pk, match in screening.matches(row):
            if match.match_class == matching.MatchClass.WEAK:
                found.weak.setdefault(pk, []).append(row.row_key)
                if (pk, row.pk) not in on_file:
                    continue
                match = screening.compare(pk, row)
            found.matches.setdefault(pk, []).append(finding(row.pk, match))
    return found


_COLUMNS = (
    "id", "uid", "practitioner_id", "snapshot_id", "part_id", "screened_at", "screened_by_id",
    "names", "identity", "candidates", "weak",
)  # fmt: skip


@transaction.atomic
def _write(
    run: StaffScreening, part: ScreeningPart, chunk: Sequence[int], people: People, found: Found
) -> bool:
    """Write that these people met the list; those another worker wrote meanwhile are left out. False: the
    run is over, and nothing is written.
    """
    locked = _locked(run.pk)
    if locked.ended_at is not None:
        return False
    there = set(
        ScreeningRun.objects.filter(part=part, practitioner_id__in=unnested(chunk)).values_list(
            "practitioner_id", flat=True
        )
    )
    now = clock.now()
    missing = [pk for pk in chunk if pk not in there]
    keys = dict(zip(missing, next_keys(ScreeningRun, len(missing)), strict=True))
    # Sorted, because a list is read in no order and the same screening shall leave the same record.
    noted = {pk: tuple(sorted(found.weak.get(pk, ()))) for pk in missing}
    copy_values(
        ScreeningRun,
        _COLUMNS,
        [
            (
                *(key, uuid.uuid4(), pk, part.snapshot_id, part.pk, now, run.started_by_id),
                *([name.text for name in people[pk].names], people[pk].identity),
                *(len(found.matches.get(pk, ())) + len(noted[pk]), noted[pk]),
            )
            for pk, key in keys.items()
        ],
    )
    matched = [key for pk, key in keys.items() if pk in found.matches]
    runs = list(ScreeningRun.objects.filter(pk__in=matched)) if matched else []
    matches = keep_matches(actor=run.started_by, runs=runs, found=found.matches, always=False)
    ScreeningPart.objects.filter(pk=part.pk, ended_at__isnull=True).update(
        done=F("done") + len(missing),
        matches=F("matches") + matches,
        weak=F("weak") + sum(map(len, noted.values())),
    )
    locked.touched_at = now
    locked.save(update_fields=["touched_at"])
    return True


@transaction.atomic
def _end_part(run: StaffScreening, part: ScreeningPart) -> bool:
    if _locked(run.pk).ended_at is not None:
        return False
    part = ScreeningPart.objects.select_related("snapshot__exclusion_list").get(pk=part.pk)
    if part.ended_at is None:
        part.ended_at = clock.now()
        part.save(update_fields=["ended_at"])
        record_event(
            actor=run.started_by,
            verb="screening.everyone_screened",
            subject=part.snapshot,
            data={
                "list": part.snapshot.exclusion_list.code,
                "people": part.done,
                "matches": part.matches,
                "weak": part.weak,
                "run": str(run.uid),
            },
        )
    return True


def _answer_files(run: StaffScreening) -> str:
    """The files of applicants, one by one; then the run is over. It begins where it was cut off."""
    screened = ScreeningRun.objects.filter(part__run=run).values("practitioner_id")
    applicants = Application.objects.filter(practitioner_id__in=screened, status__in=REVIEWABLE)
    people = Practitioner.objects.filter(pk__in=applicants.values("practitioner_id")).order_by("uid")
    for practitioner in people:
        with transaction.atomic():
            lock_practitioner(practitioner)
            locked = _locked(run.pk)
            if locked.ended_at is not None:
                return "over"
            if locked.answered_through is not None and practitioner.uid <= locked.answered_through:
                continue
            answer_applications(run.started_by, practitioner, newest_runs(practitioner.pk))
            locked.answered_through, locked.touched_at = practitioner.uid, clock.now()
            locked.save(update_fields=["answered_through", "touched_at"])
    return _end(run)


@transaction.atomic
def _end(run: StaffScreening) -> str:
    locked = _locked(run.pk)
    if locked.ended_at is None:
        locked.ended_at = clock.now()
        locked.save(update_fields=["ended_at"])
        record_event(actor=run.started_by, verb="screening.run_finished", subject=locked)
    return "done"


def _locked(pk: int) -> StaffScreening:
    return StaffScreening.objects.select_for_update(of=("self",)).get(pk=pk)


def _chunks(items: Sequence[int], size: int) -> Iterable[Sequence[int]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


# --- the sweep ------------------------------------------------------------------------------------------


def sweep() -> int:
    """Send a run to the queue again nobody has worked on for long; answers how many (one at most)."""
    lost = StaffScreening.objects.filter(ended_at__isnull=True, touched_at__lt=clock.now() - LOST_AFTER)
    uids = [str(uid) for uid in lost.values_list("uid", flat=True)]
    for uid in uids:
        enqueue("screen_staff", uid)
    return len(uids)
