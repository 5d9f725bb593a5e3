"""Scans made for the tests: every page says which one it is."""

from __future__ import annotations

import io
import struct
import zlib

import typst
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject


def scan(pages: int, *, about: str = "Page") -> bytes:
    """A PDF whose page n reads ``Page n``."""
    source = "#set page(width: 12cm, height: 16cm)\n" + "\n#pagebreak()\n".join(
        f"= {about} {number}\n#lorem(60)" for number in range(1, pages + 1)
    )
    return typst.compile(source.encode())


def blank(pages: int) -> bytes:
    """A PDF of that many empty pages, none included."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 280)
    return _written(writer)


def locked(content: bytes, *, to_open: str = "", to_change: str = "owner") -> bytes:
    """The PDF behind a password; with ``to_open`` empty it only forbids changes."""
    writer = PdfWriter(clone_from=io.BytesIO(content))
    writer.encrypt(to_open, owner_password=to_change)
    return _written(writer)


def linked(content: bytes, *, to: int) -> bytes:
    """The PDF with a link from its first page to the page of that number."""
    writer = PdfWriter(clone_from=io.BytesIO(content))
    target = writer.pages[to - 1].indirect_reference
    link = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Link"),
            NameObject("/Rect"): ArrayObject(NumberObject(each) for each in (10, 10, 90, 90)),
            NameObject("/Dest"): ArrayObject([target, NameObject("/Fit")]),
        }
    )
    writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(link)])
    return _written(writer)


def page_objects(content: bytes) -> int:
    """How many pages lie in the file, those no reader shows included."""
    reader = PdfReader(io.BytesIO(content))
    things = [reader.get_object(number) for number in range(1, reader.trailer["/Size"])]
    return sum(isinstance(each, DictionaryObject) and each.get("/Type") == "/Page" for each in things)


def headings(content: bytes) -> list[str]:
    """The first line of every page."""
    return [page.extract_text().splitlines()[0] for page in PdfReader(io.BytesIO(content)).pages]


def png(width: int, height: int) -> bytes:
    """The smallest PNG that claims to be this large; its dots are those of one row."""
    parts = [b"\x89PNG\r\n\x1a\n"]
    for name, data in (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\x00" * (min(width, 1000) + 1) * min(height, 1000))),
        (b"IEND", b""),
    ):
        parts += [struct.pack(">I", len(data)), name, data, struct.pack(">I", zlib.crc32(name + data))]
    return b"".join(parts)


def _written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
