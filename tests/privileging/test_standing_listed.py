"""A standing condition that reaches listed privileges only: what the nightly run records of it."""

import datetime as dt

import pytest

from bylaws.forms.actions import SuspendForm
from bylaws.held import forms_of_held, held_privileges
from bylaws.models import Bar, BarPeriod
from bylaws.services.standing import apply_standing_conditions
from privileging.selectors.lookup import can_perform
from privileging.selectors.lookup.answers import LookupOutcome
from tests.privileging.conftest import TODAY, appoint, grant, licensed, set_parameter

CODE, OTHER = "GS-LAP-CHOLE", "GS-COLECTOMY"


@pytest.fixture
def lapsed(world, person):
    """Two surgeons whose license ran out; only the first holds the privilege the condition lists."""
    set_parameter(
        world.system,
        "bylaws.standing_conditions",
        [{"rule": "BL-LIC-1", "scope": "listed", "privileges": [CODE]}],
    )
    people = [person(last) for last in ("Okonkwo", "Vandal")]
    for one in people:
        appoint(world, one)
        licensed(world, one, last_day=dt.date(2026, 2, 28))
    for code in (CODE, OTHER):
        grant(world, people[0], code)
    grant(world, people[1], OTHER)
    return people


def test_it_is_recorded_for_whoever_holds_one_of_them_and_reaches_no_other(world, lapsed):
    counts = apply_standing_conditions(actor=world.system, facility=world.lakeside, on=TODAY)
    assert (counts["opened"], counts["untouched"], counts["refused"]) == (1, 1, 0)
    assert Bar.objects.get().practitioner == lapsed[0]
    row = BarPeriod.objects.get()
    assert (row.scope, row.privilege_codes) == ("listed", [CODE])
    asked = {"practitioner": lapsed[0], "facility": world.lakeside, "on": TODAY}
    assert can_perform(privilege_code=CODE, **asked).outcome == LookupOutcome.NO
    assert can_perform(privilege_code=OTHER, **asked).outcome == LookupOutcome.YES
    again = apply_standing_conditions(actor=world.system, facility=world.lakeside, on=TODAY)
    assert (again["opened"], again["standing"]) == (0, 1)


class TestAnOfficerChoosesWhatItReaches:
    """Forms and words instead of a box for each privilege held."""

    @pytest.fixture
    def form(self, world, person):
        one = person()
        for code in (CODE, OTHER):
            grant(world, one, code)

        def fill(**given):
            asked = {
                "held": held_privileges(one, world.lakeside, TODAY, None),
                "on_forms": forms_of_held(one, world.lakeside, TODAY, None),
            }
            return SuspendForm({"cause": "Danger", "scope": "listed"} | given, **asked)

        return fill

    def test_all_of_a_form(self, form):
        (name, label), *others = form().fields["forms_reached"].choices
        assert (label, others) == (f"{name} (2)", [])
        filled = form(forms_reached=[name])
        assert filled.is_valid()
        assert filled.cleaned_data["privilege_codes"] == [OTHER, CODE]
        assert set(filled.cleaned_data) == {"cause", "scope", "privilege_codes"}

    @pytest.mark.parametrize("words", ["gs-colectomy", "COLECT", " colectomy , colectomy"])
    def test_by_code_or_part_of_the_name(self, form, words):
        filled = form(privileges=words)
        assert filled.is_valid()
        assert filled.cleaned_data["privilege_codes"] == [OTHER]

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({}, "privileges"),
            ({"privileges": "brain"}, "privileges"),
            ({"forms_reached": ["Other"]}, "forms_reached"),
        ],
    )
    def test_nothing_or_nothing_held_is_refused(self, form, given, field):
        filled = form(**given)
        assert not filled.is_valid()
        assert list(filled.errors) == [field]

    def test_naming_some_and_reaching_all_is_asked_about(self, form):
        filled = form(scope="all", privileges="colectomy")
        assert not filled.is_valid()
        assert list(filled.errors) == ["scope"]
