"""Forms of the tray: what arrived, which pages of it go into whose file, and what they are."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.urls import reverse_lazy

from config.accounts.choices import DataClass
from config.kernel.day_fields import DayField
from config.kernel.errors import Refused
from credentialing.choices import PaperChannel
from credentialing.forms.verification import METHODS
from credentialing.models import IncomingPaper
from credentialing.rules.pages import SCANS, read_range
from practitioners.choices import SourceKind
from practitioners.models import CredentialType

FILES_HINT = "PDF, PNG or JPEG, up to {limit} MB each. Several at once become several papers."


class SeveralFiles(forms.FileInput):
    """A file control that takes several scans."""

    allow_multiple_selected = True

    def __init__(self, attrs=None):
        super().__init__({"accept": ",".join(sorted(SCANS))} | (attrs or {}))


class SeveralFilesField(forms.FileField):
    """The files chosen, as a list."""

    widget = SeveralFiles

    def clean(self, data, initial=None):
        """Each file as a file field takes it."""
        if not isinstance(data, list | tuple):
            data = [data]
        return [super(SeveralFilesField, self).clean(each, initial) for each in data or [None]]


class ReceiveForm(forms.Form):
    """Papers that arrived together."""

    papers = SeveralFilesField(label="Files", allow_empty_file=True)
    channel = forms.ChoiceField(label="How it arrived", choices=PaperChannel.choices)
    arrived_on = DayField(label="Arrived on")
    sender = forms.CharField(
        label="From", max_length=200, required=False, help_text="The carrier, the school."
    )
    title = forms.CharField(
        label="Title", max_length=200, required=False, help_text="For a single file; empty: its name."
    )

    def __init__(self, *args, today: dt.date, **kwargs):
        super().__init__(*args, **kwargs)
        limit = settings.STANDING_UPLOAD_LIMIT
        self.fields["papers"].max_bytes = limit
        self.fields["papers"].help_text = FILES_HINT.format(limit=limit // (1024 * 1024))
        self.fields["arrived_on"].initial = today


class PagesField(forms.CharField):
    """``3`` or ``3-5``, as first and last page."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, max_length=40, help_text="One page, like 3, or several, like 3-5.", **kwargs)
        self.page_count = 1

    def clean(self, value):
        """The pair (first, last)."""
        try:
            return read_range(super().clean(value), of=self.page_count)
        except Refused as refused:
            raise forms.ValidationError(str(refused)) from refused


class RenewalPaperForm(forms.Form):
    """The document of a renewal, from the practitioner."""

    papers = forms.FileField(label="The renewed document", allow_empty_file=True)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        limit = settings.STANDING_UPLOAD_LIMIT
        self.fields["papers"].max_bytes = limit
        self.fields["papers"].help_text = f"PDF, PNG or JPEG, up to {limit // (1024 * 1024)} MB."


class _Pages(forms.Form):
    """Which pages, as what they are called."""

    pages = PagesField(label="Pages")
    title = forms.CharField(
        label="Title", max_length=200, required=False, help_text="Empty: called after what it is."
    )

    def __init__(self, *args, paper: IncomingPaper, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["pages"].page_count = paper.page_count


def _person_widget() -> forms.TextInput:
    return forms.TextInput(attrs={"list": "people-offered", "autocomplete": "off", "spellcheck": "false"})


class FileForm(_Pages):
    """Pages for one person's file. What they may be is known once the person is."""

    person = forms.CharField(
        label="Whose file", max_length=160, help_text="Name or NPI.", widget=_person_widget()
    )
    what = forms.ChoiceField(
        label="What it is",
        required=False,
        widget=forms.Select(
            attrs={
                "hx-get": reverse_lazy("credentialing:paper_kinds"),
                "hx-trigger": "input changed delay:200ms from:#id_person",
                "hx-include": "#id_person",
                "hx-params": "person",
                "hx-target": "this",
                "hx-swap": "innerHTML",
                "hx-sync": "this:replace",
            }
        ),
    )
    data_class = forms.ChoiceField(label="Confidentiality", required=False)
    field_order = ("pages", "person", "what", "title", "data_class")

    def __init__(self, *args, kinds: list[tuple[str, Any]], classes: set[str], **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("what", "title", "data_class"):
            self.fields[name].needed_sometimes = True
        self.fields["what"].choices = kinds
        self.fields["what"].error_messages["invalid_choice"] = "Choose what it is from this person's list."
        self.fields["data_class"].help_text = "A reference or a data bank response is always protected."
        self.fields["data_class"].choices = [
            ("", "As what it is"),
            *(
                (str(each), each.label)
                for each in DataClass
                if str(each) in classes and each != DataClass.GENERAL
            ),
        ]


class ManyForm(_Pages):
    """The same pages for many people, and what they renew for each of them."""

    people = forms.CharField(
        label="People",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text="One to a line: name or NPI. Whose NPI could be read on the pages stands here already.",
    )
    kind = forms.ModelChoiceField(
        label="Kind of credential",
        queryset=CredentialType.objects.none(),
        to_field_name="code",
        required=False,
        empty_label="A document to keep",
    )
    source = forms.CharField(label="Who says so", max_length=200, required=False)
    source_kind = forms.ChoiceField(
        label="Which kind of source", required=False, choices=[("", ""), *SourceKind.choices]
    )
    method = forms.ChoiceField(label="How the answer came", required=False, choices=[("", ""), *METHODS])
    verified_on = DayField(label="Verified on", required=False)
    valid_from = DayField(
        label="In force from", required=False, help_text="Empty: the day after the last confirmed one."
    )
    valid_through = DayField(
        label="Last valid day", required=False, help_text="Filled in: everybody's credential is renewed."
    )
    field_order = ("pages", "kind", "title", "people")
    #: What a renewal needs besides its last day.
    RENEWAL = ("source", "source_kind", "method", "verified_on")

    def __init__(self, *args, today: dt.date, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].queryset = CredentialType.objects.filter(active=True, expires=True).exclude(
            code="PHOTO_ID"
        )
        self.fields["verified_on"].initial = today
        for name in ("kind", "title", *self.RENEWAL, "valid_from", "valid_through"):
            self.fields[name].needed_sometimes = True

    def clean(self):
        """A last day means a renewal, which needs its source; a source without a day is no renewal."""
        given = super().clean()
        if given.get("valid_through"):
            for name in self.RENEWAL:
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, "Needed for a renewal.")
            if not given.get("kind") and "kind" not in self.errors:
                self.add_error("kind", "Say which credential is renewed.")
        elif given.get("valid_from") and "valid_through" not in self.errors:
            self.add_error("valid_through", "Enter the last valid day of the renewal as well.")
        return given
