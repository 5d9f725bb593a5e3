"""Agreements with distant sites and the people they list, as lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import django_filters as filters
from django.db.models import Q
from django.urls import reverse

from config.kernel.choices import StatusChoices
from config.kernel.pages import Column, Table
from config.kernel.periods import last_day
from credentialing import links
from credentialing.choices import ApplicationStatus, DistantSiteKind
from credentialing.models import (
    Application,
    ListedPractitionerPeriod,
    ProxyAgreement,
)
from credentialing.rules.telemedicine import licensed_in
from credentialing.selectors.telemedicine import people_of

#: What a distant site is, in a column.
_KIND = {
    DistantSiteKind.HOSPITAL: "Hospital",
    DistantSiteKind.ENTITY: "Telemedicine entity",
}


class AgreedState(StatusChoices):
    """How an agreement with a distant site stands on a day (derived)."""

    IN_FORCE = "in_force", "good", "In force"
    AHEAD = "ahead", "info", "Not yet in force"
    ENDED = "ended", "bad", "Ended"


class ListedState(StatusChoices):
    """How somebody stands on a distant site's list on a day (derived)."""

    LISTED = "listed", "good", "On the list"
    UNLICENSED = "unlicensed", "warn", "No license of this state"
    DROPPED = "dropped", "bad", "Not on the list any more"


def agreed_state(row: Any, on: dt.date) -> AgreedState:
    """How a listed agreement stands on the day."""
    if row.holds:
        return AgreedState.IN_FORCE
    return AgreedState.AHEAD if row.starts and row.starts > on else AgreedState.ENDED


def agreements_table(on: dt.date) -> Table:
    """The agreements of a facility as they stand on the day."""
    return Table(
        caption="Agreements with distant sites",
        order="site",
        row_url=links.distant_agreement,
        columns=(
            Column("site", "Distant site", value="site.name", sort="site__name", kind="strong"),
            Column("title", "Agreement", sort="title"),
            Column(
                "kind", "Kind", value=lambda row: _KIND[row.site.kind], sort="site__kind", narrow=False,
            ),
            Column(
                "state", "Status", value=lambda row: agreed_state(row, on), kind="badge",
                export=lambda row: agreed_state(row, on).label,
            ),
            Column("ends", "Last day", value=lambda row: last_day(row.ends), kind="day", sort="ends"),
            Column("listed", "On the list", value=lambda row: row.listed or 0, kind="number", sort="listed"),
            Column(
                "unlicensed", "No license here",
                value=lambda row: (row.listed or 0) - (row.licensed or 0), kind="number", narrow=False,
            ),
            Column("list_day", "List of", value="list_day", kind="plain_day", sort="list_day", narrow=False),
        ),
    )  # fmt: skip


class AgreementFilter(filters.FilterSet):
    """Agreements by name of the site or the paper, and how they stand."""

    q = filters.CharFilter(label="Site or agreement", method="filter_q")
    state = filters.ChoiceFilter(
        label="Status", choices=AgreedState.choices, method="filter_state", empty_label="Any"
    )

    class Meta:
        model = ProxyAgreement
        fields = ("q", "state")

    def __init__(self, *args, on: dt.date, **kwargs):
        super().__init__(*args, **kwargs)
        self.on = on

    def filter_q(self, queryset, name, value):
        """Every word in the name of the site or of the paper."""
        for word in value.split()[:5]:
            queryset = queryset.filter(Q(site__name__icontains=word) | Q(title__icontains=word))
        return queryset

    def filter_state(self, queryset, name, value):
        """As :func:`agreed_state` says."""
        if value == AgreedState.IN_FORCE:
            return queryset.filter(holds=True)
        ahead = Q(starts__gt=self.on)
        return queryset.filter(ahead if value == AgreedState.AHEAD else ~ahead, holds=False)


def state_of(row: ListedPractitionerPeriod, on: dt.date) -> ListedState:
    """How somebody stands on the list on the day."""
    if row.end is not None and row.end < on:
        return ListedState.DROPPED
    state = row.identity.agreement.site.facility.state
    return ListedState.LISTED if licensed_in(row.licences, state) else ListedState.UNLICENSED


def _with_files(rows: Sequence[ListedPractitionerPeriod]) -> None:
    """Attach who has the number here, and the newest file that relies on the agreement; two queries."""
    people = people_of(rows)
    agreements = {row.identity.agreement_id for row in rows}
    files: dict[tuple[int, int | None], Application] = {}
    for each in Application.objects.filter(
        agreement__in=agreements, practitioner__in=[person.pk for person in people.values()]
    ).order_by("opened_at", "pk"):
        files[each.practitioner_id, each.agreement_id] = each
    for row in rows:
        person = people.get(row.identity.npi)
        row.person = person  # type: ignore[attr-defined]
        row.file = files.get((person.pk, row.identity.agreement_id)) if person else None  # type: ignore[attr-defined]


def _licences(row: ListedPractitionerPeriod) -> str:
    return ", ".join(f"{each['state']} {each['number']}" for each in row.licences)


def _file_status(row: Any) -> ApplicationStatus | None:
    return ApplicationStatus(row.file.status) if row.file is not None else None


def listed_table(on: dt.date) -> Table:
    """Whom a distant site lists or listed, as it stands on the day."""
    return Table(
        caption="Practitioners the distant site lists",
        order="name",
        prepare=_with_files,
        columns=(
            Column(
                "name", "Practitioner", kind="strong", sort="name",
                url=lambda row: links.practitioner(row.person) if row.person else "",
            ),
            Column("npi", "NPI", value="identity.npi", kind="code", sort="identity__npi"),
            Column(
                "state", "Status", value=lambda row: state_of(row, on), kind="badge",
                export=lambda row: state_of(row, on).label,
            ),
            Column("licences", "Licenses", value=_licences),
            Column(
                "privileges", "Privileges there", value=lambda row: "; ".join(row.privileges), narrow=False
            ),
            Column(
                "file", "File here", value=_file_status, kind="badge",
                url=lambda row: links.application(row.file) if row.file else "",
                export=lambda row: getattr(_file_status(row), "label", ""),
            ),
            Column("since", "Since", value="starts", kind="plain_day", sort="starts", narrow=False),
            Column("last", "Last day", value=lambda row: last_day(row.ends), kind="plain_day", sort="ends"),
        ),
    )  # fmt: skip


class ListedFilter(filters.FilterSet):
    """People of a list by name or NPI, and how they stand."""

    q = filters.CharFilter(label="Name or NPI", method="filter_q")
    state = filters.ChoiceFilter(
        label="Status", choices=ListedState.choices, method="filter_state", empty_label="Any"
    )

    class Meta:
        model = ListedPractitionerPeriod
        fields = ("q", "state")

    def __init__(self, *args, on: dt.date, state_code: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.on, self.state_code = on, state_code

    def filter_q(self, queryset, name, value):
        """Every word in the name, or the beginning of the NPI."""
        for word in value.split()[:5]:
            queryset = queryset.filter(Q(name__icontains=word) | Q(identity__npi__startswith=word))
        return queryset

    def filter_state(self, queryset, name, value):
        """As :func:`state_of` says."""
        if value == ListedState.DROPPED:
            return queryset.filter(valid__endswith__lte=self.on)
        here = queryset.filter(valid__contains=self.on)
        licensed = Q(licences__contains=[{"state": self.state_code}])
        return here.filter(licensed if value == ListedState.LISTED else ~licensed)


LISTS = Table(
    caption="Lists loaded",
    columns=(
        Column("as_of", "Of", value="as_of", kind="plain_day"),
        Column("name", "File", narrow=False),
        Column("added", "New", kind="number"),
        Column("changed", "Changed", kind="number"),
        Column("dropped", "Dropped", kind="number"),
        Column("recorded_at", "Loaded", value="recorded_at", kind="moment", narrow=False),
        Column("by", "By", value=lambda row: str(row.recorded_by), narrow=False),
    ),
)
FILES = Table(
    caption="Files that rely on the agreement",
    row_url=links.application,
    columns=(
        Column("person", "Practitioner", value="practitioner.display_name", kind="person"),
        Column("npi", "NPI", value="practitioner.npi", kind="code", narrow=False),
        Column("status", "Status", kind="status"),
        Column("opened", "Opened", value="opened_at", kind="moment", narrow=False),
        Column("decided", "Decided", value="decided_on", kind="plain_day"),
    ),
)


def list_url(agreement: ProxyAgreement) -> str:
    """The page of the people an agreement's site lists."""
    return reverse("credentialing:distant_people", args=[agreement.uid])
