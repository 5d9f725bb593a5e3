"""Leaving the medical staff: what it ends, what it leaves alone, and that it can be taken back exactly."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.choices import BarKind, BarScope, ClockState, SeatRole
from bylaws.models import AdverseAction, AppointmentPeriod, DataBankQuestion
from bylaws.selectors.data_bank import clocks
from bylaws.selectors.membership import membership_status
from bylaws.services.committees import form_committee, seat_member
from bylaws.services.data_bank import record_data_bank
from bylaws.services.investigations import open_investigation
from config.accounts.choices import Role
from config.accounts.policies import roles_by_facility
from config.accounts.services.users import give_role
from config.audit.models import AuditEvent, ProtectedRead
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.kernel.periods import open_period
from credentialing.choices import ApplicationStatus
from credentialing.models import LetterTemplate
from credentialing.rules.letter_occasions import FAREWELLS
from credentialing.selectors.letter_facts import About, facts_of, offered
from credentialing.services.letter_templates import load_letter_templates
from credentialing.services.letters import issue_letter
from practitioners.choices import CredentialStatus, SaidBy, Standing
from practitioners.models import CredentialPeriod
from practitioners.services.merging import merge_records
from privileging.models import Departure, GrantPeriod
from privileging.selectors.departures import leavers, without_supervisor
from privileging.selectors.lookup import LookupOutcome, can_perform
from privileging.services.departures import record_departures, take_back_departure
from tests.privileging.conftest import NOON, TODAY, appoint, bar, credential, grant, set_parameter
from tests.privileging.files import account, asked, hospital_with_office, opened

pytestmark = pytest.mark.django_db
HOSPITAL = hospital_with_office
LAST = dt.date(2026, 12, 31)
DAY = dt.date(2027, 1, 1)


@pytest.fixture
def staff(world):
    return world.staff


@pytest.fixture
def member(world, staff, person):
    """A physician with a term, two privileges, an account, a seat and an application under way."""
    made = person()
    made.user = account(world, "adaeze", Role.PRACTITIONER)
    made.save(update_fields=["user"])
    give_role(actor=world.system, user=made.user, role=Role.CHIEF_MEDICAL_OFFICER, facility=world.lakeside)
    appoint(world, made)
    grant(world, made)
    grant(world, made, "GS-COLECTOMY")
    committee = form_committee(
        actor=world.system, facility=world.lakeside, kind="credentials_committee", name="Credentials"
    )
    seat_member(
        actor=world.system,
        committee=committee,
        user=made.user,
        seat_role=SeatRole.MEMBER,
        votes=True,
        start=dt.date(2026, 2, 1),
    )
    asked(staff, opened(world, staff, made, kind="reappointment"))
    return made


def leave(staff, world, *people, day=DAY, **more):
    said = {"kind": "resigned", "reason": "Moves to Oregon.", "investigation": "no"} | more
    return record_departures(
        actor=staff.meetings, practitioners=people, facility=world.lakeside, day=day, **said
    )


def live(model, member):
    rows = model.objects.live().filter(practitioner=member)
    return sorted((row.valid.lower, row.valid.upper) for row in rows)


def seats(member, day):
    return member.user.committee_seats.filter(
        periods__superseded_at=None, periods__valid__contains=day
    ).count()


def test_everything_membership_carries_ends_after_the_last_day(world, staff, member):
    (made,) = leave(staff, world, member)

    assert live(AppointmentPeriod, member) == [(dt.date(2026, 1, 1), DAY)]
    assert live(GrantPeriod, member) == [(dt.date(2026, 1, 1), DAY)] * 2
    assert (seats(member, LAST), seats(member, DAY)) == (1, 0)
    member.user.refresh_from_db()
    held = {day: roles_by_facility(member.user, day)[world.lakeside.pk] for day in (LAST, DAY)}
    # The office of a chief medical officer is the hospital's to end.
    assert held == {LAST: {Role.PRACTITIONER, Role.CHIEF_MEDICAL_OFFICER}, DAY: {Role.CHIEF_MEDICAL_OFFICER}}
    assert member.applications.get().status == ApplicationStatus.WITHDRAWN
    assert membership_status(practitioner=member, facility=world.lakeside, on=LAST).is_member
    assert not membership_status(practitioner=member, facility=world.lakeside, on=DAY).is_member
    assert made.action is None
    event = AuditEvent.objects.get(verb="departure.recorded")
    assert event.data == {"kind": "resigned", "from": "2027-01-01"}  # nothing of an investigation


def test_the_ward_is_answered_by_the_day(world, staff, member, long_kept):
    def answer(day):
        return can_perform(
            practitioner=member, privilege_code="GS-LAP-CHOLE", facility=world.lakeside, on=day
        ).outcome

    before = {day: answer(day) for day in (LAST, DAY)}
    leave(staff, world, member)
    assert answer(LAST) == before[LAST]
    assert answer(DAY) == LookupOutcome.NO != before[DAY]


def test_another_hospital_is_left_alone(world, staff, member):
    appoint(world, member, facility=world.harbor)
    leave(staff, world, member)
    assert membership_status(practitioner=member, facility=world.harbor, on=DAY).is_member


def test_a_departure_is_taken_back_on_a_record_that_was_merged_since(world, staff, person):
    one, other = person("Okonkwo", "Ada"), person("Okonkwo", "A.")
    grant(world, one)
    before = live(GrantPeriod, one)
    (made,) = leave(staff, world, one)
    merge_records(actor=world.system, keep=other, record=one, reason="The same license")
    take_back_departure(actor=staff.meetings, departure=made, reason="Stays after all")
    assert live(GrantPeriod, one) == before
    assert AuditEvent.objects.get(verb="departure.taken_back").practitioner_uid == other.uid


def test_it_is_taken_back_exactly(world, staff, member):
    before = {model: live(model, member) for model in (AppointmentPeriod, GrantPeriod)}
    roles = roles_by_facility(member.user, DAY)
    (made,) = leave(staff, world, member)
    with clock.freeze(NOON + dt.timedelta(hours=1)):
        take_back_departure(actor=staff.meetings, departure=made, reason="Stays after all.")

    for model, rows in before.items():
        assert live(model, member) == rows, "one period again, from the first day to the last"
    assert seats(member, DAY) == 1
    member.user.refresh_from_db()
    assert roles_by_facility(type(member.user).objects.get(pk=member.user.pk), DAY) == roles
    assert member.applications.get().status == ApplicationStatus.WITHDRAWN
    with pytest.raises(Refused, match="taken back already"):
        take_back_departure(actor=staff.meetings, departure=made, reason="Again.")
    # And they may leave on the same day after all.
    with clock.freeze(NOON + dt.timedelta(hours=2)):
        leave(staff, world, member)


def test_what_was_recorded_since_is_not_overwritten(world, staff, member):
    (made,) = leave(staff, world, member)
    appoint(world, member, dt.date(2027, 3, 1), at=NOON)
    with pytest.raises(Refused, match="Something holds again from 1 Mar 2027"):
        take_back_departure(actor=staff.meetings, departure=made, reason="A slip.")
    made.refresh_from_db()
    assert made.taken_back_at is None


def test_a_group_leaves_together_or_not_at_all(world, staff, member, person):
    second, stranger = person("Marsh", "Ellen"), person("Nobody", "Ned")
    appoint(world, second)
    with pytest.raises(Refused, match=r"Nobody, Ned .*holds neither an appointment nor a privilege"):
        leave(staff, world, member, second, stranger)
    assert not Departure.objects.exists()
    assert membership_status(practitioner=second, facility=world.lakeside, on=DAY).is_member

    made = leave(staff, world, member, second, kind="contract_ended")
    assert {each.practitioner for each in made} == {member, second}


def test_of_several_nobody_is_said_to_be_under_investigation(world, staff, member, person):
    second = person("Marsh", "Ellen")
    appoint(world, second)
    with pytest.raises(Refused, match="Record whoever left under investigation alone"):
        leave(staff, world, member, second, investigation="yes")


def test_a_death_lies_in_the_past_and_a_restriction_is_told(world, staff, member):
    bar(world, member, TODAY, kind=BarKind.RESTRICTION, scope=BarScope.LISTED, codes=["GS-LAP-CHOLE"])
    with pytest.raises(Refused, match="A death lies in the past"):
        leave(staff, world, member, kind="deceased")
    (leaver,) = leavers([member], world.lakeside, DAY)
    assert leaver.remains[0].startswith("a restriction stands")


def test_what_stands_on_a_merged_record_ends_too(world, staff, person):
    kept, other = person(), person("Okonkwo", "Adaeze", npi=None)
    appoint(world, kept)
    grant(world, other)
    merge_records(actor=world.system, keep=kept, record=other, reason="The same person.")
    (made,) = leave(staff, world, kept)
    assert len(made.ended["grants"]) == 1
    assert live(GrantPeriod, other) == [(dt.date(2026, 1, 1), DAY)]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"reason": " "}, "Say why"),
        ({"kind": "vanished"}, "how it came about"),
        ({"investigation": ""}, "question about an investigation"),
        ({"day": dt.date(2036, 1, 1)}, "cannot be right"),
    ],
)
def test_half_said_it_is_refused(world, staff, member, change, sentence):
    with pytest.raises(Refused, match=sentence):
        leave(staff, world, member, **change)
    assert not Departure.objects.exists()


def test_a_departure_is_recorded_once_and_never_changed(world, staff, member):
    (made,) = leave(staff, world, member)
    with pytest.raises(Refused, match="leaves already, from 1 Jan 2027 on"):
        leave(staff, world, member)
    rows = Departure.objects.filter(pk=made.pk)
    for change in ({"reason": "Another"}, {"investigation": "yes"}, {"day": LAST}):
        with pytest.raises(DatabaseError, match=r"recorded_once|departure"), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError, match="delete"), transaction.atomic():
        rows.delete()


def test_nobody_records_their_own_departure_or_without_the_right(world, staff, member):
    with pytest.raises(Forbidden):
        record_departures(
            actor=staff.coordinator,
            practitioners=[member],
            facility=world.lakeside,
            kind="resigned",
            day=DAY,
            reason="x",
            investigation="no",
        )
    member.user = staff.meetings
    member.save(update_fields=["user"])
    with pytest.raises(Refused, match="own"):
        leave(staff, world, member)


class TestTheDataBank:
    """45 CFR 60.12: who surrenders privileges while under investigation may have to be reported."""

    @pytest.mark.parametrize(("answer", "kind"), [("yes", "surrender"), ("not_known", "surrender_unclear")])
    def test_it_is_a_surrender_on_the_live_list_from_the_first_day_without(
        self, world, staff, member, answer, kind
    ):
        set_parameter(world.system, "bylaws.data_bank_report_days", 30)
        (made,) = leave(staff, world, member, investigation=answer)
        assert (made.action.kind, made.action.practitioner) == (kind, member)
        with clock.freeze(NOON + (DAY - TODAY)):
            (row,) = clocks(staff.meetings, world.lakeside)
        assert (row.subject, row.clock.state) == (made.action, ClockState.DUE)
        assert row.clock.due == DAY + dt.timedelta(days=30)
        told = " ".join(f"{row.reason} {row.data}" for row in AuditEvent.objects.all())
        assert "nvestigation" not in told

    def test_taken_back_its_clock_stops_and_a_report_is_to_be_voided(self, world, staff, member):
        (made,) = leave(staff, world, member, investigation="yes", day=TODAY)
        record_data_bank(
            actor=staff.meetings, subject=made.action, kind="filed", day=TODAY, dcn="5500000012345678"
        )
        with clock.freeze(NOON + dt.timedelta(hours=1)):
            take_back_departure(actor=staff.meetings, departure=made, reason="Stays after all.")
            (row,) = clocks(staff.meetings, world.lakeside)
        assert (row.mistake, row.clock.state) == (True, ClockState.TO_VOID)

    def test_a_plain_no_counts_nothing_and_asks_nothing(self, world, staff, member):
        (made,) = leave(staff, world, member)
        assert made.action is None
        assert not AdverseAction.objects.exists()
        assert not DataBankQuestion.objects.exists()

    def test_a_no_against_the_record_of_an_investigation_is_asked_again(self, world, staff, member):
        open_investigation(
            actor=staff.meetings,
            practitioner=member,
            facility=world.lakeside,
            opened_by="Executive committee, item 7",
            about="Marked outcomes",
            start=TODAY - dt.timedelta(days=10),
        )
        (made,) = leave(staff, world, member)
        asked = DataBankQuestion.objects.get()
        assert (asked.kind, asked.subject_uid, asked.day) == ("given_up", made.uid, DAY)
        assert "Executive committee, item 7" in asked.about
        with clock.freeze(NOON + dt.timedelta(hours=1)):
            take_back_departure(actor=staff.meetings, departure=made, reason="Stays after all.")
        asked.refresh_from_db()
        assert asked.answer == "moot"

    def test_the_database_holds_the_answer_and_the_clock_together(self, world, staff, member):
        (made,) = leave(staff, world, member, investigation="yes")
        made.pk, made.uid, made.action = None, uuid.uuid4(), None
        made.day = DAY + dt.timedelta(days=1)
        with pytest.raises(IntegrityError, match="departure_surrender_is_counted"), transaction.atomic():
            made.save(force_insert=True)

    def test_looking_at_it_is_on_record_and_leads_to_the_clock(self, world, staff, member, client):
        (made,) = leave(staff, world, member, investigation="yes")
        client.force_login(staff.meetings)
        page = client.get(reverse("privileging:departure", args=[made.uid])).content.decode()
        assert "Under investigation, or to avoid one" in page
        assert reverse("bylaws:data_bank_action", args=[made.action.uid]) in page
        assert ProtectedRead.objects.filter(subject_uid=made.uid).count() == 1
        listed = client.get(reverse("privileging:departures"), {"state": "counted"}).content.decode()
        assert str(member) in listed


class TestTheListWithTheDataBank:
    """That the data bank counts a departure says that there was, or may have been, an investigation."""

    LIST = "privileging:departures"
    CELL = r">\s*Counted\s*<"

    @pytest.fixture
    def counted(self, world, staff, member, person, client):
        """Of two who left one is counted."""
        other = person("Marsh", "Ellen")
        appoint(world, other)
        leave(staff, world, member)
        (made,) = leave(staff, world, other, investigation="yes")
        client.force_login(staff.meetings)
        return made

    def told(self, client, **given):
        answer = client.get(reverse(self.LIST), given)
        return (b"".join(answer) if answer.streaming else answer.content).decode()

    def test_reading_it_is_on_record(self, world, counted, client):
        assert len(re.findall(self.CELL, self.told(client))) == 1
        read = ProtectedRead.objects.get()
        assert (read.data_class, read.subject_uid) == ("peer_review", world.lakeside.uid)

    def test_no_file_that_leaves_tells_it_or_is_chosen_by_it(self, counted, client):
        for given in ({}, {"state": "counted"}):
            told = self.told(client, format="csv", **given)
            assert "Okonkwo" in told
            assert "Marsh" in told
            assert "Counted" not in told
            assert "Data bank" not in told
        assert not ProtectedRead.objects.exists()

    def test_nobody_reads_it_of_themselves(self, staff, counted, client, person, world):
        kept = person("Marsh", "E.")
        merge_records(actor=world.system, keep=kept, record=counted.practitioner, reason="The same license")
        kept.user = staff.meetings
        kept.save(update_fields=["user"])
        assert not re.search(self.CELL, self.told(client))
        assert "Marsh" not in self.told(client, state="counted")
        page = client.get(reverse("privileging:departure", args=[counted.uid])).content.decode()
        assert "Under investigation, or to avoid one" not in page


class TestTheLetter:
    """Which letter confirms a departure depends on how it came about."""

    @pytest.mark.parametrize(
        ("kind", "usable"),
        [
            ("resigned", {"resignation"}),
            ("retired", {"resignation"}),
            ("contract_ended", {"membership_ended"}),
            ("not_renewed", {"not_renewed"}),
            ("deceased", set()),
        ],
    )
    def test_it_is_the_one_of_its_kind(self, world, staff, member, kind, usable):
        load_letter_templates(actor=world.system)
        leave(staff, world, member, kind=kind, day=TODAY)
        facts = facts_of(About(member, world.lakeside))
        verdicts = {each.code: verdict for each, verdict in offered(facts) if each.occasion in FAREWELLS}
        assert {code for code, verdict in verdicts.items() if verdict.met} == usable
        others = {verdict.sentence for verdict in verdicts.values() if not verdict.met}
        told = "a person's own work" if kind == "deceased" else "which this letter does not tell"
        assert len(others) == 1
        assert told in others.pop()

    def test_the_page_leads_to_it_and_names_what_was_withdrawn(self, world, staff, member, client):
        load_letter_templates(actor=world.system)
        client.force_login(staff.meetings)
        (made,) = leave(staff, world, member)
        address = reverse("privileging:departure", args=[made.uid])
        write = reverse("credentialing:letter_write_for", args=[member.uid, "resignation"])
        page = client.get(address).content.decode()
        assert write in page
        assert reverse("credentialing:file", args=[member.applications.get().uid]) in page
        assert "end with December 31, 2026" in client.get(write).content.decode()
        letter = issue_letter(
            actor=staff.meetings,
            about=About(member, world.lakeside),
            template=LetterTemplate.objects.get(code="resignation"),
            to="Adaeze Okonkwo, MD",
        )
        page = client.get(address).content.decode()
        assert reverse("credentialing:letter", args=[letter.uid]) in page
        assert write not in page

    def test_whoever_leaves_is_marked_among_those_who_may(self, world, staff, member, client):
        client.force_login(staff.meetings)
        address = reverse("privileging:departure_who")
        assert ">Leaves<" not in client.get(address).content.decode()
        leave(staff, world, member)
        assert "Leaves" in client.get(address, {"format": "csv"}).getvalue().decode().splitlines()[1]


class TestThePages:
    @pytest.fixture
    def office(self, staff, client):
        client.force_login(staff.meetings)
        return client

    def test_chosen_from_the_list_and_recorded(self, world, member, office, person):
        open_period(
            CredentialPeriod,
            credential(world, person("Young", "Ada"), "SUPERVISION"),
            valid=DateRange(dt.date(2026, 1, 1), None),
            actor=world.system,
            standing=Standing.CLAIMED,
            said_by=SaidBy.APPLICANT,
            status=CredentialStatus.ACTIVE,
            extra={"supervisor_npi": member.npi},
        )
        found = office.get(reverse("privileging:departure_who"), {"q": "Okonkwo"})
        assert f'value="{member.uid}"' in found.content.decode()
        address = reverse("privileging:departure_record")
        shown = office.post(address, {"selected": [str(member.uid), "nonsense"]}).content.decode()
        for line in (
            "2 privileges",
            "seat on the Credentials",
            "sign-in as practitioner",
            "reappointment, draft",
            "supervises Young, Ada",
        ):
            assert line in shown
        assert not Departure.objects.exists()
        answer = office.post(
            address,
            {
                "selected": str(member.uid),
                "last_day": "2026-12-31",
                "kind": "retired",
                "reason": "Retires.",
                "investigation": "no",
            },
        )
        made = Departure.objects.get()
        assert answer.headers["Location"] == reverse("privileging:departure", args=[made.uid])
        assert made.day == DAY
        listed = office.get(reverse("privileging:departures")).content.decode()
        assert "Retired" in listed
        assert "31 Dec 2026" in listed

    def test_half_an_answer_keeps_what_was_typed(self, member, office):
        answer = office.post(
            reverse("privileging:departure_record"),
            {"selected": str(member.uid), "last_day": "soon", "reason": "Retires."},
        )
        assert answer.status_code == 422
        assert "Retires." in answer.content.decode()

    def test_nobody_chosen(self, office):
        answer = office.get(reverse("privileging:departure_record"))
        assert "Choose first who leaves" in answer.content.decode()


def test_many_cost_no_more_queries_than_one(world, staff, member, person, django_assert_num_queries):
    others = [person("Marsh", f"E{number}") for number in range(5)]
    for other in others:
        appoint(world, other)
    with django_assert_num_queries(10):
        leavers([member], world.lakeside, DAY)
    with django_assert_num_queries(10):
        found = leavers([member, *others], world.lakeside, DAY)
    assert len(found) == 6
    assert TODAY < DAY


class TestSupervision:
    """A supervising practitioner leaves: the agreements end, the dependents stand on Today, undo restores."""

    @pytest.fixture
    def assistant(self, world, member, person):
        made = person("Young", "Ada")
        grant(world, made)
        open_period(
            CredentialPeriod,
            credential(world, made, "SUPERVISION"),
            valid=DateRange(dt.date(2026, 1, 1), dt.date(2028, 1, 1)),
            actor=world.system,
            standing=Standing.CLAIMED,
            said_by=SaidBy.APPLICANT,
            status=CredentialStatus.ACTIVE,
            extra={"supervisor_npi": member.npi, "agreement": "supervision"},
        )
        return made

    def agreements(self, assistant):
        return [
            (row.valid.lower, row.valid.upper)
            for row in CredentialPeriod.objects.live().filter(
                identity__practitioner=assistant, identity__credential_type__code="SUPERVISION"
            )
        ]

    def unsupervised(self, world, staff, on):
        return list(without_supervisor(staff.meetings, world.lakeside, on))

    def test_the_page_counts_them_for_what_they_are(self, world, staff, member, assistant, client):
        (made,) = leave(staff, world, member)
        client.force_login(staff.meetings)
        page = client.get(reverse("privileging:departure", args=[made.uid])).content.decode()
        assert "1 agreement of supervision" in page

    def test_it_ends_and_is_restored(self, world, staff, member, assistant):
        (made,) = leave(staff, world, member)
        assert self.agreements(assistant) == [(dt.date(2026, 1, 1), DAY)]
        assert self.unsupervised(world, staff, LAST) == []
        assert self.unsupervised(world, staff, DAY) == [assistant]
        event = AuditEvent.objects.get(verb="supervision.ended")
        assert event.practitioner_uid == assistant.uid
        take_back_departure(actor=staff.meetings, departure=made, reason="Stays after all")
        assert self.agreements(assistant) == [(dt.date(2026, 1, 1), dt.date(2028, 1, 1))]
        assert self.unsupervised(world, staff, DAY) == []

    def test_everybody_concerned_is_locked_at_once_in_one_order(self, world, staff, member, assistant):
        def locks(act) -> str:
            """The first query that locks people."""
            with CaptureQueriesContext(connection) as asked:
                act()
            people = 'FROM "practitioners_practitioner"'
            found = [each["sql"] for each in asked if "FOR NO KEY UPDATE" in each["sql"]]
            return next(sql for sql in found if people in sql)

        made = []
        for act in (
            lambda: made.extend(leave(staff, world, member)),
            lambda: take_back_departure(actor=staff.meetings, departure=made[0], reason="Stays after all"),
        ):
            first = locks(act)
            assert 'ORDER BY "practitioners_practitioner"."id" ASC' in first
            assert f"({member.pk}, {assistant.pk})" in first or f"({assistant.pk}, {member.pk})" in first

    def test_who_stays_at_another_hospital_supervises_there(self, world, staff, member, assistant):
        appoint(world, member, facility=world.harbor)
        (leaver,) = leavers([member], world.lakeside, DAY)
        assert "the agreements stay, for other hospitals" in " ".join(leaver.remains)
        leave(staff, world, member)
        assert self.agreements(assistant) == [(dt.date(2026, 1, 1), dt.date(2028, 1, 1))]
