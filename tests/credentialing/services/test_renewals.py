"""Verifying a credential outside any application, and what follows from it."""

from __future__ import annotations

import datetime as dt

import pytest

from bylaws.choices import BarKind
from bylaws.models import BarPeriod, StaffCategory
from bylaws.services.standing import apply_standing_conditions
from config.accounts.choices import Role
from config.audit.models import AuditEvent
from config.kernel.errors import Forbidden, Refused
from config.kernel.periods import days, through
from credentialing.selectors import expirables
from credentialing.services.renewals import verify_credential
from practitioners.choices import CredentialStatus, Method, SourceKind
from practitioners.models import Credential
from practitioners.services.credentials import confirm, record_claim
from practitioners.services.evidence import add_evidence
from practitioners.services.people import link_user
from tests.credentialing.world import TODAY

DAY = dt.timedelta(days=1)
BOARD = "State Medical Board of Ohio"


@pytest.fixture
def surgeon(world):
    """A member whose confirmed licence ran out the day before yesterday."""
    person = world.practitioner()
    world.category = StaffCategory.objects.get(code="active")
    world.appoint(person)
    person.licence = world.claim(
        person, "LICENSE", dt.date(2024, 3, 9), TODAY - 2 * DAY, state="OH", number="35.100001", issuer=BOARD
    )
    evidence = add_evidence(
        actor=world.coordinator, practitioner=person, title="Print", source=BOARD,
        source_kind=SourceKind.PRIMARY, method=Method.WEB, content=b"Active", media_type="text/plain",
    )  # fmt: skip
    confirm(
        actor=world.coordinator, credential=person.licence, evidence=evidence,
        valid=days(dt.date(2024, 3, 9), through(TODAY - 2 * DAY)),
    )  # fmt: skip
    return person


def ask_the_board(world, credential, **more):
    values = {
        "actor": world.coordinator, "credential": credential, "facility": world.facility, "source": BOARD,
        "source_kind": SourceKind.PRIMARY, "method": Method.WEB, "verified_on": TODAY,
        "valid_from": TODAY - DAY, "valid_through": dt.date(2028, 3, 31), "status": "ACTIVE",
        "content": b"Active through 2028-03-31", "media_type": "text/plain",
    }  # fmt: skip
    return verify_credential(**values | more)


def spans(credential):
    return [
        (row.standing, row.status, str(row.valid.lower), str(row.valid.upper))
        for row in credential.periods.live().order_by("valid")
    ]


def test_the_answer_is_evidence_and_confirms_the_renewal(world, surgeon):
    period = ask_the_board(world, surgeon.licence, tried="5 Mar by telephone: nobody answered.")
    assert spans(surgeon.licence) == [
        ("confirmed", "ACTIVE", "2024-03-09", "2026-03-09"),
        ("confirmed", "ACTIVE", "2026-03-09", "2028-04-01"),
    ]
    assert period.evidence.source == BOARD
    assert "Tried before: 5 Mar by telephone: nobody answered." in period.evidence.summary
    event = AuditEvent.objects.get(verb="credential.verified")
    assert event.facility_code == world.facility.code
    assert event.data["evidence_hash"] == period.evidence.hash


def test_the_suspension_that_stood_was_a_mistake_when_there_was_no_gap(world, surgeon):
    apply_standing_conditions(actor=world.system, facility=world.facility, on=TODAY)
    bar = BarPeriod.objects.live().get()
    assert bar.identity.kind == BarKind.ADMINISTRATIVE_SUSPENSION
    ask_the_board(world, surgeon.licence)
    assert apply_standing_conditions(actor=world.system, facility=world.facility, on=TODAY)["voided"] == 1
    assert not BarPeriod.objects.live().exists()


def test_the_suspension_ends_with_the_cure_when_there_was_a_gap(world, surgeon):
    apply_standing_conditions(actor=world.system, facility=world.facility, on=TODAY)
    ask_the_board(world, surgeon.licence, valid_from=TODAY)
    assert apply_standing_conditions(actor=world.system, facility=world.facility, on=TODAY)["lifted"] == 1
    assert BarPeriod.objects.live().get().valid.upper == TODAY


def test_what_the_source_says_of_now_ends_what_was_confirmed_for_later(world, surgeon):
    ask_the_board(world, surgeon.licence)
    ask_the_board(
        world, surgeon.licence, status=CredentialStatus.REVOKED, valid_from=TODAY, valid_through=None,
        content=b"Revoked",
    )  # fmt: skip
    assert spans(surgeon.licence)[-1] == ("confirmed", "REVOKED", "2026-03-10", "None")


def test_an_oral_answer_needs_its_note(world, surgeon):
    with pytest.raises(Refused, match="Write down who said what") as refused:
        ask_the_board(world, surgeon.licence, method=Method.PHONE, content=None)
    assert refused.value.field == "result"
    ask_the_board(world, surgeon.licence, method=Method.PHONE, content=None, result="Ms Ito: active.")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"verified_on": TODAY + DAY}, "verified_on"),
        ({"verified_on": dt.date(1900, 1, 1)}, "verified_on"),
        ({"source_date": TODAY + DAY}, "source_date"),
        ({"source": " "}, "source"),
        ({"source_kind": SourceKind.SELF}, "source_kind"),
        ({"valid_through": dt.date(2300, 1, 1)}, "valid_through"),
        ({"valid_through": None}, "valid_through"),
        ({"valid_from": dt.date(1890, 1, 1)}, "valid_from"),
        ({"valid_through": TODAY - 9 * DAY}, "valid_through"),
        ({"content": None}, "document"),
    ],
)
def test_what_cannot_be_so_is_refused_at_its_field(world, surgeon, given, field):
    with pytest.raises(Refused) as refused:
        ask_the_board(world, surgeon.licence, **given)
    assert refused.value.field == field
    assert len(spans(surgeon.licence)) == 1


def test_who_may(world, surgeon):
    with pytest.raises(Forbidden, match="do not include"):
        ask_the_board(world, surgeon.licence, actor=world.compliance)
    with pytest.raises(Forbidden, match="by a person"):
        ask_the_board(world, surgeon.licence, actor=world.system)
    own = world.user("Own File", Role.CREDENTIALING_COORDINATOR)
    link_user(actor=world.system, practitioner=surgeon, user=own)
    with pytest.raises(Forbidden, match="own file"):
        ask_the_board(world, Credential.objects.get(pk=surgeon.licence.pk), actor=own)


def test_what_is_never_renewed_is_found_out_in_an_application(world):
    school = world.state_everything(world.practitioner())["school"]
    with pytest.raises(Refused, match="within an application"):
        ask_the_board(world, school)


class TestRunningOut:
    def listed(self, world):
        rows = expirables.expiring([world.facility.pk], on=TODAY)
        return [(row.standing, str(row.end), row.renewal_claimed) for row in rows]

    def test_a_claimed_renewal_never_hides_what_is_confirmed(self, world, surgeon):
        assert self.listed(world) == [("confirmed", "2026-03-08", False)]
        record_claim(
            actor=world.coordinator, practitioner=surgeon, type_code="LICENSE", state="OH",
            number="35.100001", valid=days(dt.date(2024, 3, 9), through(dt.date(2028, 3, 31))),
        )  # fmt: skip
        assert self.listed(world) == [("confirmed", "2026-03-08", True)]
        ask_the_board(world, surgeon.licence)
        assert self.listed(world) == []

    def test_few_credentials_named_one_by_one_are_the_same_as_all_that_expire(
        self, world, surgeon, monkeypatch
    ):
        def both() -> list[list[int]]:
            answers = []
            for few in (expirables.FEW_CLAIMS, 0):
                monkeypatch.setattr(expirables, "FEW_CLAIMS", few)
                rows = expirables.expiring([world.facility.pk], on=TODAY).filter(expirables.renewal_waits())
                answers.append(list(rows.values_list("pk", flat=True)))
            monkeypatch.undo()
            return answers

        assert both() == [[], []]
        for state, number, last in (("IN", "7", 2026), ("OH", "35.100001", 2028)):
            record_claim(
                actor=world.coordinator, practitioner=surgeon, type_code="LICENSE", state=state,
                number=number, valid=days(dt.date(2024, 3, 9), through(dt.date(last, 4, 30))),
            )  # fmt: skip
        named, all_of_them = both()
        assert len(named) == 1, "what is only claimed has no renewal"
        assert named == all_of_them


@pytest.mark.parametrize(
    ("kind", "state", "extra", "last_day"),
    [
        ("COURSE", "", {"course": "Robotic surgery console course", "lifetime": True}, None),
        ("COURSE", "", {"course": "Fluoroscopy operator permit"}, dt.date(2027, 3, 8)),
        ("SUPERVISION", "OH", {"agreement": "collaboration"}, dt.date(2027, 3, 8)),
    ],
)
def test_what_criteria_of_privileges_ask_for_is_confirmed_with_evidence(
    world, surgeon, kind, state, extra, last_day
):
    claim = world.claim(
        surgeon, kind, dt.date(2025, 3, 9), last_day, issuer="Prairie Surgical", state=state, extra=extra
    )
    period = ask_the_board(
        world, claim, source="Prairie Surgical", valid_from=dt.date(2025, 3, 9), valid_through=last_day
    )
    assert (period.standing, period.extra) == ("confirmed", extra)
    assert period.evidence.source == "Prairie Surgical"
