"""How letters address a person: the name on the envelope, the address under it, and the word after "Dear"."""

from __future__ import annotations

from practitioners.choices import ContactKind, NameKind, ProviderType
from practitioners.models import Practitioner, PractitionerName
from practitioners.rules.names import formal_name

#: Addresses in the order in which letters take them.
ADDRESSES = (ContactKind.MAILING, ContactKind.HOME, ContactKind.PRACTICE)
#: Degrees whose holders letters of a hospital call doctor: physicians, podiatrists, dentists.
DOCTORS = (ProviderType.MD, ProviderType.DO, ProviderType.DPM, ProviderType.DDS, ProviderType.DMD)


def words_for(person: Practitioner) -> tuple[str, str]:
    """:func:`name_in_letters` and :func:`salutation`; one query for both."""
    legal = _legal(person)
    return _name(person, legal), _salutation(person, legal)


def name_in_letters(person: Practitioner) -> str:
    """The legal name as letters write it, with the degree: ``Mary A. O'Brien, MD``; one query."""
    return _name(person, _legal(person))


def _name(person: Practitioner, legal: PractitionerName | None) -> str:
    if legal is None:
        return person.display_name
    return formal_name(
        last=legal.last_name, first=legal.first_name, middle=legal.middle_name, suffix=legal.suffix,
        credential=person.provider_type if person.provider_type != ProviderType.OTHER else "",
    )  # fmt: skip


def salutation(person: Practitioner) -> str:
    """The words after "Dear": ``Dr. O'Brien`` for physicians, podiatrists and dentists, else the full name,
    so that nobody guesses whether it is Mr. or Ms.; one query.
    """
    return _salutation(person, _legal(person))


def _salutation(person: Practitioner, legal: PractitionerName | None) -> str:
    if legal is None:
        return person.display_name
    if person.provider_type in DOCTORS:
        return f"Dr. {legal.last_name}"
    return formal_name(last=legal.last_name, first=legal.first_name, suffix=legal.suffix)


def address_lines(person: Practitioner) -> list[str]:
    """Name and postal address as on the envelope; the name alone where no address is on file. Two queries."""
    points = {each.kind: each for each in person.contact_points.all()}
    point = next((points[kind] for kind in ADDRESSES if kind in points), None)
    lines = [name_in_letters(person)]
    if point is not None:
        place = " ".join(part for part in (point.state, point.postal_code) if part)
        lines += [point.line_1, point.line_2, ", ".join(part for part in (point.city, place) if part)]
    return [line for line in lines if line]


def _legal(person: Practitioner) -> PractitionerName | None:
    return next((each for each in person.names.all() if each.kind == NameKind.LEGAL), None)
