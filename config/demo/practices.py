"""Where the demo's people practise, how they look, who supervises whom, which records may be one person's,
and the lists somebody saved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.accounts.services.saved_lists import save_list
from config.demo.hospital import Hospital
from config.demo.people import Person
from config.demo.portraits import portrait_of
from config.demo.timeline import Timeline, at
from config.kernel import clock
from config.kernel.periods import days, through
from practitioners.choices import ContactKind, NameKind
from practitioners.models import PracticeGroup, PracticeLocation, Practitioner
from practitioners.rules.npi import npi_from_nine
from practitioners.services.affiliations import add_affiliation
from practitioners.services.credentials import record_claim
from practitioners.services.people import add_name, create_practitioner, set_contact_point
from practitioners.services.photos import set_photo
from practitioners.services.workplaces import add_location, create_group, set_group_active

#: Days ago on which the groups' rosters were typed in.
TYPED_IN = 120
LIST = "practitioners:list"


#: How many records :func:`_second_records` adds.
SECOND_RECORDS = 3


@dataclass(frozen=True)
class Practice:
    """A group, whose people it takes (facility and department; empty: nobody any more), and its offices."""

    name: str
    facility: str
    departments: tuple[str, ...]
    offices: tuple[tuple[str, str, str, str], ...]  # name, address, city, state


PRACTICES = (
    Practice("Harbor Point Surgical Associates", "LMC", ("surgery",), (
        ("Harbor Street", "120 Harbor Street, Suite 300", "Harbor Point", "IL"),
        ("Quarry Lane", "8 Quarry Lane", "Millbrook", "IL"),
    )),
    Practice("Lakeshore Internal Medicine", "LMC", ("medicine",), (
        ("Lakeshore Drive", "2200 Lakeshore Drive", "Harbor Point", "IL"),
        ("Mill Road", "41 Mill Road", "Millbrook", "IL"),
    )),
    Practice("Lakeshore Anesthesia Partners", "LMC", ("anesthesiology",), (
        ("Medical Center", "1 Hospital Plaza, Floor 2", "Harbor Point", "IL"),
    )),
    Practice("Northfold Emergency Physicians", "LMC", ("emergency",), (
        ("Emergency Department", "1 Hospital Plaza", "Harbor Point", "IL"),
    )),
    Practice("Lindenwood Women's Health", "LMC", ("obgyn",), (
        ("Lindenwood Avenue", "77 Lindenwood Avenue", "Harbor Point", "IL"),
    )),
    Practice("Alder Falls Family Clinic", "NVH", ("medicine", "surgery", "emergency"), (
        ("Foundry Street", "15 Foundry Street", "Alder Falls", "MI"),
    )),
    Practice("Sycamore Court Medical Group", "", (), (
        ("Sycamore Court", "3 Sycamore Court", "Millbrook", "IL"),
    )),
)  # fmt: skip
#: Whose photo was taken: every so many of the members.
PHOTO_EVERY = 4

#: Lists the credentialing coordinator saved: name, query, and whether colleagues see it.
SAVED = (
    ("Runs out within 30 days", "runs_out=30&columns=next&columns=number&columns=phone&sort=next", True),
    ("Licenses only claimed", "licence=claimed", False),
    ("Call list by group", "standing=appointed&columns=group&columns=office&columns=phone&sort=group", True),
)


def tell_practices(
    members: Sequence[Person],
    quiet: Sequence[Person],
    resigned: Person,
    on_file: Mapping[str, Practitioner],
    hospital: Hospital,
    timeline: Timeline,
) -> None:
    """Groups and photos of the ``members``; agreements and second records only of ``quiet`` ones, of whom no
    other story is told. ``resigned`` supervises somebody still, which is to be noticed.
    """
    with clock.freeze(at(timeline.workday(TYPED_IN), 9)):
        offices = _groups(hospital)
        for person in members:
            _place(person, on_file[person.npi], offices, hospital)
        closed = offices[PRACTICES[-1].name][0].group
        set_group_active(actor=hospital.office("LMC"), group=closed, active=False)
    with clock.freeze(at(timeline.workday(TYPED_IN - 10), 9)):
        for number, person in enumerate(members):
            if number % PHOTO_EVERY == 0:
                _photograph(person, on_file[person.npi], hospital)
    with clock.freeze(at(timeline.workday(TYPED_IN - 20), 9)):
        _supervise(members, quiet, resigned, on_file, hospital, timeline)
    with clock.freeze(at(timeline.workday(20), 16)):
        _second_records(quiet, on_file, hospital)
    with clock.freeze(at(timeline.workday(15), 16)):
        for name, query, shared in SAVED:
            save_list(actor=hospital.users["credentialing"], page=LIST, name=name, query=query, shared=shared)


# --- groups and photos ----------------------------------------------------------------------------------


def _groups(hospital: Hospital) -> dict[str, list[PracticeLocation]]:
    """Every group with its offices, by the group's name; the last one has closed."""
    actor = hospital.office("LMC")
    offices: dict[str, list[PracticeLocation]] = {}
    for number, practice in enumerate(PRACTICES):
        group: PracticeGroup = create_group(
            actor=actor,
            name=practice.name,
            npi=npi_from_nine(f"2999000{number:02d}"),
            tax_id=f"00-{5550100 + number}",
        )
        offices[practice.name] = [
            add_location(
                actor=actor, group=group, name=name, line_1=address, city=city, state=state,
                phone=f"(555) 555-{1200 + 10 * number + place:04d}",
            )
            for place, (name, address, city, state) in enumerate(practice.offices)
        ]  # fmt: skip
    return offices


def _place(
    person: Person, practitioner: Practitioner, offices: dict[str, list[PracticeLocation]], hospital: Hospital
) -> None:
    """The person's group, since their last job began; a few work at a second office, or came from the closed
    group.
    """
    actor = hospital.office(person.facility_code)
    starts = sorted(job.start for job in person.jobs)
    began = starts[-1]
    practice = next(
        (
            each
            for each in PRACTICES
            if each.facility == person.facility_code and person.department in each.departments
        ),
        None,
    )
    if practice is None:
        return
    places = offices[practice.name]
    home = places[person.index % len(places)]
    add_affiliation(actor=actor, practitioner=practitioner, location=home, valid=days(began, None), main=True)
    if len(places) > 1 and person.index % 5 == 0:
        other = places[(person.index + 1) % len(places)]
        add_affiliation(actor=actor, practitioner=practitioner, location=other, valid=days(began, None))
    if person.index % 17 == 3 and starts[0] < began:
        former = offices[PRACTICES[-1].name][0]
        add_affiliation(actor=actor, practitioner=practitioner, location=former, valid=days(starts[0], began))


def _photograph(person: Person, practitioner: Practitioner, hospital: Hospital) -> None:
    set_photo(
        actor=hospital.office(person.facility_code),
        practitioner=practitioner,
        content=portrait_of(person.npi, person.sex),
    )


# --- who supervises whom --------------------------------------------------------------------------------


def _supervise(
    members: Sequence[Person],
    quiet: Sequence[Person],
    resigned: Person,
    on_file: Mapping[str, Practitioner],
    hospital: Hospital,
    timeline: Timeline,
) -> None:
    """Agreements of assistants and nurse practitioners with a physician of their department."""
    physicians = [person for person in members if person.specialty.physician and person.npi != resigned.npi]
    assistants = [person for person in quiet if not person.specialty.physician]
    for number, person in enumerate(assistants):
        near = [each for each in physicians if each.facility_code == person.facility_code]
        same = [each for each in near if each.department == person.department] or near
        supervisor = resigned if number == len(assistants) - 1 else same[number % 2 % len(same)]
        record_claim(
            actor=hospital.office(person.facility_code),
            practitioner=on_file[person.npi],
            type_code="SUPERVISION",
            issuer=str(on_file[supervisor.npi]),
            state=person.state,
            valid=days(timeline.ago(200), through(timeline.ahead(165 + number))),
            extra={
                "agreement": "supervision" if person.provider_type == "PA" else "collaboration",
                "supervisor_npi": supervisor.npi,
            },
        )


# --- second records -------------------------------------------------------------------------------------


def _second_records(quiet: Sequence[Person], on_file: Mapping[str, Practitioner], hospital: Hospital) -> None:
    """Three pairs: two digits of the NPI changed places; a record under the maiden name; and a son of his
    father's name at the same practice, typed in without number or birth date, who is somebody else.
    """
    actor = hospital.office("LMC")
    here = [person for person in quiet if person.facility_code == "LMC" and person.specialty.physician]
    mistyped = here[0]
    married = next(person for person in here[1:] if person.sex == "F")
    father = next(person for person in here[1:] if person.sex == "M" and person.birth_date.year < 1972)
    twice = create_practitioner(
        actor=actor, provider_type=mistyped.provider_type, last_name=mistyped.last_name,
        first_name=mistyped.first_name, npi=_mistyped(mistyped.npi), birth_date=mistyped.birth_date,
        sex=mistyped.sex,
    )  # fmt: skip
    set_contact_point(actor=actor, practitioner=twice, kind=ContactKind.PHONE, line_1=mistyped.phone)
    record_claim(
        actor=actor, practitioner=twice, type_code="LICENSE", state=mistyped.state,
        number=mistyped.licence_number, valid=days(mistyped.licence_from, through(mistyped.licence_until)),
    )  # fmt: skip
    maiden = f"{married.last_name[:2]}lander"
    add_name(
        actor=actor, practitioner=on_file[married.npi], kind=NameKind.MAIDEN, last_name=maiden,
        first_name=married.first_name,
    )  # fmt: skip
    create_practitioner(
        actor=actor, provider_type=married.provider_type, last_name=maiden, first_name=married.first_name,
        birth_date=married.birth_date, sex=married.sex,
    )  # fmt: skip
    son = create_practitioner(
        actor=actor, provider_type=father.provider_type, last_name=father.last_name,
        first_name=father.first_name, suffix="Jr.", sex=father.sex,
    )  # fmt: skip
    family = f"office@{father.last_name.lower()}-family.example"
    for one in (on_file[father.npi], son):
        set_contact_point(actor=actor, practitioner=one, kind=ContactKind.PHONE, line_1=father.phone)
        set_contact_point(actor=actor, practitioner=one, kind=ContactKind.EMAIL, line_1=family)


def _mistyped(npi: str) -> str:
    """The number with two neighbouring digits exchanged, and the check digit that then fits."""
    digits = npi[:9]
    for place in range(7, 1, -1):
        swapped = f"{digits[:place]}{digits[place + 1]}{digits[place]}{digits[place + 2 :]}"
        if swapped != digits:
            return npi_from_nine(swapped)
    return npi_from_nine(f"{digits[:8]}{(int(digits[8]) + 1) % 10}")
