"""Golden cases of BL-COI-1 and its properties; one's own disclosure, paper, review; who reads what."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bylaws.choices import CommitteeKind, DisclosureState
from bylaws.models import DisclosedInterest, InterestDisclosure
from bylaws.parameters import DISCLOSURE_FIRST_DAYS, DISCLOSURE_MONTHS, DISCLOSURE_OWED_BY
from bylaws.rules import disclosures as rule
from bylaws.selectors.compliance import compliance
from bylaws.selectors.disclosures import mine, owing, to_see_to
from bylaws.services.committees import end_seat
from bylaws.services.disclosures import Interest, disclose, record_paper, review_disclosure
from bylaws.services.offices import choose_officer
from bylaws.worklist.organization import disclosures_waiting, my_disclosure
from config.accounts.choices import Role
from config.audit.models import AuditEvent
from config.home.selectors.today import queues_for
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.rulebook.rules import judge_many
from config.rulebook.selectors.parameters import Bound
from config.rulebook.verdicts import Outcome
from tests.bylaws.world import NOON, TODAY

DAY = dt.timedelta(days=1)
SINCE = dt.date(2024, 1, 1)


def parameters(months=12, days=30, owed_by=("officer", "chair", "voting_seat")):
    return {
        DISCLOSURE_MONTHS.code: Bound(DISCLOSURE_MONTHS.code, "", months, source="Bylaws"),
        DISCLOSURE_FIRST_DAYS.code: Bound(DISCLOSURE_FIRST_DAYS.code, "", days, source="Bylaws"),
        DISCLOSURE_OWED_BY.code: Bound(
            DISCLOSURE_OWED_BY.code, "", None if owed_by is None else list(owed_by)
        ),
    }


def held(kind="voting_seat", start=SINCE, end=None):
    return {"kind": kind, "title": "Member, Credentials Committee", "from": start, "to": end}


def verdict(*holdings, on=TODAY, last=None, limits=None):
    told = {"on": on, "held": list(holdings), "disclosed_on": last}
    return rule.judge(told, limits or parameters())


@pytest.mark.parametrize(
    ("last", "outcome"),
    [
        (dt.date(2025, 3, 11), Outcome.MET),
        (dt.date(2025, 3, 10), Outcome.MET),  # a year ago to the day
        (dt.date(2025, 3, 9), Outcome.NOT_MET),
        (None, Outcome.NOT_MET),
    ],
)
def test_a_disclosure_counts_for_its_months_to_the_day(last, outcome):
    found = verdict(held(), last=last)
    assert found.outcome == outcome
    assert found.due == (dt.date(2024, 1, 31) if last is None else last.replace(year=2026))
    if outcome == Outcome.NOT_MET:
        assert (found.since, bool(found.cure)) == (found.due + DAY, True)


@pytest.mark.parametrize(("days_ago", "outcome"), [(29, "MET"), (30, "MET"), (31, "NOT_MET")])
def test_whoever_is_new_has_some_days_for_the_first(days_ago, outcome):
    start = TODAY - days_ago * DAY
    assert verdict(held(start=start)).outcome == outcome
    # Who held another seat till then is not new.
    assert verdict(held(start=SINCE, end=start), held(start=start)).outcome == "NOT_MET"
    # Who came back after a time without is.
    assert verdict(held(start=SINCE, end=start - DAY), held(start=start)).outcome == outcome


def test_only_what_the_parameter_names_owes_one():
    assert verdict(held("seat")).outcome == Outcome.NOT_APPLICABLE
    assert verdict(held("seat"), limits=parameters(owed_by=["seat"])).outcome == Outcome.NOT_MET
    assert verdict(held(end=TODAY)).outcome == Outcome.NOT_APPLICABLE  # ended yesterday
    assert verdict(held("seat"), limits=parameters(owed_by=[])).outcome == Outcome.NOT_APPLICABLE


def test_what_the_bylaws_do_not_say_is_unknown():
    for limits in (parameters(months=None), parameters(owed_by=None)):
        assert verdict(held(), limits=limits).outcome == Outcome.UNKNOWN
    assert verdict(held(end=TODAY), limits=parameters(owed_by=None)).outcome == Outcome.NOT_APPLICABLE
    # The days for the first one say nothing of whoever has disclosed.
    assert verdict(held(), limits=parameters(days=None)).outcome == Outcome.UNKNOWN
    assert verdict(held(), last=TODAY, limits=parameters(days=None)).outcome == Outcome.MET


SPANS = st.lists(st.tuples(st.integers(0, 40), st.one_of(st.none(), st.integers(1, 20))), max_size=6)


@given(SPANS, st.integers(0, 60))
def test_since_when_is_the_first_day_without_a_gap_by_brute_force(spans, on):
    base = dt.date(2025, 1, 1)
    rows = [
        held(start=base + start * DAY, end=None if length is None else base + (start + length) * DAY)
        for start, length in spans
    ]
    day, first = base + on * DAY, None
    while any(rule.runs_on(one, day) for one in rows):
        first, day = day, day - DAY
    assert rule.since_when(rows, base + on * DAY) == first


@given(
    months=st.integers(1, 36), days=st.integers(0, 90), ago=st.one_of(st.none(), st.integers(0, 1500)),
    since=st.integers(0, 1500), later=st.integers(0, 500),
)  # fmt: skip
def test_a_later_disclosure_never_makes_it_worse_and_time_alone_never_better(months, days, ago, since, later):
    rank = {Outcome.NOT_MET: 0, Outcome.MET: 1}

    def outcome(on=TODAY, last=ago, months=months, days=days):
        told = held(start=TODAY - since * DAY)
        when = None if last is None else TODAY - last * DAY
        return rank[verdict(told, on=on, last=when, limits=parameters(months, days)).outcome]

    now = outcome()
    assert outcome(on=TODAY + later * DAY) <= now
    assert outcome(last=0) == 1
    assert outcome(months=months + 1) >= now
    assert outcome(days=days + 1) >= now
    found = verdict(
        held(start=TODAY - since * DAY),
        last=None if ago is None else TODAY - ago * DAY,
        limits=parameters(months, days),
    )
    assert (found.outcome == Outcome.MET) == (found.due >= TODAY)


# --- on record ------------------------------------------------------------------------------------------


def give(world, user, *interests, nothing=None, **more):
    given_ = {"interests": list(interests), "nothing": not interests if nothing is None else nothing}
    return disclose(**{"actor": user, "facility": world.facility, "complete": True} | given_ | more)


IMAGING = Interest("ownership", "Lakeside Imaging LLC", "A tenth of it")


def of(world, user, on=TODAY):
    return mine(user, world.facility, on)


def test_nothing_counts_as_a_disclosure_and_needs_no_review(world):
    user = world.members[1]
    assert of(world, user).state == DisclosureState.MISSING
    give(world, user)
    found = of(world, user)
    assert (found.state, found.verdict.outcome) == (DisclosureState.NOTHING, Outcome.MET)
    assert found.verdict.due == dt.date(2027, 3, 10)
    assert found not in to_see_to(world.facility, TODAY)


def test_an_interest_waits_for_review_and_is_managed_with_a_plan(world):
    user = world.members[1]
    made = give(world, user, IMAGING)
    assert of(world, user).state == DisclosureState.TO_REVIEW
    with pytest.raises(Refused, match="how it is managed") as refused:
        review_disclosure(actor=world.coordinator, disclosure=made, outcome="managed")
    assert refused.value.field == "plan"
    review_disclosure(
        actor=world.coordinator, disclosure=made, outcome="managed", plan="Recused from imaging contracts"
    )
    assert of(world, user).state == DisclosureState.REVIEWED
    with clock.freeze(NOON + dt.timedelta(days=2)):
        give(world, user, IMAGING, Interest("family", "Her brother, Vance Devices"))
    assert of(world, user, TODAY + 2 * DAY).state == DisclosureState.TO_REVIEW  # the newest counts


@pytest.mark.parametrize(
    ("interests", "more", "field", "said"),
    [
        ([], {"nothing": False}, "nothing", "Name an interest"),
        ([IMAGING], {"nothing": True}, "nothing", "do one of the two"),
        ([IMAGING], {"complete": False}, "complete", "complete"),
        ([Interest("ownership", "  ")], {}, "", "Name the company"),
        ([Interest("wealth", "Gold")], {}, "", "what kind"),
        ([Interest("other", "x" * 201)], {}, "", "At most 200"),
        ([IMAGING] * 13, {}, "", "At most 12"),
    ],
)
def test_what_is_no_disclosure_is_refused_and_nothing_is_kept(world, interests, more, field, said):
    with pytest.raises(Refused, match=said) as refused, transaction.atomic():
        give(world, world.members[1], *interests, **more)
    assert refused.value.field == field
    assert not InterestDisclosure.objects.exists()


def test_only_whoever_holds_something_discloses_and_nobody_reviews_their_own(world):
    with pytest.raises(Refused, match="holds no office"):
        give(world, world.coordinator)
    world.seat(CommitteeKind.CREDENTIALS_COMMITTEE, world.coordinator, start=TODAY)
    made = give(world, world.coordinator, IMAGING)
    with pytest.raises(Forbidden, match="Somebody else"):
        review_disclosure(actor=world.coordinator, disclosure=made, outcome="no_action")
    with pytest.raises(Forbidden):
        review_disclosure(actor=world.members[0], disclosure=made, outcome="no_action")


def test_the_office_records_a_signed_paper_of_somebody_else(world):
    user = world.board_members[0]
    more = {"facility": world.facility, "user": user, "interests": [], "nothing": True}
    with pytest.raises(Refused, match="where the signed paper") as refused:
        record_paper(actor=world.coordinator, signed_on=TODAY, filed_at=" ", **more)
    assert refused.value.field == "filed_at"
    with pytest.raises(Refused, match="signed by today"):
        record_paper(actor=world.coordinator, signed_on=TODAY + DAY, filed_at="Binder 3", **more)
    record_paper(actor=world.coordinator, signed_on=TODAY - 20 * DAY, filed_at="Binder 3", **more)
    assert of(world, user).disclosure.signed_on == TODAY - 20 * DAY
    assert of(world, user).verdict.due == dt.date(2027, 2, 18)
    world.seat(CommitteeKind.BOARD, world.coordinator, start=TODAY)
    with pytest.raises(Forbidden, match="on your own page"):
        record_paper(
            actor=world.coordinator, signed_on=TODAY, filed_at="Binder 3",
            **(more | {"user": world.coordinator}),
        )  # fmt: skip


def test_the_database_keeps_what_was_disclosed_as_it_was(world):
    made = give(world, world.members[1])
    with pytest.raises(IntegrityError, match="no interest is"), transaction.atomic():
        DisclosedInterest.objects.create(disclosure=made, kind="other", party="Late thought")
    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        InterestDisclosure.objects.filter(pk=made.pk).update(nothing=False)
    with pytest.raises(IntegrityError, match="oneself_or_on_paper"), transaction.atomic():
        InterestDisclosure.objects.create(
            facility=world.facility, user=world.members[2], signed_on=TODAY, nothing=True,
            recorded_at=clock.now(), recorded_by=world.coordinator,
        )  # fmt: skip


def test_members_chairs_and_officers_are_judged_and_add_up(world):
    president = world.user("Ada Thornton", Role.MEDICAL_STAFF_PRESIDENT)
    person = world.practitioner("Ada Thornton", user=president)
    world.appoint(person)
    choose_officer(
        actor=world.coordinator, facility=world.facility, office="president", practitioner=person,
        chosen="elected", chosen_on=TODAY, start=TODAY, last_day=TODAY + 600 * DAY, authority="Ballot",
    )  # fmt: skip
    everybody = owing(world.facility, TODAY)
    assert len(everybody) == 5 + 4 + 3 + 2 + 1
    assert next(each for each in everybody if each.user == president).held == "President of the medical staff"
    assert of(world, president).state == DisclosureState.AWAITED  # since today
    results = compliance(viewer=world.coordinator, facility=world.facility, on=TODAY)
    result = next(each for each in results if each.rule.code == "BL-COI-1")
    assert (result.total, result.counts[Outcome.NOT_MET], result.counts[Outcome.MET]) == (15, 14, 1)


def test_it_is_judged_of_the_day_and_as_known_then(world):
    user, committee = world.members[1], world.committees[CommitteeKind.CREDENTIALS_COMMITTEE]
    with clock.freeze(NOON + dt.timedelta(hours=1)):
        give(world, user)
    with clock.freeze(NOON + dt.timedelta(hours=2)):
        end_seat(actor=world.system, seat=committee.seats.get(user=user), day=TODAY, reason="Left")

    def outcome(**more):
        found = judge_many(rule.RULE, facility=world.facility, **more).get(user.pk)
        return found and found.outcome

    assert outcome(on=TODAY) is None
    assert outcome(on=TODAY, known_at=NOON + dt.timedelta(hours=1)) == Outcome.MET
    assert outcome(on=TODAY, known_at=NOON) == Outcome.NOT_MET
    assert outcome(on=TODAY - DAY) == Outcome.NOT_MET  # signed only the day after


# --- pages and Today ------------------------------------------------------------------------------------


def test_today_asks_the_person_and_the_office(world):
    user = world.members[1]
    total, items = my_disclosure(user, world.facility, 5)
    assert (total, items[0].colour) == (1, "bad")
    waiting, _ = disclosures_waiting(world.coordinator, world.facility, 50)
    give(world, user, IMAGING)
    assert my_disclosure(user, world.facility, 5) == (0, [])
    total, items = disclosures_waiting(world.coordinator, world.facility, 50)
    assert total == waiting
    assert items[-1].title == str(user)
    assert "Lakeside" not in "".join(each.title + each.detail for each in items)
    with clock.freeze(NOON + dt.timedelta(days=336)):
        assert my_disclosure(user, world.facility, 5)[0] == 1  # a month before it is due again


def test_an_officer_who_is_a_practitioner_and_nothing_else_is_asked_on_today_too(world):
    user = world.user("Olu Treasurer", Role.PRACTITIONER)
    assert "bylaws.my_disclosure" in {each.code for each in queues_for(user, world.facility)}


def test_one_discloses_on_the_own_page_and_finds_it_filled_in_next_year(world, sign_in):
    user, url = world.members[1], reverse("bylaws:disclosure_mine")
    browser = sign_in(user)
    answer = browser.post(url, {"nothing": "no", "party_0": "Lakeside Imaging LLC", "complete": "on"})
    assert answer.status_code == 422
    assert "Say what kind of interest it is." in answer.content.decode()
    answer = browser.post(url, {"nothing": "yes", "kind_0": "other", "party_0": "Gold", "complete": "on"})
    assert "do one of the two" in answer.content.decode()
    sent = {"nothing": "no", "kind_0": "ownership", "party_0": "Lakeside Imaging LLC", "complete": "on"}
    assert browser.post(url, sent).status_code == 303
    assert "Lakeside Imaging LLC" in browser.get(url).content.decode()
    assert "Interest 6" in browser.get(url, {"places": "6"}).content.decode()
    # A place nobody can have is no error.
    assert browser.get(url, {"places": "9999999999"}).status_code == 200


def test_room_for_more_interests_loses_nothing_that_is_typed(world, sign_in):
    user, url = world.members[1], reverse("bylaws:disclosure_mine")
    browser = sign_in(user)
    typed = {
        "nothing": "no",
        **{f"{name}_{number}": "" for name in ("kind", "party", "about") for number in range(2)},
        "kind_0": "ownership",
        "party_0": "Lakeside Imaging LLC",
    }
    page = browser.post(url, {**typed, "more": "1"})
    assert page.status_code == 200
    shown = page.content.decode()
    assert "Lakeside Imaging LLC" in shown
    assert "Interest 5" in shown
    assert "Please correct this" not in shown
    assert not InterestDisclosure.objects.filter(user=user).exists()
    filled = {f"{name}_{number}": "" for name in ("kind", "party", "about") for number in range(5)}
    filled |= {"nothing": "no", "complete": "on"}
    for number in range(5):
        filled |= {f"kind_{number}": "other", f"party_{number}": f"Party {number}"}
    assert browser.post(url, filled).status_code == 303
    assert InterestDisclosure.objects.get(user=user).interests.count() == 5


def test_nothing_beside_an_interest_is_told_as_such_before_what_is_missing_in_it(world, sign_in):
    browser = sign_in(world.members[1])
    sent = {"nothing": "yes", "party_0": "Lakeside Imaging LLC", "complete": "on"}
    answer = browser.post(reverse("bylaws:disclosure_mine"), sent)
    assert answer.status_code == 422
    assert "do one of the two" in answer.content.decode()
    assert "Say what kind" not in answer.content.decode()


def test_what_was_disclosed_is_read_by_the_person_and_the_reviewers_alone(world, sign_in):
    user = world.members[1]
    made = give(world, user, IMAGING)
    url = reverse("bylaws:disclosure", args=[made.uid])
    assert "Lakeside" in sign_in(user).get(url).content.decode()
    assert "Lakeside" in sign_in(world.coordinator).get(url).content.decode()
    for other in (world.members[0], world.chair, world.board_members[0]):
        assert sign_in(other).get(url).status_code == 404
    register = reverse("bylaws:disclosures")
    text = sign_in(world.coordinator).get(register, {"state": "to_review"}).content.decode()
    assert str(user) in text
    assert str(world.members[2]) not in text
    assert "Lakeside" not in text
    csv = sign_in(world.coordinator).get(register, {"format": "csv"})
    lines = b"".join(csv.streaming_content).decode("utf-8-sig").strip().splitlines()
    assert len(lines) == 15
    assert "Lakeside" not in "".join(lines)
    assert sign_in(user).get(register).status_code == 403
    events = AuditEvent.objects.filter(verb__startswith="disclosure.")
    assert events.count() == 1
    assert "Lakeside" not in str(list(events.values()))


def test_the_office_reviews_and_records_paper_in_the_browser(world, sign_in):
    user = world.members[1]
    made = give(world, user, IMAGING)
    browser, url = sign_in(world.coordinator), reverse("bylaws:disclosure", args=[made.uid])
    assert browser.post(url, {"outcome": "managed"}).status_code == 422
    assert browser.post(url, {"outcome": "managed", "plan": "Recused"}).status_code == 303
    assert sign_in(user).post(url, {"outcome": "no_action"}).status_code == 403
    paper = reverse("bylaws:disclosure_paper", args=[world.members[2].uid])
    assert browser.get(paper).status_code == 200
    sent = {"nothing": "yes", "signed_on": "2026-03-01", "filed_at": "Binder 3"}
    assert browser.post(paper, sent).status_code == 303
    assert of(world, world.members[2]).state == DisclosureState.NOTHING


def test_a_reviewer_sees_their_own_disclosure_where_ties_are_declared(world, sign_in):
    user = world.members[1]
    give(world, user, Interest("practice", "Okonkwo Surgical Group"))
    case = world.recommended()
    world.item(case)
    page = reverse("bylaws:interests", args=[world.step(case, "credentials_committee").uid])
    assert "Okonkwo Surgical Group" in sign_in(user).get(page).content.decode()
    assert "Okonkwo Surgical Group" not in sign_in(world.members[2]).get(page).content.decode()
