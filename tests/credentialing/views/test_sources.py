"""Pages of the sources, and how an administrator adds a board."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from config.accounts.choices import Role
from credentialing.choices import Connector, Element
from credentialing.models import ConnectedSource
from credentialing.services import automatic, sources
from credentialing.sources.players.board import READING, start_player
from tests.counting import HEADER
from tests.credentialing.files import hospitals_with_person

HOSPITALS = hospitals_with_person


@pytest.fixture
def office(world):
    client = Client()
    client.force_login(world.coordinator)
    return client


@pytest.fixture
def board(world):
    """A board that answers with a page for people."""
    with start_player() as player:
        player.behave("html")
        yield _board(player.address)


def _board(address: str) -> ConnectedSource:
    return ConnectedSource.objects.create(
        code="board-oh",
        name="Medical board of Ohio",
        connector=Connector.LICENCE_BOARD,
        state="OH",
        address=address,
        reading=READING,
        failures_before_rest=1,
    )


@pytest.fixture
def failed(world, board):
    item = world.item(world.signed(world.accepted()), Element.STATE_LICENSE)
    automatic.verify_automatically(item.uid)
    return item


def after(office, answer) -> str:
    """The page a form leads to."""
    return office.get(answer.headers["Location"]).content.decode()


def test_nothing_is_asked_yet(office, world):
    assert b"No source is asked by machine." in office.get(reverse("credentialing:sources")).content


def test_how_each_source_does(office, failed):
    sources.known_source("nppes")
    page = office.get(reverse("credentialing:sources")).content.decode()
    for text in ("Medical board of Ohio", "Rests after failures", "its answer is no JSON", "Not asked yet"):
        assert text in page


def test_one_source_with_its_questions(office, failed):
    page = office.get(reverse("credentialing:source", args=["board-oh"])).content.decode()
    for text in ("is left alone until", "1 item waits for it", "Licenses of OH", "35.100001", "Quillfeather"):
        assert text in page


def test_the_page_of_the_item_says_why_nothing_happens(office, failed):
    page = office.get(reverse("credentialing:item", args=[failed.uid])).content.decode()
    assert "is left alone until" in page
    part = office.get(reverse("credentialing:progress", args=[failed.uid]), headers={"HX-Request": "true"})
    assert "is left alone until" in part.content.decode()


def test_ask_again_now(office, failed):
    address = reverse("credentialing:source_wake", args=["board-oh"])
    page = after(office, office.post(address))
    assert "1 question will be put to it at once." in page


def test_switched_off_with_a_reason_and_on_again(office, board):
    address = reverse("credentialing:source_switch", args=["board-oh"])
    assert office.post(address, {"reason": ""}).status_code == 422
    page = after(office, office.post(address, {"reason": "Its answers changed."}))
    assert "Medical board of Ohio is switched off." in page
    assert "It is not asked by machine" in page
    page = after(office, office.post(address, {"reason": "Mended."}))
    assert "Medical board of Ohio is switched on." in page


def test_queries_do_not_grow_with_questions(office, board, failed):
    address = reverse("credentialing:source", args=["board-oh"])
    few = office.get(address).headers[HEADER]
    for _ in range(6):
        sources.wake_source(actor=failed.application.coordinator, source=board)
        automatic.verify_automatically(failed.uid)
    assert office.get(address).headers[HEADER] == few


class TestAdministration:
    @pytest.fixture
    def admin(self, world):
        client = Client()
        client.force_login(world.user("Ada Admin", Role.ADMINISTRATOR))
        return client

    def add(self, admin, **more):
        given = {
            "code": "board-ky",
            "name": "Medical board of Kentucky",
            "connector": Connector.LICENCE_BOARD,
            "state": "ky",
            "address": "https://example.org/licences?number={number}",
            "key_variable": "",
            "key_header": "Authorization",
            "reading": json.dumps(READING),
            "timeout_seconds": 10,
            "per_minute": 60,
            "failures_before_rest": 5,
            "rest_minutes": 15,
        }
        return admin.post(reverse("admin:credentialing_connectedsource_add"), given | more)

    def test_a_board_is_added(self, admin):
        assert self.add(admin).status_code == 302
        assert ConnectedSource.objects.get().state == "KY"

    @pytest.mark.parametrize(
        ("wrong", "told"),
        [
            ({"state": ""}, "as two letters"),
            ({"address": "https://example.org/"}, "Put {number}"),
            ({"address": "http://example.org/{number}"}, "begins with https://"),
            ({"address": "https://{number}.example.org/"}, "no host to ask"),
            ({"address": "file:///etc/{number}"}, "begins with https://"),
            ({"reading": "{}"}, "needs &quot;places&quot;"),
            ({"reading": "nonsense"}, "Enter a valid JSON"),
            ({"per_minute": 0}, "Enter 1 or more."),
        ],
    )
    def test_what_could_not_be_asked_is_refused_with_the_reason(self, admin, wrong, told):
        answer = self.add(admin, **wrong)
        assert told in answer.content.decode()
        assert not ConnectedSource.objects.exists()
