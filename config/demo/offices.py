"""Officers of the medical staff with those before them, and the yearly disclosures of interests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from bylaws.choices import CommitteeKind, OfficerChosen, StaffOffice
from bylaws.selectors.disclosures import owing
from bylaws.services.committees import change_charter
from bylaws.services.disclosures import Interest, disclose, record_paper, review_disclosure
from bylaws.services.offices import choose_officer
from config.demo.accounts import Household
from config.demo.hospital import Hospital
from config.demo.timeline import Timeline, at
from config.kernel import clock
from config.kernel.dates import ONE_DAY, add_months, month_first
from practitioners.models import Practitioner

#: Months of a term, and how many of the present one are over: an election is due soon.
TERM, OVER = 24, 21
ELECTED, APPOINTED, SUCCEEDED = OfficerChosen.ELECTED, OfficerChosen.APPOINTED, OfficerChosen.SUCCEEDED
#: Who held or holds which office, by user name, how many terms ago, and how they came to it.
OFFICERS = (
    ("LMC", StaffOffice.PRESIDENT, "committee", 2, ELECTED),
    ("LMC", StaffOffice.SECRETARY_TREASURER, "president", 2, ELECTED),
    ("LMC", StaffOffice.PRESIDENT, "medicine-chair", 1, SUCCEEDED),
    ("LMC", StaffOffice.PRESIDENT_ELECT, "president", 1, ELECTED),
    ("LMC", StaffOffice.PAST_PRESIDENT, "committee", 1, SUCCEEDED),
    ("LMC", StaffOffice.SECRETARY_TREASURER, "mec", 1, ELECTED),
    ("LMC", StaffOffice.PRESIDENT, "president", 0, SUCCEEDED),
    ("LMC", StaffOffice.PRESIDENT_ELECT, "surgery-chair", 0, ELECTED),
    ("LMC", StaffOffice.PAST_PRESIDENT, "medicine-chair", 0, SUCCEEDED),
    ("LMC", StaffOffice.SECRETARY_TREASURER, "mec", 0, ELECTED),
    ("NVH", StaffOffice.PRESIDENT, "valley-president", 0, ELECTED),
)
#: Whose disclosure of the year is missing; the last one they signed on paper so many days ago.
SILENT = {"mec", "hector.luna"}
LAST_YEAR = 391
#: What was disclosed, by user name; whoever is in neither has nothing.
DISCLOSED = {
    "surgery-chair": Interest("ownership", "Lakefront Surgery Center LLC", "A share of five percent"),
    "medicine-chair": Interest("payment", "Meridian Pharmaceuticals", "Speaker, about $3,000 a year"),
}
PLAN = "Recused where the formulary deals with products of the company."


def tell_offices(
    household: Household, practitioners: Mapping[str, Practitioner], hospital: Hospital, timeline: Timeline
) -> None:
    """The officers of both hospitals as their minutes say, taken over a month ago; and who disclosed."""
    people = {each.username: practitioners[each.person.npi] for each in household.accounts if each.person}
    begins = add_months(month_first(timeline.today), -OVER)
    with clock.freeze(at(timeline.workday(30), 10, 20)):
        for code, office, username, terms_ago, chosen in OFFICERS:
            start = add_months(begins, -TERM * terms_ago)
            meeting = start - dt.timedelta(days=26)
            choose_officer(
                actor=hospital.staff_office(code),
                facility=hospital.facilities[code],
                office=office,
                practitioner=people[username],
                chosen=chosen,
                chosen_on=meeting,
                start=start,
                last_day=add_months(start, TERM) - ONE_DAY,
                authority=f"Minutes of the annual meeting of {meeting.year}, election of officers",
            )
    _limit_terms(hospital, timeline)
    for code in sorted(hospital.facilities):
        _disclose(code, hospital, timeline)


def _limit_terms(hospital: Hospital, timeline: Timeline) -> None:
    """How long a term on the credentials committee of the larger hospital is."""
    committee = hospital.committee("LMC", CommitteeKind.CREDENTIALS_COMMITTEE)
    with clock.freeze(at(timeline.workday(28), 14)):
        change_charter(
            actor=hospital.staff_office("LMC"),
            committee=committee,
            name=committee.name,
            purpose="Goes through every file and recommends to the Medical Executive Committee.",
            reports_to=hospital.committee("LMC", CommitteeKind.MEC),
            meetings_a_year=12,
            seat_months=48,
            seat_terms=2,
        )


def _disclose(code: str, hospital: Hospital, timeline: Timeline) -> None:
    """Everybody who owes a disclosure made it in the last weeks, but for two."""
    facility, office = hospital.facilities[code], hospital.staff_office(code)
    people = [each.user for each in owing(facility, timeline.today)]
    for number, user in enumerate(sorted(people, key=lambda each: each.username)):
        if user.username in SILENT:
            with clock.freeze(at(timeline.workday(29), 15, zone=facility.time_zone)):
                record_paper(
                    actor=office,
                    facility=facility,
                    user=user,
                    interests=[],
                    nothing=True,
                    signed_on=timeline.workday(LAST_YEAR),
                    filed_at="Binder of disclosures, medical staff office",
                )
            continue
        day = timeline.workday(8 + number * 7 % 70)
        named = DISCLOSED.get(user.username)
        with clock.freeze(at(day, 17, number % 60, zone=facility.time_zone)):
            made = disclose(
                actor=user,
                facility=facility,
                interests=[named] if named else [],
                nothing=named is None,
                complete=True,
            )
        if user.username == "medicine-chair":
            with clock.freeze(at(timeline.workday(6), 9, 40, zone=facility.time_zone)):
                review_disclosure(actor=office, disclosure=made, outcome="managed", plan=PLAN)
