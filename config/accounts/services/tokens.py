"""Keys by which programs act in a person's name."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.db import transaction

from config.accounts.models import ApiToken, User
from config.accounts.permissions import MFA_ROLES
from config.accounts.policies import holds_any_role, may, require
from config.accounts.signals import token_issued, token_revoked
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused

PERMISSION = "accounts.use_api"
PREFIX = "standing_"
LONGEST_DAYS = 366
#: A token's last use is written at most this often: a busy program must not write with every question.
USE_NOTED_EVERY = dt.timedelta(minutes=10)


def second_factor_missing(user: User) -> bool:
    """Whether the person's roles demand a second factor and none is set up."""
    if not settings.REQUIRE_MFA or not (user.is_staff or holds_any_role(user, MFA_ROLES)):
        return False
    return not is_mfa_enabled(user)


@transaction.atomic
def issue_token(*, actor: User, name: str, days: int = 90) -> tuple[ApiToken, str]:
    """A token for ``actor`` that works for ``days`` days, and its secret, which is shown once and never
    kept.
    """
    require(actor, PERMISSION)
    if second_factor_missing(actor):
        raise Forbidden("Your role needs a second factor: set one up before making a token.")
    if not name.strip():
        raise Refused("Name the program that will use it.", field="name")
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused(f"A token works for 1 to {LONGEST_DAYS} days.", field="days")
    secret = PREFIX + secrets.token_urlsafe(32)
    now = clock.now()
    token = ApiToken.objects.create(
        user=actor,
        name=name.strip(),
        digest=_digest(secret),
        hint=secret[-4:],
        created_at=now,
        expires_at=now + dt.timedelta(days=days),
    )
    token_issued.send(sender=ApiToken, actor=actor, token=token)
    return token, secret


@transaction.atomic
def revoke_token(*, actor: User, token: ApiToken) -> ApiToken:
    """The token no longer works. Its owner may do so, and an administrator."""
    if token.user_id != actor.pk and not may(actor, "accounts.manage"):
        raise Forbidden("Only its owner or an administrator revokes a token.")
    held = ApiToken.objects.select_for_update(of=("self",)).get(pk=token.pk)
    if held.revoked_at is None:
        held.revoked_at, held.revoked_by = clock.now(), actor
        held.save(update_fields=["revoked_at", "revoked_by"])
        token_revoked.send(sender=ApiToken, actor=actor, token=held)
    return held


def token_holder(secret: str) -> User | None:
    """Who may be acted for with this secret now; None when it is unknown, revoked, expired or its owner is
    gone.

    Raises :class:`Forbidden` where the owner has lost the permission, or has no second factor and needs one.
    """
    token = (
        ApiToken.objects.filter(digest=_digest(secret), revoked_at__isnull=True)
        .select_related("user")
        .first()
    )
    now = clock.now()
    if token is None or token.expires_at <= now or not token.user.is_active:
        return None
    require(token.user, PERMISSION)
    if second_factor_missing(token.user):
        raise Forbidden("Your role needs a second factor: set one up in the browser first.")
    if token.last_used_at is None or now - token.last_used_at > USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token.user


def _digest(secret: str) -> str:
    # The secret holds 256 random bits: one round of a plain hash is as good as any slow one.
    return hashlib.sha256(secret.encode()).hexdigest()
