"""Rows of exclusion lists that were noted for information: the names match, and it is somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from credentialing.models import ExclusionList, ListRow, ScreeningMatch, ScreeningRun
from credentialing.rules.matching import Match, ScreenedPerson, compare
from credentialing.rules.name_forms import surname_keys
from credentialing.selectors.screening import (
    name_bearers,
    newest_runs,
    parameters_of,
    rows_to_compare,
    screened_people,
)
from practitioners.selectors.canonical import among

#: Parts of a comparison that are not worth a sentence where the names are known to match.
NOT_TOLD = {"npi": "absent", "middle": "absent", "birth_date": "absent"}


@dataclass(frozen=True)
class Noted:
    """A row, the screening that noted it, how it compares with the person of today, and why it was noted."""

    run: ScreeningRun
    row: ListRow
    match: Match
    why: Sequence[str]


def noted_count(runs: Sequence[ScreeningRun]) -> int:
    """How many rows these screenings noted."""
    return sum(len(run.weak) for run in runs)


def noted_of(practitioner_id: int) -> list[Noted]:
    """What the person's newest screenings noted and nobody took up, by list and name; rows that left their
    list since are left out. Four queries for each list.
    """
    person = screened_people([practitioner_id])[practitioner_id]
    matches = ScreeningMatch.objects.filter(practitioner__in=among([practitioner_id]))
    taken = set(matches.values_list("row__exclusion_list_id", "row__row_key"))
    noted: list[Noted] = []
    for run in newest_runs(practitioner_id):
        of_list = run.snapshot.exclusion_list
        keys = {key for key in run.weak if (of_list.pk, key) not in taken}
        if keys:
            noted += _of_list(person, run, of_list, keys)
    return noted


def _of_list(
    person: ScreenedPerson, run: ScreeningRun, exclusion_list: ExclusionList, keys: set[str]
) -> list[Noted]:
    rows = ListRow.objects.filter(
        exclusion_list=exclusion_list, row_key__in=keys, removed_in__isnull=True
    ).order_by("last_name", "first_name", "pk")
    stored = {row.pk: row for row in rows.select_related("exclusion_list")}
    parameters = parameters_of(exclusion_list)
    surnames = {text for row in stored.values() for text in (row.last_name, row.first_name)}
    surnames |= {name.last for name in person.names}
    bearers = name_bearers(exclusion_list, surname_keys(surnames, parameters.last_width))
    compared = {row.pk: row for row in rows_to_compare(exclusion_list, pks=list(stored))}
    answer = []
    for pk, row in stored.items():
        match = compare(person, compared.get(pk, row), parameters, bearers)
        why = [part.sentence for part in match.parts if NOT_TOLD.get(part.name) != part.outcome]
        answer.append(Noted(run, row, match, why))
    return answer
