"""The chain: opened, recommended, deferred, returned; who may and who may not."""

import datetime as dt
import uuid

import pytest

from bylaws.choices import Body, CaseStatus, CommitteeKind, DecisionKind, LineOutcome, SeatRole, StepStatus
from bylaws.models import Decision, ReviewCase
from bylaws.selectors.decisions import frozen_record
from bylaws.selectors.reviews import next_actor, steps_for, visible_steps
from bylaws.services.chains import open_case, return_case, withdraw_case
from bylaws.services.committees import end_seat
from bylaws.services.reviews import recommend
from bylaws.subjects import LineAnswer
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.canonical import bytes_digest
from config.kernel.errors import Conflict, Forbidden, Refused
from practitioners.policies import may_view
from tests.bylaws.world import KIND, NOON, SAMPLE, TODAY

CHAIR = Body.DEPARTMENT_CHAIR
ANOTHER_LINE = uuid.uuid4()


def test_a_file_enters_the_chain_the_bylaws_name(world):
    case = world.case()
    assert list(case.steps.values_list("body", "status")) == [
        ("department_chair", "open"),
        ("credentials_committee", "waiting"),
        ("mec", "waiting"),
        ("board", "waiting"),
    ]
    event = AuditEvent.objects.get(verb="review_case.opened")
    assert event.data["chain"] == ["department_chair", "credentials_committee", "mec", "board"]


def test_a_file_is_before_the_bodies_once_at_a_time(world):
    case = world.case()
    with pytest.raises(Conflict, match="already with the reviewing bodies"):
        open_case(
            actor=world.system,
            subject_kind=KIND,
            subject_uid=case.subject_uid,
            practitioner=case.practitioner,
            facility=world.facility,
            department=world.surgery,
            application_kind="initial",
            title="Again",
        )


@pytest.mark.parametrize(
    ("chain", "sentence"),
    [
        (["department_chair", "mec"], "does not end with the governing board"),
        ([], "names no body"),
        (["department_chair", "janitor", "board"], "janitor"),
        (["mec", "mec", "board"], "twice"),
    ],
)
def test_a_chain_that_cannot_grant_is_refused(world, chain, sentence):
    world.parameter("bylaws.approval_chain", chain, subject="initial")
    with pytest.raises(Refused, match=sentence):
        world.case()


def test_a_shorter_chain_of_the_facility_is_followed(world):
    world.parameter("bylaws.approval_chain", ["mec", "board"], subject="initial")
    assert [step.body for step in world.case().steps.all()] == ["mec", "board"]


def test_a_department_without_a_body_of_its_own_is_named(world):
    with pytest.raises(Refused, match="no record of a chair of Medicine"):
        open_case(
            actor=world.system,
            subject_kind=KIND,
            subject_uid=world.facility.uid,
            practitioner=world.practitioner(),
            facility=world.facility,
            department=world.medicine,
            application_kind="initial",
            title="Initial appointment",
        )


def test_the_coordinator_of_meetings_does_not_send_files(world):
    with pytest.raises(Forbidden):
        open_case(
            actor=world.coordinator,
            subject_kind=KIND,
            subject_uid=world.facility.uid,
            practitioner=world.practitioner(),
            facility=world.facility,
            department=world.surgery,
            application_kind="initial",
            title="Initial appointment",
        )


def test_the_chair_recommends_every_line_and_the_committee_is_next(world):
    case = world.case()
    appointment, first, second = (line.uid for line in SAMPLE.lines(case.subject_uid, TODAY))
    decision = recommend(
        actor=world.chair,
        step=world.step(case, CHAIR),
        lines=[
            LineAnswer(second, LineOutcome.NOT_RECOMMEND, reason="Too few cases."),
            LineAnswer(appointment, LineOutcome.RECOMMEND, conditions="left over from another choice"),
            LineAnswer(first, LineOutcome.MODIFY, conditions="First five with a proctor."),
        ],
        rationale="Known to me for years.",
    )
    assert decision.kind == DecisionKind.RECOMMENDATION
    assert decision.acted_by == world.chair
    assert decision.decided_on == TODAY
    assert list(decision.lines.values_list("label", "outcome", "conditions", "reason")) == [
        ("Appointment, Active, Surgery", "recommend", "", ""),
        ("Privilege 1", "modify", "First five with a proctor.", ""),
        ("Privilege 2", "not_recommend", "", "Too few cases."),
    ]
    assert world.step(case, CHAIR).status == StepStatus.ACTED
    assert world.step(case, Body.CREDENTIALS_COMMITTEE).status == StepStatus.OPEN
    assert SAMPLE.acted == [decision]
    event = AuditEvent.objects.get(verb="review_step.acted")
    assert event.data["frozen_hash"] == decision.frozen_hash


def test_what_the_chair_saw_is_frozen_in_canonical_form(world):
    case = world.recommended()
    decision = Decision.objects.get(step__case=case)
    assert bytes_digest(decision.frozen.encode()) == decision.frozen_hash
    data = frozen_record(decision)
    assert data["seen"]["evidence"] == ["00ff"]
    assert data["lines"][1]["criteria"]["outcome"] == "MET"
    assert data["practitioner"] == str(case.practitioner.uid)
    assert data["capacity"] == "Chair"


def test_a_deferred_line_defers_the_step_and_nobody_above_is_told(world):
    case = world.case()
    answers = world.answers(case)
    answers[1] = LineAnswer(answers[1].line_uid, LineOutcome.DEFER, reason="Case log is missing.")
    recommend(actor=world.chair, step=world.step(case, CHAIR), lines=answers)
    assert world.step(case, CHAIR).status == StepStatus.DEFERRED
    assert world.step(case, Body.CREDENTIALS_COMMITTEE).status == StepStatus.WAITING
    assert SAMPLE.acted == []
    recommend(actor=world.chair, step=world.step(case, CHAIR), lines=world.answers(case))
    assert world.step(case, CHAIR).status == StepStatus.ACTED
    assert Decision.objects.filter(step__case=case).count() == 2


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda answers: answers[:-1], "still open: Privilege 2"),
        (lambda answers: [*answers, answers[0]], "answered twice"),
        (
            lambda answers: [LineAnswer(ANOTHER_LINE, LineOutcome.RECOMMEND), *answers[1:]],
            "changed since the page was opened",
        ),
        (lambda answers: [LineAnswer(answers[0].line_uid, "perhaps"), *answers[1:]], "no answer"),
        (lambda answers: [LineAnswer(answers[0].line_uid, "modify", " "), *answers[1:]], "which change"),
        (lambda answers: [LineAnswer(answers[0].line_uid, "not_recommend"), *answers[1:]], "why not"),
    ],
)
def test_incomplete_answers_are_refused_and_leave_nothing(world, change, sentence):
    case = world.case()
    with pytest.raises(Refused, match=sentence):
        recommend(actor=world.chair, step=world.step(case, CHAIR), lines=change(world.answers(case)))
    assert not Decision.objects.exists()
    assert world.step(case, CHAIR).status == StepStatus.OPEN


def test_a_file_that_went_stale_is_not_acted_on(world):
    case = world.case()
    SAMPLE.not_ready[case.subject_uid] = "The license was verified 130 days ago; 120 are allowed."
    with pytest.raises(Refused, match="130 days ago"):
        recommend(actor=world.chair, step=world.step(case, CHAIR), lines=world.answers(case))
    assert not Decision.objects.exists()


def test_what_the_room_above_refuses_undoes_the_whole_act(world):
    case = world.case()
    SAMPLE.fail_on_acted = True
    with pytest.raises(Refused, match="could not follow"):
        recommend(actor=world.chair, step=world.step(case, CHAIR), lines=world.answers(case))
    assert not Decision.objects.exists()
    assert world.step(case, CHAIR).status == StepStatus.OPEN


def test_nobody_recommends_on_the_own_file_and_the_vice_chair_steps_in(world):
    own = world.practitioner("Ines Calloway", user=world.chair)
    case = world.case(own)
    step = world.step(case, CHAIR)
    with pytest.raises(Forbidden, match="nobody may recommend on their own file"):
        recommend(actor=world.chair, step=step, lines=world.answers(case))
    assert next_actor(step).user == world.vice_chair
    assert next_actor(step).what == "the chair is the applicant"
    assert not visible_steps(world.chair).filter(case=case).exists()
    decision = recommend(actor=world.vice_chair, step=step, lines=world.answers(case))
    assert frozen_record(decision)["capacity"] == "Vice chair: the chair is the applicant"


def test_a_vice_chair_says_why_the_chair_does_not_act(world):
    case = world.case()
    step = world.step(case, CHAIR)
    with pytest.raises(Refused, match="Say why you act in the chair's place"):
        recommend(actor=world.vice_chair, step=step, lines=world.answers(case))
    decision = recommend(
        actor=world.vice_chair, step=step, lines=world.answers(case), absence="On leave until April."
    )
    assert frozen_record(decision)["capacity"] == "Vice chair: On leave until April."


def test_with_both_heads_gone_nobody_acts_and_the_page_can_say_so(world):
    own = world.practitioner("Ines Calloway", user=world.chair)
    case = world.case(own)
    seat = world.committees[CommitteeKind.DEPARTMENT].seats.get(user=world.vice_chair)
    end_seat(actor=world.coordinator, seat=seat, day=TODAY, reason="Moved away")
    answer = next_actor(world.step(case, CHAIR))
    assert (answer.name, answer.user) == ("Nobody", None)
    assert "seat a chair" in answer.what


@pytest.mark.parametrize("who", ["coordinator", "director", "other_chair", "member"])
def test_only_the_departments_own_chair_recommends(world, who):
    other = world.user("Otto Chair", "department_chair")
    actor = {
        "coordinator": world.coordinator,
        "director": world.director,
        "other_chair": other,
        "member": world.members[0],
    }[who]
    case = world.case()
    with pytest.raises(Forbidden):
        recommend(actor=actor, step=world.step(case, CHAIR), lines=world.answers(case))
    assert not Decision.objects.exists()


def test_a_committee_step_cannot_be_recommended_alone(world):
    case = world.recommended()
    with pytest.raises(Refused, match="acts by a motion in a meeting"):
        recommend(
            actor=world.chair, step=world.step(case, Body.CREDENTIALS_COMMITTEE), lines=world.answers(case)
        )


def test_a_step_is_acted_on_once(world):
    case = world.recommended()
    with pytest.raises(Refused, match="nothing more to do"):
        recommend(actor=world.chair, step=world.step(case, CHAIR), lines=world.answers(case))


def test_a_returned_file_keeps_what_was_recommended(world):
    case = world.recommended()
    case = return_case(actor=world.director, case=case, reason="A reference is missing.")
    assert case.status == CaseStatus.RETURNED
    assert [step.status for step in case.steps.all()] == ["acted", "cancelled", "cancelled", "cancelled"]
    assert Decision.objects.filter(step__case=case).count() == 1
    with pytest.raises(Refused):
        withdraw_case(actor=world.director, case=case, reason="Too late.")


def test_returning_needs_a_reason_and_the_office_of_credentialing(world):
    case = world.case()
    with pytest.raises(Refused, match="Say why"):
        return_case(actor=world.director, case=case, reason=" ")
    with pytest.raises(Forbidden):
        return_case(actor=world.coordinator, case=case, reason="No.")
    assert ReviewCase.objects.get(pk=case.pk).status == CaseStatus.OPEN


def test_the_next_actor_follows_the_file(world):
    case = world.case()
    first = next_actor(world.step(case, CHAIR))
    assert (first.user, first.role, first.since) == (world.chair, "chair of Surgery", TODAY)
    with clock.freeze(NOON + dt.timedelta(days=3)):
        recommend(actor=world.chair, step=world.step(case, CHAIR), lines=world.answers(case))
        waiting = next_actor(world.step(case, Body.CREDENTIALS_COMMITTEE))
        assert waiting.user == world.coordinator
        assert waiting.since == TODAY + dt.timedelta(days=3)
        assert "agenda" in waiting.what
        world.item(case, present=[])
        on_agenda = next_actor(world.step(case, Body.CREDENTIALS_COMMITTEE))
        assert on_agenda.user == world.members[0]
        assert "meets 13 Mar 2026" in on_agenda.what
    with clock.freeze(NOON + dt.timedelta(days=4)):
        missed = next_actor(world.step(case, Body.CREDENTIALS_COMMITTEE))
        assert missed.what == "was to meet 13 Mar 2026, no act is recorded yet"
    assert next_actor(world.step(case, CHAIR)).user is None


def test_who_sees_a_file_under_review(world):
    case = world.recommended()
    step = world.step(case, Body.CREDENTIALS_COMMITTEE)
    stranger = world.user("Sam Stranger", "lookup")
    assert not visible_steps(world.members[0]).filter(pk=step.pk).exists()
    assert not visible_steps(stranger).exists()
    for user in (world.coordinator, world.director, world.chair, world.vice_chair):
        assert visible_steps(user).filter(pk=step.pk).exists(), user
    world.item(case)
    member = type(world.members[0]).objects.get(pk=world.members[0].pk)
    assert visible_steps(member).filter(pk=step.pk).exists()
    assert not visible_steps(world.mec_members[0]).exists()


def test_files_waiting_for_me(world):
    case = world.case()
    assert list(steps_for(world.chair)) == [world.step(case, CHAIR)]
    assert list(steps_for(world.members[0])) == []
    recommend(actor=world.chair, step=world.step(case, CHAIR), lines=world.answers(case))
    assert list(steps_for(world.chair)) == []
    world.item(case)
    assert [step.body for step in steps_for(world.members[1])] == [Body.CREDENTIALS_COMMITTEE]


def test_a_seat_that_has_ended_shows_nothing(world):
    world.case()
    seat = world.committees[CommitteeKind.DEPARTMENT].seats.get(user=world.chair)
    end_seat(actor=world.coordinator, seat=seat, day=TODAY, reason="Term over")
    assert not steps_for(world.chair).exists()
    world.seat(CommitteeKind.DEPARTMENT, world.members[0], seat_role=SeatRole.CHAIR, start=TODAY)
    assert next_actor(world.step(ReviewCase.objects.get(), CHAIR)).user == world.members[0]


def test_reviewers_may_read_the_evidence_behind_an_open_file_only(world):
    """A chair has no general view of practitioners; the file under review opens while it is open."""
    case = world.case()
    assert may_view(world.chair, case.practitioner)
    assert not may_view(world.chair, world.practitioner("Somebody Else"))
    assert not may_view(world.members[0], case.practitioner)
    return_case(actor=world.director, case=case, reason="A newer reference came.")
    assert not may_view(world.chair, case.practitioner)
