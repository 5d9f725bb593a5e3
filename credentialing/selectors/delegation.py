"""What a payer delegated, what it is still owed, and what a report tells it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet

from bylaws.choices import Body
from bylaws.models import AppointmentPeriod, Decision
from config.accounts.policies import facilities_with
from config.kernel.dates import ONE_DAY
from config.kernel.periods import covers, days, last_day, through
from config.organization.models import Facility
from config.rulebook.models import SourceBody
from config.rulebook.selectors.parameters import alone, resolve_many
from credentialing import parameters
from credentialing.choices import ApplicationStatus, AuditKind, DelegatedFunction
from credentialing.models import (
    Application,
    AuditFinding,
    DelegationAgreementPeriod,
    DelegationAudit,
    DelegationReport,
    Payer,
)
from credentialing.rules.delegation import (
    ADDED,
    RECREDENTIALED,
    TERMED,
    ReportPeriod,
    Terms,
    cycle,
    next_audit,
    reports_due,
)
from credentialing.selectors.delegated_standards import function_of
from credentialing.selectors.payers import (
    ENROLMENT_ENDED,
    MEMBERSHIP_ENDED,
    READ,
    enrolled_in,
    specialties_of,
)
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among, person_id

GRANTED = (ApplicationStatus.APPROVED, ApplicationStatus.APPROVED_MODIFIED)
#: A committee of the medical staff that looked at the file: what a payer calls the credentialing committee.
COMMITTEES = (Body.CREDENTIALS_COMMITTEE, Body.MEC)


# --- the agreement ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Delegation:
    """A payer with what its agreement says over all days, its audits and what was sent to it."""

    payer: Payer
    today: dt.date
    rows: Sequence[DelegationAgreementPeriod]
    audits: Sequence[DelegationAudit]
    sent: frozenset[dt.date]
    audit_months: int | None
    ahead_days: int

    @property
    def agreement(self) -> DelegationAgreementPeriod | None:
        """What holds today, else what is still to come, else what held last."""
        now = next((row for row in self.rows if covers(row.valid, self.today)), None)
        ahead = next((row for row in self.rows if row.start and row.start > self.today), None)
        return now or ahead or (self.rows[-1] if self.rows else None)

    @property
    def in_force(self) -> bool:
        """Whether an agreement holds today."""
        return any(covers(row.valid, self.today) for row in self.rows)

    @property
    def functions(self) -> list[str]:
        """What is delegated, in words."""
        return words_of(self.agreement.functions) if self.agreement else []

    @property
    def assessment(self) -> DelegationAudit | None:
        """The last assessment before delegation."""
        return next((each for each in self.audits if each.kind == AuditKind.PRE_DELEGATION), None)

    @property
    def reports_due(self) -> list[ReportPeriod]:
        """Periods that are over and whose report was not sent, the oldest first."""
        return reports_due(terms_of(self.rows), self.today, self.sent)

    @property
    def audit_due(self) -> dt.date | None:
        """By when the next audit is due; None where nothing is delegated, or nobody says how often."""
        if not self.in_force or self.audit_months is None:
            return None
        return next_audit((each.held_on for each in self.audits), began_on(self.rows), self.audit_months)

    @property
    def ends_on(self) -> dt.date | None:
        """The last day of the agreement that holds today and that no other follows; None without one."""
        if not self.in_force:
            return None
        ends = [row.valid.upper for row in self.rows]
        return None if any(end is None for end in ends) else last_day(max(ends))


def words_of(functions: Iterable[str]) -> list[str]:
    """What is delegated, by what each is called, in the order of the choices."""
    held = set(functions)
    return [str(each.label) for each in DelegatedFunction if each in held]


def terms_of(rows: Sequence[DelegationAgreementPeriod]) -> list[Terms]:
    """What the rules about due reports take of an agreement."""
    return [Terms(row.valid.lower, row.end, row.rhythm, row.report_days) for row in rows]


def began_on(rows: Sequence[DelegationAgreementPeriod]) -> dt.date:
    """The day on which delegation began."""
    return min(row.valid.lower for row in rows)


def delegations(payers: Sequence[Payer], facility: Facility, today: dt.date) -> list[Delegation]:
    """These payers of one facility with everything about their agreements; four queries for any number."""
    rows = DelegationAgreementPeriod.objects.live().filter(identity__payer__in=payers)
    agreements = _grouped(rows.select_related("standard", "identity").order_by("valid"), "identity.payer_id")
    audits = _grouped(
        DelegationAudit.objects.filter(payer__in=payers).select_related("recorded_by"), "payer_id"
    )
    sent: dict[int, set[dt.date]] = {}
    for payer, day in DelegationReport.objects.filter(payer__in=payers, sent_on__isnull=False).values_list(
        "payer_id", "last_day"
    ):
        sent.setdefault(payer, set()).add(day)
    codes = (parameters.DELEGATION_AUDIT_MONTHS, parameters.DELEGATION_AHEAD_DAYS)
    bounds = resolve_many(codes, facility=facility, on=today)
    months, ahead = (bounds.get((code, "")) for code in codes)
    return [
        Delegation(
            payer,
            today,
            agreements.get(payer.pk, ()),
            audits.get(payer.pk, ()),
            frozenset(sent.get(payer.pk, ())),
            int(months.value) if months else None,
            int(ahead.value) if ahead else 0,
        )
        for payer in payers
    ]


def delegation_of(payer: Payer, today: dt.date) -> Delegation:
    """One payer with everything about its agreement; four queries."""
    return delegations([payer], payer.facility, today)[0]


def _grouped(rows: Iterable, path: str) -> dict[int, list]:
    found: dict[int, list] = {}
    for row in rows:
        key = row
        for name in path.split("."):
            key = getattr(key, name)
        found.setdefault(key, []).append(row)
    return found


def standard_choices() -> QuerySet[SourceBody]:
    """The standards a payer may hold the office to."""
    return SourceBody.objects.filter(kind="payer")


def findings_of(payers: Sequence[Payer]) -> QuerySet[AuditFinding]:
    """What audits of these payers found short, what is open first."""
    rows = AuditFinding.objects.filter(audit__payer__in=payers).select_related("audit__payer")
    return rows.order_by(F("done_on").asc(nulls_first=True), "due_on", "pk")


def visible_audits(viewer) -> QuerySet[DelegationAudit]:
    """Audits of payers whose rosters the person may export."""
    places = facilities_with(viewer, READ)
    return DelegationAudit.objects.filter(payer__facility_id__in=places).select_related(
        "payer__facility", "recorded_by"
    )


def visible_findings(viewer) -> QuerySet[AuditFinding]:
    """Findings of those audits."""
    return AuditFinding.objects.filter(audit__in=visible_audits(viewer)).select_related(
        "audit__payer__facility", "recorded_by", "done_recorded_by"
    )


def visible_reports(viewer) -> QuerySet[DelegationReport]:
    """Reports to payers whose rosters the person may export."""
    places = facilities_with(viewer, READ)
    return DelegationReport.objects.filter(payer__facility_id__in=places).select_related(
        "payer__facility", "made_by", "sent_recorded_by"
    )


# --- the report -------------------------------------------------------------------------------------------

Line = dict[str, str]


def report_lines(payer: Payer, first: dt.date, last: dt.date) -> list[Line]:
    """What a report of these days tells: who joined the roster, who left it, and who was recredentialed.

    As it is known now, one line for each thing that happened to a person. Eight queries.
    """
    before, after = first - ONE_DAY, last
    enrolled = _grouped(enrolled_in(payer, days(before, through(after))), "person")
    people = Practitioner.every.in_bulk(list(enrolled))
    terms = memberships(payer.facility, people)
    decisions = granted_files(payer.facility, people, through=last)
    committee = _committee_days(
        [one for rows in decisions.values() for one in rows if first <= decided_day(one)]
    )
    months = _cycle_months(payer, last)
    specialties = specialties_of(people)
    found: list[Line] = []
    for pk, person in people.items():
        theirs = enrolled[pk]
        files = decisions.get(pk, [])
        common = {
            "person": person.display_name,
            "npi": person.npi or "",
            "degree": person.provider_type,
            "sorted_by": person.sort_name,
            "specialty": specialties.get(pk, {}).get("specialty", ""),
        }
        then, now = (_stands(theirs, terms.get(pk, ()), day) for day in (before, after))
        told = [
            _of_file(one, previous_decision(one, files, terms.get(pk, ())), committee, months)
            for one in files
        ]
        if now and not then:
            newest = told[-1] if told else {}
            found.append({**common, "what": ADDED, **newest, "effective": now.isoformat()})
        if then and not now:
            found.append({**common, "what": TERMED, **_ending(theirs, terms.get(pk, ()), after)})
        if then or now:
            found += [
                {**common, "what": RECREDENTIALED, **line}
                for line, one in zip(told, files, strict=True)
                if one.rule.renews and first <= decided_day(one)
            ]
    order = {ADDED: 0, RECREDENTIALED: 1, TERMED: 2}
    return sorted(found, key=lambda line: (order[line["what"]], line["sorted_by"], line.get("decided", "")))


def _stands(enrolled: Sequence, terms: Sequence, day: dt.date) -> dt.date | None:
    """Since when somebody stands on the roster of the day: enrolled, and a member; None where not."""
    held = [row.valid for row in enrolled if covers(row.valid, day)]
    member = [row.valid for row in terms if covers(row.valid, day)]
    if not held or not member:
        return None
    return max(filter(None, (held[0].lower, member[0].lower)), default=day)


def _ending(enrolled: Sequence, terms: Sequence, on: dt.date) -> Line:
    def ended(rows: Sequence) -> dt.date | None:
        past = [row.valid.upper for row in rows if row.valid.upper and row.valid.upper <= on]
        standing = any(covers(row.valid, on) for row in rows)
        return None if standing or not past else last_day(max(past))

    left, lapsed = ended(enrolled), ended(terms)
    by_membership = lapsed is not None and (left is None or lapsed <= left)
    day = lapsed if by_membership else left
    return {
        "term_date": day.isoformat() if day else "",
        "term_reason": MEMBERSHIP_ENDED if by_membership else ENROLMENT_ENDED,
    }


def memberships(facility: Facility, people: Iterable[int]) -> dict[int, list[AppointmentPeriod]]:
    """The terms of these people at the facility as known now, by person and in their order; one query."""
    rows = (
        AppointmentPeriod.objects.live()
        .filter(facility=facility, practitioner__in=among(people))
        .annotate(person=person_id())
        .order_by("valid")
    )
    return _grouped(rows, "person")


def granted_files(
    facility: Facility, people: Iterable[int], *, through: dt.date
) -> dict[int, list[Application]]:
    """The files of these people a payer would know, granted by the day, by person and in order; one query."""
    rows = (
        Application.objects.filter(
            facility=facility, practitioner__in=among(people), status__in=GRANTED, decided_on__lte=through
        )
        .annotate(person=person_id())
        .order_by("decided_on", "pk")
    )
    return _grouped((row for row in rows if function_of(row)), "person")


def _committee_days(files: Sequence[Application]) -> Mapping:
    rows = Decision.objects.filter(
        Q(body__in=COMMITTEES), step__case__subject_uid__in=[one.uid for one in files]
    ).order_by("decided_on")
    return dict(rows.values_list("step__case__subject_uid", "decided_on"))


def _cycle_months(payer: Payer, on: dt.date) -> int | None:
    """How long the payer's standard lets a cycle be on the day; None where nobody says so. Two queries."""
    row = DelegationAgreementPeriod.objects.in_force(on).filter(identity__payer=payer).first()
    further = ((row.standard_id, "by the agreement"),) if row else ()
    code = parameters.RECREDENTIALING_MONTHS
    bound = resolve_many([code], facility=payer.facility, on=on, further=further).get((code, ""))
    if bound is None:
        return None
    theirs = alone(bound, row.standard_id) if row else bound
    return int(theirs.value) if theirs.is_set else None


def decided_day(one: Application) -> dt.date:
    """The day a granted file was decided; the database keeps it from having none."""
    if one.decided_on is None:
        raise RuntimeError("A granted file names the day of its decision.")
    return one.decided_on


def previous_decision(
    one: Application, files: Iterable[Application], terms: Iterable[AppointmentPeriod]
) -> dt.date | None:
    """The day of the last decision before this file's: of a file, or of a term taken over from elsewhere."""
    decided: list[Any] = [*files, *terms]
    days_known = [each.decided_on for each in decided if each.decided_on is not None]
    return max((day for day in days_known if day < decided_day(one)), default=None)


def _of_file(one: Application, previous: dt.date | None, committee: Mapping, months: int | None) -> Line:
    decided = decided_day(one)
    line = {"decided": decided.isoformat(), "committee": "", "received": "", "turnaround": ""}
    if one.uid in committee:
        line["committee"] = committee[one.uid].isoformat()
    if one.received_on:
        line["received"] = one.received_on.isoformat()
        line["turnaround"] = str((decided - one.received_on).days)
    if previous is not None:
        line["previous"] = previous.isoformat()
        judged = cycle(previous, decided, months)
        line["in_cycle"] = {"Y": "yes", "N": "no"}.get(str(judged.mark), "")
    return line
