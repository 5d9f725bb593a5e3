"""Who has a right to a hearing before something adverse is decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from bylaws.parameters import HEARING_RIGHTS, bind
from config.rulebook.selectors.parameters import resolve_cases
from practitioners.choices import ProviderType
from practitioners.models import Practitioner


def has_hearing_right(practitioner: Practitioner, facility, on: dt.date) -> bool:
    """Whether somebody of this profession has one at the facility, for an act of that day.

    Federal law knows physicians and dentists (42 USC 11151(8)), the bylaws say who else. Where no source
    says anything everybody has one: nobody loses a right because a parameter is missing. Two queries.
    """
    bound = bind(HEARING_RIGHTS.code, facility=facility, on=on)
    if not bound.is_set:
        return True
    return str(practitioner.provider_type) in {str(each) for each in bound.value}


def professions_without(facility, days: Iterable[dt.date]) -> dict[dt.date, list[str]]:
    """Professions that had none at the facility, by each of these days of an act; days on which no source
    says are left out. One query, none without a day.
    """
    cases = [(facility.pk, day, ()) for day in set(days)]
    if not cases:
        return {}
    found = {}
    for (_, day, _), bounds in resolve_cases([HEARING_RIGHTS.code], cases).items():
        bound = bounds.get((HEARING_RIGHTS.code, ""))
        if bound is not None and bound.is_set:
            having = {str(each) for each in bound.value}
            found[day] = [each for each in ProviderType.values if each not in having]
    return found
