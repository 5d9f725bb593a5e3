"""Lists of records, dues and call in a real browser: looked at, loaded, read, and taken back."""

from __future__ import annotations

from playwright.sync_api import Browser

from bylaws.models import DutyList
from config.kernel import clock
from practitioners.services.people import create_practitioner
from tests.journeys.people import Person, Report
from tests.journeys.world import Hospital
from tests.privileging.conftest import NPIS


def test_a_list_is_looked_at_loaded_and_taken_back(browser: Browser, live_server, hospital: Hospital):
    create_practitioner(
        actor=hospital.system, provider_type="MD", last_name="Ames", first_name="Pat", npi=NPIS[0]
    )
    today = clock.today(hospital.facility)
    helen = Person(browser, live_server.url, "staff_coordinator", Report(), also=("dark", "360"))
    helen.go("/compliance/lists/")
    helen.sees("No list here.")
    helen.look("lists, none yet")
    helen.go("/compliance/lists/load/")
    page = helen.page
    page.get_by_label("Medical records overdue").check()
    page.get_by_label("Everybody whom it concerns").check()
    page.set_input_files(
        'input[type="file"]',
        {
            "name": "late.csv",
            "mimeType": "text/csv",
            "buffer": f"NPI,Count,Since\n{NPIS[0]},3,{today.replace(day=1)}\n".encode(),
        },
    )
    helen.press("Look at it first")
    helen.sees("Everybody else owes nothing, by this list.", "Can be loaded")
    helen.look("a list that was looked at")
    helen.press("Load the list")
    helen.sees("The next run of compliance reads it.", "Ames")
    helen.look("a list")
    helen.press("Take it back")
    helen.sees("No other list of medical records overdue stands")
    helen.fill(reason="It was last month's.")
    helen.look("a list to be taken back")
    helen.press("Take it back")
    helen.sees("Taken back", "It was last month's.")
    helen.go("/compliance/lists/")
    helen.look("lists")
    assert DutyList.objects.get().undo_reason == "It was last month's."
    helen.close()
