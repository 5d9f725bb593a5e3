"""BL-OFF-1: an officer of the medical staff has what the bylaws ask of the office.

A category that may hold office; a certification a source confirmed, where the office asks for one; a term
within its limit; not more terms of the same office in a row than allowed. One thing that is missing decides,
then one that is not known.

Source: domain.md 7.3 (BL-OFF-1); the numbers are the hospital's own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from django.urls import reverse

from bylaws.choices import StaffOffice
from bylaws.models import AppointmentPeriod, OfficerTermPeriod
from bylaws.parameters import OFFICE_CATEGORIES, OFFICER_TERM, OFFICER_TERMS_IN_A_ROW, OFFICERS_CERTIFIED
from bylaws.rules.board_certified import CERTIFICATION, confirmed
from bylaws.rules.current_credential import covers, said_of
from bylaws.rules.population import remembered
from bylaws.rules.terms_in_a_row import in_a_row
from config.kernel.dates import ONE_DAY, add_months
from config.kernel.display.dates import day_text
from config.kernel.display.words import plural_text
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.subjects import Subject, SubjectKind, register_kind
from config.rulebook.verdicts import Outcome, Verdict, combine_all
from practitioners.choices import CredentialStatus, Standing
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among, person_id, persons

CODE = "BL-OFF-1"
TITLE = "Officer qualified for the office"


def officers_on(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> Mapping[int, Any]:
    """The terms in an office that run on the day, by the id of the term, in the order of the offices; each
    with the id of its person in ``person``. One query, and one for all rules while many are judged.
    """
    return remembered(("officers", facility.pk, on, known_at), partial(_officers, facility, on, known_at))


def _officers(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> dict[int, Any]:
    rows = (
        OfficerTermPeriod.objects.in_force(on, known_at)
        .filter(facility=facility)
        .annotate(person=person_id("identity__practitioner_id", known_at))
        .select_related("identity__practitioner")
    )
    rank = {office: number for number, office in enumerate(StaffOffice.values)}
    return {row.identity_id: row for row in sorted(rows, key=lambda row: rank[row.office])}


def _subjects(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> dict[int, Subject]:
    rows = officers_on(facility, on, known_at)
    people = Practitioner.every.in_bulk({row.person for row in rows.values()}) if rows else {}
    return {
        pk: Subject(
            kind="officer",
            uid=row.identity.uid,
            name=f"{StaffOffice(row.office).label}: {people[row.person].display_name}",
            practitioner=people[row.person],
        )
        for pk, row in rows.items()
    }


OFFICER = register_kind(
    SubjectKind(
        code="officer",
        noun="officer",
        plural="officers",
        population=_subjects,
        page=lambda uid: f"{reverse('bylaws:officers')}#term-{uid}",
        permission="bylaws.view_reviews",
    )
)


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, term_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """Of each term in office on the day its days, the terms of the same person in the same office, the
    category and the certifications; at most five queries, one where nobody is in office.
    """
    rows = dict(officers_on(facility, on, known_at))
    if term_ids is not None:
        wanted = set(term_ids)
        rows = {pk: row for pk, row in rows.items() if pk in wanted}
    if not rows:
        return {}
    people = {row.person for row in rows.values()}
    categories = {
        person: (name, code)
        for person, name, code in AppointmentPeriod.objects.in_force(on, known_at)
        .filter(facility=facility, practitioner__in=among(people, known_at))
        .annotate(person=person_id(known_at=known_at))
        .values_list("person", "category__name", "category__code")
    }
    held: dict[tuple[int, str], list[tuple[dt.date, dt.date]]] = {}
    terms = list(
        OfficerTermPeriod.objects.known_at(known_at)
        .filter(facility=facility, identity__practitioner__in=among(people, known_at))
        .values_list("identity__practitioner", "office", "valid")
    )
    whose = persons({record for record, _, _ in terms}, known_at)
    for record, office, valid in terms:
        held.setdefault((whose[record], office), []).append((valid.lower, valid.upper))
    certificates: dict[int, list[Mapping[str, Any]]] = {}
    for said in said_of(CERTIFICATION, list(people), known_at):
        certificates.setdefault(said["person"], []).append(said)
    return {
        pk: {
            "on": on,
            "office": row.office,
            "from": row.valid.lower,
            "to": row.valid.upper,
            "terms": sorted(held[row.person, row.office]),
            "category": categories.get(row.person, ("", ""))[0],
            "category_code": categories.get(row.person, ("", ""))[1],
            "certified": any(
                covers(each, on)
                for each in confirmed(certificates.get(row.person, ()), CredentialStatus.ACTIVE)
            ),
            "certification_claimed": any(
                each["standing"] != Standing.CONFIRMED and covers(each, on)
                for each in certificates.get(row.person, ())
            ),
        }
        for pk, row in rows.items()
    }


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one term. Pure."""
    office = facts["office"]
    length = parameters[f"{OFFICER_TERM.code}:{office}"]
    row = parameters[f"{OFFICER_TERMS_IN_A_ROW.code}:{office}"]
    children = (
        _category(facts, parameters[OFFICE_CATEGORIES.code]),
        _certified(facts, parameters),
        _length(facts, length),
        _in_a_row(facts, row),
    )
    outcome = combine_all(children)
    told = [each for each in children if each.outcome == outcome] if outcome != Outcome.MET else children
    return Verdict(
        outcome=outcome,
        code=CODE,
        title=TITLE,
        sentence=" ".join(each.sentence for each in told if each.outcome != Outcome.NOT_APPLICABLE),
        facts={"office": str(StaffOffice(office).label), "from": facts["from"], "through": _last(facts)},
        citation=length.citation,
        confidence=length.confidence,
        cure=" ".join(dict.fromkeys(each.cure for each in told if each.cure)),
        since=max((each.since for each in told if each.since), default=None),
        due=_last(facts) if outcome == Outcome.MET else None,
        children=children,
    )


def _last(facts: Facts) -> dt.date:
    return facts["to"] - ONE_DAY


def _say(outcome: Outcome, title: str, sentence: str, bound: Any = None, **more: Any) -> Verdict:
    if bound is not None:
        more |= {"citation": bound.citation, "confidence": bound.confidence}
    return Verdict(outcome, CODE, title, sentence, **more)


def _category(facts: Facts, asked: Any) -> Verdict:
    title = "Category that may hold office"
    if not facts["category"]:
        return _say(
            Outcome.NOT_MET,
            title,
            "No appointment is in force on this day.",
            asked,
            cure="The office is given to a member whose category may hold it.",
        )
    if not asked.is_set:
        return _say(
            Outcome.UNKNOWN,
            title,
            "Which categories may hold office is not recorded for this facility.",
            asked,
            cure="Record the categories of the bylaws among the parameters.",
        )
    if facts["category_code"] not in asked.value:
        return _say(
            Outcome.NOT_MET,
            title,
            f"The category {facts['category']} may not hold office.",
            asked,
            cure="The office is given to a member whose category may hold it.",
        )
    return _say(Outcome.MET, title, f"Of the category {facts['category']}.", asked)


def _certified(facts: Facts, parameters: Parameters) -> Verdict:
    asked = parameters[OFFICERS_CERTIFIED.code]
    title = "Board certification"
    if not asked.is_set:
        return _say(
            Outcome.UNKNOWN,
            title,
            "Which offices ask for board certification is not recorded for this facility.",
            asked,
            cure="Record the offices of the bylaws among the parameters, or that none does.",
        )
    if facts["office"] not in asked.value:
        return _say(Outcome.NOT_APPLICABLE, title, "Not asked of this office.", asked)
    if facts["certified"]:
        return _say(Outcome.MET, title, "Board certified.", asked)
    if facts["certification_claimed"]:
        return _say(
            Outcome.UNKNOWN,
            title,
            "Board certification is claimed; the board has not confirmed it.",
            asked,
            cure="Verify the certification with the board.",
        )
    return _say(
        Outcome.NOT_MET,
        title,
        "The office asks for board certification, and none is on record for this day.",
        asked,
        cure="Record and verify the certification.",
    )


def _length(facts: Facts, limit: Any) -> Verdict:
    title = "Term within its limit"
    first, last = facts["from"], _last(facts)
    if not limit.is_set:
        return _say(
            Outcome.UNKNOWN,
            title,
            "How long a term in this office may be is not recorded.",
            limit,
            cure="Record the limit of the bylaws among the parameters.",
        )
    after = add_months(first, int(limit.value))
    bound_by = f"{limit.source}: {limit.value} months"
    if facts["to"] > after:
        return _say(
            Outcome.NOT_MET,
            title,
            f"The term from {day_text(first)} to {day_text(last)} is longer than {limit.value} months; it "
            f"may last through {day_text(after - ONE_DAY)}.",
            limit,
            bound_by=bound_by,
            since=first,
            cure=f"A successor is in office from {day_text(after)} on.",
        )
    return _say(
        Outcome.MET, title, f"In office through {day_text(last)}.", limit, bound_by=bound_by, since=first
    )


def _in_a_row(facts: Facts, limit: Any) -> Verdict:
    title = "Terms in a row"
    number = in_a_row(facts["terms"], facts["from"])
    if not limit.is_set:
        return _say(
            Outcome.UNKNOWN,
            title,
            "How many terms in a row are allowed is not recorded.",
            limit,
            cure="Record the number of the bylaws among the parameters.",
        )
    allowed = int(limit.value)
    bound_by = f"{limit.source}: {plural_text(allowed, 'term')} in a row"
    if number > allowed:
        return _say(
            Outcome.NOT_MET,
            title,
            f"Term {number} in a row in this office; {allowed} are allowed.",
            limit,
            bound_by=bound_by,
            since=facts["from"],
            cure="Somebody else is elected to the office.",
        )
    return _say(Outcome.MET, title, f"Term {number} of {allowed} in a row.", limit, bound_by=bound_by)


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(
            OFFICE_CATEGORIES.code,
            OFFICER_TERM.code,
            OFFICER_TERMS_IN_A_ROW.code,
            OFFICERS_CERTIFIED.code,
        ),
        narrowed=tuple(
            (code, str(office))
            for office in StaffOffice.values
            for code in (OFFICER_TERM.code, OFFICER_TERMS_IN_A_ROW.code)
        ),
        facts=gather,
        judge=judge,
        subject=OFFICER.code,
    )
)
