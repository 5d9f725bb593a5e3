"""Asking, deciding, making, fetching: who may, in which order, and what is written down of it."""

from __future__ import annotations

import datetime as dt

import pyrage
import pytest
from cryptography.fernet import Fernet
from django.db import IntegrityError, connection, connections, transaction

from config.accounts.choices import Role
from config.accounts.models import User
from config.accounts.services.users import give_role
from config.audit.models import AuditEvent
from config.audit.services.events import record_event
from config.custody.choices import CustodyStatus
from config.custody.models import CustodyExport
from config.custody.package.age import fingerprint
from config.custody.package.places import file_of, unfinished_file_of
from config.custody.selectors.exports import get_export, steps_of, visible_exports, waiting_for_second
from config.custody.services import exports
from config.custody.services.making import make_export
from config.kernel import clock
from config.kernel.errors import Conflict, Forbidden, Refused
from config.kernel.registries import queues
from practitioners.services.people import create_practitioner
from practitioners.services.protected import record_ssn
from tests.config.conftest import NOON

KEY = str(pyrage.x25519.Identity.generate().to_public())
SECRET_KEY = str(pyrage.x25519.Identity.generate())


@pytest.fixture(autouse=True)
def own_folders(settings, tmp_path):
    settings.STANDING_STORE = tmp_path / "store"
    settings.STANDING_CUSTODY = tmp_path / "custody"


@pytest.fixture
def person(system, facility, other_facility):
    """``person("director", Role.DIRECTOR)``: at both facilities, or ``at`` one."""

    def make(name: str, role: Role, *, at=None) -> User:
        user = User.objects.create_user(name, f"{name}@example.org", "not used here", last_name=name)
        for place in (facility, other_facility) if at is None else (at,):
            give_role(actor=system, user=user, role=role, facility=place, start=dt.date(2020, 1, 1))
        return user

    return make


@pytest.fixture
def director(person):
    return person("director", Role.DIRECTOR)


@pytest.fixture
def officer(person):
    return person("officer", Role.CHIEF_MEDICAL_OFFICER)


def asked(director, **more) -> CustodyExport:
    given = {
        "purpose": "archive",
        "reason": "The contract ends.",
        "receiver": "Ada Min, 555-0107",
        "public_key": KEY,
    }
    return exports.ask_for_export(actor=director, **(given | more))


def approved(director, officer) -> CustodyExport:
    export = asked(director)
    return exports.approve_export(actor=officer, export=export, fingerprint_seen=fingerprint(KEY))


def test_a_director_asks_and_another_leader_approves(director, officer, db):
    export = approved(director, officer)
    assert export.status == CustodyStatus.APPROVED
    assert [(each.verb, each.actor_name) for each in steps_of(export)] == [
        ("custody.approved", str(officer)),
        ("custody.asked", str(director)),
    ]
    event = AuditEvent.objects.get(verb="custody.asked")
    assert event.reason == "The contract ends."
    assert event.data["fingerprint"] == fingerprint(KEY)


def test_nobody_is_both_of_the_two(director, system, person, facility):
    export = asked(director)
    with pytest.raises(Forbidden, match="a second person has to approve"):
        exports.approve_export(actor=director, export=export, fingerprint_seen=fingerprint(KEY))
    with pytest.raises(Forbidden, match="a second person"):
        exports.approve_export(actor=system, export=export, fingerprint_seen=fingerprint(KEY))
    for row in ({"decided_by": director}, {"decided_by": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CustodyExport.objects.filter(pk=export.pk).update(
                status="approved", decided_at=clock.now() if row["decided_by"] else None, **row
            )


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.DIRECTOR}))
def test_only_directors_ask(person, role):
    with pytest.raises(Forbidden, match="Export everything, with a second person"):
        asked(person("somebody", role))


@pytest.mark.parametrize("role", sorted(Role))
def test_the_second_is_a_director_or_the_chief_medical_officer_or_the_chief_executive(person, director, role):
    export, second = asked(director), person("second", role)
    if role in (Role.DIRECTOR, Role.CHIEF_MEDICAL_OFFICER, Role.CHIEF_EXECUTIVE):
        assert list(waiting_for_second(second)) == [export]
        exports.approve_export(actor=second, export=export, fingerprint_seen=fingerprint(KEY))
    else:
        assert not visible_exports(second).exists()
        assert get_export(viewer=second, uid=export.uid) is None
        with pytest.raises(Forbidden):
            exports.approve_export(actor=second, export=export, fingerprint_seen=fingerprint(KEY))


def test_both_need_their_role_at_every_facility(person, director, facility):
    with pytest.raises(Forbidden, match="concerns every facility"):
        asked(person("local", Role.DIRECTOR, at=facility))
    export = asked(director)
    with pytest.raises(Forbidden, match="concerns every facility"):
        exports.refuse_export(
            actor=person("near", Role.CHIEF_EXECUTIVE, at=facility), export=export, reason="No"
        )


@pytest.mark.parametrize(
    ("given", "sentence", "field"),
    [
        ({"public_key": "age1nonsense"}, "not an age public key", "public_key"),
        ({"public_key": KEY[:-1] + ("q" if KEY[-1] != "q" else "p")}, "not an age public key", "public_key"),
        ({"public_key": SECRET_KEY}, "secret half", "public_key"),
        ({"public_key": "\x00"}, "not an age public key", "public_key"),
        ({"reason": "  "}, "Say why", "reason"),
        ({"reason": "x" * 2001}, "longer than 2000", "reason"),
        ({"receiver": ""}, "Name who", "receiver"),
        ({"purpose": "curiosity"}, "what the export is for", "purpose"),
    ],
)
def test_what_is_missing_or_wrong_is_said(director, given, sentence, field):
    with pytest.raises(Refused, match=sentence) as refused:
        asked(director, **given)
    assert refused.value.field == field
    assert not CustodyExport.objects.exists()


def test_one_export_at_a_time(director, officer):
    export = asked(director)
    with pytest.raises(Refused, match="under way already"):
        asked(director)
    exports.refuse_export(actor=officer, export=export, reason="Not without the board.")
    export.refresh_from_db()
    assert (export.status, export.note) == ("refused", "Not without the board.")
    assert asked(director).status == "asked"


def test_a_key_that_changed_under_the_reader_is_not_approved(director, officer):
    export = asked(director)
    with pytest.raises(Conflict, match="not the one you compared"):
        exports.approve_export(actor=officer, export=export, fingerprint_seen="0000")
    export.refresh_from_db()
    assert export.status == "asked"


def test_withdrawing_ends_it(director, officer):
    export = approved(director, officer)
    exports.withdraw_export(actor=director, export=export, reason="The order was lifted.")
    with pytest.raises(Refused, match="cannot become"):
        exports.withdraw_export(actor=director, export=export, reason="Again")
    assert make_export(actor=director, uid=str(export.uid)) == "nothing to do"


def test_it_waits_on_the_second_persons_today_page(director, officer, facility):
    queue = next(each for each in queues.all() if each.code == "custody_to_approve")
    export = asked(director)
    total, items = queue.items(officer, facility, 5)
    assert (total, items[0].url) == (1, f"/custody/{export.uid}/")
    assert queue.items(director, facility, 5) == (0, [])


@pytest.mark.django_db(transaction=True)
class TestMaking:
    """The worker's part; it reads in a transaction of its own, so these tests commit."""

    def test_made_once_fetched_by_the_two_and_removed(self, system, director, officer, person):
        with clock.freeze(NOON):
            export = approved(director, officer)
            assert make_export(actor=system, uid=str(export.uid)) == "ready"
            assert make_export(actor=system, uid=str(export.uid)) == "nothing to do"
        export.refresh_from_db()
        path = file_of(export)
        assert path.read_bytes().startswith(b"age-encryption.org/v1")
        assert oct(path.stat().st_mode)[-3:] == "600"
        assert export.size == path.stat().st_size
        assert export.expires_at == NOON + dt.timedelta(days=7)
        assert exports.fetch_export(actor=director, export=export) == path
        assert exports.fetch_export(actor=officer, export=export) == path
        with pytest.raises(Refused, match="fetches this file"):
            exports.fetch_export(actor=person("other", Role.DIRECTOR), export=export)
        with clock.freeze(NOON + dt.timedelta(days=6)):
            assert exports.sweep_exports(actor=system) == 0
        with clock.freeze(NOON + dt.timedelta(days=8)):
            assert exports.sweep_exports(actor=system) == 1
        assert not path.exists()
        verbs = [each.verb for each in steps_of(export)]
        assert verbs.count("custody.fetched") == 2
        assert verbs.count("custody.removed") == 1
        with pytest.raises(Refused, match="no file"):
            exports.fetch_export(actor=director, export=export)

    def test_what_cannot_be_written_fails_with_a_sentence_and_is_tried_again(
        self, system, director, officer, settings, tmp_path
    ):
        export = approved(director, officer)
        settings.STANDING_CUSTODY = tmp_path / "a file"
        settings.STANDING_CUSTODY.write_text("in the way")
        assert make_export(actor=system, uid=str(export.uid)) == "failed"
        export.refresh_from_db()
        assert export.note.startswith("The file could not be written")
        settings.STANDING_CUSTODY = tmp_path / "custody"
        exports.ask_again(actor=director, export=export)
        assert make_export(actor=system, uid=str(export.uid)) == "ready"

    def test_a_full_disk_is_said(self, system, director, officer):
        export = approved(director, officer)
        for _ in range(4):  # enough that the disk is full in the middle of a table
            record_event(actor=director, verb="test.told", subject=export, reason="much " * 600_000)
        unfinished_file_of(export).parent.mkdir(parents=True)
        unfinished_file_of(export).symlink_to("/dev/full")
        assert make_export(actor=system, uid=str(export.uid)) == "failed"
        export.refresh_from_db()
        assert export.note == "The file could not be written: No space left on device."
        assert not unfinished_file_of(export).is_symlink()
        exports.ask_again(actor=director, export=export)
        assert make_export(actor=system, uid=str(export.uid)) == "ready"

    def test_a_number_that_no_key_opens_stops_it(self, system, director, officer, settings):
        export = approved(director, officer)
        person = create_practitioner(actor=director, provider_type="MD", last_name="Okonkwo", first_name="A")
        record_ssn(actor=director, practitioner=person, number="123-45-6789")
        settings.STANDING_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
        assert make_export(actor=system, uid=str(export.uid)) == "failed"
        export.refresh_from_db()
        assert "cannot be decrypted" in export.note
        assert not file_of(export).exists()

    def test_what_a_killed_worker_left_is_begun_anew(self, system, director, officer):
        export = approved(director, officer)
        CustodyExport.objects.filter(pk=export.pk).update(status="making")
        unfinished_file_of(export).parent.mkdir(parents=True)
        unfinished_file_of(export).write_bytes(b"half")
        assert make_export(actor=system, uid=str(export.uid)) == "ready"
        assert not unfinished_file_of(export).exists()

    def test_two_workers_do_not_make_the_same(self, system, director, officer):
        export = approved(director, officer)
        other = connections.create_connection("default")
        try:
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"custody:{export.uid}"])
            assert make_export(actor=system, uid=str(export.uid)) == "being made already"
            with other.cursor() as cursor:  # the lock of a line that was closed goes when its backend does
                cursor.execute("SELECT pg_advisory_unlock_all()")
        finally:
            other.close()
        assert make_export(actor=system, uid=str(export.uid)) == "ready"
        assert not connection.in_atomic_block
