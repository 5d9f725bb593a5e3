"""What an application granted for a time: since when, through which day, and how long it may run at most."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Subquery

from config.audit.models import AuditEvent
from config.kernel.display.dates import day_text
from config.kernel.periods import covers, last_day
from config.rulebook.selectors.parameters import Bound, resolve
from credentialing import kinds
from credentialing.choices import LetterOccasion
from credentialing.endings import ENDED_BESIDE
from credentialing.models import Application, OfficeLetter
from credentialing.selectors.emergencies import GRANTED
from credentialing.selectors.standings import AWAITED_KINDS
from privileging.choices import GrantKind
from privileging.models import GrantPeriod
from privileging.parameters import LONGEST_DAYS

#: Days before its end on which what is granted for a time stands on Today.
SOON = 14
_FOR_A_TIME = [code for code in kinds.KINDS if kinds.kind_of(code).ends == kinds.LIMITED]


@dataclass(frozen=True)
class Limit:
    """How long what is granted for a time may run. ``first`` is day 1, ``end`` the open bound; ``bound`` the
    parameter with its source.
    """

    first: dt.date
    end: dt.date
    bound: Bound

    @property
    def sentence(self) -> str:
        """From when it counts and through which day it may run, with the source."""
        return (
            f"Day 1 was {day_text(self.first)}: the {self.bound.value} days end with "
            f"{day_text(last_day(self.end))} ({self.bound.citation})."
        )


def grants_of(application: Application) -> list[GrantPeriod]:
    """What the application granted, as known now, of any day; one query."""
    return list(
        GrantPeriod.objects.live()
        .filter(identity__request_line__request__application=application)
        .select_related("identity__privilege", "identity__facility", "identity__practitioner", "privilege")
        .order_by("privilege__name", "valid")
    )


def in_force(rows: Sequence[GrantPeriod], on: dt.date) -> list[GrantPeriod]:
    """Those that hold on the day."""
    return [row for row in rows if covers(row.valid, on)]


def limit_of(application: Application, on: dt.date) -> Limit | None:
    """How long what the application grants for a time may run, counted for a grant or an extension of that
    day; None where no limit is on record. Two queries.
    """
    bound = resolve(LONGEST_DAYS.code, subject=application.kind, facility=application.facility, on=on)
    if not bound.is_set:
        return None
    first = first_day(application) or on
    return Limit(first, first + dt.timedelta(days=int(bound.value)), bound)


def first_day(application: Application) -> dt.date | None:
    """The first day of any grant by this application or by another one beside the same awaited one; one
    query. Repeats beside one application count together (MS.06.01.13), on a care need each file for itself.
    """
    rows = GrantPeriod.objects.live()
    if application.awaits_id is None:
        rows = rows.filter(identity__request_line__request__application=application)
    else:
        rows = rows.filter(identity__request_line__request__application__awaits_id=application.awaits_id)
    return rows.aggregate(first=Min("valid__startswith"))["first"]


def may_wait_beside(application: Application) -> bool:
    """Whether temporary privileges can be asked for beside it: complete, not decided, and not a renewal."""
    return application.kind in AWAITED_KINDS and application.status in kinds.AWAITING_BODIES


def waiting_beside(application: Application, on: dt.date) -> list[GrantPeriod]:
    """What was granted for a time beside this application and holds on the day or later; one query."""
    return list(
        GrantPeriod.objects.live()
        .filter(
            identity__request_line__request__application__awaits=application,
            valid__endswith__gt=on,
        )
        .select_related(
            "identity__privilege",
            "identity__facility",
            "identity__practitioner",
            "identity__request_line__request__application__practitioner",
            "identity__request_line__request__application__facility",
            "privilege",
        )
        .order_by("privilege__name", "valid")
    )


def ending_soon(facility, today: dt.date) -> QuerySet[Application]:
    """Applications of which something granted for a time holds today and ends within :data:`SOON` days, with
    ``runs_before`` (the open bound), the first to end in front. Volunteers have clocks of their own.
    """
    running = GrantPeriod.objects.in_force(today).filter(
        ~Q(kind=GrantKind.FULL), identity__request_line__request__application=OuterRef("pk")
    )
    return (
        Application.objects.filter(facility=facility, kind__in=_FOR_A_TIME, status__in=GRANTED)
        .annotate(runs_before=Subquery(running.order_by("-valid").values("valid__endswith")[:1]))
        .filter(runs_before__lte=today + dt.timedelta(days=SOON))
        .select_related("practitioner")
        .order_by("runs_before", "pk")
    )


def ended_untold(facility) -> QuerySet[Application]:
    """Files of temporary privileges that ended with the application they waited beside, of which no letter
    tells yet; the event is the record of the ending. The newest first.
    """
    ended = AuditEvent.objects.filter(subject_uid=OuterRef("uid"), verb=ENDED_BESIDE)
    told = OfficeLetter.objects.filter(
        application=OuterRef("pk"), version__template__occasion=LetterOccasion.TEMPORARY_ENDED
    )
    return (
        Application.objects.filter(Exists(ended), ~Exists(told), facility=facility, awaits__isnull=False)
        .select_related("practitioner", "awaits")
        .order_by("-opened_at", "-pk")
    )
