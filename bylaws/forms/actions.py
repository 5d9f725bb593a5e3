"""Forms of what officers, bodies and the office do about suspensions and the data bank."""

from __future__ import annotations

from typing import Any

from django import forms

from bylaws.choices import AdverseActionKind, BarReviewOutcome, BarScope, DataBankRecordKind
from config.kernel.day_fields import DayField


class SuspendForm(forms.Form):
    """An officer's precautionary suspension: it begins today, so only how far and why is asked."""

    cause = forms.CharField(
        label="Why",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
        help_text="What happened and which danger it averts. Read by those with peer review access only.",
    )
    scope = forms.ChoiceField(widget=forms.RadioSelect, choices=BarScope.choices, label="Reaches")
    forms_reached = forms.MultipleChoiceField(
        label="Everything held on a form",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Only where it reaches listed privileges.",
    )
    privileges = forms.CharField(
        label="Single privileges, by code or part of the name",
        required=False,
        max_length=500,
        help_text="Several with a comma between. Every privilege held whose name has the words is reached.",
    )

    def __init__(self, *args: Any, held: dict[str, str], on_forms: dict[str, str], **kwargs: Any) -> None:
        """``held`` are the privileges the person holds here, name by code; ``on_forms`` their forms."""
        super().__init__(*args, **kwargs)
        self.held, self.on_forms = held, on_forms
        numbers: dict[str, int] = {}
        for code in held:
            name = on_forms.get(code, "")
            if name:
                numbers[name] = numbers.get(name, 0) + 1
        self.fields["forms_reached"].choices = [
            (name, f"{name} ({number})") for name, number in sorted(numbers.items())
        ]
        if not held:
            del self.fields["forms_reached"], self.fields["privileges"]

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        chosen = values.pop("forms_reached", None) or ()
        codes = {code for code in self.held if self.on_forms.get(code) in chosen}
        for words in (values.pop("privileges", "") or "").split(","):
            wanted = " ".join(words.split()).casefold()
            if not wanted:
                continue
            found = {
                code
                for code, name in self.held.items()
                if wanted == code.casefold() or wanted in name.casefold()
            }
            if not found:
                self.add_error("privileges", f'"{" ".join(words.split())}" is among no privilege held here.')
            codes |= found
        if values.get("scope") == BarScope.LISTED and not codes and not self.errors:
            self.add_error(
                "privileges" if self.held else "scope",
                "Choose a form or name a privilege, or let it reach all privileges.",
            )
        if values.get("scope") == BarScope.ALL_PRIVILEGES and codes:
            self.add_error(
                "scope", "Single privileges are named: let it reach those, or name none and let it reach all."
            )
        values["privilege_codes"] = sorted(codes)
        return values


class ReviewForm(forms.Form):
    """What the Medical Executive Committee said of a precautionary suspension."""

    reviewed_on = DayField(label="Reviewed on")
    outcome = forms.ChoiceField(
        widget=forms.RadioSelect, choices=BarReviewOutcome.choices, label="The committee"
    )
    authority = forms.CharField(
        label="Minutes or decision", max_length=300, help_text="As they are cited: body, date, item."
    )


class ActionForm(forms.Form):
    """An adverse action that stands in no suspension or restriction."""

    kind = forms.ChoiceField(
        widget=forms.RadioSelect,
        choices=AdverseActionKind.choices,
        label="What happened",
        help_text="What happened counts, not what it was called. Routine evaluations (initial FPPE, "
        "OPPE) are no investigation; whether something else was one is for you to say.",
    )
    cause = forms.CharField(
        label="What happened and why", widget=forms.Textarea(attrs={"rows": 3}), max_length=4000
    )
    start = DayField(label="In force from")


class EndForm(forms.Form):
    """When and why an adverse action ended."""

    day = DayField(label="First day without it")
    reason = forms.CharField(label="Why it ended", max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))


class DataBankForm(forms.Form):
    """What was done about the data bank."""

    kind = forms.ChoiceField(
        widget=forms.RadioSelect, choices=DataBankRecordKind.choices, label="What was done"
    )
    day = DayField(label="On")
    dcn = forms.CharField(
        label="Document control number (DCN)",
        required=False,
        max_length=40,
        help_text="Of the report that was filed.",
    )
    reason = forms.CharField(
        label="Why",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Of a report voided, or where none is due.",
    )
