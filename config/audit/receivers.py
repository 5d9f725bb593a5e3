"""Acts on accounts and sign-ins, written into the audit trail."""

from __future__ import annotations

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver

from config.accounts.signals import (
    account_changed,
    role_ended,
    role_given,
    saved_list_changed,
    token_issued,
    token_revoked,
)
from config.audit.services.events import record_event


@receiver(role_given)
def _role_given(actor, assignment, valid, **more):
    record_event(
        actor=actor,
        verb="role.given",
        subject=assignment,
        facility=assignment.facility,
        data={
            "user": str(assignment.user.uid),
            "role": str(assignment.role),
            "from": valid.lower.isoformat() if valid.lower else None,
            "before": valid.upper.isoformat() if valid.upper else None,
        },
    )


@receiver(role_ended)
def _role_ended(actor, assignment, day, reason, **more):
    record_event(
        actor=actor,
        verb="role.ended",
        subject=assignment,
        facility=assignment.facility,
        reason=reason,
        data={
            "user": str(assignment.user.uid),
            "role": str(assignment.role),
            "from": day.isoformat(),
        },
    )


@receiver(account_changed)
def _account_changed(actor, user, verb, reason, **more):
    record_event(actor=actor, verb=verb, subject=user, reason=reason)


@receiver(token_issued)
def _token_issued(actor, token, **more):
    record_event(
        actor=actor,
        verb="api_token.issued",
        subject=token,
        data={"expires": token.expires_at.isoformat()},
    )


@receiver(token_revoked)
def _token_revoked(actor, token, **more):
    record_event(actor=actor, verb="api_token.revoked", subject=token)


@receiver(saved_list_changed)
def _saved_list(actor, saved, verb, **more):
    record_event(actor=actor, verb=verb, subject=saved, data={"page": saved.page, "shared": saved.shared})


@receiver(user_logged_in)
def _signed_in(user, **more):
    record_event(actor=user, verb="session.signed_in", subject=user)


@receiver(user_logged_out)
def _signed_out(user, **more):
    if user is not None:  # the session may have ended by itself before
        record_event(actor=user, verb="session.signed_out", subject=user)


@receiver([password_changed, password_set, password_reset])
def _password_changed(user, **more):
    record_event(actor=user, verb="account.password_changed", subject=user)


@receiver(authenticator_added)
def _factor_added(user, authenticator, **more):
    _factor(user, "account.second_factor_added", authenticator)


@receiver(authenticator_reset)
def _factor_reset(user, authenticator, **more):
    _factor(user, "account.second_factor_reset", authenticator)


@receiver(authenticator_removed)
def _factor_removed(user, authenticator, **more):
    _factor(user, "account.second_factor_removed", authenticator)


def _factor(user, verb, authenticator):
    record_event(actor=user, verb=verb, subject=user, data={"type": str(authenticator.type)})
