"""Which member of the staff has which story: licences running out, a leave, a query that is overdue."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, replace

from config.demo.accounts import APPLICANT
from config.demo.established import Record
from config.demo.people import Person
from config.demo.timeline import Timeline

#: Days from today to the last valid day of licences that are worth a reminder.
RUNNING_OUT = (5, 12, 28, 55)
#: Terms run this many cycles at the longest: 26 of four weeks are not quite two years.
TERM_CYCLES = 25


@dataclass
class Stories:
    """Who was chosen for what, so that later stages find them."""

    expired: Person
    renewed_late: Person
    on_leave: Person
    resigned: Person
    on_probation: Person
    namesake: Person
    both_places: Person
    lapsed: Person
    reappointed: tuple[tuple[Person, int], ...]  # with the cycle in which the board acted
    reappointing: tuple[Person, ...]


def tell_stories(
    members: list[Person],
    timeline: Timeline,
    *,
    seed: int,
    usernames: dict[str, str],
    cycles: tuple[int, ...],
) -> tuple[list[Record], Stories]:
    """The records of the members as taken over, and who is who. ``usernames`` by NPI stay out of trouble.

    ``cycles`` are those in which the board acts on reappointments, one per member chosen.
    """
    source = random.Random(seed + 2)  # noqa: S311 - reproducible invention, nothing secret
    free = [person for person in members if person.npi not in usernames and person.specialty.physician]
    others = [person for person in members if person.npi not in usernames and not person.specialty.physician]

    def take(facility: str = "LMC", specialty: str = "") -> Person:
        found = next(
            person
            for person in free
            if person.facility_code == facility and specialty in ("", person.specialty.code)
        )
        free.remove(found)
        return found

    changes: dict[str, dict] = {}
    person_changes: dict[str, dict] = {}

    def licence_until(person: Person, day: dt.date) -> None:
        person_changes.setdefault(person.npi, {}).update(
            licence_until=day, licence_from=day - dt.timedelta(days=1096)
        )

    both = take(specialty="cardiology")
    changes[both.npi] = {"also_at": "NVH"}
    expired, late = take(), take()
    licence_until(expired, timeline.ago(3))
    licence_until(late, timeline.ago(40))
    for days in RUNNING_OUT[:-1]:
        licence_until(take(), timeline.ahead(days))
    licence_until(take("NVH"), timeline.ahead(RUNNING_OUT[-1]))
    probation = take("NVH")
    changes[probation.npi] = {"licence_status": "PROBATION"}
    changes[take().npi] = {"term_months": 36}  # longer than the state of the facility allows
    changes[take("NVH").npi] = {"licence_stated_only": True}
    changes[take().npi] = {"licence_missing": True}
    changes[take().npi] = {"npdb_on": timeline.ago(790)}  # the two years are over
    changes[take("NVH").npi] = {"npdb_on": timeline.ago(745)}
    changes[take().npi] = {"npdb_on": None}
    lapsed = take()
    changes[lapsed.npi] = _decided(timeline.board(-27))
    reappointed = tuple(
        (take("LMC" if number % 2 == 0 else "NVH"), cycle) for number, cycle in enumerate(cycles)
    )
    for person, cycle in reappointed:
        changes[person.npi] = _decided(timeline.board(cycle - TERM_CYCLES))
    applicant = next(person for person in members if usernames.get(person.npi) == APPLICANT)
    reappointing = (applicant, take("NVH"))
    for person in reappointing:
        changes[person.npi] = _decided(timeline.board(1 - TERM_CYCLES))
    stories = Stories(
        expired=expired,
        renewed_late=late,
        on_leave=take(),
        resigned=take("NVH"),
        on_probation=probation,
        namesake=take(),
        both_places=both,
        lapsed=lapsed,
        reappointed=reappointed,
        reappointing=reappointing,
    )
    for person in source.sample(free + others, len(free) // 4):
        old_end = timeline.ago(source.randint(20, 250))
        licence_until(person, old_end)
        changes[person.npi] = {"renewed_until": old_end + dt.timedelta(days=1096)}
    records = []
    for person in members:
        record = _ordinary(replace(person, **person_changes.get(person.npi, {})), timeline, source)
        record = replace(record, username=usernames.get(person.npi, ""), **changes.get(person.npi, {}))
        records.append(record)
    return records, stories


def _decided(day: dt.date) -> dict:
    """Appointed on the day, the data bank queried once before; the next query comes with the next file."""
    return {"decided_on": day, "npdb_on": day - dt.timedelta(days=24), "continuous": False}


def _ordinary(person: Person, timeline: Timeline, source: random.Random) -> Record:
    """A member of whom nothing special is to be told."""
    decided_on = timeline.board(source.randint(-23, -13))
    continuous = source.random() < 0.45
    npdb_on = (
        timeline.workday(source.randint(15, 320))
        if continuous
        else decided_on - dt.timedelta(days=source.randint(12, 40))
    )
    if not person.specialty.physician:
        category = "app"
    else:
        category = source.choices(("active", "courtesy", "consulting"), weights=(8, 2, 1))[0]
    return Record(
        person=person, decided_on=decided_on, category=category, npdb_on=npdb_on, continuous=continuous
    )
