"""The package: what is refused leaves nothing, and everything of one installation comes back out of it.

One file, because the package is made once for it.
"""

from __future__ import annotations

import io
import json
import re
import secrets
import shutil
import tarfile
from pathlib import Path
from types import SimpleNamespace

import pgtrigger
import pyrage
import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connections
from hypothesis import given
from hypothesis import strategies as st

from config.accounts.adapters import MFAAdapter
from config.accounts.models import SavedList, User
from config.audit.models import AuditEvent
from config.custody.models import CustodyExport, StandIn
from config.custody.package.age import encrypted_file, make_key, read_key
from config.custody.package.archive import ArchiveReader, ArchiveWriter
from config.custody.package.catalogue import LEFT_OUT, table_shapes, tables_in_database
from config.custody.package.rows import join_row, split_row
from config.custody.package.writing import write_package
from config.custody.selectors.comparing import compare_package
from config.custody.services.loading import Loaded, load_package
from config.kernel.encryption import encrypt, lookup_hash
from config.kernel.errors import Refused
from config.organization.models import HealthSystem
from credentialing.models import ListedPractitionerPeriod, ProxyAgreementPeriod, SectionVersion
from practitioners import store
from practitioners.models import Document, Evidence, Practitioner, SocialSecurityNumber
from practitioners.selectors.protected import people_with_ssn_ending
from practitioners.services.evidence import checkpoint_files, redact_document
from practitioners.services.protected import reveal_ssn
from privileging.models import DistantSiteEvaluation, DistantSiteFeedback
from tests.config.custody.conftest import SEED, Package
from tests.services import Services

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
#: Refused, or done without the database.
leaves_nothing = pytest.mark.leaves_nothing


def nothing_is_here() -> bool:
    return (
        not Practitioner.objects.exists()
        and not User.objects.filter(is_system=False).exists()
        and list(store.keys()) == []
    )


def copy_of(package: Package, folder: Path, change) -> Path:
    """The package with its bytes changed."""
    path = folder / "changed.age"
    path.write_bytes(change(package.path.read_bytes()))
    return path


@leaves_nothing
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda data: data[: len(data) // 2], "damaged or was cut off"),
        (lambda data: data[:-1], "damaged or was cut off"),
        (lambda data: data[:-20], "damaged or was cut off"),
        (lambda data: data[:300_000] + bytes([data[300_000] ^ 1]) + data[300_001:], "damaged or was cut off"),
        (lambda data: data + b"more", "damaged or was cut off"),
        (lambda data: b"", "not a package in the age format"),
        (lambda data: b"PK\x03\x04 a zip", "not a package in the age format"),
    ],
    ids=["half", "last byte", "last chunk", "one byte", "something behind it", "empty", "another format"],
)
def test_a_file_that_is_not_whole_leaves_nothing(package: Package, empty, change, sentence):
    path = copy_of(package, empty, change)
    with pytest.raises(Refused, match=sentence):
        load_package(actor=None, path=path, identity=package.identity)
    assert nothing_is_here()


@leaves_nothing
def test_another_key_does_not_open_it(package: Package, empty):
    with pytest.raises(Refused, match="does not open the package"):
        load_package(actor=None, path=package.path, identity=pyrage.x25519.Identity.generate())
    assert nothing_is_here()


@leaves_nothing
def test_another_file_than_the_one_announced_is_not_loaded(package: Package, empty):
    with pytest.raises(Refused, match="This is another file"):
        load_package(actor=None, path=package.path, identity=package.identity, sha256="0" * 64)


def test_it_is_not_loaded_over_anybody(package: Package, empty):
    HealthSystem.objects.create(name="Somebody's")
    User.objects.create_user("somebody", "somebody@example.org", "not used here")
    with pytest.raises(Refused, match="not empty: it holds accounts"):
        load_package(actor=None, path=package.path, identity=package.identity)
    assert User.objects.filter(username="somebody").exists()


@leaves_nothing
def test_it_is_not_loaded_over_files(package: Package, empty):
    store.put(b"somebody's")
    with pytest.raises(Refused, match="files in its store"):
        load_package(actor=None, path=package.path, identity=package.identity)


def test_it_is_not_loaded_twice(package: Package, empty):
    load_package(actor=None, path=package.path, identity=package.identity)
    with pytest.raises(Refused, match="not empty"):
        load_package(actor=None, path=package.path, identity=package.identity)


def test_another_schema_is_refused(package: Package, empty):
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE organization_facility ADD COLUMN more text")
    with pytest.raises(Refused, match="another version of the software"):
        load_package(actor=None, path=package.path, identity=package.identity)
    assert nothing_is_here()


def members(package: Package) -> list[tuple[tarfile.TarInfo, bytes]]:
    plain = pyrage.decrypt(package.path.read_bytes(), [package.identity])
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        return [(each, archive.extractfile(each).read()) for each in archive]


def packed(package: Package, path: Path, found: list[tuple[tarfile.TarInfo, bytes]]) -> Path:
    """An archive of these members, encrypted to the key as anybody could do it."""
    with (
        encrypted_file(path, str(package.identity.to_public())) as sink,
        tarfile.open(mode="w|", fileobj=sink) as archive,
    ):
        for info, content in found:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def named(name: str, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    if kind == tarfile.SYMTYPE:
        info.linkname = "/etc/passwd"
    return info


def test_members_can_be_packed_again(package: Package, empty):
    path = packed(package, empty / "same.age", members(package))
    assert load_package(actor=None, path=path, identity=package.identity).rows > 1000


@leaves_nothing
@pytest.mark.parametrize(
    "extra",
    [
        named("../../etc/cron.d/evil"),
        named("/content/" + "a" * 64),
        named("content/" + "a" * 64, tarfile.SYMTYPE),
        named("content/../" + "a" * 61),
        named("tables/pg_class;drop/000001"),
        named("unknown.txt"),
    ],
    ids=lambda each: each.name[:20],
)
def test_names_that_do_not_belong_are_refused(package: Package, empty, extra):
    found = members(package)
    path = packed(package, empty / "evil.age", [*found[:-1], (extra, b""), found[-1]])
    with pytest.raises(Refused, match="does not belong into one"):
        load_package(actor=None, path=path, identity=package.identity)
    assert nothing_is_here()


@leaves_nothing
def test_a_row_or_a_content_that_was_exchanged_is_found(package: Package, empty):
    found = members(package)
    rows = next(n for n, (info, _) in enumerate(found) if info.name.startswith("tables/accounts_user/"))
    changed = list(found)
    changed[rows] = (found[rows][0], found[rows][1].replace(b"director", b"Director"))
    with pytest.raises(Refused, match="rows of accounts_user"):
        load_package(actor=None, path=packed(package, empty / "rows.age", changed), identity=package.identity)
    assert nothing_is_here()
    content = next(n for n, (info, _) in enumerate(found) if info.name.startswith("content/"))
    changed = list(found)
    changed[content] = (found[content][0], b"another")
    with pytest.raises(Refused, match="is not what its address says"):
        load_package(
            actor=None, path=packed(package, empty / "content.age", changed), identity=package.identity
        )
    opened = next(n for n, (info, _) in enumerate(found) if info.name.startswith("opened/"))
    changed = list(found)
    changed[opened] = (found[opened][0], b"another")
    with pytest.raises(Refused, match="contents in the package"):
        load_package(
            actor=None, path=packed(package, empty / "opened.age", changed), identity=package.identity
        )
    left_out = [each for n, each in enumerate(found) if n != content + 1 or "opened" in each[0].name]
    with pytest.raises(Refused):
        load_package(
            actor=None, path=packed(package, empty / "less.age", left_out[:-1]), identity=package.identity
        )
    assert nothing_is_here()


@leaves_nothing
@pytest.mark.parametrize(
    "head", [b"[]", b"{}", b"not json", b'{"format": "standing-custody", "version": 1, "tables": 7}']
)
def test_a_head_that_says_nothing_is_refused(package: Package, empty, head):
    found = members(package)
    with pytest.raises(Refused):
        load_package(
            actor=None,
            path=packed(package, empty / "head.age", [(named("format.json"), head), *found[1:]]),
            identity=package.identity,
        )


@leaves_nothing
def test_the_package_says_what_it_is_and_holds_no_ciphertext_in_tables(package: Package):
    found = {info.name: content for info, content in members(package)}
    head, manifest = json.loads(found["format.json"]), json.loads(found["manifest.json"])
    assert head["approved_by"] == str(package.export.decided_by)
    assert head["left_out"]["django_session"]
    assert manifest["tables"]["practitioners_socialsecuritynumber"]["rows"] == 2
    assert b"123456789" in found["tables/practitioners_socialsecuritynumber/000001"]
    for name, content in found.items():
        assert not (name.startswith("tables/") and b"gAAAA" in content), name
    assert b"123456789" not in package.path.read_bytes()


@leaves_nothing
@pytest.mark.parametrize("command", ["load_custody", "compare_custody"])
def test_commands_refuse_with_a_sentence_and_exit_2(empty, command, capsys):
    key = empty / "key.txt"
    call_command("make_custody_key", str(key))
    assert oct(key.stat().st_mode)[-3:] == "600"
    for file, identity, sentence in (
        ("missing.age", key, "cannot be read"),
        (key, empty / "no key", "cannot be read"),
        (key, __file__, "holds no age secret key"),
        (key, key, "not a package in the age format"),
    ):
        with pytest.raises(SystemExit) as left:
            call_command(command, str(file), "--identity", str(identity))
        assert left.value.code == 2
        assert sentence in capsys.readouterr().err


@leaves_nothing
def test_a_key_is_never_written_over_a_file(tmp_path, capsys):
    path = tmp_path / "key.txt"
    public = make_key(path)
    assert str(read_key(path).to_public()) == public
    with pytest.raises(SystemExit):
        call_command("make_custody_key", str(path))
    assert "exists already" in capsys.readouterr().err
    assert str(read_key(path).to_public()) == public


TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"))


@leaves_nothing
@given(st.lists(st.none() | TEXT, min_size=1, max_size=5))
def test_rows_come_apart_and_together_again(values):
    columns = [f"c{number}" for number in range(len(values))]
    row = dict(zip(columns, values, strict=True))
    line = join_row(row, columns)
    assert line.count(b"\n") == 1
    assert split_row(line[:-1], columns) == row


@leaves_nothing
def test_large_tables_are_cut_between_rows(monkeypatch, tmp_path):
    monkeypatch.setattr("config.custody.package.archive.PIECE", 100)
    sink = io.BytesIO()
    writer = ArchiveWriter(sink)
    writer.head({"tables": [{"name": "one", "columns": ["a"], "key": "a"}]})
    table = writer.table("one", lambda block: block)
    for number in range(1000):
        table.write(b"%d\n" % number)
    assert table.close() == 1000
    writer.close({})
    sink.seek(0)
    blocks: list[bytes] = []
    ArchiveReader(sink).read(lambda _, block: blocks.append(block), lambda *each: None, lambda *each: None)
    assert len(blocks) > 30
    assert all(block.endswith(b"\n") for block in blocks)
    assert b"".join(blocks) == b"".join(b"%d\n" % number for number in range(1000))


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> SimpleNamespace:
    """The keys of an installation, and where its files are kept between the tests."""
    return SimpleNamespace(
        encryption=[Fernet.generate_key().decode()],
        lookup=secrets.token_hex(32),
        folder=tmp_path_factory.mktemp("house") / "files",
    )


@pytest.fixture
def loaded(package: Package, empty: Path, house: SimpleNamespace, services: Services, settings) -> Loaded:
    """The package in an installation with other keys: loaded once, and each test has a copy of that."""
    settings.STANDING_ENCRYPTION_KEYS, settings.STANDING_HMAC_KEY = house.encryption, house.lookup

    def load() -> Loaded:
        counts = load_package(actor=None, path=package.path, identity=package.identity)
        shutil.copytree(empty, house.folder)
        return counts

    counts = services.prepared("custody", load)
    shutil.copytree(house.folder, empty, dirs_exist_ok=True)
    return counts


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
    evaluation = DistantSiteEvaluation.objects.get()
    assert evaluation.summary.startswith("Two hundred studies")
    assert store.get(evaluation.store_key, encrypted=True).startswith(b"%PDF")


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


@leaves_nothing
def test_every_table_travels_or_says_why_it_stays(empty):
    with connections["default"].cursor() as cursor:
        travelling = {shape.name for shape in table_shapes(cursor)}
        assert travelling | set(LEFT_OUT) == tables_in_database(cursor)
    assert not travelling & set(LEFT_OUT)
