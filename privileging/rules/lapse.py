"""BL-APP-3: a reappointment is decided by the end of the term, or the appointment lapses.

Judged are terms, not members: whoever lapsed is a member no more. These are the terms that ended in the
last two years. A term is followed by the next one of the same person here, whichever of their records it
stands on; a decision that no longer appoints is a decision as well. Whoever left the staff the rule does not
concern.

What was decided late is said with the days between; once it is decided nothing stands to be done, so it is
met.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Q

from bylaws.models import AppointmentPeriod
from bylaws.rules.population import remembered
from config.kernel.dates import ONE_DAY, add_months
from config.kernel.display.dates import day_text
from config.kernel.display.words import plural_text
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.subjects import Subject, SubjectKind, register_kind
from config.rulebook.verdicts import Outcome, Verdict
from credentialing import kinds
from credentialing.choices import ApplicationStatus
from credentialing.models import Application
from credentialing.models.applications import OPEN_STATUSES
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among, person_id
from privileging.choices import DepartureKind
from privileging.models import Departure

CODE = "BL-APP-3"
TITLE = "Reappointment decided by the end of the term"
#: How long after its end a term is still judged, in months. No number of the law or the bylaws: a finding
#: about a term that ended longer ago helps nobody, and who comes back after so long does as an applicant.
LOOKED_BACK = 24
CITATION = "Usual in bylaws; 42 CFR 482.22(a)(1) asks for appraisals of the members at intervals"
#: A reappointment file that nobody has decided; and decided so that a term follows.
OPEN = "open"
GRANTED = (ApplicationStatus.APPROVED, ApplicationStatus.APPROVED_MODIFIED)


@dataclass(frozen=True)
class Term:
    """One term of a person: its first day, the day after its last, and the day it was decided on."""

    pk: int
    uid: Any
    person: int
    first: dt.date
    after: dt.date
    decided_on: dt.date


def _terms(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> Sequence[Term]:
    """Terms that had not ended two years ago and were decided by the day; one query, and one for all while
    the rule is judged of many.
    """
    return remembered(("terms", facility.pk, on, known_at), partial(_ask_terms, facility, on, known_at))


def _ask_terms(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> list[Term]:
    rows = (
        AppointmentPeriod.objects.known_at(known_at)
        .filter(facility=facility, valid__endswith__gt=add_months(on, -LOOKED_BACK), decided_on__lte=on)
        .annotate(person=person_id("practitioner_id", known_at))
        .order_by("identity_id", "valid")
        .values_list("identity_id", "identity__uid", "person", "decided_on", "valid")
    )
    found: dict[int, Term] = {}
    for pk, uid, person, decided_on, valid in rows:
        first = found[pk].first if pk in found else valid.lower
        found[pk] = Term(pk, uid, person, first, valid.upper, decided_on)
    return list(found.values())


def _ended(terms: Sequence[Term], on: dt.date) -> list[Term]:
    return [each for each in terms if each.after <= on]


def _population(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> dict[int, Subject]:
    ended = _ended(_terms(facility, on, known_at), on)
    people = Practitioner.every.in_bulk({each.person for each in ended}) if ended else {}
    subjects = [
        (
            each.pk,
            Subject(
                kind="term",
                uid=each.uid,
                name=f"{people[each.person].display_name}, term through {day_text(each.after - ONE_DAY)}",
                practitioner=people[each.person],
            ),
        )
        for each in ended
    ]
    return dict(sorted(subjects, key=lambda pair: (pair[1].practitioner.sort_name, str(pair[1].uid))))


TERM = register_kind(
    SubjectKind(
        code="term",
        noun="term",
        plural="terms",
        population=_population,
        permission="practitioners.view",
    )
)


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, term_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """Of each term when it ended, what followed, and what became of the member; four queries at most."""
    terms = _terms(facility, on, known_at)
    ended = _ended(terms, on)
    if term_ids is not None:
        wanted = set(term_ids)
        ended = [each for each in ended if each.pk in wanted]
    people = {each.person for each in ended}
    of_person: dict[int, list[Term]] = {}
    for each in terms:
        of_person.setdefault(each.person, []).append(each)
    left = _departures(facility, on, known_at, people)
    files = _files(facility, on, known_at, people)
    found: dict[int, Facts] = {}
    for each in ended:
        later = [one for one in of_person[each.person] if one.first > each.first]
        following = min(later, key=lambda one: one.first, default=None)
        found[each.pk] = {
            "on": on,
            "ended_with": each.after - ONE_DAY,
            "followed_from": following.first if following else None,
            "followed_by_decision_on": following.decided_on if following else None,
            "left": next(((day, kind) for day, kind in left.get(each.person, ()) if each.first < day), None),
            "files": [
                (status, decided)
                for status, decided in files.get(each.person, ())
                if decided is None or decided > each.first
            ],
        }
    return found


def _departures(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, people: Iterable[int]
) -> dict[int, list[tuple[dt.date, str]]]:
    if not people:
        return {}
    rows = Departure.objects.filter(
        practitioner_id__in=among(people, known_at), facility=facility, day__lte=on
    )
    if known_at is None:
        rows = rows.filter(taken_back_at__isnull=True)
    else:
        rows = rows.filter(
            Q(taken_back_at__isnull=True) | Q(taken_back_at__gt=known_at), recorded_at__lte=known_at
        )
    found: dict[int, list[tuple[dt.date, str]]] = {}
    asked = rows.annotate(person=person_id("practitioner_id", known_at)).order_by("day", "pk")
    for person, day, kind in asked.values_list("person", "day", "kind"):
        found.setdefault(person, []).append((day, str(DepartureKind(kind).label)))
    return found


def _files(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, people: Iterable[int]
) -> dict[int, list[tuple[str, dt.date | None]]]:
    """Reappointment files: open ones without a day, those decided by the day with theirs."""
    if not people:
        return {}
    rows = Application.objects.filter(
        Q(status__in=OPEN_STATUSES) | Q(decided_on__isnull=False),
        practitioner_id__in=among(people, known_at),
        facility=facility,
        kind__in=kinds.codes(renews=True),
    )
    if known_at is not None:
        rows = rows.filter(opened_at__lte=known_at)
    found: dict[int, list[tuple[str, dt.date | None]]] = {}
    asked = rows.annotate(person=person_id("practitioner_id", known_at)).order_by("opened_at", "pk")
    for person, status, decided in asked.values_list("person", "status", "decided_on"):
        if decided is None or decided > on:
            found.setdefault(person, []).append((OPEN, None))
        else:
            found.setdefault(person, []).append((status, decided))
    return found


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one term. Pure."""
    on, last = facts["on"], facts["ended_with"]
    decided, start = facts["followed_by_decision_on"], facts["followed_from"]
    told: dict[str, Any] = {"term_through": last, "decided_on": decided, "next_term_from": start}
    ended = f"The term {'ends' if on <= last else 'ended'} with {day_text(last)}"

    def say(outcome: Outcome, sentence: str, **more: Any) -> Verdict:
        return Verdict(
            outcome=outcome,
            code=CODE,
            title=TITLE,
            sentence=sentence,
            facts=told,
            citation=CITATION,
            confidence="unconfirmed",
            **more,
        )

    if decided is not None:
        late = (start - last - ONE_DAY).days
        gap = f", {plural_text(late, 'day')} after the one before had ended" if late > 0 else ""
        return say(
            Outcome.MET,
            f"Reappointed on {day_text(decided)}; the next term begins on {day_text(start)}{gap}.",
            since=decided,
        )
    denied = [day for status, day in facts["files"] if status == ApplicationStatus.DENIED]
    if denied:
        return say(
            Outcome.MET, f"{ended}; reappointment was denied on {day_text(denied[-1])}.", since=denied[-1]
        )
    if facts["left"] is not None:
        day, kind = facts["left"]
        return say(Outcome.NOT_APPLICABLE, f"Left the staff from {day_text(day)} on: {kind.lower()}.")
    if on <= last:
        return say(Outcome.MET, f"{ended}; there is time to decide until then.", due=last)
    granted = [day for status, day in facts["files"] if status in GRANTED]
    if granted:
        return say(
            Outcome.UNKNOWN,
            f"{ended}; reappointment was granted on {day_text(granted[-1])}, and no term from it is on "
            "record.",
            cure="Record the term that was decided.",
        )
    under_way = any(status == OPEN for status, _ in facts["files"])
    file = "its application is not decided" if under_way else "no application for reappointment is open"
    return say(
        Outcome.NOT_MET,
        f"{ended} and no reappointment was decided: the appointment has lapsed; {file}.",
        since=last + ONE_DAY,
        due=last,
        cure="The board decides on the reappointment, or it is recorded that and why the member left.",
    )


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(),
        facts=gather,
        judge=judge,
        waivable=False,
        subject=TERM.code,
    )
)
