"""What a body is against waits for notice and hearing, the favorable lines go on. Through the chain."""

from __future__ import annotations

import datetime as dt
import uuid
from types import SimpleNamespace

import pgtrigger
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.choices import Body, ClockState, CommitteeKind, DecisionKind, LineOutcome, SeatRole, StepStatus
from bylaws.models import AdverseAction, AppointmentPeriod
from bylaws.rules.data_bank import counted as counted_on
from bylaws.selectors.data_bank import clocks, open_clocks
from bylaws.selectors.decisions import replay as replay_problems
from bylaws.selectors.reviews import next_actor
from bylaws.services.agendas import add_step_to_agenda
from bylaws.services.committees import form_committee, seat_member
from bylaws.services.interests import declare_interest
from bylaws.services.meetings import schedule_meeting
from bylaws.subjects import handler
from bylaws.views.case import last_answers, starts_from
from bylaws.worklist.suspensions import data_bank_clocks
from config.accounts.choices import Role
from config.accounts.services.users import system_user
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.kernel.registries import queues
from config.rulebook.verdicts import Outcome
from credentialing.choices import HearingState
from credentialing.models import Application, LetterTemplate
from credentialing.selectors.hearings import hearing_of, hearings_of, notices_owed
from credentialing.services import applications, letter_templates
from credentialing.services.hearings import record_hearing
from credentialing.services.letter_sending import Handed, Proof, record_arrival, send_letter
from credentialing.services.letters import About, issue_letter
from credentialing.services.nudges import nudge
from credentialing.services.opening import Particulars
from credentialing.services.verification import plan
from credentialing.standing_matters import standing_matters
from credentialing.worklist.letters import hearing_notices
from practitioners.models import EvidenceHead, Letter
from practitioners.services.people import create_practitioner, set_contact_point
from privileging.choices import RequestLineStatus
from privileging.models import FormLine, Grant, GrantPeriod, RequestLine
from privileging.selectors.held import held_at, held_of_person, masked
from privileging.selectors.lookup import can_perform
from privileging.services.held import withdraw_held
from tests.counting import EVERY_RULE, HEADER
from tests.credentialing.scans import blank
from tests.credentialing.telemedicine import line as listed_line
from tests.credentialing.telemedicine import listed, load
from tests.privileging.conftest import NOON, NPIS, TODAY, build_today, grant, licensed, set_parameter
from tests.privileging.files import answers, asked, before_the_board, decide, office, opened
from tests.privileging.kinds import open_kind, special_only

pytestmark = pytest.mark.django_db
AGAINST = {"GS-LAP-CHOLE": "Fewer cases than the criterion asks for"}
PAPER = Proof("paper.pdf", blank(1))


def hospital() -> SimpleNamespace:
    """The executive committee, of the same three people as the board, and a file before it."""
    world = build_today()
    with clock.freeze(NOON):
        set_parameter(world.system, "bylaws.standing_conditions", [{"rule": "BL-LIC-1", "scope": "all"}])
        world.staff = with_executive_committee(world)
        world.application = with_a_file(world, world.staff)
        before_the_board(world.staff, world.application)
    return world


HOSPITAL = hospital


def with_executive_committee(world) -> SimpleNamespace:
    staff = office(world, chain=("mec", "board"))
    mec = form_committee(
        actor=world.system,
        facility=world.lakeside,
        kind=CommitteeKind.MEC,
        name="Medical Executive Committee",
    )
    for member in staff.members:
        seat_member(
            actor=world.system, committee=mec, user=member, seat_role=SeatRole.MEMBER, votes=True,
            start=dt.date(2020, 1, 1),
        )  # fmt: skip
    set_parameter(world.system, "bylaws.hearing_request_days", 30)
    letter_templates.load_letter_templates(actor=world.system)
    return staff


def with_a_file(world, staff, *, npi=NPIS[-1]) -> Application:
    """A file that was not yet sent to anybody."""
    one = create_practitioner(
        actor=world.system, provider_type="MD", last_name="Okonkwo", first_name="Adaeze", npi=npi
    )
    licensed(world, one)
    evidence = one.evidence.get()  # made without its chain
    EvidenceHead.objects.create(practitioner=one, sequence=evidence.sequence, hash=evidence.hash)
    application = opened(world, staff, one)
    asked(staff, application, special=["GS-SEDATION"])
    set_contact_point(
        actor=staff.coordinator, practitioner=one, kind="mailing", line_1="14 Alder Court",
        city="Springfield", state="IL", postal_code="62701",
    )  # fmt: skip
    return application


@pytest.fixture
def staff(world):
    return world.staff


@pytest.fixture
def application(world):
    return world.application


@pytest.fixture
def mec(application):
    return step_of(application, Body.MEC)


def step_of(application, body):
    return (
        application_case(application)
        .steps.select_related("case__practitioner", "case__facility")
        .get(body=body)
    )


def application_case(application):
    return application.practitioner.review_cases.get()


def give_notice(staff, application, code):
    letter = issue_letter(
        actor=staff.meetings,
        about=About(application.practitioner, application.facility, application),
        template=LetterTemplate.objects.get(code=code),
        to="Dr. Example\n14 Alder Court\nSpringfield, IL 62701",
    )
    sending = send_letter(
        actor=staff.meetings, letter=letter,
        handed=Handed("certified", "Dr. Example", carrier="USPS", tracking="9407 1000 0000"),
    )  # fmt: skip
    record_arrival(
        actor=staff.meetings, sending=sending, outcome="delivered", happened_on=TODAY,
        told_by="The applicant", proof=PAPER,
    )  # fmt: skip


def waive(staff, application, **more):
    record_hearing(
        actor=staff.meetings, application=application, event="waived", happened_on=TODAY,
        told_by="In writing", proof=PAPER, **more,
    )  # fmt: skip


def line_of(application, code="GS-LAP-CHOLE"):
    return RequestLine.objects.get(request__application=application, form_line__privilege__code=code)


def later(days):
    """Noon of the day so many days on."""
    return clock.freeze(NOON + dt.timedelta(days=days))


def test_the_line_the_committee_is_against_is_held_and_the_others_are_granted(
    staff, application, mec, client
):
    against = decide(staff, mec, answers(application, refused=AGAINST))
    line = line_of(application)
    assert (line.status, line.held_by) == (RequestLineStatus.HELD, against)
    board = step_of(application, Body.BOARD)
    client.force_login(staff.meetings)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(reverse("bylaws:review", args=[board.uid])).content.decode()
    assert len(queries) <= 23, "a file without a held line has three less"
    assert "Held for a hearing" in page
    assert "has not gone out" in page
    hearing = reverse("credentialing:hearing", args=[application.uid])
    assert hearing in page, "where the notice is written, and the waiver recorded"
    panel = client.get(reverse("credentialing:file", args=[application.uid])).content.decode()
    assert hearing in panel
    decision = decide(staff, board, answers(application))
    assert decision.kind == DecisionKind.DECISION
    granted = set(Grant.objects.values_list("privilege__code", flat=True))
    assert "GS-SEDATION" in granted
    assert "GS-LAP-CHOLE" not in granted
    application.refresh_from_db()
    assert application.status == "approved_modified"
    assert step_of(application, Body.BOARD).status == StepStatus.HELD
    assert application_case(application).status == "open"
    letter = Letter.objects.get(kind="decision", practitioner=application.practitioner)
    assert [line.form_line.privilege.name] == letter.content["undecided"]
    assert replay_problems(decision).problems == []


def test_the_board_decides_the_held_line_once_nobody_asked_in_time(staff, application, mec):
    decide(staff, mec, answers(application, refused=AGAINST))
    board = step_of(application, Body.BOARD)
    decide(staff, board, answers(application))
    with pytest.raises(Refused, match="The notice of it, with the right to a hearing, has not gone out"):
        decide(staff, board, answers(application, refused=AGAINST))
    give_notice(staff, application, "adverse_recommendation")
    with pytest.raises(Refused, match="can ask for a hearing through"):
        decide(staff, board, answers(application, refused=AGAINST))
    with later(31):
        lines = answers(application, refused=AGAINST, on=TODAY + dt.timedelta(days=31))
        assert len(lines) == 1, "what was decided before is no matter any more"
        decide(staff, board, lines, on=TODAY + dt.timedelta(days=31))
    assert line_of(application).status == RequestLineStatus.DENIED
    assert application_case(application).status == "decided"
    assert Letter.objects.filter(kind="decision", practitioner=application.practitioner).count() == 2


class TestDataBankCase:
    """What is denied after a hearing is followed by itself (45 CFR 60.12); nothing else is."""

    @pytest.fixture
    def heard(self, staff, application, mec):
        decide(staff, mec, answers(application, refused=AGAINST))
        board = step_of(application, Body.BOARD)
        decide(staff, board, answers(application))
        give_notice(staff, application, "adverse_recommendation")
        waive(staff, application)
        return board

    def live(self, staff, application):
        return open_clocks(clocks(staff.meetings, application.facility))

    def test_a_held_line_denied_for_good_is_on_the_live_list(self, staff, application, heard):
        assert self.live(staff, application) == []
        decide(staff, heard, answers(application, refused=AGAINST))
        (counted,) = self.live(staff, application)
        assert (counted.subject.kind, counted.practitioner) == ("denial", application.practitioner)
        assert (counted.clock.effective, counted.clock.state) == (TODAY, ClockState.RUNNING)
        assert "Fewer cases than the criterion asks for" in counted.subject.cause
        assert counted.subject.created_by == system_user()
        total, items = data_bank_clocks(staff.meetings, application.facility, 5)
        assert (total, items[0].title) == (1, str(application.practitioner))

    @pytest.mark.parametrize(("days", "state"), [(29, ClockState.RUNNING), (30, ClockState.DUE)])
    def test_its_thirty_first_day_is_reportable(self, staff, application, heard, days, state):
        decide(staff, heard, answers(application, refused=AGAINST))
        (found,) = counted_on(application.facility, TODAY + dt.timedelta(days=days))
        assert found.clock.state == state

    def test_what_is_granted_after_the_hearing_opens_none(self, staff, application, heard):
        decide(staff, heard, answers(application, everything="recommend"))
        assert AdverseAction.objects.count() == 0

    def test_the_cause_stays_out_of_the_trail(self, staff, application, heard):
        decide(staff, heard, answers(application, refused=AGAINST))
        rows = AuditEvent.objects.filter(verb="adverse_action.recorded")
        assert rows.count() == 1
        assert "Fewer cases" not in " ".join(f"{row.reason} {row.data} {row.subject_label}" for row in rows)


def test_a_denied_appointment_is_counted_once_and_only_after_the_notice(staff, application, mec):
    everything = answers(application, everything="not_recommend")
    decide(staff, mec, everything)
    assert AdverseAction.objects.count() == 0
    give_notice(staff, application, "adverse_recommendation")
    waive(staff, application)
    decide(staff, step_of(application, Body.BOARD), everything)
    action = AdverseAction.objects.get()
    assert action.kind == "denial"
    assert action.cause.startswith("Denied by the Governing board")


def test_without_a_right_to_a_hearing_nothing_is_counted_by_itself(world, staff, application, mec):
    set_parameter(world.system, "bylaws.hearing_rights", ["DDS"])
    decide(staff, mec, answers(application, refused=AGAINST))
    decide(staff, step_of(application, Body.BOARD), answers(application, refused=AGAINST))
    assert line_of(application).status == RequestLineStatus.DENIED
    assert AdverseAction.objects.count() == 0


def test_a_held_line_that_is_granted_after_the_hearing_ends_with_the_term(staff, application, mec):
    decide(staff, mec, answers(application, refused=AGAINST))
    board = step_of(application, Body.BOARD)
    decide(staff, board, answers(application))
    give_notice(staff, application, "adverse_recommendation")
    waive(staff, application)
    with later(60):
        on = TODAY + dt.timedelta(days=60)
        decide(staff, board, answers(application, on=on, everything="recommend"), on=on)
    late = GrantPeriod.objects.get(privilege__code="GS-LAP-CHOLE")
    term = AppointmentPeriod.objects.get()
    assert (late.valid.lower, late.valid.upper) == (on, term.valid.upper)


def test_a_held_line_is_granted_on_fresh_verification_alone_and_denied_without(
    world, staff, application, mec
):
    decide(staff, mec, answers(application, refused=AGAINST))
    board = step_of(application, Body.BOARD)
    decide(staff, board, answers(application))
    give_notice(staff, application, "adverse_recommendation")
    waive(staff, application)
    asks = [{"element": "STATE_LICENSE", "instances": "each", "minimum": 1}]
    set_parameter(world.system, "credentialing.required_elements", asks, subject="initial")
    application.refresh_from_db()
    assert plan(actor=staff.coordinator, application=application), "a decided file with a held line is worked"
    with pytest.raises(Refused, match=r"cannot be granted as of 24 Nov 2026. .*Not asked yet"):
        decide(staff, board, answers(application))
    assert not Grant.objects.filter(privilege__code="GS-LAP-CHOLE").exists()
    decide(staff, board, answers(application, refused=AGAINST))
    assert line_of(application).status == RequestLineStatus.DENIED


def test_a_held_line_is_not_granted_by_proxy_once_the_distant_site_lists_the_person_no_more(
    world, staff, application, person
):
    one = person("Vargas", "Luz")
    licensed(world, one)
    evidence = one.evidence.get()  # made without its chain
    EvidenceHead.objects.create(practitioner=one, sequence=evidence.sequence, hash=evidence.hash)
    agreement = listed(staff.coordinator, world.lakeside, one)
    proxy = open_kind(world, staff, one, "telemedicine", Particulars(agreement=agreement))
    special_only(staff, proxy, "GS-BARIATRIC", "GS-SEDATION")
    before_the_board(staff, proxy)
    decide(staff, step_of(proxy, Body.MEC), answers(proxy, refused={"GS-BARIATRIC": "No need for it"}))
    board = step_of(proxy, Body.BOARD)
    decide(staff, board, answers(proxy))
    assert list(Grant.objects.values_list("privilege__code", flat=True)) == ["GS-SEDATION"]
    give_notice(staff, proxy, "adverse_recommendation")
    waive(staff, proxy)
    with later(10):
        on = TODAY + dt.timedelta(days=10)
        load(staff.coordinator, agreement, listed_line("1000000152"))
        with pytest.raises(Refused, match=r"Nothing is granted by proxy\. .* is not on the list"):
            decide(staff, board, answers(proxy, on=on), on=on)
        load(staff.coordinator, agreement, listed_line(one.npi))
        decide(staff, board, answers(proxy, on=on), on=on)
    assert Grant.objects.count() == 2


def test_a_held_line_is_not_granted_past_a_red_flag_that_came_since(staff, application, mec):
    decide(staff, mec, answers(application, refused=AGAINST))
    board = step_of(application, Body.BOARD)
    decide(staff, board, answers(application))
    give_notice(staff, application, "adverse_recommendation")
    waive(staff, application)
    with later(1):
        application.red_flags.create(
            code="RF-NPDB", severity="serious", sentence="A report came in.", opened_at=clock.now(),
        )  # fmt: skip
        on = TODAY + dt.timedelta(days=1)
        with pytest.raises(Refused, match="red flag"):
            decide(staff, board, answers(application, on=on), on=on)


def test_a_held_line_still_counts_as_asked_for_where_another_one_needs_it(staff, application, mec):
    needs = {"initial": {"all": [{"type": "PREREQUISITE", "privilege": "GS-LAP-CHOLE"}]}}
    with pgtrigger.ignore("privileging.FormLine:no_update"):
        FormLine.objects.filter(privilege__code="GS-SEDATION").update(criteria=needs)
    decide(staff, mec, answers(application, refused=AGAINST))
    lines = {line.detail: line for line in handler("application").lines(application.uid, TODAY)}
    assert "GS-LAP-CHOLE" not in lines
    assert lines["GS-SEDATION"].verdict.outcome == Outcome.UNKNOWN, "it is asked for, and decided later"
    decision = decide(staff, step_of(application, Body.BOARD), answers(application))
    assert replay_problems(decision).problems == []


def test_what_is_held_is_not_said_to_be_not_asked_for_again(world, staff, application, mec):
    grant(world, application.practitioner, "GS-LAP-CHOLE", last_day=TODAY + dt.timedelta(days=90))
    grant(world, application.practitioner, "GS-SEDATION", last_day=TODAY + dt.timedelta(days=90))
    decide(staff, mec, answers(application, refused=AGAINST))
    subject = handler("application")
    lines = subject.lines(application.uid, TODAY)
    assert subject.compared(lines, TODAY).not_asked == ()


def test_what_the_board_only_proposes_keeps_no_affiliation_letter_back(world, staff, application, mec):
    decide(staff, mec, answers(application))
    board = step_of(application, Body.BOARD)
    decide(staff, board, answers(application, refused=AGAINST))
    refusal = "The board did not grant something that was asked for."
    assert refusal not in standing_matters(application.practitioner, world.lakeside, TODAY)
    give_notice(staff, application, "adverse_decision")
    waive(staff, application)
    decide(staff, board, answers(application, refused=AGAINST))
    assert refusal in standing_matters(application.practitioner, world.lakeside, TODAY)


def test_a_file_that_is_held_waits_for_nobody_who_could_be_reminded(staff, application, mec):
    decide(staff, mec, answers(application, refused=AGAINST))
    board = step_of(application, Body.BOARD)
    assert next_actor(board).user == staff.meetings
    decide(staff, board, answers(application))
    held = step_of(application, Body.BOARD)
    assert next_actor(held).user is None
    assert "right to a hearing" in next_actor(held).what
    with pytest.raises(Refused, match=r"nobody to remind\. it waits for the right to a hearing"):
        nudge(actor=staff.coordinator, step=held)


def test_the_form_of_the_board_starts_without_the_refusal_that_was_heard(staff, application, mec):
    decide(staff, mec, answers(application, refused=AGAINST))
    board = step_of(application, Body.BOARD)
    held = line_of(application).uid
    assert held not in last_answers(board)
    assert starts_from(board).endswith("What it was against starts without an answer.")
    split = decide(staff, board, answers(application, refused={"GS-SEDATION": "No course"}))
    assert split.kind == DecisionKind.DECISION
    board = step_of(application, Body.BOARD)
    assert not {held, line_of(application, "GS-SEDATION").uid} & set(last_answers(board))
    assert starts_from(board) == "What was held for a hearing starts without an answer."


def test_the_applicant_gives_up_what_is_held_and_the_file_closes(staff, application, mec, client):
    decide(staff, mec, answers(application, refused={**AGAINST, "GS-SEDATION": "No course"}))
    board = step_of(application, Body.BOARD)
    decide(staff, board, answers(application))
    first, second = line_of(application), line_of(application, "GS-SEDATION")
    with pytest.raises(Refused, match="Write what the applicant said"):
        withdraw_held(
            actor=staff.coordinator, application=application, uids=[first.uid], reason=" ",
            investigation="no",
        )  # fmt: skip
    with pytest.raises(Refused, match="not held any more"):
        withdraw_held(
            actor=staff.coordinator, application=application, uids=[first.uid, uuid.uuid4()],
            reason="By mail", investigation="no",
        )  # fmt: skip
    with pytest.raises(Refused, match="question about an investigation"):
        withdraw_held(
            actor=staff.coordinator, application=application, uids=[first.uid], reason="By mail",
            investigation="",
        )  # fmt: skip
    with pytest.raises(Forbidden):
        withdraw_held(
            actor=staff.members[0], application=application, uids=[first.uid], reason="By mail",
            investigation="no",
        )  # fmt: skip
    names, closed = withdraw_held(
        actor=staff.coordinator, application=application, uids=[first.uid], reason="By mail",
        investigation="no",
    )  # fmt: skip
    assert (names, closed) == ([first.form_line.privilege.name], False)
    assert (line_of(application).status, line_of(application).held_by) == (RequestLineStatus.WITHDRAWN, None)
    assert step_of(application, Body.BOARD).status == StepStatus.HELD
    client.force_login(staff.coordinator)
    path = reverse("privileging:withdraw_held", args=[application.uid])
    assert path in client.get(reverse("credentialing:file", args=[application.uid])).content.decode()
    page = client.get(path).content.decode()
    assert str(second.uid) in page
    assert str(first.uid) not in page
    answer = client.post(path, {"uids": [str(second.uid)], "reason": "By mail, today"})
    assert answer.status_code == 422, "the question about an investigation is not answered"
    answer = client.post(
        path, {"uids": [str(second.uid)], "reason": "By mail, today", "investigation": "not_known"}
    )
    assert answer.status_code == 303
    action = AdverseAction.objects.get()
    assert action.kind == "surrender_unclear"
    assert second.form_line.privilege.name in action.cause
    assert line_of(application, "GS-SEDATION").status == RequestLineStatus.WITHDRAWN
    assert step_of(application, Body.BOARD).status == StepStatus.ACTED
    assert application_case(application).status == "decided"
    assert hearing_notices(staff.meetings, application.facility, 5)[0] == 0
    page = client.get(path).content.decode()
    assert "Nothing of this file is held for a hearing." in page
    assert 'name="reason"' not in page, "no form where there is nothing to withdraw"


def test_a_held_line_given_up_before_the_board_leaves_the_rest_to_it(staff, application, mec):
    decide(staff, mec, answers(application, refused=AGAINST))
    line = line_of(application)
    withdraw_held(
        actor=staff.coordinator, application=application, uids=[line.uid], reason="By mail",
        investigation="no",
    )  # fmt: skip
    assert hearing_notices(staff.meetings, application.facility, 5)[0] == 0, "there is nothing to hear"
    decide(staff, step_of(application, Body.BOARD), answers(application))
    application.refresh_from_db()
    assert application.status == "approved"
    assert application_case(application).status == "decided"


def test_a_notice_the_board_owes_stays_owed_when_it_acts_on_other_lines(staff, application, mec):
    decide(staff, mec, answers(application, refused=AGAINST))
    give_notice(staff, application, "adverse_recommendation")
    board = step_of(application, Body.BOARD)
    split = decide(staff, board, answers(application, refused={"GS-SEDATION": "No course"}))
    waive(staff, application, decision_uid=hearings_of(application)[0].decision.uid)
    assert [each.pk for each in notices_owed(staff.meetings, application.facility)] == [split.pk]
    with later(1):
        on = TODAY + dt.timedelta(days=1)
        decide(staff, board, answers(application, refused=AGAINST, on=on), on=on)
        assert line_of(application).status == RequestLineStatus.DENIED
        assert [each.pk for each in notices_owed(staff.meetings, application.facility)] == [split.pk]


def test_who_had_the_right_on_the_day_of_the_act_is_told_though_the_bylaws_changed(
    world, staff, application, mec
):
    set_parameter(world.system, "bylaws.hearing_rights", ["DO"], start=TODAY + dt.timedelta(days=1))
    decide(staff, mec, answers(application, refused=AGAINST))
    with later(2):
        assert hearing_notices(staff.meetings, application.facility, 5)[0] == 1


def test_what_is_settled_before_the_board_meets_is_decided_with_the_rest(staff, application, mec):
    decide(staff, mec, answers(application, refused=AGAINST))
    give_notice(staff, application, "adverse_recommendation")
    waive(staff, application)
    decide(staff, step_of(application, Body.BOARD), answers(application, refused=AGAINST))
    assert line_of(application).status == RequestLineStatus.DENIED
    assert application_case(application).status == "decided"


def test_an_appointment_the_committee_is_against_holds_the_whole_file(staff, application, mec):
    everything = answers(application, everything=LineOutcome.NOT_RECOMMEND)
    decide(staff, mec, everything)
    with pytest.raises(Refused, match="has not gone out"):
        decide(staff, step_of(application, Body.BOARD), everything)
    assert not Grant.objects.exists()


def test_a_profession_without_the_right_is_held_for_nothing(world, staff, application, mec):
    set_parameter(world.system, "bylaws.hearing_rights", ["DO"])
    decide(staff, mec, answers(application, refused=AGAINST))
    assert line_of(application).status == RequestLineStatus.REQUESTED
    assert hearing_notices(staff.meetings, application.facility, 5)[0] == 0
    with pytest.raises(Refused, match="give no right to a hearing"):
        give_notice(staff, application, "adverse_recommendation")
    decide(staff, step_of(application, Body.BOARD), answers(application, refused=AGAINST))
    assert application_case(application).status == "decided"


def test_the_word_of_the_credentials_committee_creates_no_right(world, staff):
    application = with_a_file(world, staff, npi=NPIS[-2])
    set_parameter(
        world.system, "bylaws.approval_chain", ["credentials_committee", "mec", "board"], subject="initial"
    )
    committee = form_committee(
        actor=world.system, facility=world.lakeside, kind="credentials_committee", name="Credentials"
    )
    for member in staff.members:
        seat_member(
            actor=world.system, committee=committee, user=member, seat_role=SeatRole.MEMBER, votes=True,
            start=dt.date(2020, 1, 1),
        )  # fmt: skip
    before_the_board(staff, application)
    step = step_of(application, Body.CREDENTIALS_COMMITTEE)
    decide(staff, step, answers(application, refused=AGAINST))
    assert line_of(application).status == RequestLineStatus.REQUESTED
    assert step_of(application, Body.MEC).status == StepStatus.OPEN
    assert hearing_notices(staff.meetings, application.facility, 5)[0] == 0


def test_the_board_against_the_committee_proposes_and_grants_the_rest(staff, application, mec):
    decide(staff, mec, answers(application))
    board = step_of(application, Body.BOARD)
    split = decide(staff, board, answers(application, refused=AGAINST))
    assert split.kind == DecisionKind.DECISION
    assert [line.label for line in split.lines.filter(proposed=True)] == [
        line_of(application).form_line.privilege.name
    ]
    assert (line_of(application).status, line_of(application).held_by) == (RequestLineStatus.HELD, split)
    assert Grant.objects.filter(privilege__code="GS-SEDATION").exists()
    assert step_of(application, Body.BOARD).status == StepStatus.HELD
    assert hearing_notices(staff.meetings, application.facility, 5)[0] == 1
    with pytest.raises(Refused, match="Governing board acted against"):
        decide(staff, board, answers(application, refused=AGAINST))
    give_notice(staff, application, "adverse_decision")
    waive(staff, application)
    decide(staff, board, answers(application, refused=AGAINST))
    assert line_of(application).status == RequestLineStatus.DENIED
    assert application_case(application).status == "decided"


def test_the_board_that_would_grant_nothing_only_proposes(staff, application, mec):
    decide(staff, mec, answers(application))
    board = step_of(application, Body.BOARD)
    proposal = decide(staff, board, answers(application, everything=LineOutcome.NOT_RECOMMEND))
    assert proposal.kind == DecisionKind.RECOMMENDATION
    assert step_of(application, Body.BOARD).status == StepStatus.HELD
    assert not Grant.objects.exists()
    give_notice(staff, application, "adverse_decision")
    waive(staff, application)
    decide(staff, board, answers(application, everything=LineOutcome.NOT_RECOMMEND))
    application.refresh_from_db()
    assert application.status == "denied"


def test_a_file_that_goes_back_is_held_for_nothing_any_more(staff, application, mec):
    decide(staff, mec, answers(application, refused=AGAINST))
    application.refresh_from_db()
    applications.return_to_verification(
        actor=staff.coordinator, application=application, reason="Another license came to light"
    )
    line = line_of(application)
    assert (line.status, line.held_by) == (RequestLineStatus.REQUESTED, None)


def test_that_a_line_is_held_is_told_to_readers_of_peer_review_alone(staff, application, mec, user, client):
    decide(staff, mec, answers(application, refused=AGAINST))
    held = "Held for a hearing"
    client.force_login(staff.meetings)
    assert held in client.get(reverse("credentialing:file", args=[application.uid])).content.decode()
    more = reverse("practitioners:more_privileges", args=[application.practitioner.uid])
    assert held in client.get(more).content.decode()
    answer = can_perform(
        practitioner=application.practitioner, privilege_code="GS-LAP-CHOLE",
        facility=application.facility, on=TODAY,
    )  # fmt: skip
    assert "not yet decided" in " ".join(answer.reasons)
    without = user(Role.COMPLIANCE_OFFICER)
    assert held_at(without, application.facility).count() == 0
    assert held_of_person(without, application.practitioner) == []
    lines = [line_of(application)]
    masked(without, application.facility, lines)
    assert lines[0].status == RequestLineStatus.REQUESTED


def test_today_says_what_each_held_line_waits_for(staff, application, mec):
    decide(staff, mec, answers(application, refused=AGAINST))
    held = next(each for each in queues.all() if each.code == "held_for_hearing")
    total, (item,) = held.items(staff.meetings, application.facility, 5)
    assert total == 1
    assert "has not gone out" in item.detail
    decide(staff, step_of(application, Body.BOARD), answers(application))
    give_notice(staff, application, "adverse_recommendation")
    waive(staff, application)
    assert (
        "put it on an agenda of the board" in held.items(staff.meetings, application.facility, 5)[1][0].detail
    )


def test_each_of_two_rights_is_recorded_by_itself(staff, application, mec, client):
    of_mec = decide(staff, mec, answers(application, refused=AGAINST))
    give_notice(staff, application, "adverse_recommendation")
    board = step_of(application, Body.BOARD)
    of_board = decide(staff, board, answers(application, refused={"GS-SEDATION": "No course"}))
    assert line_of(application, "GS-SEDATION").held_by == of_board
    give_notice(staff, application, "adverse_decision")
    assert [each.decision for each in hearings_of(application)] == [of_mec, of_board]
    with pytest.raises(Refused, match="say of which act"):
        waive(staff, application)
    with pytest.raises(Refused, match="opened no right"):
        waive(staff, application, decision_uid=uuid.uuid4())
    waive(staff, application, decision_uid=of_board.uid)
    states = [hearing_of(application, TODAY, each.uid).state(TODAY) for each in (of_mec, of_board)]
    assert states == [HearingState.RUNNING, HearingState.WAIVED]
    (line,) = handler("application").lines(application.uid, TODAY)
    assert line.detail == "GS-SEDATION", "the other one still waits"
    client.force_login(staff.meetings)
    path = reverse("credentialing:hearing", args=[application.uid])
    page = client.get(path, {"act": str(of_mec.uid)}).content.decode()
    assert f"{path}?act={of_board.uid}" in page
    sent = {"act": str(of_mec.uid), "event": "requested", "happened_on": TODAY.isoformat(), "told_by": "Self"}
    assert client.post(path, sent).status_code == 303
    assert of_mec.hearing_records.get().event == "requested"


def test_each_of_two_acts_has_a_draft_of_its_own_notice(staff, application, mec, client):
    of_mec = decide(staff, mec, answers(application, refused=AGAINST))
    board = step_of(application, Body.BOARD)
    of_board = decide(staff, board, answers(application, refused={"GS-SEDATION": "No course"}))
    client.force_login(staff.meetings)
    hearing = reverse("credentialing:hearing", args=[application.uid])
    for act, code, reason, other in (
        (of_board, "adverse_decision", "No course", AGAINST["GS-LAP-CHOLE"]),
        (of_mec, "adverse_recommendation", AGAINST["GS-LAP-CHOLE"], "No course"),
    ):
        path = reverse("credentialing:letter_write", args=[application.uid, code])
        draft = f"{path}?act={act.uid}"
        assert draft in client.get(hearing, {"act": str(act.uid)}).content.decode()
        page = client.get(draft).content.decode()
        assert reason in page
        assert other not in page
        assert reverse("credentialing:letter_draft", args=[application.uid, code]) + f"?act={act.uid}" in page
        sent = {"do": "issue", "to": "Dr. Example\n14 Alder Court\nSpringfield, IL 62701", "added": ""}
        assert client.post(draft, sent).status_code == 303
        assert Letter.objects.get(office__decision=act)
    stranger = client.get(f"{path}?act={uuid.uuid4()}")
    assert 'id="letter-form"' not in stranger.content.decode()
    assert client.get(f"{path}?act=x").status_code == 404


def test_the_pages_of_a_file_in_review_and_of_its_notice_cost_at_most_twenty_queries(
    world, staff, application, mec, client
):
    decide(staff, mec, answers(application, refused=AGAINST))
    board = step_of(application, Body.BOARD)
    item = add_step_to_agenda(
        actor=staff.meetings,
        meeting=schedule_meeting(actor=staff.meetings, committee=staff.board, starts_at=NOON),
        step=board,
    )
    declare_interest(actor=staff.members[0], step=board, kind="partner")
    for user, pages in (
        (
            staff.meetings,
            [
                reverse("credentialing:letter_write", args=[application.uid, "adverse_recommendation"]),
                reverse("credentialing:hearing", args=[application.uid]),
                reverse("bylaws:review", args=[board.uid]),
                reverse("bylaws:motion_new", args=[item.uid]),
                reverse("bylaws:meeting", args=[item.meeting.uid]),
                reverse("bylaws:interests", args=[board.uid]),
                reverse("bylaws:compliance"),
            ],
        ),
        (staff.coordinator, [reverse("credentialing:file", args=[application.uid])]),
        (staff.members[1], [reverse("bylaws:review", args=[board.uid])]),
    ):
        client.force_login(user)
        client.get(pages[0])  # the statement of peer review is read once a minute, by whatever page
        for page in pages:
            answer = client.get(page)
            assert answer.status_code == 200, page
            most = EVERY_RULE if page == reverse("bylaws:compliance") else 20
            assert int(answer.headers[HEADER]) <= most, page


def test_a_favorable_file_goes_on(staff, application, mec):
    decide(staff, mec, answers(application))
    assert decide(staff, step_of(application, Body.BOARD), answers(application)).kind == DecisionKind.DECISION
