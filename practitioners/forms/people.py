"""Forms about the person."""

from __future__ import annotations

from collections.abc import Callable

from django import forms

from config.kernel.day_fields import DayField
from practitioners.choices import ContactKind, NameKind, ProviderType, Sex
from practitioners.models import TaxonomyCode
from practitioners.rules.addresses import check_address, check_phone
from practitioners.rules.claims import STATES
from practitioners.rules.npi import check_npi
from practitioners.rules.problems import Problem

STATE_CHOICES = [("", ""), *((state, state) for state in sorted(STATES))]


class DayInput(forms.DateInput):
    """A day, picked or typed."""

    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__(attrs=attrs, format="%Y-%m-%d")


def day_field(label: str, *, required: bool = False, help_text: str = "") -> DayField:
    """A day with the message people need when it is none."""
    return DayField(
        label=label,
        required=required,
        help_text=help_text,
        widget=DayInput,
        error_messages={"invalid": "Enter a day of the calendar, like 2026-03-31."},
    )


class NpiField(forms.CharField):
    """An NPI with its check digit; spaces and dashes are taken out."""

    def clean(self, value):
        """The ten digits, or empty."""
        text = super().clean(value)
        if not text:
            return ""
        try:
            return check_npi(text)
        except Problem as problem:
            raise forms.ValidationError(str(problem)) from problem


class CheckedField(forms.CharField):
    """A line a rule judges: ``check`` answers it as it is kept, or raises ``Problem``."""

    def __init__(self, *, check: Callable[[str], str], **kwargs):
        self.check = check
        super().__init__(**kwargs)

    def clean(self, value):
        """The line as the rule keeps it, or empty."""
        text = super().clean(value)
        try:
            return self.check(text) if text else ""
        except Problem as problem:
            raise forms.ValidationError(str(problem)) from None


class NameFields(forms.Form):
    """The parts of a name."""

    last_name = forms.CharField(label="Last name", max_length=100)
    first_name = forms.CharField(label="First name", max_length=100, required=False)
    middle_name = forms.CharField(label="Middle name", max_length=100, required=False)
    suffix = forms.CharField(
        label="Suffix",
        max_length=20,
        required=False,
        help_text="Jr., Sr., II, III. Degrees go with the type.",
    )


class PersonFields(forms.Form):
    """What the person's row holds besides the name."""

    npi = NpiField(label="NPI", max_length=20, required=False, help_text="Ten digits.")
    provider_type = forms.ChoiceField(label="Type", choices=[("", ""), *ProviderType.choices])
    birth_date = day_field("Birth date", help_text="Seen only by people whose roles open identity data.")
    sex = forms.ChoiceField(label="Sex", choices=[("", "Not stated"), *Sex.choices], required=False)
    languages = forms.CharField(label="Languages", max_length=200, required=False)


class PersonForm(PersonFields):
    """Corrections of the person's row; the birth date only for people who may see it."""

    reason = forms.CharField(label="Why it is corrected", max_length=500, required=False)

    def __init__(self, *args, with_birth_date: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if not with_birth_date:
            del self.fields["birth_date"]


class NameForm(NameFields):
    """A further name, or a correction of one."""

    kind = forms.ChoiceField(
        label="Kind of name",
        choices=NameKind.choices,
        help_text="A new legal name makes the one before it a former name.",
    )
    used_from = day_field("Used from")
    used_until = day_field("Used until", help_text="The last day it was used.")
    field_order = ("kind", "last_name", "first_name", "middle_name", "suffix", "used_from", "used_until")

    def __init__(self, *args, correcting: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        if correcting:
            del self.fields["kind"]


class ReasonForm(forms.Form):
    """Why something is done that cannot be taken back."""

    reason = forms.CharField(
        label="Why", max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), help_text="Stays in the file."
    )


class AddressForm(forms.Form):
    """A postal address."""

    line_1 = forms.CharField(label="Address", max_length=200)
    line_2 = forms.CharField(label="Suite, floor", max_length=200, required=False)
    city = forms.CharField(label="City", max_length=100)
    state = forms.CharField(label="State or province", max_length=40, required=False)
    postal_code = forms.CharField(label="Postal code", max_length=20, required=False)
    country = forms.CharField(label="Country", max_length=2, initial="US", help_text="Two letters.")
    phone = forms.CharField(label="Phone there", max_length=30, required=False)

    def clean(self):
        """State, ZIP code and phone as the post and the telephone know them."""
        given = super().clean()
        if not self.errors:
            try:
                given = check_address(given)
            except Problem as problem:
                self.add_error(problem.field or None, str(problem))
        return given


class EmailForm(forms.Form):
    """The e-mail address letters and reminders go to."""

    line_1 = forms.EmailField(label="E-mail", max_length=200)


class PhoneForm(forms.Form):
    """The number to call the person."""

    line_1 = CheckedField(label="Phone", max_length=30, check=check_phone)


CONTACT_FORMS: dict[str, type[forms.Form]] = {
    ContactKind.PRACTICE: AddressForm,
    ContactKind.MAILING: AddressForm,
    ContactKind.HOME: AddressForm,
    ContactKind.EMAIL: EmailForm,
    ContactKind.PHONE: PhoneForm,
}


class SpecialtiesForm(forms.Form):
    """The main specialty and further ones, by code of the provider taxonomy."""

    primary = forms.CharField(
        label="Main specialty", max_length=220, help_text="Type its name or its code, then choose.",
        widget=forms.TextInput(attrs={"list": "taxonomy-codes", "autocomplete": "off"}),
    )  # fmt: skip
    others = forms.CharField(
        label="Further specialties", required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One code to a line.",
    )  # fmt: skip

    def clean_primary(self) -> str:
        """The code of what was chosen or typed."""
        return _taxonomy_code(self.cleaned_data["primary"])

    def clean_others(self) -> list[str]:
        """The codes, one to a line."""
        lines = [line for line in self.cleaned_data["others"].splitlines() if line.strip()]
        return [_taxonomy_code(line) for line in lines]

    @property
    def codes(self) -> list[str]:
        """All codes, the main one first."""
        return list(dict.fromkeys([self.cleaned_data["primary"], *self.cleaned_data["others"]]))


def _taxonomy_code(text: str) -> str:
    """A code from "208600000X", "Surgery" or "208600000X Surgery"."""
    words = text.strip()
    code = words.split()[0].upper() if words else ""
    found = TaxonomyCode.objects.filter(pk=code).first()
    if found is None:
        named = list(TaxonomyCode.objects.filter(display_name__iexact=words, retired=False)[:2])
        if len(named) != 1:
            raise forms.ValidationError(
                f"“{words[:60]}” is not in the loaded taxonomy. Choose one of the list."
            )
        found = named[0]
    return found.code
