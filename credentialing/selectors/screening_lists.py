"""The exclusion lists as they were loaded: which load is the newest, how old it is, and who met it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Count, QuerySet

from config.audit.models import JobRun
from config.kernel import clock
from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve
from credentialing.models import ConnectedSource, ListSnapshot, ScreeningRun
from credentialing.parameters import LIST_AGE_DAYS
from credentialing.selectors.screening import to_screen

#: The ledger's name of the loading of uploaded lists.
UPLOAD_JOB = "exclusion list upload"
#: The same of the loading of lists a machine fetched.
FETCH_JOB = "exclusion list fetch"


def all_loads() -> list[ListSnapshot]:
    """Every load of every list, the newest first: a few dozen a year (one query)."""
    return list(
        ListSnapshot.objects.select_related("loaded_by", "exclusion_list").order_by("-loaded_at", "-pk")
    )


def uploads() -> QuerySet[JobRun]:
    """Lists that were uploaded or fetched, the latest first, with how each load ended."""
    return JobRun.objects.filter(job__in=(UPLOAD_JOB, FETCH_JOB)).order_by("-started_at", "-pk")


def fetches_of(source: ConnectedSource) -> QuerySet[JobRun]:
    """What the ledger says of the fetches of one list, the latest first."""
    return JobRun.objects.filter(job=FETCH_JOB, counts__source=source.code).order_by("-started_at", "-pk")


def list_age_days(facility: Facility | None, on: dt.date) -> int | None:
    """After how many days the newest load of a list is too old at the facility on the day; None where nobody
    says.
    """
    if not facility:
        return None
    value = resolve(LIST_AGE_DAYS, facility=facility, on=on).value
    return int(value) if value else None


def too_old(loads: Iterable[ListSnapshot], limit: int | None, today: dt.date) -> list[ListSnapshot]:
    """Of the newest loads, those that lie more than ``limit`` days back; none where there is no limit."""
    if limit is None:
        return []
    return [load for load in loads if (today - clock.date_at(load.loaded_at)).days > limit]


def last_screening(snapshots: Iterable[ListSnapshot]) -> dict[str, object]:
    """When anybody was last screened, how many people stand screened against every one of ``snapshots`` (the
    newest loads), and how many of those who are to be screened do not; five queries.
    """
    newest = ScreeningRun.objects.order_by("-screened_at").values_list("screened_at", flat=True).first()
    loads = [each.pk for each in snapshots]
    if not loads:
        return {"at": newest, "people": 0, "missing": 0}
    wanted, done = set(to_screen(clock.today())), _screened_against(loads)
    return {"at": newest, "people": len(done), "missing": len(wanted - done)}


def _screened_against(loads: list[int]) -> set[int]:
    """Ids of the people who were compared with every one of the loads; one query."""
    rows = (
        ScreeningRun.objects.filter(snapshot__in=loads)
        .order_by()
        .values("practitioner_id")
        .annotate(lists=Count("snapshot", distinct=True))
        .filter(lists=len(loads))
    )
    return set(rows.values_list("practitioner_id", flat=True))


def not_screened(snapshots: Iterable[ListSnapshot], on: dt.date) -> set[int]:
    """Ids of everyone to be screened on the day whom the newest load of some list has not met; none where no
    list is loaded. A handful of queries.
    """
    loads = [each.pk for each in snapshots]
    return set(to_screen(on)) - _screened_against(loads) if loads else set()
