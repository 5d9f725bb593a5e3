"""Suspensions, leaves and restrictions on record."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet

from bylaws.choices import BarKind
from bylaws.models import Bar, BarPeriod, BarReview
from bylaws.parameters import CURE_TIME, PRECAUTIONARY_REVIEW, bind
from bylaws.policies import is_own_file
from bylaws.rules.precautionary import review_due
from config.accounts.policies import facilities_with
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.dates import add_months
from config.rulebook.rules import rules
from config.rulebook.selectors.parameters import Bound
from practitioners.models import Letter, Practitioner
from practitioners.selectors.canonical import own_records


def visible_bars(viewer, facility) -> QuerySet[BarPeriod]:
    """What is known now of the bars of a facility, for people who keep them there."""
    return (
        BarPeriod.objects.live()
        .filter(
            identity__facility=facility,
            identity__facility_id__in=facilities_with(viewer, "bylaws.manage_bars"),
        )
        .exclude(identity__practitioner__user=viewer)
        .select_related("identity__practitioner", "identity__facility")
    )


def get_bar(*, viewer, uid) -> Bar | None:
    """The bar with everything ever recorded of it, if the person keeps the bars of its facility."""
    bar = (
        Bar.objects.select_related("practitioner", "facility", "credential__credential_type", "created_by")
        .prefetch_related("periods__recorded_by", "periods__superseded_by")
        .filter(uid=uid, facility_id__in=facilities_with(viewer, "bylaws.manage_bars"))
        .first()
    )
    return None if bar is None or is_own_file(viewer, bar.practitioner) else bar


#: What the audit trail calls a suspension that should have followed by itself and could not be recorded.
REFUSED = "bar.refused"


def refused_lately(viewer, facility) -> list[tuple[str, str, str]]:
    """Suspensions that should have followed by themselves and could not be recorded in the last day, which
    holds a nightly run: (name, uid of the practitioner, why), each once; one query.
    """
    start = clock.now() - dt.timedelta(days=1)
    rows = (
        AuditEvent.objects.filter(verb=REFUSED, facility_code=facility.code, at__gte=start)
        .exclude(practitioner_uid__in=Practitioner.objects.filter(pk__in=own_records(viewer)).values("uid"))
        .order_by("subject_label", "practitioner_uid", "reason")
        .values_list("subject_label", "practitioner_uid", "reason")
        .distinct()
    )
    return [(name, str(uid), why) for name, uid, why in rows]


def reviews_of(bar: Bar) -> list[BarReview]:
    """What the Medical Executive Committee said of it, the latest first; one query."""
    return list(bar.reviews.select_related("recorded_by").order_by("-reviewed_on", "-pk"))


def review_due_of(bar: Bar, start: dt.date, on: dt.date) -> dt.date | None:
    """The last day on which the review of a precautionary suspension is in time, as the parameters of the day
    say; None where they say nothing.
    """
    limit = bind(PRECAUTIONARY_REVIEW.code, facility=bar.facility, on=on)
    return review_due(start, limit.value) if limit.is_set else None


def curable_until(bar: Bar, start: dt.date, on: dt.date) -> dt.date | None:
    """The last day from which an automatic suspension may be met again and end by itself, as the bylaws say
    on the day ``on``: after their months the privileges are deemed relinquished. None of a bar by hand or by
    law, or where no time is set.
    """
    if not bar.rule_code or bar.rule_code in _codes_by_law():
        return None
    return _cure_end(start, bind(CURE_TIME.code, facility=bar.facility, on=on))


def deemed_relinquished(viewer, facility) -> list[tuple[BarPeriod, dt.date]]:
    """Automatic suspensions that stand today and were not cured in time, each with the last day of the time,
    the oldest first; one query, and those of the parameter.
    """
    today = clock.today(facility)
    limit = bind(CURE_TIME.code, facility=facility, on=today)
    if not limit.is_set:
        return []
    rows = (
        visible_bars(viewer, facility)
        .filter(valid__contains=today)
        .exclude(identity__rule_code="")
        .exclude(identity__rule_code__in=_codes_by_law())
        .order_by("valid__startswith", "pk")
    )
    found = [(row, _cure_end(row.valid.lower, limit)) for row in rows]
    return [(row, until) for row, until in found if until is not None and today > until]


def _cure_end(start: dt.date, limit: Bound) -> dt.date | None:
    """The last day of the cure time of what began on the day; None where no time is set."""
    return add_months(start, limit.value) if limit.is_set else None


def _codes_by_law() -> set[str]:
    return {rule.code for rule in rules() if rule.by_law}


def to_review(viewer, facility) -> list[tuple[BarPeriod, dt.date | None]]:
    """Precautionary suspensions that stand today and were not reviewed, each with the day the review is due,
    the oldest first.
    """
    today = clock.today(facility)
    rows = list(
        BarPeriod.objects.in_force(today)
        .filter(
            identity__facility=facility,
            identity__facility_id__in=facilities_with(viewer, "bylaws.record_minutes"),
            identity__kind=BarKind.PRECAUTIONARY_SUSPENSION,
            identity__reviews__isnull=True,
        )
        .exclude(identity__practitioner__in=own_records(viewer))
        .select_related("identity__practitioner")
        .order_by("valid", "pk")
    )
    if not rows:
        return []
    limit = bind(PRECAUTIONARY_REVIEW.code, facility=facility, on=today)
    return [(row, review_due(row.valid.lower, limit.value) if limit.is_set else None) for row in rows]


def letters_of(bar: Bar) -> QuerySet[Letter]:
    """Letters that told the practitioner of the bar."""
    return Letter.objects.filter(subject_uid=bar.uid).order_by("issued_at", "pk")
