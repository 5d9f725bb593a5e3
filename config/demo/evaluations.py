"""Proctors and their cases, and a cycle of ongoing evaluation with one practitioner far from the peers."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

from bylaws.choices import CommitteeKind, SeatRole
from bylaws.models import CommitteeSeatPeriod
from config.accounts.models import User
from config.demo.hospital import Hospital
from config.demo.timeline import Timeline, at
from config.kernel import clock
from config.kernel.dates import add_months, month_first
from config.organization.models import Facility
from privileging.choices import CaseOutcome, FPPEMethod, FPPEStatus, OPPEConclusion, OPPEProposal, OPPEStatus
from privileging.models import FPPEPlan, OPPECycle, OPPEIndicator, OPPEProfile
from privileging.selectors.oppe import view_of
from privileging.selectors.proctors import candidates, token_of
from privileging.services.indicators import load_indicators
from privileging.services.oppe import load_values, open_cycle, put_before_chair, sign_profile
from privileging.services.proctors import declare, name_proctor, report_by_link

CODE = "LMC"
#: Months of the cycle, and how many months ago it ended.
MONTHS, ENDED = 6, 1
#: What chance has happen: events in a hundred, by indicator.
USUAL = {
    "records-late": 6, "readmissions-30": 9, "surgical-infections": 2, "return-to-or": 2,
    "critical-airway": 1, "discrepancies": 3, "returns-72": 3, "on-time-starts": 82,
}  # fmt: skip
#: The planted outlier, among the general surgeons.
PLANTED, PLANTED_RATE = "surgical-infections", 16
#: People whose open evaluations get a proctor, and cases each reports.
PROCTORED, CASES = 3, 3


def tell_evaluations(hospital: Hospital, timeline: Timeline, *, seed: int, small: bool) -> None:
    """A cycle that is over with its data, most of it signed; proctors for some who are evaluated."""
    _proctors(hospital, timeline, 1 if small else PROCTORED)
    for code in (CODE, *sorted(set(hospital.facilities) - {CODE})):
        _cycle(hospital, timeline, hospital.facilities[code], random.Random(seed))  # noqa: S311 - invented


def _proctors(hospital: Hospital, timeline: Timeline, most: int) -> None:
    quality, facility = hospital.users["quality"], hospital.facilities[CODE]
    groups: dict[int, list[FPPEPlan]] = {}
    for plan in (
        FPPEPlan.objects.filter(facility=facility, status=FPPEStatus.IN_PROGRESS)
        .select_related("practitioner", "facility", "privilege")
        .order_by("-opened_on", "pk")
    ):
        groups.setdefault(plan.practitioner_id, []).append(plan)
    named = 0
    for plans in groups.values():
        day = timeline.workday(12)
        if named == most or day <= plans[0].opened_on:
            continue
        with clock.freeze(at(day, 9)):
            proctor = candidates(plans[:1]).first()
            if proctor is None:
                continue
            together = [plan for plan in plans if proctor in candidates([plan])]
            assignment = name_proctor(actor=quality, plans=together, proctor=proctor, no_conflict=True)
        with clock.freeze(at(timeline.workday(11), 18)):
            declare(token=token_of(assignment), no_conflict=True)
        for number in range(CASES):
            reported = timeline.workday(9 - 2 * number)
            with clock.freeze(at(reported, 17)):
                improve = number == CASES - 1
                report_by_link(
                    token=token_of(assignment),
                    plans=together,
                    day=reported,
                    encounter=f"E-{4100 + 37 * named + number}",
                    looking=FPPEMethod.REVIEW,
                    outcome=CaseOutcome.MINOR if improve else CaseOutcome.EXPECTED,
                    comment="The note of the day after came late." if improve else "",
                )
        named += 1


def _cycle(hospital: Hospital, timeline: Timeline, facility: Facility, chance: random.Random) -> None:
    quality = hospital.users["quality"]
    end = add_months(month_first(timeline.today), 1 - ENDED)  # the day after its last
    first, last = add_months(end, -MONTHS), end - dt.timedelta(days=1)
    if last >= timeline.ago(3):  # at the turn of a month there is no time yet for what follows
        first, end = add_months(first, -1), add_months(end, -1)
        last = end - dt.timedelta(days=1)
    with clock.freeze(at(first + dt.timedelta(days=3), 10)):
        load_indicators(actor=hospital.system)
    with clock.freeze(at(last + dt.timedelta(days=1), 8)):
        cycle = open_cycle(actor=quality, facility=facility, first_day=first, last_day=last)
    profiles = list(
        cycle.profiles.select_related("practitioner", "form").order_by("practitioner__npi", "-main", "pk")
    )
    if not profiles:
        return
    half = add_months(first, MONTHS // 2)
    rows = _rows(profiles, ((first, half - dt.timedelta(days=1)), (half, last)), chance)
    with clock.freeze(at(last + dt.timedelta(days=1), 9)):
        load_values(actor=quality, facility=facility, name="Quality system, half-year", given=rows)
    with clock.freeze(at(last + dt.timedelta(days=1), 10)):
        put_before_chair(actor=quality, cycle=cycle)
    _sign(cycle, hospital.users["cmo"], at(last + dt.timedelta(days=2), 12))


def _rows(
    profiles: Sequence[OPPEProfile], stretches: Sequence[tuple[dt.date, dt.date]], chance: random.Random
) -> list[dict[str, object]]:
    indicators = list(OPPEIndicator.objects.filter(retired=False).prefetch_related("forms").order_by("code"))
    concerns = {each.pk: {form.pk for form in each.forms.all()} for each in indicators}
    outlier = next((each for each in profiles if each.form.code == "GS"), profiles[0])
    idle = next((each for each in reversed(profiles) if each != outlier), None)
    rows: list[dict[str, object]] = []
    told: set[tuple[int, int]] = set()  # whoever is looked at in two specialties has one number of each
    for profile in profiles:
        if (idle and profile.practitioner_id == idle.practitioner_id) or not profile.practitioner.npi:
            continue
        for indicator in indicators:
            if concerns[indicator.pk] and profile.form_id not in concerns[indicator.pk]:
                continue
            if (profile.practitioner_id, indicator.pk) in told:
                continue
            told.add((profile.practitioner_id, indicator.pk))
            for first, last in stretches:
                row: dict[str, object] = {
                    "npi": profile.practitioner.npi, "indicator": indicator.code,
                    "from": first.isoformat(), "through": last.isoformat(), "denominator": None,
                }  # fmt: skip
                if indicator.is_rate:
                    cases = chance.randint(30, 90)
                    planted = (
                        profile == outlier
                        and indicator.code == PLANTED
                        and outlier.cycle.facility.code == CODE
                    )
                    rate = PLANTED_RATE if planted else USUAL.get(indicator.code, 3)
                    events = sum(chance.random() * 100 < rate for _ in range(cases))
                    row |= {"numerator": max(events, 6 if planted else 0), "denominator": cases}
                else:
                    row["numerator"] = chance.choices((0, 1, 2), weights=(80, 16, 4))[0]
                rows.append(row)
    return rows


def _sign(cycle: OPPECycle, chief: User, moment: dt.datetime) -> None:
    """Chairs sign most profiles of their department; every tenth, and those of the surgeons, wait. Where a
    department has no chair the chief medical officer signs.
    """
    with clock.freeze(moment):
        chairs: dict[int, User] = {
            seat.identity.committee.department_id: seat.identity.user
            for seat in CommitteeSeatPeriod.objects.in_force(clock.today(cycle.facility))
            .filter(
                identity__committee__kind=CommitteeKind.DEPARTMENT,
                identity__committee__facility=cycle.facility,
                seat_role=SeatRole.CHAIR,
            )
            .select_related("identity__user", "identity__committee")
        }
        waiting = cycle.profiles.filter(status=OPPEStatus.CHAIR_REVIEW).select_related(
            "practitioner", "cycle__facility", "department", "form"
        )
        for number, profile in enumerate(waiting.order_by("practitioner__npi", "-main", "pk")):
            chair = chairs.get(profile.department_id or 0, chief)
            own = profile.practitioner.user_id == chair.pk
            if own or number % 10 == 9 or profile.form.code == "GS":
                continue
            if view_of(profile, pictures=False).proposing:
                sign_profile(
                    actor=chair,
                    profile=profile,
                    conclusion=OPPEConclusion.WATCH,
                    proposal=OPPEProposal.DECLINED,
                    words="Looked at the cases with them: each is explained. To be seen again.",
                )
                continue
            sign_profile(actor=chair, profile=profile, conclusion=OPPEConclusion.NO_CONCERN)
