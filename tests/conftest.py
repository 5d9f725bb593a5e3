"""What every test stands on: real services, a database per process, no network, a browser if there is one."""

from __future__ import annotations

import gc
import ipaddress
import itertools
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.core.cache import cache
from django.core.servers.basehttp import WSGIRequestHandler
from django.db import connections
from django.template import Context, Template
from django.test import TransactionTestCase
from django.test.utils import _TestState
from django.utils.safestring import SafeString
from hypothesis import HealthCheck, settings

from config.embedded.errors import EmbeddedError
from config.settings.places import place_of_tests
from tests.browser import CHROMIUM, QUIET
from tests.searching import EXAMPLES
from tests.services import Services, Worker
from tests.worlds import commits, make_way, take_down

#: Folders and files with tests of many seconds, and then all the rest.
LONGEST = (
    "tests/journeys/test_walk_in",
    "tests/journeys/",
    "tests/benchmarks/",
    "tests/demo/",
    "tests/matrix/",
    "tests/platform/",
    "tests/faults/",
    "tests/config/custody/",
    "",
)
services_key = pytest.StashKey[Services]()
running_key = pytest.StashKey[pytest.Item]()
#: Among a handful of rows any order of joins is as good as the best, and looking for that is most of what
#: PostgreSQL does in a test. The answers are the same; benchmarks look for it.
AS_WRITTEN = "-c join_collapse_limit=3 -c from_collapse_limit=3"


# A run of the suite draws the same examples each time: it speaks of the change, not of chance. With
# STANDING_EXAMPLES it searches on, so many new ones for each property. How long one takes says how busy the
# machine is, and nothing of what is tested.
settings.register_profile(
    "standing",
    max_examples=EXAMPLES or 100,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("standing")


# -- services ------------------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    worker = getattr(config, "workerinput", {}).get("workerid", "gw0")
    config.stash[services_key] = Services(worker)
    _forbid_the_network()
    # Whatever a test stores is flushed to the disk, file and folder, 5 ms each; in memory that is nothing.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(place_of_tests()))
    # The browser's driver keeps an event loop in the thread of the test; Django would take each query for one
    # made inside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    # The server of the journeys sends head and body one after the other. Without this the body is kept back
    # until the browser has confirmed the head, which it puts off: 40 ms for each answer.
    WSGIRequestHandler.disable_nagle_algorithm = True


def pytest_sessionstart(session: pytest.Session) -> None:
    """The process that starts test workers holds the services throughout; a single one when needed."""
    distributing = getattr(session.config.option, "dist", "no") != "no"
    if distributing and not hasattr(session.config, "workerinput") and not session.config.option.collectonly:
        try:
            session.config.stash[services_key].start()
        except EmbeddedError as error:
            pytest.exit(str(error), returncode=1)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    session.config.stash[services_key].stop()


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was collected stays to the end; searching it for garbage is a twentieth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def services(request: pytest.FixtureRequest) -> Services:
    """The services of this run; see ``tests/services.py``."""
    return request.config.stash[services_key]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """What is taken down knows which test it was, and what the test does not start from goes."""
    item.config.stash[running_key] = item
    make_way(item)
    services = item.config.stash[services_key]
    if services.soiled and not starts_from_a_copy(item):
        services.fresh_database()


def starts_from_a_copy(item: pytest.Item) -> bool:
    """Whether the test brings its database: a journey has a copy of the journeys' hospital."""
    return "tests/journeys/" in item.nodeid and "hospital" in item.fixturenames and commits(item)


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    services: Services,
    django_test_environment: None,
    django_db_blocker: Any,
) -> Iterator[None]:
    """A clone of the migrated template for this process, and a new one for the test after one that commits.

    Django would truncate the tables after such a test. The application's role may not, and rows that
    migrations wrote would be gone too. Cloning takes a second: a test that is marked ``leaves_nothing`` hands
    its database on, and is held to it.
    """
    for alias in connections:
        connections[alias].settings_dict["OPTIONS"]["options"] += f" {AS_WRITTEN}"
        # A new connection learns the schema anew: a third of what a page costs. The threads that serve a
        # browser keep theirs as long as the browser keeps its line.
        connections[alias].settings_dict["CONN_MAX_AGE"] = None
    services.fresh_database()
    with django_db_blocker.unblock():
        at_first = services.rows_by_table()
    ordinary = TransactionTestCase._fixture_teardown

    def clone_again(self: TransactionTestCase) -> None:
        if request.config.stash[running_key].get_closest_marker("leaves_nothing"):
            connections.close_all()
            found = services.rows_by_table()
            if found == at_first:
                return
            services.fresh_database()
            left = [table for table, rows in found.items() if rows != at_first.get(table)]
            raise AssertionError(f"Said to leave nothing, and left other rows in {', '.join(left)}.")
        services.soiled = True

    TransactionTestCase._fixture_teardown = clone_again  # type: ignore[method-assign]
    yield
    TransactionTestCase._fixture_teardown = ordinary  # type: ignore[method-assign]
    take_down()
    with django_db_blocker.unblock():
        services.drop_database()


@pytest.fixture(scope="session", autouse=True)
def _a_page_keeps_one_context(django_test_environment: None) -> Iterator[None]:
    """Of a page's templates only the outermost tells the test client what it was given.

    Django's test client copies the context of every included part as well, a sixth of all the time that
    tests of pages take, and no test looks at those.
    """
    instrumented = Template._render
    plain = _TestState.saved_data.template_render

    def render(self: Template, context: Context) -> SafeString:
        return (instrumented if context.template is self else plain)(self, context)

    Template._render = render  # type: ignore[method-assign]
    yield
    Template._render = instrumented  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Rate limits count in the cache; one test's attempts are not another's."""
    yield
    cache.clear()


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this test's own, numbered.

    pytest's own looks through the folders of all tests before for a name that is free: milliseconds for each
    of thousands of tests.
    """
    name = re.sub(r"\W+", "-", request.node.name)[:40]
    folder = tmp_path_factory.getbasetemp() / f"{next(_numbers)}-{name}"
    folder.mkdir(mode=0o700)
    return folder


_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def _own_checkpoints(settings: Any, tmp_path: Path) -> None:
    """The chains of one test are not what another's checkpoints were written about."""
    settings.STANDING_CHECKPOINTS = tmp_path / "checkpoints"


@pytest.fixture(scope="session")
def valkey_url(services: Services) -> str:
    """The address of this process's queue."""
    return services.redis_url


@pytest.fixture
def queue(services: Services) -> Iterator[redis.Redis]:
    """This process's queue as a client of Valkey sees it, empty at first and afterwards."""
    client = services.valkey()
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


@pytest.fixture
def worker_modules() -> list[str]:
    """Modules with tasks of the test's own, for its worker to import; override it where there are any."""
    return []


@pytest.fixture
def worker_environment() -> dict[str, str]:
    """What the test's worker is told besides its database and queue; override it where there is something."""
    return {}


@pytest.fixture
def celery_worker(
    services: Services,
    queue: redis.Redis,
    transactional_db: None,
    worker_modules: list[str],
    worker_environment: dict[str, str],
    tmp_path: Path,
) -> Iterator[Worker]:
    """A real worker on this test's database and queue; it may be killed and started again.

    The test's rows must be committed for the worker to see them, hence ``transactional_db``.
    """
    worker = Worker(services, tmp_path / "worker", worker_modules, worker_environment)
    worker.start()
    yield worker
    worker.kill()  # whatever it is doing now, nobody looks at it any more; a polite stop takes seconds


@pytest.fixture
def wait_until() -> Callable[..., Any]:
    """``wait_until(condition, within=20)``: the first true answer of ``condition``, or a failure."""

    def wait(condition: Callable[[], Any], *, within: float = 20.0) -> Any:
        deadline = time.monotonic() + within
        while not (answer := condition()):
            if time.monotonic() > deadline:
                raise AssertionError(f"Not within {within:.0f} s: {condition}")
            time.sleep(0.02)
        return answer

    return wait


# -- network -------------------------------------------------------------------------------------------------


class NetworkForbidden(OSError):
    """A test tried to reach something outside this machine."""


#: What this test tried to reach. The refusal looks like a network failure to the code that is tested, and
#: such code may well swallow it; hence the list.
attempts: list[str] = []


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    attempts.clear()
    yield
    assert attempts == [], "Tests do not leave this machine; play the source with a local server."


def _forbid_the_network() -> None:
    """Only this machine's own addresses may be reached from a test."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def check(sock: socket.socket, address: Any) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6) and not _is_local(address[0]):
            attempts.append(f"{address[0]}:{address[1]}")
            raise NetworkForbidden(f"Tests do not reach {address[0]}.")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        check(self, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        check(self, address)
        return connect_ex(self, address)

    socket.socket.connect = guarded_connect  # type: ignore[method-assign]
    socket.socket.connect_ex = guarded_connect_ex  # type: ignore[method-assign]


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


# -- browser -------------------------------------------------------------------------------------------------


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Journeys stand aside, and say so, where there is no browser; REQUIRE_BROWSER=1 makes that a failure.

    What takes long comes first: one long file at the end, and every process but one has nothing to do.
    """
    items.sort(key=lambda item: next(place for place, each in enumerate(LONGEST) if each in item.nodeid))
    journeys = [item for item in items if "page" in item.fixturenames or "browser" in item.fixturenames]
    for item in journeys:
        item.add_marker(pytest.mark.journey)
    if not journeys or CHROMIUM:
        return
    if os.environ.get("REQUIRE_BROWSER") == "1":
        raise pytest.UsageError("REQUIRE_BROWSER=1, but there is no chromium. Install it or set CHROMIUM.")
    for item in journeys:
        items.remove(item)
    config.hook.pytest_deselected(items=journeys)
    print(f"\n{len(journeys)} browser journeys stand aside: no chromium here (set CHROMIUM to its path).")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": QUIET}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "en-US", "timezone_id": "UTC", "reduced_motion": "reduce"}
