"""A bar for a certificate ends where what is held does not ask for that certificate any more."""

import pytest

from bylaws.models import Bar
from config.kernel import clock
from config.kernel.periods import end_before
from privileging.models import GrantPeriod
from privileging.selectors.lookup import LookupOutcome
from tests.privileging.conftest import NOON, TODAY, grant
from tests.privileging.test_certificate_lapse import (
    ACLS,
    CASES,
    DAY,
    PALS,
    SEDATION,
    _bylaws,  # noqa: F401
    answer,
    certificate,
    entry,  # noqa: F401
    form,
    run,
    sedating,  # noqa: F401
)

pytestmark = pytest.mark.django_db
LATER = TODAY + 10 * DAY


@pytest.fixture
def barred(world, sedating):  # noqa: F811
    """Who sedates without a current ACLS certificate."""
    certificate(world, sedating)
    assert run(world)["opened"] == 1
    return sedating


def over(world, one, day=LATER):
    """The privilege ends before the day."""
    row = GrantPeriod.objects.live().get(practitioner=one, privilege__code=SEDATION)
    end_before(GrantPeriod, row.identity, day=day, actor=world.system, reason="Term over")


def granted_on(world, one, tree, start=LATER):
    """The privilege, granted anew by criteria of another form."""
    over(world, one, start)
    form(world, tree, code=SEDATION)
    grant(world, one, SEDATION, start=start, form="TWO", at=clock.now())


def test_it_is_lifted_where_the_new_criteria_ask_for_no_certificate(world, barred):
    with clock.freeze(NOON + 10 * DAY):
        granted_on(world, barred, CASES)
        assert run(world, LATER)["lifted"] == 1
        assert Bar.objects.get().periods.live().get().valid.upper == LATER
        assert answer(world, barred, on=LATER).outcome == LookupOutcome.YES
        assert answer(world, barred, on=LATER - DAY).outcome == LookupOutcome.NO
        assert run(world, LATER)["lifted"] == 0


def test_where_they_ask_otherwise_one_bar_takes_the_place_of_the_other(world, barred):
    with clock.freeze(NOON + 10 * DAY):
        granted_on(world, barred, {"any": [ACLS, PALS]})
        counts = run(world, LATER)
        assert (counts["opened"], counts["lifted"]) == (1, 1)
        assert answer(world, barred, on=LATER).outcome == LookupOutcome.NO
    with clock.freeze(NOON + 12 * DAY):
        certificate(world, barred, "PALS", start=LATER + 2 * DAY, last=None, number="2", at=clock.now())
        assert run(world, LATER + 2 * DAY)["lifted"] == 1
        assert answer(world, barred, on=LATER + 2 * DAY).outcome == LookupOutcome.YES


def test_it_stands_while_the_privilege_is_not_held_and_where_it_asks_again(world, barred):
    with clock.freeze(NOON + 10 * DAY):
        over(world, barred)
        assert run(world, LATER)["lifted"] == 0
        assert Bar.objects.get().periods.live().get().valid.upper is None
