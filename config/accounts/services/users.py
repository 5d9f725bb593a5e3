"""Making users, and giving and ending roles."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from config.accounts.choices import Role
from config.accounts.models import RoleAssignment, RoleAssignmentPeriod, User
from config.accounts.policies import forget_roles, require
from config.accounts.signals import account_changed, role_ended, role_given
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.kernel.periods import days, end_before, rewrite, through
from config.organization.models import Facility

MANAGE = "accounts.manage"


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
def create_user(
    *,
    actor,
    username: str,
    email: str,
    first_name: str = "",
    last_name: str = "",
    password: str | None = None,
) -> User:
    """Make an account. Without a password its owner sets one by the link "Forgot your password?"."""
    require(actor, MANAGE)
    name = username.strip()
    if not name:
        raise Refused("Give the account a user name.", field="username")
    if User.objects.filter(username__iexact=name).exists():
        raise Refused(f'There is an account named "{name}" already.', field="username")
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise Refused("Give the account an e-mail address like name@hospital.org.", field="email") from None
    if User.objects.filter(email__iexact=address).exists():
        raise Refused("Another account has this e-mail address.", field="email")
    user = User(username=name, email=address, first_name=first_name.strip(), last_name=last_name.strip())
    if password is None:
        user.set_unusable_password()
    else:
        try:
            validate_password(password, user)
        except ValidationError as problem:
            raise Refused(" ".join(problem.messages), field="password") from None
        user.set_password(password)
    user.save()
    account_changed.send(sender=User, actor=actor, user=user, verb="account.created", reason="")
    return user


@transaction.atomic
def set_active(*, actor, user: User, active: bool, reason: str) -> User:
    """Let an account sign in, or no longer. Its roles stay on record; without signing in they give
    nothing.
    """
    require(actor, MANAGE)
    if user.is_system:
        raise Refused("The system's own account cannot be changed.")
    if user.pk == actor.pk:
        raise Refused("Nobody closes or opens their own account.")
    if not reason.strip():
        raise Refused("Say why.", field="reason")
    user.is_active = active
    user.save(update_fields=["is_active"])
    verb = "account.opened" if active else "account.closed"
    account_changed.send(sender=User, actor=actor, user=user, verb=verb, reason=reason.strip())
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
    """Give a role at a facility from ``start`` (default today there) through ``last_day`` (default: no
    end).
    """
    require(actor, MANAGE, facility)
    if role not in Role.values:
        raise Refused(f'"{role}" is not a role.', field="role")
    if user.is_system:
        raise Refused("The system's own account takes no roles.")
    if user.pk == actor.pk and not _may_help_oneself(actor):
        raise Forbidden("Nobody gives a role to themselves; ask another administrator.")
    valid = days(start or clock.today(facility), through(last_day))
    assignment, _ = RoleAssignment.objects.get_or_create(
        user=user,
        role=str(role),
        facility=facility,
        defaults={"created_at": clock.now(), "created_by": actor},
    )
    rewrite(RoleAssignmentPeriod, assignment, valid=valid, actor=actor, reason="Role given", content={})
    forget_roles(user)
    role_given.send(sender=RoleAssignment, actor=actor, assignment=assignment, valid=valid)
    return assignment


def _may_help_oneself(actor) -> bool:
    """A one-person office must still work: the only administrator may take further roles."""
    others = (
        RoleAssignmentPeriod.objects.in_force(clock.today())
        .filter(identity__role=Role.ADMINISTRATOR, identity__user__is_active=True)
        .exclude(identity__user=actor)
    )
    return not others.exists()


@transaction.atomic
def end_role(*, actor, assignment: RoleAssignment, day: dt.date, reason: str) -> None:
    """The role is no longer held from ``day`` on."""
    require(actor, MANAGE, assignment.facility)
    if not reason.strip():
        raise Refused("Say why the role ends.", field="reason")
    if assignment.user_id == actor.pk and assignment.role == Role.ADMINISTRATOR:
        raise Refused("Nobody ends their own role as administrator; ask another administrator.")
    end_before(RoleAssignmentPeriod, assignment, day=day, actor=actor, reason=reason.strip())
    forget_roles(assignment.user)
    role_ended.send(sender=RoleAssignment, actor=actor, assignment=assignment, day=day, reason=reason.strip())


@transaction.atomic
def create_first_administrator(*, username: str, email: str, password: str) -> User:
    """The account that a new installation begins with: administrator at every facility.

    Refused once anybody is administrator: from then on administrators make accounts.
    """
    if RoleAssignmentPeriod.objects.live().filter(identity__role=Role.ADMINISTRATOR).exists():
        raise Refused("There is an administrator already; they make further accounts.")
    facilities = list(Facility.objects.all())
    if not facilities:
        raise Refused("There is no facility yet; an administrator is one of a facility.")
    actor = system_user()
    user = create_user(actor=actor, username=username, email=email, password=password)
    for facility in facilities:
        give_role(actor=actor, user=user, role=Role.ADMINISTRATOR, facility=facility)
    return user
