"""Pages of runs: started from a file or for what runs out, watched, cancelled, gone on with."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from credentialing.choices import Connector, Element, ItemStatus
from credentialing.models import ConnectedSource, RunStep, VerificationRun
from credentialing.services import automatic, runs
from credentialing.sources.players import board as boards
from credentialing.worklist.sources import runs_to_go_on_with
from tests.counting import HEADER
from tests.credentialing.services.test_sources import licence
from tests.credentialing.world import TODAY

DAY = dt.timedelta(days=1)


@pytest.fixture
def office(client, world):
    client.force_login(world.coordinator)
    return client


@pytest.fixture
def player():
    with boards.start_player([licence()]) as running:
        yield running


@pytest.fixture
def board(world, player):
    return ConnectedSource.objects.create(
        code="board-oh",
        name="Medical board of Ohio",
        connector=Connector.LICENCE_BOARD,
        state="OH",
        address=player.address,
        reading=boards.READING,
    )


@pytest.fixture
def application(world, board):
    """A file whose licence a machine can check, and nothing else."""
    person = world.practitioner(npi=None)
    world.state_everything(person)
    return world.signed(world.accepted(person))


@pytest.fixture
def run(world, application):
    return runs.check_application(actor=world.coordinator, application=application)


@pytest.fixture
def due(world, board):
    """A run over a licence that ends in twenty days."""
    person = world.practitioner()
    world.appoint(person)
    world.claim(person, "LICENSE", dt.date(2012, 7, 1), TODAY + 20 * DAY, state="OH", number="35.100001")
    return runs.check_due(actor=world.coordinator, facility=world.facility, days=60)


def page_of(office, run, **more):
    return office.get(reverse("credentialing:run", args=[run.uid]), **more).content.decode()


def ask(run):
    for step in run.steps.filter(outcome=""):
        if step.item is None:
            runs.ask_step(step.uid)
        else:
            automatic.verify_automatically(step.item.uid)


def on_today(world):
    """What the coordinator's Today page says of runs."""
    return [each.detail for each in runs_to_go_on_with(world.coordinator, world.facility, 5)[1]]


def after(office, answer) -> str:
    """The page a form leads to."""
    assert answer.status_code == 303
    return office.get(answer.headers["Location"]).content.decode()


def test_from_the_file_to_the_run_and_back(office, world, application):
    file = reverse("credentialing:file", args=[application.uid])

    def told_by_machine() -> str:  # fetched once the file stands
        return office.get(file, headers={"HX-Request": "true", "HX-Target": "machine"}).content.decode()

    assert '?show=machine"' in office.get(file).content.decode()
    assert "Check all that a machine can check" in told_by_machine()
    answer = office.post(reverse("credentialing:run_application", args=[application.uid]))
    run = VerificationRun.objects.get()
    assert answer.headers["Location"] == reverse("credentialing:run", args=[run.uid])
    told = told_by_machine()
    assert "Being checked by machine: 0 of 1" in told
    assert "Check all that a machine can check" not in told
    ask(run)
    assert "Last check by machine" in told_by_machine()


def test_refused_is_said_on_the_file(office, run, application):
    answer = office.post(reverse("credentialing:run_application", args=[application.uid]))
    assert "This file is being checked already." in after(office, answer)


def test_the_part_asks_for_itself_until_the_run_has_ended(office, run):
    part = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "run-progress"}
    told = page_of(office, run, **part)
    assert "<html" not in told
    assert 'hx-trigger="every 2s"' in told
    assert "0 of 1 questions" in told
    ask(run)
    told = page_of(office, run, **part)
    assert "hx-trigger" not in told
    assert "1 answered." in told
    assert "Review" in told


def test_what_could_not_be_checked_is_told_with_its_next_try(office, run, player):
    player.behave("html")
    ask(run)
    told = page_of(office, run)
    assert "Could not be checked yet" in told
    assert "13:10 EDT" in told  # the sweep waits ten minutes
    ask(run)
    ask(run)
    told = page_of(office, run)
    assert "1 could not be checked." in told
    assert "By hand" in told


def test_cancelling_says_what_it_does_first(office, run):
    address = reverse("credentialing:run_cancel", args=[run.uid])
    told = office.get(address).content.decode()
    assert "Stop after 0 of 1 questions?" in told
    assert "The question that waits is not asked any more" in told
    assert not RunStep.objects.exclude(outcome="").exists()
    assert "nothing more is asked" in after(office, office.post(address))
    assert RunStep.objects.get().item.status == ItemStatus.AWAITING
    again = office.post(address)
    assert again.status_code == 422
    assert "over already" in again.content.decode()


def test_the_list_is_narrowed_by_state(office, run):
    def listed(**asked):
        return "Quillfeather" in office.get(reverse("credentialing:runs"), asked).content.decode()

    assert [listed(), listed(state="under_way"), listed(state="done")] == [True, True, False]
    ask(run)
    assert [listed(state="under_way"), listed(state="done"), listed(state="unchecked")] == [
        False,
        True,
        False,
    ]
    assert [listed(state="cancelled"), listed(kind="due")] == [False, False]


def test_today_names_what_a_run_left(world, run, player):
    player.behave("html")
    for _ in range(3):
        ask(run)
    assert on_today(world) == ["1 could not be checked"]
    world.answer(world.item(run.application, Element.STATE_LICENSE))
    assert on_today(world) == []


def test_an_answer_about_what_runs_out_is_confirmed_by_a_person(office, world, due):
    ask(due)
    assert "Confirm" in page_of(office, due)
    assert on_today(world) == ["1 answer to confirm"]
    credential = due.steps.get().credential
    address = reverse("credentialing:verify", args=[credential.uid])
    form = office.get(address).context["form"]
    assert "license 35.100001 is &quot;Active&quot;" in office.get(address).content.decode()
    given = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    answer = office.post(address, given | {"compared": "on", "valid_from": "2012-07-01"})
    assert answer.status_code == 303, answer.context["form"].errors
    confirmed = credential.periods.live().get(standing="confirmed")
    assert (confirmed.end, confirmed.evidence) == (dt.date(2027, 6, 30), due.steps.get().evidence)
    assert on_today(world) == []


def test_started_for_what_runs_out(office, world, due):
    address = reverse("credentialing:run_due")
    answer = office.post(address, {"days": "60"})
    assert (answer.status_code, b"being checked already" in answer.content) == (422, True)
    ask(due)
    nobody = office.post(address, {"days": "nonsense"})
    assert nobody.status_code == 422
    assert office.post(address, {"days": "60"}).status_code == 303


def test_another_hospital_sees_nothing_of_it(client, world, run):
    client.force_login(world.user("Ola Other", "director", facility=world.other))
    for name in ("run", "run_cancel"):
        assert client.get(reverse(f"credentialing:{name}", args=[run.uid])).status_code == 404


def test_queries_do_not_grow_with_steps_nor_questions(office, world, due):
    few = int(office.get(reverse("credentialing:run", args=[due.uid])).headers[HEADER])
    person = due.steps.get().credential.practitioner
    numbers = [f"9.{number}" for number in range(5)]
    licences = [world.claim(person, "LICENSE", None, TODAY, state="OH", number=each) for each in numbers]
    source = ConnectedSource.objects.get(code="board-oh")
    for each in licences:
        step = RunStep.objects.create(run=due, credential=each, source="board-oh")
        step.calls.create(source=source, asked_at=due.started_at)
    many = int(office.get(reverse("credentialing:run", args=[due.uid])).headers[HEADER])
    assert many == few <= 14
