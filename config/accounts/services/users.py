"""Making users, and giving and ending roles."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from config.accounts.choices import Role
from config.accounts.models import RoleAssignment, RoleAssignmentPeriod, User
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.periods import end_before, rewrite, through
from config.organization.models import Facility


def system_user() -> User:
    """The account in whose name the system's own jobs act. It cannot sign in."""
    user = User.objects.filter(is_system=True).first()
    if user is None:
        user = User(
            username=User.SYSTEM_USERNAME, first_name="Standing", last_name="(automatic)", is_system=True
        )
        user.set_unusable_password()
        user.save()
    return user


@transaction.atomic
def give_role(
    *,
    actor,
    user: User,
    role: Role,
    facility: Facility,
    start: dt.date | None = None,
    last_day: dt.date | None = None,
) -> RoleAssignment:
    """Give a role at a facility from ``start`` (default today) through ``last_day`` (default: no end)."""
    if user.is_system:
        raise Refused("The system's own account takes no roles.")
    first = start or clock.today(facility)
    assignment, _ = RoleAssignment.objects.get_or_create(
        user=user, role=role, facility=facility, defaults={"created_at": clock.now(), "created_by": actor}
    )
    rewrite(
        RoleAssignmentPeriod,
        assignment,
        valid=DateRange(first, through(last_day)),
        actor=actor,
        reason="Role given",
        content={},
    )
    user.__dict__.pop("_roles_on", None)
    return assignment


@transaction.atomic
def end_role(*, actor, assignment: RoleAssignment, day: dt.date, reason: str) -> None:
    """The role is no longer held from ``day`` on."""
    end_before(RoleAssignmentPeriod, assignment, day=day, actor=actor, reason=reason)
