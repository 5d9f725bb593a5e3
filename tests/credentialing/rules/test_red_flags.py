"""Each code of the catalogue: when it is found, at which limit it is not, and which rows it names."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.accounts.choices import DataClass
from credentialing.choices import Element, ItemStatus
from credentialing.rules import red_flags
from credentialing.rules.red_flags.findings import (
    Asked,
    Claimed,
    FlagFacts,
    Limits,
    Listed,
    Mismatch,
    OpenGap,
    Said,
    Shortfall,
)

ON = dt.date(2026, 3, 10)
LIMITS = Limits(
    licence_states=8, inactive_licences=3, paid_claims=2, claim_years=10, claim_usd=500_000, hospitals=5,
    practices=3, moves_years=5, eligible_years=7, reference_days=30, times_asked=2,
)  # fmt: skip


def claim(code: str, uid: str = "c1", **more) -> Claimed:
    given = {"label": f"{code} {uid}", "status": "ACTIVE", "confirmed": False, "first": dt.date(2020, 1, 1)}
    return Claimed(uid=uid, type_code=code, **(given | more))


def item(element: str, status: str, **more) -> Asked:
    return Asked(**({"pk": 7, "uid": "i7", "element": element, "label": "The item", "status": status} | more))


def found(code: str, limits: Limits = LIMITS, **facts):
    return red_flags.find(FlagFacts(on=ON, **facts), limits, [code])


def one(code: str, limits: Limits = LIMITS, **facts):
    (finding,) = found(code, limits, **facts)
    assert finding.code == code
    return finding


def said(code: str, *, clear: bool, number: int = 1, explained: bool = True) -> tuple[Said, ...]:
    return (Said(code, number, clear, explained),)


def test_every_code_of_the_catalogue_has_a_rule():
    catalogue = {
        "GAP", "LIC-ADV", "LIC-MANY", "NPDB", "CLAIM", "NONDISC", "AFFIL", "MOVES", "TRAIN", "REF", "EXCL",
        "BOARD", "VOLUME", "ID", "CRIM", "HEALTH", "LATE", "INS",
    }  # fmt: skip
    assert {f"RF-{code}" for code in catalogue} | {"RF-TOLD"} == set(red_flags.RULES)


def test_only_the_limited_rules_look_at_limits():
    class Untouchable:
        def __getattribute__(self, name):
            raise AssertionError(f"a rule that needs no limit asked for {name}")

    facts = FlagFacts(
        on=ON,
        claims=tuple(claim(code, uid=code, confirmed=True, status="PROBATION") for code in TYPES),
        items=(item(Element.WORK_HISTORY, "awaiting", requested_on=dt.date(2020, 1, 1)),),
        said=tuple(Said(code, number, False, False) for number, code in enumerate(("claims", "board"), 1)),
        asked_on=(ON,),
    )
    red_flags.find(facts, Untouchable(), set(red_flags.RULES) - red_flags.LIMITED)


def test_nothing_is_found_where_nothing_is_known():
    assert red_flags.find(FlagFacts(on=ON), LIMITS) == []


class TestGap:
    def test_names_the_days(self):
        gap = OpenGap(dt.date(2024, 2, 1), dt.date(2024, 10, 31), "A gap.")
        finding = one("RF-GAP", gaps=(gap,))
        assert finding.facts == {"first_day": "2024-02-01", "last_day": "2024-10-31"}

    def test_one_that_goes_on_does_not_change_from_day_to_day(self):
        first = one("RF-GAP", gaps=(OpenGap(dt.date(2024, 2, 1), None, "To 9 Mar."),))
        later = one("RF-GAP", gaps=(OpenGap(dt.date(2024, 2, 1), None, "To 10 Mar."),))
        assert (first.facts, first.subject) == (later.facts, later.subject)


class TestLicences:
    @pytest.mark.parametrize(
        "status", ["ACTIVE_LIMITED", "PROBATION", "SUSPENDED", "REVOKED", "SURRENDERED", "DENIED"]
    )
    @pytest.mark.parametrize("code", ["LICENSE", "DEA", "CDS"])
    def test_acted_against(self, code, status):
        finding = one("RF-LIC-ADV", claims=(claim(code, status=status, item=7),))
        assert finding.severity == "serious"
        assert (finding.facts["credential"], finding.facts["status"], finding.item) == ("c1", status, 7)

    @pytest.mark.parametrize("status", ["ACTIVE", "INACTIVE", "RETIRED", "TEMPORARY", "TRAINING", "UNKNOWN"])
    def test_not_acted_against(self, status):
        assert found("RF-LIC-ADV", claims=(claim("LICENSE", status=status),)) == []

    def test_told_by_the_applicant(self):
        assert one("RF-LIC-ADV", said=said("licence", clear=False)).facts["question"] == "licence"
        assert found("RF-LIC-ADV", said=said("licence", clear=True)) == []

    def test_states_at_the_limit_and_beyond(self):
        states = ("OH", "IN", "KY", "MI", "IL", "WI", "PA", "NY", "VT")
        licences = [claim("LICENSE", uid=state, state=state) for state in states]
        assert found("RF-LIC-MANY", claims=tuple(licences[:8])) == []
        assert one("RF-LIC-MANY", claims=tuple(licences)).facts == {"states": sorted(states)}

    def test_dormant_ones_at_the_limit_and_beyond(self):
        dormant = [claim("LICENSE", uid=f"c{n}", state="OH", status="INACTIVE") for n in range(4)]
        assert found("RF-LIC-MANY", claims=tuple(dormant[:3])) == []
        assert one("RF-LIC-MANY", claims=tuple(dormant)).facts == {"credentials": ["c0", "c1", "c2", "c3"]}

    def test_without_a_limit_nothing_is_many(self):
        many = tuple(claim("LICENSE", uid=f"c{n}", state=f"S{n}", status="INACTIVE") for n in range(30))
        assert found("RF-LIC-MANY", Limits(), claims=many) == []


class TestClaims:
    def paid(self, number: int, **more):
        extra = {"outcome": "settled", "paid_usd": 100_000}
        return tuple(
            claim("CLAIM", uid=f"c{n}", first=dt.date(2019, 1, 1), extra=extra, **more) for n in range(number)
        )

    def test_paid_ones_at_the_limit_and_beyond(self):
        assert found("RF-CLAIM", claims=self.paid(2)) == []
        finding = one("RF-CLAIM", claims=self.paid(3))
        assert finding.facts == {"credentials": ["c0", "c1", "c2"], "paid_usd": 300_000}

    @pytest.mark.parametrize(
        ("closed", "counts"), [(dt.date(2016, 3, 10), True), (dt.date(2016, 3, 9), False)]
    )
    def test_only_those_of_the_years_count(self, closed, counts):
        assert bool(found("RF-CLAIM", claims=self.paid(3, last=closed))) is counts

    @pytest.mark.parametrize(("usd", "dear"), [(500_000, False), (500_001, True)])
    def test_a_payment_at_the_limit_and_beyond(self, usd, dear):
        one_claim = claim("CLAIM", extra={"outcome": "settled", "paid_usd": usd})
        assert bool(found("RF-CLAIM", claims=(one_claim,))) is dear

    @pytest.mark.parametrize(
        ("outcome", "allegation", "grave"),
        [
            ("open", "The patient died after surgery.", True),
            ("dismissed", "The patient died after surgery.", False),
            ("open", "Delayed diagnosis.", False),
            ("open", "Deadline missed.", False),
        ],
    )
    def test_an_open_one_after_a_death(self, outcome, allegation, grave):
        extra = {"outcome": outcome, "allegation": allegation}
        assert [each.severity for each in found("RF-CLAIM", claims=(claim("CLAIM", extra=extra),))] == (
            ["serious"] if grave else []
        )

    def test_told_of_and_none_stated(self):
        told = said("claims", clear=False)
        assert one("RF-CLAIM", said=told).facts == {"question": "claims", "stated": 0}
        assert found("RF-CLAIM", said=told, claims=(claim("CLAIM", extra={"outcome": "dropped"}),)) == []


class TestNotDisclosed:
    """The strongest: only what was verified contradicts, and only an answer that was given."""

    CASES = (
        ("licence", claim("LICENSE", status="PROBATION", confirmed=True)),
        ("controlled_substances", claim("DEA", status="SURRENDERED", confirmed=True)),
        ("board", claim("BOARD_CERT", status="REVOKED", confirmed=True)),
        ("insurance", claim("MALPRACTICE", status="DENIED", confirmed=True)),
        ("training", claim("RESIDENCY", extra={"completed": False}, confirmed=True)),
        ("claims", claim("CLAIM", extra={"outcome": "settled"}, confirmed=True)),
        ("privileges", claim("AFFILIATION", extra={"good_standing": False}, confirmed=True)),
        ("military", claim("MILITARY", extra={"discharge": "bad conduct"}, confirmed=True)),
    )

    @pytest.mark.parametrize(("question", "truth"), CASES, ids=[case[0] for case in CASES])
    def test_a_no_that_a_source_contradicts(self, question, truth):
        finding = one("RF-NONDISC", claims=(truth,), said=said(question, clear=True, number=4))
        assert finding.severity == "serious"
        assert finding.facts == {"question": question, "row": "credential:c1"}
        assert "Question 4 was answered with no" in finding.sentence

    @pytest.mark.parametrize(("question", "truth"), CASES, ids=[case[0] for case in CASES])
    def test_a_yes_contradicts_nothing(self, question, truth):
        assert found("RF-NONDISC", claims=(truth,), said=said(question, clear=False)) == []

    @pytest.mark.parametrize(("question", "truth"), CASES, ids=[case[0] for case in CASES])
    def test_neither_does_a_question_nobody_answered(self, question, truth):
        assert found("RF-NONDISC", claims=(truth,)) == []

    def test_what_is_only_claimed_contradicts_nothing(self):
        stated = claim("LICENSE", status="PROBATION", confirmed=False)
        assert found("RF-NONDISC", claims=(stated,), said=said("licence", clear=True)) == []

    def test_a_confirmed_exclusion(self):
        listed = (Listed("m1", "OIG list"),)
        finding = one("RF-NONDISC", listed=listed, said=said("programmes", clear=True))
        assert finding.facts["row"] == "match:m1"

    def test_a_report_of_the_data_bank_and_no_to_everything(self):
        report = (item(Element.NPDB, ItemStatus.VERIFIED_ADVERSE),)
        no = said("licence", clear=True) + said("claims", clear=True, number=7)
        assert one("RF-NONDISC", items=report, said=no).facts["item"] == "i7"
        yes = said("licence", clear=True) + said("claims", clear=False, number=7)
        assert found("RF-NONDISC", items=report, said=yes) == []

    def test_an_answer_of_an_employer_verified_as_adverse(self):
        work = claim("WORK_HISTORY", confirmed=True, item=7)
        adverse = (item(Element.WORK_HISTORY, ItemStatus.VERIFIED_ADVERSE),)
        assert one("RF-NONDISC", claims=(work,), items=adverse, said=said("privileges", clear=True))


class TestAnswers:
    def test_a_signed_answer_with_points_is_counted_and_not_repeated(self):
        finding = one("RF-REF", items=(item(Element.PEER_REFERENCE, "verified", points=2, answer="h"),))
        assert finding.data_class == DataClass.PEER_REVIEW
        assert finding.facts == {"item": "i7", "what": "points", "answer": "h"}
        assert found("RF-REF", items=(item(Element.PEER_REFERENCE, "verified"),)) == []

    @pytest.mark.parametrize(("days", "late"), [(30, False), (31, True)])
    def test_a_reference_not_returned_in_time(self, days, late):
        asked = item(Element.PEER_REFERENCE, "awaiting", requested_on=ON - dt.timedelta(days=days))
        assert bool(found("RF-REF", items=(asked,))) is late

    @pytest.mark.parametrize("status", ["unable", "waived"])
    def test_a_reference_given_up(self, status):
        assert one("RF-REF", items=(item(Element.PEER_REFERENCE, status),)).facts["what"] == "not_returned"

    def test_a_reference_of_no_peer(self):
        def peer(same):
            return (claim("PEER_REFERENCE", extra={"same_discipline": same}),)

        assert one("RF-REF", claims=peer(False)).facts["credential"] == "c1"
        assert found("RF-REF", claims=peer(True)) == found("RF-REF", claims=peer(None)) == []

    def test_another_hospital(self):
        assert one("RF-AFFIL", items=(item(Element.WORK_HISTORY, "awaiting", declined=True),))
        assert found("RF-AFFIL", items=(item(Element.WORK_HISTORY, "awaiting"),)) == []
        stands = {True: [], False: ["serious"]}
        for good, severities in stands.items():
            there = (claim("AFFILIATION", extra={"good_standing": good}),)
            assert [each.severity for each in found("RF-AFFIL", claims=there)] == severities

    def test_the_data_bank(self):
        assert one("RF-NPDB", items=(item(Element.NPDB, "verified_adverse"),)).facts == {"item": "i7"}
        assert found("RF-NPDB", items=(item(Element.NPDB, "verified"),)) == []

    def test_exclusions_of_now_and_of_before(self):
        now = one("RF-EXCL", listed=(Listed("m1", "OIG list"),))
        before = one("RF-EXCL", listed=(Listed("m1", "OIG list", True, dt.date(2020, 5, 4)),))
        assert "excluded." in now.sentence
        assert "reinstated on 4 May 2020" in before.sentence
        assert now.facts != before.facts

    @pytest.mark.parametrize(
        ("code", "question"),
        [
            ("RF-AFFIL", "privileges"), ("RF-EXCL", "programmes"), ("RF-BOARD", "board"),
            ("RF-TRAIN", "training"), ("RF-INS", "insurance"), ("RF-CRIM", "conviction"),
            ("RF-TOLD", "military"), ("RF-TOLD", "society"), ("RF-TOLD", "conduct"),
        ],
    )  # fmt: skip
    def test_what_the_applicant_tells(self, code, question):
        assert one(code, said=said(question, clear=False)).facts["question"] == question
        assert found(code, said=said(question, clear=True)) == []

    def test_health_names_neither_question_nor_answer(self):
        for question in ("functions", "drugs"):
            finding = one("RF-HEALTH", said=said(question, clear=False, number=11))
            assert finding.data_class == DataClass.HEALTH
            assert "11" not in finding.sentence
            assert not {"drug", "ill", "unable", "disab"} & set(finding.sentence.lower().split())
            assert [each.code for each in red_flags.find(FlagFacts(on=ON, said=said(question, clear=False)),
                                                         LIMITS)] == ["RF-HEALTH"]  # fmt: skip
        assert found("RF-HEALTH", said=said("functions", clear=True)) == []

    def test_asked_too_often(self):
        days = tuple(dt.date(2026, 1, day) for day in (5, 9, 9, 20))
        assert found("RF-LATE", asked_on=days[:3]) == []  # two days
        assert one("RF-LATE", asked_on=days).facts == {"days": ["2026-01-05", "2026-01-09", "2026-01-20"]}

    def test_an_answer_that_explains_nothing(self):
        finding = one("RF-LATE", said=said("society", clear=False, explained=False, number=13))
        assert finding.facts == {"questions": [13]}
        assert found("RF-LATE", said=said("society", clear=False)) == []

    def test_case_numbers(self):
        short = Shortfall("GS-ROBOT", "Robotics", "At least 20 cases", "12 cases, 20 needed.", 12, 20)
        finding = one("RF-VOLUME", shortfalls=(short,))
        assert finding.facts == {"privilege": "GS-ROBOT", "counted": 12, "needed": 20}
        assert "12 cases, 20 needed" in finding.sentence

    def test_identity_never_shows_the_values(self):
        finding = one("RF-ID", mismatches=(Mismatch("birth_date", "Birth date"),))
        assert finding.facts == {"fact": "birth_date"}
        assert finding.sentence == "Birth date: two sources say different things."


class TestBoards:
    def board(self, **more):
        extra = {"specialty": "Surgery"} | more.pop("extra", {})
        return claim("BOARD_CERT", extra=extra, **more)

    @pytest.mark.parametrize(("last", "lapsed"), [(ON, False), (ON - dt.timedelta(days=1), True)])
    def test_lapsed_the_day_after(self, last, lapsed):
        assert bool(found("RF-BOARD", claims=(self.board(last=last),))) is lapsed

    def test_not_lapsed_when_renewed_or_for_life(self):
        old, new = self.board(last=dt.date(2020, 1, 1)), self.board(uid="c2", last=dt.date(2030, 1, 1))
        assert found("RF-BOARD", claims=(old, new)) == []
        assert (
            found("RF-BOARD", claims=(self.board(last=dt.date(2020, 1, 1), extra={"lifetime": True}),)) == []
        )

    def test_eligible_within_and_beyond_the_limit(self):
        eligible = self.board(status="ELIGIBLE")
        for ended, beyond in ((dt.date(2019, 3, 10), False), (dt.date(2019, 3, 9), True)):
            training = claim("RESIDENCY", uid="r", last=ended)
            assert bool(found("RF-BOARD", claims=(eligible, training))) is beyond
        named = self.board(status="ELIGIBLE", extra={"eligible_until": "2026-03-09"})
        assert "until 9 Mar 2026" in one("RF-BOARD", claims=(named,)).sentence

    def test_revoked_and_not_certified(self):
        assert one("RF-BOARD", claims=(self.board(status="REVOKED"),)).severity == "serious"
        assert one("RF-BOARD", claims=(self.board(status="NOT_CERTIFIED"),)).severity == "warn"


class TestTrainingAndMoves:
    def test_left_and_changed(self):
        left = claim("RESIDENCY", last=dt.date(2015, 6, 30), extra={"completed": False})
        assert one("RF-TRAIN", claims=(left,)).facts == {"credential": "c1", "completed": False}
        going_on = claim("RESIDENCY", last=None, extra={"completed": False})
        assert found("RF-TRAIN", claims=(going_on,)) == []
        extra = {"level": "residency", "specialty": "Surgery"}
        two = tuple(claim("RESIDENCY", uid=place, issuer=place, extra=extra) for place in ("A", "B"))
        assert one("RF-TRAIN", claims=two).facts == {"credentials": ["A", "B"]}
        fellowship = claim("RESIDENCY", uid="f", issuer="C", extra=extra | {"level": "fellowship"})
        assert found("RF-TRAIN", claims=(two[0], fellowship)) == []

    @pytest.mark.parametrize(("kind", "limit"), [("AFFILIATION", 5), ("WORK_HISTORY", 3)])
    def test_places_at_the_limit_and_beyond(self, kind, limit):
        places = tuple(claim(kind, uid=f"c{n}", issuer=f"Place {n}") for n in range(limit + 1))
        assert found("RF-MOVES", claims=places[:-1]) == []
        assert len(one("RF-MOVES", claims=places).facts["places"]) == limit + 1

    def test_locum_and_what_is_long_past_are_not_counted(self):
        locum = {"position": "Locum tenens surgeon"}
        places = tuple(claim("WORK_HISTORY", uid=f"c{n}", issuer=f"P{n}", extra=locum) for n in range(9))
        assert found("RF-MOVES", claims=places) == []
        past = tuple(
            claim("WORK_HISTORY", uid=f"c{n}", issuer=f"P{n}", first=None, last=dt.date(2021, 3, 9))
            for n in range(9)
        )
        assert found("RF-MOVES", claims=past) == []

    def test_cover(self):
        assert one("RF-INS", claims=(claim("MALPRACTICE", status="DENIED"),)).facts["status"] == "DENIED"
        assert found("RF-INS", claims=(claim("MALPRACTICE"),)) == []


STATUSES = ("ACTIVE", "PROBATION", "REVOKED", "INACTIVE", "ELIGIBLE", "NOT_CERTIFIED")
TYPES = (
    "LICENSE", "DEA", "BOARD_CERT", "RESIDENCY", "WORK_HISTORY", "AFFILIATION", "CLAIM", "MALPRACTICE",
    "PEER_REFERENCE", "MILITARY",
)  # fmt: skip
EXTRA = st.fixed_dictionaries(
    {},
    optional={
        "completed": st.booleans(),
        "good_standing": st.booleans(),
        "paid_usd": st.integers(0, 10**9),
        "outcome": st.sampled_from(["open", "settled", "dropped"]),
        "specialty": st.sampled_from(["Surgery", ""]),
        "eligible_until": st.sampled_from(["2026-01-01", "soon", ""]),
        "same_discipline": st.booleans(),
    },
)
CLAIMS = st.lists(
    st.builds(
        Claimed,
        uid=st.text("abc", min_size=1, max_size=3),
        type_code=st.sampled_from(TYPES),
        label=st.just("It"),
        status=st.sampled_from(STATUSES),
        confirmed=st.booleans(),
        first=st.none() | st.dates(dt.date(1950, 1, 1), ON),
        last=st.none() | st.dates(dt.date(1950, 1, 1), dt.date(2050, 1, 1)),
        extra=EXTRA,
        item=st.none() | st.integers(1, 5),
    ),
    max_size=4,
)
SAID = st.lists(
    st.builds(Said, code=st.sampled_from(["licence", "claims", "training"]), number=st.integers(1, 15),
              clear=st.booleans()),
    max_size=3, unique_by=lambda each: each.code,
)  # fmt: skip


@given(CLAIMS, SAID)
def test_the_same_facts_give_the_same_findings_in_whatever_order(claims, answers):
    facts = FlagFacts(on=ON, claims=tuple(claims), said=tuple(answers))
    turned = FlagFacts(on=ON, claims=tuple(reversed(claims)), said=tuple(reversed(answers)))

    def keys(each):
        return {(one.code, one.subject, one.item) for one in red_flags.find(each, LIMITS)}

    by_uid = {(each.uid, each.type_code) for each in claims}
    if len(by_uid) == len(claims):  # one statement of each credential
        assert keys(facts) == keys(turned)
    assert all(one.sentence.endswith(".") and one.facts for one in red_flags.find(facts, LIMITS))


@given(CLAIMS)
def test_a_no_alone_is_never_held_against_anybody(claims):
    no = tuple(Said(code, number, True) for number, code in enumerate(("licence", "claims", "training"), 1))
    unverified = tuple(each for each in claims if not each.confirmed)
    assert found("RF-NONDISC", claims=unverified, said=no) == []


class TestExtendedTraining:
    @pytest.mark.parametrize(("extended", "raised"), [(True, True), (False, False), (None, False)])
    def test_only_where_it_is_said(self, extended, raised):
        extra = {} if extended is None else {"extended": extended}
        findings = found("RF-TRAIN", claims=(claim("RESIDENCY", extra=extra, last=ON),))
        assert [each.subject for each in findings] == (["extended:c1"] if raised else [])


class TestExcludedByTheCarrier:
    ASKED = ("Laparoscopic cholecystectomy", "Robotic assisted surgery")

    def excluded(self, text, asked=ASKED, **more):
        cover = claim("MALPRACTICE", extra={"excludes": text}, **more)
        return found("RF-INS", claims=(cover,), requested=asked)

    @pytest.mark.parametrize(
        ("text", "named"),
        [
            ("Robotic surgery", ["Robotic assisted surgery"]),
            ("bariatric procedures; laparoscopic cholecystectomies, cholecystectomy", [ASKED[0]]),
            ("any robotic-assisted surgery", ["Robotic assisted surgery"]),
        ],
    )
    def test_what_is_asked_for_is_grave(self, text, named):
        (finding,) = self.excluded(text)
        assert (finding.severity, finding.facts["asked"]) == ("serious", named)

    def test_what_names_nothing_asked_for_is_for_a_person_to_compare(self):
        (finding,) = self.excluded("Bariatric procedures")
        assert finding.severity == "warn"
        assert "compare it with what is asked for" in finding.sentence

    def test_nothing_excluded_or_asked_for_or_run_out(self):
        assert self.excluded("") == []
        assert self.excluded("Robotic surgery", asked=()) == []
        assert self.excluded("Robotic surgery", last=ON - dt.timedelta(days=1)) == []
        assert self.excluded("Robotic surgery", last=ON)
