"""The booking guard: may this be booked? Allow, warn or block, with the reasons of the lookup.

A privilege can be granted for some sites of the house alone. The lookup tells that as a condition; the guard
compares it with the site of the booking.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from bylaws.models import DecisionLine
from config.kernel import clock
from config.kernel.errors import Refused
from config.organization.models import Facility
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among
from privileging.choices import BookingAnswer
from privileging.models import GrantPeriod, ProcedureCode
from privileging.rules.settings import is_among, site_limits
from privileging.selectors.lookup import Answer, LookupOutcome, can_perform, for_viewer


@dataclass(frozen=True)
class Guarded:
    """What the guard says to a booking, and the answer of the lookup it rests on."""

    answer: BookingAnswer
    reasons: tuple[str, ...]
    lookup: Answer
    at: dt.datetime
    procedure: str
    site: str = ""

    def as_data(self) -> dict[str, Any]:
        """Plain data, for the API."""
        return {
            "answer": str(self.answer),
            "reasons": list(self.reasons),
            "at": self.at.isoformat(),
            "procedure": self.procedure or None,
            "site": self.site or None,
            "lookup": self.lookup.as_data(),
        }


def guard_booking(
    *,
    viewer: Any,
    facility: Facility,
    practitioner: Practitioner | None = None,
    npi: str = "",
    privilege_code: str = "",
    procedure: str = "",
    system: str = "",
    at: dt.datetime | None = None,
    site: str = "",
) -> Guarded:
    """May the practitioner be booked for the privilege, or for what the procedure code needs, at the moment
    and ``site``?

    The day is the facility's. A moment gone by is judged as known then, one to come as known now. What cannot
    be confirmed is blocked: missing data never lets anything pass. A yes with anything to be known before it
    is used is a warning. What is granted for other sites alone is blocked at this one; where the booking
    names no site, they are a warning. Answers what the viewer may know.
    """
    site = " ".join(site.split())
    now = clock.now()
    moment = at or now
    known_at = moment if moment < now else None
    if procedure:
        privilege_code = needed_privilege(facility, procedure, system, known_at)
    found = can_perform(
        practitioner=practitioner,
        npi=npi,
        privilege_code=privilege_code,
        facility=facility,
        on=clock.date_at(moment, facility),
        known_at=known_at,
    )
    told = for_viewer(found, viewer)
    if told.outcome is not LookupOutcome.YES:
        return Guarded(BookingAnswer.BLOCK, (*told.reasons, told.contact), told, moment, procedure, site)
    limits = sites_of(found) if found.conditions else {}
    if site and (elsewhere := [said for said, sites in limits.items() if not is_among(site, sites)]):
        reasons: tuple[str, ...] = (f"Not granted for {site}.", *elsewhere, told.contact)
        return Guarded(BookingAnswer.BLOCK, reasons, told, moment, procedure, site)
    ends = tuple(f"{each.what} runs out with {each.last_day.isoformat()}." for each in told.ahead)
    # A site that is kept is nothing to be known any more.
    conditions = tuple(each for each in told.conditions if not (site and each in limits))
    reasons = (*told.notes, *conditions, *ends)
    answer = BookingAnswer.WARN if reasons else BookingAnswer.ALLOW
    return Guarded(answer, reasons, told, moment, procedure, site)


def sites_of(answer: Answer) -> dict[str, tuple[str, ...]]:
    """At which sites alone what the answer says may be used, by the condition that says so; two queries."""
    rows = list(
        GrantPeriod.objects.in_force(answer.on, answer.known_at)
        .filter(
            practitioner__in=among([answer.person.id], answer.known_at),
            facility=answer.facility,
            privilege=answer.privilege.id,
        )
        .select_related("identity__form_line", "identity__request_line")
        .order_by("pk")
    )
    asked = {row.identity.request_line.uid for row in rows if row.identity.request_line is not None}
    lines = DecisionLine.objects.filter(
        decision__in=[row.identity.decision_id for row in rows if row.identity.decision_id],
        line_uid__in=asked,
    )
    stated: dict[tuple[Any, Any], Any] = {(line.decision_id, line.line_uid): line.stated for line in lines}
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        grant = row.identity
        line_uid = grant.request_line.uid if grant.request_line is not None else None
        found |= site_limits(
            grant.form_line.settings, stated.get((grant.decision_id, line_uid), ()), answer.conditions
        )
    return found


def needed_privilege(facility: Facility, code: str, system: str, known_at: dt.datetime | None) -> str:
    """The code of the privilege a procedure code needs at the facility, as loaded at the moment; one query.

    Refuses a code nobody loaded, and one that two code sets have where none is named.
    """
    rows = ProcedureCode.objects.filter(facility=facility, code=code.strip().upper())
    if known_at is None:
        rows = rows.filter(ended_at__isnull=True)
    else:
        rows = rows.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=known_at), loaded_at__lte=known_at)
    if system:
        rows = rows.filter(system=system.strip().upper())
    found = {(row[0], row[1]) for row in rows.values_list("system", "privilege__code")}
    if not found:
        raise Refused(f"No privilege is named for the procedure code {code.strip()} at {facility}.")
    if len({privilege for _, privilege in found}) > 1:
        systems = ", ".join(sorted(system for system, _ in found))
        raise Refused(f"The procedure code {code.strip()} is in several code sets: name one of {systems}.")
    return next(iter(found))[1]
