"""What the lists of this room can be narrowed by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import django_filters as filters
from django.db.models import Exists, OuterRef, Q
from django.forms import HiddenInput

from bylaws.models import AppointmentPeriod, StaffCategory
from config.kernel.day_fields import DayInput, sensible_day
from config.kernel.display.dates import day_text
from config.organization.models import Department, Facility
from credentialing.models import Application
from practitioners.models import PracticeGroup
from practitioners.selectors.canonical import any_record_in
from practitioners.selectors.workplaces import at_group
from privileging.choices import (
    CaseCover,
    ChangeKind,
    DepartureKind,
    FeedbackKind,
    FPPEStatus,
    OPPEConclusion,
    OPPEStatus,
    VersionStatus,
)
from privileging.models import (
    Departure,
    DistantSiteFeedback,
    FormLine,
    FPPEAssignedPlan,
    FPPEPlan,
    GrantPeriod,
    OPPEIndicator,
    OPPEProfile,
    PerformedCase,
    PrivilegeCertificate,
    PrivilegeForm,
    PublishedChange,
    SurgicalRoster,
)
from privileging.models.fppe import OPEN as OPEN_FPPE
from privileging.selectors.fppe import TO_TAKE_UP
from privileging.selectors.performed import UNCOVERED


class FormFilter(filters.FilterSet):
    """Privilege forms by a word of the form, or of a privilege on it."""

    q = filters.CharFilter(label="Form or privilege", method="filter_q")

    class Meta:
        model = PrivilegeForm
        fields = ()

    def filter_q(self, queryset, name, value):
        """Forms that hold every word in their own name or code, or in those of one of their privileges."""
        for word in value.split()[:5]:
            on_it = FormLine.objects.filter(
                Q(privilege__name__icontains=word) | Q(privilege__code__icontains=word),
                version__form=OuterRef("pk"),
            ).exclude(version__status=VersionStatus.WITHDRAWN)
            queryset = queryset.filter(Q(name__icontains=word) | Q(code__icontains=word) | Exists(on_it))
        return queryset


class FPPEFilter(filters.FilterSet):
    """Focused evaluations by person, state and department."""

    STATES = (
        ("late", "Overdue"),
        ("unproctored", "No proctor named"),
        *FPPEStatus.choices,
        ("to_take_up", "To be taken up"),
        ("all", "All"),
    )

    q = filters.CharFilter(label="Practitioner or privilege", method="filter_q")
    state = filters.ChoiceFilter(
        label="State", choices=STATES, empty_label="Not closed", method="filter_state"
    )
    department = filters.ModelChoiceFilter(
        queryset=Department.objects.none(),
        label="Department",
        empty_label="Any department",
        method="filter_department",
    )

    class Meta:
        model = FPPEPlan
        fields = ()

    def __init__(self, *args, facility, today: dt.date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.filters["department"].queryset = Department.objects.filter(facility=facility)

    def filter_department(self, queryset, name, value):
        """Of people appointed to the department today."""
        terms = AppointmentPeriod.objects.in_force(self.today).filter(department=value)
        return queryset.filter(any_record_in("practitioner", terms))

    def filter_queryset(self, queryset):
        """Those that are not closed, unless something else is asked for: they are what Today counts."""
        rows = super().filter_queryset(queryset)
        if not self.form.cleaned_data.get("state"):
            rows = rows.filter(status__in=OPEN_FPPE)
        return rows

    def filter_q(self, queryset, name, value):
        """Rows whose person or privilege holds every word."""
        for word in value.split()[:5]:
            queryset = queryset.filter(
                Q(practitioner__display_name__icontains=word)
                | Q(practitioner__npi__startswith=word)
                | Q(privilege__name__icontains=word)
                | Q(privilege__code__icontains=word)
            )
        return queryset

    def filter_state(self, queryset, name, value):
        """Rows of one status; overdue is derived: open, and the day it is due has passed."""
        if value == "all":
            return queryset
        if value == "late":
            return queryset.filter(status__in=OPEN_FPPE, due_on__lt=self.today)
        if value == "unproctored":
            running = FPPEAssignedPlan.objects.filter(plan=OuterRef("pk"), assignment__ended_at=None)
            return queryset.filter(~Exists(running), status__in=OPEN_FPPE)
        if value == "to_take_up":
            return queryset.filter(status__in=TO_TAKE_UP, follow_up=None)
        return queryset.filter(status=value)


class ProfileFilter(filters.FilterSet):
    """Profiles of ongoing evaluation by person, specialty, department, state and conclusion."""

    q = filters.CharFilter(label="Practitioner", method="filter_q")
    cycle = filters.ChoiceFilter(label="Cycle", empty_label="The newest", method="filter_cycle")
    state = filters.ChoiceFilter(
        label="State", field_name="status", choices=OPPEStatus.choices, empty_label="Any"
    )
    conclusion = filters.ChoiceFilter(choices=OPPEConclusion.choices, empty_label="Any conclusion")
    department = filters.ModelChoiceFilter(queryset=Department.objects.none(), empty_label="Any department")

    class Meta:
        model = OPPEProfile
        fields = ()

    def __init__(self, *args, facility, cycles, **kwargs):
        super().__init__(*args, **kwargs)
        self.filters["cycle"].extra["choices"] = [
            (str(each.uid), f"{day_text(each.first_day)} to {day_text(each.last_day)}") for each in cycles
        ]
        self.filters["department"].queryset = Department.objects.filter(facility=facility)

    def filter_q(self, queryset, name, value):
        """Rows whose person holds every word."""
        return _named(queryset, value)

    def filter_cycle(self, queryset, name, value):
        """The view has chosen it already."""
        return queryset


class IndicatorFilter(filters.FilterSet):
    """Indicators of ongoing evaluation by name, specialty, and whether they are in use."""

    STATES = (("retired", "Retired"), ("all", "All"))

    q = filters.CharFilter(label="Name or code", method="filter_q")
    specialty = filters.ModelChoiceFilter(
        queryset=PrivilegeForm.objects.order_by("name"),
        to_field_name="code",
        field_name="forms",
        label="Specialty",
        empty_label="Any specialty",
    )
    state = filters.ChoiceFilter(label="State", choices=STATES, empty_label="In use", method="filter_state")

    class Meta:
        model = OPPEIndicator
        fields = ()

    def filter_queryset(self, queryset):
        """Those in use, unless others are asked for."""
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("state") else rows.filter(retired=False)

    def filter_q(self, queryset, name, value):
        """Rows whose name or code holds every word."""
        for word in value.split()[:5]:
            queryset = queryset.filter(Q(name__icontains=word) | Q(code__icontains=word))
        return queryset

    def filter_state(self, queryset, name, value):
        """The retired ones, or all."""
        return queryset.filter(retired=True) if value == "retired" else queryset


class DepartureFilter(filters.FilterSet):
    """Departures by person, kind, and whether something is still to be done."""

    STATES = (
        ("ahead", "Still on the staff"),
        ("counted", "Counted for the data bank"),
        ("taken_back", "Taken back"),
        ("all", "All"),
    )

    q = filters.CharFilter(label="Practitioner", method="filter_q")
    kind = filters.ChoiceFilter(label="How", choices=DepartureKind.choices, empty_label="Any")
    state = filters.ChoiceFilter(
        label="State", choices=STATES, empty_label="Not taken back", method="filter_state"
    )

    class Meta:
        model = Departure
        fields = ()

    def __init__(self, *args, today: dt.date, may_know: bool, own: Collection[int] = (), **kwargs):
        """``may_know``: whether the reader may know of investigations; never of one about ``own`` records."""
        super().__init__(*args, **kwargs)
        self.today, self.own = today, own
        if not may_know:
            self.filters["state"].extra["choices"] = [each for each in self.STATES if each[0] != "counted"]

    def filter_queryset(self, queryset):
        """Those that stand, unless others are asked for."""
        rows = super().filter_queryset(queryset)
        if not self.form.cleaned_data.get("state"):
            rows = rows.filter(taken_back_at=None)
        return rows

    def filter_q(self, queryset, name, value):
        """Rows whose person holds every word."""
        return _named(queryset, value)

    def filter_state(self, queryset, name, value):
        """Rows of one state."""
        if value == "ahead":
            return queryset.filter(day__gt=self.today, taken_back_at=None)
        if value == "counted":
            counted = queryset.filter(action__isnull=False, taken_back_at=None)
            return counted.exclude(practitioner__in=self.own)
        return queryset.filter(taken_back_at__isnull=False) if value == "taken_back" else queryset


class MemberFilter(filters.FilterSet):
    """Members of the staff, of whom some leave: by name, practice group, department, category."""

    q = filters.CharFilter(label="Practitioner", method="filter_q")
    group = filters.ModelChoiceFilter(
        label="Practice group",
        queryset=PracticeGroup.objects.order_by("name"),
        to_field_name="uid",
        empty_label="Any",
        method="filter_group",
    )
    department = filters.ModelChoiceFilter(queryset=Department.objects.none(), empty_label="Any department")
    category = filters.ModelChoiceFilter(
        queryset=StaffCategory.objects.order_by("name"), empty_label="Any category"
    )

    class Meta:
        model = AppointmentPeriod
        fields = ()

    def __init__(self, *args, facility, today: dt.date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.filters["department"].queryset = Department.objects.filter(facility=facility)

    def filter_q(self, queryset, name, value):
        """Rows whose person holds every word."""
        return _named(queryset, value)

    def filter_group(self, queryset, name, value):
        """Who works at an office of the group today."""
        people = at_group(str(value.uid), self.today).values("identity__practitioner_id")
        return queryset.filter(practitioner_id__in=people)


def _named(queryset, words: str):
    for word in words.split()[:5]:
        queryset = queryset.filter(
            Q(practitioner__display_name__icontains=word) | Q(practitioner__npi__startswith=word)
        )
    return queryset


class ChangeFilter(filters.FilterSet):
    """Changes after a number, of one kind, of a person or a privilege."""

    q = filters.CharFilter(label="Practitioner or privilege", method="filter_q")
    kind = filters.ChoiceFilter(label="Change", choices=ChangeKind.choices, empty_label="Any change")
    after = filters.NumberFilter(label="After number", field_name="number", lookup_expr="gt", min_value=0)

    class Meta:
        model = PublishedChange
        fields = ()

    def filter_q(self, queryset, name, value):
        """Rows whose person or privilege holds every word."""
        for word in value.split()[:5]:
            queryset = queryset.filter(
                Q(name__icontains=word) | Q(npi__startswith=word) | Q(privileges__contains=[word.upper()])
            )
        return queryset


class CertificateFilter(filters.FilterSet):
    """Certificates of privileges by person, or by the beginning of the hash that stands on the paper."""

    q = filters.CharFilter(label="Name, NPI or hash", method="filter_q")

    class Meta:
        model = PrivilegeCertificate
        fields = ()

    def filter_q(self, queryset, name, value):
        """Rows whose person holds every word, or whose hash begins with it."""
        for word in value.split()[:5]:
            queryset = queryset.filter(
                Q(practitioner__display_name__icontains=word)
                | Q(practitioner__npi__startswith=word)
                | Q(sha256__startswith=word.lower())
            )
        return queryset


class RosterFilter(filters.FilterSet):
    """Surgical rosters by their day and facility."""

    facility = filters.ModelChoiceFilter(
        label="Facility", queryset=Facility.objects.none(), to_field_name="code", empty_label="Any"
    )
    day = filters.DateFilter(label="Day", widget=DayInput(), validators=[sensible_day])

    class Meta:
        model = SurgicalRoster
        fields = ()

    def __init__(self, *args, places, **kwargs):
        super().__init__(*args, **kwargs)
        self.filters["facility"].queryset = Facility.objects.filter(pk__in=places)


class CaseFilter(filters.FilterSet):
    """Performed cases by person, privilege or code, by whether they were covered, by source and days."""

    STATES = (
        ("open", "Without the privilege, not explained"),
        ("explained", "Without the privilege, explained"),
        ("covered", "Privileged"),
        ("waits", "Not judged yet"),
        ("unnamed", "Code names no privilege"),
        ("canceled", "Canceled"),
    )

    q = filters.CharFilter(label="Practitioner, privilege or code", method="filter_q")
    state = filters.ChoiceFilter(label="State", choices=STATES, empty_label="Any", method="filter_state")
    source = filters.CharFilter(label="Source", method="filter_source")
    first = filters.DateFilter(
        label="From", field_name="day", lookup_expr="gte", widget=DayInput(), validators=[sensible_day]
    )
    last = filters.DateFilter(
        label="Through", field_name="day", lookup_expr="lte", widget=DayInput(), validators=[sensible_day]
    )

    class Meta:
        model = PerformedCase
        fields = ()

    def filter_q(self, queryset, name, value):
        """Rows whose person, privilege or code holds every word."""
        for word in value.split()[:5]:
            queryset = queryset.filter(
                Q(practitioner__display_name__icontains=word)
                | Q(npi__startswith=word)
                | Q(code__iexact=word)
                | Q(encounter__iexact=word)
                | Q(judgement__privilege__name__icontains=word)
                | Q(judgement__privilege__code__icontains=word)
            )
        return queryset

    def filter_source(self, queryset, name, value):
        """Rows of one source."""
        return queryset.filter(source=value.strip().lower())

    def filter_state(self, queryset, name, value):
        """Rows of one state; all but the canceled are derived."""
        if value == "canceled":
            return queryset.filter(canceled=True)
        queryset = queryset.filter(canceled=False)
        if value == "unnamed":
            return queryset.filter(judgement=None, mapped=False)
        if value == "waits":
            return queryset.filter(judgement=None, mapped=True)
        if value == "covered":
            return queryset.filter(judgement__cover=CaseCover.COVERED)
        return queryset.filter(judgement__cover__in=UNCOVERED, judgement__explanation__isnull=value == "open")


class LowVolumeFilter(filters.FilterSet):
    """Privileges with few cases, by person and privilege, department, and whether there was any at all."""

    q = filters.CharFilter(label="Practitioner or privilege", method="filter_q")
    none = filters.ChoiceFilter(
        label="Cases",
        choices=(("none", "None at all"),),
        empty_label="Fewer than asked",
        method="filter_none",
    )
    department = filters.ModelChoiceFilter(
        queryset=Department.objects.none(),
        label="Department",
        empty_label="Any department",
        method="filter_department",
    )

    class Meta:
        model = GrantPeriod
        fields = ()

    def __init__(self, *args, facility, today: dt.date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.filters["department"].queryset = Department.objects.filter(facility=facility)

    def filter_q(self, queryset, name, value):
        """Rows whose person or privilege holds every word."""
        for word in value.split()[:5]:
            queryset = queryset.filter(
                Q(practitioner__display_name__icontains=word)
                | Q(practitioner__npi__startswith=word)
                | Q(privilege__name__icontains=word)
                | Q(privilege__code__icontains=word)
            )
        return queryset

    def filter_none(self, queryset, name, value):
        """Rows without a single case."""
        return queryset.filter(counted=0)

    def filter_department(self, queryset, name, value):
        """Rows of whoever is appointed in the department today."""
        appointed = AppointmentPeriod.objects.in_force(self.today).filter(department=value)
        return queryset.filter(practitioner__in=appointed.values("practitioner"))


class EvaluatedElsewhereFilter(filters.FilterSet):
    """Who is evaluated by a distant site, by person or site, and whether the site sent anything."""

    SENT = (("no", "Nothing filed"), ("yes", "Filed"))

    q = filters.CharFilter(label="Practitioner or site", method="filter_q")
    sent = filters.ChoiceFilter(
        label="The site's evaluation", choices=SENT, method="filter_sent", empty_label="Any"
    )

    class Meta:
        model = Application
        fields = ()

    def filter_q(self, queryset, name, value):
        """Every word in the name of the person or of the site, or the beginning of the NPI."""
        for word in value.split()[:5]:
            queryset = queryset.filter(
                Q(practitioner__display_name__icontains=word)
                | Q(practitioner__npi__startswith=word)
                | Q(agreement__site__name__icontains=word)
            )
        return queryset

    def filter_sent(self, queryset, name, value):
        """Whether the site's evaluation is on file."""
        return queryset.filter(told=0) if value == "no" else queryset.filter(told__gt=0)


class FeedbackFilter(filters.FilterSet):
    """Feedback to distant sites by person or site, kind, whether it was sent, and agreement."""

    SENT = (("no", "Not sent yet"), ("yes", "Sent"))

    q = filters.CharFilter(label="Practitioner or site", method="filter_q")
    kind = filters.ChoiceFilter(label="What", choices=FeedbackKind.choices, empty_label="Any")
    sent = filters.ChoiceFilter(label="Sent", choices=SENT, method="filter_sent", empty_label="Any")
    agreement = filters.UUIDFilter(label="Agreement", method="filter_agreement", widget=HiddenInput)

    class Meta:
        model = DistantSiteFeedback
        fields = ()

    def filter_q(self, queryset, name, value):
        """Every word in the name of the person or of the site, or the beginning of the NPI."""
        for word in value.split()[:5]:
            queryset = queryset.filter(
                Q(application__practitioner__display_name__icontains=word)
                | Q(application__practitioner__npi__startswith=word)
                | Q(application__agreement__site__name__icontains=word)
            )
        return queryset

    def filter_sent(self, queryset, name, value):
        """Whether the site was told."""
        return queryset.filter(sent_on__isnull=value == "no")

    def filter_agreement(self, queryset, name, value):
        """Of whoever was granted under that agreement."""
        return queryset.filter(application__agreement__uid=value)
