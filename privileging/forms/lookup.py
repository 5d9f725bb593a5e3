"""The one question of the lookup, and its other way round."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms

from config.kernel.day_fields import DayField, MomentField
from config.organization.models import Facility
from privileging.forms.requests import DayInput

#: The browser offers what the server finds while one types; without scripts one types all of it.
_TYPED = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}


def _begin_at(form: forms.Form, name: str) -> None:
    """Whoever opens the page types at once; beside an answer nothing takes the focus away."""
    if not form.is_bound:
        form.fields[name].widget.attrs["autofocus"] = True


class _AtFacilityForm(forms.Form):
    """Facility and day, offered only where there is a choice."""

    facility = forms.TypedChoiceField(label="Facility")
    on = DayField(label="On", required=False, widget=DayInput())

    def __init__(self, *args, facilities: Sequence[Facility], **kwargs):
        super().__init__(*args, **kwargs)
        known = {facility.code: facility for facility in facilities}
        self.fields["facility"].choices = [(code, facility.name) for code, facility in known.items()]
        self.fields["facility"].coerce = known.__getitem__


class LookupForm(_AtFacilityForm):
    """May this person do this here, on this day?"""

    person = forms.CharField(
        label="Who",
        max_length=120,
        help_text="Name or NPI",
        error_messages={"required": "Enter who: a name or an NPI."},
        widget=forms.TextInput(attrs={**_TYPED, "list": "people", "type": "search"}),
    )
    privilege = forms.CharField(
        label="What",
        max_length=240,
        help_text="Name or code of the privilege",
        error_messages={"required": "Enter what: a privilege or its code."},
        widget=forms.TextInput(attrs={**_TYPED, "list": "privileges", "type": "search"}),
    )
    field_order = ("person", "privilege", "facility", "on")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _begin_at(self, "privilege" if self.initial.get("person") else "person")


class KnownThenForm(forms.Form):
    """As known at which moment; the facility's own time."""

    known_at = MomentField(
        label="As known at",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class WhoCanForm(_AtFacilityForm):
    """Who may do this here, on this day?"""

    privilege = forms.CharField(
        label="What",
        max_length=240,
        help_text="Name or code of the privilege",
        error_messages={"required": "Enter what: a privilege or its code."},
        widget=forms.TextInput(attrs={**_TYPED, "list": "privileges", "type": "search"}),
    )
    field_order = ("privilege", "facility", "on")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _begin_at(self, "privilege")
