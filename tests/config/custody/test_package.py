"""The format of a package: what is refused, and that nothing of a refused one stays."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pyrage
import pytest
from django.core.management import call_command
from django.db import connections
from hypothesis import given
from hypothesis import strategies as st

from config.accounts.models import User
from config.custody.package.age import encrypted_file, make_key, read_key
from config.custody.package.archive import ArchiveReader, ArchiveWriter
from config.custody.package.rows import join_row, split_row
from config.custody.services.loading import load_package
from config.kernel.errors import Refused
from config.organization.models import HealthSystem
from practitioners import store
from practitioners.models import Practitioner
from tests.config.custody.conftest import Package

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


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


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda data: data[: len(data) // 2], "damaged or was cut off"),
        (lambda data: data[:-1], "damaged or was cut off"),
        (lambda data: data[:-20], "damaged or was cut off"),
        (lambda data: data[:300_000] + b"\0" + data[300_001:], "damaged or was cut off"),
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


def test_another_key_does_not_open_it(package: Package, empty):
    with pytest.raises(Refused, match="does not open the package"):
        load_package(actor=None, path=package.path, identity=pyrage.x25519.Identity.generate())
    assert nothing_is_here()


def test_another_file_than_the_one_announced_is_not_loaded(package: Package, empty):
    with pytest.raises(Refused, match="This is another file"):
        load_package(actor=None, path=package.path, identity=package.identity, sha256="0" * 64)


def test_it_is_not_loaded_over_anybody(package: Package, empty):
    HealthSystem.objects.create(name="Somebody's")
    User.objects.create_user("somebody", "somebody@example.org", "not used here")
    with pytest.raises(Refused, match="not empty: it holds accounts"):
        load_package(actor=None, path=package.path, identity=package.identity)
    assert User.objects.filter(username="somebody").exists()


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


def test_a_key_is_never_written_over_a_file(tmp_path, capsys):
    path = tmp_path / "key.txt"
    public = make_key(path)
    assert str(read_key(path).to_public()) == public
    with pytest.raises(SystemExit):
        call_command("make_custody_key", str(path))
    assert "exists already" in capsys.readouterr().err
    assert str(read_key(path).to_public()) == public


TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"))


@given(st.lists(st.none() | TEXT, min_size=1, max_size=5))
def test_rows_come_apart_and_together_again(values):
    columns = [f"c{number}" for number in range(len(values))]
    row = dict(zip(columns, values, strict=True))
    line = join_row(row, columns)
    assert line.count(b"\n") == 1
    assert split_row(line[:-1], columns) == row


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
