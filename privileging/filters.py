"""What the lists of this room can be narrowed by."""

from __future__ import annotations

import datetime as dt

import django_filters as filters
from django.db.models import Q

from privileging.choices import FPPEStatus
from privileging.models import FPPEPlan
from privileging.selectors.grants import OPEN_FPPE


class FPPEFilter(filters.FilterSet):
    """Focused evaluations by person and state."""

    STATES = (("late", "Overdue"), *FPPEStatus.choices, ("all", "All"))

    q = filters.CharFilter(label="Practitioner or privilege", method="filter_q")
    state = filters.ChoiceFilter(
        label="State", choices=STATES, empty_label="Not closed", method="filter_state"
    )

    class Meta:
        model = FPPEPlan
        fields = ()

    def __init__(self, *args, today: dt.date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

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
                Q(grant__practitioner__display_name__icontains=word)
                | Q(grant__practitioner__npi__startswith=word)
                | Q(grant__privilege__name__icontains=word)
                | Q(grant__privilege__code__icontains=word)
            )
        return queryset

    def filter_state(self, queryset, name, value):
        """Rows of one status; overdue is derived: open, and the day it is due has passed."""
        if value == "all":
            return queryset
        if value == "late":
            return queryset.filter(status__in=OPEN_FPPE, due_on__lt=self.today)
        return queryset.filter(status=value)
