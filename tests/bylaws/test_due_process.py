"""Due process from the notice to the final action: what may follow what, the clocks, what is taken back."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.urls import reverse

from bylaws.choices import AdverseActionKind, BarKind, CommitteeKind, TrackStatus
from bylaws.models import AdverseAction, Bar, DueProcess, DueProcessEvent, PanelMember
from bylaws.rules import hearing_notice
from bylaws.selectors.due_process import get_track, sat_on_body, seats_of, standing_of, took_part, tracks
from bylaws.selectors.membership import bars_in_force
from bylaws.services.bars import lift_bar, open_bar, take_back_lift
from bylaws.services.due_process import Happened, correct_step, record_step, take_back_step
from bylaws.services.due_process_agendas import put_before
from bylaws.services.due_process_notices import draft_notice, issue_notice
from bylaws.services.hearings import (
    name_witness,
    object_to_member,
    propose_member,
    record_session,
    release_member,
    rule_on_member,
    rule_on_objection,
)
from bylaws.services.investigation_steps import Step
from bylaws.services.investigation_steps import correct_step as correct_investigation_step
from bylaws.services.motions import close_vote
from bylaws.worklist.suspensions import due_process_waiting
from config.accounts.choices import Role
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.rulebook.rules import judge_many
from config.rulebook.verdicts import Outcome
from tests.bylaws import due
from tests.bylaws.due import DAY, PAPER
from tests.bylaws.test_meetings import moved, voted
from tests.bylaws.world import NOON, TODAY

START = TODAY - 95 * DAY


@pytest.fixture
def member(world):
    person = due.specialist(world, "Adaeze Okonkwo")
    world.appoint(person)
    return person


def judged(world, person, on=TODAY, known_at=None):
    return judge_many(
        hearing_notice.RULE, facility=world.facility, on=on, known_at=known_at, practitioner_ids=[person.pk]
    )[person.pk]


# --- the ground -------------------------------------------------------------------------------------------


def test_a_suspension_opens_due_process_when_it_is_continued_or_stands_beyond_its_review(world, member):
    fresh = due.suspension(world, member, TODAY - 14 * DAY, continued=False)
    with pytest.raises(Refused, match="due process opens when") as refusal:
        due.measure(world, member, ground="suspension", measure="suspension", bar=fresh, proposed_on=TODAY)
    assert refusal.value.field == "bar"
    other = world.practitioner("Beyond Review")
    beyond = due.suspension(world, other, TODAY - 15 * DAY, continued=False)
    track = due.measure(
        world, other, ground="suspension", measure="suspension", bar=beyond, proposed_on=TODAY
    )
    assert (track.status, track.has_right) == (TrackStatus.OPENED, True)
    continued = due.suspension(world, world.practitioner("Continued Soon"), TODAY - 7 * DAY)
    assert due.measure(
        world, continued.practitioner, ground="suspension", measure="suspension", bar=continued
    ).bar == continued  # fmt: skip
    with pytest.raises(Refused, match="under way already"):
        due.measure(world, other, ground="suspension", measure="suspension", bar=beyond, proposed_on=TODAY)


def test_an_investigation_opens_it_only_with_an_outcome_that_proposes_a_measure(world, member):
    quiet = due.investigated(world, world.practitioner("Calm Person"), outcome="no_action")
    with pytest.raises(Refused, match="proposes no measure"):
        due.measure(world, quiet.practitioner, ground="investigation", investigation=quiet)
    one = due.investigated(world, member)
    with pytest.raises(Refused, match="Choose the investigation"):
        due.measure(world, world.practitioner("Somebody Else"), ground="investigation", investigation=one)
    assert due.measure(world, member, ground="investigation", investigation=one).investigation == one
    with pytest.raises(Refused, match="Due process rests on this"):
        correct_investigation_step(
            actor=world.coordinator, event=one.events.get(kind="outcome"), step=None, reason="A slip."
        )


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"ground": "decision"}, "ground"),
        ({"measure": "file"}, "measure"),
        ({"measure": "suspension"}, "measure"),
        ({"body": "nobody"}, "body"),
        ({"authority": " "}, "authority"),
        ({"reasons": ""}, "reasons"),
        ({"reasons": "x" * 4001}, "reasons"),
        ({"proposed_on": TODAY + DAY}, "proposed_on"),
        ({"scope": "listed"}, "privilege_codes"),
        ({"privilege_codes": ["A"]}, "privilege_codes"),
    ],
)
def test_what_cannot_open_it_is_refused_with_the_field(world, member, more, field):
    with pytest.raises(Refused) as refusal:
        due.measure(world, member, **more)
    assert refusal.value.field == field
    assert not DueProcess.objects.exists()


def test_only_who_runs_it_at_the_hospital_and_nobody_their_own(world, member):
    for actor in (world.chair, world.members[0], world.user("Cora Chief", Role.COMPLIANCE_OFFICER)):
        with pytest.raises(Forbidden):
            due.measure(world, member, actor=actor)
    own = world.practitioner("Mara Quist", user=world.coordinator)
    with pytest.raises(Forbidden, match="nobody may"):
        due.measure(world, own)
    track = due.measure(world, member)
    assert get_track(viewer=world.coordinator, uid=track.uid) == track
    for viewer in (world.chair, world.members[0], world.system):
        expected = track if viewer == world.system else None
        assert get_track(viewer=viewer, uid=track.uid) == expected
    assert not tracks(world.chair, world.facility).exists()


def test_an_outcome_that_was_taken_back_opens_nothing(world, member):
    one = due.investigated(world, member)
    correct_investigation_step(
        actor=world.coordinator, event=one.events.get(kind="outcome"), step=None, reason="A slip."
    )
    with pytest.raises(Refused, match="proposes no measure") as refusal:
        due.measure(world, member, ground="investigation", investigation=one)
    assert refusal.value.field == "investigation"


def test_a_page_sent_twice_opens_one_track_and_issues_one_notice(world, member):
    track = due.measure(world, member)
    with pytest.raises(Refused, match="under way already"):
        due.measure(world, member)
    assert due.measure(world, member, proposed_on=TODAY).pk != track.pk, "of another day it is another one"
    issue = {"actor": world.coordinator, "track": track, "kind": "notice_sent", "to": "A. Okonkwo"}
    issue_notice(**issue)
    with pytest.raises(Refused, match="issued already, word for word"):
        issue_notice(**issue)
    issue_notice(**issue | {"to": "A. Okonkwo\n1 Lake Street"})
    assert track.notices.count() == 2, "one that was wrong is issued anew"


@pytest.mark.parametrize("ground", ["measure", "suspension", "investigation"])
def test_the_end_of_a_track_is_not_taken_back_beside_the_one_that_followed(world, member, ground):
    about = {}
    if ground == "suspension":
        about = {"bar": due.suspension(world, member), "measure": "suspension"}
    elif ground == "investigation":
        about = {"investigation": due.investigated(world, member)}
    first = due.measure(world, member, ground=ground, **about)
    due.step(world, first, "closed", TODAY)
    due.measure(world, member, ground=ground, **about)
    with pytest.raises(Refused, match="under way already"):
        take_back_step(actor=world.coordinator, track=first, reason="It goes on.")
    with pytest.raises(DatabaseError), transaction.atomic():
        DueProcess.objects.filter(pk=first.pk).update(status=TrackStatus.OPENED)


def test_nobody_reads_what_is_proposed_against_them_where_due_process_is_opened(world, member, sign_in):
    type(member).objects.filter(pk=member.pk).update(user=world.coordinator)
    browser = sign_in(world.coordinator)
    page = browser.get(reverse("bylaws:due_process_new", args=[member.uid]))
    assert page.status_code == 404
    other = world.practitioner("Somebody Else")
    assert browser.get(reverse("bylaws:due_process_new", args=[other.uid])).status_code == 200


# --- the clocks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "fits"), [(30, True), (31, False)])
def test_thirty_days_to_ask_count_from_receipt_and_not_from_the_notice(world, member, days, fits):
    track = due.measure(world, member)
    due.step(world, track, "notice_sent", START)
    due.step(world, track, "delivered", START + 5 * DAY)
    day = START + (5 + days) * DAY
    if fits:
        due.step(world, track, "requested", day)
        return
    with pytest.raises(Refused, match="was over with") as refusal:
        due.step(world, track, "requested", day)
    assert refusal.value.field == "day"
    with pytest.raises(Refused, match="can be asked for through"):
        due.step(world, track, "over", day - DAY)
    due.step(world, track, "over", day)
    track.refresh_from_db()
    assert track.status == TrackStatus.OVER


@pytest.mark.parametrize(("days", "fits"), [(29, False), (30, True)])
def test_the_hearing_is_thirty_days_after_its_notice(world, member, days, fits):
    track = due.requested(world, due.measure(world, member))
    hearing = START + 60 * DAY
    due.step(world, track, "scheduled", START + 8 * DAY, hearing_on=hearing, place="Board room, 9 am")
    if fits:
        due.step(world, track, "hearing_notice", hearing - days * DAY)
        assert judged(world, member).outcome == Outcome.MET
        return
    with pytest.raises(Refused, match="Put the hearing off") as refusal:
        due.step(world, track, "hearing_notice", hearing - days * DAY)
    assert refusal.value.field == "day"
    assert judged(world, member, hearing - 30 * DAY).outcome == Outcome.MET
    assert judged(world, member, hearing - 29 * DAY).outcome == Outcome.NOT_MET
    due.step(world, track, "closed", hearing, words="The parties settled.")
    assert judged(world, member).outcome == Outcome.NOT_APPLICABLE


def test_an_amendment_changes_no_clock_that_was_told(world, member):
    due.noticed(world, due.measure(world, member))
    hearing = START + 60 * DAY
    assert judged(world, member).outcome == Outcome.MET
    world.parameter("bylaws.hearing_notice_days", 55, start=START + 20 * DAY)
    cache.clear()
    assert judged(world, member).outcome == Outcome.MET
    assert "50 days" in judged(world, member, hearing - DAY).sentence


def test_the_rule_knows_what_was_known_then(world, member):
    track = due.noticed(world, due.measure(world, member))
    before = DueProcessEvent.objects.get(track=track, kind="hearing_notice").recorded_at
    noticed = track.events.get(kind="hearing_notice")
    with clock.freeze(NOON + dt.timedelta(hours=1)):
        take_back_step(actor=world.coordinator, track=track, reason="It came back unopened.")
    assert noticed.replaced_by.kind == "taken_back"
    assert judged(world, member).outcome == Outcome.NOT_MET
    assert judged(world, member, known_at=before).outcome == Outcome.MET


def test_somebody_without_the_right_gets_no_hearing_but_what_the_bylaws_give(world):
    nurse = world.practitioner("Nora Nurse")
    type(nurse).objects.filter(pk=nurse.pk).update(provider_type="CRNA")
    nurse.refresh_from_db()
    track = due.measure(world, nurse)
    assert not track.has_right
    due.step(world, track, "notice_sent", START)
    due.step(world, track, "delivered", START)
    with pytest.raises(Refused, match="no right to a hearing"):
        due.step(world, track, "requested", START + DAY)
    due.step(world, track, "appealed", START + DAY)
    due.step(world, track, "appeal_decided", START + 2 * DAY)


def test_the_notice_tells_as_many_days_as_the_parameters_give(world, member):
    world.parameter("bylaws.hearing_notice_days", 45)
    cache.clear()
    track = due.measure(world, member)
    said = " ".join(
        block.get("text", "") for block in draft_notice(track, "notice_sent", signed_by="Dana")["blocks"]
    )
    assert "not less than 45 days after that notice" in said
    assert "within 30 days of the day" in said


# --- steps ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "more", "field"),
    [
        ("notice_sent", {"told_by": ""}, "told_by"),
        ("notice_sent", {"day": TODAY + DAY, "told_by": "Mail"}, "day"),
        ("notice_sent", {"day": TODAY - 101 * DAY, "told_by": "Mail"}, "day"),
        ("held", {}, ""),
        ("nonsense", {}, "kind"),
        ("taken_back", {}, "kind"),
        ("final", {}, "action"),
    ],
)
def test_a_step_that_cannot_be_is_refused(world, member, kind, more, field):
    track = due.measure(world, member)
    with pytest.raises(Refused) as refusal:
        record_step(
            actor=world.coordinator, track=track, kind=kind, happened=Happened(**{"day": START} | more)
        )
    assert refusal.value.field == field
    assert not track.events.exists()


def test_receipt_and_waiver_need_their_paper_also_in_the_database(world, member):
    track = due.measure(world, member)
    due.step(world, track, "notice_sent", START)
    with pytest.raises(Refused, match="attach the proof") as refusal:
        due.step(world, track, "delivered", START, proof=None)
    assert refusal.value.field == "proof"
    event = due.step(world, track, "delivered", START)
    assert event.proof.data_class == "peer_review"
    with pytest.raises(DatabaseError), transaction.atomic():
        DueProcessEvent.objects.filter(pk=event.pk).update(day=TODAY)
    with pytest.raises(DatabaseError), transaction.atomic():
        DueProcess.objects.filter(pk=track.pk).update(status="held")


def test_a_day_is_corrected_with_a_reason_and_what_came_after_must_still_fit(world, member):
    track = due.requested(world, due.measure(world, member))
    received = track.events.get(kind="delivered")

    def correct(day, reason="The receipt says so."):
        return correct_step(
            actor=world.coordinator, event=received, happened=Happened(day, told_by="A. O."), reason=reason
        )

    with pytest.raises(Refused, match="Say why"):
        correct(START + DAY, " ")
    with pytest.raises(Refused, match="this lies before it"):
        correct(START + 8 * DAY)
    row = correct(START + 2 * DAY)
    assert (row.replaces, row.proof, row.status_from) == (received, received.proof, "requested")
    standing = standing_of(track.events.all())
    assert [(each.kind, each.day) for each in standing][1] == ("delivered", START + 2 * DAY)
    with pytest.raises(Refused, match="already"):
        correct(START + 3 * DAY)


def test_a_corrected_receipt_may_not_make_the_request_late(world, member):
    track = due.measure(world, member)
    due.step(world, track, "notice_sent", START)
    received = due.step(world, track, "delivered", START + 10 * DAY)
    due.step(world, track, "requested", START + 40 * DAY)
    with pytest.raises(Refused, match="after the last day to ask"):
        correct_step(
            actor=world.coordinator, event=received, happened=Happened(START + 9 * DAY, told_by="A. O."),
            reason="Earlier.",
        )  # fmt: skip


def test_the_newest_step_is_taken_back_with_a_reason_one_after_the_other(world, member):
    track = due.noticed(world, due.measure(world, member))
    with pytest.raises(Refused, match="Say why"):
        take_back_step(actor=world.coordinator, track=track, reason="")
    found = []
    for _ in range(5):
        take_back_step(actor=world.coordinator, track=track, reason="Recorded on the wrong file.")
        track.refresh_from_db()
        found.append(track.status)
    assert found == ["scheduled", "requested", "delivered", "notice_sent", "opened"]
    with pytest.raises(Refused, match="Nothing is recorded"):
        take_back_step(actor=world.coordinator, track=track, reason="Again.")
    due.noticed(world, track)


def test_the_trail_of_acts_says_only_that_something_was_noted(world, member):
    track = due.measure(world, member)
    due.step(world, track, "notice_sent", START, words="Marked words")
    told = AuditEvent.objects.filter(subject_uid=track.uid)
    assert {each.verb for each in told} == {"peer_review_record.noted"}
    assert "arked" not in "".join(f"{each.reason}{each.data}{each.subject_label}" for each in told)


# --- the hearing ------------------------------------------------------------------------------------------


def test_a_competitor_never_sits_and_what_is_unknown_is_ruled_in_writing(world, member):
    track = due.requested(world, due.measure(world, member))

    def proposed(part="member", **more):
        return propose_member(actor=world.coordinator, track=track, part=part, **more)

    rival = proposed(practitioner=due.specialist(world, "Rival Surgeon", group="Shore Surgeons"))
    partner = proposed(practitioner=due.specialist(world, "Partner Surgeon"))
    family = proposed("chair", practitioner=due.specialist(world, "Fern Family", "207Q00000X", "Prairie"))
    judge = proposed("officer", name="Judge Harriet Lamb")
    assert [each.outcome for each in (rival, partner, family, judge)] == [
        "NOT_MET", "UNKNOWN", "MET", "UNKNOWN",
    ]  # fmt: skip
    with pytest.raises(Refused, match="economic competition"):
        rule_on_member(
            actor=world.coordinator, member=rival, ruling="sits", by_whom="President", because="He is kind."
        )
    with pytest.raises(Refused, match="Say why") as refusal:
        rule_on_member(actor=world.coordinator, member=judge, ruling="sits", by_whom="President", because="")
    assert refusal.value.field == "because"
    rule_on_member(
        actor=world.coordinator, member=judge, ruling="sits", by_whom="President", because="Retired judge."
    )
    sits = {each.member.name: (each.sits, each.open_question) for each in seats_of(track)}
    assert sits == {
        "Rival Surgeon, MD": (False, False),
        "Partner Surgeon, MD": (False, True),
        "Fern Family, MD": (True, False),
        "Judge Harriet Lamb": (True, False),
    }
    with pytest.raises(DatabaseError), transaction.atomic():
        type(rival).objects.filter(pk=rival.pk).update(
            ruling="sits", ruled_by_whom="x", ruled_because="x", ruled_at=NOON, ruled_by=world.system
        )
    with pytest.raises(Refused, match="chair already"):
        proposed("chair", name="Second Chair")
    with pytest.raises(Refused, match="proposed already"):
        proposed(name="judge harriet lamb")


def test_who_voted_for_the_measure_of_an_investigation_does_not_sit(world, member):
    voter = world.practitioner("Vera Voter", user=world.members[0])
    other = world.practitioner("Noel Absent", user=world.members[4])
    motion = moved(world, world.item(world.recommended()))
    voted(motion, world.members[:4])
    close_vote(actor=world.coordinator, motion=motion)
    motion.refresh_from_db()
    one = due.investigated(world, member, motion=motion)
    track = due.requested(world, due.measure(world, member, ground="investigation", investigation=one))
    found = propose_member(actor=world.coordinator, track=track, part="member", practitioner=voter)
    assert (found.outcome, "voted in the investigation" in found.verdict["sentence"]) == ("NOT_MET", True)
    assert took_part(track, other, "Noel Absent") == ()


def test_who_sat_on_the_body_that_proposed_the_measure_is_named(world, member):
    """No vote is on record with a measure of its minutes alone: a person rules."""
    track = due.measure(world, member, body="mec", proposed_on=TODAY)
    sat = world.practitioner("Mona Mec", user=world.mec_members[0])
    other = world.practitioner("Noel Absent", user=world.members[4])
    assert sat_on_body(track, sat) == world.committees[CommitteeKind.MEC].named
    assert (sat_on_body(track, other), sat_on_body(track, None)) == ("", "")


def test_who_took_part_in_the_matter_does_not_sit(world, member):
    one = due.investigated(world, member)
    track = due.requested(world, due.measure(world, member, ground="investigation", investigation=one))
    inspector = propose_member(actor=world.coordinator, track=track, part="member", name="Ines Investigator")
    assert (inspector.outcome, "investigation" in inspector.verdict["sentence"]) == ("NOT_MET", True)
    name_witness(actor=world.coordinator, track=track, side="hospital", name="Wanda Witness")
    witness = propose_member(actor=world.coordinator, track=track, part="member", name="Wanda Witness")
    assert witness.outcome == "NOT_MET"
    himself = propose_member(actor=world.coordinator, track=track, part="member", practitioner=member)
    assert himself.outcome == "NOT_MET"
    sitting = propose_member(actor=world.coordinator, track=track, part="member", name="Sid Sitting")
    with pytest.raises(Refused, match="is on the panel"):
        name_witness(actor=world.coordinator, track=track, side="hospital", name="Sid Sitting")
    release_member(actor=world.coordinator, member=sitting, reason="Another engagement.")
    name_witness(actor=world.coordinator, track=track, side="hospital", name="Sid Sitting")


def test_a_ruling_that_was_written_stays(world, member):
    track = due.requested(world, due.measure(world, member))
    judge = propose_member(actor=world.coordinator, track=track, part="officer", name="Judge Harriet Lamb")
    rule_on_member(
        actor=world.coordinator, member=judge, ruling="sits", by_whom="President", because="Retired judge."
    )
    for change in ({"ruling": "steps_down"}, {"ruled_because": "Other"}, {"ruled_by": world.chair}):
        with pytest.raises(DatabaseError, match="member_ruled_once"), transaction.atomic():
            PanelMember.objects.filter(pk=judge.pk).update(**change)
    release_member(actor=world.coordinator, member=judge, reason="She moved away.")


def test_an_objection_is_ruled_on_before_the_hearing_is_held(world, member):
    track = due.noticed(world, due.measure(world, member))
    chair = propose_member(
        actor=world.coordinator, track=track, part="chair",
        practitioner=due.specialist(world, "Fern Family", "207Q00000X", "Prairie"),
    )  # fmt: skip
    hearing = START + 60 * DAY
    with pytest.raises(Refused, match="Record the sessions"):
        due.step(world, track, "held", hearing)
    objection = object_to_member(actor=world.coordinator, member=chair, day=TODAY, words="We quarreled.")
    with pytest.raises(Refused, match="may not sit, or that is not ruled"):
        record_session(
            actor=world.coordinator, track=track, day=hearing, present=[chair], practitioner_present=True
        )
    rule_on_objection(
        actor=world.coordinator, objection=objection, ruling="sits", by_whom="President", because="Long ago."
    )
    record_session(
        actor=world.coordinator, track=track, day=hearing, present=[chair], practitioner_present=True
    )
    with pytest.raises(Refused, match="present at a session"):
        release_member(actor=world.coordinator, member=chair, reason="Later.")
    object_to_member(actor=world.coordinator, member=chair, day=TODAY, words="He slept.")
    with pytest.raises(Refused, match="ruled in writing first"):
        due.step(world, track, "held", hearing)


def test_no_session_before_the_day_of_the_notice(world, member):
    track = due.noticed(world, due.measure(world, member))
    chair = propose_member(
        actor=world.coordinator, track=track, part="chair",
        practitioner=due.specialist(world, "Fern Family", "207Q00000X", "Prairie"),
    )  # fmt: skip
    record_session(
        actor=world.coordinator, track=track, day=START + 59 * DAY, present=[chair], practitioner_present=True
    )
    with pytest.raises(Refused, match="lies before the hearing"):
        due.step(world, track, "held", START + 60 * DAY)


# --- the final action -------------------------------------------------------------------------------------


def standing_bars(world):
    return {row.identity.kind for row in bars_in_force(facility=world.facility, on=TODAY)}


def suspended_and_decided(world, member):
    bar = due.suspension(world, member, START - 10 * DAY)
    track = due.measure(
        world, member, ground="suspension", measure="suspension", bar=bar, proposed_on=START - DAY
    )
    return bar, due.decided(world, track)


def test_the_final_action_lifts_what_stands_and_taking_it_back_lets_it_stand_again(world, member):
    bar, track = suspended_and_decided(world, member)
    event = due.final(world, track, "lift")
    assert standing_bars(world) == set()
    assert event.result == {"lifted": str(bar.uid)}
    track.refresh_from_db()
    assert track.status == TrackStatus.FINAL
    take_back_step(actor=world.coordinator, track=track, reason="The board sat without a quorum.")
    track.refresh_from_db()
    assert (track.status, standing_bars(world)) == ("decided", {"precautionary_suspension"})
    due.final(world, track, "uphold")
    assert standing_bars(world) == {"precautionary_suspension"}


def test_taking_the_lifting_back_lets_it_stand_no_longer_than_it_was_to(world, member):
    ends = TODAY + 90 * DAY
    bar = open_bar(
        actor=world.coordinator, practitioner=member, facility=world.facility,
        kind=BarKind.RESTRICTION, cause="Marked outcomes.", start=START, end=ends,
    )  # fmt: skip
    with pytest.raises(Refused, match="It was not lifted"):
        take_back_lift(actor=world.coordinator, bar=bar, reason="Nothing was lifted.")
    lift_bar(actor=world.coordinator, bar=bar, day=TODAY, reason="Enough.")
    assert standing_bars(world) == set()
    take_back_lift(actor=world.coordinator, bar=bar, reason="The board sat without a quorum.")
    assert standing_bars(world) == {"restriction"}
    assert max(each.valid.upper for each in bar.periods.live()) == ends


def test_the_final_action_puts_a_restriction_in_its_place(world, member):
    _, track = suspended_and_decided(world, member)
    due.final(world, track, "restrict", condition="With a second surgeon.")
    assert standing_bars(world) == {"restriction"}
    restriction = Bar.objects.get(kind="restriction")
    assert restriction.periods.get().condition == "With a second surgeon."
    take_back_step(actor=world.coordinator, track=track, reason="Reversed.")
    assert standing_bars(world) == {"precautionary_suspension"}


def test_a_non_renewal_is_an_adverse_action_with_its_clock(world, member):
    track = due.decided(world, due.measure(world, member, measure="non_renewal"))
    due.final(world, track, "not_renew")
    action = AdverseAction.objects.get()
    assert (action.kind, action.periods.live().get().valid.lower) == (AdverseActionKind.DENIAL, TODAY)
    take_back_step(actor=world.coordinator, track=track, reason="Reversed.")
    assert not action.periods.live().exists()


def test_a_final_action_that_does_not_belong_or_comes_too_soon_does_nothing(world, member):
    early = due.requested(world, due.measure(world, member, measure="restriction"))
    with pytest.raises(Refused, match="cannot become"):
        due.final(world, early, "restrict")
    with pytest.raises(Refused) as refusal:
        due.final(world, early, "lift")
    assert refusal.value.field == "action"
    assert standing_bars(world) == set()
    assert not early.events.filter(kind="final").exists()


def test_an_appeal_comes_between_the_decision_and_the_final_action(world, member):
    track = due.decided(world, due.measure(world, member, measure="restriction"))
    due.step(world, track, "appealed", TODAY - 20 * DAY)
    track.refresh_from_db()
    with pytest.raises(Refused, match="cannot become"):
        due.final(world, track, "restrict")
    due.step(world, track, "appeal_decided", TODAY - 10 * DAY, outcome="reversed")
    due.final(world, track, "nothing")
    assert standing_bars(world) == set()


# --- the investigation ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (Step("decided_open", TODAY, body="mec"), "authority"),
        (Step("decided_open", TODAY, authority="Minutes"), "body"),
        (Step("investigator", TODAY), "who"),
        (Step("interview", TODAY + DAY, who="X"), "day"),
        (Step("interview", TODAY - 121 * DAY, who="X"), "day"),
        (Step("report", TODAY, who="X"), "proof"),
        (Step("outcome", TODAY, body="mec", authority="M", outcome="maybe"), "outcome"),
        (Step("anything", TODAY), "kind"),
    ],
)
def test_a_step_of_an_investigation_that_cannot_be_is_refused(world, member, given, field):
    one = due.investigated(world, member)
    before = one.events.count()
    with pytest.raises(Refused) as refusal:
        due.investigation_step(world, one, given)
    assert (refusal.value.field, one.events.count()) == (field, before)


def test_an_outcome_follows_a_report_and_a_step_is_corrected_with_a_reason(world, member):
    one = due.investigated(world, member)
    report = one.events.get(kind="report")
    row = correct_investigation_step(
        actor=world.coordinator, event=report, reason="Another day.",
        step=Step("report", TODAY - 104 * DAY, who="Ines Investigator", proof=PAPER),
    )  # fmt: skip
    assert row.replaces == report
    with pytest.raises(Refused, match="corrected already"):
        correct_investigation_step(actor=world.coordinator, event=report, step=None, reason="Again.")
    correct_investigation_step(actor=world.coordinator, event=row, step=None, reason="It was a draft.")
    with pytest.raises(Refused, match="follows the report"):
        due.investigation_step(
            world, one, Step("outcome", TODAY, body="mec", authority="M", outcome="measure")
        )


# --- before a body ----------------------------------------------------------------------------------------


def test_it_goes_before_the_body_that_decides_and_tells_neither_what_nor_why(world, member, sign_in):
    track = due.measure(world, member)
    credentials = world.meeting()
    with pytest.raises(Refused, match="decides nothing"):
        put_before(actor=world.coordinator, track=track, meeting=credentials)
    with pytest.raises(Refused) as refusal:
        put_before(actor=world.coordinator, track=track, meeting=None)
    assert refusal.value.field == "meeting"
    meeting = world.meeting("mec")
    item = put_before(actor=world.coordinator, track=track, meeting=meeting)
    assert item.title == "Due process"
    page = reverse("bylaws:meeting", args=[meeting.uid])
    of_member = sign_in(world.mec_members[0]).get(page).content.decode()
    assert "Okonkwo" in of_member
    assert "Marked" not in of_member
    assert str(track.uid) not in of_member, "the track is read by those who run it"
    assert str(track.uid) in sign_in(world.coordinator).get(page).content.decode()
    for stranger in (world.members[0], world.board_members[0]):
        answer = sign_in(stranger).get(page)
        assert answer.status_code in (403, 404)
    with pytest.raises(Refused, match="on an agenda already"):
        put_before(actor=world.coordinator, track=track, meeting=world.meeting("board"))


def test_a_corrected_day_of_the_hearing_may_not_make_its_notice_late(world, member):
    track = due.noticed(world, due.measure(world, member))
    scheduled = track.events.get(kind="scheduled")

    def correct(day):
        return correct_step(
            actor=world.coordinator, event=scheduled, reason="A slip.",
            happened=Happened(scheduled.day, hearing_on=day, place="Board room, 9 am"),
        )  # fmt: skip

    with pytest.raises(Refused, match="put the hearing off instead") as refusal:
        correct(START + 39 * DAY)
    assert refusal.value.field == "hearing_on"
    assert correct(START + 40 * DAY).hearing_on == START + 40 * DAY


def test_what_goes_on_reaches_as_far_as_it_does_today(world, member):
    bar = due.suspension(world, member)
    listed = {"scope": "listed", "privilege_codes": ["GS-1"]}
    track = due.measure(
        world, member, ground="suspension", measure="suspension", bar=bar, proposed_on=TODAY, **listed
    )
    assert (track.scope, track.privilege_codes) == ("all", [])
    other = due.suspension(world, world.practitioner("Second Suspended"))
    proposed = due.measure(
        world, other.practitioner, ground="suspension", measure="revocation", bar=other, proposed_on=TODAY,
        **listed,
    )  # fmt: skip
    assert (proposed.measure, proposed.scope, proposed.privilege_codes) == ("revocation", "listed", ["GS-1"])


# --- on Today ---------------------------------------------------------------------------------------------


def test_today_names_a_suspension_that_goes_on_and_then_where_its_due_process_is(world, member):
    assert due_process_waiting(world.coordinator, world.facility, 5) == (0, [])
    fresh = due.suspension(world, world.practitioner("Fresh Suspended"), TODAY - 3 * DAY, continued=False)
    bar = due.suspension(world, member)
    total, (item,) = due_process_waiting(world.coordinator, world.facility, 5)
    assert (total, item.detail) == (1, "Suspension continued: open due process")
    assert fresh.practitioner.display_name not in item.title
    due.measure(world, member, ground="suspension", measure="suspension", bar=bar, proposed_on=TODAY)
    total, (item,) = due_process_waiting(world.coordinator, world.facility, 5)
    assert (total, item.detail, item.since) == (1, "Notice owed", TODAY)
    assert due_process_waiting(world.chair, world.facility, 5) == (0, [])


def test_today_names_the_day_that_runs_also_of_an_applicant(world, member, django_assert_max_num_queries):
    applicant = due.specialist(world, "Petra Applicant")
    track = due.measure(world, applicant)

    def day():
        with django_assert_max_num_queries(6):
            return due_process_waiting(world.coordinator, world.facility, 5)[1][-1].due

    assert day() is None
    due.step(world, track, "notice_sent", START)
    due.step(world, track, "delivered", START + DAY)
    assert day() == START + 31 * DAY
    due.step(world, track, "requested", START + 8 * DAY)
    assert day() is None
    due.step(world, track, "scheduled", START + 8 * DAY, hearing_on=TODAY + 10 * DAY, place="Board room")
    assert day() == TODAY - 20 * DAY


# --- what marks it ----------------------------------------------------------------------------------------


def test_every_page_that_shows_peer_review_says_so_in_the_words_of_the_state(world, member, sign_in):
    world.parameter("bylaws.peer_review_statement", "Privileged under the act of the state.")
    cache.clear()
    track = due.measure(world, member)
    bar = due.suspension(world, member)
    browser = sign_in(world.coordinator)

    def says(name: str, *args) -> bool:
        page = browser.get(reverse(f"bylaws:{name}", args=args))
        assert page.status_code == 200
        return "Privileged under the act of the state." in page.content.decode()

    assert says("due_process", track.uid)
    assert says("due_processes")
    assert says("bar", bar.uid), "also where the page itself says nothing of it"
    assert says("due_process_notice", track.uid)
    assert not says("committees")
    letter = issue_notice(actor=world.coordinator, track=track, kind="notice_sent", to="A. Okonkwo")
    assert letter.content["marking"] == "Special notice. Privileged under the act of the state."
