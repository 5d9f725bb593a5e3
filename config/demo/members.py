"""Which member of the staff has which story: licences running out, a leave, a query that is overdue."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, replace

from bylaws.choices import BarKind
from config.demo.accounts import APPLICANT
from config.demo.established import Record
from config.demo.people import Person
from config.demo.timeline import Timeline

#: Days from today to the last valid day of licences that are worth a reminder.
RUNNING_OUT = (5, 12, 28, 55)
#: How many surgeons have the term before on record, and hardly operate any more.
SELDOM = 2
#: Terms run this many cycles at the longest: 26 of four weeks are not quite two years.
TERM_CYCLES = 25


@dataclass(frozen=True)
class PastBar:
    """Something that kept a member from using privileges: days before today, 0: it still stands; ``lifted``
    says why it was lifted, empty where it ran to its last day.
    """

    person: Person
    kind: BarKind
    cause: str
    citation: str
    from_ago: int
    until_ago: int = 0
    lifted: str = ""


#: Facility, kind, cause, citation, days since it began and ended, and why it was lifted.
BARS = (
    ("LMC", BarKind.ADMINISTRATIVE_SUSPENSION, "Eleven records incomplete for more than thirty days.",
     "Medical Staff Rules, section 4 (completion of records)", 212, 205, "All records were completed."),
    ("LMC", BarKind.LEAVE, "Family leave, asked for in writing.",
     "Medical Staff Bylaws, article 6 (leave of absence)", 260, 170, ""),
    ("NVH", BarKind.LEAVE, "Leave for military service.",
     "Medical Staff Bylaws, article 6 (leave of absence)", 190, 104,
     "Returned earlier than planned; license and insurance are current."),
    ("LMC", BarKind.PRECAUTIONARY_SUSPENSION, "Two unexpected returns to the operating room within a week.",
     "Medical Staff Bylaws, article 7 (precautionary suspension)", 131, 122,
     "Minutes of the Medical Executive Committee: the review found no departure from the standard of care."),
    ("LMC", BarKind.RESTRICTION, "Agreed upon until the review of two cases is closed.",
     "Medical Staff Bylaws, article 7 (restriction by agreement)", 19, 0, ""),
    ("LMC", BarKind.PRECAUTIONARY_SUSPENSION, "Two nurses reported somebody unfit to work.",
     "Medical Staff Bylaws, article 7 (precautionary suspension)", 9, 0, ""),
)  # fmt: skip


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
    bars: tuple[PastBar, ...]


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
        bars=tuple(PastBar(take(facility), *told) for facility, *told in BARS),
    )
    for person in source.sample(free + others, len(free) // 4):
        old_end = timeline.ago(source.randint(20, 250))
        licence_until(person, old_end)
        changes[person.npi] = {"renewed_until": old_end + dt.timedelta(days=1096)}
    # Nobody has begun to renew this term, and it ends before the bodies can act.
    forgotten = next(person for person in free if person.facility_code == "LMC" and person.npi not in changes)
    changes[forgotten.npi] = _decided(timeline.board(-24))
    for person in [each for each in free if _operates(each) and each.npi not in changes][:SELDOM]:
        changes[person.npi] = {"earlier_term": True}
    records = []
    for person in members:
        record = _ordinary(replace(person, **person_changes.get(person.npi, {})), timeline, source)
        record = replace(record, username=usernames.get(person.npi, ""), **changes.get(person.npi, {}))
        if record.username and person.specialty.physician:  # whoever leads or sits on a body is active
            record = replace(record, category="active")
        records.append(record)
    return records, stories


def _operates(person: Person) -> bool:
    return person.facility_code == "LMC" and person.specialty.form == "GS"


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
