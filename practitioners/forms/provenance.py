"""The form that decides between two sources."""

from __future__ import annotations

from django import forms

from practitioners.models import Statement


class ResolveForm(forms.Form):
    """Which word is taken, and why."""

    taken = forms.ChoiceField(label="What is right", widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Why", max_length=1000, widget=forms.Textarea(attrs={"rows": 2}), help_text="Stays in the file."
    )

    def __init__(self, *args, words: list[tuple[Statement, str]], **kwargs):
        """``words`` are the statements to choose from, each with how it reads."""
        super().__init__(*args, **kwargs)
        self.words = {str(statement.uid): statement for statement, _ in words}
        self.fields["taken"].choices = [(str(statement.uid), text) for statement, text in words]

    @property
    def statement(self) -> Statement:
        """The word that was chosen."""
        return self.words[self.cleaned_data["taken"]]
