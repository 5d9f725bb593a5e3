"""Loading the exclusion list, screening under every name, reviewing what is found."""

from __future__ import annotations

import datetime as dt

import pytest

from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.rulebook.verdicts import Outcome
from credentialing.choices import MatchClass
from credentialing.models import ListRow, ListSnapshot, ScreeningMatch, ScreeningRun
from credentialing.selectors.gate import completeness
from credentialing.services import exclusion_lists, screening, staff_screening
from practitioners.importing.rejections import UnusableFile
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


class TestGate:
    def test_for_a_decision_to_come_the_screening_is_fresh_today(self, world):
        world.load_list()
        application = world.accepted(scheduled_decision_on=TODAY + dt.timedelta(days=60))
        screening.screen(actor=world.coordinator, practitioner=application.practitioner)
        assert leaf(application).outcome is Outcome.MET
        with clock.freeze(NOON + dt.timedelta(days=60)):
            assert leaf(application).outcome is Outcome.NOT_MET


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
