"""What the queues of this room share: their permissions, and how lists are narrowed."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse

from config.kernel import clock
from config.kernel.pages import address
from config.kernel.registries import Waiting
from credentialing import policies
from credentialing.models import Application

MANAGE, VERIFY = "credentialing.manage_application", "credentialing.verify"
REMIND = "credentialing.send_reminders"
SCREEN = "credentialing.screen"


def list_of(name: str, **asked: str):
    """The list of that name, narrowed to the facility."""
    return lambda user, facility: address(reverse(name), **asked, facility=facility.code)


def my_list(user, facility) -> str:
    """The files I work on at the facility."""
    return address(
        reverse("credentialing:list"), status="working", coordinator=user.uid, facility=facility.code
    )


def as_items(queryset, limit: int, make) -> Waiting:
    """The rows counted, and the first of them as ``make`` tells each."""
    total = queryset.count()
    return total, [make(row) for row in queryset[:limit]] if total else []


def applications_of(user, facility, *statuses: str):
    """The facility's applications in these states that the user may see."""
    return policies.visible_applications(user).filter(facility=facility, status__in=statuses)


def waits_since(application: Application) -> dt.date:
    """Since when it waits: the day it was received, else opened."""
    return application.received_on or clock.date_at(application.opened_at, application.facility)
