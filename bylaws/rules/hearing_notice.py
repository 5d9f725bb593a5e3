"""BL-HRG-1: the time to ask for a hearing, and the notice of one, are as long as the law and the bylaws say.

The notice of a hearing goes out at least so many days before it (42 USC 11112(b)(2): not less than 30); a
hearing asked for can be asked for so many days from the receipt of the first notice (11112(b)(1)). Judged
while the track is under way; what was late stays late until the hearing is put off, or noticed anew. How many
days there are is what the bylaws said when the practitioner was told of the right
(:func:`bylaws.rules.due_process.clocks_day`): an amendment changes no clock that runs or ran.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q

from bylaws.choices import TrackEventKind, TrackGround
from bylaws.models import DueProcessEvent
from bylaws.parameters import HEARING_NOTICE_DAYS, HEARING_REQUEST_DAYS
from bylaws.rules.due_process import clocks_day, dates_of
from bylaws.rules.population import appointed
from config.accounts.choices import DataClass
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.display.words import plural_text
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.selectors.parameters import Bound, resolve_cases
from config.rulebook.verdicts import Outcome, Verdict
from practitioners.selectors.canonical import among, person_id

CODE = "BL-HRG-1"
TITLE = "Hearing noticed in time"


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """The days of every track under way on the day by practitioner id, with the days its notice told; two
    queries for people given, and one where nobody was told.
    """
    people = list(appointed(facility, on, known_at, None) if practitioner_ids is None else practitioner_ids)
    known = Q() if known_at is None else Q(recorded_at__lte=known_at)
    rows: Any = (
        DueProcessEvent.objects.filter(
            known, track__facility=facility, track__practitioner__in=among(people, known_at)
        )
        .select_related("track")
        .annotate(person=person_id("track__practitioner_id", known_at))
        .order_by("track_id", "number")
    )
    by_track: dict[int, list[Any]] = {}
    for row in rows:
        by_track.setdefault(row.track_id, []).append(row)
    facts: dict[int, dict[str, Any]] = {pk: {"on": on, "tracks": []} for pk in people}
    told: list[tuple[dict[str, Any], dt.date]] = []
    for events in by_track.values():
        standing = [each for each in standing_events(events) if each.day <= on]
        if not standing or events[0].person not in facts:
            continue
        kinds = {each.kind for each in standing}
        if kinds & {TrackEventKind.FINAL, TrackEventKind.CLOSED, TrackEventKind.WAIVED}:
            continue
        dates = dates_of(standing)
        over = [each.day for each in standing if each.kind == TrackEventKind.OVER]
        track = {
            "delivered_on": dates.delivered_on,
            "window_closed_on": over[-1] if over else None,
            "hearing_on": dates.hearing_on,
            "noticed_on": dates.hearing_noticed_on,
        }
        facts[events[0].person]["tracks"].append(track)
        one = events[0].track
        day = clocks_day(
            standing,
            of_file=one.ground == TrackGround.DECISION,
            opened_on=clock.date_at(one.opened_at, facility),
        )
        if day is not None:
            told.append((track, day))
    _add_told(facility, told, known_at)
    return dict(facts)


def _add_told(
    facility: Facility, told: Sequence[tuple[dict[str, Any], dt.date]], known_at: dt.datetime | None
) -> None:
    """The days each track goes by, as they were on the day the practitioner was told; one query."""
    if not told:
        return
    names = {HEARING_REQUEST_DAYS.code: "request_days", HEARING_NOTICE_DAYS.code: "notice_days"}
    found = resolve_cases(list(names), [(facility.pk, day, ()) for _, day in told], known_at)
    for track, day in told:
        bounds = found[facility.pk, day, ()]
        track |= {name: bounds[code, ""].value for code, name in names.items() if (code, "") in bounds}


def standing_events(events: Iterable[DueProcessEvent]) -> list[DueProcessEvent]:
    """The events that count: neither corrected nor taken back by another one given; a correction stands in
    the place of what it corrects. Pure.
    """
    rows = sorted(events, key=lambda each: each.number)
    newer = {each.replaces_id: each for each in rows if each.replaces_id is not None}
    standing = []
    for row in rows:
        if row.replaces_id is not None or row.kind == TrackEventKind.TAKEN_BACK:
            continue
        while row.pk in newer:
            row = newer[row.pk]
        if row.kind != TrackEventKind.TAKEN_BACK:
            standing.append(row)
    return standing


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person; of several tracks the worst speaks. Pure."""
    verdicts = [_judge_one(facts["on"], track, parameters) for track in facts["tracks"]]
    if not verdicts:
        return _say(
            Outcome.NOT_APPLICABLE, "No hearing can be asked for or is ahead on this day.", parameters
        )
    return min(verdicts, key=lambda each: _RANK[each.outcome])


_RANK = {Outcome.NOT_MET: 0, Outcome.UNKNOWN: 1, Outcome.MET: 2, Outcome.NOT_APPLICABLE: 3}


def _judge_one(on: dt.date, track: dict[str, Any], parameters: Parameters) -> Verdict:
    request, notice = parameters[HEARING_REQUEST_DAYS.code], parameters[HEARING_NOTICE_DAYS.code]
    shown = {name: day for name, day in track.items() if day is not None}
    request_days = track.get("request_days", request.value if request.is_set else None)
    notice_days = track.get("notice_days", notice.value if notice.is_set else None)
    closed, delivered = track["window_closed_on"], track["delivered_on"]
    if closed is not None and delivered is not None:
        if request_days is None:
            return _say(
                Outcome.UNKNOWN, "How long a hearing can be asked for is not recorded.", parameters, shown
            )
        days = (closed - delivered).days - 1  # the day it was found to be over is past the window
        if days < request_days:
            return _say(
                Outcome.NOT_MET,
                f"The time to ask was closed after {max(days, 0)} of {plural_text(request_days, 'day')}.",
                parameters,
                shown,
                since=closed,
                cure="Take back that the time ran out, and let it run.",
            )
    hearing, noticed = track["hearing_on"], track["noticed_on"]
    if hearing is None:
        return _say(Outcome.NOT_APPLICABLE, "No hearing is scheduled.", parameters, shown)
    if notice_days is None:
        return _say(
            Outcome.UNKNOWN,
            "How long before a hearing its notice goes out is not recorded.",
            parameters,
            shown,
            cure="Record the days among the parameters.",
        )  # fmt: skip
    due = hearing - dt.timedelta(days=notice_days)
    cure = "Put the hearing off to a later day, and give notice of that."
    if noticed is None:
        if on > due:
            return _say(
                Outcome.NOT_MET,
                f"The hearing is on {day_text(hearing)}; its notice had to go out by {day_text(due)}.",
                parameters, shown, since=due + dt.timedelta(days=1), due=due, cure=cure,
            )  # fmt: skip
        return _say(
            Outcome.MET,
            f"The hearing is on {day_text(hearing)}; its notice goes out by {day_text(due)}.",
            parameters, shown, due=due,
        )  # fmt: skip
    days = (hearing - noticed).days
    said = f"Notice of {day_text(noticed)}, hearing on {day_text(hearing)}: {plural_text(days, 'day')}"
    if days < notice_days:
        return _say(
            Outcome.NOT_MET,
            f"{said}; it is {notice_days} at least.",
            parameters,
            shown,
            since=noticed,
            cure=cure,
        )
    return _say(Outcome.MET, f"{said}.", parameters, shown, since=noticed)


def _say(
    outcome: Outcome, sentence: str, parameters: Parameters, shown: dict[str, Any] | None = None, **more: Any
) -> Verdict:
    limit = parameters[HEARING_NOTICE_DAYS.code]
    return Verdict(
        outcome=outcome,
        code=CODE,
        title=TITLE,
        sentence=sentence,
        facts=shown or {},
        citation=limit.citation,
        confidence=limit.confidence,
        bound_by=_bound_by(limit, (shown or {}).get("notice_days")),
        **more,
    )


def _bound_by(limit: Bound, told: int | None) -> str:
    if told is not None and (not limit.is_set or told != limit.value):
        return f"{told} days, as when the practitioner was told"
    return f"{limit.source}: {limit.value} days" if limit.is_set else ""


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        data_class=DataClass.PEER_REVIEW,
        parameters=(HEARING_REQUEST_DAYS.code, HEARING_NOTICE_DAYS.code),
        facts=gather,
        judge=judge,
    )
)
