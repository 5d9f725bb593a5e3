"""The log of letters and the list of their templates: columns and what they can be narrowed by."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Q
from django.urls import reverse

from config.kernel.day_fields import sensible_day
from config.kernel.pages import Column, Table
from credentialing import links
from credentialing.choices import LetterState, SendingChannel
from credentialing.forms.applications import DayInput
from credentialing.models import LetterTemplate
from credentialing.selectors.letters import kind_of, state_of
from practitioners.choices import LetterKind
from practitioners.models import Letter

#: Left open: whatever somebody still has to do something about.
OPEN = (LetterState.TO_SEND, LetterState.CAME_BACK, LetterState.FAILED, LetterState.SENT)


def _channel(row: Any) -> str:
    return SendingChannel(row.channel).label if row.channel else ""


LETTERS = Table(
    caption="Letters",
    order="-issued",
    row_url=links.letter,
    columns=(
        Column("kind", "Letter", value=kind_of, sort=("office__version__template__name", "kind")),
        Column(
            "practitioner", "About", value="practitioner.display_name", kind="person",
            sort=("practitioner__sort_name",),
        ),
        Column("title", "Subject", value="title", page=False),
        Column("state", "How far", value=state_of, kind="badge", sort="state",
               export=lambda row: state_of(row).label),
        Column("issued", "Issued", value="issued_on", kind="day", sort=("issued_at",)),
        Column("by", "By", value="issued_by", export=lambda row: str(row.issued_by), narrow=False,
               sort=("issued_by__last_name", "issued_by__first_name")),
        Column("channel", "Went by", value=_channel, sort="channel", narrow=False),
        Column("sent", "Sent", value="sent_on", kind="plain_day", sort="sent_on", narrow=False),
        Column("tracking", "Number", kind="code", page=False),
        Column("delivered", "Delivered", value="delivered_on", kind="plain_day", sort="delivered_on",
               narrow=False),
        Column("facility", "At", value="facility.name", page=False),
    ),
)  # fmt: skip


class LetterFilter(filters.FilterSet):
    """Letters by words, kind, template, how far they are, channel and the days they were issued on."""

    chief = ("q", "state")

    q = filters.CharFilter(label="Name, NPI, subject or tracking number", method="filter_q")
    state = filters.ChoiceFilter(
        label="How far",
        choices=(("open", "All open"), *LetterState.choices),
        method="filter_state",
        empty_label="Any",
    )
    kind = filters.ChoiceFilter(label="Kind", choices=LetterKind.choices, empty_label="Any")
    template = filters.ModelChoiceFilter(
        label="Template",
        field_name="office__version__template",
        to_field_name="code",
        queryset=LetterTemplate.objects.order_by("name"),
        empty_label="Any",
    )
    channel = filters.ChoiceFilter(label="Went by", choices=SendingChannel.choices, empty_label="Any")
    since = filters.DateFilter(
        label="Issued from", field_name="issued_on", lookup_expr="gte", widget=DayInput,
        validators=[sensible_day],
    )  # fmt: skip
    until = filters.DateFilter(
        label="Issued through", field_name="issued_on", lookup_expr="lte", widget=DayInput,
        validators=[sensible_day],
    )  # fmt: skip

    class Meta:
        model = Letter
        fields = ("q", "state", "kind", "template", "channel", "since", "until")

    def filter_q(self, queryset, name, value):
        """Words of the person's name, the NPI, the subject, or a tracking number of any sending."""
        for word in value.split()[:5]:
            queryset = queryset.filter(
                Q(practitioner__display_name__icontains=word)
                | Q(practitioner__npi__startswith=word)
                | Q(title__icontains=word)
                | Q(tracking__icontains=word)
            )
        return queryset

    def filter_state(self, queryset, name, value):
        """One state, or whatever somebody has to do something about."""
        return queryset.filter(state__in=OPEN) if value == "open" else queryset.filter(state=value)


TEMPLATES = Table(
    caption="Templates of letters",
    order="name",
    row_url=lambda row: reverse("credentialing:letter_template", args=[row.code]),
    columns=(
        Column("name", "Template", kind="strong", sort="name"),
        Column("occasion", "May be used when", value="get_occasion_display", sort="occasion"),
        Column("recipient", "To", value="get_recipient_display", sort="recipient", narrow=False),
        Column("version", "In force", value=lambda row: _version(row.number_in_force), narrow=False,
               sort="number_in_force"),
        Column("published", "Since", value="published_at", kind="moment", sort="published_at", narrow=False),
        Column("draft", "Draft", value=lambda row: _version(row.draft)),
    ),
)  # fmt: skip


def _version(number: int | None) -> str:
    return f"Version {number}" if number else ""
