"""The hospital of the journeys: built once in each test process, and copied for every test."""

from __future__ import annotations

import pytest

from tests.journeys.world import Hospital, build_hospital
from tests.services import Services


@pytest.fixture
def hospital(services: Services, transactional_db: None) -> Hospital:
    """The hospital of the acceptance walk on committed rows, in a database of this test's own."""
    return services.prepared("hospital", build_hospital)
