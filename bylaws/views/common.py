"""What the pages of this room share."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import reverse

from bylaws.choices import WaitsFor
from config.accounts.policies import require
from config.accounts.selectors.facilities import current_facility
from config.kernel.errors import Forbidden
from config.kernel.pages import Action
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


def who_was_told(what: WaitsFor, uid: UUID) -> Action:
    """Where the office sees who was told by mail that it waits, and whom the mail did not reach."""
    return Action("Who was told", url=reverse("credentialing:members_told", args=[what, uid]), icon="mail")
