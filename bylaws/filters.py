"""Filters of the lists of this room."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q

from bylaws.choices import LIVE_STEPS, BarKind, Body, MeetingStatus, StepStatus
from bylaws.models import BarPeriod, Committee, Meeting, ReviewStep
from bylaws.selectors.compliance import RuleResult
from bylaws.selectors.reviews import steps_for
from config.kernel.day_fields import DayField, MomentField
from config.kernel.pages import Action
from config.organization.models import Department
from config.rulebook.verdicts import Outcome


class ReviewFilter(filters.FilterSet):
    """Files in review: mine, by body, state and department."""

    who = filters.ChoiceFilter(
        label="Waiting for",
        choices=[("me", "Me")],
        empty_label="Anybody",
        method="filter_who",
    )
    body = filters.ChoiceFilter(label="Before", choices=Body.choices, empty_label="Any body")
    status = filters.ChoiceFilter(
        label="State",
        choices=[
            (each.value, each.label)
            for each in (StepStatus.OPEN, StepStatus.DEFERRED, StepStatus.HELD, StepStatus.ACTED)
        ],
        empty_label="Whose turn it is",
        method="filter_status",
    )
    department = filters.ModelChoiceFilter(
        label="Department",
        field_name="case__department",
        queryset=Department.objects.none(),
        empty_label="Any department",
    )

    class Meta:
        model = ReviewStep
        fields: list[str] = []

    def __init__(self, *args: Any, viewer, facility, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.viewer = viewer
        self.filters["department"].queryset = Department.objects.filter(facility=facility)

    def filter_queryset(self, queryset):
        rows = super().filter_queryset(queryset)
        if not self.form.cleaned_data.get("status"):
            rows = rows.filter(status__in=LIVE_STEPS)
        return rows

    def filter_who(self, rows, name: str, value: str):
        return rows.filter(pk__in=steps_for(self.viewer).values("pk")) if value == "me" else rows

    def filter_status(self, rows, name: str, value: str):
        return rows.filter(status=value)


class MeetingFilter(filters.FilterSet):
    """Meetings by committee and state."""

    committee = filters.ModelChoiceFilter(queryset=Committee.objects.none(), empty_label="Any committee")
    status = filters.ChoiceFilter(label="State", choices=MeetingStatus.choices, empty_label="Any state")

    class Meta:
        model = Meeting
        fields: list[str] = []

    def __init__(self, *args: Any, facility, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["committee"].queryset = Committee.objects.filter(facility=facility)


class BarFilter(filters.FilterSet):
    """Bars by what they are and whether they stand."""

    STATES = (("standing", "Standing today"), ("ended", "Ended"), ("all", "All"))

    state = filters.ChoiceFilter(
        label="State", choices=STATES[1:], empty_label="Standing today", method="filter_state"
    )
    kind = filters.ChoiceFilter(
        label="What", field_name="identity__kind", choices=BarKind.choices, empty_label="Anything"
    )
    q = filters.CharFilter(
        label="Name", method="filter_name", widget=forms.TextInput(attrs={"type": "search"})
    )

    class Meta:
        model = BarPeriod
        fields: list[str] = []

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def filter_queryset(self, queryset):
        rows = super().filter_queryset(queryset)
        if not self.form.cleaned_data.get("state"):
            rows = rows.filter(valid__contains=self.today)
        return rows

    def filter_state(self, rows, name: str, value: str):
        if value == "ended":
            return rows.filter(valid__upper_inf=False, valid__endswith__lte=self.today)
        return rows

    def filter_name(self, rows, name: str, value: str):
        return rows.filter(
            Q(identity__practitioner__display_name__icontains=value)
            | Q(identity__practitioner__sort_name__icontains=value)
        )


class ComplianceForm(forms.Form):
    """Which day is judged, as known when, and which findings are listed."""

    on = DayField(label="As of", required=False)
    known_at = MomentField(
        label="As known at", required=False, help_text="Empty: as known now. In the facility's time."
    )
    rule = forms.ChoiceField(required=False)
    outcome = forms.ChoiceField(
        required=False,
        choices=[("", "Not met or unknown"), *Outcome.choices, ("all", "Every outcome")],
    )
    department = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, facility, rules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["known_at"].zone = facility.time_zone
        self.fields["rule"].choices = [("", "Every rule"), *((rule.code, rule.code) for rule in rules)]
        departments = Department.objects.filter(facility=facility).values_list("code", "name")
        self.fields["department"].choices = [("", "Every department"), *departments]


class Finding:
    """One person under one rule."""

    def __init__(self, result: RuleResult, practitioner_id: int) -> None:
        self.rule = result.rule
        self.verdict = result.verdicts[practitioner_id]
        self.judged = result.population[practitioner_id]
        self.practitioner = self.judged.practitioner
        self.act: Action | None = None  # where it is settled, for those who may


class FindingFilter:
    """The findings that fit the form, in the shape a list wants of its filter set."""

    def __init__(self, form: ComplianceForm, results: list[RuleResult]) -> None:
        self.form = form
        self.results = results

    @property
    def qs(self) -> list[Finding]:
        """Findings by rule, what needs attention first, then by name."""
        self.form.is_valid()
        asked = self.form.cleaned_data
        wanted = asked.get("outcome") or ""
        order = [Outcome.NOT_MET, Outcome.UNKNOWN, Outcome.MET, Outcome.NOT_APPLICABLE]
        rows = [
            Finding(result, practitioner_id)
            for result in self.results
            if asked.get("rule") in (None, "", result.rule.code)
            for practitioner_id in result.population
        ]
        return sorted(
            (
                row
                for row in rows
                if (
                    row.verdict.outcome in order[:2] if not wanted else wanted in ("all", row.verdict.outcome)
                )
                and asked.get("department") in (None, "", row.judged.department_code)
            ),
            key=lambda row: (row.rule.code, order.index(row.verdict.outcome), row.practitioner.sort_name),
        )
