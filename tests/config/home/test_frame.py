"""Today, the facility switch, search, help and the account page."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from config.accounts.choices import Role
from config.accounts.models import ApiToken
from config.audit.models import AuditEvent
from config.home.roles import DUTIES, HOW_TOS
from config.kernel import clock
from config.kernel.registries import Queue, WorkItem, queues
from practitioners import links
from practitioners.choices import ProviderType
from practitioners.models import Practitioner
from practitioners.services.people import create_practitioner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


@pytest.fixture
def waiting():
    """A queue with one late line, for whoever sees practitioners."""
    queue = queues.register(
        Queue(
            code="test_queue",
            title="Test queue",
            permission="practitioners.edit",
            items=lambda user, facility, limit: (
                3,
                [
                    WorkItem("Call the school", "/x/", due=dt.date(2026, 3, 1), waiting_for="Dr. Ives"),
                    WorkItem("Write a letter", "/y/", due=dt.date(2026, 4, 1)),
                ],
            ),
            order=1,
        )
    )
    yield queue
    del queues._entries["test_queue"]


def sign_in(client, user):
    client.force_login(user)
    return client


def test_today_shows_what_waits_what_is_late_and_for_whom(client, make_user, facility, waiting):
    sign_in(client, make_user("cora", facility, Role.CREDENTIALING_COORDINATOR))
    page = client.get("/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "Call the school" in text
    assert "1 late" in text
    assert "waiting for Dr. Ives" in text
    assert "Credentialing: files, verification, expirables, screening at Lakeshore Medical Center" in text


def test_a_queue_without_a_list_of_its_own_opens_as_a_whole(client, make_user, facility, waiting):
    sign_in(client, make_user("cora", facility, Role.CREDENTIALING_COORDINATOR))
    assert 'href="/today/test_queue/"' in client.get("/").content.decode()  # three wait, two are shown
    page = client.get("/today/test_queue/").content.decode()
    assert "<h1>Test queue" in page
    assert "Write a letter" in page
    assert "The first 2 of 3." in page
    part = client.get("/today/test_queue/", headers={"HX-Request": "true"}).content.decode()
    assert "Write a letter" in part
    assert "<h1>" not in part
    assert client.get("/today/nothing/").status_code == 404


def test_a_practitioner_is_led_to_their_own_file(client, make_user, facility):
    user = make_user("pia", facility, Role.PRACTITIONER)
    own = Practitioner.objects.create(
        user=user,
        display_name="Abernathy, Pia",
        sort_name="abernathy pia",
        provider_type=ProviderType.MD,
        created_at=clock.now(),
    )
    page = sign_in(client, user).get("/").content.decode()
    assert links.practitioner(own) in page
    assert "Open your file" in page
    assert client.get(links.practitioner(own)).status_code == 200


def test_what_runs_out_is_not_called_due(client, make_user, facility):
    queue = queues.register(
        Queue(
            code="test_running_out",
            title="Running out",
            permission="practitioners.edit",
            items=lambda user, facility, limit: (
                2,
                [
                    WorkItem("License", "/x/", due=dt.date(2020, 1, 1), runs_out=True),
                    WorkItem("Cover", "/y/", due=dt.date(2050, 1, 1), runs_out=True),
                ],
            ),
            order=1,
        )
    )
    try:
        user = make_user("cora", facility, Role.CREDENTIALING_COORDINATOR)
        page = sign_in(client, user).get("/").content.decode()
    finally:
        del queues._entries[queue.code]
    assert "ran out " in page
    assert "runs out in " in page


def test_the_two_coordinators_have_different_pages_and_menus(client, make_user, facility, waiting):
    def menu_of(name, role):
        client.logout()
        sign_in(client, make_user(name, facility, role))
        page = client.get("/")
        return page, [item["label"] for section in page.context["navigation"] for item in section["items"]]

    credentialing, first = menu_of("cora", Role.CREDENTIALING_COORDINATOR)
    staff, second = menu_of("mona", Role.MEDICAL_STAFF_COORDINATOR)
    assert first[:4] == ["Today", "Open work", "Applications", "Reappointments"]
    assert second[:3] == ["Today", "Meetings", "Files in review"]
    assert "Meetings" not in first
    assert "Data bank queries" not in second
    assert "Test queue" in credentialing.content.decode()
    assert "Test queue" not in staff.content.decode()


def test_the_address_of_a_form_opened_by_itself_is_no_empty_page(client, make_user, facility):
    sign_in(client, make_user("cora", facility, Role.CREDENTIALING_COORDINATOR))
    answer = client.get(reverse("home:switch_facility"))
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "only takes what its form sends" in answer.content.decode()
    assert client.head(reverse("home:switch_facility")).content == b""


def test_somebody_with_both_roles_sees_both(client, make_user, facility):
    both = make_user("bea", facility, Role.CREDENTIALING_COORDINATOR, Role.MEDICAL_STAFF_COORDINATOR)
    page = sign_in(client, both).get("/")
    labels = [item["label"] for section in page.context["navigation"] for item in section["items"]]
    assert {"Meetings", "Data bank queries"} <= set(labels)
    assert len(labels) == len(set(labels))
    assert "Credentialing and medical staff office" in page.content.decode()


def test_a_queue_for_a_role_is_not_shown_to_another_role_with_the_permission(client, make_user, facility):
    queue = Queue(
        code="test_narrow",
        title="Only for chairs",
        permission="privileging.lookup",
        items=lambda user, facility, limit: (1, [WorkItem("x", "/x/")]),
        roles=(Role.DEPARTMENT_CHAIR,),
    )
    queues.register(queue)
    try:
        chair = sign_in(client, make_user("chad", facility, Role.DEPARTMENT_CHAIR)).get("/")
        client.logout()
        other = sign_in(client, make_user("quinn", facility, Role.QUALITY_COORDINATOR)).get("/")
    finally:
        del queues._entries["test_narrow"]
    assert "Only for chairs" in chair.content.decode()
    assert "Only for chairs" not in other.content.decode()


def test_without_a_role_today_says_whom_to_ask(client, make_user):
    page = sign_in(client, make_user("nora")).get("/")
    assert "hold no role at any facility" in page.content.decode()


def test_who_only_looks_up_is_led_there(client, make_user, facility):
    page = sign_in(client, make_user("wanda", facility, Role.LOOKUP)).get("/")
    assert (page.status_code, page["Location"]) == (302, reverse("privileging:lookup"))


def test_nobody_sees_anything_without_signing_in(client, db):
    for name in ("home:today", "home:search", "home:help", "accounts:me", "audit:trail"):
        assert client.get(reverse(name))["Location"].startswith("/accounts/login/")


# --- facility -------------------------------------------------------------------------------------------


def test_the_facility_is_switched_for_the_session(client, make_user, facility, other_facility, system):
    user = make_user("dora", facility, Role.DIRECTOR)
    from config.accounts.services.users import give_role

    give_role(actor=system, user=user, role=Role.DIRECTOR, facility=other_facility, start=dt.date(2020, 1, 1))
    sign_in(client, user)
    assert client.get("/").context["facility"] == facility
    answer = client.post(reverse("home:switch_facility"), {"facility": other_facility.uid, "next": "/help/"})
    assert (answer.status_code, answer["Location"]) == (303, "/help/")
    assert client.get("/help/").context["facility"] == other_facility


def test_one_cannot_switch_to_where_one_holds_no_role(client, make_user, facility, other_facility):
    sign_in(client, make_user("dora", facility, Role.DIRECTOR))
    answer = client.post(reverse("home:switch_facility"), {"facility": other_facility.uid})
    assert answer.status_code == 422
    assert "You hold no role at that facility." in answer.content.decode()


def test_the_way_back_never_leads_outside(client, make_user, facility):
    sign_in(client, make_user("dora", facility, Role.DIRECTOR))
    for onward in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        answer = client.post(reverse("home:switch_facility"), {"facility": facility.uid, "next": onward})
        assert answer["Location"] == "/"


def test_a_role_that_has_ended_closes_the_facility(client, make_user, facility, system):
    user = make_user("dora", facility, Role.DIRECTOR)
    sign_in(client, user)
    from config.accounts.services.users import end_role

    end_role(actor=system, assignment=user.role_assignments.get(), day=dt.date(2026, 3, 9), reason="left")
    assert "hold no role" in client.get("/").content.decode()


# --- search and help ------------------------------------------------------------------------------------


def test_search_answers_the_dropdown_and_the_page(client, make_user, facility):
    sign_in(client, make_user("cora", facility, Role.CREDENTIALING_COORDINATOR))
    page = client.get(reverse("home:search"), {"q": "nobody of that name"})
    assert "Nothing found" in page.content.decode()
    part = client.get(
        reverse("home:search"),
        {"q": "nobody of that name"},
        headers={"HX-Request": "true", "HX-Target": "global-search-results"},
    )
    assert "Nothing found" in part.content.decode()
    assert "<html" not in part.content.decode()


@pytest.mark.parametrize("query", ["", " ", "\x00", "a" * 5000, "%_'\"\\", "<script>alert(1)</script>"])
def test_search_survives_anything_typed(client, make_user, facility, query):
    sign_in(client, make_user("dora", facility, Role.DIRECTOR))
    page = client.get(reverse("home:search"), {"q": query})
    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()


def test_help_explains_every_role_and_the_difference(client, make_user, facility):
    assert set(DUTIES) == set(Role)
    text = sign_in(client, make_user("cora", facility, Role.LOOKUP)).get("/help/").content.decode()
    assert "Credentialing coordinator and medical staff coordinator" in text
    for role in Role:
        assert f"<dt>{role.label}</dt>" in text


def test_every_role_finds_its_own_work_first(client, make_user, facility):
    assert {role for each in HOW_TOS for role in each.roles} == {str(role) for role in Role}
    for each in HOW_TOS:
        reverse(each.opens)
    plain = [each.title.partition(" (")[0] for each in HOW_TOS]
    assert len(set(plain)) == len(plain), "one thing is told once"
    pages = {
        role: sign_in(client, make_user(f"help-{role}", facility, role)).get("/help/").context
        for role in (Role.MEDICAL_STAFF_COORDINATOR, Role.COMMITTEE_MEMBER)
    }
    titles = {role: [each.title for each in page["mine"]] for role, page in pages.items()}
    assert "Call a meeting" in titles[Role.MEDICAL_STAFF_COORDINATOR]
    assert titles[Role.COMMITTEE_MEMBER] == ["Vote"]
    assert pages[Role.COMMITTEE_MEMBER]["duties"][0][0] == Role.COMMITTEE_MEMBER.label


def test_who_opens_no_files_is_led_from_a_name_to_the_question(client, make_user, facility, system):
    someone = create_practitioner(
        actor=system, provider_type="MD", last_name="Okonkwo", first_name="Adaeze", npi="1234567893"
    )
    for role in (Role.LOOKUP, Role.COMMITTEE_MEMBER):
        sign_in(client, make_user(f"asks-{role}", facility, role))
        page = client.get(reverse("home:search"), {"q": "okonkwo"}).content.decode()
        assert "Nothing found" not in page
        assert f"{reverse('privileging:lookup')}?about=" in page
        assert reverse("practitioners:file", args=[someone.uid]) not in page


# --- account --------------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_can_be_revoked(client, make_user, facility):
    user = make_user("cora", facility, Role.CREDENTIALING_COORDINATOR)
    sign_in(client, user)
    made = client.post(reverse("accounts:token_new"), {"name": "Schedule", "days": 30})
    secret = made.context["secret"]
    assert secret in made.content.decode()
    assert "no-cache" in made["Cache-Control"]
    mine = client.get(reverse("accounts:me")).content.decode()
    assert secret not in mine
    assert secret[-4:] in mine
    token = ApiToken.objects.get()
    assert secret not in str(token.__dict__)
    client.post(reverse("accounts:token_revoke", args=[token.uid]))
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert list(AuditEvent.objects.filter(verb__startswith="api_token").values_list("verb", flat=True)) == [
        "api_token.revoked",
        "api_token.issued",
    ]


def test_a_token_of_somebody_else_is_not_there(client, make_user, facility):
    owner = make_user("cora", facility, Role.CREDENTIALING_COORDINATOR)
    client.force_login(owner)
    client.post(reverse("accounts:token_new"), {"name": "Schedule", "days": 30})
    client.force_login(make_user("dora", facility, Role.DIRECTOR))
    answer = client.post(reverse("accounts:token_revoke", args=[ApiToken.objects.get().uid]))
    assert answer.status_code == 404


def test_without_the_permission_there_is_no_token(client, make_user, facility):
    sign_in(client, make_user("chad", facility, Role.DEPARTMENT_CHAIR))
    assert client.get(reverse("accounts:token_new")).status_code == 403
    assert client.post(reverse("accounts:token_new"), {"name": "x", "days": 3}).status_code == 403
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(
    "given", [{"name": "", "days": 3}, {"name": "x", "days": 0}, {"name": "x", "days": 999}]
)
def test_a_wrong_form_keeps_what_was_typed(client, make_user, facility, given):
    sign_in(client, make_user("cora", facility, Role.DIRECTOR))
    answer = client.post(reverse("accounts:token_new"), given)
    assert answer.status_code == 422
    assert not ApiToken.objects.exists()
