"""BL-LIC-2: the day the licence ended and those beside it, the window, exempt, unknown, known then."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaws.models import StaffCategory
from config.kernel import clock
from config.rulebook.rules import judge_many
from config.rulebook.selectors.parameters import Bound
from config.rulebook.verdicts import Outcome
from credentialing.rules.licence_reverified import BL_LIC_2, judge
from credentialing.services.renewals import verify_credential
from practitioners.choices import Method, SourceKind
from tests.credentialing.world import NOON, TODAY
from tests.judging import assert_plain, quickly

DAY = dt.timedelta(days=1)
WINDOW = {"credentialing.reverify_window_days": Bound("credentialing.reverify_window_days", "", 60)}
LAST = dt.date(2025, 7, 31)
FIRST = {
    "licence": "35", "number": "35", "from": dt.date(2023, 8, 1), "to": LAST + DAY, "confirmed": True,
    "verified_on": dt.date(2023, 8, 1), "evidence": "first", "evidence_title": "",
}  # fmt: skip


def renewed(verified_on, **more):
    return FIRST | {
        "from": LAST + DAY, "to": dt.date(2027, 8, 1), "verified_on": verified_on, "evidence": "second",
    } | more  # fmt: skip


def judged(*said, on=TODAY, carries=True):
    found = {"on": on, "state": "OH", "category": "Honorary", "carries_privileges": carries, "said": said}
    return judge(found, WINDOW)


@pytest.mark.parametrize(
    ("verified_on", "outcome"),
    [
        (LAST - 61 * DAY, Outcome.NOT_MET),
        (LAST - 60 * DAY, Outcome.MET),
        (LAST - DAY, Outcome.MET),
        (LAST, Outcome.MET),
        (LAST + DAY, Outcome.NOT_MET),
    ],
)
def test_the_renewal_is_verified_by_the_day_it_ended(verified_on, outcome):
    verdict = judged(FIRST, renewed(verified_on))
    assert (verdict.outcome, verdict.facts["ended"]) == (outcome, LAST)
    assert verdict.since == (LAST + DAY if outcome == Outcome.NOT_MET else None)


@pytest.mark.parametrize(
    ("on", "outcome"),
    [(LAST, Outcome.MET), (LAST + DAY, Outcome.UNKNOWN), (LAST + 30 * DAY, Outcome.UNKNOWN)],
)
def test_no_renewal_on_file_is_unknown_and_never_a_breach(on, outcome):
    verdict = judged(FIRST, on=on)
    assert verdict.outcome is outcome
    assert verdict.due == (LAST if outcome is Outcome.MET else None)


def test_a_renewal_that_is_only_claimed_is_not_met():
    claim = renewed(None, confirmed=False, evidence="")
    assert judged(FIRST, claim).outcome is Outcome.NOT_MET
    assert judged(FIRST, claim, on=LAST).outcome is Outcome.MET


def test_exempt_and_unknown():
    assert judged(FIRST, carries=False).outcome is Outcome.NOT_APPLICABLE
    assert judged().outcome is Outcome.UNKNOWN
    assert judged(renewed(None, confirmed=False, evidence="")).outcome is Outcome.UNKNOWN


def test_of_several_licences_the_best_counts():
    other = FIRST | {"licence": "57", "number": "57", "to": None, "evidence": "other"}
    assert judged(FIRST, renewed(LAST + DAY), other).outcome is Outcome.MET


def test_what_is_left_of_an_answer_is_no_end():
    """The renewal was written from a day before the end on: the older answer keeps the days before."""
    left = FIRST | {"to": dt.date(2025, 7, 1)}
    said = (FIRST, left, renewed(dt.date(2025, 6, 20), **{"from": dt.date(2025, 7, 1)}))
    assert judged(*said, on=dt.date(2025, 7, 15)).outcome is Outcome.MET
    assert judged(*said).facts["ended"] == LAST


def test_over_the_staff_and_as_known_then(world, django_assert_num_queries):
    world.category = StaffCategory.objects.create(code="carrying", name="Carrying privileges")
    person, silent = world.practitioner(npi=None), world.practitioner(npi=None, last_name="Silent")
    for each in (person, silent):
        world.appoint(each)
    licence = world.claim(
        person, "LICENSE", dt.date(2024, 1, 1), TODAY, state="OH", number="35.1", issuer="Board"
    )

    def answered(last, **more):
        verify_credential(
            actor=world.coordinator, credential=licence, facility=world.facility,
            source="State Medical Board of Ohio", source_kind=SourceKind.PRIMARY, method=Method.WEB,
            verified_on=clock.today(world.facility), valid_through=last, content=b"the page",
            media_type="text/plain", **more,
        )  # fmt: skip

    answered(TODAY, valid_from=dt.date(2024, 1, 1))
    before = clock.now()
    with clock.freeze(NOON + dt.timedelta(hours=3)):
        answered(dt.date(2028, 3, 10), valid_from=None)
    with clock.freeze(NOON + DAY):
        tomorrow = clock.today(world.facility)
        with django_assert_num_queries(3):
            now = judge_many(BL_LIC_2, facility=world.facility, on=tomorrow)
        then = judge_many(BL_LIC_2, facility=world.facility, on=tomorrow, known_at=before)
    assert {pk: str(verdict.outcome) for pk, verdict in now.items()} == {
        person.pk: "MET",
        silent.pk: "UNKNOWN",
    }
    assert now[person.pk].facts["ended"] == TODAY
    assert then[person.pk].outcome is Outcome.UNKNOWN


@quickly
@given(
    st.lists(st.integers(-90, 40), max_size=3),
    st.booleans(),
    st.integers(1, 80),
    st.integers(-30, 60),
    st.booleans(),
)
def test_met_exactly_by_an_answer_within_the_window_before_the_end(answers, claimed, window, passed, exempt):
    """BL-LIC-2 for any answers; before the end nothing is asked, a wider window never makes it worse."""
    said = [FIRST]
    said += [renewed(LAST + days * DAY, evidence=f"answer {days}") for days in answers]
    said += [renewed(None, confirmed=False, evidence="")] if claimed else []

    def verdict(window=window, carries=True, rows=tuple(said)):
        found = {
            "on": LAST + passed * DAY, "state": "OH", "category": "Honorary",
            "carries_privileges": carries, "said": rows,
        }  # fmt: skip
        bound = {"credentialing.reverify_window_days": Bound("x", "", window)}
        return assert_plain(judge, found, bound, days=23).outcome

    if passed <= 0 or any(-window <= days <= 0 for days in answers):
        expected = Outcome.MET
    else:
        expected = Outcome.NOT_MET if answers or claimed else Outcome.UNKNOWN
    assert verdict() is expected
    if passed > 0:  # to the day
        for at, outcome in (
            (-window - 1, Outcome.NOT_MET),
            (-window, Outcome.MET),
            (0, Outcome.MET),
            (1, Outcome.NOT_MET),
        ):
            assert verdict(rows=(FIRST, renewed(LAST + at * DAY))) is outcome
    assert verdict(carries=False) is Outcome.NOT_APPLICABLE
    assert verdict(rows=tuple(said[::-1])) is expected
    assert not (expected is Outcome.MET and verdict(window=window + 1) is not Outcome.MET)
    never_ends = FIRST | {"licence": "57", "number": "57", "to": None, "evidence": "other"}
    assert verdict(rows=(*said, never_ends)) is Outcome.MET
