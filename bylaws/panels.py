"""What this room adds to the practitioner file and to lists of practitioners."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet, Value
from django.urls import reverse

from bylaws.choices import PROTECTED_CAUSES, BarKind
from bylaws.models import Appointment, AppointmentPeriod, Bar, BarPeriod, Decision, StaffCategory
from bylaws.policies import is_own_file
from bylaws.selectors.membership import appointments_in_force, bars_in_force
from bylaws.selectors.reviews import reviews_file_of
from config.accounts.choices import DataClass
from config.accounts.policies import facilities_of, facilities_with, may_see_class
from config.kernel.periods import covers, last_day
from config.kernel.registries import Facet, Panel, StatusFact, facets, panels, status_facts
from config.organization.models import Department
from practitioners.policies import register_reason_to_see
from practitioners.selectors.canonical import among, own_records
from practitioners.services.complete_export import register_export_part


def membership(viewer, practitioner, on: dt.date) -> dict[str, Any] | None:
    """Terms, bars and decisions of one person at the facilities the viewer knows; three queries."""
    if is_own_file(viewer, practitioner):
        return None
    seen = facilities_with(viewer, "practitioners.view")
    records = among([practitioner.pk])
    terms = list(
        AppointmentPeriod.objects.live()
        .filter(practitioner__in=records, facility_id__in=seen)
        .select_related("category", "department", "facility", "identity")
        .order_by("-valid", "pk")
    )
    for term in terms:
        term.now, term.ahead = covers(term.valid, on), term.valid.lower > on
    bars = list(
        BarPeriod.objects.live()
        .filter(identity__practitioner__in=records, identity__facility_id__in=seen)
        .select_related("identity__facility")
        .order_by("-valid", "pk")
    )
    keeps = facilities_with(viewer, "bylaws.manage_bars")
    for row in bars:
        facility = row.identity.facility
        row.now = covers(row.valid, on)
        row.url = reverse("bylaws:bar", args=[row.identity.uid]) if facility.pk in keeps else ""
        if row.identity.kind in PROTECTED_CAUSES and not may_see_class(
            viewer, DataClass.PEER_REVIEW, facility
        ):
            row.cause = "The cause is confidential; call the Medical Staff Office."
    runs = facilities_with(viewer, "bylaws.run_meeting")
    decisions = (
        list(
            Decision.objects.filter(practitioner__in=records, facility_id__in=runs)
            .select_related("facility")
            .defer("frozen")
            .order_by("-decided_on", "-recorded_at")[:12]
        )
        if runs
        else []
    )
    return {
        "terms": terms,
        "bars": bars,
        "decisions": decisions,
        "may_bar": bool(keeps),
        "practitioner": practitioner,
        "today": on,
    }


panels.register(
    Panel(
        code="bylaws.membership",
        title="Membership",
        permission="practitioners.view",
        template="bylaws/panel_membership.html",
        context=membership,
        order=20,
    )
)


def appointment_facts(viewer, practitioner_ids: Sequence[int], on: dt.date) -> dict[int, list[StatusFact]]:
    """Category, department and last day of the term in force, by practitioner (one's own too); one query."""
    seen = facilities_with(viewer, "practitioners.view")
    facts: dict[int, list[StatusFact]] = {}
    rows = appointments_in_force(on=on).filter(
        Q(facility_id__in=seen) | Q(practitioner__in=own_records(viewer)),
        practitioner_id__in=practitioner_ids,
    )
    for row in rows.order_by("facility__code"):
        last = last_day(row.valid.upper)
        facts.setdefault(row.practitioner_id, []).append(
            StatusFact(
                facility_code=row.facility.code,
                label=row.category.name,
                colour="good",
                detail=f"{row.department.name}, through {last.day} {last:%b %Y}",
            )
        )
    return facts


def bar_facts(viewer, practitioner_ids: Sequence[int], on: dt.date) -> dict[int, list[StatusFact]]:
    """What keeps authority from being used today, by practitioner; one query. The cause is not told here."""
    seen = facilities_with(viewer, "practitioners.view")
    facts: dict[int, list[StatusFact]] = {}
    rows = bars_in_force(on=on).filter(
        Q(identity__facility_id__in=seen) | Q(identity__practitioner__in=own_records(viewer)),
        identity__practitioner_id__in=practitioner_ids,
    )
    for row in rows.order_by("identity__facility__code", "pk"):
        kind = BarKind(row.identity.kind)
        facts.setdefault(row.identity.practitioner_id, []).append(
            StatusFact(
                facility_code=row.identity.facility.code,
                label=str(kind.label),
                colour=kind.colour,
                detail=f"since {row.valid.lower.day} {row.valid.lower:%b %Y}",
            )
        )
    return facts


# --- filters of the list of practitioners ---------------------------------------------------------------


def _places(viewer, chosen) -> list[int]:
    """The facilities a filter is about: the one chosen, else all the viewer knows."""
    seen = facilities_with(viewer, "practitioners.view")
    return [pk for pk in seen if not chosen.get("facility") or str(pk) == chosen["facility"]]


def _facilities(viewer) -> list[tuple[str, str]]:
    places = facilities_of(viewer)
    return [(str(place.pk), place.name) for place in places] if len(places) > 1 else []


def members_on(viewer, on: dt.date, chosen) -> QuerySet[AppointmentPeriod]:
    """Terms in force on the day, narrowed by the facility, department and category chosen."""
    rows = AppointmentPeriod.objects.in_force(on).filter(facility_id__in=_places(viewer, chosen))
    if chosen.get("department", "").isdigit():
        rows = rows.filter(department_id=chosen["department"])
    if chosen.get("category", "").isdigit():
        rows = rows.filter(category_id=chosen["category"])
    return rows


def _members(viewer, value: str, on: dt.date, chosen) -> QuerySet:
    return members_on(viewer, on, chosen).values("practitioner_id")


def _at_facility(viewer, value: str, on: dt.date, chosen) -> QuerySet:
    """With a term there of any day, so that who left can be asked for too."""
    return AppointmentPeriod.objects.live().filter(facility_id=value).values("practitioner_id")


def _named(viewer) -> list[tuple[int, str, str]]:
    """(id, facility code, name) of departments, and of categories with no code; one query per request."""
    if "_named_departments" not in viewer.__dict__:
        departments = Department.objects.filter(
            facility_id__in=facilities_with(viewer, "practitioners.view")
        ).values_list("pk", "facility__code", "name")
        categories = StaffCategory.objects.values_list("pk", Value(""), "name")
        rows = departments.order_by().union(categories.order_by(), all=True)
        viewer.__dict__["_named_departments"] = sorted(rows, key=lambda row: (row[1], row[2]))
    return viewer.__dict__["_named_departments"]


def _departments(viewer) -> list[tuple[str, str]]:
    return [(str(pk), f"{code}: {name}") for pk, code, name in _named(viewer) if code]


def _categories(viewer) -> list[tuple[str, str]]:
    return [(str(pk), name) for pk, code, name in _named(viewer) if not code]


for _facet in (
    Facet("facility", "Facility", _facilities, _at_facility, order=10),
    Facet("department", "Department", _departments, _members, order=20),
    Facet("category", "Category", _categories, _members, order=30),
):
    facets.register(_facet)


def _exported(record_ids: Sequence[int]) -> dict[str, QuerySet]:
    """Appointments, and bars whose cause is not peer review, for the complete export of one person."""
    bars = Bar.objects.filter(practitioner__in=record_ids).exclude(kind__in=PROTECTED_CAUSES)
    return {
        "appointments": Appointment.objects.filter(practitioner__in=record_ids),
        "appointment_periods": AppointmentPeriod.objects.filter(practitioner__in=record_ids),
        "suspensions_and_leaves": bars,
        "suspension_and_leave_periods": BarPeriod.objects.filter(identity__in=bars),
    }


register_export_part(_exported)
register_reason_to_see("a body one belongs to reviews the file", reviews_file_of)
status_facts.append(appointment_facts)
status_facts.append(bar_facts)
