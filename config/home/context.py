"""What every page gets besides its own: menu, facility, today, roles."""

from __future__ import annotations

from django.conf import settings

from bylaws.selectors.peer_review import statement_of
from config.accounts.choices import DataClass, Role
from config.accounts.policies import permissions, roles_by_facility
from config.accounts.selectors.facilities import current_facility, facilities_of
from config.audit.context import classes_read
from config.home.menus import menu
from config.kernel import clock


def navigation(request) -> dict:
    """Menu of the roles held at the current facility, that facility, its date, and where else the person
    works. What marks a page that shows peer review, where this one's reading was logged as such.
    """
    user = getattr(request, "user", None)
    frame = {"version": settings.STANDING_VERSION, "notice": settings.STANDING_NOTICE}
    if user is None or not user.is_authenticated:
        return frame
    place = current_facility(request)
    roles = roles_by_facility(user).get(place.pk, set()) if place else set()
    return frame | {
        "peer_review_statement": statement_of(place) if DataClass.PEER_REVIEW in classes_read() else "",
        "facility": place,
        "facilities": facilities_of(user),
        "today": clock.today(place),
        "role_names": ", ".join(str(role.label) for role in Role if role in roles),
        "navigation": menu(roles, permissions(user, place) if place else set(), request.path),
    }
