"""Bars: what keeps granted authority from being used for a time. The grant itself never changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from bylaws.choices import BarKind, BarScope
from bylaws.models import Bar, BarPeriod
from bylaws.policies import require_not_own_file
from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.periods import days, end_before, last_day, open_period, void
from practitioners.selectors.canonical import among
from practitioners.services.people import lock_practitioner, lock_record


@transaction.atomic
def open_bar(
    *,
    actor,
    practitioner,
    facility,
    kind: str,
    cause: str,
    start: dt.date,
    end: dt.date | None = None,
    rule_code: str = "",
    credential=None,
    scope: str = BarScope.ALL_PRIVILEGES,
    privilege_codes: Sequence[str] = (),
    citation: str = "",
) -> Bar:
    """Record a suspension, leave or restriction from ``start`` to before ``end`` (None: until lifted).

    Of the consequence of one rule (``rule_code``) a person has one live bar per facility; asking again
    answers with the one there is.
    """
    require(actor, "bylaws.manage_bars", facility)
    lock_practitioner(practitioner)
    require_not_own_file(actor, practitioner, doing="record a suspension or leave on")
    valid = days(start, end)
    if kind not in BarKind.values:
        raise Refused(f'"{kind}" is no kind of bar.', field="kind")
    if not cause.strip():
        raise Refused("Say the cause.", field="cause")
    codes = sorted({code.strip() for code in privilege_codes if code.strip()})
    if scope == BarScope.LISTED and not codes:
        raise Refused("List the privileges it reaches, or choose all privileges.", field="privilege_codes")
    if scope == BarScope.ALL_PRIVILEGES and codes:
        raise Refused("It reaches all privileges; leave the list empty.", field="privilege_codes")
    if rule_code:
        standing = (
            Bar.objects.filter(
                practitioner__in=among([practitioner.pk]),
                facility=facility,
                rule_code=rule_code,
                periods__superseded_at__isnull=True,
                periods__valid__overlap=valid,
            )
            .order_by("pk")
            .first()
        )
        if standing is not None:
            return standing
    moment = clock.now()
    bar = Bar.objects.create(
        practitioner=practitioner,
        facility=facility,
        kind=kind,
        rule_code=rule_code,
        credential=credential,
        created_at=moment,
        created_by=actor,
    )
    open_period(
        BarPeriod,
        bar,
        valid=valid,
        actor=actor,
        at=moment,
        cause=cause.strip(),
        scope=scope,
        privilege_codes=codes,
        citation=citation,
    )
    record_event(
        actor=actor,
        verb="bar.opened",
        subject=bar,
        practitioner=practitioner,
        facility=facility,
        data={
            "kind": str(kind),
            "from": start.isoformat(),
            "through": last_day(end).isoformat() if end else None,
            "rule": rule_code,
            "scope": str(scope),
        },
    )
    return bar


@transaction.atomic
def lift_bar(*, actor, bar: Bar, day: dt.date, reason: str) -> None:
    """The bar no longer stands from ``day`` on; the days before stay barred."""
    _check(actor, bar, reason)
    live = list(bar.periods.live().order_by("valid"))
    if not live:
        raise Refused("This bar was recorded by mistake and stands no longer.")
    if day <= live[0].valid.lower:
        raise Refused(
            f"It stands since {live[0].valid.lower:%d %b %Y}; one that never should have is a mistake.",
            field="day",
        )
    if live[-1].valid.upper is not None and live[-1].valid.upper <= day:
        raise Refused(f"It has ended on {last_day(live[-1].valid.upper):%d %b %Y}.", field="day")
    end_before(BarPeriod, bar, day=day, actor=actor, reason=reason)
    record_event(
        actor=actor,
        verb="bar.lifted",
        subject=bar,
        reason=reason,
        practitioner=bar.practitioner,
        facility=bar.facility,
        data={"from": day.isoformat()},
    )


@transaction.atomic
def void_bar(*, actor, bar: Bar, reason: str) -> None:
    """The bar was a mistake: it never stood. Asked as known before, it still did."""
    _check(actor, bar, reason)
    if not bar.periods.live().exists():
        raise Refused("This bar was already recorded as a mistake.")
    void(BarPeriod, bar, actor=actor, reason=reason)
    record_event(
        actor=actor,
        verb="bar.voided",
        subject=bar,
        reason=reason,
        practitioner=bar.practitioner,
        facility=bar.facility,
    )


def _check(actor, bar: Bar, reason: str) -> None:
    require(actor, "bylaws.manage_bars", bar.facility)
    lock_record(bar.practitioner)
    require_not_own_file(actor, bar.practitioner, doing="lift a suspension on")
    if not reason.strip():
        raise Refused("Say why.", field="reason")
