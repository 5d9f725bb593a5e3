"""What a record of the NPI registry changes of what is on file; compares and decides, writes nothing.

What the registry repeats is what practitioners said of themselves. A person on file gets only what is
missing, or what the registry had said before and now says differently; whatever a coordinator or a source
said is left alone. The same comparison serves one record and a refresh of the whole staff.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from practitioners.choices import ContactKind, IdentifierKind, NameKind, RegistryStatus, SaidBy
from practitioners.importing.nppes import Identifier, PersonName, RegistryRecord
from practitioners.importing.registry_status import StatusSaid
from practitioners.naming import person_key
from practitioners.rules.licence_numbers import normal_form

#: The registry's codes of other identifiers.
IDENTIFIER_KINDS = {
    "02": IdentifierKind.UPIN,
    "04": IdentifierKind.MEDICARE,
    "05": IdentifierKind.MEDICAID,
    "06": IdentifierKind.MEDICARE,
    "07": IdentifierKind.MEDICARE,
    "08": IdentifierKind.MEDICARE,
}
CONTACTS = {"practice": ContactKind.PRACTICE, "mailing": ContactKind.MAILING}
#: What is compared of an address, in the names of both sides.
ADDRESS_PARTS = ("line_1", "line_2", "city", "state", "postal_code", "country", "phone")


@dataclass(frozen=True)
class NameOnFile:
    """A name of the person, as it is on file."""

    kind: str
    last_name: str
    first_name: str
    middle_name: str
    suffix: str
    said_by: str

    @property
    def key(self) -> tuple[str, str]:
        """The form in which two names are held to be the same person's."""
        return person_key(last=self.last_name, first=self.first_name)


@dataclass
class OnFile:
    """What is on file of one person, as far as the registry has a word on it."""

    npi: str = ""
    display_name: str = ""
    sex: str = ""
    names: list[NameOnFile] = field(default_factory=list)
    #: By kind: the parts of the address, and who said it.
    contacts: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)
    #: By code: whether it is the main one, and who said it.
    taxonomies: dict[str, tuple[bool, str]] = field(default_factory=dict)
    identifiers: set[tuple[str, str, str, str]] = field(default_factory=set)
    #: State and number in the form in which numbers are compared, withdrawn ones included.
    licences: set[tuple[str, str]] = field(default_factory=set)
    #: Status and replacement the registry gave last for this NPI; None when it never said anything.
    status: tuple[str, str] | None = None


@dataclass
class Changes:
    """What is to be written. Empty (false) when everything is on file already."""

    sex: str = ""
    #: Parts of the legal name that are missing, or that the registry now gives differently.
    legal_parts: dict[str, str] = field(default_factory=dict)
    new_names: list[tuple[NameKind, PersonName]] = field(default_factory=list)
    contacts: list[tuple[ContactKind, dict[str, str]]] = field(default_factory=list)
    #: The specialty that is the main one no longer, because the registry had said so itself.
    no_longer_main: str = ""
    #: Code, whether it becomes the main one, and whether it is new.
    taxonomies: list[tuple[str, bool, bool]] = field(default_factory=list)
    identifiers: list[tuple[IdentifierKind, Identifier]] = field(default_factory=list)
    licences: list[tuple[str, str]] = field(default_factory=list)
    #: What cannot be taken, in words; nothing is written for it.
    left_out: list[str] = field(default_factory=list)
    #: Codes the loaded taxonomy does not have, with the registry's description.
    unknown_specialties: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(
            self.sex
            or self.legal_parts
            or self.new_names
            or self.contacts
            or self.no_longer_main
            or self.taxonomies
            or self.identifiers
            or self.licences
        )


def is_somebody_else(on_file: OnFile, record: RegistryRecord) -> bool:
    """Whether the record is under a name that is not on file: an NPI belongs to one person.

    A record under a new legal name that gives the one on file as an earlier name is the same person's.
    """
    known = {name.key for name in on_file.names}
    if person_key(last=record.name.last_name, first=record.name.first_name) in known:
        return False
    legal = next((name.key for name in on_file.names if name.kind == NameKind.LEGAL), None)
    earlier = {person_key(last=name.last_name, first=name.first_name) for name in record.other_names}
    return legal not in earlier


def disagrees(on_file: OnFile, record: RegistryRecord) -> bool:
    """Whether the record contradicts the legal name or sex on file, which stay: it is worth a statement."""
    legal = next((name for name in on_file.names if name.kind == NameKind.LEGAL), None)
    said = record.name
    return bool(record.sex and on_file.sex and record.sex != on_file.sex) or (
        legal is not None
        and (legal.last_name, legal.first_name, legal.middle_name, legal.suffix)
        != (said.last_name, said.first_name, said.middle_name, said.suffix)
    )


def status_changes(on_file: OnFile, said: StatusSaid) -> bool:
    """Whether the registry's word on the number is news: another status, or a replacement not yet told."""
    if on_file.status is None:
        return said.deactivated
    status, replaced_by = on_file.status
    if status != said.status:
        return True
    return status == RegistryStatus.DEACTIVATED and said.replaced_by not in ("", replaced_by)


def changes_of(
    on_file: OnFile, record: RegistryRecord, known_codes: Collection[str], states: Collection[str]
) -> Changes:
    """What the record adds to, or corrects of, what is on file.

    ``known_codes`` are the specialties the loaded taxonomy has, ``states`` those a licence may be of.
    """
    changes = Changes()
    if record.sex and not on_file.sex:
        changes.sex = record.sex
    _names(on_file, record, changes)
    _contacts(on_file, record, changes)
    _taxonomies(on_file, record, known_codes, changes)
    _identifiers(on_file, record, changes)
    _licences(on_file, record, states, changes)
    return changes


def _names(on_file: OnFile, record: RegistryRecord, changes: Changes) -> None:
    legal = next((name for name in on_file.names if name.kind == NameKind.LEGAL), None)
    known = {name.key for name in on_file.names}
    key = person_key(last=record.name.last_name, first=record.name.first_name)
    if legal is not None and legal.key == key:
        changes.legal_parts = {
            part: said
            for part in ("middle_name", "suffix")
            if (said := getattr(record.name, part))
            and getattr(legal, part) != said
            and (legal.said_by == SaidBy.NPPES or not getattr(legal, part))
        }
    elif key not in known and record.name.last_name:
        known.add(key)
        # Where somebody in the house said the legal name, the registry's is only one more name in use.
        replaces = legal is not None and legal.said_by == SaidBy.NPPES
        changes.new_names.append((NameKind.LEGAL if replaces else NameKind.OTHER, record.name))
    for other in record.other_names:
        key = person_key(last=other.last_name, first=other.first_name)
        if other.last_name and key not in known:
            known.add(key)
            changes.new_names.append((NameKind(other.kind), other))


def _contacts(on_file: OnFile, record: RegistryRecord, changes: Changes) -> None:
    for purpose, kind in CONTACTS.items():
        address = next((each for each in record.addresses if each.purpose == purpose), None)
        if address is None:
            continue
        said = tuple(getattr(address, part) for part in ADDRESS_PARTS)
        before = on_file.contacts.get(kind)
        if before is None or (before[1] == SaidBy.NPPES and before[0] != said):
            changes.contacts.append((kind, dict(zip(ADDRESS_PARTS, said, strict=True))))


def _taxonomies(
    on_file: OnFile, record: RegistryRecord, known_codes: Collection[str], changes: Changes
) -> None:
    """Specialties not yet on file. The main one is the registry's only where nobody else said one."""
    described = {item.code: item.description for item in record.taxonomies}
    changes.unknown_specialties = {
        code: words for code, words in described.items() if code not in known_codes
    }
    primary = record.primary_taxonomy
    wanted = primary.code if primary and primary.code in known_codes else ""
    main = next((code for code, (is_main, _) in on_file.taxonomies.items() if is_main), "")
    if wanted and main and main != wanted and on_file.taxonomies[main][1] == SaidBy.NPPES:
        changes.no_longer_main, main = main, ""
    for code in described:
        is_main = not main and code == wanted
        if code in known_codes and (code not in on_file.taxonomies or is_main):
            changes.taxonomies.append((code, is_main, code not in on_file.taxonomies))


def _identifiers(on_file: OnFile, record: RegistryRecord, changes: Changes) -> None:
    known = set(on_file.identifiers)
    for item in record.identifiers:
        kind = IDENTIFIER_KINDS.get(item.code, IdentifierKind.OTHER)
        key = (str(kind), item.value, item.issuer, item.state)
        if key not in known:
            known.add(key)
            changes.identifiers.append((kind, item))


def _licences(on_file: OnFile, record: RegistryRecord, states: Collection[str], changes: Changes) -> None:
    """Licences of which nothing is known yet, in the registry's order. One withdrawn by mistake stays
    withdrawn.
    """
    known = set(on_file.licences)
    for item in record.taxonomies:
        number, state = item.licence_number, item.licence_state
        key = (state, normal_form(number))
        if not number or key in known:
            continue
        if state not in states or not key[1]:
            where = state or "no state"
            changes.left_out.append(f"license {number} was left out: the registry names {where} for it.")
            continue
        known.add(key)
        changes.licences.append((state, number))


def unknown_specialty(code: str, description: str) -> str:
    """The sentence about a specialty that the loaded taxonomy does not have."""
    described = f" ({description})" if description else ""
    return f"specialty {code}{described} was left out: it is not in the loaded taxonomy."
