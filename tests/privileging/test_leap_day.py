"""A term that ends on a leap day: it holds through 29 February 2028, and whoever asks is told that day."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest

from bylaws.models import AppointmentPeriod
from config.kernel import clock
from config.kernel.periods import last_day
from credentialing.choices import Outlook
from credentialing.rules.reappointments import Progress, Windows, foresee
from credentialing.worklist.reappointments import terms_that_lapse
from privileging.choices import BookingAnswer
from privileging.models import GrantPeriod
from privileging.selectors.booking import guard_booking
from privileging.selectors.lookup import can_perform, who_can
from privileging.selectors.roster import surgical_lines
from privileging.services.certificates import certify_privileges
from tests.privileging.conftest import licensed, set_parameter
from tests.privileging.files import answers, asked, before_the_board, decide, office, opened

pytestmark = pytest.mark.django_db
CODE = "GS-LAP-CHOLE"
#: 24 months from the first of March 2026.
DECIDED, LEAP_DAY, MARCH = dt.date(2026, 3, 1), dt.date(2028, 2, 29), dt.date(2028, 3, 1)
DAY = dt.timedelta(days=1)
#: Midnight at Lakeside between the two.
MIDNIGHT = dt.datetime(2028, 3, 1, 6, tzinfo=dt.UTC)


def noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(18), dt.UTC)


@pytest.fixture
def decided(world, bylaws_rule, person) -> SimpleNamespace:
    """A surgeon whom the board appointed, and granted the whole form, on the first of March 2026."""
    with clock.freeze(noon(DECIDED)):
        staff = office(world)
        surgeon = person()
        licensed(world, surgeon)
        application = opened(world, staff, surgeon)
        asked(staff, application)
        step = before_the_board(staff, application)
        decide(staff, step, answers(application, on=DECIDED), on=DECIDED)
    return SimpleNamespace(staff=staff, surgeon=surgeon)


def ask(decided, facility, on=None) -> str:
    """What the lookup says of the surgeon; the list of all who can says the same."""
    one = can_perform(practitioner=decided.surgeon, privilege_code=CODE, facility=facility, on=on)
    everybody = who_can(privilege_code=CODE, facility=facility, on=on, limit=None)
    assert (decided.surgeon.pk in {each.person.id for each in everybody.people}) == (one.outcome == "yes")
    return str(one.outcome)


def test_appointment_and_grants_run_through_the_leap_day(decided):
    rows = [*AppointmentPeriod.objects.live(), *GrantPeriod.objects.live()]
    assert len(rows) > 10
    assert {(row.valid.lower, last_day(row.valid.upper)) for row in rows} == {(DECIDED, LEAP_DAY)}


@pytest.mark.parametrize(
    ("on", "outcome"), [(LEAP_DAY - DAY, "yes"), (LEAP_DAY, "yes"), (MARCH, "no"), (MARCH + DAY, "no")]
)
def test_the_lookup_ahead_and_on_the_day(world, decided, on, outcome):
    with clock.freeze(noon(DECIDED) + DAY):
        assert ask(decided, world.lakeside, on) == outcome
    with clock.freeze(noon(on)):
        assert ask(decided, world.lakeside) == outcome


def test_it_tells_the_last_day_and_the_first_without(world, decided):
    def told(on):
        return can_perform(practitioner=decided.surgeon, privilege_code=CODE, facility=world.lakeside, on=on)

    assert told(LEAP_DAY).until == LEAP_DAY
    after = told(MARCH)
    assert (after.since, after.reasons[0]) == (MARCH, "The grant ended with 29 Feb 2028.")


def test_to_the_second_at_the_facility(world, decided):
    """The leap day lasts until midnight where the facility is, which is six hours later in Greenwich."""
    set_parameter(world.system, "privileging.surgical_forms", ["GS"])
    for moment, outcome, guarded in (
        (MIDNIGHT - dt.timedelta(seconds=1), "yes", BookingAnswer.ALLOW),
        (MIDNIGHT, "no", BookingAnswer.BLOCK),
    ):
        with clock.freeze(moment):
            assert ask(decided, world.lakeside) == outcome
            guard = guard_booking(
                viewer=decided.staff.coordinator, facility=world.lakeside, practitioner=decided.surgeon,
                privilege_code=CODE,
            )  # fmt: skip
            assert guard.answer in (guarded, BookingAnswer.WARN if outcome == "yes" else guarded)
            on_roster = surgical_lines(world.lakeside, clock.today(world.lakeside))
            assert any(line.code == CODE for line in on_roster) == (outcome == "yes")


def test_the_certificate_says_the_leap_day(world, decided):
    with clock.freeze(noon(LEAP_DAY)):
        certificate = certify_privileges(
            actor=decided.staff.coordinator, practitioner=decided.surgeon, facility=world.lakeside
        )
    assert {line["through"] for line in certificate.content["privileges"]} == {"2028-02-29"}


def test_that_it_will_lapse_is_due_on_the_leap_day_and_over_the_day_after(world, decided):
    for on, due in ((LEAP_DAY - 20 * DAY, [LEAP_DAY]), (LEAP_DAY, [LEAP_DAY]), (MARCH, [])):
        with clock.freeze(noon(on)):
            total, items = terms_that_lapse(decided.staff.coordinator, world.lakeside, 5)
        assert (total, [each.due for each in items]) == (len(due), due)


@pytest.mark.parametrize(("meets", "outlook"), [(LEAP_DAY, Outlook.IN_TIME), (MARCH, Outlook.WILL_LAPSE)])
def test_a_board_that_meets_on_the_leap_day_is_in_time(meets, outlook):
    seen = foresee(
        last_day=LEAP_DAY,
        next_from=None,
        progress=Progress("complete"),
        ahead=[("board", "Governing board")],
        meetings={"board": [meets]},
        windows=Windows(earliest=180, latest=150, answer=30, work=45),
        today=LEAP_DAY - 10 * DAY,
    )
    assert seen.outlook == outlook
