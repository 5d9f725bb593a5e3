"""Every planted defect is found, each by its own test, and a clean file raises no alarm."""

import datetime as dt
from dataclasses import replace

import pytest

from config.rulebook.verdicts import Outcome, Verdict
from credentialing.choices import AuditResult, Element, ItemStatus
from credentialing.rules.audit_file import Answer, Asked, Judged, Limit, Proof, Question, judge
from credentialing.rules.audit_registers import (
    Query,
    Screened,
    judge_data_bank,
    judge_exclusion,
    judge_history,
)

ON = dt.date(2026, 3, 10)
DECISION = Judged(ON)
PLANNED = Judged(ON, made=False, today=dt.date(2026, 2, 1))
SEEN = dt.date(2026, 2, 1)


def proof(**more):
    values = {
        "uid": "e1", "sha256": "ab" * 32, "obtained_on": SEEN, "obtained_by": "Dana",
        "source_kind": "primary",
    } | more  # fmt: skip
    return Proof(**values)


def answer(**more):
    values = {
        "status": ItemStatus.VERIFIED, "source": "State Medical Board of Ohio", "source_kind": "primary",
        "method": "web", "verified_on": SEEN, "reviewed_by": "Dana", "reviewed_on": SEEN,
        "runs_through": dt.date(2027, 6, 30), "proof": proof(),
    } | more  # fmt: skip
    return Answer(**values)


def licence(held, **more):
    values = {
        "element": Element.STATE_LICENSE, "label": "State license: OH 1", "asked": Asked(),
        "limit": Limit(120),
        "accepted": ("primary", "cvo"), "answer": held,
    } | more  # fmt: skip
    return Question(**values)


def found(question, decision=DECISION):
    row = judge(question, decision)
    return row.result, row.defects


def test_a_clean_element_passes_and_says_its_age():
    row = judge(licence(answer()), DECISION)
    assert (row.result, row.defects, row.age) == (AuditResult.PASS, (), 37)
    assert row.sentence == "37 days old at the decision; the limit is 120 days."
    assert row.source_accepted is True
    assert row.verified_by == row.reviewed_by == "Dana"


def test_a_licence_expired_at_the_decision():
    last = ON - dt.timedelta(days=1)
    assert found(licence(answer(runs_through=last))) == (AuditResult.FAIL, ("expired",))
    assert found(licence(answer(runs_through=ON)))[0] == AuditResult.PASS


def test_an_expired_certification_found_out_as_such_is_found_out():
    held = answer(runs_through=dt.date(2025, 12, 31), adverse=True)
    board = licence(held, element=Element.BOARD_CERTIFICATION)
    assert found(board)[0] == AuditResult.PASS
    assert found(licence(held))[1] == ("expired",), "a license has to run, whatever was found out"


@pytest.mark.parametrize("status", [ItemStatus.NOT_STARTED, ItemStatus.VERIFIED, ItemStatus.UNABLE])
def test_never_verified_whatever_the_status_says(status):
    empty = Answer(status=status)
    assert found(licence(empty)) == (AuditResult.FAIL, ("never_verified",))
    assert found(licence(None)) == (AuditResult.FAIL, ("never_verified",))
    assert found(licence(empty), PLANNED) == (AuditResult.UNKNOWN, ("open",))


def test_a_source_that_is_not_accepted():
    from_profile = answer(source="AMA Physician Profile", source_kind="des", proof=proof(source_kind="des"))
    assert found(licence(from_profile)) == (AuditResult.FAIL, ("wrong_source",))
    called_primary = answer(source="AMA Physician Profile")
    assert found(licence(called_primary)) == (AuditResult.FAIL, ("wrong_source",))
    otherwise_proved = answer(proof=proof(source_kind="self"))
    assert found(licence(otherwise_proved)) == (AuditResult.FAIL, ("wrong_source",))
    school = licence(from_profile, element=Element.MEDICAL_SCHOOL, accepted=("primary", "des"), limit=Limit())
    assert found(school)[0] == AuditResult.PASS, "of education the profile may speak"


def test_stale_by_one_day():
    good = ON - dt.timedelta(days=120)
    assert found(licence(answer(verified_on=good)))[0] == AuditResult.PASS
    bad = judge(licence(answer(verified_on=good - dt.timedelta(days=1))), DECISION)
    assert (bad.result, bad.defects, bad.age) == (AuditResult.FAIL, ("stale",), 121)
    assert bad.sentence == "Verified on 9 Nov 2025, 121 days before 10 Mar 2026; the limit is 120 days."


def test_verified_after_the_decision_though_the_status_says_verified():
    late = ON + dt.timedelta(days=1)
    held = answer(verified_on=late, reviewed_on=late, proof=proof(obtained_on=late))
    assert found(licence(held)) == (AuditResult.FAIL, ("evidence_late", "after_decision", "reviewed_late"))
    assert found(licence(answer(verified_on=ON, reviewed_on=ON, proof=proof(obtained_on=ON))))[0] == "pass"


def test_evidence_dated_after_the_decision():
    late = ON + dt.timedelta(days=1)
    for held in (proof(obtained_on=late), proof(source_date=late)):
        assert found(licence(answer(proof=held))) == (AuditResult.FAIL, ("evidence_late",))


def test_evidence_missing_broken_or_removed():
    assert found(licence(answer(proof=None))) == (AuditResult.FAIL, ("no_evidence",))
    broken = answer(proof=proof(broken="Its hash does not fit."))
    assert found(licence(broken)) == (AuditResult.FAIL, ("evidence_broken",))
    removed = answer(proof=proof(removed="Another person's file."))
    assert found(licence(removed)) == (AuditResult.UNKNOWN, ("evidence_removed",))


def test_reviewed_by_nobody_or_by_the_system():
    nobody = answer(reviewed_by="", reviewed_on=None)
    assert found(licence(nobody)) == (AuditResult.FAIL, ("not_reviewed",))
    assert found(licence(nobody), PLANNED) == (AuditResult.UNKNOWN, ("not_reviewed",))
    assert found(licence(answer(reviewed_by_system=True))) == (AuditResult.FAIL, ("not_reviewed",))


def test_a_discrepancy_never_resolved():
    held = answer(status=ItemStatus.DISCREPANT)
    assert found(licence(held)) == (AuditResult.FAIL, ("discrepancy",))


def test_a_waiver_of_what_can_never_be_waived():
    waived = Answer(status=ItemStatus.WAIVED, reviewed_by="Morgan", reviewed_on=SEEN)
    assert found(licence(waived)) == (AuditResult.FAIL, ("unwaivable",))
    school = licence(waived, element=Element.MEDICAL_SCHOOL)
    assert found(school) == (AuditResult.NOT_NEEDED, ())
    assert found(replace(school, answer=replace(waived, reviewed_by="")))[1] == ("waiver_unsigned",)
    late = replace(waived, reviewed_on=ON + dt.timedelta(days=1))
    assert found(replace(school, answer=late))[1] == ("waiver_late",)
    aside = replace(waived, status=ItemStatus.NOT_APPLICABLE)
    assert found(licence(aside)) == (AuditResult.FAIL, ("unwaivable",))


def test_an_attestation_stale_or_unsigned():
    signed = answer(source="The applicant", source_kind="self", proof=proof(source_kind="self"))
    asked = licence(signed, element=Element.ATTESTATION, accepted=("self",))
    assert found(asked)[0] == AuditResult.PASS
    old = replace(signed, verified_on=ON - dt.timedelta(days=121))
    assert found(replace(asked, answer=old))[1] == ("stale",)
    assert found(replace(asked, answer=Answer()))[1] == ("never_verified",)
    by_another = replace(signed, source_kind="person")
    assert found(replace(asked, answer=by_another))[1] == ("wrong_source",)


# --- the data bank --------------------------------------------------------------------------------------


def asked_of_the_data_bank():
    return licence(None, element=Element.NPDB, label="NPDB query")


def query(**more):
    values = {
        "entity": "Fernwick entity", "queried_on": SEEN, "kind": "One-time query", "dcn": "5500",
        "method": "web",
        "reviewed_by": "Dana", "reviewed_on": SEEN, "proof": proof(protected=True),
    } | more  # fmt: skip
    return Query(**values)


def bank(*queries, decision=DECISION, enrolled=False):
    return judge_data_bank(
        asked_of_the_data_bank(), decision, entity="Fernwick entity", queries=queries, enrolled=enrolled
    )


def test_a_query_before_the_decision_passes_and_says_nothing_of_its_result():
    row = bank(query())
    assert (row.result, row.age) == (AuditResult.PASS, 37)
    assert row.sentence == "One-time query, DCN 5500, reviewed before the decision."


def test_a_query_missing_late_of_another_entity_or_stale():
    late = ON + dt.timedelta(days=1)
    assert bank().defects == ("never_verified",)
    assert bank(decision=PLANNED).result == AuditResult.UNKNOWN
    assert bank(query(queried_on=late, reviewed_on=late)).defects == ("query_late",)
    other = bank(query(entity="Riverbend entity"))
    assert (other.result, other.defects) == (AuditResult.FAIL, ("query_of_another",))
    old = query(queried_on=ON - dt.timedelta(days=121))
    assert bank(old).defects == ("stale",)
    assert bank(old, enrolled=True).result == AuditResult.PASS
    assert bank(query(reviewed_on=late)).defects == ("reviewed_late",)
    assert bank(query(proof=None)).defects == ("no_evidence",)


REVIEWED = Answer(status=ItemStatus.VERIFIED, reviewed_by="Dana", reviewed_on=SEEN)


# --- exclusion lists ------------------------------------------------------------------------------------


def screened(*lists, decision=DECISION, waiting=0, held=REVIEWED):
    asked = licence(held, element=Element.EXCLUSION, limit=Limit(30), accepted=("primary",))
    return judge_exclusion(asked, decision, lists=lists, waiting=waiting)


def test_screening_at_its_limit_and_a_day_older():
    good = Screened("LEIE", ON - dt.timedelta(days=30), "Dana", "load 3")
    assert screened(good).result == AuditResult.PASS
    old = screened(replace(good, on=ON - dt.timedelta(days=31)))
    assert (old.result, old.defects, old.age) == (AuditResult.FAIL, ("stale",), 31)
    both = screened(good, Screened("SAM", None))
    assert both.defects == ("never_verified",)
    assert screened().defects == ("no_list",)
    assert screened(good, waiting=1).defects == ("match_open",)
    assert screened(good, held=None).defects == ("not_reviewed",)
    late = replace(REVIEWED, reviewed_on=ON + dt.timedelta(days=1))
    assert screened(good, held=late).defects == ("reviewed_late",)


def test_before_the_decision_a_screening_is_judged_for_the_planned_day():
    planned = Judged(ON, made=False, today=ON - dt.timedelta(days=10))
    assert screened(Screened("LEIE", ON - dt.timedelta(days=30)), decision=planned).passed
    soon = screened(Screened("LEIE", ON - dt.timedelta(days=31)), decision=planned)
    assert (soon.result, soon.defects) == (AuditResult.UNKNOWN, ("stale",))
    assert soon.sentence.endswith("is to be found out again before the planned decision.")
    old = screened(Screened("LEIE", ON - dt.timedelta(days=41)), decision=planned)
    assert (old.result, old.defects) == (AuditResult.FAIL, ("stale",)), "too old today already"


def test_what_counts_today_and_not_on_the_planned_day_has_not_failed_yet():
    planned = Judged(ON, made=False, today=ON - dt.timedelta(days=1))

    def aged(days):
        return found(licence(answer(verified_on=ON - dt.timedelta(days=days))), planned)

    assert aged(120) == (AuditResult.PASS, ())
    assert aged(121) == (AuditResult.UNKNOWN, ("stale",))
    assert aged(122) == (AuditResult.FAIL, ("stale",))


# --- the history ----------------------------------------------------------------------------------------


def test_a_gap_nobody_explained():
    told = Verdict(Outcome.UNKNOWN, "WORK-HISTORY", "History", "1 gap.", bound_by="Default")
    row = judge_history(Element.WORK_HISTORY, told, DECISION)
    assert (row.result, row.defects, row.asked.body) == (AuditResult.FAIL, ("gap",), "Default")
    assert judge_history(Element.WORK_HISTORY, told, PLANNED).result == AuditResult.UNKNOWN
    assert judge_history(Element.WORK_HISTORY, replace(told, outcome=Outcome.MET), DECISION).passed
