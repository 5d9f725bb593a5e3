"""Marked words in everything that is protected: whoever has the class finds each of them on a page, and
whoever lacks it finds none, on any page that opens for them, in any list as a file, in the log.
"""

from __future__ import annotations

import datetime as dt
import io
import logging
from collections.abc import Iterator

import pgtrigger
import pytest
from django.urls import reverse
from pypdf import PdfReader

from bylaws.choices import AdverseActionKind, BarKind, DataBankRecordKind, InterestKind, InterestRuling
from bylaws.models import Committee, Decision, DecisionLine, Meeting
from bylaws.orders import Paper as BroughtPaper
from bylaws.panels import MATTER
from bylaws.selectors.calendar import calendar_of
from bylaws.selectors.committees import seated
from bylaws.selectors.papers import packet_of
from bylaws.services import due_process, hearings
from bylaws.services.agendas import add_matter
from bylaws.services.bars import lift_bar, open_bar
from bylaws.services.data_bank import record_action, record_data_bank
from bylaws.services.follow_ups import add_follow_up
from bylaws.services.interests import declare_interest, rule_on_interest
from bylaws.services.investigation_steps import Step
from bylaws.services.investigation_steps import record_step as record_investigation_step
from bylaws.services.investigations import open_investigation
from bylaws.services.meetings import adjourn, call_to_order, schedule_meeting
from bylaws.services.minutes_of_meeting import circulate_minutes, draft_minutes, edit_minutes
from bylaws.services.motions import move, withdraw_motion
from bylaws.services.presence import mark_present, recuse
from bylaws.services.questions import answer_question
from bylaws.services.requests import answer_request, ask_leader
from bylaws.services.written_consents import answer_consent
from config.accounts.choices import DataClass, Role
from config.audit.models import AuditEvent
from config.kernel import clock
from credentialing.choices import HearingEvent, NPDBQueryKind, NPDBReason, Severity
from credentialing.models import HearingRecord, MeetingInvitation, MemberMail
from credentialing.selectors.enquiries import token_of
from credentialing.services import enquiry_answers, invitations, member_mails, npdb
from credentialing.services.flags import dispose, raise_flag
from practitioners.choices import Method, SourceKind
from practitioners.selectors.disclosures import asked_on
from practitioners.services.disclosures import Answer, record_answers
from practitioners.services.evidence import add_evidence
from privileging.choices import FPPEReason, FPPEStatus, OPPEConclusion
from privileging.models import Grant
from privileging.services.distant_evaluations import record_distant_evaluation
from privileging.services.fppe import close_fppe, start_fppe
from privileging.services.oppe import sign_profile
from privileging.services.proctors import report_case
from tests.credentialing.enquiries import good_reference
from tests.matrix.asking import address_of, send
from tests.matrix.urls import ADDRESSES
from tests.matrix.world import NOBODY, OTHER_DIRECTOR, PDF, TODAY, World
from tests.privileging.evaluations import evaluation

BANK, PEER, HEALTH = DataClass.DATA_BANK, DataClass.PEER_REVIEW, DataClass.HEALTH
#: What the office reads of a file, and nobody else.
FILE = DataClass.GENERAL
DAY = dt.timedelta(days=1)
#: One word for each place, with the class it is of; no other text holds any of them.
WORDS = {
    "zyxreport": BANK,  # what the data bank answered
    "zyxreference": PEER,  # a reference, as evidence
    "zyxanswer": PEER,  # the form a peer answered
    "zyxclinic": HEALTH,  # a paper about somebody's health
    "zyxtremor": HEALTH,  # a flag about it
    "zyxsettled": HEALTH,  # what was written to dispose of that
    "zyxcause": PEER,  # why somebody was suspended
    "zyxlifted": PEER,  # why no more
    "zyxmethod": PEER,  # how a focused evaluation for cause goes
    "zyxgrounds": PEER,  # why it was opened
    "zyxconclusion": PEER,  # what came of it
    "zyxdistant": PEER,  # what a distant site found of who works by proxy
    "zyxcase": PEER,  # what the proctor wrote of a case
    "zyxprofile": PEER,  # what the chair saw in a profile
    "zyxtie": PEER,  # which interest a reviewer has
    "zyxruling": PEER,  # why the chair lets them take part
    "zyxagainst": PEER,  # why the committee is against it
    "zyxhearing": PEER,  # why what was recorded of the hearing is wrong
    "zyxaction": PEER,  # an adverse action
    "zyxnotdue": PEER,  # why it is not reported
    "zyxleft": PEER,  # what was found about a term that ran out
    "zyxprobe": PEER,  # what an investigation is about
    "zyxstep": PEER,  # what was said in an investigation
    "zyxreason": PEER,  # what is proposed, and why
    "zyxminutes": PEER,  # which minutes say so
    "zyxbasis": PEER,  # what the panel found
    "zyxplace": PEER,  # where the hearing was
    "zyxpanel": PEER,  # why somebody may sit
    "zyxobjects": PEER,  # what the practitioner objected
    "zyxwitness": PEER,  # who testified
    "zyxexhibit": PEER,  # what was brought
    "zyxcourt": PEER,  # who else was there
    "zyxback": PEER,  # why a step was taken back
    "zyxmatter": PEER,  # a matter of peer review on an agenda
    "zyxmotion": PEER,  # what was moved on it
    "zyxrecusal": PEER,  # why a member was out of the room for it
    "zyxsection": PEER,  # what its section of the minutes says
    "zyxfollow": PEER,  # what somebody is to do about it
    "zyxasked": PEER,  # what a leader is asked of somebody's work
    "zyxquestion": PEER,
    "zyxreply": PEER,  # and answered
    "zyxaside": PEER,  # why a member takes no part in a written consent
    "zyxdisclosed": FILE,  # what the applicant answered to a question of the application
}
CLASSES = {
    Role.DIRECTOR: {FILE, BANK, PEER, HEALTH},
    Role.CREDENTIALING_COORDINATOR: {FILE, BANK, PEER},
    Role.BOARD_MEMBER: {PEER},
    Role.CHIEF_EXECUTIVE: set(),
    Role.COMPLIANCE_OFFICER: {FILE},
    Role.LOOKUP: set(),
    Role.PRACTITIONER: set(),
    Role.ADMINISTRATOR: set(),
    OTHER_DIRECTOR: {FILE},  # of another hospital: people are one file, what is protected stays
    NOBODY: set(),
}
#: Whoever is asked for the positive control: between them they open every page of the classes.
READERS = (Role.DIRECTOR, Role.DEPARTMENT_CHAIR, Role.COMMITTEE_MEMBER)


@pytest.fixture(scope="module")
def marked(world: World, django_db_blocker) -> World:
    """The hospital of the matrix, with a word in each place; the log since is in ``world.things["log"]``."""
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    logging.getLogger().addHandler(handler)
    with django_db_blocker.unblock():
        world.things["more"] = [
            *_papers(world),
            *_evaluations(world),
            *_acts(world),
            *_tracks(world),
            *_bodies(world),
            *_meetings(world),
        ]
    world.things["log"] = heard
    yield world
    logging.getLogger().removeHandler(handler)


def _papers(world: World) -> Iterator[str]:
    """What sources and peers say; the addresses where it is read."""
    director, person = world.hospital["director"], world.things["practitioner"]
    logged = npdb.log_query(
        actor=director, practitioner=person, facility=world.hospital.facility, kind=NPDBQueryKind.ONE_TIME,
        reason=NPDBReason.values[0], queried_on=TODAY, dcn="5500000000000001", adverse=True,
        content=b"A report of zyxreport",
    )  # fmt: skip
    yield reverse("practitioners:evidence_content", args=[logged.response.uid])
    questions = asked_on(TODAY)
    answers = {each.code: Answer(each.clear_answer) for each in questions.questions.all()}
    first = questions.questions.earliest("number")
    record_answers(
        actor=director, practitioner=person, question_set=questions, answered_on=TODAY,
        answers=answers | {first.code: Answer(not first.clear_answer, "Once, with zyxdisclosed.")},
    )  # fmt: skip
    for data_class, word in ((PEER, "zyxreference"), (HEALTH, "zyxclinic")):
        row = add_evidence(
            actor=director, practitioner=person, title="An answer", source="Somebody",
            source_kind=SourceKind.PRIMARY, method=Method.WEB, content=f"He has {word}.".encode(),
            media_type="text/plain", data_class=data_class,
        )  # fmt: skip
        yield reverse("practitioners:evidence_content", args=[row.uid])
    enquiry = world.things["enquiry"]
    answered, _ = enquiry_answers.answer(
        token=token_of(enquiry), given=good_reference(reservations="yes", reservations_text="Of zyxanswer."),
        signed_name="Ines Calloway, MD", agrees=True,
    )  # fmt: skip
    answered.item.refresh_from_db()
    yield reverse("credentialing:item", args=[answered.item.uid])
    yield reverse("practitioners:evidence_content", args=[answered.item.evidence.uid])
    flag = raise_flag(
        actor=director, application=world.things["application"], code="RF-OTHER",
        severity=Severity.INFO, sentence="There is zyxtremor.", data_class=HEALTH,
    )  # fmt: skip
    dispose(actor=director, flag=flag, disposition="It is zyxsettled.")


def _evaluations(world: World) -> Iterator[str]:
    """Focused and ongoing evaluation."""
    quality, things = world.people[Role.QUALITY_COORDINATOR], world.things
    report_case(
        actor=quality, assignment=things["fppe_assignment"], plans=[things["fppe_plan"]], day=TODAY,
        encounter="E-2", looking="proctored", outcome="minor", comment="Slow with zyxcase.",
    )  # fmt: skip
    grant = Grant.objects.filter(practitioner=things["fppe_person"]).order_by("pk").last()
    for_cause = evaluation(
        grant, {"method": "Review of zyxmethod"}, TODAY, reason=FPPEReason.FOR_CAUSE,
        grounds="Told of zyxgrounds",
    )  # fmt: skip
    start_fppe(actor=quality, plans=[for_cause])
    close_fppe(
        actor=quality, plans=[for_cause], outcome=FPPEStatus.CLOSED_UNSUCCESSFUL,
        conclusion="Found zyxconclusion", fewer="Seen elsewhere",
    )  # fmt: skip
    yield reverse("privileging:fppe_plan", args=[for_cause.uid])
    record_distant_evaluation(
        actor=quality, application=things["distant_evaluation"].application, dated=TODAY,
        summary="Read again, with zyxdistant.",
    )  # fmt: skip
    yield reverse("privileging:fppe_person", args=[things["distant_person"].uid])
    sign_profile(
        actor=world.hospital["chair"], profile=things["oppe_profile"],
        conclusion=OPPEConclusion.TRIGGER_FPPE, words="More zyxprofile than peers.",
    )  # fmt: skip


def _acts(world: World) -> Iterator[str]:
    """What is done to a member for cause."""
    actor, facility = world.hospital["staff_coordinator"], world.hospital.facility
    person = world.things["practitioner"]
    bar = open_bar(
        actor=actor, practitioner=person, facility=facility, kind=BarKind.PRECAUTIONARY_SUSPENSION,
        cause="Seen zyxcause", start=TODAY - 40 * DAY,
    )  # fmt: skip
    lift_bar(actor=actor, bar=bar, day=TODAY, reason="No more zyxlifted")
    yield reverse("bylaws:bar", args=[bar.uid])
    action = record_action(
        actor=actor, practitioner=person, facility=facility, kind=AdverseActionKind.PROCTORING,
        cause="Because of zyxaction", start=TODAY - 60 * DAY,
    )  # fmt: skip
    record_data_bank(
        actor=actor, subject=action, kind=DataBankRecordKind.NOT_REPORTED, day=TODAY,
        reason="As zyxnotdue says.",
    )  # fmt: skip
    yield reverse("bylaws:data_bank_action", args=[action.uid])
    asked = answer_question(
        actor=actor, question=world.things["data_bank_question"], answer="no",
        reason="Nothing was under way: zyxleft was asked.",
    )  # fmt: skip
    yield reverse("bylaws:data_bank_question", args=[asked.uid])
    investigation = open_investigation(
        actor=actor, practitioner=world.things["application"].practitioner,
        facility=world.hospital.facility, opened_by="Executive committee, item 9", about="Of zyxprobe.",
        start=TODAY,
    )  # fmt: skip
    yield reverse("bylaws:investigation", args=[investigation.uid])


def _tracks(world: World) -> Iterator[str]:
    """Due process about a member, to its report: what is told to the practitioner, and what to nobody."""
    actor, things = world.hospital["staff_coordinator"], world.things
    record_investigation_step(
        actor=actor, investigation=things["investigation"],
        step=Step("interview", TODAY, who="Somebody", words="She said zyxstep."),
    )  # fmt: skip
    yield reverse("bylaws:investigation", args=[things["investigation"].uid])
    start = TODAY - 60 * DAY
    track = due_process.open_track(
        actor=actor, practitioner=things["practitioner"], facility=world.hospital.facility,
        ground="measure", measure="reduction", body="mec", authority="Minutes of zyxminutes",
        proposed_on=start, reasons="Because of zyxreason.",
    )  # fmt: skip

    def step(kind: str, day: int, **more) -> None:
        track.refresh_from_db()
        happened = due_process.Happened(start + day * DAY, **{"told_by": "By hand"} | more)
        due_process.record_step(actor=actor, track=track, kind=kind, happened=happened)

    paper = BroughtPaper("paper.pdf", PDF)
    step("notice_sent", 0)
    step("delivered", 0, proof=paper)
    step("requested", 5)
    step("scheduled", 6, hearing_on=start + 50 * DAY, place="In zyxplace")
    step("hearing_notice", 7)
    member = hearings.propose_member(actor=actor, track=track, part="officer", name="Harriet Lamb")
    hearings.rule_on_member(
        actor=actor, member=member, ruling="sits", by_whom="The president", because="Out of zyxpanel."
    )
    objection = hearings.object_to_member(
        actor=actor, member=member, day=TODAY, words="A case of zyxobjects."
    )
    hearings.rule_on_objection(
        actor=actor, objection=objection, ruling="sits", by_whom="The president", because="Not so."
    )
    hearings.name_witness(actor=actor, track=track, side="hospital", name="Wanda Zyxwitness")
    hearings.add_exhibit(actor=actor, track=track, side="hospital", title="Chart zyxexhibit", paper=paper)
    hearings.record_session(
        actor=actor, track=track, day=start + 50 * DAY, present=[member], practitioner_present=True,
        others_present="Reporter zyxcourt",
    )  # fmt: skip
    step("held", 50)
    step("reported", 55, outcome="upheld", words="It rests on zyxbasis.", proof=paper)
    due_process.take_back_step(actor=actor, track=track, reason="A draft of zyxback.")
    things["marked_track"] = track
    yield reverse("bylaws:due_process", args=[track.uid])
    yield reverse("bylaws:panel_member", args=[member.uid])


def _bodies(world: World) -> Iterator[str]:
    """What reviewers declare, are ruled on, and say against somebody."""
    hospital, things = world.hospital, world.things
    interest = declare_interest(
        actor=hospital["credentials3"], step=things["step"], kind=InterestKind.OTHER, note="Through zyxtie"
    )
    rule_on_interest(
        actor=hospital["credentials1"], interest=interest, ruling=InterestRuling.TAKES_PART,
        reason="No harm by zyxruling",
    )  # fmt: skip
    against = things["application_against"]
    with pgtrigger.ignore("bylaws.DecisionLine:no_update"):  # made by hand, without a record
        DecisionLine.objects.filter(decision__step__case__subject_uid=against.uid).exclude(reason="").update(
            reason="Not enough zyxagainst."
        )
    HearingRecord.objects.create(  # no notice has gone out here, which the service would ask for
        decision=Decision.objects.get(step__case__subject_uid=against.uid), number=1,
        event=HearingEvent.REQUESTED, happened_on=TODAY, told_by="By letter", reason="It was not zyxhearing.",
        recorded_at=clock.now(), recorded_by=hospital["staff_coordinator"],
    )  # fmt: skip
    yield reverse("credentialing:hearing", args=[against.uid])


def _meetings(world: World) -> Iterator[str]:
    """What a body deals with in a meeting, writes down, follows up and asks; the next one approves it."""
    hospital, things = world.hospital, world.things
    runner, chair = hospital["staff_coordinator"], hospital["chair"]
    track, now = things["marked_track"], clock.now()
    body = Committee.objects.get(kind="mec", facility=hospital.facility)
    meeting = schedule_meeting(actor=runner, committee=body, starts_at=now + dt.timedelta(minutes=20))
    item = add_matter(
        actor=runner, meeting=meeting, title="About zyxmatter", practitioner=track.practitioner,
        subject_kind=MATTER, subject_uid=track.uid,
    )  # fmt: skip
    call_to_order(actor=runner, meeting=meeting)
    mover, seconder, out = (seat.identity.user for seat in seated(body, TODAY, voting=True)[:3])
    for user in (mover, seconder, out):
        mark_present(actor=runner, meeting=meeting, user=user)
    recuse(actor=runner, item=item, user=out, reason="Married to zyxrecusal")
    motion = move(actor=runner, item=item, mover=mover, seconder=seconder, text="That zyxmotion ends.")
    withdraw_motion(actor=runner, motion=motion)
    minutes = draft_minutes(actor=runner, meeting=adjourn(actor=runner, meeting=meeting))
    (place,) = (
        number
        for number, section in enumerate(minutes.versions.get().sections)
        if section["item"] == str(item.uid)
    )
    edit_minutes(actor=hospital["director"], minutes=minutes, texts={place: "They said zyxsection."}, seen=1)
    circulate_minutes(actor=runner, minutes=minutes)
    things["marked_meeting"] = meeting
    # Another body deals with the same person, and with the same matter.
    other = Committee.objects.get(kind="credentials_committee", facility=hospital.facility)
    elsewhere = schedule_meeting(actor=runner, committee=other, starts_at=now + dt.timedelta(days=20))
    add_matter(
        actor=runner, meeting=elsewhere, title="Referred by the executive committee",
        practitioner=track.practitioner, subject_kind=MATTER, subject_uid=track.uid,
    )  # fmt: skip
    things["approving_meeting"] = schedule_meeting(
        actor=runner, committee=body, starts_at=now + dt.timedelta(days=30)
    )
    follow = add_follow_up(
        actor=runner, item=item, what="Ask zyxfollow", owner=hospital["director"], due=TODAY
    )
    request = ask_leader(
        actor=runner, facility=hospital.facility, asked_of=chair, title="About zyxasked",
        question="Is it zyxquestion?", due=TODAY, practitioner=track.practitioner, peer_review=True,
    )  # fmt: skip
    answer_request(actor=chair, request=request, answer="It is zyxreply.")
    consent = things["written_consent"]
    aside = consent.asked.exclude(user__in=world.people.values()).first()
    answer_consent(
        actor=runner, consent=consent, user=aside.user, choice="recused", reason="Partner of zyxaside",
        filed_at="Binder",
    )  # fmt: skip
    yield reverse("bylaws:meeting", args=[meeting.uid])
    yield reverse("bylaws:meeting_minutes", args=[meeting.uid])
    yield reverse("bylaws:meeting_minutes", args=[meeting.uid]) + "paper/"
    yield reverse("bylaws:meeting_packet", args=[things["approving_meeting"].uid])
    yield reverse("bylaws:follow_up_done", args=[follow.uid])
    yield reverse("bylaws:request", args=[request.uid])


# --- asking ---------------------------------------------------------------------------------------------


def pages(world: World, who: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every page that opens for somebody, each as a file too, and those where the words stand."""
    for name, address in sorted(ADDRESSES.items()):
        if who in address.people and address.get == (200,):
            where = address_of(world, name)
            yield where, {}
            if not address.given:
                yield where, {"format": "csv"}
    for where in world.things["more"]:
        yield where, {}


def text_of(answer) -> str:
    content = answer.streamed if answer.streaming else answer.content
    if content.startswith(b"%PDF") and content != PDF:  # a scan of nothing has no pages
        return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).lower()
    return content.decode("utf-8", "replace").lower()


def found_by(world: World, who: str, *, files: bool | None = None) -> dict[str, set[str]]:
    """Every word somebody finds, and where; ``files``: only in files, or only on pages."""
    found: dict[str, set[str]] = {}
    for where, given in pages(world, who):
        if files is not None and bool(given) != files:
            continue
        answer = send(world, where, who, data=given)
        if answer.status_code != 200:
            continue
        if given and answer.headers["Content-Type"].startswith("text/html"):
            continue  # a page that makes no file, asked for one
        text = text_of(answer)
        for word in WORDS:
            if word in text:
                found.setdefault(word, set()).add(f"{where} {given or ''}".strip())
    return found


def test_whoever_has_the_class_finds_each_word(marked):
    found: set[str] = set()
    for who in READERS:
        if set(WORDS) - found:
            found |= found_by(marked, str(who), files=False).keys()
    assert set(WORDS) - found == set(), "a word nobody finds proves nothing"


@pytest.mark.parametrize("who", [str(each) for each in CLASSES if each != Role.DIRECTOR])
def test_whoever_lacks_the_class_finds_none(marked, who):
    has = CLASSES[Role(who) if who in Role.values else who]
    lacks = {word for word, data_class in WORDS.items() if data_class not in has}
    found = found_by(marked, who)
    assert {word: where for word, where in found.items() if word in lacks} == {}


def test_no_list_as_a_file_holds_any(marked):
    """Working files carry nothing protected, whoever makes them."""
    for who in (Role.DIRECTOR, Role.QUALITY_COORDINATOR):
        assert found_by(marked, str(who), files=True) == {}


def test_nor_the_log_nor_the_trail(marked):
    log = marked.things["log"].getvalue().lower()
    told = " ".join(
        f"{event.verb} {event.subject_label} {event.reason} {event.data}"
        for event in AuditEvent.objects.all()
    ).lower()
    assert [word for word in WORDS if word in log] == []
    assert [word for word in WORDS if word in told] == []


def test_nor_what_is_mailed_nor_a_calendar(marked):
    """A mail and a calendar leave the house: none of the words is in any, whoever it goes to."""
    mails = [
        *(member_mails.build_mail(each) for each in MemberMail.objects.select_related("facility")),
        *(invitations.build_mail(each) for each in MeetingInvitation.objects.all()),
    ]
    assert {each.what for each in MemberMail.objects.all()} >= {"minutes", "request", "consent"}
    told = " ".join(str(each.message()) + each.subject + each.body for each in mails)
    told += calendar_of(Meeting.objects.select_related("committee__facility"))
    assert "Minutes" in told
    assert "BEGIN:VEVENT" in told
    assert [word for word in WORDS if word in told.lower()] == []


def test_nor_the_packet_of_another_committee(marked):
    """Of whoever sees both: what one body dealt with is in its own papers alone."""
    director = marked.hospital["director"]
    own, others = "", ""
    for meeting in Meeting.objects.select_related("committee__facility"):
        told = str(packet_of(viewer=director, meeting=meeting).content).lower()
        if meeting.committee.kind == "mec":
            own += told
        else:
            others += told
    of_the_body = ("zyxmatter", "zyxmotion", "zyxsection", "zyxrecusal", "zyxfollow")
    assert "zyxmatter" in own
    assert "zyxsection" in own
    assert "referred by the executive committee" in others
    assert str(marked.things["marked_track"].practitioner).lower() in others
    assert [word for word in of_the_body if word in others] == []
