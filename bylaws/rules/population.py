"""Whom the rules of this room judge: everybody with an appointment in force that day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from django.db import connection

from config.kernel.periods import known_sql
from config.organization.models import Facility
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among_sql, person_sql

_APPOINTED = """
SELECT {person}, a.identity_id, c.name, c.code, c.carries_privileges, term.first, term.after
  FROM bylaws_appointmentperiod a JOIN bylaws_staffcategory c ON c.id = a.category_id
       CROSS JOIN LATERAL (SELECT min(lower(b.valid)) AS first, max(upper(b.valid)) AS after
                             FROM bylaws_appointmentperiod b
                            WHERE b.identity_id = a.identity_id AND {known_b}) term
 WHERE a.facility_id = %(facility)s AND a.valid @> %(on)s::date AND {known_a} {among}
"""


@dataclass(frozen=True)
class _Asking:
    """Whom the rules are judged of, and what was answered."""

    people: tuple[int, ...]
    members: frozenset[int]
    answers: dict[tuple, Any]


#: What was asked while many rules are judged of the same people; None: nothing is remembered.
_asking: ContextVar[_Asking | None] = ContextVar("asking", default=None)
Answer = TypeVar("Answer")


@contextmanager
def asking_once(practitioner_ids: Iterable[int]) -> Iterator[None]:
    """While many rules are judged of these people one after the other, each kind of fact is asked for once,
    for all of them.
    """
    people = tuple(practitioner_ids)
    token = _asking.set(_Asking(people, frozenset(people), {}))
    try:
        yield
    finally:
        _asking.reset(token)


def asking_many() -> bool:
    """Whether many rules are being judged of the same people."""
    return _asking.get() is not None


def remembered(question: tuple, ask: Callable[[], Answer]) -> Answer:
    """What was answered to the same question while :func:`asking_once`; asked now where nothing was."""
    asking = _asking.get()
    if asking is None:
        return ask()
    if question not in asking.answers:
        asking.answers[question] = ask()
    return asking.answers[question]


def remembered_about(
    question: tuple,
    practitioner_ids: Iterable[int],
    ask: Callable[[Sequence[int]], Mapping[int, Answer]],
) -> dict[int, Answer]:
    """What is answered about each of the people; of whom nothing is said is left out. ``ask`` is one query.

    While :func:`asking_once`, it is asked about everybody the rules are judged of as soon as about some of
    them, and never again; about others it is asked for themselves.
    """
    ids = tuple(practitioner_ids)
    asking = _asking.get()
    if asking is None or not asking.members.issuperset(ids):
        return dict(remembered((*question, ids), partial(ask, ids)))
    answers = remembered((*question, asking.people), partial(ask, asking.people))
    return {pk: answers[pk] for pk in ids if pk in answers}


def professions_of(practitioner_ids: Iterable[int]) -> dict[int, str]:
    """The profession (``ProviderType``) of each of the people; one query, none where it was told."""
    return remembered_about(("professions",), practitioner_ids, _ask_professions)


def tell_professions(professions: Mapping[int, str]) -> None:
    """What is known of everybody already need not be asked while :func:`asking_once`."""
    _tell(("professions",), professions)


def _tell(question: tuple, answers: Mapping[int, Any]) -> None:
    asking = _asking.get()
    if asking is not None:
        asking.answers[*question, asking.people] = dict(answers)


def _ask_professions(ids: Sequence[int]) -> dict[int, str]:
    return dict(Practitioner.every.filter(pk__in=ids).values_list("pk", "provider_type"))


def appointed(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, dict[str, Any]]:
    """Appointment in force by practitioner id (one query); with ids given, an entry for each of them.

    ``from`` and ``to`` are the first day and the day after the last of the whole term. A person is counted
    once, whichever of their records the appointment stands on. Someone without an appointment has
    ``appointment`` None: the lookup asks about applicants too.
    """
    question = _appointed_then(facility, on, known_at)
    if practitioner_ids is None:
        return dict(remembered(question, partial(_ask, facility, on, known_at, None)))
    return remembered_about(question, practitioner_ids, partial(_ask, facility, on, known_at))


def tell_appointed(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, appointments: Mapping[int, Any]
) -> None:
    """As :func:`tell_professions`: the appointment of everybody (None: no appointment), with its category and
    with the first day of the whole term and the day after its last as ``term_first`` and ``term_after``.
    """
    told: dict[int, dict[str, Any]] = {}
    for pk, row in appointments.items():
        told[pk] = {"appointment": None}
        if row is not None:
            of, begins, ends = row.category, row.term_first, row.term_after
            told[pk] = _appointment(begins, ends, row.identity_id, of.name, of.code, of.carries_privileges)
    _tell(_appointed_then(facility, on, known_at), told)


def _appointed_then(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> tuple:
    return ("appointed", facility.pk, on, known_at)


def _appointment(
    first: dt.date, after: dt.date, appointment: int, category: str, code: str, carries: bool
) -> dict[str, Any]:
    return {
        "from": first,
        "to": after,
        "appointment": appointment,
        "category": category,
        "category_code": code,
        "carries_privileges": carries,
    }


def asked_of(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, dict[str, Any]]:
    """What every rule of this kind knows of the people it judges, by practitioner id: the day, the category
    and whether it carries privileges (whoever has no appointment is judged as if it did); one query.
    """
    return {
        pk: {
            "on": on,
            "category": person.get("category", ""),
            "carries_privileges": person.get("carries_privileges", True),
        }
        for pk, person in appointed(facility, on, known_at, practitioner_ids).items()
    }


def _ask(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, ids: Sequence[int] | None
) -> dict[int, dict[str, Any]]:
    then = known_at is not None
    statement = _APPOINTED.format(
        person=person_sql("a.practitioner_id", then=then),
        known_a=known_sql("a", then=then),
        known_b=known_sql("b", then=then),
        among="" if ids is None else f"AND a.practitioner_id IN ({among_sql(then=then)})",
    )
    values: dict[str, Any] = {"facility": facility.pk, "on": on, "known_at": known_at}
    values["people"] = None if ids is None else list(ids)
    found: dict[int, dict[str, Any]] = {} if ids is None else {each: {"appointment": None} for each in ids}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        for person, appointment, category, code, carries, first, after in cursor.fetchall():
            found[person] = _appointment(first, after, appointment, category, code, carries)
    return found
