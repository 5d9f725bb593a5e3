"""Periods: what is true over time, and since when we knew it.

Whatever carries authority or truth over time is an immutable *identity* row and *period* rows. A period
says "from A to before B this was so"; it is never changed, only superseded by later rows. So every past
question has one answer: what held on a day (``valid``), as known at a moment (``recorded_at`` and
``superseded_at``).

A model declares::

    class Grant(Identity):
        practitioner = ...            # who, what, where, by which decision

    class GrantPeriod(Period):
        identity = models.ForeignKey(Grant, models.PROTECT, related_name="periods")
        key_fields = ("practitioner", "privilege", "facility")   # copied from the identity
        practitioner = ...

        class Meta(Period.Meta):
            constraints = period_constraints("privileging_grantperiod", "practitioner", "privilege")
            triggers = period_triggers()

The database forbids overlap of live rows with the same key, any change but the one closing
update, and delete.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db import models, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q

from config.kernel import clock
from config.kernel.choices import StatusChoices
from config.kernel.errors import Refused


class EndKind(StatusChoices):
    """Why a period row is no longer the current knowledge."""

    AMENDED = "amended", "neutral", "Amended"
    MISTAKE = "mistake", "warn", "Recorded by mistake"


def through(last_day: dt.date | None) -> dt.date | None:
    """The open upper bound of a range whose inclusive last day is ``last_day`` (None: no end).

    Refuses the last day of the calendar, which people type for "never": it has no day after it.
    """
    if last_day == dt.date.max:
        raise Refused(f"No day follows {_said(last_day)}: enter the real last day.")
    return None if last_day is None else last_day + dt.timedelta(days=1)


def last_day(bound: dt.date | None) -> dt.date | None:
    """The inclusive last day of a range whose open upper bound is ``bound`` (None: no end).

    Before the first day of the calendar there is none: that day stands for itself.
    """
    return bound if bound is None or bound == dt.date.min else bound - dt.timedelta(days=1)


def _said(day: dt.date | None) -> str:
    """The day as people write it; the display filters build on this module, so it cannot use theirs."""
    return f"{day.day} {day:%b} {day.year}" if day else "no day"


def days(start: dt.date | None, end: dt.date | None) -> DateRange:
    """The half-open range from ``start`` to before ``end``; refuses an empty one."""
    if start is not None and end is not None and end <= start:
        raise Refused(f"The end ({_said(last_day(end))}) lies before the start ({_said(start)}).")
    return DateRange(start, end, "[)")


def covers(valid: DateRange, on: dt.date) -> bool:
    """Whether the range contains the day."""
    return (valid.lower is None or valid.lower <= on) and (valid.upper is None or on < valid.upper)


#: The first day of something and the day after its last; None: that side is open.
Span = tuple[dt.date | None, dt.date | None]


def unbroken_since(spans: Iterable[Span], on: dt.date) -> dt.date | None:
    """The first day of the time without a gap, made of the spans, that reaches the day; None where none holds
    that day, and where the time has no beginning. Pure.
    """
    rows = [(first or dt.date.min, after or dt.date.max) for first, after in spans]
    here = min((first for first, after in rows if first <= on < after), default=None)
    while here is not None:
        before = min((first for first, after in rows if first < here <= after), default=None)
        if before is None:
            break
        here = before
    return None if here == dt.date.min else here


def days_in(spans: Iterable[Span], on: dt.date) -> int:
    """On how many days through ``on`` one of the spans held; a day in several counts once. Each has a first
    day. Pure.
    """
    number, counted_to = 0, dt.date.min
    for first, after in sorted(((first or dt.date.min, after or dt.date.max) for first, after in spans)):
        begin, end = max(first, counted_to), min(after, on + dt.timedelta(days=1))
        if begin < end:
            number, counted_to = number + (end - begin).days, end
    return number


class Identity(models.Model):
    """The unchanging thing that periods are about; everything else points at it."""

    periods: Any  # the related manager of the period model that points here

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)

    class Meta:
        abstract = True


class PeriodQuerySet(models.QuerySet):
    """Questions to a table of periods."""

    def known_at(self, moment: dt.datetime | None = None):
        """Rows that were the current knowledge at ``moment`` (None: now)."""
        return self.filter(known_at_q(moment))

    def in_force(self, on: dt.date, known_at: dt.datetime | None = None):
        """Rows that hold on the day ``on``, as known at ``known_at`` (None: as known now)."""
        return self.filter(in_force_q(on, known_at))

    def live(self):
        """Rows that are the current knowledge, of any day."""
        return self.filter(superseded_at__isnull=True)


def known_at_q(moment: dt.datetime | None = None, prefix: str = "") -> Q:
    """The condition of :meth:`PeriodQuerySet.known_at`, for use across a join."""
    if moment is None:
        return Q(**{f"{prefix}superseded_at__isnull": True})
    return Q(**{f"{prefix}recorded_at__lte": moment}) & (
        Q(**{f"{prefix}superseded_at__isnull": True}) | Q(**{f"{prefix}superseded_at__gt": moment})
    )


def known_sql(table: str, *, then: bool) -> str:
    """The condition of :meth:`PeriodQuerySet.known_at` in a statement of our own, on rows named ``table``.

    ``then``: as known at the parameter ``known_at``; else as known now.
    """
    if not then:
        return f"{table}.superseded_at IS NULL"
    return (
        f"{table}.recorded_at <= %(known_at)s"
        f" AND ({table}.superseded_at IS NULL OR {table}.superseded_at > %(known_at)s)"
    )


def in_force_q(on: dt.date, moment: dt.datetime | None = None, prefix: str = "") -> Q:
    """The condition of :meth:`PeriodQuerySet.in_force`, for use across a join."""
    return Q(**{f"{prefix}valid__contains": on}) & known_at_q(moment, prefix)


class Period(models.Model):
    """One statement about an identity over a range of days. Never updated, only superseded."""

    #: Names of the fields copied from the identity; together they may not overlap while live.
    key_fields: tuple[str, ...] = ()

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    valid = DateRangeField()
    recorded_at = models.DateTimeField(editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False
    )
    superseded_at = models.DateTimeField(null=True, editable=False)
    superseded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, editable=False
    )
    end_kind = models.CharField(max_length=8, choices=EndKind, null=True, editable=False)
    end_reason = models.TextField(null=True, editable=False)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        """What it is about, and its first and last day."""
        first, last = self.start, self.end
        since = f"from {first:%d %b %Y}" if first else "always"
        return f"{self.identity}, {since}{f' to {last:%d %b %Y}' if last else ''}"  # type: ignore[attr-defined]

    @property
    def start(self) -> dt.date | None:
        """First day."""
        return self.valid.lower

    @property
    def end(self) -> dt.date | None:
        """Inclusive last day; None when open."""
        return last_day(self.valid.upper)

    def content(self) -> dict[str, Any]:
        """The values of the fields a subclass declares (not the bookkeeping, not the key)."""
        return {name: getattr(self, name) for name in content_fields(type(self))}


def content_fields(model: type[Period]) -> list[str]:
    """Names of the content fields of a period model: what it says besides when and about whom."""
    bookkeeping = {field.name for field in Period._meta.local_fields} | {"id", "identity", *model.key_fields}
    return [field.name for field in model._meta.concrete_fields if field.name not in bookkeeping]


# --- schema ---------------------------------------------------------------------------------------------


class DaysOf(models.Func):
    """How many days a range has; nothing where it has no first or no last day."""

    template = "(upper(%(expressions)s) - lower(%(expressions)s))"
    output_field = models.IntegerField()


def period_constraints(table: str, *key: str) -> list:
    """Constraints every period table has: no live overlap per key, a range, a whole ending or none."""
    return [
        ExclusionConstraint(
            name=f"{table}_no_overlap",
            expressions=[*((name, RangeOperators.EQUAL) for name in key), ("valid", RangeOperators.OVERLAPS)],
            condition=Q(superseded_at__isnull=True),
            index_type="GIST",
        ),
        models.CheckConstraint(name=f"{table}_not_empty", condition=Q(valid__isempty=False)),
        models.CheckConstraint(
            name=f"{table}_ending_paired",
            condition=Q(
                superseded_at__isnull=True,
                superseded_by__isnull=True,
                end_kind__isnull=True,
                end_reason__isnull=True,
            )
            | Q(
                superseded_at__isnull=False,
                superseded_by__isnull=False,
                end_kind__isnull=False,
                end_reason__isnull=False,
            ),
        ),
        models.CheckConstraint(
            name=f"{table}_ending_after",
            condition=Q(superseded_at__isnull=True) | Q(superseded_at__gte=models.F("recorded_at")),
        ),
    ]


def period_indexes(table: str, *key: str) -> list:
    """Index for questions as known at a past moment: superseded rows are outside the exclusion index."""
    return [GistIndex(fields=[*key, "valid"], name=f"{table.partition('_')[2]}_past")]


_CLOSING = "'superseded_at', 'superseded_by_id', 'end_kind', 'end_reason'"


def period_triggers() -> list[pgtrigger.Trigger]:
    """Triggers every period table has: one closing update, no delete, time runs forward per identity."""
    return [
        pgtrigger.Trigger(
            name="close_once",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            func=f"""
                IF OLD.superseded_at IS NULL AND NEW.superseded_at IS NOT NULL
                   AND to_jsonb(OLD) - ARRAY[{_CLOSING}] = to_jsonb(NEW) - ARRAY[{_CLOSING}]
                THEN RETURN NEW; END IF;
                RAISE EXCEPTION 'A period is never changed: supersede it and record a new one.'
                    USING ERRCODE = 'integrity_constraint_violation';
            """,
        ),
        protect_delete(),
        pgtrigger.Trigger(
            name="time_runs_forward",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            declare=[("latest", "timestamptz")],
            func=pgtrigger.Func(
                """
                SELECT max(recorded_at) INTO latest FROM {meta.db_table} WHERE identity_id = NEW.identity_id;
                IF latest > NEW.recorded_at THEN
                    RAISE EXCEPTION 'A period may not be recorded before what is already recorded of it.'
                        USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                RETURN NEW;
                """
            ),
        ),
    ]


def protect_delete() -> pgtrigger.Trigger:
    """Nothing is deleted from this table."""
    return pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete)


def append_only_triggers() -> list[pgtrigger.Trigger]:
    """Rows are added, never changed nor deleted (identities, events, evidence)."""
    return [pgtrigger.Protect(name="no_update", operation=pgtrigger.Update), protect_delete()]


# --- writing --------------------------------------------------------------------------------------------
# Callers lock the identity's owner first (the practitioner's row). ``rewrite``, ``end_before`` and ``void``
# lock the identity besides, before they ask what time it is: of two writers the later one also records later.


def _locked(identity: Identity) -> None:
    """Hold the identity for this transaction, so that its periods are written by one writer at a time."""
    # Without KEY: rows that only point at the identity may still be added meanwhile.
    type(identity)._base_manager.select_for_update(no_key=True).filter(pk=identity.pk).values_list("pk").get()


def half_open(valid: DateRange) -> DateRange:
    """The same days as ``[from, to)``, whichever bounds it was given with; refuses a range without a day."""
    if valid.isempty:
        raise Refused("The end lies before the start.")
    start, end = valid.lower, valid.upper
    if start is not None and not valid.lower_inc:
        start += dt.timedelta(days=1)
    if end is not None and valid.upper_inc:
        end += dt.timedelta(days=1)
    return days(start, end)


def open_period(
    model: type[Period],
    identity: Identity,
    *,
    valid: DateRange,
    actor,
    at: dt.datetime | None = None,
    **content,
):
    """Record one new period of ``identity``. The database refuses an overlap with a live one."""
    key = {name: getattr(identity, name) for name in model.key_fields if name != "identity"}
    row = model(
        identity=identity,  # type: ignore[misc]  # every subclass declares it
        valid=half_open(valid),
        recorded_at=at or clock.now(),
        recorded_by=actor,
        **key,
        **content,
    )
    row.save(force_insert=True)
    return row


def supersede(
    rows: Sequence[Period], *, actor, kind: EndKind, reason: str, at: dt.datetime | None = None
) -> None:
    """Close live rows: they stop being the current knowledge from ``at`` on."""
    moment = at or clock.now()
    if any(row.superseded_at is not None for row in rows):
        raise Refused("This entry was already replaced by a later one; reload the page.")
    for row in rows:
        row.superseded_at, row.superseded_by = moment, actor
        row.end_kind, row.end_reason = kind, reason
        row.save(update_fields=["superseded_at", "superseded_by", "end_kind", "end_reason"])


@transaction.atomic
def rewrite(
    model: type[Period],
    identity: Identity,
    *,
    valid: DateRange,
    actor,
    reason: str,
    kind: EndKind = EndKind.AMENDED,
    at: dt.datetime | None = None,
    keep_later: bool = True,
    content: dict[str, Any] | None,
) -> Period | None:
    """Make ``content`` the current knowledge for the days of ``valid``, leaving other days as they are.

    Live rows that touch those days are superseded; what they said about other days is recorded again, with
    ``keep_later=False`` only about days before: what is stated anew through a last day ends with it. Rows
    that begin later stay. ``content=None`` clears the days (the thing does not hold then). Returns the new
    row, or None.
    """
    valid = half_open(valid)
    _locked(identity)
    moment = at or clock.now()
    touched = list(identity.periods.live().filter(valid__overlap=valid).select_for_update(of=("self",)))
    supersede(touched, actor=actor, kind=kind, reason=reason, at=moment)
    for row in touched:
        for rest in _outside(row.valid, valid):
            if not keep_later and rest.lower == valid.upper:
                continue
            open_period(model, identity, valid=rest, actor=actor, at=moment, **row.content())
    if content is None:
        return None
    return open_period(model, identity, valid=valid, actor=actor, at=moment, **content)


def end_before(model: type[Period], identity: Identity, *, day: dt.date, actor, reason: str, at=None) -> None:
    """The thing no longer holds from ``day`` on (``day`` is the first day without it)."""
    rewrite(model, identity, valid=DateRange(day, None), actor=actor, reason=reason, at=at, content=None)


@transaction.atomic
def void(model: type[Period], identity: Identity, *, actor, reason: str, at=None) -> None:
    """The thing was recorded by mistake: it never held. What was known before stays answerable."""
    _locked(identity)
    supersede(
        list(identity.periods.live().select_for_update(of=("self",))),
        actor=actor,
        kind=EndKind.MISTAKE,
        reason=reason,
        at=at or clock.now(),
    )


def _outside(whole: DateRange, cut: DateRange) -> list[DateRange]:
    """The parts of ``whole`` that lie before and after ``cut``."""
    parts = []
    if cut.lower is not None and (whole.lower is None or whole.lower < cut.lower):
        parts.append(DateRange(whole.lower, cut.lower))
    if cut.upper is not None and (whole.upper is None or cut.upper < whole.upper):
        parts.append(DateRange(cut.upper, whole.upper))
    return parts
