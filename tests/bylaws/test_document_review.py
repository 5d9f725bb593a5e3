"""Golden cases of BL-BRV-1: the day a review is due and those beside it, not in force, unknown, known."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaws.choices import ReviewState
from bylaws.models import Finding
from bylaws.rules.document_review import RULE, judge, review_day
from bylaws.selectors.policies import policies_on
from bylaws.selectors.simulation import change_of, simulate
from bylaws.services import policies
from bylaws.services.compliance_runs import record_run
from bylaws.services.findings import waive
from config.kernel import clock
from config.rulebook.models import SourceBody
from config.rulebook.rules import judge_many
from config.rulebook.selectors.parameters import Bound, DraftValue
from config.rulebook.verdicts import Outcome
from tests.bylaws.documents import document, in_force
from tests.bylaws.world import NOON, TODAY

DAY = dt.timedelta(days=1)
APPROVED, DUE = dt.date(2023, 1, 31), dt.date(2026, 1, 31)


def verdict(on, approved=APPROVED, reviewed=None, own=None, months=36):
    bound = {
        "bylaws.document_review_months:bylaws": Bound("x", "", months, source="Bylaws", citation="Art. 15")
    }
    facts = {
        "on": on, "kind": "bylaws", "own_cycle": own, "approved_on": approved, "reviewed_on": reviewed,
    }  # fmt: skip
    return judge(facts, bound)


@pytest.mark.parametrize(
    ("on", "outcome", "since"),
    [
        (DUE - DAY, Outcome.MET, APPROVED),
        (DUE, Outcome.MET, APPROVED),
        (DUE + DAY, Outcome.NOT_MET, DUE + DAY),
    ],
)
def test_the_day_it_is_due_still_counts(on, outcome, since):
    found = verdict(on)
    assert (found.outcome, found.since, found.due) == (outcome, since, DUE)


def test_a_review_begins_the_cycle_again_and_a_shorter_one_of_its_own_counts():
    reviewed = verdict(DUE + DAY, reviewed=dt.date(2025, 6, 1))
    assert reviewed.outcome == Outcome.MET
    assert reviewed.sentence == "Reviewed last on 1 Jun 2025; to be reviewed by 1 Jun 2028."
    assert verdict(dt.date(2024, 2, 1), own=12).outcome == Outcome.NOT_MET
    assert verdict(DUE, own=120).due == DUE


def test_not_in_force_and_not_known():
    assert verdict(DUE, approved=None).outcome == Outcome.NOT_APPLICABLE
    unset = verdict(DUE, months=None)
    assert unset.outcome == Outcome.UNKNOWN
    assert unset.cure


@given(st.integers(1, 120), st.dates(APPROVED, dt.date(2030, 1, 1)), st.dates(APPROVED, dt.date(2030, 1, 1)))
def test_a_longer_cycle_or_a_later_review_never_makes_it_worse(months, on, reviewed):
    found = verdict(on, months=months)
    assert (found.outcome == Outcome.NOT_MET) == (on > review_day(APPROVED, None, months))
    if found.outcome == Outcome.MET:
        assert verdict(on, months=months + 1).outcome == Outcome.MET
        assert verdict(on, reviewed=min(on, reviewed), months=months).outcome == Outcome.MET


@pytest.fixture
def bylaws(world):
    with clock.freeze(dt.datetime(2023, 1, 31, 18, tzinfo=dt.UTC)):
        one = document(world.director, world.facility, "# Article 1 Name\nIt is one.")
        in_force(world.director, one.versions.get(), APPROVED, clock.today(world.facility))
    return one


def judged(world, one, on=TODAY, known_at=None):
    return judge_many(RULE, facility=world.facility, on=on, known_at=known_at)[one.pk]


def test_it_agrees_with_the_page_of_documents_and_a_review_closes_the_finding(world, bylaws):
    assert judged(world, bylaws).since == DUE + DAY
    (row,) = policies_on(world.director, world.facility, TODAY)
    assert (row.due.state, row.due.on) == (ReviewState.OVERDUE, judged(world, bylaws).due)
    record_run(actor=world.system, facility=world.facility)
    one = Finding.objects.get(rule_code="BL-BRV-1")
    assert (one.subject_kind, one.subject_uid, one.about) == ("document", bylaws.uid, str(bylaws))
    waive(
        actor=world.director,
        finding=one,
        last_day=TODAY + 30 * DAY,
        justification="The revision is under way.",
    )
    one.refresh_from_db()
    assert one.status == "waived"
    with clock.freeze(NOON + DAY):
        policies.record_review(
            actor=world.director, policy=bylaws, reviewed_on=TODAY, by_whom="Bylaws committee"
        )
        assert judged(world, bylaws).outcome == Outcome.MET
        assert judged(world, bylaws, known_at=NOON).outcome == Outcome.NOT_MET
        record_run(actor=world.system, facility=world.facility)
    one.refresh_from_db()
    assert one.status == "cured"


@pytest.mark.parametrize("months", [12, 36, 48, 120])
def test_an_amendment_is_tried_on_documents_as_the_rules_would_judge_them(world, bylaws, months):
    body = SourceBody.objects.get(code="bylaws")
    drafts = [DraftValue("bylaws.document_review_months", "", body.pk, months, "Article 15 as drafted")]
    before = judged(world, bylaws)
    tried = simulate(viewer=world.director, facility=world.facility, on=TODAY, drafts=drafts)
    world.parameter("bylaws.document_review_months", months)
    after = judged(world, bylaws)
    (rule,) = tried.rules
    assert (rule.rule, rule.total, sum(rule.after.values())) == (RULE, 1, 1)
    expected = change_of(before, after)
    assert [(each.judged.name, each.change) for each in rule.changes] == (
        [(str(bylaws), expected)] if expected else []
    )


def test_what_is_not_in_force_yet_has_no_cycle(world):
    one = document(world.director, world.facility, "# Article 1 Name\nIt is one.")
    assert judged(world, one).outcome == Outcome.NOT_APPLICABLE
