"""Asking an address as somebody."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.urls import reverse

from tests.matrix.urls import ADDRESSES, SIGNED_IN
from tests.matrix.world import OTHER_DIRECTOR, World

EVERYBODY = sorted({str(each) for each in SIGNED_IN} | {OTHER_DIRECTOR})


def address_of(world: World, name: str) -> str:
    given = {}
    for argument, what in ADDRESSES[name].given.items():
        if argument in ("uid", "pk"):
            given[argument] = getattr(world.things[what], argument)
        elif argument in ("other", "letter", "exhibit"):  # a second thing
            given[argument] = world.things[what].uid
        else:
            given[argument] = what
    return reverse(name, kwargs=given)


def ask(world: World, name: str, who: str, method: str = "get"):
    """The answer to somebody, with everything it may have changed undone."""
    return send(world, address_of(world, name), who, method)


def send(world: World, address: str, who: str, method: str = "get", data: Any = None):
    """The answer of an address to somebody, with everything it may have changed undone."""
    cache.clear()
    point = transaction.savepoint()
    try:
        response = getattr(world.clients[who], method)(address, data or {})
        if response.streaming:
            response.streamed = b"".join(response.streaming_content)  # to its end, which closes the file
    finally:
        transaction.savepoint_rollback(point)
    return response
