"""Exclusion lists fetched from their publishers: where they changed, and whole or not at all."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from config.audit.choices import JobStatus
from config.audit.models import JobRun
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from credentialing.choices import CallOutcome, Connector, ListKind, SourceHealth
from credentialing.forms.sources import ConnectedSourceForm
from credentialing.models import ConnectedSource, ListRow, ListSnapshot
from credentialing.selectors.screening_lists import FETCH_JOB
from credentialing.selectors.sources import state_of
from credentialing.services import list_fetching
from credentialing.services.sources import SHIPPED, known_source
from credentialing.sources.base import HttpFetcher, ReplyKind
from credentialing.sources.lists import ListSource, addresses_on
from credentialing.sources.players.lists import start_player
from tests.credentialing.world import FIXTURES, NOON, TODAY

LEIE = (FIXTURES / "leie" / "planted.csv").read_bytes()
STATE = FIXTURES / "state"
HEAD, *_ = LEIE.splitlines(keepends=True)
FAST = HttpFetcher(timeout=0.3, deadline=1, attempts=2, backoff=0, backoff_max=0, max_bytes=4_000_000)
DAY = dt.timedelta(days=1)
#: A list long enough for a file that is cut to be told from one that is not.
LONG = HEAD + b"".join(
    LEIE.splitlines(keepends=True)[1].replace(b"NUNEZ", f"LISTED{number:03}".encode()) for number in range(80)
)


@pytest.fixture
def publisher():
    with start_player(LONG, slow_seconds=5) as running:
        yield running


@pytest.fixture
def source(world, publisher):
    """The list of the OIG, at an address an administrator confirmed."""
    return ConnectedSource.objects.create(
        code="list-leie", name="OIG LEIE", connector=Connector.EXCLUSION_LIST, list_kind=ListKind.LEIE,
        address=publisher.url, address_confirmed=True, failures_before_rest=2,
    )  # fmt: skip


def fetch(world, source) -> JobRun:
    run = list_fetching.ask_to_fetch(actor=world.coordinator, source=source)
    list_fetching.fetch(str(run.uid), fetcher=FAST)
    run.refresh_from_db()
    return run


def outcomes(source) -> list[str]:
    return [str(call.outcome) for call in source.calls.order_by("pk")]


class TestFetching:
    def test_what_came_whole_is_loaded(self, world, source, publisher):
        run = fetch(world, source)
        assert (run.status, run.message.partition(";")[0]) == (JobStatus.DONE, "80 rows read")
        load = ListSnapshot.objects.get()
        assert (load.exclusion_list.code, load.data_date) == ("leie", TODAY)
        assert (load.fetched_from, load.etag) == (publisher.url, publisher.etag)
        assert outcomes(source) == [CallOutcome.FOUND]
        assert list_fetching.fetch(str(run.uid)) == "nothing to do"

    def test_it_is_asked_whether_it_changed(self, world, source, publisher):
        fetch(world, source)
        run = fetch(world, source)
        assert publisher.headers[-1]["If-None-Match"] == publisher.etag
        assert (run.status, "did not change" in run.message) == (JobStatus.DONE, True)
        assert outcomes(source) == [CallOutcome.FOUND, CallOutcome.UNCHANGED]
        publisher.content = LONG + LEIE.splitlines(keepends=True)[2]
        assert "81 rows read; 1 added" in fetch(world, source).message
        assert ListSnapshot.objects.count() == 2

    def test_the_version_of_a_file_a_person_brought_is_not_known(self, world, source, publisher):
        world.load_list()
        publisher.content = LEIE
        run = fetch(world, source)
        assert "If-None-Match" not in publisher.headers[-1]
        assert "is the current list already" in run.message

    @pytest.mark.parametrize(
        ("behaviour", "told"),
        [
            ("error", "it answered with status 500"),
            ("busy", "it answered with status 429"),
            ("redirect", "it answered with a redirection"),
            ("drop", "the connection failed"),
            ("stall", "it did not answer in time"),
            ("huge", "longer than 4000000 bytes"),
            ("html", "what came is not the list"),
        ],
    )
    def test_whatever_goes_wrong_the_list_in_force_stays(self, world, source, publisher, behaviour, told):
        fetch(world, source)
        publisher.content = LONG + LEIE.splitlines(keepends=True)[2]
        publisher.behave(behaviour)
        run = fetch(world, source)
        assert run.status == JobStatus.FAILED
        assert told in run.message
        assert run.message.endswith("The list in force stays.")
        assert ListRow.objects.filter(removed_in=None).count() == 80
        assert outcomes(source)[-1] == CallOutcome.COULD_NOT_CHECK

    def test_half_a_file_that_looks_whole_is_refused(self, world, source, publisher):
        """Nobody looks at a file a machine fetched: a tenth of the list gone is more than a month takes."""
        fetch(world, source)
        publisher.content = b"".join(LONG.splitlines(keepends=True)[:72])
        run = fetch(world, source)
        assert run.status == JobStatus.FAILED
        assert "80 rows and the file would leave 71: it is probably cut off" in run.message
        assert ListRow.objects.filter(removed_in=None).count() == 80
        publisher.content = b"".join(LONG.splitlines(keepends=True)[:73])
        assert fetch(world, source).status == JobStatus.DONE

    def test_a_publisher_that_lies_about_what_changed(self, world, source, publisher, tmp_path):
        """It says "unchanged" though nobody said which version is there."""
        real = publisher.respond
        publisher.respond = lambda query, headers: real(query, {"If-None-Match": publisher.etag})
        run = fetch(world, source)
        assert "nothing changed, which was not asked" in run.message
        assert not ListSnapshot.objects.exists()

    def test_one_that_fails_is_left_alone_and_its_health_shows(self, world, source, publisher):
        publisher.behave("error")
        for _ in range(2):
            fetch(world, source)
        asked = len(publisher.requests)
        assert state_of(source).rest.health == SourceHealth.RESTING
        run = fetch(world, source)
        assert "is left alone. The list in force stays." in run.message
        assert len(publisher.requests) == asked

    def test_a_states_list_by_its_mapping(self, world, publisher):
        publisher.content = (STATE / "planted.csv").read_bytes()
        ohio = ConnectedSource.objects.create(
            code="list-oh", name="Ohio", connector=Connector.EXCLUSION_LIST, list_kind=ListKind.STATE,
            state="OH", mapping=(STATE / "lakeland.yaml").read_text(), address=publisher.url,
            address_confirmed=True,
        )  # fmt: skip
        run = fetch(world, ohio)
        assert run.status == JobStatus.DONE
        assert len(run.counts["rejected"]) == 1
        assert ListSnapshot.objects.get().exclusion_list.code == "state-oh"

    def test_a_file_whose_name_bears_the_day(self, publisher, tmp_path):
        publisher.content = LEIE
        asked = addresses_on(publisher.url.rstrip("/") + "{DD}/", TODAY)
        assert [each[-3:] for each in asked] == ["10/", "09/", "08/", "07/", "06/"]
        assert addresses_on("https://list.example/X_{YYDDD}.ZIP", TODAY)[0].endswith("X_26069.ZIP")
        # The player knows no dated name: every day answers 404, and the last one is told.
        reply = ListSource("x", "X", asked[0][:-3] + "{DD}/", lambda path: None, FAST).look_up(
            {"into": str(tmp_path / "list")}, obtained_at=NOON
        )
        assert (reply.kind, reply.reason) == (ReplyKind.COULD_NOT_CHECK, "it answered with status 404")


class TestWhoAndWhen:
    def test_nothing_is_fetched_from_an_address_nobody_confirmed(self, world):
        for code in ("list-leie", "list-sam"):
            assert SHIPPED[code]["address"].startswith("https://")
            with pytest.raises(Refused, match="a suggestion nobody confirmed"):
                list_fetching.ask_to_fetch(actor=world.coordinator, source=known_source(code))
        assert list_fetching.fetch_due_lists() == 0

    def test_once_a_week_by_itself_and_again_the_day_after_a_failure(self, world, source, publisher):
        def days(number: int) -> int:
            with clock.freeze(NOON + number * DAY):
                begun = list_fetching.fetch_due_lists()
                assert list_fetching.fetch_due_lists() == 0
                for run in JobRun.objects.filter(status=JobStatus.RUNNING):
                    list_fetching.fetch(str(run.uid), fetcher=FAST)
                return begun

        publisher.behave("error", times=2)
        assert [days(number) for number in (0, 1, 2, 7, 8)] == [1, 1, 0, 0, 1]
        assert [run.key for run in JobRun.objects.filter(job=FETCH_JOB).order_by("started_at")] == [
            "list-leie, 2026-03-10", "list-leie, 2026-03-11", "list-leie, 2026-03-18",
        ]  # fmt: skip

    def test_one_at_a_time_and_only_who_screens(self, world, source):
        list_fetching.ask_to_fetch(actor=world.coordinator, source=source)
        with pytest.raises(Refused, match="being fetched already"):
            list_fetching.ask_to_fetch(actor=world.compliance, source=source)
        with pytest.raises(Forbidden):
            list_fetching.ask_to_fetch(actor=world.lookup, source=source)
        assert list_fetching.sweep_lost() == 0
        with clock.freeze(NOON + dt.timedelta(hours=1)):
            assert list_fetching.sweep_lost() == 1

    def test_the_page_of_the_source(self, world, source, publisher):
        client = Client()
        client.force_login(world.coordinator)
        publisher.behave("html", times=1)
        fetch(world, source)
        page = client.get(reverse("credentialing:source", args=["list-leie"])).content.decode()
        for text in ("Fetch now", "every 7 days", "The list in force stays.", "(confirmed)"):
            assert text in page
        answer = client.post(reverse("credentialing:source_fetch", args=["list-leie"]))
        assert b"Loading OIG LEIE" in client.get(answer.headers["Location"]).content
        source.address_confirmed = False
        source.save()
        page = client.get(reverse("credentialing:source", args=["list-leie"])).content.decode()
        assert "Nothing is fetched yet" in page
        assert b"OIG LEIE" in client.get(reverse("credentialing:sources")).content


class TestSetUp:
    GIVEN = {
        "code": "list-oh", "name": "Ohio", "connector": "exclusion_list", "list_kind": "state", "state": "OH",
        "address": "https://list.example/file.csv", "mapping": (STATE / "lakeland.yaml").read_text(),
        "address_confirmed": True, "every_days": 7, "timeout_seconds": 10, "per_minute": 60,
        "failures_before_rest": 5, "rest_minutes": 15, "reading": "{}", "key_header": "",
    }  # fmt: skip

    def test_as_it_should_be(self, db):
        form = ConnectedSourceForm(self.GIVEN)
        assert form.is_valid(), form.errors

    @pytest.mark.parametrize(
        ("changed", "field", "told"),
        [
            ({"list_kind": ""}, "list_kind", "which list"),
            ({"list_kind": "leie"}, "state", "Only a state's list"),
            ({"mapping": "kind: other"}, "mapping", ""),
            ({"state": "IN"}, "state", "The mapping is of OH."),
            ({"address": "http://list.example/file.csv"}, "address", "https://"),
            ({"address": ""}, "address_confirmed", "no address"),
            ({"connector": "nppes"}, "mapping", "Only an exclusion list"),
        ],
    )
    def test_what_is_wrong_is_said_beside_the_field(self, db, changed, field, told):
        form = ConnectedSourceForm(self.GIVEN | changed)
        assert not form.is_valid()
        assert told in " ".join(form.errors[field])

    def test_the_database_holds_it_too(self, world):
        with pytest.raises(IntegrityError), transaction.atomic():
            ConnectedSource.objects.create(code="x", name="X", connector=Connector.EXCLUSION_LIST)
