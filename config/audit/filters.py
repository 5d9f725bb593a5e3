"""What the lists of the audit trail can be narrowed by."""

from __future__ import annotations

import django_filters
from django import forms

from config.accounts.choices import DataClass
from config.audit.choices import JobStatus
from config.audit.models import AuditEvent, JobRun, ProtectedRead
from config.kernel.day_fields import sensible_day


def _day(label: str, lookup: str):
    return django_filters.DateFilter(
        field_name="at",
        lookup_expr=lookup,
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}),
        validators=[sensible_day],
    )


class EventFilter(django_filters.FilterSet):
    """By person, act, file and day."""

    actor = django_filters.CharFilter("actor_name", "icontains", label="Who")
    verb = django_filters.CharFilter("verb", "icontains", label="Act")
    about = django_filters.CharFilter("subject_label", "icontains", label="About")
    practitioner = django_filters.UUIDFilter("practitioner_uid", label="Practitioner (uid)")
    request = django_filters.CharFilter("request_id", label="Request")
    since = _day("From", "date__gte")
    until = _day("To", "date__lte")

    class Meta:
        model = AuditEvent
        fields = ()


class ReadFilter(django_filters.FilterSet):
    """By person, class and day."""

    actor = django_filters.CharFilter("actor_name", "icontains", label="Who")
    data_class = django_filters.ChoiceFilter(
        choices=[(str(each.value), each.label) for each in DataClass], label="Class", empty_label="Any"
    )
    practitioner = django_filters.UUIDFilter("practitioner_uid", label="Practitioner (uid)")
    since = _day("From", "date__gte")
    until = _day("To", "date__lte")

    class Meta:
        model = ProtectedRead
        fields = ()


class JobFilter(django_filters.FilterSet):
    """By job and state."""

    job = django_filters.CharFilter("job", "icontains", label="Job")
    status = django_filters.ChoiceFilter(choices=JobStatus.choices, label="State", empty_label="Any")

    class Meta:
        model = JobRun
        fields = ()
