"""What sets the kinds of applications apart, and who may open which: golden cases of the pure rules."""

from __future__ import annotations

import datetime as dt

import pytest

from bylaws.choices import Body
from credentialing import kinds
from credentialing.choices import ApplicationKind
from credentialing.kinds import Standing, Stated, kind_of, why_not_opened, why_not_stated

TODAY = dt.date(2026, 11, 24)
MEMBER = Standing(term_end=dt.date(2028, 1, 1), category="Active")


def opened(kind: str, standing: Standing, category: str = "Courtesy") -> str:
    return why_not_opened(kind_of(kind), "Dr Okonkwo", "Lakeside", standing, category)


def test_every_kind_has_its_properties_and_says_what_it_means():
    assert set(kinds.KINDS) == set(ApplicationKind.values)
    assert all(each.means.endswith(".") for each in kinds.KINDS.values())


def test_who_may_grant_without_the_board():
    alone = {code for code, each in kinds.KINDS.items() if Body.CHIEF_EXECUTIVE in each.final}
    assert alone == {"temporary", "locum", "disaster"}


def test_what_rests_on_no_appointment():
    assert set(kinds.codes(stands_alone=True)) == {"temporary", "locum", "telemedicine", "disaster"}
    assert set(kinds.codes(membership_only=True)) == {"category_change", "reinstatement"}
    assert set(kinds.codes(opens_term=True)) == {"initial", "reappointment"}


@pytest.mark.parametrize("kind", ["added_privileges", "category_change"])
def test_what_is_for_members_is_refused_without_a_term(kind):
    assert opened(kind, MEMBER) == ""
    assert "holds no term at Lakeside today" in opened(kind, Standing(lapsed=TODAY))


def test_who_evaluates_and_what_is_verified_after_the_decision():
    assert kinds.codes(evaluated_elsewhere=True) == ["telemedicine"]
    assert kinds.codes(verified_after=True) == ["disaster"]


def test_the_category_held_already_is_no_change():
    assert opened("category_change", MEMBER, "Active") == "Dr Okonkwo is of the category Active already."


def test_reinstatement_needs_a_leave_and_a_term_that_still_runs():
    leave = dt.date(2026, 6, 1)
    assert "is on no leave" in opened("reinstatement", MEMBER)
    assert opened("reinstatement", Standing(term_end=dt.date(2026, 11, 25), leave=leave)) == ""
    assert opened("reinstatement", Standing(lapsed=TODAY, leave=leave)) == (
        "The term ended with 23 Nov 2026, during the leave: a full reappointment comes first."
    )


@pytest.mark.parametrize("kind", ["temporary", "locum"])
def test_nothing_for_a_time_bridges_a_late_reappointment(kind):
    late = Standing(lapsed=TODAY, renewing=True)
    assert opened(kind, late).endswith("temporary privileges do not bridge a late reappointment.")
    assert opened(kind, Standing(lapsed=TODAY)) == ""
    assert opened(kind, Standing(term_end=MEMBER.term_end, renewing=True)) == ""
    assert opened("disaster", late) == ""


@pytest.mark.parametrize(
    ("kind", "stated", "field"),
    [
        ("temporary", Stated(), "ground"),
        ("temporary", Stated(ground="need"), "need"),
        ("temporary", Stated(ground="need", need="No other anesthetist"), ""),
        ("temporary", Stated(ground="applicant"), "awaits"),
        ("temporary", Stated(ground="applicant", awaits=True), ""),
        ("locum", Stated(), "need"),
        ("disaster", Stated(proof="license"), "arrived_at"),
        ("disaster", Stated(arrived=True), "proof"),
        ("disaster", Stated(arrived=True, proof="license"), ""),
        ("telemedicine", Stated(), "agreement"),
        ("telemedicine", Stated(agreement=True), ""),
        ("locum", Stated(need="Vacation", until=TODAY - dt.timedelta(days=1)), "until"),
        ("locum", Stated(need="Vacation", until=TODAY), ""),
        ("initial", Stated(), ""),
    ],
)
def test_what_has_to_be_stated(kind, stated, field):
    found, sentence = why_not_stated(kind_of(kind), stated, TODAY)
    assert found == field
    assert bool(sentence) == bool(field)
