"""What is asked for, beside what peers of the specialty hold and the person's last term."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from bylaws.choices import Body
from privileging.choices import GrantKind
from privileging.selectors.comparing import compared
from privileging.selectors.requests import lines_of
from tests.privileging.conftest import TODAY, appoint, grant, licensed
from tests.privileging.files import asked, before_the_board, office, opened

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(world, bylaws_rule):
    return office(world)


@pytest.fixture
def peers(world, person):
    """Three who hold something of the form, two of them laparoscopic cholecystectomy; others do not count."""
    first, second, third = (person(last=name) for name in ("Adler", "Bauer", "Cohen"))
    grant(world, first)
    grant(world, first, "GS-SEDATION")
    grant(world, second)
    grant(world, third, "GS-SEDATION")
    grant(world, person(last="Elsewhere"), facility=world.harbor)
    grant(world, person(last="Over"), last_day=TODAY - dt.timedelta(days=1))
    grant(world, person(last="Locum"), kind=GrantKind.LOCUM)


def told(application):
    lines = list(lines_of(application))
    found = compared(lines, TODAY)
    return {line.form_line.privilege.code: found.lines[line.uid] for line in lines}, found.not_asked


def test_each_line_says_how_many_peers_hold_it_and_what_was_held_before(world, staff, person, peers):
    one = person(last="Okonkwo")
    licensed(world, one)
    application = opened(world, staff, one)
    asked(staff, application, special=["GS-SEDATION"])
    said, not_asked = told(application)
    assert said["GS-LAP-CHOLE"] == "Held by 2 of 3 peers (General surgery). Not held here before."
    assert said["GS-SEDATION"].startswith("Held by 2 of 3 peers")
    assert said["GS-THYROID"].startswith("Held by 0 of 3 peers")
    assert not_asked == ()


def test_a_renewal_is_beside_the_last_term_with_its_conditions(
    world, staff, person, django_assert_num_queries
):
    one = person(last="Okonkwo")
    licensed(world, one)
    appoint(world, one, dt.date(2025, 1, 1), dt.date(2026, 12, 31))
    grant(world, one, last_day=dt.date(2026, 12, 31), conditions="With a proctor.\nNot at night.")
    grant(world, one, "GS-SEDATION", last_day=dt.date(2026, 12, 31))
    grant(world, one, "GS-THYROID", dt.date(2024, 1, 1), dt.date(2024, 12, 31))
    application = opened(world, staff, one, kind="reappointment")
    asked(staff, application)
    lines = list(lines_of(application))
    with django_assert_num_queries(2):
        compared(lines, TODAY)
    said, not_asked = told(application)
    assert said["GS-LAP-CHOLE"] == (
        "Nobody else holds anything of General surgery here. "
        "Held now, through 31 Dec 2026, with conditions: With a proctor. Not at night."
    )
    assert said["GS-THYROID"].endswith("Held until 31 Dec 2024.")
    assert [name for name in not_asked if "edation" in name] == list(not_asked)
    assert len(not_asked) == 1
    assert compared([], TODAY).lines == {}


def test_the_page_of_the_file_shows_it(world, staff, person, peers, client):
    one = person(last="Okonkwo")
    licensed(world, one)
    application = opened(world, staff, one)
    asked(staff, application)
    step = before_the_board(staff, application)
    assert step.body == Body.BOARD
    client.force_login(staff.meetings)
    page = client.get(reverse("bylaws:review", args=[step.uid])).content.decode()
    assert "Held by 2 of 3 peers" in page
