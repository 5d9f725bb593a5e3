"""Taking records of the NPI registry (NPPES) into the house.

What the registry repeats is what practitioners said of themselves, so licences come in as claims. A person
who is there already gets only what is missing, or what the registry had said before and now says differently;
whatever a coordinator or a source said is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel.canonical import canonical_bytes
from config.kernel.errors import Refused
from practitioners.choices import (
    ContactKind,
    IdentifierKind,
    Method,
    NameKind,
    ProviderType,
    SaidBy,
    Sex,
    SourceKind,
)
from practitioners.importing.nppes import RegistryRecord, Rejected, read_records
from practitioners.importing.rejections import UnusableFile
from practitioners.models import (
    ContactPoint,
    Credential,
    CredentialType,
    Evidence,
    Identifier,
    Practitioner,
    PractitionerName,
    PractitionerTaxonomy,
    TaxonomyCode,
)
from practitioners.naming import person_key, shown_name
from practitioners.rules.licence_numbers import normal_form
from practitioners.rules.provenance import LEGAL_NAME, NPI, PROVIDER_TYPE, SEX
from practitioners.services.credentials import STATES, record_claim
from practitioners.services.evidence import add_evidence
from practitioners.services.people import (
    add_identifier,
    add_name,
    correct_name,
    correct_practitioner,
    create_practitioner,
    lock_practitioner,
    set_contact_point,
)
from practitioners.services.reference import load_credential_types
from practitioners.services.statements import record_statements

SOURCE = "NPI registry (NPPES)"
LICENSE = "LICENSE"
#: The registry's codes of other identifiers.
IDENTIFIER_KINDS = {
    "02": IdentifierKind.UPIN,
    "04": IdentifierKind.MEDICARE,
    "05": IdentifierKind.MEDICAID,
    "06": IdentifierKind.MEDICARE,
    "07": IdentifierKind.MEDICARE,
    "08": IdentifierKind.MEDICARE,
}
_CONTACTS = {"practice": ContactKind.PRACTICE, "mailing": ContactKind.MAILING}


@dataclass
class ImportReport:
    """What an import did: counts, the records that stayed out, and what was left out of those that went
    in.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    @property
    def read(self) -> int:
        """Records looked at."""
        return self.added + self.changed + self.unchanged + len(self.rejected)


class _Stays(Exception):
    """Internal: the record stays out; carries the second half of the sentence."""


def import_registry(*, actor, data: bytes, dry_run: bool = False) -> ImportReport:
    """Take in every record of an answer of the registry (API v2.1), each for itself.

    Raises ``UnusableFile`` when the file as a whole is something else. ``dry_run`` does the same work and
    takes all of it back, so its report is what the import would do.
    """
    require(actor, "practitioners.edit")
    records = read_records(data)
    report = ImportReport()
    with transaction.atomic():
        if not CredentialType.objects.filter(code=LICENSE).exists():
            load_credential_types(actor=actor)
        seen: dict[str, int] = {}
        for position, record in enumerate(records, start=1):
            if isinstance(record, Rejected):
                report.rejected.append(record)
                continue
            try:
                if record.npi in seen:
                    raise _Stays(f"the same NPI is already record {seen[record.npi]} of this file.")
                seen[record.npi] = position
                with transaction.atomic():
                    _import_record(actor, record, report, keep_evidence=not dry_run)
            except (_Stays, Refused) as reason:
                sentence = f"Record {position} (NPI {record.npi}, {record.name.display}): {reason}"
                report.rejected.append(Rejected(position, record.npi, sentence))
        if dry_run:
            transaction.set_rollback(True)
    return report


@transaction.atomic
def add_from_registry(
    *,
    actor,
    record: RegistryRecord,
    content: bytes,
    licences: Sequence[tuple[str, str]] = (),
    **person: Any,
) -> tuple[Practitioner, list[str]]:
    """Add somebody of whom the registry was asked: the person as typed (``person`` are arguments of
    ``create_practitioner``), and of the ``record`` what a person left in it; answers what was left out.

    ``content`` is the registry's whole answer, kept as evidence. Of the licences it repeats only those given
    as (state, number) become claims. Refuses what ``create_practitioner`` refuses.
    """
    written = {part: person.get(part, "") for part in ("last_name", "first_name", "middle_name", "suffix")}
    as_registered = all(getattr(record.name, part) == value for part, value in written.items())
    practitioner = create_practitioner(
        actor=actor, said_by=SaidBy.NPPES if as_registered else SaidBy.COORDINATOR, **person
    )
    left_out: list[str] = []
    registered, record = record, replace(record, name=replace(record.name, **written))
    _take_names(actor, practitioner, record)
    _take_contacts(actor, practitioner, record, left_out)
    _take_taxonomies(practitioner, record, left_out)
    _take_identifiers(actor, practitioner, record, left_out)
    evidence = _keep_evidence(actor, practitioner, record, content=content)
    _state(actor, practitioner, registered, evidence)
    for state, number in licences:
        _claim_licence(actor, practitioner, state, number, evidence)
    return practitioner, left_out


def _claim_licence(actor, practitioner: Practitioner, state: str, number: str, evidence) -> None:
    record_claim(
        actor=actor,
        practitioner=practitioner,
        type_code=LICENSE,
        valid=DateRange(None, None),
        state=state,
        number=number,
        said_by=SaidBy.NPPES,
        evidence=evidence,
    )


def _import_record(actor, record: RegistryRecord, report: ImportReport, *, keep_evidence: bool) -> None:
    known = Practitioner.objects.filter(npi=record.npi).first()
    practitioner = lock_practitioner(known) if known else _add_person(actor, record)
    left_out: list[str] = []
    changes: list[str] = []
    if known:
        _refuse_another_name(practitioner, record)
        changes += _fill_person(actor, practitioner, record)
    changes += _take_names(actor, practitioner, record)
    changes += _take_contacts(actor, practitioner, record, left_out)
    changes += _take_taxonomies(practitioner, record, left_out)
    changes += _take_identifiers(actor, practitioner, record, left_out)
    licences = _new_licences(practitioner, record, left_out)
    evidence = None
    if not known or changes or licences:
        evidence = _keep_evidence(actor, practitioner, record) if keep_evidence else None
    _state(actor, practitioner, record, evidence)
    if not known or changes or licences:
        for state, number in licences:
            _claim_licence(actor, practitioner, state, number, evidence)
        changes += [f"licence {state} {number}" for state, number in licences]
        record_event(
            actor=actor,
            verb="practitioner.imported",
            subject=practitioner,
            practitioner=practitioner,
            data={"source": SOURCE, "added": not known, "changes": changes},
        )
    report.left_out += [f"NPI {record.npi}, {record.name.display}: {what}" for what in left_out]
    if not known:
        report.added += 1
        report.names.append(f"{record.npi} {practitioner.display_name}: new")
    elif changes:
        report.changed += 1
        report.names.append(f"{record.npi} {practitioner.display_name}: {', '.join(changes)}")
    else:
        report.unchanged += 1


def _add_person(actor, record: RegistryRecord) -> Practitioner:
    return create_practitioner(
        actor=actor,
        provider_type=record.provider_type,
        last_name=record.name.last_name,
        first_name=record.name.first_name,
        middle_name=record.name.middle_name,
        suffix=record.name.suffix,
        npi=record.npi,
        sex=record.sex,
        said_by=SaidBy.NPPES,
    )


def _state(actor, practitioner: Practitioner, record: RegistryRecord, evidence: Evidence | None) -> None:
    """What the registry says of the key facts, whether or not the file follows it."""
    name = record.name
    said = {
        LEGAL_NAME: shown_name(
            last=name.last_name, first=name.first_name, middle=name.middle_name, suffix=name.suffix
        ),
        NPI: record.npi,
        SEX: Sex(record.sex).label if record.sex in Sex.values else "",
        PROVIDER_TYPE: (
            ProviderType(record.provider_type).label if record.provider_type != ProviderType.OTHER else ""
        ),
    }
    record_statements(
        actor=actor,
        practitioner=practitioner,
        said=said,
        said_by=SaidBy.NPPES,
        evidence=evidence,
    )


def _refuse_another_name(practitioner: Practitioner, record: RegistryRecord) -> None:
    """An NPI belongs to one person: a record under a name that is not on file is somebody's mistake."""
    known = {person_key(last=name.last_name, first=name.first_name) for name in practitioner.names.all()}
    if person_key(last=record.name.last_name, first=record.name.first_name) not in known:
        raise _Stays(
            f"this NPI is on file under another name, {practitioner.display_name}. "
            "If it is the same person, add the name to the file first."
        )


def _fill_person(actor, practitioner: Practitioner, record: RegistryRecord) -> list[str]:
    if record.sex and not practitioner.sex:
        correct_practitioner(
            actor=actor,
            practitioner=practitioner,
            reason=f"Filled in from {SOURCE}",
            said_by=SaidBy.NPPES,
            sex=record.sex,
        )
        return ["sex"]
    return []


def _take_names(actor, practitioner: Practitioner, record: RegistryRecord) -> list[str]:
    """Parts the legal name lacks, or the registry itself had said differently; other names not yet on
    file.
    """
    changes = []
    names: list[PractitionerName] = list(practitioner.names.all())
    legal = next(name for name in names if name.kind == NameKind.LEGAL)
    same_person = person_key(last=legal.last_name, first=legal.first_name) == person_key(
        last=record.name.last_name, first=record.name.first_name
    )
    if same_person:
        better = {
            part: getattr(record.name, part)
            for part in ("middle_name", "suffix")
            if getattr(record.name, part)
            and getattr(legal, part) != getattr(record.name, part)
            and (legal.said_by == SaidBy.NPPES or not getattr(legal, part))
        }
        if better:
            correct_name(actor=actor, name=legal, anew=False, **better)
            changes.append("legal name")
    known = {person_key(last=name.last_name, first=name.first_name) for name in names}
    for other in record.other_names:
        if not other.last_name:
            continue
        key = person_key(last=other.last_name, first=other.first_name)
        if key in known:
            continue
        known.add(key)
        add_name(
            actor=actor,
            practitioner=practitioner,
            kind=other.kind,
            last_name=other.last_name,
            first_name=other.first_name,
            middle_name=other.middle_name,
            suffix=other.suffix,
            said_by=SaidBy.NPPES,
        )
        changes.append(f"{NameKind(other.kind).label.lower()} {other.display}")
    return changes


def _take_contacts(actor, practitioner, record: RegistryRecord, left_out: list[str]) -> list[str]:
    changes = []
    known: dict[str, ContactPoint] = {point.kind: point for point in practitioner.contact_points.all()}
    for purpose, kind in _CONTACTS.items():
        address = next((each for each in record.addresses if each.purpose == purpose), None)
        before = known.get(kind)
        if address is None or (before is not None and before.said_by != SaidBy.NPPES):
            continue
        said = {
            "line_1": address.line_1,
            "line_2": address.line_2,
            "city": address.city,
            "state": address.state,
            "postal_code": address.postal_code,
            "country": address.country,
            "phone": address.phone,
        }
        if before is not None and all(getattr(before, name) == value for name, value in said.items()):
            continue
        try:
            set_contact_point(actor=actor, practitioner=practitioner, kind=kind, said_by=SaidBy.NPPES, **said)
        except Refused as refused:
            left_out.append(f"the {kind.label.lower()} was left out: {refused}")
            continue
        changes.append(kind.label.lower())
    return changes


def _take_taxonomies(practitioner: Practitioner, record: RegistryRecord, left_out: list[str]) -> list[str]:
    """Specialties not yet on file. The main one is the registry's only where nobody else said one."""
    codes = list(dict.fromkeys(item.code for item in record.taxonomies))
    known = set(TaxonomyCode.objects.filter(pk__in=codes).values_list("pk", flat=True))
    for item in {each.code: each for each in record.taxonomies if each.code not in known}.values():
        described = f" ({item.description})" if item.description else ""
        left_out.append(f"specialty {item.code}{described} was left out: it is not in the loaded taxonomy.")
    rows = {row.taxonomy_id: row for row in practitioner.taxonomies.all()}
    changes = []
    primary = record.primary_taxonomy
    main = next((row for row in rows.values() if row.primary), None)
    wanted = primary.code if primary and primary.code in known else ""
    if wanted and main is not None and main.taxonomy_id != wanted and main.said_by == SaidBy.NPPES:
        main.primary = False
        main.save(update_fields=["primary"])
        main = None
    for code in codes:
        if code not in known:
            continue
        row = rows.get(code)
        is_main = main is None and code == wanted
        if row is None:
            PractitionerTaxonomy(
                practitioner=practitioner, taxonomy_id=code, primary=is_main, said_by=SaidBy.NPPES
            ).save()
            changes.append(f"specialty {code}")
        elif is_main and not row.primary:
            row.primary = True
            row.save(update_fields=["primary"])
            changes.append(f"main specialty {code}")
    return changes


def _take_identifiers(
    actor, practitioner: Practitioner, record: RegistryRecord, left_out: list[str]
) -> list[str]:
    changes = []
    known = {(row.kind, row.value, row.issuer, row.state) for row in practitioner.identifiers.all()}
    for item in record.identifiers:
        kind = IDENTIFIER_KINDS.get(item.code, IdentifierKind.OTHER)
        if (kind, item.value, item.issuer, item.state) in known:
            continue
        try:
            added: Identifier = add_identifier(
                actor=actor,
                practitioner=practitioner,
                kind=kind,
                value=item.value,
                issuer=item.issuer,
                state=item.state,
                said_by=SaidBy.NPPES,
            )
        except Refused as refused:
            left_out.append(f"the {kind.label} was left out: {refused}")
            continue
        known.add((added.kind, added.value, added.issuer, added.state))
        changes.append(f"{kind.label} {item.value}")
    return changes


def _new_licences(practitioner, record: RegistryRecord, left_out: list[str]) -> list[tuple[str, str]]:
    """Licences of which nothing is known yet, in the registry's order. One withdrawn by mistake stays
    withdrawn.
    """
    known = set(
        Credential.objects.filter(practitioner=practitioner, credential_type__code=LICENSE).values_list(
            "state", "number_key"
        )
    )
    found: list[tuple[str, str]] = []
    for item in record.taxonomies:
        number, state = item.licence_number, item.licence_state
        key = (state, normal_form(number))
        if not number or key in known:
            continue
        if state not in STATES or not key[1]:
            where = state or "no state"
            left_out.append(f"licence {number} was left out: the registry names {where} for it.")
            continue
        known.add(key)
        found.append((state, number))
    return found


def _keep_evidence(
    actor, practitioner: Practitioner, record: RegistryRecord, *, content: bytes | None = None
) -> Evidence:
    return add_evidence(
        actor=actor,
        practitioner=practitioner,
        title=f"NPI registry record {record.npi}",
        source=SOURCE,
        source_kind=SourceKind.SELF,
        method=Method.FILE if content is None else Method.API,
        content=canonical_bytes(record.raw) if content is None else content,
        media_type="application/json",
        source_date=record.last_updated,
        summary="As the practitioner reported it to the registry; nothing of it is verified.",
    )


__all__ = ["ImportReport", "UnusableFile", "add_from_registry", "import_registry"]
