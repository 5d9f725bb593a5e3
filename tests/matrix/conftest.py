"""The hospital the matrix asks about."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from config.audit.models import AuditEvent
from config.kernel import clock
from tests.matrix.asking import EVERYBODY
from tests.matrix.world import MORNING, build_world


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory):
    """Built once for this module and thrown away after it; the clock stands still meanwhile."""
    before = settings.STANDING_STORE
    settings.STANDING_STORE = tmp_path_factory.mktemp("store")
    with django_db_blocker.unblock(), clock.freeze(MORNING):
        outer = transaction.atomic()
        outer.__enter__()
        try:
            built = build_world()
            built.things["event"] = AuditEvent.objects.filter(facility_code="").first()
            built.clients = {}
            for name in EVERYBODY:
                built.clients[name] = Client()
                built.clients[name].force_login(built.people[name])
            built.clients[""] = Client()
            yield built
        finally:
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)
    settings.STANDING_STORE = before
