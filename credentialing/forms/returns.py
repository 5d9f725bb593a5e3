"""The forms about mails that came back."""

from __future__ import annotations

from django import forms

WHY = (
    ("There is no such address.", "There is no such address"),
    ("The mailbox is full or closed.", "The mailbox is full or closed"),
    ("The mail system refuses the mail.", "The mail system refuses the mail"),
    ("It came back.", "Something else"),
)


class CameBackForm(forms.Form):
    """Why a mail came back."""

    why = forms.ChoiceField(label="Why it came back", choices=WHY, widget=forms.RadioSelect)
    words = forms.CharField(
        label="What the message says",
        max_length=300,
        required=False,
        help_text="If it says more; for example the line with the number 550.",
    )

    def reason(self) -> str:
        """Both in one sentence."""
        return " ".join(
            part for part in (self.cleaned_data["why"], self.cleaned_data["words"].strip()) if part
        )


class AddressWorksForm(forms.Form):
    """The address works after all."""

    reason = forms.CharField(
        label="How do you know that it works?",
        max_length=300,
        help_text="For example: they answered from it today. From now on it is written to again.",
    )
