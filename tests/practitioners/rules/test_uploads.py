"""Uploaded files are what their content says, whatever they are called."""

import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practitioners.rules.problems import Problem
from practitioners.rules.uploads import CSV, DOCX, JPEG, PDF, PNG, TEXT, TIFF, XLSX, inspect_upload, safe_name

MEGABYTE = 1024 * 1024


def png():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0\0"))
        + chunk(b"IEND", b"")
    )


def pdf():
    return (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n0\n%%EOF\n"
    )


def jpeg():
    return (
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\x00" * 64 + b"\xff\xd9"
    )


def office(*names):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return stream.getvalue()


def docx(*more):
    return office("[Content_Types].xml", "_rels/.rels", "word/document.xml", *more)


def look(content, name="file.bin", **options):
    return inspect_upload(content, name, **{"max_bytes": MEGABYTE, **options})


@pytest.mark.parametrize(
    ("content", "name", "media_type", "shown"),
    [
        (pdf(), "licence.pdf", PDF, "licence.pdf"),
        (pdf(), "licence.PDF", PDF, "licence.PDF"),
        (pdf(), "licence.docx", PDF, "licence.docx.pdf"),
        (pdf(), "licence", PDF, "licence.pdf"),
        (png(), "scan.png", PNG, "scan.png"),
        (png(), "scan.pdf", PNG, "scan.pdf.png"),
        (jpeg(), "photo.JPEG", JPEG, "photo.JPEG"),
        (b"II*\x00\x08\x00\x00\x00" + b"\x00" * 40, "fax.tif", TIFF, "fax.tif"),
        (b"MM\x00*\x00\x00\x00\x08" + b"\x00" * 40, "fax.tiff", TIFF, "fax.tiff"),
        (docx(), "letter.docx", DOCX, "letter.docx"),
        (office("[Content_Types].xml", "xl/workbook.xml"), "cases.xlsx", XLSX, "cases.xlsx"),
        (b"Seen on paper.\r\n", "note.txt", TEXT, "note.txt"),
        ("Größe, naïve\n".encode(), "note.txt", TEXT, "note.txt"),
        ("Größe – naïve\n".encode("cp1252"), "note.txt", TEXT, "note.txt"),
        (b"\xef\xbb\xbfname,cases\nA,1\n", "cases.csv", CSV, "cases.csv"),
        (b"name,cases\nA,1\n", "cases", TEXT, "cases.txt"),
    ],
)
def test_accepted_kinds(content, name, media_type, shown):
    upload = look(content, name)
    assert (upload.media_type, upload.display_name, upload.size) == (media_type, shown, len(content))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (pdf()[:-8], "not complete"),
        (png()[:-12], "not complete"),
        (jpeg()[:-2], "not complete"),
        (docx()[:-30], "damaged"),
        (office("photo1.png", "photo2.png"), "archive"),
        (docx("word/vbaProject.bin"), "macros"),
        (office("[Content_Types].xml", "ppt/presentation.xml"), "Office file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Office"),
        (b"MZ\x90\x00" + b"\0" * 100, "not accepted"),
        (b"\x7fELF\x02\x01\x01" + b"\0" * 100, "not accepted"),
        (b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "not accepted"),
        (b"<!DOCTYPE html><html><script>alert(1)</script>", "web page"),
        (b"\n\n  <svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "web page"),
        (b"<?xml version='1.0'?><a/>", "web page"),
        (b"plain\x00text", "not accepted"),
        (b"   %PDF-1.7 not at the beginning\x00\x01", "not accepted"),
    ],
)
def test_refused_with_a_sentence(content, words):
    with pytest.raises(Problem, match=words) as refused:
        look(content, "harmless.pdf")
    assert str(refused.value).endswith(".")
    assert refused.value.field == "file"


def test_the_size_limit_is_inclusive():
    content = b"x" * 1000
    assert look(content, max_bytes=1000).size == 1000
    with pytest.raises(Problem, match="at most 1 KB"):
        look(content, max_bytes=999)


def test_only_what_is_allowed_here():
    with pytest.raises(Problem, match=r"This is a Word document, .* Accepted: PDF or PNG image\."):
        look(docx(), allowed=frozenset({PDF, PNG}))


def test_a_locked_document_is_refused():
    content = bytearray(docx())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (start := content.find(signature, start)) >= 0:
            content[start + offset] |= 1
            start += 4
    with pytest.raises(Problem, match="password"):
        look(bytes(content))


def test_a_document_that_explodes_is_refused():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("word/document.xml", b"\0" * (301 * MEGABYTE))
    assert len(stream.getvalue()) < MEGABYTE
    with pytest.raises(Problem, match="unpacks"):
        look(stream.getvalue())


def test_a_file_object_is_left_at_its_beginning():
    stream = io.BytesIO(pdf())
    stream.seek(5)
    assert look(stream, "a.pdf").media_type == PDF
    assert stream.tell() == 0
    refused = io.BytesIO(b"GIF89a\x01\x00\x01\x00\x00\x00\x00;")
    with pytest.raises(Problem):
        look(refused)
    assert refused.tell() == 0


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\Board letter.pdf", "Board letter.pdf"),
        ("licence\u202efdp.exe", "licencefdp.exe"),
        ("a\x00b\nc.pdf", "abc.pdf"),
        ('we<i>rd:"name"|?*.pdf', "weirdname.pdf"),
        ("...hidden", "hidden"),
        ("", "document"),
        (None, "document"),
        (".pdf", "pdf"),
        ("   spaces   inside .pdf", "spaces inside.pdf"),
        ("Lebenslauf Müller.pdf", "Lebenslauf Müller.pdf"),
    ],
)
def test_shown_names(name, shown):
    assert safe_name(name) == shown


def test_long_names_keep_their_ending():
    name = safe_name("x" * 500 + ".pdf", ("pdf",))
    assert len(name) == 120
    assert name.endswith(".pdf")


@given(st.text(max_size=200))
def test_a_shown_name_is_always_harmless(text):
    name = safe_name(text, ("pdf",))
    assert name
    assert len(name) <= 120
    assert name.lower().endswith(".pdf")
    assert not set(name) & set('/\\<>:"|?*\x00\n\r\u202e')
    assert not name.startswith(".")


@given(st.binary(min_size=1, max_size=400))
def test_any_bytes_are_either_recognised_or_refused(content):
    try:
        outcome = f"Accepted as {look(content).kind}."
    except Problem as problem:
        outcome = str(problem)
    assert outcome.endswith(".")
