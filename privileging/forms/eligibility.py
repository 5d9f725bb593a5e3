"""Forms of what is accepted for processing, and what not."""

from __future__ import annotations

from django import forms

from bylaws.choices import InvestigationAnswer
from privileging.selectors.eligibility import Eligibility


class NotAcceptForm(forms.Form):
    """Which privileges are not processed, why, and the question the data bank asks where one is held."""

    keys = forms.MultipleChoiceField(label="Privileges", widget=forms.CheckboxSelectMultiple)
    reason = forms.CharField(
        label="Reason",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The applicant reads it in the letter: name the criterion and what is on file, nothing of "
        "references, peer review or the data bank.",
    )
    investigation = forms.ChoiceField(
        label="Is the applicant under investigation, or is one being avoided?",
        choices=InvestigationAnswer.choices,
        widget=forms.RadioSelect,
        help_text="A privilege they hold would end with the term. Ask the medical staff president or the "
        "CMO. Unless the answer is no, the reviewing bodies decide: giving up a privilege while under "
        "investigation may have to be reported to the data bank (45 CFR 60.12).",
    )

    def __init__(self, *args, state: Eligibility, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["keys"].choices = [(each.key, each.label) for each in state.choosable]
        if not state.asks_investigation:
            del self.fields["investigation"]
        else:
            # Only asked where something held is among what is chosen; the service insists on it then.
            self.fields["investigation"].required = False


class TakeBackInForm(forms.Form):
    """Which privileges are processed after all, and why."""

    keys = forms.MultipleChoiceField(label="Privileges", widget=forms.CheckboxSelectMultiple)
    reason = forms.CharField(
        label="Reason",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What has changed, or what was mistaken.",
    )

    def __init__(self, *args, state: Eligibility, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["keys"].choices = [(each.key, each.label) for each in state.refused]
