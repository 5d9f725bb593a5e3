"""Who signs in: offices, chairs, committees and boards, and what each of them should try first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bylaws.choices import CommitteeKind, SeatRole
from config.accounts.choices import Role
from config.demo.people import Person

#: The one password of every demo login. Nothing in the demo is real; production settings refuse to seed.
PASSWORD = "harbor-lights-and-lake-wind"  # noqa: S105

BOTH = ("LMC", "NVH")
#: The account of a member who has asked for another term.
APPLICANT = "practitioner"


#: What to try first, by user name. Who is not named here has the same password and makes meetings possible.
FIRST = {
    "credentialing": "Today, an application in verification, a misspelt name in the search",
    "credentialing2": "The same work, the other half of the files",
    "valley-office": "A one-person office: both coordinators' work",
    "medicalstaff": "Today's meetings: call one to order, record a vote; then Compliance",
    "director": "The whole office's load; an item that waits for a waiver",
    "medicine-chair": "A file of your department waits for you",
    "surgery-chair": "On a phone: a file to recommend, line by line",
    "valley-surgery-chair": "The same at the smaller hospital",
    "committee": "The credentials committee's agenda",
    "mec": "A seat on the Medical Executive Committee",
    "board": "A file the board decides in today's meeting; medicalstaff calls it to order",
    "president": "The agenda of the Medical Executive Committee",
    "cmo": "Files before the Medical Executive Committee",
    "ceo": "Compliance across both hospitals",
    "quality": "Focused evaluations of newly granted privileges",
    "compliance": "Screening: a possible match waits for review",
    "practitioner": "Your own file and your application's status, nothing more",
    "ward": "May this surgeon do a laparoscopic cholecystectomy here today?",
    "admin": "Users, roles and reference data in the administration",
}


@dataclass(frozen=True)
class Account:
    """One person who signs in. ``person`` is their own practitioner file."""

    username: str
    first_name: str
    last_name: str
    roles: tuple[tuple[Role, str], ...]
    person: Person | None = None

    @property
    def email(self) -> str:
        """The person's own address, or one made of the user name."""
        return self.person.email if self.person else f"{self.username}@example.org"


@dataclass(frozen=True)
class Seat:
    """A place on a committee, by user name."""

    facility_code: str
    kind: CommitteeKind
    username: str
    seat_role: SeatRole = SeatRole.MEMBER
    votes: bool = True
    department: str = ""
    after: str = ""  # user name of who had the seat before
    days_ago: int = 0  # how long ago that one left


#: Former members of the bodies: who had which seat, and how many days ago they gave it up.
FORMER = (
    ("samuel.ashworth", "Samuel", "Ashworth", Role.COMMITTEE_MEMBER, "LMC", 248),
    ("edith.crane", "Edith", "Crane", Role.BOARD_MEMBER, "LMC", 163),
    ("lewis.garrow", "Lewis", "Garrow", Role.BOARD_MEMBER, "NVH", 107),
)


@dataclass(frozen=True)
class Household:
    """Everybody who signs in and where they sit."""

    accounts: tuple[Account, ...]
    seats: tuple[Seat, ...]

    def username_of(self, person: Person) -> str:
        """The user name of a practitioner, empty when they have no account."""
        return next((each.username for each in self.accounts if each.person == person), "")


def _all(role: Role, facilities: Sequence[str]) -> tuple[tuple[Role, str], ...]:
    return tuple((role, code) for code in facilities)


OFFICE = (
    Account("credentialing", "Dana", "Whitfield", _all(Role.CREDENTIALING_COORDINATOR, BOTH)),
    Account("credentialing2", "Luis", "Ortega", _all(Role.CREDENTIALING_COORDINATOR, ("LMC",))),
    Account("medicalstaff", "Joan", "Pruett", _all(Role.MEDICAL_STAFF_COORDINATOR, BOTH)),
    Account("director", "Marian", "Osgood", _all(Role.DIRECTOR, BOTH)),
    Account(
        "valley-office",
        "Tom",
        "Haskell",
        (*_all(Role.CREDENTIALING_COORDINATOR, ("NVH",)), *_all(Role.MEDICAL_STAFF_COORDINATOR, ("NVH",))),
    ),
    Account("quality", "Renata", "Voss", _all(Role.QUALITY_COORDINATOR, BOTH)),
    Account("compliance", "Gordon", "Abbott", _all(Role.COMPLIANCE_OFFICER, BOTH)),
    Account("ward", "Main OR", "Desk", _all(Role.LOOKUP, BOTH)),
    Account("admin", "Ellen", "Marsh", _all(Role.ADMINISTRATOR, BOTH)),
    Account("ceo", "Walter", "Reinholt", _all(Role.CHIEF_EXECUTIVE, BOTH)),
    Account("cmo", "Judith", "Amsel", _all(Role.CHIEF_MEDICAL_OFFICER, BOTH)),
)

#: Trustees: lay people, of whom the first two sit on both boards.
TRUSTEES = (
    ("board", "Harriet", "Lindley"),
    ("paul.renner", "Paul", "Renner"),
    ("constance.bell", "Constance", "Bell"),
    ("david.okun", "David", "Okun"),
    ("miriam.stern", "Miriam", "Stern"),
    ("hector.luna", "Hector", "Luna"),
    ("frances.dow", "Frances", "Dow"),
    ("roy.tillman", "Roy", "Tillman"),
    ("alice.penn", "Alice", "Penn"),
    ("george.nakai", "George", "Nakai"),
)

DEPARTMENTS = {
    "LMC": ("surgery", "medicine", "anesthesiology", "emergency", "obgyn"),
    "NVH": ("surgery", "medicine", "emergency"),
}


def household(members: Sequence[Person]) -> Household:
    """The accounts and seats, with the established ``members`` of the staff in the clinical offices."""
    bench = _Bench(members)
    accounts: list[Account] = list(OFFICE)
    seats: list[Seat] = []
    for code in BOTH:
        _leaders(code, bench, accounts, seats)
    _boards(accounts, seats)
    _former(accounts, seats)
    applicant = bench.take("LMC", "medicine")
    accounts.append(_clinician(APPLICANT, applicant, ((Role.PRACTITIONER, "LMC"),)))
    return Household(tuple(accounts), tuple(seats))


class _Bench:
    """Physicians of each department, taken one after the other."""

    def __init__(self, members: Sequence[Person]):
        self._free: dict[tuple[str, str], list[Person]] = {}
        for person in members:
            if person.specialty.physician:
                self._free.setdefault((person.facility_code, person.department), []).append(person)

    def take(self, facility_code: str, department: str) -> Person:
        """The next physician of the department without an office."""
        return self._free[facility_code, department].pop(0)


def _clinician(username: str, person: Person, roles: tuple[tuple[Role, str], ...]) -> Account:
    return Account(username, person.first_name, person.last_name, roles, person)


def _leaders(code: str, bench: _Bench, accounts: list[Account], seats: list[Seat]) -> None:
    """Chairs and vice chairs of departments, the president, the credentials committee and the MEC."""
    place = "" if code == "LMC" else "valley-"
    committee, mec = CommitteeKind.CREDENTIALS_COMMITTEE, CommitteeKind.MEC
    member = ((Role.COMMITTEE_MEMBER, code),)

    def add(username: str, department: str, roles) -> str:
        person = bench.take(code, department)
        name = username or person.email.partition("@")[0]
        accounts.append(_clinician(name, person, roles))
        return name

    chairs = []
    for department in DEPARTMENTS[code]:
        roles = ((Role.DEPARTMENT_CHAIR, code),)
        chair = add(f"{place}{department}-chair", department, roles)
        chairs.append(chair)
        seats.append(Seat(code, CommitteeKind.DEPARTMENT, chair, SeatRole.CHAIR, True, department))
        if department in ("surgery", "medicine") and code == "LMC":
            vice = add("", department, roles)
            seats.append(Seat(code, CommitteeKind.DEPARTMENT, vice, SeatRole.VICE_CHAIR, True, department))
    president = add(f"{place}president", "medicine", ((Role.MEDICAL_STAFF_PRESIDENT, code),))
    leader = add(f"{place}committee", "emergency" if code == "LMC" else "surgery", member)
    seats.append(Seat(code, committee, leader, SeatRole.CHAIR))
    others = (
        ("surgery", "medicine", "anesthesiology", "obgyn") if code == "LMC" else ("emergency", "medicine")
    )
    for place_number, department in enumerate(others):
        role = SeatRole.VICE_CHAIR if place_number == 0 else SeatRole.MEMBER
        seats.append(Seat(code, committee, add("", department, member), role))
    seats.append(Seat(code, mec, president, SeatRole.CHAIR))
    seats += [
        Seat(code, mec, chair, SeatRole.VICE_CHAIR if number == 0 else SeatRole.MEMBER)
        for number, chair in enumerate(chairs)
    ]
    if code == "LMC":
        seats.append(Seat(code, mec, add("mec", "surgery", member)))
    seats.append(Seat(code, mec, "cmo", SeatRole.EX_OFFICIO, votes=False))


def _boards(accounts: list[Account], seats: list[Seat]) -> None:
    """Seven trustees at the larger hospital, five at the smaller, two of them on both boards."""
    for number, (username, first_name, last_name) in enumerate(TRUSTEES):
        codes = [code for code, on in (("LMC", number < 7), ("NVH", number < 2 or number >= 7)) if on]
        accounts.append(Account(username, first_name, last_name, _all(Role.BOARD_MEMBER, codes)))
        role = (SeatRole.CHAIR, SeatRole.VICE_CHAIR)[number] if number < 2 else SeatRole.MEMBER
        seats += [Seat(code, CommitteeKind.BOARD, username, role) for code in codes]
    seats += [Seat(code, CommitteeKind.BOARD, "ceo", SeatRole.EX_OFFICIO, votes=False) for code in BOTH]


def _former(accounts: list[Account], seats: list[Seat]) -> None:
    """The last seat of a body was somebody else's before."""
    for username, first_name, last_name, role, code, days_ago in FORMER:
        accounts.append(Account(username, first_name, last_name, ((role, code),)))
        kind = CommitteeKind.BOARD if role == Role.BOARD_MEMBER else CommitteeKind.CREDENTIALS_COMMITTEE
        place = max(
            number
            for number, seat in enumerate(seats)
            if (seat.facility_code, seat.kind, seat.seat_role) == (code, kind, SeatRole.MEMBER)
        )
        seats[place] = replace(seats[place], after=username, days_ago=days_ago)
