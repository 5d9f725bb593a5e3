"""Forms of privileges that end before their term."""

from __future__ import annotations

from typing import Any

from django import forms

from bylaws.choices import BarScope, InvestigationAnswer
from config.kernel.day_fields import DayField


class _OfHeldPrivileges(forms.Form):
    """Some of the privileges a person holds."""

    def __init__(self, *args: Any, held: dict[str, str], **kwargs: Any) -> None:
        """``held`` are the privileges the person holds here, name by code."""
        super().__init__(*args, **kwargs)
        self.fields["privilege_codes"].choices = [(code, f"{name} ({code})") for code, name in held.items()]
        self.fields["privilege_codes"].error_messages["invalid_choice"] = (
            "%(value)s is not among the privileges held here."
        )


class RelinquishForm(_OfHeldPrivileges):
    """What a practitioner gives up, from when, and the question the data bank asks."""

    privilege_codes = forms.MultipleChoiceField(
        label="The privileges given up", widget=forms.CheckboxSelectMultiple
    )
    day = DayField(label="First day without them")
    reason = forms.CharField(
        label="Reason",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="As the practitioner gives it. It stands in the file with each privilege; leave an "
        "investigation out of it.",
    )
    investigation = forms.ChoiceField(
        label="Was there an investigation?",
        choices=InvestigationAnswer.choices,
        widget=forms.RadioSelect,
        help_text="Who gives up privileges while under investigation, or to avoid one, may have to be "
        "reported to the data bank, for any length of time (45 CFR 60.12). The answer is peer review.",
    )


class RevokeForm(_OfHeldPrivileges):
    """What a body revoked, by which decision, from when and why."""

    scope = forms.ChoiceField(widget=forms.RadioSelect, choices=BarScope.choices, label="Revoked are")
    privilege_codes = forms.MultipleChoiceField(
        label="The privileges revoked",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Only where those listed are revoked.",
    )
    decided_on = DayField(label="Decided on")
    authority = forms.CharField(
        label="Minutes or decision",
        max_length=300,
        help_text="As it is cited: body, item. It stands in the file; leave out the cause.",
    )
    day = DayField(label="First day without them")
    cause = forms.CharField(
        label="What happened and why",
        max_length=2500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Peer review: it stands with the data bank clock only.",
    )
