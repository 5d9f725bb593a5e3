"""What the lists of this room can be narrowed by."""

from __future__ import annotations

import django_filters as filters
from django.db.models import Q

from config.accounts.policies import facilities_with
from config.kernel import clock
from config.organization.models import Facility
from privileging.choices import FPPEStatus
from privileging.models import FPPEPlan
from privileging.selectors.grants import OPEN_FPPE


class FPPEFilter(filters.FilterSet):
    """Focused evaluations by person, state and place."""

    q = filters.CharFilter(label="Practitioner or privilege", method="filter_q")
    status = filters.ChoiceFilter(
        label="Status", choices=FPPEStatus.choices, empty_label="Any status", method="filter_status"
    )
    late = filters.ChoiceFilter(
        label="Due",
        choices=[("yes", "Overdue"), ("open", "Not closed")],
        empty_label="Any",
        method="filter_late",
    )
    facility = filters.ModelChoiceFilter(
        label="Facility",
        field_name="grant__facility",
        queryset=Facility.objects.none(),
        empty_label="Any facility",
    )

    class Meta:
        model = FPPEPlan
        fields = ()

    def __init__(self, *args, viewer, **kwargs):
        super().__init__(*args, **kwargs)
        self.filters["facility"].queryset = Facility.objects.filter(
            pk__in=facilities_with(viewer, "privileging.manage_fppe")
        )

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

    def filter_status(self, queryset, name, value):
        """Rows of one status."""
        return queryset.filter(status=value)

    def filter_late(self, queryset, name, value):
        """Overdue is derived: open, and the day it is due has passed."""
        found = queryset.filter(status__in=OPEN_FPPE)
        return found.filter(due_on__lt=clock.today()) if value == "yes" else found
