"""Forms of a person's own account."""

from django import forms

from config.accounts.services.tokens import LONGEST_DAYS


class TokenForm(forms.Form):
    """A new key for a program."""

    name = forms.CharField(
        label="Which program will use it?",
        max_length=80,
        help_text="So that you know later which one to revoke.",
    )
    days = forms.IntegerField(
        label="How many days shall it work?", initial=90, min_value=1, max_value=LONGEST_DAYS
    )


class SavedListForm(forms.Form):
    """The name of a list somebody wants to see again."""

    name = forms.CharField(label="Name of the list", max_length=80)
    shared = forms.BooleanField(
        label="Share it",
        required=False,
        help_text="Colleagues who may open the page can open the list; only you change it.",
    )
