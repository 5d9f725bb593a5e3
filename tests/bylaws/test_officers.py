"""Golden cases of BL-OFF-1 and its properties; officers elected, extended, ended, withdrawn; who acts as the
president of record; the page and the queue of Today.
"""

import csv
import datetime as dt
import io

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bylaws.choices import Body, StaffOffice
from bylaws.models import OfficerTerm, OfficerTermPeriod
from bylaws.parameters import OFFICE_CATEGORIES, OFFICER_TERM, OFFICER_TERMS_IN_A_ROW, OFFICERS_CERTIFIED
from bylaws.rules import officers
from bylaws.rules.board_certified import CERTIFICATION
from bylaws.rules.terms_in_a_row import in_a_row
from bylaws.selectors.compliance import compliance
from bylaws.selectors.officers import officers_of, offices_of
from bylaws.selectors.offices import members_ever, members_to_hold_office, office_cards, offices_to_fill
from bylaws.services.offices import choose_officer, end_term, extend_term, withdraw_term
from bylaws.worklist.organization import officers_to_choose
from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.errors import Doubtful, Forbidden, Refused
from config.kernel.periods import open_period
from config.rulebook.rules import judge_many
from config.rulebook.selectors.parameters import Bound
from config.rulebook.verdicts import Outcome
from practitioners.choices import CredentialStatus
from practitioners.services.merging import merge_records
from tests.bylaws.test_current_credentials import said
from tests.bylaws.world import NOON, TODAY

DAY = dt.timedelta(days=1)
START = dt.date(2026, 1, 1)
#: The day after two years.
AFTER = dt.date(2028, 1, 1)


def parameters(
    months=24, row=2, certified=("president",), office="president", categories=("active", "senior")
):
    return {
        OFFICE_CATEGORIES.code: Bound(OFFICE_CATEGORIES.code, "", categories and list(categories)),
        f"{OFFICER_TERM.code}:{office}": Bound(OFFICER_TERM.code, "", months, source="Bylaws"),
        f"{OFFICER_TERMS_IN_A_ROW.code}:{office}": Bound(
            OFFICER_TERMS_IN_A_ROW.code, "", row, source="Bylaws"
        ),
        OFFICERS_CERTIFIED.code: Bound(
            OFFICERS_CERTIFIED.code, "", None if certified is None else list(certified)
        ),
    }


def facts(**more):
    given_ = {
        "on": TODAY,
        "office": "president",
        "from": START,
        "to": AFTER,
        "category": "Active",
        "category_code": "active",
        "certified": True,
        "certification_claimed": True,
    } | more
    given_.setdefault("terms", [(given_["from"], given_["to"])])
    return given_


def verdict(limits=None, **more):
    return officers.judge(facts(**more), parameters() if limits is None else limits)


@pytest.mark.parametrize(
    ("to", "outcome"),
    [(AFTER - DAY, Outcome.MET), (AFTER, Outcome.MET), (AFTER + DAY, Outcome.NOT_MET)],
)
def test_a_term_lasts_to_the_day_of_the_limit_and_no_day_longer(to, outcome):
    assert verdict(to=to).outcome == outcome


def test_what_is_met_says_all_of_it_and_until_when():
    found = verdict()
    assert found.sentence == (
        "Of the category Active. Board certified. In office through 31 Dec 2027. Term 1 of 2 in a row."
    )
    assert found.due == AFTER - DAY


def test_a_third_term_in_a_row_is_one_too_many_and_a_gap_begins_a_new_row():
    first, second = (dt.date(2022, 1, 1), dt.date(2024, 1, 1)), (dt.date(2024, 1, 1), START)
    found = verdict(terms=[first, second, (START, AFTER)])
    assert found.outcome == Outcome.NOT_MET
    assert found.sentence == "Term 3 in a row in this office; 2 are allowed."
    assert verdict(terms=[second, (START, AFTER)]).outcome == Outcome.MET
    gap = (dt.date(2024, 1, 1), START - DAY)
    assert verdict(terms=[first, gap, (START, AFTER)]).outcome == Outcome.MET


def test_the_category_has_to_be_one_that_may_hold_office():
    assert verdict(category="", category_code="").sentence == "No appointment is in force on this day."
    found = verdict(category="Courtesy", category_code="courtesy")
    assert (found.outcome, found.sentence) == (Outcome.NOT_MET, "The category Courtesy may not hold office.")


def test_a_certification_is_asked_of_the_offices_the_parameter_names():
    assert verdict(certified=False, certification_claimed=False).outcome == Outcome.NOT_MET
    claimed = verdict(certified=False)
    assert (claimed.outcome, claimed.cure) == (Outcome.UNKNOWN, "Verify the certification with the board.")
    nobody = parameters(certified=())
    assert verdict(nobody, certified=False, certification_claimed=False).outcome == Outcome.MET


@pytest.mark.parametrize("missing", ["months", "row", "categories", "certified"])
def test_without_the_number_of_the_bylaws_it_is_not_known(missing):
    found = verdict(parameters(**{missing: None}))
    assert found.outcome == Outcome.UNKNOWN
    assert "not recorded" in found.sentence
    # What is surely missing decides all the same.
    gone = {"category": "", "category_code": ""}
    assert verdict(parameters(**{missing: None}), **gone).outcome == Outcome.NOT_MET


RANK = {Outcome.NOT_MET: 0, Outcome.UNKNOWN: 1, Outcome.MET: 2}


@given(
    months=st.integers(1, 60),
    row=st.integers(1, 4),
    length=st.integers(1, 2000),
    before=st.integers(0, 5),
    certified=st.booleans(),
    claimed=st.booleans(),
    may=st.booleans(),
)
def test_whoever_has_more_is_never_judged_worse(months, row, length, before, certified, claimed, may):
    def outcome(**more):
        limits = parameters(months=more.pop("months", months), row=more.pop("row", row))
        size = dt.timedelta(days=100)
        terms = [(START - size * n, START - size * (n - 1)) for n in range(before, 0, -1)]
        to = START + more.pop("length", length) * DAY
        told = {
            "certified": certified, "certification_claimed": claimed, "to": to,
            "category_code": "active" if may else "courtesy", "terms": [*terms, (START, to)],
        } | more  # fmt: skip
        return RANK[officers.judge(facts(**told), limits).outcome]

    now = outcome()
    assert outcome(months=months + 1) >= now
    assert outcome(row=row + 1) >= now
    assert outcome(certified=True) >= now
    assert outcome(category_code="senior") >= now
    assert outcome(length=length + 1) <= now
    assert (now == 0) == (
        not may
        or (not certified and not claimed)
        or before + 1 > row
        or START + length * DAY > officers.add_months(START, months)
    )


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 5)), max_size=8), st.integers(0, 30))
def test_terms_in_a_row_are_counted_as_one_would_by_hand(spans, begins):
    day = dt.date(2020, 1, 1)
    terms = {(day + first * DAY, day + (first + length) * DAY) for first, length in spans}
    # Terms of one office do not overlap.
    apart = []
    for first, after in sorted(terms):
        if not apart or apart[-1][1] <= first:
            apart.append((first, after))
    count, here = 0, day + begins * DAY
    while any(first == here for first, _ in apart):
        count += 1
        before = [first for first, after in apart if after == here]
        if not before:
            break
        here = before[0]
    assert in_a_row(apart, day + begins * DAY) == count


# --- on record ------------------------------------------------------------------------------------------


@pytest.fixture
def surgeon(world):
    person = world.practitioner("Ada Thornton", user=world.user("Ada Thornton", Role.MEDICAL_STAFF_PRESIDENT))
    world.appoint(person)
    return person


def elect(world, person, start=TODAY, last=dt.date(2027, 12, 31), office="president", **more):
    return choose_officer(
        **{
            "actor": world.coordinator,
            "facility": world.facility,
            "office": office,
            "practitioner": person,
            "chosen": "elected",
            "chosen_on": min(start, TODAY),
            "start": start,
            "last_day": last,
            "authority": "Annual meeting, item 6",
        }
        | more
    )


def card(world, office="president", on=TODAY):
    return next(each for each in office_cards(world.facility, on) if each.office == office)


def test_an_election_is_on_record_with_who_before_and_who_after(world, surgeon):
    other = world.practitioner("Ben Okafor")
    world.appoint(other)
    elect(world, other, dt.date(2024, 1, 1), dt.date(2025, 12, 31))
    elect(world, surgeon, dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    elect(world, other, dt.date(2027, 1, 1), dt.date(2028, 12, 31))
    found = card(world)
    assert found.holder.practitioner == surgeon
    assert [each.practitioner for each in found.past] == [other]
    assert [each.practitioner for each in found.ahead] == [other]
    assert found.ahead[0].number == 1  # somebody else was in between
    assert not found.vacant


def test_an_office_has_one_holder_at_a_time_in_the_service_and_in_the_database(world, surgeon):
    term = elect(world, surgeon)
    other = world.practitioner("Ben Okafor")
    world.appoint(other)
    with pytest.raises(Refused, match="one holder at a time") as refused:
        elect(world, other, dt.date(2027, 12, 31), dt.date(2028, 12, 31))
    assert refused.value.field == "start"
    elect(world, other, office="secretary_treasurer")  # another office is free
    rival = OfficerTerm.objects.create(
        facility=world.facility, office="president", practitioner=other, chosen="elected", chosen_on=TODAY,
        authority="A second ballot", created_at=clock.now(), created_by=world.system,
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="no_overlap"), transaction.atomic():
        open_period(
            OfficerTermPeriod, rival, valid=DateRange(TODAY, TODAY + DAY), actor=world.system,
            ended="", ended_why="",
        )  # fmt: skip
    assert term.periods.live().count() == 1


@pytest.mark.parametrize(
    ("given_", "field", "said"),
    [
        ({"office": "king"}, "office", "Choose an office"),
        ({"chosen": "born"}, "chosen", "how the person came"),
        ({"authority": " "}, "authority", "which ballot"),
        ({"last": TODAY - DAY}, "last_day", "before the first"),
        ({"chosen_on": TODAY + DAY}, "chosen_on", "comes before the first day"),
        ({"start": dt.date(1960, 1, 1)}, "start", "cannot be right"),
        ({"last": dt.date(2096, 1, 1)}, "last_day", "cannot be right"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_written(world, surgeon, given_, field, said):
    with pytest.raises(Refused, match=said) as refused:
        elect(world, surgeon, **given_)
    assert refused.value.field == field
    assert not OfficerTerm.objects.exists()


def test_only_members_of_a_category_that_may_hold_office_are_chosen(world):
    visitor, courtesy = world.practitioner("Vera Gast"), world.practitioner("Carl Gast")
    world.appoint(courtesy, category="courtesy")
    with pytest.raises(Refused, match="no appointment") as refused:
        elect(world, visitor)
    assert refused.value.field == "practitioner"
    with pytest.raises(Refused, match="Courtesy, which may hold no office"):
        elect(world, courtesy)
    assert courtesy not in members_to_hold_office(world.facility, TODAY)
    # A term that is over says nothing of who may hold one now.
    elect(world, visitor, dt.date(2021, 1, 1), dt.date(2022, 12, 31))


def test_a_limit_that_is_not_kept_is_asked_about_first(world, surgeon):
    elect(world, surgeon, dt.date(2022, 1, 1), dt.date(2023, 12, 31))
    elect(world, surgeon, dt.date(2024, 1, 1), dt.date(2025, 12, 31))
    with pytest.raises(Doubtful, match="term 3 in a row; 2 are allowed") as asked:
        elect(world, surgeon, dt.date(2026, 1, 1), dt.date(2027, 12, 31))
    assert asked.value.field == "sure"
    term = elect(world, surgeon, dt.date(2026, 1, 1), dt.date(2027, 12, 31), sure=True)
    assert card(world).holder.number == 3
    judged = judge_many(officers.RULE, facility=world.facility, on=TODAY)[term.pk]
    assert judged.outcome == Outcome.NOT_MET
    assert "Term 3 in a row" in judged.sentence
    with pytest.raises(Doubtful, match="longer than 24 months"):
        extend_term(
            actor=world.coordinator, term=term, last_day=dt.date(2028, 3, 31), reason="No quorum in December"
        )


def test_nobody_records_their_own_office_and_only_who_may_records_any(world, surgeon):
    own = world.practitioner("Mara Quist", user=world.coordinator)
    world.appoint(own)
    with pytest.raises(Forbidden, match="their own office"):
        elect(world, own)
    with pytest.raises(Forbidden):
        elect(world, surgeon, actor=world.chair)


def test_a_term_ends_before_its_time_with_the_reason_and_the_office_is_vacant(world, surgeon):
    term = elect(world, surgeon, dt.date(2026, 1, 1))
    with clock.freeze(NOON + dt.timedelta(hours=1)):
        with pytest.raises(Refused, match="first day without it"):
            end_term(
                actor=world.coordinator, term=term, day=dt.date(2026, 1, 1), ended="removed", reason="Vote"
            )
        end_term(actor=world.coordinator, term=term, day=TODAY, ended="resigned", reason="Letter of 2 March")
    found = card(world)
    assert (found.holder, found.vacant) == (None, True)
    assert (found.past[0].period.ended, found.past[0].period.ended_why) == ("resigned", "Letter of 2 March")
    assert card(world, on=TODAY - DAY).holder.practitioner == surgeon
    known = OfficerTermPeriod.objects.known_at(NOON).get(identity=term)
    assert (known.valid.upper, known.ended) == (dt.date(2028, 1, 1), "")
    with pytest.raises(Refused, match="is over since"):
        extend_term(actor=world.coordinator, term=term, last_day=dt.date(2028, 6, 30), reason="Again")


def test_an_extension_stays_out_of_the_next_term_and_a_withdrawn_one_never_was(world, surgeon):
    term = elect(world, surgeon, last=dt.date(2026, 12, 31))
    other = world.practitioner("Ben Okafor")
    world.appoint(other)
    following = elect(world, other, dt.date(2027, 3, 1), dt.date(2027, 12, 31))
    with clock.freeze(NOON + dt.timedelta(hours=1)):
        with pytest.raises(Refused, match="Ben Okafor"):
            extend_term(
                actor=world.coordinator, term=term, last_day=dt.date(2027, 3, 1), reason="MEC, item 2"
            )
        with pytest.raises(Refused, match="enter a later day"):
            extend_term(actor=world.coordinator, term=term, last_day=dt.date(2026, 6, 30), reason="MEC")
        extend_term(actor=world.coordinator, term=term, last_day=dt.date(2027, 2, 28), reason="MEC, item 2")
        withdraw_term(actor=world.coordinator, term=following, reason="Another member of that name")
    assert card(world).holder.ends == dt.date(2027, 2, 28)
    assert card(world).ahead == []
    with pytest.raises(Refused, match="never was"):
        withdraw_term(actor=world.coordinator, term=following, reason="Again")


# --- who acts -------------------------------------------------------------------------------------------


def test_the_president_of_record_acts_and_nobody_else_with_the_role(world, surgeon):
    other = world.user("Otto Former", Role.MEDICAL_STAFF_PRESIDENT)
    designee = world.user("Cleo Chief", Role.CHIEF_MEDICAL_OFFICER)
    body, place = Body.STAFF_PRESIDENT, world.facility

    def acting():
        return {each.user for each in officers_of(body, place, TODAY)}

    def fresh(user):
        return type(user).objects.get(pk=user.pk)

    assert acting() == {surgeon.user, other, designee}  # no president on record: the role decides
    elect(world, surgeon)
    assert acting() == {surgeon.user, designee}
    assert [each for each, _ in offices_of(fresh(surgeon.user))] == [body]
    assert offices_of(fresh(other)) == []
    assert body in [each for each, _ in offices_of(fresh(designee))]
    assert any("Another account has the role" in each for each in card(world).notes)


def test_a_president_without_an_account_or_the_role_is_pointed_out(world):
    person = world.practitioner("Nora Newly")
    world.appoint(person)
    elect(world, person)
    assert "No account is linked" in card(world).notes[0]
    person.user = world.user("Nora Newly", Role.COMMITTEE_MEMBER)
    person.save(update_fields=["user"])
    assert "has not the role Medical staff president" in card(world).notes[0]


# --- judged, shown, asked for ---------------------------------------------------------------------------


def test_officers_are_judged_as_what_they_are_and_as_known_then(world, surgeon):
    term = elect(world, surgeon, office="secretary_treasurer")
    found = judge_many(officers.RULE, facility=world.facility, on=TODAY)
    assert {pk: each.outcome for pk, each in found.items()} == {term.pk: Outcome.MET}
    assert judge_many(officers.RULE, facility=world.facility, on=TODAY - DAY) == {}
    with clock.freeze(NOON + dt.timedelta(hours=1)):
        withdraw_term(actor=world.coordinator, term=term, reason="Wrong office")
    assert judge_many(officers.RULE, facility=world.facility, on=TODAY) == {}
    assert set(judge_many(officers.RULE, facility=world.facility, on=TODAY, known_at=NOON)) == {term.pk}
    results = compliance(viewer=world.coordinator, facility=world.facility, on=TODAY, known_at=NOON)
    result = next(each for each in results if each.rule.code == "BL-OFF-1")
    assert (result.total, result.counts[Outcome.MET]) == (1, 1)


def test_a_president_without_certification_on_record_is_not_met(world, surgeon):
    term = elect(world, surgeon)
    found = judge_many(officers.RULE, facility=world.facility, on=TODAY)[term.pk]
    assert found.sentence == "The office asks for board certification, and none is on record for this day."


@pytest.mark.parametrize(
    ("status", "confirmed", "outcome"),
    [
        (CredentialStatus.ACTIVE, True, Outcome.MET),
        (CredentialStatus.ACTIVE, False, Outcome.UNKNOWN),
        (CredentialStatus.REVOKED, True, Outcome.NOT_MET),
        (CredentialStatus.ELIGIBLE, True, Outcome.NOT_MET),
    ],
)
def test_what_the_board_confirmed_is_no_claim(world, surgeon, status, confirmed, outcome):
    term = elect(world, surgeon)
    said(world, surgeon, CERTIFICATION, dt.date(2020, 1, 1), None, status=status, confirmed=confirmed)
    assert judge_many(officers.RULE, facility=world.facility, on=TODAY)[term.pk].outcome == outcome


def test_today_asks_for_vacant_offices_and_for_successors_in_time(world, surgeon):
    notice = 120
    last = TODAY + notice * DAY
    elect(world, surgeon, last=last)
    assert [each.office for each in offices_to_fill(world.facility, TODAY)] == [StaffOffice.PRESIDENT]
    assert offices_to_fill(world.facility, TODAY - DAY) == []  # vacant before it was ever held is not missed
    total, items = officers_to_choose(world.coordinator, world.facility, 5)
    assert (total, items[0].due) == (1, last)
    other = world.practitioner("Ben Okafor")
    world.appoint(other)
    elect(world, other, last + DAY, dt.date(2027, 12, 31))
    assert offices_to_fill(world.facility, TODAY) == []
    gone = offices_to_fill(world.facility, dt.date(2028, 1, 1))
    assert [each.vacant for each in gone] == [True]


def test_the_page_shows_officers_to_the_bodies_and_acts_to_the_office(world, surgeon, sign_in):
    elect(world, surgeon, office="secretary_treasurer")
    url = reverse("bylaws:officers")
    text = sign_in(world.members[0]).get(url).content.decode()
    assert "Ada Thornton" in text
    assert "Record an election" not in text
    text = sign_in(world.coordinator).get(url).content.decode()
    assert "Record an election" in text
    assert "Not on record here: President, " in text
    csv_file = b"".join(sign_in(world.members[0]).get(url, {"format": "csv"}).streaming_content)
    (row,) = csv.DictReader(io.StringIO(csv_file.decode("utf-8-sig")))
    assert (row["Office"], row["Member"], row["How"], row["Ended before its time"]) == (
        "Secretary-treasurer",
        "Ada Thornton, MD",
        "Elected",
        "",
    )


def test_an_election_in_the_form_asks_once_and_then_records(world, surgeon, sign_in):
    browser, url = sign_in(world.coordinator), reverse("bylaws:officer_new")
    given_ = {
        "office": "president", "practitioner": str(surgeon.uid), "chosen": "elected",
        "chosen_on": "2026-03-01", "start": "2026-03-10", "last_day": "2028-06-30",
        "authority": "Annual meeting, item 6",
    }  # fmt: skip
    answer = browser.post(url, given_)
    assert answer.status_code == 422
    assert "longer than 24 months" in answer.content.decode()
    assert browser.post(url, given_ | {"sure": "on"}).status_code in (302, 303)
    term = OfficerTerm.objects.get()
    for name, form in (
        ("officer_extend", {"last_day": "2028-12-31", "reason": "MEC", "sure": "on"}),
        ("officer_end", {"day": "2026-05-01", "ended": "resigned", "reason": "Letter"}),
        ("officer_withdraw", {"reason": "Wrong name"}),
    ):
        here = reverse(f"bylaws:{name}", args=[term.uid])
        assert browser.get(here).status_code == 200
        with clock.freeze(clock.now() + dt.timedelta(hours=1)):
            assert browser.post(here, form).status_code in (302, 303)
    assert not term.periods.live().exists()


def test_officers_of_the_past_are_recorded_in_the_form_whatever_became_of_them(world, surgeon, sign_in):
    gone, honorary, merged = (world.practitioner(name) for name in ("Gil Gone", "Hal Honor", "Mia Merged"))
    world.appoint(gone, dt.date(2020, 1, 1), dt.date(2021, 12, 31))
    world.appoint(honorary, category="honorary")
    world.appoint(merged)
    kept = world.practitioner("Mia Kept")
    merge_records(actor=world.director, keep=kept, record=merged, reason="One person")
    world.practitioner("Nia Never")
    assert list(members_ever(world.facility)) == [gone, honorary, kept, surgeon]
    browser, url = sign_in(world.coordinator), reverse("bylaws:officer_new")
    given_ = {
        "office": "president", "chosen": "elected", "chosen_on": "2019-12-04", "start": "2020-01-01",
        "last_day": "2021-12-31", "authority": "Annual meeting of 2019, item 6",
    }  # fmt: skip
    assert browser.post(url, given_ | {"practitioner": str(gone.uid)}).status_code == 303
    assert OfficerTerm.objects.get().practitioner == gone
    now = {"chosen_on": "2026-03-01", "start": "2026-03-10", "last_day": "2027-12-31"}
    answer = browser.post(url, given_ | now | {"practitioner": str(honorary.uid)})
    assert answer.status_code == 422
    assert "may hold no office" in answer.content.decode()


def test_a_category_that_may_hold_no_office_any_more_is_found(world, surgeon):
    term = elect(world, surgeon, office="secretary_treasurer")
    world.parameter("bylaws.office_categories", ["senior"], start=TODAY)
    found = judge_many(officers.RULE, facility=world.facility, on=TODAY)[term.pk]
    assert found.sentence == "The category Active may not hold office."
