"""Runs: a row for each question before anything is asked, ended once; how far they are follows from rows."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, InternalError, transaction

from bylaws.models import BarPeriod
from config.audit.choices import JobStatus
from config.audit.models import JobRun
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from credentialing.choices import Connector, Element, ItemStatus, StepState
from credentialing.models import ConnectedSource, RunStep, VerificationRun
from credentialing.selectors import runs as selectors
from credentialing.services import applications, automatic, runs, verification
from credentialing.services.nightly import run_nightly
from credentialing.services.queue import resting
from credentialing.sources.players import board as boards
from credentialing.sources.players import nppes
from practitioners.models import Evidence
from tests.credentialing.files import hospitals_with_person
from tests.credentialing.services.test_sources import licence
from tests.credentialing.world import FIXTURES, NOON

HOSPITALS = hospitals_with_person

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def registry(settings):
    with nppes.start_player(nppes.load_records(FIXTURES / "nppes" / "registry.json")) as running:
        settings.NPPES_API_URL = running.url
        yield running


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
        failures_before_rest=5,
    )


@pytest.fixture
def application(world, registry, board):
    """A file whose NPI and licence a machine can check."""
    return world.signed(world.accepted())


def start(world, application):
    return runs.check_application(actor=world.coordinator, application=application)


def carry_on(run):
    """What the workers do with what is open."""
    for step in RunStep.objects.filter(run=run, outcome="").select_related("item"):
        if step.item is None:
            runs.ask_step(step.uid)
        else:
            automatic.verify_automatically(step.item.uid)
    run.refresh_from_db()


def shown(run):
    return selectors.progress(run, again_after=automatic.sweep_after())


def states_of(run):
    return [str(each.state) for each in shown(run).steps]


class TestApplication:
    def test_everything_a_machine_can_check_is_a_row_before_it_is_asked(self, world, application, registry):
        run = start(world, application)
        assert [step.item.element for step in run.steps.all()] == [Element.STATE_LICENSE, Element.NPI]
        assert states_of(run) == ["waiting", "waiting"]
        assert (registry.requests, shown(run).done, shown(run).working) == ([], 0, True)

    def test_it_ends_with_its_last_answer(self, world, application):
        run = start(world, application)
        [first, second] = run.steps.all()
        automatic.verify_automatically(first.item.uid)
        run.refresh_from_db()
        assert (states_of(run), run.ended_at) == (["answered", "waiting"], None)
        automatic.verify_automatically(second.item.uid)
        run.refresh_from_db()
        assert states_of(run) == ["answered", "answered"]
        assert run.ended_at == NOON
        assert [each.tries for each in shown(run).steps] == [1, 1]
        assert shown(run).steps[0].sentence.startswith("Medical board of Ohio: license 35.100001")

    def test_what_fails_is_tried_again_and_then_honestly_left_to_a_person(self, world, application, player):
        player.behave("html")
        run = start(world, application)
        carry_on(run)
        assert states_of(run) == ["again", "answered"]
        assert shown(run).steps[0].next_try == NOON + automatic.sweep_after()
        assert "Could not be checked: " in shown(run).steps[0].sentence
        carry_on(run)
        assert (states_of(run)[0], run.ended_at) == ("again", None)
        carry_on(run)
        assert (states_of(run), run.ended_at) == (["could_not_check", "answered"], NOON)
        assert [each.tries for each in shown(run).steps] == [3, 1]
        assert [left.unchecked for left in selectors.runs_left(world.coordinator, world.facility)] == [1]
        world.answer(run.steps.first().item)  # by hand
        assert not selectors.runs_left(world.coordinator, world.facility)

    def test_a_source_left_alone_is_said_with_its_hour(self, world, application, player, board):
        board.failures_before_rest = 1
        board.save()
        player.behave("html")
        run = start(world, application)
        carry_on(run)
        carry_on(run)
        [held, _] = shown(run).steps
        assert (held.state, held.tries) == (StepState.HELD, 1)
        assert held.next_try == NOON + board.rest_minutes * MINUTE
        assert len(player.requests) == 1

    def test_cancelled_keeps_what_was_answered_and_asks_nothing_more(self, world, application, registry):
        run = start(world, application)
        [first, second] = run.steps.all()
        automatic.verify_automatically(first.item.uid)
        runs.cancel_run(actor=world.colleague, run=run)
        run.refresh_from_db()
        assert (states_of(run), run.cancelled_by) == (["answered", "cancelled"], world.colleague)
        second.item.refresh_from_db()
        assert second.item.status == ItemStatus.AWAITING
        assert automatic.verify_automatically(second.item.uid) == "nothing to ask"
        assert registry.requests == []
        with pytest.raises(Refused, match="over already"):
            runs.cancel_run(actor=world.coordinator, run=run)

    def test_an_answer_under_way_when_it_is_cancelled_is_not_taken(self, world, application):
        run = start(world, application)
        item = run.steps.last().item
        asked_at = item.requested_at
        reply = automatic.sources.ask(automatic.sources.known_source("nppes"), {"npi": "2000000101"})
        runs.cancel_run(actor=world.coordinator, run=run)
        assert automatic.write_reply(item, reply, asked_at=asked_at) == "answered meanwhile"
        assert Evidence.objects.get().source_kind == "self"  # the signature alone

    def test_what_a_person_settles_meanwhile_is_over_too(self, world, application):
        run = start(world, application)
        [first, second] = run.steps.all()
        world.answer(first.item)
        automatic.verify_automatically(second.item.uid)
        run.refresh_from_db()
        assert (states_of(run), run.ended_at) == (["overtaken", "answered"], NOON)

    def test_a_withdrawn_file_ends_its_run_with_the_next_sweep(self, world, application):
        run = start(world, application)
        applications.withdraw(actor=world.coordinator, application=application, reason="Moved away.")
        assert runs.sweep_runs(older_than=MINUTE) == 0
        run.refresh_from_db()
        assert (states_of(run), run.ended_at) == (["overtaken", "overtaken"], NOON)

    def test_one_at_a_time_and_only_when_there_is_something(self, world, application):
        run = start(world, application)
        with pytest.raises(Refused, match="being checked already"):
            start(world, application)
        carry_on(run)
        with pytest.raises(Refused, match="Nothing in this file"):
            start(world, application)
        draft = world.application(world.practitioner(npi="1234567893", last_name="Other"))
        with pytest.raises(Refused, match="once its application is accepted"):
            start(world, draft)
        with pytest.raises(Forbidden):
            runs.check_application(actor=world.lookup, application=application)
        with pytest.raises(Forbidden):
            runs.cancel_run(actor=world.lookup, run=run)

    def test_what_a_person_waits_for_is_asked_again(self, world, application):
        item = world.item(application, Element.NPI)
        verification.give_up_asking(actor=world.system, item=item, note="Down.")
        run = start(world, application)
        item.refresh_from_db()
        assert item.status == ItemStatus.REQUESTED
        carry_on(run)
        assert states_of(run) == ["answered", "answered"]


class TestDue:
    @pytest.fixture
    def licence(self, world, board):
        """The licence of somebody on the staff; it ends in a month."""
        person = world.practitioner(npi=None)
        world.appoint(person)
        last = NOON.date() + 30 * dt.timedelta(days=1)
        return world.claim(
            person, "LICENSE", dt.date(2012, 7, 1), last, state="OH", number="35.100001", issuer="The board"
        )

    @pytest.fixture
    def run(self, world, licence):
        return runs.check_due(actor=world.coordinator, facility=world.facility, days=60)

    def test_the_board_answers_and_a_person_confirms(self, world, licence, run):
        assert runs.ask_step(run.steps.get().uid) == "answered"
        run.refresh_from_db()
        [step] = shown(run).steps
        assert (step.state, step.tries, run.ended_at) == (StepState.ANSWERED, 1, NOON)
        assert step.step.findings["valid_through"] == "2027-06-30"
        assert step.step.evidence == Evidence.objects.get()
        assert [left.to_confirm for left in selectors.runs_left(world.coordinator, world.facility)] == [1]
        assert licence.periods.live().get().standing == "claimed"
        assert selectors.answer_to_confirm(licence) == step.step

    def test_asked_twice_answered_once(self, world, run):
        step = run.steps.select_related("credential__practitioner", "run__facility").get()
        for word in ("answered", "nothing to ask"):
            assert runs.ask_step(step.uid) == word
        source = automatic.sources.known_source("board-oh")
        reply = automatic.sources.ask(source, {"number": "35.100001", "state": "OH"}, step=step)
        assert runs.write_step_reply(actor=world.system, step=step, reply=reply) == "answered meanwhile"
        assert Evidence.objects.count() == 1

    def test_after_as_many_failures_as_the_parameter_says_a_person_goes_on(self, world, run, player):
        player.behave("html")
        for expected in ("again", "again", "could_not_check"):
            assert runs.ask_step(run.steps.get().uid) == "could not be checked"
            assert states_of(run) == [expected]
        assert [left.unchecked for left in selectors.runs_left(world.coordinator, world.facility)] == [1]

    def test_the_sweep_takes_up_what_a_killed_worker_left(self, run):
        step = run.steps.get()
        step.calls.create(source=ConnectedSource.objects.get(), asked_at=NOON)  # ... and the power went
        assert states_of(run) == ["asking"]
        assert runs.sweep_runs(older_than=automatic.sweep_after()) == 0
        with clock.freeze(NOON + 11 * MINUTE), resting():
            assert states_of(run) == ["waiting"]
            assert "cut off" in shown(run).steps[0].sentence
            assert runs.sweep_runs(older_than=automatic.sweep_after()) == 1
            assert runs.ask_step(step.uid) == "answered"
            assert runs.sweep_runs(older_than=automatic.sweep_after()) == 0

    def test_a_source_that_is_switched_off_leaves_it_to_a_person(self, run, board):
        board.active = False
        board.save()
        assert runs.ask_step(run.steps.get().uid) == "left to a person"
        assert states_of(run) == ["could_not_check"]

    def test_cancelled_asks_nothing_more(self, world, run, player):
        runs.cancel_run(actor=world.coordinator, run=run)
        assert states_of(run) == ["cancelled"]
        assert runs.ask_step(run.steps.get().uid) == "nothing to ask"
        assert player.requests == []

    def test_one_at_a_time_and_only_when_something_is_due(self, world, run):
        with pytest.raises(Refused, match="being checked already"):
            runs.check_due(actor=world.coordinator, facility=world.facility, days=60)
        runs.ask_step(run.steps.get().uid)
        with pytest.raises(Refused, match="No license that ends within 7 days"):
            runs.check_due(actor=world.coordinator, facility=world.facility, days=7)
        with pytest.raises(Forbidden):
            runs.check_due(actor=world.coordinator, facility=world.other, days=60)

    def test_the_night_asks_about_what_ends_once_a_week_and_on_the_day_it_ended(self, world, licence, player):
        def night(days):
            with clock.freeze(NOON + days * dt.timedelta(days=1)), resting():
                run_nightly(actor=world.system)
                for step in RunStep.objects.filter(outcome=""):
                    runs.ask_step(step.uid)
            rows = JobRun.objects.filter(job="licenses-at-their-end", key__startswith="fernwick:")
            return rows.order_by("-pk").values_list("status", "counts").first()

        asked = {}
        for days in (0, 1, 7, 29, 30, 31, 32, 38):
            status, counts = night(days)
            assert status == JobStatus.DONE
            asked[days] = counts["asked"]
        # It ends on day 30. On day 31 it has ended, though the board answered two days before.
        assert asked == {0: 1, 1: 0, 7: 1, 29: 1, 30: 0, 31: 1, 32: 0, 38: 1}
        assert not BarPeriod.objects.exists()

    def test_a_board_that_is_down_stops_nobodys_privileges(self, world, licence, player):
        player.behave("html")
        with clock.freeze(NOON + 31 * dt.timedelta(days=1)):
            assert runs.check_ending(actor=world.system, facility=world.facility) == {"asked": 1}
            runs.ask_step(RunStep.objects.get().uid)
            said = runs.check_ending(actor=world.system, facility=world.facility)
        assert said == {"asked": 0}  # it is being asked about
        assert not BarPeriod.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "answered"},  # without the moment
        {"outcome": "asking", "ended_at": NOON},  # no end at all
        {"item": None},  # about nothing
    ],
)
def test_the_database_holds_the_shape_of_a_step(world, application, change):
    run = start(world, application)
    with pytest.raises(IntegrityError), transaction.atomic():
        RunStep.objects.filter(pk=run.steps.first().pk).update(**change)


def test_what_ended_stays_as_it_is(world, application):
    run = start(world, application)
    carry_on(run)
    for rows, change in (
        (RunStep.objects.filter(run=run), {"outcome": "could_not_check"}),
        (VerificationRun.objects.filter(pk=run.pk), {"ended_at": None}),
    ):
        with pytest.raises(InternalError), transaction.atomic():
            rows.update(**change)
