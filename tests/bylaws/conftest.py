"""The hospital every test of this room starts from, at noon of one day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from config.kernel import clock
from tests.bylaws.world import NOON, SAMPLE, World, build
from tests.worlds import Shared, shared


@pytest.fixture
def at_noon() -> Iterator[dt.datetime]:
    """The clock stands at noon of 10 March 2026 in Chicago."""
    with clock.freeze(NOON) as moment:
        yield moment


@pytest.fixture(scope="module")
def _hospital(request, django_db_setup: None, django_db_blocker: Any) -> Iterator[Shared[World]]:
    with shared(request, django_db_blocker, _build, room=True) as hospital:
        yield hospital


def _build() -> World:
    with clock.freeze(NOON):
        return build()


@pytest.fixture
def world(_hospital: Shared[World], db: None, at_noon: dt.datetime) -> World:
    """The hospital, with its bodies seated since 2024."""
    SAMPLE.reset()
    return _hospital.mine()


@pytest.fixture
def sign_in(world):
    """A browser of somebody."""

    def open_browser(user):
        client = Client()
        client.force_login(user)
        return client

    return open_browser
