"""Everything out of one installation, into an empty one with other keys, and nothing is different."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pgtrigger
import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connections

from config.accounts.adapters import MFAAdapter
from config.accounts.models import SavedList, User
from config.audit.models import AuditEvent
from config.custody.models import CustodyExport, StandIn
from config.custody.package.catalogue import LEFT_OUT, table_shapes, tables_in_database
from config.custody.package.writing import write_package
from config.custody.selectors.comparing import compare_package
from config.custody.services.loading import load_package
from config.kernel.encryption import encrypt, lookup_hash
from config.organization.models import HealthSystem
from credentialing.models import ListedPractitionerPeriod, ProxyAgreementPeriod, SectionVersion
from practitioners import store
from practitioners.models import Document, Evidence, Practitioner, SocialSecurityNumber
from practitioners.selectors.protected import people_with_ssn_ending
from practitioners.services.evidence import checkpoint_files, redact_document
from practitioners.services.protected import reveal_ssn
from privileging.models import DistantSiteFeedback
from tests.config.custody.conftest import SEED, Package

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@pytest.fixture
def loaded(package: Package, empty):
    """The package in an installation with other keys."""
    return load_package(actor=None, path=package.path, identity=package.identity)


def told(*command: str) -> str:
    out = io.StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def test_it_loads_with_zero_differences(package: Package, loaded):
    found = compare_package(path=package.path, identity=package.identity)
    assert (found.differences, found.contents) == ([], [])
    assert found.rows == loaded.rows == package.export.counts["rows"] > 1000
    assert found.files == package.export.counts["files"] == len(package.facts["keys"])
    assert package.export.counts["unopened"] == package.export.counts["damaged"] == 0
    command = told("compare_custody", str(package.path), "--identity", str(package.key_file))
    assert "0 differences" in command


def test_what_was_encrypted_is_under_the_keys_of_the_new_house(package: Package, loaded, settings):
    director = User.objects.get(uid=package.facts["director"])
    surgeon = Practitioner.objects.get(uid=package.facts["surgeon"])
    assert reveal_ssn(actor=director, practitioner=surgeon, reason="To see") == "123-45-6789"
    assert list(people_with_ssn_ending(director, "6789")) == [surgeon]
    assert SocialSecurityNumber.objects.get(practitioner=surgeon).lookup == lookup_hash("ssn:123456789")
    removed = SocialSecurityNumber.objects.exclude(practitioner=surgeon).get()
    assert (bytes(removed.ciphertext), removed.last_four_lookup) == (b"", "")
    totp = Authenticator.objects.get(user=director, type=Authenticator.Type.TOTP)
    assert MFAAdapter().decrypt(totp.data["secret"]) == SEED
    codes = Authenticator.objects.get(user=director, type=Authenticator.Type.RECOVERY_CODES)
    assert MFAAdapter().decrypt(codes.data["seed"]) == "seed\tof codes"
    assert codes.data["used_mask"] == 3
    key, content = package.facts["protected"]
    assert store.get(key, encrypted=True) == content
    assert b"1003000126" in store.get(package.facts["roster"], encrypted=True)
    assert store.stored_bytes(StandIn.objects.get(key=key).stands_in).startswith(b"gAAAA")


def test_agreements_with_distant_sites_and_what_the_sites_were_told_travel(package: Package, loaded):
    period = ProxyAgreementPeriod.objects.get()
    assert store.get(period.store_key, encrypted=True).startswith(b"%PDF")
    listed = ListedPractitionerPeriod.objects.get()
    assert listed.licences == [{"state": period.identity.site.facility.state, "number": "1"}]
    assert DistantSiteFeedback.objects.get().what == "Late call back."


def test_chains_of_evidence_and_decisions_still_prove_what_they_proved(package: Package, loaded, settings):
    assert Evidence.objects.count() == package.facts["evidence"] > 5
    told("verify_evidence")
    told("replay_decisions")
    [checkpoint] = checkpoint_files(Path(settings.STANDING_CHECKPOINTS))
    checkpoint.write_bytes(b"{}")
    found = compare_package(path=package.path, identity=package.identity)
    assert found.contents == [f"{checkpoint.name}: the checkpoint is missing here or another."]


def test_the_load_is_one_event_and_the_installation_works_on(package: Package, loaded):
    event = AuditEvent.objects.get(verb="custody.loaded")
    assert event.data == {"sha256": package.export.sha256, "rows": loaded.rows, "files": loaded.files}
    assert AuditEvent.objects.order_by("-id").first() == event, "numbered behind the last"
    assert HealthSystem.objects.create(name="Another").pk == HealthSystem.objects.order_by("-pk").first().pk
    assert ContentType.objects.get_for_model(Practitioner).model == "practitioner"
    assert not CustodyExport.objects.exists(), "its own exports stay with each installation"
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'O'")
        assert cursor.fetchone() == (0,), "every trigger stands guard again"


def schema() -> list[tuple]:
    """Every constraint, index and trigger of the tables, without the casts that are written anew each time a
    definition is read.
    """
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE connamespace = 'public'::regnamespace "
            "UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' "
            "UNION ALL SELECT tgname, pg_get_triggerdef(oid) || tgenabled::text FROM pg_trigger "
            "WHERE NOT tgisinternal ORDER BY 1, 2"
        )
        return [(name, re.sub(r"::[a-z ]+(\[\])?|[()]", "", text)) for name, text in cursor.fetchall()]


def test_a_large_package_has_its_indexes_built_afterwards(package: Package, empty, monkeypatch):
    monkeypatch.setattr("config.custody.services.loading.REBUILD_FROM", 0)
    before = schema()
    load_package(actor=None, path=package.path, identity=package.identity)
    assert compare_package(path=package.path, identity=package.identity).same
    assert schema() == before


def test_a_changed_installation_is_told_from_the_package(package: Package, loaded):
    surgeon = Practitioner.objects.get(uid=package.facts["surgeon"])
    Practitioner.objects.filter(pk=surgeon.pk).update(sort_name="Somebody else")
    HealthSystem.objects.create(name="Another")
    saved = SavedList.objects.get()
    gone = str(saved.pk)
    saved.delete()
    store.path_of(package.facts["protected"][0]).write_bytes(b"something else")
    found = compare_package(path=package.path, identity=package.identity)
    by_table = {each.table: each for each in found.differences}
    assert by_table["practitioners_practitioner"].changed == [str(surgeon.pk)]
    assert len(by_table["organization_healthsystem"].added) == 1
    assert by_table["accounts_savedlist"].missing == [gone]
    assert [each.split(":")[0] for each in found.contents] == [package.facts["protected"][0]]


def test_what_came_can_leave_again(package: Package, loaded, services, settings, tmp_path):
    """From the second house into a third: contents of the first are readable in each."""
    path = tmp_path / "onward.age"
    counts = write_package(
        path,
        public_key=str(package.identity.to_public()),
        told={"export": str(package.export.uid), "made_at": "2026-03-03"},
    )
    assert (counts["files"], counts["unopened"]) == (len(package.facts["keys"]), 0)
    services.fresh_database()
    settings.STANDING_STORE = tmp_path / "third"
    settings.STANDING_CHECKPOINTS = tmp_path / "third checkpoints"
    settings.STANDING_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    load_package(actor=None, path=path, identity=package.identity)
    assert compare_package(path=path, identity=package.identity).same
    key, content = package.facts["protected"]
    assert store.get(key, encrypted=True) == content
    told("verify_evidence")


def test_what_no_key_opens_and_what_was_damaged_is_counted(package: Package, loaded, settings, tmp_path):
    lost, damaged = store.put(b"written under a lost key", encrypted=True), store.put(b"whole")
    settings.STANDING_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    SocialSecurityNumber.objects.update(ciphertext=b"")  # a number nobody can read stops the export
    with pgtrigger.ignore("credentialing.SectionVersion:no_update"):  # and so do answers nobody can read
        SectionVersion.objects.update(sealed=encrypt(b"{}"))
    Authenticator.objects.all().delete()
    store.path_of(damaged).write_bytes(b"in part")
    counts = write_package(
        tmp_path / "less.age", public_key=str(package.identity.to_public()), told={"export": "-"}
    )
    assert counts["damaged"] == 1
    assert counts["unopened"] >= 1
    assert store.exists(lost)


def test_the_command_names_what_differs_and_exits_1(package: Package, loaded, capsys):
    added = HealthSystem.objects.create(name="Another")
    with pytest.raises(SystemExit) as left:
        call_command("compare_custody", str(package.path), "--identity", str(package.key_file))
    assert left.value.code == 1
    said = capsys.readouterr().out
    assert f"organization_healthsystem, only here: {added.pk}" in said
    assert ": 2 differences." in said, "the row and its history"


def test_a_redaction_takes_the_stand_in_too(package: Package, loaded):
    key = package.facts["protected"][0]
    other = StandIn.objects.get(key=key).stands_in
    assert store.exists(key)
    assert store.exists(other)
    document = Document.objects.get(sha256=key)
    redact_document(
        actor=User.objects.get(uid=package.facts["director"]), document=document, reason="Wrong person"
    )
    assert not store.exists(key)
    assert not store.exists(other)


def test_every_table_travels_or_says_why_it_stays(empty):
    with connections["default"].cursor() as cursor:
        travelling = {shape.name for shape in table_shapes(cursor)}
        assert travelling | set(LEFT_OUT) == tables_in_database(cursor)
    assert not travelling & set(LEFT_OUT)
