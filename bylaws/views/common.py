"""What the pages of this room share."""

from __future__ import annotations

from typing import Any

from django.http import Http404

from config.accounts.policies import require
from config.accounts.selectors.facilities import current_facility
from config.kernel.errors import Forbidden
from config.organization.models import Facility


def facility_for(request, permission: str) -> Facility:
    """The facility the person works at now, when the role there includes ``permission``; else a refusal."""
    facility = current_facility(request)
    if facility is None:
        raise Forbidden("You hold no role at a facility.")
    require(request.user, permission, facility)
    return facility


def found(thing: Any) -> Any:
    """The thing, or "not found" when there is none the person may see."""
    if thing is None:
        raise Http404
    return thing
