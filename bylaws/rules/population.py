"""Whom the rules of this room judge: everybody with an appointment in force that day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, TypeVar

from django.db import connection

from config.kernel.periods import known_sql
from config.organization.models import Facility
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among_sql, person_sql

_APPOINTED = """
SELECT {person}, a.identity_id, c.name, c.carries_privileges, term.first, term.after
  FROM bylaws_appointmentperiod a JOIN bylaws_staffcategory c ON c.id = a.category_id
       CROSS JOIN LATERAL (SELECT min(lower(b.valid)) AS first, max(upper(b.valid)) AS after
                             FROM bylaws_appointmentperiod b
                            WHERE b.identity_id = a.identity_id AND {known_b}) term
 WHERE a.facility_id = %(facility)s AND a.valid @> %(on)s::date AND {known_a} {among}
"""


#: What was asked while many rules are judged of the same people; None: nothing is remembered.
_asked: ContextVar[dict[tuple, Any] | None] = ContextVar("asked", default=None)
Answer = TypeVar("Answer")


@contextmanager
def asking_once() -> Iterator[None]:
    """While many rules are judged one after the other, the population is asked for once."""
    token = _asked.set({})
    try:
        yield
    finally:
        _asked.reset(token)


def asking_many() -> bool:
    """Whether many rules are being judged of the same people."""
    return _asked.get() is not None


def remembered(question: tuple, ask: Callable[[], Answer]) -> Answer:
    """What was answered to the same question while :func:`asking_once`; asked now where nothing was."""
    asked = _asked.get()
    if asked is None:
        return ask()
    if question not in asked:
        asked[question] = ask()
    return asked[question]


def professions_of(practitioner_ids: Iterable[int]) -> dict[int, str]:
    """The profession (``ProviderType``) of each of the people; one query, none where it was told."""
    ids = sorted(practitioner_ids)
    return remembered(("professions", tuple(ids)), partial(_ask_professions, ids))


def tell_professions(professions: Mapping[int, str]) -> None:
    """What is known of everybody already need not be asked while :func:`asking_once`."""
    asked = _asked.get()
    if asked is not None:
        asked["professions", tuple(sorted(professions))] = dict(professions)


def _ask_professions(ids: list[int]) -> dict[int, str]:
    return dict(Practitioner.every.filter(pk__in=ids).values_list("pk", "provider_type"))


def appointed(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, dict[str, Any]]:
    """Appointment in force by practitioner id (one query); with ids given, an entry for each of them.

    ``from`` and ``to`` are the first day and the day after the last of the whole term. A person is counted
    once, whichever of their records the appointment stands on. Someone without an appointment has
    ``appointment`` None: the lookup asks about applicants too.
    """
    ids = None if practitioner_ids is None else list(practitioner_ids)
    question = ("appointed", facility.pk, on, known_at, None if ids is None else tuple(ids))
    return dict(remembered(question, partial(_ask, facility, on, known_at, ids)))


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
    facility: Facility, on: dt.date, known_at: dt.datetime | None, ids: list[int] | None
) -> dict[int, dict[str, Any]]:
    then = known_at is not None
    statement = _APPOINTED.format(
        person=person_sql("a.practitioner_id", then=then),
        known_a=known_sql("a", then=then),
        known_b=known_sql("b", then=then),
        among="" if ids is None else f"AND a.practitioner_id IN ({among_sql(then=then)})",
    )
    values: dict[str, Any] = {"facility": facility.pk, "on": on, "known_at": known_at, "people": ids}
    found: dict[int, dict[str, Any]] = {} if ids is None else {each: {"appointment": None} for each in ids}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        for person, appointment, category, carries, first, after in cursor.fetchall():
            found[person] = {
                "from": first,
                "to": after,
                "appointment": appointment,
                "category": category,
                "carries_privileges": carries,
            }
    return found
