"""Making the surgical roster of a day: a PDF to hang up and a CSV, kept as they were handed out."""

from __future__ import annotations

import datetime as dt
from functools import partial
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.audit.services.jobs import run_job
from config.kernel import clock
from config.kernel.display.dates import long_day
from config.kernel.pages.exports import csv_bytes
from config.kernel.papers import typeset
from config.organization.models import Facility
from practitioners import store
from privileging.models import SurgicalRoster
from privileging.selectors.roster import RosterLine, surgical_lines
from privileging.tables import ROSTER_LINES

TEMPLATE = "surgical_roster"
JOB = "surgical-roster"


def make_rosters() -> dict[str, str]:
    """The roster of today for every facility that has none of it; each day once, by its own calendar.

    A facility that fails does not keep the others from theirs; the ledger of jobs says what went wrong.
    """
    answer: dict[str, str] = {}
    failures = []
    for facility in Facility.objects.order_by("code"):
        day = clock.today(facility)
        key = f"{facility.code}:{day.isoformat()}"
        try:
            run = run_job(JOB, key, partial(_made, facility, day))
        except Exception as problem:  # the ledger has the whole text; the other facilities go on
            failures.append(f"{key}: {type(problem).__name__}: {problem}")
        else:
            answer[key] = str(run.status)
    if failures:
        raise RostersFailed("; ".join(failures))
    return answer


class RostersFailed(RuntimeError):
    """At least one facility has no roster of the day; the ledger says which and why."""


@transaction.atomic
def make_roster(*, actor, facility: Facility, day: dt.date) -> SurgicalRoster:
    """The roster of the day as known now, with its event, or neither; where there is one already, that one.

    Of two made at the same time one is kept. What was put into the store for the other stays there unnamed.
    """
    there = SurgicalRoster.objects.filter(facility=facility, day=day).first()
    if there is not None:
        return there
    lines = surgical_lines(facility, day)
    made_at = clock.now()
    roster, made = SurgicalRoster.objects.get_or_create(
        facility=facility,
        day=day,
        defaults={
            "made_at": made_at,
            "practitioners": len({line.person for line in lines}),
            "lines": len(lines),
            "csv_key": store.put(csv_bytes(ROSTER_LINES, lines)),
            "pdf_key": store.put(_pdf(facility, day, lines, made_at)),
        },
    )
    if made:
        record_event(
            actor=actor,
            verb="surgical_roster.made",
            subject=roster,
            facility=facility,
            data={"day": day.isoformat(), "csv": roster.csv_key, "pdf": roster.pdf_key},
        )
    return roster


def _made(facility: Facility, day: dt.date) -> dict[str, Any]:
    roster = make_roster(actor=system_user(), facility=facility, day=day)
    return {"practitioners": roster.practitioners, "lines": roster.lines, "pdf": roster.pdf_key}


def _pdf(facility: Facility, day: dt.date, lines: list[RosterLine], made_at: dt.datetime) -> bytes:
    local = made_at.astimezone(ZoneInfo(facility.time_zone))
    data = {
        "title": f"Surgical roster, {long_day(day)}",
        "facility": {"name": facility.name, "city": facility.city, "phone": facility.office_phone},
        "to": ["Surgical service", "42 CFR 482.51(a)(4)"],
        "issued_on": long_day(day),
        "as_of": f"{local:%H:%M} on {long_day(local.date())}",
        "on_behalf": f"the medical staff office of {facility.name}",
        "signed_by": "Made without a signature",
        "people": [
            {
                "name": name,
                "npi": npi,
                "type": kind,
                "privileges": [
                    {
                        "name": line.privilege,
                        "code": line.code,
                        "until": line.until.isoformat(),
                        "conditions": "; ".join(line.conditions),
                        "today": line.today,
                    }
                    for line in theirs
                ],
            }
            for (_, name, npi, kind), theirs in (
                (key, list(group))
                for key, group in groupby(
                    lines, key=lambda line: (line.person, line.practitioner, line.npi, line.type)
                )
            )
        ],
    }
    return typeset(TEMPLATE, data, issued_at=made_at)
