"""The archive inside a package: a tar that is written and read as a stream.

First ``format.json`` says what it is. Then come the tables, in pieces of whole rows, the store's contents and
the checkpoints of the chains of evidence. ``manifest.json`` ends it with the count and the hash of everything
before it.
"""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
from collections.abc import Callable, Iterator
from typing import IO, Any

from config.custody.package.age import DAMAGED
from config.kernel.canonical import bytes_digest, canonical_bytes
from config.kernel.errors import Refused

NAME, VERSION = "standing-custody", 1
HEAD, MANIFEST = "format.json", "manifest.json"
#: Bytes of rows per piece; what making and loading hold in memory at a time.
PIECE = 4 * 1024 * 1024
#: No member is larger: documents are at most 25 MB, imports 50, a single row far less.
LARGEST = 512 * 1024 * 1024
_TABLE = re.compile(r"tables/([a-z0-9_]+)/(\d{6})", re.ASCII)
_CHECKPOINT = re.compile(r"checkpoints/([a-z]+-\d{6,}\.json)", re.ASCII)
_CONTENT = re.compile(r"(content|opened)/([0-9a-f]{64})", re.ASCII)


class ArchiveWriter:
    """Writes the members one after the other and keeps count."""

    def __init__(self, sink: IO[bytes]):
        self._sink = sink
        self.tables: dict[str, dict[str, Any]] = {}
        self.contents, self.checkpoints = ContentCount(), ContentCount()

    def head(self, head: dict[str, Any]) -> None:
        """What the package is; first of all."""
        self._add(HEAD, canonical_bytes({"format": NAME, "version": VERSION, **head}))

    def table(self, name: str, transform: Callable[[bytes], bytes]) -> TableWriter:
        """A table whose rows follow; ``transform`` changes blocks of whole rows on their way."""
        self.tables[name] = {"rows": 0, "sha256": ""}
        return TableWriter(self, name, transform)

    def content(self, key: str, stored: bytes, opened: bytes | None) -> None:
        """One content of the store, as it lies there and, where that is encrypted, readable."""
        self._add(f"content/{key}", stored)
        if opened is not None:
            self._add(f"opened/{key}", opened)
        self.contents.take(key, stored, opened)

    def checkpoint(self, name: str, content: bytes) -> None:
        """One checkpoint, by the name of its file."""
        self._add(f"checkpoints/{name}", content)
        self.checkpoints.take(name, content, content)

    def close(self, more: dict[str, Any]) -> dict[str, Any]:
        """The manifest, and the end. Answers the manifest."""
        manifest = {
            "tables": self.tables,
            "contents": self.contents.told(),
            "checkpoints": self.checkpoints.told(),
            **more,
        }
        self._add(MANIFEST, canonical_bytes(manifest))
        self._sink.write(bytes(2 * tarfile.BLOCKSIZE))
        return manifest

    def _add(self, name: str, content: bytes) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(content), 0o600
        self._sink.write(info.tobuf(tarfile.PAX_FORMAT))
        self._sink.write(content)
        self._sink.write(bytes(-len(content) % tarfile.BLOCKSIZE))


class TableWriter:
    """Takes the rows of one table as COPY sends them, and puts them away in pieces."""

    def __init__(self, archive: ArchiveWriter, name: str, transform: Callable[[bytes], bytes]):
        self._archive, self._name, self._transform = archive, name, transform
        self._buffer = bytearray()
        self._hash = hashlib.sha256()
        self._rows = self._pieces = 0

    def write(self, data: bytes) -> int:
        """Some bytes of rows."""
        self._buffer += data
        if len(self._buffer) >= PIECE:
            self._flush(self._buffer.rfind(b"\n") + 1)
        return len(data)

    def close(self) -> int:
        """The end of the table; answers its number of rows."""
        self._flush(len(self._buffer))
        self._archive.tables[self._name] = {"rows": self._rows, "sha256": self._hash.hexdigest()}
        return self._rows

    def _flush(self, upto: int) -> None:
        block = bytes(self._buffer[:upto])
        del self._buffer[:upto]
        if not block:
            return
        block = self._transform(block)
        self._hash.update(block)
        self._rows += block.count(b"\n")
        self._pieces += 1
        self._archive._add(f"tables/{self._name}/{self._pieces:06d}", block)


class ContentCount:
    """How many contents, how many bytes, and one hash over all of their addresses and hashes."""

    def __init__(self) -> None:
        self.count = self.bytes = 0
        self._hash = hashlib.sha256()

    def take(self, key: str, stored: bytes, opened: bytes | None) -> None:
        """Count one."""
        self.count += 1
        self.bytes += len(stored)
        readable = bytes_digest(opened) if opened is not None else "-"
        self._hash.update(f"{key} {len(stored)} {readable}\n".encode())

    def told(self) -> dict[str, Any]:
        """What the manifest says of them."""
        return {"count": self.count, "bytes": self.bytes, "sha256": self._hash.hexdigest()}


class ArchiveReader:
    """Reads a package from its beginning to its end and refuses whatever is not as it was written."""

    def __init__(self, stream: IO[bytes]):
        self._stream = stream
        self._members = self._read()
        kind, _, content = next(self._members, ("", "", b""))
        if kind != HEAD:
            raise Refused("This is not a custody package: it does not begin with what it is.")
        self.head = _object(content)
        if self.head.get("format") != NAME or self.head.get("version") != VERSION:
            raise Refused("This is not a custody package of a version that is known here.")
        self.manifest: dict[str, Any] = {}
        try:
            self._hashes = {str(table["name"]): hashlib.sha256() for table in self.head["tables"]}
        except (KeyError, TypeError):
            raise Refused(DAMAGED) from None
        self._rows = dict.fromkeys(self._hashes, 0)

    def read(
        self,
        rows: Callable[[str, bytes], None],
        content: Callable[[str, bytes, bytes | None], None],
        checkpoint: Callable[[str, bytes], None],
    ) -> dict[str, Any]:
        """Hand each block of rows, content and checkpoint on, check all against the manifest, answer it."""
        counted, checkpoints = ContentCount(), ContentCount()
        pending: tuple[str, bytes] | None = None

        def hand_on(opened: bytes | None) -> None:
            if pending is not None:
                counted.take(pending[0], pending[1], opened)
                content(pending[0], pending[1], opened)

        for kind, name, data in self._members:
            if kind == "opened":
                if pending is None or pending[0] != name:
                    raise Refused(DAMAGED)
                hand_on(data)
                pending = None
                continue
            hand_on(None)
            pending = None
            if kind == MANIFEST:
                self.manifest = _object(data)
                break
            if kind == "content":
                if bytes_digest(data) != name:
                    raise Refused(f"The content {name} in the package is not what its address says.")
                pending = (name, data)
            elif kind == "checkpoint":
                checkpoints.take(name, data, data)
                checkpoint(name, data)
            else:
                self._take_rows(name, data, rows)
        self._check(counted, checkpoints)
        return self.manifest

    def _take_rows(self, table: str, block: bytes, rows: Callable[[str, bytes], None]) -> None:
        if table not in self._hashes:
            raise Refused(f"The package holds rows of {table}, which it does not announce.")
        self._hashes[table].update(block)
        self._rows[table] += block.count(b"\n")
        rows(table, block)

    def _check(self, counted: ContentCount, checkpoints: ContentCount) -> None:
        announced = self.manifest.get("tables")
        if not isinstance(announced, dict) or next(self._members, None) is not None:
            raise Refused(DAMAGED)
        found = {
            name: {"rows": self._rows[name], "sha256": self._hashes[name].hexdigest()} for name in self._rows
        }
        for name in sorted({*found, *announced}):
            if found.get(name) != announced.get(name):
                raise Refused(f"The rows of {name} in the package are not those its manifest names.")
        if counted.told() != self.manifest.get("contents"):
            raise Refused("The contents in the package are not those its manifest names.")
        if checkpoints.told() != self.manifest.get("checkpoints"):
            raise Refused("The checkpoints in the package are not those its manifest names.")

    def _read(self) -> Iterator[tuple[str, str, bytes]]:
        """Kind, name and bytes of each member. Nothing is ever written under a member's name."""
        try:
            with tarfile.open(mode="r|", fileobj=self._stream) as archive:
                for member in archive:
                    kind, name = _known(member)
                    file = archive.extractfile(member)
                    content = file.read() if file is not None else b""
                    if len(content) != member.size:
                        raise Refused(DAMAGED)
                    yield kind, name, content
            while self._stream.read(1 << 20):  # to the end, where age tells whether something is missing
                pass
        except (tarfile.TarError, EOFError, ValueError, UnicodeDecodeError):
            raise Refused(DAMAGED) from None


def _object(content: bytes) -> dict[str, Any]:
    """What a JSON member says; the key a package is encrypted to is public, so anybody may have made it."""
    try:
        value = json.loads(content)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Refused(DAMAGED)
    return value


def _known(member: tarfile.TarInfo) -> tuple[str, str]:
    """What a member is; refuses every name and kind of file that does not belong into a package."""
    if not member.isreg() or member.size > LARGEST:
        raise Refused(f"The package holds “{member.name[:80]}”, which does not belong into one.")
    if member.name in (HEAD, MANIFEST):
        return member.name, member.name
    table = _TABLE.fullmatch(member.name)
    if table:
        return "table", table[1]
    checkpoint = _CHECKPOINT.fullmatch(member.name)
    if checkpoint:
        return "checkpoint", checkpoint[1]
    content = _CONTENT.fullmatch(member.name)
    if content:
        return content[1], content[2]
    raise Refused(f"The package holds “{member.name[:80]}”, which does not belong into one.")
