"""An officer's precautionary suspension and its review by the committee: golden cases around day 14."""

import datetime as dt

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bylaws.choices import BarKind
from bylaws.models import Bar, BarPeriod, BarReview
from bylaws.rules import precautionary
from bylaws.selectors.bars import to_review
from bylaws.selectors.membership import bars_in_force
from bylaws.services.bars import open_bar, record_review, suspend_at_once
from bylaws.worklist.suspensions import data_bank_clocks, suspensions_to_review
from config.audit.models import AuditEvent, ProtectedRead
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.rulebook.rules import judge_many
from config.rulebook.selectors.parameters import Bound
from config.rulebook.verdicts import Outcome
from practitioners.services.people import create_practitioner
from tests.bylaws.world import NOON, TODAY
from tests.judging import ON, RANK, assert_plain, bounds, near, quickly

DAY = dt.timedelta(days=1)
OFFICERS = ("medical_staff_president", "chief_medical_officer", "chief_executive")


@pytest.fixture
def member(world):
    practitioner = world.practitioner()
    world.appoint(practitioner)
    return practitioner


@pytest.fixture
def president(world):
    return world.user("Pia President", "medical_staff_president")


def suspend(actor, person, world, **more):
    return suspend_at_once(
        actor=actor, practitioner=person, facility=world.facility, cause="Marked cause", **more
    )


def judged(world, person, on, known_at=None):
    return judge_many(
        precautionary.RULE,
        facility=world.facility,
        on=on,
        known_at=known_at,
        practitioner_ids=[person.pk],
    )[person.pk]


# --- the officer ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", OFFICERS)
def test_one_officer_suspends_at_once_and_the_office_finds_it_on_today(world, member, role):
    bar = suspend(world.user("Olive Officer", role), member, world)
    row = bars_in_force(facility=world.facility, on=TODAY).get()
    assert (row.identity, row.valid.lower, row.valid.upper) == (bar, TODAY, None)
    assert (bar.kind, row.scope) == (BarKind.PRECAUTIONARY_SUSPENSION, "all")
    total, items = suspensions_to_review(world.coordinator, world.facility, 5)
    assert (total, items[0].due, items[0].colour) == (1, TODAY + 14 * DAY, "warn")
    assert data_bank_clocks(world.coordinator, world.facility, 5)[0] == 1
    assert "Marked" not in str(AuditEvent.objects.get(verb="bar.opened").data)


def test_nobody_else_and_nobody_themselves(world, member, president):
    for actor in (world.chair, world.members[0], world.coordinator):
        with pytest.raises(Forbidden):
            suspend(actor, member, world)
    with pytest.raises(Forbidden):
        suspend(president, world.practitioner("Pia President", user=president), world)
    assert not Bar.objects.exists()


def test_an_officer_records_no_other_bar(world, member, president):
    with pytest.raises(Forbidden):
        open_bar(
            actor=president,
            practitioner=member,
            facility=world.facility,
            kind=BarKind.PRECAUTIONARY_SUSPENSION,
            cause="Backdated",
            start=TODAY - DAY,
        )


def test_sent_twice_it_suspends_once(world, member, president):
    suspend(president, member, world)
    with pytest.raises(Refused, match="already suspended since 10 Mar 2026"):
        suspend(president, member, world)
    assert BarPeriod.objects.count() == 1


def test_one_that_is_about_to_end_keeps_nobody_from_suspending(world, member, president):
    open_bar(
        actor=world.coordinator, practitioner=member, facility=world.facility,
        kind=BarKind.PRECAUTIONARY_SUSPENSION, cause="Before", start=TODAY - 5 * DAY, end=TODAY + DAY,
    )  # fmt: skip
    suspend(president, member, world)
    assert bars_in_force(facility=world.facility, on=TODAY + 2 * DAY).get().identity.practitioner == member


def test_the_officer_finds_the_person_and_suspends_in_one_form(world, president, sign_in):
    member = create_practitioner(
        actor=world.system, provider_type="MD", last_name="Okonkwo", first_name="Adaeze", npi=None
    )
    client = sign_in(president)
    find = reverse("bylaws:suspend_find")
    assert client.get(find).status_code == 200
    assert "Nobody is found" in client.get(f"{find}?q=zzzz").content.decode()
    url = reverse("bylaws:suspend", args=[member.uid])
    assert url in client.get(f"{find}?q=Okonkwo").content.decode()
    assert client.get(url).status_code == 200
    assert client.post(url, {"scope": "all"}).status_code == 422
    assert client.post(url, {"scope": "listed", "cause": "Danger"}).status_code == 422
    assert not Bar.objects.exists()
    assert client.post(url, {"scope": "all", "cause": "Danger"}).status_code == 303
    assert client.post(url, {"scope": "all", "cause": "Danger"}).status_code == 422
    assert Bar.objects.count() == 1
    assert sign_in(world.chair).get(url).status_code == 403


# --- the review -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "outcome"),
    [
        (-1, Outcome.NOT_APPLICABLE),
        (0, Outcome.MET),
        (13, Outcome.MET),
        (14, Outcome.MET),
        (15, Outcome.NOT_MET),
    ],
)
def test_it_is_reviewed_by_the_14th_day_after_it_began(world, member, president, days, outcome):
    suspend(president, member, world)
    verdict = judged(world, member, TODAY + days * DAY)
    assert verdict.outcome == outcome
    if outcome == Outcome.NOT_MET:
        assert verdict.since == TODAY + 15 * DAY
        assert "due by 24 Mar 2026" in verdict.sentence


def test_without_a_number_nobody_can_say(world, member, president):
    suspend(president, member, world)
    facts = precautionary.gather(world.facility, TODAY, None, [member.pk])[member.pk]
    code = precautionary.PRECAUTIONARY_REVIEW.code
    assert precautionary.judge(facts, {code: Bound(code, "", None)}).outcome == Outcome.UNKNOWN


def test_continued_it_stands_and_the_rule_is_met_what_was_known_before_stays(world, member, president):
    bar = suspend(president, member, world)
    late = NOON + 20 * DAY
    with clock.freeze(late):
        record_review(
            actor=world.coordinator,
            bar=bar,
            reviewed_on=TODAY + 20 * DAY,
            outcome="continued",
            authority="MEC minutes, item 3",
        )
        assert to_review(world.coordinator, world.facility) == []
        assert judged(world, member, TODAY + 20 * DAY).outcome == Outcome.MET
        assert judged(world, member, TODAY + 19 * DAY).outcome == Outcome.NOT_MET
        assert judged(world, member, TODAY + 20 * DAY, late - DAY).outcome == Outcome.NOT_MET
    assert bars_in_force(facility=world.facility, on=TODAY + 40 * DAY).exists()


@pytest.mark.parametrize(("days", "first_without"), [(9, 9), (0, 1)])
def test_lifted_it_stands_no_longer_from_the_day_of_the_review(world, member, president, days, first_without):
    bar = suspend(president, member, world)
    with clock.freeze(NOON + days * DAY):
        record_review(
            actor=world.coordinator,
            bar=bar,
            reviewed_on=TODAY + days * DAY,
            outcome="lifted",
            authority="MEC minutes",
        )
    assert bar.periods.live().get().valid.upper == TODAY + first_without * DAY
    assert judged(world, member, TODAY + 30 * DAY).outcome == Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"reviewed_on": TODAY + DAY}, "lies ahead"),
        ({"reviewed_on": TODAY - DAY}, "began only on"),
        ({"outcome": "scolded"}, "what the committee decided"),
        ({"authority": "  "}, "which minutes"),
    ],
)
def test_a_review_that_cannot_be_is_refused(world, member, president, more, sentence):
    bar = suspend(president, member, world)
    given = {"reviewed_on": TODAY, "outcome": "lifted", "authority": "MEC minutes"} | more
    with pytest.raises(Refused, match=sentence):
        record_review(actor=world.coordinator, bar=bar, **given)
    with pytest.raises(Forbidden):
        record_review(actor=president, bar=bar, reviewed_on=TODAY, outcome="lifted", authority="x")
    assert not BarReview.objects.exists()
    assert bars_in_force(facility=world.facility, on=TODAY).exists()


# --- the pages ------------------------------------------------------------------------------------------


def test_the_page_drafts_the_notice_and_takes_the_review(world, member, president, sign_in):
    bar = suspend(president, member, world)
    client = sign_in(world.coordinator)
    page = reverse("bylaws:bar", args=[bar.uid])
    shown = client.get(page).content.decode()
    assert "Dear Adaeze Okonkwo, MD," in shown
    assert "will review it by March 24, 2026" in shown
    review = reverse("bylaws:bar_review", args=[bar.uid])
    assert review in shown
    assert client.get(review).status_code == 200
    sent = {"reviewed_on": "2026-03-10", "outcome": "continued", "authority": "MEC minutes, item 3"}
    assert client.post(review, sent | {"reviewed_on": "2026-03-11"}).status_code == 422
    assert client.post(review, sent).status_code == 303
    assert "MEC minutes, item 3" in client.get(page).content.decode()


def test_the_list_of_clocks_and_one_of_them(world, member, president, sign_in, django_assert_max_num_queries):
    client = sign_in(world.coordinator)
    url = reverse("bylaws:data_bank")
    assert "No adverse action is counted or due." in client.get(url).content.decode()
    bar = suspend(president, member, world)
    new = reverse("bylaws:data_bank_new", args=[member.uid])
    assert client.get(new).status_code == 200
    sent = {"kind": "surrender", "cause": "Gave up privileges", "start": "2026-03-01"}
    assert client.post(new, sent | {"start": "2040-01-01"}).status_code == 422
    answer = client.post(new, sent)
    assert answer.status_code == 303
    with django_assert_max_num_queries(20):
        shown = client.get(url).content.decode()
    assert "Surrender under investigation" in shown
    assert "Days are counted" in shown
    assert "Marked cause" not in shown
    assert ProtectedRead.objects.filter(subject_uid=world.facility.uid).count() == 2
    one = reverse("bylaws:data_bank_action", args=[bar.uid])
    with django_assert_max_num_queries(20):
        assert "Nothing has been reported or decided yet." in client.get(one).content.decode()
    filed = {"act": "record", "record-kind": "filed", "record-day": "2026-03-10", "record-dcn": ""}
    assert client.post(one, filed).status_code == 422
    assert client.post(one, filed | {"record-dcn": "55001"}).status_code == 303
    assert "55001" in client.get(one).content.decode()
    other = answer["Location"]
    assert "Gave up privileges" in client.get(other).content.decode()
    ended = {"act": "end", "end-day": "2026-03-10", "end-reason": "Given back"}
    assert client.post(other, ended).status_code == 303
    assert sign_in(world.chair).get(one).status_code == 404
    assert sign_in(world.chair).get(url).status_code == 403


SUSPENSIONS = st.lists(st.tuples(near(-40, 0), st.booleans()), max_size=3)


@quickly
@given(SUSPENSIONS, st.none() | st.integers(1, 30))
def test_not_met_exactly_when_one_that_stands_waits_longer_than_the_days(found, days):
    """BL-HRG-2 for any suspensions: more days never make it worse, and reviewed it is met."""

    def verdict(days, suspensions=found, on=ON):
        rows = [{"from": start, "reviewed_on": start if done else None} for start, done in suspensions]
        limit = bounds(**{precautionary.PRECAUTIONARY_REVIEW.code.replace(".", "__"): days})
        return assert_plain(precautionary.judge, {"on": on, "suspensions": rows}, limit, days=17)

    waits = max(((ON - start).days for start, done in found if not done), default=None)
    if waits is None:
        assert verdict(days).outcome == (Outcome.MET if found else Outcome.NOT_APPLICABLE)
    elif days is None:
        assert verdict(days).outcome == Outcome.UNKNOWN
    else:
        assert verdict(days).outcome == (Outcome.NOT_MET if waits > days else Outcome.MET)
        assert RANK[verdict(days + 1).outcome] >= RANK[verdict(days).outcome]
        assert verdict(days, on=verdict(days).due + DAY).outcome == Outcome.NOT_MET
        assert verdict(days, on=verdict(days).due).outcome == Outcome.MET
    reviewed = [(start, True) for start, _ in found]
    assert verdict(days, reviewed).outcome == (Outcome.MET if found else Outcome.NOT_APPLICABLE)
