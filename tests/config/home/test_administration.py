"""The admin calls services: accounts, roles, parameters and standards are changed with days and reasons."""

import datetime as dt
import html
import re

import pytest
from django.urls import reverse

from config.accounts.choices import Role
from config.accounts.models import RoleAssignmentPeriod, User
from config.kernel.periods import days
from config.rulebook.models import AdoptedStandardPeriod, ParameterPeriod, SourceBody
from config.rulebook.services.parameters import set_parameter
from config.rulebook.services.sources import load_source_bodies

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
DAY = dt.date(2026, 3, 9)


@pytest.fixture
def admin(client, administrator):
    client.force_login(administrator)
    return client


def test_an_account_is_made_given_a_role_and_closed(admin, facility):
    made = admin.post(reverse("admin:accounts_user_add"), {"username": "cora", "email": "cora@example.org"})
    assert made.status_code == 302
    user = User.objects.get(username="cora")
    assert not user.has_usable_password()
    given = {"user": user.pk, "role": Role.DIRECTOR, "facility": facility.pk, "start": "2026-03-01"}
    assert admin.post(reverse("admin:accounts_roleassignment_add"), given).status_code == 302
    assignment = user.role_assignments.get()
    ended = {"day": "2026-03-09", "reason": "moved on"}
    admin.post(reverse("admin:accounts_roleassignment_end", args=[assignment.pk]), ended)
    assert not RoleAssignmentPeriod.objects.in_force(DAY).filter(identity=assignment).exists()
    assert (
        RoleAssignmentPeriod.objects.in_force(DAY - dt.timedelta(days=1)).filter(identity=assignment).exists()
    )
    admin.post(reverse("admin:accounts_user_active", args=[user.pk]), {"reason": "left"})
    user.refresh_from_db()
    assert not user.is_active


def test_a_refusal_stands_on_the_page_and_what_was_typed_stays(admin, administrator, facility, make_user):
    make_user("alan", facility, Role.ADMINISTRATOR)
    given = {
        "user": administrator.pk,
        "role": Role.DIRECTOR,
        "facility": facility.pk,
        "last_day": "2027-01-01",
    }
    answer = admin.post(reverse("admin:accounts_roleassignment_add"), given)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Nobody gives a role to themselves" in text
    assert 'value="2027-01-01"' in text


@pytest.mark.parametrize("field", ["password", "is_active", "is_superuser", "username"])
def test_an_account_is_edited_with_history_and_never_its_keys(admin, make_user, facility, field):
    user = make_user("cora", facility, Role.DIRECTOR)
    before = getattr(user, field)
    changed = {
        "first_name": "Cora",
        "last_name": "Kowalska",
        "email": "cora@example.org",
        field: "x",
        "role_assignments-TOTAL_FORMS": 0,
        "role_assignments-INITIAL_FORMS": 0,
    }
    assert admin.post(reverse("admin:accounts_user_change", args=[user.pk]), changed).status_code == 302
    user.refresh_from_db()
    assert user.last_name == "Kowalska"
    assert getattr(user, field) == before
    assert user.history.first().history_user.username == "ada"


def test_a_parameter_is_set_within_its_limits(admin, system, facility):
    load_source_bodies(actor=system)
    given = {
        "code": "bylaws.appointment_term_months",
        "subject": "",
        "source": SourceBody.objects.get(code="bylaws").pk,
        "facility": facility.pk,
        "start": "2026-01-01",
        "last_day": "",
        "value": "99",
        "citation": "article 5",
        "confidence": "adopted",
    }
    address = reverse("admin:rulebook_parameter_add")
    refused = admin.post(address, given)
    assert refused.status_code == 422
    assert "at most 36 months" in refused.content.decode()
    assert admin.post(address, given | {"value": "24"}).status_code == 302
    assert ParameterPeriod.objects.get().value == 24
    backwards = admin.post(address, given | {"value": "24", "last_day": "2025-01-01"})
    assert "lies before the start" in backwards.content.decode()


def test_nothing_that_matters_is_chosen_beforehand(admin, system, facility):
    load_source_bodies(actor=system)
    page = admin.get(reverse("admin:rulebook_parameter_add")).context["form"]
    assert [page[name].value() for name in ("code", "confidence")] == ["", None]
    assert "null" not in str(page["value"])
    assert admin.get(reverse("admin:accounts_roleassignment_add")).context["form"]["role"].value() is None
    for name in ("rulebook_parameter", "accounts_roleassignment"):
        form = admin.post(reverse(f"admin:{name}_add"), {"value": "[1", "role": ""}).context["form"]
        chosen = {"code", "confidence", "role"} & set(form.fields)
        assert all("Choose one." in form.errors[each] for each in chosen)
        if "value" in form.fields:
            assert "Write a number" in form.errors["value"][0]


def test_a_parameter_tells_its_days_and_leads_to_its_next_value(admin, system, facility):
    load_source_bodies(actor=system)
    body = SourceBody.objects.get(code="bylaws")
    set_parameter(
        actor=system, code="bylaws.appointment_term_months", source=body, facility=facility,
        valid=days(dt.date(2026, 1, 1), None), value=24, citation="article 5", confidence="adopted",
    )  # fmt: skip
    parameter = ParameterPeriod.objects.get().identity
    page = admin.get(reverse("admin:rulebook_parameter_change", args=[parameter.pk])).content.decode()
    assert "since 1 Jan 2026" in page
    there = re.search(r'href="([^"]+)">Set a value from a day on', page)
    form = admin.get(html.unescape(there[1])).context["form"]
    wanted = {"code": parameter.code, "subject": "", "source": str(body.pk), "facility": str(facility.pk)}
    assert {name: form[name].value() for name in wanted} == wanted


def test_a_standard_is_adopted_and_dropped(admin, system, facility):
    load_source_bodies(actor=system)
    body = SourceBody.objects.get(code="tjc")
    given = {"facility": facility.pk, "source": body.pk, "start": "2026-01-01"}
    assert admin.post(reverse("admin:rulebook_adoptedstandard_add"), given).status_code == 302
    period = AdoptedStandardPeriod.objects.in_force(DAY).get()
    drop = reverse("admin:rulebook_adoptedstandard_drop", args=[period.identity_id])
    assert admin.post(drop, {"day": "2026-03-09", "reason": ""}).status_code == 422
    assert admin.post(drop, {"day": "2026-03-09", "reason": "changed accreditor"}).status_code == 302
    assert not AdoptedStandardPeriod.objects.in_force(DAY).exists()


@pytest.mark.parametrize(
    "name",
    [
        "admin:index",
        "admin:accounts_user_changelist",
        "admin:accounts_user_add",
        "admin:accounts_roleassignment_add",
        "admin:rulebook_parameter_add",
        "admin:organization_facility_add",
    ],
)
def test_the_admin_needs_no_exception_from_the_content_security_policy(admin, name):
    text = admin.get(reverse(name)).content.decode()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*src=)(?![^>]*json)", text)
