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


def test_a_page_comes_with_its_styles_and_scripts_and_without_complaint(page, live_server, problems):
    page.goto(f"{live_server.url}/accounts/login/")
    assert page.get_by_role("heading", level=1).is_visible()
    sheets = page.evaluate("[...document.styleSheets].map(sheet => [sheet.href, sheet.cssRules.length])")
    assert {href.rpartition("/")[2] for href, rules in sheets if rules} >= {"tabler.min.css", "standing.css"}
    assert page.evaluate("typeof htmx") == "object"
    assert problems == []


def test_the_browser_sees_what_the_test_committed(page, live_server):
    get_user_model().objects.create_user("somebody", "somebody@example.org", "a long enough password")
    page.goto(f"{live_server.url}/accounts/login/")
    page.locator("input[name=login]").fill("somebody")
    page.locator("input[name=password]").fill("a long enough password")
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda address: "/accounts/login" not in address)


def test_the_policy_holds_in_the_browser(page, live_server):
    page.goto(f"{live_server.url}/accounts/login/")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))"
    )
    assert page.evaluate("window.ran") is None
