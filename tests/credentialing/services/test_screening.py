"""Loading the exclusion list, screening under every name, reviewing what is found."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from bylaws.models import BarPeriod
from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.rulebook.verdicts import Outcome
from credentialing.choices import ClearReason, Element, ItemStatus, MatchClass, MatchStatus
from credentialing.models import ListRow, ListSnapshot, RedFlag, ScreeningMatch, ScreeningRun
from credentialing.selectors.gate import completeness
from credentialing.services import exclusion_lists, matches, screening, staff_screening
from practitioners.importing.rejections import UnusableFile
from practitioners.selectors.evidence import read_content
from practitioners.services.people import add_name
from tests.credentialing.world import FIXTURES, NOON, TODAY

PLANTED = (FIXTURES / "leie" / "planted.csv").read_text(encoding="utf-8").splitlines(keepends=True)


def write(path, *, without: str = "", plus: str = ""):
    path.write_text("".join(line for line in PLANTED if not without or without not in line) + plus)
    return path


def leaf(application, code="CR-EXCLUSION"):
    return next(leaf for leaf in completeness(application).leaves() if leaf.code == code)


class TestLoading:
    def test_the_same_file_again_changes_nothing(self, world):
        world.load_list()
        before = list(ListRow.objects.values_list("pk", flat=True))
        result = exclusion_lists.load_leie(actor=world.system, path=FIXTURES / "leie" / "planted.csv")
        assert result.unchanged
        assert list(ListRow.objects.values_list("pk", flat=True)) == before
        assert ListSnapshot.objects.count() == 1

    def test_duplicate_lines_are_one_row(self, world):
        world.load_list()
        assert ListRow.objects.filter(last_name="COPPERFIELDING").count() == 1

    def test_a_dry_run_writes_nothing(self, world):
        result = exclusion_lists.load_leie(
            actor=world.system, path=FIXTURES / "leie" / "planted.csv", dry_run=True
        )
        assert result.added > 10
        assert not ListRow.objects.exists()
        assert not ListSnapshot.objects.exists()

    def test_who_left_the_list_stays_with_the_load_they_left_in(self, world, tmp_path):
        world.load_list()
        result = exclusion_lists.load_leie(
            actor=world.system, path=write(tmp_path / "next.csv", without="SILVERTHORNE")
        )
        assert (result.added, result.removed) == (0, 1)
        row = ListRow.objects.get(last_name="SILVERTHORNE")
        assert (row.added_in.number, row.removed_in.number) == (1, 2)

    def test_a_row_that_says_something_new_replaces_the_old_one(self, world, tmp_path):
        world.load_list()
        changed = [
            line.replace('"FERNWICK"', '"ELSEWHERE"') if "SILVERTHORNE" in line else line for line in PLANTED
        ]
        path = tmp_path / "next.csv"
        path.write_text("".join(changed))
        exclusion_lists.load_leie(actor=world.system, path=path)
        old, new = ListRow.objects.filter(last_name="SILVERTHORNE").order_by("id")
        assert (old.removed_in.number, new.added_in.number, new.city) == (2, 2, "ELSEWHERE")
        assert old.row_key == new.row_key

    def test_an_unreadable_row_takes_nobody_off_the_list(self, world, tmp_path):
        world.load_list()
        broken = [
            line.replace('"20150720"', '"2015-07-20"') if "SILVERTHORNE" in line else line for line in PLANTED
        ]
        path = tmp_path / "next.csv"
        path.write_text("".join(broken))
        result = exclusion_lists.load_leie(actor=world.system, path=path)
        assert len(result.rejected) == 1
        assert ListRow.objects.get(last_name="SILVERTHORNE").removed_in is None

    def test_an_older_file_is_not_loaded_over_a_newer_one(self, world, tmp_path):
        world.load_list()
        exclusion_lists.load_leie(
            actor=world.system, path=write(tmp_path / "next.csv", without="SILVERTHORNE")
        )
        with pytest.raises(Refused, match="loaded before"):
            world.load_list()

    def test_an_earlier_file_is_put_back_when_the_newer_one_was_wrong(self, world, tmp_path):
        world.load_list()
        first = FIXTURES / "leie" / "planted.csv"
        exclusion_lists.load_leie(
            actor=world.system, path=write(tmp_path / "next.csv", without="SILVERTHORNE")
        )
        assert ListRow.objects.filter(last_name="SILVERTHORNE", removed_in=None).count() == 0
        result = exclusion_lists.load_leie(actor=world.system, path=first, put_back=True)
        assert (result.snapshot.number, result.added, result.removed) == (3, 1, 0)
        old, new = ListRow.objects.filter(last_name="SILVERTHORNE").order_by("id")
        assert (old.removed_in.number, new.added_in.number, new.removed_in) == (2, 3, None)
        assert exclusion_lists.load_leie(actor=world.system, path=first).unchanged

    def test_a_list_that_comes_back_cut_off_is_refused_until_somebody_says_it_is_right(self, world, tmp_path):
        whole, cut = tmp_path / "whole.csv", tmp_path / "cut.csv"
        head, row = PLANTED[0], next(line for line in PLANTED if "SILVERTHORNE" in line)
        rows = [row.replace("SILVERTHORNE", f"LISTED{number:03}") for number in range(60)]
        whole.write_text("".join([head, *rows]))
        cut.write_text("".join([head, *rows[:20]]))
        exclusion_lists.load_leie(actor=world.system, path=whole)
        with pytest.raises(Refused, match="60 rows and the file would leave 20"):
            exclusion_lists.load_leie(actor=world.system, path=cut)
        assert ListRow.objects.filter(removed_in=None).count() == 60
        result = exclusion_lists.load_leie(actor=world.system, path=cut, accept_shrinking=True)
        assert result.removed == 40

    def test_another_file_is_refused_whole(self, world, tmp_path):
        path = tmp_path / "roster.csv"
        path.write_text("name,npi\nSomebody,123\n")
        with pytest.raises(UnusableFile):
            exclusion_lists.load_leie(actor=world.system, path=path)
        assert not ListSnapshot.objects.exists()

    def test_only_those_who_screen_load(self, world):
        with pytest.raises(Forbidden):
            exclusion_lists.load_leie(actor=world.lookup, path=FIXTURES / "leie" / "planted.csv")


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (
            {"last_name": "Núñez", "first_name": "Rosalba", "birth_date": dt.date(1970, 3, 11)},
            MatchClass.CONFIRMED_CANDIDATE,
        ),
        ({"last_name": "Silverthorne", "first_name": "Agatha"}, MatchClass.POSSIBLE),
        (
            {"last_name": "Tunnicliffe", "first_name": "Robert", "birth_date": dt.date(1962, 2, 28)},
            MatchClass.CONFIRMED_CANDIDATE,
        ),
        (
            {"last_name": "Pennyfeather", "first_name": "John", "birth_date": dt.date(1979, 6, 6)},
            None,  # a twin in name: noted for information
        ),
        (
            {
                "last_name": "Winterbottom",
                "first_name": "Maximilianalexander",
                "birth_date": dt.date(1955, 5, 5),
            },
            MatchClass.CONFIRMED_CANDIDATE,
        ),
    ],
)
def test_planted_people_are_found(world, person, expected):
    world.load_list()
    found = world.practitioner(npi=None, middle_name="", **person)
    run = screening.screen(actor=world.coordinator, practitioner=found)
    assert [match.match_class for match in run.matches.all()] == ([expected] if expected else [])
    assert [len(each.weak) for each in run.runs] == [0 if expected else 1]


def test_a_former_name_is_screened_too(world):
    world.load_list()
    person = world.practitioner(birth_date=dt.date(1975, 3, 3))
    assert not screening.screen(actor=world.coordinator, practitioner=person).matches.exists()
    add_name(
        actor=world.coordinator, practitioner=person, kind="maiden", last_name="Oldname", first_name="Gudrun"
    )
    match = screening.screen(actor=world.coordinator, practitioner=person).matches.get()
    assert match.score["name_label"] == "maiden name"


def test_without_a_list_nobody_is_cleared(world):
    application = world.accepted()
    with pytest.raises(Refused, match="No exclusion list has been loaded"):
        screening.screen(actor=world.coordinator, practitioner=application.practitioner)
    assert leaf(application).outcome is Outcome.UNKNOWN


class TestGate:
    def test_a_screening_without_match_answers_the_item(self, world):
        world.load_list()
        application = world.accepted()
        screening.screen(actor=world.coordinator, practitioner=application.practitioner)
        item = world.item(application, Element.EXCLUSION)
        assert (item.status, item.reviewed_by) == (ItemStatus.VERIFIED, world.coordinator)
        assert leaf(application).outcome is Outcome.MET
        certificate = json.loads(read_content(viewer=world.coordinator, evidence=item.evidence))
        assert certificate["lists"][0]["file_sha256"] == ListSnapshot.objects.get().sha256
        assert certificate["names"] == ["Quillfeather, Marisol Tessa"]

    def test_a_newer_list_asks_for_another_screening(self, world, tmp_path):
        world.load_list()
        application = world.accepted()
        screening.screen(actor=world.coordinator, practitioner=application.practitioner)
        exclusion_lists.load_leie(actor=world.system, path=write(tmp_path / "n.csv", without="SILVERTHORNE"))
        assert leaf(application).outcome is Outcome.UNKNOWN
        assert "load 2 is newer" in leaf(application).sentence
        staff_screening.screen_everyone(actor=world.system)
        assert leaf(application).outcome is Outcome.MET

    def test_a_new_name_asks_for_another_screening(self, world):
        world.load_list()
        application = world.accepted()
        screening.screen(actor=world.coordinator, practitioner=application.practitioner)
        add_name(
            actor=world.coordinator, practitioner=application.practitioner, kind="former",
            last_name="Lanternwood", first_name="Cyril",
        )  # fmt: skip
        assert leaf(application).outcome is Outcome.UNKNOWN

    def test_for_a_decision_to_come_the_screening_is_fresh_today(self, world):
        world.load_list()
        application = world.accepted(scheduled_decision_on=TODAY + dt.timedelta(days=60))
        screening.screen(actor=world.coordinator, practitioner=application.practitioner)
        assert leaf(application).outcome is Outcome.MET
        with clock.freeze(NOON + dt.timedelta(days=60)):
            assert leaf(application).outcome is Outcome.NOT_MET

    def test_a_job_leaves_the_first_review_to_a_person(self, world):
        world.load_list()
        application = world.accepted()
        staff_screening.screen_everyone(actor=world.system)
        item = world.item(application, Element.EXCLUSION)
        assert item.status == ItemStatus.RECEIVED
        assert leaf(application).outcome is Outcome.UNKNOWN

    def test_a_screening_grows_old(self, world):
        world.load_list()
        application = world.accepted()
        screening.screen(actor=world.coordinator, practitioner=application.practitioner)
        with clock.freeze(NOON + dt.timedelta(days=30)):
            assert leaf(application).outcome is Outcome.MET
        with clock.freeze(NOON + dt.timedelta(days=31)):
            assert leaf(application).outcome is Outcome.NOT_MET


class TestReview:
    @pytest.fixture
    def excluded(self, world):
        """An applicant who is a strong candidate."""
        world.load_list()
        person = world.practitioner(
            last_name="Brightwater", first_name="Imogen", middle_name="", npi=None,
            birth_date=dt.date(1968, 7, 4),
        )  # fmt: skip
        world.state_everything(person)
        return person

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
        world.load_list()
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
        world.load_list()
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


class TestEveryone:
    def test_staff_and_applicants_are_screened_once_per_load(self, world):
        world.load_list()
        member = world.practitioner()
        world.appoint(member)
        applicant = world.practitioner(
            last_name="Marchbanks", first_name="Elspeth", npi=None, birth_date=dt.date(1964, 3, 12)
        )
        world.application(applicant)
        stranger = world.practitioner(last_name="Nobody", npi=None)
        first = staff_screening.screen_everyone(actor=world.system)
        assert (first["people"], first["matches"]) == (2, 1)
        assert not ScreeningRun.objects.filter(practitioner=stranger).exists()
        assert staff_screening.screen_everyone(actor=world.system)["people"] == 0
        assert staff_screening.screen_everyone(actor=world.system, again=True)["people"] == 2
        assert ScreeningMatch.objects.count() == 1

    def test_one_by_one_and_all_at_once_find_the_same(self, world):
        world.load_list()
        people = [
            world.practitioner(last_name=last, first_name=first, npi=None, middle_name="", birth_date=born)
            for last, first, born in (
                ("Nunez", "Rosalba", None),
                ("Marigold", "Fenwick", dt.date(1959, 11, 30)),
                ("Thistlewood", "Edmund", dt.date(1950, 1, 5)),
                ("De la Mentira", "Anselm", dt.date(1961, 6, 15)),
                ("O'Fable", "Liora", dt.date(1982, 6, 6)),
            )
        ]
        for person in people:
            world.appoint(person)
        staff_screening.screen_everyone(actor=world.system)
        together = set(ScreeningMatch.objects.values_list("practitioner", "row", "match_class"))
        assert len(together) >= len(people)
        for person in people:
            run = screening.screen(actor=world.coordinator, practitioner=person)
            assert run.candidates >= 1
        assert set(ScreeningMatch.objects.values_list("practitioner", "row", "match_class")) == together

    def test_the_system_may_not_be_a_coordinator(self, world):
        with pytest.raises(Forbidden):
            staff_screening.screen_everyone(actor=world.user("Some Body", Role.LOOKUP))
