"""Pictures of pages, to look at what was built, with what the browser complained about.

    python -m tests.screenshots FOLDER PATH [PATH ...] [--base ADDRESS] [--login NAME --password WORD]
    python -m tests.screenshots FOLDER --list pages.txt --axe

Each path gives ``<name>-light.png``, ``<name>-dark.png`` and ``<name>-360.png`` (a phone). Messages of the
console, refused resources (the content security policy included) and, with ``--axe``, findings of axe-core
are printed; the exit code is 1 when there are any. A sideways scroll counts as a finding.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.browser import CHROMIUM, QUIET

ROOT = Path(__file__).resolve().parents[1]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
#: What the colours of a page decide alone.
COLOURS = ("color-contrast", "link-in-text-block")
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

#: Only what is wrong leaves the page: carrying everything axe looked at out of it costs as much as looking.
WHAT_IS_WRONG = """async only => {
    const found = await axe.run(document, {runOnly: only, resultTypes: ['violations']});
    return found.violations.flatMap(({id, impact, help, nodes}) => nodes.slice(0, 4).map(
        ({target, failureSummary}) => ({id, impact, help, target: target[0], summary: failureSummary})));
}"""

VIEWS = {
    "light": {"viewport": {"width": 1360, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1360, "height": 900}, "color_scheme": "dark"},
    "360": {
        "viewport": {"width": 360, "height": 740},
        "color_scheme": "light",
        "device_scale_factor": 2,
        "has_touch": True,
        "is_mobile": True,
    },
}


def findings_of_axe(page: Page, axe: Path = AXE, rules: Sequence[str] = ()) -> list[str]:
    """What axe-core finds on the page; the debugger puts it in, so that the page's policy stays in force.

    ``rules``: only these (a page that was examined and is drawn in other colours); else all of WCAG 2.2 AA.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe.read_text(encoding="utf-8"))
    only = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": AXE_TAGS}
    return [
        f"{each['id']} ({each['impact']}): {each['target']} - {each['help']}"
        f" {' '.join(each['summary'].split())[:220]}"
        for each in page.evaluate(WHAT_IS_WRONG, only)
    ]


def sign_in(page: Page, base: str, login: str, password: str) -> None:
    """Sign in on the site's own page."""
    page.goto(urljoin(base, "/accounts/login/"))
    page.fill("[name=login]", login)
    page.fill("[name=password]", password)
    page.click("main button[type=submit]")
    page.wait_for_load_state()


def take(
    context: BrowserContext, base: str, paths: list[str], folder: Path, view: str, axe: Path | None
) -> Iterator[str]:
    """Take the pictures of one view; yields findings."""
    for path in paths:
        page = context.new_page()
        complaints: list[str] = []
        page.on(
            "console",
            lambda message, kept=complaints: (
                kept.append(message.text) if message.type in ("error", "warning") else None
            ),
        )
        page.on("pageerror", lambda error, kept=complaints: kept.append(str(error)))
        page.on(
            "requestfailed",
            lambda request, kept=complaints: kept.append(f"failed: {request.url} {request.failure}"),
        )
        answer = page.goto(urljoin(base, path), wait_until="networkidle")
        name = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "home"
        page.screenshot(path=folder / f"{name}-{view}.png", full_page=True)
        if answer is not None and answer.status >= 500:
            complaints.append(f"status {answer.status}")
        width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if width > 0:
            complaints.append(f"scrolls sideways by {width} pixels")
        if axe is not None:
            complaints += findings_of_axe(page, axe)
        yield from (f"{view} {path}: {each}" for each in complaints)
        page.close()


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--list", type=Path, help="file with one path per line")
    parser.add_argument("--base", default="http://127.0.0.1:8000")
    parser.add_argument("--login")
    parser.add_argument("--password", default="")
    parser.add_argument("--views", default=",".join(VIEWS))
    parser.add_argument("--axe", action="store_true", help="run axe-core on every page")
    parser.add_argument("--axe-file", type=Path, default=AXE)
    options = parser.parse_intermixed_args()
    paths = list(options.paths)
    if options.list:
        paths += [
            line.strip() for line in options.list.read_text(encoding="utf-8").splitlines() if line.strip()
        ]
    options.folder.mkdir(parents=True, exist_ok=True)
    findings: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        for view in options.views.split(","):
            context = browser.new_context(**VIEWS[view])
            if options.login:
                page = context.new_page()
                sign_in(page, options.base, options.login, options.password)
                page.close()
            axe = options.axe_file if options.axe else None
            findings += take(context, options.base, paths, options.folder, view, axe)
            context.close()
        browser.close()
    print("\n".join(findings) or "nothing to complain about")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
