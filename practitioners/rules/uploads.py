"""What an uploaded file really is, and under which name it may be shown.

A file is judged by its content, never by its name or the type the browser claims. Only kinds that are on
the list are taken; everything else is refused with a sentence that says what to do instead.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from typing import BinaryIO

import filetype

from practitioners.rules.problems import Problem

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
TIFF = "image/tiff"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEXT = "text/plain"
CSV = "text/csv"

#: Media type, the word for people, and the extensions, the first being the usual one.
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    PDF: ("PDF", ("pdf",)),
    PNG: ("PNG image", ("png",)),
    JPEG: ("JPEG image", ("jpg", "jpeg", "jpe")),
    TIFF: ("TIFF image", ("tif", "tiff")),
    DOCX: ("Word document", ("docx",)),
    XLSX: ("Excel workbook", ("xlsx",)),
    TEXT: ("plain text", ("txt", "text", "log", "md")),
    CSV: ("CSV table", ("csv",)),
}
ALLOWED = frozenset(KINDS)
#: What shows a paper as it is: an identity document, a certificate, a signature.
PICTURED = frozenset({PDF, PNG, JPEG, TIFF})

LONGEST_NAME = 120
_MOST_ENTRIES = 5_000
_MOST_UNPACKED = 300 * 1024 * 1024
_LARGEST_TEXT = 2 * 1024 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = re.compile(
    rb"<\s*(!doctype|html|head|body|script|svg|iframe|\?xml|\?php|!--|math|style|meta)", re.IGNORECASE
)
_UNPRINTABLE = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')


@dataclass(frozen=True)
class Upload:
    """An accepted file: what it is, how long, and the name it is shown and downloaded under."""

    media_type: str
    kind: str
    extension: str
    display_name: str
    size: int


def inspect_upload(
    content: bytes | BinaryIO, filename: str, *, max_bytes: int, allowed: frozenset[str] = ALLOWED
) -> Upload:
    """Recognise ``content`` (bytes, or a seekable file, left at its beginning).

    Raises ``Problem`` with a sentence when it is empty, longer than ``max_bytes``, not one of ``allowed``,
    damaged, or carries macros.
    """
    stream = io.BytesIO(content) if isinstance(content, bytes | bytearray) else content
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if not size:
        raise Problem("The file is empty.", field="file")
    if size > max_bytes:
        raise Problem(
            f"The file has {_megabytes(size)}; at most {_megabytes(max_bytes)} are accepted. "
            "Scan it with a lower resolution or split it.",
            field="file",
        )
    try:
        media_type = _recognise(stream, size, filename)
    finally:
        stream.seek(0)
    if media_type not in allowed:
        _refuse(f"This is a {KINDS[media_type][0]}, which is not accepted here.", allowed)
    kind, extensions = KINDS[media_type]
    return Upload(media_type, kind, extensions[0], safe_name(filename, extensions), size)


def safe_name(filename: str, extensions: tuple[str, ...] = ()) -> str:
    """A name that can be shown and offered for download: no folders, no control or direction characters.

    When ``extensions`` are given, a name that ends otherwise gets the first of them appended.
    """
    name = unicodedata.normalize("NFC", str(filename or "")).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(
        c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp")
    )
    name = " ".join(_NOT_IN_NAMES.sub("", name).split()).strip(". ")
    stem, dot, extension = name.rpartition(".")
    if not dot:
        stem, extension = name, ""
    if extensions and extension.lower() not in extensions:
        stem, extension = name, extensions[0]
    extension = extension[:10]
    room = LONGEST_NAME - len(extension) - 1
    stem = stem[:room].strip(". ") or "document"
    return f"{stem}.{extension}" if extension else stem


def _recognise(stream: BinaryIO, size: int, filename: str) -> str:
    head = stream.read(8192)
    if head.startswith(b"%PDF-"):
        return _pdf(stream, size)
    if head.startswith(b"PK\x03\x04"):
        return _office(stream)
    if head.startswith(_OLE):
        _refuse("This is a file of an old Office version. Save it as PDF, .docx or .xlsx and upload that.")
    guessed = filetype.guess_mime(head)
    if guessed in (PNG, JPEG, TIFF):
        return _image(stream, size, guessed)
    if guessed is None or guessed.startswith("text/"):
        return _text(stream, size, filename)
    return _refuse(f"This kind of file ({guessed}) is not accepted.")


def _pdf(stream: BinaryIO, size: int) -> str:
    if b"%%EOF" not in _tail(stream, size, 4096):
        raise Problem(
            "The PDF is not complete: its end is missing. Save it again and upload that.", field="file"
        )
    return PDF


def _image(stream: BinaryIO, size: int, media_type: str) -> str:
    damaged = media_type == PNG and b"IEND" not in _tail(stream, size, 4096)
    damaged = damaged or (media_type == JPEG and b"\xff\xd9" not in _tail(stream, size, 65536))
    if damaged:
        raise Problem(
            "The image is not complete: its end is missing. Save it again and upload that.", field="file"
        )
    return media_type


def _office(stream: BinaryIO) -> str:
    """Word or Excel inside a zip archive; other archives, macros, locked and exploding ones are refused."""
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise Problem(
            "The file is damaged: it cannot be opened. Save it again and upload that.", field="file"
        ) from error
    names = {entry.filename.lower() for entry in entries}
    if len(entries) > _MOST_ENTRIES or sum(entry.file_size for entry in entries) > _MOST_UNPACKED:
        raise Problem("The file unpacks to more than any document does, so it is not accepted.", field="file")
    if "[content_types].xml" not in names:
        _refuse("This is an archive. Upload the documents in it one by one.")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise Problem(
            "The file is locked with a password. Remove it and upload the file again.", field="file"
        )
    if any("vbaproject" in name or name.endswith((".exe", ".dll", ".js")) for name in names):
        raise Problem("The file carries macros. Save it without them (.docx, .xlsx) or as PDF.", field="file")
    if "word/document.xml" in names:
        return DOCX
    if "xl/workbook.xml" in names:
        return XLSX
    return _refuse("This kind of Office file is not accepted. Save it as PDF and upload that.")


def _text(stream: BinaryIO, size: int, filename: str) -> str:
    stream.seek(0)
    content = stream.read(min(size, _LARGEST_TEXT))
    readable = content.removeprefix(b"\xef\xbb\xbf")
    if _UNPRINTABLE.search(readable):
        _refuse("This kind of file is not accepted.")
    if _MARKUP.search(readable[:8192]):
        _refuse("This is a web page or another file with markup. Print it to PDF and upload that.")
    try:
        readable.decode("utf-8")
    except UnicodeDecodeError as error:
        cut_off = size > _LARGEST_TEXT and error.start >= len(readable) - 4
        if not cut_off and any(0x80 <= byte < 0xA0 for byte in readable):
            try:
                readable.decode("cp1252")
            except UnicodeDecodeError:
                _refuse("This kind of file is not accepted.")
    return CSV if str(filename or "").lower().rstrip(". ").endswith(".csv") else TEXT


def _tail(stream: BinaryIO, size: int, length: int) -> bytes:
    stream.seek(max(0, size - length))
    return stream.read(length)


def _refuse(sentence: str, allowed: frozenset[str] = ALLOWED) -> str:
    words = [KINDS[media_type][0] for media_type in KINDS if media_type in allowed]
    listed = ", ".join(words[:-1]) + " or " + words[-1] if len(words) > 1 else "".join(words)
    raise Problem(f"{sentence} Accepted: {listed}.", field="file")


def _megabytes(size: int) -> str:
    if size < 1024 * 1024:
        return f"{max(1, round(size / 1024))} KB"
    return f"{size / (1024 * 1024):.1f} MB".replace(".0 MB", " MB")
