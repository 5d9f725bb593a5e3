"""Word files made for tests: paragraphs with styles, automatic numbers, tables, tracked changes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
_STYLES = "".join(
    f'<w:style w:styleId="H{depth}"><w:name w:val="heading {depth}"/>'
    f'<w:pPr><w:outlineLvl w:val="{depth - 1}"/></w:pPr></w:style>'
    for depth in (1, 2, 3)
)
_NUMBERING = (
    '<w:abstractNum w:abstractNumId="7">'
    '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="upperRoman"/>'
    '<w:lvlText w:val="Article %1"/></w:lvl>'
    '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2"/></w:lvl>'
    '<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="(%3)"/></w:lvl>'
    '<w:lvl w:ilvl="3"><w:numFmt w:val="bullet"/><w:lvlText w:val="o"/></w:lvl>'
    '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>'
)


def paragraph(text: str, style: str = "", number: int | None = None, raw: str = "") -> str:
    """A paragraph; ``number`` is the depth of its automatic number, ``raw`` markup after its text."""
    counted = (
        f'<w:numPr><w:ilvl w:val="{number}"/><w:numId w:val="1"/></w:numPr>' if number is not None else ""
    )
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    run = f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'
    return f"<w:p><w:pPr>{named}{counted}</w:pPr>{run}{raw}</w:p>"


def table(*rows: Sequence[str]) -> str:
    """A table of these cells."""
    cells = "".join(
        "<w:tr>" + "".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) + "</w:tr>" for row in rows
    )
    return f"<w:tbl>{cells}</w:tbl>"


def word_file(*blocks: str, styles: str = _STYLES, prolog: str = "") -> bytes:
    """The bytes of a ``.docx`` with these blocks."""

    def part(name: str, inner: str) -> str:
        return f'<?xml version="1.0"?>{prolog}<w:{name} xmlns:w="{NAMESPACE}">{inner}</w:{name}>'

    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("word/document.xml", part("document", f"<w:body>{''.join(blocks)}</w:body>"))
        archive.writestr("word/styles.xml", part("styles", styles))
        archive.writestr("word/numbering.xml", part("numbering", _NUMBERING))
    return file.getvalue()
