"""Cases of the operating rooms as their system tells them, under the hospital's own codes; one of them by
somebody who does not hold the privilege.
"""

from __future__ import annotations

import datetime as dt
import random

from config.demo.hospital import Hospital
from config.demo.timeline import Timeline, at
from config.kernel import clock
from config.kernel.dates import add_months
from config.organization.models import Facility
from privileging.models import GrantPeriod
from privileging.selectors.lookup import who_can
from privileging.services.performed import judge_cases, load_cases
from privileging.services.procedures import load_procedure_codes

CODE, SOURCE, SYSTEM = "LMC", "or-system", "LMC-OR"
#: The hospital's own codes (invented), the privilege each needs, the groups it counts for, how often a day.
PROCEDURES = (
    ("CHOLE-L", "GS-LAP-CHOLE", "gs-major", 3),
    ("COLEC", "GS-COLECTOMY", "gs-major", 2),
    ("HERN-I", "GS-HERNIA-INGUINAL", "gs-major", 2),
    ("BARI-S", "GS-BARIATRIC", "gs-bariatric gs-major", 1),
)
#: What the planted case was, and how many workdays ago.
PLANTED, PLANTED_AGO = "BARI-S", 3
#: Days told of, of which the workdays have cases.
DAYS, DAYS_SMALL = 62, 12
#: One day in so many somebody operates who hardly does any more; the others share the other cases.
SELDOM_EVERY = 25
STARTS = ("07:30", "08:15", "09:40", "11:05", "12:50", "14:20", "15:35", "16:10")


def tell_cases(hospital: Hospital, timeline: Timeline, *, seed: int, small: bool) -> None:
    """Two months of cases in two deliveries, judged."""
    facility, system = hospital.facilities[CODE], hospital.system
    chance = random.Random(seed + 7)  # noqa: S311 - invented
    delivered = timeline.workday(1)
    told = range(2, DAYS_SMALL if small else DAYS)
    days = sorted(day for day in {timeline.workday(number) for number in told} if day < delivered)
    content = "code,system,privilege,groups\n" + "".join(
        f"{code},{SYSTEM},{privilege},{groups}\n" for code, privilege, groups, _ in PROCEDURES
    )
    with clock.freeze(at(days[0], 5)):
        load_procedure_codes(actor=system, facility=facility, content=content.encode())
    holders = {code: _holders(facility, privilege, days) for code, privilege, _, _ in PROCEDURES}
    seldom = _held_long(facility, add_months(timeline.today, -24))
    rows = _rows(holders, seldom, days, chance)
    rows += _planted(holders, days[-PLANTED_AGO])
    half = days[len(days) // 2]
    for name, day, part in (
        (
            "Operating rooms, until last month",
            half,
            [row for row in rows if row["performed_at"][:10] < str(half)],
        ),
        ("Operating rooms, since then", delivered, rows),
    ):
        if part:
            with clock.freeze(at(day, 5)):
                load_cases(actor=system, facility=facility, source=SOURCE, name=name, given=part)
    with clock.freeze(at(delivered, 6)):
        judge_cases(actor=system, facility=facility)


def _holders(facility: Facility, privilege: str, days: list[dt.date]) -> list[str]:
    """NPIs of those who might do it through all of the time, as known at its beginning too."""
    then = {
        holder.person.npi
        for holder in who_can(
            privilege_code=privilege, facility=facility, on=days[0], known_at=at(days[0], 6), limit=None
        ).people
    }
    now = who_can(privilege_code=privilege, facility=facility, on=days[-1], limit=None).people
    return [holder.person.npi for holder in now if holder.person.npi in then]


def _held_long(facility: Facility, day: dt.date) -> set[str]:
    """NPIs of the few of whom privileges of that long ago are on record: they hardly operate any more."""
    rows = GrantPeriod.objects.in_force(day).filter(facility=facility)
    return set(rows.values_list("practitioner__npi", flat=True))


def _rows(
    holders: dict[str, list[str]], seldom: set[str], days: list[dt.date], chance: random.Random
) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    often = {code: [npi for npi in npis if npi not in seldom] for code, npis in holders.items()}
    for number, day in enumerate(days, start=1):
        starts = list(STARTS)
        rare = number % SELDOM_EVERY == 0
        for code, _, _, times in PROCEDURES:
            for time in range(times):
                who = [npi for npi in holders[code] if npi in seldom] if rare and time == 0 else []
                who = who or often[code]
                if who:
                    rows.append(_row(len(rows), day, starts.pop(0), chance.choice(who), code))
    return rows


def _planted(holders: dict[str, list[str]], day: dt.date) -> list[dict[str, str]]:
    """One of those who do the first procedure and do not hold what the planted one needs."""
    without = [npi for npi in holders[PROCEDURES[0][0]] if npi not in holders[PLANTED]]
    return [_row(9000, day, "17:20", without[0], PLANTED)] if without else []


def _row(number: int, day: dt.date, start: str, npi: str, code: str) -> dict[str, str]:
    return {
        "encounter": f"OR-{20_000 + 13 * number}",
        "line": "1",
        "npi": npi,
        "system": SYSTEM,
        "code": code,
        "performed_at": f"{day.isoformat()} {start}",
        "site": f"OR {1 + number % 4}",
    }
