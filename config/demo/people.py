"""Invented practitioners, the same for the same seed and day.

People, hospitals, schools and numbers are made up. NPI and DEA numbers carry right check digits, so that the
product's own checks accept them; the NPIs are of a range that has not been given to anybody.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, replace

from config.demo.names import NameSource
from practitioners.rules.dea import check_digit
from practitioners.rules.names import search_key
from practitioners.rules.npi import npi_from_nine

STREETS = (
    "Harbor Street",
    "Mill Road",
    "Lindenwood Avenue",
    "Quarry Lane",
    "Sycamore Court",
    "Lakeshore Drive",
    "Chestnut Hill Road",
    "Foundry Street",
)
SCHOOLS = (
    "Lakelands University College of Medicine",
    "Tidewater State University School of Medicine",
    "Copper Range Medical School",
    "Meridian State University School of Medicine",
    "Blue Ridge University School of Medicine",
    "Great Basin College of Medicine",
    "Prairie States College of Osteopathic Medicine",
)
PROGRAMMES = (
    "Lakelands University Hospitals",
    "Tidewater State University Hospital",
    "Meridian State Medical Center",
    "Great Basin Medical Center",
    "St. Brendan Teaching Hospital",
    "Copper Range Regional Medical Center",
)
#: Where one of so many physicians studied: their file holds the certificate of the ECFMG.
ABROAD = ("University of Port Meridian Faculty of Medicine", "Saint Corvin Medical University")
ONE_ABROAD_OF = 13
NURSING_SCHOOLS = ("Lakelands University College of Nursing", "Meridian State University School of Nursing")
PA_SCHOOLS = ("Tidewater State University PA Program", "Blue Ridge University School of Health Sciences")
EMPLOYERS = (
    "St. Brendan Teaching Hospital",
    "Quarry Hill Community Hospital",
    "Fernley Valley Clinic",
    "Meridian State Medical Center",
    "Harrow Street Physicians Group",
    "Sandbar Regional Medical Center",
)
CARRIERS = ("Keystone Physicians Mutual", "Great Lakes Professional Liability", "Harbor Medical Protective")


@dataclass(frozen=True)
class Specialty:
    """What a practitioner does: where it is trained, who certifies it, which form it is privileged on."""

    code: str
    name: str
    department: str
    taxonomy: str
    form: str
    training: str
    board: str
    certificate: str
    years: int = 3
    provider_type: str = ""  # empty: a physician
    courses: tuple[str, ...] = ("ACLS",)
    volumes: tuple[tuple[str, int], ...] = ()  # procedure group and a usual number in two years

    @property
    def physician(self) -> bool:
        """Whether physicians practise it."""
        return not self.provider_type


SPECIALTIES = {
    each.code: each
    for each in (
        Specialty(
            "general-surgery", "General surgery", "surgery", "208600000X", "GS", "General surgery",
            "American Board of Surgery", "Surgery", years=5, volumes=(("gs-major", 210),),
        ),
        Specialty(
            "orthopaedics", "Orthopedic surgery", "surgery", "207X00000X", "OR", "Orthopedic surgery",
            "American Board of Orthopedic Surgery", "Orthopedic surgery", years=5,
            volumes=(("or-major", 240),),
        ),
        Specialty(
            "internal-medicine", "Internal medicine", "medicine", "207R00000X", "IM", "Internal medicine",
            "American Board of Internal Medicine", "Internal medicine",
            volumes=(("im-inpatient", 420), ("im-central-line", 14)),
        ),
        Specialty(
            "hospital-medicine", "Hospital medicine", "medicine", "208M00000X", "IM", "Internal medicine",
            "American Board of Internal Medicine", "Internal medicine",
            volumes=(("im-inpatient", 900), ("im-ventilator", 22)),
        ),
        Specialty(
            "family-medicine", "Family medicine", "medicine", "207Q00000X", "IM", "Family medicine",
            "American Board of Family Medicine", "Family medicine", volumes=(("im-inpatient", 180),),
        ),
        Specialty(
            "cardiology", "Cardiovascular disease", "medicine", "207RC0000X", "CD", "Cardiovascular disease",
            "American Board of Internal Medicine", "Cardiovascular disease", years=6,
            volumes=(("cd-cath", 160),),
        ),
        Specialty(
            "anesthesiology", "Anesthesiology", "anesthesiology", "207L00000X", "AN", "Anesthesiology",
            "American Board of Anesthesiology", "Anesthesiology", years=4, volumes=(("an-anesthetics", 800),),
        ),
        Specialty(
            "emergency", "Emergency medicine", "emergency", "207P00000X", "EM", "Emergency medicine",
            "American Board of Emergency Medicine", "Emergency medicine", years=4,
            volumes=(("em-ultrasound", 60),),
        ),
        Specialty(
            "obgyn", "Obstetrics and gynecology", "obgyn", "207V00000X", "OB", "Obstetrics and gynecology",
            "American Board of Obstetrics and Gynecology", "Obstetrics and gynecology", years=4,
            volumes=(("ob-deliveries", 130),),
        ),
        Specialty(
            "nurse-practitioner", "Nurse practitioner", "medicine", "363LA2100X", "AP",
            "Acute care nursing", "American Nurses Credentialing Center", "Acute care nurse practitioner",
            years=2, provider_type="NP", volumes=(("ap-inpatient", 300),),
        ),
        Specialty(
            "physician-assistant", "Physician assistant", "emergency", "363A00000X", "AP",
            "Physician assistant studies", "National Commission on Certification of Physician Assistants",
            "Physician assistant", years=2, provider_type="PA", volumes=(("ap-inpatient", 260),),
        ),
        Specialty(
            "surgical-assistant", "Physician assistant, surgery", "surgery", "363AS0400X", "AP",
            "Physician assistant studies", "National Commission on Certification of Physician Assistants",
            "Physician assistant", years=2, provider_type="PA", volumes=(("ap-inpatient", 220),),
        ),
        Specialty(
            "nurse-anesthetist", "Nurse anesthesia", "anesthesiology", "367500000X", "NA", "Nurse anesthesia",
            "National Board of Certification and Recertification for Nurse Anesthetists",
            "Nurse anesthetist", years=3, provider_type="CRNA", volumes=(("na-anesthetics", 600),),
        ),
    )
}  # fmt: skip

#: Who works where: facility, specialty, how many of every 120.
STAFF = (
    ("LMC", "general-surgery", 13),
    ("LMC", "orthopaedics", 7),
    ("LMC", "internal-medicine", 8),
    ("LMC", "hospital-medicine", 12),
    ("LMC", "cardiology", 6),
    ("LMC", "anesthesiology", 8),
    ("LMC", "nurse-anesthetist", 4),
    ("LMC", "emergency", 10),
    ("LMC", "physician-assistant", 3),
    ("LMC", "obgyn", 8),
    ("LMC", "nurse-practitioner", 4),
    ("LMC", "surgical-assistant", 1),
    ("NVH", "general-surgery", 7),
    ("NVH", "orthopaedics", 2),
    ("NVH", "internal-medicine", 5),
    ("NVH", "hospital-medicine", 5),
    ("NVH", "family-medicine", 4),
    ("NVH", "nurse-practitioner", 3),
    ("NVH", "emergency", 7),
    ("NVH", "physician-assistant", 3),
)
#: Departments that stand for one the smaller facility does not have.
STAND_INS = {("NVH", "anesthesiology"): "surgery"}
STATES = {"LMC": "IL", "NVH": "MI"}
CITIES = {"LMC": ("Harbor Point", "60001"), "NVH": ("Alder Falls", "48001")}


@dataclass(frozen=True)
class Job:
    """One place of work; ``end`` None is the present one."""

    organization: str
    position: str
    start: dt.date
    end: dt.date | None


@dataclass(frozen=True)
class Person:
    """One invented practitioner with everything a file would state."""

    index: int
    npi: str
    first_name: str
    middle_name: str
    last_name: str
    sex: str
    provider_type: str
    birth_date: dt.date
    specialty: Specialty
    facility_code: str
    licence_number: str
    licence_from: dt.date
    licence_until: dt.date
    dea_number: str
    dea_until: dt.date
    school: str
    degree: str
    graduated_on: dt.date
    programme: str
    training: tuple[dt.date, dt.date]
    certified_on: dt.date | None
    certified_until: dt.date | None
    carrier: str
    policy_number: str
    cover_until: dt.date
    jobs: tuple[Job, ...]
    life_support_until: dt.date
    street: str
    phone: str
    former_last_name: str = ""
    extra_licence: str = ""  # a licence number of Wisconsin, which helps at neither facility

    @property
    def studied_abroad(self) -> bool:
        """Whether the school is outside the United States and Canada."""
        return self.school in ABROAD

    @property
    def state(self) -> str:
        """The state of the home facility."""
        return STATES[self.facility_code]

    @property
    def department(self) -> str:
        """Code of the department at the home facility."""
        return STAND_INS.get((self.facility_code, self.specialty.department), self.specialty.department)

    @property
    def city(self) -> str:
        """Where the practice is."""
        return CITIES[self.facility_code][0]

    @property
    def postal_code(self) -> str:
        """Of the practice."""
        return CITIES[self.facility_code][1]

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"

    @property
    def email(self) -> str:
        """first.last@example.org"""
        name = search_key(f"{self.first_name} {self.last_name}").lower()
        return ".".join(name.split()) + "@example.org"


def dea_for(last_name: str, number: int, *, mid_level: bool = False) -> str:
    """A DEA number: kind of registrant, the last name's letter, six digits, and their check digit."""
    digits = f"{number:06d}"
    return f"{'M' if mid_level else 'F'}{search_key(last_name)[0]}{digits}{check_digit(digits)}"


def make_people(*, count: int, seed: int, today: dt.date) -> list[Person]:
    """``count`` people in an order in which any first part of the list is a small hospital."""
    source = random.Random(seed)  # noqa: S311 - reproducible invention, nothing secret
    names = NameSource(source)
    return [_person(index, *place, source, names, today, seed) for index, place in enumerate(_places(count))]


def _places(count: int) -> list[tuple[str, str]]:
    """Facility and specialty of each person, every kind spread evenly over the list."""
    total = sum(number for *_, number in STAFF)
    ranked = sorted(
        ((place + 0.5) / number, order, facility, specialty)
        for order, (facility, specialty, number) in enumerate(STAFF)
        for place in range(number)
    )
    chosen = [(facility, specialty) for _, _, facility, specialty in ranked]
    return [chosen[index % total] for index in range(count)]


def _person(
    index: int,
    facility_code: str,
    specialty_code: str,
    source: random.Random,
    names: NameSource,
    today: dt.date,
    seed: int,
) -> Person:
    first, middle, last, sex = names.draw()
    specialty = SPECIALTIES[specialty_code]
    age = source.randint(34, 64)
    born = dt.date(today.year - age, source.randint(1, 12), source.randint(1, 28))
    school = source.choice(schools_of(specialty))
    if specialty.physician and index % ONE_ABROAD_OF == 5:
        school = ABROAD[index % len(ABROAD)]
    graduated = dt.date(born.year + 26, 5, 20)
    training = (
        dt.date(graduated.year, 7, 1),
        dt.date(min(graduated.year + specialty.years, today.year - 1), 6, 30),
    )
    certified: dt.date | None = dt.date(training[1].year + 1, source.randint(1, 12), 15)
    if certified is None or certified > today - dt.timedelta(days=400):
        certified = None
    licence_until = today + dt.timedelta(days=source.randint(70, 700))
    return Person(
        index=index,
        npi=npi_from_nine(f"2{48_201_000 + index * 37 + seed % 7:08d}"),
        first_name=first,
        middle_name=middle,
        last_name=last,
        sex=sex,
        provider_type=specialty.provider_type or ("DO" if "Osteopathic" in school else "MD"),
        birth_date=born,
        specialty=specialty,
        facility_code=facility_code,
        licence_number=_licence_number(facility_code, specialty, source),
        licence_from=licence_until - dt.timedelta(days=1096),
        licence_until=licence_until,
        dea_number=dea_for(last, source.randint(100000, 999999), mid_level=not specialty.physician),
        dea_until=today + dt.timedelta(days=source.randint(95, 1000)),
        school=school,
        degree=degree_of(specialty, school),
        graduated_on=graduated,
        programme=source.choice(PROGRAMMES),
        training=training,
        certified_on=certified,
        certified_until=dt.date(today.year + source.randint(1, 8), 12, 31) if certified else None,
        carrier=source.choice(CARRIERS),
        policy_number=f"{source.choice('KGH')}PL-{source.randint(100000, 999999)}",
        cover_until=today + dt.timedelta(days=source.randint(95, 360)),
        jobs=_jobs(
            source, "Attending physician" if specialty.physician else specialty.name, training[1], today
        ),
        life_support_until=today + dt.timedelta(days=source.randint(95, 390)),
        street=f"{source.randint(100, 4999)} {source.choice(STREETS)}",
        phone=f"(555) 555-01{source.randint(10, 99)}",
        former_last_name=names.family(last) if sex == "F" and source.random() < 0.2 else "",
        extra_licence=f"{source.randint(40000, 79999)}-20" if source.random() < 0.12 else "",
    )


def schools_of(specialty: Specialty) -> tuple[str, ...]:
    """Where people of the specialty studied."""
    return {"NP": NURSING_SCHOOLS, "CRNA": NURSING_SCHOOLS, "PA": PA_SCHOOLS}.get(
        specialty.provider_type, SCHOOLS
    )


def degree_of(specialty: Specialty, school: str) -> str:
    """The degree the school gives them."""
    if specialty.physician:
        return "DO" if "Osteopathic" in school else "MD"
    return {"NP": "MSN", "CRNA": "DNAP", "PA": "MPAS"}[specialty.provider_type]


def _licence_number(facility_code: str, specialty: Specialty, source: random.Random) -> str:
    """In the shape the state's board writes it."""
    number = source.randint(100000, 199999)
    if STATES[facility_code] == "IL":
        prefix = {"NP": "209", "CRNA": "209", "PA": "085"}.get(specialty.provider_type, "036")
        return f"{prefix}.{number}"
    prefix = {"NP": "4704", "CRNA": "4704", "PA": "5601"}.get(specialty.provider_type, "4301")
    return f"{prefix}{number}"


def _jobs(source: random.Random, post: str, start: dt.date, today: dt.date) -> tuple[Job, ...]:
    """Work history since training, the last job open; now and then with a gap."""
    jobs: list[Job] = []
    begin = start + dt.timedelta(days=31)
    while True:
        end = begin + dt.timedelta(days=365 * source.randint(3, 9))
        employer = source.choice([name for name in EMPLOYERS if not jobs or name != jobs[-1].organization])
        if end >= today - dt.timedelta(days=400):
            jobs.append(Job(employer, post, begin, None))
            return tuple(jobs)
        jobs.append(Job(employer, post, begin, end))
        begin = end + dt.timedelta(days=source.choice((1, 1, 15, 30, 30, 95)))


def renamed(person: Person, **changes) -> Person:
    """The same person with something planted, so that the world holds the cases worth looking at."""
    return replace(person, **changes)
