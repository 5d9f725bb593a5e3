"""Officers who act alone for a time-limited grant: the president of the medical staff, the chief executive.

Each office is a role held at the facility; the chief medical officer is the designee of both, and says why
the officer does not act. Whoever recommended on a file does not also grant it.

Where the records of the medical staff name a president for the day (``selectors/offices.py``), of the
accounts with that role only that person's acts; where they name none, the role decides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bylaws.choices import Body
from bylaws.selectors.alternates import absence_of, away_on
from bylaws.selectors.offices import presidents_of_record
from config.accounts.choices import Role
from config.accounts.models import RoleAssignmentPeriod
from config.accounts.policies import facilities_of, roles_by_facility
from config.kernel import clock
from config.kernel.periods import covers

#: Who holds each office, the officer first, then the designee.
OFFICES: dict[str, tuple[Role, ...]] = {
    Body.STAFF_PRESIDENT: (Role.MEDICAL_STAFF_PRESIDENT, Role.CHIEF_MEDICAL_OFFICER),
    Body.CHIEF_EXECUTIVE: (Role.CHIEF_EXECUTIVE, Role.CHIEF_MEDICAL_OFFICER),
}


@dataclass(frozen=True)
class Officer:
    """Somebody who may act for an office; ``designee``: in the place of whoever holds it."""

    user: Any
    role: str
    designee: bool
    away: str = ""  # that they are away, and until when, to follow "is"

    @property
    def title(self) -> str:
        """The role in words."""
        return str(Role(self.role).label)


def officers_of(body: Body, facility, on: dt.date) -> list[Officer]:
    """Who may act for the office at the facility on the day, the officer before the designee; two
    queries.
    """
    return officers_at({facility.pk: on}).get((str(body), facility.pk), [])


def officers_at(days: dict[int, dt.date]) -> dict[tuple[str, int], list[Officer]]:
    """By body and facility, each facility on its day; two queries for all, none without any facility."""
    found: dict[tuple[str, int], list[Officer]] = {}
    if not days:
        return found
    roles = {role for offices in OFFICES.values() for role in offices}
    rows = (
        RoleAssignmentPeriod.objects.live()
        .filter(
            identity__facility_id__in=list(days), identity__role__in=roles, identity__user__is_active=True
        )
        .annotate(away_valid=absence_of("identity__facility", days.values()))
        .select_related("identity__user")
        .order_by("pk")
    )
    holders = [row for row in rows if covers(row.valid, days[row.identity.facility_id])]
    presidents = presidents_of_record(days) if holders else {}
    for body, offices in OFFICES.items():
        for number, role in enumerate(offices):
            for row in holders:
                each = row.identity
                if each.role == role and _of_record(presidents, each.facility_id, role, each.user_id):
                    away = away_on(row.away_valid, days[each.facility_id])
                    found.setdefault((str(body), each.facility_id), []).append(
                        Officer(each.user, str(role), designee=number > 0, away=away)
                    )
    return found


def _of_record(presidents: Mapping[int, int | None], facility_id: int, role: Role, user_id: int) -> bool:
    """Whether the records let the account act by the role: they name it as president, or name nobody."""
    if role != Role.MEDICAL_STAFF_PRESIDENT or facility_id not in presidents:
        return True
    return presidents[facility_id] == user_id


def offices_of(user) -> list[tuple[str, int]]:
    """The offices for which the person may act today, each with the id of its facility. One query for whoever
    has the role of the president, kept on the user object.
    """
    held = roles_by_facility(user)
    presidents = _presidents_for(user, held)
    return [
        (str(body), facility_id)
        for facility_id, roles in held.items()
        for body, offices in OFFICES.items()
        if any(role in roles and _of_record(presidents, facility_id, role, user.pk) for role in offices)
    ]


def _presidents_for(user, held: Mapping[int, Any]) -> dict[int, int | None]:
    """Who the records call president where the person has that role."""
    mine = [place for place, roles in held.items() if Role.MEDICAL_STAFF_PRESIDENT in roles]
    if not mine:
        return {}
    cached = user.__dict__.get("_presidents_of_record")
    if cached is None:
        places = [place for place in facilities_of(user) if place.pk in mine]
        cached = presidents_of_record({place.pk: clock.today(place) for place in places})
        user.__dict__["_presidents_of_record"] = cached
    return cached


def is_office(body: str) -> bool:
    """Whether the body is an officer's."""
    return body in OFFICES


def titles(officers: Iterable[Officer]) -> str:
    """The officers by name, for a sentence."""
    return " or ".join(dict.fromkeys(str(each.user) for each in officers))
