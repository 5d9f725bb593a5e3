"""The main job, end to end, over the services: from the registry's record to the answer at the ward."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from pathlib import Path

import pytest
import yaml
from django.core import mail
from django.core.management import call_command

from bylaws.choices import CommitteeKind, LineOutcome, VoteChoice
from bylaws.models import AppointmentPeriod, BarPeriod, ReviewStep, StaffCategory
from bylaws.selectors.compliance import compliance
from bylaws.services.agendas import add_step_to_agenda
from bylaws.services.meetings import adjourn, call_to_order, schedule_meeting
from bylaws.services.minutes import record_decision_from_minutes
from bylaws.services.motions import cast_vote, close_vote, move
from bylaws.services.presence import mark_present
from bylaws.services.reviews import recommend
from bylaws.subjects import LineAnswer, handler
from config.accounts.choices import DataClass
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.kernel.periods import days, through
from credentialing.choices import Element, ItemStatus, NPDBQueryKind, NPDBReason
from credentialing.models import OutboxMessage, VerificationItem
from credentialing.selectors.gate import completeness
from credentialing.selectors.next_actor import next_actor
from credentialing.services import applications, npdb, reminders, screening, verification
from credentialing.services.automatic import verify_automatically
from credentialing.services.nightly import run_nightly
from credentialing.sources.players.nppes import start_player
from practitioners.choices import Method, Sex, SourceKind
from practitioners.models import Letter, Practitioner
from practitioners.selectors.search import search
from practitioners.services.credentials import confirm, record_claim
from practitioners.services.documents import store_document
from practitioners.services.evidence import add_evidence
from practitioners.services.people import correct_practitioner, set_contact_point
from privileging.models import FPPEPlan, GrantPeriod, PrivilegeFormVersion
from privileging.selectors.lookup import can_perform, who_can
from privileging.services.requests import request_privileges
from privileging.services.volumes import record_case_volume
from tests.journeys.world import SEATS, Hospital, build_hospital

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
DAY_ONE = dt.datetime(2026, 3, 2, 16, tzinfo=dt.UTC)
HERE = Path(__file__).parent
FIXTURES = HERE.parent / "fixtures"
RECORDS = HERE / "registry_surgeon.json"
NPI = "2000000614"
"""The surgeon's registry record is the project's own: an invented person with a right check digit."""


@pytest.fixture
def hospital(db) -> Hospital:
    with clock.freeze(DAY_ONE):
        return build_hospital()


def test_the_walk(hospital: Hospital, settings, tmp_path, django_capture_on_commit_callbacks):
    """Steps 1 to 10 of the main job, in order, for one surgeon."""
    settings.STANDING_STORE = str(tmp_path / "store")
    with clock.freeze(DAY_ONE):
        surgeon = import_the_surgeon(tmp_path)
        application = apply(hospital, surgeon)
        verify_everything(hospital, settings, application, tmp_path)
        send_to_review(hospital, application)
    decided_on = run_the_chain(hospital, application)
    ask_the_ward(hospital, surgeon, decided_on)
    check_compliance(hospital, decided_on)
    licence_runs_out(hospital, surgeon, decided_on)


# -- 1 -------------------------------------------------------------------------------------------------


def import_the_surgeon(tmp_path: Path) -> Practitioner:
    """Step 1: from the registry's answer, twice, the second time without a change."""
    call_command("import_nucc", str(FIXTURES / "nucc/taxonomy.csv"), verbosity=0)
    call_command("import_nppes", str(RECORDS), verbosity=0)
    surgeon = Practitioner.objects.get(npi=NPI)
    before = (surgeon.history.count(), surgeon.credentials.count(), surgeon.names.count())
    call_command("import_nppes", str(RECORDS), verbosity=0)
    surgeon.refresh_from_db()
    assert (surgeon.history.count(), surgeon.credentials.count(), surgeon.names.count()) == before
    legal = surgeon.names.get(kind="legal")
    assert (legal.last_name, legal.suffix) == ("Kowalczyk", "II")
    licence = surgeon.credentials.get(credential_type__code="LICENSE")
    assert licence.periods.live().get().standing == "claimed"
    return surgeon


# -- 2 and 3 -------------------------------------------------------------------------------------------


def apply(hospital: Hospital, surgeon: Practitioner):
    """Steps 2 and 3: found by a misspelt name, claims recorded, privileges requested."""
    coordinator = hospital["coordinator"]
    hits = search(viewer=coordinator, text="Kowalcyk")
    assert [hit.npi for hit in hits][:1] == [NPI]
    surgeon = correct_practitioner(
        actor=coordinator, practitioner=surgeon, birth_date=dt.date(1980, 6, 14), sex=Sex.MALE
    )
    set_contact_point(
        actor=coordinator,
        practitioner=surgeon,
        kind="email",
        line_1="m.kowalczyk@example.org",
        said_by="applicant",
    )
    application = applications.open_application(
        actor=coordinator,
        practitioner=surgeon,
        facility=hospital.facility,
        kind="initial",
        department=hospital.surgery,
        category=StaffCategory.objects.get(code="active"),
    )
    record_claims(coordinator, surgeon)
    version = PrivilegeFormVersion.objects.get(form__code="GS")
    version.form.facilities.add(hospital.facility)
    record_case_volume(
        actor=coordinator,
        practitioner=surgeon,
        procedure_group="gs-major",
        performed_from=dt.date(2024, 3, 1),
        performed_through=dt.date(2026, 2, 28),
        cases=212,
        source="Case log of the applicant",
    )
    request_privileges(
        actor=coordinator,
        application=application,
        version=version,
        struck=["GS-THYROID"],
        special=["GS-SEDATION"],
    )
    return application


def record_claims(coordinator, surgeon: Practitioner, without: Collection[str] = ()) -> None:
    """Every claim of the surgeon, as the coordinator types it in, but for these types."""
    for claim in yaml.safe_load((HERE / "claims.yaml").read_text()):
        if claim["type"] in without:
            continue
        record_claim(
            actor=coordinator,
            practitioner=surgeon,
            type_code=claim["type"],
            issuer=claim["issuer"],
            state=claim.get("state", ""),
            number=claim.get("number", ""),
            valid=days(claim.get("first"), through(claim.get("last"))),
            extra=claim.get("extra", {}),
        )


# -- 4 and 5 -------------------------------------------------------------------------------------------


def verify_everything(hospital: Hospital, settings, application, tmp_path: Path) -> None:
    """Steps 4 and 5: the plan, the registry over HTTP, the list, the data bank, the rest by hand."""
    coordinator = hospital["coordinator"]
    applications.submit(actor=coordinator, application=application)
    applications.accept(actor=coordinator, application=application)
    application.refresh_from_db()
    planned = set(application.items.values_list("element", flat=True))
    assert {Element.NPI, Element.STATE_LICENSE, Element.NPDB, Element.EXCLUSION, Element.IDENTITY} <= planned
    assert application.items.filter(element=Element.LIFE_SUPPORT).exists()  # moderate sedation needs it
    before = completeness(application)
    assert before.outcome != "MET"
    with pytest.raises(Refused):
        applications.complete(actor=coordinator, application=application)
    assert next_actor(application).user == coordinator

    answer_by_hand(hospital, application.items.get(element=Element.ATTESTATION))  # nobody is asked before it
    npi_item = application.items.get(element=Element.NPI)
    with start_player(json.loads(RECORDS.read_text())["results"]) as player:
        settings.NPPES_API_URL = player.url
        verify_automatically(npi_item.uid)
    npi_item.refresh_from_db()
    assert npi_item.status == ItemStatus.RECEIVED
    verification.verify(actor=coordinator, item=npi_item)

    call_command("import_leie", str(FIXTURES / "leie/planted.csv"), verbosity=0)
    screening.screen(actor=coordinator, practitioner=application.practitioner)
    npdb.log_query(
        actor=coordinator,
        practitioner=application.practitioner,
        facility=hospital.facility,
        kind=NPDBQueryKind.ONE_TIME,
        reason=NPDBReason.INITIAL,
        queried_on=clock.today(hospital.facility),
        dcn="5500000099887766",
        content=b"No reports.",
    )
    for item in open_items(application):
        answer_by_hand(hospital, item)
    assert completeness(application).outcome == "MET"


def open_items(application) -> list[VerificationItem]:
    return list(
        application.items.exclude(
            status__in=[ItemStatus.VERIFIED, ItemStatus.VERIFIED_ADVERSE, ItemStatus.SUPERSEDED]
        ).order_by("pk")
    )


def answer_by_hand(hospital: Hospital, item: VerificationItem) -> None:
    """The uploaded answer of one source, reviewed by the coordinator."""
    coordinator = hospital["coordinator"]
    document = store_document(
        actor=coordinator,
        practitioner=item.application.practitioner,
        title=f"Answer: {item.label}"[:200],
        file_name="answer.pdf",
        content=PDF,
        data_class=(DataClass.PEER_REVIEW if item.element == Element.PEER_REFERENCE else DataClass.GENERAL),
    )
    source_kind = item.accepted_sources[0] if item.accepted_sources else SourceKind.PRIMARY
    verification.receive(
        actor=coordinator,
        item=item,
        source="The source",
        source_kind=source_kind,
        method=Method.LETTER,
        verified_on=clock.today(hospital.facility),
        result="As stated.",
        document=document,
    )
    item.refresh_from_db()
    verification.verify(actor=coordinator, item=item)


# -- 6 and 7 -------------------------------------------------------------------------------------------


def send_to_review(hospital: Hospital, application) -> None:
    """Step 5's end: complete, then to the bodies."""
    coordinator = hospital["coordinator"]
    application.refresh_from_db()
    applications.complete(actor=coordinator, application=application)
    application.refresh_from_db()
    applications.send_to_review(actor=coordinator, application=application)


def answers(application, on: dt.date, **special: str) -> list[LineAnswer]:
    """Recommend every line; ``special`` maps a label's beginning to a condition."""
    return [
        LineAnswer(
            line_uid=line.uid,
            outcome=LineOutcome.MODIFY if line.label in special else LineOutcome.RECOMMEND,
            conditions=special.get(line.label, ""),
        )
        for line in handler("application").lines(application.uid, on)
    ]


def run_the_chain(hospital: Hospital, application) -> dt.date:
    """Steps 6 and 7: chair, committee in a meeting, MEC from minutes, board from minutes."""
    condition = {"Laparoscopic cholecystectomy": "First three cases with a proctor"}
    with clock.freeze(DAY_ONE + dt.timedelta(days=2)):
        step = ReviewStep.objects.get(case__subject_uid=application.uid, body="department_chair")
        lines = answers(application, clock.today(hospital.facility), **condition)
        with pytest.raises(Forbidden):
            recommend(actor=hospital["ward"], step=step, lines=lines)
        recommend(actor=hospital["chair"], step=step, lines=lines, rationale="Well trained.")
        meeting = schedule_meeting(
            actor=hospital["staff_coordinator"],
            committee=hospital.committees[CommitteeKind.CREDENTIALS_COMMITTEE],
            starts_at=DAY_ONE + dt.timedelta(days=9),
        )
        committee_step = ReviewStep.objects.get(
            case__subject_uid=application.uid, body="credentials_committee"
        )
        item = add_step_to_agenda(actor=hospital["staff_coordinator"], meeting=meeting, step=committee_step)
    with clock.freeze(DAY_ONE + dt.timedelta(days=9)):
        runner = hospital["staff_coordinator"]
        call_to_order(actor=runner, meeting=meeting)
        mark_present(actor=runner, meeting=meeting, user=hospital["credentials1"])
        mark_present(actor=runner, meeting=meeting, user=hospital["credentials2"])
        motion = move(
            actor=runner,
            item=item,
            mover=hospital["credentials1"],
            seconder=hospital["credentials2"],
            lines=answers(application, clock.today(hospital.facility), **condition),
        )
        for member in ("credentials1", "credentials2"):
            cast_vote(actor=hospital[member], motion=motion, user=hospital[member], choice=VoteChoice.FOR)
        with pytest.raises(Refused, match="quorum"):
            close_vote(actor=runner, motion=motion)
        mark_present(actor=runner, meeting=meeting, user=hospital["credentials3"])
        assert close_vote(actor=runner, motion=motion).status == "carried"
        adjourn(actor=runner, meeting=meeting)
    assert not GrantPeriod.objects.exists()
    with clock.freeze(DAY_ONE + dt.timedelta(days=16)):
        from_minutes(hospital, application, "mec", condition)
    assert not GrantPeriod.objects.exists()
    with clock.freeze(DAY_ONE + dt.timedelta(days=23)):
        decided_on = clock.today(hospital.facility)
        from_minutes(hospital, application, "board", condition)
    application.refresh_from_db()
    assert application.status == "approved_modified"
    period = AppointmentPeriod.objects.get(practitioner=application.practitioner)
    assert period.valid.lower == decided_on
    assert period.valid.upper == dt.date(2028, 3, 25)  # two years: the state's limit is stricter than three
    grants = GrantPeriod.objects.filter(practitioner=application.practitioner)
    assert {str(grant.valid.lower) for grant in grants} == {str(decided_on)}
    assert FPPEPlan.objects.filter(grant__practitioner=application.practitioner).count() == grants.count()
    letter = Letter.objects.get(practitioner=application.practitioner, kind="decision")
    assert letter.sha256
    return decided_on


def from_minutes(hospital: Hospital, application, body: str, condition: dict[str, str]) -> None:
    runner = hospital["staff_coordinator"]
    minutes = store_document(
        actor=runner,
        practitioner=application.practitioner,
        title=f"Minutes, {body}",
        file_name="minutes.pdf",
        content=PDF,
        data_class=DataClass.PEER_REVIEW,
    )
    record_decision_from_minutes(
        actor=runner,
        step=ReviewStep.objects.get(case__subject_uid=application.uid, body=body),
        decided_on=clock.today(hospital.facility),
        mover=str(hospital[f"{SEATS[body]}1"]),
        seconder=str(hospital[f"{SEATS[body]}2"]),
        votes_for=2,
        votes_against=0,
        abstentions=0,
        lines=answers(application, clock.today(hospital.facility), **condition),
        minutes=minutes,
    )


# -- 8 -------------------------------------------------------------------------------------------------


def ask(hospital: Hospital, privilege: str, on: dt.date, known_at=None):
    return can_perform(
        npi=NPI, privilege_code=privilege, facility=hospital.facility, on=on, known_at=known_at
    )


def ask_the_ward(hospital: Hospital, surgeon: Practitioner, decided_on: dt.date) -> None:
    """Step 8: yes with a condition, no the day before, no for what was struck; and the other way round."""
    with clock.freeze(dt.datetime.combine(decided_on, dt.time(18), dt.UTC)):
        answer = ask(hospital, "GS-LAP-CHOLE", decided_on)
        assert answer.outcome == "yes"
        assert "proctor" in str(answer.conditions)
        assert answer.since == decided_on
        assert "board" in answer.authority.lower()
        assert ask(hospital, "GS-LAP-CHOLE", decided_on - dt.timedelta(days=1)).outcome == "no"
        assert ask(hospital, "GS-THYROID", decided_on).outcome == "no"
        assert ask(hospital, "GS-BARIATRIC", decided_on).outcome == "no"
        holders = who_can(privilege_code="GS-LAP-CHOLE", facility=hospital.facility, on=decided_on)
        assert [each.person.npi for each in holders.people] == [NPI]
        nobody = who_can(privilege_code="GS-THYROID", facility=hospital.facility, on=decided_on)
        assert list(nobody.people) == []
        assert leaves_with(0, "GS-LAP-CHOLE", decided_on)
        assert leaves_with(1, "GS-THYROID", decided_on)


def leaves_with(code: int, privilege: str, on: dt.date) -> bool:
    """Whether the command answers with this exit code."""
    try:
        call_command("can_perform", NPI, privilege, facility="WMC", on=on.isoformat())
    except SystemExit as end:
        return end.code == code
    return code == 0


def check_compliance(hospital: Hospital, decided_on: dt.date) -> None:
    """Step 10: three rules over everyone, as of any day; the outcomes add up to the population."""
    viewer = hospital["staff_coordinator"]
    with clock.freeze(dt.datetime(2026, 8, 1, 18, tzinfo=dt.UTC)):
        for day, licence in ((decided_on, "MET"), (dt.date(2026, 8, 1), "NOT_MET")):
            results = compliance(viewer=viewer, facility=hospital.facility, on=day)
            assert {result.rule.code for result in results} >= {"BL-LIC-1", "BL-NPDB-1", "BL-APP-1"}
            assert all(result.total == sum(result.counts.values()) for result in results)
            for result in (each for each in results if each.rule.about_people):
                assert result.total == 1
                (verdict,) = result.verdicts.values()
                assert verdict.citation
                # Where no renewal is on file the board is asked; that is no breach of its own.
                asked = "MET" if licence == "MET" else "UNKNOWN"
                # By August the list of March is too old to say anything.
                expected = {"BL-LIC-1": licence, "BL-CDS-1": licence, "BL-LIC-2": asked, "BL-EXC-1": asked}
                expected |= dict.fromkeys(("BL-CALL-2", "BL-DUES-1", "BL-REC-1"), "UNKNOWN")  # no list came
                nobody = ("BL-HRG-1", "BL-HRG-2", "BL-LOA-1", "BL-MTG-1", "BL-NPDB-3", "BL-SUP-1")
                nobody += ("BL-DIS-1", "BL-TEL-1", "BL-TMP-1", "BL-TMP-2", "BL-TMP-3")
                expected |= dict.fromkeys(nobody, "NOT_APPLICABLE")
                assert verdict.outcome == expected.get(result.rule.code, "MET"), verdict.sentence


# -- 9 and 10 ------------------------------------------------------------------------------------------


def licence_runs_out(hospital: Hospital, surgeon: Practitioner, decided_on: dt.date) -> None:
    """Step 9: one reminder, a no on time without any job, a renewal that heals, then-known stays."""
    last_day = dt.date(2026, 7, 31)
    with clock.freeze(dt.datetime(2026, 7, 24, 15, tzinfo=dt.UTC)):
        for _ in range(2):
            reminders.queue_reminders(actor=hospital.system, on=dt.date(2026, 7, 24))
        messages = OutboxMessage.objects.filter(practitioner=surgeon, recipient="m.kowalczyk@example.org")
        licence_messages = [
            each for each in messages if each.credential_period.identity.credential_type.code == "LICENSE"
        ]
        assert len(licence_messages) == 1
        for _ in range(2):
            reminders.send(licence_messages[0].uid)
        assert len([sent for sent in mail.outbox if "m.kowalczyk@example.org" in sent.to]) == 1
    noon_after = dt.datetime(2026, 8, 1, 18, tzinfo=dt.UTC)
    with clock.freeze(noon_after):
        assert ask(hospital, "GS-LAP-CHOLE", last_day).outcome == "yes"
        after = ask(hospital, "GS-LAP-CHOLE", last_day + dt.timedelta(days=1))
        assert after.outcome == "no"  # no job ran; the licence of the other state does not help
        run_nightly(actor=hospital.system)
        run_nightly(actor=hospital.system)
        bar = BarPeriod.objects.live().get(identity__practitioner=surgeon)
        assert bar.valid.lower == last_day + dt.timedelta(days=1)
        assert AppointmentPeriod.objects.live().get(practitioner=surgeon).valid.upper == dt.date(2028, 3, 25)
    with clock.freeze(dt.datetime(2026, 8, 5, 18, tzinfo=dt.UTC)):
        renew_licence(hospital, surgeon)
        run_nightly(actor=hospital.system)
        assert not BarPeriod.objects.live().filter(identity__practitioner=surgeon).exists()
        for day in (1, 3, 5):
            assert ask(hospital, "GS-LAP-CHOLE", dt.date(2026, 8, day)).outcome == "yes"
        assert ask(hospital, "GS-LAP-CHOLE", dt.date(2026, 8, 3), known_at=noon_after).outcome == "no"
    check = call_command("verify_evidence", verbosity=0)
    assert not check
    call_command("replay_decisions", verbosity=0)


def renew_licence(hospital: Hospital, surgeon: Practitioner) -> None:
    """The board confirms a renewal that leaves no gap."""
    coordinator = hospital["coordinator"]
    evidence = add_evidence(
        actor=coordinator,
        practitioner=surgeon,
        title="License renewal, Illinois",
        source="Illinois Department of Licensing",
        source_kind=SourceKind.PRIMARY,
        method=Method.WEB,
        content=b"Active through 2029-07-31",
        media_type="text/plain",
    )
    confirm(
        actor=coordinator,
        credential=surgeon.credentials.get(credential_type__code="LICENSE", state="IL"),
        valid=days(dt.date(2026, 8, 1), through(dt.date(2029, 7, 31))),
        evidence=evidence,
    )
