"""Payers, their enrolments and their files, as lists."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import django_filters as filters
from django.urls import reverse

from bylaws.models import AppointmentPeriod
from config.kernel.choices import StatusChoices
from config.kernel.pages import Action, Column, Table
from config.kernel.periods import last_day
from credentialing.filters import by_name
from credentialing.models import Payer, PayerEnrolmentPeriod, RosterFile
from credentialing.selectors.payers import as_persons


class EnrolmentState(StatusChoices):
    """How an enrolment stands on a day."""

    ENROLLED = "enrolled", "good", "Enrolled"
    AHEAD = "ahead", "info", "Not yet effective"
    ENDED = "ended", "muted", "Ended"


class AgreementState(StatusChoices):
    """Whether a payer that delegates has its written agreement in force (derived)."""

    IN_FORCE = "in_force", "good", "In force"
    MISSING = "missing", "bad", "Missing"


def agreement_of(row: Any) -> AgreementState | None:
    """How the agreement of a listed payer stands; None where nothing is delegated."""
    if row.agreed:
        return AgreementState.IN_FORCE
    return AgreementState.MISSING if row.delegated else None


PAYERS = Table(
    caption="Payers",
    order="name",
    row_url=lambda row: reverse("credentialing:payer", args=[row.uid]),
    columns=(
        Column("name", "Payer", sort="name", kind="strong"),
        Column("delegated", "Delegated", kind="yes_no", sort="delegated"),
        Column(
            "agreement", "Agreement", value=agreement_of, kind="badge",
            url=lambda row: reverse("credentialing:delegation", args=[row.uid]) if agreement_of(row) else "",
            export=lambda row: getattr(agreement_of(row), "label", ""),
        ),
        Column("enrolled", "Enrolled", kind="number", sort="enrolled"),
        Column("told", "Told through", kind="day", sort="told"),
        Column("active", "Active", kind="yes_no", sort="active", narrow=False),
    ),
)  # fmt: skip


def state_on(row: PayerEnrolmentPeriod, on: dt.date) -> EnrolmentState:
    """How an enrolment stands on the day."""
    if row.end is not None and row.end < on:
        return EnrolmentState.ENDED
    return EnrolmentState.AHEAD if row.start and row.start > on else EnrolmentState.ENROLLED


def enrolments_table(on: dt.date, *, may_end: bool) -> Table:
    """Who is or was enrolled, as it stands on the day."""

    def end_url(row: PayerEnrolmentPeriod) -> str:
        return reverse("credentialing:enrolment_end", args=[row.identity.uid]) if may_end else ""

    return Table(
        caption="Enrolled",
        order="person",
        prepare=as_persons,
        row_url=lambda row: reverse("practitioners:file", args=[row.identity.practitioner.uid]),
        columns=(
            Column(
                "person", "Practitioner", value="identity.practitioner.display_name", kind="person",
                sort="identity__practitioner__sort_name",
            ),
            Column("npi", "NPI", value="identity.practitioner.npi", kind="code"),
            Column(
                "number", "Payer's number", value="payer_number", kind="code", sort="payer_number",
                narrow=False,
            ),
            Column(
                "state", "Status", value=lambda row: state_on(row, on), kind="badge",
                export=lambda row: state_on(row, on).label,
            ),
            Column("effective", "Effective", value="starts", kind="plain_day", sort="starts"),
            Column(
                "last", "Last day", value=lambda row: last_day(row.ends), kind="plain_day", sort="ends",
            ),
            Column(
                "end", "End", value=lambda row: "End it" if row.ends is None and may_end else "", url=end_url,
                csv=False,
            ),
        ),
    )  # fmt: skip


MEMBERS = Table(
    caption="Members who are not enrolled",
    order="person",
    row_key="practitioner.uid",
    columns=(
        Column(
            "person", "Practitioner", value="practitioner.display_name", kind="person",
            sort="practitioner__sort_name",
        ),
        Column("npi", "NPI", value="practitioner.npi", kind="code"),
        Column("department", "Department", value="department.name", sort="department__name"),
        Column("category", "Category", value="category.name", sort="category__name", narrow=False),
        Column("since", "Member since", value=lambda row: row.valid.lower, kind="plain_day"),
    ),
)  # fmt: skip


def members_table(payer: Payer) -> Table:
    """Members to be ticked and enrolled with a payer."""
    url = reverse("credentialing:payer_enrol", args=[payer.uid])
    enrol = Action("Enroll these", url=url, method="post", icon="user-plus")
    return replace(MEMBERS, bulk=(enrol,))


FILES = Table(
    caption="Files made",
    order="-made",
    row_url=lambda row: reverse("credentialing:roster_file", args=[row.uid]),
    columns=(
        Column("kind", "File", value=lambda row: row.get_kind_display(), sort="kind", kind="strong"),
        Column("on", "Of", value="on_day", kind="plain_day", sort="on_day"),
        Column("since", "After", value="since_day", kind="plain_day", narrow=False),
        Column("adds", "Adds", kind="number"),
        Column("changes", "Changes", kind="number"),
        Column("terms", "Terms", kind="number"),
        Column("lines", "Lines", kind="number", narrow=False),
        Column("made", "Made", value="made_at", kind="moment", sort="made_at"),
        Column("by", "By", value=lambda row: str(row.made_by), narrow=False),
        Column("sent", "Sent", value="sent_on", kind="plain_day", sort="sent_on"),
        Column("sha256", "SHA-256", value="sha256", page=False),
    ),
)  # fmt: skip


class EnrolmentFilter(filters.FilterSet):
    """Enrolments by person and how they stand."""

    q = filters.CharFilter(label="Practitioner", method="filter_q")
    state = filters.ChoiceFilter(
        label="Status", choices=EnrolmentState.choices, method="filter_state", empty_label="Any"
    )

    class Meta:
        model = PayerEnrolmentPeriod
        fields = ("q", "state")

    def __init__(self, *args, on: dt.date, **kwargs):
        super().__init__(*args, **kwargs)
        self.on = on

    def filter_q(self, queryset, name, value):
        """Name or NPI."""
        return by_name(queryset, value, "identity__practitioner")

    def filter_state(self, queryset, name, value):
        """As :func:`state_on` says."""
        if value == EnrolmentState.ENDED:
            return queryset.filter(valid__endswith__lte=self.on)
        if value == EnrolmentState.AHEAD:
            return queryset.filter(valid__startswith__gt=self.on)
        return queryset.filter(valid__contains=self.on)


class MemberFilter(filters.FilterSet):
    """Members who are not enrolled, by person."""

    q = filters.CharFilter(label="Practitioner", method="filter_q")

    class Meta:
        model = AppointmentPeriod
        fields = ("q",)

    def filter_q(self, queryset, name, value):
        """Name or NPI."""
        return by_name(queryset, value)


def file_name(file: RosterFile) -> str:
    """What a file is called when it is taken away."""
    kind = "roster" if file.since_day is None else "adds-and-terms"
    return f"{kind}-{file.on_day:%Y-%m-%d}.csv"
