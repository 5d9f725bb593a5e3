"""Several exclusion lists at once: everybody against every list in use."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from config.kernel import clock
from config.rulebook.verdicts import Outcome
from credentialing.choices import ClearReason, Element, MatchClass, MatchStatus
from credentialing.importing.publications import state_publication
from credentialing.importing.state_list import load_state_mapping
from credentialing.models import ExclusionList, ListRow, ScreeningMatch, ScreeningRun
from credentialing.selectors.gate import completeness
from credentialing.selectors.screening import original_of
from credentialing.services import exclusion_lists, matches, screening, staff_screening
from practitioners.selectors.evidence import read_content
from tests.credentialing.files import hospitals_with_person_and_list
from tests.credentialing.world import FIXTURES, NOON, World
from tests.worlds import more_of

SAM = FIXTURES / "sam" / "planted.csv"
STATE = FIXTURES / "state"


@more_of(hospitals_with_person_and_list)
def hospitals_with_three_lists(world: World) -> World:
    """The list of the OIG, the extract of SAM.gov and a state's list are in use."""
    with clock.freeze(NOON):
        exclusion_lists.load_sam(actor=world.system, path=SAM)
        publication = state_publication(load_state_mapping(STATE / "lakeland.yaml"))
        exclusion_lists.load_list(actor=world.system, publication=publication, path=STATE / "planted.csv")
    return world


HOSPITALS = hospitals_with_three_lists


@pytest.fixture
def listed(world: World) -> World:
    return world


def leaf(application):
    return next(each for each in completeness(application).leaves() if each.code == "CR-EXCLUSION")


def person(world: World, last: str, first: str, **more):
    return world.practitioner(
        **{"last_name": last, "first_name": first, "middle_name": "", "npi": None} | more
    )


class TestLists:
    def test_each_is_counted_by_itself(self, listed):
        assert {each.code: each.rows.count() for each in ExclusionList.objects.all()} == {
            "leie": ListRow.objects.filter(exclusion_list__code="leie").count(),
            "sam": 9,
            "state-oh": 4,
        }
        assert set(ExclusionList.objects.values_list("loads__number", flat=True)) == {1}

    def test_a_row_gone_from_one_list_stays_on_the_other(self, listed, tmp_path):
        path = tmp_path / "sam.csv"
        path.write_text(
            "".join(line for line in SAM.read_text().splitlines(keepends=True) if "SILVERTHORNE" not in line)
        )
        result = exclusion_lists.load_sam(actor=listed.system, path=path)
        assert (result.added, result.removed) == (0, 1)
        rows = ListRow.objects.filter(last_name="SILVERTHORNE")
        assert {(row.exclusion_list.code, row.removed_in is None) for row in rows} == {
            ("leie", True), ("sam", False),
        }  # fmt: skip


class TestScreening:
    def test_everybody_meets_every_list(self, listed):
        application = listed.accepted()
        screened = screening.screen(actor=listed.coordinator, practitioner=application.practitioner)
        assert [run.snapshot.exclusion_list.code for run in screened.runs] == ["leie", "sam", "state-oh"]
        told = leaf(application)
        assert told.outcome is Outcome.MET
        assert "OIG LEIE and SAM.gov and OH Medicaid" in told.sentence
        item = listed.item(application, Element.EXCLUSION)
        certificate = json.loads(read_content(viewer=listed.coordinator, evidence=item.evidence))
        assert [each["load"] for each in certificate["lists"]] == [1, 1, 1]

    def test_a_list_out_of_use_asks_nothing(self, listed):
        application = listed.accepted()
        ExclusionList.objects.exclude(code="leie").update(active=False)
        screened = screening.screen(actor=listed.coordinator, practitioner=application.practitioner)
        assert len(screened.runs) == 1
        assert leaf(application).outcome is Outcome.MET

    def test_names_are_not_cut_where_the_list_does_not_cut(self, listed):
        whole = person(listed, "Winterbottom-Featherstone", "Maximilianalexander", birth_date=None)
        [match] = screening.screen(actor=listed.coordinator, practitioner=whole).matches.filter(
            row__exclusion_list__code="sam"
        )
        assert match.match_class == MatchClass.POSSIBLE

    def test_an_exclusion_that_is_over_is_no_match(self, listed):
        over = screening.screen(
            actor=listed.coordinator, practitioner=person(listed, "Parchment", "Ottoline")
        )
        assert not over.matches.exists()
        still = person(listed, "Longway", "Ottoline")
        assert screening.screen(actor=listed.coordinator, practitioner=still).matches.count() == 1
        gone = person(listed, "Longgone", "Percival")
        assert not screening.screen(actor=listed.coordinator, practitioner=gone).matches.exists()

    def test_an_exclusion_that_ends_holds_the_file_no_longer(self, listed):
        ending = person(listed, "Longway", "Ottoline", birth_date=dt.date(1970, 1, 1))
        listed.state_everything(ending)
        application = listed.accepted(ending)
        screening.screen(actor=listed.coordinator, practitioner=ending)
        assert "waits for review" in leaf(application).sentence
        ListRow.objects.filter(last_name="LONGWAY").update(ends_on=clock.today() + dt.timedelta(days=1))
        with clock.freeze(NOON + dt.timedelta(days=1)):
            assert "waits for review" not in leaf(application).sentence

    def test_one_by_one_and_all_at_once_find_the_same(self, listed):
        people = [
            person(listed, *names, birth_date=None)
            for names in (("Silverthorne", "Agatha"), ("Brightwater", "Imogen"), ("Marchbanks", "Elspeth"))
        ]
        for each in people:
            listed.appoint(each)
        counts = staff_screening.screen_everyone(actor=listed.system)
        together = set(ScreeningMatch.objects.values_list("practitioner", "row", "match_class"))
        assert (counts["people"], counts["lists"]) == (3, 3)
        assert len(together) == counts["matches"] == 7
        for each in people:
            screening.screen(actor=listed.coordinator, practitioner=each)
        assert set(ScreeningMatch.objects.values_list("practitioner", "row", "match_class")) == together
        assert staff_screening.screen_everyone(actor=listed.system)["people"] == 0
        assert ScreeningRun.objects.count() == 3 * 3 * 2


class TestRepeated:
    """SAM.gov repeats what the OIG lists: one decision, on the row that says more."""

    @pytest.fixture
    def found(self, listed):
        excluded = person(listed, "Brightwater", "Imogen", birth_date=dt.date(1968, 7, 4))
        screening.screen(actor=listed.coordinator, practitioner=excluded)
        by_list = {each.row.exclusion_list.code: each for each in ScreeningMatch.objects.all()}
        return by_list["leie"], by_list["sam"]

    def test_the_repetition_points_to_the_original(self, found):
        original, repeated = found
        assert original_of(repeated) == original
        assert original_of(original) is None

    def test_clearing_the_original_clears_the_repetition(self, listed, found):
        original, repeated = found
        for actor in (listed.coordinator, listed.colleague):
            repeated.refresh_from_db()
            assert repeated.status == MatchStatus.NEW
            matches.clear_match(
                actor=actor, match=original, reason=ClearReason.ADDRESS_HISTORY, note="Never in Ohio"
            )
        repeated.refresh_from_db()
        assert (repeated.status, repeated.reviewed_by) == (MatchStatus.CLEARED, listed.colleague)
        assert repeated.note == "The same exclusion as on OIG LEIE: Never in Ohio"

    def test_confirming_the_original_confirms_the_repetition(self, listed, found):
        original, repeated = found
        matches.confirm_match(actor=listed.compliance, match=original, note="SSN verified on the site")
        repeated.refresh_from_db()
        assert repeated.status == MatchStatus.CONFIRMED

    def test_another_agency_is_another_exclusion(self, listed):
        twice = person(listed, "Silverthorne", "Agatha", birth_date=None)
        screening.screen(actor=listed.coordinator, practitioner=twice)
        original = ScreeningMatch.objects.get(row__exclusion_list__code="leie")
        matches.confirm_match(actor=listed.compliance, match=original, note="SSN verified on the site")
        waiting = ScreeningMatch.objects.filter(status=MatchStatus.NEW)
        assert {each.row.exclusion_list.code for each in waiting} == {"sam", "state-oh"}
