"""Approved exceptions."""

import datetime as dt
import uuid

import pytest

from config.accounts.choices import Role
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.kernel.periods import days
from config.rulebook import waivability
from config.rulebook.selectors.waivers import waiver_in_force, waivers_in_force
from config.rulebook.services.waivers import end_waiver, grant_waiver, void_waiver

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
SUBJECT = uuid.UUID(int=7)
MARCH = days(dt.date(2026, 3, 1), dt.date(2026, 4, 1))
DAY = dt.date(2026, 3, 9)


@pytest.fixture(autouse=True)
def declared():
    waivability.declare(waivability.Waivable("TEST-1", "A reference letter"))
    waivability.declare(waivability.Waivable("TEST-2", "The license", waivable=False))
    yield
    for code in ("TEST-1", "TEST-2"):
        del waivability._declared[code]


@pytest.fixture
def director(make_user, facility):
    return make_user("dora", facility, Role.DIRECTOR)


def grant(actor, facility, **more):
    given = {"rule_code": "TEST-1", "valid": MARCH, "justification": "The school burnt down."} | more
    return grant_waiver(
        actor=actor, facility=facility, subject_kind="test.thing", subject_uid=SUBJECT, **given
    )


def test_a_waiver_holds_on_its_days_and_says_who_and_why(director, facility):
    grant(director, facility)
    held = waiver_in_force("TEST-1", SUBJECT, facility=facility, on=DAY)
    assert held.sentence == "Waived by Dora Abernathy through 31 Mar 2026: The school burnt down."
    assert waiver_in_force("TEST-1", SUBJECT, facility=facility, on=dt.date(2026, 4, 1)) is None
    assert waivers_in_force([uuid.UUID(int=8)], facility=facility, on=DAY) == {}
    assert AuditEvent.objects.first().verb == "rulebook.waiver_granted"


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ({"rule_code": "TEST-2"}, "The license can never be waived"),
        ({"rule_code": "TEST-3"}, "No rule has the code"),
        ({"justification": "  "}, "why the exception is justified"),
        ({"valid": days(dt.date(2026, 3, 1), None)}, "until when"),
    ],
)
def test_what_may_not_be_waived_is_refused(director, facility, more, match):
    with pytest.raises(Refused, match=match):
        grant(director, facility, **more)


def test_only_who_may_waive_waives(make_user, facility, other_facility, director):
    with pytest.raises(Forbidden):
        grant(make_user("cora", facility, Role.CREDENTIALING_COORDINATOR), facility)
    with pytest.raises(Forbidden):
        grant(director, other_facility)


def test_an_ended_waiver_held_until_then_and_a_mistaken_one_never(director, facility):
    waiver = grant(director, facility)
    moment = clock.now()
    with clock.freeze("2026-03-20"):
        end_waiver(actor=director, facility=facility, waiver=waiver, day=DAY, reason="letter came")
        assert waiver_in_force("TEST-1", SUBJECT, facility=facility, on=DAY) is None
        assert waiver_in_force("TEST-1", SUBJECT, facility=facility, on=DAY - dt.timedelta(days=1))
    with clock.freeze("2026-03-21"):
        void_waiver(actor=director, facility=facility, waiver=waiver, reason="wrong file")
        assert waiver_in_force("TEST-1", SUBJECT, facility=facility, on=DAY - dt.timedelta(days=1)) is None
        assert waiver_in_force("TEST-1", SUBJECT, facility=facility, on=DAY, known_at=moment)
