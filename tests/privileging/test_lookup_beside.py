"""What stands beside an answer: granted for a time, proctor needed, what runs out before a day to come."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.accounts.choices import Role
from config.accounts.services.users import system_user
from config.kernel import clock
from config.kernel.periods import EndKind, supersede
from practitioners.choices import CredentialStatus
from privileging.choices import FPPEReason, FPPEStatus, GrantKind
from privileging.models import Grant
from privileging.selectors.lookup import LookupOutcome, can_perform, for_viewer, who_can
from privileging.services.catalogue import approve_version
from privileging.services.fppe import close_fppe, extend_fppe, start_fppe
from tests.privileging.conftest import (
    NOON,
    TODAY,
    credential,
    grant,
    licensed,
    say,
    set_parameter,
)
from tests.privileging.evaluations import evaluation

pytestmark = pytest.mark.django_db
CODE = "GS-LAP-CHOLE"
DAY = dt.timedelta(days=1)
NEXT_YEAR = dt.date(2027, 6, 1)


@pytest.fixture(autouse=True)
def shipped(world):
    """What the product ships."""
    told = ["LICENSE", "DEA", "CDS", "BOARD_CERT", "LIFE_SUPPORT", "MALPRACTICE"]
    set_parameter(world.system, "privileging.told_ahead", told, source="default")


def ask(practitioner, facility, on=TODAY, **more):
    return can_perform(practitioner=practitioner, privilege_code=CODE, facility=facility, on=on, **more)


def plan(practitioner, *, reason=FPPEReason.INITIAL, opened_on=dt.date(2026, 1, 1), cases=5, at=NOON):
    grounds = "Marked words of grounds" if reason == FPPEReason.FOR_CAUSE else ""
    spec = {"cases": cases, "method": "Direct observation"}
    with clock.freeze(at):
        return evaluation(
            Grant.objects.get(practitioner=practitioner), spec, opened_on, reason=reason, grounds=grounds
        )


def close(plan, on):
    start_fppe(actor=system_user(), plans=[plan])
    close_fppe(
        actor=system_user(), plans=[plan], outcome=FPPEStatus.CLOSED_SUCCESS,
        conclusion="Marked words of a proctor", fewer="Seen elsewhere",
    )  # fmt: skip


class TestProctorNeeded:
    def test_of_a_privilege_granted_again_too_and_for_as_many_cases_as_planned_last(
        self, world, surgeon, bylaws_rule
    ):
        set_parameter(world.system, "privileging.fppe_extensions", 1)
        again = plan(surgeon, reason=FPPEReason.AGAIN, at=NOON - 2 * DAY)
        assert "for the first 5 cases" in ask(surgeon, world.lakeside).notes[0]
        before = clock.now()
        with clock.freeze(before + DAY):
            start_fppe(actor=system_user(), plans=[again])
            extend_fppe(actor=system_user(), plans=[again], due_on=NEXT_YEAR, why="Few", more_cases=3)
            assert "for the first 8 cases" in ask(surgeon, world.lakeside, TODAY + DAY).notes[0]
            then = ask(surgeon, world.lakeside, TODAY + DAY, known_at=before)
            assert "for the first 5 cases" in then.notes[0]

    def test_while_the_first_evaluation_is_open_and_not_a_day_longer(self, world, surgeon, user, bylaws_rule):
        opened = plan(surgeon, at=NOON - 2 * DAY)
        told = for_viewer(ask(surgeon, world.lakeside), user(Role.LOOKUP))
        assert told.proctor_needed
        assert told.notes == (
            "Proctor needed for the first 5 cases: the first evaluation of this privilege is open.",
        )
        (holder,) = who_can(privilege_code=CODE, facility=world.lakeside).people
        assert (holder.proctor_needed, holder.notes) == (True, told.notes)
        close(opened, TODAY)
        assert ask(surgeon, world.lakeside, on=TODAY - DAY).proctor_needed
        assert not ask(surgeon, world.lakeside).proctor_needed
        # Yesterday nobody knew that it would close today.
        yesterday = NOON - DAY
        assert ask(surgeon, world.lakeside, known_at=yesterday).proctor_needed
        assert not ask(surgeon, world.lakeside, on=dt.date(2025, 12, 31)).proctor_needed

    def test_not_before_it_was_opened(self, world, surgeon, bylaws_rule):
        plan(surgeon, opened_on=TODAY)
        assert ask(surgeon, world.lakeside).proctor_needed
        assert not ask(surgeon, world.lakeside, known_at=NOON - DAY).proctor_needed
        assert not ask(surgeon, world.lakeside, on=TODAY - DAY).proctor_needed

    @pytest.mark.parametrize("reason", [FPPEReason.FOR_CAUSE, FPPEReason.RETURN])
    def test_an_evaluation_for_another_reason_is_told_to_nobody(
        self, world, surgeon, user, bylaws_rule, reason
    ):
        plan(surgeon, reason=reason)
        for role in (Role.LOOKUP, Role.CREDENTIALING_COORDINATOR):
            told = for_viewer(ask(surgeon, world.lakeside), user(role))
            assert (told.proctor_needed, told.notes) == (False, ())
            assert "evaluat" not in str(told.as_data()).lower()


class TestGrantedForATime:
    @pytest.mark.parametrize(
        ("kind", "sentence"),
        [
            (GrantKind.TEMPORARY_NEED, "Temporary privileges for a care need, until 31 Dec 2027."),
            (GrantKind.TEMPORARY_APPLICANT, "Temporary privileges of an applicant, until 31 Dec 2027."),
            (GrantKind.LOCUM, "Locum tenens, until 31 Dec 2027."),
            (GrantKind.TELEMEDICINE, "Telemedicine by proxy, until 31 Dec 2027."),
            (GrantKind.DISASTER, "Disaster privileges, until 31 Dec 2027."),
        ],
    )
    def test_a_yes_says_so(self, world, person, bylaws_rule, kind, sentence):
        one = person()
        licensed(world, one)
        grant(world, one, kind=kind)
        answer = ask(one, world.lakeside)
        assert (answer.outcome, answer.notes, answer.granted_as) == (LookupOutcome.YES, (sentence,), kind)
        (holder,) = who_can(privilege_code=CODE, facility=world.lakeside).people
        assert (holder.notes, holder.granted_as) == ((sentence,), kind)

    def test_a_full_one_does_not(self, world, surgeon, bylaws_rule):
        assert ask(surgeon, world.lakeside).notes == ()


class TestADayToCome:
    @pytest.fixture
    def papers(self, world, surgeon):
        for code, last_day in (
            ("DEA", dt.date(2027, 5, 31)),
            ("MALPRACTICE", dt.date(2026, 12, 31)),
            ("LIFE_SUPPORT", NEXT_YEAR),
            ("BOARD_CERT", TODAY - DAY),
            ("IMMUNIZATION", dt.date(2027, 1, 31)),
            ("HEALTH_CLEARANCE", dt.date(2027, 1, 31)),
        ):
            say(world, credential(world, surgeon, code, number=code), dt.date(2020, 1, 1), last_day)
        elsewhere = credential(world, surgeon, "LICENSE", state="CA", number="CA1")
        say(world, elsewhere, dt.date(2020, 1, 1), dt.date(2027, 1, 31))

    def test_it_names_what_runs_out_before_it_and_nothing_of_health(
        self, world, surgeon, user, bylaws_rule, papers
    ):
        told = for_viewer(ask(surgeon, world.lakeside, on=NEXT_YEAR), user(Role.LOOKUP))
        assert told.outcome == LookupOutcome.YES
        assert [(each.what, each.last_day) for each in told.ahead] == [
            ("Malpractice", dt.date(2026, 12, 31)),
            ("Dea", dt.date(2027, 5, 31)),
        ]
        assert told.as_data()["ends_before"][0] == {"what": "Malpractice", "last_day": "2026-12-31"}
        # The last day itself is still covered; the day after is not.
        after = ask(surgeon, world.lakeside, on=NEXT_YEAR + DAY)
        assert [each.what for each in after.ahead] == ["Malpractice", "Dea", "Life support"]
        assert ask(surgeon, world.lakeside).ahead == ()

    def test_a_renewal_that_is_recorded_is_not_named(self, world, surgeon, bylaws_rule, papers):
        cover = surgeon.credentials.get(credential_type__code="MALPRACTICE")
        with clock.freeze(NOON + dt.timedelta(hours=1)):
            before = clock.now() - dt.timedelta(minutes=1)
            say(world, cover, dt.date(2027, 1, 1), dt.date(2027, 12, 31), at=clock.now())
            assert [each.what for each in ask(surgeon, world.lakeside, on=NEXT_YEAR).ahead] == ["Dea"]
            then = ask(surgeon, world.lakeside, on=NEXT_YEAR, known_at=before)
            assert [each.what for each in then.ahead] == ["Malpractice", "Dea"]

    @pytest.mark.parametrize("code", ["DEA", "CDS", "MALPRACTICE", "LICENSE"])
    def test_what_another_of_its_kind_goes_on_with_is_not_named(self, world, surgeon, bylaws_rule, code):
        state = "IL" if code == "LICENSE" else ""
        old = credential(world, surgeon, code, number="OLD", state=state)
        say(world, old, dt.date(2020, 1, 1), dt.date(2026, 12, 31))

        def named():
            return [each.what for each in ask(surgeon, world.lakeside, on=NEXT_YEAR).ahead]

        before = [f"{code.capitalize()}, IL" if state else code.capitalize()]
        if code == "LICENSE":
            surgeon_license = surgeon.credentials.exclude(number="OLD").get(credential_type__code="LICENSE")
            supersede(
                list(surgeon_license.periods.all()), actor=world.system, kind=EndKind.MISTAKE,
                reason="Not theirs", at=NOON,
            )  # fmt: skip
            before = ["State license, IL"]
        assert named() == before
        gone = credential(world, surgeon, code, number="GONE", state=state)
        say(world, gone, dt.date(2026, 12, 1), dt.date(2028, 12, 31), status=CredentialStatus.REVOKED)
        short = credential(world, surgeon, code, number="SHORT", state=state)
        say(world, short, dt.date(2026, 12, 1), NEXT_YEAR - DAY)
        assert len(named()) == 2  # neither is good on the day
        new = credential(world, surgeon, code, number="NEW", state=state)
        say(world, new, dt.date(2027, 1, 1), dt.date(2028, 12, 31))
        assert named() == []

    def test_two_certificates_are_two_things_and_another_state_is_another(self, world, surgeon, bylaws_rule):
        for number, last_day in (("BLS", dt.date(2026, 12, 31)), ("ACLS", dt.date(2028, 12, 31))):
            say(
                world,
                credential(world, surgeon, "LIFE_SUPPORT", number=number),
                dt.date(2020, 1, 1),
                last_day,
            )
        say(world, credential(world, surgeon, "DEA", state="IL", number="1"), TODAY, dt.date(2026, 12, 31))
        say(world, credential(world, surgeon, "DEA", state="CA", number="2"), TODAY, dt.date(2028, 12, 31))
        found = ask(surgeon, world.lakeside, on=NEXT_YEAR).ahead
        assert sorted(each.what for each in found) == ["Dea, IL", "Life support"]

    def test_which_are_told_the_hospital_says(self, world, surgeon, bylaws_rule, papers):
        set_parameter(world.system, "privileging.told_ahead", ["DEA"])
        assert [each.what for each in ask(surgeon, world.lakeside, on=NEXT_YEAR).ahead] == ["Dea"]

    def test_the_end_of_license_term_and_grant_is_the_reason_of_a_no(
        self, world, surgeon, bylaws_rule, papers
    ):
        after = dt.date(2028, 1, 1)
        answer = ask(surgeon, world.lakeside, on=after)
        assert answer.outcome == LookupOutcome.NO
        assert answer.reasons == (
            "The grant ended with 31 Dec 2027.",
            "The appointment at Lakeside Medical Center ended with 31 Dec 2027.",
        )

    def test_the_ward_is_not_told_of_a_no_what_the_bylaws_do_not_share(
        self, world, surgeon, user, bylaws_rule, papers
    ):
        told = for_viewer(ask(surgeon, world.lakeside, on=dt.date(2028, 1, 1)), user(Role.LOOKUP))
        assert (told.outcome, told.ahead) == (LookupOutcome.NO, ())


def test_beside_a_yes_there_is_one_query_more_and_for_a_day_to_come_another(world, surgeon, bylaws_rule):
    def cost(on):
        with CaptureQueriesContext(connection) as queries:
            ask(surgeon, world.lakeside, on=on)
        return len(queries)

    today = cost(TODAY)
    assert cost(TODAY + DAY) == today + 2  # and which credentials are told


class TestThePages:
    @pytest.fixture
    def ward(self, client, user):
        client.force_login(user(Role.LOOKUP))
        return client

    def text(self, answer):
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())

    def test_the_answer_shows_what_stands_beside_it(self, world, surgeon, ward, bylaws_rule):
        plan(surgeon)
        say(world, credential(world, surgeon, "DEA"), dt.date(2020, 1, 1), dt.date(2027, 1, 31))
        asked = {"person": surgeon.npi, "privilege": CODE, "on": str(NEXT_YEAR)}
        page = self.text(ward.get(reverse("privileging:lookup"), asked))
        assert "Proctor needed for the first 5 cases" in page
        assert "Runs out before that day, unless renewed" in page
        assert "Emergency care is not a grant" in page

    def test_who_could_do_it_as_known_then(self, world, surgeon, ward, bylaws_rule):
        row = surgeon.grant_periods.get()
        supersede([row], actor=world.system, kind=EndKind.MISTAKE, reason="Wrong person", at=NOON)
        address = reverse("privileging:who_can")
        asked = {"privilege": CODE, "on": str(TODAY)}
        assert ward.get(address, asked).context["found"].count == 0
        # The facility's own time: NOON is 11:00 in Chicago.
        then = ward.get(address, asked | {"known_at": "2026-11-24T10:59"})
        assert then.context["found"].count == 1
        assert "before later corrections" in self.text(then)
        assert ward.get(address, asked | {"known_at": "2026-11-24T11:00"}).context["found"].count == 0
        wrong = ward.get(address, asked | {"known_at": "some day"})
        assert wrong.status_code == 422


def test_a_grant_on_an_example_form_says_so_until_a_body_approved_it(world, surgeon, bylaws_rule):
    assert ask(surgeon, world.lakeside).example
    (holder,) = who_can(privilege_code=CODE, facility=world.lakeside, on=TODAY).people
    assert holder.example
    before = clock.now()
    version = Grant.objects.get().form_line.version
    with clock.freeze(NOON + dt.timedelta(minutes=5)):
        approve_version(actor=world.system, version=version, approved_by="MEC", approved_on=TODAY)
        assert not ask(surgeon, world.lakeside).example
        (holder,) = who_can(privilege_code=CODE, facility=world.lakeside, on=TODAY).people
        assert not holder.example
        assert ask(surgeon, world.lakeside, known_at=before).example
