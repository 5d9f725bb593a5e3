"""The words of letters: named fields in plain paragraphs, and what they say about one person. Pure.

A text names fields in braces, like ``{practitioner_name}``, and nothing else: no attributes, no formats. The
catalogue below is all there is. A field without a value keeps the letter from being issued.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from string import Formatter
from typing import Any

from practitioners.rules.problems import Problem

#: Characters of the subject, of the whole text, and of a paragraph of own words.
LONGEST_SUBJECT, LONGEST_BODY, LONGEST_ADDED = 150, 8000, 4000

_EMPTY_LINE = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True)
class Field:
    """One thing a letter can say by itself. ``many``: a list, which takes a paragraph of its own."""

    code: str
    label: str
    example: str | tuple[str, ...]
    origin: str
    needs: str
    many: bool = False


def _field(code: str, label: str, example: str | tuple[str, ...], origin: str, needs: str) -> Field:
    return Field(code, label, example, origin, needs, isinstance(example, tuple))


_APPLICATION = "no application is chosen"
_APPOINTMENT = "no appointment is on record here"
_ADVERSE = "no recommendation against stands"
_BESIDE = "no temporary privileges ended with another application"
_LOST = "no privilege was given up or revoked here"
_TRAINING = "no education or program is chosen"
_MAIL = "it is filled only in an e-mail that goes out by itself"
_DISCREPANCY = "no discrepancy is chosen"

#: Every field there is, by its name in a text.
FIELDS: dict[str, Field] = {
    each.code: each
    for each in (
        _field("practitioner_name", "Practitioner, as on the envelope", "Marisol T. Quillfeather, MD",
               "Legal name in the file", "the file has no legal name"),
        _field("salutation", "Practitioner, after “Dear”", "Dr. Quillfeather", "Legal name and profession",
               "the file has no legal name"),
        _field("practitioner_npi", "NPI", "2000000101", "The file", "the file has no NPI"),
        _field("facility_name", "Hospital", "Fernwick General", "The hospital", "the hospital has no name"),
        _field("facility_phone", "Telephone of the office", "555 0100", "The hospital",
               "the hospital has no telephone of the office on record"),
        _field("signed_by", "Who signs", "Dana Whitlock", "Whoever issues the letter", "nobody signs"),
        _field("today", "Date of the letter", "March 10, 2026", "The hospital's date", "there is no date"),
        _field("department", "Department", "Surgery", "The application, else the appointment",
               "neither an application nor an appointment names one"),
        _field("category", "Staff category", "Active staff", "The application, else the appointment",
               "neither an application nor an appointment names one"),
        _field("application_kind", "What was applied for", "initial appointment", "The application",
               _APPLICATION),
        _field("received_on", "Application received on", "March 2, 2026", "The application",
               "the application has not been received"),
        _field("missing", "What is missing, as a list",
               ("Certificate of malpractice coverage for 2026", "Name of a second peer"),
               "What the applicant owes", "nothing is missing"),
        _field("missing_due", "Last day for what is missing", "March 24, 2026",
               "The latest day by which something is due", "nothing is missing"),
        _field("withdrawn_reason", "Why it was withdrawn", "Nothing came within 60 days",
               "The application", "no application was withdrawn"),
        _field("not_accepted", "What is not accepted for processing and why, as a list",
               ("Bariatric surgery: 12 cases in the last 24 months were shown, 25 are needed.",),
               "The application", "everything asked for is accepted for processing"),
        _field("discrepancy_item", "What is contradicted", "Residency, Fernwick General",
               "The verification", _DISCREPANCY),
        _field("discrepancy_stated", "What was stated", "July 2007 to June 2012",
               "The note on the discrepancy or the claim", "the claim has no days or number"),
        _field("discrepancy_source", "Which source", "Fernwick General", "The verification",
               "the verification names no source"),
        _field("discrepancy_source_says", "What the source says", "Completed in June 2011",
               "The answer of the source", "the source's answer is not on record"),
        _field("programme", "School or program", "Fernwick College of Medicine", "The claim",
               _TRAINING),
        _field("programme_what", "What is to be verified", "Medical school", "The verification", _TRAINING),
        _field("programme_days", "Days stated", "August 1, 2003 to May 31, 2007", "The claim",
               "the claim states no days"),
        _field("decided_on", "Decided by the board on", "March 18, 2026", "The board's decision",
               "the board has not decided"),
        _field("term_first_day", "First day of the appointment", "April 1, 2026", "The appointment",
               _APPOINTMENT),
        _field("term_last_day", "Last day of the appointment", "March 31, 2028", "The appointment",
               _APPOINTMENT),
        _field("ended_on", "Last day of membership", "June 30, 2026", "The departure",
               "no departure is recorded"),
        _field("lost_from", "First day without the privileges given up or revoked", "March 12, 2026",
               "The act by which they ended", _LOST),
        _field("lost_privileges", "Privileges given up or revoked, as a list",
               ("Laparoscopic cholecystectomy",), "The act by which they ended", _LOST),
        _field("lost_by", "The decision that revoked them", "Governing board, item 4, 10 Mar 2026",
               "The act by which they ended", "nothing was revoked here"),
        _field("temporary_ended_on", "First day without the temporary privileges", "March 12, 2026",
               "The file of the temporary privileges", _BESIDE),
        _field("temporary_privileges", "Temporary privileges that ended, as a list",
               ("Laparoscopic cholecystectomy",), "The file of the temporary privileges",
               _BESIDE),
        _field("waited_beside", "The application they waited beside, and what became of it",
               "initial appointment: withdrawn", "The application they waited beside",
               _BESIDE),
        _field("leave_first_day", "First day of the leave", "May 1, 2026", "The leave",
               "no leave is on record"),
        _field("leave_last_day", "Last day of the leave", "July 31, 2026", "The leave",
               "the leave has no last day"),
        _field("evaluations", "Evaluations the letter tells of, as a list",
               ("Laparoscopic cholecystectomy: a proctor is present, 5 cases, by September 30, 2026",),
               "The focused evaluations", "no evaluation is to be told on this occasion"),
        _field("recommending_body", "Who recommended", "Medical Executive Committee",
               "The newest recommendation", _ADVERSE),
        _field("recommended_on", "Recommended on", "March 12, 2026", "The newest recommendation", _ADVERSE),
        _field("recommendation", "What was recommended, as a list",
               ("Appointment: do not recommend",), "The newest recommendation", _ADVERSE),
        _field("reasons", "The reasons, as a list", ("The required case volume was not shown.",),
               "The newest recommendation", "the recommendation gives no reasons"),
        _field("recipient_name", "Who reads the mail", "Ines Calloway", "The mail", _MAIL),
        _field("form_title", "Title of the packet or form", "Peer reference", "The mail", _MAIL),
        _field("mail_link", "The link, on a line of its own", "https://hospital.example/answer/…",
               "The mail", _MAIL),
        _field("mail_due", "Last day asked for", "24 March 2026", "The mail", _MAIL),
        _field("credential_kind", "What runs out", "State license (OH)", "The mail", _MAIL),
        _field("credential_last_day", "Its last valid day", "30 Jun 2026", "The mail", _MAIL),
        _field("hearing_days", "Days to ask for a hearing, from receipt", "30",
               "Parameter bylaws.hearing_request_days", "the parameter is not set"),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Merged:
    """A letter's words about one person. Blocks are ``{"text": "..."}`` or ``{"lines": [...]}``.

    ``lacking`` says for each field without a value what it is and why; such a letter cannot be issued.
    """

    title: str
    blocks: list[dict[str, Any]]
    lacking: list[str]


def examples() -> dict[str, str | tuple[str, ...]]:
    """The invented person the templates are shown with."""
    return {code: field.example for code, field in FIELDS.items()}


def check_words(subject: str, body: str) -> None:
    """Refuse a text that cannot be merged; the sentence names the field and its line."""
    if not subject.strip():
        raise Problem("Write the subject.", field="subject")
    if not body.strip():
        raise Problem("Write the text.", field="body")
    if len(subject) > LONGEST_SUBJECT:
        raise Problem(f"The subject is longer than {LONGEST_SUBJECT} characters.", field="subject")
    if "\n" in subject.strip():
        raise Problem("The subject is one line.", field="subject")
    if len(body) > LONGEST_BODY:
        raise Problem(f"The text is longer than {LONGEST_BODY} characters.", field="body")
    for name in _names(subject, "subject"):
        if FIELDS[name].many:
            raise Problem(f"{{{name}}} is a list and cannot stand in the subject.", field="subject")
    for number, paragraph in _paragraphs(body):
        for name in _names(paragraph, "body", first_line=number):
            if FIELDS[name].many and paragraph.strip() != f"{{{name}}}":
                raise Problem(
                    f"Line {number}: {{{name}}} is a list and needs a paragraph of its own.", field="body"
                )


def fields_of(subject: str, body: str) -> list[str]:
    """The fields a text names, in the order of the catalogue. The text was checked."""
    named = {name for _, name, _, _ in Formatter().parse(f"{subject}\n{body}") if name}
    return [code for code in FIELDS if code in named]


def merge(subject: str, body: str, values: Mapping[str, str | Sequence[str]], *, added: str = "") -> Merged:
    """The words of a checked text with the values in the place of the fields, and a paragraph of own words
    before the last one, where a letter says whom to call.
    """
    held = {name: value for name, value in values.items() if value}
    lacking = [
        f"{FIELDS[name].label}: {FIELDS[name].needs}."
        for name in fields_of(subject, body)
        if name not in held
    ]
    shown = {name: f"[{field.label}]" for name, field in FIELDS.items()} | {
        name: value for name, value in held.items() if isinstance(value, str)
    }
    blocks: list[dict[str, Any]] = []
    for _, paragraph in _paragraphs(body):
        alone = paragraph.strip().removeprefix("{").removesuffix("}")
        if alone in FIELDS and FIELDS[alone].many and paragraph.strip() == f"{{{alone}}}":
            blocks.append({"lines": list(held.get(alone, [f"[{FIELDS[alone].label}]"]))})
        else:
            blocks.append({"text": " ".join(paragraph.format_map(shown).split())})
    own = [{"text": " ".join(part.split())} for part in _EMPTY_LINE.split(_lines(added)) if part.strip()]
    at = max(len(blocks) - 1, 0)
    return Merged(subject.strip().format_map(shown), [*blocks[:at], *own, *blocks[at:]], lacking)


def compare(old_subject: str, old_body: str, subject: str, body: str) -> list[dict[str, str]]:
    """What differs between two texts, paragraph by paragraph: ``{"was": ..., "now": ...}``, either of which
    may be empty.
    """
    old = [old_subject, *(part for _, part in _paragraphs(old_body))]
    new = [subject, *(part for _, part in _paragraphs(body))]
    found = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        pairs = zip_longest(old[i1:i2], new[j1:j2], fillvalue="")
        found += [{"was": was, "now": now} for was, now in pairs]
    return found


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _paragraphs(body: str) -> Iterator[tuple[int, str]]:
    """Each paragraph with the number of its first line."""
    line = 1
    text = _lines(body)
    place = 0
    for gap in [*_EMPTY_LINE.finditer(text), None]:
        end = gap.start() if gap else len(text)
        part = text[place:end]
        lead = len(part) - len(part.lstrip("\n"))
        if part.strip():
            yield line + lead, part.strip("\n")
        line += text.count("\n", place, gap.end()) if gap else 0
        place = gap.end() if gap else end


def _names(text: str, field: str, *, first_line: int = 1) -> list[str]:
    """The fields of a piece of text, each known and written plainly."""
    found = []
    for offset, line in enumerate(_lines(text).split("\n")):
        where = f"Line {first_line + offset}: " if field == "body" else ""
        try:
            if "{{" in line or "}}" in line:
                raise ValueError("doubled")  # the library's way to write a brace: here it is a slip
            parts = list(Formatter().parse(line))
        except ValueError:
            raise Problem(
                f"{where}a brace is open or closed without its other half. A field is written {{like_this}}.",
                field=field,
            ) from None
        for _, name, spec, conversion in parts:
            if name is None:
                continue
            if spec or conversion or name not in FIELDS:
                wrong = f"{name}{'!' + conversion if conversion else ''}{':' + spec if spec else ''}"
                raise Problem(
                    f"{where}there is no field {{{wrong[:60]}}}. The list beside the text has all of them.",
                    field=field,
                )
            found.append(name)
    return found
