"""A run of questions while things break: nothing is lost, nothing doubled, and its page tells the truth.

Licences are asked about at boards that are played over HTTP, by a real worker. A worker is stopped where it
is wanted by what it waits for anyway: a row's lock, a board that takes its time.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import socket
from collections import Counter
from collections.abc import Callable, Iterator

import psutil
import pytest

from config.audit.models import AuditEvent
from config.kernel import clock
from credentialing.choices import Connector
from credentialing.models import ConnectedSource, OutboxMessage, SourceCall, VerificationRun
from credentialing.selectors.runs import progress
from credentialing.services import runs
from credentialing.services.automatic import sweep_after
from credentialing.sources.players import board as boards
from practitioners.models import Evidence, Practitioner
from practitioners.selectors.evidence import verify_everything
from tests.faults.gates import locked
from tests.services import Worker

AT_ONCE = dt.timedelta(0)


@pytest.fixture
def worker_modules() -> list[str]:
    return ["tests.faults.steps"]


def licence(number: str, last_name: str = "Quillfeather") -> dict:
    return {
        "licenseNumber": number,
        "holder": {"last": last_name, "first": "Marisol"},
        "status": {"text": "Active"},
        "firstIssued": "07/01/2012",
        "expiration": "06/30/2029",
    }


def number_of(index: int) -> str:
    return f"35.10000{index}"


@pytest.fixture
def staff(world) -> Callable[..., list[Practitioner]]:
    """``staff("OH", "OH")``: a member each, whose licence of that state ends in a month."""
    names = itertools.count(1)

    def appoint(*states: str) -> list[Practitioner]:
        made = []
        for state in states:
            index = next(names)
            person = world.practitioner(npi=None, first_name=f"Marisol{index}", birth_date=None)
            world.appoint(person)
            last = clock.today() + dt.timedelta(days=30)
            world.claim(person, "LICENSE", dt.date(2012, 7, 1), last, state=state, number=number_of(index))
            made.append(person)
        return made

    return appoint


def connect(state: str, address: str, **more) -> ConnectedSource:
    return ConnectedSource.objects.create(
        code=f"board-{state.lower()}",
        name=f"Board of {state}",
        connector=Connector.LICENCE_BOARD,
        state=state,
        address=address,
        reading=boards.READING,
        **more,
    )


@pytest.fixture
def ohio() -> Iterator[boards.Player]:
    with boards.start_player([licence(number_of(index)) for index in range(1, 7)]) as running:
        yield running


@pytest.fixture
def start(world) -> Callable[[], VerificationRun]:
    return lambda: runs.check_due(actor=world.coordinator, facility=world.facility, days=60)


def shown(run: VerificationRun) -> list[str]:
    """The states the page of the run shows now, in its order."""
    run.refresh_from_db()
    return [str(each.state) for each in progress(run, again_after=sweep_after()).steps]


def assert_each_answered_once(run: VerificationRun) -> None:
    run.refresh_from_db()
    assert run.ended_at is not None
    assert set(shown(run)) == {"answered"}
    steps = list(run.steps.all())
    assert Counter(Evidence.objects.values_list("pk", flat=True)) == Counter(
        step.evidence_id for step in steps
    )
    assert AuditEvent.objects.filter(verb="verification_run.answered").count() == len(steps)
    assert verify_everything() == []
    assert not OutboxMessage.objects.exists()


# -- where a worker stands -------------------------------------------------------------------------------


def kill_the_child(worker: Worker) -> None:
    """``kill -9`` of the process that does the task; the worker puts another one in its place."""
    children = psutil.Process(worker.process.pid).children()
    [child] = [each for each in children if "resource_tracker" not in " ".join(each.cmdline())]
    child.kill()
    child.wait(10)


# -- the worker --------------------------------------------------------------------------------------------


def test_killed_at_every_step_of_a_question(
    ohio, staff, start, celery_worker, gate, wait_until, nothing_left, somebody_waits_for_a_lock
):
    staff(*["OH"] * 5)
    board = connect("OH", ohio.address)
    written = gate("written")
    with locked(board):
        run = start()
        somebody_waits_for_a_lock()  # before it may ask: no question is in the log
        assert (shown(run), SourceCall.objects.count()) == (["waiting"] * 5, 0)
        ohio.behave("slow", times=1)
        kill_the_child(celery_worker)
    wait_until(lambda: ohio.requests)  # while the board is asked: the question stands there without an end
    assert Counter(shown(run)) == {"asking": 1, "waiting": 4}
    kill_the_child(celery_worker)
    wait_until(written.somebody_waits)  # after it was written, before the queue heard of it
    # The queue may hand out the one that was cut off next, or later: until then it still counts as asked.
    seen = Counter(shown(run))
    assert (seen["answered"], seen["asking"] + seen["waiting"], seen["asking"] <= 1) == (1, 4, True)
    assert Evidence.objects.count() == 1
    with locked(run):
        kill_the_child(celery_worker)
        written.open()
        somebody_waits_for_a_lock()  # in the middle of writing: nothing of it can be seen
        assert Counter(shown(run))["answered"] == 1
        assert Evidence.objects.count() == 1
        kill_the_child(celery_worker)
    wait_until(lambda: VerificationRun.objects.filter(pk=run.pk, ended_at__isnull=False).exists())
    nothing_left()
    assert_each_answered_once(run)
    # Cut off once in the asking and once in the writing: two questions more than licences, and no more.
    assert len(ohio.requests) == 5 + 2


def test_the_queue_is_emptied_in_the_middle(
    ohio, staff, start, celery_worker, queue, wait_until, nothing_left
):
    staff(*["OH"] * 4)
    connect("OH", ohio.address)
    ohio.behave("slow", times=1)
    run = start()
    wait_until(lambda: ohio.requests)
    celery_worker.kill()
    queue.flushdb()
    celery_worker.start()
    assert Counter(shown(run)) == {"asking": 1, "waiting": 3}
    assert runs.sweep_runs(older_than=sweep_after()) == 0  # it may still be under way
    for _ in range(2):  # two sweeps in a row queue the same work twice
        assert runs.sweep_runs(older_than=AT_ONCE) == 4
    wait_until(lambda: VerificationRun.objects.filter(pk=run.pk, ended_at__isnull=False).exists())
    nothing_left()
    assert_each_answered_once(run)
    assert len(ohio.requests) == 4 + 1


def test_sources_that_are_down_lie_or_turn_away(staff, start, celery_worker, wait_until, nothing_left):
    """First every board fails in its own way; an hour later they answer, one of them about somebody else."""
    manners = {"OH": "error", "IN": "garbage", "KY": "html", "MI": "busy"}
    staff(*manners, "WV", "PA")
    with contextlib.ExitStack() as stack:
        players = {
            state: stack.enter_context(boards.start_player([licence(number_of(index))]))
            for index, state in enumerate(manners, start=1)
        }
        for state, player in players.items():
            player.behave(manners[state])
            connect(state, player.address)
        port = free_port()
        connect("WV", f"http://127.0.0.1:{port}/licenses/?number={{number}}")  # nobody listens there
        other = stack.enter_context(boards.start_player([licence(number_of(6), "Somebody-Else")]))
        connect("PA", other.address, per_minute=1)
        run = start()
        wait_until(lambda: Counter(shown(run)) == {"again": 5, "answered": 1})
        nothing_left()
        assert reasons(run) == {
            "OH": "it answered with status 500",
            "IN": "its answer is no JSON",
            "KY": "its answer is no JSON",
            "MI": "it answered with status 429",
            "WV": "the connection failed",
        }
        # Somebody else's licence is found and said to differ; a person would not confirm it.
        [found] = run.steps.filter(outcome="answered")
        assert {row["field"] for row in found.findings["comparisons"] if row["agrees"] is False} == {
            "last_name",
            "last_valid_day",
        }
        assert Evidence.objects.count() == 1
        for player in players.values():
            player.behave()
        stack.enter_context(boards.start_player([licence(number_of(5))], port=port))
        assert runs.sweep_runs(older_than=AT_ONCE) == 5
        wait_until(lambda: VerificationRun.objects.filter(pk=run.pk, ended_at__isnull=False).exists())
        nothing_left()
        assert_each_answered_once(run)
        assert [each.tries for each in progress(run, again_after=sweep_after()).steps].count(2) == 5


def free_port() -> int:
    """A port nobody listens at now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def reasons(run: VerificationRun) -> dict[str, str]:
    """State -> why its board could not be checked, the beginning of the sentence of the page."""
    return {
        each.step.credential.state: each.sentence.removeprefix("Could not be checked: ")
        .partition(" (")[0]
        .rstrip(".")
        for each in progress(run, again_after=sweep_after()).steps
        if each.state == "again"
    }
