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
