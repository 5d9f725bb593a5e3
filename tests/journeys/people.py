"""People at a browser: they read, type and press, and everything a page does wrong is written down."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, expect

from config.accounts.models import User
from tests.counting import EVERY_RULE, HEADER
from tests.journeys.world import PASSWORD
from tests.screenshots import COLOURS, VIEWS, findings_of_axe

AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
#: Another view is drawn with the next frames.
SETTLED = """new Promise(then => {
    const wait = (frames) => frames ? requestAnimationFrame(() => wait(frames - 1)) : then()
    wait(3)
})"""
#: Who pressed a link stands on the old page until the new one comes, and means to look at the new one.
LEAVING = """navigation.addEventListener('navigate', going => {
    const stays = going.hashChange || going.downloadRequest !== null || going.destination.sameDocument
    if (!stays) window.leaving = true
})"""
PATIENCE = 20_000  # milliseconds; machines that run tests are busy
DEARER = dict.fromkeys(("/compliance/", "/compliance/people/", "/compliance/departments/"), EVERY_RULE)
_UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass
class Report:
    """What was wrong with the pages of a journey, and how many queries each page took."""

    complaints: list[str] = field(default_factory=list)
    findings: dict[str, list[str]] = field(default_factory=dict)
    queries: dict[str, int] = field(default_factory=dict)

    def more_than(self, limit: int) -> dict[str, int]:
        """The pages that took more queries than that, or than the dearer ones may."""
        return {
            page: count
            for page, count in self.queries.items()
            if count > max(limit, DEARER.get(page.partition(" ")[0], 0))
        }


def session_of(username: str, base: str) -> dict[str, str]:
    """The cookie of somebody who has signed in at this address."""
    client = Client()
    client.force_login(User.objects.get(username=username), backend=settings.AUTHENTICATION_BACKENDS[0])
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": base}


@dataclass
class Clicks:
    """How often somebody pressed the mouse (or the screen) while something was done; typing aside."""

    number: int = 0


class Person:
    """One user in a browser of their own.

    What they look at is examined in their ``view``, and drawn again for each view of ``also``. They
    are signed in when they come; with ``by_form`` they sign in with their password, on the page.
    """

    also: Sequence[str] = ()

    def __init__(
        self,
        browser: Browser,
        base: str,
        username: str,
        report: Report,
        *,
        view: str = "light",
        also: Sequence[str] = (),
        by_form: bool = False,
    ):
        self.base, self.username, self.report, self.view = base, username, report, view
        self.also = also
        self.context = browser.new_context(**VIEWS[view], locale="en-US", reduced_motion="reduce")
        self.context.set_default_timeout(PATIENCE)
        self._counted: list[Clicks] = []
        self.context.expose_function("countPress", self._count)
        self.context.add_init_script("addEventListener('pointerdown', () => countPress(), true)")
        self.context.add_init_script(LEAVING)
        self.page: Page = self.context.new_page()
        self._refusals_expected = 0
        self._looked_at: set[str] = set()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self._complain(f"script: {error}"))
        self.page.on("requestfailed", lambda request: self._complain(f"{request.url}: {request.failure}"))
        self.page.on("response", self._note)
        if by_form:
            self._fill_in_the_form()
        else:
            self.context.add_cookies([session_of(username, base)])
            self.go("/")

    def _fill_in_the_form(self) -> None:
        self.go("/accounts/login/")
        self.fill(login=self.username, password=PASSWORD)
        self.press("Sign in")
        self.page.wait_for_url(lambda address: "/accounts/login" not in address)

    def close(self) -> None:
        self.context.close()

    # -- what goes wrong ---------------------------------------------------------------------------------

    def _complain(self, text: str) -> None:
        if "net::ERR_ABORTED" not in text:  # left a page while a part of it was still on its way
            self.report.complaints.append(f"{self.username} at {self.page.url}: {text}")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        if self._refusals_expected and "status of 422" in message.text:
            return
        self._complain(message.text)

    def _note(self, response: Response) -> None:
        count = response.headers.get(HEADER.lower())
        if count is None:
            return
        path = _UID.sub("…", urlsplit(response.url).path)
        if response.request.method == "GET":  # what is sent writes, too; it is not a page
            name = f"{path} ({response.status}, {self.username})"
            self.report.queries[name] = max(int(count), self.report.queries.get(name, 0))
        if response.status >= 400 and not (response.status == 422 and self._refusals_expected):
            self._complain(f"status {response.status}")

    @contextmanager
    def refused(self) -> Iterator[None]:
        """What is done in here is refused by the page, and that is right."""
        self._refusals_expected += 1
        yield
        self._refusals_expected -= 1

    def _count(self) -> None:
        for clicks in self._counted:
            clicks.number += 1

    @contextmanager
    def counting(self) -> Iterator[Clicks]:
        """How many clicks the things done in here take."""
        clicks = Clicks()
        self._counted.append(clicks)
        yield clicks
        self._counted.remove(clicks)

    def look(self, name: str = "") -> None:
        """Examine the page as it stands: accessibility, and nothing to scroll sideways for."""
        self.page.wait_for_function("!window.leaving")
        self.page.wait_for_load_state()
        page = name or _UID.sub("…", urlsplit(self.page.url).path)
        self._examine(f"{page} ({self.view})")
        for view in self.also:
            self._draw(view)
            # The same page in the same size says the same: only its colours are another matter.
            self._examine(f"{page} ({view})", COLOURS if {self.view, view} == {"light", "dark"} else ())
        if self.also:
            self._draw(self.view)

    def _draw(self, view: str) -> None:
        self.page.emulate_media(color_scheme=VIEWS[view]["color_scheme"], reduced_motion="reduce")
        self.page.set_viewport_size(VIEWS[view]["viewport"])
        self.page.evaluate(SETTLED)

    def _examine(self, title: str, rules: Sequence[str] = ()) -> None:
        if title in self._looked_at:
            return
        self._looked_at.add(title)
        self.page.evaluate("scrollTo(0, 0)")  # what has been scrolled under the bar is not hidden
        found = findings_of_axe(self.page, AXE, rules)
        # Not the window's width: a phone widens that with what hangs over.
        sideways = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if sideways > 0:
            found.append(f"scrolls sideways by {sideways} pixels")
        self.report.findings[title] = found

    # -- what people do ----------------------------------------------------------------------------------

    def go(self, path: str) -> None:
        """Open an address of the application."""
        self.page.goto(urljoin(self.base, path))

    def press(self, name: str, *, within: Any = None, exact: bool = True) -> None:
        """Press the button or follow the link of that name, once what is still on its way has come.

        What comes in above moves it away between pressing and letting go.
        """
        self.page.wait_for_load_state()
        expect(self.page.locator(".htmx-request")).to_have_count(0, timeout=PATIENCE)
        place = within or self.page
        button = place.get_by_role("button", name=name, exact=exact)
        link = place.get_by_role("link", name=name, exact=exact)
        button.or_(link).first.click()

    def confirm(self) -> None:
        """Say yes to the question that is asked before something that cannot be undone."""
        self.page.locator("[data-confirm-go]").click()

    def unfold(self, summary: str) -> None:
        """Open the part of the page under this heading, unless it is open."""
        part = self.page.locator("details", has=self.page.locator("summary", has_text=summary)).first
        if part.get_attribute("open") is None:
            part.locator("summary").first.click()

    def fill(self, **values: Any) -> None:
        """Fill in fields by their name in the form; a list ticks the boxes of those values."""
        for name, value in values.items():
            self.fill_in(self.page, name, value)

    def fill_in(self, place: Any, name: str, value: Any) -> None:
        """Fill in one field somewhere on the page."""
        fields = place.locator(f'[name="{name}"]:not([type=hidden])')
        kind = fields.first.evaluate("each => each.type")
        if kind in ("checkbox", "radio"):
            if isinstance(value, bool):
                fields.first.set_checked(value)
                return
            for each in value if isinstance(value, list) else [value]:
                place.locator(f'[name="{name}"][value="{each}"]').check()
        elif kind == "select-one":
            fields.first.select_option(str(value))  # its value or what it reads
        elif kind == "file":
            fields.first.set_input_files(value)
        else:
            fields.first.fill(str(value))

    def sees(self, *texts: str | re.Pattern[str]) -> None:
        """Wait until each text stands somewhere on the page, and the page is there as a whole."""
        for text in texts:
            expect(self.page.locator("main")).to_contain_text(text, timeout=PATIENCE)
        self.page.wait_for_load_state()

    def does_not_see(self, text: str) -> None:
        expect(self.page.locator("main")).not_to_contain_text(text)

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path
