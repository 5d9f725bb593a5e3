"""Amendments: tried on the staff as brute force would, nothing changed by it, and their way into force."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random

import pypdf
import pytest
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bylaws.choices import AmendmentStatus, BarKind, CommitteeKind, StaffPresence
from bylaws.models import Amendment, StaffAttendance
from bylaws.rules.amending import Counted, count_ballot, too_soon
from bylaws.selectors.amendments import amendable, drafts_of, voting_members
from bylaws.selectors.compliance import compliance
from bylaws.selectors.simulation import NO_LONGER, NOW, change_of, simulate
from bylaws.services.amendments import (
    close_ballot,
    draft_amendment,
    drop_value,
    edit_amendment,
    give_notice,
    open_ballot,
    put_value,
    record_board,
    withdraw_amendment,
)
from bylaws.services.bars import open_bar
from bylaws.services.committees import form_committee
from bylaws.services.meetings import adjourn, call_to_order, schedule_meeting
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.rulebook.models import ParameterPeriod, SourceBody
from config.rulebook.rules import rules
from config.rulebook.selectors.parameters import DraftValue, resolve
from config.rulebook.services.parameters import set_parameter
from config.rulebook.verdicts import Outcome, Verdict
from tests.bylaws.world import NOON, TODAY

DAY = dt.timedelta(days=1)
PERCENT = "bylaws.attendance_percent"


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
        assert count_ballot(counted, turnout_percent=25, share_percent=50).carried is carried

    @given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
    def test_another_vote_for_it_never_loses_it(self, more, votes_for, votes_against, abstained):
        cast = votes_for + votes_against + abstained
        members = cast + more + 1
        ballot = Counted(members, votes_for, votes_against, abstained)
        better = Counted(members, votes_for + 1, votes_against, abstained)
        if count_ballot(ballot, turnout_percent=25, share_percent=50).carried:
            assert count_ballot(better, turnout_percent=25, share_percent=50).carried

    def test_nobody_has_a_vote(self):
        assert not count_ballot(Counted(0, 0, 0, 0), turnout_percent=0, share_percent=50).carried

    @pytest.mark.parametrize(("days", "why"), [(13, True), (14, False), (15, False)])
    def test_days_of_notice(self, days, why):
        assert bool(too_soon(TODAY, TODAY + days * DAY, 14, "The ballot may open")) is why


class TestItsWay:
    def on(self, days: int):
        return clock.freeze(NOON + days * DAY)

    def carried(self, world, votes_for=3) -> Amendment:
        amendment = drafted(world)
        give_notice(actor=world.coordinator, amendment=amendment, day=TODAY)
        with self.on(14):
            open_ballot(actor=world.coordinator, amendment=amendment, day=TODAY + 14 * DAY)
        with self.on(28):
            return close_ballot(
                actor=world.coordinator, amendment=amendment, day=TODAY + 28 * DAY, votes_for=votes_for,
                votes_against=1, abstained=0,
            )  # fmt: skip

    def test_from_the_draft_into_force(self, world, staff):
        amendment = self.carried(world)
        assert amendment.status == AmendmentStatus.CARRIED
        step = amendment.steps.get(status="carried")
        assert step.voting_members == voting_members(world.facility, TODAY + 28 * DAY)
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

    def test_more_votes_than_members(self, world, staff):
        with pytest.raises(Refused, match="had a vote on"):
            self.carried(world, votes_for=500)

    def test_after_the_notice_its_words_stand(self, world, staff):
        amendment = drafted(world)
        give_notice(actor=world.coordinator, amendment=amendment, day=TODAY)
        with pytest.raises(Refused, match="its words and values stand"):
            put_value(
                actor=world.coordinator, amendment=amendment, code=PERCENT, value=70, citation="Article 12"
            )
        withdraw_amendment(actor=world.coordinator, amendment=amendment, reason="Badly worded")
        assert Amendment.objects.get().status == "withdrawn"

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
        assert [row["Practitioner"] for row in rows] == [
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
