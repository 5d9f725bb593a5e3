"""Meetings of the whole medical staff: its members are those appointed that day; who came says the sheet."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from bylaws.choices import CommitteeKind
from bylaws.selectors.duties import staff_at
from bylaws.selectors.meetings import meeting_view
from bylaws.services.committees import form_committee
from bylaws.services.duties import record_staff_attendance
from bylaws.services.meetings import adjourn, call_to_order, schedule_meeting
from bylaws.services.minutes_of_meeting import draft_minutes
from config.kernel import clock


@pytest.fixture
def meeting(world):
    """Three active members and one of courtesy, before whom the staff meets today."""
    general = form_committee(
        actor=world.system, facility=world.facility, kind=CommitteeKind.GENERAL_STAFF, name="Medical staff"
    )
    for name in ("Ada Alder", "Bea Birch", "Cem Cedar"):
        world.appoint(world.practitioner(name))
    world.appoint(world.practitioner("Dov Dogwood"), category="courtesy")
    world.appoint(world.practitioner("Eva Elder"), last=dt.date(2026, 1, 1))  # no member any more
    made = schedule_meeting(actor=world.coordinator, committee=general, starts_at=clock.now())
    return call_to_order(actor=world.coordinator, meeting=made)


def written(world, meeting):
    answers = {"Alder": "present", "Birch": "remote", "Cedar": "absent", "Dogwood": "present"}
    said = {
        each.practitioner: answers[each.practitioner.sort_name.partition(",")[0]]
        for each in staff_at(meeting)
    }
    record_staff_attendance(actor=world.coordinator, meeting=meeting, said=said)


def test_its_members_are_those_appointed_that_day(world, meeting, sign_in):
    view = meeting_view(viewer=world.coordinator, meeting=meeting)
    assert [each.practitioner.sort_name for each in view.staff] == [
        "Alder, Ada", "Birch, Bea", "Cedar, Cem", "Dogwood, Dov"
    ]  # fmt: skip
    assert [each.votes for each in view.staff] == [True, True, True, False]
    page = sign_in(world.coordinator).get(reverse("bylaws:meeting", args=[meeting.uid])).content.decode()
    assert "3 members with a vote" in page
    assert "the sheet says nothing yet" in page
    assert "Nobody sits on this committee" not in page


def test_who_came_says_the_sheet(world, meeting, sign_in):
    written(world, meeting)
    view = meeting_view(viewer=world.coordinator, meeting=meeting)
    assert (view.staff_came, view.quorum.present, view.quorum.in_office) == (2, 2, 3)
    page = sign_in(world.coordinator).get(reverse("bylaws:meeting", args=[meeting.uid])).content.decode()
    assert "2 of them were there, as the sheet says" in page


def test_the_minutes_say_it_too(world, meeting):
    written(world, meeting)
    minutes = draft_minutes(
        actor=world.coordinator, meeting=adjourn(actor=world.coordinator, meeting=meeting)
    )
    opening, section, *_ = minutes.versions.get().sections
    assert (opening["heading"], section["heading"]) == ("Call to order", "Attendance")
    assert opening["text"].splitlines()[-1] == "Quorum: 2 of 3 in office present, 2 needed."
    assert section["text"].splitlines() == [
        "By the sheet, present (2): Ada Alder, MD; Dov Dogwood, MD.",
        "By the sheet, present, remote (1): Bea Birch, MD.",
        "By the sheet, absent (1): Cem Cedar, MD.",
    ]


def test_the_minutes_state_no_quorum_where_nobody_wrote_the_sheet(world, meeting):
    assert meeting.quorum_at_order == {}  # nobody has a seat whose presence could be counted
    minutes = draft_minutes(
        actor=world.coordinator, meeting=adjourn(actor=world.coordinator, meeting=meeting)
    )
    assert "uorum" not in minutes.versions.get().sections[0]["text"]


def test_who_came_remote_counts_only_where_the_bylaws_let_them(world, meeting):
    world.parameter("bylaws.remote_attendance", "in_person_only", subject=CommitteeKind.GENERAL_STAFF)
    written(world, meeting)
    view = meeting_view(viewer=world.coordinator, meeting=meeting)
    assert (view.staff_came, view.quorum.present, view.quorum.in_office) == (2, 1, 3)
    minutes = draft_minutes(
        actor=world.coordinator, meeting=adjourn(actor=world.coordinator, meeting=meeting)
    )
    assert "No quorum: 1 of 3 in office present, 2 needed." in minutes.versions.get().sections[0]["text"]
