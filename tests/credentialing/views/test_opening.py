"""Opening an application on its page: the kinds with what they mean, then what each of them asks."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from config.accounts.choices import Role
from config.accounts.services.users import give_role
from credentialing import kinds
from credentialing.models import Application
from credentialing.services import applications
from credentialing.services.opening import Particulars
from tests.credentialing.pages import WALK, act, cost, file_url
from tests.credentialing.telemedicine import agree

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client, world):
    client.force_login(world.coordinator)
    return client


@pytest.fixture
def address(world):
    return reverse("credentialing:open", args=[world.practitioner().uid])


def test_every_kind_is_offered_with_what_it_means(office, address):
    page = cost(office, address, WALK).content.decode()
    for each in kinds.KINDS.values():
        assert f"?kind={each.code}" in page
        assert each.label in page
    assert "Granted by the CEO or designee." in page


def test_the_form_of_every_kind_asks_what_it_needs_and_takes_no_nonsense(office, address):
    asked = {
        "temporary": ("ground", "need", "awaits", "until"),
        "telemedicine": ("agreement",),
        "locum": ("need", "until"),
        "disaster": ("arrived_at", "proof"),
        "initial": ("category",),
    }
    for code in kinds.KINDS:
        page = cost(office, f"{address}?kind={code}", WALK).content.decode()
        for name in asked.get(code, ()):
            assert f'name="{name}"' in page, (code, name)
        bad = {
            "kind": code,
            "department": "none",
            "until": "soon",
            "ground": "whim",
            "awaits": "x",
            "proof": "?",
        }
        answer = office.post(address, bad)
        assert answer.status_code == 422, code
        assert b"Traceback" not in answer.content
    assert office.post(address, {"kind": "gift"}).status_code == 422
    assert not Application.objects.exists()


def test_what_is_missing_is_said_beside_its_field(office, world, address):
    answer = office.post(
        address, {"kind": "temporary", "department": world.surgery.pk, "ground": "need", "need": ""}
    )
    assert answer.status_code == 422
    assert "Write the patient care need" in answer.content.decode()
    answer = office.post(
        address, {"kind": "temporary", "department": world.surgery.pk, "ground": "applicant"}
    )
    assert "Choose the application that awaits the MEC and the board." in answer.content.decode()


def test_who_is_no_member_is_told_so(office, world, address):
    answer = office.post(address, {"kind": "added_privileges", "department": world.surgery.pk})
    assert answer.status_code == 422
    assert "holds no term at Fernwick General today" in answer.content.decode()


def test_several_hospitals_in_one_act(office, world, address):
    assert "Also at" not in office.get(f"{address}?kind=initial").content.decode()
    give_role(
        actor=world.system,
        user=world.coordinator,
        role=Role.CREDENTIALING_COORDINATOR,
        facility=world.other,
        start=dt.date(2020, 1, 1),
    )
    page = office.get(f"{address}?kind=initial").content.decode()
    assert "Also at Riverbend: department" in page
    answer = office.post(
        address,
        {
            "kind": "initial",
            "department": world.surgery.pk,
            "category": world.category.pk,
            f"at_{world.other.uid}": world.other_surgery.pk,
        },
    )
    first, second = Application.objects.order_by("pk")
    assert (first.group, second.facility) == (second.group, world.other)
    page = office.get(answer.headers["Location"]).content.decode()
    assert "Applications are open at Fernwick General and at Riverbend." in page


def test_a_pre_application_from_question_to_issued(office, world):
    person = world.practitioner()
    world.state_everything(person)
    application = world.application(person, kind="pre_application")
    applications.submit(actor=world.coordinator, application=application)
    page = cost(office, file_url(application), WALK).content.decode()
    assert "May an application be issued?" in page
    assert "No DEA registration is stated." in page
    assert act(application, "issue") in page
    assert act(application, "accept") not in page
    answer = office.post(act(application, "issue"), {"reason": ""})
    assert answer.status_code == 422
    assert b"Write why the application is issued all the same" in answer.content
    answer = office.post(act(application, "issue"), {"reason": "Registers next week"})
    issued = Application.objects.get(kind="initial")
    assert answer.headers["Location"] == file_url(issued)
    closed = cost(office, file_url(application), WALK).content.decode()
    assert "Application issued" in closed


def test_the_file_says_what_its_kind_stated_and_can_be_replanned(office, world, address):
    first, second = (
        agree(world.coordinator, world.facility, title=f"Telestroke agreement of {year}")
        for year in (2026, 2027)
    )
    office.post(
        address,
        {
            "kind": "telemedicine",
            "department": world.surgery.pk,
            "agreement": first.pk,
        },
    )
    application = Application.objects.get()
    page = cost(office, file_url(application), WALK).content.decode()
    assert "Northgate Medical Center" in page
    assert f'href="/distant-sites/{first.uid}/"' in page
    assert "Invite the applicant" in page
    assert 'name="category"' not in office.get(act(application, "change")).content.decode()
    answer = office.post(
        act(application, "change"),
        {
            "department": world.surgery.pk,
            "scheduled_decision_on": "2026-06-01",
            "agreement": second.pk,
        },
    )
    assert answer.status_code == 303
    application.refresh_from_db()
    assert application.agreement == second
    assert application.scheduled_decision_on == dt.date(2026, 6, 1)


def test_ground_need_and_last_day_are_changed_on_the_page(office, world):
    application = world.application(
        kind="temporary", category=None, particulars=Particulars("need", "No other surgeon is on call.")
    )
    page = office.get(act(application, "change")).content.decode()
    assert "No other surgeon is on call." in page
    given = {"department": world.surgery.pk, "ground": "need", "until": "2026-04-30"}
    answer = office.post(act(application, "change"), given | {"need": ""})
    assert answer.status_code == 422
    assert "Write the patient care need" in answer.content.decode()
    assert office.post(act(application, "change"), given | {"need": "On call until May."}).status_code == 303
    application.refresh_from_db()
    assert (application.need, application.until) == ("On call until May.", dt.date(2026, 4, 30))


def test_a_volunteer_is_opened_only_while_the_plan_is_activated(office, world, address):
    given = {
        "kind": "disaster",
        "department": world.surgery.pk,
        "arrived_at": "2026-03-10T11:00",
        "proof": "team",
    }
    answer = office.post(address, given)
    assert answer.status_code == 422
    assert "is not activated" in answer.content.decode()
    here = reverse("credentialing:emergencies")
    assert "never activated here" in office.get(here).content.decode()
    start = reverse("credentialing:emergency_start")
    assert office.post(start, {"emergency": "", "started_at": "soon"}).status_code == 422
    answer = office.post(start, {"emergency": "Flood of 10 March", "started_at": "2026-03-10T08:00"})
    assert answer.status_code == 303
    where = answer.headers["Location"]
    assert office.post(address, given | {"arrived_at": "2026-03-11T11:00"}).status_code == 422
    assert office.post(address, given).status_code == 303
    application = Application.objects.get()
    assert str(application.activation) == "Flood of 10 March"
    page = cost(office, file_url(application), WALK).content.decode()
    assert "Card of a response team" in page
    assert "11:00" in page
    page = office.get(where).content.decode()
    assert str(application.practitioner) in page
    control = reverse("credentialing:emergency_control", args=[application.activation.uid])
    assert office.post(control, {"at": "2026-03-10T07:00"}).status_code == 422
    assert office.post(control, {"at": "2026-03-10T11:30"}).status_code == 303
    end = reverse("credentialing:emergency_end", args=[application.activation.uid])
    assert office.post(end, {"reason": ""}).status_code == 422
    assert office.post(end, {"reason": "The water is gone, says the command"}).status_code == 303
    assert "Ended by" in office.get(where).content.decode()


def test_the_part_for_what_was_verified_elsewhere_is_there_and_empty_without_any(office, world):
    application = world.accepted()
    assert 'id="elsewhere"' in office.get(file_url(application)).content.decode()
    part = office.get(file_url(application), headers={"HX-Request": "true", "HX-Target": "elsewhere"})
    assert part.status_code == 200
    assert "Verified for another application" not in part.content.decode()
    assert office.post(act(application, "take_over")).status_code == 422
