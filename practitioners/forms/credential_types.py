"""The form by which an administrator says what a kind of credential is: its words, its days, its fields."""

from __future__ import annotations

from typing import Any

from django import forms

from practitioners.choices import CredentialCategory
from practitioners.models import CredentialType
from practitioners.rules.credential_schema import FIELD_KINDS, FieldRow, name_of, rows_of, schema_of
from practitioners.rules.timeline import LANES

#: Empty rows offered below those that are filled.
SPARE_ROWS = 3
MOST_ROWS = 40


class KindForm(forms.Form):
    """Everything about a kind but its fields."""

    name = forms.CharField(label="Name", max_length=120, help_text="As people call it: Fluoroscopy permit.")
    code = forms.CharField(
        label="Code",
        max_length=40,
        help_text="Capitals, digits and _: FLUOROSCOPY_PERMIT. It stays for good.",
    )
    category = forms.ChoiceField(label="Section of the file", choices=CredentialCategory.choices)
    order = forms.IntegerField(
        label="Place in the file",
        min_value=0,
        max_value=30_000,
        initial=100,
        help_text="Smaller stands higher.",
    )
    number_label = forms.CharField(
        label="What its number is called", max_length=60, required=False, help_text="Empty: it has no number."
    )
    issuer_label = forms.CharField(
        label="What whoever issues it is called", max_length=60, initial="Issued by"
    )
    has_state = forms.BooleanField(label="It is of a state", required=False)
    start_label = forms.CharField(label="What the first day is called", max_length=60, initial="Issued on")
    end_label = forms.CharField(label="What the last day is called", max_length=60, initial="Last valid day")
    end_required = forms.BooleanField(label="The last day has to be entered", required=False)
    expires = forms.BooleanField(
        label="It is renewed from time to time",
        required=False,
        initial=True,
        help_text="Then reminders go out.",
    )
    renewal_months = forms.IntegerField(
        label="Usual months to the next renewal", required=False, min_value=1, max_value=600,
        help_text="A hint beside the last day; it fills in nothing by itself.",
    )  # fmt: skip
    reminder_days = forms.CharField(
        label="Reminders, days before the last day", required=False, max_length=100,
        help_text="From the longest to the shortest: 90, 60, 30, 0. Empty: as the parameter says.",
    )  # fmt: skip
    lane = forms.ChoiceField(
        label="Lane of the timeline", required=False, choices=[("", "As its section says"), *LANES.items()]
    )
    active = forms.BooleanField(label="It can be recorded", required=False, initial=True)

    def clean_reminder_days(self) -> list[int]:
        """The numbers, in the order given."""
        parts = self.cleaned_data["reminder_days"].replace(";", ",").replace(",", " ").split()
        if not all(part.isascii() and part.isdigit() and len(part) < 6 for part in parts):
            raise forms.ValidationError("Write whole numbers of days with commas between them: 90, 60, 30.")
        return [int(part) for part in parts]


class RowForm(forms.Form):
    """One field of the kind; a row without a label is no field."""

    label = forms.CharField(label="Called", max_length=120, required=False)
    name = forms.CharField(
        label="Name in the record",
        max_length=40,
        required=False,
        help_text="Empty: made from what it is called.",
    )
    kind = forms.ChoiceField(label="What is filled in", choices=list(FIELD_KINDS.items()), required=False)
    required = forms.BooleanField(label="Has to be filled in", required=False)
    tells_apart = forms.BooleanField(label="Tells two of them apart", required=False)
    choices = forms.CharField(
        label="Answers, one a line", required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean(self):
        cleaned = super().clean()
        given = any(cleaned.get(name) for name in ("name", "required", "tells_apart", "choices"))
        if given and not cleaned.get("label"):
            self.add_error("label", "Say what the field is called.")
        return cleaned

    @property
    def row(self) -> FieldRow | None:
        """The field, or None for an empty row."""
        cleaned = self.cleaned_data
        label = " ".join(cleaned.get("label", "").split())
        if not label:
            return None
        answers = [" ".join(line.split()) for line in cleaned.get("choices", "").splitlines()]
        return FieldRow(
            name=cleaned.get("name", "").strip() or name_of(label),
            label=label,
            kind=cleaned.get("kind") or "text",
            required=bool(cleaned.get("required")),
            choices=tuple(answer for answer in answers if answer),
            tells_apart=bool(cleaned.get("tells_apart")),
        )


RowFormSet = forms.formset_factory(RowForm, extra=SPARE_ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS)


def initial_of(kind: CredentialType) -> dict[str, Any]:
    """What the form shows of a kind that is there."""
    dates = kind.fields.get("x-dates", {})
    columns = (
        "name", "code", "category", "order", "number_label", "issuer_label", "has_state", "expires",
        "renewal_months", "active",
    )  # fmt: skip
    return {name: getattr(kind, name) for name in columns} | {
        "start_label": dates.get("start", "From"),
        "end_label": dates.get("end", "Until"),
        "end_required": "end" in dates.get("required", ()),
        "reminder_days": ", ".join(str(day) for day in kind.reminder_days),
        "lane": kind.fields.get("x-lane", ""),
    }


def initial_rows(kind: CredentialType) -> list[dict[str, Any]]:
    """Its fields as rows."""
    return [
        {
            "label": row.label,
            "name": row.name,
            "kind": row.kind or "text",
            "required": row.required,
            "tells_apart": row.tells_apart,
            "choices": "\n".join(row.choices),
        }
        for row in rows_of(kind.fields)
    ]


def values_of(form: KindForm, rows: list[FieldRow], base: dict[str, Any]) -> dict[str, Any]:
    """What the service takes, from a valid form and its rows. ``base`` is the schema as it stands."""
    cleaned = dict(form.cleaned_data)
    dates = dict(base.get("x-dates", {}))
    needed = [each for each in dates.get("required", ()) if each != "end"]
    dates |= {"start": cleaned.pop("start_label"), "end": cleaned.pop("end_label")}
    dates["required"] = [*needed, "end"] if cleaned.pop("end_required") else needed
    schema = {**base, "x-dates": {key: value for key, value in dates.items() if value}}
    lane = cleaned.pop("lane")
    schema = {key: value for key, value in schema.items() if key != "x-lane"} | (
        {"x-lane": lane} if lane else {}
    )
    return cleaned | {"fields": schema_of(rows, schema)}
