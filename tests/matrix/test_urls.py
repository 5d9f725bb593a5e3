"""Every address by every role, in a hospital where each address has something to show."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from config.accounts.administration import FileAdmin
from config.accounts.choices import Role
from tests.matrix.asking import EVERYBODY, ask
from tests.matrix.urls import ADDRESSES, SIGNING_IN, WITH_A_KEY, Address
from tests.matrix.world import NOBODY, World

FORBIDDEN = (403, 404)


def names() -> set[str]:
    """Every name in the address book, with its namespace; the admin's aside."""
    found = set()

    def walk(patterns, namespace: str) -> None:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
                walk(pattern.url_patterns, inner)
            elif isinstance(pattern, URLPattern):
                found.add(f"{namespace}{pattern.name}" if pattern.name else "")

    walk(get_resolver().url_patterns, "")
    return {name for name in found if not name.startswith("admin:")}


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_an_address_opens_for_those_listed_and_for_nobody_else(world, name):
    address = ADDRESSES[name]
    last = reader(address)
    for who in sorted(EVERYBODY, key=lambda each: each == last):
        if who == last:
            status, queries = asked(world, name, who)
        else:
            status = ask(world, name, who).status_code
        if address.get == (405,):
            assert status == 405, who
        elif who in address.people:
            assert status in address.get, who
        else:
            assert status in FORBIDDEN, who
    if status == 200 and len(queries) > address.queries:
        _, queries = asked(world, name, last)  # what is read once per process is not the page's cost
        assert len(queries) <= address.queries, "\n".join(queries)
    if address.post:
        check_forms(world, name, address)


def asked(world: World, name: str, who: str) -> tuple[int, list[str]]:
    """What somebody is answered, and the queries that took."""
    with CaptureQueriesContext(connection) as context:
        status = ask(world, name, who).status_code
    return status, [each["sql"] for each in context.captured_queries if "SAVEPOINT" not in each["sql"]]


def reader(address: Address) -> str:
    """Who sees the most of a page that opens: the director where the director may, else somebody who may."""
    return next((each for each in (str(Role.DIRECTOR), *EVERYBODY) if each in address.people), EVERYBODY[-1])


def check_forms(world: World, name: str, address: Address) -> None:
    """An empty form is a mistake of those who may send it, and forbidden to everybody else."""
    for who in EVERYBODY:
        status = ask(world, name, who, "post").status_code
        if who in address.people:
            assert status < 500, who
            assert status not in (403, 405), who
        else:
            assert status in FORBIDDEN, who


def test_every_address_is_listed():
    listed = set(ADDRESSES) | set(SIGNING_IN) | WITH_A_KEY
    assert names() - listed == set(), "addresses nobody has said who may open"
    assert listed - names() == set(), "addresses that are no more"


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_nothing_opens_without_signing_in(world, name):
    for method in ("get", "post"):
        answer = ask(world, name, "", method)
        if name.startswith("api:") and name != "api:documentation":
            assert answer.status_code == 401
        else:
            assert answer.status_code == 302 or (name == "account_email" and answer.status_code == 302)
            assert answer["Location"].startswith(("/accounts/login/", "/me/"))


@pytest.mark.parametrize("name", sorted(SIGNING_IN))
def test_pages_of_signing_in(world, name):
    out, signed_in = SIGNING_IN[name]
    for who, expected in (("", out), (str(Role.LOOKUP), signed_in)):
        point = transaction.savepoint()
        assert world.clients[who].get(reverse(name)).status_code == expected, who
        transaction.savepoint_rollback(point)


# --- the admin ------------------------------------------------------------------------------------------


def admin_pages() -> list[str]:
    return [
        f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist" for model in admin.site._registry
    ]


#: Rows of people's files: an administrator keeps accounts and reference data, and sees nobody's file.
FILES_IN_ADMIN = {
    f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    for model, door in admin.site._registry.items()
    if isinstance(door, FileAdmin)
}


def test_everything_about_a_practitioner_is_a_file_in_the_admin():
    for model, door in admin.site._registry.items():
        about = {field.name for field in model._meta.fields if field.is_relation}
        if model._meta.app_label != "accounts" and about & {"practitioner", "application"}:
            assert isinstance(door, FileAdmin), model


@pytest.mark.parametrize("name", ["admin:index", *admin_pages()])
def test_the_admin_opens_for_administrators_alone(world, name):
    for who in EVERYBODY:
        answer = world.clients[who].get(reverse(name))
        if who == Role.ADMINISTRATOR:
            assert answer.status_code == (403 if name in FILES_IN_ADMIN else 200)
        else:
            assert answer.status_code == 302
            assert answer["Location"].startswith("/admin/login/")


def test_nobody_signed_in_is_asked_for_a_password_by_the_admin(world):
    for who in EVERYBODY:
        answer = world.clients[who].get("/admin/login/?next=/admin/credentialing/")
        if who == Role.ADMINISTRATOR:
            assert answer["Location"] == "/admin/credentialing/"
        else:
            assert answer.status_code == 403, who


def test_the_admins_door_leads_an_administrator_nowhere_else(world):
    for wanted in ("", "?next=https://elsewhere.example/", "?next=//elsewhere.example/"):
        answer = world.clients[str(Role.ADMINISTRATOR)].get(f"/admin/login/{wanted}")
        assert answer["Location"] == "/admin/", wanted


@pytest.mark.parametrize("model", list(admin.site._registry), ids=lambda model: model.__name__)
def test_every_row_can_be_looked_at_in_the_admin_and_none_deleted(world, model):
    client, info = world.clients[str(Role.ADMINISTRATOR)], (model._meta.app_label, model._meta.model_name)
    row = admin.site._registry[model].get_queryset(_request(world)).order_by("pk").first()
    if row is not None:
        shown = client.get(reverse("admin:{}_{}_change".format(*info), args=[row.pk])).status_code
        assert shown == (403 if isinstance(admin.site._registry[model], FileAdmin) else 200)
        answer = client.post(reverse("admin:{}_{}_delete".format(*info), args=[row.pk]), {"post": "yes"})
        assert answer.status_code == 403
        assert model._base_manager.filter(pk=row.pk).exists()


def _request(world: World):
    return type("Request", (), {"user": world.people[str(Role.ADMINISTRATOR)], "GET": {}})()


def test_somebody_without_a_role_sees_nothing_of_anybody(world):
    for name in ("practitioners:file", "credentialing:file", "bylaws:review"):
        answer = ask(world, name, NOBODY)
        assert "Okonkwo" not in answer.content.decode()
        assert "Nazarbekov" not in answer.content.decode()
