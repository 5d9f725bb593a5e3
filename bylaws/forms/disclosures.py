"""Forms of the yearly disclosure of interests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from bylaws.choices import DisclosureOutcome, OutsideInterest
from bylaws.models import DisclosedInterest
from bylaws.services.disclosures import LONGEST_ABOUT, LONGEST_PARTY, LONGEST_PLACE, MOST, Interest
from config.kernel.day_fields import DayField

#: Empty places for interests beside those named before.
SPARE = 2
YES_NO = (("yes", "No, there is nothing to disclose"), ("no", "Yes: I name it below"))


class DisclosureForm(forms.Form):
    """Nothing to disclose, or interests, one after the other; places left empty do not count."""

    nothing = forms.ChoiceField(
        label="Is there anything to disclose?",
        widget=forms.RadioSelect,
        choices=YES_NO,
        help_text="Yours, your spouse's or partner's, and your dependents': what could be seen to sway a "
        "decision of the medical staff or the hospital.",
        error_messages={"required": "Say whether there is anything to disclose."},
    )

    def __init__(
        self, *args: Any, before: Iterable[DisclosedInterest] = (), places: int = 0, **kwargs: Any
    ) -> None:
        """``before``: the interests named last time, offered again; ``places``: how many at least."""
        super().__init__(*args, **kwargs)
        named = list(before)
        self.places = min(max(len(named) + SPARE, places), MOST)
        for number in range(self.places):
            one = named[number] if number < len(named) else None
            place = f"Interest {number + 1}"
            self.fields[f"kind_{number}"] = forms.ChoiceField(
                label=f"{place}: what it is",
                required=False,
                choices=[("", "None"), *OutsideInterest.choices],
                initial=one.kind if one else "",
            )
            self.fields[f"party_{number}"] = forms.CharField(
                label=f"{place}: in whom",
                required=False,
                max_length=LONGEST_PARTY,
                initial=one.party if one else "",
                help_text="The company, institution or person.",
            )
            self.fields[f"about_{number}"] = forms.CharField(
                label=f"{place}: more about it",
                required=False,
                max_length=LONGEST_ABOUT,
                initial=one.about if one else "",
            )
        if named:
            self.fields["nothing"].initial = "no"
        self._last_fields()

    def _last_fields(self) -> None:
        self.fields["complete"] = forms.BooleanField(
            label="This is complete and correct, as far as I know",
            error_messages={"required": "Say that this is complete, as far as you know."},
        )

    def clean(self) -> dict[str, Any]:
        """A place half filled says so at the field that is missing; "nothing" beside an interest first."""
        given = super().clean() or {}
        places = [f"{name}_{number}" for number in range(self.places) for name in ("kind", "party", "about")]
        if given.get("nothing") == "yes" and any(given.get(name) for name in places):
            self.add_error(
                "nothing", "You say that there is nothing, and name an interest: do one of the two."
            )
            return given
        for number in range(self.places):
            kind, party = given.get(f"kind_{number}"), given.get(f"party_{number}")
            if kind and not party:
                self.add_error(f"party_{number}", "Name the company, institution or person.")
            if not kind and (party or given.get(f"about_{number}")):
                self.add_error(f"kind_{number}", "Say what kind of interest it is.")
        return given

    @property
    def values(self) -> dict[str, Any]:
        """Arguments of the service."""
        given = self.cleaned_data
        return {
            "nothing": given["nothing"] == "yes",
            "interests": [
                Interest(given[f"kind_{number}"], given[f"party_{number}"], given[f"about_{number}"])
                for number in range(self.places)
                if given[f"kind_{number}"]
            ],
            **{name: given[name] for name in ("complete", "signed_on", "filed_at") if name in given},
        }


class PaperDisclosureForm(DisclosureForm):
    """What a signed paper says."""

    def _last_fields(self) -> None:
        self.fields["signed_on"] = DayField(label="Signed on")
        self.fields["filed_at"] = forms.CharField(label="Kept at", max_length=LONGEST_PLACE)


class ReviewDisclosureForm(forms.Form):
    """What the office says of it."""

    outcome = forms.ChoiceField(
        label="Result",
        widget=forms.RadioSelect,
        choices=DisclosureOutcome.choices,
        error_messages={"required": "Say whether there is something to manage."},
    )
    plan = forms.CharField(
        label="How it is managed",
        required=False,
        max_length=LONGEST_ABOUT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Recused from what, told to whom.",
    )
