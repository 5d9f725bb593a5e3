"""Who may do what, where. Pairs: ``may_…`` answers, ``require_…`` refuses with a sentence."""

from __future__ import annotations

import datetime as dt

from config.accounts.choices import DataClass
from config.accounts.models import RoleAssignmentPeriod, User
from config.accounts.permissions import PERMISSIONS, ROLE_CLASSES, ROLE_PERMISSIONS
from config.kernel import clock
from config.kernel.errors import Forbidden
from config.organization.models import Facility


def roles_by_facility(user, on: dt.date | None = None) -> dict[int, set[str]]:
    """Roles held today (or ``on``) by facility id. Read once per user object and kept on it."""
    day = on or clock.today()
    cache = user.__dict__.setdefault("_roles_on", {})
    if day not in cache:
        held: dict[int, set[str]] = {}
        if user.is_authenticated and user.is_active:
            places = user.__dict__.setdefault("_facilities", {})
            rows = RoleAssignmentPeriod.objects.in_force(day).filter(identity__user=user)
            for row in rows.select_related("identity__facility__npdb_entity"):
                held.setdefault(row.identity.facility_id, set()).add(row.identity.role)
                places[row.identity.facility_id] = row.identity.facility
        cache[day] = held
    return cache[day]


def facilities_of(user) -> list[Facility]:
    """Facilities at which the person holds a role today, by name; kept on the user object with the roles."""
    held = roles_by_facility(user) if user.is_authenticated else {}
    return sorted((user.__dict__["_facilities"][pk] for pk in held), key=lambda place: place.name)


def forget_roles(user) -> None:
    """Read the person's roles anew when next asked: they have just changed."""
    user.__dict__.pop("_roles_on", None)


def permissions(user, facility: Facility | None) -> set[str]:
    """Permissions held at the facility, or at any facility when None. The system account holds all."""
    if getattr(user, "is_system", False):
        return set(PERMISSIONS) | {"system"}
    held = roles_by_facility(user)
    roles = held.get(facility.pk, set()) if facility is not None else set().union(*held.values(), set())
    return set().union(*(ROLE_PERMISSIONS[role] for role in roles), set())


def may(user, permission: str, facility: Facility | None = None) -> bool:
    """Whether the person holds the permission at the facility (None: at any)."""
    return permission in permissions(user, facility)


def require(user, permission: str, facility: Facility | None = None) -> None:
    """Refuse unless :func:`may`."""
    if not may(user, permission, facility):
        where = f" at {facility}" if facility is not None else ""
        what = PERMISSIONS.get(permission, permission)
        raise Forbidden(f'Your roles{where} do not include "{what}".')


def may_everywhere(user, permission: str) -> bool:
    """Whether the person holds the permission at every facility, as what concerns all of them needs."""
    if getattr(user, "is_system", False):
        return True
    return bool(roles_by_facility(user)) and set(facilities_with(user, permission)) == set(
        Facility.objects.values_list("pk", flat=True)
    )


def require_everywhere(user, permission: str) -> None:
    """Refuse unless :func:`may_everywhere`."""
    if not may_everywhere(user, permission):
        what = PERMISSIONS.get(permission, permission)
        raise Forbidden(f'This concerns every facility; you need "{what}" at each of them.')


def facilities_with(user, permission: str) -> list[int]:
    """Ids of the facilities at which the person holds the permission; for queryset filters."""
    if getattr(user, "is_system", False):
        return list(Facility.objects.values_list("pk", flat=True))
    return [
        facility_id
        for facility_id, roles in roles_by_facility(user).items()
        if any(permission in ROLE_PERMISSIONS[role] for role in roles)
    ]


def data_classes(user, facility: Facility | None = None) -> set[str]:
    """Confidentiality classes the person may see at the facility (None: at any)."""
    if getattr(user, "is_system", False):
        return {str(member) for member in DataClass}
    held = roles_by_facility(user)
    roles = held.get(facility.pk, set()) if facility is not None else set().union(*held.values(), set())
    return {str(name) for role in roles for name in ROLE_CLASSES[role]}


def may_see_class(user, data_class: str, facility: Facility | None = None) -> bool:
    """Whether data of the class may be shown to the person."""
    return str(data_class) in data_classes(user, facility)


def facilities_with_class(user, data_class: str) -> list[int]:
    """Ids of the facilities at which the person's roles open the class; for queryset filters."""
    if getattr(user, "is_system", False):
        return list(Facility.objects.values_list("pk", flat=True))
    return [
        facility_id
        for facility_id, roles in roles_by_facility(user).items()
        if any(data_class in ROLE_CLASSES[role] for role in roles)
    ]


def require_class(user, data_class: str, facility: Facility | None = None) -> None:
    """Refuse unless :func:`may_see_class`."""
    if not may_see_class(user, data_class, facility):
        raise Forbidden(f'Your roles do not open the class "{DataClass(data_class).label}".')


def holds_any_role(user, roles) -> bool:
    """Whether the person holds one of the roles anywhere today."""
    return any(held & {str(role) for role in roles} for held in roles_by_facility(user).values())


def is_system(user: User) -> bool:
    """Whether this is the account of the system's own jobs."""
    return bool(getattr(user, "is_system", False))
