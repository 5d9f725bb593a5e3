"""Who has a right to a hearing before something adverse is decided."""

from __future__ import annotations

import datetime as dt

from bylaws.parameters import HEARING_RIGHTS, bind
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


def professions_without(facility, on: dt.date) -> list[str]:
    """Professions that have none at the facility on the day; empty where no source says. Two queries."""
    bound = bind(HEARING_RIGHTS.code, facility=facility, on=on)
    if not bound.is_set:
        return []
    having = {str(each) for each in bound.value}
    return [each for each in ProviderType.values if each not in having]
