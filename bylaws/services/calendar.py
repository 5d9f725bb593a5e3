"""The address from which a member's calendar reads their meetings: made, withdrawn."""

from __future__ import annotations

import datetime as dt
import secrets

from django.db import transaction

from bylaws.models import CalendarFeed
from bylaws.selectors.calendar import digest_of
from config.accounts.models import User
from config.accounts.policies import facilities_with
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Forbidden

#: A subscription ends by itself (ADR 0012).
WORKS_FOR = dt.timedelta(days=366)
PERMISSION = "bylaws.view_reviews"


@transaction.atomic
def make_feed(*, actor) -> tuple[CalendarFeed, str]:
    """An address for the actor's own meetings, and its secret, which is shown once and never kept. The one
    before no longer works.
    """
    _require(actor)
    User.objects.select_for_update(of=("self",)).get(pk=actor.pk)
    _withdraw(actor)
    secret, now = secrets.token_urlsafe(32), clock.now()
    feed = CalendarFeed.objects.create(
        user=actor, digest=digest_of(secret), created_at=now, expires_at=now + WORKS_FOR
    )
    record_event(actor=actor, verb="calendar_feed.made", subject=feed)
    return feed, secret


@transaction.atomic
def withdraw_feed(*, actor) -> bool:
    """The actor's address no longer works; whether there was one."""
    _require(actor)
    return _withdraw(actor)


def _require(actor) -> None:
    if not facilities_with(actor, PERMISSION):
        raise Forbidden("Members of a committee and whoever runs meetings subscribe to them.")


def _withdraw(actor) -> bool:
    live = CalendarFeed.objects.select_for_update(of=("self",)).filter(user=actor, withdrawn_at__isnull=True)
    feed = live.first()
    if feed is None:
        return False
    feed.withdrawn_at = clock.now()
    feed.save(update_fields=["withdrawn_at"])
    record_event(actor=actor, verb="calendar_feed.withdrawn", subject=feed)
    return True
