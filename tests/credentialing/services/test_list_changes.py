"""What a later load of a list means for what was found: left the list, corrected, our own facts changed."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from config.kernel import clock
from config.kernel.registries import queues
from config.rulebook.verdicts import Outcome
from credentialing.choices import ClearReason, Element, ItemStatus, MatchStatus
from credentialing.models import ListRow, ListSnapshot, ScreeningMatch, ScreeningRun
from credentialing.selectors.certificates import uncertified_months
from credentialing.services import certificates, exclusion_lists, matches, screening, staff_screening
from practitioners.choices import ContactKind
from practitioners.services.people import add_name, set_contact_point
from tests.credentialing.conftest import build_at_noon
from tests.credentialing.services.test_screening import leaf
from tests.credentialing.world import FIXTURES, NOON, TODAY, World
from tests.worlds import more_of

DAY = dt.timedelta(days=1)
PLANTED = (FIXTURES / "leie" / "planted.csv").read_text(encoding="utf-8").splitlines(keepends=True)


def load(world, path, **changes):
    """The planted list with, by last name, its line left out (None) or parts of it replaced."""
    lines = []
    for line in PLANTED:
        name = next((each for each in changes if f'"{each}"' in line), None)
        if name is None:
            lines.append(line)
        elif changes[name] is not None:
            for old, new in changes[name].items():
                assert old in line
                line = line.replace(old, new)
            lines.append(line)
    path.write_text("".join(lines))
    return exclusion_lists.load_leie(actor=world.system, path=path)


@more_of(build_at_noon)
def hospitals_with_listed_person(world: World) -> World:
    """``person``: somebody who stands on the list, found and not decided."""
    with clock.freeze(NOON):
        world.load_list()
        world.person = world.practitioner(
            last_name="Silverthorne", first_name="Agatha", middle_name="", npi=None,
            birth_date=dt.date(1966, 6, 6),
        )  # fmt: skip
        world.state_everything(world.person)
    return world


HOSPITALS = hospitals_with_listed_person


@pytest.fixture
def listed(world):
    return world.person


def today(world, code, limit=5):
    queue = next(each for each in queues.all() if each.code == f"credentialing-{code}")
    return queue.items(world.coordinator, world.facility, limit)


class TestARowThatLeft:
    def test_what_nobody_decided_stays_a_case(self, world, listed, tmp_path):
        application = world.accepted(listed)
        screening.screen(actor=world.coordinator, practitioner=listed)
        load(world, tmp_path / "next.csv", SILVERTHORNE=None)
        screening.screen(actor=world.coordinator, practitioner=listed)
        assert world.item(application, Element.EXCLUSION).status == ItemStatus.NOT_STARTED
        assert leaf(application).outcome is Outcome.UNKNOWN
        assert "1 possible match waits" in leaf(application).sentence
        total, [item] = today(world, "matches")
        assert total == 1
        assert "No longer on the list of 10 Mar 2026; decide it all the same." in item.detail
        matches.clear_match(
            actor=world.coordinator,
            match=ScreeningMatch.objects.get(),
            reason=ClearReason.REINSTATED,
            note="Letter of the OIG",
        )
        assert today(world, "matches") == (0, [])
        assert leaf(application).outcome is Outcome.MET

    def test_what_was_confirmed_stays_so(self, world, listed, tmp_path):
        application = world.accepted(listed)
        screening.screen(actor=world.coordinator, practitioner=listed)
        matches.confirm_match(actor=world.compliance, match=ScreeningMatch.objects.get(), note="SSN verified")
        load(world, tmp_path / "next.csv", SILVERTHORNE=None)
        screening.screen(actor=world.coordinator, practitioner=listed)
        assert "Confirmed on an exclusion list" in leaf(application).sentence
        assert world.item(application, Element.EXCLUSION).status == ItemStatus.VERIFIED_ADVERSE


class TestARowThatWasCorrected:
    def test_it_is_neither_new_nor_gone(self, world, listed, tmp_path):
        """A birth date and an address are part of what identifies a row of the OIG."""
        result = load(
            world,
            tmp_path / "next.csv",
            SILVERTHORNE={'"",""': '"",""', "1 NOWHERE LANE": "2 SOMEWHERE ROAD"},
            MARIGOLD={'FERNWICK","OH': 'ELSEWHERE","OH'},
            BRIGHTWATER=None,
        )
        assert (result.added, result.removed, result.changed) == (0, 1, 2)
        assert "0 added, 1 removed, 2 changed" in result.sentence
        row = ListRow.objects.get(last_name="SILVERTHORNE", removed_in=None)
        assert (row.replaces.address, row.replaces.removed_in) == ("1 NOWHERE LANE", result.snapshot)
        assert ListSnapshot.objects.get(number=2).changed == 2

    def test_an_undecided_match_goes_with_it(self, world, listed, tmp_path):
        screening.screen(actor=world.coordinator, practitioner=listed)
        match = ScreeningMatch.objects.get()
        load(world, tmp_path / "next.csv", SILVERTHORNE={"1 NOWHERE LANE": "2 SOMEWHERE ROAD"})
        screening.screen(actor=world.coordinator, practitioner=listed)
        again = ScreeningMatch.objects.get()
        assert (again.pk, again.row.address) == (match.pk, "2 SOMEWHERE ROAD")
        assert again.found_at == match.found_at

    def test_what_was_cleared_is_looked_at_again(self, world, listed, tmp_path):
        screening.screen(actor=world.coordinator, practitioner=listed)
        matches.clear_match(
            actor=world.coordinator,
            match=ScreeningMatch.objects.get(),
            reason=ClearReason.ADDRESS_HISTORY,
            note="Never in Ohio",
        )
        load(world, tmp_path / "next.csv", SILVERTHORNE={"1 NOWHERE LANE": "2 SOMEWHERE ROAD"})
        screening.screen(actor=world.coordinator, practitioner=listed)
        assert list(ScreeningMatch.objects.order_by("pk").values_list("status", flat=True)) == [
            MatchStatus.CLEARED,
            MatchStatus.NEW,
        ]

    def test_the_page_tells_it_and_whom_of_ours_it_touches(self, world, listed, tmp_path, client):
        world.appoint(listed)
        screening.screen(actor=world.coordinator, practitioner=listed)
        result = load(
            world,
            tmp_path / "next.csv",
            SILVERTHORNE={"1 NOWHERE LANE": "2 SOMEWHERE ROAD"},
            BRIGHTWATER=None,
        )
        client.force_login(world.coordinator)
        address = reverse("credentialing:list_changes", args=[result.snapshot.uid])
        page = client.get(address).content.decode()
        assert page.index("SILVERTHORNE, AGATHA") < page.index("BRIGHTWATER, IMOGEN")
        assert "Address: 1 NOWHERE LANE, now 2 SOMEWHERE ROAD" in page
        assert "Silverthorne, Agatha" in page
        removed = client.get(address + "?what=removed").content.decode()
        assert ("SILVERTHORNE" in removed, "BRIGHTWATER" in removed) == (False, True)
        ours = client.get(address + "?ours=0").content.decode()
        assert ("SILVERTHORNE" in ours, "BRIGHTWATER" in ours) == (True, False)


class TestOurOwnFacts:
    """What was cleared holds until what the person is compared by changes."""

    @pytest.fixture
    def cleared(self, world, listed):
        world.appoint(listed)
        screening.screen(actor=world.coordinator, practitioner=listed)
        match = ScreeningMatch.objects.get()
        return matches.clear_match(
            actor=world.coordinator, match=match, reason=ClearReason.SSN_VERIFIED_NOT_SAME, note="OIG site"
        )

    def test_nothing_changed(self, world, cleared):
        assert staff_screening.screen_everyone(actor=world.system)["people"] == 0
        assert staff_screening.screen_everyone(actor=world.system, again=True)["people"] == 1
        cleared.refresh_from_db()
        assert cleared.status == MatchStatus.CLEARED

    @pytest.mark.parametrize("what", ["birth date", "NPI", "address", "name"])
    def test_something_changed(self, world, listed, cleared, what):
        if what == "birth date":
            listed.birth_date = dt.date(1967, 6, 6)
        elif what == "NPI":
            listed.npi = "2000000101"
        elif what == "address":
            set_contact_point(
                actor=world.coordinator, practitioner=listed, kind=ContactKind.HOME,
                line_1="7 Elm Street", city="Columbus", state="OH", postal_code="43004",
            )  # fmt: skip
        else:
            add_name(
                actor=world.coordinator, practitioner=listed, kind="former", last_name="Lanternwood",
                first_name="Agatha",
            )  # fmt: skip
        listed.save()
        assert staff_screening.screen_everyone(actor=world.system)["people"] == 1
        cleared.refresh_from_db()
        assert (cleared.status, cleared.reviewed_by, cleared.cleared_identity) == (MatchStatus.NEW, None, "")
        assert staff_screening.screen_everyone(actor=world.system)["people"] == 0
        assert ScreeningRun.objects.count() == 2


class TestToday:
    def test_a_list_that_is_too_old(self, world, listed):
        for days, total in ((35, 0), (36, 1)):
            with clock.freeze(NOON + days * DAY):
                assert today(world, "lists-old")[0] == total
        with clock.freeze(NOON + 36 * DAY):
            _, [item] = today(world, "lists-old")
        assert (item.title, item.since) == ("OIG LEIE", TODAY)
        assert "more than 35 days old" in item.detail

    def test_people_whom_the_newest_list_has_not_met(self, world, listed, tmp_path):
        world.appoint(listed)
        total, [item] = today(world, "not-screened")
        assert (total, item.title) == (1, listed.display_name)
        staff_screening.screen_everyone(actor=world.system)
        assert today(world, "not-screened") == (0, [])
        load(world, tmp_path / "next.csv", BRIGHTWATER=None)
        assert today(world, "not-screened")[0] == 1

    def test_months_to_certify(self, world, listed):
        world.appoint(listed)
        staff_screening.screen_everyone(actor=world.system)
        assert today(world, "certify") == (0, [])
        with clock.freeze(dt.datetime(2026, 5, 2, 17, tzinfo=dt.UTC)):
            assert uncertified_months(world.facility) == [dt.date(2026, 4, 1)]  # nobody ever certified one
            certificates.certify_screening(
                actor=world.coordinator, facility=world.facility, month=dt.date(2026, 3, 1)
            )
        with clock.freeze(dt.datetime(2026, 6, 2, 17, tzinfo=dt.UTC)):
            assert uncertified_months(world.facility) == [dt.date(2026, 4, 1), dt.date(2026, 5, 1)]
            total, items = today(world, "certify")
            assert (total, [each.colour for each in items]) == (2, ["bad", "warn"])
