"""The parts of the pages in a real browser: accessible in light, dark and on a phone, and by keyboard."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.screenshots import VIEWS, findings_of_axe

pytestmark = [pytest.mark.urls("tests.config.home.gallery_urls"), pytest.mark.django_db(transaction=True)]

AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
PAGES = ("components", "list", "empty", "review", "wrong", "lookup", "entrance")


def open_page(page, address):
    """Go there, and wait for what the page fetches by itself. (Waiting for a silent network is half a second
    of nothing for each page.)
    """
    page.goto(address)
    expect(page.locator(".htmx-request")).to_have_count(0)


@pytest.fixture
def visit(page, live_server):
    """``visit("list")``: the page of the gallery, with everything the browser complained about kept."""
    page.complaints = []
    page.on(
        "console",
        lambda message: (
            page.complaints.append(message.text) if message.type in ("error", "warning") else None
        ),
    )
    page.on("pageerror", lambda error: page.complaints.append(str(error)))

    def go(show, query=""):
        open_page(page, f"{live_server.url}/gallery/{show}/{query}")
        return page

    yield go
    assert page.complaints == []


@pytest.mark.parametrize("view", VIEWS)
def test_every_part_is_accessible(browser, live_server, view):
    found = {}
    with browser.new_context(**VIEWS[view]) as context:
        for show in PAGES:
            page = context.new_page()
            open_page(page, f"{live_server.url}/gallery/{show}/")
            found[show] = findings_of_axe(page, AXE)
            sideways = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            if sideways > 0:
                found[show].append(f"scrolls sideways by {sideways} pixels")
            page.close()
    assert found == {show: [] for show in PAGES}


def test_filters_change_the_list_and_the_address_and_are_announced(visit):
    page = visit("list")
    page.select_option("#id_status", "draft")
    page.wait_for_url("**/?status=draft")
    assert page.locator(".list-count").inner_text() == "10 files"
    assert page.locator("section#list").count() == 1
    page.locator("#announcer", has_text="10 files").wait_for(state="attached")
    page.fill("#id_q", "ada")
    page.wait_for_url(re.compile("q=ada"))
    assert page.locator(".chip").count() == 2
    page.go_back()
    page.wait_for_url("**/?status=draft")
    page.locator("#sidebar").wait_for(state="attached")  # the whole page, not the part


def test_pages_keep_the_keyboards_place(visit):
    page = visit("list")
    page.click("#page-2")
    page.wait_for_url("**/?page=2")
    page.locator("text=26 to 50 of 60").wait_for()
    assert page.evaluate("document.activeElement.id") == "list"


def test_the_theme_stays(visit, context):
    page = visit("list")
    page.click(".theme-toggle > button")
    page.click("[data-theme-set=dark]")
    page.reload()
    assert page.get_attribute("html", "data-bs-theme") == "dark"
    page.click(".theme-toggle > button")
    page.click("[data-theme-set=auto]")
    page.reload()
    assert page.get_attribute("html", "data-bs-theme") is None


def test_a_question_is_asked_before_and_escape_does_nothing(visit):
    page = visit("list")
    page.check("[data-select-all]")
    assert page.locator("[data-bulk-count]").inner_text() == "25"
    page.click("text=Send reminder")
    assert page.locator("#confirm-question").inner_text() == "Send a reminder to each of them?"
    page.keyboard.press("Escape")
    assert page.evaluate("document.querySelector('#confirm-dialog').open") is False
    page.click("text=Send reminder")
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.click("[data-confirm-go]")
    assert sent.value.post_data.count("selected=") == 25
    page.wait_for_load_state()


def test_a_choice_shows_the_text_that_goes_with_it(visit):
    page = visit("review")
    condition, reason = page.locator("#id_line-0-condition"), page.locator("#id_line-0-reason")
    assert not condition.is_visible()
    page.check("#id_line-0-outcome_1")
    assert condition.is_visible()
    assert not reason.is_visible()
    page.check("#id_line-0-outcome_2")
    assert reason.is_visible()
    assert not condition.is_visible()


def test_the_summary_of_what_is_wrong_takes_the_focus_and_leads_to_the_field(visit):
    page = visit("wrong")
    assert page.evaluate("document.activeElement.className") == "error-summary"
    page.click(".error-summary a >> nth=0")
    assert page.evaluate("document.activeElement.id") == "id_line-1-condition"


def test_the_menu_opens_on_a_phone(browser, live_server):
    with browser.new_context(**VIEWS["360"]) as context:
        page = context.new_page()
        page.goto(f"{live_server.url}/gallery/list/")
        page.tap(".topbar-menu")
        page.locator("#sidebar.show").wait_for()
        page.keyboard.press("Escape")
        page.locator("#sidebar.show").wait_for(state="detached")
