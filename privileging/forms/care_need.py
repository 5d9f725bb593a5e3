"""Asking for temporary privileges because patients need them."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms

from config.kernel.day_fields import DayField
from config.organization.models import Department
from privileging.models import FormLine


class CareNeedForm(forms.Form):
    """Which privileges of one form, why patients need them, and the applicant's signature."""

    codes = forms.MultipleChoiceField(
        label="Privileges",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one privilege."},
    )
    need = forms.CharField(
        label="The patient care need",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What patients would go without, and why nobody on the staff can do it.",
    )
    department = forms.ModelChoiceField(label="Department", queryset=Department.objects.none())
    document = forms.FileField(
        label="The applicant’s signed request",
        help_text="They answer for the request, and release what is asked for it.",
        allow_empty_file=True,
    )
    signed_on = DayField(label="Signed on")
    until = DayField(label="Last day", required=False, help_text="Empty: as long as is allowed.")

    def __init__(self, *args, lines: Sequence[FormLine], departments: Sequence[Department], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["codes"].choices = [(line.privilege.code, line.privilege.name) for line in lines]
        self.fields["department"].queryset = departments
