"""The board's decision creates appointment, grants, focused evaluations and the letter."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.urls import reverse

from bylaws.choices import LineOutcome
from bylaws.models import Appointment, AppointmentPeriod
from bylaws.selectors.decisions import replay
from bylaws.services.appointments import open_appointment
from bylaws.services.reviews import recommend
from bylaws.services.written_consents import answer_consent, ask_consent
from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.canonical import bytes_digest
from config.kernel.errors import Refused
from config.kernel.periods import last_day, open_period
from credentialing.selectors import files
from credentialing.selectors.letters import letters_to_send
from credentialing.services import applications
from credentialing.services.assessment import see_changes
from credentialing.services.flags import dispose, raise_flag
from practitioners import store
from practitioners.models import Letter
from practitioners.services.people import set_contact_point
from privileging.choices import RequestLineStatus
from privileging.models import FPPEPlan, Grant, GrantPeriod, RequestLine
from privileging.selectors.lookup import LookupOutcome, can_perform
from privileging.services.letters import typeset_again
from tests.privileging.conftest import NOON, TODAY, appoint, credential, grant, licensed, say, set_parameter
from tests.privileging.files import (
    account,
    answers,
    asked,
    before_the_board,
    decide,
    hospital_with_office,
    opened,
)

pytestmark = pytest.mark.django_db
HOSPITAL = hospital_with_office


@pytest.fixture
def staff(world, bylaws_rule):
    return world.staff


@pytest.fixture
def application(world, staff, person):
    one = person()
    licensed(world, one)
    application = opened(world, staff, one)
    asked(staff, application, struck=["GS-THYROID"], special=["GS-BARIATRIC", "GS-SEDATION"])
    return application


def ask(application, code="GS-LAP-CHOLE", on=TODAY):
    return can_perform(
        practitioner=application.practitioner,
        privilege_code=code,
        facility=application.facility,
        on=on,
    )


class TestAFlagThatCameAfterCompletion:
    """An open flag that weighs stops every body until somebody sees to it; domain.md 2.10."""

    @pytest.fixture
    def step(self, staff, application):
        return before_the_board(staff, application)

    def raised(self, staff, application, severity="warn"):
        with clock.freeze(NOON + dt.timedelta(minutes=5)):
            return raise_flag(
                actor=staff.coordinator, application=application, code="RF-INS", severity=severity,
                sentence="Cover was canceled.",
            )  # fmt: skip

    def test_it_stops_the_body_and_says_who_sees_to_it(self, staff, application, step):
        flag = self.raised(staff, application)
        with pytest.raises(Refused, match=r"RF-INS.*Cover was canceled\..*Cora Office disposes of it"):
            decide(staff, step, answers(application))
        dispose(actor=staff.coordinator, flag=flag, disposition="Another carrier covers from today.")
        assert decide(staff, step, answers(application)).pk

    def test_looking_at_what_is_new_is_the_other_way_out(self, staff, application, step):
        flag = self.raised(staff, application)
        see_changes(actor=staff.meetings, application=application, keys=[f"flag:{flag.uid}"])
        with pytest.raises(Refused, match="RF-INS"):  # who does not work the file looks for themselves
            decide(staff, step, answers(application))
        see_changes(actor=staff.coordinator, application=application, keys=[f"flag:{flag.uid}"])
        assert decide(staff, step, answers(application)).pk

    def test_what_is_for_information_stops_nobody(self, staff, application, step):
        self.raised(staff, application, severity="info")
        assert decide(staff, step, answers(application)).pk

    def test_what_was_open_when_it_was_complete_goes_with_the_file(self, staff, application):
        raise_flag(
            actor=staff.coordinator, application=application, code="RF-INS", severity="warn", sentence="So."
        )
        assert decide(staff, before_the_board(staff, application), answers(application)).pk

    def test_the_page_says_it_where_the_signature_would_be(self, staff, application, step, client):
        self.raised(staff, application)
        client.force_login(staff.meetings)
        page = client.get(reverse("bylaws:review", args=[step.uid])).content.decode()
        assert "A red flag came after the file was complete, and is open" in page


def test_a_board_whose_members_only_vote_grants_by_written_consent(world, staff, application):
    """The member who answers last may neither appoint nor grant nor issue letters: the answers decide."""
    set_parameter(world.system, "bylaws.written_consent", "all_taking_part", subject="board")
    step = before_the_board(staff, application)
    consent = ask_consent(actor=staff.meetings, committee=staff.board, step=step, until=TODAY)
    for member in staff.members:
        consent = answer_consent(actor=member, consent=consent, choice="consents")
    assert consent.status == "consented", consent.outcome
    assert consent.decision.recorded_by == world.system
    application.refresh_from_db()
    assert application.status == "approved"
    assert ask(application).outcome == LookupOutcome.YES
    assert Letter.objects.get(practitioner=application.practitioner).issued_by == world.system
    assert not replay(consent.decision).problems


class TestGranted:
    def test_everything_comes_into_being_with_the_decision(self, world, staff, application):
        step = before_the_board(staff, application)
        decision = decide(
            staff,
            step,
            answers(
                application,
                changes={"GS-LAP-CHOLE": "First five cases with a proctor"},
                refused={"GS-BARIATRIC": "Fewer than 25 cases in 24 months"},
            ),
        )
        application.refresh_from_db()
        assert (application.status, application.decided_on) == ("approved_modified", TODAY)
        term = AppointmentPeriod.objects.get()
        assert (term.valid.lower, last_day(term.valid.upper)) == (TODAY, dt.date(2028, 11, 23))
        assert (term.category, term.department) == (world.active, world.surgery)
        assert term.identity.decision == decision
        assert Grant.objects.count() == 13 + 1
        lap = GrantPeriod.objects.get(privilege__code="GS-LAP-CHOLE")
        assert lap.valid == term.valid
        assert lap.conditions == "First five cases with a proctor"
        assert lap.identity.form_line.version.number == "1"
        statuses = dict(RequestLine.objects.values_list("form_line__privilege__code", "status"))
        assert statuses["GS-LAP-CHOLE"] == RequestLineStatus.GRANTED_MODIFIED
        assert statuses["GS-COLECTOMY"] == RequestLineStatus.GRANTED
        assert statuses["GS-BARIATRIC"] == RequestLineStatus.DENIED
        assert statuses["GS-THYROID"] == RequestLineStatus.STRUCK

    def test_the_lookup_the_day_before_the_day_of_and_what_was_not_granted(self, staff, application):
        step = before_the_board(staff, application)
        assert ask(application).outcome == LookupOutcome.NO
        assert "not yet decided" in ask(application).reasons[0]
        decide(
            staff,
            step,
            answers(
                application,
                changes={"GS-LAP-CHOLE": "With a proctor"},
                refused={"GS-BARIATRIC": "Too few cases"},
            ),
        )
        yes = ask(application)
        assert (yes.outcome, yes.conditions) == (LookupOutcome.YES, ("With a proctor",))
        assert yes.authority == "Governing board, 24 Nov 2026"
        assert yes.decision_uid
        before = ask(application, on=TODAY - dt.timedelta(days=1))
        assert before.outcome == LookupOutcome.NO
        assert "not before" in before.reasons[0]
        struck = ask(application, "GS-THYROID")
        assert (struck.outcome, "struck it" in struck.reasons[0]) == (LookupOutcome.NO, True)
        denied = ask(application, "GS-BARIATRIC")
        assert denied.outcome == LookupOutcome.NO
        assert "the board decided so on 24 Nov 2026" in denied.reasons[0]

    def test_an_fppe_opens_for_every_privilege_granted_and_begins_with_it(self, staff, application):
        decide(
            staff,
            before_the_board(staff, application),
            answers(application, refused={"GS-BARIATRIC": "Too few cases"}),
        )
        assert FPPEPlan.objects.count() == Grant.objects.count() == 14
        core = FPPEPlan.objects.get(grant__privilege__code="GS-LAP-CHOLE")
        assert (core.opened_on, core.due_on, core.cases_required) == (TODAY, dt.date(2027, 5, 23), 5)
        sedation = FPPEPlan.objects.get(grant__privilege__code="GS-SEDATION")
        assert sedation.method == "Retrospective review of sedation records"
        assert not FPPEPlan.objects.filter(grant__privilege__code="GS-BARIATRIC").exists()

    def test_a_decision_recorded_later_starts_on_its_own_day(self, staff, application):
        with clock.freeze(dt.datetime(2026, 11, 10, 17, tzinfo=dt.UTC)):
            step = before_the_board(staff, application)
        decide(staff, step, answers(application), on=dt.date(2026, 11, 20))
        assert GrantPeriod.objects.filter(valid__startswith=dt.date(2026, 11, 20)).count() == 15
        assert ask(application, on=dt.date(2026, 11, 19)).outcome == LookupOutcome.NO
        assert ask(application, on=dt.date(2026, 11, 20)).outcome == LookupOutcome.YES

    def test_the_strictest_limit_sets_the_term(self, world, staff, application):
        from config.rulebook.models import SourceBody

        stricter = SourceBody.objects.create(
            code="state-il", name="Illinois", kind="state", always_binds=True
        )
        set_parameter(world.system, "bylaws.quorum", {"kind": "fixed", "fixed": 1}, subject="other")
        from config.rulebook.models import Parameter, ParameterPeriod

        parameter = Parameter.objects.create(
            code="bylaws.appointment_term_months",
            source_body=stricter,
            created_at=clock.now(),
            created_by=world.system,
        )
        open_period(
            ParameterPeriod,
            parameter,
            valid=DateRange(dt.date(2000, 1, 1), None),
            actor=world.system,
            value=12,
            citation="State",
            confidence="secondary",
        )
        decide(staff, before_the_board(staff, application), answers(application))
        assert AppointmentPeriod.objects.get().end == dt.date(2027, 11, 23)

    def test_a_failure_on_the_way_leaves_nothing_behind(self, staff, application, monkeypatch):
        """The letter is written last, inside the same act: without it nothing was decided."""
        step = before_the_board(staff, application)
        monkeypatch.setattr(store, "put", _full_disk)
        with pytest.raises(OSError, match="No space"):
            decide(staff, step, answers(application))
        application.refresh_from_db()
        assert application.status == "in_review"
        assert not Grant.objects.exists()
        assert not Appointment.objects.exists()
        assert not step.decisions.exists()


def _full_disk(content, **more):
    raise OSError(28, "No space left on device")


class TestNotGranted:
    def test_a_denied_application_creates_no_authority_and_still_a_letter(self, staff, application):
        decide(
            staff,
            before_the_board(staff, application),
            answers(application, everything=LineOutcome.NOT_RECOMMEND),
        )
        application.refresh_from_db()
        assert application.status == "denied"
        assert not Appointment.objects.exists()
        assert not Grant.objects.exists()
        assert not FPPEPlan.objects.exists()
        letter = Letter.objects.get()
        assert letter.content["appointment"] is None
        assert letter.content["not_granted"][0] == {"name": "Appointment", "reason": "All together"}
        assert "hearing" in letter.content["closing"]

    def test_membership_alone_when_every_privilege_is_refused(self, staff, application):
        lines = answers(application, everything=LineOutcome.NOT_RECOMMEND)
        from dataclasses import replace

        lines[0] = replace(lines[0], outcome=LineOutcome.RECOMMEND, reason="")
        decide(staff, before_the_board(staff, application), lines)
        application.refresh_from_db()
        assert application.status == "approved_modified"
        assert Appointment.objects.count() == 1
        assert not Grant.objects.exists()

    def test_a_privilege_without_the_appointment_it_rests_on_is_refused(self, staff, application):
        step = before_the_board(staff, application)
        with pytest.raises(Refused, match="no privilege can be"):
            decide(staff, step, answers(application, refused={"appointment": "Not eligible"}), sure=True)
        application.refresh_from_db()
        assert application.status == "in_review"

    def test_the_history_of_the_application_tells_what_the_body_did(self, staff, application):
        step = before_the_board(staff, application)
        decide(staff, step, answers(application, everything=LineOutcome.DEFER))
        decide(staff, step, answers(application))
        told = [event["text"] for event in files.timeline(files.events_of(application))]
        assert [text for text in told if text.startswith("Governing board")] == [
            "Governing board: Acted",
            "Governing board: Its turn",
            "Governing board: Deferred",
        ]

    def test_a_deferral_leaves_the_file_where_it_is(self, staff, application):
        step = before_the_board(staff, application)
        decide(staff, step, answers(application, everything=LineOutcome.DEFER))
        application.refresh_from_db()
        assert application.status == "in_review"
        assert not Appointment.objects.exists()
        decide(staff, step, answers(application))
        application.refresh_from_db()
        assert application.status == "approved"

    def test_a_recommendation_creates_nothing(self, world, staff, application):
        from bylaws.services.committees import form_committee, seat_member

        set_parameter(
            world.system,
            "bylaws.approval_chain",
            ["department_chair", "board"],
            subject="initial",
        )
        chair = account(world, "chair", Role.DEPARTMENT_CHAIR)
        department = form_committee(
            actor=world.system,
            facility=world.lakeside,
            kind="department",
            name="Surgery",
            department=world.surgery,
        )
        seat_member(
            actor=world.system,
            committee=department,
            user=chair,
            seat_role="chair",
            votes=True,
            start=dt.date(2020, 1, 1),
        )
        board_step = before_the_board(staff, application)
        chairs_step = board_step.case.steps.get(body="department_chair")
        recommend(actor=chair, step=chairs_step, lines=answers(application))
        assert not Appointment.objects.exists()
        assert not Grant.objects.exists()
        decide(staff, board_step, answers(application))
        assert Grant.objects.count() == 15


class TestReappointment:
    def test_the_new_term_begins_where_the_running_one_ends(self, world, staff, person):
        one = person()
        licensed(world, one)
        appoint(world, one, dt.date(2025, 1, 1), dt.date(2026, 12, 31))
        grant(world, one, start=dt.date(2025, 1, 1), last_day=dt.date(2026, 12, 31))
        application = opened(world, staff, one, kind="reappointment")
        asked(staff, application)
        decide(staff, before_the_board(staff, application), answers(application))
        new = AppointmentPeriod.objects.live().order_by("valid").last()
        assert (new.start, new.end) == (dt.date(2027, 1, 1), dt.date(2028, 12, 31))
        for on in (TODAY, dt.date(2026, 12, 31), dt.date(2027, 1, 1), dt.date(2028, 12, 31)):
            assert ask(application, on=on).outcome == (
                LookupOutcome.YES if on <= dt.date(2028, 7, 31) else LookupOutcome.NO
            )
        assert not FPPEPlan.objects.filter(grant__privilege__code="GS-LAP-CHOLE").exists()
        assert FPPEPlan.objects.filter(grant__privilege__code="GS-COLECTOMY").exists()


class TestTheLetter:
    def test_it_says_what_was_decided_and_its_hash_repeats(self, staff, application):
        set_contact_point(
            actor=staff.coordinator, practitioner=application.practitioner, kind="mailing",
            line_1="14 Alder Court", city="Springfield", state="IL", postal_code="62701",
        )  # fmt: skip
        decide(
            staff,
            before_the_board(staff, application),
            answers(
                application,
                changes={"GS-LAP-CHOLE": "With a proctor"},
                refused={"GS-BARIATRIC": "Too few cases"},
            ),
        )
        letter = Letter.objects.get()
        content = letter.content
        assert content["to"] == ["Adaeze Okonkwo, MD", "14 Alder Court", "Springfield, IL 62701"]
        assert content["salutation"] == "Dr. Okonkwo"
        assert content["issued_on"] == "November 24, 2026"
        assert list(letters_to_send(staff.meetings, application.facility)) == [letter]
        assert content["practitioner"]["name"] == "Adaeze Okonkwo, MD"
        assert content["appointment"]["through"] == "November 23, 2028"
        assert {"name": "Bariatric surgery", "reason": "Too few cases"} in content["not_granted"]
        assert content["struck"] == ["Thyroid and parathyroid surgery"]
        lap = next(line for line in content["granted"] if line["code"] == "GS-LAP-CHOLE")
        assert lap["conditions"] == "With a proctor"
        assert len(content["fppe"]) == 2
        stored = store.get(letter.sha256)
        assert stored.startswith(b"%PDF-")
        with clock.freeze(dt.datetime(2027, 3, 1, tzinfo=dt.UTC)):
            assert typeset_again(letter) == stored
        assert bytes_digest(stored) == letter.sha256

    def test_its_text_can_be_read_by_machines(self, staff, application, tmp_path):
        from pypdf import PdfReader

        decide(staff, before_the_board(staff, application), answers(application))
        path = tmp_path / "letter.pdf"
        path.write_bytes(store.get(Letter.objects.get().sha256))
        reader = PdfReader(path)
        text = "\n".join(page.extract_text() for page in reader.pages)
        assert "Laparoscopic cholecystectomy" in text
        assert "Governing board".lower() in text.lower()
        assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
        assert reader.trailer["/Root"]["/Lang"].startswith("en")
        assert reader.metadata.title == "Decision on your application for initial appointment"


class TestReplay:
    def test_frozen_facts_give_the_same_verdicts_and_are_found_again(self, world, staff, application):
        training = credential(world, application.practitioner, "RESIDENCY")
        say(
            world,
            training,
            dt.date(2018, 7, 1),
            dt.date(2023, 6, 30),
            extra={"specialty": "General surgery", "level": "residency", "completed": True},
        )
        decision = decide(staff, before_the_board(staff, application), answers(application))
        assert replay(decision).problems == []

    def test_what_was_learned_later_changes_no_replay(self, world, staff, application):
        decision = decide(staff, before_the_board(staff, application), answers(application))
        with clock.freeze(dt.datetime(2026, 12, 24, tzinfo=dt.UTC)):
            card = credential(world, application.practitioner, "LIFE_SUPPORT")
            say(
                world,
                card,
                dt.date(2026, 1, 1),
                dt.date(2027, 12, 31),
                extra={"course": "ACLS"},
                at=clock.now(),
            )
            assert replay(decision).problems == []

    def test_a_fact_slipped_in_as_known_then_is_named(self, world, staff, application):
        decision = decide(staff, before_the_board(staff, application), answers(application))
        card = credential(world, application.practitioner, "LIFE_SUPPORT")
        say(world, card, dt.date(2026, 1, 1), dt.date(2027, 12, 31), extra={"course": "ACLS"})
        [problem] = replay(decision).problems
        assert f"credential {card.uid} (LIFE_SUPPORT) was not frozen" in problem.sentence


class TestTheDatabase:
    def test_a_grant_before_its_decision_is_refused(self, world, surgeon):
        identity = surgeon.grants.get()
        with pytest.raises(IntegrityError, match="grant_not_before_decision"), transaction.atomic():
            open_period(
                GrantPeriod,
                identity,
                valid=DateRange(dt.date(2025, 1, 1), dt.date(2025, 6, 1)),
                actor=world.system,
            )

    def test_two_live_grants_of_one_privilege_do_not_overlap(self, world, surgeon):
        with pytest.raises(IntegrityError, match="no_overlap"), transaction.atomic():
            grant(world, surgeon, start=dt.date(2027, 1, 1), last_day=dt.date(2029, 1, 1))

    @pytest.mark.parametrize("ends", [(dt.date(2028, 1, 1), None), (None, dt.date(2028, 1, 1))])
    def test_a_grant_without_a_first_or_a_last_day_is_refused(self, world, surgeon, ends):
        identity = surgeon.grants.get()
        with pytest.raises(IntegrityError, match="grant_has_term"), transaction.atomic():
            open_period(GrantPeriod, identity, valid=DateRange(*ends), actor=world.system)

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE privileging_grantperiod SET conditions = 'none'",
            "UPDATE privileging_grantperiod SET valid = daterange('2026-01-01', '2099-01-01')",
            "DELETE FROM privileging_grantperiod",
            "UPDATE privileging_grant SET authority = 'me'",
            "DELETE FROM privileging_grant",
            "UPDATE privileging_requestline SET status = 'withdrawn'",
        ],
    )
    def test_authority_is_not_changed_in_place(self, world, staff, application, surgeon, statement):
        decide(staff, before_the_board(staff, application), answers(application))
        with (
            pytest.raises(Exception, match=r"(?i)never changed|cannot|invalid|protect"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)

    def test_a_term_beyond_the_limit_is_refused(self, world, staff, person):
        with pytest.raises(Refused, match="may last through"):
            open_appointment(
                actor=world.system,
                practitioner=person(),
                facility=world.lakeside,
                decision=None,
                decided_on=TODAY,
                category=world.active,
                department=world.surgery,
                start=TODAY,
                end=dt.date(2028, 11, 25),
                authority="Taken over",
            )


def test_an_application_can_be_opened_at_all(application):
    """The fixtures stand on the services: the application is a draft with the lines asked for."""
    assert application.status == "draft"
    assert applications.SUBJECT_KIND == "application"
