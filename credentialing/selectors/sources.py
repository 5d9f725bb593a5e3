"""How the sources do that a machine asks, and which can answer what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from config.kernel import clock
from credentialing.choices import CallOutcome, Connector, Element, ItemStatus, SourceHealth
from credentialing.elements import LICENCES
from credentialing.models import Application, ConnectedSource, SourceCall, VerificationItem
from credentialing.rules.resting import Call, Rest, rest_of
from practitioners.models import Credential

#: Questions looked at to judge how a source does; more than may fail in a row before it rests.
JUDGED = 50
#: What is an answer, whatever it says.
ANSWERS = (CallOutcome.FOUND, CallOutcome.NOT_FOUND, CallOutcome.UNCHANGED)
#: Days of the picture and of the numbers.
DAYS = 7


@dataclass(frozen=True)
class Answering:
    """The sources in use that can answer an element by themselves, read once for a whole plan."""

    nppes: bool = True
    boards: dict[str, str] = field(default_factory=dict)  # state -> code

    def code_for(self, element: str, application: Application, credential: Credential | None) -> str:
        """The source's code for this element and instance, empty when a person has to ask."""
        if element == Element.NPI and self.nppes and application.practitioner.npi:
            return "nppes"
        if element in LICENCES and credential is not None and credential.number:
            return self.boards.get(credential.state, "")
        return ""


def answering() -> Answering:
    """What is asked by machine now; one query. The registry is, until somebody switches it off."""
    rows = ConnectedSource.objects.values_list("code", "connector", "state", "active")
    return Answering(
        nppes=all(active for code, _, _, active in rows if code == "nppes"),
        boards={
            state: code
            for code, connector, state, active in rows
            if active and connector == Connector.LICENCE_BOARD
        },
    )


def rest_now(source: ConnectedSource, now: dt.datetime) -> Rest:
    """How one source does; one query."""
    calls = source.calls.order_by("-asked_at", "-id")[:JUDGED]
    return _rest(source, list(calls), now)


def _rest(source: ConnectedSource, calls: Sequence[SourceCall], now: dt.datetime) -> Rest:
    if not source.active:
        return Rest(SourceHealth.OFF, may_ask=False)
    return rest_of(
        [Call(each.asked_at, each.outcome, each.ended_at) for each in calls],
        now=now,
        failures_before_rest=source.failures_before_rest,
        rest=dt.timedelta(minutes=source.rest_minutes),
        woken_at=source.woken_at,
    )


@dataclass(frozen=True)
class SourceState:
    """One source as its page shows it."""

    source: ConnectedSource
    rest: Rest
    last_answer: SourceCall | None
    last_failure: SourceCall | None
    asked: int  # in the last days
    failed: int
    typical_milliseconds: int | None
    waiting: int  # items of files that wait for it


def states() -> list[SourceState]:
    """Every source with how it does; a handful of queries, whatever the number of questions."""
    now = clock.now()
    since = now - dt.timedelta(days=DAYS)
    counted = Count("calls", filter=Q(calls__asked_at__gte=since))
    failed = Count("calls", filter=Q(calls__asked_at__gte=since, calls__outcome=CallOutcome.COULD_NOT_CHECK))
    sources = list(ConnectedSource.objects.annotate(asked=counted, failed=failed))
    newest = _newest_by_source(sources)
    waiting = waiting_counts()
    return [_state(source, newest.get(source.pk, []), waiting.get(source.code, 0), now) for source in sources]


def _newest_by_source(sources: Sequence[ConnectedSource]) -> dict[int, list[SourceCall]]:
    """The last questions of each: one query, a limited branch for each source."""
    branches = [source.calls.order_by("-asked_at", "-id")[:JUDGED] for source in sources]
    if not branches:
        return {}
    rows = branches[0].union(*branches[1:], all=True) if branches[1:] else branches[0]
    found: dict[int, list[SourceCall]] = {}
    for row in sorted(rows, key=lambda each: (each.asked_at, each.pk), reverse=True):
        found.setdefault(row.source_id, []).append(row)
    return found


def _state(source, calls: list[SourceCall], waiting: int, now: dt.datetime) -> SourceState:
    answered = [each for each in calls if each.outcome in ANSWERS]
    failures = [each for each in calls if each.outcome == CallOutcome.COULD_NOT_CHECK]
    times = sorted(each.milliseconds for each in answered if each.milliseconds is not None)
    return SourceState(
        source=source,
        rest=_rest(source, calls, now),
        last_answer=answered[0] if answered else None,
        last_failure=failures[0] if failures else None,
        asked=source.asked,
        failed=source.failed,
        typical_milliseconds=times[len(times) // 2] if times else None,
        waiting=waiting,
    )


def resting_codes() -> list[str]:
    """Codes of the sources that rest now; a handful of queries."""
    now = clock.now()
    return [each.source.code for each in states() if each.rest.until is not None and each.rest.until > now]


def state_of(source: ConnectedSource) -> SourceState:
    """One source with how it does."""
    return next(each for each in states() if each.source.pk == source.pk)


def waiting_items() -> QuerySet[VerificationItem]:
    """Items a machine still has to ask about."""
    return VerificationItem.objects.filter(status=ItemStatus.REQUESTED).exclude(automatic_source="")


def waiting_counts() -> dict[str, int]:
    """Source code -> items that wait for it."""
    rows = waiting_items().order_by().values("automatic_source").annotate(number=Count("pk"))
    return {row["automatic_source"]: row["number"] for row in rows}


def by_day(source: ConnectedSource) -> list[tuple[str, int, str]]:
    """Questions of the last days, by the reader's day, for a chart: label, number, colour. A day on which any
    could not be checked stands out.
    """
    today = timezone.localtime(clock.now()).date()
    first = today - dt.timedelta(days=DAYS - 1)
    rows = (
        source.calls.filter(asked_at__date__gte=first)
        .order_by()
        .annotate(day=TruncDate("asked_at"))
        .values("day")
        .annotate(number=Count("pk"), failed=Count("pk", filter=Q(outcome=CallOutcome.COULD_NOT_CHECK)))
    )
    found = {row["day"]: row for row in rows}
    answer = []
    for step in range(DAYS):
        day = first + dt.timedelta(days=step)
        row = found.get(day)
        colour = "bad" if row and row["failed"] else "info"
        answer.append((f"{day:%a} {day.day}", row["number"] if row else 0, colour))
    return answer


def left_alone(item: VerificationItem) -> Rest | None:
    """How the source of an item rests, when it is the reason that nothing happens; at most two queries."""
    if item.status != ItemStatus.REQUESTED or not item.automatic_source:
        return None
    source = ConnectedSource.objects.filter(code=item.automatic_source).first()
    rest = rest_now(source, clock.now()) if source else None
    return rest if rest is not None and rest.until is not None else None


def silent_sources() -> list[SourceState]:
    """Sources that rest although files wait for them: a person may have to take over."""
    return [each for each in states() if each.rest.health == SourceHealth.RESTING and each.waiting]
