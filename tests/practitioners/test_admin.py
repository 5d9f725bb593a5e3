import html

import pytest
from django.urls import reverse, reverse_lazy

from config.accounts.choices import Role
from config.accounts.models import User
from config.accounts.services.users import give_role
from config.audit.models import AuditEvent
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
    assert '<link rel="icon"' in index, "a browser asks for /favicon.ico where a page names none"
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


# --- kinds of credentials -------------------------------------------------------------------------------


PERMIT = {
    "name": "Fluoroscopy permit", "code": "FLUOROSCOPY_PERMIT", "category": "registration", "order": "26",
    "number_label": "Permit number", "issuer_label": "Issued by", "has_state": "on",
    "start_label": "Issued on", "end_label": "Last valid day", "end_required": "on", "expires": "on",
    "renewal_months": "24", "reminder_days": "120, 45, 10", "lane": "", "active": "on",
}  # fmt: skip


def rows(*given):
    """The rows of the form as a browser sends them."""
    sent = {"rows-TOTAL_FORMS": str(len(given)), "rows-INITIAL_FORMS": "0"}
    for index, row in enumerate(given):
        sent |= {f"rows-{index}-{key}": value for key, value in ({"kind": "text"} | row).items()}
    return sent


UNIT = {"label": "Kind of unit", "kind": "choice", "choices": "C-arm\nMini C-arm\nFixed", "required": "on"}
ADD = reverse_lazy("admin:practitioners_credentialtype_add")


@pytest.fixture
def configurer(administrator, system, facility):
    """The administrator with the role that keeps reference data."""
    user = User.objects.get(username="administrator")
    give_role(actor=system, user=user, role=Role.ADMINISTRATOR, facility=facility)
    return administrator


def test_an_administrator_adds_a_kind_and_a_coordinator_records_one(configurer, client, coordinator, surgeon):
    answer = configurer.post(ADD, PERMIT | rows(UNIT, {"label": "Trained on", "kind": "day"}, {}))
    assert answer.status_code == 302, answer.context["form"].errors
    kind = credential_type("FLUOROSCOPY_PERMIT")
    assert kind.reminder_days == [120, 45, 10]
    assert list(kind.fields["x-order"]) == ["kind_of_unit", "trained_on"]
    assert AuditEvent.objects.get(verb="credential_type.added").subject_uid == kind.uid

    client.force_login(coordinator)
    assert (
        "Fluoroscopy permit"
        in client.get(reverse("practitioners:claims", args=[surgeon.uid])).content.decode()
    )
    address = reverse("practitioners:claim_add", args=[surgeon.uid, kind.code])
    assert "usually 2 years after the first" in client.get(address).content.decode()
    values = {"state": "IL", "number": "FL-77", "start": "2026-01-01", "said_by": "applicant"}
    refused = client.post(address, values | {"kind_of_unit": "C-arm"})
    assert refused.status_code == 422
    assert "last_day" in refused.context["form"].errors  # the hint fills in nothing
    answer = client.post(address, values | {"kind_of_unit": "C-arm", "last_day": "2027-12-31"})
    assert answer.status_code == 303
    page = client.get(reverse("practitioners:file", args=[surgeon.uid])).content.decode()
    assert "IL FL-77" in page
    assert "Kind of unit" in page


def test_the_form_shows_how_it_will_be_asked_and_saves_nothing(configurer, kinds):
    answer = configurer.post(ADD, PERMIT | rows(UNIT) | {"_preview": "Preview"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "How it will be asked" in page
    assert "Mini C-arm" in page
    assert not CredentialType.objects.filter(code="FLUOROSCOPY_PERMIT").exists()


@pytest.mark.parametrize(
    ("change", "row", "sentence"),
    [
        ({"code": "fluoro permit"}, UNIT, "The code is made of capitals"),
        ({"code": "LICENSE"}, UNIT, "There is a kind with the code LICENSE already."),
        ({"name": "state License"}, UNIT, "There is a kind called state License already."),
        ({"reminder_days": "10, 45"}, UNIT, "from the longest to the shortest"),
        ({"reminder_days": "ninety"}, UNIT, "whole numbers of days"),
        ({"reminder_days": "-3"}, UNIT, "whole numbers of days"),
        ({"reminder_days": "90", "expires": ""}, UNIT, "not reminded of"),
        ({}, UNIT | {"choices": "C-arm"}, "at least two answers"),
        ({}, UNIT | {"choices": "C-arm\nc-ARM"}, "stands there twice"),
        ({}, {"label": "State", "name": "state"}, "has a “state” of its own"),
        ({}, {"label": "", "required": "on"}, "Say what the field is called."),
        ({}, {"label": "Dose", "kind": "number", "tells_apart": "on"}, "tells two of them apart"),
        ({}, {"label": "Dose", "kind": "nonsense"}, "Select a valid choice"),
    ],
)
def test_every_mistake_has_its_sentence(configurer, kinds, change, row, sentence):
    answer = configurer.post(ADD, PERMIT | change | rows(row))
    assert answer.status_code == 422
    assert sentence in html.unescape(answer.content.decode())
    assert not CredentialType.objects.filter(name="Fluoroscopy permit").exists()


def test_kinds_of_credentials_are_edited_with_history(configurer, kinds):
    kind = credential_type("DEA")
    address = reverse("admin:practitioners_credentialtype_change", args=[kind.pk])
    page = configurer.get(address)
    sent = {key: value for key, value in page.context["form"].initial.items() if value not in (None, False)}
    held = page.context["rows"].initial
    sent |= rows(*({key: value for key, value in row.items() if value} for row in held))
    before = kind.fields
    answer = configurer.post(address, sent | {"name": "Federal registration"})
    assert answer.status_code == 302
    kind.refresh_from_db()
    assert kind.name == "Federal registration"
    assert kind.fields == before  # what the rows do not show stays
    assert kind.history.count() == 2
    assert (
        configurer.get(reverse("admin:practitioners_credentialtype_history", args=[kind.pk])).status_code
        == 200
    )


@pytest.mark.usefixtures("kinds")
def test_every_shipped_kind_survives_its_own_form(configurer):
    for kind in CredentialType.objects.all():
        address = reverse("admin:practitioners_credentialtype_change", args=[kind.pk])
        page = configurer.get(address)
        initial = page.context["form"].initial
        sent = {key: value for key, value in initial.items() if value not in (None, False)}
        sent |= rows(*({key: v for key, v in row.items() if v} for row in page.context["rows"].initial))
        assert configurer.post(address, sent).status_code == 302, kind
        again = CredentialType.objects.get(pk=kind.pk)
        assert again.fields["properties"] == kind.fields["properties"]
        assert set(again.fields.get("x-identity", ())) == set(kind.fields.get("x-identity", ()))


def test_without_the_role_nothing_is_configured(administrator, kinds):
    answer = administrator.post(ADD, PERMIT | rows(UNIT))
    assert answer.status_code == 422
    assert "do not include" in answer.content.decode()
