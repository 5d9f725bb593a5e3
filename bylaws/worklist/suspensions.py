"""Suspensions, due process, and the data bank."""

from __future__ import annotations

from django.urls import reverse, reverse_lazy

from bylaws.choices import (
    SETTLED_TRACKS,
    ClockState,
    DataBankQuestionKind,
    TrackStatus,
)
from bylaws.selectors.bars import deemed_relinquished, refused_lately, to_review, visible_bars
from bylaws.selectors.compliance import standing_problems
from bylaws.selectors.data_bank import clocks, open_clocks
from bylaws.selectors.due_process import RUN as RUN_DUE_PROCESS
from bylaws.selectors.due_process import days_due, to_open, tracks
from bylaws.selectors.questions import open_questions
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.registries import Waiting, WorkItem, queue


@queue(
    code="bylaws.bars",
    title="Suspensions and leaves",
    permission="bylaws.manage_bars",
    order=50,
    more_url=reverse_lazy("bylaws:bars"),
    empty="Nobody is suspended or on leave.",
)
def bars_standing(viewer, facility, limit: int) -> Waiting:
    """Suspensions, leaves and restrictions that stand today, the oldest first."""
    rows = (
        visible_bars(viewer, facility)
        .filter(valid__contains=clock.today(facility))
        .order_by("valid__startswith", "pk")
    )
    shown = list(rows[: limit + 1])
    return (len(shown) if len(shown) <= limit else rows.count()), [
        WorkItem(
            title=str(row.identity.practitioner),
            url=reverse("bylaws:bar", args=[row.identity.uid]),
            detail=row.identity.get_kind_display(),
            since=row.valid.lower,
            colour="bad",
        )
        for row in shown[:limit]
    ]


@queue(
    code="bylaws.suspensions_to_review",
    title="Precautionary suspensions to be reviewed",
    permission="bylaws.record_minutes",
    slow=True,
    order=15,
    more_url=reverse_lazy("bylaws:bars"),
    empty="Every precautionary suspension that stands was reviewed.",
)
def suspensions_to_review(viewer, facility, limit: int) -> Waiting:
    """Precautionary suspensions the Medical Executive Committee has not reviewed, the oldest first."""
    rows = to_review(viewer, facility)
    today = clock.today(facility)
    return len(rows), [
        WorkItem(
            title=str(row.identity.practitioner),
            url=reverse("bylaws:bar", args=[row.identity.uid]),
            detail="Not reviewed by the Medical Executive Committee",
            since=row.valid.lower,
            due=due,
            colour="bad" if due is not None and today > due else "warn",
        )
        for row, due in rows[:limit]
    ]


@queue(
    code="bylaws.relinquished",
    title="Deemed relinquished: not cured in time",
    permission="bylaws.manage_bars",
    slow=True,
    order=52,
    more_url=reverse_lazy("bylaws:bars"),
    empty="No automatic suspension has outlasted its cure time.",
)
def relinquished(viewer, facility, limit: int) -> Waiting:
    """Automatic suspensions not cured in time: the privileges are deemed relinquished."""
    rows = deemed_relinquished(viewer, facility)
    return len(rows), [
        WorkItem(
            title=str(row.identity.practitioner),
            url=reverse("bylaws:bar", args=[row.identity.uid]),
            detail=f"Could be cured until {day_text(until)}; only the bodies give it back",
            since=row.valid.lower,
            colour="bad",
        )
        for row, until in rows[:limit]
    ]


@queue(
    code="bylaws.standing_refused",
    title="Standing conditions that could not be applied",
    permission="bylaws.manage_bars",
    slow=True,
    order=55,
    empty="Every standing condition of the bylaws can be applied.",
)
def standing_refused(viewer, facility, limit: int) -> Waiting:
    """What of the standing conditions could not be applied: entries of the bylaws that are not sound, and
    people whose suspension could not be recorded in the last day.
    """
    today = clock.today(facility)
    items = [
        WorkItem(title=sentence, url=reverse("bylaws:parameters"), due=today, colour="bad")
        for sentence in standing_problems(facility=facility, on=today)
    ]
    items += [
        WorkItem(
            title=name, url=reverse("practitioners:file", args=[uid]), detail=why, due=today, colour="bad"
        )
        for name, uid, why in refused_lately(viewer, facility)
    ]
    return len(items), items[:limit]


@queue(
    code="bylaws.due_process",
    title="Due process under way",
    permission=RUN_DUE_PROCESS,
    order=24,
    more_url=reverse_lazy("bylaws:due_processes"),
    empty="No due process is under way.",
)
def due_process_waiting(viewer, facility, limit: int) -> Waiting:
    """Suspensions that go on and have no due process, then due process under way, the longest first, each
    with where it is and the day it waits for; nothing of what it is about. Of an applicant this is where the
    day is seen: compliance judges members.
    """
    missing = [
        WorkItem(
            title=str(row.identity.practitioner),
            url=reverse("bylaws:due_process_new", args=[row.identity.practitioner.uid]),
            detail="Suspension continued: open due process",
            since=row.valid.lower,
            colour="bad",
        )
        for row in to_open(viewer, facility)
    ]
    rows = list(tracks(viewer, facility).exclude(status__in=SETTLED_TRACKS).order_by("opened_at", "pk"))
    due = days_due(rows[:limit])
    under_way = [
        WorkItem(
            title=str(each.practitioner),
            url=reverse("bylaws:due_process", args=[each.uid]),
            due=due.get(each.pk),
            detail=TrackStatus(each.status).label,
            since=each.proposed_on,
            colour=TrackStatus(each.status).colour,
        )
        for each in rows[:limit]
    ]
    return len(missing) + len(rows), [*missing, *under_way][:limit]


@queue(
    code="bylaws.data_bank",
    title="Data bank clock",
    permission="bylaws.report_actions",
    slow=True,
    order=25,
    more_url=reverse_lazy("bylaws:data_bank"),
    empty="No adverse action is counted or due.",
)
def data_bank_clocks(viewer, facility, limit: int) -> Waiting:
    """Adverse actions whose days are counted or whose report is due, what is due first."""
    rows = open_clocks(clocks(viewer, facility))
    return len(rows), [
        WorkItem(
            title=str(each.practitioner),
            url=reverse("bylaws:data_bank_action", args=[each.uid]),
            detail=each.clock.state.label,
            since=each.clock.effective,
            due=each.clock.due if each.clock.state in (ClockState.DUE, ClockState.OVERDUE) else None,
            colour=each.clock.state.colour,
        )
        for each in rows[:limit]
    ]


@queue(
    code="bylaws.data_bank_questions",
    title="Questions for the data bank",
    permission="bylaws.report_actions",
    slow=True,
    order=24,
    more_url=reverse_lazy("bylaws:data_bank_questions"),
    empty="Nothing is asked for the data bank.",
)
def data_bank_questions(viewer, facility, limit: int) -> Waiting:
    """What only a person can answer for the data bank, asked longest ago first."""
    rows = open_questions(viewer, facility)
    shown = list(rows[: limit + 1])
    return (len(shown) if len(shown) <= limit else rows.count()), [
        WorkItem(
            title=str(each.practitioner),
            url=reverse("bylaws:data_bank_question", args=[each.uid]),
            detail=each.get_kind_display(),
            since=clock.date_at(each.raised_at, facility),
            colour=DataBankQuestionKind(each.kind).colour,
        )
        for each in shown[:limit]
    ]
