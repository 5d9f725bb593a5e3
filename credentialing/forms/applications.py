"""Forms of the application file."""

from __future__ import annotations

from django import forms

from bylaws.choices import InvestigationAnswer
from config.accounts.models import RoleAssignmentPeriod, User
from config.accounts.permissions import ROLE_PERMISSIONS
from config.kernel import clock
from config.kernel.day_fields import DayField
from credentialing.models import Application


def coordinators_of(facility_ids) -> list[User]:
    """People who may work application files at one of the facilities today."""
    roles = [role for role, held in ROLE_PERMISSIONS.items() if "credentialing.manage_application" in held]
    holders = RoleAssignmentPeriod.objects.in_force(clock.today()).filter(
        identity__role__in=roles, identity__facility_id__in=list(facility_ids)
    )
    return User.objects.filter(pk__in=holders.values("identity__user"), is_active=True).order_by(
        "last_name", "first_name", "username"
    )


class DayInput(forms.DateInput):
    """A date as browsers pick it."""

    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class ReasonForm(forms.Form):
    """Why, in writing."""

    reason = forms.CharField(label="Reason", max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args, label: str = "", hint: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        if label:
            self.fields["reason"].label = label
        self.fields["reason"].help_text = hint


class WithdrawForm(forms.Form):
    """Why the applicant withdraws, and the question the data bank asks."""

    reason = forms.CharField(
        label="Why does the applicant withdraw?", max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
    investigation = forms.ChoiceField(
        label="Was there an investigation?",
        choices=InvestigationAnswer.choices,
        widget=forms.RadioSelect,
        help_text="Who withdraws while under investigation, or to avoid one, may have to be reported to the "
        "data bank (45 CFR 60.12). If so, or if it is not known yet, its clock begins today. The answer is "
        "peer review.",
    )

    def __init__(self, *args, application: Application, **kwargs):
        super().__init__(*args, **kwargs)
        if application.rule.threshold:  # nothing is asked for yet that could be given up
            del self.fields["investigation"]


class IssueForm(forms.Form):
    """Why an application is issued where a threshold criterion cannot be answered."""

    reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed where a criterion cannot be answered yet: why it is issued all the same.",
    )


class SubmitForm(forms.Form):
    """When the signed application came in."""

    received_on = DayField(
        label="Received on",
        widget=DayInput(),
        help_text="The day the signed application came in; the turnaround starts here.",
    )


class NothingToFill(forms.Form):
    """Of an act whose page explains what will happen, and asks nothing."""


class AssignForm(forms.Form):
    """To whom the files go."""

    coordinator = forms.ModelChoiceField(label="Coordinator", queryset=User.objects.none())

    def __init__(self, *args, facility_ids, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["coordinator"].queryset = coordinators_of(facility_ids)


class DispositionForm(forms.Form):
    """What was made of a red flag."""

    disposition = forms.CharField(
        label="Disposition",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What was found and how it bears on the application. Reviewers read it.",
    )
