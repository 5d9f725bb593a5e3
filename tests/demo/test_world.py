"""The demo world: whole, believable to the product's own checks, and the same every time."""

from __future__ import annotations

import datetime as dt
import io
import json
import secrets
from collections import Counter
from pathlib import Path

import pyrage
import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client

from bylaws.choices import MinutesStatus, Repeats
from bylaws.models import (
    AgendaItem,
    AppointmentPeriod,
    BarPeriod,
    CommitteeSeatPeriod,
    ComplianceRun,
    Decision,
    DueProcess,
    Finding,
    FindingStep,
    FollowUp,
    LeaderRequest,
    Meeting,
    MeetingMinutes,
    Motion,
    OfficeTask,
    Recusal,
    Vote,
)
from bylaws.selectors.acknowledgements import acknowledgers
from bylaws.selectors.alternates import absences, designations
from bylaws.selectors.citations import citation_address
from bylaws.selectors.committees import vacant_on
from bylaws.selectors.compliance import compliance
from bylaws.selectors.disclosures import owing
from bylaws.selectors.membership import appointments_in_force
from bylaws.selectors.offices import office_cards
from bylaws.selectors.policies import policies_on
from bylaws.selectors.supervision import supervision_of
from config.accounts.choices import Role
from config.accounts.models import RoleAssignment, User
from config.accounts.services.users import system_user
from config.custody.package.writing import write_package
from config.custody.selectors.comparing import compare_package
from config.custody.services.loading import load_package
from config.demo.accounts import FIRST, PASSWORD
from config.demo.build import PRACTITIONERS
from config.demo.distant import BY_PROXY
from config.demo.logins import logins
from config.demo.members import SELDOM
from config.demo.practices import SECOND_RECORDS
from config.demo.registry import NEW_SURGEON, RECORDS
from config.demo.timeline import federal_holidays, working_day
from config.kernel import clock
from config.kernel.canonical import digest
from config.organization.models import Department, Facility
from config.rulebook.selectors.parameters import resolve
from credentialing.models import (
    AffiliationRequest,
    Application,
    FiledPart,
    IncomingPaper,
    ListSnapshot,
    OutboxMessage,
    ProxyAgreement,
    ScreeningMatch,
)
from credentialing.selectors.affiliations import judged
from credentialing.selectors.letters import with_state
from credentialing.selectors.telemedicine import agreed, listed_on
from practitioners.models import (
    ConflictResolution,
    ContactLogEntry,
    Credential,
    CredentialPeriod,
    EvidenceHead,
    Letter,
    PracticeGroup,
    Practitioner,
)
from practitioners.selectors.duplicates import likely_pairs
from practitioners.selectors.evidence import verify_everything
from practitioners.selectors.provenance import open_conflicts
from practitioners.selectors.workplaces import groups as groups_of
from privileging.models import (
    CaseDelivery,
    CaseJudgement,
    DistantSiteEvaluation,
    DistantSiteFeedback,
    Grant,
    PerformedCase,
)
from privileging.selectors.feedback import uncovered
from privileging.selectors.performed import low_volume, low_volume_at
from tests.demo.conftest import Built, build
from tests.demo.digest import digest_by_table
from tests.demo.walking import LOGINS, walk
from tests.services import Services

pytestmark = pytest.mark.django_db


def test_hospitals_in_two_time_zones_with_departments_and_staff(world: Built) -> None:
    zones = set(Facility.objects.values_list("time_zone", flat=True))
    assert zones == {"America/Chicago", "America/Detroit"}
    assert Department.objects.count() == 8
    newcomers = len(world.builder.narrator.records)
    assert Practitioner.objects.count() == len(world.builder.members) + newcomers + SECOND_RECORDS + BY_PROXY
    assert len(world.builder.people) == PRACTITIONERS


def test_every_role_has_a_login_in_the_table(world: Built) -> None:
    assert set(RoleAssignment.objects.values_list("role", flat=True)) == {str(role) for role in Role}
    assert {login.username for login in logins()} == set(FIRST)
    credentialing, medical_staff = (
        RoleAssignment.objects.get(user__username=name, facility__code="LMC").role
        for name in ("credentialing", "medicalstaff")
    )
    assert (credentialing, medical_staff) == (Role.CREDENTIALING_COORDINATOR, Role.MEDICAL_STAFF_COORDINATOR)


def test_a_login_works(world: Built) -> None:
    client = Client()
    answer = client.post("/accounts/login/", {"login": "credentialing", "password": PASSWORD})
    assert answer.status_code == 302
    assert client.get("/").status_code == 200


def test_physicians_with_an_account_are_linked_to_their_file(world: Built) -> None:
    chair = User.objects.get(username="surgery-chair")
    assert (chair.first_name, chair.last_name) == (
        chair.practitioner.names.get(kind="legal").first_name,
        chair.practitioner.names.get(kind="legal").last_name,
    )


def test_evidence_and_decisions_hold(world: Built) -> None:
    assert verify_everything() == []
    assert EvidenceHead.objects.count() >= len(world.builder.members)
    decided = len(world.builder.narrator.decided) + BY_PROXY
    assert Decision.objects.filter(kind="decision").count() == decided
    call_command("replay_decisions")


def test_files_stand_in_several_stages(world: Built) -> None:
    statuses = set(Application.objects.values_list("status", flat=True))
    assert statuses >= {"draft", "submitted", "in_verification", "in_review", "approved_modified", "approved"}
    assert Grant.objects.filter(decision__isnull=False).exists()
    assert AppointmentPeriod.objects.filter(identity__decision__isnull=True).exists()


def test_meetings_lie_behind_and_ahead(world: Built) -> None:
    assert Meeting.objects.filter(status="adjourned").count() > 20
    ahead = Meeting.objects.filter(status="scheduled")
    assert {meeting.committee.kind for meeting in ahead} == {"credentials_committee", "mec", "board"}


def test_minutes_are_approved_and_signed_and_something_follows_from_meetings(world: Built) -> None:
    signed = MeetingMinutes.objects.filter(status=MinutesStatus.SIGNED)
    assert signed.count() >= 4
    for minutes in signed.select_related("meeting"):
        version = minutes.versions.get()
        assert version.sha256 == digest(version.sections)
        approved = version.steps.get(status=MinutesStatus.APPROVED)
        assert approved.motion is not None
        assert approved.motion.agenda_item.meeting.starts_at > minutes.meeting.starts_at
        assert version.signatures.get().user_id is not None
    assert FollowUp.objects.filter(done_at=None).exists()
    assert FollowUp.objects.exclude(done_at=None).exists()


def test_compliance_is_mostly_met_with_some_trouble(world: Built) -> None:
    outcomes: dict[str, int] = {}
    for facility in Facility.objects.all():
        for result in compliance(viewer=system_user(), facility=facility, on=world.today):
            for outcome, number in result.counts.items():
                outcomes[str(outcome)] = outcomes.get(str(outcome), 0) + number
    met, not_met, unknown = (outcomes.get(name, 0) for name in ("MET", "NOT_MET", "UNKNOWN"))
    assert met > 10 * (not_met + unknown)
    assert not_met >= 3
    assert unknown >= 3


def test_compliance_has_a_trend_and_findings_in_every_state(world: Built) -> None:
    runs = ComplianceRun.objects.filter(facility__code="LMC")
    assert runs.values("on").distinct().count() >= 10
    states = set(Finding.objects.filter(facility__code="LMC").values_list("status", flat=True))
    assert {"open", "notified", "answered", "waived", "consequence", "cured"} <= states
    assert FindingStep.objects.filter(letter__isnull=False).exists()


def test_an_expired_licence_stops_the_lookup_and_a_late_renewal_undid_its_bar(world: Built) -> None:
    stories = world.builder.stories
    expired = Practitioner.objects.get(npi=stories.expired.npi)
    code = expired.grants.first().privilege.code
    with pytest.raises(SystemExit) as left:
        call_command("can_perform", expired.npi, code, facility="LMC")
    assert left.value.code == 1
    assert expired.bars.get().periods.live().exists()
    late = Practitioner.objects.get(npi=stories.renewed_late.npi)
    assert not late.bars.get().periods.live().exists()


def test_nothing_is_recorded_after_yesterday(world: Built) -> None:
    tomorrow_morning = dt.datetime.combine(world.today, dt.time(4), dt.UTC)
    assert not Decision.objects.filter(recorded_at__gte=tomorrow_morning).exists()
    assert not Application.objects.filter(opened_at__gte=tomorrow_morning).exists()


def test_list_and_look_alike_and_reminders(world: Built) -> None:
    assert ListSnapshot.objects.count() == 4
    waiting = ScreeningMatch.objects.filter(status="new", match_class="possible")
    assert [match.practitioner.npi for match in waiting] == [world.builder.narrator.plan["match"].npi]
    assert OutboxMessage.objects.filter(status="sent").exists()


def test_the_new_surgeon_is_known_to_the_registry_alone(world: Built) -> None:
    record = json.loads((world.folder / NEW_SURGEON).read_text())["results"][0]
    known = {each["number"] for each in json.loads((world.folder / RECORDS).read_text())["results"]}
    assert record["number"] in known
    assert not Practitioner.objects.filter(npi=record["number"]).exists()
    call_command("import_nppes", str(world.folder / NEW_SURGEON))
    assert Practitioner.objects.get(npi=record["number"]).display_name.startswith("Lindqvist")


def test_sources_contradict_each_other_and_calls_are_to_be_followed_up(world: Built) -> None:
    office = User.objects.get(username="credentialing")
    assert {one.label for one in open_conflicts(office)} >= {"Legal name", "CAQH provider ID", "Birth date"}
    assert ConflictResolution.objects.count() == 1
    assert [entry.done_at is None for entry in ContactLogEntry.objects.order_by("id")] == [False, True, True]


def test_progress_is_told_with_seconds(world: Built) -> None:
    assert any(line.endswith(" s)") for line in world.said)


def test_a_second_building_is_refused(world: Built) -> None:
    with pytest.raises(CommandError, match="needs an empty one"):
        call_command("seed_demo")


def test_production_settings_refuse(settings, tmp_path: Path) -> None:
    settings.SETTINGS_MODULE = "config.settings.production"
    with pytest.raises(CommandError, match="production"):
        call_command("seed_demo")


# --- believable bodies ------------------------------------------------------------------------------------


def test_what_is_recorded_from_minutes_agrees_with_the_meeting_on_file(world: Built) -> None:
    from_minutes = Decision.objects.exclude(minutes=None).select_related("step__case")
    assert from_minutes.exists()
    for decision in from_minutes:
        item = AgendaItem.objects.select_related("meeting__committee__facility").get(step=decision.step)
        meeting = item.meeting
        assert clock.date_at(meeting.starts_at, meeting.committee.facility) == decision.decided_on
        assert (item.status, meeting.status) == ("acted", "adjourned")
        counted = decision.votes_for + decision.votes_against + decision.abstentions
        assert counted == meeting.attendances.count()
        present = {str(each.user) for each in meeting.attendances.select_related("user")}
        assert {decision.mover, decision.seconder} <= present


def test_no_body_meets_on_a_holiday_or_a_weekend(world: Built) -> None:
    for meeting in Meeting.objects.select_related("committee__facility"):
        day = clock.date_at(meeting.starts_at, meeting.committee.facility)
        assert working_day(day) == day, f"{meeting}: {day:%A}"


@pytest.mark.parametrize(
    "day",
    [
        dt.date(2026, 1, 1),
        dt.date(2026, 1, 19),
        dt.date(2026, 2, 16),
        dt.date(2026, 5, 25),
        dt.date(2026, 6, 19),
        dt.date(2026, 7, 3),
        dt.date(2026, 9, 7),
        dt.date(2026, 10, 12),
        dt.date(2026, 11, 11),
        dt.date(2026, 11, 26),
        dt.date(2026, 12, 25),
        dt.date(2021, 12, 31),
    ],
)
def test_federal_holidays_on_the_days_they_are_kept(day: dt.date) -> None:
    assert day in federal_holidays(day.year)
    assert working_day(day) < day


def test_bodies_differ_in_who_is_away_and_how_they_vote(world: Built) -> None:
    bodies = Meeting.objects.exclude(committee__kind="general_staff")
    regular = bodies.filter(status="adjourned", kind="regular").prefetch_related(
        "attendances", "agenda_items"
    )
    assert all(3 <= meeting.agenda_items.count() <= 7 for meeting in regular)
    chairs = [meeting for meeting in regular if meeting.committee.name == "Board of Trustees"]
    assert len({frozenset(each.user_id for each in meeting.attendances.all()) for meeting in chairs}) > 5
    assert Vote.objects.filter(choice="against").exists()
    assert Vote.objects.filter(choice="abstain").exists()
    assert Recusal.objects.exists()
    for motion in Motion.objects.filter(status="carried").select_related("agenda_item"):
        assert motion.quorum["present"] >= motion.quorum["needed"] > 0
        assert motion.votes.count() == sum(motion.quorum[each] for each in ("for", "against", "abstentions"))


def test_seats_began_at_different_times_and_some_changed_hands(world: Built) -> None:
    starts = set(CommitteeSeatPeriod.objects.live().values_list("valid", flat=True))
    assert len({valid.lower for valid in starts}) >= 5
    assert sum(1 for valid in starts if valid.upper is not None) == 3


def test_each_credentials_committee_has_a_vacant_seat_and_every_other_seat_is_held(world: Built) -> None:
    empty = vacant_on(world.today).select_related("identity__committee__facility")
    found = {(slot.identity.committee.facility.code, slot.identity.committee.name) for slot in empty}
    assert found == {("LMC", "Credentials Committee"), ("NVH", "Credentials Committee")}
    assert len(empty) == 2


def test_references_come_from_people_outside_of_the_same_work(world: Built) -> None:
    on_file = {person.name for person in world.builder.people}
    peers = Credential.objects.filter(credential_type__code="PEER_REFERENCE").select_related("practitioner")
    rows = [(each.practitioner, each.periods.live().first().extra["name"]) for each in peers]
    assert rows
    for practitioner, named in rows:
        name, _, letters = named.rpartition(", ")
        assert name not in on_file
        assert letters == ("MD" if practitioner.provider_type in ("MD", "DO") else practitioner.provider_type)


def test_files_took_different_times_and_name_the_day_of_the_board(world: Built) -> None:
    launched = Application.objects.filter(launch__isnull=False)  # planned once the packet has come back
    decided = Application.objects.exclude(kind="pre_application")  # which no body decides
    assert not decided.filter(scheduled_decision_on=None).exclude(pk__in=launched).exists()


def test_suspensions_and_leaves_have_ended_and_the_board_can_act_today(world: Built) -> None:
    ended = BarPeriod.objects.live().filter(valid__endswith__lte=world.today)
    assert {row.identity.kind for row in ended.select_related("identity")} >= {
        "administrative_suspension",
        "leave",
        "precautionary_suspension",
    }
    assert BarPeriod.objects.live().filter(valid__upper_inf=True, scope="listed").exists()
    board = Meeting.objects.get(kind="special", committee__kind="board", status="scheduled")
    day = clock.date_at(board.starts_at, board.committee.facility)
    assert world.today - dt.timedelta(days=4) <= day <= world.today


def test_a_hearing_is_ahead_and_one_ended_with_nothing_adverse(world: Built) -> None:
    ended, ahead = DueProcess.objects.order_by("opened_at")
    assert (ended.status, ended.events.get(kind="final").action) == ("final", "nothing")
    assert ahead.status == "hearing_notice"
    hearing, notice = (ahead.events.get(kind=kind) for kind in ("scheduled", "hearing_notice"))
    assert hearing.hearing_on > world.today
    assert (hearing.hearing_on - notice.day).days >= 30
    assert [each.kind for each in ahead.investigation.events.all()][-2:] == ["outcome", "decided_close"]


def test_where_people_practise_and_how_they_look(world: Built) -> None:
    groups = PracticeGroup.objects.all()
    assert groups.filter(active=False).count() == 1
    today = world.today
    assert all(each.people for each in groups_of(today) if each.active)
    assert Practitioner.objects.filter(photo__isnull=False).count() >= len(world.builder.members) // 4
    director = User.objects.get(username="director")
    agreements = CredentialPeriod.objects.filter(identity__credential_type__code="SUPERVISION")
    assistants = {row.identity.practitioner for row in agreements.select_related("identity__practitioner")}
    objections = [
        sentence
        for person in assistants
        for each in supervision_of(director, person, today)[0]
        for sentence in each.objections
    ]
    assert objections  # one of them is supervised by somebody who has left


def test_records_that_may_be_one_persons_and_a_father_with_his_son(world: Built) -> None:
    director = User.objects.get(username="director")
    pairs = [
        (pair.likeness.word, {pair.one.birth_date, pair.other.birth_date}) for pair in likely_pairs(director)
    ]
    words = [word for word, _ in pairs]
    assert words.count("Very likely one person") == 1
    assert words.count("Likely one person") >= 2
    assert any(None in born for word, born in pairs if word == "Likely one person")  # the son


def test_other_hospitals_asked_for_letters_of_every_kind(world: Built) -> None:
    found = Counter(AffiliationRequest.objects.values_list("status", flat=True))
    assert found == {"to_answer": 6, "replied": 2, "came_back": 1, "closed": 1}
    outcomes = {judged(each)[0].outcome for each in AffiliationRequest.objects.filter(status="to_answer")}
    assert outcomes == {"MET", "UNKNOWN", "NOT_MET"}
    assert Letter.objects.filter(kind="affiliation").count() == 2


def test_the_offices_wrote_letters_that_are_sent_delivered_back_and_waiting(world: Built) -> None:
    letters = with_state(Letter.objects.filter(office__isnull=False))
    found = Counter(letters.values_list("state", flat=True))
    assert found == {"to_send": 1, "sent": 3, "delivered": 2, "came_back": 1}
    assert {each.office.version.number for each in letters.filter(title__contains="interests")} == {2}


def test_the_operating_rooms_tell_of_their_cases_and_one_is_to_be_explained(world: Built) -> None:
    covers = Counter(CaseJudgement.objects.values_list("cover", flat=True))
    assert covers.pop("not_granted") == 1
    assert covers.pop("covered") == PerformedCase.objects.count() - 1 > 40
    assert not covers
    assert CaseDelivery.objects.count() == 2


def test_somebody_hardly_operates_any_more(world: Built) -> None:
    facility = Facility.objects.get(code="LMC")
    today = clock.today(facility)
    policy = low_volume_at(facility, today)
    rows = low_volume(User.objects.get(username="medicalstaff"), facility, today, policy)
    assert rows
    assert all(row.counted < row.asked for row in rows)
    assert len({row.practitioner_id for row in rows}) <= SELDOM, "the others operate, or are newer"


def test_a_member_is_away_and_has_an_alternate(world: Built) -> None:
    facility = Facility.objects.get(code="LMC")
    today, office = clock.today(facility), User.objects.get(username="medicalstaff")
    (now, ahead) = absences(office, facility, today, all_of_them=True)
    assert now.valid.lower <= today < now.valid.upper
    assert ahead.valid.lower > today
    assert {str(row.identity.user) for row in designations(facility, today)} == {
        str(User.objects.get(username=name)) for name in ("mec", "cmo")
    }


def test_radiologists_read_from_afar_under_an_agreement_and_one_left_the_list(world: Built) -> None:
    agreement = ProxyAgreement.objects.get()
    facility, today = agreement.site.facility, world.today
    held = agreed(agreement, today)
    assert held.in_force
    assert held.lacks == []
    assert len(listed_on(agreement, today)) == 3
    granted = Application.objects.filter(agreement=agreement, status="approved")
    assert granted.count() == 2
    (missing,) = uncovered(world.builder.hospital.users["credentialing"], facility, today)
    assert missing.application in granted
    assert "not on the list of Tidewater Night Radiology any more" in missing.why
    assert DistantSiteEvaluation.objects.get().application.practitioner.display_name.startswith("Castellane")
    sent = DistantSiteFeedback.objects.values_list("kind", "sent_on")
    assert {kind for kind, day in sent if day} == {"complaint"}
    assert {kind for kind, day in sent if not day} == {"review"}


def test_paper_waits_in_the_tray_and_a_part_of_it_is_filed(world: Built) -> None:
    assert sorted(IncomingPaper.objects.values_list("status", flat=True)) == [
        "discarded", "to_file", "to_file", "to_file",
    ]  # fmt: skip
    part = FiledPart.objects.get()
    assert part.paper.page_count == 5
    assert part.practitioner.documents.filter(pk=part.document_id).exists()


# --- what needs databases of its own; the first of these is the last that has the world above ---------------


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_hospital_moves(world: Built, services: Services, settings, tmp_path: Path) -> None:
    """All of it leaves, and arrives in an empty house with other keys."""
    identity = pyrage.x25519.Identity.generate()
    package = tmp_path / "package.age"
    told = {"export": "5f0c7a52-6f6f-4b6e-9d53-0d8f4e6f2a10", "made_at": "today"}
    counts = write_package(package, public_key=str(identity.to_public()), told=told)
    assert counts["rows"] > 10_000
    assert counts["unopened"] == counts["damaged"] == 0

    services.fresh_database()
    settings.STANDING_STORE = tmp_path / "entered" / "store"
    settings.STANDING_CHECKPOINTS = tmp_path / "entered" / "checkpoints"
    settings.STANDING_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    settings.STANDING_HMAC_KEY = secrets.token_hex(32)
    loaded = load_package(actor=None, path=package, identity=identity)
    assert len(loaded.stand_ins) > 10
    found = compare_package(path=package, identity=identity)
    assert (found.differences, found.contents) == ([], [])
    said = io.StringIO()
    call_command("verify_evidence", stdout=said)
    call_command("replay_decisions", stdout=said)
    assert "All well" in said.getvalue()
    assert "0 do not" in said.getvalue()


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_same_day_same_world(world: Built, services: Services, settings, tmp_path: Path) -> None:
    services.fresh_database()
    settings.STANDING_STORE = tmp_path / "store"
    settings.STANDING_CHECKPOINTS = tmp_path / "checkpoints"
    _move_keys_on()
    build(tmp_path / "again")
    assert digest_by_table() == world.digest
    for name in (RECORDS, NEW_SURGEON, "leie-1.csv", "sam-1.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (world.folder / name).read_bytes()


def _move_keys_on() -> None:
    """Give the next rows other keys than an untouched database would: no row may show its key."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT setval(quote_ident(sequencename)::regclass, 1030) FROM pg_sequences "
            "WHERE schemaname = 'public'"
        )


def test_a_leader_owes_an_answer_and_the_office_has_a_task(world: Built) -> None:
    late, other = LeaderRequest.objects.order_by("due")
    assert late.reminders.count() == 1
    assert late.due < other.due
    assert OfficeTask.objects.get().repeats == Repeats.YEARLY


def test_bylaws_are_in_force_with_their_numbers_an_amendment_and_acknowledgements(world: Built) -> None:
    lakeside = world.builder.hospital.facilities["LMC"]
    rows = {
        row.policy.number: row for row in policies_on(world.builder.hospital.system, lakeside, world.today)
    }
    bylaws, conduct = rows["MS-01"], rows["MS-02"]
    assert bylaws.holding is not None
    assert [each["number"] for each in bylaws.holding.outline if each["level"] == 1] == [
        str(number) for number in range(1, 16)
    ]
    assert bylaws.draft is not None
    assert (bylaws.draft.status, bylaws.open_comments) == ("comments", 1)
    assert conduct.due is not None
    assert conduct.due.state == "soon"
    bound = resolve("bylaws.hearing_notice_days", facility=lakeside, on=world.today)
    assert (bound.value, bound.citation) == (30, "Medical Staff Bylaws 8.3(b)")
    assert citation_address(bound.citation, facility=lakeside, on=world.today).endswith("#section-8.3(b)")
    people = acknowledgers(bylaws.holding)
    assert {each.done for each in people} == {True, False}


def test_the_logins_have_every_role(world: Built) -> None:
    roles = RoleAssignment.objects.filter(user__username__in=LOGINS).values_list("role", flat=True)
    assert set(roles) == {str(role) for role in Role}


@pytest.mark.parametrize("username", LOGINS)
def test_every_page_a_login_comes_to_opens(world: Built, username: str) -> None:
    opened, failed = walk(username)
    assert not failed
    assert len(opened) > 3


def test_officers_have_a_past_and_an_election_ahead_and_two_disclosures_are_missing(world):
    facility = Facility.objects.get(code="LMC")
    today = clock.today(facility)
    cards = {str(card.office): card for card in office_cards(facility, today)}
    president = cards["president"]
    assert president.holder is not None
    assert president.holder.practitioner.user.username == "president"
    assert president.ends_soon
    assert len(president.past) == 2
    assert president.notes == []
    held = appointments_in_force(facility=facility, on=today).get(practitioner=president.holder.practitioner)
    assert held.category.code == "active"
    states = Counter(str(each.state) for each in owing(facility, today))
    assert (states["missing"], states["to_review"], states["reviewed"]) == (2, 1, 1)
    assert states["nothing"] > 10
