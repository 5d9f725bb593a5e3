"""The log of letters and the list of their templates: columns and what they can be narrowed by."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters as filters
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from config.kernel import clock
from config.kernel.day_fields import sensible_day
from config.kernel.pages import Column, Table
from credentialing import links
from credentialing.choices import LetterState, SendingChannel
from credentialing.forms.applications import DayInput
from credentialing.models import LetterSending, LetterTemplate
from credentialing.selectors.letters import BY_THEMSELVES, WAITING, kind_of, state_of, unanswered
from practitioners.choices import LetterKind
from practitioners.models import Letter

#: What Today's two queues hold, as choices of the filter.
QUEUES = (("waiting", "To send, also again"), ("awaited", "Delivery not recorded"))


#: Short words for a narrow column.
CHANNEL_WORDS = {
    SendingChannel.EMAIL: "E-mail",
    SendingChannel.FIRST_CLASS: "First class",
    SendingChannel.CERTIFIED: "Certified mail",
    SendingChannel.COURIER: "Courier",
    SendingChannel.BY_HAND: "By hand",
}


def _channel(row: Any) -> str:
    channel = row.channel or (SendingChannel.EMAIL if row.replied_at else "")
    return CHANNEL_WORDS[SendingChannel(channel)] if channel else ""


def _sent_on(row: Any) -> dt.date | None:
    """When it went out; an affiliation letter goes with its own mail."""
    return row.sent_on or (clock.date_at(row.replied_at, row.facility) if row.replied_at else None)


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
        Column("by", "Issued by", value="issued_by", page=False, export=lambda row: str(row.issued_by)),
        Column("channel", "Went by", value=_channel, sort="channel", narrow=False),
        Column("sent", "Sent", value=_sent_on, kind="plain_day", sort="sent_on", narrow=False),
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
        choices=(*QUEUES, *LetterState.choices),
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
                | Exists(LetterSending.objects.filter(letter=OuterRef("pk"), tracking__icontains=word))
            )
        return queryset

    def filter_state(self, queryset, name, value):
        """One state, or what somebody has to do something about, as the queues of Today say it."""
        if value == "waiting":
            return queryset.filter(state__in=WAITING).exclude(kind__in=BY_THEMSELVES)
        if value == "awaited":
            return queryset.filter(Exists(unanswered().filter(letter=OuterRef("pk"))))
        return queryset.filter(state=value)


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
