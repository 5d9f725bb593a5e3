"""BL-COI-1: whoever leads or votes discloses interests once a year.

Judged are the people who hold an office of the medical staff or a seat on a body, by their accounts; which of
them owe a disclosure says a parameter. The first one is due some days after they came to it, the next within
so many months of the last; that day still counts. A disclosure that there is nothing counts like any other.
An officer without an account is judged once one is linked.

Source: domain.md 7.3 (BL-COI-1); the numbers are the hospital's own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from django.db.models import Q
from django.urls import reverse

from bylaws.choices import DisclosureOwed, SeatRole, StaffOffice
from bylaws.models import CommitteeSeatPeriod, InterestDisclosure, OfficerTermPeriod
from bylaws.parameters import DISCLOSURE_FIRST_DAYS, DISCLOSURE_MONTHS, DISCLOSURE_OWED_BY
from bylaws.rules.population import remembered
from config.accounts.models import User
from config.kernel.dates import ONE_DAY, add_months
from config.kernel.display.dates import day_text
from config.kernel.periods import unbroken_since
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.subjects import Subject, SubjectKind, register_kind
from config.rulebook.verdicts import Outcome, Verdict
from practitioners.models import Practitioner
from practitioners.selectors.canonical import person_id

CODE = "BL-COI-1"
TITLE = "Interests disclosed every year"


def held_by_people(
    facility: Facility, on: dt.date, known_at: dt.datetime | None
) -> Mapping[int, list[dict[str, Any]]]:
    """What people hold or held by the day, by the id of the account: the kind (``DisclosureOwed``), its
    title, the first day and the day after the last. Two queries, and two for all rules while many are judged.
    """
    return remembered(("held by people", facility.pk, on, known_at), partial(_held, facility, on, known_at))


def _held(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    terms = (
        OfficerTermPeriod.objects.known_at(known_at)
        .filter(facility=facility, valid__startswith__lte=on)
        .annotate(person=person_id("identity__practitioner_id", known_at))
        .values_list("person", "office", "valid")
    )
    officers = list(terms)
    accounts = dict(
        Practitioner.every.filter(pk__in={person for person, _, _ in officers}).values_list("pk", "user_id")
        if officers
        else ()
    )
    for person, office, valid in officers:
        if accounts.get(person) is not None:
            title = f"{StaffOffice(office).label} of the medical staff"
            found.setdefault(accounts[person], []).append(_one(DisclosureOwed.OFFICER, title, valid))
    seats = (
        CommitteeSeatPeriod.objects.known_at(known_at)
        .filter(identity__committee__facility=facility, valid__startswith__lte=on)
        .values_list("identity__user_id", "seat_role", "votes", "identity__committee__name", "valid")
    )
    for user, role, votes, committee, valid in seats:
        kind = DisclosureOwed.SEAT
        if role in (SeatRole.CHAIR, SeatRole.VICE_CHAIR):
            kind = DisclosureOwed.CHAIR
        elif votes:
            kind = DisclosureOwed.VOTING_SEAT
        title = f"{SeatRole(role).label}, {committee}"
        found.setdefault(user, []).append(_one(kind, title, valid))
    return {
        user: sorted(rows, key=lambda one: (one["from"], one["title"]))
        for user, rows in sorted(found.items())
    }


def _one(kind: DisclosureOwed, title: str, valid: Any) -> dict[str, Any]:
    return {"kind": str(kind), "title": title, "from": valid.lower, "to": valid.upper}


def runs_on(one: Mapping[str, Any], on: dt.date) -> bool:
    """Whether it is held on the day. Pure."""
    return one["from"] <= on and (one["to"] is None or on < one["to"])


def since_when(held: Sequence[Mapping[str, Any]], on: dt.date) -> dt.date | None:
    """The first day of the unbroken time in which one thing or another was held, that reaches the day; None
    where nothing is held then. Pure.
    """
    return unbroken_since([(one["from"], one["to"]) for one in held], on)


def _leaders(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> dict[int, Subject]:
    ids = [
        user
        for user, held in held_by_people(facility, on, known_at).items()
        if any(runs_on(one, on) for one in held)
    ]
    if not ids:
        return {}
    own = {each.user_id: each for each in Practitioner.every.filter(user__in=ids)}
    people = User.objects.filter(pk__in=ids).order_by("last_name", "first_name", "pk")
    return {
        each.pk: Subject(kind="leader", uid=each.uid, name=str(each), practitioner=own.get(each.pk))
        for each in people
    }


LEADER = register_kind(
    SubjectKind(
        code="leader",
        noun="leader",
        plural="leaders",
        population=_leaders,
        page=lambda uid: f"{reverse('bylaws:disclosures')}#person-{uid}",
        permission="bylaws.review_disclosures",
    )
)


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, user_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """What each holds, and when they disclosed last by the day; at most four queries."""
    held = {
        user: rows
        for user, rows in held_by_people(facility, on, known_at).items()
        if any(runs_on(one, on) for one in rows)
    }
    if user_ids is not None:
        wanted = set(user_ids)
        held = {user: rows for user, rows in held.items() if user in wanted}
    known = Q() if known_at is None else Q(recorded_at__lte=known_at)
    disclosed = dict(
        InterestDisclosure.objects.filter(known, facility=facility, user__in=list(held), signed_on__lte=on)
        .order_by("signed_on", "recorded_at", "pk")
        .values_list("user", "signed_on")
        if held
        else ()
    )
    return {
        user: {"on": on, "held": rows, "disclosed_on": disclosed.get(user)} for user, rows in held.items()
    }


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person. Pure."""
    months, days = parameters[DISCLOSURE_MONTHS.code], parameters[DISCLOSURE_FIRST_DAYS.code]
    owed_by = parameters[DISCLOSURE_OWED_BY.code]
    on, last = facts["on"], facts["disclosed_on"]
    owing = [one for one in facts["held"] if one["kind"] in (owed_by.value or ())]
    now = [one["title"] for one in owing if runs_on(one, on)]

    def say(outcome: Outcome, sentence: str, **more: Any) -> Verdict:
        return Verdict(
            outcome=outcome,
            code=CODE,
            title=TITLE,
            sentence=sentence,
            citation=months.citation,
            confidence=months.confidence,
            bound_by=f"{months.source}: {months.value} months" if months.is_set else "",
            **more,
        )

    if not owed_by.is_set and any(runs_on(one, on) for one in facts["held"]):
        return say(
            Outcome.UNKNOWN,
            "Which offices and seats owe a disclosure is not recorded for this facility.",
            cure="Record them from the bylaws or the policy among the parameters.",
        )
    since = since_when(owing, on)
    if since is None:
        return say(Outcome.NOT_APPLICABLE, "Holds no office or seat that owes a disclosure.")
    shown = {"held": now, "since": since, "disclosed_on": last}
    if not months.is_set:
        return say(
            Outcome.UNKNOWN,
            "How often interests are disclosed is not recorded for this facility.",
            facts=shown,
            cure="Record the months of the bylaws or the policy among the parameters.",
        )
    if last is None and not days.is_set:
        return say(
            Outcome.UNKNOWN,
            f"Has not disclosed, since {day_text(since)}; within how many days the first one is due is not "
            "recorded for this facility.",
            facts=shown,
            cure="Record the days of the bylaws or the policy among the parameters.",
        )
    first_due = since + dt.timedelta(days=int(days.value) if days.is_set else 0)
    due = first_due if last is None else max(first_due, add_months(last, int(months.value)))
    told = f"Disclosed last on {day_text(last)}" if last else f"Has not disclosed, since {day_text(since)}"
    if on > due:
        return say(
            Outcome.NOT_MET,
            f"{told}; a disclosure was due by {day_text(due)}.",
            facts=shown | {"due": due},
            since=due + ONE_DAY,
            due=due,
            cure="Disclose interests, or that there are none.",
        )
    return say(
        Outcome.MET,
        f"{told}; {'the next' if last else 'the first'} is due by {day_text(due)}.",
        facts=shown | {"due": due},
        since=last or since,
        due=due,
    )


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(DISCLOSURE_MONTHS.code, DISCLOSURE_FIRST_DAYS.code, DISCLOSURE_OWED_BY.code),
        facts=gather,
        judge=judge,
        subject=LEADER.code,
    )
)
