import pytest
from django.urls import reverse

from config.accounts.choices import Role
from config.accounts.models import User
from config.accounts.services.users import give_role
from practitioners.models import CredentialType
from practitioners.services.credentials import credential_type


@pytest.fixture
def administrator(client, db):
    user = User.objects.create_superuser(username="administrator", password="not used here")
    client.force_login(user)
    return client


@pytest.fixture
def reader(administrator, client, system, facility):
    """An administrator who is the director as well, and may see files therefore."""
    user = User.objects.get(username="administrator")
    give_role(actor=system, user=user, role=Role.DIRECTOR, facility=facility)
    return client


@pytest.mark.parametrize("model", ["practitioner", "credential", "evidence"])
def test_an_administrator_sees_nobodys_file(administrator, surgeon, model):
    assert administrator.get(reverse(f"admin:practitioners_{model}_changelist")).status_code == 403
    index = administrator.get(reverse("admin:index")).content.decode()
    assert reverse(f"admin:practitioners_{model}_changelist") not in index
    assert reverse("admin:practitioners_credentialtype_changelist") in index


@pytest.mark.parametrize(
    "model", ["practitioner", "credential", "evidence", "credentialtype", "taxonomycode"]
)
def test_every_list_of_the_admin_opens(reader, surgeon, taxonomy, model):
    answer = reader.get(reverse(f"admin:practitioners_{model}_changelist"), {"q": "a"})
    assert answer.status_code == 200


def test_people_are_only_looked_at(reader, surgeon):
    address = reverse("admin:practitioners_practitioner_change", args=[surgeon.pk])
    page = reader.get(address)
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert reader.post(address, {"display_name": "X"}).status_code == 403
    assert reader.get(reverse("admin:practitioners_practitioner_add")).status_code == 403


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
