"""Two records of one person: merging them, taking them apart, and deciding that two people are two.

Merging is a period of knowledge (docs/adr/0013): it says that a record is another record of the person whose
record stays, and repoints nothing. So what was known before the merge stays answerable as it was, each record
keeps its own chain of evidence, and taking apart is only the end of that knowledge.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.periods import EndKind, Period, last_day, open_period, supersede
from practitioners.choices import PairVerdict
from practitioners.models import PairReview, Practitioner, PractitionerAlias, PractitionerAliasPeriod
from practitioners.policies import require_change
from practitioners.selectors.canonical import alias_of
from practitioners.selectors.duplicates import likeness

PERMISSION = "practitioners.merge"
ALWAYS = DateRange(None, None, "[)")

#: Callables ``(record) -> [sentence]`` of higher rooms: what is unfinished on a record and would be stranded
#: if it were merged away. At most one query each.
_unfinished: list[Callable[[Practitioner], Sequence[str]]] = []


def register_unfinished(source: Callable[[Practitioner], Sequence[str]]) -> None:
    """Let a higher room name what has to be finished on a record before it may be merged into another."""
    _unfinished.append(source)


# --- merging --------------------------------------------------------------------------------------------


@transaction.atomic
def merge_records(*, actor, keep: Practitioner, record: Practitioner, reason: str) -> PractitionerAliasPeriod:
    """Say that ``record`` is another record of the person whose record ``keep`` is; ``keep`` stays.

    Records that were merged into ``record`` follow it. Refuses with every reason there is
    (:func:`why_not_merge`), and one's own record.
    """
    require_change(actor, PERMISSION, keep)
    require_change(actor, PERMISSION, record)
    if not reason.strip():
        raise Refused("Say why these are records of the same person.", field="reason")
    if keep.pk == record.pk:
        raise Refused("These are one record; choose two.")
    keep, record = _lock_two(keep, record)
    problems = why_not_merge(keep=keep, record=record)
    if problems:
        raise Refused(" ".join(problems))
    moment = clock.now()
    followers = list(_live().filter(canonical=record).select_related("identity", "practitioner"))
    supersede(
        followers,
        actor=actor,
        kind=EndKind.AMENDED,
        reason=f"{record} was merged into {keep}: {reason.strip()}",
        at=moment,
    )
    for each in followers:
        _open(actor, each.practitioner, keep, each.reason, moment)
    alias = _open(actor, record, keep, reason.strip(), moment)
    _review(actor, keep, record, PairVerdict.MERGED, reason)
    for one in (keep, record):
        record_event(
            actor=actor,
            verb="practitioner.merged",
            subject=alias.identity,
            practitioner=one,
            reason=reason.strip(),
            data={
                "record": str(record.uid),
                "into": str(keep.uid),
                "following": [str(each.practitioner.uid) for each in followers],
            },
        )
    return alias


def why_not_merge(*, keep: Practitioner, record: Practitioner) -> list[str]:
    """Every reason against merging ``record`` into ``keep``, as sentences; empty: it can be done.

    Some queries per kind of period, so for one pair at a time.
    """
    problems = []
    for one in (keep, record):
        alias = alias_of(one)
        if alias is not None:
            problems.append(
                f"{one} was already merged into the record of {alias.canonical}; use that record instead."
            )
    if record.user_id is not None:
        told = "both have one; an administrator has to take one away first" if keep.user_id else "it stays"
        problems.append(f"The record with the person's account cannot be merged into another: {told}.")
    for source in _unfinished:
        problems += source(record)
    return [*problems, *overlaps(keep=keep, record=record)]


def overlaps(*, keep: Practitioner, record: Practitioner) -> list[str]:
    """Live periods of both people, all their records included, that could not hold for one person.

    Asked of every kind of period whose table forbids two at once for a practitioner: appointments, grants,
    and whatever is added later.
    """
    ours = [keep.pk, *_live().filter(canonical=keep).values_list("practitioner_id", flat=True)]
    theirs = [record.pk, *_live().filter(canonical=record).values_list("practitioner_id", flat=True)]
    found = []
    for model, key in _exclusive_models():
        related = [name for name in key if model._meta.get_field(name).is_relation]
        rows: Any = model._default_manager.filter(superseded_at__isnull=True).select_related(*related)
        kept = list(rows.filter(practitioner_id__in=ours).order_by("pk"))
        for row in rows.filter(practitioner_id__in=theirs).order_by("pk") if kept else ():
            for other in kept:
                same = all(_value(row, name) == _value(other, name) for name in key)
                if same and _overlap(row.valid, other.valid):
                    what = ", ".join(str(getattr(row, name)) for name in key)
                    spans = f"{_days(other.valid)} and {_days(row.valid)}"
                    found.append(f"Both records hold {_a(model)} ({what}): {spans}.")
    return found


def _exclusive_models() -> list[tuple[type[Period], list[str]]]:
    """Period models of which a person may have only one at a time, with the rest of their key."""
    found = []
    for model in apps.get_models():
        if not issubclass(model, Period) or model is PractitionerAliasPeriod:
            continue
        for constraint in model._meta.constraints:
            if not isinstance(constraint, ExclusionConstraint):
                continue
            names = [name for name, _ in constraint.expressions if isinstance(name, str)]
            if "practitioner" in names:
                found.append((model, [name for name in names if name not in ("practitioner", "valid")]))
    return found


def _value(row: Period, name: str):
    return getattr(row, row._meta.get_field(name).attname)


def _overlap(one: DateRange, other: DateRange) -> bool:
    return (one.lower is None or other.upper is None or one.lower < other.upper) and (
        other.lower is None or one.upper is None or other.lower < one.upper
    )


def _a(model: type[Period]) -> str:
    name = str(model._meta.verbose_name).removesuffix(" period")
    return f"{'an' if name[:1] in 'aeiou' else 'a'} {name}"


def _days(valid: DateRange) -> str:
    first = f"from {valid.lower.day} {valid.lower:%b %Y}" if valid.lower else "always"
    end: dt.date | None = last_day(valid.upper)
    return f"{first} through {end.day} {end:%b %Y}" if end else first


# --- taking apart ---------------------------------------------------------------------------------------


@transaction.atomic
def take_apart(*, actor, record: Practitioner, reason: str) -> None:
    """The merge of ``record`` was a mistake: from now on it is known as another person again.

    Records that had followed it when it was merged go back to it. What was answered meanwhile stays
    answerable as known then.
    """
    require_change(actor, PERMISSION, record)
    if not reason.strip():
        raise Refused("Say why these are two people after all.", field="reason")
    alias = alias_of(record)
    if alias is None:
        raise Refused(f"The record of {record} is not merged into another.")
    keep = alias.canonical
    require_change(actor, PERMISSION, keep)
    keep, record = _lock_two(keep, record)
    alias = _live().select_for_update(of=("self",)).filter(practitioner=record, canonical=keep).first()
    if alias is None:
        raise Refused("Somebody else has just taken these records apart; reload the page.")
    moment = clock.now()
    followers = _followers(alias)
    supersede([alias, *followers], actor=actor, kind=EndKind.MISTAKE, reason=reason.strip(), at=moment)
    for each in followers:
        _open(actor, each.practitioner, record, each.reason, moment)
    _review(actor, keep, record, PairVerdict.UNMERGED, reason)
    for one in (keep, record):
        record_event(
            actor=actor,
            verb="practitioner.taken_apart",
            subject=alias.identity,
            practitioner=one,
            reason=reason.strip(),
            data={"record": str(record.uid), "from": str(keep.uid)},
        )


def _followers(alias: PractitionerAliasPeriod) -> list[PractitionerAliasPeriod]:
    """Live aliases that came to the same canonical record because they followed this one."""
    moved = PractitionerAliasPeriod.objects.filter(
        canonical_id=alias.practitioner_id, superseded_at=alias.recorded_at
    ).values("practitioner_id")
    return list(
        _live()
        .filter(canonical_id=alias.canonical_id, recorded_at=alias.recorded_at, practitioner_id__in=moved)
        .select_related("practitioner", "identity")
        .order_by("pk")
    )


# --- two people -----------------------------------------------------------------------------------------


@transaction.atomic
def call_different(*, actor, one: Practitioner, other: Practitioner, reason: str) -> PairReview:
    """Two records that look alike are two people's. The pair is not shown again until it looks more alike."""
    require_change(actor, PERMISSION, one)
    require_change(actor, PERMISSION, other)
    if not reason.strip():
        raise Refused("Say how you know that these are two people.", field="reason")
    if one.pk == other.pk:
        raise Refused("This is one record; choose two.")
    one, other = _lock_two(one, other)
    for record in (one, other):
        if alias_of(record) is not None:
            raise Refused(f"{record} is merged into another record: take the records apart first.")
    review = _review(actor, one, other, PairVerdict.DIFFERENT, reason)
    for record, namesake in ((one, other), (other, one)):
        record_event(
            actor=actor,
            verb="practitioner.called_different",
            subject=review,
            practitioner=record,
            reason=reason.strip(),
            data={"other": str(namesake.uid), "score": review.score},
        )
    return review


# --- what they share ------------------------------------------------------------------------------------


def _live():
    return PractitionerAliasPeriod.objects.live()


def _open(actor, record: Practitioner, keep: Practitioner, reason: str, at) -> PractitionerAliasPeriod:
    identity, _ = PractitionerAlias.objects.get_or_create(
        practitioner=record, canonical=keep, defaults={"created_at": at, "created_by": actor}
    )
    return open_period(PractitionerAliasPeriod, identity, valid=ALWAYS, actor=actor, at=at, reason=reason)


def _review(actor, one: Practitioner, other: Practitioner, verdict: str, reason: str) -> PairReview:
    first, second = sorted((one, other), key=lambda record: record.pk)
    return PairReview.objects.create(
        one=first,
        other=second,
        verdict=verdict,
        score=likeness(first, second).score,
        reason=reason.strip(),
        decided_at=clock.now(),
        decided_by=actor,
    )


def _lock_two(one: Practitioner, other: Practitioner) -> tuple[Practitioner, Practitioner]:
    """Both rows, always locked in the order of their keys, so that two merges cannot wait for each other."""
    rows = {
        row.pk: row
        for row in Practitioner.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=(one.pk, other.pk))
        .order_by("pk")
    }
    return rows[one.pk], rows[other.pk]
