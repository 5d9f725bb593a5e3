"""May this person do this here, on this day - and who may?

One statement gathers grants, appointment and bars. What suspends by itself (standing conditions of the
bylaws) is judged live by its rule, so the answer changes with the day, whether or not any job ran. Missing
data never gives a yes: the answer is then "cannot be confirmed".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from django.db import connection

from bylaws.choices import BarKind, BarScope
from bylaws.rules.reach import require_askable
from bylaws.selectors.membership import nothing_recorded, records_begin_after
from config.accounts.choices import DataClass
from config.accounts.policies import may, may_see_class
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.kernel.errors import Refused
from config.kernel.periods import last_day
from config.organization.models import Facility
from config.rulebook.rules import Rule, judge_many, rules
from config.rulebook.selectors.parameters import Bound, resolve, resolve_many
from config.rulebook.verdicts import Outcome, Verdict, combine_all
from practitioners.models import Practitioner
from privileging.choices import RequestLineStatus
from privileging.parameters import SHAREABLE_REASONS

STANDING_CONDITIONS = "bylaws.standing_conditions"
#: The reason that nothing is recorded of the day; it says nothing of the person, so everybody is told.
UNRECORDED = "UNRECORDED"
#: Kinds of bars whose cause, and whose very kind, is peer review.
PEER_REVIEW_BARS = (BarKind.PRECAUTIONARY_SUSPENSION, BarKind.RESTRICTION)


class LookupOutcome(StrEnum):
    """The three answers; exit codes of the command in their order."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


_OUTCOMES = {Outcome.MET: LookupOutcome.YES, Outcome.NOT_MET: LookupOutcome.NO}


@dataclass(frozen=True)
class Person:
    """The practitioner asked about."""

    id: int
    uid: str
    name: str
    npi: str
    provider_type: str


@dataclass(frozen=True)
class Asked:
    """The privilege asked about."""

    id: int
    uid: str
    code: str
    name: str


@dataclass(frozen=True)
class Reason:
    """One reason against a yes; ``shareable`` is its wording without cause or opinion."""

    code: str
    sentence: str
    shareable: str
    since: dt.date | None = None
    protected: bool = False  # peer review: the kind itself is told only to those with the class


@dataclass(frozen=True)
class Answer:
    """The answer to one question, with everything that was checked.

    ``since`` is the first day of the grant for a yes, and the first day without authority for a no. Dates are
    inclusive. ``reasons`` are sentences; :func:`for_viewer` narrows them to what the viewer may know.
    """

    outcome: LookupOutcome
    person: Person
    privilege: Asked
    facility: Facility
    on: dt.date
    known_at: dt.datetime | None
    verdict: Verdict
    question: str
    conditions: tuple[str, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None
    authority: str = ""
    decision_uid: str = ""
    findings: tuple[Reason, ...] = ()
    reasons: tuple[str, ...] = ()
    contact: str = ""
    checks: Verdict | None = None
    authority_url: str = ""

    @property
    def phone(self) -> str:
        """The number of the office, to be dialled; empty where none is recorded."""
        return self.facility.office_phone

    def as_data(self) -> dict[str, Any]:
        """The answer as plain data, for the API and the command."""
        return {
            "outcome": str(self.outcome),
            "question": self.question,
            "practitioner": {"uid": self.person.uid, "npi": self.person.npi, "name": self.person.name},
            "privilege": {"code": self.privilege.code, "name": self.privilege.name},
            "facility": {"code": self.facility.code, "name": self.facility.name},
            "on": self.on.isoformat(),
            "known_at": self.known_at.isoformat() if self.known_at else None,
            "conditions": list(self.conditions),
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            "authority": self.authority,
            "decision": self.decision_uid or None,
            "reasons": list(self.reasons),
            "contact": self.contact,
            "checks": self.checks.as_data() if self.checks else None,
        }


# --- one person -----------------------------------------------------------------------------------------

_KNOWN_NOW = "{0}.superseded_at IS NULL"
_KNOWN_THEN = (
    "{0}.recorded_at <= %(known_at)s AND ({0}.superseded_at IS NULL OR {0}.superseded_at > %(known_at)s)"
)

#: The records of a person: their own and those merged into it, as known at the moment. One or two rows.
_RECORDS = """(SELECT p.id UNION ALL SELECT m.practitioner_id FROM practitioners_practitioneraliasperiod m
               WHERE m.canonical_id = p.id AND {known_m}) AS record (id)"""

#: Everything one question needs, in one statement. Each list is short. Asked by the number of a merged
#: record, it answers about the person.
_ONE = """
SELECT p.id, p.uid, p.display_name, p.npi, p.provider_type, v.id, v.uid, v.code, v.name,
  (SELECT json_agg(json_build_object(
       'start', lower(g.valid), 'end', upper(g.valid), 'conditions', g.conditions,
       'decided_on', i.decided_on, 'authority', i.authority, 'decision', d.uid) ORDER BY lower(g.valid))
     FROM {records}
     JOIN privileging_grantperiod g ON g.practitioner_id = record.id
     JOIN privileging_grant i ON i.id = g.identity_id
     LEFT JOIN bylaws_decision d ON d.id = i.decision_id
    WHERE g.privilege_id = v.id AND g.facility_id = %(facility)s
      AND {known_g}) AS grants,
  (SELECT json_agg(json_build_object(
       'start', lower(a.valid), 'end', upper(a.valid), 'category', c.name,
       'carries', c.carries_privileges, 'department', t.name) ORDER BY lower(a.valid))
     FROM {records}
     JOIN bylaws_appointmentperiod a ON a.practitioner_id = record.id
     JOIN bylaws_appointment i ON i.id = a.identity_id
     JOIN bylaws_staffcategory c ON c.id = a.category_id
     JOIN organization_department t ON t.id = a.department_id
    WHERE a.facility_id = %(facility)s AND {known_a}) AS appointments,
  (SELECT json_agg(json_build_object(
       'kind', i.kind, 'start', lower(b.valid), 'end', upper(b.valid), 'cause', b.cause,
       'citation', b.citation, 'rule', i.rule_code) ORDER BY lower(b.valid), b.id)
     FROM {records}
     JOIN bylaws_bar i ON i.practitioner_id = record.id
     JOIN bylaws_barperiod b ON b.identity_id = i.id
    WHERE i.facility_id = %(facility)s AND b.valid @> %(on)s::date AND {known_b}
      AND (b.scope = %(all)s OR b.privilege_codes @> to_jsonb(v.code::text))) AS bars,
  (SELECT json_build_object('status', l.status, 'decided_on', n.decided_on)
     FROM {records}
     JOIN credentialing_application n ON n.practitioner_id = record.id
     JOIN privileging_privilegerequest r ON r.application_id = n.id
     JOIN privileging_requestline l ON l.request_id = r.id
     JOIN privileging_formline f ON f.id = l.form_line_id
    WHERE n.facility_id = %(facility)s AND f.privilege_id = v.id
      AND (%(known_at)s::timestamptz IS NULL OR r.requested_at <= %(known_at)s)
    ORDER BY r.requested_at DESC, l.id DESC LIMIT 1) AS asked
FROM (SELECT 1) AS one
LEFT JOIN practitioners_practitioner named ON {who}
LEFT JOIN practitioners_practitioneraliasperiod m ON m.practitioner_id = named.id AND {known_m}
LEFT JOIN practitioners_practitioner p ON p.id = coalesce(m.canonical_id, named.id)
LEFT JOIN privileging_privilege v ON v.code = %(code)s
"""


def can_perform(
    *,
    practitioner: Practitioner | None = None,
    npi: str = "",
    privilege_code: str,
    facility: Facility,
    on: dt.date | None = None,
    known_at: dt.datetime | None = None,
) -> Answer:
    """May the practitioner do this at the facility on the day (default: today there), as known at the moment?

    One statement, plus what the standing conditions of the bylaws need; for a past day without a grant, one
    to know whether its records go back so far: before they begin, the answer is not no but unknown. Raises
    ``Refused`` when there is no such practitioner or privilege, or nobody could have recorded the day. The
    answer holds everything; show it through :func:`for_viewer`.
    """
    day = _day_asked(on, facility)
    code = privilege_code.strip().upper()
    statement = one_statement(by_npi=practitioner is None, then=known_at is not None)
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "person": practitioner.pk if practitioner is not None else None,
                "npi": npi.strip(),
                "code": code,
                "facility": facility.pk,
                "on": day,
                "known_at": known_at,
                "all": str(BarScope.ALL_PRIVILEGES),
            },
        )
        row = cursor.fetchone()
    if row[0] is None:
        raise Refused(f"No practitioner has the NPI {npi.strip() or '(none given)'}.", field="practitioner")
    if row[5] is None:
        raise Refused(f"There is no privilege {code or '(none given)'} in the catalogue.", field="privilege")
    person = Person(row[0], str(row[1]), row[2], row[3] or "", row[4])
    privilege = Asked(row[5], str(row[6]), row[7], row[8])
    grants, appointments, bars = (_dated(part) for part in row[9:12])
    asked = row[12]
    grant = _on_day(grants, day)
    checks, findings = [], []
    begins = None
    # A first grant decided here is known not to have held before: only what was taken over may have.
    decided_here = any(row["decision"] and row["start"] > day for row in grants)
    if grant is None and not decided_here and day < clock.today(facility):
        begins = records_begin_after(facility=facility, on=day)
    if begins is not None:
        check, found = _unrecorded(begins, facility)
        return _answer(
            person=person,
            privilege=privilege,
            facility=facility,
            on=day,
            known_at=known_at,
            grant=None,
            appointment=None,
            checks=[check],
            findings=found,
        )
    for check, found in (
        _check_grant(grants, grant, asked, day, person, privilege, facility),
        _check_appointment(appointments, day, facility),
        _check_bars(bars),
    ):
        checks.append(check)
        findings += found
    if grant is not None:
        conditions = _conditions(privilege.code, facility, day, known_at)
        standing = _standing([person.id], conditions, facility, day, known_at)[person.id]
        checks += standing
        findings += [_standing_reason(verdict) for verdict in standing if not verdict.met]
    return _answer(
        person=person,
        privilege=privilege,
        facility=facility,
        on=day,
        known_at=known_at,
        grant=grant,
        appointment=_on_day(appointments, day),
        checks=checks,
        findings=findings,
    )


def _day_asked(on: dt.date | None, facility: Facility) -> dt.date:
    """The day the question is about; refused where nobody could have recorded anything of it."""
    today = clock.today(facility)
    return today if on is None else require_askable(on, today=today)


def _unrecorded(begins: dt.date, facility: Facility) -> _Checked:
    """Before the records of a facility begin, that nothing is found means nothing."""
    said = nothing_recorded(facility, begins)
    verdict = Verdict(
        Outcome.UNKNOWN, UNRECORDED, "The day is on record", said, facts={"recorded from": begins}
    )
    return verdict, [Reason(UNRECORDED, said, said)]


def one_statement(*, by_npi: bool, then: bool) -> str:
    """The statement of :func:`can_perform`: by NPI or by id, as known now or at a past moment."""
    parts = _known_parts(then)
    by_number = "named.npi = %(npi)s AND named.withdrawn_at IS NULL"
    return _ONE.format(who=by_number if by_npi else "named.id = %(person)s", **parts)


def _known_parts(then: bool) -> dict[str, str]:
    """Conditions on what was known for the tables g, a, b and m, and the records of a person."""
    known = _KNOWN_THEN if then else _KNOWN_NOW
    parts = {f"known_{table}": known.format(table) for table in "gabm"}
    parts["records"] = _RECORDS.format(known_m=parts["known_m"])
    parts["records_of_member"] = parts["records"].replace("AS record", "AS member")
    return parts


def _dated(rows: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """Rows of the statement with their days as dates (JSON carries text)."""
    for row in rows or ():
        for key in ("start", "end", "decided_on"):
            if row.get(key):
                row[key] = dt.date.fromisoformat(row[key])
    return rows or []


def _on_day(rows: Sequence[dict[str, Any]], on: dt.date) -> dict[str, Any] | None:
    return next(
        (
            row
            for row in rows
            if (row["start"] is None or row["start"] <= on) and (row["end"] is None or on < row["end"])
        ),
        None,
    )


_Checked = tuple[Verdict, list[Reason]]


def _check_grant(
    grants: Sequence[dict[str, Any]],
    grant: dict[str, Any] | None,
    asked: Mapping[str, Any] | None,
    on: dt.date,
    person: Person,
    privilege: Asked,
    facility: Facility,
) -> _Checked:
    title = "The privilege is granted"
    if grant is not None:
        facts = {
            "granted from": grant["start"],
            "through": last_day(grant["end"]),
            "decided on": grant["decided_on"],
            "authority": grant["authority"],
        }
        if grant["conditions"]:
            facts["conditions"] = grant["conditions"]
        first = _unbroken_since(grants, grant)
        if first != grant["start"]:
            facts["held without a break since"] = first
        sentence = f"Granted by {grant['authority']}, from {_day(grant['start'])}."
        return Verdict(Outcome.MET, "GRANT", title, sentence, facts=facts, since=grant["start"]), []
    later = next((row for row in grants if row["start"] > on), None)
    earlier = next((row for row in reversed(grants) if row["end"] <= on), None)
    if later is not None and earlier is None:
        sentence = f"Granted from {_day(later['start'])} by {later['authority']}, not before."
        reason = Reason("NOT_YET", sentence, f"Authorised only from {_day(later['start'])}.")
        facts = {"granted from": later["start"], "decided on": later["decided_on"]}
    elif earlier is not None:
        ended = last_day(earlier["end"])
        again = f" It is granted again from {_day(later['start'])}." if later else ""
        sentence = f"The grant ended with {_day(ended)}.{again}"
        reason = Reason("ENDED", sentence, f"The authority ended with {_day(ended)}.{again}", earlier["end"])
        facts = {"granted from": earlier["start"], "through": ended}
    else:
        sentence = _never_granted(asked, privilege, facility)
        reason = Reason("NOT_GRANTED", sentence, f"Not granted at {facility}.")
        facts = {"request": RequestLineStatus(asked["status"]).label} if asked else {}
    return Verdict(Outcome.NOT_MET, "GRANT", title, sentence, facts=facts, since=reason.since), [reason]


def _never_granted(asked: Mapping[str, Any] | None, privilege: Asked, facility: Facility) -> str:
    status = asked["status"] if asked else ""
    decided = dt.date.fromisoformat(asked["decided_on"]) if asked and asked["decided_on"] else None
    if status == RequestLineStatus.STRUCK:
        return f"Not granted at {facility}: the applicant struck it from the form."
    if status == RequestLineStatus.DENIED:
        return f"Not granted at {facility}: the board decided so{f' on {_day(decided)}' if decided else ''}."
    if status == RequestLineStatus.WITHDRAWN:
        return f"Not granted at {facility}: the request was withdrawn."
    if status == RequestLineStatus.REQUESTED:
        return f"Not granted at {facility}: asked for, and not yet decided by the board."
    return f"{privilege.name} has not been granted at {facility}."


def _unbroken_since(grants: Sequence[dict[str, Any]], grant: dict[str, Any]) -> dt.date:
    """The first day of the stretch without a break that ends in ``grant``."""
    first = grant["start"]
    for row in reversed([row for row in grants if row["start"] < grant["start"]]):
        if row["end"] < first:
            break
        first = row["start"]
    return first


def _check_appointment(appointments: Sequence[dict[str, Any]], on: dt.date, facility: Facility) -> _Checked:
    title = "The appointment is in force"
    held = _on_day(appointments, on)
    if held is not None and held["carries"]:
        sentence = f"{held['category']}, {held['department']}, through {_day(last_day(held['end']))}."
        facts = {
            "category": held["category"],
            "department": held["department"],
            "from": held["start"],
            "through": last_day(held["end"]),
        }
        return Verdict(Outcome.MET, "APPOINTMENT", title, sentence, facts=facts, since=held["start"]), []
    if held is not None:
        sentence = f"The category {held['category']} carries no privileges."
        reason = Reason("NO_APPOINTMENT", sentence, sentence, held["start"])
    else:
        earlier = next((row for row in reversed(appointments) if row["end"] <= on), None)
        if earlier is not None:
            sentence = f"The appointment at {facility} ended with {_day(last_day(earlier['end']))}."
            reason = Reason("APPOINTMENT_ENDED", sentence, sentence, earlier["end"])
        else:
            later = next((row for row in appointments if row["start"] > on), None)
            sentence = f"No appointment at {facility}" + (
                f" before {_day(later['start'])}." if later else " is on record."
            )
            reason = Reason("NO_APPOINTMENT", sentence, sentence)
    return Verdict(Outcome.NOT_MET, "APPOINTMENT", title, sentence, since=reason.since), [reason]


def _check_bars(bars: Sequence[dict[str, Any]]) -> _Checked:
    title = "Nothing suspends it"
    if not bars:
        return Verdict(Outcome.MET, "BARS", title, "No suspension, leave or restriction that day."), []
    reasons = []
    for bar in bars:
        kind = BarKind(bar["kind"])
        since = f" since {_day(bar['start'])}" if bar["start"] else ""
        reasons.append(
            Reason(
                code=str(kind),
                sentence=f"{kind.label}{since}: {bar['cause']}",
                shareable=f"{kind.label}{since}.",
                since=bar["start"],
                protected=kind in PEER_REVIEW_BARS,
            )
        )
    return (
        Verdict(
            Outcome.NOT_MET,
            "BARS",
            title,
            " ".join(reason.sentence for reason in reasons),
            facts={"bars": [reason.shareable.rstrip(".") for reason in reasons]},
            citation="; ".join(dict.fromkeys(bar["citation"] for bar in bars if bar["citation"])),
            since=min((bar["start"] for bar in bars if bar["start"]), default=None),
        ),
        reasons,
    )


def _standing_reason(verdict: Verdict) -> Reason:
    if verdict.outcome is Outcome.NOT_MET:
        since = f" since {_day(verdict.since)}" if verdict.since else ""
        shareable = f"{verdict.title}: not met{since}."
    else:
        shareable = f"{verdict.title}: cannot be confirmed."
    return Reason(verdict.code, verdict.sentence, shareable, verdict.since)


def _answer(
    *,
    person: Person,
    privilege: Asked,
    facility: Facility,
    on: dt.date,
    known_at: dt.datetime | None,
    grant: dict[str, Any] | None,
    appointment: dict[str, Any] | None,
    checks: Sequence[Verdict],
    findings: Sequence[Reason],
) -> Answer:
    combined = combine_all(checks)
    outcome = _OUTCOMES.get(combined, LookupOutcome.UNKNOWN)
    said = {
        LookupOutcome.YES: "Authorised.",
        LookupOutcome.NO: "Not authorised.",
        LookupOutcome.UNKNOWN: "Cannot be confirmed.",
    }[outcome]
    failing = [
        reason.since
        for reason, verdict in _failing(checks, findings)
        if verdict.outcome is Outcome.NOT_MET and reason.since
    ]
    ends = [row["end"] for row in (grant, appointment) if row and row["end"]]
    verdict = Verdict(
        combined,
        "LOOKUP",
        f"{privilege.name} at {facility}",
        said,
        children=tuple(checks),
    )
    return Answer(
        outcome=outcome,
        person=person,
        privilege=privilege,
        facility=facility,
        on=on,
        known_at=known_at,
        verdict=verdict,
        question=f"{person.name}: {privilege.name} at {facility} on {_day(on)}",
        conditions=tuple(line.strip() for line in grant["conditions"].splitlines() if line.strip())
        if grant
        else (),
        since=grant["start"]
        if outcome is LookupOutcome.YES and grant
        else (min(failing) if outcome is LookupOutcome.NO and failing else None),
        until=last_day(min(ends)) if outcome is LookupOutcome.YES and ends else None,
        authority=grant["authority"] if grant else "",
        decision_uid=str(grant["decision"] or "") if grant else "",
        findings=tuple(findings),
        reasons=tuple(reason.sentence for reason in findings),
        contact=_contact(facility),
        checks=verdict,
    )


def _failing(checks: Sequence[Verdict], findings: Sequence[Reason]) -> list[tuple[Reason, Verdict]]:
    """Each reason with the check it comes from: by the code of a rule, else by the order of the checks."""
    by_code = {check.code: check for check in checks}
    pairs = []
    for reason in findings:
        if reason.code in by_code:
            pairs.append((reason, by_code[reason.code]))
        elif reason.code in BarKind.values:
            pairs.append((reason, by_code["BARS"]))
        elif reason.code in ("NO_APPOINTMENT", "APPOINTMENT_ENDED"):
            pairs.append((reason, by_code["APPOINTMENT"]))
        else:
            pairs.append((reason, by_code["GRANT"]))
    return pairs


def _contact(facility: Facility) -> str:
    return (
        f"Medical Staff Office, {facility.office_phone}" if facility.office_phone else "Medical Staff Office"
    )


def _day(day: dt.date | None) -> str:
    return f"{day.day} {day:%b %Y}" if day else "an unknown day"


# --- what suspends by itself ------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Conditions:
    """The standing conditions that concern a privilege: (code, its rule if this system knows it)."""

    rules: tuple[tuple[str, Rule | None], ...]
    bound: Mapping[tuple[str, str], Bound]
    citation: str


def _conditions(
    privilege_code: str, facility: Facility, on: dt.date, known_at: dt.datetime | None
) -> _Conditions:
    known_rules = {rule.code: rule for rule in rules() if rule.standing}
    codes = {STANDING_CONDITIONS} | {code for rule in known_rules.values() for code in rule.parameters}
    bound = resolve_many(codes, facility=facility, on=on, known_at=known_at)
    listed = bound.get((STANDING_CONDITIONS, ""), Bound(STANDING_CONDITIONS, "", None))
    return _Conditions(
        rules=tuple(
            (condition.get("rule", ""), known_rules.get(condition.get("rule", "")))
            for condition in listed.value or ()
            if condition.get("scope", "all") == "all" or privilege_code in condition.get("privileges", ())
        ),
        bound=bound,
        citation=listed.citation,
    )


def _standing(
    practitioner_ids: Sequence[int],
    conditions: _Conditions,
    facility: Facility,
    on: dt.date,
    known_at: dt.datetime | None,
) -> dict[int, list[Verdict]]:
    """Verdicts of the standing conditions by practitioner id, for all of them at once.

    A condition whose rule is not known, or that does not answer for somebody, is UNKNOWN for them.
    """
    found: dict[int, list[Verdict]] = {pk: [] for pk in practitioner_ids}
    for code, rule in conditions.rules:
        verdicts = _judge(rule, conditions.bound, practitioner_ids, facility, on, known_at) if rule else {}
        for pk in found:
            verdict = verdicts.get(pk)
            if verdict is None:
                verdict = Verdict(
                    Outcome.UNKNOWN,
                    code or "STANDING",
                    rule.title if rule else f"Standing condition {code}",
                    "This condition could not be judged.",
                    citation=conditions.citation,
                )
            found[pk].append(verdict)
    return found


def _judge(
    rule: Rule,
    bound: Mapping[tuple[str, str], Bound],
    practitioner_ids: Sequence[int],
    facility: Facility,
    on: dt.date,
    known_at: dt.datetime | None,
) -> dict[int, Verdict]:
    parameters = {code: bound.get((code, ""), Bound(code, "", None)) for code in rule.parameters}
    return judge_many(
        rule,
        facility=facility,
        on=on,
        known_at=known_at,
        practitioner_ids=practitioner_ids,
        parameters=parameters,
    )


# --- everybody --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Holder:
    """One practitioner who may do it."""

    person: Person
    conditions: tuple[str, ...]
    since: dt.date
    until: dt.date
    authority: str


@dataclass(frozen=True)
class Holders:
    """Who may do it: how many, one stretch of them by name, and who cannot be confirmed."""

    privilege: Asked
    facility: Facility
    on: dt.date
    known_at: dt.datetime | None
    count: int
    people: tuple[Holder, ...]
    unconfirmed_count: int = 0
    unconfirmed: tuple[Holder, ...] = field(default=())
    recorded_from: dt.date | None = None  # where the day lies before the records of the facility begin

    @property
    def unrecorded(self) -> str:
        """The sentence for a day before the records begin: that nobody is found then means nothing."""
        if self.recorded_from is None:
            return ""
        who = "Who else" if self.count else "Who"
        return f"{nothing_recorded(self.facility, self.recorded_from)} {who} could do it then is not known."

    def as_data(self) -> dict[str, Any]:
        """Plain data for the API and the command."""
        return {
            "privilege": {"code": self.privilege.code, "name": self.privilege.name},
            "facility": {"code": self.facility.code, "name": self.facility.name},
            "on": self.on.isoformat(),
            "known_at": self.known_at.isoformat() if self.known_at else None,
            "count": self.count,
            "unconfirmed_count": self.unconfirmed_count,
            "recorded_from": self.recorded_from.isoformat() if self.recorded_from else None,
            "results": [
                {
                    "practitioner": {
                        "uid": holder.person.uid,
                        "npi": holder.person.npi,
                        "name": holder.person.name,
                    },
                    "conditions": list(holder.conditions),
                    "since": holder.since.isoformat(),
                    "until": holder.until.isoformat(),
                    "authority": holder.authority,
                }
                for holder in self.people
            ],
        }


#: Who holds it with an appointment and without a bar, by name; ids only, because there may be many thousands.
#: The first part answers for everybody with one record, the second for those few whose records were merged.
_HOLDERS = """
WITH same AS MATERIALIZED (
    SELECT m.practitioner_id AS record, m.canonical_id AS person
      FROM practitioners_practitioneraliasperiod m WHERE {known_m}
    UNION
    SELECT m.canonical_id, m.canonical_id FROM practitioners_practitioneraliasperiod m WHERE {known_m}
)
SELECT id FROM (
SELECT p.id, p.sort_name
  FROM privileging_grantperiod g
  JOIN practitioners_practitioner p ON p.id = g.practitioner_id
  JOIN bylaws_appointmentperiod a ON a.practitioner_id = g.practitioner_id AND a.facility_id = g.facility_id
       AND a.valid @> %(on)s::date AND {known_a}
  JOIN bylaws_staffcategory c ON c.id = a.category_id AND c.carries_privileges
 WHERE g.facility_id = %(facility)s AND g.privilege_id = %(privilege)s
   AND g.valid @> %(on)s::date AND {known_g}
   AND NOT EXISTS (
       SELECT 1 FROM bylaws_bar w JOIN bylaws_barperiod b ON b.identity_id = w.id
        WHERE w.practitioner_id = g.practitioner_id AND w.facility_id = g.facility_id
          AND b.valid @> %(on)s::date AND {known_b}
          AND (b.scope = %(all)s OR b.privilege_codes @> to_jsonb(%(code)s::text)))
   AND g.practitioner_id NOT IN (SELECT record FROM same)
UNION
SELECT p.id, p.sort_name
  FROM same held
  JOIN privileging_grantperiod g ON g.practitioner_id = held.record AND g.facility_id = %(facility)s
       AND g.privilege_id = %(privilege)s AND g.valid @> %(on)s::date AND {known_g}
  JOIN practitioners_practitioner p ON p.id = held.person
  JOIN same member ON member.person = held.person
  JOIN bylaws_appointmentperiod a ON a.practitioner_id = member.record AND a.facility_id = g.facility_id
       AND a.valid @> %(on)s::date AND {known_a}
  JOIN bylaws_staffcategory c ON c.id = a.category_id AND c.carries_privileges
 WHERE NOT EXISTS (
       SELECT 1 FROM same barred
        JOIN bylaws_bar w ON w.practitioner_id = barred.record
        JOIN bylaws_barperiod b ON b.identity_id = w.id
        WHERE barred.person = held.person AND w.facility_id = g.facility_id
          AND b.valid @> %(on)s::date AND {known_b}
          AND (b.scope = %(all)s OR b.privilege_codes @> to_jsonb(%(code)s::text)))
) AS holder
 ORDER BY sort_name, id
"""

#: What is shown of those who are shown.
_SHOWN = """
SELECT p.id, p.uid, p.display_name, p.npi, p.provider_type, lower(g.valid), upper(g.valid), g.conditions,
       i.authority, upper(a.valid)
  FROM practitioners_practitioner p
  JOIN LATERAL {records} ON true
  JOIN privileging_grantperiod g ON g.practitioner_id = record.id
  JOIN privileging_grant i ON i.id = g.identity_id
  JOIN LATERAL {records_of_member} ON true
  JOIN bylaws_appointmentperiod a ON a.practitioner_id = member.id AND a.facility_id = g.facility_id
       AND a.valid @> %(on)s::date AND {known_a}
 WHERE p.id = ANY(%(ids)s) AND g.facility_id = %(facility)s AND g.privilege_id = %(privilege)s
   AND g.valid @> %(on)s::date AND {known_g}
"""


def who_can(
    *,
    privilege_code: str,
    facility: Facility,
    on: dt.date | None = None,
    known_at: dt.datetime | None = None,
    limit: int | None = 50,
    offset: int = 0,
) -> Holders:
    """Everybody who may do it at the facility on the day, by name: the count, and a stretch of them.

    The same people for whom :func:`can_perform` says yes; those whose standing cannot be confirmed are
    counted and listed apart. Three statements, plus what the standing conditions need for all at once.
    """
    day = _day_asked(on, facility)
    parts = _known_parts(known_at is not None)
    privilege = find_privilege(privilege_code)
    values: dict[str, Any] = {
        "facility": facility.pk,
        "privilege": privilege.id,
        "code": privilege.code,
        "on": day,
        "known_at": known_at,
        "all": str(BarScope.ALL_PRIVILEGES),
    }
    with connection.cursor() as cursor:
        cursor.execute(_HOLDERS.format(**parts), values)
        ids = [row[0] for row in cursor.fetchall()]
        met, unknown = _standing_of_many(ids, privilege.code, facility, day, known_at)
        sure = [pk for pk in ids if pk in met]
        unsure = [pk for pk in ids if pk in unknown]
        shown = sure[offset:] if limit is None else sure[offset : offset + limit]
        listed = unsure[: limit or None]
        cursor.execute(_SHOWN.format(**parts), {**values, "ids": [*shown, *listed]})
        by_id = {row[0]: _holder(row) for row in cursor.fetchall()}
    return Holders(
        privilege=privilege,
        facility=facility,
        on=day,
        known_at=known_at,
        count=len(sure),
        people=tuple(by_id[pk] for pk in shown),
        unconfirmed_count=len(unsure),
        unconfirmed=tuple(by_id[pk] for pk in listed),
        recorded_from=records_begin_after(facility=facility, on=day) if day < clock.today(facility) else None,
    )


def _standing_of_many(
    practitioner_ids: Sequence[int],
    privilege_code: str,
    facility: Facility,
    on: dt.date,
    known_at: dt.datetime | None,
) -> tuple[set[int], set[int]]:
    """Of the ids, those who meet every standing condition, and those of whom that cannot be said.

    Whom a rule surely lets pass is not judged one by one; everybody else is, exactly as for one person.
    """
    everybody = set(practitioner_ids)
    if not everybody:
        return set(), set()
    conditions = _conditions(privilege_code, facility, on, known_at)
    doubtful: set[int] = set()
    for _, rule in conditions.rules:
        sure = rule.surely_met(facility, on, known_at, everybody) if rule and rule.surely_met else set()
        doubtful |= everybody - sure
    judged = _standing(sorted(doubtful), conditions, facility, on, known_at)
    outcomes = {pk: combine_all(verdicts) for pk, verdicts in judged.items()}
    passed = {pk for pk, outcome in outcomes.items() if outcome in (Outcome.MET, Outcome.NOT_APPLICABLE)}
    unknown = {pk for pk, outcome in outcomes.items() if outcome is Outcome.UNKNOWN}
    return (everybody - doubtful) | passed, unknown


def _holder(row: Sequence[Any]) -> Holder:
    return Holder(
        person=Person(row[0], str(row[1]), row[2], row[3] or "", row[4]),
        conditions=tuple(line.strip() for line in row[7].splitlines() if line.strip()),
        since=row[5],
        until=min(row[6], row[9]) - ONE_DAY,
        authority=row[8],
    )


def find_privilege(code: str) -> Asked:
    """The privilege of that code, however its letters are written; refuses an unknown one."""
    wanted = code.strip().upper()
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, uid, code, name FROM privileging_privilege WHERE code = %s", [wanted])
        row = cursor.fetchone()
    if row is None:
        raise Refused(
            f"There is no privilege {wanted or '(none given)'} in the catalogue.", field="privilege"
        )
    return Asked(row[0], str(row[1]), row[2], row[3])


# --- who may know what --------------------------------------------------------------------------------------


def for_viewer(answer: Answer, viewer) -> Answer:
    """The answer as ``viewer`` may see it.

    The office sees every reason and every check. Whoever only asks (ward, operating room, booking) is told
    "not authorised", since when, whom to call, and those administrative reasons the bylaws list as shareable.
    That somebody is under a precautionary suspension or a restriction is peer review.
    """
    if answer.outcome is LookupOutcome.YES:
        return answer if _sees_file(viewer, answer) else replace(answer, checks=None, decision_uid="")
    peer_review = may_see_class(viewer, DataClass.PEER_REVIEW, answer.facility)
    protected = any(reason.protected for reason in answer.findings)
    if _sees_file(viewer, answer) and (peer_review or not protected):
        return answer
    listed = resolve(SHAREABLE_REASONS.code, facility=answer.facility, on=answer.on).value or ()
    told = [
        reason
        for reason in answer.findings
        if (reason.code in listed or reason.code == UNRECORDED) and not reason.protected
    ]
    fallback = {
        LookupOutcome.NO: "Not authorised.",
        LookupOutcome.UNKNOWN: "Standing could not be confirmed.",
    }[answer.outcome]
    sentences = [reason.shareable for reason in told] or [fallback]
    if told and len(told) < len(answer.findings):
        # What is told must not look like the whole: settling it would not make a yes.
        sentences.append("This is not the only reason: ask the Medical Staff Office.")
    return replace(
        answer,
        reasons=tuple(dict.fromkeys(sentences)),
        findings=(),
        conditions=(),
        authority="",
        decision_uid="",
        checks=None,
    )


def _sees_file(viewer, answer: Answer) -> bool:
    return may(viewer, "privileging.view", answer.facility)
