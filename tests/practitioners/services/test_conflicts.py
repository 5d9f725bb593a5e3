import datetime as dt

import pytest

from config.accounts.choices import Role
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Conflict as Changed
from config.kernel.errors import Forbidden, Refused
from config.kernel.periods import days, through
from practitioners.choices import Method, NameKind, SaidBy, SourceKind
from practitioners.models import ConflictResolution, Statement
from practitioners.rules.provenance import System
from practitioners.selectors.provenance import conflict_about, conflicts_of, open_conflicts
from practitioners.services.conflicts import resolve_conflict
from practitioners.services.credentials import confirm, correct_claim, record_claim
from practitioners.services.evidence import add_evidence
from practitioners.services.people import (
    add_identifier,
    add_name,
    correct_practitioner,
    create_practitioner,
    link_user,
)
from practitioners.services.statements import record_statements

DAY = dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def on_a_day():
    with clock.freeze(DAY):
        yield


def later(days_on: int):
    """The clock that many days later."""
    return clock.freeze(DAY + dt.timedelta(days=days_on))


def said(surgeon, fact, said_by):
    return surgeon.statements.filter(fact=fact, said_by=said_by).order_by("recorded_at", "pk").last()


def contested(viewer, surgeon):
    return [one for one in conflicts_of(viewer, surgeon) if one.open]


@pytest.fixture
def registry_says(system, surgeon):
    def say(**facts):
        return record_statements(actor=system, practitioner=surgeon, said=facts, said_by=SaidBy.NPPES)

    return say


def test_the_services_write_down_who_said_what(coordinator, surgeon):
    correct_practitioner(
        actor=coordinator, practitioner=surgeon, birth_date=dt.date(1980, 6, 14), sex="F", reason="Passport"
    )
    add_identifier(actor=coordinator, practitioner=surgeon, kind="caqh", value="12345678")
    record_claim(
        actor=coordinator, practitioner=surgeon, type_code="LICENSE", state="IL", number="036.1",
        valid=days(dt.date(2025, 1, 1), through(dt.date(2026, 12, 31))), said_by=SaidBy.APPLICANT,
    )  # fmt: skip
    words = {(row.fact, row.value, row.said_by) for row in Statement.objects.all()}
    assert words == {
        ("legal_name", "Kowalski, Maria Ewa", "coordinator"),
        ("npi", "1234567893", "coordinator"),
        ("provider_type", "Physician (MD)", "coordinator"),
        ("sex", "Female", "coordinator"),
        ("birth_date", "1980-06-14", "coordinator"),
        ("identifier.caqh", "12345678", "coordinator"),
        ("number", "036.1", "applicant"),
        ("state", "IL", "applicant"),
        ("first_day", "2025-01-01", "applicant"),
        ("last_day", "2026-12-31", "applicant"),
        ("status", "Active", "applicant"),
    }


def test_a_source_repeats_itself_once(registry_says, surgeon):
    assert len(registry_says(sex="Female")) == 1
    assert registry_says(sex="Female") == []


def test_two_sources_that_differ_are_a_conflict_until_somebody_decides(coordinator, surgeon, registry_says):
    correct_practitioner(actor=coordinator, practitioner=surgeon, sex="F")
    assert conflicts_of(coordinator, surgeon) == []
    with later(1):
        registry_says(sex="Male")
        (found,) = contested(coordinator, surgeon)
        assert (found.title, {word.value for word in found.words}) == ("Sex", {"Female", "Male"})
        assert [one.title for one in open_conflicts(coordinator)] == ["Sex"]
    with later(2):
        taken = said(surgeon, "sex", SaidBy.NPPES)
        resolve_conflict(actor=coordinator, taken=taken, reason="Seen on the passport.")
        surgeon.refresh_from_db()
        assert surgeon.sex == "M"
        (found,) = conflicts_of(coordinator, surgeon)
        assert not found.open
        assert found.resolutions[0].reason == "Seen on the passport."
        assert open_conflicts(coordinator) == []
        event = AuditEvent.objects.get(verb="conflict.resolved")
        assert event.data == {"fact": "Sex", "taken_from": "nppes"}
    with later(3):
        registry_says(sex="Male")  # nothing new
        assert contested(coordinator, surgeon) == []
        correct_practitioner(actor=coordinator, practitioner=surgeon, sex="F")  # a person says it again
        assert [one.title for one in contested(coordinator, surgeon)] == ["Sex"]


def test_a_source_that_says_something_new_opens_it_again(coordinator, surgeon, registry_says):
    registry_says(legal_name="Kowalska, Maria")
    taken = said(surgeon, "legal_name", SaidBy.COORDINATOR)
    with later(1):
        resolve_conflict(actor=coordinator, taken=taken, reason="Driver's license")
        assert contested(coordinator, surgeon) == []
    with later(2):
        registry_says(legal_name="Kowalski-Reed, Maria")
        assert [one.label for one in contested(coordinator, surgeon)] == ["Legal name"]


def test_another_surname_that_is_taken_leaves_the_one_before_as_a_former_name(
    coordinator, surgeon, registry_says
):
    registry_says(legal_name="Reed, Maria Ewa")
    resolve_conflict(
        actor=coordinator, taken=said(surgeon, "legal_name", SaidBy.NPPES), reason="Marriage certificate"
    )
    surgeon.refresh_from_db()
    assert surgeon.display_name == "Reed, Maria Ewa"
    assert surgeon.names.get(kind=NameKind.FORMER).last_name == "Kowalski"
    assert contested(coordinator, surgeon) == []


def test_what_a_source_leaves_out_of_a_name_stays(coordinator, surgeon, registry_says):
    registry_says(legal_name="Reed, Maria")
    resolve_conflict(
        actor=coordinator, taken=said(surgeon, "legal_name", SaidBy.NPPES), reason="Marriage certificate"
    )
    surgeon.refresh_from_db()
    assert surgeon.display_name == "Reed, Maria Ewa"
    assert not any(one.open for one in conflicts_of(coordinator, surgeon))


def test_the_number_that_is_taken_stays_alone_of_its_kind(coordinator, surgeon):
    for value, who in (("12345678", SaidBy.APPLICANT), ("12345687", SaidBy.NPPES)):
        add_identifier(actor=coordinator, practitioner=surgeon, kind="caqh", value=value, said_by=who)
    taken = said(surgeon, "identifier.caqh", SaidBy.APPLICANT)
    resolve_conflict(actor=coordinator, taken=taken, reason="Shown in the portal")
    assert surgeon.identifiers.get().value == "12345678"
    assert contested(coordinator, surgeon) == []


def test_numbers_of_which_one_may_have_several_contradict_nobody(coordinator, surgeon):
    for value, state, who in (("A1", "IL", SaidBy.APPLICANT), ("B2", "OH", SaidBy.NPPES)):
        add_identifier(
            actor=coordinator, practitioner=surgeon, kind="medicaid", value=value, state=state, said_by=who
        )
        add_identifier(actor=coordinator, practitioner=surgeon, kind="medicare", value=value, said_by=who)
    assert conflicts_of(coordinator, surgeon) == []


# --- credentials ----------------------------------------------------------------------------------------


@pytest.fixture
def claim(coordinator, surgeon):
    def make(last: dt.date, said_by=SaidBy.APPLICANT, number="036.100200", first=dt.date(2024, 8, 1)):
        return record_claim(
            actor=coordinator, practitioner=surgeon, type_code="LICENSE", state="IL", number=number,
            valid=days(first, through(last)), said_by=said_by,
        )  # fmt: skip

    return make


@pytest.fixture
def board_says(coordinator, surgeon):
    def say(credential, last: dt.date, first=dt.date(2024, 8, 1), status="ACTIVE"):
        evidence = add_evidence(
            actor=coordinator, practitioner=surgeon, title="Board's page", source="Illinois board",
            source_kind=SourceKind.PRIMARY, method=Method.WEB, content=b"x", media_type="text/plain",
        )  # fmt: skip
        confirm(
            actor=coordinator, credential=credential, valid=days(first, through(last)), evidence=evidence,
            status=status,
        )  # fmt: skip

    return say


def test_a_board_that_says_another_last_day_contradicts_the_applicant(
    coordinator, surgeon, claim, board_says
):
    licence = claim(dt.date(2027, 7, 31))
    board_says(licence, dt.date(2026, 7, 31))
    (found,) = contested(coordinator, surgeon)
    assert found.title == f"{licence}: last day"
    board = next(word for word in found.words if word.statement.said_by == SaidBy.SOURCE)
    assert board.statement.evidence.title == "Board's page"
    with pytest.raises(Refused, match="only by another verification"):
        resolve_conflict(
            actor=coordinator,
            taken=said(surgeon, "last_day", SaidBy.APPLICANT),
            reason="They said so",
        )
    assert not ConflictResolution.objects.exists()
    resolve_conflict(actor=coordinator, taken=board.statement, reason="The board knows.")
    assert contested(coordinator, surgeon) == []


def test_a_status_the_board_sees_otherwise_is_a_conflict(coordinator, surgeon, claim, board_says):
    board_says(claim(dt.date(2026, 7, 31)), dt.date(2026, 7, 31), status="PROBATION")
    assert [one.label for one in contested(coordinator, surgeon)] == ["Status"]


def test_a_renewal_is_no_conflict(coordinator, surgeon, claim, board_says):
    licence = claim(dt.date(2026, 7, 31))
    with later(5):
        board_says(licence, dt.date(2026, 7, 31))
    with later(120):  # renewed a month before it runs out: first on somebody's word, then by the board
        claim(dt.date(2028, 7, 31), first=dt.date(2026, 8, 1))
        assert contested(coordinator, surgeon) == []
    with later(130):
        board_says(licence, dt.date(2028, 7, 31))
        assert contested(coordinator, surgeon) == []


def test_a_licence_that_was_suspended_later_is_news(coordinator, surgeon, claim, board_says):
    licence = claim(dt.date(2026, 7, 31))
    with later(5):
        board_says(licence, dt.date(2026, 7, 31))
    with later(20):
        board_says(licence, dt.date(2026, 7, 31), status="SUSPENDED")
        assert contested(coordinator, surgeon) == []


def test_a_number_corrected_against_the_registry_is_a_conflict_about_the_old_one(coordinator, surgeon, claim):
    registry = claim(dt.date(2026, 7, 31), SaidBy.NPPES, number="036.100299")
    correct_claim(
        actor=coordinator, credential=registry, state="IL", number="036.100200",
        valid=days(dt.date(2024, 8, 1), through(dt.date(2026, 7, 31))), said_by=SaidBy.COORDINATOR,
    )  # fmt: skip
    (found,) = contested(coordinator, surgeon)
    assert {word.value for word in found.words} == {"036.100299", "036.100200"}
    taken = surgeon.statements.get(said_by=SaidBy.COORDINATOR, subject=registry.uid, fact="number")
    resolve_conflict(actor=coordinator, taken=taken, reason="Read from the license")
    assert contested(coordinator, surgeon) == []


def test_a_day_that_is_taken_corrects_the_claim(coordinator, surgeon, claim):
    licence = claim(dt.date(2026, 7, 31), SaidBy.ROSTER)
    claim(dt.date(2026, 9, 30))
    assert [one.label for one in contested(coordinator, surgeon)] == ["Last day"]
    taken = said(surgeon, "last_day", SaidBy.ROSTER)
    resolve_conflict(actor=coordinator, taken=taken, reason="Read from the license")
    assert licence.periods.live().get().end == dt.date(2026, 7, 31)
    assert contested(coordinator, surgeon) == []
    assert surgeon.statements.filter(fact="last_day").count() == 2  # nobody said anything new


# --- who, and what cannot be ----------------------------------------------------------------------------


def test_what_cannot_be_decided_is_refused(coordinator, surgeon, registry_says):
    agreed = said(surgeon, "npi", SaidBy.COORDINATOR)
    with pytest.raises(Changed, match="Nobody contradicts"):
        resolve_conflict(actor=coordinator, taken=agreed, reason="x")
    (old,) = registry_says(sex="Male")
    correct_practitioner(actor=coordinator, practitioner=surgeon, sex="F")
    with later(1):
        registry_says(sex="Another answer")
        with pytest.raises(Changed, match="something else by now"):
            resolve_conflict(actor=coordinator, taken=old, reason="x")
        with pytest.raises(Refused, match="Say why"):
            resolve_conflict(actor=coordinator, taken=said(surgeon, "sex", SaidBy.NPPES), reason=" ")


def test_who_may_decide_and_who_may_see(user_with, system, coordinator, surgeon, registry_says):
    registry_says(sex="Male")
    correct_practitioner(actor=coordinator, practitioner=surgeon, sex="F")
    taken = said(surgeon, "sex", SaidBy.NPPES)
    for role in (Role.MEDICAL_STAFF_COORDINATOR, Role.COMPLIANCE_OFFICER, Role.LOOKUP):
        with pytest.raises(Forbidden):
            resolve_conflict(actor=user_with(role), taken=taken, reason="x")
    assert conflicts_of(user_with(Role.LOOKUP, username="ward"), surgeon) == []
    assert conflict_about(user_with(Role.LOOKUP, username="ward 2"), taken.uid) is None
    link_user(actor=system, practitioner=surgeon, user=coordinator)
    taken.refresh_from_db()
    surgeon.refresh_from_db()
    assert conflicts_of(coordinator, surgeon) == []
    with pytest.raises(Forbidden, match="own file"):
        resolve_conflict(actor=coordinator, taken=Statement.objects.get(pk=taken.pk), reason="x")


def test_birth_dates_are_decided_by_those_who_see_them_and_hidden_from_others(
    coordinator, surgeon, user_with, registry_says
):
    correct_practitioner(actor=coordinator, practitioner=surgeon, birth_date=dt.date(1980, 6, 14))
    registry_says(birth_date=dt.date(1981, 6, 14))
    (found,) = contested(user_with(Role.MEDICAL_STAFF_COORDINATOR), surgeon)
    assert found.hidden
    taken = said(surgeon, "birth_date", SaidBy.NPPES)
    resolve_conflict(actor=coordinator, taken=taken, reason="Passport")
    surgeon.refresh_from_db()
    assert surgeon.birth_date == dt.date(1981, 6, 14)


def test_a_new_legal_name_by_marriage_contradicts_the_registry_until_it_follows(
    coordinator, surgeon, registry_says
):
    registry_says(legal_name="Kowalski, Maria E.")
    assert contested(coordinator, surgeon) == []  # an initial contradicts nothing
    with later(1):
        add_name(
            actor=coordinator, practitioner=surgeon, kind=NameKind.LEGAL, last_name="Reed", first_name="Maria"
        )
        assert [one.label for one in contested(coordinator, surgeon)] == ["Legal name"]
    with later(2):
        registry_says(legal_name="Reed, Maria")
        assert contested(coordinator, surgeon) == []


def test_the_queue_costs_the_same_for_any_number_of_people(coordinator, django_assert_max_num_queries):
    for number in range(6):
        person = create_practitioner(
            actor=coordinator, provider_type="MD", last_name=f"Person{number}", sex="F"
        )
        record_statements(actor=coordinator, practitioner=person, said={"sex": "Male"}, said_by=SaidBy.NPPES)
    with django_assert_max_num_queries(5):
        assert len(open_conflicts(coordinator)) == 6


def test_two_rosters_of_different_systems_contradict_each_other(coordinator, surgeon):
    north, south = System("north", "Roster of North Hospital"), System("south", "Roster of South Hospital")

    def say(system, sex):
        record_statements(
            actor=coordinator, practitioner=surgeon, said={"sex": sex}, said_by=SaidBy.ROSTER, system=system
        )

    say(north, "Female")
    say(south, "Male")
    (found,) = contested(coordinator, surgeon)
    assert {word.statement.who.partition(", ")[2] for word in found.words} == {north.name, south.name}
    assert [one.title for one in open_conflicts(coordinator)] == ["Sex"]
    with later(1):
        say(south, "Female")
        assert contested(coordinator, surgeon) == [], "the same system spoke again and agrees by now"
