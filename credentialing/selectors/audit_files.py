"""Verification audit files: every element of an application, judged anew for the day of its decision."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from config.accounts.choices import DataClass
from config.kernel import clock
from config.kernel.periods import covers, last_day
from config.rulebook.models import SourceBody
from config.rulebook.selectors.parameters import Bound, alone, weakest
from credentialing import parameters
from credentialing.choices import AuditResult, Element, ItemStatus
from credentialing.elements import CREDENTIAL_TYPES
from credentialing.models import Application, VerificationItem
from credentialing.rules.audit_file import (
    Answer,
    Asked,
    AuditRow,
    Fault,
    Judged,
    Limit,
    Proof,
    Question,
    faulty,
    judge,
    worst,
)
from credentialing.rules.audit_registers import (
    Query,
    Screened,
    judge_data_bank,
    judge_exclusion,
    judge_history,
)
from credentialing.rules.needed import Case as Needs
from credentialing.rules.needed import Missing, Wanted, licence_needed, needed_of
from credentialing.selectors.audit_rows import Case, Rows, cases_of, read
from credentialing.selectors.gaps import limits_of
from credentialing.selectors.items import shown_status
from practitioners import store
from practitioners.choices import Standing
from practitioners.models import CredentialPeriod, Evidence
from practitioners.rules.chain import chained_hash, salted_hash
from practitioners.selectors.timeline import account_for, stated_of

Key = tuple[str, int | None]
#: What a payer's standard says by itself; whose word is accepted, and how far back, stays the hospital's.
OF_A_STANDARD = (parameters.REQUIRED_ELEMENTS, parameters.MAX_AGE_DAYS)
ORDER = {str(element): index for index, element in enumerate(Element)}


@dataclass(frozen=True)
class AuditFile:
    """The audit file of one application."""

    application: Application
    decision: Judged
    decided_by: str
    rows: Sequence[AuditRow]

    @property
    def result(self) -> AuditResult:
        """The gravest of its rows; unknown when no parameter says what had to be verified."""
        return worst([row.result for row in self.rows]) if self.rows else AuditResult.UNKNOWN

    @property
    def complete(self) -> bool:
        """Whether everything asked for passes."""
        return bool(self.rows) and all(row.passed for row in self.rows)

    def of(self, result: AuditResult) -> list[AuditRow]:
        """The rows with that result."""
        return [row for row in self.rows if row.result == result]

    @property
    def sentence(self) -> str:
        """What an auditor would say of the whole file."""
        if not self.rows:
            return "No parameter says what had to be verified for this decision."
        if self.complete:
            return f"All {len(self.rows)} elements pass."
        failed, unknown = len(self.of(AuditResult.FAIL)), len(self.of(AuditResult.UNKNOWN))
        parts = [f"{failed} fail"] if failed else []
        parts += [f"{unknown} unknown"] if unknown else []
        return f"Of {len(self.rows)} elements {' and '.join(parts)}."


def audit_file(application: Application) -> AuditFile:
    """The audit file of one application; fourteen queries."""
    return audit_files([application])[0]


def audit_files(applications: Sequence[Application], standard: SourceBody | None = None) -> list[AuditFile]:
    """The audit files in the order given: fourteen queries for any number of them, and the bytes of their
    evidence from the store.

    The applications need their practitioner and ``facility__npdb_entity``. What was recorded, or taken
    back, after the day of the decision is as if it had not been. With a ``standard`` they are judged by what
    it asks for and its limits alone, the way a payer reviews files it delegated.
    """
    if not applications:
        return []
    cases = cases_of(applications, standard)
    rows = read(cases)
    return [_file(case, rows) for case in cases]


def _file(case: Case, rows: Rows) -> AuditFile:
    application, person = case.application, case.application.practitioner_id
    bounds = _bounds(case, rows)
    periods: dict[int, list[CredentialPeriod]] = {}
    for row in rows.periods.get(person, ()):
        if case.knew(row):
            periods.setdefault(row.identity_id, []).append(row)
    credentials = [held[0].identity for held in periods.values()]
    wanted, missing = needed_of(Needs(application, credentials, periods, bounds, case.decision.on))
    items = _items(case, rows)
    reader = _Reader(case, rows, bounds, periods, items)
    found = [reader.row(one) for one in wanted.values()]
    found += [reader.missing(one) for one in missing.values()]
    planned: Iterable[Key] = wanted
    if case.alone is None:
        found += reader.further(wanted)
        planned = (*wanted, *items)
    if any(element == Element.WORK_HISTORY for element, _ in planned):
        found.append(reader.history())
    found.sort(key=lambda row: (ORDER.get(row.element, len(ORDER)), row.label))
    return AuditFile(application, case.decision, case.decided_by, tuple(found))


def _bounds(case: Case, rows: Rows) -> Mapping[tuple[str, str], Bound]:
    """What binds the file; where one standard alone judges it, what that asks for and how old that may be."""
    bounds = rows.bounds.get(case.bound_as, {})
    if case.alone is None:
        return bounds
    return {
        key: alone(bound, case.alone) if key[0] in OF_A_STANDARD else bound for key, bound in bounds.items()
    }


def _items(case: Case, rows: Rows) -> dict[Key, VerificationItem]:
    """Of each element and instance the item that stood at the decision: one answered again only later had an
    answer before.
    """
    found: dict[Key, VerificationItem] = {}
    for item in rows.items.get(case.application.pk, ()):  # in the order they were planned
        key = (item.element, item.credential_id)
        held = found.get(key)
        if item.status == ItemStatus.SUPERSEDED and not _in_time(item, case):
            continue
        if held is None or _in_time(item, case) or not _in_time(held, case):
            found[key] = item
    return found


def _in_time(item: VerificationItem, case: Case) -> bool:
    reviewed = case.day_of(item.reviewed_at)
    on = case.decision.on
    return bool(item.verified_on and item.verified_on <= on and reviewed and reviewed <= on)


@dataclass(frozen=True)
class _Reader:
    """The rows of one file."""

    case: Case
    rows: Rows
    bounds: Mapping[tuple[str, str], Bound]
    periods: Mapping[int, list[CredentialPeriod]]
    items: Mapping[Key, VerificationItem]

    @property
    def person(self) -> int:
        return self.case.application.practitioner_id

    def row(self, one: Wanted) -> AuditRow:
        """One element and instance the parameter asks for."""
        return self.judge(one.element, one.label, _asked_by(one), self.items.get(one.key))

    def missing(self, one: Missing) -> AuditRow:
        """What the applicant had not even stated."""
        label = one.label or Element(one.element).label
        question = self.question(one.element, label, _asked_by(one), None)
        result = AuditResult.FAIL if self.case.decision.made else AuditResult.UNKNOWN
        return faulty(question, self.case.decision, Fault("not_stated", one.sentence, result))

    def further(self, wanted: Mapping[Key, Wanted]) -> list[AuditRow]:
        """What was planned beyond the parameter: for the privileges asked for, or of a claim since ended."""
        elements = {element for element, _ in wanted}
        found = []
        for key, item in self.items.items():
            element, credential = key
            if key in wanted or item.status == ItemStatus.SUPERSEDED:
                continue
            gone = credential is not None and credential not in self.periods
            if gone or (element in elements and element in CREDENTIAL_TYPES):
                # Withdrawn, or ended with another of its kind in its place: nobody relied on it.
                continue
            found.append(self.judge(element, item.label, Asked(why=item.required_because), item))
        return found

    def judge(self, element: str, label: str, asked: Asked, item: VerificationItem | None) -> AuditRow:
        """The row of an element, from the register that knows it."""
        answer = self.answer(item) if item is not None else None
        question = self.question(element, label, asked, answer)
        if item is not None and element == Element.STATE_LICENSE:
            state, on = self.case.application.facility.state, self.case.decision.on
            needed = licence_needed(item.credential_id, state, self.periods, on)
            question = replace(question, must_run=needed)
        if element == Element.NPDB:
            return self.data_bank(question)
        if element == Element.EXCLUSION:
            return self.exclusion(question)
        return judge(question, self.case.decision)

    def question(self, element: str, label: str, asked: Asked, answer: Answer | None) -> Question:
        limit = self.bounds.get((parameters.MAX_AGE_DAYS, element))
        accepted = self.bounds.get((parameters.ACCEPTED_SOURCES, element))
        return Question(
            element=element,
            label=label,
            asked=asked,
            limit=Limit(int(limit.value), _asked(limit)) if limit and limit.is_set else Limit(),
            accepted=tuple(accepted.value or ()) if accepted else (),
            answer=answer,
        )

    def answer(self, item: VerificationItem) -> Answer:
        """What the item holds, without what the source said."""
        proof = self.proof(item.evidence) if item.evidence is not None else None
        confirmed = self.runs(item.credential_id)
        return Answer(
            status=item.status,
            source=item.source,
            source_kind=item.source_kind,
            method=item.method,
            verified_on=self.rows.signed.get(item.evidence_id or 0, item.verified_on),
            reviewed_by=str(item.reviewed_by) if item.reviewed_by else "",
            reviewed_by_system=bool(getattr(item.reviewed_by, "is_system", False)),
            reviewed_on=self.case.day_of(item.reviewed_at),
            adverse=shown_status(item) == ItemStatus.VERIFIED_ADVERSE,
            confirmed=confirmed is not None,
            runs_through=confirmed[0] if confirmed else None,
            proof=proof,
        )

    def runs(self, credential: int | None) -> tuple[dt.date | None] | None:
        """Through which day a source had confirmed it to run, in a tuple; None where none had said so."""
        on = self.case.decision.on
        rows = [row for row in self.periods.get(credential or 0, ()) if row.standing == Standing.CONFIRMED]
        begun = [row for row in rows if row.valid.lower is None or row.valid.lower <= on]
        if not begun:
            return None
        held = [row for row in begun if covers(row.valid, on)] or begun
        if any(row.valid.upper is None for row in held):
            return (None,)
        return (last_day(max(row.valid.upper for row in held)),)

    def proof(self, evidence: Evidence) -> Proof:
        redaction = getattr(evidence, "redaction", None)
        protected = evidence.data_class != DataClass.GENERAL
        removed = redaction.reason if redaction is not None else ""
        return Proof(
            uid=str(evidence.uid),
            sha256=evidence.hash,
            obtained_on=self.case.day_of(evidence.obtained_at) or evidence.obtained_at.date(),
            obtained_by=str(evidence.obtained_by),
            source_kind=evidence.source_kind,
            source_date=evidence.source_date,
            protected=protected,
            broken=self.broken(evidence, kept=redaction is None),
            removed="reason on file." if removed and protected else removed,
        )

    def broken(self, evidence: Evidence, *, kept: bool) -> str:
        """What of the evidence is not as it was recorded, in a sentence; empty when all is well."""
        if evidence.practitioner_id not in self.rows.records.get(self.person, frozenset()):
            return "The evidence belongs to another person's file."
        if chained_hash(evidence) != evidence.hash:
            return "The evidence is not as it was recorded: its hash does not fit."
        if not kept:
            return ""
        try:
            stored = store.stored_bytes(evidence.store_key)
        except store.Missing:
            return "The content of the evidence is missing from the store."
        if salted_hash(evidence.salt, stored) != evidence.content_sha256:
            return "The content of the evidence was changed: its hash does not fit."
        return ""

    def data_bank(self, question: Question) -> AuditRow:
        case, entity = self.case, self.case.application.facility.npdb_entity
        queries = [
            Query(
                entity=str(query.npdb_entity),
                queried_on=query.queried_on,
                kind=query.get_kind_display(),
                dcn=query.dcn,
                method=query.response.method,
                reviewed_by=str(query.reviewed_by),
                reviewed_on=case.day_of(query.recorded_at) or query.queried_on,
                proof=self.proof(query.response),
            )
            for query in self.rows.queries.get(self.person, ())
        ]
        enrolled = any(
            case.knew(row)
            and row.identity.npdb_entity_id == entity.pk
            and covers(row.valid, case.decision.on)
            for row in self.rows.enrolments.get(self.person, ())
        )
        return judge_data_bank(
            question, case.decision, entity=str(entity), queries=queries, enrolled=enrolled
        )

    def exclusion(self, question: Question) -> AuditRow:
        case = self.case
        newest = {
            run.snapshot.exclusion_list_id: run
            for run in self.rows.runs.get(self.person, ())
            if run.screened_at < case.until
        }
        lists = []
        for one in self.rows.lists:
            if one.first is None or one.first >= case.until:
                continue
            run = newest.get(one.pk)
            if run is None:
                lists.append(Screened(one.name, None))
                continue
            load, by = f"load {run.snapshot.number}", str(run.screened_by)
            lists.append(Screened(one.name, case.day_of(run.screened_at), by, load))
        waiting = sum(
            match.found_at < case.until
            and (match.reviewed_at is None or match.reviewed_at >= case.until)
            and (match.row.ends_on is None or match.row.ends_on > case.decision.on)
            for match in self.rows.matches.get(self.person, ())
        )
        return judge_exclusion(question, case.decision, lists=lists, waiting=waiting)

    def history(self) -> AuditRow:
        said = [
            each
            for each in self.rows.explanations.get(self.person, ())
            if each.recorded_at < self.case.until
            and (each.withdrawn_at is None or each.withdrawn_at >= self.case.until)
        ]
        stated = stated_of(row for rows in self.periods.values() for row in rows)
        today = clock.today(self.case.application.facility)
        verdict, _ = account_for(stated, said, limits_of(self.bounds), self.case.decision.on, today)
        return judge_history(Element.WORK_HISTORY, verdict, self.case.decision)


def _asked_by(one: Wanted | Missing) -> Asked:
    """Every body that asks for it, where each says so, as sure as the least sure of them."""
    bodies = one.asked_by
    return Asked(
        body=", ".join(body.source for body in bodies),
        why=one.because,
        citation="; ".join(dict.fromkeys(body.citation for body in bodies)),
        confidence=weakest(bodies) if bodies else "",
        version=", ".join(body.uid for body in bodies),
    )


def _asked(bound: Bound) -> Asked:
    """Who set the parameter that binds, and which version of it."""
    named = [each.uid for each in bound.candidates if each.source in bound.source]
    return Asked(
        body=bound.source,
        citation=bound.citation,
        confidence=bound.confidence,
        version=", ".join(named),
    )
