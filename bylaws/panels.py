"""What this room adds to the practitioner file and to lists of practitioners."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet, Value
from django.urls import reverse

from bylaws import matters
from bylaws.choices import PROTECTED_CAUSES, BarKind
from bylaws.models import (
    Appointment,
    AppointmentPeriod,
    Bar,
    BarPeriod,
    Decision,
    Finding,
    FindingStep,
    MinutesPaper,
    StaffCategory,
)
from bylaws.policies import is_own_file
from bylaws.selectors.due_process import MATTER, track_addresses
from bylaws.selectors.findings import general_findings_of
from bylaws.selectors.membership import bars_in_force
from bylaws.selectors.reviews import reviews_file_of
from bylaws.selectors.stopped import bars_of, stops, terms_of
from bylaws.selectors.supervision import supervision
from config.accounts.choices import DataClass
from config.accounts.policies import facilities_of, facilities_with, may_see_class
from config.kernel.many_keys import one_of
from config.kernel.periods import covers, last_day
from config.kernel.registries import (
    Facet,
    HeadFact,
    Lane,
    LaneEntry,
    Panel,
    StatusFact,
    facets,
    head_facts,
    lanes,
    panels,
    status_facts,
)
from config.organization.models import Department
from practitioners import kept
from practitioners.policies import register_reason_to_see
from practitioners.selectors.canonical import among, own_records
from practitioners.selectors.places import register_files
from practitioners.services.complete_export import register_export_part


def membership(viewer, practitioner, on: dt.date) -> dict[str, Any] | None:
    """Terms, bars and decisions of one person at the facilities the viewer knows; three queries, and those of
    the standing conditions where a term is in force.
    """
    if is_own_file(viewer, practitioner):
        return None
    seen = facilities_with(viewer, "practitioners.view")
    terms = [row for row in terms_of(practitioner) if row.facility_id in seen]
    for term in terms:
        term.now, term.ahead = covers(term.valid, on), term.valid.lower > on
        term.stopped = (
            next((stop for stop in stops(practitioner, term.facility, on) if not stop.codes), None)
            if term.now and term.category.carries_privileges
            else None
        )
    bars = [row for row in bars_of(practitioner) if row.identity.facility_id in seen]
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
            Decision.objects.filter(practitioner__in=among([practitioner.pk]), facility_id__in=runs)
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
        "may_run_due_process": bool(facilities_with(viewer, "bylaws.run_due_process")),
        "may_report": bool(facilities_with(viewer, "bylaws.report_actions")),
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


panels.register(
    Panel(
        code="bylaws.supervision",
        title="Supervision and collaboration",
        permission="practitioners.view",
        template="bylaws/panel_supervision.html",
        context=supervision,
        order=50,
    )
)


def compliance_panel(viewer, practitioner, on: dt.date) -> dict[str, Any] | None:
    """What runs of compliance found about one person and still stands, at the facilities whose compliance the
    viewer may see; nothing of a protected class. Two queries. Hidden where nothing stands.
    """
    if is_own_file(viewer, practitioner):
        return None
    findings = general_findings_of(viewer, practitioner)
    return {"findings": findings} if findings else None


panels.register(
    Panel(
        code="bylaws.compliance",
        title="Compliance",
        permission="bylaws.view_compliance",
        template="bylaws/panel_compliance.html",
        context=compliance_panel,
        order=55,
    )
)


def appointment_facts(viewer, practitioner_ids: Sequence[int], on: dt.date) -> dict[int, list[StatusFact]]:
    """The term at each facility, by practitioner (one's own too): category, department and last day of the
    one in force, or when the last one ended; one query.
    """
    seen = facilities_with(viewer, "practitioners.view")
    facts: dict[int, list[StatusFact]] = {}
    rows = (
        AppointmentPeriod.objects.live()
        .filter(
            Q(facility_id__in=seen) | Q(practitioner__in=own_records(viewer)),
            one_of("practitioner_id", practitioner_ids),
            valid__startswith__lte=on,
        )
        .order_by("practitioner_id", "facility__code", "-valid")
        .distinct("practitioner_id", "facility__code")
        # Values, because an export asks for everybody on file.
        .values_list("practitioner_id", "valid", "facility__code", "category__name", "department__name")
    )
    for person, valid, code, category, department in rows:
        last = last_day(valid.upper)
        through = f"{last.day} {last:%b %Y}" if last else "no end"
        held = covers(valid, on)
        facts.setdefault(person, []).append(
            StatusFact(
                facility_code=code,
                label=category if held else "Appointment ended",
                colour="good" if held else "bad",
                detail=f"{department}, through {through}"
                if held
                else f"{category}, {department}; it ran out with {through}",
            )
        )
    return facts


def bar_facts(viewer, practitioner_ids: Sequence[int], on: dt.date) -> dict[int, list[StatusFact]]:
    """What keeps authority from being used today, by practitioner; one query. The cause is not told here."""
    seen = facilities_with(viewer, "practitioners.view")
    facts: dict[int, list[StatusFact]] = {}
    rows = bars_in_force(on=on).filter(
        Q(identity__facility_id__in=seen) | Q(identity__practitioner__in=own_records(viewer)),
        one_of("identity__practitioner_id", practitioner_ids),
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


# --- the head of a file ---------------------------------------------------------------------------------

_BAR_RANK = {BarKind.RESTRICTION: 10, BarKind.LEAVE: 15}


def membership_head(viewer, practitioner, on: dt.date) -> list[HeadFact]:
    """How the person stands at each facility the viewer knows (their own at all); the two queries are shared
    with the other parts of the file.

    Bars come first, without their cause; a term that is over or ahead is said as such.
    """
    seen = facilities_with(viewer, "practitioners.view")
    own = is_own_file(viewer, practitioner)
    facts: list[HeadFact] = []
    by_place: dict[str, list[AppointmentPeriod]] = {}
    for row in sorted(terms_of(practitioner), key=lambda term: (term.facility.code, term.valid.lower)):
        if own or row.facility_id in seen:
            by_place.setdefault(row.facility.code, []).append(row)
    for rows in by_place.values():
        facts += _term_facts(rows, on)
    bars = [
        bar
        for bar in bars_of(practitioner)
        if covers(bar.valid, on) and (own or bar.identity.facility_id in seen)
    ]
    for bar in sorted(bars, key=lambda each: (each.identity.facility.code, each.pk)):
        kind, place = BarKind(bar.identity.kind), bar.identity.facility
        facts.append(
            HeadFact(
                place.code, place.name, value=str(kind.label), colour=kind.colour, since=bar.start,
                rank=_BAR_RANK.get(kind, 0),
            )
        )  # fmt: skip
    return facts


def _term_facts(rows: Sequence[AppointmentPeriod], on: dt.date) -> list[HeadFact]:
    """What the terms at one facility come to: the one that runs, else the next, else the last."""
    running = [row for row in rows if covers(row.valid, on)]
    coming = [row for row in rows if row.valid.lower > on]
    row = (running or coming[:1] or rows[-1:])[-1]
    place = {"facility_code": row.facility.code, "facility": row.facility.name}
    if running:
        status = HeadFact(**place, value="Appointed", colour="good", rank=20)
    elif coming:
        status = HeadFact(**place, value="Appointment ahead", colour="info", day=row.start, rank=20)
    else:
        return [HeadFact(**place, value="Appointment ended", colour="muted", since=row.end, rank=30)]
    return [
        status,
        HeadFact(**place, label="Category", value=row.category.name, rank=51),
        HeadFact(**place, label="Department", value=row.department.name, rank=52),
        HeadFact(**place, label="Term until", value="", day=row.end, rank=53),
    ]


head_facts.append(membership_head)


# --- timeline -------------------------------------------------------------------------------------------


def _appointment_lane(viewer, practitioner, on: dt.date) -> list[LaneEntry]:
    """Terms at the facilities the viewer knows; one query."""
    seen = facilities_with(viewer, "practitioners.view")
    rows = [row for row in terms_of(practitioner) if row.facility_id in seen]
    return [
        LaneEntry(
            title=f"{row.facility.code}: {row.category.name}",
            first_day=row.start,
            last_day=row.end,
            colour="good" if covers(row.valid, on) else "muted",
            word=_when(row.valid, on),
            detail=row.department.name,
        )
        for row in rows
    ]


def _bar_lane(viewer, practitioner, on: dt.date) -> list[LaneEntry]:
    """Suspensions, leaves and restrictions, without their cause; one query."""
    if is_own_file(viewer, practitioner):
        return []
    rows = (
        BarPeriod.objects.live()
        .filter(
            identity__practitioner__in=among([practitioner.pk]),
            identity__facility_id__in=facilities_with(viewer, "practitioners.view"),
        )
        .select_related("identity__facility")
    )
    return [
        LaneEntry(
            title=f"{row.identity.facility.code}: {row.identity.get_kind_display()}",
            first_day=row.start,
            last_day=row.end,
            colour=BarKind(row.identity.kind).colour if covers(row.valid, on) else "muted",
            word=_when(row.valid, on),
        )
        for row in rows
    ]


def _when(valid, on: dt.date) -> str:
    if covers(valid, on):
        return "In force"
    return "Ahead" if valid.lower is not None and valid.lower > on else "Ended"


lanes.register(Lane("bylaws.appointments", "Appointments", "practitioners.view", _appointment_lane, order=10))
lanes.register(
    Lane("bylaws.bars", "Suspensions, leaves, restrictions", "practitioners.view", _bar_lane, order=20)
)


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
    """Appointments, bars whose cause is not peer review, and findings of no protected class with what became
    of them, for the complete export of one person.
    """
    findings = Finding.objects.filter(practitioner__in=record_ids, data_class=DataClass.GENERAL)
    bars = Bar.objects.filter(practitioner__in=record_ids).exclude(kind__in=PROTECTED_CAUSES)
    return {
        "appointments": Appointment.objects.filter(practitioner__in=record_ids),
        "appointment_periods": AppointmentPeriod.objects.filter(practitioner__in=record_ids),
        "suspensions_and_leaves": bars,
        "suspension_and_leave_periods": BarPeriod.objects.filter(identity__in=bars),
        "findings": findings,
        "finding_steps": FindingStep.objects.filter(finding__in=findings),
    }


register_export_part(_exported)
matters.register(matters.MatterKind(MATTER, DataClass.PEER_REVIEW, track_addresses))
register_reason_to_see("a body one belongs to reviews the file", reviews_file_of)


def _appointed_at(practitioner):
    """Where the person is or was on the staff; one query."""
    rows = Appointment.objects.filter(practitioner__in=among([practitioner.pk]))
    return rows.values_list("facility", flat=True)


register_files("bylaws", _appointed_at)
status_facts.append(appointment_facts)
status_facts.append(bar_facts)


def _in_minutes(key: str) -> bool:
    """Whether the bytes are the signed minutes of a meeting."""
    return MinutesPaper.objects.filter(sha256=key).exists()


kept.register(_in_minutes)
