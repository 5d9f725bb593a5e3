"""The browser the journeys run in: it sees committed rows, static files and the strict policy."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model


@pytest.fixture
def problems(page) -> list[str]:
    """What the browser complained about."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("requestfailed", lambda request: found.append(request.url))
    return found


def test_a_page_of_the_application_in_a_real_browser(page, live_server, problems):
    get_user_model().objects.create_user("somebody", "somebody@example.org", "a long enough password")
    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_label("Username").or_(page.get_by_label("Login")).first.fill("somebody")
    page.get_by_label("Password").first.fill("a long enough password")
    page.get_by_role("button", name="Sign in").first.click()
    page.wait_for_url(lambda address: "/accounts/login" not in address)
    assert page.context.cookies(live_server.url)
    assert problems == []


def test_the_policy_holds_in_the_browser(page, live_server):
    page.goto(f"{live_server.url}/accounts/login/")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))"
    )
    assert page.evaluate("window.ran") is None
