"""A confirmed exclusion bars whoever holds a grant of any kind, now or later, while the match stands."""

from __future__ import annotations

import datetime as dt

import pytest

from bylaws.models import Bar, BarPeriod
from bylaws.services.appointments import open_appointment
from bylaws.services.bars import lift_bar, void_bar
from bylaws.services.standing import apply_standing_conditions
from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.choices import ClearReason, MatchStatus
from credentialing.models import ListRow, ScreeningMatch
from credentialing.services import exclusion_lists, matches, screening
from practitioners.models import Letter
from practitioners.services.merging import merge_records
from practitioners.services.people import create_practitioner
from privileging.choices import GrantKind
from privileging.selectors.lookup import LookupOutcome, can_perform, who_can
from privileging.services.departures import record_departures, take_back_departure
from privileging.services.endings import relinquish, take_back_ending
from privileging.services.grants import open_grant
from tests.credentialing.world import FIXTURES
from tests.privileging.conftest import NOON, TODAY, line_of

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
BORN = dt.date(1968, 7, 4)
CHOLE = "GS-LAP-CHOLE"
PLANTED = FIXTURES / "leie" / "planted.csv"


@pytest.fixture(autouse=True)
def listed(world, settings, tmp_path):
    """The list of the OIG is in use; letters and evidence of one test are not another's."""
    settings.STANDING_STORE = tmp_path / "store"
    exclusion_lists.load_leie(actor=world.system, path=PLANTED)


@pytest.fixture
def excluded(person):
    """Somebody who stands on the list."""
    return person("Brightwater", "Imogen", birth_date=BORN, npi=None)


def give(world, who, kind=GrantKind.LOCUM, *, start=TODAY, facility=None):
    return open_grant(
        actor=world.system,
        practitioner=who,
        facility=facility or world.lakeside,
        form_line=line_of(CHOLE),
        decision=None,
        decided_on=start,
        authority="Taken over",
        start=start,
        end=start + 60 * DAY,
        kind=kind,
    )


def found(world, who) -> ScreeningMatch:
    screening.screen(actor=world.system, practitioner=who)
    return ScreeningMatch.objects.get(practitioner=who)


def confirm(world, who) -> ScreeningMatch:
    return matches.confirm_match(actor=world.system, match=found(world, who), note="SSN verified")


def may(world, who, on=TODAY, facility=None):
    return can_perform(
        practitioner=who, privilege_code=CHOLE, facility=facility or world.lakeside, on=on
    ).outcome


@pytest.mark.parametrize(
    "kind", [GrantKind.TEMPORARY_NEED, GrantKind.LOCUM, GrantKind.TELEMEDICINE, GrantKind.DISASTER]
)
def test_whoever_holds_a_grant_without_membership_is_barred_at_once(world, excluded, kind):
    give(world, excluded, kind)
    assert may(world, excluded) == LookupOutcome.YES
    confirm(world, excluded)
    assert may(world, excluded) == LookupOutcome.NO
    assert who_can(privilege_code=CHOLE, facility=world.lakeside, on=TODAY).count == 0
    period = BarPeriod.objects.select_related("identity").get()
    assert (period.identity.facility, period.identity.rule_code) == (world.lakeside, "BL-EXC-1")
    assert (period.valid.lower, period.valid.upper) == (TODAY, None)
    assert period.cause.startswith("Confirmed on OIG LEIE, excluded since")
    assert "The law" in Letter.objects.get().content["opening"]


def test_a_grant_that_begins_later_is_barred_from_its_first_day(world, excluded):
    give(world, excluded, start=TODAY + 10 * DAY, facility=world.harbor)
    confirm(world, excluded)
    assert may(world, excluded, TODAY + 10 * DAY, world.harbor) == LookupOutcome.NO
    assert Bar.objects.get().facility == world.harbor


class TestWhatComesBack:
    """Authority that had ended when the exclusion was confirmed, and holds again, is barred as it does."""

    @pytest.fixture
    def held(self, world, excluded):
        give(world, excluded, start=TODAY - 9 * DAY)
        return excluded

    def barred(self, world, who) -> bool:
        assert may(world, who) == LookupOutcome.NO
        return Bar.objects.filter(rule_code="BL-EXC-1", practitioner=who).exists()

    def test_by_taking_back_what_was_given_up(self, world, held):
        made = relinquish(
            actor=world.system,
            practitioner=held,
            facility=world.lakeside,
            privilege_codes=[CHOLE],
            day=TODAY - 3 * DAY,
            reason="Moves away.",
            investigation="no",
        )
        confirm(world, held)
        assert not Bar.objects.exists()
        take_back_ending(actor=world.system, ending=made, reason="Stays.")
        assert self.barred(world, held)

    def test_by_taking_a_departure_back(self, world, held):
        (made,) = record_departures(
            actor=world.system,
            practitioners=[held],
            facility=world.lakeside,
            kind="resigned",
            day=TODAY - 3 * DAY,
            reason="Moves away.",
            investigation="no",
        )
        confirm(world, held)
        assert not Bar.objects.exists()
        take_back_departure(actor=world.system, departure=made, reason="Stays.")
        assert self.barred(world, held)


def test_what_is_given_afterwards_is_barred_as_it_is_given(world, excluded):
    confirm(world, excluded)
    assert not Bar.objects.exists()  # no authority anywhere, nothing to bar
    give(world, excluded, start=TODAY + DAY)
    assert may(world, excluded, TODAY + DAY) == LookupOutcome.NO
    open_appointment(
        actor=world.system, practitioner=excluded, facility=world.harbor, decision=None, decided_on=TODAY,
        category=world.active, department=world.surgery_west, start=TODAY, end=TODAY + 300 * DAY,
        authority="Taken over",
    )  # fmt: skip
    assert set(Bar.objects.values_list("facility", flat=True)) == {world.lakeside.pk, world.harbor.pk}
    give(world, excluded, GrantKind.FULL, facility=world.harbor)
    assert may(world, excluded, facility=world.harbor) == LookupOutcome.NO
    assert Bar.objects.count() == 2


def test_somebody_else_is_barred_by_nothing(world, person):
    other = person()
    give(world, other)
    assert may(world, other) == LookupOutcome.YES
    assert not Bar.objects.exists()


def test_two_records_that_turn_out_to_be_one_person(world, excluded):
    """The match stands on the one, the grant on the other: the next run over everybody bars it."""
    other = create_practitioner(
        actor=world.system, provider_type="MD", last_name="Brightwater-Moss", first_name="Imogen", npi=None
    )
    give(world, other)
    confirm(world, excluded)
    assert may(world, other) == LookupOutcome.YES
    merge_records(actor=world.system, keep=excluded, record=other, reason="One person")
    counts = apply_standing_conditions(actor=world.system, facility=world.lakeside, on=TODAY)
    assert counts["opened"] == 1
    assert may(world, excluded) == LookupOutcome.NO
    assert apply_standing_conditions(actor=world.system, facility=world.lakeside, on=TODAY)["opened"] == 0


class TestWhileItsCauseStands:
    @pytest.fixture
    def match(self, world, excluded):
        give(world, excluded)
        return confirm(world, excluded)

    def test_nobody_lifts_it_by_hand(self, world, match):
        bar = Bar.objects.get()
        with clock.freeze(NOON + 2 * DAY):
            with pytest.raises(Refused, match="still stands: Confirmed on OIG LEIE"):
                lift_bar(actor=world.system, bar=bar, day=TODAY + 2 * DAY, reason="Asked for")
            with pytest.raises(Refused, match="no mistake"):
                void_bar(actor=world.system, bar=bar, reason="Asked for")

    @pytest.fixture
    def clear(self, world, user, match):
        """Two people clear the strong candidate."""
        second = user(Role.COMPLIANCE_OFFICER)

        def both(reason: str) -> None:
            for actor in (world.system, second):
                matches.clear_match(actor=actor, match=match, reason=reason, note="Site of the OIG")

        return both

    def test_looking_again_keeps_it_and_not_the_same_person_takes_it_back(
        self, world, match, excluded, clear
    ):
        bar = Bar.objects.get()
        matches.reopen_match(actor=world.system, match=match, reason="Another person's SSN")
        with clock.freeze(NOON + 2 * DAY), pytest.raises(Refused, match="1 possible match waits"):
            lift_bar(actor=world.system, bar=bar, day=TODAY + 2 * DAY, reason="Asked for")
        assert may(world, excluded) == LookupOutcome.NO
        clear(ClearReason.SSN_VERIFIED_NOT_SAME)
        run = apply_standing_conditions(actor=world.system, facility=world.lakeside, on=TODAY)
        assert run["voided"] == 1
        assert may(world, excluded) == LookupOutcome.YES

    def test_leaving_the_list_ends_nothing_and_a_recorded_reinstatement_does(
        self, world, match, excluded, clear, tmp_path
    ):
        rest = tmp_path / "next.csv"
        rest.write_text(
            "".join(line for line in PLANTED.read_text().splitlines(keepends=True) if "BRIGHTW" not in line)
        )
        later = NOON + 30 * DAY
        with clock.freeze(later):
            exclusion_lists.load_leie(actor=world.system, path=rest)
            screening.screen(actor=world.system, practitioner=excluded)
            assert ListRow.objects.get(last_name="BRIGHTWATER").removed_in is not None
            run = apply_standing_conditions(actor=world.system, facility=world.lakeside, on=TODAY + 30 * DAY)
            assert (run["lifted"], run["voided"]) == (0, 0)
            assert may(world, excluded, TODAY + 30 * DAY) == LookupOutcome.NO
            matches.reopen_match(actor=world.system, match=match, reason="Letter of the OIG")
            clear(ClearReason.REINSTATED)
        with clock.freeze(later + DAY):
            run = apply_standing_conditions(actor=world.system, facility=world.lakeside, on=TODAY + 31 * DAY)
            assert run["lifted"] == 1
            assert may(world, excluded, TODAY + 29 * DAY) == LookupOutcome.NO
            assert may(world, excluded, TODAY + 31 * DAY) == LookupOutcome.YES

    def test_who_is_on_the_list_still_is_not_reinstated(self, world, match):
        matches.reopen_match(actor=world.system, match=match, reason="Said to be over")
        with pytest.raises(Refused, match="cannot be the reason"):
            matches.clear_match(
                actor=world.system, match=match, reason=ClearReason.REINSTATED, note="They say so"
            )
        assert ScreeningMatch.objects.get().status == MatchStatus.NEW
