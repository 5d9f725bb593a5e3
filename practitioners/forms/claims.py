"""The form of a claim, made from the kind of credential it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from config.kernel.periods import days, through
from practitioners.choices import CredentialStatus, SaidBy
from practitioners.forms.people import STATE_CHOICES, day_field
from practitioners.models import CredentialType

LONG_TEXT = 300
SAID_BY = (SaidBy.APPLICANT, SaidBy.COORDINATOR, SaidBy.ROSTER)


class ClaimForm(forms.Form):
    """Core columns every credential has, as far as the kind has them, then the fields of its schema."""

    def __init__(self, *args, kind: CredentialType, **kwargs):
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.schema: Mapping[str, Any] = kind.fields or {}
        self.extra_names: list[str] = []
        self._add_core()
        self._add_extra()
        self.fields["said_by"] = forms.ChoiceField(
            label="Who says so",
            choices=[(str(each), each.label) for each in SAID_BY],
            initial=SaidBy.APPLICANT,
            help_text="A claim until a source confirms it.",
        )
        self.fields["accept_warnings"] = forms.BooleanField(
            label="I have looked at it: record it as it is", required=False, widget=forms.HiddenInput
        )

    def _add_core(self) -> None:
        kind, dates = self.kind, self.schema.get("x-dates", {})
        required = dates.get("required", ())
        if kind.has_state:
            self.fields["state"] = forms.ChoiceField(label="State", choices=STATE_CHOICES)
        if kind.number_label:
            self.fields["number"] = forms.CharField(
                label=kind.number_label, max_length=60, required=kind.has_state or kind.code == "DEA"
            )
        if kind.code != "DEA":
            self.fields["issuer"] = forms.CharField(
                label=kind.issuer_label,
                max_length=200,
                required=not (kind.has_state or self._named_by_content()),
            )
        statuses = self.schema.get("x-statuses", ())
        if statuses:
            self.fields["status"] = forms.ChoiceField(
                label="What the issuer says of it",
                choices=[(code, CredentialStatus(code).label) for code in statuses],
                initial=CredentialStatus.ACTIVE,
            )
        self.fields["start"] = day_field(dates.get("start", "From"), required="start" in required)
        self.fields["last_day"] = day_field(
            dates.get("end", "Until"),
            required="end" in required and kind.code != "BOARD_CERT",
            help_text=_about_last_day(kind),
        )

    def _named_by_content(self) -> bool:
        return bool(set(self.schema.get("x-identity", ())) & set(self.schema.get("required", ())))

    def _add_extra(self) -> None:
        properties = self.schema.get("properties", {})
        required = self.schema.get("required", ())
        for name in dict.fromkeys([*self.schema.get("x-order", ()), *properties]):
            described = properties.get(name, {})
            if described.get("x-same-as"):
                continue
            self.fields[name] = _field(described, name, required=name in required)
            self.extra_names.append(name)
        identity = [name for name in self.schema.get("x-identity", ()) if name in required]
        if identity:
            self.order_fields([*identity, *(name for name in self.fields if name not in identity)])

    def laid_out(self) -> list[dict[str, Any]]:
        """The fields with how wide each is drawn."""
        return [
            {
                "bound": bound,
                "width": _width(bound.field),
                "inline": isinstance(bound.field, forms.MultipleChoiceField),
            }
            for bound in self.visible_fields()
        ]

    def clean(self):
        cleaned = super().clean()
        start, last = cleaned.get("start"), cleaned.get("last_day")
        if start and last and last < start:
            self.add_error("last_day", "The last day lies before the first.")
        undated = self.kind.code == "BOARD_CERT" and not (last or cleaned.get("lifetime"))
        if undated and cleaned.get("status") == CredentialStatus.ACTIVE and "last_day" not in self.errors:
            self.add_error("last_day", "Enter the last valid day, or say that it is for life.")
        return cleaned

    def ask_about_warnings(self) -> None:
        """Show the box to tick once there is something to look at."""
        self.fields["accept_warnings"].widget = forms.CheckboxInput()

    @property
    def values(self) -> dict[str, Any]:
        """Arguments of the service."""
        cleaned = self.cleaned_data
        return {
            "valid": days(cleaned.get("start"), through(cleaned.get("last_day"))),
            "issuer": cleaned.get("issuer", ""),
            "state": cleaned.get("state", ""),
            "number": cleaned.get("number", ""),
            "status": cleaned.get("status") or CredentialStatus.ACTIVE,
            "said_by": cleaned["said_by"],
            "extra": {name: cleaned.get(name) for name in self.extra_names},
        }


def _about_last_day(kind: CredentialType) -> str:
    """What to enter as the last day; the usual time of validity is a hint and fills in nothing."""
    if not kind.expires:
        return "Leave empty while it goes on."
    if kind.renewal_months:
        return f"The last day it still holds; usually {_months(kind.renewal_months)} after the first."
    return "The last day it still holds."


def _months(number: int) -> str:
    if number % 12 == 0:
        years = number // 12
        return "one year" if years == 1 else f"{years} years"
    return "one month" if number == 1 else f"{number} months"


def _width(field: forms.Field) -> str:
    """Short for what is short when written: a state, an amount, a day; medium for a choice or a number."""
    states = getattr(field, "choices", None) == STATE_CHOICES
    if states or isinstance(field, forms.IntegerField | forms.DecimalField | forms.DateField):
        return "short"
    brief = 0 < (getattr(field, "max_length", None) or 0) <= 60
    return "medium" if brief or isinstance(field, forms.ChoiceField) else ""


def _field(described: Mapping[str, Any], name: str, *, required: bool) -> forms.Field:
    """A form field from a property of a JSON schema."""
    common = {
        "label": described.get("title", name.replace("_", " ").capitalize()),
        "required": required,
        "help_text": described.get("description", ""),
    }
    kind = described.get("type")
    if kind == "boolean":
        return forms.BooleanField(**{**common, "required": False})
    if kind == "integer":
        return forms.IntegerField(
            min_value=described.get("minimum"), max_value=described.get("maximum"), localize=False, **common
        )
    if kind == "number":
        return forms.DecimalField(
            min_value=described.get("minimum"),
            max_value=described.get("maximum"),
            decimal_places=2,
            localize=False,
            **common,
        )
    if kind == "array":
        answers = described.get("items", {}).get("enum", ())
        return forms.MultipleChoiceField(
            choices=[(each, each) for each in answers], widget=forms.CheckboxSelectMultiple, **common
        )
    if described.get("x-state"):
        return forms.ChoiceField(choices=STATE_CHOICES, **common)
    if "enum" in described:
        return forms.ChoiceField(
            choices=[("", ""), *((each, each[:1].upper() + each[1:]) for each in described["enum"])], **common
        )
    if described.get("format") == "date":
        return day_field(common["label"], required=required, help_text=common["help_text"])
    if described.get("format") == "email":
        return forms.EmailField(max_length=described.get("maxLength"), **common)
    longest = described.get("maxLength")
    widget = forms.Textarea(attrs={"rows": 3}) if longest and longest > LONG_TEXT else forms.TextInput()
    return forms.CharField(max_length=longest, widget=widget, **common)


def initial_of(period, kind: CredentialType) -> dict[str, Any]:
    """What is claimed now, for the form that corrects it."""
    credential = period.identity
    return {
        "state": credential.state,
        "number": credential.number,
        "issuer": credential.issuer,
        "status": period.status,
        "start": period.start,
        "last_day": period.end,
        "said_by": period.said_by if period.said_by in SAID_BY else SaidBy.COORDINATOR,
        **period.extra,
    }
