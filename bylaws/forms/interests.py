"""Forms of declared interests."""

from django import forms

from bylaws.choices import InterestKind, InterestRuling


class DeclareForm(forms.Form):
    """Which tie the reviewer has."""

    kind = forms.ChoiceField(
        label="What ties you to whom the file is about?",
        widget=forms.RadioSelect,
        choices=InterestKind.choices,
        error_messages={"required": "Say which tie it is."},
    )
    note = forms.CharField(
        label="More about it",
        required=False,
        max_length=300,
        help_text="Stands as the reason of the recusal in the record of the vote.",
    )


class RulingForm(forms.Form):
    """What the chair rules."""

    interest = forms.UUIDField(widget=forms.HiddenInput)
    ruling = forms.ChoiceField(
        label="Ruling",
        widget=forms.RadioSelect,
        choices=InterestRuling.choices,
        error_messages={"required": "Say whether the member takes part."},
    )
    reason = forms.CharField(label="Why", max_length=300)
