"""What a person's account page shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q, QuerySet, Value

from config.accounts.choices import DataClass, Role
from config.accounts.models import ApiToken, RoleAssignmentPeriod, User
from config.accounts.permissions import ROLE_CLASSES
from config.kernel import clock


@dataclass(frozen=True)
class HeldRole:
    """A role somebody holds, where, and over which days."""

    label: str
    facility: str
    valid: object
    classes: str


def roles_held(user: User) -> list[HeldRole]:
    """Roles of today and of days to come, in one query."""
    rows = (
        RoleAssignmentPeriod.objects.live()
        .filter(identity__user=user)
        .exclude(valid__fully_lt=DateRange(clock.today(), None))
        .select_related("identity__facility")
        .order_by("identity__facility__name", "identity__role", "valid")
    )
    return [
        HeldRole(
            label=str(Role(row.identity.role).label),
            facility=row.identity.facility.name,
            valid=row.valid,
            classes=", ".join(
                str(each.label)
                for each in DataClass
                if each in ROLE_CLASSES[row.identity.role] and each != DataClass.GENERAL
            ),
        )
        for row in rows
    ]


def tokens_of(user: User) -> list[ApiToken]:
    """The person's tokens, newest first, revoked and expired ones included."""
    return list(ApiToken.objects.filter(user=user).select_related("revoked_by"))


FACTORS = {"totp": "one-time password", "webauthn": "passkey or key"}


def with_second_factors(users: QuerySet[User]) -> QuerySet[User]:
    """The users with ``factor_kinds``, the kinds of second factor they have set up (recovery codes are
    none).
    """
    return users.annotate(
        factor_kinds=ArrayAgg(
            "authenticator__type",
            filter=Q(authenticator__type__in=list(FACTORS)),
            distinct=True,
            default=Value([]),
        )
    )


def factor_words(kinds: Iterable[str]) -> list[str]:
    """Kinds of second factor as people name them."""
    return [FACTORS[kind] for kind in kinds]


def second_factors(user: User) -> list[str]:
    """What the person has set up as a second factor, in words."""
    kinds = Authenticator.objects.filter(user=user, type__in=list(FACTORS)).values_list("type", flat=True)
    return factor_words(sorted(set(kinds)))
