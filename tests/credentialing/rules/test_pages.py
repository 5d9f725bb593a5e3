"""Counting, cutting and showing the pages of a scan; whatever is wrong with it is said in a sentence."""

from __future__ import annotations

import struct

import pytest

from config.kernel.errors import Refused
from credentialing.rules.pages import (
    MOST_PAGES,
    count_pages,
    cut,
    in_words,
    pages_left,
    picture,
    read_range,
)
from practitioners.rules.uploads import JPEG, PDF, PNG
from tests.credentialing.scans import blank, headings, linked, locked, page_objects, png, scan

JPEG_OF = b"\xff\xd8\xff\xe0\x00\x04JF\xff\xc0\x00\x11\x08%b\x03\x01\x11\x00\x02\x11\x01\x03\x11\x01\xff\xd9"


def test_pages_are_counted_cut_and_shown():
    content = scan(4)
    assert count_pages(content, PDF) == 4
    part = cut(content, 2, 3)
    assert headings(part) == ["Page 2", "Page 3"]
    assert cut(content, 2, 3) == part  # its hash repeats
    shown = picture(content, 4, width=300)
    assert shown.startswith(b"\x89PNG")
    assert struct.unpack(">II", shown[16:24]) == (300, 401)  # begun dots count


def test_a_part_takes_nothing_of_another_page_along():
    content = linked(scan(3), to=2)
    assert page_objects(cut(content, 1, 1)) == 1
    assert page_objects(cut(content, 1, 2)) == 2


def test_a_page_of_any_shape_becomes_a_picture_of_bounded_size():
    shown = picture(blank(1), 1, width=100)
    assert struct.unpack(">II", shown[16:24]) == (100, 140)


def test_a_pdf_that_only_forbids_changes_can_be_filed():
    content = locked(scan(2))
    assert count_pages(content, PDF) == 2
    assert headings(cut(content, 2, 2)) == ["Page 2"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"%PDF-1.4 nothing %%EOF", "damaged"),
        (locked(scan(1), to_open="secret"), "password"),
        (blank(0), "no pages"),
        (blank(MOST_PAGES + 1), f"at most {MOST_PAGES}"),
    ],
)
def test_a_bad_pdf_is_refused_with_a_sentence(content, sentence):
    with pytest.raises(Refused, match=sentence):
        count_pages(content, PDF)


def test_pictures():
    assert count_pages(png(1700, 2200), PNG) == 1
    assert count_pages(JPEG_OF.replace(b"%b", struct.pack(">HH", 2200, 1700)), JPEG) == 1
    with pytest.raises(Refused, match="60000 by 60000 dots"):
        count_pages(png(60_000, 60_000), PNG)
    with pytest.raises(Refused, match="65000 by 60000 dots"):
        count_pages(JPEG_OF.replace(b"%b", struct.pack(">HH", 60_000, 65_000)), JPEG)
    with pytest.raises(Refused, match="damaged"):
        count_pages(b"\xff\xd8\xff\xe0\x00\x04JF\xff\xd9", JPEG)


@pytest.mark.parametrize(
    ("typed", "pages"), [("3", (3, 3)), (" 3 - 5 ", (3, 5)), ("3–5", (3, 5)), ("1 to 10", (1, 10))]
)
def test_ranges_as_people_write_them(typed, pages):
    assert read_range(typed, of=10) == pages


@pytest.mark.parametrize("typed", ["", "0", "11", "5-3", "3-11", "1,4", "all", "9" * 400, "3-"])
def test_ranges_that_are_none(typed):
    with pytest.raises(Refused):
        read_range(typed, of=10)


def test_what_is_left_and_in_words():
    assert pages_left(6, [(1, 2), (2, 3), (6, 6)]) == [4, 5]
    assert pages_left(2, [(1, 2)]) == []
    assert (in_words(2, 2), in_words(2, 4)) == ("page 2", "pages 2 to 4")
