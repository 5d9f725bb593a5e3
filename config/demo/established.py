"""The staff as it stood when the hospital moved to this system: taken over in one load, with evidence."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from django.db import models
from django.db.backends.postgresql.psycopg_any import DateRange

from bylaws.models import Appointment, AppointmentPeriod
from config.accounts.choices import DataClass
from config.audit.services.events import record_event
from config.demo.dossier import Claim, claims_of, extract_for, npdb_response, paper_for
from config.demo.hospital import Hospital
from config.demo.people import Person
from config.demo.timeline import Timeline, at
from config.golive.authority import authority_before
from config.kernel.bulk_load import bulk_load
from config.kernel.dates import add_months
from config.kernel.periods import through
from config.organization.models import Facility
from credentialing.choices import NPDBQueryKind, NPDBReason
from credentialing.models import ContinuousQueryEnrolment, ContinuousQueryPeriod, NPDBQuery
from practitioners import store
from practitioners.choices import ContactKind, Method, NameKind, SaidBy, SourceKind, Standing
from practitioners.models import (
    ContactPoint,
    Credential,
    CredentialPeriod,
    CredentialType,
    Evidence,
    EvidenceHead,
    Practitioner,
    PractitionerName,
    PractitionerTaxonomy,
)
from practitioners.naming import name_key, shown_name, sorted_name
from practitioners.rules.chain import NOTHING_BEFORE, chained_hash, salted_hash
from practitioners.rules.credential_content import identity_key
from practitioners.rules.licence_numbers import normal_form
from privileging.choices import FormLineKind
from privileging.models import CaseVolume, FormLine, Grant, GrantPeriod
from privileging.rules.settings import lacking

TABLES: tuple[type[models.Model], ...] = (
    Practitioner,
    PractitionerName,
    PractitionerTaxonomy,
    ContactPoint,
    Credential,
    Evidence,
    EvidenceHead,
    CredentialPeriod,
    Appointment,
    AppointmentPeriod,
    Grant,
    GrantPeriod,
    NPDBQuery,
    ContinuousQueryEnrolment,
    ContinuousQueryPeriod,
    CaseVolume,
)


#: Papers of the earlier system that confirm several credentials: title, source, kind of source, method.
_PROFILE = (
    "Practitioner profile: education, training, certification, affiliations",
    "Credentials verification organization",
    SourceKind.CVO,
    Method.FILE,
)
_COPIES = (
    "Copies of certificates, seen",
    "Seen by the Medical Staff Office",
    SourceKind.PERSON,
    Method.IN_PERSON,
)
_OF_PROFILE = ("MEDICAL_SCHOOL", "ECFMG", "RESIDENCY", "BOARD_CERT", "WORK_HISTORY", "AFFILIATION")
_OF_HEALTH = ("IMMUNIZATION", "HEALTH_CLEARANCE")
OLD_PAPERS = {
    **dict.fromkeys(_OF_PROFILE, _PROFILE),
    **dict.fromkeys(("DEA", "CDS", "LIFE_SUPPORT", "MALPRACTICE", *_OF_HEALTH), _COPIES),
}


@dataclass(frozen=True)
class Record:
    """What the earlier system says of one person's membership, or what an applicant stated later."""

    person: Person
    decided_on: dt.date | None = None
    stated_at: dt.datetime | None = None  # set: an applicant's statements, nothing confirmed
    peers: tuple[str, ...] = ()
    term_months: int = 24
    earlier_term: bool = False  # the term before is on record too
    category: str = "active"
    username: str = ""
    npdb_on: dt.date | None = None  # None: no query on record at the home facility
    continuous: bool = False
    licence_stated_only: bool = False
    licence_missing: bool = False
    licence_status: str = ""
    renewed_until: dt.date | None = None  # the licence was renewed since; its new last day
    more_volumes: tuple[tuple[str, int], ...] = ()
    also_at: str = ""  # the other facility, with a licence of its state


@dataclass
class _Rows:
    """Everything to insert, in the order in which rows point at each other."""

    by_model: dict[type[models.Model], list[models.Model]] = field(
        default_factory=lambda: {model: [] for model in TABLES}
    )

    def add(self, row: models.Model) -> models.Model:
        self.by_model[type(row)].append(row)
        return row


class _Chain:
    """The evidence of one person, each piece chained to the one before."""

    def __init__(self, owner: _TakeOver, practitioner: Practitioner):
        self.owner, self.practitioner = owner, practitioner
        self.sequence, self.last = 0, NOTHING_BEFORE
        self.by_paper: dict[str, Evidence] = {}
        self._later: list[tuple[dt.datetime, Callable[[dt.datetime], None]]] = []

    def later(self, moment: dt.datetime, obtain: Callable[[dt.datetime], None]) -> None:
        """Something that was obtained after go-live: the chain is in the order of time."""
        self._later.append((moment, obtain))

    def catch_up(self) -> None:
        """Obtain what came later."""
        for moment, obtain in sorted(self._later, key=lambda each: each[0]):
            obtain(moment)

    def add(
        self,
        *,
        title: str,
        source: str,
        source_kind: str,
        method: str,
        content: bytes,
        media_type: str,
        obtained_at: dt.datetime,
        source_date: dt.date,
        data_class: str = DataClass.GENERAL,
        summary: str = "",
    ) -> Evidence:
        self.sequence += 1
        key = store.put(content, encrypted=data_class != DataClass.GENERAL)
        salt = hashlib.sha256(f"{self.practitioner.uid}/{self.sequence}".encode()).hexdigest()[:32]
        piece = Evidence(
            uid=self.owner.uid("evidence", self.practitioner.npi, self.sequence),
            practitioner=self.practitioner,
            sequence=self.sequence,
            title=title[:200],
            source=source,
            source_kind=str(source_kind),
            method=str(method),
            source_date=source_date,
            obtained_at=obtained_at,
            obtained_by=self.owner.clerk_of(self.practitioner),
            summary=summary,
            data_class=str(data_class),
            media_type=media_type,
            content_sha256=salted_hash(salt, store.stored_bytes(key)),
            store_key=key,
            salt=salt,
            previous_hash=self.last,
        )
        piece.hash = self.last = chained_hash(piece)
        self.owner.rows.add(piece)
        return piece


class _TakeOver:
    """Turns records into rows."""

    def __init__(self, hospital: Hospital, timeline: Timeline, seed: int):
        self.hospital, self.timeline = hospital, timeline
        self.source = random.Random(seed + 1)  # noqa: S311 - reproducible invention, nothing secret
        self.namespace = uuid.uuid5(uuid.NAMESPACE_URL, f"demo/{seed}/{timeline.today}")
        self.rows = _Rows()
        self.types = {each.code: each for each in CredentialType.objects.all()}
        self.lines: dict[str, list[FormLine]] = {}
        for line in FormLine.objects.select_related("version__form", "privilege").order_by("kind", "order"):
            self.lines.setdefault(line.version.form.code, []).append(line)
        self.moment = at(timeline.go_live, 9)
        self.stated_by = str(SaidBy.ROSTER)
        self.clerks: dict[str, object] = {}

    def uid(self, *parts: object) -> uuid.UUID:
        """The same uid for the same thing, seed and day."""
        return uuid.uuid5(self.namespace, "/".join(map(str, parts)))

    def clerk_of(self, practitioner: Practitioner):
        """The coordinator in whose name the person's records were taken over."""
        return self.clerks[practitioner.npi]

    # -- the person ----------------------------------------------------------------------------------------

    def take_over(self, record: Record) -> Practitioner:
        """All rows of one member or applicant."""
        person = record.person
        self.moment = record.stated_at or at(self.timeline.go_live, 9)
        self.stated_by = str(SaidBy.APPLICANT if record.stated_at else SaidBy.ROSTER)
        self.clerks[person.npi] = self.hospital.office(person.facility_code)
        parts = {"last": person.last_name, "first": person.first_name, "middle": person.middle_name}
        practitioner = Practitioner(
            uid=self.uid("practitioner", person.npi),
            npi=person.npi,
            provider_type=person.provider_type,
            display_name=shown_name(**parts),
            sort_name=sorted_name(**parts),
            birth_date=person.birth_date,
            sex=person.sex,
            user=self.hospital.users.get(record.username),
            created_at=self.moment,
        )
        self.rows.add(practitioner)
        self._names(practitioner, person)
        self._contacts(practitioner, person)
        chain = _Chain(self, practitioner)
        self._credentials(practitioner, record, chain)
        if record.decided_on:
            self._appointment(practitioner, record, person.facility_code, person.department)
        if record.decided_on and record.earlier_term:
            self._term_before(practitioner, record)
        if record.also_at:
            self._appointment(practitioner, record, record.also_at, person.department, "courtesy")
        self._npdb(practitioner, record, chain)
        chain.catch_up()
        self._volumes(practitioner, record)
        if chain.sequence:
            self.rows.add(EvidenceHead(practitioner=practitioner, sequence=chain.sequence, hash=chain.last))
        return practitioner

    def _names(self, practitioner: Practitioner, person: Person) -> None:
        names = [(NameKind.LEGAL, person.last_name)]
        if person.former_last_name:
            names.append((NameKind.FORMER, person.former_last_name))
        for kind, last_name in names:
            self.rows.add(
                PractitionerName(
                    practitioner=practitioner,
                    kind=str(kind),
                    last_name=last_name,
                    first_name=person.first_name,
                    middle_name=person.middle_name,
                    search_key=name_key(last=last_name, first=person.first_name, middle=person.middle_name),
                    said_by=self.stated_by,
                )
            )
        self.rows.add(
            PractitionerTaxonomy(
                practitioner=practitioner,
                taxonomy_id=person.specialty.taxonomy,
                primary=True,
                said_by=self.stated_by,
            )
        )

    def _contacts(self, practitioner: Practitioner, person: Person) -> None:
        address = {"city": person.city, "state": person.state, "postal_code": person.postal_code}
        points: tuple[tuple[ContactKind, str, dict[str, str]], ...] = (
            (ContactKind.PRACTICE, person.street, {**address, "phone": person.phone}),
            (ContactKind.EMAIL, person.email, {}),
            (ContactKind.PHONE, person.phone, {}),
        )
        for kind, line, more in points:
            self.rows.add(
                ContactPoint(
                    practitioner=practitioner,
                    kind=str(kind),
                    line_1=line,
                    said_by=self.stated_by,
                    **more,
                )
            )

    # -- credentials ---------------------------------------------------------------------------------------

    def _credentials(self, practitioner: Practitioner, record: Record, chain: _Chain) -> None:
        person = record.person
        claims = claims_of(person, peer_names=record.peers, photo_id=bool(record.stated_at))
        for claim in claims:
            own_licence = claim.type_code == "LICENSE" and claim.state == person.state
            if own_licence and record.licence_missing:
                continue
            credential = self._credential(practitioner, claim)
            status = record.licence_status if own_licence and record.licence_status else claim.status
            stated_only = record.stated_at or (own_licence and record.licence_stated_only)
            evidence = None if stated_only else self._paper(chain, person, claim, claims)
            self._period(credential, claim, status, evidence, self.moment)
            if own_licence and record.renewed_until and claim.end:
                self._renewal(credential, claim, record, chain)
        if record.also_at:
            self._other_licence(practitioner, person, chain)

    def _credential(self, practitioner: Practitioner, claim: Claim) -> Credential:
        kind = self.types[claim.type_code]
        key = (
            normal_form(claim.number) if claim.number else identity_key(kind.fields, claim.extra, claim.start)
        )
        credential = Credential(
            uid=self.uid("credential", practitioner.npi, claim.type_code, claim.state, key, claim.issuer),
            practitioner=practitioner,
            credential_type=kind,
            issuer=claim.issuer,
            state=claim.state,
            number=claim.number,
            number_key=key[:60],
            created_at=self.moment,
            created_by=self.clerk_of(practitioner),
        )
        self.rows.add(credential)
        return credential

    def _period(
        self,
        credential: Credential,
        claim: Claim,
        status: str,
        evidence: Evidence | None,
        moment: dt.datetime,
        *,
        start: dt.date | None = None,
        end: dt.date | None = None,
    ) -> None:
        first, last = start or claim.start, end or claim.end
        self.rows.add(
            CredentialPeriod(
                uid=self.uid("period", credential.uid, first),
                identity=credential,
                valid=DateRange(first, through(last)),
                standing=str(Standing.CONFIRMED if evidence else Standing.CLAIMED),
                status=str(status),
                said_by=str(SaidBy.SOURCE) if evidence else self.stated_by,
                extra=claim.extra,
                evidence=evidence,
                recorded_at=moment,
                recorded_by=self.clerk_of(credential.practitioner),
            )
        )

    def _paper(self, chain: _Chain, person: Person, claim: Claim, claims: Sequence[Claim]) -> Evidence:
        """The source's answer. The earlier system kept few papers: several credentials stand on one."""
        title, source, kind, method = OLD_PAPERS.get(
            claim.type_code, (claim.title, claim.source, claim.source_kind, claim.method)
        )
        if title not in chain.by_paper:
            answered_on = self.moment.date() - dt.timedelta(days=self.source.randint(20, 300))
            together = [each for each in claims if OLD_PAPERS.get(each.type_code, ("",))[0] == title]
            chain.by_paper[title] = chain.add(
                title=title,
                source=source,
                source_kind=kind,
                method=method,
                content=extract_for(person, title, together or [claim], answered_on),
                media_type="application/pdf",
                obtained_at=self.moment,
                source_date=answered_on,
                summary="Taken over from the earlier system.",
            )
        return chain.by_paper[title]

    def _renewal(self, credential: Credential, claim: Claim, record: Record, chain: _Chain) -> None:
        """The board confirmed the renewal some weeks before the old term ran out."""
        renewed_on = claim.end - dt.timedelta(days=self.source.randint(8, 40))  # type: ignore[operator]

        def obtain(moment: dt.datetime) -> None:
            evidence = chain.add(
                title=f"{claim.state} license {claim.number}: renewal",
                source=claim.source,
                source_kind=SourceKind.PRIMARY,
                method=Method.WEB,
                content=paper_for(record.person, claim, moment.date()),
                media_type="application/pdf",
                obtained_at=moment,
                source_date=moment.date(),
                summary=f"Renewed through {record.renewed_until:%d %b %Y}.",
            )
            start, end = through(claim.end), record.renewed_until
            self._period(credential, claim, claim.status, evidence, moment, start=start, end=end)

        chain.later(at(min(renewed_on, self.timeline.ago(2)), 10, 20), obtain)

    def _other_licence(self, practitioner: Practitioner, person: Person, chain: _Chain) -> None:
        """The licence of the other facility's state."""
        claim = Claim(
            "LICENSE",
            "Michigan licensing board",
            person.licence_from,
            person.licence_until + dt.timedelta(days=120),
            state="MI",
            number=f"4301{self.source.randint(100000, 199999)}",
            source="Michigan licensing board",
            paper="MI license: board look-up",
        )
        credential = self._credential(practitioner, claim)
        self._period(credential, claim, claim.status, self._paper(chain, person, claim, [claim]), self.moment)

    # -- membership ----------------------------------------------------------------------------------------

    def _appointment(
        self, practitioner: Practitioner, record: Record, code: str, department: str, category: str = ""
    ) -> None:
        facility = self.hospital.facilities[code]
        clerk, decided_on = self.clerk_of(practitioner), record.decided_on
        authority = authority_before(decided_on)
        valid = DateRange(decided_on, add_months(decided_on, record.term_months))
        appointment = Appointment(
            uid=self.uid("appointment", practitioner.npi, code),
            practitioner=practitioner,
            facility=facility,
            decided_on=decided_on,
            authority=authority,
            created_at=self.moment,
            created_by=clerk,
        )
        self.rows.add(appointment)
        self.rows.add(
            AppointmentPeriod(
                uid=self.uid("appointment period", practitioner.npi, code),
                identity=appointment,
                practitioner=practitioner,
                facility=facility,
                decided_on=decided_on,
                category=self.hospital.categories[category or record.category],
                department=self.hospital.departments[code, department],
                valid=valid,
                recorded_at=self.moment,
                recorded_by=clerk,
            )
        )
        for line in self._lines_held(record.person, code):
            self._grant(practitioner, facility, line, decided_on, valid)

    def _grant(
        self,
        practitioner: Practitioner,
        facility: Facility,
        line: FormLine,
        decided_on: dt.date,
        valid: DateRange,
        *term: str,
    ) -> None:
        names = (practitioner.npi, facility.code, line.privilege.code, *term)
        grant = Grant(
            uid=self.uid("grant", *names),
            practitioner=practitioner,
            facility=facility,
            privilege=line.privilege,
            form_line=line,
            decided_on=decided_on,
            authority=authority_before(decided_on),
            created_at=self.moment,
            created_by=self.clerk_of(practitioner),
        )
        self.rows.add(grant)
        self.rows.add(
            GrantPeriod(
                uid=self.uid("grant period", *names),
                identity=grant,
                practitioner=practitioner,
                facility=facility,
                privilege=line.privilege,
                decided_on=decided_on,
                valid=valid,
                recorded_at=self.moment,
                recorded_by=self.clerk_of(practitioner),
            )
        )

    def _term_before(self, practitioner: Practitioner, record: Record) -> None:
        """The term before the one that was taken over, with the same privileges."""
        held = [row.form_line for row in self.rows.by_model[Grant] if row.practitioner is practitioner]
        facility = self.hospital.facilities[record.person.facility_code]
        decided_on = add_months(record.decided_on, -record.term_months)
        valid = DateRange(decided_on, record.decided_on)
        appointment = Appointment(
            uid=self.uid("appointment", practitioner.npi, facility.code, "before"),
            practitioner=practitioner,
            facility=facility,
            decided_on=decided_on,
            authority=authority_before(decided_on),
            created_at=self.moment,
            created_by=self.clerk_of(practitioner),
        )
        self.rows.add(appointment)
        self.rows.add(
            AppointmentPeriod(
                uid=self.uid("appointment period", practitioner.npi, facility.code, "before"),
                identity=appointment,
                practitioner=practitioner,
                facility=facility,
                decided_on=decided_on,
                category=self.hospital.categories[record.category],
                department=self.hospital.departments[facility.code, record.person.department],
                valid=valid,
                recorded_at=self.moment,
                recorded_by=self.clerk_of(practitioner),
            )
        )
        for line in held:
            self._grant(practitioner, facility, line, decided_on, valid, "before")

    def _lines_held(self, person: Person, facility_code: str) -> list[FormLine]:
        """The core but for an item or two, and now and then a special privilege, of what is offered there."""
        lines = self.lines[person.specialty.form]
        core = [line for line in lines if line.kind == FormLineKind.CORE]
        struck = set(self.source.sample(range(1, len(core)), self.source.choice((0, 0, 0, 1, 1, 2))))
        special = [line for line in lines if line.kind == FormLineKind.SPECIAL and self.source.random() < 0.3]
        there = self.hospital.resources[facility_code]
        held = [line for number, line in enumerate(core) if number not in struck] + special
        return [line for line in held if not lacking(line.resources, there)]

    # -- the data bank -------------------------------------------------------------------------------------

    def _npdb(self, practitioner: Practitioner, record: Record, chain: _Chain) -> None:
        if record.npdb_on is None:
            return
        if record.npdb_on > self.timeline.go_live:
            reason = NPDBReason.TWO_YEARS
            chain.later(
                at(record.npdb_on, 11, 5),
                lambda moment: self._query(practitioner, record, chain, moment, reason),
            )
        else:
            self._query(practitioner, record, chain, self.moment, NPDBReason.REAPPOINTMENT)

    def _query(
        self, practitioner: Practitioner, record: Record, chain: _Chain, moment: dt.datetime, reason: str
    ) -> None:
        clerk, queried_on = self.clerk_of(practitioner), record.npdb_on
        entity = self.hospital.facilities[record.person.facility_code].npdb_entity
        dcn = f"55000{self.source.randint(10**10, 10**11 - 1)}"
        response = chain.add(
            title=f"NPDB response, DCN {dcn}",
            source="National Practitioner Data Bank",
            source_kind=SourceKind.PRIMARY,
            method=Method.WEB,
            content=npdb_response(record.person, queried_on, dcn),
            media_type="text/plain",
            obtained_at=moment,
            source_date=queried_on,
            data_class=DataClass.DATA_BANK,
        )
        query = NPDBQuery(
            uid=self.uid("npdb", practitioner.npi),
            practitioner=practitioner,
            npdb_entity=entity,
            kind=str(NPDBQueryKind.CONTINUOUS if record.continuous else NPDBQueryKind.ONE_TIME),
            reason=str(reason),
            queried_on=queried_on,
            dcn=dcn,
            recorded_at=moment,
            reviewed_by=clerk,
            response=response,
        )
        self.rows.add(query)
        if not record.continuous:
            return
        enrolment = ContinuousQueryEnrolment(
            uid=self.uid("enrolment", practitioner.npi),
            practitioner=practitioner,
            npdb_entity=entity,
            created_at=moment,
            created_by=clerk,
        )
        self.rows.add(enrolment)
        self.rows.add(
            ContinuousQueryPeriod(
                uid=self.uid("enrollment period", practitioner.npi),
                identity=enrolment,
                query=query,
                valid=DateRange(queried_on, add_months(queried_on, 12)),
                recorded_at=moment,
                recorded_by=clerk,
            )
        )

    def _volumes(self, practitioner: Practitioner, record: Record) -> None:
        """Case numbers of some twenty months before the record."""
        last = self.moment.date() - dt.timedelta(days=10)
        for group, usual in record.person.specialty.volumes + record.more_volumes:
            self.rows.add(
                CaseVolume(
                    uid=self.uid("volume", practitioner.npi, group),
                    practitioner=practitioner,
                    procedure_group=group,
                    performed_from=last - dt.timedelta(days=600),
                    performed_through=last,
                    cases=max(1, round(usual * self.source.uniform(0.7, 1.4))),
                    source="Case log of the applicant" if record.stated_at else "Log of the earlier system",
                    recorded_at=self.moment,
                    recorded_by=self.clerk_of(practitioner),
                )
            )


def take_over(
    records: Sequence[Record], hospital: Hospital, timeline: Timeline, *, seed: int
) -> dict[str, Practitioner]:
    """Load the records, as the owner of the tables, with one audit event. Answers practitioners by NPI."""
    maker = _TakeOver(hospital, timeline, seed)
    practitioners = [maker.take_over(record) for record in records]
    with bulk_load(*TABLES) as loader:
        for model in TABLES:
            loader.insert(maker.rows.by_model[model], history_by=hospital.system, history_at=maker.moment)
    record_event(
        actor=hospital.system,
        verb="demo.staff_taken_over",
        subject=hospital.system,
        data={"rows": loader.counts},
    )
    return {practitioner.npi: practitioner for practitioner in _read(practitioners)}


def _read(practitioners: Iterable[Practitioner]) -> list[Practitioner]:
    """The rows as the application's own connection sees them."""
    return list(Practitioner.objects.filter(npi__in=[each.npi for each in practitioners]))
