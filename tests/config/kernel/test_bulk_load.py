"""What COPY is given comes back as it was."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from config.accounts.services.users import system_user
from config.kernel.bulk_load import bulk_load
from practitioners.choices import SaidBy
from practitioners.models import Credential, CredentialPeriod, CredentialType, Practitioner
from practitioners.services.reference import load_credential_types

NOW = dt.datetime(2026, 3, 2, 9, 30, tzinfo=ZoneInfo("America/Chicago"))
ODD = "back\\slash\ttab\nline\rreturn \\N “quoted” é"


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_values_of_every_type_come_back_as_they_were():
    load_credential_types(actor=system_user())
    kind = CredentialType.objects.get(code="LICENSE")
    with bulk_load(Practitioner, Credential, CredentialPeriod) as loader:
        person, key = next(loader.keys(Practitioner)), next(loader.keys(Credential))
        loader.copy(
            Practitioner,
            ("id", "uid", "npi", "provider_type", "display_name", "sort_name", "birth_date", "sex",
             "languages", "created_at"),
            [(person, "0" * 31 + "1", None, "MD", ODD, "", dt.date(1980, 2, 29), "", "", NOW)],
        )  # fmt: skip
        loader.copy(
            Credential,
            ("id", "uid", "created_at", "created_by_id", "practitioner_id", "credential_type_id", "issuer",
             "state", "number", "number_key"),
            [(key, "0" * 31 + "2", NOW, system_user().pk, person, kind.pk, "", "IL", "1", "1")],
        )  # fmt: skip
        loader.copy(
            CredentialPeriod,
            ("uid", "identity_id", "valid", "recorded_at", "recorded_by_id", "standing", "status", "said_by",
             "extra"),
            [("0" * 31 + "3", key, DateRange(dt.date(2026, 1, 1), None), NOW, system_user().pk, "claimed",
              "ACTIVE", SaidBy.ROSTER, {"odd": ODD, "list": [1, True, None]})],
        )  # fmt: skip
    person = Practitioner.objects.get()
    assert (person.display_name, person.npi, person.birth_date) == (ODD, None, dt.date(1980, 2, 29))
    assert person.created_at == NOW
    period = CredentialPeriod.objects.get()
    assert period.extra == {"odd": ODD, "list": [1, True, None]}
    assert (period.valid.lower, period.valid.upper, period.said_by) == (dt.date(2026, 1, 1), None, "roster")
