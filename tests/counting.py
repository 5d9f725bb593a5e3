"""Counts the queries of every page, so that a journey can say which page asks too much."""

from __future__ import annotations

from typing import Any

from django.db import connection

from config.rulebook.rules import rules
from config.rulebook.subjects import subject_kinds

HEADER = "X-Query-Count"
#: Compliance asks each kind of fact that the rules rest on once, however many people there are: a rule more
#: may ask one query more, and a kind of what is judged beside people two: for all of it, and for who it is.
EVERY_RULE = 10 + len(rules()) + 2 * len(subject_kinds())


class CountQueries:
    """Middleware of the test settings: answers bear the number of queries they took."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        count = 0

        def counted(execute: Any, *arguments: Any) -> Any:
            nonlocal count
            count += 1
            return execute(*arguments)

        with connection.execute_wrapper(counted):
            response = self.get_response(request)
        response[HEADER] = str(count)
        return response
