"""Lists of overdue records, dues and call that other systems sent; one member is suspended for records."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence

from bylaws.choices import DutyKind
from bylaws.models import AppointmentPeriod, Finding
from bylaws.rules.record_delinquency import CODE as OVERDUE
from bylaws.services.duty_counts import import_counts
from bylaws.services.findings import apply_consequence, notice_problem, send_notice
from config.demo.hospital import Hospital
from config.demo.timeline import Timeline, at
from config.kernel import clock
from config.organization.models import Facility
from credentialing.choices import SendingChannel
from credentialing.selectors.letter_facts import address_of
from credentialing.services.letter_sending import Handed, send_letter
from practitioners.models import Practitioner

#: Days ago on which the lists were sent.
RECORDS, DUES, CALL = (100, 72, 44, 16), (120, 30), (100, 9)
#: Of each list of records, by the place of the member: how many charts, and how long ago the oldest discharge
#: was on the day of the list. The first member is suspended, the second came round, the last is in time.
CHARTS = {
    72: {0: (2, 20), 1: (3, 38)},
    44: {0: (4, 48), 2: (1, 12)},
    16: {0: (6, 76), 2: (2, 40), 3: (1, 33), 4: (1, 9)},
}
#: Who still owes, of each list of dues, and since when they were due.
OWING, DUES_SINCE, AMOUNT = {120: (1, 3, 5), 30: (3, 5)}, 170, 400
#: How many of a rotation covered nothing.
IDLE = 2


def tell_lists(hospital: Hospital, quiet: Sequence[Practitioner], timeline: Timeline, *, seed: int) -> None:
    """The lists of every hospital; only those of the larger one have anybody of note on them."""
    for code, facility in hospital.facilities.items():
        late = list(quiet) if code == "LMC" else []
        for days_ago in RECORDS:
            day = timeline.ago(days_ago)
            rows = {
                late[place]: (count, day - dt.timedelta(days=age))
                for place, (count, age) in CHARTS.get(days_ago, {}).items()
                if place < len(late)
            }
            _send(hospital, facility, DutyKind.RECORDS, day, rows)
        for days_ago in DUES:
            since = timeline.ago(DUES_SINCE)
            owing = {late[place]: (AMOUNT, since) for place in OWING[days_ago] if place < len(late)}
            _send(hospital, facility, DutyKind.DUES, timeline.ago(days_ago), owing)
        for days_ago in CALL:
            day = timeline.ago(days_ago)
            _send(hospital, facility, DutyKind.CALL, day, _rotation(facility, day, f"{seed}/{days_ago}"))


def _rotation(facility: Facility, day: dt.date, seed: str) -> dict[Practitioner, tuple[int, dt.date]]:
    """Every third of the active staff takes call; nearly all of them did."""
    active = (
        AppointmentPeriod.objects.in_force(day)
        .filter(facility=facility, category__code="active", practitioner__npi__isnull=False)
        .select_related("practitioner")
        .order_by("practitioner__npi")
    )
    drawn = random.Random(seed)  # noqa: S311 - reproducible invention, nothing secret
    members = [row.practitioner for row in active][::3]
    return {
        member: (0 if number < IDLE else drawn.randint(3, 14), day - dt.timedelta(days=91))
        for number, member in enumerate(members)
    }


def _send(
    hospital: Hospital,
    facility: Facility,
    kind: DutyKind,
    day: dt.date,
    rows: Mapping[Practitioner, tuple[int, dt.date]],
) -> None:
    lines = [f"{person.npi},{count},{since.isoformat()}" for person, (count, since) in rows.items()]
    if not lines:
        # Nobody owes anything: such a list names one who owes nothing.
        member = (
            AppointmentPeriod.objects.in_force(day).filter(facility=facility).order_by("practitioner__npi")
        )
        lines = [f"{npi},0," for npi in member.values_list("practitioner__npi", flat=True)[:1]]
    if not lines:
        return
    text = "\n".join(["NPI,Count,Since", *lines, ""])
    with clock.freeze(at(day, 9, 30, zone=facility.time_zone)):
        import_counts(
            actor=hospital.staff_office("LMC") if facility.code == "LMC" else hospital.system,
            facility=facility,
            kind=str(kind),
            as_of=day,
            whole=True,
            content=text.encode(),
            file_name=f"{kind}-{day.isoformat()}.csv",
        )


def mail_notice(hospital: Hospital, finding: Finding) -> None:
    """Write to the practitioner about a finding, and post the letter the same day."""
    office = hospital.staff_office("LMC")
    letter = send_notice(actor=office, finding=finding)
    handed = Handed(SendingChannel.FIRST_CLASS, recipient=address_of(letter.practitioner))
    send_letter(actor=office, letter=letter, handed=handed)


def notice_for_records(hospital: Hospital) -> None:
    """Write to whoever is late with the charts."""
    for one in _late(hospital):
        if not notice_problem(one):
            mail_notice(hospital, one)


def suspend_for_records(hospital: Hospital) -> None:
    """Suspend whoever did not answer and is later still."""
    for one in _late(hospital).filter(
        status="notified", answer_by__lt=clock.today(hospital.facilities["LMC"])
    ):
        apply_consequence(
            actor=hospital.staff_office("LMC"),
            finding=one,
            reason="No answer, and the charts are older still.",
        )


def _late(hospital: Hospital):
    return Finding.objects.filter(
        facility=hospital.facilities["LMC"], rule_code=OVERDUE, outcome="NOT_MET", closed_on__isnull=True
    ).select_related("practitioner", "facility")
