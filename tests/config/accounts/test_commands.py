"""How a new installation begins."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from config.accounts.models import User
from config.organization.models import Facility

pytestmark = pytest.mark.django_db
HOSPITAL = ("LMC", "Lakeshore Medical Center", "--state", "il", "--time-zone", "America/Chicago")


def test_a_facility_and_its_administrator(monkeypatch, client, capsys):
    monkeypatch.setenv("STANDING_ADMINISTRATOR_PASSWORD", "a long pass phrase")
    with pytest.raises(CommandError, match="no facility yet"):
        call_command("create_administrator", "ada", "ada@example.org")
    call_command("create_facility", *HOSPITAL)
    assert Facility.objects.get().state == "IL"
    call_command("create_administrator", "ada", "ada@example.org")
    client.force_login(User.objects.get(username="ada"))
    assert client.get("/admin/").status_code == 200
    with pytest.raises(CommandError, match="already"):
        call_command("create_administrator", "eve", "eve@example.org")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (("--state", "Illinois"), "at most 2"),
        (("--time-zone", "Chicago"), "is not a time zone"),
    ],
)
def test_a_wrong_facility_is_refused_with_a_sentence(change, match):
    with pytest.raises(CommandError, match=match):
        call_command("create_facility", *HOSPITAL, *change)
    assert not Facility.objects.exists()


def test_a_code_is_given_once():
    call_command("create_facility", *HOSPITAL)
    with pytest.raises(CommandError, match="already"):
        call_command("create_facility", *HOSPITAL)
