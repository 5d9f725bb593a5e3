"""The words that mark what is peer review: of the state's statute, as counsel set them (a parameter)."""

from __future__ import annotations

from django.core.cache import cache

from bylaws.parameters import PEER_REVIEW_STATEMENT, bind
from config.kernel import clock
from config.organization.models import Facility
from config.rulebook.selectors.parameters import Bound

#: Where no source says anything.
UNSET = "Confidential peer review information."
#: How many seconds the words are repeated without being asked for again.
REPEATED = 60


def statement_of(facility: Facility | None) -> str:
    """What stands on every page and paper of peer review of the facility, as of today. One query, repeated
    for a minute.
    """
    if facility is None:
        return UNSET
    found = cache.get(_key(facility))
    if found is None:
        found = remember(
            facility, bind(PEER_REVIEW_STATEMENT.code, facility=facility, on=clock.today(facility))
        )
    return found


def remember(facility: Facility, bound: Bound) -> str:
    """Keep the words for a minute, as they were read with other parameters of today; answers them."""
    found = " ".join(str(bound.value).split()) if bound.is_set else UNSET
    cache.set(_key(facility), found, REPEATED)
    return found


def _key(facility: Facility) -> str:
    return f"peer-review-statement:{facility.pk}"
