"""The list of runs: its columns and filters."""

from __future__ import annotations

import django_filters as filters

from config.kernel.pages import Column, Table
from credentialing import links
from credentialing.choices import RunKind, RunState
from credentialing.models import VerificationRun


def subject(row: VerificationRun) -> str:
    """What was checked: the person of the application, or what runs out at the facility."""
    if row.application is not None:
        return f"{row.application.practitioner}, {row.application.get_kind_display().lower()}"
    return f"Licenses that run out at {row.facility}"


def state(row) -> RunState:
    """How far a run of :func:`visible_runs` is, for a list."""
    if row.ended_at is None:
        return RunState.UNDER_WAY
    if row.cancelled_at is not None:
        return RunState.CANCELLED
    return RunState.UNCHECKED if row.number_unchecked else RunState.DONE


RUNS = Table(
    caption="Runs",
    order="-started",
    row_url=links.run,
    columns=(
        Column("subject", "What was checked", value=subject, kind="strong"),
        Column("state", "State", value=state, kind="badge", export=lambda row: state(row).label),
        Column("number", "Questions", kind="number", sort="number"),
        Column("answered", "Answered", value="number_answered", kind="number", sort="number_answered"),
        Column(
            "unchecked",
            "Not checked",
            value="number_unchecked",
            kind="number",
            sort="number_unchecked",
        ),
        Column("open", "Open", value="number_open", kind="number", sort="number_open", page=False),
        Column("started", "Started", value="started_at", kind="moment", sort="started_at"),
        Column("by", "By", value=lambda row: str(row.started_by), page=False),
        Column("ended", "Ended", value="ended_at", kind="moment", sort="ended_at", page=False),
    ),
)


class RunFilter(filters.FilterSet):
    """Runs by how far they are and what they cover."""

    state = filters.ChoiceFilter(
        label="State", choices=RunState.choices, empty_label="Any", method="filter_state"
    )
    kind = filters.ChoiceFilter(label="What", choices=RunKind.choices, empty_label="Any")

    class Meta:
        model = VerificationRun
        fields = ("state", "kind")

    def filter_state(self, queryset, name, value):
        """By the state that is shown, which is derived."""
        if value == RunState.UNDER_WAY:
            return queryset.filter(ended_at__isnull=True)
        if value == RunState.CANCELLED:
            return queryset.filter(cancelled_at__isnull=False)
        ended = queryset.filter(ended_at__isnull=False, cancelled_at__isnull=True)
        return (
            ended.filter(number_unchecked__gt=0)
            if value == RunState.UNCHECKED
            else ended.filter(number_unchecked=0)
        )
