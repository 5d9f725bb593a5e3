"""Amendments: tried on the staff as brute force would, nothing changed by it, and their way into force."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random

import pypdf
import pytest
from django.db import Error, IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bylaws.choices import (
    AmendmentStatus,
    BarKind,
    CommitteeKind,
    DocumentOwner,
    PolicyKind,
    StaffPresence,
)
from bylaws.forms.amendments import ValueForm
from bylaws.models import Amendment, AppointmentPeriod, BallotBox, BallotReturn, StaffAttendance
from bylaws.rules.amending import Counted, count_ballot, too_soon
from bylaws.selectors.amendments import (
    amendable,
    before_members,
    drafts_of,
    text_changes,
    turnout_of,
    voting_members,
)
from bylaws.selectors.compliance import compliance
from bylaws.selectors.simulation import NO_LONGER, NOW, change_of, simulate
from bylaws.services import policies
from bylaws.services.amendments import (
    cast_ballot,
    close_ballot,
    draft_amendment,
    drop_value,
    edit_amendment,
    give_notice,
    link_text,
    open_ballot,
    put_value,
    record_board,
    record_papers,
    withdraw_amendment,
)
from bylaws.services.bars import open_bar
from bylaws.services.committees import form_committee
from bylaws.services.meetings import adjourn, call_to_order, schedule_meeting
from config.accounts.choices import Role
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.kernel.periods import EndKind, supersede
from config.rulebook.models import ParameterPeriod, SourceBody
from config.rulebook.rules import rules
from config.rulebook.selectors.parameters import DraftValue, resolve
from config.rulebook.services.parameters import set_parameter
from config.rulebook.verdicts import Outcome, Verdict
from credentialing.models import MemberMail
from credentialing.services import member_mails
from practitioners.models import Practitioner
from practitioners.services.merging import merge_records
from tests.bylaws.documents import document, in_force
from tests.bylaws.world import NOON, TODAY

DAY = dt.timedelta(days=1)
PERCENT = "bylaws.attendance_percent"
MAJORITY = {"kind": "majority_cast"}


@pytest.fixture
def staff(world):
    """Twelve members, six meetings this year; who came to how many is drawn."""
    chance = random.Random(7)
    general = form_committee(
        actor=world.system, facility=world.facility, kind=CommitteeKind.GENERAL_STAFF, name="Medical staff"
    )
    people = [world.practitioner(f"Member{number} Staff{number:02}") for number in range(12)]
    for number, each in enumerate(people):
        world.appoint(
            each,
            dt.date(2025, 7, 1),
            dt.date(2027, 6, 30),
            category=chance.choice(["active", "active", "courtesy"]),
        )
        if number % 4 == 0:
            open_bar(
                actor=world.coordinator, practitioner=each, facility=world.facility, kind=BarKind.LEAVE,
                start=TODAY - chance.randint(300, 500) * DAY, cause="Leave",
            )  # fmt: skip
        if number % 3:
            world.licence(each, dt.date(2020, 1, 1), dt.date(2030, 1, 1))
    rows = []
    for number in range(6):
        with clock.freeze(NOON - (60 - 9 * number) * DAY):
            meeting = schedule_meeting(actor=world.coordinator, committee=general, starts_at=clock.now())
            meeting = adjourn(
                actor=world.coordinator, meeting=call_to_order(actor=world.coordinator, meeting=meeting)
            )
        rows += [
            StaffAttendance(
                meeting=meeting, practitioner=each, recorded_at=clock.now(), recorded_by=world.system,
                presence=chance.choice([StaffPresence.PRESENT, StaffPresence.ABSENT]),
            )
            for each in people
        ]  # fmt: skip
    StaffAttendance.objects.bulk_create(rows)
    return people


def drafted(world, value=60, code=PERCENT, **more) -> Amendment:
    amendment = draft_amendment(
        actor=world.coordinator,
        facility=world.facility,
        title="Attendance raised to 60 %",
        text="Members of the active staff attend three of five meetings.",
        reason="Quorum was missed twice.",
        takes_effect_on=TODAY + 60 * DAY,
        **more,
    )
    put_value(
        actor=world.coordinator, amendment=amendment, code=code, value=value, citation="Article 12, section 5"
    )
    return amendment


def draft(code, value, subject="", source="bylaws"):
    return DraftValue(code, subject, SourceBody.objects.get(code=source).pk, value, citation="Article 1")


def everything(world, on):
    """Every verdict of every rule, by rule and person."""
    found = compliance(viewer=world.director, facility=world.facility, on=on)
    return {(each.rule.code, person): verdict for each in found for person, verdict in each.verdicts.items()}


#: Values a draft may give, each list tried beside the others.
POSSIBLE = {
    PERCENT: [0, 34, 60, 100],
    "bylaws.attendance_categories": [["courtesy"], ["active", "courtesy"]],
    "bylaws.staff_year_month": [3, 7],
    "bylaws.leave_months": [10, 14],
    "bylaws.appointment_term_months": [12, 24],
    "bylaws.standing_conditions": [[{"rule": "BL-LIC-1", "scope": "all"}], []],
    "bylaws.board_certified_years": [1, 9],
}


@pytest.mark.parametrize("seed", range(12))
def test_what_is_tried_is_what_would_be_judged(world, staff, seed):
    """Against brute force: the values put in force, every rule judged anew, and all of it taken back."""
    chance = random.Random(seed)
    on = chance.choice([TODAY, TODAY - 30 * DAY, TODAY - 200 * DAY])
    chosen = chance.sample(sorted(POSSIBLE), chance.randint(1, 3))
    drafts = [draft(code, chance.choice(POSSIBLE[code])) for code in chosen]
    tried = simulate(viewer=world.director, facility=world.facility, on=on, drafts=drafts)

    before = everything(world, on)
    with transaction.atomic():
        for each in drafts:
            set_parameter(
                actor=world.system, code=each.code, source="bylaws", facility=world.facility,
                valid=DateRange(dt.date(2000, 1, 1), None), value=each.value, citation=each.citation,
                confidence=each.confidence,
            )  # fmt: skip
        after = everything(world, on)
        transaction.set_rollback(True)

    expected = {
        key: change_of(verdict, after[key])
        for key, verdict in before.items()
        if change_of(verdict, after[key])
    }
    assert {(each.rule.code, each.practitioner.pk): each.change for each in tried.changes} == expected
    for each in tried.changes:
        assert each.before == before[each.rule.code, each.practitioner.pk]
        assert each.after == after[each.rule.code, each.practitioner.pk]
    for rule in tried.rules:
        of_rule = [verdict for (code, _), verdict in after.items() if code == rule.rule.code]
        assert rule.after == {
            outcome: sum(each.outcome == outcome for each in of_rule) for outcome in Outcome
        }
        assert sum(rule.after.values()) == sum(rule.before.values()) == rule.total


def test_only_rules_that_read_what_changes_are_judged(world, staff):
    tried = simulate(viewer=world.director, facility=world.facility, on=TODAY, drafts=[draft(PERCENT, 60)])
    assert [each.rule.code for each in tried.rules] == ["BL-MTG-1"]
    assert tried.untouched == len(rules()) - 1


def test_trying_it_writes_nothing(world, staff):
    amendment = drafted(world)

    def rows():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables ORDER BY 1"
            )
            return cursor.fetchall()

    before = rows()
    tried = simulate(viewer=world.director, facility=world.facility, on=TODAY, drafts=drafts_of(amendment))
    assert tried.changes
    assert rows() == before


def test_a_value_weaker_than_what_the_law_asks_changes_nothing(world, staff):
    """Of several sources the stricter binds: sixty days for a report beside the thirty of the law."""
    drafts = [draft("bylaws.data_bank_report_days", 60)]
    tried = simulate(viewer=world.director, facility=world.facility, on=TODAY, drafts=drafts)
    [(before, after)] = tried.values
    assert (before.value, after.value) == (30, 30)
    assert not tried.changes


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (Outcome.MET, Outcome.NOT_MET, NO_LONGER),
        (Outcome.UNKNOWN, Outcome.NOT_MET, "found"),
        (Outcome.NOT_APPLICABLE, Outcome.NOT_MET, NO_LONGER),
        (Outcome.NOT_MET, Outcome.MET, NOW),
        (Outcome.UNKNOWN, Outcome.MET, NOW),
        (Outcome.NOT_MET, Outcome.NOT_APPLICABLE, NOW),
        (Outcome.NOT_MET, Outcome.UNKNOWN, "in_doubt"),
        (Outcome.NOT_APPLICABLE, Outcome.UNKNOWN, "not_known"),
        (Outcome.MET, Outcome.UNKNOWN, "not_known"),
        (Outcome.MET, Outcome.NOT_APPLICABLE, "otherwise"),
        (Outcome.MET, Outcome.MET, ""),
    ],
)
def test_what_becomes_of_somebody(before, after, change):
    assert change_of(Verdict(before, "X", "X", "."), Verdict(after, "X", "X", ".")) == change


def test_due_sooner_and_later():
    one, other = (Verdict(Outcome.MET, "X", "X", ".", due=day) for day in (TODAY, TODAY + DAY))
    assert (change_of(one, other), change_of(other, one)) == ("later", "sooner")


class TestTheBallot:
    @pytest.mark.parametrize(
        ("votes_for", "votes_against", "abstained", "carried"),
        [
            (13, 12, 0, True),
            (12, 12, 1, False),
            (12, 13, 0, False),
            (13, 11, 0, False),  # 24 of 100: too few voted
            (1, 0, 24, True),  # abstentions are votes cast
            (0, 0, 25, False),
        ],
    )
    def test_turnout_and_votes(self, votes_for, votes_against, abstained, carried):
        counted = Counted(100, votes_for, votes_against, abstained)
        assert count_ballot(counted, turnout_percent=25, threshold=MAJORITY).carried is carried

    @given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
    def test_another_vote_for_it_never_loses_it(self, more, votes_for, votes_against, abstained):
        cast = votes_for + votes_against + abstained
        members = cast + more + 1
        ballot = Counted(members, votes_for, votes_against, abstained)
        better = Counted(members, votes_for + 1, votes_against, abstained)
        if count_ballot(ballot, turnout_percent=25, threshold=MAJORITY).carried:
            assert count_ballot(better, turnout_percent=25, threshold=MAJORITY).carried

    def test_nobody_has_a_vote(self):
        assert not count_ballot(Counted(0, 0, 0, 0), turnout_percent=0, threshold=MAJORITY).carried

    @pytest.mark.parametrize(("days", "why"), [(13, True), (14, False), (15, False)])
    def test_days_of_notice(self, days, why):
        assert bool(too_soon(TODAY, TODAY + days * DAY, 14, "The ballot may open")) is why


class TestItsWay:
    def on(self, days: int):
        return clock.freeze(NOON + days * DAY)

    def carried(self, world, votes_for=3, papers=None) -> Amendment:
        amendment = drafted(world)
        give_notice(actor=world.coordinator, amendment=amendment, day=TODAY)
        with self.on(14):
            amendment = open_ballot(actor=world.coordinator, amendment=amendment, day=TODAY + 14 * DAY)
            came = turnout_of(amendment).missing[: votes_for + 1 if papers is None else papers]
            record_papers(
                actor=world.coordinator, amendment=amendment, voters=[each.pk for each in came],
                day=TODAY + 14 * DAY,
            )  # fmt: skip
        with self.on(28):
            return close_ballot(
                actor=world.coordinator, amendment=amendment, day=TODAY + 28 * DAY, votes_for=votes_for,
                votes_against=1, abstained=0,
            )  # fmt: skip

    def test_from_the_draft_into_force(self, world, staff):
        amendment = self.carried(world)
        assert amendment.status == AmendmentStatus.CARRIED
        step = amendment.steps.get(status="carried")
        assert step.voting_members == len(voting_members(world.facility, TODAY + 14 * DAY))
        with self.on(40):
            record_board(
                actor=world.coordinator, amendment=amendment, day=TODAY + 40 * DAY, approved=True,
                note="Meeting of the board", takes_effect_on=TODAY + 60 * DAY,
            )  # fmt: skip
            for days, value in ((59, 50), (60, 60)):
                found = resolve(PERCENT, facility=world.facility, on=TODAY + days * DAY)
                assert (found.value, found.confidence) == (value, "unconfirmed" if days == 59 else "adopted")
        verbs = AuditEvent.objects.filter(subject_uid=amendment.uid).values_list("verb", flat=True)
        assert {"amendment.noticed", "amendment.ballot_opened", "amendment.carried"} <= set(verbs)

    def test_nobody_was_told_of_it_before_it_was_drafted(self, world, staff):
        amendment = drafted(world)
        with pytest.raises(Refused, match="It was drafted on") as refused:
            give_notice(actor=world.coordinator, amendment=amendment, day=TODAY - DAY)
        assert refused.value.field == "day"
        assert not amendment.steps.exists()

    def test_declined_by_the_board_it_changes_nothing(self, world, staff):
        amendment = self.carried(world)
        before = ParameterPeriod.objects.count()
        with self.on(40):
            amendment = record_board(
                actor=world.coordinator, amendment=amendment, day=TODAY + 40 * DAY, approved=False,
                note="Sent back", takes_effect_on=TODAY + 60 * DAY,
            )  # fmt: skip
        assert (amendment.status, ParameterPeriod.objects.count()) == ("declined", before)

    def test_too_few_votes(self, world, staff):
        assert self.carried(world, votes_for=0).status == AmendmentStatus.FAILED

    def test_neither_body_alone_nor_before_its_time(self, world, staff):
        amendment = drafted(world)
        with pytest.raises(Refused, match="cannot become"):
            record_board(
                actor=world.coordinator, amendment=amendment, day=TODAY, approved=True, note="Board",
                takes_effect_on=TODAY,
            )  # fmt: skip
        give_notice(actor=world.coordinator, amendment=amendment, day=TODAY)
        with self.on(13), pytest.raises(Refused, match="14 days after 10 Mar 2026"):
            open_ballot(actor=world.coordinator, amendment=amendment, day=TODAY + 13 * DAY)

    def test_not_in_force_before_the_board_met(self, world, staff):
        amendment = self.carried(world)
        with self.on(40), pytest.raises(Refused, match="at the earliest"):
            record_board(
                actor=world.coordinator, amendment=amendment, day=TODAY + 40 * DAY, approved=True,
                note="Board", takes_effect_on=TODAY + 39 * DAY,
            )  # fmt: skip

    @pytest.mark.parametrize("papers", [2, 5])
    def test_the_papers_counted_are_those_returned(self, world, staff, papers):
        with pytest.raises(Refused, match=f"4 papers were counted, and {papers} are on record"):
            self.carried(world, papers=papers)

    def test_after_the_notice_its_words_stand(self, world, staff):
        amendment = drafted(world)
        give_notice(actor=world.coordinator, amendment=amendment, day=TODAY)
        with pytest.raises(Refused, match="its words and values stand"):
            put_value(
                actor=world.coordinator, amendment=amendment, code=PERCENT, value=70, citation="Article 12"
            )
        withdraw_amendment(actor=world.coordinator, amendment=amendment, reason="Badly worded")
        assert Amendment.objects.get().status == "withdrawn"

    def test_the_database_lets_nothing_be_changed_that_was_noticed(self, world, staff):
        """Its words, its values, and the days that the ballot and the board set, each once."""
        amendment = drafted(world)
        row = amendment.values.get()
        changes = {"title": "Other", "text": "Other", "reason": "Other", "takes_effect_on": TODAY}
        give_notice(actor=world.coordinator, amendment=amendment, day=TODAY)
        for name, value in changes.items():
            with pytest.raises(IntegrityError, match="stands from its notice on"), transaction.atomic():
                Amendment.objects.filter(pk=amendment.pk).update(**{name: value})
        for change in (
            lambda: amendment.values.filter(pk=row.pk).update(value=70),
            lambda: amendment.values.filter(pk=row.pk).delete(),
            lambda: amendment.values.create(
                code="bylaws.leave_months", value=6, citation="Article 9", source_body=row.source_body
            ),
        ):
            with pytest.raises(IntegrityError, match="values of an amendment stand"), transaction.atomic():
                change()
        with self.on(14):
            amendment = open_ballot(actor=world.coordinator, amendment=amendment, day=TODAY + 14 * DAY)
        with pytest.raises(IntegrityError, match="set once"), transaction.atomic():
            Amendment.objects.filter(pk=amendment.pk).update(ballot_until=TODAY + 90 * DAY)

    def test_a_draft_is_edited(self, world):
        amendment = drafted(world)
        edit_amendment(
            actor=world.coordinator, amendment=amendment, title=" Other ", text="Words", reason="Why",
            takes_effect_on=TODAY,
        )  # fmt: skip
        drop_value(actor=world.coordinator, amendment=amendment, uid=amendment.values.get().uid)
        amendment.refresh_from_db()
        assert (amendment.title, amendment.values.count()) == ("Other", 0)

    @pytest.mark.parametrize(
        ("value", "why"),
        [(101, "at most 100"), ("half", "must be a whole number"), (None, "a value is needed")],
    )
    def test_a_value_that_may_not_be(self, world, value, why):
        with pytest.raises(Refused, match=why):
            drafted(world, value)

    def test_beyond_the_legal_limit(self, world):
        with pytest.raises(Refused, match="No accreditor allows"):
            drafted(world, 48, code="bylaws.appointment_term_months")

    def test_what_the_law_alone_sets_is_not_amended(self, world):
        assert ("bylaws.data_bank_report_days", "") not in amendable(world.facility)
        with pytest.raises(Refused, match="The bylaws do not set this"):
            drafted(world, 60, code="bylaws.data_bank_report_days")

    def test_only_who_drafts(self, world):
        with pytest.raises(Forbidden):
            draft_amendment(
                actor=world.chair, facility=world.facility, title="X", text="X", reason="X",
                takes_effect_on=TODAY,
            )  # fmt: skip


class TestText:
    """An amendment linked to a draft of the bylaws."""

    WAS = "# Article 1 Meetings\n\n## 1.1 Attendance\n\nHalf of the meetings.\n\n## 1.2 Quorum\n\nHalf of us."

    @pytest.fixture
    def document(self, world):
        """Bylaws in force, and a draft in which one section reads otherwise."""
        with clock.freeze(NOON - 100 * DAY):
            made = policies.add_policy(
                actor=world.coordinator, facility=world.facility, number="MS-01", title="Bylaws",
                kind=PolicyKind.BYLAWS, owner=DocumentOwner.MEDICAL_STAFF, body=self.WAS,
            )  # fmt: skip
            version = policies.put_before_bodies(actor=world.coordinator, version=made.versions.get())
            for body in policies.bodies_for(made):
                version = self.approve(world, version, body, TODAY - 100 * DAY)
            policies.publish(actor=world.coordinator, version=version, in_force_from=TODAY - 100 * DAY)
        with clock.freeze(NOON - DAY):
            return policies.write_version(
                actor=world.coordinator, policy=made, note="Attendance", newest=1,
                body=self.WAS.replace("Half of the", "Sixty percent of"),
            )  # fmt: skip

    def approve(self, world, version, body, day):
        return policies.record_approval(
            actor=world.coordinator, version=version, body=body, approved_on=day, minutes="Minutes"
        )

    def carried(self, world, version, *, before_bodies=True) -> Amendment:
        amendment = drafted(world)
        amendment = link_text(actor=world.coordinator, amendment=amendment, version=version)
        if before_bodies:
            version = policies.put_before_bodies(actor=world.coordinator, version=version)
            self.approve(world, version, "mec", TODAY)
        give_notice(actor=world.coordinator, amendment=amendment, day=TODAY)
        with clock.freeze(NOON + 14 * DAY):
            amendment = open_ballot(actor=world.coordinator, amendment=amendment, day=TODAY + 14 * DAY)
            voters = [each.pk for each in turnout_of(amendment).voters]
            record_papers(actor=world.coordinator, amendment=amendment, voters=voters, day=TODAY + 14 * DAY)
        with clock.freeze(NOON + 28 * DAY):
            return close_ballot(
                actor=world.coordinator, amendment=amendment, day=TODAY + 28 * DAY, votes_for=len(voters),
                votes_against=0, abstained=0,
            )  # fmt: skip

    def decide(self, world, amendment):
        with clock.freeze(NOON + 40 * DAY):
            return record_board(
                actor=world.coordinator, amendment=amendment, day=TODAY + 40 * DAY, approved=True,
                note="Meeting of the board", takes_effect_on=TODAY + 60 * DAY,
            )  # fmt: skip

    def test_only_the_section_that_reads_otherwise_is_shown(self, client, world, staff, document):
        amendment = link_text(actor=world.coordinator, amendment=drafted(world), version=document)
        assert [each.title for each in text_changes(amendment)] == ["1.1 Attendance"]
        client.force_login(world.coordinator)
        page = client.get(reverse("bylaws:amendment", args=[amendment.uid])).content.decode()
        assert "1 section changed" in page
        assert "1.2 Quorum" not in page

    def test_published_on_the_day_it_is_in_force(self, world, staff, document):
        self.decide(world, self.carried(world, document))
        document.refresh_from_db()
        assert (document.status, document.in_force_from) == ("published", TODAY + 60 * DAY)
        by = dict(document.approvals.values_list("body", "approved_on"))
        assert by["medical_staff"] == TODAY + 28 * DAY
        assert by["board"] == TODAY + 40 * DAY

    def test_nothing_is_in_force_while_a_body_is_missing(self, world, staff, document):
        amendment = self.carried(world, document, before_bodies=False)
        before = ParameterPeriod.objects.count()
        with pytest.raises(Refused, match="goes before the bodies first"):
            self.decide(world, amendment)
        amendment.refresh_from_db()
        assert (amendment.status, ParameterPeriod.objects.count()) == ("carried", before)

    def test_what_notice_was_given_of_is_not_changed_under_the_voters(self, world, staff, document):
        amendment = link_text(actor=world.coordinator, amendment=drafted(world), version=document)
        give_notice(actor=world.coordinator, amendment=amendment, day=TODAY)
        with pytest.raises(Refused, match="Withdraw the amendment first"):
            policies.set_aside(actor=world.coordinator, version=document)
        with pytest.raises(Refused, match="notice of it is given"):
            policies.write_version(
                actor=world.coordinator, policy=document.policy, note="Again", newest=document.number,
                body=self.WAS.replace("Half of the", "Seventy percent of"),
            )  # fmt: skip
        withdraw_amendment(actor=world.coordinator, amendment=amendment, reason="Another draft")
        assert policies.set_aside(actor=world.coordinator, version=document).status == "set_aside"

    def test_what_is_voted_on_comes_into_force_by_the_amendment_alone(self, client, world, staff, document):
        amendment = link_text(actor=world.coordinator, amendment=drafted(world), version=document)
        version = policies.put_before_bodies(actor=world.coordinator, version=document)
        give_notice(actor=world.coordinator, amendment=amendment, day=TODAY)
        version = self.approve(world, version, "mec", TODAY)  # a body before them says so at any time
        with pytest.raises(Refused, match="recorded with the amendment"):
            self.approve(world, version, "medical_staff", TODAY)
        assert version.approvals.count() == 1
        client.force_login(world.coordinator)
        place = [version.policy.uid, version.number]
        page = client.get(reverse("bylaws:policy_approve", args=place)).content.decode()
        assert "recorded with the amendment" in page
        withdraw_amendment(actor=world.coordinator, amendment=amendment, reason="By the meeting instead")
        assert self.approve(world, version, "medical_staff", TODAY).approvals.count() == 2

    def test_what_every_body_approved_before_the_notice_is_not_published_under_the_voters(
        self, client, world, staff, document
    ):
        amendment = link_text(actor=world.coordinator, amendment=drafted(world), version=document)
        version = policies.put_before_bodies(actor=world.coordinator, version=document)
        for body in policies.bodies_for(version.policy):
            version = self.approve(world, version, body, TODAY)
        give_notice(actor=world.coordinator, amendment=amendment, day=TODAY)
        with pytest.raises(Refused, match="comes into force with the amendment"):
            policies.publish(actor=world.coordinator, version=version, in_force_from=TODAY)
        client.force_login(world.coordinator)
        place = [version.policy.uid, version.number]
        page = client.get(reverse("bylaws:policy_publish", args=place)).content.decode()
        assert "comes into force with the amendment" in page

    def test_no_notice_of_what_is_in_force_already(self, world, staff, document):
        amendment = link_text(actor=world.coordinator, amendment=drafted(world), version=document)
        version = policies.put_before_bodies(actor=world.coordinator, version=document)
        for body in policies.bodies_for(version.policy):
            version = self.approve(world, version, body, TODAY)
        policies.publish(actor=world.coordinator, version=version, in_force_from=TODAY)
        amendment.refresh_from_db()
        with pytest.raises(Refused, match="is published already"):
            give_notice(actor=world.coordinator, amendment=amendment, day=TODAY)

    def test_a_draft_belongs_to_one_amendment(self, world, staff, document):
        link_text(actor=world.coordinator, amendment=drafted(world), version=document)
        with pytest.raises(Refused, match="belongs to the amendment"):
            link_text(actor=world.coordinator, amendment=drafted(world), version=document)


class TestVotes:
    """Votes on accounts and on paper, over a ballot opened today."""

    @pytest.fixture
    def ballot(self, world, staff):
        """A ballot opened today, of which three of the voters have accounts."""
        with clock.freeze(NOON - 14 * DAY):
            amendment = drafted(world)
            give_notice(actor=world.coordinator, amendment=amendment, day=TODAY - 14 * DAY)
        amendment = open_ballot(actor=world.coordinator, amendment=amendment, day=TODAY)
        for number, voter in enumerate(turnout_of(amendment).voters[:3]):
            user = world.user(f"voter{number}", Role.PRACTITIONER)
            Practitioner.objects.filter(pk=voter.practitioner_id).update(user=user)
        return amendment

    def voters(self, ballot):
        return [
            each.practitioner.user
            for each in ballot.voters.select_related("practitioner__user").order_by(
                "practitioner__sort_name", "pk"
            )[:3]
        ]

    def count(self, world, ballot, *papers):
        with clock.freeze(NOON + 14 * DAY):
            return close_ballot(
                actor=world.coordinator, amendment=ballot, day=TODAY + 14 * DAY, votes_for=papers[0],
                votes_against=papers[1], abstained=papers[2],
            )  # fmt: skip

    def test_accounts_and_papers_are_counted_together(self, world, ballot):
        one, two, three = self.voters(ballot)
        for user, choice in ((one, "for"), (two, "for"), (three, "against")):
            cast_ballot(actor=user, amendment=ballot, choice=choice)
        assert before_members(one, world.facility) == []
        paper = turnout_of(ballot).missing[0]
        record_papers(actor=world.coordinator, amendment=ballot, voters=[paper.pk], day=TODAY)
        done = self.count(world, ballot, 0, 0, 1)
        step = done.steps.get(status=done.status)
        assert (step.votes_for, step.votes_against, step.abstained) == (2, 1, 1)
        assert done.status == AmendmentStatus.CARRIED
        assert f"4 of {len(turnout_of(ballot).voters)} voting members voted" in step.note

    def test_each_votes_once(self, world, ballot):
        one = self.voters(ballot)[0]
        cast_ballot(actor=one, amendment=ballot, choice="for")
        with pytest.raises(Refused, match="each member votes once"):
            cast_ballot(actor=one, amendment=ballot, choice="against")
        voter = ballot.voters.get(practitioner__user=one)
        with pytest.raises(Refused, match="has voted already"):
            record_papers(actor=world.coordinator, amendment=ballot, voters=[voter.pk], day=TODAY)
        with pytest.raises(IntegrityError), transaction.atomic():
            BallotReturn.objects.create(voter=voter, way="paper", day=TODAY, recorded_by=world.coordinator)
        box = BallotBox.objects.get(amendment=ballot)
        assert (box.votes_for, box.votes_against, box.abstained) == (1, 0, 0)

    def test_whose_record_is_merged_after_the_opening_votes_under_the_account_that_stays(self, world, ballot):
        voter = ballot.voters.filter(practitioner__user=None).earliest("pk")
        member = world.user("Merle Merged")
        kept = world.practitioner("Merle Merged", user=member)
        merge_records(actor=world.director, keep=kept, record=voter.practitioner, reason="One person")
        assert before_members(member, world.facility) == [ballot]
        cast_ballot(actor=member, amendment=ballot, choice="for")
        assert before_members(member, world.facility) == []

    def test_two_records_of_one_person_are_one_vote(self, world, ballot):
        one = self.voters(ballot)[0]
        first = ballot.voters.get(practitioner__user=one)
        second = ballot.voters.filter(practitioner__user=None).earliest("pk")
        twice = AppointmentPeriod.objects.live().filter(practitioner=second.practitioner)
        supersede(list(twice), actor=world.system, kind=EndKind.MISTAKE, reason="Recorded twice")
        merge_records(
            actor=world.director, keep=first.practitioner, record=second.practitioner, reason="One person"
        )
        with pytest.raises(Refused, match="has voted already"):
            record_papers(actor=world.coordinator, amendment=ballot, voters=[first.pk, second.pk], day=TODAY)
        record_papers(actor=world.coordinator, amendment=ballot, voters=[second.pk], day=TODAY)
        assert before_members(one, world.facility) == []
        with pytest.raises(Refused, match="each member votes once"):
            cast_ballot(actor=one, amendment=ballot, choice="for")

    def test_nothing_on_record_says_whose_a_vote_is(self, world, ballot):
        for user in self.voters(ballot):
            cast_ballot(actor=user, amendment=ballot, choice="against")
        numbers = {"id", "amendment", "votes_for", "votes_against", "abstained"}
        assert {each.name for each in BallotBox._meta.fields} == numbers
        assert BallotBox.objects.filter(amendment=ballot).count() == 1  # no row of anybody's
        assert all(
            "against" not in str(told.data) for told in AuditEvent.objects.filter(verb="amendment.voted")
        )

    @pytest.mark.parametrize(
        "change", [{"votes_for": 2}, {"votes_for": 1, "votes_against": 1}, {"abstained": 0}, {"votes_for": 0}]
    )
    def test_the_database_takes_one_vote_at_a_time_and_gives_none_back(self, world, ballot, change):
        cast_ballot(actor=self.voters(ballot)[0], amendment=ballot, choice="abstain")
        with pytest.raises(IntegrityError, match="one vote at a time"), transaction.atomic():
            BallotBox.objects.filter(amendment=ballot).update(**change)
        with pytest.raises(Error), transaction.atomic():
            BallotBox.objects.filter(amendment=ballot).delete()

    def test_one_opened_by_notice_of_the_past_takes_votes_today(self, world, staff):
        with clock.freeze(NOON - 40 * DAY):
            amendment = drafted(world)
            give_notice(actor=world.coordinator, amendment=amendment, day=TODAY - 40 * DAY)
        amendment = open_ballot(actor=world.coordinator, amendment=amendment, day=TODAY - 25 * DAY)
        assert amendment.ballot_until == TODAY

    def test_who_comes_or_leaves_after_the_opening_changes_nothing(self, world, ballot):
        late = world.practitioner("Late Comer")
        world.appoint(late)
        user = world.user("late", Role.PRACTITIONER)
        Practitioner.objects.filter(pk=late.pk).update(user=user)
        with pytest.raises(Forbidden, match="not among those who may vote"):
            cast_ballot(actor=user, amendment=ballot, choice="for")

    def test_only_within_the_window(self, world, ballot):
        one = self.voters(ballot)[0]
        assert ballot.ballot_until == TODAY + 13 * DAY
        with clock.freeze(NOON + 14 * DAY), pytest.raises(Refused, match="through 23 Mar 2026"):
            cast_ballot(actor=one, amendment=ballot, choice="for")
        with pytest.raises(Refused, match="counted from 24 Mar 2026"):
            close_ballot(
                actor=world.coordinator, amendment=ballot, day=TODAY, votes_for=0, votes_against=0,
                abstained=0,
            )  # fmt: skip

    def test_a_window_shorter_than_the_bylaws_ask(self, world, staff):
        with clock.freeze(NOON - 14 * DAY):
            amendment = drafted(world)
            give_notice(actor=world.coordinator, amendment=amendment, day=TODAY - 14 * DAY)
        with pytest.raises(Refused, match="at the earliest"):
            open_ballot(actor=world.coordinator, amendment=amendment, day=TODAY, until=TODAY + 12 * DAY)

    def test_the_page_of_the_vote(self, client, world, ballot):
        one = self.voters(ballot)[0]
        url = reverse("bylaws:amendment_vote", args=[ballot.uid])
        client.force_login(one)
        page = client.get(url).content.decode()
        assert "60 % of the meetings" in page
        assert client.post(url, {"choice": "for"}).status_code == 303
        assert "You have voted." in client.get(url).content.decode()
        client.force_login(world.coordinator)
        assert client.get(url).status_code == 404
        papers = reverse("bylaws:amendment_papers", args=[ballot.uid])
        voter = turnout_of(ballot).missing[0]
        assert client.post(papers, {"day": "2026-03-10", "voters": [voter.pk]}).status_code == 303
        page = client.get(reverse("bylaws:amendment", args=[ballot.uid])).content.decode()
        assert "2 of" in page
        assert "1 on paper" in page


class TestMembersAreTold:
    """Before this, a member could neither read an amendment under notice nor was told of it."""

    @pytest.fixture
    def member(self, world, staff):
        user = world.user("Nora Member", Role.PRACTITIONER)
        user.email = "nora@example.org"
        user.save(update_fields=["email"])
        active = staff[0]
        Practitioner.objects.filter(pk=active.pk).update(user=user)
        assert active.pk in voting_members(world.facility, TODAY)
        return user

    @pytest.fixture
    def noticed(self, world, member):
        amendment = drafted(world)
        give_notice(actor=world.coordinator, amendment=amendment, day=TODAY)
        return amendment

    def text(self, answer):
        return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.content)).pages)

    def test_a_voting_member_reads_it_in_numbers(self, client, world, staff, noticed, member):
        tried = simulate(viewer=world.director, facility=world.facility, on=TODAY, drafts=drafts_of(noticed))
        client.force_login(member)
        answer = client.get(reverse("bylaws:amendment_read", args=[noticed.uid]))
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "Members of the active staff attend three of five meetings." in page
        assert "60 % of the meetings" in page
        assert f"No longer compliant</span> {tried.counted(NO_LONGER)}" in page
        assert tried.changes
        paper = self.text(client.get(reverse("bylaws:amendment_read_paper", args=[noticed.uid])))
        assert f"No longer compliant: {tried.counted(NO_LONGER)}" in paper
        names = [each.display_name.split(",")[0] for each in staff]
        assert [name for name in names if name in page or name in paper] == []

    def test_all_who_are_told_at_once_have_it_tried_once(self, client, world, staff, noticed, member):
        url = reverse("bylaws:amendment_read", args=[noticed.uid])
        client.force_login(member)

        def judged_in(asked):
            return any("bylaws_staffattendance" in each["sql"] for each in asked.captured_queries)

        with CaptureQueriesContext(connection) as asked:
            first = client.get(url)
        assert judged_in(asked)
        with CaptureQueriesContext(connection) as asked:
            again = client.get(url)
        assert not judged_in(asked)
        before, after = first.context["tried"], again.context["tried"]
        assert (before.rules, before.values, before.changes) == (after.rules, after.values, [])
        with clock.freeze(NOON + DAY):
            assert client.get(url).context["tried"].on == TODAY + DAY

    def test_the_paper_for_the_vote_names_nobody_and_the_offices_does(self, client, world, staff, noticed):
        client.force_login(world.coordinator)
        url = reverse("bylaws:amendment_paper", args=[noticed.uid])
        tried = simulate(viewer=world.director, facility=world.facility, on=TODAY, drafts=drafts_of(noticed))
        names = {each.practitioner.display_name.split(",")[0] for each in tried.changes}
        assert all(name in self.text(client.get(url)) for name in names)
        voters = self.text(client.get(url, {"readers": "voters"}))
        assert "To the voting members" in voters
        assert not any(name in voters for name in names)

    def test_nobody_else_and_nothing_before_notice(self, client, world, staff, member):
        amendment = drafted(world)
        url = reverse("bylaws:amendment_read", args=[amendment.uid])
        client.force_login(member)
        assert client.get(url).status_code == 404
        give_notice(actor=world.coordinator, amendment=amendment, day=TODAY)
        assert client.get(url).status_code == 200
        client.force_login(world.user("Otto Outside", Role.PRACTITIONER))
        assert client.get(url).status_code == 404
        assert client.get(reverse("bylaws:amendment_read_paper", args=[amendment.uid])).status_code == 404

    def test_it_stands_on_today_until_the_ballot_then_the_vote_does(self, world, noticed, member):
        assert before_members(member, world.facility) == [noticed]
        assert before_members(world.coordinator, world.facility) == []
        with clock.freeze(NOON + 14 * DAY):
            ballot = open_ballot(actor=world.coordinator, amendment=noticed, day=TODAY + 14 * DAY)
            assert before_members(member, world.facility) == [ballot]
            cast_ballot(actor=member, amendment=ballot, choice="for")
            assert before_members(member, world.facility) == []

    def test_who_acknowledges_the_document_reads_it_without_a_vote(self, world, staff):
        courtesy = world.practitioner("Cora Courtesy", user=(user := world.user("Cora Courtesy")))
        world.appoint(courtesy, category="courtesy")
        assert courtesy.pk not in voting_members(world.facility, TODAY)
        policy = document(world.coordinator, world.facility, "# Article 1 Terms\nWords.")
        in_force(
            world.coordinator, policy.versions.get(), TODAY, acknowledged_by="members",
            acknowledge_until=TODAY + 30 * DAY,
        )  # fmt: skip
        give_notice(actor=world.coordinator, amendment=drafted(world), day=TODAY)
        assert before_members(user, world.facility) == []
        later = policies.write_version(
            actor=world.coordinator,
            policy=policy,
            body="# Article 1 Terms\nOther words.",
            note="Words",
            newest=1,
        )
        amendment = link_text(actor=world.coordinator, amendment=drafted(world), version=later)
        give_notice(actor=world.coordinator, amendment=amendment, day=TODAY)
        assert before_members(user, world.facility) == [amendment]

    def test_they_are_told_by_mail_with_nothing_of_its_words(self, world, noticed, member, mailoutbox):
        mail = MemberMail.objects.get()
        assert (mail.what, mail.recipient) == ("notice", member)
        assert member_mails.send(mail.uid) == "sent"
        (sent,) = mailoutbox
        assert sent.to == ["nora@example.org"]
        assert reverse("bylaws:amendment_read", args=[noticed.uid]) in sent.body
        assert "Attendance" not in sent.subject + sent.body
        assert member_mails.send(mail.uid) == "sent"  # once
        assert len(mailoutbox) == 1
        with clock.freeze(NOON + 14 * DAY):
            ballot = open_ballot(actor=world.coordinator, amendment=noticed, day=TODAY + 14 * DAY)
            again = MemberMail.objects.get(what="ballot")
            cast_ballot(actor=member, amendment=ballot, choice="for")
            assert member_mails.send(again.uid) == "no longer needed"


class TestPages:
    def test_drafted_tried_and_taken_out(self, client, world, staff, django_assert_max_num_queries):
        client.force_login(world.coordinator)
        assert "No amendment has been drafted." in client.get(reverse("bylaws:amendments")).content.decode()
        done = client.post(
            reverse("bylaws:amendment_new"),
            {"title": "Attendance", "text": "Words", "reason": "Why", "takes_effect_on": "2026-05-01"},
        )
        url = done.headers["Location"]
        amendment = Amendment.objects.get()
        assert "add one to try it on the staff" in client.get(url).content.decode()
        value_url = reverse("bylaws:amendment_value", args=[amendment.uid])
        given = {"which": f"{PERCENT}|", "value": "101", "citation": "Article 12"}
        refused = client.post(value_url, given)
        assert refused.status_code == 422
        assert "at most 100 % of the meetings is allowed, not 101" in refused.content.decode()
        client.post(value_url, given | {"value": "100"})
        with django_assert_max_num_queries(20):
            page = client.get(url).content.decode()
        assert "No longer compliant" in page
        assert "50 % of the meetings" in page
        assert 'name="on"' in page
        answer = client.get(url, {"format": "csv", "on": "2026-03-10"})
        rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
        tried = simulate(
            viewer=world.coordinator, facility=world.facility, on=TODAY, drafts=drafts_of(amendment)
        )
        assert [row["Whom or what"] for row in rows] == [
            each.practitioner.display_name for each in tried.changes
        ]
        paper = client.get(reverse("bylaws:amendment_paper", args=[amendment.uid]), {"on": "2026-03-10"})
        text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(paper.content)).pages)
        assert "Amendment: Attendance" in text
        assert all(each.practitioner.display_name.split(",")[0] in text for each in tried.changes)
        drop = reverse("bylaws:amendment_drop", args=[amendment.uid, amendment.values.get().uid])
        client.post(drop)
        assert not amendment.values.exists()

    def test_peer_review_is_on_the_page_for_its_class_and_in_no_file(self, client, world):
        suspended = world.practitioner("Petra Review")
        world.appoint(suspended)
        open_bar(
            actor=world.director, practitioner=suspended, facility=world.facility,
            kind=BarKind.PRECAUTIONARY_SUSPENSION, start=TODAY - 10 * DAY, cause="Imminent danger",
        )  # fmt: skip
        amendment = drafted(world, 5, code="bylaws.precautionary_review_days")
        client.force_login(world.director)
        url = reverse("bylaws:amendment", args=[amendment.uid])
        assert "Petra Review, MD" in client.get(url).content.decode()
        as_file = client.get(url, {"format": "csv"}).getvalue().decode("utf-8-sig")
        assert "BL-HRG-2" not in as_file
        assert "Petra" not in as_file
        paper = client.get(reverse("bylaws:amendment_paper", args=[amendment.uid]))
        text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(paper.content)).pages)
        assert "Petra" not in text
        assert "Rules whose findings are protected are not on this paper: 1." in text

    def test_a_step_before_its_day_is_not_offered(self, client, world, staff):
        client.force_login(world.coordinator)
        amendment = drafted(world)
        url = reverse("bylaws:amendment", args=[amendment.uid])
        opens, counts = (
            reverse(f"bylaws:amendment_{name}", args=[amendment.uid]) for name in ("ballot", "count")
        )
        give_notice(actor=world.coordinator, amendment=amendment, day=TODAY)
        page = client.get(url).content.decode()
        assert "The ballot may open from 24 Mar 2026 on" in page
        assert f'href="{opens}"' not in page
        with clock.freeze(NOON + 14 * DAY):
            assert f'href="{opens}"' in client.get(url).content.decode()
            open_ballot(actor=world.coordinator, amendment=amendment, day=TODAY + 14 * DAY)
            page = client.get(url).content.decode()
            assert "The ballot is counted from 7 Apr 2026 on." in page
            assert f'href="{counts}"' not in page
        with clock.freeze(NOON + 28 * DAY):
            assert f'href="{counts}"' in client.get(url).content.decode()

    def test_one_of_words_alone_says_so_before_notice(self, client, world, staff):
        client.force_login(world.coordinator)
        amendment = drafted(world)
        url = reverse("bylaws:amendment_notice", args=[amendment.uid])
        assert "It changes the text only" not in client.get(url).content.decode()
        drop_value(actor=world.coordinator, amendment=amendment, uid=amendment.values.get().uid)
        assert "It changes the text only" in client.get(url).content.decode()

    def test_values_are_offered_by_provision_in_words(self, world, staff):
        form = ValueForm(amendable=amendable(world.facility))
        groups = dict(form.fields["which"].choices[1:])
        articles = [name for name in groups if name.split()[-1].isdigit()]
        assert len(articles) > 2
        assert articles == sorted(articles, key=lambda name: int(name.split()[-1]))
        assert list(groups)[-1] == "No provision says it yet"
        offered = [key for group in groups.values() for key, _ in group]
        assert sorted(offered) == sorted(form.keys)
        assert not [words for group in groups.values() for _, words in group if "{" in words or "[" in words]

    def test_a_day_nobody_knows_anything_of(self, client, world, staff):
        client.force_login(world.coordinator)
        amendment = drafted(world)
        answer = client.get(reverse("bylaws:amendment", args=[amendment.uid]), {"on": "1850-01-01"})
        assert answer.status_code == 200

    def test_the_way_is_walked_on_pages(self, client, world, staff):
        client.force_login(world.coordinator)
        amendment = drafted(world)

        def act(name, **given):
            return client.post(reverse(f"bylaws:{name}", args=[amendment.uid]), given)

        assert act("amendment_notice", day="2026-03-10").status_code == 303
        early = act("amendment_ballot", day="2026-03-10")
        assert "The ballot may open from 24 Mar 2026 on" in early.content.decode()
        assert act("amendment_withdraw", reason="Badly worded").status_code == 303
        assert "Withdrawn" in client.get(reverse("bylaws:amendments")).content.decode()
