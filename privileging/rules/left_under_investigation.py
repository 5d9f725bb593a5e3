"""BL-RES-1: whoever left the staff under investigation is known to the data bank, or somebody said why not.

To leave while under investigation, or to avoid one, is reportable whatever becomes of it (45 CFR
60.12(a)(1)(ii)). Judged are departures of the last 24 months: one that was counted as a surrender has its own
clock (BL-NPDB-3); of one beside an investigation on record a person answers the question of the data bank, by
the day on which a report would be due. Where it was recorded that there was none, and one is on record for
those days, and nobody was asked, the rule is broken. Who died surrendered nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q
from django.urls import reverse

from bylaws.choices import AdverseActionKind, DataBankAnswer, DataBankQuestionKind, InvestigationAnswer
from bylaws.models import AdverseActionPeriod, AppointmentPeriod, DataBankQuestion, InvestigationPeriod
from bylaws.parameters import REPORT_DAYS
from bylaws.rules.population import remembered
from config.accounts.choices import DataClass
from config.kernel import clock
from config.kernel.dates import ONE_DAY, add_months
from config.kernel.display.dates import day_text
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.subjects import Subject, SubjectKind, register_kind
from config.rulebook.verdicts import Outcome, Verdict
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among, person_id
from privileging.choices import DepartureKind
from privileging.models import Departure

CODE = "BL-RES-1"
TITLE = "Left under investigation: put to the data bank"
LAW = "45 CFR 60.12(a)(1)(ii)"
#: How long after it a departure is judged, in months. No number of the law: later nobody can be asked.
LOOKED_BACK = 24
SURRENDERS = (AdverseActionKind.SURRENDER, AdverseActionKind.SURRENDER_UNCLEAR)


@dataclass(frozen=True)
class Left:
    """One departure, of the person whichever record it stands on."""

    pk: int
    uid: Any
    person: int
    kind: str
    day: dt.date
    investigation: str


def _departures(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> Sequence[Left]:
    """Departures through the day that were not taken back; one query, and one for all while the rule is
    judged of many.
    """
    return remembered(("departures", facility.pk, on, known_at), partial(_ask, facility, on, known_at))


def _ask(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> list[Left]:
    rows = Departure.objects.filter(facility=facility, day__lte=on, day__gt=add_months(on, -LOOKED_BACK))
    if known_at is None:
        rows = rows.filter(taken_back_at__isnull=True)
    else:
        rows = rows.filter(
            Q(taken_back_at__isnull=True) | Q(taken_back_at__gt=known_at), recorded_at__lte=known_at
        )
    told = rows.annotate(person=person_id("practitioner_id", known_at)).order_by("day", "pk")
    return [Left(*row) for row in told.values_list("pk", "uid", "person", "kind", "day", "investigation")]


def _population(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> dict[int, Subject]:
    left = _departures(facility, on, known_at)
    people = Practitioner.every.in_bulk({each.person for each in left}) if left else {}
    subjects = [
        (
            each.pk,
            Subject(
                kind="departure",
                uid=each.uid,
                name=f"{people[each.person].display_name}, left from {day_text(each.day)} on",
                practitioner=people[each.person],
            ),
        )
        for each in left
    ]
    return dict(sorted(subjects, key=lambda pair: (pair[1].practitioner.sort_name, str(pair[1].uid))))


DEPARTURE = register_kind(
    SubjectKind(
        code="departure",
        noun="departure",
        plural="departures",
        population=_population,
        page=lambda uid: reverse("privileging:departure", args=[uid]),
        permission="practitioners.view",
    )
)


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, departure_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """Of each departure what was said of an investigation, which are on record for its days, what counts as a
    surrender since (until the next appointment: later ones are of another departure), and what was put to the
    data bank; five queries, one where nobody left.
    """
    left = list(_departures(facility, on, known_at))
    if departure_ids is not None:
        wanted = set(departure_ids)
        left = [each for each in left if each.pk in wanted]
    if not left:
        return {}
    people = among({each.person for each in left}, known_at)
    whose = {"identity__practitioner__in": people, "identity__facility": facility}
    person = person_id("identity__practitioner_id", known_at)
    under: dict[int, list[Any]] = {}
    open_ones = InvestigationPeriod.objects.known_at(known_at).filter(**whose).annotate(person=person)
    for pk, valid in open_ones.order_by("valid", "pk").values_list("person", "valid"):
        under.setdefault(pk, []).append(valid)
    counted: dict[int, list[dt.date]] = {}
    actions = AdverseActionPeriod.objects.known_at(known_at).filter(identity__kind__in=SURRENDERS, **whose)
    for pk, first in actions.annotate(person=person).values_list("person", "valid__startswith"):
        counted.setdefault(pk, []).append(first)
    back: dict[int, list[dt.date]] = {}
    terms = AppointmentPeriod.objects.known_at(known_at).filter(practitioner__in=people, facility=facility)
    terms = terms.annotate(person=person_id("practitioner_id", known_at)).order_by("valid", "pk")
    for pk, first in terms.values_list("person", "valid__startswith"):
        back.setdefault(pk, []).append(first)
    over = dt.datetime.combine(on + ONE_DAY, dt.time(), ZoneInfo(facility.time_zone))
    until = over if known_at is None else min(over, known_at + dt.timedelta(microseconds=1))
    asked = {
        uid: clock.date_at(answered_at, facility) if answered_at and answered_at < until else None
        for uid, answered_at in DataBankQuestion.objects.filter(
            kind=DataBankQuestionKind.GIVEN_UP,
            subject_uid__in=[each.uid for each in left],
            raised_at__lt=until,
        )
        .exclude(answer=DataBankAnswer.MOOT)
        .values_list("subject_uid", "answered_at")
    }
    return {
        each.pk: {
            "on": on,
            "day": each.day,
            "died": each.kind == DepartureKind.DECEASED,
            "counted": each.investigation != InvestigationAnswer.NO
            or any(
                each.day - ONE_DAY <= first
                and not any(each.day < again <= first for again in back.get(each.person, ()))
                for first in counted.get(each.person, ())
            ),
            "investigations": [
                valid.lower for valid in under.get(each.person, ()) if touches(valid, each.day)
            ],
            "asked": each.uid in asked,
            "answered_on": asked.get(each.uid),
        }
        for each in left
    }


def touches(valid: DateRange, day: dt.date) -> bool:
    """Whether an investigation was open on the last day of membership, or on the first without it. Pure."""
    return valid.lower <= day and (valid.upper is None or valid.upper >= day)


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one departure. Pure."""
    limit = parameters[REPORT_DAYS.code]
    on, day = facts["on"], facts["day"]

    def say(outcome: Outcome, sentence: str, **more: Any) -> Verdict:
        return Verdict(
            outcome=outcome,
            code=CODE,
            title=TITLE,
            sentence=sentence,
            facts={"left": day},
            citation=LAW,
            confidence=limit.confidence or "unconfirmed",
            bound_by=f"{limit.source}: {limit.value} days" if limit.is_set else "",
            **more,
        )

    left = f"Left from {day_text(day)} on"
    if facts["died"]:
        return say(Outcome.NOT_APPLICABLE, "Who died surrendered nothing.")
    if facts["counted"]:
        return say(Outcome.MET, f"{left}; it stands among the adverse actions, with its own clock.")
    if facts["answered_on"] is not None:
        answered = day_text(facts["answered_on"])
        return say(Outcome.MET, f"{left}; the question of the data bank was answered on {answered}.")
    if not facts["investigations"] and not facts["asked"]:
        return say(Outcome.NOT_APPLICABLE, f"{left}; no investigation is on record for those days.")
    if not facts["asked"]:
        return say(
            Outcome.NOT_MET,
            f"{left}, and an investigation is on record from {day_text(facts['investigations'][0])}; nobody "
            "was asked whether it is reported.",
            since=day,
            cure="Record the surrender among the adverse actions, or take the departure back and record it "
            "anew: it asks.",
        )
    if not limit.is_set:
        return say(
            Outcome.UNKNOWN,
            f"{left}; the question of the data bank is open, and how soon a report is due is not recorded.",
            cure="Record the days of the law among the parameters, and answer the question.",
        )
    due = day + dt.timedelta(days=int(limit.value))
    if on > due:
        return say(
            Outcome.NOT_MET,
            f"{left}; the question of the data bank is open, and a report was due by {day_text(due)}.",
            since=due + ONE_DAY,
            due=due,
            cure="Answer the question of the data bank: yes, or no and why.",
        )
    return say(
        Outcome.MET,
        f"{left}; the question of the data bank is open, a report would be due by {day_text(due)}.",
        due=due,
    )


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        data_class=DataClass.PEER_REVIEW,
        parameters=(REPORT_DAYS.code,),
        facts=gather,
        judge=judge,
        waivable=False,
        subject=DEPARTURE.code,
    )
)
