"""Many keys as one array find what ``__in`` finds."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.kernel.many_keys import one_of
from config.organization.models import HealthSystem

pytestmark = pytest.mark.django_db


@pytest.fixture
def houses() -> list[HealthSystem]:
    return [HealthSystem.objects.create(name=f"Prairie {at}") for at in range(4)]


@pytest.mark.parametrize("chosen", [[], [0], [1, 3], [3, 3, 2]])
def test_numbers_and_words(houses, chosen):
    some = [houses[at] for at in chosen]
    expected = {house.pk for house in some}
    for condition in (
        one_of("pk", [house.pk for house in some]),
        one_of("name", [house.name for house in some]),
        one_of("name", (house.name for house in some)),
    ):
        assert set(HealthSystem.objects.filter(condition).values_list("pk", flat=True)) == expected
    assert HealthSystem.objects.exclude(one_of("pk", expected)).count() == len(houses) - len(expected)


def test_a_thousand_keys_are_one_array(houses):
    with CaptureQueriesContext(connection) as seen:
        assert list(HealthSystem.objects.filter(one_of("pk", range(-1000, 0)))) == []
    assert "= ANY(" in seen[0]["sql"]
