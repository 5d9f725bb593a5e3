"""The medical staff coordinator imports bylaws from Word, sets their numbers and publishes them."""

from __future__ import annotations

import datetime as dt

from playwright.sync_api import Browser

from bylaws.models import PolicyAcknowledgement, PolicyVersion
from config.kernel import clock
from config.rulebook.selectors.parameters import resolve
from practitioners.models import Practitioner
from tests.bylaws.word_files import paragraph, table, word_file
from tests.journeys.people import Person, Report
from tests.journeys.world import LONG_AGO, Hospital, take_over

BYLAWS = word_file(
    paragraph("Name", "H1", 0),
    paragraph("The medical staff of the hospital.", raw="<w:r><w:footnoteReference/></w:r>"),
    paragraph("Terms", "H2", 1),
    paragraph("An appointment runs at most {bylaws.appointment_term_months}."),
    paragraph("Hearings", "H1", 0),
    paragraph("Notice", "H2", 1),
    paragraph("The notice names the day and the place.", number=2),
    paragraph("Between the notice and the hearing lies a time.", number=2),
    paragraph("2.1 Panel", "H2"),
    paragraph("The panel has three members."),
    table(("Officer", "Term"), ("President", "Two years")),
)
FILE = {
    "name": "bylaws.docx",
    "mimeType": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "buffer": BYLAWS,
}


def member(hospital: Hospital) -> Practitioner:
    """Sofia Marin of the executive committee, as a member of the staff."""
    today = clock.today(hospital.facility)
    made = Practitioner.objects.create(
        npi=None,
        provider_type="MD",
        display_name="Sofia Marin, MD",
        sort_name="Marin, Sofia",
        user=hospital.users["mec1"],
        created_at=clock.now(),
    )
    take_over(hospital, made, LONG_AGO, LONG_AGO + dt.timedelta(days=700))
    take_over(hospital, made, today - dt.timedelta(days=30), today + dt.timedelta(days=600))
    return made


def test_bylaws_come_from_word_get_their_numbers_and_are_published(
    browser: Browser, live_server, hospital: Hospital
):
    member(hospital)
    report = Report()
    today = clock.today(hospital.facility)
    helen = Person(browser, live_server.url, "staff_coordinator", report, also=("dark", "360"))
    helen.press("Bylaws and policies")
    helen.sees("No document is written yet")
    helen.press("Import")
    helen.fill(file=FILE)
    helen.press("Read the file")
    helen.sees("What was understood", "Two sections are numbered 2.1", "1 table became a list", "footnote")
    helen.look("import, looked at first")
    helen.fill(number="MS-01", title="Medical Staff Bylaws", kind="bylaws", owner="medical_staff")
    with helen.refused():
        helen.press("Take it as a draft")
        helen.sees("Each needs a number of its own")
    words = helen.page.locator("#id_body").input_value()
    helen.fill(body=words.replace("## 2.1 Panel", "## 2.2 Panel"))
    helen.press("Take it as a draft")
    helen.sees("Imported: the first version is a draft.", "Article I Name", "24 months", "2.2 Panel")

    helen.press("Ask for comments")
    helen.press("Ask for comments")
    helen.sees("The version is out for comments.")
    anita = Person(browser, live_server.url, "chair", report, view="360")
    anita.go("/policies/")
    anita.press("Medical Staff Bylaws")
    anita.press("Comment on 2.1(b)")
    anita.fill(text="Say how long.")
    anita.press("Comment")
    anita.sees("Your comment is recorded.", "Say how long.")
    anita.look("commented")
    anita.close()
    helen.page.reload()
    helen.press("Resolve the comment of Anita Rao")
    helen.fill(resolution="The number is set in the rulebook once this is in force.")
    helen.press("Resolve it")
    helen.sees("Resolved by Helen Brandt")
    helen.look("resolved")

    helen.press("Put before the bodies")
    helen.confirm()
    helen.sees("Before the bodies")
    for body in ("Medical Executive Committee", "Medical staff, by its vote", "Governing board"):
        helen.press("Record an approval")
        helen.fill(body=body, minutes="Minutes of the day, item 4")
        helen.press("Record the approval")
        helen.sees("Recorded.")
    helen.press("Publish")
    helen.look("publish")
    helen.press("Publish")
    helen.sees("Published, in force from", "In force")

    helen.press("Set a number here in 2.1(b)")
    helen.look("which number")
    helen.press("Days from the notice of a hearing to the hearing")
    helen.fill(value="20")
    with helen.refused():
        helen.press("Set it")
        helen.sees("at least 30 days is allowed, not 20", "42 USC 11112(b)(2)")
    helen.look("20 days refused")
    helen.fill(value="30")
    helen.press("Set it")
    helen.sees("Set, from", "30 days")
    helen.look("in force with a number")

    sofia = Person(browser, live_server.url, "mec1", report, view="360")
    sofia.sees("Bylaws and policies to acknowledge")
    sofia.press("Medical Staff Bylaws")
    sofia.press("I acknowledge it")
    sofia.does_not_see("To acknowledge")
    sofia.close()
    helen.press("Who has")
    helen.sees("1 of 1 members have acknowledged it", "Everybody has acknowledged it.")
    helen.look("acknowledgements")

    helen.go("/policies/")
    helen.press("Medical Staff Bylaws")
    helen.press("Write the next version")
    words = helen.page.locator("#id_body").input_value()
    helen.fill(
        body=words.replace("## 2.1 Notice", "## 2.1 Request\nIn thirty days.\n\n## 2.2 Notice").replace(
            "## 2.2 Panel\n\nThe panel has three members.", "## 2.3 Panel\n\nThe panel has five members."
        ),
        note="A request, and a larger panel",
    )
    helen.press("Write it")
    helen.sees("The draft is written.", "2.2 Notice")
    helen.press("Compare with version 1")
    helen.sees("1 new", "1 changed", "renumbered")
    helen.look("compared")
    helen.close()

    assert PolicyAcknowledgement.objects.get().practitioner.display_name == "Sofia Marin, MD"
    bound = resolve("bylaws.hearing_notice_days", facility=hospital.facility, on=today)
    assert (bound.value, bound.citation) == (30, "Medical Staff Bylaws 2.1(b)")
    keys = {each["heading"]: each["key"] for each in PolicyVersion.objects.get(number=2).outline}
    assert (keys["Notice"], keys["Panel"], keys["Request"]) == ("2.1", "2.2", "2.1-2")
    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(20) == {}
