"""A column is known by the same as in Django itself."""

from __future__ import annotations

import pytest
from django.db.models import CharField, IntegerField
from django.db.models.expressions import Col

from config.accounts.models import User
from config.kernel.columns import OF_ANY_EXPRESSION, identity_of_column

NAME, UID = User._meta.get_field("username"), User._meta.get_field("uid")


def columns() -> list[Col]:
    """In every way a column can be made."""
    return [
        Col("u", NAME),
        Col("v", NAME),
        Col("u", UID),
        Col(None, NAME),
        Col("u", NAME, NAME),
        Col("u", NAME, IntegerField()),
        Col("u", NAME, CharField()),
        Col("u", NAME, output_field=NAME),
        Col(alias="u", target=NAME),
    ]


@pytest.mark.parametrize("number", range(len(columns())))
def test_it_is_known_by_the_same(number):
    column = columns()[number]
    assert column.identity == identity_of_column(column) == OF_ANY_EXPRESSION(column)


def test_columns_are_equal_where_they_were():
    every = columns()
    for one in every:
        for other in columns():
            as_django_has_it = OF_ANY_EXPRESSION(one) == OF_ANY_EXPRESSION(other)
            assert (one == other) is as_django_has_it, (one, other)
            assert (hash(one) == hash(other)) is as_django_has_it, (one, other)


def test_a_query_asks_it_of_columns_that_way():
    assert Col.__dict__["identity"].func is identity_of_column
