"""The calendar of reappointments and the members of a batch, as lists: their columns and their filters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.urls import reverse

from bylaws.models import AppointmentPeriod
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.kernel.pages import Action, Column, Table
from config.organization.models import Department, Facility
from credentialing import links
from credentialing.choices import Outlook, PacketStage
from credentialing.filters import by_name
from credentialing.models import ReappointmentBatch
from credentialing.selectors.reappointments import Calendar, Month, at_stage, of_month


def attach_renewals(calendar: Calendar) -> Callable[[Sequence[Any]], None]:
    """Gives the rows of one page how far each renewal is."""

    def attach(rows: Sequence[Any]) -> None:
        found = calendar.renewals(rows)
        for row in rows:
            row.renewal = found[row.pk]

    return attach


def _row_url(row: Any) -> str:
    one = row.renewal.application
    return links.application(one) if one is not None else links.practitioner(row.practitioner)


def _stage_words(row: Any) -> str:
    packet, stage = row.renewal.packet, row.renewal.stage
    return f"{stage.label}, {packet.percent} %" if packet and stage == PacketStage.OPEN else stage.label


TERMS = Table(
    caption="Terms that end",
    order="ends",
    row_url=_row_url,
    row_key="identity.uid",
    columns=(
        Column(
            "practitioner", "Practitioner", value="practitioner.display_name", kind="person",
            sort=("practitioner__sort_name",),
        ),
        Column("npi", "NPI", value="practitioner.npi", kind="code", page=False),
        Column(
            "department", "Department", value="department.name", sort=("department__name", "category__name"),
            kind="template", template="credentialing/cells/place_held.html",
        ),
        Column("category", "Category", value="category.name", page=False),
        Column("ends", "Term ends", value=lambda row: row.ends - ONE_DAY, kind="day", sort="ends"),
        Column("left", "Days left", value="renewal.days_left", kind="number", page=False),
        Column(
            "packet", "Packet", value=lambda row: row.renewal.stage, kind="template",
            template="credentialing/cells/packet_stage.html", export=_stage_words,
        ),
        Column(
            "application", "Application", value="renewal.status", kind="template",
            template="credentialing/cells/renewing.html",
            export=lambda row: row.renewal.status.label if row.renewal.status else "None",
        ),
        Column("missing", "Missing", value=lambda row: ", ".join(row.renewal.missing), page=False),
        Column(
            "outlook", "Outlook", value="renewal.foreseen.outlook", kind="template",
            template="credentialing/cells/outlook.html",
            export=lambda row: row.renewal.foreseen.outlook.label,
        ),
        Column(
            "board", "Board can decide", value="renewal.foreseen.board", kind="plain_day", page=False
        ),
        Column("why", "Why", value="renewal.foreseen.why", page=False),
    ),
)  # fmt: skip


def terms_table(calendar: Calendar) -> Table:
    """The terms of a calendar, to be ticked and launched."""
    launch = Action(
        "Launch these reappointments",
        url=reverse("credentialing:reappointments_launch"),
        method="post",
        icon="send",
    )
    return replace(TERMS, prepare=attach_renewals(calendar), bulk=(launch,))


class TermFilter(filters.FilterSet):
    """Terms by the month they end in, how far the renewal is, and what becomes of them."""

    q = filters.CharFilter(label="Practitioner", method="filter_q")
    month = filters.ChoiceFilter(
        label="Term ends in", method="filter_month", empty_label="The coming 12 months"
    )
    packet = filters.ChoiceFilter(
        label="Packet", choices=PacketStage.choices, method="filter_packet", empty_label="Any"
    )
    department = filters.ModelChoiceFilter(
        label="Department", queryset=Department.objects.none(), to_field_name="code", empty_label="Any"
    )
    outlook = filters.ChoiceFilter(
        label="Outlook", choices=Outlook.choices, method="filter_outlook", empty_label="Any"
    )

    class Meta:
        model = AppointmentPeriod
        fields = ("q", "month", "packet", "department", "outlook")

    def __init__(
        self, *args, facility: Facility, calendar: Calendar, months: Sequence[Month], **kwargs
    ) -> None:
        super().__init__(*args, **kwargs)
        self.calendar = calendar
        self.filters["month"].extra["choices"] = [
            (each.code, f"{each.first:%B %Y} ({each.ending})") for each in months
        ]
        self.filters["department"].queryset = Department.objects.filter(facility=facility)

    def filter_q(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Name or NPI."""
        return by_name(queryset, value)

    def filter_month(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """The month of the last day."""
        return of_month(queryset, dt.date.fromisoformat(f"{value}-01"))

    def filter_packet(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """How far the packet is."""
        return at_stage(queryset, value)

    def filter_outlook(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """What becomes of the term."""
        return queryset.filter(pk__in=self.calendar.ids_with(queryset, value))


# --- batches --------------------------------------------------------------------------------------------

BATCHES = Table(
    caption="Batches",
    order="-launched",
    row_url=lambda row: links.batch(row),
    columns=(
        Column(
            "month", "Terms that end in", value=lambda row: f"{row.month:%B %Y}", kind="strong", sort="month"
        ),
        Column(
            "launched", "Launched", value=lambda row: launched_on(row), kind="day", sort="launched_at"
        ),
        Column("by", "By", value=lambda row: str(row.launched_by), narrow=False),
        Column("people", "Launched for", value="launched", kind="number", sort="launched"),
        Column("opened", "Opened", kind="number", sort="opened"),
        Column("signed", "Signed", kind="number", sort="signed"),
        Column("taken_back", "Taken back", kind="number", sort="taken_back", narrow=False),
        Column("due", "Due", value="due_on", kind="plain_day", sort="due_on", narrow=False),
    ),
)  # fmt: skip


def launched_on(row: ReappointmentBatch) -> dt.date:
    """The day at the facility on which the batch was launched."""
    return clock.date_at(row.launched_at, row.facility)


LAUNCHES = Table(
    caption="Launched in this batch",
    columns=(
        Column(
            "practitioner", "Practitioner", value="application.practitioner.display_name", kind="person",
            url=lambda row: links.application(row.application),
        ),
        Column("department", "Department", value="application.department.name", narrow=False),
        Column("sent", "Sent to", value="sent_to", narrow=False),
        Column(
            "mail", "Invitation", kind="badge", value=lambda row: None if row.taken_back_at else row.mail
        ),
        Column(
            "packet", "Packet", value="stage", kind="template",
            template="credentialing/cells/launched_stage.html",
        ),
        Column("application", "Application", value="status", kind="badge"),
        Column(
            "again", "Next", value="again_url", kind="template",
            template="credentialing/cells/invite_again.html",
        ),
    ),
)  # fmt: skip
