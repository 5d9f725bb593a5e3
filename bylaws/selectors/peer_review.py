"""The words that mark what is peer review: of the state's statute, as counsel set them (a parameter)."""

from __future__ import annotations

from django.core.cache import cache

from bylaws.parameters import PEER_REVIEW_STATEMENT, bind
from config.kernel import clock
from config.organization.models import Facility

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
    key = f"peer-review-statement:{facility.pk}"
    found = cache.get(key)
    if found is None:
        bound = bind(PEER_REVIEW_STATEMENT.code, facility=facility, on=clock.today(facility))
        found = " ".join(str(bound.value).split()) if bound.is_set else UNSET
        cache.set(key, found, REPEATED)
    return found
