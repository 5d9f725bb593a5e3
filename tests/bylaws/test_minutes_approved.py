"""Golden cases of BL-CTE-3: the day minutes are due and those beside it, unknown, known then."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaws.choices import Body, CommitteeKind
from bylaws.rules import minutes_approved
from bylaws.services.bulk_minutes import Held, Told, record_minutes
from bylaws.services.meetings import adjourn
from bylaws.services.minutes_of_meeting import draft_minutes
from config.kernel import clock
from config.rulebook.rules import judge_many
from config.rulebook.verdicts import Outcome
from tests.bylaws.world import NOON, TODAY
from tests.credentialing.scans import scan
from tests.judging import ON, RANK, assert_plain, bounds, near, quickly

DAY = dt.timedelta(days=1)
MET, NOT_MET, UNKNOWN, NONE = Outcome.MET, Outcome.NOT_MET, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE
HELD, NEXT, SPECIAL = dt.date(2026, 1, 5), dt.date(2026, 2, 16), dt.date(2026, 1, 12)


def meeting(day=HELD, following=NEXT, approved_on=None, begun=True):
    return {"day": day, "next": following, "approved_on": approved_on, "begun": begun}


def verdict(on, *meetings, days=30):
    facts = {"on": on, "meetings": list(meetings)}
    return assert_plain(minutes_approved.judge, facts, bounds(bylaws__minutes_days=days), days=67)


@pytest.mark.parametrize(
    ("on", "following", "outcome"),
    [
        (NEXT - DAY, NEXT, MET),
        (NEXT, NEXT, MET),
        (NEXT + DAY, NEXT, NOT_MET),
        # a special meeting within the week: thirty days after the meeting still count
        (HELD + 29 * DAY, SPECIAL, MET),
        (HELD + 30 * DAY, SPECIAL, MET),
        (HELD + 31 * DAY, SPECIAL, NOT_MET),
        # the body has not met again
        (HELD + 300 * DAY, None, MET),
    ],
)
def test_due_with_the_next_meeting_and_no_sooner_than_the_days(on, following, outcome):
    found = verdict(on, meeting(following=following))
    assert found.outcome == outcome
    if following is not None:
        assert found.due == max(following, HELD + 30 * DAY)
    if outcome == NOT_MET:
        assert (found.since, "5 Jan 2026" in found.sentence) == (found.due + DAY, True)


def test_approved_exempt_and_not_known():
    assert verdict(NEXT + 9 * DAY, meeting(approved_on=NEXT)).outcome == MET
    assert verdict(NEXT + 9 * DAY, meeting(approved_on=NEXT + 9 * DAY)).outcome == MET  # late, and cured
    assert verdict(ON).outcome == NONE
    assert verdict(NEXT + DAY, meeting(begun=False)).outcome == UNKNOWN
    assert verdict(NEXT + DAY, meeting(), days=None).outcome == UNKNOWN
    assert verdict(NEXT + DAY, meeting(), meeting(begun=False)).outcome == NOT_MET


MEETINGS = st.lists(
    st.builds(
        lambda day, gap, approved, begun: meeting(
            day, day + gap * DAY if gap else None, ON if approved else None, begun
        ),
        near(-90, -1),
        st.none() | st.integers(0, 60),
        st.booleans(),
        st.booleans(),
    ),
    max_size=4,
)


@quickly
@given(MEETINGS, st.integers(0, 60))
def test_not_met_exactly_where_one_begun_waits_past_its_day(meetings, days):
    """For any meetings: more days never make it worse, and with all of them approved it is met."""

    def late(each):
        return not each["approved_on"] and each["next"] and max(each["next"], each["day"] + days * DAY) < ON

    found = verdict(ON, *meetings, days=days)
    if not meetings:
        assert found.outcome == NONE
    elif any(late(each) and each["begun"] for each in meetings):
        assert found.outcome == NOT_MET
    else:
        assert found.outcome == (UNKNOWN if any(late(each) for each in meetings) else MET)
    for each in meetings:
        if each["next"] and each["begun"] and not each["approved_on"]:
            due = max(each["next"], each["day"] + days * DAY)
            assert verdict(due, each, days=days).outcome == MET
            assert verdict(due + DAY, each, days=days).outcome == NOT_MET
    assert RANK[verdict(ON, *meetings, days=days + 1).outcome] >= RANK[found.outcome]
    approved = [each | {"approved_on": ON} for each in meetings]
    assert verdict(ON, *approved, days=days).outcome == (MET if meetings else NONE)


def judged(world, on, known_at=None):
    answers = judge_many(minutes_approved.RULE, facility=world.facility, on=on, known_at=known_at)
    return answers[world.committees[CommitteeKind.MEC].pk].outcome


def test_minutes_are_read_as_they_were_known(world):
    assert judged(world, TODAY) == NONE
    with clock.freeze(NOON + dt.timedelta(hours=1)):
        first = adjourn(actor=world.coordinator, meeting=world.meeting(CommitteeKind.MEC))
    assert judged(world, TODAY) == MET  # nothing is late before the body meets again
    later = NOON + 40 * DAY
    with clock.freeze(later):
        adjourn(actor=world.coordinator, meeting=world.meeting(CommitteeKind.MEC))
    day = later.date()
    assert judged(world, day) == MET
    assert judged(world, day + DAY) == UNKNOWN  # nobody began any
    with clock.freeze(later + DAY):
        draft_minutes(actor=world.coordinator, meeting=first)
    assert judged(world, day + DAY) == NOT_MET
    assert judged(world, day + DAY, known_at=later) == UNKNOWN
    assert judged(world, day + DAY, known_at=later - DAY) == MET
    assert judged(world, TODAY) == MET


def test_a_meeting_recorded_from_its_signed_minutes_has_them_once_they_are_kept(world, settings, tmp_path):
    settings.STANDING_STORE = tmp_path / "store"
    at = NOON + dt.timedelta(hours=1)
    step = world.step(world.recommended(world.practitioner()), Body.CREDENTIALS_COMMITTEE)
    body = world.committees[CommitteeKind.CREDENTIALS_COMMITTEE]
    told = Held(
        starts_at=NOON - dt.timedelta(hours=2), mover="Ana Member", seconder="Ben Member", votes_for=4
    )
    paper = {"paper_name": "minutes.pdf", "paper": scan(1, about="Minutes of the evening")}
    with clock.freeze(at):
        record_minutes(actor=world.coordinator, committee=body, held=told, files=[Told(step)], **paper)
    with clock.freeze(NOON + 40 * DAY):
        adjourn(actor=world.coordinator, meeting=world.meeting(CommitteeKind.CREDENTIALS_COMMITTEE))

    def found(known_at):
        on = (NOON + 60 * DAY).date()
        return judge_many(minutes_approved.RULE, facility=world.facility, on=on, known_at=known_at)[body.pk]

    # As the page asks and as the nightly run asks: the meeting counts, and its minutes are the paper.
    for known_at in (None, NOON + 60 * DAY):
        assert (found(known_at).outcome, found(known_at).facts["approved"]) == (MET, 1)
    assert found(at - dt.timedelta(minutes=1)).outcome == NONE  # nobody knew of it yet
