"""Golden cases of every shipped limit: the last good day and the first bad one, around 1 July 2025."""

import datetime as dt

import pytest

from config.rulebook.selectors.parameters import Candidate, combine
from credentialing.choices import AuditResult, Element
from credentialing.rules.audit_file import Answer, Asked, Judged, Limit, Proof, Question, judge
from tests.credentialing.world import shipped

#: Element, body, day of the decision, last good day, first bad day (None: no limit).
GOLDEN = (
    ("STATE_LICENSE", "default", "2025-06-30", "2025-03-02", "2025-03-01"),
    ("STATE_LICENSE", "default", "2025-07-01", "2025-03-03", "2025-03-02"),
    ("STATE_LICENSE", "ncqa", "2025-06-30", "2025-01-01", "2024-12-31"),
    ("STATE_LICENSE", "ncqa", "2025-07-01", "2025-03-03", "2025-03-02"),
    ("STATE_LICENSE", "ncqa-cvo", "2025-06-30", "2025-03-02", "2025-03-01"),
    ("STATE_LICENSE", "ncqa-cvo", "2025-07-01", "2025-04-02", "2025-04-01"),
    ("STATE_LICENSE", "urac", "2025-06-30", "2025-01-01", "2024-12-31"),
    ("STATE_LICENSE", "urac", "2025-07-01", "2025-01-02", "2025-01-01"),
    ("BOARD_CERTIFICATION", "default", "2025-07-01", "2025-03-03", "2025-03-02"),
    ("BOARD_CERTIFICATION", "ncqa", "2025-06-30", "2025-01-01", "2024-12-31"),
    ("BOARD_CERTIFICATION", "ncqa", "2025-07-01", "2025-03-03", "2025-03-02"),
    ("BOARD_CERTIFICATION", "ncqa-cvo", "2025-06-30", "2025-03-02", "2025-03-01"),
    ("BOARD_CERTIFICATION", "ncqa-cvo", "2025-07-01", "2025-04-02", "2025-04-01"),
    ("BOARD_CERTIFICATION", "urac", "2025-07-01", "2025-01-02", "2025-01-01"),
    ("WORK_HISTORY", "default", "2025-07-01", "2025-03-03", "2025-03-02"),
    ("WORK_HISTORY", "ncqa", "2025-06-30", "2024-06-30", "2024-06-29"),
    ("WORK_HISTORY", "ncqa", "2025-07-01", "2025-03-03", "2025-03-02"),
    ("WORK_HISTORY", "ncqa-cvo", "2025-06-30", "2024-08-29", "2024-08-28"),
    ("WORK_HISTORY", "ncqa-cvo", "2025-07-01", "2025-04-02", "2025-04-01"),
    ("ATTESTATION", "default", "2025-07-01", "2025-03-03", "2025-03-02"),
    ("ATTESTATION", "ncqa", "2025-06-30", "2024-06-30", "2024-06-29"),
    ("ATTESTATION", "ncqa", "2025-07-01", "2025-03-03", "2025-03-02"),
    ("ATTESTATION", "ncqa-cvo", "2025-06-30", "2024-08-29", "2024-08-28"),
    ("ATTESTATION", "ncqa-cvo", "2025-07-01", "2025-04-02", "2025-04-01"),
    ("ATTESTATION", "urac", "2025-07-01", "2025-01-02", "2025-01-01"),
    ("EXCLUSION", "default", "2025-06-30", "2025-05-31", "2025-05-30"),
    ("EXCLUSION", "default", "2025-07-01", "2025-06-01", "2025-05-31"),
    ("EXCLUSION", "ncqa", "2025-07-01", "2025-06-01", "2025-05-31"),
    ("EXCLUSION", "ncqa-cvo", "2025-07-01", "2025-04-02", "2025-04-01"),
    ("NPDB", "default", "2025-06-30", "2025-03-02", "2025-03-01"),
    ("NPDB", "default", "2025-07-01", "2025-03-03", "2025-03-02"),
    ("NPI", "default", "2025-07-01", "2025-03-03", "2025-03-02"),
    ("PEER_REFERENCE", "default", "2025-06-30", "2025-01-01", "2024-12-31"),
    ("PEER_REFERENCE", "default", "2025-07-01", "2025-01-02", "2025-01-01"),
    ("MEDICAL_SCHOOL", "default", "2025-07-01", "2005-07-01", None),
    ("MEDICAL_SCHOOL", "ncqa", "2025-07-01", "2005-07-01", None),
    ("MEDICAL_SCHOOL", "urac", "2025-07-01", "2025-01-02", "2025-01-01"),
    ("RESIDENCY", "default", "2025-07-01", "2005-07-01", None),
    ("RESIDENCY", "urac", "2025-07-01", "2025-01-02", "2025-01-01"),
    ("LICENSE_SANCTIONS", "default", "2025-06-30", "2025-03-02", "2025-03-01"),
    ("LICENSE_SANCTIONS", "default", "2025-07-01", "2025-03-03", "2025-03-02"),
    ("LICENSE_SANCTIONS", "ncqa", "2025-06-30", "2025-01-01", "2024-12-31"),
    ("LICENSE_SANCTIONS", "ncqa", "2025-07-01", "2025-03-03", "2025-03-02"),
    ("LICENSE_SANCTIONS", "ncqa-cvo", "2025-06-30", "2025-03-02", "2025-03-01"),
    ("LICENSE_SANCTIONS", "ncqa-cvo", "2025-07-01", "2025-04-02", "2025-04-01"),
    ("LICENSE_SANCTIONS", "urac", "2025-06-30", "2025-01-01", "2024-12-31"),
    ("LICENSE_SANCTIONS", "urac", "2025-07-01", "2025-01-02", "2025-01-01"),
    ("MALPRACTICE_HISTORY", "default", "2025-06-30", "2025-03-02", "2025-03-01"),
    ("MALPRACTICE_HISTORY", "default", "2025-07-01", "2025-03-03", "2025-03-02"),
    ("MALPRACTICE_HISTORY", "ncqa", "2025-06-30", "2025-01-01", "2024-12-31"),
    ("MALPRACTICE_HISTORY", "ncqa", "2025-07-01", "2025-03-03", "2025-03-02"),
    ("MALPRACTICE_HISTORY", "ncqa-cvo", "2025-06-30", "2025-03-02", "2025-03-01"),
    ("MALPRACTICE_HISTORY", "ncqa-cvo", "2025-07-01", "2025-04-02", "2025-04-01"),
    ("EXCLUSION", "ncqa", "2025-06-30", "2025-01-01", "2024-12-31"),
    ("EXCLUSION", "ncqa-cvo", "2025-06-30", "2025-03-02", "2025-03-01"),
    ("EXCLUSION", "urac", "2025-07-01", "2025-01-02", "2025-01-01"),
    ("BACKGROUND", "default", "2025-06-30", "2024-06-30", "2024-06-29"),
    ("BACKGROUND", "default", "2025-07-01", "2024-07-01", "2024-06-30"),
    ("HEALTH_STATUS", "default", "2025-06-30", "2024-06-30", "2024-06-29"),
    ("HEALTH_STATUS", "default", "2025-07-01", "2024-07-01", "2024-06-30"),
    ("IMMUNIZATION", "default", "2025-07-01", "2024-07-01", "2024-06-30"),
    ("PAST_LICENSE", "default", "2025-07-01", "2005-07-01", None),
    ("CDS", "default", "2025-07-01", "2005-07-01", None),
    ("CDS", "ncqa", "2025-07-01", "2005-07-01", None),
    ("ECFMG", "default", "2025-07-01", "2005-07-01", None),
    ("ECFMG", "ncqa", "2025-07-01", "2005-07-01", None),
    ("RESIDENCY", "ncqa", "2025-07-01", "2005-07-01", None),
    ("DEA", "ncqa", "2025-07-01", "2005-07-01", None),
    ("HOSPITAL_AFFILIATION", "default", "2025-07-01", "2005-07-01", None),
    ("CME", "default", "2025-07-01", "2005-07-01", None),
    ("DEA", "default", "2025-07-01", "2005-07-01", None),
    ("IDENTITY", "default", "2025-07-01", "2005-07-01", None),
    ("MALPRACTICE_COVER", "default", "2025-07-01", "2005-07-01", None),
    ("LIFE_SUPPORT", "default", "2025-07-01", "2005-07-01", None),
    ("CASE_LOG", "default", "2025-07-01", "2005-07-01", None),
    ("DISTANT_SITE", "default", "2025-07-01", "2005-07-01", None),
)


def limit_of(element, body, on):
    """The days the body's row in force on the day says; None where it has none."""
    rows = [
        row
        for row in shipped()
        if row["code"] == "credentialing.max_age_days"
        and (row["subject"], row["source"]) == (element, body)
        and row["from"] <= on
    ]
    return max(rows, key=lambda row: row["from"])["value"] if rows else None


def result(element, body, on, seen):
    proof = Proof("e", "ab" * 32, min(seen, on), "Dana")
    answer = Answer(
        status="verified", source="The source", source_kind="primary", method="web", verified_on=seen,
        reviewed_by="Dana", reviewed_on=min(seen, on), proof=proof,
    )  # fmt: skip
    question = Question(element, element, Asked(), Limit(limit_of(element, body, on)), (), answer)
    return judge(question, Judged(on)).result


@pytest.mark.parametrize(("element", "body", "on", "good", "bad"), GOLDEN)
def test_the_last_good_day_and_the_first_bad_one(element, body, on, good, bad):
    day = dt.date.fromisoformat
    on = day(on)
    assert result(element, body, on, day(good)) == AuditResult.PASS
    assert result(element, body, on, on) == AuditResult.PASS, "found out on the day itself"
    assert result(element, body, on, on + dt.timedelta(days=1)) == AuditResult.FAIL, "found out too late"
    if bad is None:
        assert limit_of(element, body, on) is None
    else:
        assert result(element, body, on, day(bad)) == AuditResult.FAIL


def test_no_shipped_limit_and_no_element_is_left_out():
    cases = {(element, body) for element, body, *_ in GOLDEN}
    limits = {
        (row["subject"], row["source"]) for row in shipped() if row["code"] == "credentialing.max_age_days"
    }
    assert limits <= cases
    assert {element for element, _ in cases} == set(Element.values)


#: Element, bodies the hospital follows, day of the decision, the days that bind and whose they are.
BINDING = (
    ("STATE_LICENSE", (), "2025-06-30", 120, "default"),
    ("STATE_LICENSE", ("urac",), "2025-06-30", 120, "default"),
    ("STATE_LICENSE", ("urac", "bylaws:365"), "2025-06-30", 180, "urac"),
    ("STATE_LICENSE", ("ncqa",), "2025-06-30", 120, "default"),
    ("STATE_LICENSE", ("ncqa",), "2025-07-01", 120, "ncqa"),
    ("STATE_LICENSE", ("ncqa", "bylaws:365"), "2025-06-30", 180, "ncqa"),
    ("STATE_LICENSE", ("ncqa", "bylaws:365"), "2025-07-01", 120, "ncqa"),
    ("STATE_LICENSE", ("ncqa", "ncqa-cvo", "urac"), "2025-06-30", 120, "ncqa-cvo"),
    ("STATE_LICENSE", ("ncqa", "ncqa-cvo", "urac"), "2025-07-01", 90, "ncqa-cvo"),
    ("STATE_LICENSE", ("bylaws:60", "ncqa-cvo"), "2025-07-01", 60, "bylaws"),
    ("WORK_HISTORY", ("ncqa",), "2025-06-30", 120, "default"),
    ("WORK_HISTORY", ("ncqa", "bylaws:400"), "2025-06-30", 365, "ncqa"),
    ("MEDICAL_SCHOOL", (), "2025-07-01", None, ""),
    ("MEDICAL_SCHOOL", ("ncqa",), "2025-07-01", None, ""),
    ("MEDICAL_SCHOOL", ("ncqa", "urac"), "2025-07-01", 180, "urac"),
    ("LICENSE_SANCTIONS", ("urac",), "2025-07-01", 120, "default"),
    ("MALPRACTICE_HISTORY", ("ncqa-cvo",), "2025-07-01", 90, "ncqa-cvo"),
    ("EXCLUSION", ("ncqa", "ncqa-cvo", "urac"), "2025-06-30", 30, "default"),
    ("EXCLUSION", ("ncqa", "ncqa-cvo", "urac"), "2025-07-01", 30, "ncqa"),
    ("ATTESTATION", ("ncqa", "urac"), "2025-06-30", 120, "default"),
    ("ATTESTATION", ("ncqa", "urac", "bylaws:400"), "2025-06-30", 180, "urac"),
    ("BACKGROUND", ("tjc", "ncqa", "urac"), "2025-07-01", 365, "default"),
    ("HEALTH_STATUS", ("bylaws:180",), "2025-07-01", 180, "bylaws"),
    ("DEA", ("tjc", "ncqa", "ncqa-cvo", "urac"), "2025-07-01", None, ""),
)


@pytest.mark.parametrize(("element", "followed", "on", "days", "source"), BINDING)
def test_the_strictest_of_the_bodies_and_of_the_hospitals_own_default_binds(
    element, followed, on, days, source
):
    said = {"default": limit_of(element, "default", dt.date.fromisoformat(on))}
    for body in followed:
        name, _, own = body.partition(":")
        said[name] = int(own) if own else limit_of(element, name, dt.date.fromisoformat(on))
    speaking = tuple(
        Candidate(name, value, name, "", "secondary", True, name == "default", False, name)
        for name, value in sorted(said.items())
        if value is not None
    )
    bound = combine("credentialing.max_age_days", element, speaking) if speaking else None
    assert (bound.value if bound else None, bound.source if bound else "") == (days, source)
