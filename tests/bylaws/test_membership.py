"""Appointments and bars."""

import datetime as dt

import pytest

from bylaws.choices import Body
from bylaws.models import Appointment, Bar, StaffCategory
from bylaws.selectors.membership import appointments_in_force, bars_in_force, membership_status
from bylaws.services.appointments import end_appointment, longest_term_end, open_appointment
from bylaws.services.bars import lift_bar, open_bar, void_bar
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from tests.bylaws.test_meetings import through_body
from tests.bylaws.world import NOON, TODAY

DAY = dt.timedelta(days=1)


def appoint(world, practitioner, **change):
    values = {
        "actor": world.coordinator,
        "practitioner": practitioner,
        "facility": world.facility,
        "decision": None,
        "decided_on": TODAY,
        "category": StaffCategory.objects.get(code="active"),
        "department": world.surgery,
        "start": TODAY,
        "end": dt.date(2028, 3, 10),
        "authority": "Board of Directors",
    } | change
    return open_appointment(**values)


@pytest.fixture
def adopted(world):
    """The hospital follows an accreditor that allows 36 months."""
    world.parameter("bylaws.appointment_term_months", 36, source="bylaws")
    return world


def test_a_term_holds_from_its_first_to_its_last_day(world):
    practitioner = world.practitioner()
    appoint(world, practitioner)
    for day, held in (
        (TODAY - DAY, False),
        (TODAY, True),
        (dt.date(2028, 3, 9), True),
        (dt.date(2028, 3, 10), False),
    ):
        status = membership_status(practitioner=practitioner, facility=world.facility, on=day)
        assert status.is_member is held, day


def test_a_term_may_not_begin_before_its_decision_nor_the_decision_be_tomorrow(world):
    practitioner = world.practitioner()
    with pytest.raises(Refused, match="before it was decided"):
        appoint(world, practitioner, start=TODAY - DAY)
    with pytest.raises(Refused, match="lies in the future"):
        appoint(world, practitioner, decided_on=TODAY + DAY, start=TODAY + DAY)
    assert not Appointment.objects.exists()


def test_the_strictest_limit_binds_to_the_day(world, adopted):
    practitioner = world.practitioner()
    with pytest.raises(Refused, match="through 9 Mar 2029"):
        appoint(world, practitioner, end=dt.date(2029, 3, 11))
    appoint(world, practitioner, end=dt.date(2029, 3, 10))
    assert longest_term_end(facility=world.facility, start=dt.date(2024, 2, 29)) == dt.date(2027, 2, 28)


def test_the_default_speaks_where_nobody_else_does(world):
    with pytest.raises(Refused, match="24 months, DEFAULT"):
        appoint(world, world.practitioner(), end=dt.date(2028, 3, 11))


def test_a_term_that_ends_before_it_starts_is_refused(world):
    with pytest.raises(Refused, match="lies before the start"):
        appoint(world, world.practitioner(), end=TODAY)


def test_only_the_boards_decision_on_this_person_appoints(world):
    case = world.recommended()
    recommendation = through_body(world, case, Body.CREDENTIALS_COMMITTEE, world.members)
    with pytest.raises(Refused, match="Only the board grants"):
        appoint(world, case.practitioner, decision=recommendation)
    through_body(world, case, Body.MEC, world.mec_members)
    decision = through_body(world, case, Body.BOARD, world.board_members)
    with pytest.raises(Refused, match="about somebody else"):
        appoint(world, world.practitioner("Otto Other"), decision=decision)
    with clock.freeze(NOON + DAY), pytest.raises(Refused, match="decided on 10 Mar 2026"):
        appoint(world, case.practitioner, decision=decision, decided_on=TODAY + DAY, start=TODAY + DAY)
    assert appoint(world, case.practitioner, decision=decision).decision == decision


def test_a_new_term_ends_the_one_it_replaces_and_the_past_stays_answerable(world):
    practitioner = world.practitioner()
    world.appoint(practitioner, dt.date(2025, 7, 1), dt.date(2027, 6, 30))
    with clock.freeze(NOON + DAY):
        appoint(
            world,
            practitioner,
            start=dt.date(2026, 7, 1),
            end=dt.date(2028, 7, 1),
            category=StaffCategory.objects.get(code="courtesy"),
        )
    august = dt.date(2026, 8, 1)
    now = appointments_in_force(facility=world.facility, on=august).get()
    then = appointments_in_force(facility=world.facility, on=august, known_at=NOON).get()
    assert (now.category.code, then.category.code) == ("courtesy", "active")
    june = appointments_in_force(facility=world.facility, on=dt.date(2026, 6, 30)).get()
    assert june.category.code == "active"


def test_a_later_term_is_in_the_way(world):
    practitioner = world.practitioner()
    appoint(world, practitioner, start=dt.date(2026, 9, 1))
    with pytest.raises(Refused, match="already holds an appointment"):
        appoint(world, practitioner)


def test_a_department_of_another_house_is_refused(world):
    from config.organization.models import Department, Facility

    elsewhere = Facility.objects.create(
        code="ELS",
        name="Elsewhere",
        health_system=world.facility.health_system,
        state="MI",
        time_zone="America/Detroit",
        npdb_entity=world.facility.npdb_entity,
    )
    department = Department.objects.create(facility=elsewhere, code="surgery", name="Surgery")
    with pytest.raises(Refused, match="not a department of"):
        appoint(world, world.practitioner(), department=department)


def test_who_records_appointments(world):
    own = world.practitioner("Mara Quist", user=world.coordinator)
    with pytest.raises(Forbidden, match="own file"):
        appoint(world, own)
    with pytest.raises(Forbidden):
        appoint(world, world.practitioner(), actor=world.chair)


def test_a_resignation_ends_the_term(world):
    practitioner = world.practitioner()
    appointment = appoint(world, practitioner)
    with pytest.raises(Refused, match="Say why"):
        end_appointment(actor=world.coordinator, appointment=appointment, day=TODAY + DAY, reason="")
    end_appointment(actor=world.coordinator, appointment=appointment, day=TODAY + DAY, reason="Resigned")
    assert membership_status(practitioner=practitioner, facility=world.facility, on=TODAY).is_member
    assert not membership_status(practitioner=practitioner, facility=world.facility, on=TODAY + DAY).is_member
    with pytest.raises(Refused, match="already ended"):
        end_appointment(actor=world.coordinator, appointment=appointment, day=TODAY + DAY, reason="Again")


# --- bars -----------------------------------------------------------------------------------------------


def bar(world, practitioner, **change):
    values = {
        "actor": world.coordinator,
        "practitioner": practitioner,
        "facility": world.facility,
        "kind": "leave",
        "cause": "Leave for study",
        "start": TODAY,
    } | change
    return open_bar(**values)


def test_a_bar_stands_until_it_is_lifted(world):
    practitioner = world.practitioner()
    thing = bar(world, practitioner)
    with clock.freeze(NOON + 3 * DAY):
        lift_bar(actor=world.coordinator, bar=thing, day=TODAY + 3 * DAY, reason="Back at work")
    for day, stands in ((TODAY - DAY, 0), (TODAY, 1), (TODAY + 2 * DAY, 1), (TODAY + 3 * DAY, 0)):
        assert bars_in_force(facility=world.facility, on=day).count() == stands, day
    with pytest.raises(Refused, match="has ended on 12 Mar 2026"):
        lift_bar(actor=world.coordinator, bar=thing, day=TODAY + 5 * DAY, reason="Again")


def test_a_voided_bar_never_stood_and_still_did_as_known_then(world):
    thing = bar(world, world.practitioner())
    with clock.freeze(NOON + 3 * DAY):
        void_bar(actor=world.coordinator, bar=thing, reason="Wrong person")
    assert not bars_in_force(facility=world.facility, on=TODAY).exists()
    assert bars_in_force(facility=world.facility, on=TODAY, known_at=NOON + DAY).count() == 1
    with pytest.raises(Refused, match="already recorded as a mistake"):
        void_bar(actor=world.coordinator, bar=thing, reason="Again")
    with pytest.raises(Refused, match="stands no longer"):
        lift_bar(actor=world.coordinator, bar=thing, day=TODAY + 5 * DAY, reason="Again")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"cause": " "}, "Say the cause"),
        ({"kind": "exile"}, "no kind of bar"),
        ({"scope": "listed"}, "List the privileges"),
        ({"privilege_codes": ["GS-ROBOTIC"]}, "leave the list empty"),
        ({"end": TODAY}, "lies before the start"),
        (
            {"start": dt.date(1, 1, 1)},
            "The first day, 1 Jan 0001, cannot be right: enter one from 10 Mar 2016",
        ),
        ({"start": dt.date(9999, 12, 31)}, "The first day, 31 Dec 9999, cannot be right"),
        ({"end": dt.date(2999, 1, 1)}, "The last day, 1 Jan 2999, cannot be right"),
        ({"cause": "x" * 4001}, "at most 4,000 characters"),
        ({"scope": "listed", "privilege_codes": ["FOO", "BAR"]}, "does not hold BAR, FOO at Test Hospital"),
    ],
)
def test_half_a_bar_is_refused(world, change, sentence):
    with pytest.raises(Refused, match=sentence):
        bar(world, world.practitioner(), **change)
    assert not Bar.objects.exists()


def test_a_rule_has_one_live_bar_per_person_and_house(world):
    practitioner = world.practitioner()
    first = bar(world, practitioner, rule_code="BL-LIC-1")
    assert bar(world, practitioner, rule_code="BL-LIC-1", start=TODAY + DAY) == first
    assert bar(world, practitioner, rule_code="BL-INS-1") != first
    assert bar(world, practitioner) != first


def test_who_keeps_the_bars(world):
    practitioner = world.practitioner()
    for actor in (world.chair, world.members[0]):
        with pytest.raises(Forbidden):
            bar(world, practitioner, actor=actor)
    own = world.practitioner("Mara Quist", user=world.coordinator)
    with pytest.raises(Forbidden, match="own file"):
        bar(world, own)


def test_nobody_is_free_of_a_bar_in_ten_thousand_years(world):
    thing = bar(world, world.practitioner())
    with pytest.raises(Refused, match="The first day without it, 31 Dec 9999, cannot be right"):
        lift_bar(actor=world.coordinator, bar=thing, day=dt.date(9999, 12, 31), reason="Never")
