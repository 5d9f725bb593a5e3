import pytest
from django.urls import reverse

from config.accounts.models import User
from practitioners.models import CredentialType
from practitioners.services.credentials import credential_type


@pytest.fixture
def administrator(client, db):
    user = User.objects.create_superuser(username="administrator", password="not used here")
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    "model", ["practitioner", "credential", "evidence", "credentialtype", "taxonomycode"]
)
def test_every_list_of_the_admin_opens(administrator, surgeon, taxonomy, model):
    answer = administrator.get(reverse(f"admin:practitioners_{model}_changelist"), {"q": "a"})
    assert answer.status_code == 200


def test_people_are_only_looked_at(administrator, surgeon):
    address = reverse("admin:practitioners_practitioner_change", args=[surgeon.pk])
    page = administrator.get(address)
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert administrator.post(address, {"display_name": "X"}).status_code == 403
    assert administrator.get(reverse("admin:practitioners_practitioner_add")).status_code == 403


def test_kinds_of_credentials_are_edited_with_history(administrator, kinds):
    kind = credential_type("DEA")
    address = reverse("admin:practitioners_credentialtype_change", args=[kind.pk])
    page = administrator.get(address)
    form = page.context["adminform"].form
    values = {name: form.initial.get(name) for name in form.fields}
    values["fields"] = "{}"
    values["name"] = "Federal registration"
    values = {
        name: "on" if value is True else value for name, value in values.items() if value not in (None, False)
    }
    assert administrator.post(address, values).status_code == 302
    assert CredentialType.objects.get(pk=kind.pk).name == "Federal registration"
    assert kind.history.count() == 2
