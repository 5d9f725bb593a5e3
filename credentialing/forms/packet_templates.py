"""Forms of the hospital's own packets."""

from __future__ import annotations

from django import forms

from config.organization.models import Facility
from credentialing.rules.packet_texts import LONGEST_TEXT
from credentialing.services.packet_templates import LONGEST_CODE, LONGEST_NOTE


class PacketTextForm(forms.Form):
    """The next version of a template."""

    facility = forms.ModelChoiceField(
        Facility.objects.none(), label="For", required=False, empty_label="Every facility"
    )
    text = forms.CharField(
        label="What the packet asks",
        max_length=LONGEST_TEXT + 500,
        widget=forms.Textarea(attrs={"rows": 26, "class": "code", "spellcheck": "false"}),
        help_text="As YAML, in the parts of the shipped ones: change words, add or leave out sections.",
    )
    note = forms.CharField(
        label="What is different", max_length=LONGEST_NOTE, help_text="A sentence for the list of versions."
    )
    newest = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args, facilities, everywhere: bool, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["facility"]
        field.queryset = Facility.objects.filter(pk__in=[each.pk for each in facilities]).order_by("name")
        if not everywhere:
            field.required, field.empty_label = True, "Choose the facility"


class NewPacketForm(PacketTextForm):
    """A template of another short name, from the text of one that is there."""

    code = forms.CharField(
        label="Short name",
        max_length=LONGEST_CODE,
        help_text="Small letters, digits and _; it stays the same.",
    )
    field_order = ("code", "facility", "text", "note")
