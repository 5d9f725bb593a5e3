"""Adding many people at once, with what the services write of one: the same rules, the same rows, and a fixed
number of queries for a thousand people instead of ninety for each.

What is stored, and what cannot be, is asked of the rules the services ask; here stands only what is written
together. Triggers and constraints hold as ever. ``tests/practitioners/services/test_roster_bulk.py`` writes
the same rows both ways and compares every table.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Model

from config.accounts.choices import DataClass
from config.accounts.policies import is_system, require, require_class
from config.audit.services.events import Event, record_events
from config.kernel import clock
from config.kernel.copying import copy_rows, copy_with_history, next_keys
from config.kernel.errors import Conflict, Refused
from practitioners.choices import NameKind, Standing
from practitioners.importing.roster import KINDS, Plan
from practitioners.models import (
    ContactPoint,
    Credential,
    CredentialPeriod,
    CredentialType,
    Identifier,
    Practitioner,
    PractitionerName,
    PractitionerTaxonomy,
    SocialSecurityNumber,
    Statement,
)
from practitioners.naming import name_key, shown_name, sorted_name
from practitioners.rules.claims import claim_content, claim_facts, claim_identity
from practitioners.rules.credential_content import with_issuer
from practitioners.rules.identifiers import clean_identifier
from practitioners.rules.person_content import (
    clean_contact,
    clean_name,
    clean_person,
    one_line,
    person_facts,
    written_parts,
)
from practitioners.rules.plausible import check_days
from practitioners.rules.provenance import ISSUER, LEGAL_NAME, NUMBER, STATE, identifier_fact
from practitioners.selectors.imports import described
from practitioners.services.credentials import CLAIMED, claimed_data, credential_type
from practitioners.services.people import npi_taken
from practitioners.services.protected import EDIT, fill_ssn, refuse_taken_ssns
from practitioners.services.statements import statement_rows

#: People written together: a fixed number of queries each time, and what memory holds at once.
TOGETHER = 500


@dataclass
class _New:
    """A person about to be written, with everything that hangs on them; nothing is saved yet."""

    plan: Plan
    person: Practitioner
    names: list[PractitionerName] = field(default_factory=list)
    contacts: list[ContactPoint] = field(default_factory=list)
    identifiers: list[Identifier] = field(default_factory=list)
    specialties: list[PractitionerTaxonomy] = field(default_factory=list)
    credentials: list[Credential] = field(default_factory=list)
    periods: list[CredentialPeriod] = field(default_factory=list)
    ssn: SocialSecurityNumber | None = None
    events: list[Event] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)


@transaction.atomic
def add_people(
    *,
    actor,
    plans: Sequence[Plan],
    source: Mapping[str, Any],
    progress: Callable[[int], None] = lambda done: None,
) -> list[Practitioner]:
    """Add the people of these plans, who are all new, with everything their acts say; in their order.

    ``source`` is whose word it is (``said_by``, ``system``); ``progress`` is told how many are written.
    Raises :class:`Refused` or :class:`Conflict` naming the row: then nothing is written.
    """
    require(actor, EDIT)
    if any(act.kind == "ssn" for plan in plans for act in plan.acts) and not is_system(actor):
        require_class(actor, DataClass.IDENTITY)
    kinds = {code: credential_type(code) for code in KINDS.values()}
    people: list[Practitioner] = []
    for start in range(0, len(plans), TOGETHER):
        some = plans[start : start + TOGETHER]
        writer = _Writer(actor, source, kinds, clock.now())
        keys = next_keys(Practitioner, len(some))
        people += writer.write([writer.prepare(plan, key) for plan, key in zip(some, keys, strict=True)])
        progress(len(people))
    return people


class _Writer:
    """Prepares people one by one, without a query, and writes them together."""

    def __init__(
        self, actor, source: Mapping[str, Any], kinds: Mapping[str, CredentialType], moment: dt.datetime
    ):
        self.actor, self.source, self.kinds, self.moment = actor, source, kinds, moment
        self.said_by = source["said_by"]
        self.today = clock.today()

    # -- one person, nothing written -----------------------------------------------------------------------

    def prepare(self, plan: Plan, key: int) -> _New:
        """The person of a plan, under this key, with everything its acts say. Refused naming the row."""
        try:
            first, *more = plan.acts
            new = self._person(plan, key, **first.values)
            for act in more:
                _PREPARE[act.kind](self, new, **act.values)
        except Refused as refused:
            raise Refused(f"{described(plan.row)}: {refused.sentence} Nothing was written.") from None
        return new

    def _person(
        self, plan: Plan, key: int, *, last_name: str, first_name="", middle_name="", suffix="", **given: Any
    ) -> _New:
        name = clean_name(last_name, first_name, middle_name, suffix)
        columns = {"npi": None, "birth_date": None, "sex": "", "languages": "", "provider_type": "", **given}
        values = clean_person(columns, today=self.today)
        parts = written_parts(name)
        person = Practitioner(
            pk=key,
            **values,
            display_name=shown_name(**parts),
            sort_name=sorted_name(**parts),
            created_at=self.moment,
        )
        new = _New(plan, person)
        self._name(new, NameKind.LEGAL, name)
        self._event(new, "practitioner.created", {"npi": person.npi})
        self._state(new, {LEGAL_NAME: person.display_name, **person_facts(values)})
        return new

    def _name(self, new: _New, kind: str, values: Mapping[str, str]) -> None:
        row = PractitionerName(
            practitioner=new.person,
            kind=kind,
            said_by=self.said_by,
            search_key=name_key(**written_parts(values)),
            **values,
        )
        new.names.append(row)

    def former_name(self, new: _New, **written: str) -> None:
        """As ``people.add_name`` of a former name."""
        self._name(new, NameKind.FORMER, clean_name(**written))
        self._event(new, "practitioner.name_added", {"kind": str(NameKind.FORMER)})

    def contact(self, new: _New, *, kind: str, **given: str) -> None:
        """As ``people.set_contact_point``."""
        values = clean_contact(kind, **given)
        row = ContactPoint(practitioner=new.person, kind=kind, said_by=self.said_by, **values)
        new.contacts.append(row)
        self._event(new, "practitioner.contact_set", {"kind": str(kind)})

    def identifier(self, new: _New, *, kind: str, value: str, state: str = "") -> None:
        """As ``people.add_identifier``."""
        values = clean_identifier(kind, value, state=state)
        row = Identifier(practitioner=new.person, said_by=self.said_by, **values)
        new.identifiers.append(row)
        self._event(new, "practitioner.identifier_added", {"kind": str(kind)})
        self._state(new, {identifier_fact(row.kind, row.state): row.value})

    def specialties(self, new: _New, *, codes: Sequence[str], primary: str) -> None:
        """As ``people.set_taxonomies``; the plan has asked whether the codes are loaded."""
        for code in codes:
            row = PractitionerTaxonomy(
                practitioner=new.person, taxonomy_id=code, primary=code == primary, said_by=self.said_by
            )
            new.specialties.append(row)
        self._event(new, "practitioner.specialties_set", {"codes": list(codes), "primary": primary})

    def claim(
        self,
        new: _New,
        *,
        type_code: str,
        valid: tuple[dt.date | None, dt.date | None],
        status: str,
        extra: Mapping[str, Any],
        **identity: str,
    ) -> None:
        """As ``credentials.record_claim`` where nothing is on file."""
        kind, issuer = self.kinds[type_code], one_line(identity["issuer"])
        content = claim_content(
            kind, DateRange(*valid, "[)"), status, self.said_by, with_issuer(kind.fields, extra, issuer)
        )
        check_days(content["valid"], today=self.today, born=new.person.birth_date)
        which = claim_identity(
            kind,
            **identity,
            extra=content["extra"],
            start=content["valid"].lower,
            last_names=", ".join(dict.fromkeys(name.last_name for name in new.names)),
            provider_type=new.person.provider_type,
        )
        credential = Credential(
            practitioner=new.person,
            credential_type=kind,
            created_at=self.moment,
            created_by=self.actor,
            **which,
        )
        period = CredentialPeriod(
            identity=credential,
            recorded_at=self.moment,
            recorded_by=self.actor,
            standing=Standing.CLAIMED,
            **content,
        )
        new.credentials.append(credential)
        new.periods.append(period)
        new.events.append(Event(CLAIMED, credential, new.person, claimed_data(kind, content)))
        here = {ISSUER: issuer, STATE: which["state"], NUMBER: which["number"]}
        self._state(new, claim_facts(kind, content, self.said_by, here), subject=credential.uid)

    def ssn(self, new: _New) -> None:
        """As ``protected.record_ssn`` where none is on file; whether another person has it is asked later."""
        row = SocialSecurityNumber(practitioner=new.person)
        fill_ssn(row, new.plan.row.secrets["ssn"], said_by=self.said_by, actor=self.actor, at=self.moment)
        new.ssn = row
        self._event(new, "identity.ssn_recorded", {})

    def _event(self, new: _New, verb: str, data: Mapping[str, Any]) -> None:
        new.events.append(Event(verb, new.person, new.person, {**data, "said_by": str(self.said_by)}))

    def _state(self, new: _New, said: Mapping[str, object], *, subject=None) -> None:
        new.statements += statement_rows(
            actor=self.actor,
            practitioner=new.person,
            said=said,
            subject=subject,
            at=self.moment,
            **self.source,
        )

    # -- many people, written ------------------------------------------------------------------------------

    def write(self, many: Sequence[_New]) -> list[Practitioner]:
        """Save them, table by table; some twenty queries for any number."""
        self._refuse_taken(many)
        try:
            with transaction.atomic():
                people = [new.person for new in many]
                copy_with_history(Practitioner, people)
                for model, rows in (
                    (PractitionerName, [row for new in many for row in new.names]),
                    (ContactPoint, [row for new in many for row in new.contacts]),
                    (Identifier, [row for new in many for row in new.identifiers]),
                    (PractitionerTaxonomy, [row for new in many for row in new.specialties]),
                ):
                    _give_keys(model, rows)
                    copy_with_history(model, rows)
                self._write_claims(many)
                SocialSecurityNumber.objects.bulk_create([new.ssn for new in many if new.ssn])
                copy_rows(Statement, [row for new in many for row in new.statements])
        except IntegrityError:
            raise Conflict(
                f"Between {described(many[0].plan.row)} and {described(many[-1].plan.row)}: somebody wrote "
                "the same at the same time. Nothing was written; try again."
            ) from None
        events = [event for new in many for event in new.events]
        record_events(actor=self.actor, events=events, at=self.moment)
        return people

    def _write_claims(self, many: Sequence[_New]) -> None:
        credentials = [row for new in many for row in new.credentials]
        periods = [row for new in many for row in new.periods]
        _give_keys(Credential, credentials)
        for credential, period in zip(credentials, periods, strict=True):
            period.identity = credential  # whose key is known by now
        copy_rows(Credential, credentials)
        copy_rows(CredentialPeriod, periods)

    def _refuse_taken(self, many: Sequence[_New]) -> None:
        """Refuse numbers that another record has, in the words of the services, naming the row."""
        npis = {new.person.npi: new for new in many if new.person.npi}
        for other in Practitioner.objects.filter(npi__in=npis):
            taken = npi_taken(str(other.npi), other).sentence
            raise Refused(f"{described(npis[str(other.npi)].plan.row)}: {taken} Nothing was written.")
        numbers = [(new.ssn, new.plan.row) for new in many if new.ssn]
        refuse_taken_ssns(self.actor, [row for row, _ in numbers], [described(row) for _, row in numbers])


def _give_keys(model: type[Model], rows: Sequence[Model]) -> None:
    for row, key in zip(rows, next_keys(model, len(rows)), strict=True):
        row.pk = key


_PREPARE: dict[str, Callable[..., None]] = {
    "former_name": _Writer.former_name,
    "contact": _Writer.contact,
    "identifier": _Writer.identifier,
    "specialties": _Writer.specialties,
    "claim": _Writer.claim,
    "ssn": _Writer.ssn,
}
