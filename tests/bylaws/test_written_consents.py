"""Deciding without a meeting: everybody consents in writing, or nothing is decided."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from bylaws.choices import (
    Body,
    CaseStatus,
    ConsentChoice,
    ConsentStatus,
    DecisionKind,
    InterestKind,
    StepStatus,
)
from bylaws.models import ConsentAnswer, Decision, WrittenConsent
from bylaws.rules.written_consent import judge
from bylaws.selectors.consent import ready_files
from bylaws.selectors.decisions import frozen_record, replay
from bylaws.selectors.meetings import meeting_view
from bylaws.selectors.written_consents import consents_to_give, visible_consents
from bylaws.services.agendas import add_step_to_agenda
from bylaws.services.chains import return_case
from bylaws.services.interests import declare_interest
from bylaws.services.written_consents import answer_consent, ask_consent, withdraw_consent
from bylaws.tasks import end_written_consents
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from credentialing.models import MemberMail
from credentialing.services import member_mails
from tests.bylaws.test_minutes import record
from tests.bylaws.world import NOON, SAMPLE, TODAY

CREDENTIALS = Body.CREDENTIALS_COMMITTEE
DAY = dt.timedelta(days=1)
CONSENTS, OBJECTS, RECUSED = ConsentChoice.CONSENTS, ConsentChoice.OBJECTS, ConsentChoice.RECUSED


# --- the rule -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["all_members", "all_taking_part"])
def test_every_set_of_answers_of_up_to_four_members(rule):
    """Against an oracle that says it the other way round: what has to be true for each state."""
    tried = 0
    for members in range(5):
        for given in itertools.product((None, CONSENTS, OBJECTS, RECUSED), repeat=members):
            for needed, over in itertools.product(range(1, 5), (False, True)):
                found = judge(rule, dict(enumerate(given)), needed=needed, over=over)
                count = {each: given.count(each) for each in (None, CONSENTS, OBJECTS, RECUSED)}
                can_still = (
                    not count[OBJECTS]
                    and (rule == "all_taking_part" or not count[RECUSED])
                    and members - count[RECUSED] >= needed
                )
                if can_still and not count[None]:
                    expected = ConsentStatus.CONSENTED
                elif can_still and not over:
                    expected = ConsentStatus.OPEN
                else:
                    expected = ConsentStatus.ENDED
                assert found.status == expected, (rule, given, needed, over)
                assert found.sentence
                if found.status == ConsentStatus.CONSENTED:
                    assert set(given) <= {CONSENTS, RECUSED}
                    assert given.count(CONSENTS) >= needed
                tried += 1
    assert tried == 341 * 8


def test_one_more_answer_never_reopens_it():
    """What is over stays over whatever else is answered, so that ending it at once loses nothing."""
    for rule in ("all_members", "all_taking_part"):
        for given in itertools.product((None, CONSENTS, OBJECTS, RECUSED), repeat=3):
            before = judge(rule, dict(enumerate(given)), needed=2, over=False)
            if before.status != ConsentStatus.ENDED:
                continue
            for place in (number for number, answer in enumerate(given) if answer is None):
                for answer in (CONSENTS, OBJECTS, RECUSED):
                    later = {**dict(enumerate(given)), place: answer}
                    assert judge(rule, later, needed=2, over=False).status == ConsentStatus.ENDED


# --- a body ---------------------------------------------------------------------------------------------


@pytest.fixture
def allowed(world):
    world.parameter("bylaws.written_consent", "all_taking_part", subject=CREDENTIALS)
    return world


@pytest.fixture
def step(world):
    return world.step(world.recommended(), CREDENTIALS)


def asked(world, **more) -> WrittenConsent:
    given = {"committee": world.committees[CREDENTIALS], "until": TODAY + 5 * DAY}
    return ask_consent(actor=world.coordinator, **given | more)


def others(world, *but):
    """Voting members of the committee."""
    return [user for user in (each.user for each in asked_of(world)) if user not in but]


def asked_of(world):
    return WrittenConsent.objects.latest("pk").asked.select_related("user")


def consent_of_all(world, consent, *but):
    for user in others(world, *but):
        consent = answer_consent(actor=user, consent=consent, choice=CONSENTS)
    return consent


def test_only_where_the_bylaws_allow_it(world, step):
    with pytest.raises(Refused, match="do not let the Credentials Committee decide by written consent"):
        asked(world, step=step)


def test_the_last_consent_decides_as_a_vote_in_a_meeting_does(allowed, step):
    world = allowed
    consent = asked(world, step=step)
    *first, last = others(world)
    for user in first:
        consent = answer_consent(actor=user, consent=consent, choice=CONSENTS)
        assert (consent.status, Decision.objects.filter(step=step).exists()) == (ConsentStatus.OPEN, False)
    consent = answer_consent(actor=last, consent=consent, choice=CONSENTS)
    assert consent.status == ConsentStatus.CONSENTED
    decision = Decision.objects.get(step=step)
    assert consent.decision == decision
    assert (decision.votes_for, decision.votes_against, decision.abstentions) == (len(first) + 1, 0, 0)
    assert decision.meeting is None
    assert SAMPLE.acted[-1] == decision
    step.refresh_from_db()
    assert step.status == StepStatus.ACTED
    assert step.case.steps.get(body=Body.MEC).status == StepStatus.OPEN
    assert not replay(decision).problems


def test_bodies_whose_members_only_vote_decide_a_file_to_its_end(world):
    """Whoever happens to answer last needs no permission of who runs meetings: the answers decide."""
    case = world.recommended()
    for body in (CREDENTIALS, Body.MEC, Body.BOARD):
        world.parameter("bylaws.written_consent", "all_taking_part", subject=body)
        consent = asked(world, committee=world.committees[body], step=world.step(case, body))
        assert consent_of_all(world, consent).status == ConsentStatus.CONSENTED
    case.refresh_from_db()
    assert case.status == CaseStatus.DECIDED
    decision = Decision.objects.get(step__case=case, body=Body.BOARD)
    assert (decision.kind, decision.votes_for, decision.recorded_by) == (
        DecisionKind.DECISION, 3, world.system
    )  # fmt: skip
    assert not replay(decision).problems


def test_one_objection_ends_it(allowed, step):
    consent = asked(allowed, step=step)
    one, two, *_ = others(allowed)
    answer_consent(actor=one, consent=consent, choice=CONSENTS)
    with pytest.raises(Refused, match="Say why") as refused:
        answer_consent(actor=two, consent=consent, choice=OBJECTS)
    assert refused.value.field == "reason"
    consent = answer_consent(actor=two, consent=consent, choice=OBJECTS, reason="Talk first")
    assert consent.status == ConsentStatus.ENDED
    assert not Decision.objects.filter(step=step).exists()
    with pytest.raises(Refused, match=r"This is over\. A member objected"):
        answer_consent(actor=others(allowed)[2], consent=consent, choice=CONSENTS)
    assert asked(allowed, step=step).status == ConsentStatus.OPEN  # it may be asked again


def test_silence_ends_it_on_the_day_after_the_last(allowed, step):
    consent = asked(allowed, step=step)
    silent, *rest = others(allowed)
    for user in rest:
        answer_consent(actor=user, consent=consent, choice=CONSENTS)
    with clock.freeze(NOON + 5 * DAY):
        assert end_written_consents()[allowed.facility.code] == 0
    with clock.freeze(NOON + 6 * DAY):
        with pytest.raises(Refused, match="through 15 Mar 2026"):
            answer_consent(actor=silent, consent=consent, choice=CONSENTS)
        assert end_written_consents()[allowed.facility.code] == 1
        assert end_written_consents()[allowed.facility.code] == 0
    consent.refresh_from_db()
    assert (consent.status, consent.outcome) == ("ended", "1 member had not answered by its last day.")
    assert not Decision.objects.filter(step=step).exists()


def test_the_recused_are_left_out_or_end_it_as_the_rule_says(world, step):
    for rule, status in (("all_taking_part", ConsentStatus.OPEN), ("all_members", ConsentStatus.ENDED)):
        with transaction.atomic():
            world.parameter("bylaws.written_consent", rule, subject=CREDENTIALS)
            consent = asked(world, step=step)
            tied = others(world)[0]
            consent = answer_consent(actor=tied, consent=consent, choice=RECUSED, reason="Partner")
            assert consent.status == status
            if status == ConsentStatus.OPEN:
                consent = consent_of_all(world, consent, tied)
                assert consent.status == ConsentStatus.CONSENTED
                assert consent.decision.recusals == [{"name": str(tied), "reason": "Partner"}]
                assert consent not in visible_consents(tied)
            transaction.set_rollback(True)


def test_whose_file_it_is_and_who_declared_a_tie_is_not_asked(allowed):
    world = allowed
    step = world.step(
        world.recommended(world.practitioner("Ana Ownfile", user=world.members[0])), CREDENTIALS
    )
    declare_interest(actor=world.members[1], step=step, kind=InterestKind.OTHER, note="Through a tie")
    consent = asked(world, step=step)
    for user in world.members[:2]:
        assert consents_to_give(user, world.facility) == []
        assert consent not in visible_consents(user)
        with pytest.raises((Refused, Forbidden)):
            answer_consent(actor=user, consent=consent, choice=CONSENTS)
    assert consents_to_give(world.members[2], world.facility) == [consent]


def test_who_declares_a_tie_while_it_is_asked_takes_no_part_from_then_on(world, step):
    for rule, status in (("all_taking_part", ConsentStatus.OPEN), ("all_members", ConsentStatus.ENDED)):
        with transaction.atomic():
            world.parameter("bylaws.written_consent", rule, subject=CREDENTIALS)
            consent = asked(world, step=step)
            tied = others(world)[1]
            declare_interest(actor=tied, step=step, kind=InterestKind.PARTNER, note="A practice")
            consent.refresh_from_db()
            assert consent.status == status
            assert consent.asked.get(user=tied).answer.choice == RECUSED
            assert consent not in visible_consents(tied)
            if status == ConsentStatus.OPEN:
                with pytest.raises(Refused, match="has answered already"):
                    answer_consent(actor=tied, consent=consent, choice=CONSENTS)
                consent = consent_of_all(world, consent, tied)
                assert (consent.status, consent.decision.votes_for) == (ConsentStatus.CONSENTED, 4)
                assert [each["name"] for each in consent.decision.recusals] == [str(tied)]
            transaction.set_rollback(True)


def test_who_has_consented_declares_no_tie_while_it_is_asked(allowed, step):
    consent = asked(allowed, step=step)
    one, two, *_ = others(allowed)
    answer_consent(actor=one, consent=consent, choice=CONSENTS)
    answer_consent(actor=two, consent=consent, choice=RECUSED, reason="Partner")
    with pytest.raises(Refused, match="You have consented in writing"):
        declare_interest(actor=one, step=step, kind=InterestKind.PARTNER)
    declare_interest(actor=two, step=step, kind=InterestKind.PARTNER)
    withdraw_consent(actor=allowed.coordinator, consent=consent, reason="A tie")
    declare_interest(actor=one, step=step, kind=InterestKind.PARTNER)


def test_the_tie_of_the_last_who_had_not_answered_leaves_the_others_consent(allowed, step):
    consent = asked(allowed, step=step)
    tied, *rest = others(allowed)
    for user in rest:
        answer_consent(actor=user, consent=consent, choice=CONSENTS)
    declare_interest(actor=tied, step=step, kind=InterestKind.PARTNER)
    consent.refresh_from_db()
    assert (consent.status, consent.decision.votes_for) == (ConsentStatus.CONSENTED, 4)


def test_whose_record_turns_out_to_be_a_members_is_not_decided_with_that_member(allowed):
    practitioner = allowed.practitioner("Ana Member")
    step = allowed.step(allowed.recommended(practitioner), CREDENTIALS)
    consent = asked(allowed, step=step)
    own, late, *_ = others(allowed)
    answer_consent(actor=own, consent=consent, choice=CONSENTS)
    practitioner.user = own
    practitioner.save(update_fields=["user"])
    consent = consent_of_all(allowed, consent, own)
    assert (consent.status, consent.outcome) == (
        "ended", "A member who consented takes no part in this file: ask again."
    )  # fmt: skip
    assert not Decision.objects.filter(step=step).exists()
    practitioner.user = None
    practitioner.save(update_fields=["user"])
    consent = asked(allowed, step=step)
    practitioner.user = late
    practitioner.save(update_fields=["user"])
    with pytest.raises(Refused, match="takes no part in this file"):
        answer_consent(
            actor=allowed.coordinator, consent=consent, user=late, choice=CONSENTS, filed_at="Binder 3"
        )
    assert consent_of_all(allowed, consent, late).status == ConsentStatus.CONSENTED


def test_each_answers_once(allowed):
    consent = asked(allowed, title="Retreat", text="In May")
    one = others(allowed)[0]
    answer_consent(actor=one, consent=consent, choice=CONSENTS)
    with pytest.raises(Refused, match="each member answers once"):
        answer_consent(actor=one, consent=consent, choice=OBJECTS, reason="No")
    with pytest.raises(IntegrityError), transaction.atomic():
        ConsentAnswer.objects.create(
            asked=consent.asked.get(user=one), choice=OBJECTS, answered_at=NOON, recorded_by=one
        )
    with pytest.raises(Forbidden, match="not among those"):
        answer_consent(actor=allowed.board_members[0], consent=consent, choice=CONSENTS)


def test_a_paper_is_recorded_by_the_office_alone(allowed):
    consent = asked(allowed, title="Retreat", text="In May")
    one, two, *_ = others(allowed)
    with pytest.raises(Forbidden):
        answer_consent(actor=two, consent=consent, user=one, choice=CONSENTS)
    with pytest.raises(Refused, match="Say where the signed paper is kept") as refused:
        answer_consent(actor=allowed.coordinator, consent=consent, user=one, choice=CONSENTS)
    assert refused.value.field == "filed_at"
    with pytest.raises(Refused, match="no paper"):
        answer_consent(actor=one, consent=consent, choice=CONSENTS, filed_at="Binder 3")
    answer_consent(
        actor=allowed.coordinator, consent=consent, user=one, choice=CONSENTS, filed_at=" Binder 3 "
    )
    answer = consent.asked.get(user=one).answer
    assert (answer.recorded_by, answer.filed_at) == (allowed.coordinator, "Binder 3")


def test_the_record_of_the_decision_says_which_consents_came_on_paper(allowed, step):
    consent = asked(allowed, step=step)
    one, *rest = others(allowed)
    answer_consent(actor=allowed.coordinator, consent=consent, user=one, choice=CONSENTS, filed_at="Binder 3")
    for user in rest:
        consent = answer_consent(actor=user, consent=consent, choice=CONSENTS)
    assert frozen_record(consent.decision)["written_consent"] == {
        "uid": str(consent.uid), "on_paper": [{"member": str(one), "filed_at": "Binder 3"}]
    }  # fmt: skip
    assert not replay(consent.decision).problems


def test_what_was_asked_and_answered_stands_in_the_database(allowed):
    consent = asked(allowed, title="Retreat", text="In May")
    one, two, *_ = asked_of(allowed)
    for field, value in (("text", "In June"), ("until", TODAY), ("lines", [{}]), ("rule", "all_members")):
        with pytest.raises(DatabaseError, match="Cannot update rows"), transaction.atomic():
            WrittenConsent.objects.filter(pk=consent.pk).update(**{field: value})
    given = {"choice": CONSENTS, "answered_at": NOON, "recorded_by": one.user}
    for change in (
        {"choice": OBJECTS},  # no reason
        {"recorded_by": allowed.coordinator},  # no paper
        {"filed_at": "Binder 3"},  # one's own, on paper
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            ConsentAnswer.objects.create(asked=one, **given | change)
    withdraw_consent(actor=allowed.coordinator, consent=consent, reason="Too early")
    with pytest.raises(IntegrityError, match="open"), transaction.atomic():
        ConsentAnswer.objects.create(asked=two, **given | {"recorded_by": two.user})


def test_other_members_meanwhile_are_asked_again(allowed):
    consent = asked(allowed, title="Retreat", text="In May")
    *_, last = others(allowed)
    consent = consent_of_all(allowed, consent, last)
    allowed.seat(CREDENTIALS, allowed.user("New Member", "committee_member"), votes=True, start=TODAY)
    consent = answer_consent(actor=last, consent=consent, choice=CONSENTS)
    assert (consent.status, consent.outcome.partition(":")[0]) == (
        "ended", "The body has other voting members than those who were asked"
    )  # fmt: skip


def test_a_file_on_an_agenda_is_not_asked_about(allowed, step):
    meeting = allowed.meeting(present=allowed.members)
    add_step_to_agenda(actor=allowed.coordinator, meeting=meeting, step=step)
    with pytest.raises(Refused, match="stands on an agenda"):
        asked(allowed, step=step)


def test_a_file_that_is_asked_about_goes_on_no_agenda(allowed, step):
    consent = asked(allowed, step=step)
    meeting = allowed.meeting(present=allowed.members)
    with pytest.raises(Refused, match="consent on this file is asked for"):
        add_step_to_agenda(actor=allowed.coordinator, meeting=meeting, step=step)
    assert ready_files(viewer=allowed.coordinator, meeting=meeting) == []
    assert meeting_view(viewer=allowed.coordinator, meeting=meeting).waiting == []
    withdraw_consent(actor=allowed.coordinator, consent=consent, reason="A meeting is called")
    assert [each.step for each in ready_files(viewer=allowed.coordinator, meeting=meeting)] == [step]
    add_step_to_agenda(actor=allowed.coordinator, meeting=meeting, step=step)


@pytest.mark.parametrize("outcome", ["recommend", "defer"])
def test_an_act_from_minutes_ends_it(allowed, outcome):
    case = allowed.recommended()
    consent = asked(allowed, step=allowed.step(case, CREDENTIALS))
    record(allowed, case, lines=allowed.answers(case, outcome, reason="The second reference"))
    consent.refresh_from_db()
    assert (consent.status, consent.outcome) == ("ended", "The body acted on it otherwise.")


def test_what_is_returned_to_verification_is_asked_no_more(allowed):
    case = allowed.recommended()
    consent = asked(allowed, step=allowed.step(case, CREDENTIALS))
    return_case(actor=allowed.system, case=case, reason="A reference is missing")
    consent.refresh_from_db()
    assert (consent.status, consent.outcome) == ("ended", "The file waits for this body no more.")
    assert consents_to_give(allowed.members[0], allowed.facility) == []


def test_what_changed_meanwhile_ends_it_and_keeps_the_last_answer(allowed):
    """Whoever answers last is not told to try again: nobody could ever answer."""
    for change, sentence in (
        (
            lambda case: SAMPLE.special[case.subject_uid].pop(),
            "The lines of the file are others than those consented to: ask again.",
        ),
        (
            lambda case: SAMPLE.not_ready.update({case.subject_uid: "The license has expired."}),
            "All 5 members consented in writing, but it could not be recorded. The license has expired.",
        ),
    ):
        case = allowed.recommended()
        consent = asked(allowed, step=allowed.step(case, CREDENTIALS))
        change(case)
        consent = consent_of_all(allowed, consent)
        assert consent.status == ConsentStatus.ENDED
        assert consent.outcome.startswith(sentence)
        assert consent.asked.filter(answer__choice=CONSENTS).count() == 5
        assert not Decision.objects.filter(step=consent.step).exists()
        assert allowed.step(case, CREDENTIALS).status == StepStatus.OPEN


def test_what_the_room_above_refuses_leaves_nothing_half_done(allowed, step):
    SAMPLE.fail_on_acted = True
    consent = consent_of_all(allowed, asked(allowed, step=step))
    assert (consent.status, consent.decision) == (ConsentStatus.ENDED, None)
    assert "The room above could not follow." in consent.outcome
    assert not Decision.objects.filter(step=step).exists()
    assert allowed.step(step.case, Body.MEC).status == StepStatus.WAITING


def test_withdrawn_it_decides_nothing(allowed, step):
    consent = asked(allowed, step=step)
    consent = withdraw_consent(actor=allowed.coordinator, consent=consent, reason="A meeting is called")
    assert (consent.status, consent.outcome) == ("withdrawn", "Withdrawn: A meeting is called")
    with pytest.raises(Forbidden):
        withdraw_consent(actor=allowed.members[0], consent=asked(allowed, step=step), reason="No")


def test_they_are_told_without_a_word_of_it_and_the_trail_says_neither(allowed, mailoutbox):
    allowed.members[0].email = "ana@example.org"
    allowed.members[0].save(update_fields=["email"])
    consent = asked(allowed, title="Zyxtitle", text="Zyxtext")
    mail = MemberMail.objects.get()
    assert member_mails.send(mail.uid) == "sent"
    assert "zyx" not in (mailoutbox[0].subject + mailoutbox[0].body).lower()
    answer_consent(actor=allowed.members[0], consent=consent, choice=OBJECTS, reason="Zyxreason")
    told = " ".join(f"{each.subject_label} {each.reason} {each.data}" for each in AuditEvent.objects.all())
    assert "zyx" not in told.lower()


def test_who_is_told_late_is_told_only_of_what_waits_for_them(allowed, step, mailoutbox):
    for user in allowed.members[:3]:
        user.email = f"{user.username}@example.org"
        user.save(update_fields=["email"])
    consent = asked(allowed, step=step)
    tied, answered, silent = (MemberMail.objects.get(recipient=user) for user in allowed.members[:3])
    declare_interest(actor=allowed.members[0], step=step, kind=InterestKind.PARTNER)
    answer_consent(actor=allowed.members[1], consent=consent, choice=CONSENTS)
    assert [member_mails.send(each.uid) for each in (tied, answered)] == ["no longer needed"] * 2
    with clock.freeze(NOON + 6 * DAY):  # its last day has passed, and the nightly work has not run yet
        assert member_mails.send(silent.uid) == "no longer needed"
    assert not mailoutbox


def test_on_pages(allowed, step, sign_in):
    client = sign_in(allowed.coordinator)
    committee = reverse("bylaws:committee", args=[allowed.committees[CREDENTIALS].uid])
    assert "Ask for written consent" in client.get(committee).content.decode()
    url = reverse("bylaws:written_consent_new", args=[allowed.committees[CREDENTIALS].uid])
    sent = client.post(url, {"step": str(step.uid), "until": "2026-03-15"})
    page = sent.headers["Location"]
    assert "No answer yet" in client.get(page).content.decode()
    assert "Received on paper" in client.get(page).content.decode()
    consent = WrittenConsent.objects.get()
    *first, last = others(allowed)
    for user in first:
        phone = sign_in(user)
        assert "Give the answer" in phone.get(page).content.decode()
        assert phone.post(page, {"choice": "consents"}).status_code == 303
    assert sign_in(allowed.board_members[0]).get(page).status_code == 404
    paper = reverse("bylaws:written_consent_paper", args=[consent.uid])
    assert (
        client.post(
            paper, {"member": str(last.uid), "choice": "consents", "filed_at": "Binder 3"}
        ).status_code
        == 303
    )
    text = client.get(page).content.decode()
    assert "On paper: Binder 3" in text
    assert "On paper: Binder 3" not in sign_in(first[0]).get(page).content.decode()
    assert "The record of the decision" in text
    decision = client.get(reverse("bylaws:decision", args=[Decision.objects.get(step=step).uid]))
    assert "By unanimous written consent" in decision.content.decode()
    assert "Everybody consented" in client.get(reverse("bylaws:written_consents")).content.decode()
