"""What stands in a section of a packet, in words: what is signed, and what is read afterwards. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from config.kernel.display.dates import day_text
from credentialing.rules.packet_answers import Known, gaps_of, in_words
from credentialing.rules.packet_typed import day_of
from credentialing.rules.packets import CLAIMS, DISCLOSURES, DOCUMENTS, FIELDS, PRIVILEGES, Section
from practitioners.choices import CredentialStatus

#: One answer: what was asked, what was said.
Told = tuple[str, str]


def told(
    section: Section, answers: Mapping[str, Any], known: Known, titles: Mapping[str, str] | None = None
) -> list[Told]:
    """Every answer of the section in words, in its order. ``titles`` names documents by their uid."""
    tell = {
        FIELDS: _fields,
        CLAIMS: _claims,
        DISCLOSURES: _questions,
        PRIVILEGES: _privileges,
        DOCUMENTS: _documents,
    }[section.kind]
    return list(tell(section, answers, known, titles or {}))


def labels_of(kind: Any) -> list[tuple[str, str]]:
    """Names of a row of that kind of credential and what its form calls them, in the order of the form."""
    dates = kind.fields.get("x-dates", {})
    core = [
        ("state", "State"),
        ("number", kind.number_label or "Number"),
        ("issuer", kind.issuer_label),
        ("status", "What the issuer says of it"),
        ("start", dates.get("start", "From")),
        ("last_day", dates.get("end", "Until")),
    ]
    properties = kind.fields.get("properties", {})
    extra = [
        (name, str(properties[name].get("title", name)))
        for name in dict.fromkeys([*kind.fields.get("x-order", ()), *properties])
        if name in properties and not properties[name].get("x-same-as")
    ]
    return core + extra


def shown(value: Any) -> str:
    """A value of a row as people read it."""
    if value is True:
        return "Yes"
    if value in (None, False, "", []):
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if value in CredentialStatus.values:
        return str(CredentialStatus(value).label)
    day = day_of(value)
    return f"{day.day} {day:%b %Y}" if day else str(value)


def row_in_words(row: Mapping[str, Any], kind: Any) -> str:
    """A row in one line: ``State: OH; Licence number: 35.1``."""
    parts = [f"{label}: {text}" for name, label in labels_of(kind) if (text := shown(row.get(name)))]
    return "; ".join(parts)


def _fields(section: Section, answers: Mapping[str, Any], known: Known, titles) -> Iterator[Told]:
    for each in section.fields:
        if value := answers["values"].get(each.code, ""):
            yield each.label, shown(value)


def _claims(section: Section, answers: Mapping[str, Any], known: Known, titles) -> Iterator[Told]:
    for row in answers["rows"]:
        kind = known.kinds[row["type"]]
        yield kind.name, row_in_words(row, kind)
    if answers["none"]:
        yield section.heading, section.none
    if section.gaps:
        for gap, text in gaps_of(section, answers, known):
            yield in_words(gap), text


def _questions(section: Section, answers: Mapping[str, Any], known: Known, titles) -> Iterator[Told]:
    for question in known.questions:
        given = answers["answers"].get(question["code"], {})
        said = ". ".join(filter(None, (given.get("answer", "").capitalize(), given.get("explanation", ""))))
        yield f"{question['number']}. {question['text']}", said


def _privileges(section: Section, answers: Mapping[str, Any], known: Known, titles) -> Iterator[Told]:
    for form in known.offered:
        asked = set(answers["asked"].get(form.uid, ()))
        names = [name for code, name in (*form.core, *form.special) if code in asked]
        if names:
            yield form.title, "; ".join(names)
    words = {group: label for form in known.offered for group, label in form.groups}
    for group, each in answers.get("cases", {}).items():
        if group in words:
            first, last = (day_text(day_of(each.get(part))) for part in ("from", "through"))
            yield words[group], f"{each.get('cases', '')} cases, {first} to {last}"


def _documents(section: Section, answers: Mapping[str, Any], known: Known, titles) -> Iterator[Told]:
    for each in section.documents:
        if uid := answers["files"].get(each.code):
            yield each.label, titles.get(uid, uid)
