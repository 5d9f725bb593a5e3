"""BL-APP-2: nobody practises without a current appointment and the privilege.

Judged by the cases of the last twelve months that the hospital's systems told of, each as it was judged once,
for its moment and as known then (docs/adr, 0022). Judged is whoever did any of them: whose appointment has
ended is a member no more, and is just whom the rule is about. One that was done without the privilege and
that nobody explained, or took to the chair, breaks the rule; one that could not be confirmed leaves it
unknown. Cases from before the records begin say nothing. What becomes of who practised so is peer review.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q

from bylaws.rules.population import asking_many, remembered
from config.accounts.choices import DataClass
from config.kernel.dates import add_months
from config.kernel.display.dates import day_text
from config.kernel.display.words import plural_text
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.subjects import Subject, SubjectKind, register_kind
from config.rulebook.verdicts import Outcome, Verdict
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among, person_id
from privileging.choices import CaseCover
from privileging.models import CaseExplanation, CaseJudgement

CODE = "BL-APP-2"
TITLE = "Nothing done without the privilege"
CITATION = "42 CFR 482.51(a)(4) for surgery; usual in bylaws"
#: The stretch looked at, in months. No number of the law or the bylaws: what is older was before the bodies.
MONTHS = 12
#: Whoever did a case in that stretch, as a kind of what rules judge; ids and uids are those of the person.
KIND = "performer"
WITHOUT = (CaseCover.NOT_GRANTED, CaseCover.NO_APPOINTMENT, CaseCover.NOT_USABLE)


def _told(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, people: Iterable[int] | None
) -> dict[int, dict[str, Any]]:
    """How many cases each of the people (None: everybody who did any) did, by person; one query, and one for
    all while the rule is judged of many.
    """
    if people is None or asking_many():
        return remembered(("cases done", facility.pk, on, known_at), partial(_ask, facility, on, known_at))
    return _ask(facility, on, known_at, people)


def _ask(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, people: Iterable[int] | None = None
) -> dict[int, dict[str, Any]]:
    explanations = CaseExplanation.objects.filter(judgement=OuterRef("pk"))
    rows = CaseJudgement.objects.exclude(cover=CaseCover.UNRECORDED).filter(
        case__facility=facility,
        case__canceled=False,
        case__day__lte=on,
        case__day__gt=add_months(on, -MONTHS),
        case__practitioner__isnull=False,
    )
    if people is not None:
        rows = rows.filter(case__practitioner_id__in=among(people, known_at))
    if known_at is None:
        rows = rows.filter(case__superseded_at__isnull=True)
    else:
        explanations = explanations.filter(recorded_at__lte=known_at)
        rows = rows.filter(
            Q(case__superseded_at__isnull=True) | Q(case__superseded_at__gt=known_at),
            case__recorded_at__lte=known_at,
            judged_at__lte=known_at,
        )
    without = Q(cover__in=WITHOUT, explained=False)
    told = (
        rows.annotate(person=person_id("case__practitioner_id", known_at), explained=Exists(explanations))
        .order_by()
        .values("person")
        .annotate(
            cases=Count("pk"),
            without=Count("pk", filter=without),
            first=Min("case__day", filter=without),
            unclear=Count("pk", filter=Q(cover=CaseCover.UNCONFIRMED, explained=False)),
        )
    )
    return {row["person"]: {name: value for name, value in row.items() if name != "person"} for row in told}


def _population(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> dict[int, Subject]:
    people = Practitioner.every.in_bulk(done) if (done := _told(facility, on, known_at, None)) else {}
    subjects = [
        (pk, Subject(kind=KIND, uid=one.uid, name=one.display_name, practitioner=one))
        for pk, one in people.items()
    ]
    return dict(sorted(subjects, key=lambda pair: (pair[1].practitioner.sort_name, str(pair[1].uid))))


WHO_PRACTISED = register_kind(
    SubjectKind(
        code=KIND,
        noun="person with cases",
        plural="people with cases",
        population=_population,
        permission="practitioners.view",
    )
)


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """How many cases of each of the people (None: of everybody who did any) were judged, done without the
    privilege, and not to be confirmed, those nobody explained; one query.
    """
    ids = None if practitioner_ids is None else list(practitioner_ids)
    told = _told(facility, on, known_at, ids)
    none = {"cases": 0, "without": 0, "first": None, "unclear": 0}
    return {pk: {"on": on, **none, **told.get(pk, {})} for pk in (told if ids is None else ids)}


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person. Pure."""
    shown = {name: facts[name] for name in ("cases", "without", "unclear")}

    def say(outcome: Outcome, sentence: str, **more: Any) -> Verdict:
        return Verdict(
            outcome=outcome,
            code=CODE,
            title=TITLE,
            sentence=sentence,
            facts=shown,
            citation=CITATION,
            confidence="unconfirmed",
            **more,
        )

    if not facts["cases"]:
        return say(Outcome.NOT_APPLICABLE, "No case in twelve months is on record.")
    of = f"Of {plural_text(facts['cases'], 'case')} in twelve months"
    if facts["without"]:
        return say(
            Outcome.NOT_MET,
            f"{of} {facts['without']} done without the privilege and not explained, the first on "
            f"{day_text(facts['first'])}.",
            since=facts["first"],
            cure="Explain each (an emergency, assisting, wrong data), or take it to the chair.",
        )
    if facts["unclear"]:
        return say(
            Outcome.UNKNOWN,
            f"{of} it could not be confirmed of {facts['unclear']} whether the privilege was there.",
            cure="Find out what held at its moment, and explain the case.",
        )
    return say(Outcome.MET, f"{of} none was done without the privilege, or it was explained.")


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        data_class=DataClass.PEER_REVIEW,
        parameters=(),
        facts=gather,
        judge=judge,
        waivable=False,
        subject=KIND,
    )
)
