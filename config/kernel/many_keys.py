"""Rows of many keys: a thousand of them as one array, where ``__in`` makes a parameter of each."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import BooleanField, F, Func, Value


def one_of(name: str, keys: Iterable[int] | Iterable[str]) -> Func:
    """A condition for ``filter``: the field (or path) ``name`` holds one of the ``keys``; none match nothing.

    The database answers as for ``name__in``. For keys by the hundred, which cost more to be taken apart one
    by one than to be looked up.
    """
    return Func(
        F(name),
        Value(list(keys)),
        template="%(expressions)s)",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )
