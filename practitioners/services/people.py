"""Writing persons: names, numbers, contact points, specialties, the account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction

from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from practitioners.choices import NameKind, SaidBy
from practitioners.models import (
    ContactPoint,
    Identifier,
    Practitioner,
    PractitionerAliasPeriod,
    PractitionerName,
    PractitionerTaxonomy,
    TaxonomyCode,
)
from practitioners.naming import name_key, shown_name, sorted_name
from practitioners.policies import require_change
from practitioners.rules.identifiers import clean_identifier
from practitioners.rules.person_content import (
    NAME_LIMITS,
    clean_contact,
    clean_name,
    clean_person,
    person_facts,
    written_parts,
)
from practitioners.rules.provenance import LEGAL_NAME, System, identifier_fact
from practitioners.selectors.canonical import alias_of, persons
from practitioners.services.statements import record_statements

_PERSON_FIELDS = ("provider_type", "npi", "birth_date", "sex", "languages")


def lock_practitioner(practitioner: Practitioner) -> Practitioner:
    """The person's row, locked until the end of the transaction; the first lock of every write about a
    person.

    Lock order is practitioner, application, lines, end of the evidence chain. A withdrawn record takes
    nothing new, nor does one that was merged into another: it is refused with the name of the record that
    stands for the person.
    """
    locked = _locked(practitioner.pk)
    refuse_withdrawn(locked)
    refuse_merged(locked)
    return locked


def lock_record(record: Practitioner) -> Practitioner:
    """The lock for bringing to its end what already stands on a record, merged or not.

    Authority can be ended, a suspension lifted and a wrong paper redacted wherever they stand. Of a merged
    record the person's canonical row is locked besides, so that one writer at a time deals with the person.
    """
    alias = alias_of(record)
    rows = [_locked(pk) for pk in sorted({record.pk, alias.canonical_id if alias else record.pk})]
    return next(row for row in rows if row.pk == record.pk)


def lock_records(records: Iterable[Practitioner]) -> dict[int, Practitioner]:
    """:func:`lock_record` of several at once, every row in the order in which all acts lock them; the rows by
    their id. Two queries.
    """
    ids = {record.pk for record in records}
    ids |= set(persons(ids).values())
    rows = Practitioner.every.select_for_update(of=("self",), no_key=True).filter(pk__in=ids)
    return {row.pk: row for row in rows.order_by("pk")}


def refuse_merged(record: Practitioner) -> None:
    """Refuse a record that was merged into another one. Asked after the lock that merging takes too."""
    # Asked at every write, so first whether there is anything to read at all.
    merged = PractitionerAliasPeriod.objects.live().filter(practitioner_id=record.pk)
    alias = alias_of(record) if merged.exists() else None
    if alias is not None:
        raise Refused(
            f"This record was merged into the record of {alias.canonical}: make the change there, "
            "or take the records apart first."
        )


def refuse_withdrawn(record: Practitioner) -> None:
    """Refuse a record that was withdrawn because it should never have been made."""
    if record.withdrawn_at is not None:
        raise Refused(f"The record of {record} was withdrawn: it takes nothing new.")


def _locked(pk: int) -> Practitioner:
    return Practitioner.every.select_for_update(of=("self",), no_key=True).get(pk=pk)


# --- the person -----------------------------------------------------------------------------------------


@transaction.atomic
def create_practitioner(
    *,
    actor,
    provider_type: str,
    last_name: str,
    first_name: str = "",
    middle_name: str = "",
    suffix: str = "",
    npi: str | None = None,
    birth_date: dt.date | None = None,
    sex: str = "",
    languages: str = "",
    said_by: str = SaidBy.COORDINATOR,
    system: System | None = None,
) -> Practitioner:
    """Add a person with their legal name. Refuses an NPI that another record already has."""
    require(actor, "practitioners.edit")
    name = clean_name(last_name, first_name, middle_name, suffix)
    values = clean_person(
        {
            "provider_type": provider_type,
            "npi": npi,
            "birth_date": birth_date,
            "sex": sex,
            "languages": languages,
        },
        today=clock.today(),
    )
    _refuse_taken_npi(values["npi"])
    practitioner = Practitioner(
        **values,
        display_name=shown_name(**written_parts(name)),
        sort_name=sorted_name(**written_parts(name)),
        created_at=clock.now(),
    )
    practitioner.save(force_insert=True)
    _save_name(PractitionerName(practitioner=practitioner, kind=NameKind.LEGAL, said_by=said_by, **name))
    record_event(
        actor=actor,
        verb="practitioner.created",
        subject=practitioner,
        practitioner=practitioner,
        data={"npi": practitioner.npi, "said_by": str(said_by)},
    )
    facts = {LEGAL_NAME: practitioner.display_name, **person_facts(values)}
    record_statements(
        actor=actor, practitioner=practitioner, said=facts, said_by=said_by, system=system, first=True
    )
    return practitioner


@transaction.atomic
def correct_practitioner(
    *,
    actor,
    practitioner: Practitioner,
    reason: str = "",
    said_by: str = SaidBy.COORDINATOR,
    system: System | None = None,
    anew: bool = True,
    **changes: Any,
) -> Practitioner:
    """Correct ``provider_type``, ``npi``, ``birth_date``, ``sex`` or ``languages``; only those given are
    touched. ``anew`` is False when a decision between earlier words is carried out: nobody says it newly.
    """
    require_change(actor, "practitioners.edit", practitioner)
    unknown = set(changes) - set(_PERSON_FIELDS)
    if unknown:
        raise TypeError(f"correct_practitioner does not know {sorted(unknown)}")
    practitioner = lock_practitioner(practitioner)
    values = clean_person(changes, today=clock.today())
    changed = {name: value for name, value in values.items() if getattr(practitioner, name) != value}
    if not changed:
        return practitioner
    if "npi" in changed:
        _refuse_taken_npi(changed["npi"], practitioner)
    for name, value in changed.items():
        setattr(practitioner, name, value)
    practitioner.save(update_fields=list(changed))
    record_event(
        actor=actor,
        verb="practitioner.corrected",
        subject=practitioner,
        practitioner=practitioner,
        reason=reason,
        data={"fields": sorted(changed)},
    )
    if anew:
        record_statements(
            actor=actor,
            practitioner=practitioner,
            said=person_facts(changed),
            said_by=said_by,
            system=system,
        )
    return practitioner


@transaction.atomic
def link_user(*, actor, practitioner: Practitioner, user) -> Practitioner:
    """Say which account is this person's (None: nobody's), so that nobody acts on their own file."""
    require(actor, "accounts.manage")
    practitioner = lock_practitioner(practitioner)
    if user is not None:
        if user.is_system:
            raise Refused("The system's own account is nobody's.", field="user")
        other = Practitioner.objects.filter(user=user).exclude(pk=practitioner.pk).first()
        if other is not None:
            raise Refused(f"The account {user.username} already belongs to {other}.", field="user")
    practitioner.user = user
    practitioner.save(update_fields=["user"])
    record_event(
        actor=actor,
        verb="practitioner.account_linked" if user else "practitioner.account_unlinked",
        subject=practitioner,
        practitioner=practitioner,
        data={"user": str(user.uid) if user else None},
    )
    return practitioner


# --- names ----------------------------------------------------------------------------------------------


@transaction.atomic
def add_name(
    *,
    actor,
    practitioner: Practitioner,
    kind: str,
    last_name: str,
    first_name: str = "",
    middle_name: str = "",
    suffix: str = "",
    used_from: dt.date | None = None,
    used_until: dt.date | None = None,
    said_by: str = SaidBy.COORDINATOR,
    system: System | None = None,
    anew: bool = True,
) -> PractitionerName:
    """Add a name the person uses or used. A new legal name makes the one before it a former name. For
    ``anew`` see :func:`correct_practitioner`.
    """
    require_change(actor, "practitioners.edit", practitioner)
    practitioner = lock_practitioner(practitioner)
    if kind not in NameKind.values:
        raise Refused("Say what kind of name this is.", field="kind")
    if used_from and used_until and used_until < used_from:
        raise Refused("The name's last day lies before its first.", field="used_until")
    values = clean_name(last_name, first_name, middle_name, suffix)
    same = practitioner.names.filter(kind=kind, **values).first()
    if same is not None:
        raise Refused(f'"{same}" is already on file as {same.get_kind_display().lower()}.', field="last_name")
    if kind == NameKind.LEGAL:
        _retire_legal_name(practitioner, used_until=used_from)
    name = PractitionerName(
        practitioner=practitioner,
        kind=kind,
        used_from=used_from,
        used_until=used_until,
        said_by=said_by,
        **values,
    )
    _save_name(name)
    _repeat_legal_name(practitioner)
    record_event(
        actor=actor,
        verb="practitioner.name_added",
        subject=practitioner,
        practitioner=practitioner,
        data={"kind": str(kind), "said_by": str(said_by)},
    )
    if anew:
        _state_legal_name(actor, practitioner, name, system=system)
    return name


@transaction.atomic
def correct_name(
    *,
    actor,
    name: PractitionerName,
    anew: bool = True,
    system: System | None = None,
    **changes: Any,
) -> PractitionerName:
    """Correct a name as it is written or the days it was used (a typing error, not a new name). For ``anew``
    see :func:`correct_practitioner`.
    """
    require_change(actor, "practitioners.edit", name.practitioner)
    practitioner = lock_practitioner(name.practitioner)
    name = practitioner.names.get(pk=name.pk)
    written = clean_name(**{field: changes.get(field, getattr(name, field)) for field in NAME_LIMITS})
    used_from = changes.get("used_from", name.used_from)
    used_until = changes.get("used_until", name.used_until)
    if used_from and used_until and used_until < used_from:
        raise Refused("The name's last day lies before its first.", field="used_until")
    if practitioner.names.filter(kind=name.kind, **written).exclude(pk=name.pk).exists():
        raise Refused("This name is already on file.", field="last_name")
    values = {**written, "used_from": used_from, "used_until": used_until}
    if all(getattr(name, field) == value for field, value in values.items()):
        return name
    for field, value in values.items():
        setattr(name, field, value)
    if "said_by" in changes:
        name.said_by = changes["said_by"]
    _save_name(name)
    _repeat_legal_name(practitioner)
    record_event(
        actor=actor,
        verb="practitioner.name_corrected",
        subject=practitioner,
        practitioner=practitioner,
        data={"kind": str(name.kind)},
    )
    if anew:
        said_by = changes.get("said_by", SaidBy.COORDINATOR)
        _state_legal_name(actor, practitioner, name, said_by, system)
    return name


@transaction.atomic
def remove_name(*, actor, name: PractitionerName, reason: str) -> None:
    """Take away a name that was never this person's. The legal name stays; its history stays in any case."""
    require_change(actor, "practitioners.edit", name.practitioner)
    practitioner = lock_practitioner(name.practitioner)
    if name.kind == NameKind.LEGAL:
        raise Refused("A person has a legal name: correct it, or add the new one.")
    if not reason.strip():
        raise Refused("Say why the name is taken away.", field="reason")
    practitioner.names.get(pk=name.pk).delete()
    record_event(
        actor=actor,
        verb="practitioner.name_removed",
        subject=practitioner,
        practitioner=practitioner,
        reason=reason.strip(),
        data={"kind": str(name.kind)},
    )


def _retire_legal_name(practitioner: Practitioner, *, used_until: dt.date | None) -> None:
    """The legal name so far becomes a former name (or goes, where the same former name is on file
    already).
    """
    before = practitioner.names.filter(kind=NameKind.LEGAL).first()
    if before is None:
        return
    written = {field: getattr(before, field) for field in NAME_LIMITS}
    if practitioner.names.filter(kind=NameKind.FORMER, **written).exists():
        before.delete()
        return
    before.kind = NameKind.FORMER
    if (
        used_until
        and before.used_until is None
        and (before.used_from is None or before.used_from < used_until)
    ):
        before.used_until = used_until - dt.timedelta(days=1)
    before.save()


def _save_name(name: PractitionerName) -> None:
    name.search_key = name_key(**written_parts({field: getattr(name, field) for field in NAME_LIMITS}))
    name.save()


def _repeat_legal_name(practitioner: Practitioner) -> None:
    """Every list sorts by the legal name, so the person's row repeats it."""
    legal = practitioner.names.get(kind=NameKind.LEGAL)
    parts = written_parts({field: getattr(legal, field) for field in NAME_LIMITS})
    shown, sort = shown_name(**parts), sorted_name(**parts)
    if (practitioner.display_name, practitioner.sort_name) != (shown, sort):
        practitioner.display_name, practitioner.sort_name = shown, sort
        practitioner.save(update_fields=["display_name", "sort_name"])


def _state_legal_name(
    actor,
    practitioner: Practitioner,
    name: PractitionerName,
    said_by: str = "",
    system: System | None = None,
) -> None:
    if name.kind == NameKind.LEGAL:
        record_statements(
            actor=actor,
            practitioner=practitioner,
            said={LEGAL_NAME: practitioner.display_name},
            said_by=said_by or name.said_by,
            system=system,
        )


# --- numbers, addresses, specialties ------------------------------------------------------------------------


@transaction.atomic
def add_identifier(
    *,
    actor,
    practitioner: Practitioner,
    kind: str,
    value: str,
    issuer: str = "",
    state: str = "",
    used_from: dt.date | None = None,
    used_until: dt.date | None = None,
    said_by: str = SaidBy.COORDINATOR,
    system: System | None = None,
    anew: bool = True,
) -> Identifier:
    """Add a number somebody gave the person; adding the same again changes nothing. ``used_until`` is its
    last day. A number that has not the format of its kind is refused; for ``anew`` see
    :func:`correct_practitioner`.
    """
    require_change(actor, "practitioners.edit", practitioner)
    practitioner = lock_practitioner(practitioner)
    values = clean_identifier(kind, value, issuer, state, used_from, used_until)
    days = {name: values.pop(name) for name in ("used_from", "used_until")}
    identifier, added = practitioner.identifiers.get_or_create(
        **values, defaults={"said_by": said_by, **days}
    )
    if added:
        record_event(
            actor=actor,
            verb="practitioner.identifier_added",
            subject=practitioner,
            practitioner=practitioner,
            data={"kind": str(kind), "said_by": str(said_by)},
        )
    if anew:
        state_identifier(actor, identifier, said_by, system)
    return identifier


def state_identifier(
    actor, identifier: Identifier, said_by: str = SaidBy.COORDINATOR, system: System | None = None
) -> None:
    """Write down that ``said_by`` gives this number; for the services that write identifiers."""
    record_statements(
        actor=actor,
        practitioner=identifier.practitioner,
        said={identifier_fact(identifier.kind, identifier.state): identifier.value},
        said_by=said_by,
        system=system,
    )


@transaction.atomic
def set_contact_point(
    *,
    actor,
    practitioner: Practitioner,
    kind: str,
    line_1: str,
    line_2: str = "",
    city: str = "",
    state: str = "",
    postal_code: str = "",
    country: str = "US",
    phone: str = "",
    said_by: str = SaidBy.COORDINATOR,
) -> ContactPoint:
    """Set the person's address, phone or e-mail of this kind (there is one of each kind)."""
    require_change(actor, "practitioners.edit", practitioner)
    practitioner = lock_practitioner(practitioner)
    values = clean_contact(kind, line_1, line_2, city, state, postal_code, country, phone)
    point = practitioner.contact_points.filter(kind=kind).order_by("pk").first()
    if point is None:
        point = ContactPoint(practitioner=practitioner, kind=kind)
    elif all(getattr(point, name) == value for name, value in values.items()):
        return point
    for name, value in values.items():
        setattr(point, name, value)
    point.said_by = said_by
    point.save()
    record_event(
        actor=actor,
        verb="practitioner.contact_set",
        subject=practitioner,
        practitioner=practitioner,
        data={"kind": str(kind), "said_by": str(said_by)},
    )
    return point


@transaction.atomic
def set_taxonomies(
    *,
    actor,
    practitioner: Practitioner,
    codes: Sequence[str],
    primary: str = "",
    said_by: str = SaidBy.COORDINATOR,
) -> list[PractitionerTaxonomy]:
    """Make ``codes`` the person's specialties, ``primary`` (default: the first) the main one."""
    require_change(actor, "practitioners.edit", practitioner)
    practitioner = lock_practitioner(practitioner)
    wanted = list(dict.fromkeys(codes))
    known = set(TaxonomyCode.objects.filter(code__in=wanted).values_list("code", flat=True))
    missing = [code for code in wanted if code not in known]
    if missing:
        raise Refused(f"{', '.join(missing)} is not in the loaded taxonomy.", field="codes")
    main = primary or (wanted[0] if wanted else "")
    if main and main not in wanted:
        raise Refused("The primary specialty is one of the specialties.", field="primary")
    rows = {row.taxonomy_id: row for row in practitioner.taxonomies.all()}
    if set(rows) == set(wanted) and {code for code, row in rows.items() if row.primary} == ({main} - {""}):
        return list(rows.values())
    for code, row in rows.items():
        if code not in wanted:
            row.delete()
        elif row.primary and code != main:  # first, because only one may be primary at any moment
            row.primary = False
            row.save(update_fields=["primary"])
    for code in wanted:
        stated = rows.get(code)
        if stated is None:
            PractitionerTaxonomy(
                practitioner=practitioner, taxonomy_id=code, primary=code == main, said_by=said_by
            ).save()
        elif code == main and not stated.primary:
            stated.primary = True
            stated.save(update_fields=["primary"])
    record_event(
        actor=actor,
        verb="practitioner.specialties_set",
        subject=practitioner,
        practitioner=practitioner,
        data={"codes": wanted, "primary": main, "said_by": str(said_by)},
    )
    return list(practitioner.taxonomies.all())


def _refuse_taken_npi(npi: str | None, practitioner: Practitioner | None = None) -> None:
    if not npi:
        return
    other = Practitioner.objects.filter(npi=npi).first()
    if other is not None and (practitioner is None or other.pk != practitioner.pk):
        raise npi_taken(npi, other)


def npi_taken(npi: str, other: Practitioner) -> Refused:
    """What is said when a record has the NPI already."""
    return Refused(f"{other.display_name} has NPI {npi} already: one person has one record.", field="npi")
