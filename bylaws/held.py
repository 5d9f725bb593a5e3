"""Which privileges a person holds: known to a room above, which registers how to ask it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable

from config.organization.models import Facility

#: ``(practitioner, facility, start, end)`` -> {code: name} of the privileges granted there on any day from
#: ``start`` to before ``end`` (None: without end), by name. One query.
Ask = Callable[..., dict[str, str]]
_ask: list[Ask] = []


def register(ask: Ask) -> Ask:
    """Say how to ask; one room does so, when the apps are ready."""
    if _ask:
        raise RuntimeError("Who holds which privileges is registered twice.")
    _ask.append(ask)
    return ask


def held_privileges(practitioner, facility, start: dt.date, end: dt.date | None) -> dict[str, str]:
    """Codes and names of the privileges the person holds at the facility on any of the days."""
    return _ask[0](practitioner, facility, start, end) if _ask else {}


#: As :data:`Ask`, answering {code: name of the form it stands on}. One query.
_forms: list[Ask] = []


def register_forms(ask: Ask) -> Ask:
    """Say how to ask on which form each privilege held stands; one room does so."""
    if _forms:
        raise RuntimeError("On which form privileges stand is registered twice.")
    _forms.append(ask)
    return ask


def forms_of_held(practitioner, facility, start: dt.date, end: dt.date | None) -> dict[str, str]:
    """The name of the form each privilege held on any of the days stands on, by code."""
    return _forms[0](practitioner, facility, start, end) if _forms else {}


#: ``(practitioner ids, start)`` -> (person, facility id) of everybody among them, by whichever record, who
#: holds a privilege there on any day from ``start`` on. One query.
Places = Callable[[Iterable[int], dt.date], set[tuple[int, int]]]
_places: list[Places] = []


def register_places(places: Places) -> Places:
    """Say how to ask where people hold privileges; one room does so, when the apps are ready."""
    if _places:
        raise RuntimeError("Where privileges are held is registered twice.")
    _places.append(places)
    return places


def places_of_privileges(practitioner_ids: Iterable[int], start: dt.date) -> set[tuple[int, int]]:
    """(person, facility) of everybody among the people who holds a privilege there from ``start`` on, now or
    later.
    """
    return _places[0](practitioner_ids, start) if _places else set()


#: ``(practitioner ids, facility, on, known_at)`` -> ids of the people among them who hold a privilege there
#: on the day that rests on no appointment (locum tenens, temporary). One query.
Alone = Callable[[Collection[int], Facility, dt.date, dt.datetime | None], set[int]]
_alone: list[Alone] = []


def register_alone(alone: Alone) -> Alone:
    """Say how to ask who holds privileges that rest on no appointment; one room does so."""
    if _alone:
        raise RuntimeError("Who holds privileges without an appointment is registered twice.")
    _alone.append(alone)
    return alone


def hold_without_appointment(
    practitioner_ids: Collection[int], facility, on: dt.date, known_at: dt.datetime | None = None
) -> set[int]:
    """Of the people, those who hold a privilege at the facility on the day that rests on no appointment: a
    category that carries no privileges does not excuse them. No query where nobody is asked about.
    """
    return _alone[0](practitioner_ids, facility, on, known_at) if _alone and practitioner_ids else set()


#: ``(facility, on, known_at)`` -> the first day of such a privilege held there on the day, by person. One
#: query.
Without = Callable[[Facility, dt.date, dt.datetime | None], dict[int, dt.date]]
_without: list[Without] = []


def register_without(without: Without) -> Without:
    """Say how to ask for everybody who holds privileges that rest on no appointment; one room does so."""
    if _without:
        raise RuntimeError("Everybody who holds privileges without an appointment is registered twice.")
    _without.append(without)
    return without


def held_without_appointment(
    facility: Facility, on: dt.date, known_at: dt.datetime | None = None
) -> dict[int, dt.date]:
    """Everybody who holds a privilege at the facility on the day that rests on no appointment, each with the
    first day of it (of several the earliest).
    """
    return _without[0](facility, on, known_at) if _without else {}


#: ``(practitioner ids, facility, on, known_at)`` -> codes of the privileges held there on the day, by person.
#: One query.
Codes = Callable[[Collection[int], Facility, dt.date, dt.datetime | None], dict[int, set[str]]]
_codes: list[Codes] = []


def register_codes(codes: Codes) -> Codes:
    """Say how to ask which privileges many people hold on a day; one room does so."""
    if _codes:
        raise RuntimeError("Which privileges many people hold is registered twice.")
    _codes.append(codes)
    return codes


def codes_held(
    practitioner_ids: Collection[int], facility, on: dt.date, known_at: dt.datetime | None = None
) -> dict[int, set[str]]:
    """Codes of the privileges of any kind each of the people holds at the facility on the day; who holds none
    is left out. No query where nobody is asked about.
    """
    return _codes[0](practitioner_ids, facility, on, known_at) if _codes and practitioner_ids else {}
