"""The page of a file in which almost everything was found out, and what may be done with it then."""

from __future__ import annotations

import pytest

from credentialing.choices import ApplicationStatus, Element
from credentialing.services import applications, flags
from tests.credentialing.files import hospitals_with_file_almost_found_out
from tests.credentialing.pages import WALK, act, cost, file_url

HOSPITALS = hospitals_with_file_almost_found_out


@pytest.fixture
def office(client, world):
    """A browser in which the credentialing coordinator is signed in."""
    client.force_login(world.coordinator)
    return client


class TestFile:
    def test_a_whole_file_within_its_queries(self, office, world):
        application = world.file
        world.find_out(application, but=(Element.STATE_LICENSE,))
        answer = cost(office, file_url(application), WALK)
        page = answer.content.decode()
        assert "1 thing is still to be found out" in page
        assert "Dana Whitlock" in page
        assert act(application, "complete") not in page

    def test_the_button_stands_where_the_reason_was(self, office, world):
        application = world.file
        world.find_out(application)
        assert act(application, "complete") in office.get(file_url(application)).content.decode()
        office.post(act(application, "complete"))
        application.refresh_from_db()
        assert application.status == ApplicationStatus.COMPLETE

    def test_the_expedited_way_has_a_page_that_says_why_not(self, office, world):
        application = world.file
        world.find_out(application)
        application = applications.complete(actor=world.coordinator, application=application)
        url = act(application, "expedite")
        assert f'href="{url}"' in office.get(file_url(application)).content.decode()
        flag = flags.raise_flag(
            actor=world.coordinator, application=application, code="RF-GAP", severity="warn", sentence="Half."
        )
        main = cost(office, url, WALK).content.decode().split("<main")[1].split("</main>")[0]
        assert "For a clean file: the department chair, then the" in main
        assert "This file goes the whole way. Needs review: Unexplained gap (RF-GAP). Half. Open." in main
        assert "<form" not in main
        refused = office.post(url)
        assert (refused.status_code, b"Unexplained gap (RF-GAP). Half." in refused.content) == (422, True)
        flags.dispose(actor=world.coordinator, flag=flag, disposition="Explained.")
        assert "whole way" not in office.get(url).content.decode()
        application.refresh_from_db()
        assert application.status == ApplicationStatus.COMPLETE
