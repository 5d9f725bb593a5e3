"""Special notices of due process on their way, and the hearing of a file that ends where the file waits."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bylaws.choices import TrackStatus
from bylaws.models import DueProcess
from bylaws.orders import Ordered, Paper
from bylaws.selectors.due_process import own_exhibits, own_letters, own_tracks, standing_of
from bylaws.services.due_process import (
    Happened,
    conclude,
    correct_step,
    open_track,
    record_step,
    take_back_step,
)
from bylaws.services.due_process_notices import issue_notice, typeset_again
from bylaws.services.hearings import add_exhibit, propose_member, record_session, rule_on_member
from config.accounts.choices import Role
from config.audit.models import AuditEvent, ProtectedRead
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from credentialing.choices import HearingEvent, HearingState
from credentialing.selectors.hearings import hearing_of, held_for_hearing
from credentialing.services.hearings import open_track as open_track_of_file
from credentialing.services.hearings import record_hearing
from credentialing.services.letter_sending import Handed, Proof, record_arrival, send_letter
from practitioners import store
from practitioners.models import Letter, Practitioner
from tests.credentialing.letters import about, issue, ready, recommend
from tests.credentialing.scans import scan
from tests.credentialing.world import NOON, TODAY

DAY = dt.timedelta(days=1)
CERTIFIED = Handed("certified", "Marisol Quillfeather", carrier="USPS", tracking="9407 1000 0000")
PROOF = Proof("paper.pdf", scan(1, about="Signed"))
PAPER = Paper(PROOF.name, PROOF.content)


@pytest.fixture
def track(world) -> DueProcess:
    return open_track(
        actor=world.staff_coordinator, practitioner=world.practitioner(), facility=world.facility,
        ground="measure", measure="restriction", body="mec", authority="Minutes, item 4", proposed_on=TODAY,
        reasons="Marked reasons",
    )  # fmt: skip


def notice(world, track: DueProcess, kind: str = "notice_sent") -> Letter:
    return issue_notice(actor=world.staff_coordinator, track=track, kind=kind, to="Marisol Quillfeather")


def step(world, track: DueProcess, kind: str, day: dt.date, **more: Any) -> None:
    track.refresh_from_db()
    record_step(
        actor=world.staff_coordinator, track=track, kind=kind,
        happened=Happened(day, **{"told_by": "By letter", "words": "Marked basis"} | more),
    )  # fmt: skip


def arrived(world, sending, day: dt.date, **more: Any) -> None:
    record_arrival(
        actor=world.staff_coordinator, sending=sending, outcome="delivered", happened_on=day, told_by="M. Q.",
        proof=PROOF, **more,
    )  # fmt: skip


# --- notices ----------------------------------------------------------------------------------------------


def test_the_notice_says_what_the_law_asks_and_its_bytes_repeat(world, track):
    letter = notice(world, track)
    said = " ".join(block.get("text", " ".join(block.get("lines", []))) for block in letter.content["blocks"])
    for words in ("Marked reasons", "right to ask for a hearing", "within 30 days", "cross-examine"):
        assert words in said
    assert letter.content["marking"].startswith("Special notice. Confidential peer review")
    assert (letter.title, letter.data_class) == ("Special notice", "peer_review")
    assert typeset_again(letter) == store.get(letter.sha256)
    track.refresh_from_db()
    assert track.status == TrackStatus.OPENED, "nothing has gone out yet"
    assert "Marked" not in "".join(f"{each.data}{each.reason}" for each in AuditEvent.objects.all())


def test_it_goes_where_receipt_is_proved_and_the_time_runs_from_there(world, track):
    letter = notice(world, track)
    with pytest.raises(Refused, match="certified mail, courier or by hand"):
        send_letter(actor=world.staff_coordinator, letter=letter, handed=Handed("first_class", "M. Q."))
    with pytest.raises(
        Forbidden
    ):  # who writes letters and does not run due process sends none of its notices
        send_letter(actor=world.coordinator, letter=letter, handed=CERTIFIED)
    sending = send_letter(actor=world.staff_coordinator, letter=letter, handed=CERTIFIED)
    track.refresh_from_db()
    assert track.status == TrackStatus.NOTICE_SENT
    with clock.freeze(NOON + 5 * DAY):
        arrived(world, sending, TODAY + 4 * DAY)
        track.refresh_from_db()
        assert track.status == TrackStatus.DELIVERED
        event = track.events.get(kind="delivered")
        assert (event.day, event.proof.data_class, event.letter) == (TODAY + 4 * DAY, "peer_review", letter)
        arrived(world, sending, TODAY + 3 * DAY, reason="The receipt says so.")
    newest = track.events.get(kind="delivered", replaced_by__isnull=True)
    assert (newest.day, newest.reason, newest.replaces) == (TODAY + 3 * DAY, "The receipt says so.", event)
    with clock.freeze(NOON + 34 * DAY), pytest.raises(Refused, match="was over with"):
        step(world, track, "requested", TODAY + 34 * DAY)
    with clock.freeze(NOON + 33 * DAY):
        step(world, track, "requested", TODAY + 33 * DAY)


def test_a_notice_comes_in_its_turn(world, track):
    with pytest.raises(Refused, match="follows when it is scheduled"):
        notice(world, track, "hearing_notice")
    send_letter(actor=world.staff_coordinator, letter=notice(world, track), handed=CERTIFIED)
    with pytest.raises(Refused, match="comes first, once"):
        notice(world, track)


def sent(world, letter: Letter, day: dt.date | None = None, **more: Any):
    """The letter is handed over to the carrier on the day (None: today)."""
    handed = Handed(**{**vars(CERTIFIED), "sent_on": day})
    return send_letter(actor=world.staff_coordinator, letter=letter, handed=handed, **more)


def standing(track: DueProcess) -> list[tuple[str, dt.date]]:
    """Kind and day of what counts."""
    track.refresh_from_db()
    return [(each.kind, each.day) for each in standing_of(track.events.all())]


def came_back(world, sending, day: dt.date) -> None:
    record_arrival(
        actor=world.staff_coordinator, sending=sending, outcome="came_back", happened_on=day,
        told_by="The carrier", reason="It was handed to a stranger.",
    )  # fmt: skip


def scheduled(world, track: DueProcess, hearing_on: dt.date, **more: Any) -> None:
    """A notice sent and received today, a hearing asked for and scheduled today."""
    for kind in ("notice_sent", "delivered", "requested"):
        step(world, track, kind, TODAY, proof=PAPER if kind == "delivered" else None)
    step(world, track, "scheduled", TODAY, hearing_on=hearing_on, place="Board room, 9 am", **more)
    track.refresh_from_db()


def test_a_receipt_corrected_to_came_back_takes_the_clock_back(world, track):
    sending = sent(world, notice(world, track))
    arrived(world, sending, TODAY)
    assert standing(track)[-1] == ("delivered", TODAY)
    came_back(world, sending, TODAY)
    assert standing(track) == [("notice_sent", TODAY)]
    assert track.status == TrackStatus.NOTICE_SENT
    with clock.freeze(NOON + 40 * DAY), pytest.raises(Refused):
        step(world, track, "over", TODAY + 40 * DAY)


def test_a_receipt_on_which_something_rests_is_not_corrected_away_before_that_is_taken_back(world, track):
    sending = sent(world, notice(world, track))
    arrived(world, sending, TODAY)
    with clock.freeze(NOON + 31 * DAY):
        step(world, track, "over", TODAY + 31 * DAY)
        with pytest.raises(Refused, match="rests on this receipt") as refusal:
            came_back(world, sending, TODAY)
        assert refusal.value.field == "outcome"
        assert sending.arrivals.count() == 1, "nothing is half done"
        take_back_step(actor=world.staff_coordinator, track=track, reason="It never came.")
        came_back(world, sending, TODAY)
    assert standing(track) == [("notice_sent", TODAY)]


def test_a_corrected_day_of_sending_is_corrected_on_the_track(world, track):
    with clock.freeze(NOON + 4 * DAY):
        letter = notice(world, track)
        first = sent(world, letter)
    with clock.freeze(NOON + 8 * DAY):
        sent(world, letter, TODAY + 6 * DAY, corrects=first, reason="It lay in the office.")
        assert standing(track) == [("notice_sent", TODAY + 6 * DAY)]
    newest = track.events.get(replaced_by__isnull=True)
    assert (newest.reason, newest.letter) == ("It lay in the office.", letter)


def test_a_corrected_day_of_sending_must_still_fit_the_clock_of_the_hearing(world, track):
    scheduled(world, track, TODAY + 30 * DAY)
    letter = notice(world, track, "hearing_notice")
    first = sent(world, letter)
    assert standing(track)[-1] == ("hearing_notice", TODAY)
    with clock.freeze(NOON + 4 * DAY), pytest.raises(Refused, match="is 26 days after this notice"):
        sent(world, letter, TODAY + 4 * DAY, corrects=first, reason="It lay in the office.")
    assert letter.sendings.count() == 1


def test_a_notice_that_names_another_day_is_no_notice_of_the_hearing(world, track):
    scheduled(world, track, TODAY + 31 * DAY)
    letter = notice(world, track, "hearing_notice")
    event = track.events.get(kind="scheduled")

    def moved(day: dt.date) -> None:
        newest = track.events.get(kind="scheduled", replaced_by__isnull=True)
        correct_step(
            actor=world.staff_coordinator, event=newest, reason="A slip.",
            happened=Happened(event.day, hearing_on=day, place=event.place),
        )  # fmt: skip

    moved(TODAY + 45 * DAY)
    with pytest.raises(Refused, match="names another day or place"):
        sent(world, letter)
    assert standing(track)[-1][0] == "scheduled"
    moved(TODAY + 31 * DAY)
    sent(world, letter)
    assert standing(track)[-1] == ("hearing_notice", TODAY)
    with pytest.raises(Refused, match="Put the hearing off") as refusal:
        moved(TODAY + 45 * DAY)
    assert refusal.value.field == "hearing_on"


def test_a_notice_of_a_hearing_that_was_taken_back_does_not_go_out(world, track):
    scheduled(world, track, TODAY + 31 * DAY)
    letter = notice(world, track, "hearing_notice")
    take_back_step(actor=world.staff_coordinator, track=track, reason="The room is taken.")
    with pytest.raises(Refused, match="not scheduled any more"):
        sent(world, letter)


def test_a_receipt_that_comes_when_the_track_has_ended_is_kept_and_moves_nothing(world, track):
    sending = sent(world, notice(world, track))
    step(world, track, "closed", TODAY)
    arrived(world, sending, TODAY)
    assert sending.arrivals.get().proof is not None
    assert standing(track) == [("notice_sent", TODAY), ("closed", TODAY)]


def test_a_receipt_of_a_notice_whose_sending_was_taken_back_is_kept_too(world, track):
    letter = notice(world, track)
    sending = sent(world, letter)
    take_back_step(actor=world.staff_coordinator, track=track, reason="The wrong track.")
    arrived(world, sending, TODAY)
    assert sending.arrivals.count() == 1
    assert standing(track) == []


def test_of_two_sendings_the_first_that_arrives_starts_the_clock(world, track):
    letter = notice(world, track)
    certified, courier = sent(world, letter), sent(world, letter)
    with clock.freeze(NOON + 8 * DAY):
        arrived(world, certified, TODAY + 5 * DAY)
        arrived(world, courier, TODAY + 8 * DAY)
        assert standing(track)[-1] == ("delivered", TODAY + 5 * DAY)
        assert courier.arrivals.count() == 1
        arrived(world, courier, TODAY + 3 * DAY, reason="The receipt says the third day.")
        assert standing(track)[-1] == ("delivered", TODAY + 3 * DAY)
        came_back(world, courier, TODAY + 3 * DAY)
        assert standing(track)[-1] == ("delivered", TODAY + 5 * DAY), "the other one did arrive"


def test_a_corrected_sending_says_nothing_against_its_receipt(world, track):
    letter = notice(world, track)
    first = sent(world, letter)
    with clock.freeze(NOON + 8 * DAY):
        arrived(world, first, TODAY + 5 * DAY)
        second = sent(world, letter, TODAY + 2 * DAY, corrects=first, reason="It lay in the office.")
        assert standing(track) == [("notice_sent", TODAY + 2 * DAY), ("delivered", TODAY + 5 * DAY)]
        arrived(world, second, TODAY + 6 * DAY)
        assert standing(track)[-1] == ("delivered", TODAY + 6 * DAY)


def test_what_a_person_corrected_on_the_track_stays_while_the_letter_says_nothing_new(world, track):
    letter = notice(world, track)
    sending = sent(world, letter)
    with clock.freeze(NOON + 8 * DAY):
        arrived(world, sending, TODAY + 5 * DAY)
        correct_step(
            actor=world.staff_coordinator, event=track.events.get(kind="delivered"), reason="By the card.",
            happened=Happened(TODAY + 4 * DAY, told_by="M. Q."),
        )  # fmt: skip
        other = sent(world, letter)
        arrived(world, other, TODAY + 8 * DAY)
    assert standing(track)[-1] == ("delivered", TODAY + 4 * DAY)


def test_a_receipt_recorded_by_hand_gives_way_only_to_an_earlier_one(world, track):
    letter = notice(world, track)
    sending = sent(world, letter)
    with clock.freeze(NOON + 8 * DAY):
        step(world, track, "delivered", TODAY + 6 * DAY, proof=PAPER)
        arrived(world, sending, TODAY + 7 * DAY)
        assert standing(track)[-1] == ("delivered", TODAY + 6 * DAY)
        arrived(world, sending, TODAY + 5 * DAY, reason="The card says so.")
        assert standing(track)[-1] == ("delivered", TODAY + 5 * DAY)


# --- what the practitioner reads --------------------------------------------------------------------------


def test_the_practitioner_reads_what_went_out_and_nothing_before_it(world, track):
    user = world.user("Marisol Quillfeather", Role.PRACTITIONER)
    Practitioner.objects.filter(pk=track.practitioner_id).update(user=user)
    stranger = world.user("Sol Stranger", Role.PRACTITIONER)
    letter = notice(world, track)
    client = Client()
    client.force_login(user)
    page = reverse("bylaws:own_due_process", args=[track.uid])
    paper = reverse("practitioners:letter", args=[letter.uid])
    assert not own_tracks(user).exists()
    assert [client.get(each).status_code for each in (page, paper)] == [404, 404]
    send_letter(actor=world.staff_coordinator, letter=letter, handed=CERTIFIED)
    assert list(own_letters(track)) == [letter]
    shown = client.get(page)
    assert shown.status_code == 200
    assert "Marked reasons" in shown.content.decode()
    assert "Peer review." in shown.content.decode()
    assert client.get(paper).status_code == 200
    assert client.get(reverse("bylaws:due_process", args=[track.uid])).status_code in (403, 404)
    person = track.practitioner
    office = client.get(reverse("practitioners:more_office", args=[person.uid]))
    assert client.get(reverse("practitioners:mine"))["Location"] == reverse(
        "practitioners:file", args=[person.uid]
    )
    assert "Special notices to you" in office.content.decode()
    assert ProtectedRead.objects.filter(actor_uid=user.uid, subject_uid=track.uid).exists()
    client.force_login(stranger)
    assert [client.get(each).status_code for each in (page, paper)] == [404, 404]


def test_the_practitioner_reads_exhibits_handed_over_and_own_and_no_others(world, track):
    for kind, more in (("notice_sent", {}), ("delivered", {"proof": PAPER}), ("requested", {})):
        step(world, track, kind, TODAY, **more)
    shown = []
    for side, handed_over in (("hospital", False), ("hospital", True), ("practitioner", False)):
        made = add_exhibit(
            actor=world.staff_coordinator, track=track, side=side, title="A paper", paper=PAPER,
            handed_over=handed_over,
        )  # fmt: skip
        shown.append(made)
    assert list(own_exhibits(track)) == shown[1:]
    user = world.user("Marisol Quillfeather", Role.PRACTITIONER)
    Practitioner.objects.filter(pk=track.practitioner_id).update(user=user)
    client = Client()
    client.force_login(user)
    answers = [
        client.get(reverse("bylaws:own_due_process_exhibit", args=[track.uid, each.uid])).status_code
        for each in shown
    ]
    assert answers == [404, 200, 200]


# --- the hearing of a file --------------------------------------------------------------------------------


@pytest.fixture
def asked_for(world):
    """A file whose adverse recommendation was noticed, and a hearing asked for."""
    application = ready(world).accepted()
    recommend(world, application)
    letter = issue(world, "adverse_recommendation", about(world, application))
    arrived(world, send_letter(actor=world.staff_coordinator, letter=letter, handed=CERTIFIED), TODAY)
    return application


def hearing(world, application, event, **more: Any):
    values: dict[str, Any] = {
        "actor": world.staff_coordinator, "application": application, "event": event, "happened_on": TODAY,
        "told_by": "Her lawyer, by letter", "proof": PROOF,
    }  # fmt: skip
    return record_hearing(**values | more)


def file_track(world, application) -> DueProcess:
    return open_track_of_file(
        actor=world.staff_coordinator, application=application,
        decision_uid=hearing_of(application, TODAY).decision.uid,
    )  # fmt: skip


def test_the_track_of_a_file_begins_when_a_hearing_is_asked_for(world, asked_for):
    with pytest.raises(Refused, match="begins when a hearing is asked for"):
        file_track(world, asked_for)
    hearing(world, asked_for, HearingEvent.REQUESTED)
    track = file_track(world, asked_for)
    assert (track.status, track.measure) == (TrackStatus.REQUESTED, "file")
    assert file_track(world, asked_for) == track, "asked again it answers with the one there is"
    for event in (HearingEvent.OVER, HearingEvent.WAIVED):
        with pytest.raises(Refused, match="record it with its due process"):
            hearing(world, asked_for, event)


def test_its_final_action_frees_the_board_and_taking_it_back_holds_it_again(world, asked_for):
    hearing(world, asked_for, HearingEvent.REQUESTED)
    track = file_track(world, asked_for)
    step(world, track, "scheduled", TODAY, hearing_on=TODAY + 40 * DAY, place="Board room, 9 am")
    step(world, track, "hearing_notice", TODAY)
    officer = propose_member(actor=world.staff_coordinator, track=track, part="officer", name="Harriet Lamb")
    rule_on_member(
        actor=world.staff_coordinator, member=officer, ruling="sits", by_whom="President", because="A judge."
    )
    on = TODAY + 45 * DAY
    with clock.freeze(NOON + 45 * DAY):
        record_session(
            actor=world.staff_coordinator, track=track, day=TODAY + 40 * DAY, present=[officer],
            practitioner_present=True,
        )  # fmt: skip
        step(world, track, "held", TODAY + 40 * DAY)
        step(world, track, "reported", on, outcome="upheld", proof=PAPER)
        step(world, track, "decided", on, outcome="upheld", authority="Minutes, item 2")
        track.refresh_from_db()
        assert held_for_hearing(asked_for, on)
        ordered = Ordered(
            decided_on=on, authority="Minutes, item 2", day=on, words="The board decides.", paper=PAPER
        )
        conclude(actor=world.staff_coordinator, track=track, action="file", ordered=ordered)
        assert held_for_hearing(asked_for, on) == ""
        assert hearing_of(asked_for, on).state(on) == HearingState.OVER
        take_back_step(actor=world.staff_coordinator, track=track, reason="Without a quorum.")
        assert hearing_of(asked_for, on).state(on) == HearingState.REQUESTED
        assert held_for_hearing(asked_for, on)


def test_the_page_of_the_right_opens_it(world, asked_for):
    hearing(world, asked_for, HearingEvent.REQUESTED)
    client = Client()
    client.force_login(world.staff_coordinator)
    act = str(hearing_of(asked_for, TODAY).decision.uid)
    page = reverse("credentialing:hearing", args=[asked_for.uid])
    assert "Open its due process" in client.get(page).content.decode()
    answer = client.post(reverse("credentialing:hearing_track", args=[asked_for.uid]), {"act": act})
    track = DueProcess.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, reverse("bylaws:due_process", args=[track.uid]))
    assert "Its due process" in client.get(page).content.decode()
