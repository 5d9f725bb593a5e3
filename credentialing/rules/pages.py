"""Pages of a scan: how many, which are still to be filed, one as a picture, several as a file of their own.

Bytes in, bytes out. A scan comes from outside: whatever is wrong with it is answered with a sentence.
"""

from __future__ import annotations

import io
import re
import struct
import threading
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pypdfium2 as pdfium  # type: ignore[import-untyped]
from pypdf import PdfReader, PdfWriter

from practitioners.rules.problems import Problem
from practitioners.rules.uploads import JPEG, PDF, PNG

#: What a scan may be. A TIFF shows in no browser, and none of our parts reads it.
SCANS = frozenset({PDF, PNG, JPEG})
MOST_PAGES = 500
#: A picture of more dots than an A0 sheet at 200 dpi is no scan of a paper.
MOST_DOTS = 70_000_000
_RANGE = re.compile(r"(\d{1,5})(?:\s*(?:-|–|to)\s*(\d{1,5}))?", re.ASCII)
#: Frames of a JPEG that say how large it is (those of the coding tables aside).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
#: pdfium does one thing at a time, whichever thread asks.
_one_at_a_time = threading.Lock()


# --- numbers --------------------------------------------------------------------------------------------


def read_range(text: str, *, of: int) -> tuple[int, int]:
    """First and last page (inclusive, from 1) of ``3`` or ``3-5``, in a paper of ``of`` pages."""
    found = _RANGE.fullmatch(" ".join(text.split()))
    if found is None:
        raise Problem("Write one page, like 3, or several in a row, like 3-5.", field="pages")
    first, last = int(found[1]), int(found[2] or found[1])
    if last < first:
        raise Problem("The last page lies before the first.", field="pages")
    if first < 1 or last > of:
        there = "The paper has one page" if of == 1 else f"The paper has the pages 1 to {of}"
        raise Problem(f"{there}.", field="pages")
    return first, last


def in_words(first: int, last: int) -> str:
    """``page 3``, ``pages 3 to 5``."""
    return f"page {first}" if first == last else f"pages {first} to {last}"


def pages_left(of: int, filed: Iterable[tuple[int, int]]) -> list[int]:
    """Pages of a paper of ``of`` pages that lie in none of the ranges (first, last)."""
    done = {page for first, last in filed for page in range(first, last + 1)}
    return [page for page in range(1, of + 1) if page not in done]


# --- reading --------------------------------------------------------------------------------------------


@contextmanager
def _opened(content: bytes) -> Iterator[pdfium.PdfDocument]:
    """The PDF open for one thread at a time; what goes wrong with it in here is refused as damage."""
    with _one_at_a_time:
        document = None
        try:
            document = pdfium.PdfDocument(content)
            yield document
        except (pdfium.PdfiumError, IndexError) as error:
            raise Problem(_DAMAGED) from error
        finally:
            if document is not None:
                document.close()


def count_pages(content: bytes, media_type: str) -> int:
    """How many pages the scan has. Refuses what cannot be shown or taken apart, and what is far too large."""
    if media_type != PDF:
        _check_dots(content, media_type)
        return 1
    try:
        with _opened(content) as document:
            pages = len(document)
    except Problem as problem:
        raise Problem(_why_unreadable(content)) from problem
    if pages == 0:
        raise Problem(_EMPTY)
    if pages > MOST_PAGES:
        raise Problem(
            f"The PDF has {pages} pages; at most {MOST_PAGES} are accepted. Scan it in several files."
        )
    if len(_reader(content).pages) != pages:
        raise Problem(_DAMAGED)
    return pages


_DAMAGED = "The PDF is damaged: its pages cannot be read. Scan it again, or print it to a new PDF."
_EMPTY = "The PDF has no pages."
_LOCKED = "The PDF is locked with a password. Save it without one and upload that."


def _why_unreadable(content: bytes) -> str:
    """What to tell of a PDF that does not open: the other reader knows more of some."""
    try:
        pages = len(_reader(content).pages)
    except Problem as problem:
        return str(problem)
    return _DAMAGED if pages else _EMPTY


def _reader(content: bytes) -> PdfReader:
    """The PDF, opened; one that only forbids printing opens with the empty password."""
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Problem(_LOCKED)
        len(reader.pages)
    except Problem:
        raise
    except Exception as error:  # a reader of broken files may stumble anywhere
        raise Problem(_DAMAGED) from error
    return reader


def _check_dots(content: bytes, media_type: str) -> None:
    width, height = _png_size(content) if media_type == PNG else _jpeg_size(content)
    if not width or not height:
        raise Problem("The picture is damaged: its size cannot be read. Scan it again.")
    if width * height > MOST_DOTS:
        raise Problem(
            f"The picture is {width} by {height} dots, far more than a page needs. "
            "Scan it with a lower resolution."
        )


def _png_size(content: bytes) -> tuple[int, int]:
    return struct.unpack(">II", content[16:24]) if content[12:16] == b"IHDR" else (0, 0)


def _jpeg_size(content: bytes) -> tuple[int, int]:
    place = 2
    while place + 9 < len(content) and content[place] == 0xFF:
        marker, length = content[place + 1], int.from_bytes(content[place + 2 : place + 4], "big")
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return width, height
        place += 1 if marker == 0xFF else 2 + length
    return 0, 0


# --- cutting and showing --------------------------------------------------------------------------------


def cut(content: bytes, first: int, last: int) -> bytes:
    """The pages ``first`` to ``last`` (from 1, inclusive) of a PDF as a PDF of their own.

    Nothing of another page goes with them: stamps and filled-in fields are drawn into the page first, and
    links, threads and the like, which would take the pages they lead to along, stay behind.
    """
    reader = _reader(_drawn_in(content, first, last))
    writer = PdfWriter()
    out = io.BytesIO()
    try:
        for page in reader.pages[first - 1 : last]:
            writer.add_page(page, excluded_keys=_LEADING_ELSEWHERE)
        writer.write(out)
    except Exception as error:  # see _reader
        raise Problem(_DAMAGED, field="pages") from error
    return out.getvalue()


#: Entries of a page that refer to other pages, or to what lies beside them.
_LEADING_ELSEWHERE = ("/Annots", "/B", "/AA", "/StructParents", "/PieceInfo", "/Metadata")


def _drawn_in(content: bytes, first: int, last: int) -> bytes:
    """The PDF with the annotations of these pages as part of their pictures."""
    out = io.BytesIO()
    with _opened(content) as document:
        for number in range(first - 1, last):
            page = document[number]
            if pdfium.raw.FPDFPage_Flatten(page, pdfium.raw.FLAT_NORMALDISPLAY) == 0:
                raise Problem(_DAMAGED)
            page.close()
        document.save(out)
    return out.getvalue()


def picture(content: bytes, number: int, *, width: int) -> bytes:
    """Page ``number`` (from 1) of a PDF as a PNG of at most ``width`` by twice ``width`` dots."""
    with _opened(content) as document:
        page = document[number - 1]
        wide, high = page.get_size()
        scale = min(width / max(wide, 1.0), 2 * width / max(high, 1.0))
        bitmap = page.render(scale=scale, rev_byteorder=True)
        dots = bytes(bitmap.buffer)
        return _png(dots, bitmap.width, bitmap.height, bitmap.stride, bitmap.n_channels)


def words(content: bytes) -> str:
    """What a PDF says in letters, page after page; empty for a scan that is only a picture."""
    try:
        with _opened(content) as document:
            return "\n".join(page.get_textpage().get_text_range() for page in document)
    except Problem:
        return ""


def _png(dots: bytes, width: int, height: int, stride: int, channels: int) -> bytes:
    """Dots of a bitmap, row by row, as a PNG."""
    kind = {1: 0, 3: 2, 4: 6}[channels]
    rows = b"".join(b"\x00" + dots[y * stride : y * stride + width * channels] for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", head),
            _chunk(b"IDAT", zlib.compress(rows, 3)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)
