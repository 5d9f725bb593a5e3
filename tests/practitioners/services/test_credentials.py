import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test.utils import CaptureQueriesContext

from config.accounts.choices import Role
from config.kernel.errors import Forbidden, Refused
from config.kernel.periods import EndKind, days, through
from practitioners.choices import CredentialStatus, Method, SaidBy, SourceKind, Standing
from practitioners.models import CredentialPeriod
from practitioners.selectors.credentials import licence_periods, periods_of
from practitioners.services.credentials import (
    AlreadyOnFile,
    check_dea_number,
    confirm,
    correct_claim,
    record_claim,
    withdraw_claim,
)
from practitioners.services.evidence import add_evidence, redact_evidence
from practitioners.services.people import add_name, create_practitioner

YEAR = days(dt.date(2026, 1, 1), through(dt.date(2026, 12, 31)))


def licence(actor, person, valid=YEAR, number="036-123456", **more):
    return record_claim(
        actor=actor, practitioner=person, type_code="LICENSE", state="IL", number=number, valid=valid, **more
    )


def answer(actor, person):
    return add_evidence(
        actor=actor,
        practitioner=person,
        title="Print of the board's page",
        source="Illinois board",
        source_kind=SourceKind.PRIMARY,
        method=Method.WEB,
        content=b"Active until 31 December 2026",
        media_type="text/plain",
    )


def live(credential):
    return [
        (row.standing, str(row.valid.lower), str(row.valid.upper))
        for row in credential.periods.live().order_by("valid")
    ]


def test_a_claim_is_not_confirmed_and_says_who_said_it(coordinator, surgeon):
    credential = licence(coordinator, surgeon, said_by=SaidBy.APPLICANT)
    period = credential.periods.get()
    assert (period.standing, period.said_by, period.evidence) == (Standing.CLAIMED, SaidBy.APPLICANT, None)
    assert credential.number_key == "036123456"


def test_a_later_claim_of_the_same_number_replaces_the_earlier(coordinator, surgeon):
    first = licence(coordinator, surgeon)
    second = licence(
        coordinator,
        surgeon,
        number="036 123456",
        issuer="Illinois Department",
        valid=days(dt.date(2026, 1, 1), through(dt.date(2028, 12, 31))),
    )
    assert first.pk == second.pk
    assert live(first) == [("claimed", "2026-01-01", "2029-01-01")]
    old = first.periods.exclude(superseded_at=None).get()
    assert old.end_kind == EndKind.AMENDED


def test_of_a_new_credential_nothing_is_read_that_cannot_be_there(coordinator, surgeon):
    licence(coordinator, surgeon)
    with CaptureQueriesContext(connection) as asked:
        licence(coordinator, surgeon, number="036-200002")
    read = [query["sql"] for query in asked if query["sql"].startswith("SELECT")]
    for table in ("practitioners_credentialperiod", "practitioners_statement"):
        assert not [each for each in read if f'FROM "{table}"' in each], table
    assert len(asked) <= 13


def test_saying_the_same_again_writes_nothing(coordinator, surgeon):
    licence(coordinator, surgeon)
    licence(coordinator, surgeon)
    assert CredentialPeriod.objects.count() == 1


def test_confirming_replaces_claims_and_keeps_other_confirmed_days(coordinator, surgeon):
    credential = licence(coordinator, surgeon)
    evidence = answer(coordinator, surgeon)
    confirm(actor=coordinator, credential=credential, valid=YEAR, evidence=evidence)
    assert live(credential) == [("confirmed", "2026-01-01", "2027-01-01")]
    renewed = days(dt.date(2027, 1, 1), through(dt.date(2028, 12, 31)))
    licence(coordinator, surgeon, valid=days(dt.date(2026, 1, 1), through(dt.date(2028, 12, 31))))
    assert live(credential) == [
        ("confirmed", "2026-01-01", "2027-01-01"),
        ("claimed", "2027-01-01", "2029-01-01"),
    ]
    confirm(actor=coordinator, credential=credential, valid=renewed, evidence=answer(coordinator, surgeon))
    assert live(credential) == [
        ("confirmed", "2026-01-01", "2027-01-01"),
        ("confirmed", "2027-01-01", "2029-01-01"),
    ]


def test_a_claim_never_changes_what_a_source_confirmed(coordinator, surgeon):
    credential = licence(coordinator, surgeon)
    confirm(actor=coordinator, credential=credential, valid=YEAR, evidence=answer(coordinator, surgeon))
    with pytest.raises(Refused, match="confirmed these days already"):
        licence(coordinator, surgeon, status=CredentialStatus.REVOKED)


def test_confirmation_needs_unredacted_evidence_of_the_same_person(coordinator, director, surgeon):
    credential = licence(coordinator, surgeon)
    other = create_practitioner(actor=coordinator, provider_type="MD", last_name="Other")
    with pytest.raises(Refused, match="another practitioner"):
        confirm(actor=coordinator, credential=credential, valid=YEAR, evidence=answer(coordinator, other))
    wrong = answer(coordinator, surgeon)
    redact_evidence(actor=director, evidence=wrong, reason="Another person's page")
    with pytest.raises(Refused, match="removed"):
        confirm(actor=coordinator, credential=credential, valid=YEAR, evidence=wrong)


def test_the_database_refuses_a_confirmation_without_evidence(coordinator, surgeon):
    credential = licence(coordinator, surgeon)
    row = credential.periods.get()
    forged = CredentialPeriod(
        identity=credential,
        valid=DateRange(dt.date(2030, 1, 1), None),
        standing=Standing.CONFIRMED,
        said_by=SaidBy.SOURCE,
        recorded_at=row.recorded_at,
        recorded_by=coordinator,
    )
    with pytest.raises(IntegrityError, match="confirmed_needs_evidence"), transaction.atomic():
        forged.save()


def test_a_withdrawn_claim_is_a_mistake_and_confirmed_days_stay(coordinator, surgeon):
    credential = licence(coordinator, surgeon)
    with pytest.raises(Refused, match="Say why"):
        withdraw_claim(actor=coordinator, credential=credential, reason="")
    withdraw_claim(actor=coordinator, credential=credential, reason="Typed into the wrong file")
    assert live(credential) == []
    assert credential.periods.get().end_kind == EndKind.MISTAKE
    with pytest.raises(Refused, match="Nothing is claimed"):
        withdraw_claim(actor=coordinator, credential=credential, reason="Again")


def test_a_corrected_number_moves_the_claim_to_another_credential(coordinator, surgeon):
    wrong = licence(coordinator, surgeon, number="036-123465")
    right = correct_claim(actor=coordinator, credential=wrong, state="IL", number="036-123456", valid=YEAR)
    assert right.pk != wrong.pk
    assert live(wrong) == []
    assert live(right) == [("claimed", "2026-01-01", "2027-01-01")]
    same = correct_claim(
        actor=coordinator, credential=right, state="IL", number="036-123456", valid=YEAR, status="PROBATION"
    )
    assert same.pk == right.pk
    assert same.periods.live().get().status == "PROBATION"


def test_a_dea_number_is_judged_by_arithmetic_and_warned_about_by_names(coordinator, surgeon):
    with pytest.raises(Refused, match="check digit") as refused:
        record_claim(actor=coordinator, practitioner=surgeon, type_code="DEA", number="AK1234567", valid=YEAR)
    assert refused.value.field == "number"
    assert "begins otherwise" in check_dea_number(surgeon, "BB1388568").warnings[0]
    add_name(actor=coordinator, practitioner=surgeon, kind="maiden", last_name="Borowska")
    assert check_dea_number(surgeon, "BB1388568").warnings == []
    credential = record_claim(
        actor=coordinator,
        practitioner=surgeon,
        type_code="DEA",
        number="bb1388568",
        valid=YEAR,
        extra={"schedules": ["2", "3N"], "business_address_state": "IL"},
    )
    assert credential.number == "BB1388568"
    assert credential.periods.get().extra["schedules"] == ["2", "3N"]


@pytest.mark.parametrize(
    ("kind", "given", "field", "part"),
    [
        ("LICENSE", {"state": "ZZ", "number": "1"}, "state", "Choose the state"),
        ("LICENSE", {"state": "IL", "number": ""}, "number", "Enter the license number"),
        ("LICENSE", {"state": "IL", "number": "---"}, "number", "neither letters nor digits"),
        ("LICENSE", {"state": "IL", "number": "1", "extra": {"colour": "red"}}, "colour", "not a field"),
        ("LICENSE", {"state": "IL", "number": "1", "status": "FINE"}, "status", "issuer says"),
        (
            "DEA",
            {"number": "BB1388568", "extra": {"schedules": ["9"]}},
            "schedules",
            "not one of the answers",
        ),
        (
            "BOARD_CERT",
            {"issuer": "American Board of Surgery", "extra": {"initial_on": "soon"}},
            "initial_on",
            "date",
        ),
        ("LIFE_SUPPORT", {"issuer": "Heart association"}, "course", "Course is missing"),
        ("PEER_REFERENCE", {"extra": {"name": "Dr. Lee", "email": "nowhere"}}, "email", "e-mail"),
        ("MALPRACTICE", {"issuer": "Mutual", "extra": {"per_claim_usd": -1}}, "per_claim_usd", "at least 0"),
        ("MEDICAL_SCHOOL", {"number": "77"}, "number", "has no number"),
        ("WORK_HISTORY", {"issuer": "x" * 201}, "issuer", "longer than 200"),
        ("NOTHING", {}, "", "no kind of credential NOTHING"),
    ],
)
def test_bad_input_is_a_sentence_at_its_field(coordinator, surgeon, kind, given, field, part):
    with pytest.raises(Refused, match=part) as refused:
        record_claim(actor=coordinator, practitioner=surgeon, type_code=kind, valid=YEAR, **given)
    assert refused.value.field == field
    assert not CredentialPeriod.objects.exists()


def test_kinds_without_numbers_are_told_apart_by_their_content(coordinator, surgeon):
    def work(start, position):
        return record_claim(
            actor=coordinator,
            practitioner=surgeon,
            type_code="WORK_HISTORY",
            issuer="County Hospital",
            valid=days(start, None),
            extra={"position": position},
        )

    first, again = work(dt.date(2015, 7, 1), "Surgeon"), work(dt.date(2020, 7, 1), "Surgeon")
    assert first.pk != again.pk
    references = [
        record_claim(
            actor=coordinator,
            practitioner=surgeon,
            type_code="PEER_REFERENCE",
            valid=DateRange(None, None),
            extra={"name": name, "same_discipline": True},
        )
        for name in ("Dr. Lee", "Dr. Okafor", "Dr. Lee")
    ]
    assert references[0].pk == references[2].pk != references[1].pk


def test_words_of_a_list_are_taken_whatever_their_capitals(coordinator, surgeon):
    credential = record_claim(
        actor=coordinator,
        practitioner=surgeon,
        type_code="LIFE_SUPPORT",
        issuer="Heart association",
        valid=YEAR,
        extra={"course": "atls"},
    )
    assert credential.periods.get().extra == {"course": "ATLS"}


def test_who_may_not_edit_may_not_claim_and_the_lookup_may_not_confirm(user_with, coordinator, surgeon):
    ward = user_with(Role.LOOKUP)
    with pytest.raises(Forbidden):
        licence(ward, surgeon)
    credential = licence(coordinator, surgeon)
    with pytest.raises(Forbidden):
        confirm(actor=ward, credential=credential, valid=YEAR, evidence=answer(coordinator, surgeon))


def test_periods_are_read_as_of_a_day_and_as_known_at_a_moment(coordinator, surgeon):
    credential = licence(coordinator, surgeon)
    claimed_at = credential.periods.get().recorded_at
    confirm(actor=coordinator, credential=credential, valid=YEAR, evidence=answer(coordinator, surgeon))
    day = dt.date(2026, 12, 31)
    assert [row.standing for row in periods_of([surgeon.pk], on=day)] == ["confirmed"]
    assert [row.standing for row in periods_of([surgeon.pk], on=day, known_at=claimed_at)] == ["claimed"]
    assert not periods_of([surgeon.pk], on=dt.date(2027, 1, 1))
    assert not periods_of([surgeon.pk], type_codes=["DEA"])
    assert licence_periods([surgeon.pk], "IL").count() == 1
    assert not licence_periods([surgeon.pk], "WI").exists()


class TestWhatCannotBeMeant:
    """Days and numbers that are a slip of the pen are refused, at their field."""

    @pytest.mark.parametrize(
        ("first", "last", "field"),
        [
            (dt.date(1890, 1, 1), dt.date(2026, 12, 31), "start"),
            (dt.date(2020, 1, 1), dt.date(2300, 1, 1), "last_day"),
            (dt.date(2090, 1, 1), None, "start"),
        ],
    )
    def test_days(self, coordinator, surgeon, first, last, field):
        with pytest.raises(Refused) as refused:
            licence(coordinator, surgeon, valid=days(first, through(last)))
        assert refused.value.field == field
        assert not CredentialPeriod.objects.exists()

    def test_a_first_day_before_the_birth_date(self, coordinator, surgeon):
        surgeon.birth_date = dt.date(1990, 5, 4)
        surgeon.save()
        with pytest.raises(Refused, match="before the birth date"):
            licence(coordinator, surgeon, valid=days(dt.date(1989, 1, 1), None))

    @pytest.mark.parametrize("number", ["036😀123456", "036\t<123>", "036\u202e123456"])
    def test_numbers(self, coordinator, surgeon, number):
        with pytest.raises(Refused, match="no sign of a number") as refused:
            licence(coordinator, surgeon, number=number)
        assert refused.value.field == "number"

    def test_numbers_as_issuers_print_them(self, coordinator, surgeon):
        for number in ("036.168655", "MD-12/345 A", "036#77 (2)"):
            licence(coordinator, surgeon, number=number)
        assert CredentialPeriod.objects.count() == 3


class TestAlreadyOnFile:
    def confirmed(self, coordinator, surgeon):
        credential = licence(coordinator, surgeon)
        confirm(actor=coordinator, credential=credential, valid=YEAR, evidence=answer(coordinator, surgeon))
        return credential

    def test_adding_what_is_there_asks_whether_it_is_a_renewal(self, coordinator, surgeon):
        credential = self.confirmed(coordinator, surgeon)
        with pytest.raises(AlreadyOnFile, match="on file already") as there:
            licence(coordinator, surgeon, new=True)
        assert there.value.credential == credential

    def test_what_was_withdrawn_can_be_added_again(self, coordinator, surgeon):
        credential = licence(coordinator, surgeon)
        withdraw_claim(actor=coordinator, credential=credential, reason="Typed twice")
        assert licence(coordinator, surgeon, new=True) == credential

    def test_a_claim_of_confirmed_days_leaves_no_run_out_scrap(self, coordinator, surgeon):
        credential = self.confirmed(coordinator, surgeon)
        with pytest.raises(Refused, match="confirmed these days already"):
            licence(coordinator, surgeon, valid=days(dt.date(2020, 1, 1), through(dt.date(2026, 12, 31))))
        licence(coordinator, surgeon, valid=days(dt.date(2020, 1, 1), through(dt.date(2028, 12, 31))))
        assert live(credential) == [
            ("confirmed", "2026-01-01", "2027-01-01"),
            ("claimed", "2027-01-01", "2029-01-01"),
        ]

    def test_what_held_before_the_confirmed_days_can_still_be_claimed(self, coordinator, surgeon):
        credential = self.confirmed(coordinator, surgeon)
        licence(coordinator, surgeon, valid=days(dt.date(2023, 1, 1), through(dt.date(2025, 12, 31))))
        assert live(credential)[0] == ("claimed", "2023-01-01", "2026-01-01")
