"""Screening people for exclusion, under every name ever used, against every list in use."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.copying import copy_values
from config.kernel.errors import Refused
from credentialing.choices import MatchClass, MatchStatus
from credentialing.models import ListRow, ListSnapshot, ScreeningMatch, ScreeningRun
from credentialing.rules import matching
from credentialing.rules.blocking import block_keys
from credentialing.rules.matching import ScreenedPerson
from credentialing.rules.name_forms import surname_keys
from credentialing.selectors.screening import (
    current_snapshots,
    name_bearers,
    parameters_of,
    rows_to_compare,
    screened_people,
    unnested,
)
from credentialing.services.findings import Finding, finding
from credentialing.services.guards import begin_person
from credentialing.services.matches import open_again
from credentialing.services.screening_answers import answer_applications
from practitioners.models import Practitioner
from practitioners.selectors.canonical import records_by_person

FACTS_CHANGED = "What the person is compared by (names, birth date, NPI, UPIN, addresses) changed since."
STRENGTH = {MatchClass.WEAK: 1, MatchClass.POSSIBLE: 2, MatchClass.CONFIRMED_CANDIDATE: 3}


@dataclass(frozen=True)
class Screened:
    """One person's screening: a run against each list in use."""

    runs: Sequence[ScreeningRun]

    @property
    def names(self) -> list[str]:
        """Every name that was compared."""
        return self.runs[0].names

    @property
    def candidates(self) -> int:
        """Rows that were close enough to be scored."""
        return sum(run.candidates for run in self.runs)

    @property
    def matches(self) -> QuerySet[ScreeningMatch]:
        """What was found, or found again."""
        return ScreeningMatch.objects.filter(run__in=[run.pk for run in self.runs]).order_by("id")


@transaction.atomic
def screen(*, actor, practitioner: Practitioner) -> Screened:
    """Screen one person under every name ever used against the newest load of every list in use.

    New matches wait for review. Without any, the item of every application in verification is answered with a
    certificate of the screening as evidence; a job's screening leaves the review to a person.
    """
    practitioner = begin_person(actor, practitioner, "credentialing.screen")
    snapshots = snapshots_in_use()
    person = screened_people([practitioner.pk])[practitioner.pk]
    runs = [_screen_against(actor, practitioner, person, snapshot) for snapshot in snapshots]
    answer_applications(actor, practitioner, runs)
    return Screened(runs)


def _screen_against(
    actor, practitioner: Practitioner, person: ScreenedPerson, snapshot: ListSnapshot
) -> ScreeningRun:
    exclusion_list = snapshot.exclusion_list
    parameters = parameters_of(exclusion_list)
    rows = list(rows_to_compare(exclusion_list, list(block_keys(person, parameters))))
    surnames = {text for row in rows for text in (row.last_name, row.first_name)}
    surnames |= {name.last for name in person.names}
    bearers = name_bearers(exclusion_list, surname_keys(surnames, parameters.last_width))
    matches = matching.find_matches(person, rows, parameters, bearers)
    found = [finding(row.pk, match) for row, match in matches]
    weak = [row.row_key for row, match in matches if match.match_class == matching.MatchClass.WEAK]
    run = ScreeningRun.objects.create(
        practitioner=practitioner,
        snapshot=snapshot,
        screened_at=clock.now(),
        screened_by=actor,
        names=[name.text for name in person.names],
        identity=person.identity,
        candidates=len(rows),
        weak=sorted(weak),
    )
    keep_matches(actor=actor, runs=[run], found={practitioner.pk: found}, always=True)
    record_event(
        actor=actor,
        verb="screening.screened",
        subject=run,
        practitioner=practitioner,
        data={
            "list": snapshot.exclusion_list.code,
            "names": len(run.names),
            "candidates": run.candidates,
            "matches": len(found) - len(weak),
            "weak": len(weak),
        },
    )
    return run


def snapshots_in_use() -> list[ListSnapshot]:
    """The newest load of every list in use; refused where no list was loaded."""
    snapshots = current_snapshots()
    if not snapshots:
        raise Refused("No exclusion list has been loaded yet; load the list of the OIG first.")
    return snapshots


#: What is written of a match nobody has looked at.
_COLUMNS = (
    "uid", "practitioner_id", "run_id", "row_id", "found_at", "match_class", "score", "status",
    "clear_reason", "cleared_identity", "note", "taken_up",
)  # fmt: skip


@transaction.atomic
def keep_matches(
    *, actor, runs: Sequence[ScreeningRun], found: Mapping[int, Sequence[Finding]], always: bool
) -> int:
    """One row per person and listed party; two queries and what changed, for any number of people. Answers
    how many were found that are more than weak.

    A cleared one is opened again when it became stronger, or when what the person is compared by is no longer
    what it was when it was cleared. One that waits is written again when it changed, or ``always``, so that
    it stands with its newest run; where the publisher corrected its row, it goes with the corrected one. A
    weak one that is not on file stays a number in its run (ADR 20).
    """
    pairs = {
        (run.practitioner_id, each.row_id) for run in runs for each in found.get(run.practitioner_id, ())
    }
    held = _held(pairs)
    held |= _held_before_correction(pairs - set(held))
    fresh = []
    for run in runs:
        for each in found.get(run.practitioner_id, ()):
            old = held.get((run.practitioner_id, each.row_id))
            if old is not None:
                _keep_again(actor, old, run, each, always)
            elif each.match_class != MatchClass.WEAK:
                fresh.append(
                    (
                        *(uuid.uuid4(), run.practitioner_id, run.pk, each.row_id, run.screened_at),
                        *(each.match_class.value, each.score, MatchStatus.NEW.value, "", "", "", False),
                    )
                )
    copy_values(ScreeningMatch, _COLUMNS, fresh)
    every = (each for run in runs for each in found.get(run.practitioner_id, ()))
    return sum(each.match_class != MatchClass.WEAK for each in every)


def _keep_again(actor, old: ScreeningMatch, run: ScreeningRun, each: Finding, always: bool) -> None:
    """What a screening makes of a match that is on file."""
    stronger = STRENGTH[each.match_class] > STRENGTH[MatchClass(old.match_class)]
    if old.status == MatchStatus.CLEARED:
        if stronger:
            open_again(actor=actor, match=old, reason="A screening found it stronger.")
        elif old.cleared_identity not in ("", run.identity) and each.match_class != MatchClass.WEAK:
            open_again(actor=actor, match=old, reason=FACTS_CHANGED)
    score = json.loads(each.score)
    changed = always or (old.match_class, old.score, old.row_id) != (each.match_class, score, each.row_id)
    if stronger or (old.status == MatchStatus.NEW and changed):
        old.match_class, old.score, old.run, old.row_id = each.match_class, score, run, each.row_id
        old.save(update_fields=["match_class", "score", "run", "row"])


def _held(pairs: set[tuple[int, int]]) -> dict[tuple[int, int], ScreeningMatch]:
    """The matches that are on file of these people, on any of their records, and rows; locked."""
    if not pairs:
        return {}
    person_of = records_by_person({person for person, _ in pairs})
    rows = ScreeningMatch.objects.select_for_update(of=("self",)).filter(
        practitioner_id__in=unnested(person_of), row_id__in=unnested({row for _, row in pairs})
    )
    held = {(person_of[match.practitioner_id], match.row_id): match for match in rows}
    return {pair: match for pair, match in held.items() if pair in pairs}


def _held_before_correction(pairs: set[tuple[int, int]]) -> dict[tuple[int, int], ScreeningMatch]:
    """For pairs nothing is on file of, the undecided match of the row as it stood before the publisher
    corrected it; what was decided about that one stays with it.
    """
    corrected = ListRow.objects.filter(pk__in=unnested({row for _, row in pairs}), replaces__isnull=False)
    before = dict(corrected.values_list("pk", "replaces_id")) if pairs else {}
    held = _held({(person, before[row]) for person, row in pairs if row in before})
    return {
        (person, row): held[person, before[row]]
        for person, row in pairs
        if row in before
        and (person, before[row]) in held
        and held[person, before[row]].status == MatchStatus.NEW
    }
