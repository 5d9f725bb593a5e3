"""A person's life in order: what is stated, what fills time, which gaps are left, and the picture of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from config.accounts.policies import permissions
from config.kernel.dates import ONE_DAY
from config.kernel.registries import LaneEntry, lanes
from config.rulebook.verdicts import Verdict
from practitioners.choices import SaidBy
from practitioners.models import CredentialPeriod, GapExplanation, Practitioner
from practitioners.rules.gaps import Explained, GapLimits, JudgedGap, judge_history
from practitioners.rules.timeline import (
    FILLS_TIME,
    LANES,
    Picture,
    Stated,
    activities,
    career_start,
    draw,
    draw_strip,
    explained_beside,
    lane_of,
    only_school,
)
from practitioners.selectors.file import CredentialRow, KindRow

#: Callables ``(practitioner, on) -> GapLimits`` of higher rooms, which keep the parameters of the
#: facilities; at most 3 queries each. Nothing registered: nothing is asked of a gap.
_limits_readers: dict[str, Callable[[Practitioner, dt.date], GapLimits]] = {}


def register_gap_limits(code: str, reader: Callable[[Practitioner, dt.date], GapLimits]) -> None:
    """Let a higher room say how long a gap may be."""
    if code in _limits_readers:
        raise RuntimeError(f"The reader of gap limits {code} is registered twice.")
    _limits_readers[code] = reader


def gap_limits(practitioner: Practitioner, on: dt.date) -> GapLimits:
    """The strictest limits anybody registered sets for this person on the day."""
    read = [reader(practitioner, on) for reader in _limits_readers.values()]
    set_ones = [limits for limits in read if limits.shortest is not None]
    return min(set_ones, key=lambda limits: limits.shortest or 0, default=GapLimits())


# --- what is stated -------------------------------------------------------------------------------------


def stated_of(periods: Iterable[CredentialPeriod]) -> list[Stated]:
    """The periods as far as they are of a lane. Needs ``identity.credential_type``; no query."""
    found = []
    for row in periods:
        kind = row.identity.credential_type
        lane = lane_of(kind.fields or {}, kind.category)
        if lane:
            extra = row.extra if isinstance(row.extra, dict) else {}
            found.append(
                Stated(
                    lane=lane,
                    first_day=row.start,
                    last_day=row.end,
                    graduated_on=_day(extra.get("graduated_on")),
                    explanation=str(extra.get("explanation") or ""),
                    in_writing=row.said_by in (SaidBy.APPLICANT, SaidBy.CAQH),
                )
            )
    return found


def explanations_of(practitioner: Practitioner) -> list[GapExplanation]:
    """What was said about gaps and still counts, in order of the days; 1 query."""
    return list(
        practitioner.gap_explanations.filter(withdrawn_at__isnull=True)
        .select_related("document", "recorded_by")
        .order_by("first_day", "pk")
    )


def account_for(
    stated: Sequence[Stated],
    explanations: Iterable[GapExplanation],
    limits: GapLimits,
    on: dt.date,
    through: dt.date | None = None,
) -> tuple[Verdict, list[JudgedGap]]:
    """Whether the history is accounted for on the day, as known through another, and its gaps; no query.

    What counts as an explanation: one recorded for the days, or the text of an entry of the history beside
    the gap.
    """
    filled = [] if only_school(stated) else activities(stated)
    began = career_start(stated)
    said = [
        Explained(each.first_day, each.last_day, each.in_writing, each.explanation) for each in explanations
    ]
    _, judged = judge_history(filled, [], limits, on=on, career_start=began, through=through)
    said += explained_beside(stated, [each.gap for each in judged])
    return judge_history(filled, said, limits, on=on, career_start=began, through=through)


def _day(text: Any) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


# --- the page -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TimelineLane:
    """A lane with its entries, for the picture and for the table."""

    title: str
    entries: Sequence[LaneEntry]


@dataclass(frozen=True)
class Timeline:
    """The whole of it."""

    lanes: tuple[TimelineLane, ...]
    picture: Picture | None
    strip: Picture | None
    verdict: Verdict
    gaps: tuple[JudgedGap, ...]
    explanations: tuple[GapExplanation, ...]

    @property
    def to_explain(self) -> int:
        """How many gaps still lack something."""
        return sum(1 for each in self.gaps if not each.verdict.met)


def timeline_of(
    viewer, practitioner: Practitioner, kinds: Sequence[KindRow], on: dt.date, *, own_lanes_only: bool = False
) -> Timeline:
    """The timeline from what the file shows (``selectors.file.credential_rows``).

    One query for explanations, three at most for the limits, two per lane of another room.
    """
    periods = [said.period for kind in kinds for row in kind.credentials for said in row.rows]
    explanations = explanations_of(practitioner)
    verdict, gaps = account_for(stated_of(periods), explanations, gap_limits(practitioner, on), on)
    shown = own_lanes(kinds)
    if not own_lanes_only:
        shown += lanes_above(viewer, practitioner, on)
    return Timeline(
        lanes=tuple(shown),
        picture=draw([(lane.title, lane.entries) for lane in shown], gaps, on),
        strip=_strip(kinds, gaps, on) if own_lanes_only else None,
        verdict=verdict,
        gaps=tuple(gaps),
        explanations=tuple(explanations),
    )


def own_lanes(kinds: Sequence[KindRow]) -> list[TimelineLane]:
    """The lanes of this room, in the order of a life."""
    entries: dict[str, list[LaneEntry]] = {}
    for kind in kinds:
        lane = lane_of(kind.kind.fields or {}, kind.kind.category)
        if lane:
            for row in kind.credentials:
                entries.setdefault(lane, []).extend(_entries(kind, row))
    return [TimelineLane(title, _in_order(entries[code])) for code, title in LANES.items() if code in entries]


def _strip(kinds: Sequence[KindRow], gaps: Sequence[JudgedGap], on: dt.date) -> Picture | None:
    """What fills time, and licences, each on one row."""
    activity, licences = [], []
    for kind in kinds:
        lane = lane_of(kind.kind.fields or {}, kind.kind.category)
        for row in kind.credentials:
            if lane in FILLS_TIME:
                activity += _entries(kind, row)
            elif lane == "licence":
                licences += _entries(kind, row)
    return draw_strip([("Activity", activity), ("Licenses", licences)], gaps, on)


def lanes_above(viewer, practitioner: Practitioner, on: dt.date) -> list[TimelineLane]:
    """What the higher rooms add for this viewer."""
    held = permissions(viewer, None)
    found = []
    for lane in lanes.all():
        if not lane.permission or lane.permission in held:
            entries = lane.entries(viewer, practitioner, on)
            if entries:
                found.append(TimelineLane(lane.title, _in_order(entries)))
    return found


def _in_order(entries: Iterable[LaneEntry]) -> list[LaneEntry]:
    return sorted(entries, key=lambda one: (one.first_day or one.last_day or dt.date.min, one.title))


def _entries(kind: KindRow, row: CredentialRow) -> list[LaneEntry]:
    """One entry per unbroken stretch of a credential; touching periods are one."""
    first, *more = [
        str(each.value)
        for each in row.details
        if isinstance(each.value, str) and len(each.value) <= 60 and not _day(each.value)
    ] or [""]
    title = row.title if kind.kind.category == "licensure" else ", ".join(filter(None, (first, row.title)))
    stretches: list[list[Any]] = []
    for said in sorted(row.rows, key=lambda each: each.start or dt.date.min):
        joins = stretches and (
            stretches[-1][1] is None or (said.start and said.start <= stretches[-1][1] + ONE_DAY)
        )
        if joins:
            ends = stretches[-1][1]
            stretches[-1][1] = None if ends is None or said.end is None else max(ends, said.end)
            stretches[-1][2] = stretches[-1][2] and said.confirmed
        else:
            stretches.append([said.start, said.end, said.confirmed])
    detail = ", ".join([*more, *([kind.kind.name] if kind.kind.name != LANES.get("work") else [])])
    graduated = _day(row.now.period.extra.get("graduated_on"))
    return [
        LaneEntry(
            title=title[:1].upper() + title[1:],
            first_day=start,
            last_day=end or graduated,
            colour="good" if confirmed else "warn",
            word="Confirmed" if confirmed else "Claimed",
            detail=detail,
        )
        for start, end, confirmed in stretches
    ]
