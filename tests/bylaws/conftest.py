"""The hospital every test of this room starts from, at noon of one day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.test import Client

from config.kernel import clock
from tests.bylaws.world import NOON, World, build


@pytest.fixture
def at_noon() -> Iterator[dt.datetime]:
    """The clock stands at noon of 10 March 2026 in Chicago."""
    with clock.freeze(NOON) as moment:
        yield moment


@pytest.fixture
def world(db: None, at_noon: dt.datetime) -> World:
    """The hospital, with its bodies seated since 2024."""
    return build()


@pytest.fixture
def sign_in(world):
    """A browser of somebody."""

    def open_browser(user):
        client = Client()
        client.force_login(user)
        return client

    return open_browser
