"""Forms of committees: their charter, their seats, who holds them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from bylaws.choices import CommitteeKind, SeatOffice, SeatRole
from bylaws.forms.lines import AskedIfSure
from bylaws.models import Committee, CommitteePosition, CommitteePositionPeriod
from config.accounts.models import User
from config.kernel.day_fields import DayField
from config.organization.models import Department
from practitioners.choices import ProviderType


class CharterForm(forms.Form):
    """What a committee is called, what it is for, to whom it answers, how often it meets."""

    name = forms.CharField(max_length=200)
    purpose = forms.CharField(required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    reports_to = forms.ModelChoiceField(
        Committee.objects.none(), required=False, to_field_name="uid", empty_label="No other body"
    )
    meetings_a_year = forms.IntegerField(
        required=False, min_value=1, max_value=60, label="Meetings a year", help_text="At least."
    )
    seat_months = forms.IntegerField(
        required=False, min_value=1, max_value=120, label="Months of a term", help_text="Of a seat on it."
    )
    seat_terms = forms.IntegerField(
        required=False, min_value=1, max_value=20, label="Terms in a row", help_text="At most."
    )

    def __init__(self, *args: Any, facility, committee: Committee | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Committee.objects.filter(facility=facility, closed_on__isnull=True)
        self.fields["reports_to"].queryset = others.exclude(pk=committee.pk) if committee else others


class FormCommitteeForm(CharterForm):
    """A committee to be formed."""

    kind = forms.ChoiceField(choices=CommitteeKind.choices, initial=CommitteeKind.OTHER)
    department = forms.ModelChoiceField(
        Department.objects.none(), required=False, help_text="Of a department's body alone."
    )
    field_order = (
        "name",
        "kind",
        "department",
        "purpose",
        "reports_to",
        "meetings_a_year",
        "seat_months",
        "seat_terms",
    )

    def __init__(self, *args: Any, facility, **kwargs: Any) -> None:
        super().__init__(*args, facility=facility, **kwargs)
        self.fields["department"].queryset = Department.objects.filter(facility=facility)


class PositionsForm(forms.Form):
    """Seats to be added to a committee."""

    title = forms.CharField(max_length=120, help_text="As the bylaws name it: Member at large.")
    number = forms.IntegerField(min_value=1, max_value=30, initial=1, label="How many alike")
    seat_role = forms.ChoiceField(choices=SeatRole.choices, initial=SeatRole.MEMBER, label="As")
    votes = forms.BooleanField(required=False, initial=True, label="With a vote")
    office = forms.ChoiceField(
        choices=[("", "None"), *SeatOffice.choices],
        required=False,
        label="Goes with an office",
        help_text="Only whoever holds the office holds the seat.",
    )
    provider_types = forms.MultipleChoiceField(
        choices=[(each.value, each.label) for each in ProviderType if each != ProviderType.OTHER],
        required=False,
        label="Only for",
        help_text="Professions its holder practices under; none ticked: any.",
        widget=forms.CheckboxSelectMultiple,
    )
    term_months = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=120,
        label="Months of a term",
        help_text="Of these seats, where they differ from the charter.",
    )
    terms_in_a_row = forms.IntegerField(required=False, min_value=1, max_value=20, label="Terms in a row")
    start = DayField(label="From")


class SeatForm(AskedIfSure):
    """A person to be seated."""

    user = forms.ModelChoiceField(
        User.objects.none(), to_field_name="uid", empty_label="Choose", label="Person"
    )
    position = forms.ModelChoiceField(
        CommitteePosition.objects.none(),
        required=False,
        to_field_name="uid",
        label="Seat",
        help_text="A seat says by itself as what, and whether with a vote.",
    )
    seat_role = forms.ChoiceField(choices=SeatRole.choices, initial=SeatRole.MEMBER, label="As")
    votes = forms.BooleanField(required=False, initial=True, label="With a vote")
    start = DayField(label="From")
    last_day = DayField(label="Through", required=False)

    def __init__(
        self, *args: Any, people, vacant: Iterable[CommitteePositionPeriod], seats: bool, **kwargs: Any
    ) -> None:
        """``vacant`` are the seats offered; ``seats``: whether the body's seats are on record at all."""
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = people
        if not seats:
            del self.fields["position"]
            return
        field = self.fields["position"]
        field.queryset = CommitteePosition.objects.filter(periods__in=[slot.pk for slot in vacant]).distinct()
        offered = [(str(slot.identity.uid), slot.title) for slot in vacant]
        field.choices = [("", "None of those on record"), *offered]


class EndSeatForm(forms.Form):
    """When and why a seat ends."""

    day = DayField(label="First day without the seat")
    reason = forms.CharField(max_length=300)


class CloseCommitteeForm(forms.Form):
    """When and why a committee ends."""

    day = DayField(label="First day without the committee")
    reason = forms.CharField(max_length=300)
