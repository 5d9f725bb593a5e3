"""Where a person works, and where they are working now."""

from __future__ import annotations

from config.accounts.policies import facilities_of
from config.organization.models import Facility

#: The session remembers the facility's uid under this name.
SESSION_KEY = "facility"


def current_facility(request) -> Facility | None:
    """The facility chosen in the session, while the person still works there; else their first one."""
    places = facilities_of(request.user)
    chosen = request.session.get(SESSION_KEY, "") if hasattr(request, "session") else ""
    return next((place for place in places if str(place.uid) == chosen), places[0] if places else None)


def choose_facility(request, uid: str) -> Facility | None:
    """Remember the facility of that uid for this session; None when the person does not work there."""
    place = next((place for place in facilities_of(request.user) if str(place.uid) == uid), None)
    if place is not None:
        request.session[SESSION_KEY] = str(place.uid)
    return place
