"""What is made of a match: cleared by two people, opened again, confirmed."""

from __future__ import annotations

import datetime as dt

import pytest

from bylaws.models import BarPeriod
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.rulebook.verdicts import Outcome
from credentialing.choices import ClearReason, Element, ItemStatus, MatchClass, MatchStatus
from credentialing.models import ListRow, RedFlag, ScreeningMatch
from credentialing.selectors.gate import completeness
from credentialing.services import matches, screening
from tests.credentialing.conftest import build_at_noon
from tests.credentialing.world import NOON, World
from tests.worlds import more_of


@more_of(build_at_noon)
def hospitals_with_excluded_person(world: World) -> World:
    """``person``: an applicant who stated everything, and a strong candidate of the list that was loaded."""
    with clock.freeze(NOON):
        world.load_list()
        world.person = world.practitioner(
            last_name="Brightwater", first_name="Imogen", middle_name="", npi=None,
            birth_date=dt.date(1968, 7, 4),
        )  # fmt: skip
        world.state_everything(world.person)
    return world


HOSPITALS = hospitals_with_excluded_person


def leaf(application, code="CR-EXCLUSION"):
    return next(leaf for leaf in completeness(application).leaves() if leaf.code == code)


class TestReview:
    @pytest.fixture
    def excluded(self, world):
        return world.person

    def test_a_match_holds_the_file_until_it_is_reviewed(self, world, excluded):
        application = world.accepted(excluded)
        screening.screen(actor=world.coordinator, practitioner=excluded)
        assert world.item(application, Element.EXCLUSION).status == ItemStatus.NOT_STARTED
        assert "waits for review" in leaf(application).sentence

    def test_a_strong_candidate_is_cleared_by_two_people(self, world, excluded):
        application = world.accepted(excluded)
        screening.screen(actor=world.coordinator, practitioner=excluded)
        match = ScreeningMatch.objects.get()
        proposed = matches.clear_match(
            actor=world.coordinator, match=match, reason=ClearReason.ADDRESS_HISTORY, note="Never in Ohio"
        )
        assert proposed.status == MatchStatus.NEW
        with pytest.raises(Refused, match="two people"):
            matches.clear_match(actor=world.coordinator, match=match, reason=ClearReason.ADDRESS_HISTORY)
        cleared = matches.clear_match(actor=world.colleague, match=match, reason=ClearReason.ADDRESS_HISTORY)
        assert (cleared.status, cleared.proposed_by, cleared.reviewed_by) == (
            MatchStatus.CLEARED, world.coordinator, world.colleague,
        )  # fmt: skip
        assert leaf(application).outcome is Outcome.MET

    def test_a_reason_must_fit_the_facts(self, world, excluded):
        screening.screen(actor=world.coordinator, practitioner=excluded)
        match = ScreeningMatch.objects.get()
        with pytest.raises(Refused, match="cannot be the reason"):
            matches.clear_match(actor=world.coordinator, match=match, reason=ClearReason.DOB_DIFFERS)

    def test_what_is_unknown_on_one_side_cannot_differ(self, world):
        person = world.practitioner(
            last_name="Silverthorne", first_name="Agatha", middle_name="", birth_date=None, npi=None
        )
        screening.screen(actor=world.coordinator, practitioner=person)
        match = ScreeningMatch.objects.get()
        for reason in (ClearReason.DOB_DIFFERS, ClearReason.NPI_DIFFERS, ClearReason.MIDDLE_DIFFERS):
            with pytest.raises(Refused, match="cannot be the reason"):
                matches.clear_match(actor=world.coordinator, match=match, reason=reason, note="Compared")

    def test_clearing_needs_a_note(self, world, excluded):
        screening.screen(actor=world.coordinator, practitioner=excluded)
        with pytest.raises(Refused, match="Write what you compared") as refused:
            matches.clear_match(
                actor=world.coordinator,
                match=ScreeningMatch.objects.get(),
                reason=ClearReason.SSN_VERIFIED_NOT_SAME,
            )
        assert refused.value.field == "note"

    def test_what_was_cleared_by_mistake_waits_again(self, world, excluded):
        application = world.accepted(excluded)
        screening.screen(actor=world.coordinator, practitioner=excluded)
        match = ScreeningMatch.objects.get()
        for actor in (world.coordinator, world.colleague):
            matches.clear_match(
                actor=actor, match=match, reason=ClearReason.SSN_VERIFIED_NOT_SAME, note="Site of the OIG"
            )
        assert leaf(application).outcome is Outcome.MET
        with pytest.raises(Refused, match="looked at again"):
            matches.reopen_match(actor=world.coordinator, match=match, reason=" ")
        again = matches.reopen_match(actor=world.coordinator, match=match, reason="Another person's SSN")
        assert (again.status, again.clear_reason, again.proposed_by) == (MatchStatus.NEW, "", None)
        assert "waits for review" in leaf(application).sentence

    def test_a_cleared_pair_is_remembered(self, world, excluded):
        screening.screen(actor=world.coordinator, practitioner=excluded)
        match = ScreeningMatch.objects.get()
        for actor in (world.coordinator, world.colleague):
            matches.clear_match(
                actor=actor, match=match, reason=ClearReason.ADDRESS_HISTORY, note="Never in Ohio"
            )
        screening.screen(actor=world.coordinator, practitioner=excluded)
        match.refresh_from_db()
        assert match.status == MatchStatus.CLEARED
        assert ScreeningMatch.objects.count() == 1

    def test_a_cleared_pair_is_opened_again_when_it_became_stronger(self, world):
        person = world.practitioner(
            last_name="Silverthorne", first_name="Agatha", middle_name="", birth_date=None, npi=None
        )
        ListRow.objects.filter(last_name="SILVERTHORNE").update(birth_date=dt.date(1966, 6, 6))
        screening.screen(actor=world.coordinator, practitioner=person)
        match = ScreeningMatch.objects.get()
        matches.clear_match(
            actor=world.coordinator,
            match=match,
            reason=ClearReason.SSN_VERIFIED_NOT_SAME,
            note="Site of the OIG",
        )
        person.birth_date = dt.date(1966, 6, 6)
        person.save()
        # The list row's own birth date came with the block keys of its load, the name finds it.
        screening.screen(actor=world.coordinator, practitioner=person)
        match.refresh_from_db()
        assert (match.match_class, match.status) == (MatchClass.CONFIRMED_CANDIDATE, MatchStatus.NEW)
        assert match.reviewed_by is None

    def test_confirming_needs_one_person_and_stops_privileges_at_once(self, world, excluded):
        world.appoint(excluded)
        application = world.accepted(excluded)
        screening.screen(actor=world.compliance, practitioner=excluded)
        matches.confirm_match(
            actor=world.compliance, match=ScreeningMatch.objects.get(), note="SSN verified on the site"
        )
        bar = BarPeriod.objects.in_force(clock.today(world.facility)).get(identity__practitioner=excluded)
        assert (bar.identity.facility, bar.identity.rule_code) == (world.facility, "BL-EXC-1")
        flag = RedFlag.objects.get(application=application, code="RF-EXCL")
        assert flag.severity == "serious"

    def test_confirming_needs_a_note(self, world, excluded):
        screening.screen(actor=world.coordinator, practitioner=excluded)
        with pytest.raises(Refused, match="how it was established"):
            matches.confirm_match(actor=world.coordinator, match=ScreeningMatch.objects.get(), note=" ")
        assert ScreeningMatch.objects.get().status == MatchStatus.NEW

    def test_the_confirmed_truth_satisfies_the_file(self, world, excluded):
        application = world.accepted(excluded)
        screening.screen(actor=world.coordinator, practitioner=excluded)
        matches.confirm_match(
            actor=world.coordinator, match=ScreeningMatch.objects.get(), note="SSN verified"
        )
        assert world.item(application, Element.EXCLUSION).status == ItemStatus.VERIFIED_ADVERSE
        assert leaf(application).outcome is Outcome.MET

    def test_nobody_reviews_a_match_of_their_own(self, world, excluded):
        screening.screen(actor=world.coordinator, practitioner=excluded)
        excluded.user = world.colleague
        excluded.save()
        match = ScreeningMatch.objects.get()
        match.refresh_from_db()
        with pytest.raises(Forbidden, match="own file"):
            matches.clear_match(
                actor=world.colleague, match=match, reason=ClearReason.ADDRESS_HISTORY, note="Never in Ohio"
            )
