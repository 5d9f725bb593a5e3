"""What this room adds to the practitioner file and to lists of practitioners."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.urls import reverse

from bylaws.choices import PROTECTED_CAUSES, BarKind
from bylaws.models import AppointmentPeriod, Decision
from bylaws.policies import is_own_file
from bylaws.selectors.membership import bars_in_force
from bylaws.selectors.reviews import reviews_file_of
from bylaws.selectors.stopped import bars_of, stops, terms_of
from config.accounts.choices import DataClass
from config.accounts.policies import facilities_with, may_see_class
from config.kernel.periods import covers, last_day
from config.kernel.registries import Panel, StatusFact, panels, status_facts
from practitioners.policies import register_reason_to_see


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
            Decision.objects.filter(practitioner=practitioner, facility_id__in=runs)
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
    """The term at each facility, by practitioner (one's own too): category, department and last day of the
    one in force, or when the last one ended; one query.
    """
    seen = facilities_with(viewer, "practitioners.view")
    facts: dict[int, list[StatusFact]] = {}
    rows = (
        AppointmentPeriod.objects.live()
        .filter(
            Q(facility_id__in=seen) | Q(practitioner__user_id=viewer.pk),
            practitioner_id__in=practitioner_ids,
            valid__startswith__lte=on,
        )
        .select_related("category", "department", "facility")
        .order_by("practitioner_id", "facility__code", "-valid")
        .distinct("practitioner_id", "facility__code")
    )
    for row in rows:
        last = last_day(row.valid.upper)
        through = f"{last.day} {last:%b %Y}" if last else "no end"
        held = covers(row.valid, on)
        facts.setdefault(row.practitioner_id, []).append(
            StatusFact(
                facility_code=row.facility.code,
                label=row.category.name if held else "Appointment ended",
                colour="good" if held else "bad",
                detail=f"{row.department.name}, through {through}"
                if held
                else f"{row.category.name}, {row.department.name}; it ran out with {through}",
            )
        )
    return facts


def bar_facts(viewer, practitioner_ids: Sequence[int], on: dt.date) -> dict[int, list[StatusFact]]:
    """What keeps authority from being used today, by practitioner; one query. The cause is not told here."""
    seen = facilities_with(viewer, "practitioners.view")
    facts: dict[int, list[StatusFact]] = {}
    rows = bars_in_force(on=on).filter(
        Q(identity__facility_id__in=seen) | Q(identity__practitioner__user_id=viewer.pk),
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


register_reason_to_see("a body one belongs to reviews the file", reviews_file_of)
status_facts.append(appointment_facts)
status_facts.append(bar_facts)
