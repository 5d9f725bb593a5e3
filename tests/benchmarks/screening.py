"""What is measured of exclusion screening: lists as long as the real ones, the whole staff, who is found.

People who stand on a list are planted among the staff first (``screening_plants``), and their rows among the
rows; the table of the page says what became of each kind of them, and how much the office has to look at.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from django.db import connection

from bylaws.models import StaffCategory
from bylaws.services.appointments import open_appointment
from config.accounts.services.users import system_user
from config.kernel import clock
from config.organization.models import Department
from credentialing.choices import MatchClass, MatchStatus
from credentialing.models import ExclusionList, ScreeningMatch, ScreeningRun
from credentialing.rules.matching import compare
from credentialing.selectors.screening import (
    REPEATING_AGENCY,
    STANDING_ROW,
    parameters_of,
    rows_to_compare,
    screened_people,
    to_screen,
)
from credentialing.services.exclusion_lists import LoadResult, load_leie, load_sam
from credentialing.services.staff_screening import screen_everyone
from practitioners.services.people import add_name, create_practitioner, set_contact_point
from tests.benchmarks.measuring import Row, Spent, growth, once
from tests.benchmarks.screening_lists import (
    LEIE_ROWS,
    SAM_ROWS,
    leie_rows,
    sam_rows,
    write_leie,
    write_sam,
)
from tests.benchmarks.screening_plants import Plant, plant_all
from tests.benchmarks.world import World

FOUND = "everybody planted on a list is found"
GONE = "who was reinstated is off the list, the others stay"
#: People the lists are as long as the real ones for; fewer people get shorter lists, but never very short.
WHOLE, LEAST = 20_000, 0.015
#: Of a hundred rows of a list, those that are others a month later.
CHANGED = 1
#: Most matches to be looked at of a thousand people who are not on a list.
MOST_REVIEWS = 5.0
#: From this many people on, blocking must spare nearly everything.
LARGE = 5_000
WEAK = MatchClass.WEAK
STRENGTH = {MatchClass.WEAK: 1, MatchClass.POSSIBLE: 2, MatchClass.CONFIRMED_CANDIDATE: 3}


def screening(world: World) -> Iterator[Row]:
    """Lists loaded, everybody screened, the lists of the next month, everybody screened again."""
    chance = random.Random(world.count)
    today, share = clock.today(world.facility), max(LEAST, min(1.0, world.count / WHOLE))
    plants = plant_all(chance, world.facility.state)
    keys = _hire(world, plants, today)
    invented = leie_rows(int(LEIE_ROWS * share), chance, today)
    listed = [*invented, *(row for plant in plants for row in plant.leie)]
    chance.shuffle(listed)
    path = write_leie(world.folder / "UPDATED.csv", listed)
    yield _load_row("load of the OIG's list, the first", load_leie, path, 20)
    extract = [
        *sam_rows(int(SAM_ROWS * share), invented, chance),
        *(row for each in plants for row in each.sam),
    ]
    path = write_sam(world.folder / "SAM.csv", extract)
    yield _load_row("load of the extract of SAM.gov, the first", load_sam, path, 40)

    yield _screening_row(world, "screening of everybody, every name, both lists", 60)
    world.appendix.append(_table(world, plants, keys))
    yield _found_row(world, plants, keys)

    later = _next_month(listed, plants, chance, today)
    path = write_leie(world.folder / "NEXT.csv", later)
    yield _load_row("the OIG's list of the next month, and what changed", load_leie, path, 10)
    yield _screening_row(world, "screening of everybody after the next list", 60)
    yield _screening_row(world, "screening of everybody, nothing new", 15)
    yield _gone_row(plants, keys)


# --- people and lists -----------------------------------------------------------------------------------


def _hire(world: World, plants: Sequence[Plant], today: dt.date) -> list[int]:
    """Give the planted people a record and an appointment; answers their keys in the order given."""
    system, keys = system_user(), []
    category = StaffCategory.objects.get(code="active")
    department = Department.objects.filter(facility=world.facility).order_by("pk").first()
    for plant in plants:
        person = create_practitioner(
            actor=world.office,
            provider_type="MD",
            last_name=plant.last,
            first_name=plant.first,
            birth_date=plant.born,
            npi=plant.npi,
        )
        if plant.former:
            last, first = plant.former
            add_name(actor=world.office, practitioner=person, kind="maiden", last_name=last, first_name=first)
        set_contact_point(
            actor=world.office, practitioner=person, kind="practice", line_1="1 Harbor Street",
            city="Harbor Point", state=world.facility.state, postal_code="60001",
        )  # fmt: skip
        open_appointment(
            actor=system,
            practitioner=person,
            facility=world.facility,
            decision=None,
            decided_on=today,
            category=category,
            department=department,
            start=today,
            end=today + dt.timedelta(days=700),
            authority="Planted for measurements",
        )
        keys.append(person.pk)
    return keys


def _next_month(listed, plants: Sequence[Plant], chance: random.Random, today: dt.date) -> list[Any]:
    """The list a month later: a few rows gone, as many new, and the reinstated ones are off it."""
    planted = {id(row): plant for plant in plants for row in plant.leie}
    stays = [
        row
        for row in listed
        if (not planted[id(row)].gone_later if id(row) in planted else chance.random() * 100 >= CHANGED)
    ]
    return [*stays, *leie_rows(max(1, len(listed) * CHANGED // 100), chance, today)]


# --- rows -----------------------------------------------------------------------------------------------


def _load_row(question: str, load, path, limit: float) -> Row:
    """A load, against COPY of the same file into a bare table."""
    copied, _ = once(lambda: _copy(path))
    with growth() as grown:
        spent, result = once(lambda: load(actor=system_user(), path=path))
    row = Row(question, limit, [spent], "COPY", [copied])
    assert isinstance(result, LoadResult)
    row.notes.append(f"{result.sentence} Memory grew by {grown.megabytes}")
    return row


def _copy(path) -> None:
    """The file as it is into a table of text columns that is gone afterwards."""
    with path.open(encoding="utf-8", newline="") as stream:
        columns = next(csv.reader(stream))
        rest = io.StringIO(stream.read())
    named = ", ".join(f"c{number} text" for number in range(len(columns)))
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE bare_copy ({named})")
        cursor.copy_expert("COPY bare_copy FROM STDIN (FORMAT csv)", rest)
        cursor.execute("DROP TABLE bare_copy")


def _screening_row(world: World, question: str, limit: float) -> Row:
    """A screening of everybody, against the comparison of all pairs, from a sample of them."""
    with growth() as grown:
        spent, counts = once(lambda: screen_everyone(actor=system_user()))
    row = Row(question, limit, [spent], "all pairs", [_all_pairs(world)])
    row.most_ratio = 1 / 50 if world.count >= LARGE else None
    row.notes.append(
        f"{counts['people']:,} people, {counts['matches']:,} matches found. Memory grew by {grown.megabytes}"
    )
    return row


def _all_pairs(world: World) -> Spent:
    """How long it would take to compare everybody with every row of every list."""
    people = to_screen(clock.today(world.facility))
    some = list(screened_people(people[:: max(1, len(people) // 40)]).values())
    clocked = worked = 0.0
    for each in ExclusionList.objects.filter(active=True):
        parameters, rows = parameters_of(each), list(rows_to_compare(each))
        few = rows[:: max(1, len(rows) // 100)]
        spent, _ = once(
            lambda few=few, parameters=parameters: [
                compare(one, row, parameters) for one, row in product(some, few)
            ]
        )
        times = len(people) * len(rows) / (len(some) * len(few))
        clocked, worked = clocked + spent.clock * times, worked + spent.work * times
    return Spent(clocked, worked)


# --- who was found --------------------------------------------------------------------------------------


def found_of(keys: Sequence[int]) -> dict[int, dict[str, MatchClass]]:
    """The strongest class of each of these people by list."""
    answer: dict[int, dict[str, MatchClass]] = {}
    matches = ScreeningMatch.objects.filter(practitioner_id__in=keys)
    for key, code, word in matches.values_list("practitioner_id", "row__exclusion_list__code", "match_class"):
        classes = answer.setdefault(key, {})
        if code not in classes or STRENGTH[MatchClass(word)] > STRENGTH[classes[code]]:
            classes[code] = MatchClass(word)
    return answer


def noted_of(keys: Sequence[int]) -> dict[int, set[str]]:
    """The lists of which the newest screening of each of these people noted rows for information."""
    runs = ScreeningRun.objects.filter(practitioner_id__in=keys).exclude(weak=[])
    answer: dict[int, set[str]] = {}
    for key, code in runs.values_list("practitioner_id", "snapshot__exclusion_list__code"):
        answer.setdefault(key, set()).add(code)
    return answer


def to_look_at(keys: Sequence[int]) -> tuple[int, int]:
    """How many matches wait for a person: of the planted people, and of others. A row of SAM.gov that repeats
    one of the OIG is decided with it and counts once.
    """
    waiting = ScreeningMatch.objects.filter(STANDING_ROW, status=MatchStatus.NEW)
    waiting = waiting.exclude(match_class=MatchClass.WEAK)
    once_each = {
        (key, last, first) if code == "leie" or agency == REPEATING_AGENCY else (key, pk)
        for pk, key, code, agency, last, first in waiting.values_list(
            "pk", "practitioner_id", "row__exclusion_list__code", "row__agency",
            "row__last_name", "row__first_name",
        )
    }  # fmt: skip
    planted = set(keys)
    ours = sum(each[0] in planted for each in once_each)
    return ours, len(once_each) - ours


def _found_row(world: World, plants: Sequence[Plant], keys: Sequence[int]) -> Row:
    """Whether everybody planted was found, and how much there is to look at beside them."""
    found = found_of(keys)
    excluded = [(key, plant) for key, plant in zip(keys, plants, strict=True) if plant.excluded]
    seen = [
        key for key, _ in excluded if any(word != MatchClass.WEAK for word in found.get(key, {}).values())
    ]
    ours, others = to_look_at(keys)
    per_thousand = 1000 * others / world.count
    row = Row(FOUND, 1, [Spent(0, 0)])
    row.notes.append(
        f"recall {len(seen)} of {len(excluded)}; to be looked at: {ours} planted and {others} others, "
        f"{per_thousand:.1f} of 1,000 people"
    )
    if len(seen) < len(excluded):
        row.faults.append(f"{len(excluded) - len(seen)} excluded people were not found")
    if per_thousand > MOST_REVIEWS:
        row.faults.append(f"more than {MOST_REVIEWS:g} of 1,000 people are looked at for nothing")
    return row


def _gone_row(plants: Sequence[Plant], keys: Sequence[int]) -> Row:
    """Who was reinstated no longer stands on the list, and everybody else still does."""
    standing = set(
        ScreeningMatch.objects.filter(STANDING_ROW, practitioner_id__in=keys).values_list(
            "practitioner_id", flat=True
        )
    )
    gone = {key for key, plant in zip(keys, plants, strict=True) if plant.gone_later}
    stay = {key for key, plant in zip(keys, plants, strict=True) if plant.excluded and not plant.gone_later}
    row = Row(GONE, 1, [Spent(0, 0)])
    row.notes.append(
        f"{len(gone - standing)} of {len(gone)} are off, {len(stay & standing)} of {len(stay)} stay"
    )
    if gone & standing or stay - standing:
        row.faults.append("matches stand that should not, or the other way round")
    return row


def _table(world: World, plants: Sequence[Plant], keys: Sequence[int]) -> str:
    """Precision and recall as a section of the page."""
    found, noted = found_of(keys), noted_of(keys)
    lines = [
        "## Exclusion screening: who is found",
        "",
        f"{len(plants)} people were planted among {world.count:,}, and their rows among the invented ones.",
        "",
        "| Planted | Should be | Found |",
        "|---|---|---|",
    ]
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    words: dict[str, str] = {}
    for key, plant in zip(keys, plants, strict=True):
        total[plant.case] += 1
        seen = dict.fromkeys(noted.get(key, ()), WEAK) | found.get(key, {})
        # Where a frequent name meets somebody else of that name too, that one is noted beside.
        right[plant.case] += {code: word for code, word in seen.items() if code in plant.found} == plant.found
        words[plant.case] = _words(plant)
    lines += [f"| {name} | {words[name]} | {right[name]} of {total[name]} |" for name in total]
    ours, others = to_look_at(keys)
    weak = sum(ScreeningRun.objects.values_list("weak__len", flat=True))
    precision = f"{ours / (ours + others):.0%}" if ours + others else "-"
    told = (
        f"To be looked at: {ours:,} of planted people, {others:,} of others "
        f"({1000 * others / world.count:.1f} of 1,000 people): precision {precision}. Kept for information, "
        f"because the birth date or the NPI is another or only a common name agrees: {weak:,}."
    )
    lines += ["", told]
    return "\n".join(lines)


def _words(plant: Plant) -> str:
    if not plant.found:
        return "nothing"
    return ", ".join(f"{word.label.lower()} ({code})" for code, word in sorted(plant.found.items()))
