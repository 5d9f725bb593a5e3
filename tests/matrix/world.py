"""A small hospital in which every kind of page has something to show.

Three files: one decided by the board, one before the credentials committee with a vote open, one in
verification. All of it is done through the services.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bylaws.choices import BarKind, CaseStatus, CommitteeKind, LineOutcome
from bylaws.models import (
    AppointmentPeriod,
    Committee,
    Decision,
    Finding,
    FollowUp,
    Meeting,
    ReviewStep,
    StaffCategory,
)
from bylaws.orders import Paper as BroughtPaper
from bylaws.services import due_process, hearings
from bylaws.services.agendas import add_other_business, add_step_to_agenda
from bylaws.services.alternates import declare_absence, designate_for_seat
from bylaws.services.amendments import draft_amendment, put_value
from bylaws.services.appointments import open_appointment
from bylaws.services.bars import open_bar
from bylaws.services.committees import add_positions
from bylaws.services.compliance_runs import record_run
from bylaws.services.disclosures import Interest, disclose
from bylaws.services.due_process_notices import issue_notice
from bylaws.services.duty_counts import import_counts
from bylaws.services.follow_ups import add_follow_up
from bylaws.services.investigation_steps import Step
from bylaws.services.investigation_steps import record_step as record_investigation_step
from bylaws.services.investigations import open_investigation
from bylaws.services.meetings import adjourn, call_to_order, schedule_meeting
from bylaws.services.minutes import record_decision_from_minutes
from bylaws.services.minutes_of_meeting import circulate_minutes, draft_minutes
from bylaws.services.motions import move
from bylaws.services.offices import choose_officer
from bylaws.services.policies import add_policy
from bylaws.services.policy_comments import comment
from bylaws.services.presence import mark_present
from bylaws.services.questions import raise_question
from bylaws.services.requests import ask_leader, set_task
from bylaws.services.reviews import recommend
from bylaws.services.written_consents import ask_consent
from bylaws.subjects import LineAnswer, handler
from config.accounts.choices import DataClass, Role
from config.accounts.models import User
from config.accounts.services.saved_lists import save_list
from config.accounts.services.tokens import issue_token
from config.accounts.services.users import give_role
from config.custody.services.exports import ask_for_export
from config.kernel import clock
from config.kernel.periods import days, open_period, through
from config.organization.models import Department, Facility, NPDBEntity
from config.rulebook.services.parameters import set_by_house, set_parameter
from config.rulebook.services.sources import source_body
from credentialing.choices import (
    Connector,
    Element,
    ItemStatus,
    MailKind,
    MailStatus,
    PaperChannel,
    ReturnHow,
    ScreeningScope,
    Severity,
)
from credentialing.models import (
    Application,
    ConnectedSource,
    FailingAddress,
    LetterTemplate,
    ListSnapshot,
    OutboxMessage,
    PacketMail,
    VerificationItem,
)
from credentialing.packet_templates import shipped_templates
from credentialing.rules.packet_texts import text_of
from credentialing.rules.payer_rosters import USUAL
from credentialing.selectors.enquiries import Recipient
from credentialing.selectors.letter_facts import About as Whom
from credentialing.selectors.packets import read_packet
from credentialing.services import (
    affiliation_intake,
    applications,
    bounces,
    certificates,
    completing,
    delegation,
    enquiries,
    exclusion_lists,
    filing,
    handovers,
    intake,
    letter_sending,
    letter_templates,
    letters,
    list_uploads,
    npdb,
    oversight,
    packet_mails,
    packet_templates,
    packets,
    payers,
    reappointments,
    reminders,
    runs,
    screening,
    staff_screening,
    verification,
)
from credentialing.services.affiliation_intake import About, Asker, Release
from credentialing.services.emergencies import start_activation
from credentialing.services.flags import raise_flag
from credentialing.services.letter_sending import Handed
from credentialing.services.opening import Particulars
from credentialing.services.sources import known_source
from credentialing.services.survey import draw_review
from credentialing.services.telemedicine import Paper
from credentialing.sources.players.board import READING
from practitioners.choices import Method, SaidBy, SourceKind
from practitioners.importing.roster_fields import roster_mapping
from practitioners.models import Letter, Practitioner
from practitioners.services.affiliations import add_affiliation
from practitioners.services.contact_log import log_contact
from practitioners.services.credentials import confirm, record_claim
from practitioners.services.disclosures import load_question_sets
from practitioners.services.documents import store_document
from practitioners.services.evidence import add_evidence
from practitioners.services.gaps import explain_gap
from practitioners.services.merging import merge_records
from practitioners.services.people import add_identifier, create_practitioner, set_contact_point
from practitioners.services.photos import set_photo
from practitioners.services.protected import record_ssn
from practitioners.services.roster_import import check_roster
from practitioners.services.workplaces import add_location, create_group
from privileging.choices import GrantKind
from privileging.models import (
    FormLine,
    FPPEPlan,
    Grant,
    GrantPeriod,
    OPPECycle,
    OPPEIndicator,
    OPPEProfile,
    PerformedCase,
    PrivilegeFormVersion,
)
from privileging.services.certificates import certify_privileges
from privileging.services.departures import record_departures
from privileging.services.distant_evaluations import record_distant_evaluation
from privileging.services.endings import relinquish
from privileging.services.feedback import record_feedback
from privileging.services.fppe import start_fppe
from privileging.services.notices import add_department
from privileging.services.oppe import put_before_chair
from privileging.services.performed import judge_cases, load_cases
from privileging.services.procedures import load_procedure_codes
from privileging.services.proctors import name_proctor, report_case
from privileging.services.requests import request_privileges
from privileging.services.roster import make_roster
from tests.bylaws.documents import document, in_force
from tests.credentialing import packets as packet_typing
from tests.credentialing import telemedicine as distant
from tests.credentialing.letters import recommend as recommend_against
from tests.credentialing.scans import blank
from tests.drawing import picture
from tests.journeys.world import SEATS, Hospital, build_hospital

MORNING = dt.datetime(2026, 3, 2, 16, tzinfo=dt.UTC)
TODAY = dt.date(2026, 3, 2)
LONG_AGO = dt.date(2020, 1, 1)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
ROSTER = (
    b"NPI,Last name,First name,Provider type,Phone\n"
    b"1003000126,Okonkwo,Adaeze,MD,312-555-0100\n"
    b"1003000127,Nobody,Nemo,MD,312-555-0100\n"
)
#: Of a pair whose secret half nobody kept.
PUBLIC_KEY = "age1maarzplk8zrnuurl37j4ham09zx7p7dv8y0gneftyyajs8mvcapqp9cneu"
LIST = Path(__file__).parents[1] / "fixtures" / "leie" / "planted.csv"

#: Who asks: one person per role at the hospital; the seated chair, committee and board members for theirs.
SEATED = {
    Role.CREDENTIALING_COORDINATOR: "coordinator",
    Role.MEDICAL_STAFF_COORDINATOR: "staff_coordinator",
    Role.DIRECTOR: "director",
    Role.DEPARTMENT_CHAIR: "chair",
    Role.COMMITTEE_MEMBER: "credentials1",
    Role.BOARD_MEMBER: "board1",
    Role.LOOKUP: "ward",
    Role.ADMINISTRATOR: "administrator",
}
#: Besides the roles: a director of another hospital, and somebody without any role.
OTHER_DIRECTOR, NOBODY = "director_elsewhere", "nobody"


@dataclass
class World:
    """The hospital, who asks, and what the addresses name."""

    hospital: Hospital
    people: dict[str, User] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)


def build_world(*, proven: bool = False) -> World:
    """Everything, at the morning of 2 March 2026. ``proven``: without the act of a body that was written by
    hand and has no record to replay.
    """
    hospital = build_hospital()
    world = World(hospital)
    _people(world)
    identity = {"element": "IDENTITY", "provider_types": ["*"], "instances": "one", "minimum": 1, "why": ""}
    # What law and accreditors ask for as well would make every file of this world long.
    for source, asked in {"bylaws": [identity], "cms": [], "tjc": [], "ncqa": []}.items():
        set_parameter(
            actor=hospital.system,
            code="credentialing.required_elements",
            subject="initial",
            source=source,
            facility=hospital.facility,
            valid=days(LONG_AGO, None),
            value=asked,
            citation="bylaws, article 5",
            confidence="adopted",
        )
    things = world.things
    decided, surgeon = _file(world, "Okonkwo", "1003000126")
    _answer(world, decided)
    _send(world, decided)
    _chair(world, decided)
    for body in ("credentials_committee", "mec", "board"):
        _minutes(world, decided, body)
    before_committee, other = _file(world, "Nazarbekov", "1003000134")
    _answer(world, before_committee)
    _send(world, before_committee)
    _chair(world, before_committee)
    verifying, third = _file(world, "Brightwater", "1003000142", first_name="Imogen")
    things |= {
        "practitioner": surgeon,
        "application": before_committee,
        "application_in_verification": verifying,
        "item": verifying.items.get(element=Element.IDENTITY),
        "licence": surgeon.credentials.get(credential_type__code="LICENSE"),
        "claim": third.credentials.get(credential_type__code="LICENSE"),
        "name": surgeon.names.first(),
        "gap_explanation": explain_gap(
            actor=hospital["coordinator"],
            practitioner=third,
            first_day=LONG_AGO,
            last_day=dt.date(2020, 6, 30),
            explanation="Cared for a parent.",
            in_writing=True,
        ),
        "document": surgeon.documents.filter(data_class=DataClass.GENERAL).first(),
        "evidence": surgeon.evidence.first(),
        "letter": Letter.objects.filter(practitioner=surgeon).first(),
        "decision": Decision.objects.filter(step__case__subject_uid=decided.uid).order_by("-id").first(),
        "form_version": PrivilegeFormVersion.objects.get(form__code="GS"),
        **_focused_evaluation(world),
        **_ongoing_evaluation(world),
        **_performed_case(world),
    }
    if not proven:
        things["application_against"] = _against(hospital, verifying)
    things["file_review"] = draw_review(
        actor=hospital["director"],
        facility=hospital.facility,
        kind="initial",
        first_day=LONG_AGO,
        last_day=TODAY,
        seed="matrix",
    )
    _committee_at_work(world, before_committee)
    _matches_and_mails(world, verifying, third)
    _a_run(world)
    _a_form_sent(world, verifying)
    _packets(world, verifying)
    _a_letter_asked_for(world)
    _packets_of_our_own(world)
    _reappointments(world)
    _a_letter_written(world)
    things["bar"] = open_bar(
        actor=hospital["staff_coordinator"],
        practitioner=other,
        facility=hospital.facility,
        kind=BarKind.LEAVE,
        cause="Family leave",
        start=TODAY,
        end=dt.date(2026, 6, 1),
    )
    things["duty_list"] = import_counts(
        actor=hospital["staff_coordinator"],
        facility=hospital.facility,
        kind="records",
        as_of=TODAY,
        whole=True,
        content=f"NPI,Count\n{surgeon.npi},0\n".encode(),
        file_name="records.csv",
    )
    things["surgical_roster"] = make_roster(actor=hospital.system, facility=hospital.facility, day=TODAY)
    things["notified_department"] = add_department(
        actor=hospital["coordinator"], facility=hospital.facility, name="Operating room",
        address="or@fernwick.example",
    )  # fmt: skip
    things["privilege_certificate"] = certify_privileges(
        actor=hospital["coordinator"], practitioner=surgeon, facility=hospital.facility
    )
    things["suspension"] = open_bar(
        actor=hospital["staff_coordinator"],
        practitioner=other,
        facility=hospital.facility,
        kind=BarKind.PRECAUTIONARY_SUSPENSION,
        cause="Looked into",
        start=TODAY,
        end=dt.date(2026, 6, 1),
    )
    things["privilege_ending"] = relinquish(
        actor=hospital["staff_coordinator"],
        practitioner=surgeon,
        facility=hospital.facility,
        privilege_codes=[Grant.objects.filter(practitioner=surgeon).latest("pk").privilege.code],
        day=dt.date(2027, 2, 1),
        reason="Operates elsewhere.",
        investigation="no",
    )
    things["departure"] = record_departures(
        actor=hospital["staff_coordinator"],
        practitioners=[surgeon],
        facility=hospital.facility,
        kind="resigned",
        day=dt.date(2027, 3, 1),
        reason="Moves away next year.",
        investigation="not_known",
    )[0]
    things["data_bank_question"] = raise_question(
        actor=hospital["staff_coordinator"],
        practitioner=surgeon,
        facility=hospital.facility,
        kind="lapsed",
        subject_uid=things["departure"].uid,
        day=TODAY,
        about="The term ran out.",
    )
    things["investigation"] = open_investigation(
        actor=hospital["staff_coordinator"],
        practitioner=surgeon,
        facility=hospital.facility,
        opened_by="Executive committee, item 7",
        about="Outcomes",
        start=TODAY,
    )
    record_run(actor=hospital.system, facility=hospital.facility)
    things["finding"] = Finding.objects.filter(data_class=DataClass.GENERAL).order_by("pk").first()
    things["activation"] = start_activation(
        actor=hospital["coordinator"],
        facility=hospital.facility,
        emergency="Flood of the river",
        started_at=MORNING - dt.timedelta(hours=3),
    )
    _due_process(world, surgeon)
    things["contact"] = log_contact(
        actor=hospital["director"],
        practitioner=surgeon,
        facility=hospital.facility,
        said="Asked for the letter of the board.",
        follow_up_on=TODAY,
    )
    things["handover"] = handovers.hand_over(
        actor=hospital["coordinator"],
        facility=hospital.facility,
        things=[things["contact"].uid],
        taker=hospital["coordinator"],
        reason="The director is away.",
    ).handover
    _a_payer(world, surgeon)
    _a_distant_site(world)
    things["policy"] = add_policy(
        actor=hospital["coordinator"],
        facility=hospital.facility,
        number="CR-01",
        title="Verification",
        kind="policy",
        owner="credentialing",
        body="## Limits\nGaps of {credentialing.gap_days} and {BL-NPDB-1}.",
    )
    _an_amendment(world)
    things["policy_comment"] = comment(
        actor=hospital["coordinator"], version=things["policy"].versions.get(), section="", text="Too long."
    )
    things["governing_document"] = document(
        hospital["director"], hospital.facility, "# Article 1 Terms\n{bylaws.appointment_term_months}."
    )
    in_force(
        hospital["director"],
        things["governing_document"].versions.get(),
        TODAY,
        acknowledged_by="members",
        acknowledge_until=TODAY,
    )
    _numbers_and_conflicts(world, surgeon)
    _paper(world, surgeon)
    things["import"] = check_roster(
        actor=hospital["coordinator"],
        content=ROSTER,
        file_name="roster.csv",
        mapping=roster_mapping("generic"),
        facility=hospital.facility,
    )
    set_photo(actor=hospital["coordinator"], practitioner=surgeon, content=picture())
    surgeon.refresh_from_db()
    things["photo"] = surgeon.photo
    things["group"] = create_group(actor=hospital["coordinator"], name="Harbour Surgical Group")
    things["location"] = add_location(
        actor=hospital["coordinator"],
        group=things["group"],
        name="Main Street",
        city="Springfield",
        state="IL",
    )
    things["place"] = add_affiliation(
        actor=hospital["coordinator"],
        practitioner=surgeon,
        location=things["location"],
        valid=days(LONG_AGO, None),
        main=True,
    )
    things["namesake"] = create_practitioner(
        actor=hospital["coordinator"], provider_type="MD", last_name="Okonkwo", first_name="Ada"
    )
    things["merged_record"] = create_practitioner(
        actor=hospital["coordinator"], provider_type="MD", last_name="Nazarbekov", first_name="A"
    )
    merge_records(
        actor=hospital["coordinator"], keep=other, record=things["merged_record"], reason="Entered twice"
    )
    things["saved_list"] = save_list(
        actor=hospital["director"], page="practitioners:list", name="Surgeons", query="q=sur"
    )
    things["custody_export"] = ask_for_export(
        actor=hospital.system,
        purpose="archive",
        reason="The contract ends.",
        receiver="Ada Min",
        public_key=PUBLIC_KEY,
    )
    things["token"], things["secret"] = issue_token(actor=hospital["director"], name="Schedule")
    return world


def _due_process(world: World, surgeon) -> None:
    """A hearing that is noticed, with everything that belongs to one, and one's own with what is told."""
    actor, facility, things = world.hospital["staff_coordinator"], world.hospital.facility, world.things
    things["investigation_step"] = record_investigation_step(
        actor=actor, investigation=things["investigation"],
        step=Step("investigator", TODAY, who="Ines Investigator"),
    )  # fmt: skip
    own = create_practitioner(
        actor=world.hospital["coordinator"], provider_type="MD", last_name="Vantongeren", first_name="Wil"
    )
    Practitioner.objects.filter(pk=own.pk).update(user=world.people[Role.PRACTITIONER])
    start = TODAY - dt.timedelta(days=60)
    for name, person in (("track", surgeon), ("own_track", own)):
        track = due_process.open_track(
            actor=actor, practitioner=person, facility=facility, ground="measure", measure="revocation",
            body="mec", authority="Minutes, item 4", proposed_on=start, reasons="Outcomes.",
        )  # fmt: skip
        things[name] = track
        if name == "own_track":
            things["own_notice"] = issue_notice(actor=actor, track=track, kind="notice_sent", to="Wil V.")
        letter = things["own_notice"] if name == "own_track" else None
        for kind, day, more in (
            ("notice_sent", 0, {}),
            ("delivered", 1, {"proof": BroughtPaper("receipt.pdf", PDF)}),
            ("requested", 5, {}),
            ("scheduled", 6, {"hearing_on": start + dt.timedelta(days=50), "place": "Board room, 9 am"}),
            ("hearing_notice", 10, {}),
        ):
            track.refresh_from_db()
            things["track_event"] = due_process.record_step(
                actor=actor, track=track, kind=kind, letter=letter if kind == "notice_sent" else None,
                happened=due_process.Happened(start + dt.timedelta(days=day), told_by="By hand", **more),
            )  # fmt: skip
        things["exhibit" if name == "track" else "own_exhibit"] = hearings.add_exhibit(
            actor=actor, track=track, side="hospital", title="Chart of one case", handed_over=True,
            paper=BroughtPaper("chart.pdf", PDF),
        )  # fmt: skip
    track = things["track"]
    things["track_event"] = track.events.get(kind="notice_sent")
    things["panel_member"] = hearings.propose_member(
        actor=actor, track=track, part="chair", name="Harriet Lamb"
    )
    hearings.rule_on_member(
        actor=actor, member=things["panel_member"], ruling="sits", by_whom="The president",
        because="A retired judge.",
    )  # fmt: skip
    things["hearing_session"] = hearings.record_session(
        actor=actor, track=track, day=start + dt.timedelta(days=50), present=[things["panel_member"]],
        practitioner_present=True,
    )  # fmt: skip
    things["objection"] = hearings.object_to_member(
        actor=actor, member=things["panel_member"], day=TODAY, words="We have met."
    )
    things["witness"] = hearings.name_witness(actor=actor, track=track, side="hospital", name="Wanda Witness")


def _a_payer(world: World, surgeon) -> None:
    """A payer with the surgeon enrolled, and a file that was made for it."""
    actor, things = world.hospital["coordinator"], world.things
    things["payer"] = payers.add_payer(
        actor=actor, facility=world.hospital.facility, name="Harbour Health", columns=USUAL, day_form="us",
        delegated=True,
    )  # fmt: skip
    payers.enrol(actor=actor, payer=things["payer"], practitioners=[surgeon], effective=TODAY)
    things["enrolment"] = things["payer"].enrolments.get()
    things["roster_file"] = payers.make_changes(
        actor=actor, payer=things["payer"], since=dt.date(2026, 2, 28), on=TODAY
    )
    payer = things["payer"]
    delegation.record_agreement(
        actor=actor, payer=payer, start=TODAY, last_day=None, standard=source_body("ncqa"),
        functions=["initial", "recredentialing"], everyone=False, rhythm="monthly", report_days=15,
        signed_on=TODAY, filed_at="Contract 7",
    )  # fmt: skip
    things["delegation_audit"] = delegation.record_audit(
        actor=actor,
        payer=payer,
        kind="pre_delegation",
        held_on=TODAY,
        auditor="Lee Park",
        result="with_action",
    )
    things["delegation_finding"] = delegation.add_finding(
        actor=actor, audit=things["delegation_audit"], what="No log of complaints.", action="Keep one.",
        due_on=TODAY,
    )  # fmt: skip
    things["delegation_report"] = delegation.make_report(
        actor=actor, payer=payer, first_day=TODAY, last_day=TODAY
    )
    things["oversight_sample"] = oversight.draw_sample(
        actor=actor, payer=payer, kind="initial", first_day=LONG_AGO, last_day=TODAY, seed="matrix"
    )
    things["oversight_file"] = things["oversight_sample"].files.first()


def _a_distant_site(world: World) -> None:
    """An agreement with its list, and what the site is told of somebody granted by proxy."""
    actor, things, facility = world.hospital["coordinator"], world.things, world.hospital.facility
    remote = create_practitioner(
        actor=actor, provider_type="MD", last_name="Vargas", first_name="Luz", npi="1000000145"
    )
    agreement = things["distant_agreement"] = distant.listed(
        actor, facility, remote, paper=Paper("signed.pdf", PDF)
    )
    application = applications.open_application(
        actor=actor,
        practitioner=remote,
        facility=facility,
        kind="telemedicine",
        department=Department.objects.filter(facility=facility).first(),
        particulars=Particulars(agreement=agreement),
    )
    for status in ("submitted", "in_verification", "complete", "in_review", "approved"):  # as the board did
        Application.objects.filter(pk=application.pk).update(status=status, decided_on=TODAY)
    application.refresh_from_db()
    things["feedback"] = record_feedback(
        actor=world.hospital["director"],
        application=application,
        kind="complaint",
        happened_on=TODAY,
        what="Late call back.",
    )
    held = Grant.objects.create(  # two years ago: it is over, and was evaluated by the distant site
        practitioner=remote,
        facility=facility,
        privilege=(line := FormLine.objects.select_related("privilege").earliest("pk")).privilege,
        form_line=line,
        decided_on=TODAY - dt.timedelta(days=800),
        kind=GrantKind.TELEMEDICINE,
        authority="Governing board",
        created_at=clock.now(),
        created_by=actor,
    )
    open_period(
        GrantPeriod, held, actor=actor,
        valid=days(TODAY - dt.timedelta(days=800), TODAY - dt.timedelta(days=400)),
    )  # fmt: skip
    things["distant_person"] = remote
    things["distant_evaluation"] = record_distant_evaluation(
        actor=world.hospital["director"],
        application=application,
        dated=TODAY,
        summary="Two hundred studies read again, all as they should be.",
        paper=Paper("evaluation.pdf", PDF),
    )


def _an_amendment(world) -> None:
    """One that is drafted, with a value it changes; a question to the chair, and a task."""
    hospital, things = world.hospital, world.things
    actor = hospital["staff_coordinator"]
    today = clock.today(hospital.facility)
    things["leader_request"] = ask_leader(
        actor=actor, facility=hospital.facility, asked_of=hospital["chair"], title="Call in summer",
        question="Who covers July?", due=today,
    )  # fmt: skip
    set_by_house(
        actor=hospital["director"], facility=hospital.facility, code="bylaws.written_consent",
        subject="credentials_committee", start=today, value="all_taking_part", citation="Article 12",
    )  # fmt: skip
    body = Committee.objects.get(kind="credentials_committee", facility=hospital.facility)
    things["written_consent"] = ask_consent(
        actor=actor, committee=body, title="Date of the retreat", text="The retreat is in May.", until=today
    )
    things["office_task"] = set_task(
        actor=actor, facility=hospital.facility, title="Count the ballots", owner=actor, due=today
    )
    things["amendment"] = draft_amendment(
        actor=actor,
        facility=hospital.facility,
        title="Longer terms",
        text="Members are appointed for at most three years.",
        reason="As the accreditor allows",
        takes_effect_on=clock.today(hospital.facility),
    )
    things["amendment_value"] = put_value(
        actor=actor,
        amendment=things["amendment"],
        code="bylaws.leave_months",
        value=18,
        citation="Article 7",
    )


def _numbers_and_conflicts(world: World, practitioner) -> None:
    """A number, a social security number, and two sources that contradict each other."""
    hospital = world.hospital
    actor = hospital["coordinator"]
    for number, said_by in (("12345678", SaidBy.APPLICANT), ("12345687", SaidBy.NPPES)):
        world.things["identifier"] = add_identifier(
            actor=actor, practitioner=practitioner, kind="caqh", value=number, said_by=said_by
        )
    world.things["statement"] = practitioner.statements.get(said_by=SaidBy.NPPES)
    record_ssn(actor=actor, practitioner=practitioner, number="123-45-6789")


def _paper(world: World, practitioner) -> None:
    """A scan in the tray, one page of it filed."""
    hospital = world.hospital
    (paper,) = intake.receive_papers(
        actor=hospital["coordinator"],
        facility=hospital.facility,
        files=[("fax.pdf", blank(3))],
        channel=PaperChannel.FAX,
        arrived_on=TODAY,
    )
    world.things["paper"] = paper
    world.things["part"] = filing.file_pages(
        actor=hospital["coordinator"],
        paper=paper,
        practitioner=practitioner,
        first_page=1,
        last_page=1,
        credential=practitioner.credentials.get(credential_type__code="LICENSE"),
    )


def _against(hospital: Hospital, application: Any) -> Any:
    """The executive committee spoke against it: an act of its own, beside the files on their way."""
    made = recommend_against(
        SimpleNamespace(
            facility=hospital.facility,
            surgery=hospital.surgery,
            staff_coordinator=hospital["staff_coordinator"],
        ),
        application,
    )
    case = made.step.case
    case.status, case.closed_at = CaseStatus.DECIDED, clock.now()
    case.save(update_fields=["status", "closed_at"])
    return application


def _people(world: World) -> None:
    hospital = world.hospital
    elsewhere = Facility.objects.create(
        code="ELS",
        name="Elsewhere Hospital",
        health_system=hospital.facility.health_system,
        state="MI",
        time_zone="America/Detroit",
        npdb_entity=NPDBEntity.objects.create(code="els", name="Elsewhere Hospital"),
    )
    Department.objects.create(facility=elsewhere, code="surgery", name="Surgery")
    for role in Role:
        world.people[role] = (
            hospital[SEATED[role]] if role in SEATED else _person(hospital, role, role, hospital.facility)
        )
    world.people[OTHER_DIRECTOR] = _person(hospital, OTHER_DIRECTOR, Role.DIRECTOR, elsewhere)
    world.people[NOBODY] = _person(hospital, NOBODY, None, None)


def _person(hospital: Hospital, name: str, role: Role | None, facility: Facility | None) -> User:
    user = User.objects.create_user(name, f"{name}@example.org", "walk-with-care-42", last_name=name)
    if role is not None:
        give_role(actor=hospital.system, user=user, role=role, facility=facility, start=LONG_AGO)
    return user


def _file(world: World, last_name: str, npi: str, first_name: str = "Adaeze"):
    """An application accepted for verification, with a few privileges asked for."""
    hospital, coordinator = world.hospital, world.hospital["coordinator"]
    practitioner = create_practitioner(
        actor=coordinator, provider_type="MD", last_name=last_name, first_name=first_name, npi=npi
    )
    set_contact_point(
        actor=coordinator,
        practitioner=practitioner,
        kind="email",
        line_1=f"{last_name.lower()}@example.org",
        said_by="applicant",
    )
    licence = record_claim(
        actor=coordinator,
        practitioner=practitioner,
        type_code="LICENSE",
        issuer="Illinois",
        state="IL",
        number=f"036.{npi[-6:]}",
        valid=days(dt.date(2024, 8, 1), through(dt.date(2026, 3, 31))),
        extra={},
    )
    seen = add_evidence(
        actor=coordinator,
        practitioner=practitioner,
        title="License, board's page",
        source="Illinois",
        source_kind=SourceKind.PRIMARY,
        method=Method.WEB,
        content=PDF,
        media_type="application/pdf",
    )
    if last_name != "Brightwater":
        confirm(
            actor=coordinator,
            credential=licence,
            valid=days(dt.date(2024, 8, 1), through(dt.date(2026, 3, 31))),
            evidence=seen,
        )
    application = applications.open_application(
        actor=coordinator,
        practitioner=practitioner,
        facility=hospital.facility,
        kind="initial",
        department=hospital.surgery,
        category=StaffCategory.objects.get(code="active"),
    )
    version = PrivilegeFormVersion.objects.get(form__code="GS")
    version.form.facilities.add(hospital.facility)
    request_privileges(actor=coordinator, application=application, version=version, struck=[], special=[])
    applications.submit(actor=coordinator, application=application)
    application.refresh_from_db()
    applications.accept(actor=coordinator, application=application)
    application.refresh_from_db()
    return application, practitioner


def _document(world: World, practitioner, title: str, data_class=DataClass.GENERAL, by: str = "coordinator"):
    return store_document(
        actor=world.hospital[by],
        practitioner=practitioner,
        title=title,
        file_name="scan.pdf",
        content=PDF,
        data_class=data_class,
    )


def _answer(world: World, application) -> None:
    coordinator = world.hospital["coordinator"]
    for item in application.items.exclude(status=ItemStatus.SUPERSEDED).order_by("id"):
        verification.receive(
            actor=coordinator,
            item=item,
            source="The source",
            source_kind=item.accepted_sources[0] if item.accepted_sources else SourceKind.PRIMARY,
            method=Method.LETTER,
            verified_on=TODAY,
            result="As stated.",
            document=_document(world, application.practitioner, f"Answer: {item.label}"[:200]),
        )
        item.refresh_from_db()
        verification.verify(actor=coordinator, item=item)


def _send(world: World, application) -> None:
    coordinator = world.hospital["coordinator"]
    application.refresh_from_db()
    applications.complete(actor=coordinator, application=application)
    application.refresh_from_db()
    applications.send_to_review(actor=coordinator, application=application)
    application.refresh_from_db()


def _lines(application) -> list[LineAnswer]:
    return [
        LineAnswer(line.uid, LineOutcome.RECOMMEND)
        for line in handler("application").lines(application.uid, TODAY)
    ]


def _step(application, body: str) -> ReviewStep:
    return ReviewStep.objects.get(case__subject_uid=application.uid, body=body)


def _chair(world: World, application) -> None:
    recommend(
        actor=world.hospital["chair"],
        step=_step(application, "department_chair"),
        lines=_lines(application),
        rationale="Well trained.",
    )


def _minutes(world: World, application, body: str) -> None:
    record_decision_from_minutes(
        actor=world.hospital["staff_coordinator"],
        step=_step(application, body),
        decided_on=TODAY,
        mover=str(world.hospital[f"{SEATS[body]}1"]),
        seconder=str(world.hospital[f"{SEATS[body]}2"]),
        votes_for=3,
        votes_against=0,
        abstentions=0,
        recusals=[],
        lines=_lines(application),
        minutes=_document(
            world, application.practitioner, f"Minutes, {body}", DataClass.PEER_REVIEW, "staff_coordinator"
        ),
    )


def _committee_at_work(world: World, application) -> None:
    """The credentials committee in session, the file on its agenda, a vote open."""
    hospital, runner = world.hospital, world.hospital["staff_coordinator"]
    committee = hospital.committees[CommitteeKind.CREDENTIALS_COMMITTEE]
    step = _step(application, "credentials_committee")
    meeting = schedule_meeting(actor=runner, committee=committee, starts_at=clock.now())
    item = add_step_to_agenda(actor=runner, meeting=meeting, step=step)
    call_to_order(actor=runner, meeting=meeting)
    for member in ("credentials1", "credentials2", "credentials3"):
        mark_present(actor=runner, meeting=meeting, user=hospital[member])
    held, follow_up = _meeting_held(world, committee)
    world.things |= {
        "held_meeting": held,
        "follow_up": follow_up,
        "step": step,
        "committee": committee,
        "seat": committee.seats.order_by("id").last(),
        "position": add_positions(actor=runner, committee=committee, title="Member at large")[0],
        "alternate": designate_for_seat(
            actor=runner, seat=committee.seats.order_by("id").last(), user=hospital["mec1"]
        ),
        "officer_term": choose_officer(
            actor=runner,
            facility=hospital.facility,
            office="secretary_treasurer",
            practitioner=world.things["practitioner"],
            chosen="elected",
            chosen_on=TODAY,
            start=TODAY,
            last_day=TODAY + dt.timedelta(days=600),
            authority="Annual meeting, item 6",
        ),
        "disclosing": hospital["mec1"],
        "disclosure": disclose(
            actor=hospital["mec1"],
            facility=hospital.facility,
            interests=[Interest("ownership", "Lakeside Imaging LLC")],
            nothing=False,
            complete=True,
        ),
        "absence": declare_absence(
            actor=runner,
            facility=hospital.facility,
            user=hospital["mec1"],
            start=TODAY + dt.timedelta(days=30),
            last_day=TODAY + dt.timedelta(days=40),
        ),
        "meeting": meeting,
        "agenda_item": item,
        "motion": move(
            actor=runner,
            item=item,
            mover=hospital["credentials1"],
            seconder=hospital["credentials2"],
            lines=_lines(application),
        ),
    }


def _meeting_held(world: World, committee) -> tuple[Meeting, FollowUp]:
    """A meeting that is over, with circulated minutes, and something to be done after it."""
    hospital, runner = world.hospital, world.hospital["staff_coordinator"]
    meeting = schedule_meeting(
        actor=runner, committee=committee, starts_at=clock.now() + dt.timedelta(minutes=30)
    )
    item = add_other_business(actor=runner, meeting=meeting, title="Parking")
    call_to_order(actor=runner, meeting=meeting)
    meeting = adjourn(actor=runner, meeting=meeting)
    circulate_minutes(actor=runner, minutes=draft_minutes(actor=runner, meeting=meeting))
    follow_up = add_follow_up(
        actor=runner,
        item=item,
        what="Ask for offers",
        owner=hospital["credentials1"],
        due=TODAY + dt.timedelta(days=7),
    )
    return meeting, follow_up


def _matches_and_mails(world: World, application, practitioner) -> None:
    hospital = world.hospital
    exclusion_lists.load_leie(actor=hospital.system, path=LIST)
    screening.screen(actor=hospital["coordinator"], practitioner=practitioner)
    world.things["match"] = practitioner.screening_matches.first()
    member = AppointmentPeriod.objects.live().filter(facility=hospital.facility).first().practitioner
    screening.screen(actor=hospital["coordinator"], practitioner=member)
    npdb.enrol_continuous(
        actor=hospital["coordinator"], practitioner=member, facility=hospital.facility, reason="two_years",
        queried_on=TODAY, dcn="5500000000009901", content=b"Enrolled.",
    )  # fmt: skip
    world.things["enrolled"] = member
    world.things["staff_screening"] = staff_screening.start_screening(
        actor=hospital["coordinator"], scope=ScreeningScope.REST
    )
    with clock.freeze(clock.now() + dt.timedelta(days=31)):
        world.things["certificate"] = certificates.certify_screening(
            actor=hospital["coordinator"], facility=hospital.facility, month=TODAY
        )
    world.things["load"] = ListSnapshot.objects.get()
    world.things["upload"] = list_uploads.ask_to_load(
        actor=hospital["coordinator"], kind="leie", content=LIST.read_bytes(), file_name=LIST.name
    )
    world.things["flag"] = raise_flag(
        actor=hospital["coordinator"],
        application=application,
        code="TEST",
        severity=Severity.WARN,
        sentence="Something to dispose of.",
    )
    reminders.queue_reminders(actor=hospital.system, on=TODAY)
    world.things["message"] = OutboxMessage.objects.filter(status=MailStatus.WAITING).first()


def _packets(world: World, verifying) -> None:
    """A packet signed by link with sections to review, one on paper being written in, and something owed."""
    actor = world.hospital["coordinator"]
    load_question_sets(actor=world.hospital.system)
    packet = packets.invite(
        actor=actor, application=_draft(world, "Fennimore"), name="A. Fennimore", email="fenn@example.org"
    )
    link = packet.links.get()
    offered = read_packet(packet).known.offered[0]
    asked = {"asked": {offered.uid: [offered.core[0][0]]}}
    packet_typing.fill(packet, link, privileges=asked)
    packet_typing.sign(link, "Adaeze Fennimore")
    packet.refresh_from_db()
    world.things |= {
        "packet": packet,
        "packet_link": link,
        "paper_packet": packets.open_on_paper(actor=actor, application=_draft(world, "Greavesworth")),
        "deficiency": completing.ask_for(actor=actor, application=verifying, what="Your diploma."),
    }


def _reappointments(world: World) -> None:
    """Two members whose terms end in the month to be launched; one of them is."""
    hospital, ends = world.hospital, dt.date(2026, 8, 21)
    terms = []
    for name in ("Lightfoot", "Merriweather"):
        person = create_practitioner(
            actor=hospital["coordinator"], provider_type="MD", last_name=name, first_name="Adaeze"
        )
        set_contact_point(
            actor=hospital["coordinator"], practitioner=person, kind="email", line_1=f"{name}@example.org"
        )
        terms.append(
            open_appointment(
                actor=hospital["staff_coordinator"],
                practitioner=person,
                facility=hospital.facility,
                decision=None,
                decided_on=dt.date(2024, 8, 21),
                category=StaffCategory.objects.get(code="active"),
                department=hospital.surgery,
                start=dt.date(2024, 8, 21),
                end=ends,
                authority="Taken over",
            )
        )
    done = reappointments.launch_batch(
        actor=hospital["coordinator"], facility=hospital.facility, terms=[terms[0].uid]
    )
    world.things["batch"] = done.batch
    mail = PacketMail.objects.get(link__packet__application__practitioner=terms[0].practitioner)
    packet_mails.send(mail.uid)
    came = bounces.Came(ReturnHow.NOTICE, "550 no such user", "5.1.1", notice="0" * 64)
    returned = bounces.record_return(
        actor=hospital["coordinator"], kind=MailKind.PACKET, mail=mail, came=came
    )
    world.things |= {
        "packet_mail": mail,
        "failing_address": FailingAddress.objects.get(returned=returned),
    }


def _draft(world: World, last_name: str):
    """An application nobody has stated anything for."""
    hospital, actor = world.hospital, world.hospital["coordinator"]
    return applications.open_application(
        actor=actor,
        practitioner=create_practitioner(
            actor=actor, provider_type="MD", last_name=last_name, first_name="Adaeze"
        ),
        facility=hospital.facility,
        kind="initial",
        department=hospital.surgery,
        category=StaffCategory.objects.get(code="active"),
    )


def _a_form_sent(world: World, application) -> None:
    """A reference asked for by a form; the plan has no item of a peer, so one stands beside it."""
    item = VerificationItem.objects.create(
        application=application,
        element=Element.PEER_REFERENCE,
        label="Peer reference: Ines Calloway",
        required_because="peers speak to current competence",
        accepted_sources=["primary"],
    )
    world.things["item_of_a_peer"] = item
    world.things["enquiry"] = enquiries.send_form(
        actor=world.hospital["coordinator"],
        item=item,
        recipient=Recipient(name="Ines Calloway", email="ines.calloway@example.org"),
    )


def _a_run(world: World) -> None:
    """A board is connected, and asked about the licences that run out; no worker is there to ask."""
    hospital = world.hospital
    known_source("list-leie")
    ConnectedSource.objects.create(
        code="board-il",
        name="Board of Illinois",
        connector=Connector.LICENCE_BOARD,
        state="IL",
        address="https://licences.example.org/?number={number}",
        reading=READING,
    )
    world.things["run"] = runs.check_due(actor=hospital["coordinator"], facility=hospital.facility, days=120)


def _a_letter_written(world: World) -> None:
    """A letter to a member that went by first class mail, and the draft of a template."""
    coordinator = world.hospital["coordinator"]
    member = AppointmentPeriod.objects.live().filter(facility=world.hospital.facility).first().practitioner
    letter = letters.issue_letter(
        actor=coordinator,
        about=Whom(member, world.hospital.facility),
        template=LetterTemplate.objects.get(code="conflict_statement"),
        to="Somebody\n1 Main Street",
    )
    world.things["office_letter"] = letter
    world.things["letter_sending"] = letter_sending.send_letter(
        actor=coordinator, letter=letter, handed=Handed("first_class", recipient="Somebody")
    )
    welcome = LetterTemplate.objects.get(code="welcome")
    letter_templates.write_version(
        actor=world.hospital.system, template=welcome, subject="Welcome", body="Dear {practitioner_name}",
        note="Short", newest=1,
    )  # fmt: skip


def _packets_of_our_own(world: World) -> None:
    """One that is written and not published, and one that is in force."""
    text = text_of(shipped_templates()["membership"][-1])
    visiting, observers = (
        packet_templates.write_version(
            actor=world.hospital.system, code=code, facility=world.hospital.facility, text=text,
            note="Our own words.", newest=0,
        )
        for code in ("visiting", "observers")
    )  # fmt: skip
    packet_templates.publish_version(actor=world.hospital["coordinator"], version=observers)
    world.things["packet_template"] = visiting


def _a_letter_asked_for(world: World) -> None:
    """Another hospital asks about a member of the staff, with a release."""
    member = AppointmentPeriod.objects.live().filter(facility=world.hospital.facility).first().practitioner
    world.things["affiliation"] = affiliation_intake.record_request(
        actor=world.hospital["coordinator"],
        facility=world.hospital.facility,
        channel="fax",
        asker=Asker("Wren Adeyemi", "Harborview Medical Center", "wren@harborview.example.org"),
        about=About("Somebody", "Else"),
        purpose="appointment",
        release=Release("release.png", picture()),
        practitioner=member,
    )


def _focused_evaluation(world: World) -> dict[str, Any]:
    """An evaluation under way, a proctor from elsewhere who has reported a case on paper."""
    plan = FPPEPlan.objects.order_by("id").first()
    quality = world.people[Role.QUALITY_COORDINATOR]
    start_fppe(actor=quality, plans=[plan])
    assignment = name_proctor(
        actor=quality, plans=[plan], proctor=None, outside="Dr Far, Northgate", no_conflict=True
    )
    case = report_case(
        actor=quality, assignment=assignment, plans=[plan], day=TODAY, encounter="E-1",
        looking="proctored", outcome="minor", comment="Slow.",
    )  # fmt: skip
    return {
        "fppe_plan": plan,
        "fppe_person": plan.practitioner,
        "fppe_assignment": assignment,
        "fppe_case": case,
    }


def _ongoing_evaluation(world: World) -> dict[str, Any]:
    """A cycle that is over, its one profile before the chair."""
    quality = world.people[Role.QUALITY_COORDINATOR]
    cycle = OPPECycle.objects.create(
        facility=world.hospital.facility,
        period=days(dt.date(2025, 7, 1), dt.date(2026, 1, 1)),
        opened_at=clock.now(),
        opened_by=quality,
    )
    plan = FPPEPlan.objects.order_by("id").first()
    profile = OPPEProfile.objects.create(
        cycle=cycle,
        practitioner=plan.practitioner,
        form=plan.grant.form_line.version.form,
        department=Department.objects.get(facility=world.hospital.facility, code="surgery"),
    )
    put_before_chair(actor=quality, cycle=cycle)
    indicator = OPPEIndicator.objects.get(code="complaints")
    return {"oppe_cycle": cycle, "oppe_profile": profile, "oppe_indicator": indicator}


def _performed_case(world: World) -> dict[str, Any]:
    """A case a feed told of, done by somebody whose number nobody here has."""
    actor, facility = world.hospital.system, world.hospital.facility
    load_procedure_codes(
        actor=actor, facility=facility, content=b"code,system,privilege\nP-101,LOCAL,GS-LAP-CHOLE\n"
    )
    given = {
        "encounter": "E-9001", "line": "1", "npi": "1999999984", "system": "LOCAL", "code": "P-101",
        "performed_at": "2026-01-05 07:30",
    }  # fmt: skip
    load_cases(actor=actor, facility=facility, source="or-system", name="One", given=[given])
    judge_cases(actor=actor, facility=facility)
    return {"performed_case": PerformedCase.objects.get()}
