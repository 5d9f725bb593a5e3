"""Screening people for exclusion, under every name ever used, against every list in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.choices import MatchClass, MatchStatus
from credentialing.models import ListRow, ListSnapshot, ScreeningMatch, ScreeningRun
from credentialing.rules import matching
from credentialing.rules.clearing import identity_of
from credentialing.rules.matching import Match, ScreenedPerson
from credentialing.selectors.screening import (
    current_snapshots,
    parameters_of,
    rows_to_compare,
    screened_people,
    surname_bearers,
    unnested,
)
from credentialing.services.guards import begin_person
from credentialing.services.matches import open_again
from credentialing.services.screening_answers import answer_applications
from practitioners.models import Practitioner
from practitioners.selectors.canonical import records_by_person

WORD = {
    matching.MatchClass.CONFIRMED_CANDIDATE: MatchClass.CONFIRMED_CANDIDATE,
    matching.MatchClass.POSSIBLE: MatchClass.POSSIBLE,
    matching.MatchClass.WEAK: MatchClass.WEAK,
}
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
    keys = list(matching.block_keys(person, parameters))
    rows = list(rows_to_compare(exclusion_list, keys))
    surnames = {text for row in rows for text in (row.last_name, row.first_name)}
    bearers = surname_bearers(exclusion_list, matching.surname_keys(surnames, parameters.last_width))
    found = matching.find_matches(person, rows, parameters, bearers)
    run = ScreeningRun.objects.create(
        practitioner=practitioner,
        snapshot=snapshot,
        screened_at=clock.now(),
        screened_by=actor,
        names=[name.text for name in person.names],
        identity=identity_of(person),
        candidates=len(rows),
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
            "matches": len(found),
        },
    )
    return run


def snapshots_in_use() -> list[ListSnapshot]:
    """The newest load of every list in use; refused where no list was loaded."""
    snapshots = current_snapshots()
    if not snapshots:
        raise Refused("No exclusion list has been loaded yet; load the list of the OIG first.")
    return snapshots


@transaction.atomic
def keep_matches(
    *, actor, runs: Sequence[ScreeningRun], found: Mapping[int, Sequence[tuple[Any, Match]]], always: bool
) -> int:
    """One row per person and listed party; two queries and what changed, for any number of people. Answers
    how many were found.

    A cleared one is opened again when it became stronger, or when what the person is compared by is no longer
    what it was when it was cleared. One that waits is written again when it changed, or ``always``, so that
    it stands with its newest run; where the publisher corrected its row, it goes with the corrected one.
    """
    pairs = {(run.practitioner_id, row.pk) for run in runs for row, _ in found.get(run.practitioner_id, ())}
    held = _held(pairs)
    held |= _held_before_correction(pairs - set(held))
    fresh = []
    for run in runs:
        for row, match in found.get(run.practitioner_id, ()):
            word, score = WORD[match.match_class], _score(match)
            old = held.get((run.practitioner_id, row.pk))
            if old is None:
                fresh.append(
                    ScreeningMatch(
                        practitioner_id=run.practitioner_id,
                        run=run,
                        row_id=row.pk,
                        found_at=run.screened_at,
                        match_class=word,
                        score=score,
                    )
                )
                continue
            stronger = STRENGTH[word] > STRENGTH[MatchClass(old.match_class)]
            if old.status == MatchStatus.CLEARED:
                if stronger:
                    open_again(actor=actor, match=old, reason="A screening found it stronger.")
                elif old.cleared_identity not in ("", run.identity) and word != MatchClass.WEAK:
                    open_again(actor=actor, match=old, reason=FACTS_CHANGED)
            changed = always or (old.match_class, old.score, old.row_id) != (word, score, row.pk)
            if stronger or (old.status == MatchStatus.NEW and changed):
                old.match_class, old.score, old.run, old.row_id = word, score, run, row.pk
                old.save(update_fields=["match_class", "score", "run", "row"])
    ScreeningMatch.objects.bulk_create(fresh, batch_size=1000)
    return len(pairs)


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


def _score(match: Match) -> dict:
    return {
        "score": match.score,
        "name_used": match.name_used.text if match.name_used else "",
        "name_label": match.name_used.label if match.name_used else "",
        "swapped": match.swapped,
        "parts": match.as_fields(),
    }
