"""Golden cases of BL-APP-3: the last day of the term and those beside it, who left, unknown, known then."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaws.models import Finding
from bylaws.selectors.compliance import by_person, compliance
from bylaws.services.compliance_runs import record_run
from config.kernel import clock
from config.rulebook.rules import judge_many
from config.rulebook.verdicts import Outcome
from credentialing.choices import ApplicationStatus
from practitioners.services.merging import merge_records
from privileging.rules.lapse import LOOKED_BACK, OPEN, RULE, judge
from privileging.services.departures import record_departures, take_back_departure
from tests.privileging.conftest import NOON, TODAY, appoint
from tests.privileging.files import hospital_with_office, opened

pytestmark = pytest.mark.django_db
HOSPITAL = hospital_with_office
DAY = dt.timedelta(days=1)
LAST = dt.date(2026, 10, 31)


def verdict(on, *, start=None, decided=None, left=None, files=()):
    return judge(
        {
            "on": on,
            "ended_with": LAST,
            "followed_from": start,
            "followed_by_decision_on": decided,
            "left": left,
            "files": list(files),
        },
        {},
    )


@pytest.mark.parametrize(
    ("on", "outcome", "since"),
    [
        (LAST - DAY, Outcome.MET, None),
        (LAST, Outcome.MET, None),
        (LAST + DAY, Outcome.NOT_MET, LAST + DAY),
    ],
)
def test_the_last_day_of_the_term_still_counts(on, outcome, since):
    found = verdict(on)
    assert (found.outcome, found.since, found.due) == (outcome, since, LAST)


def test_a_decision_follows_in_time_or_late():
    in_time = verdict(LAST + DAY, start=LAST + DAY, decided=LAST)
    assert in_time.outcome == Outcome.MET
    assert in_time.sentence == "Reappointed on 31 Oct 2026; the next term begins on 1 Nov 2026."
    late = verdict(LAST + 9 * DAY, start=LAST + 4 * DAY, decided=LAST + 3 * DAY)
    assert late.outcome == Outcome.MET
    assert late.sentence.endswith("begins on 4 Nov 2026, 3 days after the one before had ended.")


def test_no_longer_appointed_is_decided_too_and_who_left_is_not_concerned():
    denied = verdict(LAST + DAY, files=[(ApplicationStatus.DENIED, LAST)])
    assert (denied.outcome, denied.since) == (Outcome.MET, LAST)
    left = verdict(LAST + DAY, left=(LAST + DAY, "Resigned"))
    assert left.outcome == Outcome.NOT_APPLICABLE
    assert left.sentence == "Left the staff from 1 Nov 2026 on: resigned."


def test_granted_without_a_term_is_unknown_and_an_open_file_is_told():
    granted = verdict(LAST + DAY, files=[(ApplicationStatus.APPROVED, LAST)])
    assert granted.outcome == Outcome.UNKNOWN
    assert granted.cure
    waiting = verdict(LAST + DAY, files=[(OPEN, None)])
    assert waiting.outcome == Outcome.NOT_MET
    assert waiting.sentence.endswith("the appointment has lapsed; its application is not decided.")
    assert verdict(LAST + DAY).sentence.endswith("no application for reappointment is open.")


@given(
    st.integers(-40, 400),
    st.one_of(st.none(), st.integers(-100, 300)),
    st.one_of(st.none(), st.integers(-30, 300)),
    st.booleans(),
)
def test_lapsed_exactly_when_the_term_is_over_and_nothing_was_decided(passed, decided, left, granted):
    on = LAST + passed * DAY
    if decided is not None and decided > passed:
        decided = None
    if left is not None and left > passed:
        left = None
    found = verdict(
        on,
        decided=None if decided is None else LAST + decided * DAY,
        start=None if decided is None else LAST + max(decided, 1) * DAY,
        left=None if left is None else (LAST + left * DAY, "Retired"),
        files=[(ApplicationStatus.APPROVED, LAST)] if granted and passed >= 0 else [],
    )
    settled = decided is not None or left is not None
    assert (found.outcome == Outcome.NOT_MET) == (passed > 0 and not settled and not granted)
    assert (found.outcome == Outcome.UNKNOWN) == (passed > 0 and not settled and granted)


# --- on record ------------------------------------------------------------------------------------------


@pytest.fixture
def lapsed(world, person):
    one = person("Lapsed")
    appoint(world, one, dt.date(2024, 11, 1), LAST)
    return one


def judged(world, on=TODAY, known_at=None):
    found = compliance(viewer=world.system, facility=world.lakeside, on=on, known_at=known_at)
    result = next(each for each in found if each.rule is RULE)
    assert result.total == sum(result.counts.values())
    return {
        row.practitioner.display_name.split(",")[0].split()[-1]: result.verdicts[pk].outcome
        for pk, row in result.population.items()
    }


def test_terms_that_ended_are_judged_and_no_others(world, lapsed, person):
    appoint(world, person("Member"))
    appoint(world, person("Elder"), dt.date(2015, 1, 1), dt.date(2016, 12, 31))
    assert judged(world) == {"Lapsed": Outcome.NOT_MET}
    assert judged(world, on=LAST) == {}
    assert judged(world, on=LAST + DAY) == {"Lapsed": Outcome.NOT_MET}
    assert LOOKED_BACK == 24
    # Nobody who left years ago is judged by any other rule.
    results = compliance(viewer=world.system, facility=world.lakeside, on=TODAY)
    assert [each.judged.name for each in by_person(results)] == ["Member, Adaeze"]


def test_the_next_term_settles_it_on_another_record_too_and_as_known_then(world, lapsed, person):
    other = person("Double", npi=None)
    moment = NOON - dt.timedelta(hours=2)
    appoint(world, other, dt.date(2026, 11, 10), dt.date(2028, 10, 31), at=moment)
    assert judged(world)["Lapsed"] == Outcome.NOT_MET
    merge_records(actor=world.system, keep=lapsed, record=other, reason="One and the same")
    assert judged(world) == {"Lapsed": Outcome.MET}
    assert judged(world, on=dt.date(2026, 11, 9)) == {"Lapsed": Outcome.NOT_MET}
    assert judged(world, known_at=moment - dt.timedelta(seconds=1)) == {"Lapsed": Outcome.NOT_MET}


def test_who_left_is_not_concerned_until_that_is_taken_back(world, person):
    one = person("Leaver")
    appoint(world, one, dt.date(2024, 12, 1), dt.date(2026, 11, 30))
    (departure,) = record_departures(
        actor=world.staff.meetings, practitioners=[one], facility=world.lakeside, day=TODAY,
        kind="retired", reason="Retires.", investigation="no",
    )  # fmt: skip
    assert judged(world) == {"Leaver": Outcome.NOT_APPLICABLE}
    with clock.freeze(NOON + dt.timedelta(hours=1)):
        take_back_departure(actor=world.staff.meetings, departure=departure, reason="Stays after all.")
        assert judged(world) == {}
        assert judged(world, known_at=NOON) == {"Leaver": Outcome.NOT_APPLICABLE}


def test_an_open_file_is_told_and_the_finding_stands_with_the_person(world, lapsed):
    with clock.freeze(NOON - 60 * DAY):
        opened(world, world.staff, lapsed, kind="reappointment")
    record_run(actor=world.system, facility=world.lakeside)
    one = Finding.objects.get(rule_code="BL-APP-3")
    assert one.said("sentence").endswith("its application is not decided.")
    assert (one.practitioner, one.subject_kind) == (lapsed, "term")
    assert one.about == f"{lapsed.display_name}, term through 31 Oct 2026"
    assert judge_many(RULE, facility=world.lakeside, on=TODAY)  # asked of all, without a population given
