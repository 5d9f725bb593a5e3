"""BL-HRG-1: the time to ask for a hearing, and the notice of one, are as long as the law and the bylaws say.

The notice of a hearing goes out at least so many days before it (42 USC 11112(b)(2): not less than 30); a
hearing asked for can be asked for so many days from the receipt of the first notice (11112(b)(1)). Judged
while the track is under way; what was late stays late until the hearing is put off, or noticed anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from bylaws.choices import TrackEventKind
from bylaws.models import DueProcessEvent
from bylaws.parameters import HEARING_NOTICE_DAYS, HEARING_REQUEST_DAYS
from bylaws.rules.due_process import dates_of
from bylaws.rules.population import appointed
from config.accounts.choices import DataClass
from config.kernel.display.dates import day_text
from config.kernel.display.words import plural_text
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict
from practitioners.selectors.canonical import among, person_id

CODE = "BL-HRG-1"
TITLE = "Hearing noticed in time"


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """The days of every track under way on the day by practitioner id; one query for people given."""
    people = list(appointed(facility, on, known_at, None) if practitioner_ids is None else practitioner_ids)
    known = Q() if known_at is None else Q(recorded_at__lte=known_at)
    rows: Any = (
        DueProcessEvent.objects.filter(
            known, track__facility=facility, track__practitioner__in=among(people, known_at)
        )
        .annotate(person=person_id("track__practitioner_id", known_at))
        .order_by("track_id", "number")
    )
    by_track: dict[int, list[Any]] = {}
    for row in rows:
        by_track.setdefault(row.track_id, []).append(row)
    facts: dict[int, dict[str, Any]] = {pk: {"on": on, "tracks": []} for pk in people}
    for events in by_track.values():
        standing = [each for each in standing_events(events) if each.day <= on]
        if not standing or events[0].person not in facts:
            continue
        kinds = {each.kind for each in standing}
        if kinds & {TrackEventKind.FINAL, TrackEventKind.CLOSED, TrackEventKind.WAIVED}:
            continue
        dates = dates_of(standing)
        over = [each.day for each in standing if each.kind == TrackEventKind.OVER]
        facts[events[0].person]["tracks"].append(
            {
                "delivered_on": dates.delivered_on,
                "window_closed_on": over[-1] if over else None,
                "hearing_on": dates.hearing_on,
                "noticed_on": dates.hearing_noticed_on,
            }
        )
    return dict(facts)


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
    closed, delivered = track["window_closed_on"], track["delivered_on"]
    if closed is not None and delivered is not None:
        if not request.is_set:
            return _say(
                Outcome.UNKNOWN, "How long a hearing can be asked for is not recorded.", parameters, shown
            )
        days = (closed - delivered).days - 1  # the day it was found to be over is past the window
        if days < request.value:
            return _say(
                Outcome.NOT_MET,
                f"The time to ask was closed after {max(days, 0)} of {plural_text(request.value, 'day')}.",
                parameters,
                shown,
                since=closed,
                cure="Take back that the time ran out, and let it run.",
            )
    hearing, noticed = track["hearing_on"], track["noticed_on"]
    if hearing is None:
        return _say(Outcome.NOT_APPLICABLE, "No hearing is scheduled.", parameters, shown)
    if not notice.is_set:
        return _say(
            Outcome.UNKNOWN,
            "How long before a hearing its notice goes out is not recorded.",
            parameters,
            shown,
            cure="Record the days among the parameters.",
        )  # fmt: skip
    due = hearing - dt.timedelta(days=notice.value)
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
    if days < notice.value:
        return _say(
            Outcome.NOT_MET,
            f"{said}; it is {notice.value} at least.",
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
        bound_by=f"{limit.source}: {limit.value} days" if limit.is_set else "",
        **more,
    )


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
