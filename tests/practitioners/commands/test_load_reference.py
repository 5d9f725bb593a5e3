"""Reference data of an installation that has none yet."""

from django.core.management import call_command

from config.accounts.services.users import system_user
from practitioners.models import CredentialType


def test_kinds_of_credentials_are_loaded_once_and_edits_stay(capsys, db):
    system_user()
    call_command("load_reference")
    assert "22 added" in capsys.readouterr().out
    edited = CredentialType.objects.get(code="DEA")
    edited.name = "Federal registration"
    edited.save()  # with history, as every edit has
    call_command("load_reference")
    assert "0 added, 0 brought up to date, 22 already there" in capsys.readouterr().out
    assert CredentialType.objects.get(code="DEA").name == "Federal registration"
