"""A lapsed certificate reaches the privileges whose criteria ask for it, and no other."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bylaws.models import Bar, BarPeriod
from bylaws.selectors.compliance import compliance
from bylaws.services.bars import lift_bar
from bylaws.services.standing import apply_standing_conditions
from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.periods import EndKind, supersede
from config.rulebook.verdicts import Outcome, parts_of
from practitioners.choices import CredentialStatus
from practitioners.models import CredentialType
from practitioners.services.merging import merge_records
from privileging.models import FormLine, PrivilegeForm, PrivilegeFormVersion
from privileging.rules.certificate_lapse import for_privilege
from privileging.rules.certificate_lapse import judge as judge_certificates
from privileging.rules.certificates_asked import Asked, certificates_asked
from privileging.selectors.grants import delineations
from privileging.selectors.lookup import LookupOutcome, can_perform
from tests.judging import ON, RANK, assert_plain, credentials, outcome_of, quickly
from tests.privileging.conftest import (
    NOON,
    TODAY,
    appoint,
    credential,
    grant,
    line_of,
    say,
    set_parameter,
)
from tests.privileging.test_who_can_in_sets import BEGIN, DAY, STRETCHES, compare, noon, someone

pytestmark = pytest.mark.django_db
SEDATION, OTHER = "GS-SEDATION", "GS-COLECTOMY"
CODE = "GS-LAP-CHOLE"  # what ``compare`` asks about
ENTRY = {"rule": "BL-CERT-1", "scope": "all"}
KINDS = ("LIFE_SUPPORT", "BOARD_CERT")
ACLS = {"type": "LIFE_SUPPORT", "courses": ["ACLS"]}
PALS = {"type": "LIFE_SUPPORT", "courses": ["PALS"]}
BOARD = {"type": "BOARD", "status": "certified", "specialties": ["General  surgery"]}
CASES = {"type": "VOLUME", "group": "any", "at_least": 1, "months": 12}


# --- what is asked for by itself ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tree", "asked"),
    [
        ({}, []),
        (ACLS, [("LIFE_SUPPORT", ("ACLS",))]),
        ({"all": [CASES, {"all": [PALS, ACLS]}]}, [("LIFE_SUPPORT", ("ACLS",)), ("LIFE_SUPPORT", ("PALS",))]),
        ({"any": [PALS, {"any": [ACLS]}]}, [("LIFE_SUPPORT", ("ACLS", "PALS"))]),
        ({"any": [ACLS, CASES]}, []),
        ({"any": [ACLS, BOARD]}, []),
        ({"any": [ACLS, {"all": [PALS, CASES]}]}, []),
        ({"none": [ACLS]}, []),
        (BOARD, [("BOARD_CERT", ("General surgery",))]),
        (BOARD | {"status": "certified_or_eligible"}, []),
        (BOARD | {"waiver": "experience"}, []),
        ({"all": [ACLS, BOARD, ACLS]}, [("BOARD_CERT", ("General surgery",)), ("LIFE_SUPPORT", ("ACLS",))]),
    ],
)
def test_only_what_has_to_be_held_whatever_else_is(tree, asked):
    assert certificates_asked(tree, KINDS) == tuple(Asked(*each) for each in asked)


def test_a_kind_that_is_not_kept_up_is_not_asked():
    assert certificates_asked({"all": [ACLS, BOARD]}, ["LIFE_SUPPORT"]) == (Asked("LIFE_SUPPORT", ("ACLS",)),)


# --- as the ward is answered, and as the run records it -------------------------------------------------


@pytest.fixture
def entry():
    """What the bylaws list; a test may ask for something else."""
    return ENTRY


@pytest.fixture(autouse=True)
def _bylaws(world, long_kept, entry):
    for code, category in (("LIFE_SUPPORT", "life_support"), ("BOARD_CERT", "certification")):
        CredentialType.objects.create(code=code, name=code, category=category)
    set_parameter(world.system, "bylaws.standing_conditions", [entry])
    set_parameter(world.system, "privileging.certificates_kept_up", list(KINDS))


def certificate(world, one, course="ACLS", start=dt.date(2024, 12, 1), last=TODAY - DAY, **more):
    number = more.pop("number", "")
    identity = credential(world, one, "LIFE_SUPPORT", number=number)
    return say(world, identity, start, last, extra={"course": course}, **more)


@pytest.fixture
def sedating(world, person):
    """A surgeon who holds moderate sedation, which asks for ACLS, and colectomy, which does not."""
    one = person()
    appoint(world, one)
    grant(world, one, SEDATION)
    grant(world, one, OTHER)
    return one


def answer(world, one, code=SEDATION, on=TODAY):
    return can_perform(practitioner=one, privilege_code=code, facility=world.lakeside, on=on)


def run(world, on=TODAY):
    return apply_standing_conditions(actor=world.system, facility=world.lakeside, on=on)


@pytest.mark.parametrize(
    ("on", "outcome"),
    [
        (TODAY - 2 * DAY, LookupOutcome.YES),
        (TODAY - DAY, LookupOutcome.YES),
        (TODAY, LookupOutcome.NO),
        (TODAY + DAY, LookupOutcome.NO),
    ],
)
def test_the_day_after_the_last_valid_day_stops_what_asks_for_it_and_nothing_else(
    world, sedating, on, outcome
):
    certificate(world, sedating)
    assert answer(world, sedating, on=on).outcome == outcome
    assert answer(world, sedating, OTHER, on).outcome == LookupOutcome.YES


def test_the_reason_names_the_certificate_and_its_last_day(world, sedating):
    certificate(world, sedating, number="77")
    assert answer(world, sedating).reasons == (
        f"ACLS certificate 77 ran out with {(TODAY - DAY).day} Nov 2026.",
    )


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ({}, LookupOutcome.UNKNOWN),
        ({"confirmed": False, "last": None}, LookupOutcome.UNKNOWN),
        ({"confirmed": False}, LookupOutcome.UNKNOWN),
        ({"course": "BLS"}, LookupOutcome.UNKNOWN),
        ({"course": " acls ", "last": TODAY}, LookupOutcome.YES),
        ({"status": CredentialStatus.UNKNOWN, "last": None}, LookupOutcome.UNKNOWN),
        ({"status": CredentialStatus.REVOKED, "last": None}, LookupOutcome.NO),
    ],
)
def test_what_is_missing_or_claimed_is_unknown_and_suspends_nobody(world, sedating, said, outcome):
    if said:
        certificate(world, sedating, **said)
    assert answer(world, sedating).outcome == outcome
    assert answer(world, sedating, OTHER).outcome == LookupOutcome.YES
    assert run(world)["opened"] == (outcome == LookupOutcome.NO)


def test_the_run_records_it_for_the_dependent_line_alone_and_lifts_it_from_the_cure(world, sedating):
    certificate(world, sedating)
    assert run(world)["opened"] == 1
    bar = Bar.objects.get()
    row = bar.periods.get()
    assert (bar.rule_code, bar.rule_part) == ("BL-CERT-1", "LIFE_SUPPORT:ACLS")
    assert (row.scope, row.privilege_codes, row.valid.lower) == ("listed", [SEDATION], TODAY)
    assert run(world)["standing"] == 1
    assert answer(world, sedating, OTHER).outcome == LookupOutcome.YES
    with pytest.raises(Refused, match="still stands: ACLS certificate ran out"):
        lift_bar(actor=world.system, bar=bar, day=TODAY + DAY, reason="Back at work")
    with clock.freeze(NOON + 3 * DAY):
        certificate(world, sedating, start=TODAY + 2 * DAY, last=None, number="2", at=clock.now())
        assert run(world, TODAY + 3 * DAY)["lifted"] == 1
        assert bar.periods.live().get().valid.upper == TODAY + 2 * DAY
        assert answer(world, sedating, on=TODAY + 3 * DAY).outcome == LookupOutcome.YES


def test_each_certificate_has_its_bar_and_its_cure(world, sedating, person):
    form(world, {"all": [ACLS, PALS]})
    grant(world, sedating, CODE, form="TWO")
    certificate(world, sedating, last=TODAY - 3 * DAY)
    certificate(world, sedating, "PALS", number="2")
    assert run(world)["opened"] == 2
    rows = {row.identity.rule_part: row for row in BarPeriod.objects.select_related("identity")}
    acls, pals = rows["LIFE_SUPPORT:ACLS"], rows["LIFE_SUPPORT:PALS"]
    assert (acls.privilege_codes, acls.valid.lower) == ([CODE, SEDATION], TODAY - 2 * DAY)
    assert (pals.privilege_codes, pals.valid.lower) == ([CODE], TODAY)
    with clock.freeze(NOON + DAY):
        certificate(world, sedating, start=TODAY - 2 * DAY, last=None, number="3", at=clock.now())
        assert run(world, TODAY + DAY)["voided"] == 1
        assert answer(world, sedating, on=TODAY + DAY).outcome == LookupOutcome.YES
        assert answer(world, sedating, CODE, TODAY + DAY).outcome == LookupOutcome.NO


@pytest.mark.parametrize(
    ("entry", "stopped"),
    [
        ({"rule": "BL-CERT-1", "scope": "listed", "privileges": [OTHER]}, False),
        ({"rule": "BL-CERT-1", "scope": "listed", "privileges": [OTHER, SEDATION]}, True),
    ],
)
def test_where_the_bylaws_list_privileges_it_reaches_those_of_them_that_ask(world, sedating, stopped):
    certificate(world, sedating)
    assert (answer(world, sedating).outcome == LookupOutcome.NO) == stopped
    assert answer(world, sedating, OTHER).outcome == LookupOutcome.YES
    assert run(world)["opened"] == stopped
    assert [row.privilege_codes for row in BarPeriod.objects.all()] == [[SEDATION]] * stopped


def test_board_certification_reaches_what_asks_for_it(world, person):
    one = person()
    appoint(world, one)
    form(world, BOARD)
    grant(world, one, CODE, form="TWO")
    say(
        world, credential(world, one, "BOARD_CERT"), None, TODAY - DAY, extra={"specialty": "General surgery"}
    )
    assert answer(world, one, CODE).outcome == LookupOutcome.NO
    found = compliance(viewer=world.system, facility=world.lakeside, on=TODAY)
    verdict = next(each for each in found if each.rule.code == "BL-CERT-1").verdicts[one.pk]
    assert (verdict.outcome, verdict.reaches) == (Outcome.NOT_MET, (CODE,))
    assert [part.part for part in parts_of(verdict)] == ["BOARD_CERT:General surgery"]


def test_the_version_it_was_granted_on_counts_whatever_is_published_later(world, sedating, person):
    """Another version asks for nothing: holders of the old one are asked, those of the new one are not."""
    certificate(world, sedating)
    other = person("Newcomer")
    appoint(world, other)
    form(world, {}, code=SEDATION)
    grant(world, other, SEDATION, form="TWO")
    assert answer(world, sedating).outcome == LookupOutcome.NO
    assert answer(world, other).outcome == LookupOutcome.YES


def test_compliance_says_which_privileges_it_reaches(world, sedating, user, client):
    certificate(world, sedating)
    client.force_login(user(Role.DIRECTOR))
    page = client.get(reverse("bylaws:compliance"), {"rule": "BL-CERT-1"}).content.decode()
    assert "ACLS certificate ran out with" in page
    assert "Reaches GS-SEDATION." in page


def test_the_file_says_which_line_is_stopped(world, sedating):
    certificate(world, sedating)
    (found,) = delineations(sedating, viewer=world.system, on=TODAY)
    stopped = {row.privilege.code: getattr(row, "stopped", None) for row in found.now}
    assert stopped[OTHER] is None
    assert "ACLS certificate ran out" in stopped[SEDATION].sentence


def test_as_known_before_it_was_found_out_it_was_met(world, sedating):
    row = certificate(world, sedating, last=None)
    supersede([row], actor=world.system, kind=EndKind.AMENDED, reason="Corrected", at=NOON)
    say(world, row.identity, None, TODAY - DAY, extra={"course": "ACLS"}, at=NOON)
    before = can_perform(
        practitioner=sedating,
        privilege_code=SEDATION,
        facility=world.lakeside,
        on=TODAY,
        known_at=NOON - DAY,
    )
    assert (before.outcome, answer(world, sedating).outcome) == (LookupOutcome.YES, LookupOutcome.NO)


# --- from set to set ------------------------------------------------------------------------------------


def form(world, tree, code=CODE, name="TWO") -> FormLine:
    """A form of its own on which a privilege stands, with these criteria for renewal."""
    one = PrivilegeForm.objects.create(code=name, name=name)
    one.facilities.add(world.lakeside)
    version = PrivilegeFormVersion.objects.create(
        form=one, number="1", offered=line_of(code, "GS").version.offered, status="draft"
    )
    line = FormLine.objects.create(
        version=version,
        privilege=line_of(code, "GS").privilege,
        kind="special",
        order=1,
        criteria={"initial": {}, "renewal": tree},
    )
    PrivilegeFormVersion.objects.filter(pk=version.pk).update(status="published")
    return line


@pytest.mark.parametrize(
    "tree", [{"all": [ACLS, PALS]}, {"any": [ACLS, PALS]}, {"all": [ACLS, BOARD]}, {"any": [ACLS, CASES]}]
)
def test_odd_states_come_out_as_if_each_had_been_judged(world, tree):
    """Several records, certificates of every kind, standing, status and stretch, and two forms."""
    form(world, tree)
    chance = random.Random(str(tree))
    people = []
    for number in range(20):
        one = holder = someone(world, number)
        if chance.random() < 0.3:
            holder = someone(world, number)
            people.append(holder)
            odd(world, holder, chance)
            merge_records(actor=world.system, keep=one, record=holder, reason="The same license")
        odd(world, one, chance)
        appoint(world, one)
        grant(world, holder, form="TWO" if chance.random() < 0.8 else "GS")
        people.append(one)
    seen = compare(world, people, days=[BEGIN, TODAY, TODAY + DAY], moments=[None, noon(dt.date(2026, 4, 1))])
    wanted = (LookupOutcome.YES,) if "any" in tree and CASES in tree["any"] else tuple(LookupOutcome)
    assert min(seen.get(outcome, 0) for outcome in wanted) >= 3


def odd(world, one, chance) -> None:
    for number in range(chance.choice([1, 2, 3, 4])):
        start, end = chance.choice([*STRETCHES, (None, None), (None, None)])
        kind, extra = chance.choice(
            [
                *[("LIFE_SUPPORT", {"course": each}) for each in ("ACLS", "ACLS", "acls ", "PALS", "BLS")],
                ("LIFE_SUPPORT", {}),
                *[("BOARD_CERT", {"specialty": each}) for each in ("General surgery", "Urology")],
            ]
        )
        row = say(
            world,
            credential(world, one, kind, number=f"{one.pk}-{number}"),
            start,
            end,
            confirmed=chance.random() < 0.8,
            status=chance.choice([*[CredentialStatus.ACTIVE] * 8, *CredentialStatus]),
            extra=extra,
            at=noon(chance.choice([BEGIN, dt.date(2026, 5, 1)])),
        )
        if chance.random() < 0.2:
            supersede([row], actor=world.system, kind=EndKind.MISTAKE, reason="Wrong", at=noon(TODAY - DAY))


ASKED = st.lists(st.tuples(credentials(most=2), st.sets(st.sampled_from("ABC"), min_size=1)), max_size=3)


@quickly
@given(ASKED)
def test_every_certificate_asked_for_is_judged_and_stops_what_asks_for_it(asked):
    """BL-CERT-1 for any certificates: the worst decides; of one privilege only what that one asks for."""
    facts = {
        "on": ON, "category": "Honorary", "carries_privileges": True,
        "asked": [
            {"kind": "LIFE_SUPPORT", "contents": [], "privileges": sorted(codes), "credentials": rows}
            for rows, codes in asked
        ],
    }  # fmt: skip
    found = assert_plain(judge_certificates, facts, {}, days=59)
    outcomes = [outcome_of(rows) for rows, _ in asked]
    assert found.outcome == min(outcomes, key=RANK.get, default=Outcome.NOT_APPLICABLE)
    speaking = [codes for (_, codes), each in zip(asked, outcomes, strict=True) if each == found.outcome]
    assert set(found.reaches) == set().union(*speaking)
    for code in "ABC":
        own = [each for (_, codes), each in zip(asked, outcomes, strict=True) if code in codes]
        narrowed = judge_certificates(for_privilege(facts, code), {})
        assert narrowed.outcome == min(own, key=RANK.get, default=Outcome.NOT_APPLICABLE)
    exempt = judge_certificates({**facts, "carries_privileges": False}, {})
    assert exempt.outcome == Outcome.NOT_APPLICABLE
