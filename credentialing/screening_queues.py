"""Queues of the Today page about exclusion lists and who met them; ``worklist.py`` registers them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.urls import reverse

from config.kernel import clock
from config.kernel.dates import add_months
from config.kernel.pages import address
from config.kernel.registries import WorkItem
from credentialing import links
from credentialing.selectors.certificates import uncertified_months
from credentialing.selectors.expirables import people_ids
from credentialing.selectors.screening import current_snapshots
from credentialing.selectors.screening_lists import list_age_days, not_screened, too_old
from practitioners.models import Practitioner

Items = tuple[int, Sequence[WorkItem]]


def lists_too_old(user, facility, limit: int) -> Items:
    """Exclusion lists whose newest load is older than the facility allows, the oldest first; two queries."""
    today = clock.today(facility)
    days = list_age_days(facility, today)
    old = sorted(too_old(current_snapshots(), days, today), key=lambda load: load.loaded_at)
    return len(old), [
        WorkItem(
            title=load.exclusion_list.name,
            url=reverse("credentialing:list_load"),
            detail=f"Load {load.number} is more than {days} days old: load the newest file",
            since=clock.date_at(load.loaded_at, facility),
            colour="bad",
        )
        for load in old[:limit]
    ]


def people_not_screened(user, facility, limit: int) -> Items:
    """People of the facility whom the newest load of some list has not met yet, by name."""
    ids = not_screened(current_snapshots(), clock.today(facility))
    if not ids:
        return 0, []
    rows = (
        Practitioner.objects.filter(pk__in=people_ids([facility.pk]))
        .filter(pk__in=list(ids))
        .exclude(user=user)
        .order_by("sort_name", "pk")
    )
    total = rows.count()
    return total, [
        WorkItem(
            title=person.display_name,
            url=links.practitioner(person),
            detail="Not compared with the newest load of every exclusion list",
            colour="warn",
        )
        for person in rows[:limit]
    ]


def months_to_certify(user, facility, limit: int) -> Items:
    """Months that are over and whose screening nobody certified, the oldest first; two queries."""
    months = uncertified_months(facility)
    return len(months), [
        WorkItem(
            title=f"Screening of {month:%B %Y}",
            url=address(reverse("credentialing:certificate_add"), month=month.isoformat()),
            detail="Nobody certified it yet",
            since=add_months(month, 1),
            colour="warn" if _last(month, facility) else "bad",
        )
        for month in months[:limit]
    ]


def _last(month: dt.date, facility) -> bool:
    """Whether it is the month before this one."""
    return add_months(month, 2) > clock.today(facility)
