"""All letters of a meeting in one act: each issued and sent once, what cannot be is named."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.choices import Body, LineOutcome
from bylaws.models import Committee, Decision
from bylaws.services.agendas import add_step_to_agenda
from bylaws.services.meetings import adjourn, call_to_order, schedule_meeting
from bylaws.services.motions import cast_vote, close_vote, move
from bylaws.services.presence import mark_present
from config.audit.models import ProtectedRead
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from credentialing.choices import LetterState
from credentialing.models import LetterMail, LetterSending, OfficeLetter
from credentialing.selectors.meeting_letters import NO_EMAIL, WITH_PROOF, letters_of_meeting
from credentialing.services.meeting_letters import issue_meeting_letters
from practitioners.models import Letter
from practitioners.services.people import set_contact_point
from tests.privileging.conftest import NOON, build_today, licensed
from tests.privileging.files import answers, asked, before_the_board, opened
from tests.privileging.test_hearings import step_of, with_executive_committee

pytestmark = pytest.mark.django_db


def hospital():
    """The executive committee, of the same three people as the board, before the board."""
    world = build_today()
    with clock.freeze(NOON):
        world.staff = with_executive_committee(world)
    return world


HOSPITAL = hospital


@pytest.fixture
def staff(world, bylaws_rule):
    world.lakeside.office_phone = "555 0100"
    world.lakeside.save(update_fields=["office_phone"])
    return world.staff


@pytest.fixture
def file(world, staff, person):
    """Makes a file before the board, of somebody with or without an e-mail address."""

    def make(*, email: str = "", address: bool = True):
        one = person()
        licensed(world, one)
        more = {"actor": staff.coordinator, "practitioner": one}
        if email:
            set_contact_point(kind="email", line_1=email, **more)
        if address:
            set_contact_point(
                kind="mailing",
                line_1="14 Alder Court",
                city="Columbus",
                state="OH",
                postal_code="43004",
                **more,
            )
        application = opened(world, staff, one)
        asked(staff, application)
        before_the_board(staff, application)
        return application

    return make


def acted(staff, body, *files, everything=LineOutcome.RECOMMEND):
    """A meeting of the body that answered every line of the files."""
    steps = [step_of(each, body) for each in files]
    committee = Committee.objects.get(facility=steps[0].case.facility, kind=str(body))
    meeting = schedule_meeting(actor=staff.meetings, committee=committee, starts_at=NOON)
    items = [add_step_to_agenda(actor=staff.meetings, meeting=meeting, step=step) for step in steps]
    for member in staff.members:
        mark_present(actor=staff.meetings, meeting=meeting, user=member)
    meeting = call_to_order(actor=staff.meetings, meeting=meeting)
    for item, application in zip(items, files, strict=True):
        motion = move(
            actor=staff.meetings,
            item=item,
            mover=staff.members[0],
            seconder=staff.members[1],
            lines=answers(application, everything=everything),
        )
        for member in staff.members:
            cast_vote(actor=staff.meetings, motion=motion, user=member, choice="for")
        close_vote(actor=staff.meetings, motion=motion)
    return meeting


def decided(staff, *files):
    """The meeting of the board that granted what the executive committee had recommended."""
    before = acted(staff, Body.MEC, *files)
    assert letters_of_meeting(staff.meetings, before) == []  # a recommendation in favor calls for none
    return acted(staff, Body.BOARD, *files)


def advised_against(staff, application):
    """The meeting in which the executive committee recommended against the whole application."""
    return acted(staff, Body.MEC, application, everything=LineOutcome.NOT_RECOMMEND)


def act(staff, meeting, rows):
    chosen = {each.key for each in rows}
    return issue_meeting_letters(actor=staff.coordinator, meeting=meeting, chosen=chosen)


def test_every_letter_goes_once_and_what_cannot_is_named(staff, file):
    first = file(email="first@example.org")
    second = file()
    meeting = decided(staff, first, second)
    rows = letters_of_meeting(staff.coordinator, meeting)
    assert [(each.practitioner, each.name) for each in rows] == [
        (first.practitioner, "Decision on application"),
        (first.practitioner, "Welcome to the medical staff"),
        (second.practitioner, "Decision on application"),
        (second.practitioner, "Welcome to the medical staff"),
    ]
    # Without an address for e-mail the decision, issued with the act, is to be printed: nothing to do here.
    assert [each.waits for each in rows] == [True, True, False, True]
    assert rows[2].problem == NO_EMAIL

    done = act(staff, meeting, rows)
    assert len(done.issued) == 2
    assert [each.practitioner for each in done.sent] == [first.practitioner] * 2
    assert [(row.practitioner, row.name, why) for row, why in done.left] == [
        (second.practitioner, "Welcome to the medical staff", NO_EMAIL)
    ]
    assert set(LetterMail.objects.values_list("recipient_email", flat=True)) == {"first@example.org"}
    assert {each.application for each in OfficeLetter.objects.all()} == {first, second}

    again = letters_of_meeting(staff.coordinator, meeting)
    assert [each.badge for each in again] == [
        LetterState.SENDING, LetterState.SENDING, LetterState.TO_SEND, LetterState.TO_SEND,
    ]  # fmt: skip
    assert not any(each.waits for each in again)
    for chosen in (rows, again):  # pressed twice, or from a page that was opened before
        with pytest.raises(Refused, match="left to issue or to send"):
            act(staff, meeting, chosen)
    assert (Letter.objects.count(), LetterSending.objects.count()) == (4, 2)


def test_only_what_was_chosen_goes(staff, file):
    application = file(email="first@example.org")
    meeting = decided(staff, application)
    decision, welcome = letters_of_meeting(staff.coordinator, meeting)
    act(staff, meeting, [decision])
    assert LetterSending.objects.get().letter == decision.letter
    assert not OfficeLetter.objects.exists()
    adjourn(actor=staff.meetings, meeting=meeting)  # and the rest afterwards
    assert len(act(staff, meeting, [welcome]).sent) == 1


def test_a_notice_is_issued_and_left_to_be_sent_with_proof(staff, file):
    application = file(email="first@example.org")
    meeting = advised_against(staff, application)
    (notice,) = letters_of_meeting(staff.meetings, meeting)
    assert (notice.name, notice.email) == ("Notice of an adverse recommendation", "")
    done = issue_meeting_letters(actor=staff.meetings, meeting=meeting, chosen={notice.key})
    assert [why for _, why in done.left] == [WITH_PROOF]
    letter = done.issued[0]
    assert (letter.office.decision, letter.data_class) == (Decision.objects.get(), "peer_review")
    assert not LetterSending.objects.exists()
    (row,) = letters_of_meeting(staff.meetings, meeting)
    assert (row.letter, row.waits, row.problem) == (letter, False, WITH_PROOF)


def test_a_notice_without_a_mailing_address_is_not_issued(staff, file):
    application = file(email="first@example.org", address=False)
    meeting = advised_against(staff, application)
    (notice,) = letters_of_meeting(staff.meetings, meeting)
    assert not notice.waits
    assert notice.problem.startswith("No mailing address is on file")


def test_a_letter_that_cannot_be_issued_hinders_no_other(world, staff, file):
    first = file(email="first@example.org")
    meeting = decided(staff, first)
    world.lakeside.office_phone = ""  # the welcome gives it
    world.lakeside.save(update_fields=["office_phone"])
    done = act(staff, meeting, letters_of_meeting(staff.coordinator, meeting))
    assert [each.kind for each in done.sent] == ["decision"]
    assert [(row.name, "cannot be issued" in why) for row, why in done.left] == [
        ("Welcome to the medical staff", True)
    ]


def test_nobody_but_the_office_issues_them(staff, file):
    application = file(email="first@example.org")
    meeting = decided(staff, application)
    with pytest.raises(Forbidden):
        issue_meeting_letters(actor=staff.members[0], meeting=meeting, chosen={"x"})


def test_the_page_issues_and_sends_and_says_what_is_left(staff, file):
    first = file(email="first@example.org")
    second = file()
    meeting = decided(staff, first, second)
    client = Client()
    client.force_login(staff.coordinator)
    url = reverse("credentialing:meeting_letters", args=[meeting.uid])
    page = client.get(url)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(url)
    assert len(queries) <= 20, "\n".join(each["sql"][:150] for each in queries)
    text = page.content.decode()
    assert "To issue: 2. To e-mail: 2." in text
    assert NO_EMAIL in text
    chosen = page.context["form"].fields["chosen"].initial
    assert client.post(url, {"chosen": chosen}).status_code == 303
    answer = client.get(url).content.decode()
    assert "2 letters issued, 2 e-mails on the way." in answer
    assert f"{second.practitioner}, Welcome to the medical staff: {NO_EMAIL}" in answer
    twice = client.post(url, {"chosen": chosen})
    assert twice.status_code == 422
    assert "issued or sent meanwhile" in twice.content.decode()
    assert client.post(url, {}).status_code == 422


def test_seeing_a_notice_is_logged_and_another_hospital_sees_nothing(world, staff, file):
    application = file()
    meeting = advised_against(staff, application)
    client = Client()
    client.force_login(staff.meetings)
    url = reverse("credentialing:meeting_letters", args=[meeting.uid])
    assert "Notice of an adverse recommendation" in client.get(url).content.decode()
    assert ProtectedRead.objects.filter(practitioner_uid=application.practitioner.uid).exists()
    client.force_login(staff.members[0])
    assert client.get(url).status_code == 403
    meeting_page = reverse("bylaws:meeting", args=[meeting.uid])
    assert url not in client.get(meeting_page).content.decode()
    client.force_login(staff.meetings)
    with clock.freeze(NOON):
        assert url in client.get(meeting_page).content.decode()
