"""The roster of surgical privileges: who holds which of them, and whether it may be used that day.

42 CFR 482.51(a)(4): the surgical service keeps a roster that specifies each practitioner's surgical
privileges; who is suspended or restricted stays on it, without the cause.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from config.accounts.policies import facilities_with
from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve
from practitioners.models import Practitioner
from practitioners.selectors.canonical import persons
from privileging.models import GrantPeriod, Privilege, SurgicalRoster
from privileging.parameters import SURGICAL_FORMS
from privileging.rules.grant_kinds import EXAMPLE
from privileging.selectors.lookup import who_can

NOT_USED = "Not authorized today: call the Medical Staff Office."
NOT_CONFIRMED = "Cannot be confirmed: call the Medical Staff Office."


@dataclass(frozen=True)
class RosterLine:
    """One surgical privilege of one practitioner. ``today`` is empty where it may be used."""

    person: int
    practitioner: str
    npi: str
    type: str
    code: str
    privilege: str
    since: dt.date
    until: dt.date
    conditions: tuple[str, ...]
    today: str = ""


def surgical_lines(facility: Facility, on: dt.date) -> list[RosterLine]:
    """Every surgical privilege granted at the facility on the day, by practitioner and name.

    What may be used is what the lookup answers: it is asked once per privilege, whose number does not grow
    with the people. A grant that may not be used stays on the roster and says so.
    """
    forms = resolve(SURGICAL_FORMS.code, facility=facility, on=on).value or ()
    privileges = Privilege.objects.filter(form_lines__version__form__code__in=forms).distinct()
    granted = (
        GrantPeriod.objects.in_force(on)
        .filter(facility=facility, privilege__in=privileges.order_by().values("pk"))
        .select_related("privilege")
    )
    rows = list(granted)
    whose = persons({row.practitioner_id for row in rows})
    people: dict[int, Any] = Practitioner.every.in_bulk(set(whose.values()))
    lines: dict[tuple[int, str], RosterLine] = {}
    for row in rows:
        one = people[whose[row.practitioner_id]]
        lines[one.pk, row.privilege.code] = RosterLine(
            person=one.pk, practitioner=one.display_name, npi=one.npi or "", type=one.provider_type,
            code=row.privilege.code, privilege=row.privilege.name, since=row.start, until=row.end,
            conditions=(), today=NOT_USED,
        )  # fmt: skip
    for code, name in sorted({(row.privilege.code, row.privilege.name) for row in rows}):
        found = who_can(privilege_code=code, facility=facility, on=on, limit=None)
        for holders, today in ((found.people, ""), (found.unconfirmed, NOT_CONFIRMED)):
            for each in holders:
                lines[each.person.id, code] = RosterLine(
                    person=each.person.id, practitioner=each.person.name, npi=each.person.npi,
                    type=each.person.provider_type, code=code, privilege=name, since=each.since,
                    until=each.until, today=today,
                    conditions=(*each.notes, *each.conditions, *([EXAMPLE] if each.example else ())),
                )  # fmt: skip
    return sorted(lines.values(), key=lambda line: (line.practitioner, line.person, line.privilege))


def visible_rosters(viewer: Any) -> QuerySet[SurgicalRoster]:
    """Rosters of the facilities where the viewer may ask, the newest first."""
    return SurgicalRoster.objects.filter(
        facility__in=facilities_with(viewer, "privileging.lookup")
    ).select_related("facility")
