"""What every answer of the API has in common."""

import pytest
from rest_framework.test import APIRequestFactory

from config.accounts.choices import Role
from config.api.errors import answer
from config.kernel.errors import Conflict, Forbidden, Refused

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("problem", "status", "body"),
    [
        (Refused("Not possible.", field="day"), 422, {"detail": "Not possible.", "field": "day"}),
        (Forbidden("Not your role."), 403, {"detail": "Not your role."}),
        (Conflict("Somebody was faster."), 409, {"detail": "Somebody was faster."}),
    ],
)
def test_refusals_are_sentences_with_their_status(problem, status, body):
    response = answer(problem, {"request": APIRequestFactory().get("/")})
    assert (response.status_code, response.data) == (status, body)


def test_what_nobody_foresaw_is_left_to_be_a_failure():
    assert answer(ZeroDivisionError(), {}) is None


def test_the_schema_describes_every_address(client, make_user, facility):
    client.force_login(make_user("wanda", facility, Role.LOOKUP))
    schema = client.get("/api/v1/schema/").json()
    assert schema["info"]["title"] == "Standing API"
    assert any(path.startswith("/api/v1/lookup/can-perform") for path in schema["paths"])
    assert "token" in schema["components"]["securitySchemes"]
    page = client.get("/api/v1/").content.decode()
    for path in schema["paths"]:
        assert path in page


def test_a_form_of_another_site_is_refused(make_user, facility):
    from django.test import Client

    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make_user("wanda", facility, Role.LOOKUP))
    assert browser.post("/api/v1/privileges/").status_code == 403
    assert browser.post("/facility/", {"facility": facility.uid}).status_code == 403


def test_an_address_that_means_nothing_answers_a_program_in_json(client, make_user, facility):
    stranger = client.get("/api/v1/nothing/of/the/kind/")
    assert stranger.status_code == 401
    assert stranger.json()["detail"]
    client.force_login(make_user("wanda", facility, Role.LOOKUP))
    response = client.get("/api/v1/nothing/of/the/kind/")
    assert response.status_code == 404
    assert response.json() == {"detail": "There is nothing at this address of the API."}


def test_wrong_parameters_are_said_in_one_sentence_and_each_by_name(client, make_user, facility):
    client.force_login(make_user("wanda", facility, Role.LOOKUP))
    response = client.get("/api/v1/lookup/can-perform/", {"facility": facility.code, "on": "someday"})
    assert response.status_code == 400
    body = response.json()
    assert "privilege: This field is required." in body["detail"]
    assert body["privilege"] == ["This field is required."]
    assert set(body) == {"detail", "privilege", "on"}


def test_what_is_not_there_is_said_without_names_of_the_program(client, make_user, facility):
    client.force_login(make_user("wanda", facility, Role.LOOKUP))
    response = client.get("/api/v1/privileges/not-one-of-them/")
    assert response.status_code == 404
    assert response.json() == {"detail": "There is no such thing, or it is not for your role."}


def test_a_missing_slash_is_still_put_right(client, make_user, facility):
    client.force_login(make_user("wanda", facility, Role.LOOKUP))
    assert client.get("/api/v1/privileges", follow=True).status_code == 200
