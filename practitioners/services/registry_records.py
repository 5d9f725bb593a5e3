"""Taking one record of the NPI registry (NPPES) into a person's file.

What the registry repeats is what practitioners said of themselves, so licences come in as claims.
:mod:`practitioners.importing.registry_changes` decides what is news; this module writes it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from config.audit.services.events import record_event
from config.kernel.canonical import canonical_bytes
from config.kernel.errors import Refused
from practitioners.choices import Method, NameKind, ProviderType, SaidBy, Sex, SourceKind
from practitioners.importing.nppes import RegistryRecord, Rejected
from practitioners.importing.registry_changes import (
    Changes,
    changes_of,
    is_somebody_else,
    status_changes,
    unknown_specialty,
)
from practitioners.importing.registry_status import StatusSaid
from practitioners.models import CredentialType, Evidence, Practitioner, PractitionerTaxonomy, TaxonomyCode
from practitioners.naming import shown_name
from practitioners.rules.claims import STATES
from practitioners.rules.provenance import LEGAL_NAME, NPI, PROVIDER_TYPE, SEX
from practitioners.selectors.registry import LICENSE, on_file
from practitioners.services.credentials import record_claim
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
from practitioners.services.registry_status import record_registry_status
from practitioners.services.statements import record_statements

SOURCE = "NPI registry (NPPES)"
IMPORTED = "practitioner.imported"


@dataclass
class ImportReport:
    """What an import did: counts, the records that stayed out, and what was left out of those that went
    in.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    #: NPIs of the file that were looked at, and where.
    seen: dict[str, int] = field(default_factory=dict)

    def sentences_left_out(self) -> list[str]:
        """What was left out of the records that went in."""
        return self.left_out

    @property
    def read(self) -> int:
        """Records looked at."""
        return self.added + self.changed + self.unchanged + self.skipped + len(self.rejected)


class Stays(Exception):
    """The record stays out; carries the second half of the sentence."""


@dataclass(frozen=True)
class Taking:
    """What holds for every record of one file: which specialties exist, and the file's name.

    ``keep_evidence`` is False when all of it will be taken back, because the store is not.
    ``tell_unknown_specialties`` is False when the caller tells those once for everybody.
    """

    known_codes: Collection[str]
    said_in: str
    keep_evidence: bool = True
    tell_unknown_specialties: bool = True


def specialties_loaded() -> frozenset[str]:
    """The codes the loaded taxonomy has."""
    return frozenset(TaxonomyCode.objects.values_list("pk", flat=True))


def ensure_licence_kind(*, actor) -> None:
    """Load the kinds of credentials where a new installation has none yet."""
    if not CredentialType.objects.filter(code=LICENSE).exists():
        load_credential_types(actor=actor)


@transaction.atomic
def take_record(
    *, actor, taking: Taking, record: RegistryRecord, status: StatusSaid | None, report: ImportReport
) -> None:
    """Write what the record says that is not on file yet, and tell it in ``report``.

    Raises ``Stays`` when the NPI is on file under another name and ``Refused`` when a service refuses.
    """
    known = Practitioner.objects.filter(npi=record.npi).first()
    practitioner = lock_practitioner(known) if known else _add_person(actor, record)
    there = on_file(Practitioner.objects.filter(pk=practitioner.pk))[practitioner.pk]
    if known and is_somebody_else(there, record):
        raise Stays(
            f"this NPI is on file under another name, {practitioner.display_name}. "
            "If it is the same person, add the name to the file first."
        )
    news = changes_of(there, record, taking.known_codes, STATES)
    left_out = []
    if taking.tell_unknown_specialties:
        left_out += [unknown_specialty(*each) for each in news.unknown_specialties.items()]
    news_of_number = status is not None and status_changes(there, status)
    done = _take_status(actor, taking, practitioner, status) if news_of_number else []
    done += _write(actor, practitioner, news, left_out)
    left_out += news.left_out
    evidence = None
    if (not known or done or news.licences) and taking.keep_evidence:
        evidence = _keep_evidence(actor, practitioner, record)
    _state(actor, practitioner, record, evidence)
    if not known or done or news.licences:
        _claim_licences(actor, practitioner, news.licences, evidence)
        done += [f"license {state} {number}" for state, number in news.licences]
        record_event(
            actor=actor,
            verb=IMPORTED,
            subject=practitioner,
            practitioner=practitioner,
            data=imported_data(done, added=not known),
        )
    tell_left_out(report, record, left_out)
    tell(report, practitioner, done, added=not known)


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
    typed = replace(record, name=replace(record.name, **written))
    there = on_file(Practitioner.objects.filter(pk=practitioner.pk))[practitioner.pk]
    news = changes_of(there, typed, specialties_loaded(), STATES)
    news.sex = ""  # what the person who adds them left out was left out on purpose
    left_out = [unknown_specialty(*each) for each in news.unknown_specialties.items()] + news.left_out
    _write(actor, practitioner, news, left_out)
    evidence = _keep_evidence(actor, practitioner, record, content=content)
    _state(actor, practitioner, record, evidence)
    _claim_licences(actor, practitioner, licences, evidence)
    return practitioner, left_out


def take_status(
    *, actor, taking: Taking, practitioner: Practitioner, said: StatusSaid, report: ImportReport
) -> None:
    """Write what the registry says of a number of which it tells nothing else (a deactivated one)."""
    tell(report, practitioner, _take_status(actor, taking, practitioner, said), added=False)


def tell_left_out(report: ImportReport, record: RegistryRecord, left_out: Iterable[str]) -> None:
    """Write into the report what of the record was left out."""
    report.left_out += [f"NPI {record.npi}, {record.name.display}: {what}" for what in left_out]


def tell(report: ImportReport, practitioner: Practitioner, done: Sequence[str], *, added: bool) -> None:
    """Count the person in the report, and name what was ``done``."""
    who = f"{practitioner.npi} {practitioner.display_name}"
    if added:
        report.added += 1
        report.names.append(f"{who}: new")
    elif done:
        report.changed += 1
        report.names.append(f"{who}: {', '.join(done)}")
    else:
        report.unchanged += 1


def _take_status(actor, taking: Taking, practitioner: Practitioner, said: StatusSaid | None) -> list[str]:
    if said is None:
        return []
    event = record_registry_status(actor=actor, practitioner=practitioner, said=said, said_in=taking.said_in)
    return [said.told()] if event else []


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


def _write(actor, practitioner: Practitioner, news: Changes, left_out: list[str]) -> list[str]:
    """Everything but licences, which need the evidence first; answers what was done, in words."""
    done = []
    if news.sex:
        correct_practitioner(
            actor=actor,
            practitioner=practitioner,
            reason=f"Filled in from {SOURCE}",
            said_by=SaidBy.NPPES,
            sex=news.sex,
        )
        done.append("sex")
    if news.legal_parts:
        legal = practitioner.names.get(kind=NameKind.LEGAL)
        parts: dict[str, Any] = news.legal_parts
        correct_name(actor=actor, name=legal, anew=False, **parts)
        done.append("legal name")
    for name_kind, name in news.new_names:
        add_name(
            actor=actor,
            practitioner=practitioner,
            kind=name_kind,
            last_name=name.last_name,
            first_name=name.first_name,
            middle_name=name.middle_name,
            suffix=name.suffix,
            said_by=SaidBy.NPPES,
        )
        done.append(f"{name_kind.label.lower()} {name.display}")
    for contact_kind, said in news.contacts:
        try:
            # A refusal inside must not undo what went before.
            with transaction.atomic():
                set_contact_point(
                    actor=actor, practitioner=practitioner, kind=contact_kind, said_by=SaidBy.NPPES, **said
                )
        except Refused as refused:
            left_out.append(f"the {contact_kind.label.lower()} was left out: {refused}")
            continue
        done.append(contact_kind.label.lower())
    done += _write_taxonomies(practitioner, news)
    for kind, item in news.identifiers:
        try:
            with transaction.atomic():
                add_identifier(
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
        done.append(f"{kind.label} {item.value}")
    return done


def _write_taxonomies(practitioner: Practitioner, news: Changes) -> list[str]:
    rows = {row.taxonomy_id: row for row in practitioner.taxonomies.all()}
    if news.no_longer_main:  # first, because only one may be primary at any moment
        row = rows[news.no_longer_main]
        row.primary = False
        row.save(update_fields=["primary"])
    done = []
    for code, is_main, is_new in news.taxonomies:
        if is_new:
            PractitionerTaxonomy(
                practitioner=practitioner, taxonomy_id=code, primary=is_main, said_by=SaidBy.NPPES
            ).save()
            done.append(f"specialty {code}")
        else:
            rows[code].primary = True
            rows[code].save(update_fields=["primary"])
            done.append(f"main specialty {code}")
    return done


def _claim_licences(actor, practitioner: Practitioner, licences: Iterable[tuple[str, str]], evidence) -> None:
    for state, number in licences:
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


def _state(actor, practitioner: Practitioner, record: RegistryRecord, evidence: Evidence | None) -> None:
    """What the registry says of the key facts, whether or not the file follows it."""
    record_statements(
        actor=actor,
        practitioner=practitioner,
        said=facts_said(record),
        said_by=SaidBy.NPPES,
        evidence=evidence,
    )


def facts_said(record: RegistryRecord) -> dict[str, object]:
    """The key facts as the record gives them, empty where it gives none."""
    name = record.name
    return {
        LEGAL_NAME: shown_name(
            last=name.last_name, first=name.first_name, middle=name.middle_name, suffix=name.suffix
        ),
        NPI: record.npi,
        SEX: Sex(record.sex).label if record.sex in Sex.values else "",
        PROVIDER_TYPE: (
            ProviderType(record.provider_type).label if record.provider_type != ProviderType.OTHER else ""
        ),
    }


def _keep_evidence(
    actor, practitioner: Practitioner, record: RegistryRecord, *, content: bytes | None = None
) -> Evidence:
    return add_evidence(
        actor=actor,
        practitioner=practitioner,
        method=Method.FILE if content is None else Method.API,
        content=canonical_bytes(record.raw) if content is None else content,
        **evidence_said(record),
    )


def evidence_said(record: RegistryRecord) -> dict[str, Any]:
    """What is written on the evidence made of a record, besides its content and how it came."""
    return {
        "title": f"NPI registry record {record.npi}",
        "source": SOURCE,
        "source_kind": SourceKind.SELF,
        "media_type": "application/json",
        "source_date": record.last_updated,
        "summary": "As the practitioner reported it to the registry; nothing of it is verified.",
    }


def imported_data(done: Sequence[str], *, added: bool) -> dict[str, Any]:
    """What the trail keeps of a record that was taken in."""
    return {"source": SOURCE, "added": added, "changes": list(done)}
