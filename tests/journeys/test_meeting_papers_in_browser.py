"""Papers of a meeting: the packet is opened, minutes are drafted, approved by the next meeting, signed."""

from __future__ import annotations

import datetime as dt
import io

from playwright.sync_api import Browser, expect
from pypdf import PdfReader

from bylaws.choices import CommitteeKind, VoteChoice
from bylaws.models import FollowUp, MeetingMinutes
from bylaws.services.agendas import add_other_business
from bylaws.services.meetings import adjourn, call_to_order, schedule_meeting
from bylaws.services.motions import cast_vote, close_vote, move
from bylaws.services.presence import mark_present
from config.kernel import clock
from tests.journeys.files import files_before_committee
from tests.journeys.people import Person, Report
from tests.journeys.world import Hospital

COMMITTEE = CommitteeKind.CREDENTIALS_COMMITTEE
MEMBERS = ("credentials1", "credentials2", "credentials3")


def test_packet_minutes_and_follow_ups(browser: Browser, live_server, hospital: Hospital):
    files_before_committee(hospital, 2)
    runner, committee = hospital["staff_coordinator"], hospital.committees[COMMITTEE]
    meeting = schedule_meeting(actor=runner, committee=committee, starts_at=clock.wall())
    add_other_business(actor=runner, meeting=meeting, title="Parking")
    page = f"/meetings/{meeting.uid}/"
    report = Report()
    helen = Person(browser, live_server.url, "staff_coordinator", report, also=("360", "dark"))
    helen.go(page)
    helen.press("Add all that is ready (2)")
    helen.press("Put these on the agenda")
    paul = Person(browser, live_server.url, "credentials1", report, view="360", also=("dark",))
    paul.go(page)
    link = paul.page.get_by_role("link", name="Packet (PDF)")
    answer = paul.page.request.get(live_server.url + (link.get_attribute("href") or ""))
    pdf = PdfReader(io.BytesIO(answer.body()))
    titles = [str(each.title) for each in pdf.outline if not isinstance(each, list)]
    assert titles[1:3] == ["Agenda", "1. Parking"]
    assert len(titles) == 5

    meeting = call_to_order(actor=runner, meeting=meeting)
    for name in MEMBERS:
        mark_present(actor=runner, meeting=meeting, user=hospital[name])
    adjourn(actor=runner, meeting=meeting)
    helen.go(page)
    helen.press("Give a follow-up")
    form = helen.page.locator("main form")
    helen.fill_in(form, "item", "1. Parking")
    helen.fill_in(form, "what", "Ask for offers")
    helen.fill_in(form, "owner", "Paul Novak")
    helen.fill_in(form, "due", (clock.today(hospital.facility) + dt.timedelta(days=7)).isoformat())
    helen.look("giving a follow-up")
    helen.press("Give it")
    helen.sees("Paul Novak has it on Today.", "Ask for offers", "To do")
    helen.look("follow-ups from meetings")

    helen.go(f"{page}minutes/")
    helen.sees("There are no minutes yet.")
    helen.press("Draft the minutes")
    helen.sees("Called to order at", "Paul Novak, chair", "Postponed to another meeting")
    helen.look("minutes as drafted")
    helen.press("Edit")
    helen.page.locator("[name=section_0]").fill("The committee met.")
    helen.look("minutes edited")
    helen.press("Save as a new version")
    helen.sees("The committee met.", "Version 2")
    helen.press("Circulate")
    helen.confirm()
    helen.sees("They go on the agenda of the next meeting by themselves")

    later = schedule_meeting(
        actor=runner, committee=committee, starts_at=clock.wall() + dt.timedelta(minutes=1)
    )
    helen.go(f"/meetings/{later.uid}/")
    helen.sees("Minutes of")
    later = call_to_order(actor=runner, meeting=later)
    for name in MEMBERS:
        mark_present(actor=runner, meeting=later, user=hospital[name])
    motion = move(
        actor=runner, item=later.agenda_items.get(), mover=hospital[MEMBERS[0]],
        seconder=hospital[MEMBERS[1]], text="To approve the minutes as circulated.", lines=[],
    )  # fmt: skip
    for name in MEMBERS:
        cast_vote(actor=hospital[name], motion=motion, user=hospital[name], choice=VoteChoice.FOR)
    close_vote(actor=runner, motion=motion)

    paul.go("/")
    paul.sees("Minutes to sign", "Ask for offers")
    paul.go(f"{page}minutes/")
    paul.look("minutes to be signed")
    paul.press("Sign as chair")
    paul.confirm()
    paul.sees("You have signed the minutes.", "Approved and signed")
    expect(paul.page.locator("#signatures")).to_contain_text("Paul Novak")
    assert MeetingMinutes.objects.get(meeting=meeting).versions.get(number=2).signatures.count() == 1
    paul.go(f"/meetings/follow-ups/{FollowUp.objects.get().uid}/")
    paul.page.locator("[name=note]").fill("Three offers")
    paul.press("It is done")
    paul.sees("Recorded as done.", "Three offers")
    paul.close()
    helen.close()
    assert report.complaints == []
    assert report.more_than(20) == {}
