"""Compliance over everyone: it adds up, unknown is never compliant, and the same question gives the same
bytes.
"""

import datetime as dt
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.selectors.compliance import binding_parameters, compliance
from bylaws.services.compliance_runs import record_run
from config.home.selectors.today import queues_for
from config.kernel import clock
from config.kernel.errors import Forbidden
from config.rulebook.verdicts import Outcome
from tests.bylaws.world import NOON, TODAY
from tests.counting import EVERY_RULE

DAY = dt.timedelta(days=1)


@pytest.fixture
def staff(world):
    """Six members: licensed, lapsed, claimed only, honorary, on probation, without any record."""
    people = {
        name: world.practitioner(f"{name.capitalize()} Person")
        for name in ("licensed", "lapsed", "claimed", "honorary", "probation", "blank")
    }
    for name, practitioner in people.items():
        world.appoint(
            practitioner,
            category="honorary" if name == "honorary" else "active",
            department=world.medicine if name == "lapsed" else world.surgery,
        )
    world.licence(people["licensed"], dt.date(2024, 1, 1), dt.date(2027, 12, 31))
    world.licence(people["lapsed"], dt.date(2024, 1, 1), dt.date(2026, 2, 28))
    world.licence(people["claimed"], None, None, confirmed=False)
    world.licence(people["probation"], dt.date(2024, 1, 1), dt.date(2027, 12, 31), status="PROBATION")
    return people


def result(world, code="BL-LIC-1", **more):
    found = compliance(viewer=world.coordinator, facility=world.facility, on=more.pop("on", TODAY), **more)
    return next(each for each in found if each.rule.code == code)


def test_the_outcomes_add_up_to_the_population(world, staff):
    licence = result(world)
    assert licence.counts == {
        Outcome.MET: 2,
        Outcome.NOT_MET: 1,
        Outcome.UNKNOWN: 2,
        Outcome.NOT_APPLICABLE: 1,
    }
    assert licence.total == 6
    assert (licence.compliant, licence.concerned) == (2, 5)
    for each in compliance(viewer=world.coordinator, facility=world.facility, on=TODAY):
        assert sum(each.counts.values()) == each.total == len(each.population), each.rule.code
        assert each.total == 6 or not each.rule.about_people, each.rule.code


def test_another_day_has_its_own_population_and_answers(world, staff):
    assert result(world, on=dt.date(2025, 6, 30)).total == 0
    assert result(world, on=dt.date(2026, 2, 28)).counts[Outcome.NOT_MET] == 0
    assert result(world, on=dt.date(2026, 3, 1)).counts[Outcome.NOT_MET] == 1


def test_as_known_then(world, staff):
    with clock.freeze(NOON + 5 * DAY):
        world.licence(staff["lapsed"], dt.date(2026, 3, 1), dt.date(2028, 2, 29))
    assert result(world).counts[Outcome.NOT_MET] == 0
    assert result(world, known_at=NOON + DAY).counts[Outcome.NOT_MET] == 1


def test_it_is_for_those_who_watch_over_compliance(world):
    for user in (world.chair, world.members[0]):
        with pytest.raises(Forbidden):
            compliance(viewer=user, facility=world.facility, on=TODAY)


def test_more_people_cost_no_more_queries(world, staff):
    def cost():
        with CaptureQueriesContext(connection) as counted:
            compliance(viewer=world.coordinator, facility=world.facility, on=TODAY)
        return len(counted)

    cost()  # the roles of the viewer are read once
    before = cost()
    for number in range(10):
        world.appoint(world.practitioner(f"More People{number}"))
    assert cost() == before


# --- the page -------------------------------------------------------------------------------------------


@pytest.fixture
def ask(world, staff, client: Client):
    client.force_login(world.coordinator)

    def get(**asked):
        return client.get(reverse("bylaws:compliance"), asked)

    return get


def test_the_page_shows_what_needs_attention_and_the_counts(ask):
    assert ask().status_code == 200
    # Leaders who owe a disclosure fill the first page of all rules.
    answer = ask(rule="BL-LIC-1")
    text = answer.content.decode()
    assert "6 members with an appointment on 10 Mar 2026" in text
    assert (
        "2 of 5 comply" in text
    )  # the sixth has no licence duty: who is not concerned complies with nothing
    cards = answer.context["cards"]
    assert [card.attention for card in cards] == sorted((card.attention for card in cards), reverse=True)
    assert all(any(card.attention) for card in cards)
    met = answer.context["met_cards"]
    assert met
    assert not any(any(card.attention) for card in met)
    assert "Concerns nobody" in text
    assert f"{len(met)} rules with nothing to see to" in text
    answer = ask(rule="BL-LIC-1")
    text = answer.content.decode()
    assert "IL license 036.100200 ran out with 28 Feb 2026." in text
    assert "Blank Person, MD" in text
    shown = [(row.thing.rule.code, row.thing.judged.name) for row in answer.context["listing"].rows]
    assert ("BL-LIC-1", "Licensed Person, MD") not in shown


def test_the_parts_of_each_bar_add_up_to_the_whole(ask):
    answer = ask()
    for card in (*answer.context["cards"], *answer.context["met_cards"]):
        assert sum(part["number"] for part in card.parts) == card.result.total
        assert sum(float(part["width"].rstrip("%")) for part in card.parts) == pytest.approx(100, abs=0.01)


def names(answer):
    return [row.thing.practitioner.display_name for row in answer.context["listing"].rows]


def test_filters_narrow_the_findings(ask):
    assert names(ask(rule="BL-LIC-1", outcome="NOT_MET")) == ["Lapsed Person, MD"]
    assert len(names(ask(rule="BL-LIC-1", outcome="all"))) == 6
    assert names(ask(rule="BL-LIC-1", department="medicine")) == ["Lapsed Person, MD"]
    assert names(ask(rule="BL-LIC-1", outcome="NOT_APPLICABLE")) == ["Honorary Person, MD"]
    assert names(ask(rule="BL-LIC-1", on="2026-02-28", outcome="NOT_MET")) == []


@pytest.mark.parametrize(
    "asked", [{"on": "soon"}, {"known_at": "never"}, {"rule": "BL-NONE"}, {"department": "x"}, {"page": "99"}]
)
def test_bad_input_is_told_and_the_page_stands(ask, asked):
    answer = ask(**asked)
    assert answer.status_code == 200
    assert "6 members with an appointment" in answer.content.decode()


def test_a_day_before_the_records_is_not_known_and_one_out_of_reach_is_refused(ask):
    early = ask(on="2020-01-01").content.decode()
    assert "The records of Test Hospital begin on" in early
    assert "Who complied then is not known here." in early
    assert "0 of 0 comply" not in early
    for day in ("0001-01-01", "9999-12-31"):
        answer = ask(on=day)
        assert "cannot be " in answer.content.decode()
        assert "6 members with an appointment on 10 Mar 2026" in answer.content.decode()


def test_leaders_see_compliance_at_a_glance_and_today_counts_what_its_list_shows(world, staff):
    ceo = world.user("Cleo Chief", "chief_executive")
    record_run(actor=world.system, facility=world.facility)
    found = {queue.code: queue for queue in queues_for(ceo, world.facility)}
    for_a_time = {"volunteers_bylaws", "ending_bylaws"}
    expected = {"bylaws.glance", "bylaws.meetings", "bylaws.recommend", "custody_to_approve"} | for_a_time
    expected |= {"bylaws.acknowledge", "bylaws.ballots", "bylaws.requests_to_answer", "bylaws.my_follow_ups"}
    expected |= {"bylaws.my_disclosure"}
    assert set(found) == expected
    total, items = found["bylaws.glance"].items(ceo, world.facility, 40)
    assert total == len(items)
    licence = next(item for item in items if "rule=BL-LIC-1" in item.url)
    assert licence.detail.startswith("2 of 5 comply, 1 not met")
    broken = {queue.code: queue for queue in queues_for(world.coordinator, world.facility)}["bylaws.not_met"]
    listed = Client()
    listed.force_login(world.coordinator)
    page = listed.get(str(broken.more_url))
    assert len(page.context["listing"].rows) == broken.items(world.coordinator, world.facility, 8)[0]


def test_today_never_takes_what_was_not_recorded_for_compliance(world, staff):
    ceo = world.user("Cleo Chief", "chief_executive")
    for user, code in ((ceo, "bylaws.glance"), (world.coordinator, "bylaws.not_met")):
        queue = next(each for each in queues_for(user, world.facility) if each.code == code)
        total, items = queue.items(user, world.facility, 8)
        assert (total, [item.title for item in items]) == (1, ["Compliance was not recorded yet"])


def test_the_csv_holds_exactly_what_is_shown(ask):
    answer = ask(rule="BL-LIC-1", outcome="NOT_MET", format="csv")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").strip().splitlines()
    assert len(lines) == 2
    assert lines[1].startswith('"Lapsed Person, MD"')
    assert "2026-03-01" in lines[1]


def test_the_page_asks_each_kind_of_fact_once(ask):
    with CaptureQueriesContext(connection) as counted:
        assert ask().status_code == 200
    assert len(counted) <= EVERY_RULE


def test_the_numbers_that_bind_name_their_source_and_how_sure_they_are(world, client):
    client.force_login(world.coordinator)
    answer = client.get(reverse("bylaws:parameters"))
    text = answer.content.decode()
    assert "Longest term of an appointment" in text
    assert "Not confirmed - check before relying on it" in text
    groups = binding_parameters(viewer=world.coordinator, facility=world.facility, on=TODAY)
    terms = next(row for row in groups["Bylaws"] if row.definition.code == "bylaws.appointment_term_months")
    assert (terms.bound.value, terms.confidence.value) == (24, "unconfirmed")


# --- the command ----------------------------------------------------------------------------------------


def test_the_command_gives_the_same_bytes_twice(world, staff, capsys):
    asked = ("check_compliance", "--on", "2026-03-10", "--known-at", "2026-03-10T18:00:00Z", "--json")
    call_command(*asked)
    first = capsys.readouterr().out
    with clock.freeze(NOON + DAY):
        world.practitioner("Late Addition")
        call_command(*asked)
    assert capsys.readouterr().out == first
    data = json.loads(first)
    licence = next(rule for rule in data[0]["rules"] if rule["code"] == "BL-LIC-1")
    assert licence["counts"] == {"MET": 2, "NOT_MET": 1, "UNKNOWN": 2, "NOT_APPLICABLE": 1}
    assert len(licence["findings"]) == 6


def test_the_command_in_words(world, staff, capsys):
    call_command("check_compliance", "--facility", "TST")
    out = capsys.readouterr().out
    assert "Test Hospital (TST) on 2026-03-10" in out
    assert "BL-LIC-1 Current license in the state of the facility: 6 judged; 2 met, 1 not met" in out
    assert "Not met: Lapsed Person, MD" in out
    with pytest.raises(CommandError, match="is not a moment"):
        call_command("check_compliance", "--known-at", "yesterday")
