"""Documents read from Word files and Markdown: what is understood, said about the rest, and refused."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bylaws.rules import document_import
from bylaws.rules.document_import import read_document
from bylaws.rules.policy_text import sections_of
from config.kernel.errors import Refused
from tests.bylaws.documents import document
from tests.bylaws.word_files import paragraph, table, word_file


def titles(read):
    return [each.title for each in sections_of(read.body)]


def test_headings_of_word_and_numbers_typed_by_hand():
    read = read_document(
        word_file(
            paragraph("Contents", "TOC1"),
            paragraph("Article I Name", "H1"),
            paragraph("The name is that."),
            paragraph("1.1 Words", "H2"),
            paragraph("(a) One."),
            paragraph("(b) Two."),
            paragraph(""),
            table(("Role", "Term"), ("President", "Two years")),
        ),
        "bylaws.docx",
    )
    assert titles(read) == ["Article I Name", "1.1 Words", "1.1(a)", "1.1(b)"]
    assert "- President; Two years" in read.body
    assert read.remarks == ["1 table became a list, a point for each row."]
    assert read.source == "bylaws.docx"


def test_numbers_word_counts_by_itself_are_counted_as_word_does():
    read = read_document(
        word_file(
            paragraph("Name", "H1", 0),
            paragraph("Words", "H2", 1),
            paragraph("First.", number=2),
            paragraph("Second.", number=2),
            paragraph("A dot.", number=3),
            paragraph("More", "H2", 1),
            paragraph("Again first.", number=2),
            paragraph("Membership", "H1", 0),
            paragraph("Who", "H2", 1),
        ),
        "b.docx",
    )
    assert titles(read) == [
        "Article I Name",
        "1.1 Words",
        "1.1(a)",
        "1.1(b)",
        "1.2 More",
        "1.2(a)",
        "Article II Membership",
        "2.1 Who",
    ]
    assert "- A dot." in read.body


def test_tracked_changes_footnotes_and_moved_text():
    read = read_document(
        word_file(
            paragraph("Article 1 Name", "H1"),
            paragraph(
                "It is ",
                raw="<w:del><w:r><w:delText>old</w:delText></w:r></w:del><w:ins><w:r><w:t>new</w:t></w:r></w:ins>"
                "<w:moveFrom><w:r><w:t> twice</w:t></w:r></w:moveFrom><w:r><w:footnoteReference/></w:r>",
            ),
        ),
        "b.docx",
    )
    assert read.body == "# Article 1 Name\n\nIt is new"
    assert read.remarks == [
        "The file has tracked changes: they were taken as accepted, what is struck out was left out.",
        "Left out: footnote, of which 1 was found.",
    ]


def test_without_heading_styles_the_words_decide_and_it_is_said():
    read = read_document(
        word_file(
            paragraph("ARTICLE I. NAME"),
            paragraph("Article 5 of the law is meant here, and nothing else."),
            paragraph("1.1 Purpose"),
            paragraph("It has a purpose."),
        ),
        "b.docx",
    )
    assert titles(read) == ["Article I NAME", "1.1 Purpose"]
    assert read.remarks[0].startswith("No paragraph has a heading style, so 2 were taken")


def test_markdown_with_what_only_sets_type():
    read = read_document(
        b"Bylaws\n======\n\nArticle\n-------\n\n**Bold** and *slanted*, [a link](https://example.org).\n\n"
        b"| A | B |\n|---|---|\n| 1 | 2 |\n\n---\n\n* point\n\n![x](y.png)\n",
        "b.md",
    )
    assert read.body == ("# Bylaws\n\n## Article\n\nBold and slanted, a link.\n\n- A; B\n- 1; 2\n\n\n- point")
    assert [each.split(":")[0] for each in read.remarks] == ["Line 9", "Line 11", "Line 17"]


def _zip(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return file.getvalue()


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty"),
        (b"%PDF-1.7 x", "This is a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Word version"),
        (b"PK\x03\x04 broken", "damaged: it cannot be opened"),
        (_zip(xl__workbook_xml=b"<x/>"), "no Word document"),
        (_zip(word__document_xml=b"<w:document"), "its text cannot be read"),
        (word_file(paragraph("A", "H1"), prolog=ENTITIES), "its text cannot be read"),
        (word_file(paragraph("Only words.")), "No heading was found"),
        (b"Only words", "No heading was found"),
        (b"# A\n\xff\xfe\n", "Line 2 is not text in UTF-8"),
        (b"# A\n\x00", "This is no text"),
        (b"# A\n" + b"x" * 300_001, "Split it"),
    ],
)
def test_what_is_no_document_is_refused_with_a_sentence(content, sentence):
    with pytest.raises(Refused, match=sentence) as refusal:
        read_document(content, "x")
    assert refusal.value.field == "file"


def test_a_file_that_unpacks_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(document_import, "LARGEST_PART", 100_000)
    bomb = word_file(paragraph("A", "H1"), paragraph("x" * 200_000))
    assert len(bomb) < 10_000
    with pytest.raises(Refused, match="unpacks to more than any document"):
        read_document(bomb, "bomb.docx")
    monkeypatch.setattr(document_import, "LARGEST_FILE", 1_000)
    with pytest.raises(Refused, match="has more than 0 MB"):
        read_document(bomb, "bomb.docx")


def test_the_next_version_is_looked_at_first_with_what_it_changes(world, sign_in):
    first = "# Article 1 Name\nIts name.\n\n## 1.1 Words\nWhat words mean.\n\n## 1.2 Purpose\nIts purpose."
    made = document(world.coordinator, world.facility, first)
    browser, page = sign_in(world.coordinator), reverse("bylaws:policy_import_version", args=[made.uid])
    assert "Version 1 (draft) is set aside by it" in browser.get(page).content.decode()
    next_one = first.replace("## 1.2 Purpose", "## 1.2 Seat\nWhere it sits.\n\n## 1.3 Purpose").encode()
    looked = browser.post(page, {"file": SimpleUploadedFile("next.md", next_one)}).content.decode()
    assert "Against the version before: 1 new, 1 renumbered." in looked
    assert "## 1.3 Purpose {#1.2}" in looked
    assert made.versions.count() == 1, "looking writes nothing"
    refused = browser.post(page, {"file": SimpleUploadedFile("next.pdf", b"%PDF-1.7 x")})
    assert refused.status_code == 422
    assert "This is a PDF" in refused.content.decode()
    sent = {"body": next_one.decode(), "newest": "1", "note": "Its seat", "source_name": "next.md"}
    late = browser.post(page, sent | {"newest": "0"})
    assert late.status_code == 409
    assert browser.post(page, sent).status_code == 303
    second = made.versions.get(number=2)
    assert second.source_name == "next.md"
    assert [each["key"] for each in second.outline] == ["1", "1.1", "1.2-2", "1.2"]
    assert "next.md" in browser.get(reverse("bylaws:policy", args=[made.uid])).content.decode()


def test_a_byte_that_flipped_is_said_and_not_a_stack_trace():
    content = bytearray(word_file(paragraph("Article 1 Name", "H1"), paragraph("Words. " * 400)))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        info = archive.getinfo("word/document.xml")
    begins = info.header_offset + 30 + len(info.filename)
    for at in range(begins, begins + info.compress_size // 2):
        broken = bytearray(content)
        broken[at] ^= 0xFF
        with pytest.raises(Refused, match="damaged") as refusal:
            read_document(bytes(broken), "bylaws.docx")
        assert refusal.value.field == "file"


@pytest.mark.parametrize(
    "markup",
    [
        '<w:p><w:pPr><w:outlineLvl w:val="\u00b2"/></w:pPr><w:r><w:t>Two</w:t></w:r></w:p>',
        paragraph("Two", raw="<w:x/>").replace(
            "<w:pPr>", '<w:pPr><w:numPr><w:ilvl w:val="\u00b2"/><w:numId w:val="1"/></w:numPr>'
        ),
    ],
)
def test_a_number_that_is_none_counts_as_none(markup):
    assert "Two" in read_document(word_file(paragraph("Name", "H1"), markup), "bylaws.docx").body


def test_runs_nested_beyond_measure_are_refused():
    deep = "<w:ins>" * 5_000 + "<w:r><w:t>Deep</w:t></w:r>" + "</w:ins>" * 5_000
    with pytest.raises(Refused, match="nested deeper"):
        read_document(word_file(paragraph("Name", "H1"), paragraph("", raw=deep)), "bylaws.docx")


@pytest.mark.parametrize("start", ["x", "1000000000000", "\u00b2"])
def test_a_list_that_begins_with_no_number_begins_with_one(start):
    numbering = (
        '<w:numbering xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f'<w:abstractNum w:abstractNumId="7"><w:lvl w:ilvl="x"><w:start w:val="{start}"/>'
        '<w:numFmt w:val="lowerRoman"/><w:lvlText w:val="(%1)"/></w:lvl></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num></w:numbering>'
    )
    kept = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(word_file(paragraph("Name", "H1"), paragraph("One.", number=0)))) as old,
        zipfile.ZipFile(kept, "w") as new,
    ):
        for name in old.namelist():
            new.writestr(name, numbering if name == "word/numbering.xml" else old.read(name))
    assert "(i) One." in read_document(kept.getvalue(), "bylaws.docx").body
