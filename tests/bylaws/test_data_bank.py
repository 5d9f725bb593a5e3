"""The clock of the data bank: golden cases around the 31st day and the day a report is due, who may see it,
and what is recorded.
"""

import datetime as dt

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bylaws.choices import BarKind, ClockState, DataBankRecordKind
from bylaws.models import AdverseAction, DataBankRecord
from bylaws.rules import data_bank
from bylaws.rules.data_bank_clock import clock_of
from bylaws.rules.days_picture import picture_of
from bylaws.selectors.compliance import compliance
from bylaws.selectors.data_bank import clocks, get_counted, open_clocks
from bylaws.services.bars import lift_bar, open_bar, void_bar
from bylaws.services.data_bank import end_action, record_action, record_data_bank, void_action
from config.audit.models import AuditEvent, ProtectedRead
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.rulebook.rules import judge_many
from config.rulebook.selectors.parameters import Bound, resolve
from config.rulebook.verdicts import Outcome
from tests.bylaws.world import NOON, TODAY
from tests.judging import ON, RANK, assert_plain, bounds, near, quickly

DAY = dt.timedelta(days=1)
FIRST = dt.date(2026, 3, 1)
RUNNING, ENDED, DUE, OVERDUE = (ClockState.RUNNING, ClockState.ENDED, ClockState.DUE, ClockState.OVERDUE)


# --- the clock ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "state", "number"),
    [
        (dt.date(2026, 2, 28), ClockState.AHEAD, None),
        (dt.date(2026, 3, 1), RUNNING, 1),
        (dt.date(2026, 3, 30), RUNNING, 30),
        (dt.date(2026, 3, 31), DUE, 31),
        (dt.date(2026, 4, 30), DUE, 61),
        (dt.date(2026, 5, 1), OVERDUE, 62),
    ],
)
def test_the_effective_day_is_day_one_reportable_on_the_31st_due_30_days_later(on, state, number):
    found = clock_of(effective=FIRST, ends=None, on=on, must=True, days_to_report=30)
    assert (found.state, found.number) == (state, number)
    assert (found.reportable_on, found.due) == (dt.date(2026, 3, 31), dt.date(2026, 4, 30))


@pytest.mark.parametrize(
    ("effective", "reportable_on", "due"),
    [
        (dt.date(2028, 1, 30), dt.date(2028, 2, 29), dt.date(2028, 3, 30)),
        (dt.date(2028, 2, 29), dt.date(2028, 3, 30), dt.date(2028, 4, 29)),
        (dt.date(2027, 1, 30), dt.date(2027, 3, 1), dt.date(2027, 3, 31)),
    ],
)
def test_the_days_of_a_leap_year_are_counted(effective, reportable_on, due):
    found = clock_of(effective=effective, ends=None, on=effective, must=True, days_to_report=30)
    assert (found.reportable_on, found.due) == (reportable_on, due)


@pytest.mark.parametrize(
    ("first_without", "state"),
    [
        (dt.date(2026, 3, 30), ENDED),
        (dt.date(2026, 3, 31), ENDED),  # in force for thirty days
        (dt.date(2026, 4, 1), OVERDUE),  # still in force on its 31st day
    ],
)
def test_what_ended_before_its_31st_day_is_not_reportable(first_without, state):
    on = dt.date(2026, 6, 1)
    found = clock_of(effective=FIRST, ends=first_without, on=on, must=True, days_to_report=30)
    assert found.state == state


def test_what_is_given_up_under_investigation_is_reportable_at_once_for_any_length():
    for ends in (None, FIRST + DAY):
        found = clock_of(effective=FIRST, ends=ends, on=FIRST, must=True, at_once=True, days_to_report=30)
        assert (found.state, found.due) == (DUE, dt.date(2026, 3, 31))
    late = clock_of(
        effective=FIRST, ends=None, on=dt.date(2026, 4, 1), must=True, at_once=True, days_to_report=30
    )
    assert late.state == OVERDUE


def test_others_than_physicians_and_dentists_may_be_reported():
    found = clock_of(effective=FIRST, ends=None, on=dt.date(2026, 6, 1), must=False, days_to_report=30)
    assert found.state == ClockState.MAY


def test_a_report_about_what_did_not_last_is_to_be_voided():
    asked = {"effective": FIRST, "on": dt.date(2026, 4, 2), "must": True, "days_to_report": 30}
    filed, voided = DataBankRecordKind.FILED, DataBankRecordKind.VOIDED
    short = dt.date(2026, 3, 31)
    assert clock_of(ends=None, last=filed, **asked).state == ClockState.FILED
    assert clock_of(ends=short, last=filed, **asked).state == ClockState.TO_VOID
    assert clock_of(ends=short, last=voided, **asked).state == ClockState.VOIDED


@pytest.mark.parametrize(
    ("days", "due", "state"),
    [
        (30, dt.date(2026, 4, 30), OVERDUE),
        (31, dt.date(2026, 5, 1), DUE),
        (None, None, DUE),  # where nothing says how soon, nothing is ever late
    ],
)
def test_how_soon_a_report_is_due_the_parameter_says(days, due, state):
    found = clock_of(effective=FIRST, ends=None, on=dt.date(2026, 5, 1), must=True, days_to_report=days)
    assert (found.due, found.state) == (due, state)
    assert [mark.label for mark in picture_of(found, dt.date(2026, 5, 1)).marks][2:] == (
        ["Report due"] if due else []
    )


# --- what enters, who sees it ---------------------------------------------------------------------------


def suspended(world, practitioner=None, *, start=FIRST, kind="precautionary_suspension", actor=None, **more):
    return open_bar(
        actor=actor or world.coordinator,
        practitioner=practitioner or world.practitioner(),
        facility=world.facility,
        kind=kind,
        cause="Marked cause",
        start=start,
        **more,
    )


def test_suspensions_and_restrictions_enter_leaves_and_administrative_ones_never(world):
    bars = [suspended(world, kind=kind) for kind in ("precautionary_suspension", "restriction")]
    for kind in ("leave", "administrative_suspension"):
        suspended(world, kind=kind)
    suspended(world, kind="restriction", rule_code="BL-LIC-1")
    assert {each.subject for each in clocks(world.coordinator, world.facility)} == set(bars)


def test_separate_actions_do_not_add_up_and_a_mistake_never_stood(world):
    person = world.practitioner()
    first = suspended(world, person, start=TODAY - 40 * DAY)
    lift_bar(actor=world.coordinator, bar=first, day=TODAY - 20 * DAY, reason="Over")
    suspended(world, person, start=TODAY - 20 * DAY)
    states = [each.clock.state for each in clocks(world.coordinator, world.facility)]
    assert states == [ENDED, RUNNING]
    void_bar(actor=world.coordinator, bar=first, reason="Wrong person")
    assert len(clocks(world.coordinator, world.facility)) == 1


def test_proctoring_imposed_for_cause_counts_whatever_it_is_called(world):
    action = record_action(
        actor=world.coordinator,
        practitioner=world.practitioner(),
        facility=world.facility,
        kind="proctoring",
        cause="The next five cases.",
        start=TODAY - 30 * DAY,
    )
    assert get_counted(viewer=world.coordinator, uid=action.uid).clock.state == DUE
    end_action(actor=world.coordinator, action=action, day=TODAY, reason="Five cases done")
    # It was in force on its 30th day and not on its 31st.
    assert get_counted(viewer=world.coordinator, uid=action.uid).clock.state == ENDED


def test_who_sees_it_holds_the_permission_and_the_class_and_never_their_own(world):
    own = suspended(world, world.practitioner("Mara Quist", user=world.coordinator), actor=world.director)
    assert clocks(world.coordinator, world.facility) == []
    assert get_counted(viewer=world.coordinator, uid=own.uid) is None
    assert len(clocks(world.director, world.facility)) == 1
    for other in (world.chair, world.members[0], world.user("Cy Compliance", "compliance_officer")):
        assert clocks(other, world.facility) == []
        assert get_counted(viewer=other, uid=own.uid) is None
        with pytest.raises(Forbidden):
            record_data_bank(actor=other, subject=own, kind="filed", day=TODAY, dcn="1")
    with pytest.raises(Forbidden):
        record_data_bank(actor=world.coordinator, subject=own, kind="filed", day=TODAY, dcn="1")


# --- what is recorded -----------------------------------------------------------------------------------


def test_a_report_is_filed_and_voided(world):
    bar = suspended(world, start=TODAY - 35 * DAY)
    record = {"actor": world.coordinator, "subject": bar}
    with pytest.raises(Refused, match="No report is on record"):
        record_data_bank(kind="voided", day=TODAY, reason="Ended", **record)
    for dcn, sentence in (("", "Give the document control number"), ("a/b", "letters and digits")):
        with pytest.raises(Refused, match=sentence):
            record_data_bank(kind="filed", day=TODAY, dcn=dcn, **record)
    with pytest.raises(Refused, match="lies ahead"):
        record_data_bank(kind="filed", day=TODAY + DAY, dcn="55001", **record)
    with pytest.raises(Refused, match="before the action began"):
        record_data_bank(kind="filed", day=TODAY - 36 * DAY, dcn="55001", **record)
    assert not DataBankRecord.objects.exists()
    record_data_bank(kind="filed", day=TODAY, dcn="5500 1", **record)
    assert get_counted(viewer=world.director, uid=bar.uid).clock.state == ClockState.FILED
    for kind in ("filed", "not_reported"):
        with pytest.raises(Refused, match="Report 55001 is on record"):
            record_data_bank(kind=kind, day=TODAY, dcn="2", reason="Why", **record)
    with pytest.raises(Refused, match="Say why"):
        record_data_bank(kind="voided", day=TODAY, **record)
    with pytest.raises(Refused, match="before what was recorded last"):
        record_data_bank(kind="voided", day=TODAY - DAY, reason="Overturned", **record)
    record_data_bank(kind="voided", day=TODAY, reason="Overturned", **record)
    # While the suspension stands, a void settles nothing: it is to be reported again.
    assert get_counted(viewer=world.director, uid=bar.uid).clock.state == ClockState.DUE
    lift_bar(actor=world.coordinator, bar=bar, day=TODAY, reason="Overturned")
    assert get_counted(viewer=world.director, uid=bar.uid).clock.state == ClockState.VOIDED


def test_that_none_is_due_is_not_decided_before_it_could_be(world):
    bar = suspended(world, start=TODAY - 2 * DAY)
    with pytest.raises(Refused, match="Nothing is due before"):
        record_data_bank(
            actor=world.director, subject=bar, kind="not_reported", day=TODAY, reason="A week at most"
        )
    assert not DataBankRecord.objects.exists()


def test_a_leave_is_never_counted(world):
    leave = suspended(world, start=TODAY - 40 * DAY, kind=BarKind.LEAVE)
    with pytest.raises(Refused, match="does not count this"):
        record_data_bank(actor=world.director, subject=leave, kind="filed", day=TODAY, dcn="1")


def test_who_has_not_the_class_is_not_told_by_compliance(world, client):
    person = world.practitioner()
    world.appoint(person)
    bar = suspended(world, person, start=TODAY - 70 * DAY)
    for role, told in (("compliance_officer", False), ("chief_executive", False), ("director", True)):
        viewer = world.director if role == "director" else world.user(f"Reads {role}", role)
        found = {each.rule.code for each in compliance(viewer=viewer, facility=world.facility, on=TODAY)}
        assert ("BL-NPDB-3" in found, "BL-HRG-2" in found) == (told, told)
    client.force_login(world.user("Otto Officer", "compliance_officer"))
    page = client.get(reverse("bylaws:compliance"), {"rule": "BL-NPDB-3", "outcome": "all"})
    assert "report was due" not in page.content.decode()
    # Nor is anybody told about themselves.
    own = bar.practitioner
    own.user = world.director
    own.save()
    results = compliance(viewer=world.director, facility=world.facility, on=TODAY)
    rule = next(each for each in results if each.rule.code == "BL-NPDB-3")
    assert own.pk not in rule.verdicts


def test_the_decision_not_to_report_has_a_reason_and_its_words_stay_out_of_the_trail(world):
    bar = suspended(world, start=TODAY - 70 * DAY)
    assert get_counted(viewer=world.director, uid=bar.uid).clock.state == OVERDUE
    with pytest.raises(Refused, match="Say why"):
        record_data_bank(actor=world.director, subject=bar, kind="not_reported", day=TODAY)
    record_data_bank(
        actor=world.director, subject=bar, kind="not_reported", day=TODAY, reason="Marked reason"
    )
    record_action(
        actor=world.director,
        practitioner=bar.practitioner,
        facility=world.facility,
        kind="surrender",
        cause="Marked cause",
        start=TODAY,
    )
    told = AuditEvent.objects.filter(verb__startswith="data_bank") | AuditEvent.objects.filter(
        verb__startswith="adverse_action"
    )
    assert told.count() == 2
    for event in told:
        said = f"{event.reason} {event.data} {event.subject_label}"
        assert "Marked" not in said
        assert "investigation" not in said


@pytest.mark.parametrize(
    ("more", "field"),
    [({"kind": "scolding"}, "kind"), ({"cause": " "}, "cause"), ({"start": dt.date(1990, 1, 1)}, "start")],
)
def test_an_action_that_cannot_be_is_refused(world, more, field):
    given = {"kind": "revocation", "cause": "What happened", "start": TODAY} | more
    with pytest.raises(Refused) as refusal:
        record_action(
            actor=world.director, practitioner=world.practitioner(), facility=world.facility, **given
        )
    assert refusal.value.field == field
    assert not AdverseAction.objects.exists()


# --- recorded by mistake --------------------------------------------------------------------------------


@pytest.fixture
def wrong(world):
    """A surrender recorded on the wrong person."""
    return record_action(
        actor=world.coordinator,
        practitioner=world.practitioner(),
        facility=world.facility,
        kind="surrender",
        cause="Marked cause",
        start=TODAY - 5 * DAY,
    )


def test_an_action_recorded_by_mistake_is_taken_back_and_its_clock_stops(world, wrong):
    with clock.freeze(NOON + DAY):
        void_action(actor=world.director, action=wrong, reason="Marked reason: another person")
        (row,) = wrong.periods.all()
        assert (row.superseded_by, row.end_reason) == (world.director, "Marked reason: another person")
        assert get_counted(viewer=world.director, uid=wrong.uid).clock.state == ClockState.VOIDED
        person = wrong.practitioner
        assert judged(world, person, TODAY + DAY).outcome == Outcome.NOT_APPLICABLE
        # As known before it was taken back, it is due.
        assert judged(world, person, TODAY, NOON + DAY / 2).outcome == Outcome.MET
        with pytest.raises(Refused, match="already recorded as a mistake"):
            void_action(actor=world.director, action=wrong, reason="Again")
        with pytest.raises(Refused, match="recorded by mistake"):
            end_action(actor=world.director, action=wrong, day=TODAY, reason="Over")
        with pytest.raises(Refused, match="nothing to report"):
            record_data_bank(actor=world.director, subject=wrong, kind="filed", day=TODAY, dcn="1")
    event = AuditEvent.objects.get(verb="adverse_action.voided")
    assert "Marked" not in f"{event.reason} {event.data} {event.subject_label}"


def test_taking_back_needs_a_reason_the_class_and_another_file_than_ones_own(world, wrong):
    with pytest.raises(Refused, match="Say why") as refusal:
        void_action(actor=world.director, action=wrong, reason=" ")
    assert refusal.value.field == "reason"
    with pytest.raises(Forbidden):
        void_action(actor=world.chair, action=wrong, reason="Not so")
    own = wrong.practitioner
    own.user = world.director
    own.save()
    with pytest.raises(Forbidden):
        void_action(actor=world.director, action=wrong, reason="Not so")


@pytest.mark.parametrize("what", ["action", "bar"])
def test_a_report_on_record_is_still_to_be_voided(world, wrong, what):
    subject = wrong if what == "action" else suspended(world, start=TODAY - 40 * DAY)
    record_data_bank(actor=world.director, subject=subject, kind="filed", day=TODAY, dcn="55001")
    if what == "action":
        void_action(actor=world.director, action=subject, reason="Another person")
    else:
        void_bar(actor=world.director, bar=subject, reason="Another person")
    assert get_counted(viewer=world.director, uid=subject.uid).clock.state == ClockState.TO_VOID
    assert subject in {each.subject for each in open_clocks(clocks(world.director, world.facility))}
    record_data_bank(actor=world.director, subject=subject, kind="voided", day=TODAY, reason="Another person")
    assert get_counted(viewer=world.director, uid=subject.uid).clock.state == ClockState.VOIDED


def test_the_page_names_what_stays_and_shows_who_took_it_back(world, wrong, client):
    bar = suspended(world, wrong.practitioner, start=TODAY - 3 * DAY)
    record_data_bank(actor=world.director, subject=wrong, kind="filed", day=TODAY, dcn="55001")
    client.force_login(world.director)
    here = reverse("bylaws:data_bank_action", args=[wrong.uid])
    page = " ".join(client.get(here).content.decode().split())
    assert "Report 55001 stays on record with the data bank" in page
    assert "Precautionary suspension from 7 Mar 2026 stays" in page
    assert client.post(here, {"act": "void", "void-reason": ""}).status_code == 422
    assert client.post(here, {"act": "void", "void-reason": "Another person"}).status_code == 303
    page = " ".join(client.get(here).content.decode().split())
    assert "Another person" in page
    assert "Recorded by mistake" in page
    assert 'name="act" value="void"' not in page
    assert bar.periods.live().exists()


# --- BL-NPDB-3 ------------------------------------------------------------------------------------------


def judged(world, person, on, known_at=None):
    return judge_many(
        data_bank.RULE, facility=world.facility, on=on, known_at=known_at, practitioner_ids=[person.pk]
    )[person.pk]


@pytest.mark.parametrize(
    ("on", "outcome"),
    [
        (FIRST - DAY, Outcome.NOT_APPLICABLE),
        (dt.date(2026, 3, 30), Outcome.NOT_APPLICABLE),
        (dt.date(2026, 3, 31), Outcome.MET),
        (dt.date(2026, 4, 30), Outcome.MET),
        (dt.date(2026, 5, 1), Outcome.NOT_MET),
    ],
)
def test_the_rule_is_broken_from_the_day_after_the_report_was_due(world, on, outcome):
    person = world.practitioner()
    world.appoint(person)
    suspended(world, person)
    verdict = judged(world, person, on)
    assert verdict.outcome == outcome
    if outcome == Outcome.NOT_MET:
        assert verdict.since == dt.date(2026, 5, 1)


def test_a_report_meets_it_and_what_was_known_before_stays(world):
    person = world.practitioner()
    world.appoint(person)
    bar = suspended(world, person)
    late = dt.datetime(2026, 5, 5, 17, tzinfo=dt.UTC)
    with clock.freeze(late):
        record_data_bank(actor=world.director, subject=bar, kind="filed", day=dt.date(2026, 5, 5), dcn="1")
    on = dt.date(2026, 5, 6)
    assert judged(world, person, on).outcome == Outcome.MET
    assert judged(world, person, on, late - DAY).outcome == Outcome.NOT_MET
    assert judged(world, person, on, NOON - 30 * DAY).outcome == Outcome.NOT_APPLICABLE


def test_how_soon_it_is_due_is_never_guessed(world):
    person = world.practitioner()
    world.appoint(person)
    suspended(world, person)
    facts = data_bank.RULE.facts(world.facility, dt.date(2026, 5, 1), None, [person.pk])[person.pk]
    code = "bylaws.data_bank_report_days"
    assert data_bank.judge(facts, {code: Bound(code, "", None)}).outcome == Outcome.UNKNOWN
    bound = resolve(code, facility=world.facility, on=dt.date(2026, 5, 1))
    assert (bound.value, bound.confidence) == (30, "unconfirmed")
    assert data_bank.judge(facts, {code: bound}).outcome == Outcome.NOT_MET


def test_reading_compliance_with_what_is_peer_review_is_logged(world, client):
    world.appoint(world.practitioner())
    for viewer, logged in ((world.director, 1), (world.user("Otto Officer", "compliance_officer"), 0)):
        client.force_login(viewer)
        before = ProtectedRead.objects.count()
        assert client.get(reverse("bylaws:compliance")).status_code == 200
        reads = list(ProtectedRead.objects.order_by("pk"))[before:]
        assert [(each.data_class, each.subject_uid) for each in reads] == [
            ("peer_review", world.facility.uid)
        ] * logged


LENGTH = st.none() | st.integers(1, 60)
ACTIONS = st.lists(
    st.fixed_dictionaries(
        {
            "effective": near(-100, 0),
            "ends": st.none(),
            "must": st.booleans(),
            "at_once": st.booleans(),
            "last": st.sampled_from([None, None, "filed", "not_reported"]),
            "mistake": st.just(False),
        }
    ),
    max_size=3,
)


@quickly
@given(ACTIONS, st.lists(LENGTH, min_size=3, max_size=3), LENGTH)
def test_not_met_exactly_when_one_that_lasted_is_unreported_past_its_days(actions, lasting, days):
    """BL-NPDB-3 for any actions: what ended before its 31st day needs none, more days never make it worse."""
    actions = [
        each | {"ends": None if length is None else each["effective"] + length * DAY}
        for each, length in zip(actions, lasting, strict=False)
    ]

    def verdict(days, actions=actions):
        limit = bounds(bylaws__data_bank_report_days=days)
        return assert_plain(data_bank.judge, {"on": ON, "actions": actions}, limit, days=13)

    found = verdict(days)
    must = [
        each["effective"] + (0 if each["at_once"] else 30) * DAY
        for each in actions
        if each["must"] and each["last"] is None
        and (each["at_once"] or each["ends"] is None or (each["ends"] - each["effective"]).days > 30)
    ]  # fmt: skip
    open_ones = [day for day in must if day <= ON]
    if not open_ones:
        assert found.outcome in (Outcome.MET, Outcome.NOT_APPLICABLE)
        lasted = [each for each in actions if each["last"] == "filed"]
        assert found.outcome == Outcome.NOT_APPLICABLE or lasted
    elif days is None:
        assert found.outcome == Outcome.UNKNOWN
    else:
        late = min(open_ones) + days * DAY < ON
        assert found.outcome == (Outcome.NOT_MET if late else Outcome.MET)
        passed = (ON - min(open_ones)).days
        assert passed < 1 or verdict(passed).outcome == Outcome.MET  # to the day
        assert passed < 2 or verdict(passed - 1).outcome == Outcome.NOT_MET
        assert RANK[verdict(days + 1).outcome] >= RANK[found.outcome]
    assert verdict(days, [each | {"last": "not_reported"} for each in actions]).outcome == (
        Outcome.NOT_APPLICABLE
    )
