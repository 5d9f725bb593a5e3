"""Filters of the lists of this room."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

import django_filters as filters
from django import forms
from django.db.models import Q

from bylaws.choices import (
    FINDING_CLOSED,
    LIVE_STEPS,
    AnsweredHow,
    BarKind,
    Body,
    DutyKind,
    FindingStatus,
    MeetingStatus,
    StepStatus,
)
from bylaws.models import (
    BarPeriod,
    Committee,
    DutyList,
    Finding,
    LeaderRequest,
    Meeting,
    OfficeTask,
    ReviewStep,
)
from bylaws.selectors.compliance import NEEDS_ATTENTION, RuleResult
from bylaws.selectors.findings import SEEN_TO
from bylaws.selectors.membership import appointments_in_force
from bylaws.selectors.requests import leaders, office_people
from bylaws.selectors.reviews import steps_for
from config.accounts.choices import DataClass
from config.accounts.models import User
from config.kernel import clock
from config.kernel.day_fields import DayField, MomentField
from config.kernel.pages import Action
from config.organization.models import Department
from config.rulebook.rules import Rule
from config.rulebook.verdicts import Outcome
from practitioners.selectors.canonical import person_id


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
    """Meetings by committee, state, and whether they are to come."""

    committee = filters.ModelChoiceFilter(queryset=Committee.objects.none(), empty_label="Any committee")
    status = filters.ChoiceFilter(label="State", choices=MeetingStatus.choices, empty_label="Any state")
    when = filters.ChoiceFilter(
        label="When",
        choices=[("coming", "From today on"), ("past", "Before today")],
        empty_label="Any day",
        method="filter_when",
    )

    class Meta:
        model = Meeting
        fields: list[str] = []

    def __init__(self, *args: Any, facility, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.facility = facility
        self.filters["committee"].queryset = Committee.objects.filter(facility=facility)

    def filter_when(self, rows, name: str, value: str):
        zone = ZoneInfo(self.facility.time_zone)
        begins = dt.datetime.combine(clock.today(self.facility), dt.time.min, zone)
        return rows.filter(starts_at__gte=begins) if value == "coming" else rows.filter(starts_at__lt=begins)


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


#: Not an outcome: not met or unknown, and set aside.
WAIVED = "waived"


def _named(rules: Iterable[Rule]) -> list[tuple[str, str]]:
    """Rules to choose from, by code and name: nobody knows the codes by heart."""
    return [(each.code, f"{each.code} {each.title}") for each in rules]


class ComplianceForm(forms.Form):
    """Which day is judged, as known when, and which findings are listed."""

    on = DayField(label="As of", required=False)
    known_at = MomentField(
        label="As known at", required=False, help_text="Empty: as known now. In the facility's time."
    )
    rule = forms.ChoiceField(required=False)
    outcome = forms.ChoiceField(
        required=False,
        choices=[
            ("", "Not met or unknown"),
            *Outcome.choices,
            (WAIVED, "Waived"),
            ("all", "Every outcome"),
        ],
    )
    department = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, facility, rules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["known_at"].zone = facility.time_zone
        self.fields["rule"].choices = [("", "Every rule"), *_named(rules)]
        departments = Department.objects.filter(facility=facility).values_list("code", "name")
        self.fields["department"].choices = [("", "Every department"), *departments]


class JudgedDayForm(forms.Form):
    """Which day is judged, as known when, and of which department people are shown."""

    on = DayField(label="As of", required=False)
    known_at = MomentField(
        label="As known at", required=False, help_text="Empty: as known now. In the facility's time."
    )
    department = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, facility, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["known_at"].zone = facility.time_zone
        departments = Department.objects.filter(facility=facility).values_list("code", "name")
        self.fields["department"].choices = [("", "Every department"), *departments]


class JudgedPeopleForm(JudgedDayForm):
    """The same, and of which name."""

    q = forms.CharField(
        label="Name", max_length=100, required=False, widget=forms.TextInput(attrs={"type": "search"})
    )


class Judgement:
    """One person, body or thing under one rule. ``practitioner``: whom it is about, or whose it is."""

    def __init__(self, result: RuleResult, one: int) -> None:
        self.rule = result.rule
        self.verdict = result.verdicts[one]
        self.judged = result.population[one]
        self.practitioner = self.judged.practitioner
        self.waiver = result.waivers.get(one) if result.is_waived(one) else None
        self.recorded: list[Finding] = []  # what a run recorded of it and stands
        self.act: Action | None = None  # where it is settled, for those who may


class JudgementFilter:
    """The judgements that fit the form, in the shape a list wants of its filter set."""

    def __init__(self, form: ComplianceForm, results: list[RuleResult]) -> None:
        self.form = form
        self.results = results

    @property
    def qs(self) -> list[Judgement]:
        """Judgements by rule, what needs attention first, then by name."""
        self.form.is_valid()
        asked = self.form.cleaned_data
        wanted = asked.get("outcome") or ""
        order = [Outcome.NOT_MET, Outcome.UNKNOWN, Outcome.MET, Outcome.NOT_APPLICABLE]
        rows = [
            Judgement(result, one)
            for result in self.results
            if asked.get("rule") in (None, "", result.rule.code)
            for one in result.population
        ]
        return sorted(
            (
                row
                for row in rows
                if _wanted(row, wanted) and asked.get("department") in (None, "", row.judged.department_code)
            ),
            key=lambda row: (row.rule.code, order.index(row.verdict.outcome), row.judged.sort_name),
        )


def _wanted(row: Judgement, outcome: str) -> bool:
    if not outcome:
        return row.verdict.outcome in NEEDS_ATTENTION
    if outcome == WAIVED:
        return row.waiver is not None
    return outcome in ("all", row.verdict.outcome)


class SumFilter:
    """What the rules say of people or departments, in the shape a list wants of its filter set."""

    def __init__(self, form: forms.Form, rows: list[Any]) -> None:
        self.form = form
        self.qs = rows


#: Not a state: what is neither closed, waived nor has its consequence; and whatever it is.
TO_SEE_TO, EVERY_STATE = "todo", "all"


class FindingFilter(filters.FilterSet):
    """Recorded findings: by state, rule, outcome, department and name."""

    chief = ("status", "outcome", "rule_code")

    status = filters.ChoiceFilter(
        label="State",
        choices=[
            (TO_SEE_TO, "To be seen to"),
            *FindingStatus.choices,
            (EVERY_STATE, "All, closed ones too"),
        ],
        empty_label="Not closed",
        method="filter_status",
    )
    outcome = filters.ChoiceFilter(
        label="Outcome",
        choices=[(Outcome.NOT_MET.value, "Not met"), (Outcome.UNKNOWN.value, "Unknown")],
        empty_label="Not met or unknown",
    )
    rule_code = filters.ChoiceFilter(label="Rule", empty_label="Every rule")
    department = filters.ModelChoiceFilter(
        label="Department",
        queryset=Department.objects.none(),
        to_field_name="code",
        empty_label="Every department",
        method="filter_department",
    )
    q = filters.CharFilter(
        label="Name", method="filter_name", widget=forms.TextInput(attrs={"type": "search"})
    )

    class Meta:
        model = Finding
        fields: list[str] = []

    def __init__(self, *args: Any, facility, rules, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.facility, self.today = facility, today
        self.filters["rule_code"].extra["choices"] = _named(rules)
        self.filters["department"].queryset = Department.objects.filter(facility=facility)

    def filter_queryset(self, queryset):
        rows = super().filter_queryset(queryset)
        if not self.form.cleaned_data.get("status"):
            rows = rows.exclude(status__in=FINDING_CLOSED)
        return rows

    def filter_status(self, rows, name: str, value: str):
        if value == TO_SEE_TO:
            return rows.exclude(status__in=SEEN_TO)
        return rows if value == EVERY_STATE else rows.filter(status=value)

    def filter_department(self, rows, name: str, value):
        members = appointments_in_force(facility=self.facility, on=self.today).filter(department=value)
        people = members.annotate(person=person_id()).values("person")
        return rows.annotate(person=person_id()).filter(person__in=people)

    def filter_name(self, rows, name: str, value: str):
        return rows.filter(
            Q(practitioner__display_name__icontains=value)
            | Q(practitioner__sort_name__icontains=value)
            | Q(subject_name__icontains=value)
        )


class OwnRequestFilter(filters.FilterSet):
    """What was asked of oneself: by state and words."""

    STATES = (("late", "Overdue"), ("answered", "Answered"), ("withdrawn", "Withdrawn"), ("all", "All"))

    state = filters.ChoiceFilter(
        label="State", choices=STATES, empty_label="Not answered", method="filter_state"
    )
    q = filters.CharFilter(
        label="Words", method="filter_words", widget=forms.TextInput(attrs={"type": "search"})
    )

    class Meta:
        model = LeaderRequest
        fields: list[str] = []

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def filter_queryset(self, queryset):
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("state") else rows.filter(answered_on__isnull=True)

    def filter_state(self, rows, name: str, value: str):
        if value == "late":
            return rows.filter(answered_on__isnull=True, due__lt=self.today)
        if value == "withdrawn":
            return rows.filter(answered_how=AnsweredHow.DROPPED)
        if value == "answered":
            return rows.filter(answered_on__isnull=False).exclude(answered_how=AnsweredHow.DROPPED)
        return rows

    def filter_words(self, rows, name: str, value: str):
        """Of a protected request the list shows no words: none of its words finds it."""
        told = Q(title__icontains=value) | Q(question__icontains=value) | Q(answer__icontains=value)
        return rows.filter(told, data_class=DataClass.GENERAL)


class RequestFilter(OwnRequestFilter):
    """Requests to leaders: by state, whom was asked, and words."""

    asked_of = filters.ModelChoiceFilter(
        label="Asked", queryset=User.objects.none(), to_field_name="uid", empty_label="Anybody"
    )

    class Meta:
        model = LeaderRequest
        fields: list[str] = []

    def __init__(self, *args: Any, facility, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["asked_of"].queryset = leaders(facility)


class DutyListFilter(filters.FilterSet):
    """Lists of counts: by what they count, and whether they still speak."""

    kind = filters.ChoiceFilter(label="What it counts", choices=DutyKind.choices, empty_label="Anything")
    state = filters.ChoiceFilter(
        label="State",
        choices=[("stands", "Not taken back"), ("undone", "Taken back")],
        empty_label="All",
        method="filter_state",
    )

    class Meta:
        model = DutyList
        fields: list[str] = []

    def filter_state(self, queryset, name, value):
        """Taken back or not."""
        return queryset.filter(undone_at__isnull=value == "stands")


class TaskFilter(filters.FilterSet):
    """Tasks of the office: by state, owner and words."""

    STATES = (("late", "Overdue"), ("done", "Done"), ("all", "All"))

    state = filters.ChoiceFilter(label="State", choices=STATES, empty_label="Open", method="filter_state")
    owner = filters.ModelChoiceFilter(
        label="Who does it", queryset=User.objects.none(), to_field_name="uid", empty_label="Anybody"
    )
    q = filters.CharFilter(
        label="Words", method="filter_words", widget=forms.TextInput(attrs={"type": "search"})
    )

    class Meta:
        model = OfficeTask
        fields: list[str] = []

    def __init__(self, *args: Any, facility, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.filters["owner"].queryset = office_people(facility)

    def filter_queryset(self, queryset):
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("state") else rows.filter(done_at__isnull=True)

    def filter_state(self, rows, name: str, value: str):
        if value == "late":
            return rows.filter(done_at__isnull=True, due__lt=self.today)
        return rows.filter(done_at__isnull=False) if value == "done" else rows

    def filter_words(self, rows, name: str, value: str):
        return rows.filter(Q(title__icontains=value) | Q(about__icontains=value))
