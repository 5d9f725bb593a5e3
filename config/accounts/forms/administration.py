"""Forms by which administrators make accounts, and give and end roles."""

from __future__ import annotations

from django import forms

from config.accounts.choices import Role
from config.accounts.models import User
from config.kernel.administration import DayInput
from config.kernel.day_fields import DayField
from config.organization.models import Facility


class NewAccountForm(forms.Form):
    """A new account. Its owner sets the password by the link "Forgotten your password?"."""

    username = forms.CharField(label="User name", max_length=150)
    email = forms.EmailField(label="E-mail address", help_text="The link to set a password goes there.")
    first_name = forms.CharField(label="First name", max_length=150, required=False)
    last_name = forms.CharField(label="Last name", max_length=150, required=False)


class GiveRoleForm(forms.Form):
    """A role for somebody at a facility, over days."""

    user = forms.ModelChoiceField(
        User.objects.filter(is_system=False, is_active=True).order_by("last_name", "first_name", "username"),
        label="Person",
    )
    role = forms.ChoiceField(
        choices=[("", "Choose"), *((str(role.value), role.label) for role in Role)], label="Role"
    )
    facility = forms.ModelChoiceField(Facility.objects.all(), label="Facility")
    start = DayField(label="From", required=False, widget=DayInput, help_text="Empty: today at the facility.")
    last_day = DayField(
        label="Through (last day)", required=False, widget=DayInput, help_text="Empty: no end."
    )


class EndRoleForm(forms.Form):
    """The end of a role."""

    day = DayField(label="First day without the role", widget=DayInput)
    reason = forms.CharField(label="Why", widget=forms.Textarea(attrs={"rows": 3}))


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = forms.CharField(label="Why", widget=forms.Textarea(attrs={"rows": 3}))
