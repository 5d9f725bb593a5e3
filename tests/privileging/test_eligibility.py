"""Not accepted for processing: no denial, with a reason and a letter, and taken back in before the review."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from bylaws.models import DataBankQuestion, Decision
from bylaws.services.investigations import open_investigation
from bylaws.subjects import handler
from config.accounts.choices import Role
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.kernel.registries import queues
from config.rulebook.services.parameters import check_value
from credentialing.choices import ApplicationStatus
from credentialing.models import LetterTemplate
from credentialing.selectors.letter_facts import About, facts_of
from credentialing.services import applications
from credentialing.services.letter_templates import load_letter_templates
from credentialing.services.letters import issue_letter
from privileging.choices import RenewalRoute, RequestLineStatus
from privileging.models import LineProcessing, RequestLine
from privileging.parameters import RENEWAL_UNMET
from privileging.selectors.eligibility import eligibility_of
from privileging.selectors.lookup import can_perform, for_viewer
from privileging.services.eligibility import not_accept, take_back_in
from privileging.services.volumes import record_case_volume
from tests.privileging.conftest import NOON, TODAY, appoint, grant, set_parameter
from tests.privileging.files import asked, hospital_with_office, opened

pytestmark = pytest.mark.django_db
HOSPITAL = hospital_with_office
REASON = "12 bariatric cases in the last 24 months are on file, 25 are needed."


@pytest.fixture
def staff(world, bylaws_rule):
    return world.staff


def cases(staff, person, group="gs-bariatric", number=12):
    record_case_volume(
        actor=staff.coordinator,
        practitioner=person,
        procedure_group=group,
        performed_from=TODAY - dt.timedelta(days=700),
        performed_through=TODAY - dt.timedelta(days=10),
        cases=number,
        source="Log",
    )


@pytest.fixture
def application(world, staff, person):
    """Submitted; bariatric surgery is asked for with too few cases, everything else is not known yet."""
    one = opened(world, staff, person())
    asked(staff, one, special=["GS-BARIATRIC"])
    cases(staff, one.practitioner)
    applications.submit(actor=staff.coordinator, application=one)
    one.refresh_from_db()
    return one


@pytest.fixture
def renewal(world, staff, person):
    """A member holds bariatric surgery, asks to renew it, and does not meet its criteria for renewal."""
    member = person()
    appoint(world, member)
    grant(world, member, "GS-BARIATRIC")
    one = opened(world, staff, member, kind="reappointment")
    asked(staff, one, special=["GS-BARIATRIC"])
    cases(staff, member)
    applications.submit(actor=staff.coordinator, application=one)
    one.refresh_from_db()
    return one


def line(application, code="GS-BARIATRIC") -> RequestLine:
    return RequestLine.objects.get(request__application=application, form_line__privilege__code=code)


def leave(staff, application, *, reason=REASON, **more):
    return not_accept(
        actor=staff.coordinator,
        application=application,
        keys=[str(line(application).uid)],
        reason=reason,
        **more,
    )


class TestNotAccepted:
    def test_what_falls_short_is_offered_and_what_is_not_known_is_not(self, application):
        state = eligibility_of(application, TODAY)
        assert [each.label for each in state.choosable] == ["Bariatric surgery"]

    def test_it_is_not_accepted_with_its_reason_and_the_facts_it_rests_on(self, staff, application):
        assert leave(staff, application) == (["Bariatric surgery"], [])
        assert line(application).status == RequestLineStatus.NOT_ACCEPTED
        word = LineProcessing.objects.get()
        assert (word.accepted, word.reason, word.investigation) == (False, REASON, "")
        assert word.criteria["outcome"] == "NOT_MET"
        event = AuditEvent.objects.get(verb="request_line.not_accepted")
        assert event.reason == REASON

    def test_no_body_answers_it_and_nobody_is_denied_anything(self, staff, application):
        leave(staff, application)
        step = before_the_board_from_submitted(staff, application)
        codes = {each.detail for each in handler("application").lines(application.uid, TODAY)}
        assert "GS-BARIATRIC" not in codes
        assert "GS-LAP-CHOLE" in codes
        assert step.case.practitioner == application.practitioner
        assert not Decision.objects.exists()
        assert not RequestLine.objects.filter(status=RequestLineStatus.DENIED).exists()

    def test_the_lookup_says_not_granted_and_nothing_more(self, world, staff, application, user):
        leave(staff, application)
        answer = can_perform(
            practitioner=application.practitioner, privilege_code="GS-BARIATRIC", facility=world.lakeside
        )
        assert answer.reasons[0] == "Bariatric surgery has not been granted at Lakeside Medical Center."
        told = str(for_viewer(answer, user(Role.LOOKUP)).as_data())
        assert "Not authorized." in told
        assert not any(
            word in told.lower() for word in (REASON.lower(), "accepted", "denied", "bariatric cases")
        )

    def test_it_is_taken_back_in_with_a_reason(self, staff, application):
        leave(staff, application)
        key = str(line(application).uid)
        take_back_in(
            actor=staff.coordinator, application=application, keys=[key], reason="The log was incomplete."
        )
        assert line(application).status == RequestLineStatus.REQUESTED
        assert [word.accepted for word in LineProcessing.objects.order_by("pk")] == [False, True]

    def test_ticking_it_again_on_the_form_does_not_take_it_back_in(self, staff, application):
        leave(staff, application)
        asked(staff, application, special=["GS-BARIATRIC"])
        assert line(application).status == RequestLineStatus.NOT_ACCEPTED

    def test_once_a_body_has_the_file_it_stays_as_it_is(self, staff, application):
        leave(staff, application)
        before_the_board_from_submitted(staff, application)
        application.refresh_from_db()
        with pytest.raises(Refused, match="The application is in review"):
            take_back_in(
                actor=staff.coordinator,
                application=application,
                keys=[str(line(application).uid)],
                reason="The log was incomplete.",
            )

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"reason": " "}, "Write the reason"),
            ({"keys": []}, "Choose at least one"),
            ({"keys": ["nothing"]}, "look at the page again"),
        ],
    )
    def test_bad_input_is_refused_whole(self, staff, application, change, sentence):
        given = {"keys": [str(line(application).uid)], "reason": REASON} | change
        with pytest.raises(Refused, match=sentence):
            not_accept(actor=staff.coordinator, application=application, **given)
        assert not LineProcessing.objects.exists()

    def test_what_is_not_known_yet_cannot_be_left(self, staff, application):
        core = line(application, "GS-ADMIT")
        with pytest.raises(Refused, match="not known yet"):
            not_accept(actor=staff.coordinator, application=application, keys=[str(core.uid)], reason=REASON)

    def test_a_draft_has_not_come_in(self, world, staff, person):
        draft = opened(world, staff, person())
        asked(staff, draft, special=["GS-BARIATRIC"])
        cases(staff, draft.practitioner)
        with pytest.raises(Refused, match="has not come in"):
            leave(staff, draft)

    def test_others_may_not(self, staff, application, user):
        with pytest.raises(Forbidden):
            not_accept(
                actor=user(Role.DEPARTMENT_CHAIR),
                application=application,
                keys=[str(line(application).uid)],
                reason=REASON,
            )


def before_the_board_from_submitted(staff, application):
    """As :func:`before_the_board`, of an application that came in already."""
    applications.accept(actor=staff.coordinator, application=application)
    application.refresh_from_db()
    application.items.update(status="not_applicable")
    applications.complete(actor=staff.coordinator, application=application)
    application.refresh_from_db()
    return applications.send_to_review(actor=staff.coordinator, application=application).steps.first()


class TestRenewal:
    def test_by_the_shipped_parameter_the_bodies_decide_on_what_is_held(self, staff, renewal):
        state = eligibility_of(renewal, TODAY)
        assert [(each.label, each.held) for each in state.open] == [("Bariatric surgery", True)]
        assert state.choosable == ()
        with pytest.raises(Refused, match="the reviewing bodies decide whether it is renewed"):
            leave(staff, renewal)

    @pytest.fixture
    def lapsing(self, world):
        return set_parameter(world.system, "privileging.renewal_unmet", "not_renewed")

    def test_where_it_ends_with_the_term_the_question_is_asked_first(self, staff, renewal, lapsing):
        assert eligibility_of(renewal, TODAY).asks_investigation
        with pytest.raises(Refused, match="question about an investigation"):
            leave(staff, renewal)
        assert leave(staff, renewal, investigation="no") == (["Bariatric surgery"], [])
        assert line(renewal).status == RequestLineStatus.NOT_ACCEPTED

    def test_taken_back_in_nobody_is_asked_and_left_out_again_somebody_is(
        self, world, staff, renewal, lapsing
    ):
        open_investigation(
            actor=staff.meetings,
            practitioner=renewal.practitioner,
            facility=world.lakeside,
            opened_by="Executive committee",
            about="Outcomes",
            start=TODAY,
        )
        leave(staff, renewal, investigation="no")
        assert DataBankQuestion.objects.get().answer == ""
        keys = [str(line(renewal).uid)]
        take_back_in(actor=staff.coordinator, application=renewal, keys=keys, reason=REASON)
        assert DataBankQuestion.objects.get().answer == "moot"
        leave(staff, renewal, investigation="no")
        assert sorted(DataBankQuestion.objects.values_list("answer", flat=True)) == ["", "moot"]

    @pytest.mark.parametrize("answer", ["yes", "not_known"])
    def test_anything_but_a_no_sends_it_to_the_bodies(self, staff, renewal, lapsing, answer):
        assert leave(staff, renewal, investigation=answer) == ([], ["Bariatric surgery"])
        assert line(renewal).status == RequestLineStatus.REQUESTED
        state = eligibility_of(renewal, TODAY)
        assert state.choosable == ()
        assert state.open[0].routed is not None

    def test_no_line_of_a_core_leads_around_the_question(self, world, staff, person, lapsing):
        """The first line was struck when the rest went to the bodies, and is asked for again after."""
        member = person()
        appoint(world, member)
        for code in ("GS-ADMIT", "GS-APPENDECTOMY"):
            grant(world, member, code)
        one = opened(world, staff, member, kind="reappointment")
        asked(staff, one, struck=["GS-ADMIT"])
        cases(staff, member, group="gs-major", number=3)
        applications.submit(actor=staff.coordinator, application=one)
        one.refresh_from_db()
        keys = [str(line(one, "GS-APPENDECTOMY").uid)]
        not_accept(
            actor=staff.coordinator, application=one, keys=keys, reason=REASON, investigation="not_known"
        )
        asked(staff, one)
        state = eligibility_of(one, TODAY)
        assert [each.label for each in state.open] == ["General surgery, core"]
        assert state.open[0].routed is not None
        keys = [state.open[0].key]
        with pytest.raises(Refused, match="It goes to the reviewing bodies"):
            not_accept(actor=staff.coordinator, application=one, keys=keys, reason=REASON, investigation="no")
        assert line(one, "GS-ADMIT").status == RequestLineStatus.REQUESTED

    def test_a_parameter_that_says_neither_lets_nothing_end(self, world, staff, renewal, client):
        set_parameter(world.system, "privileging.renewal_unmet", "not-renewed")
        sentence = 'privileging.renewal_unmet says "not-renewed", and can only say bodies or not_renewed'
        with pytest.raises(Refused, match=sentence):
            leave(staff, renewal, investigation="no")
        assert line(renewal).status == RequestLineStatus.REQUESTED
        client.force_login(staff.coordinator)
        page = client.get(reverse("privileging:eligibility", args=[renewal.uid]))
        assert page.status_code == 200
        assert "until it is mended nothing that is held is left unprocessed" in page.content.decode()

    def test_the_parameter_can_only_be_one_of_the_two(self):
        with pytest.raises(Refused, match="must be bodies or not_renewed") as refused:
            check_value(RENEWAL_UNMET, "not-renewed")
        assert refused.value.field == "value"
        assert [check_value(RENEWAL_UNMET, each) for each in RenewalRoute.values] == ["bodies", "not_renewed"]

    def test_the_answer_is_on_no_page(self, staff, renewal, lapsing, client):
        leave(staff, renewal, investigation="yes")
        client.force_login(staff.coordinator)
        page = client.get(reverse("privileging:eligibility", args=[renewal.uid])).content.decode()
        assert "It goes to the reviewing bodies" in page
        assert "Under investigation, or to avoid one" not in page


class TestTheLetter:
    def test_it_names_what_is_not_accepted_and_that_it_is_no_denial(self, world, staff, application):
        load_letter_templates(actor=world.system)
        template = LetterTemplate.objects.get(code="not_accepted")
        about = About(application.practitioner, application.facility, application)
        with pytest.raises(Refused, match="Everything asked for is accepted"):
            issue_letter(actor=staff.coordinator, about=about, template=template)
        leave(staff, application)
        queue = next(each for each in queues.all() if each.code == "not_accepted_untold")
        assert queue.items(staff.coordinator, world.lakeside, 5)[0] == 1
        letter = issue_letter(
            actor=staff.coordinator, about=about, template=template, to="Dr. Okonkwo\n4 Elm Street"
        )
        assert f"Bariatric surgery: {REASON}" in str(letter.content)
        assert "This is no denial" in str(letter.content)
        assert "no right to a hearing" in str(letter.content)
        assert queue.items(staff.coordinator, world.lakeside, 5)[0] == 0
        assert facts_of(about).situation.not_accepted == 1

    def queued(self, world, staff) -> int:
        queue = next(each for each in queues.all() if each.code == "not_accepted_untold")
        return queue.items(staff.coordinator, world.lakeside, 5)[0]

    def write(self, world, staff, application):
        load_letter_templates(actor=world.system)
        return issue_letter(
            actor=staff.coordinator,
            about=About(application.practitioner, application.facility, application),
            template=LetterTemplate.objects.get(code="not_accepted"),
            to="Dr. Okonkwo\n4 Elm Street",
        )

    def test_what_is_left_after_a_letter_is_to_be_told_as_well(self, world, staff, application):
        leave(staff, application)
        with clock.freeze(NOON + dt.timedelta(hours=1)):
            self.write(world, staff, application)
            assert self.queued(world, staff) == 0
        cases(staff, application.practitioner, group="gs-major", number=3)
        core = str(line(application, "GS-ADMIT").uid)
        with clock.freeze(NOON + dt.timedelta(hours=2)):
            not_accept(actor=staff.coordinator, application=application, keys=[core], reason=REASON)
            assert self.queued(world, staff) == 1
        with clock.freeze(NOON + dt.timedelta(hours=3)):
            self.write(world, staff, application)
            assert self.queued(world, staff) == 0

    def test_who_is_before_the_board_without_a_letter_is_still_to_be_told(self, world, staff, application):
        leave(staff, application)
        before_the_board_from_submitted(staff, application)
        assert self.queued(world, staff) == 1


class TestThePage:
    def page(self, application):
        return reverse("privileging:eligibility", args=[application.uid])

    def test_left_and_taken_back_in(self, staff, client, application):
        client.force_login(staff.coordinator)
        key = str(line(application).uid)
        page = client.get(self.page(application)).content.decode()
        assert "Do not accept for processing" in page
        wrong = client.post(self.page(application), {"leave-keys": [key], "leave-reason": ""})
        assert wrong.status_code == 422
        assert not LineProcessing.objects.exists()
        right = client.post(self.page(application), {"leave-keys": [key], "leave-reason": REASON})
        assert right.status_code == 303
        page = client.get(self.page(application)).content.decode()
        assert REASON in page
        back = reverse("privileging:take_back_in", args=[application.uid])
        assert client.post(back, {"back-keys": [key], "back-reason": ""}).status_code == 422
        assert client.post(back, {"back-keys": [key], "back-reason": "The log was cut."}).status_code == 303
        assert line(application).status == RequestLineStatus.REQUESTED

    def test_the_file_leads_there_and_says_what_is_left_out(self, staff, client, application):
        client.force_login(staff.coordinator)
        leave(staff, application)
        page = client.get(reverse("credentialing:file", args=[application.uid])).content.decode()
        assert "Not accepted for processing" in page
        assert self.page(application) in page

    def test_queries(self, staff, client, application, django_assert_max_num_queries):
        client.force_login(staff.coordinator)
        leave(staff, application)
        with django_assert_max_num_queries(20):
            client.get(self.page(application))

    def test_an_application_in_review_says_why_nothing_can_be_done(self, staff, client, application):
        before_the_board_from_submitted(staff, application)
        application.refresh_from_db()
        assert application.status == ApplicationStatus.IN_REVIEW
        client.force_login(staff.coordinator)
        page = client.get(self.page(application)).content.decode()
        assert "no longer changed here" in page
        assert client.post(self.page(application), {}).status_code == 422
