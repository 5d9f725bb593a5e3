"""The admin shows that something happened in this room, and not what a source said about somebody."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse

from config.accounts.choices import Role
from config.accounts.models import User
from config.accounts.services.users import give_role
from credentialing.models import RedFlag, ScreeningMatch


@pytest.mark.parametrize("model", [RedFlag, ScreeningMatch])
def test_flags_and_matches_are_listed_and_not_opened(client, world, model):
    user = User.objects.create_superuser(username="administrator", password="not used here")
    give_role(actor=world.system, user=user, role=Role.DIRECTOR, facility=world.facility)
    client.force_login(user)
    page = client.get(reverse(f"admin:credentialing_{model._meta.model_name}_changelist"))
    assert page.status_code == 200
    request = RequestFactory().get("/")
    request.user = page.wsgi_request.user
    door = admin.site._registry[model]
    assert door.has_view_permission(request)
    assert not door.has_view_permission(request, model())
    assert door.get_list_display_links(request, door.list_display) is None
