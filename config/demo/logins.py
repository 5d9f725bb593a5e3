"""The logins of the demo as they stand in the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from config.accounts.choices import Role
from config.accounts.models import RoleAssignmentPeriod, User
from config.demo.accounts import FIRST, PASSWORD
from config.kernel import clock
from config.kernel.errors import Refused

COORDINATORS = {str(Role.CREDENTIALING_COORDINATOR), str(Role.MEDICAL_STAFF_COORDINATOR)}


@dataclass(frozen=True)
class Login:
    """One line of the table."""

    username: str
    name: str
    role: str
    facilities: str
    first: str


def logins() -> list[Login]:
    """Every account with something to try, in the order of the roles; the others share the password."""
    rows = (
        RoleAssignmentPeriod.objects.in_force(clock.today())
        .filter(identity__user__username__in=list(FIRST))
        .select_related("identity__user", "identity__facility")
    )
    held: dict[User, dict[str, list[str]]] = {}
    for row in rows:
        roles = held.setdefault(row.identity.user, {})
        roles.setdefault(row.identity.role, []).append(row.identity.facility.code)
    if not held:
        raise Refused("There is no demo world in this database; manage.py seed_demo builds one.")
    order = {str(role): number for number, role in enumerate(Role)}
    found = [
        (
            min(order[role] for role in roles),
            Login(
                username=user.username,
                name=str(user),
                role=_title(roles, order),
                facilities=", ".join(sorted({code for codes in roles.values() for code in codes})),
                first=FIRST[user.username],
            ),
        )
        for user, roles in held.items()
    ]
    return [login for _, login in sorted(found, key=lambda each: (each[0], each[1].username))]


def _title(roles: Iterable[str], order: dict[str, int]) -> str:
    if set(roles) == COORDINATORS:
        return "Both coordinators"
    return ", ".join(str(Role(role).label) for role in sorted(roles, key=lambda each: order[each]))


def table() -> str:
    """The logins as text, with the password they share."""
    lines = logins()
    widths = {
        name: max(len(title), *(len(getattr(line, name)) for line in lines))
        for name, title in (("username", "User name"), ("role", "Role"), ("facilities", "Where"))
    }
    body = [
        f"{line.username:{widths['username']}}  {line.role:{widths['role']}}  "
        f"{line.facilities:{widths['facilities']}}  {line.first}"
        for line in [Login("User name", "", "Role", "Where", "Try first"), *lines]
    ]
    return "\n".join([f"Every login has the password  {PASSWORD}", "", *body])
