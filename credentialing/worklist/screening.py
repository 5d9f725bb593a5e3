"""Exclusion lists, and who met them."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse

from config.kernel import clock
from config.kernel.dates import add_months, month_first
from config.kernel.pages import address
from config.kernel.registries import Waiting, WorkItem, queue
from credentialing import links, policies
from credentialing.choices import (
    MatchClass,
    MatchStatus,
)
from credentialing.models import ScreeningMatch
from credentialing.selectors.certificates import uncertified_months
from credentialing.selectors.expirables import people_ids
from credentialing.selectors.screening import INFORMATION, STANDING, current_snapshots, left_the_list
from credentialing.selectors.screening_lists import list_age_days, not_screened, too_old
from credentialing.selectors.staff_screening import newest_of_everyone
from credentialing.tables import listed_name
from credentialing.worklist.shared import (
    SCREEN,
    as_items,
)
from practitioners.models import Practitioner


@queue(
    code="credentialing-matches",
    title="Possible exclusions",
    permission="credentialing.screen",
    order=10,
    more_url="/screening/?status=new&match_class=attention",
    empty="No match waits for review.",
)
def matches(user, facility, limit: int) -> Waiting:
    """Possible exclusions to be reviewed, the strongest first."""
    rows = (
        policies.visible_matches(user)
        .filter(STANDING, status=MatchStatus.NEW)
        .exclude(INFORMATION)
        .order_by("gravity", "pk")
    )

    def make(row: ScreeningMatch) -> WorkItem:
        second = row.proposed_by_id is not None
        word = MatchClass(row.match_class).label
        gone = left_the_list(row)
        return WorkItem(
            title=f"{row.practitioner} and {listed_name(row)}",
            url=links.match(row),
            detail=(f"{word}. {gone}" if gone else word)
            + (", a second person has to agree" if second and not gone else ""),
            since=clock.date_at(row.found_at, facility),
            colour=MatchClass(row.match_class).colour,
            waiting_for="a second person" if second else "",
        )

    return as_items(rows, limit, make)


@queue(
    code="credentialing-lists-old",
    title="Exclusion lists too old",
    permission=SCREEN,
    order=12,
    empty="Every list is recent enough.",
    slow=True,
)
def lists_too_old(user, facility, limit: int) -> Waiting:
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


@queue(
    code="credentialing-not-screened",
    title="Not screened against the newest lists",
    permission=SCREEN,
    order=13,
    empty="Everybody was compared with the newest load of every list.",
    slow=True,
)
def people_not_screened(user, facility, limit: int) -> Waiting:
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


@queue(
    code="credentialing-certify",
    title="Screening to certify",
    permission=SCREEN,
    order=14,
    empty="Every month that is over is certified.",
    slow=True,
)
def months_to_certify(user, facility, limit: int) -> Waiting:
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


@queue(
    code="credentialing-screening-cut",
    title="Screening cut short",
    permission="credentialing.screen",
    order=11,
    more_url="/screening/runs/",
    empty="The month's screening of the staff was not canceled.",
)
def month_cut_short(user, facility, limit: int) -> Waiting:
    """This month's screening of the whole staff, where it was canceled: the month cannot be certified until
    another one has finished. One query.
    """
    newest = newest_of_everyone()
    if newest is None or newest.cancelled_at is None:
        return 0, []
    cancelled_on = clock.date_at(newest.cancelled_at, facility)
    if month_first(cancelled_on) != month_first(clock.today(facility)):
        return 0, []
    item = WorkItem(
        title="The screening of the whole staff was canceled",
        url=links.staff_screening(newest),
        detail="The month can be certified once everyone was screened",
        since=cancelled_on,
        colour="warn",
    )
    return 1, [item][:limit]
