"""Golden cases of what an application needs found out: whose claims, from which day to which day."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from config.organization.models import Facility, NPDBEntity
from config.rulebook.selectors.parameters import Candidate, combine
from credentialing import parameters
from credentialing.elements import CREDENTIAL_TYPES
from credentialing.models import Application
from credentialing.rules.needed import Case, licence_needed, needed_of
from practitioners.choices import Standing
from practitioners.models import Credential, CredentialPeriod, CredentialType, Practitioner
from tests.credentialing.world import shipped

day = dt.date.fromisoformat
#: The day the application is decided; it was opened a month before.
DECIDED = "2026-03-01"


def claim(key: int, element: str, first: str, last: str | None, *, state="", extra=None, confirmed=False):
    """A claim with one period; ``last`` is its last good day, None where it does not end."""
    upper = day(last) + dt.timedelta(days=1) if last else None
    identity = Credential(
        pk=key, credential_type=CredentialType(code=CREDENTIAL_TYPES[element]), state=state, number=str(key)
    )
    standing = Standing.CONFIRMED if confirmed else Standing.CLAIMED
    period = CredentialPeriod(
        identity=identity, valid=DateRange(day(first), upper), standing=standing, extra=extra or {}
    )
    return identity, period


def case_of(kind: str, *claims, provider_type="MD", state="IL", on=DECIDED, bodies=("default",), **values):
    """An application with those claims on the day ``on``, under the shipped matrix of these bodies."""
    decided = day(on)
    application = Application(
        kind=kind.partition(".")[0],
        ground=kind.partition(".")[2],
        practitioner=Practitioner(provider_type=provider_type, npi="1234567893"),
        facility=Facility(state=state, time_zone="America/Chicago", npdb_entity=NPDBEntity(name="Harbor")),
        opened_at=dt.datetime.combine(decided - dt.timedelta(days=30), dt.time(12), dt.UTC),
    )
    candidates = tuple(
        Candidate(
            row["source"],
            row["value"],
            row["source"],
            "",
            "secondary",
            True,
            row["source"] == "default",
            False,
        )
        for row in shipped()
        if row["code"] == parameters.REQUIRED_ELEMENTS
        and row["subject"] == kind
        and row["source"] in bodies
        and row["from"] <= decided
        and (row.get("to") is None or decided < row["to"])
    )
    code = parameters.REQUIRED_ELEMENTS
    bounds = {(code, kind): combine(code, kind, candidates)} if candidates else {}
    for code, value in values.items():
        name, _, subject = code.partition("__")
        bounds[getattr(parameters, name), subject] = SimpleNamespace(value=value)
    return Case(
        application,
        [identity for identity, _ in claims],
        {identity.pk: [period] for identity, period in claims},
        bounds,
        decided,
    )


def asked(case: Case, element: str) -> list[int | None]:
    """The claims of an element that are to be found out, by their keys."""
    wanted, _ = needed_of(case)
    return sorted(key for one, key in wanted if one == element)


def lacking(case: Case, element: str) -> bool:
    return element in needed_of(case)[1]


# --- the last good day and the day after ---------------------------------------------------------------


@pytest.mark.parametrize(
    "element", ["DEA", "CDS", "BOARD_CERTIFICATION", "MALPRACTICE_COVER", "IMMUNIZATION"]
)
def test_what_has_to_be_current_counts_through_its_last_day(element):
    def on(last):
        return asked(case_of("initial", claim(1, element, "2020-01-01", last, state="IL")), element)

    assert on(DECIDED) == [1], "it ends on the day of the decision"
    assert on("2026-02-28") == [], "it ended on the day before"
    assert on(None) == [1]


def test_cover_that_ended_the_day_before_is_lacking():
    assert lacking(
        case_of("initial", claim(1, "MALPRACTICE_COVER", "2020-01-01", "2026-02-28")), "MALPRACTICE_COVER"
    )
    assert not lacking(
        case_of("initial", claim(1, "MALPRACTICE_COVER", "2020-01-01", DECIDED)), "MALPRACTICE_COVER"
    )


@pytest.mark.parametrize(
    ("decided", "last", "recent"),
    [
        ("2026-03-31", "2016-03-01", True),
        ("2026-03-31", "2016-02-29", False),
        ("2028-03-30", "2018-02-28", True),  # opened on a leap day
        ("2028-03-30", "2018-02-27", False),
    ],
)
def test_a_hospital_of_the_last_years_before_the_file_was_opened(decided, last, recent):
    """Opened thirty days before the decision: what it needs is the same for whatever day that is planned."""
    left = claim(1, "HOSPITAL_AFFILIATION", "2010-01-01", last)
    case = case_of("initial", left, on=decided, AFFILIATION_YEARS=10)
    assert asked(case, "HOSPITAL_AFFILIATION") == ([1] if recent else [])


def test_a_license_is_judged_by_the_day_the_application_was_opened():
    """Opened on 30 January: what ended before is history, whatever day the decision is planned for."""
    ran = claim(1, "STATE_LICENSE", "2015-01-01", "2026-01-30", state="IN")
    over = claim(2, "STATE_LICENSE", "2015-01-01", "2026-01-29", state="OH")
    here = claim(3, "STATE_LICENSE", "2015-01-01", "2027-01-01", state="IL")
    case = case_of("initial", ran, over, here)
    assert asked(case, "STATE_LICENSE") == [1, 3]
    assert asked(case, "PAST_LICENSE") == [2]
    assert not lacking(case, "STATE_LICENSE")
    assert lacking(case_of("initial", ran, over), "STATE_LICENSE"), "none of the facility's state is stated"


def test_which_license_has_to_run_on_the_day():
    def rows(last, *, confirmed=True):
        full = claim(2, "STATE_LICENSE", "2020-01-01", last, state="IL", confirmed=confirmed)
        training = claim(1, "STATE_LICENSE", "2015-01-01", "2026-02-01", state="IL")
        return {identity.pk: [period] for identity, period in (training, full)}

    on = day(DECIDED)
    assert not licence_needed(1, "IL", rows(DECIDED), on), "the full one runs through the day"
    assert licence_needed(1, "IL", rows("2026-02-28"), on)
    assert licence_needed(1, "IL", rows(DECIDED, confirmed=False), on), "nobody has confirmed it"
    assert licence_needed(1, "OH", rows(DECIDED), on), "none is held in the state of the facility"


# --- whom it concerns ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "last", "lacks"), [("IL", DECIDED, True), ("IL", "2026-02-28", False), ("OH", DECIDED, False)]
)
def test_a_state_registration_for_who_handles_controlled_substances_on_the_day(state, last, lacks):
    case = case_of("initial", claim(1, "DEA", "2020-01-01", last), state=state, CDS_STATES=["IL", "IN"])
    assert lacking(case, "CDS") is lacks


@pytest.mark.parametrize(
    ("provider_type", "school", "lacks"),
    [
        ("MD", {"international": True}, True),
        ("MD", {"international": False}, False),
        ("MD", {}, False),
        ("DPM", {"international": True}, False),
    ],
)
def test_the_ecfmg_for_physicians_of_a_school_abroad(provider_type, school, lacks):
    stated = claim(1, "MEDICAL_SCHOOL", "2003-08-01", "2007-05-31", extra=school)
    assert lacking(case_of("initial", stated, provider_type=provider_type), "ECFMG") is lacks


@pytest.mark.parametrize(
    ("provider_type", "lacks"), [("MD", True), ("DO", True), ("DPM", True), ("NP", False), ("CRNA", False)]
)
def test_a_residency_of_physicians_and_podiatrists(provider_type, lacks):
    assert lacking(case_of("initial", provider_type=provider_type), "RESIDENCY") is lacks


@pytest.mark.parametrize(
    ("stated", "kind", "lacks"),
    [(1, "initial", True), (2, "initial", False), (0, "reappointment", True), (1, "reappointment", False)],
)
def test_how_many_peers_speak(stated, kind, lacks):
    peers = [claim(number, "PEER_REFERENCE", "2025-01-01", None) for number in range(1, stated + 1)]
    assert lacking(case_of(kind, *peers), "PEER_REFERENCE") is lacks


def test_at_renewal_only_what_no_source_confirmed_before():
    known = claim(1, "RESIDENCY", "2007-07-01", "2012-06-30", confirmed=True)
    stated_since = claim(2, "RESIDENCY", "2024-07-01", "2025-06-30")
    assert asked(case_of("reappointment", known, stated_since), "RESIDENCY") == [2]
    assert asked(case_of("initial", known, stated_since), "RESIDENCY") == [1, 2]


def test_continuing_education_where_the_state_asks_for_hours():
    asks = {"CME_HOURS__IL": 150, "CME_MONTHS__IL": 36}
    wanted, _ = needed_of(case_of("reappointment", **asks))
    assert wanted["CME", None].label == "Continuing education: 150 hours in 36 months (IL)"
    assert ("CME", None) not in needed_of(case_of("reappointment", state="OH", **asks))[0]
    assert ("CME", None) not in needed_of(case_of("reappointment", provider_type="NP", **asks))[0]


# --- the shipped matrix as a whole -----------------------------------------------------------------------

SCREENS = "EXCLUSION NPDB ATTESTATION"
ANYWAY = f"NPI LICENSE_SANCTIONS MALPRACTICE_HISTORY BACKGROUND HEALTH_STATUS {SCREENS}"
PHYSICIAN = "IDENTITY STATE_LICENSE CDS ECFMG RESIDENCY WORK_HISTORY MALPRACTICE_COVER PEER_REFERENCE"
#: Kind and ground, provider type; what is lacking while nothing of it is stated; what is found out anyway.
MATRIX = (
    ("initial", "MD", PHYSICIAN, ANYWAY),
    ("initial", "NP", PHYSICIAN.replace("ECFMG RESIDENCY ", ""), ANYWAY),
    ("reappointment", "MD", "STATE_LICENSE CDS MALPRACTICE_COVER PEER_REFERENCE", f"{ANYWAY} CME"),
    ("reappointment", "NP", "STATE_LICENSE CDS MALPRACTICE_COVER PEER_REFERENCE", ANYWAY),
    ("added_privileges", "MD", "STATE_LICENSE MALPRACTICE_COVER PEER_REFERENCE",
     f"NPI LICENSE_SANCTIONS {SCREENS}"),
    ("category_change", "MD", "STATE_LICENSE", "EXCLUSION ATTESTATION"),
    ("reinstatement", "MD", "STATE_LICENSE MALPRACTICE_COVER", "EXCLUSION ATTESTATION"),
    ("temporary.need", "MD", "IDENTITY STATE_LICENSE MALPRACTICE_COVER PEER_REFERENCE",
     f"NPI LICENSE_SANCTIONS {SCREENS}"),
    ("temporary.applicant", "MD", "STATE_LICENSE MALPRACTICE_COVER", SCREENS),
    ("locum", "MD", "IDENTITY STATE_LICENSE MALPRACTICE_COVER PEER_REFERENCE",
     f"NPI LICENSE_SANCTIONS {SCREENS}"),
    ("telemedicine", "MD", "STATE_LICENSE", f"NPI DISTANT_SITE {SCREENS}"),
    ("disaster", "MD", "IDENTITY STATE_LICENSE", SCREENS),
)  # fmt: skip


@pytest.mark.parametrize(("kind", "provider_type", "lacks", "anyway"), MATRIX)
def test_what_each_kind_asks_of_whom(kind, provider_type, lacks, anyway):
    """Of a graduate of a school abroad who handles controlled substances, where state and policy ask most."""
    stated = (
        claim(1, "MEDICAL_SCHOOL", "2003-08-01", "2007-05-31", extra={"international": True}),
        claim(2, "DEA", "2020-01-01", "2027-01-01"),
    )
    by_state_and_policy = {"CDS_STATES": ["IL"], "BACKGROUND_KINDS": ["initial", "reappointment"]}
    case = case_of(kind, *stated, provider_type=provider_type, **by_state_and_policy, CME_HOURS__IL=150)
    wanted, missing = needed_of(case)
    assert set(missing) == set(lacks.split())
    assert {element for element, key in wanted if key is None} == set(anyway.split())


def test_no_kind_is_left_out():
    asked_for = {
        row["subject"]
        for row in shipped()
        if (row["code"], row["source"]) == (parameters.REQUIRED_ELEMENTS, "default")
    }
    assert asked_for == {kind for kind, *_ in MATRIX}


#: Body, kind, the first day its list is in force, what it asks for.
BODIES = {
    ("cms", "initial", "1986-09-15"): "STATE_LICENSE",
    ("cms", "reappointment", "1986-09-15"): "STATE_LICENSE",
    ("tjc", "initial", "2000-01-01"): """
        STATE_LICENSE LICENSE_SANCTIONS RESIDENCY MALPRACTICE_HISTORY PEER_REFERENCE IDENTITY NPDB
        HEALTH_STATUS
    """,
    ("tjc", "reappointment", "2000-01-01"): """
        STATE_LICENSE LICENSE_SANCTIONS MALPRACTICE_HISTORY NPDB HEALTH_STATUS
    """,
    ("ncqa", "initial", "2010-07-01"): """
        STATE_LICENSE LICENSE_SANCTIONS DEA CDS BOARD_CERTIFICATION MEDICAL_SCHOOL WORK_HISTORY
        MALPRACTICE_HISTORY EXCLUSION ATTESTATION
    """,
    ("ncqa", "reappointment", "2010-07-01"): """
        STATE_LICENSE LICENSE_SANCTIONS DEA CDS BOARD_CERTIFICATION MALPRACTICE_HISTORY EXCLUSION ATTESTATION
    """,
    ("urac", "initial", "2010-01-01"): """
        STATE_LICENSE BOARD_CERTIFICATION MEDICAL_SCHOOL RESIDENCY MALPRACTICE_HISTORY ATTESTATION
    """,
    ("urac", "reappointment", "2010-01-01"): """
        STATE_LICENSE BOARD_CERTIFICATION MALPRACTICE_HISTORY ATTESTATION
    """,
}


@pytest.mark.parametrize(("body", "kind", "since"), BODIES)
def test_what_each_body_asks_for_from_its_first_day(body, kind, since):
    def asked_on(on: str) -> set[str]:
        everything = [
            claim(number, element, "1980-01-01", None, state="IL")
            for number, element in enumerate(sorted(CREDENTIAL_TYPES), 1)
        ]
        wanted, missing = needed_of(case_of(kind, *everything, on=on, bodies=(body,)))
        return {element for element, _ in wanted} | set(missing)

    day_before = (day(since) - dt.timedelta(days=1)).isoformat()
    assert asked_on(day_before) == set()
    assert asked_on(since) == set(BODIES[body, kind, since].split())


def test_no_body_is_left_out():
    said = {
        (row["source"], row["subject"])
        for row in shipped()
        if row["code"] == parameters.REQUIRED_ELEMENTS and row["source"] != "default"
    }
    assert said == {(body, kind) for body, kind, _ in BODIES}
