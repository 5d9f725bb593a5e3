"""The pictures of the guides, taken from a running demo.

    make demo                                    (in another window)
    python -m tests.guide_pictures [NAME ...] [--base ADDRESS] [--password WORD]

Each picture says whose login it is, where it begins and which links lead on: it can be taken again when
pages change. They are kept as ``docs/guide/pictures/NAME.webp``; a test says that each is shown in a guide.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.browser import CHROMIUM, QUIET
from tests.screenshots import VIEWS, sign_in

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "guide" / "pictures"
#: Pictures on paper and on GitHub are looked at small: twice the width of a phone is enough for either.
WIDEST = 1360
DESK = {"viewport": {"width": 1360, "height": 850}, "color_scheme": "light"}


@dataclass(frozen=True)
class Picture:
    """One picture: who looks, from which address, by which links (their text, as a pattern), and on what."""

    name: str
    login: str
    path: str = "/"
    follow: tuple[str, ...] = ()
    #: What is typed into the page's form, by the name of the field; it is sent then.
    typed: tuple[tuple[str, str], ...] = ()
    phone: bool = False
    #: A text on the page to have at the top of the picture; empty: the top of the page.
    scroll_to: str = ""


PICTURES = (
    Picture("credentialing-today", "credentialing"),
    Picture("credentialing-practitioner", "credentialing", "/practitioners/", (r"Callahan,",)),
    Picture("credentialing-verification", "credentialing", "/applications/", (r"Keller,",)),
    Picture("credentialing-expirables", "credentialing", "/expirables/"),
    Picture("credentialing-reappointments", "credentialing", "/reappointments/"),
    Picture("credentialing-screening", "credentialing", "/screening/"),
    Picture("credentialing-crosswalk", "credentialing", "/crosswalk/"),
    Picture("medical-staff-today", "medicalstaff"),
    Picture("medical-staff-meeting", "medicalstaff", "/meetings/", (r"^Board of Trustees",)),
    Picture("medical-staff-committee", "medicalstaff", "/committees/", (r"^Medical Executive Committee",)),
    Picture("medical-staff-compliance", "medicalstaff", "/compliance/"),
    Picture("medical-staff-findings", "medicalstaff", "/compliance/findings/"),
    Picture("medical-staff-amendment", "medicalstaff", "/amendments/", (r"^Attendance raised",)),
    Picture("medical-staff-document", "medicalstaff", "/policies/", (r"^Medical Staff Bylaws",)),
    Picture("medical-staff-due-process", "medicalstaff", "/due-process/", (r"Callahan,",)),
    Picture("medical-staff-catalog", "medicalstaff", "/privileges/", (r"^General surgery",)),
    Picture("reviewer-today", "surgery-chair", phone=True),
    Picture("reviewer-file", "surgery-chair", "/reviews/", (r"Desai,",), phone=True),
    Picture("reviewer-packet", "surgery-chair", "/reviews/", (r"Desai,", r"On one page")),
    Picture("quality-today", "quality"),
    Picture("quality-profile", "quality", "/oppe/", (r"Callahan,",)),
    Picture("quality-evaluation", "quality", "/fppe/", (r"Palmer,",)),
    Picture(
        "lookup-answer",
        "ward",
        "/lookup/",
        typed=(("person", "Callahan"), ("privilege", "Laparoscopic cholecystectomy")),
        scroll_to="Callahan, Claire D.",
        phone=True,
    ),
    Picture("lookup-who-can", "ward", "/lookup/who/", typed=(("privilege", "Laparoscopic cholecystectomy"),)),
    Picture("lookup-changes", "ward", "/lookup/changes/"),
    Picture("director-today", "director"),
    Picture("director-audit", "director", "/audit/"),
    Picture("director-turnaround", "director", "/turnaround/"),
    Picture("administrator-today", "admin"),
    Picture("administrator-parameters", "admin", "/", (r"^Parameters",)),
)


def take(page: Page, base: str, picture: Picture) -> bytes:
    """The picture, as WebP. Raises where a link is missing: then the page is not what the guide says."""
    page.goto(urljoin(base, picture.path), wait_until="networkidle")
    for text in picture.follow:
        page.locator("main").get_by_role("link", name=re.compile(text)).first.click()
        page.wait_for_load_state("networkidle")
    for field, text in picture.typed:
        page.fill(f"main [name={field}]", text)
    if picture.typed:
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_load_state("networkidle")
    if picture.scroll_to:
        page.get_by_text(picture.scroll_to).first.evaluate("each => each.scrollIntoView({block: 'start'})")
    image = Image.open(io.BytesIO(page.screenshot()))
    if image.width > WIDEST:
        image = image.resize((WIDEST, round(image.height * WIDEST / image.width)))
    kept = io.BytesIO()
    image.convert("RGB").save(kept, "WEBP", quality=80, method=6)
    return kept.getvalue()


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="only these pictures")
    parser.add_argument("--base", default="http://127.0.0.1:8000")
    parser.add_argument("--password", default="harbor-lights-and-lake-wind", help="of the demo's logins")
    options = parser.parse_args()
    if unknown := set(options.names) - {each.name for each in PICTURES}:
        parser.error(f"no such picture: {', '.join(sorted(unknown))}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = [each for each in PICTURES if not options.names or each.name in options.names]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        for login, phone in dict.fromkeys((each.login, each.phone) for each in wanted):
            context = browser.new_context(**(VIEWS["360"] if phone else DESK))
            page = context.new_page()
            page.set_default_timeout(8_000)
            sign_in(page, options.base, login, options.password)
            for picture in wanted:
                if (picture.login, picture.phone) == (login, phone):
                    content = take(page, options.base, picture)
                    (FOLDER / f"{picture.name}.webp").write_bytes(content)
                    print(f"{picture.name}: {len(content) // 1024} KB")
            context.close()
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
