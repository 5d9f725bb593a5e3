"""No test reaches anything outside this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import NetworkForbidden, attempts


@pytest.fixture
def caught() -> Iterator[list[str]]:
    """What was tried, noted here so that it does not fail the test that tries it on purpose."""
    yield attempts
    attempts.clear()


@pytest.mark.parametrize("host", ["192.0.2.1", "registry.example.org", "2001:db8::1"])
def test_another_machine_is_out_of_reach(host, caught):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as outside, pytest.raises(NetworkForbidden):
        outside.connect((host, 443))
    assert caught == [f"{host}:443"]


def test_code_that_swallows_the_refusal_is_found_out(caught):
    with pytest.raises(httpx.ConnectError):
        httpx.get("http://192.0.2.1/")
    assert caught == ["192.0.2.1:80"]


def test_this_machine_is_within_reach():
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())
