"""What is in a section of a packet, what it lacks, and how it differs from the file. Pure.

Answers are plain JSON, kept as they were typed where they cannot be right yet:

- fields: ``{"values": {code: text}}``
- claims: ``{"rows": [{"type": code, "start": ISO, ...}], "none": bool, "gaps": {span: text}}``
- disclosures: ``{"answers": {code: {"answer": "yes" or "no", "explanation": text}}}``
- privileges: ``{"asked": {uid of a version of a form: [codes]}}``, and where any are stated
  ``"cases": {group: {"cases": number, "from": ISO, "through": ISO}}``
- documents: ``{"files": {code: uid of a document}}``
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from config.kernel.errors import Refused
from config.kernel.periods import days, through
from credentialing.rules.packet_typed import (
    LONGEST,
    day_of,
    day_typed,
    plain_row,
    plain_text,
    says_something,
    why_no_such,
)
from credentialing.rules.packets import (
    CLAIMS,
    DAY,
    DISCLOSURES,
    DOCUMENTS,
    EMAIL,
    FIELDS,
    PRIVILEGES,
    Section,
)
from practitioners.choices import CredentialStatus, SaidBy
from practitioners.rules.claims import claim_content, claim_identity
from practitioners.rules.credential_content import with_issuer
from practitioners.rules.gaps import Explained, Gap, GapLimits, judge_history
from practitioners.rules.licence_numbers import normal_form
from practitioners.rules.plausible import check_days
from practitioners.rules.timeline import Stated, activities, career_start, lane_of, only_school

#: The most rows of a section.
MOST_ROWS = 60
#: How people who are to be asked are reached.
WAYS = ("email", "phone")
#: What is entered of a number of cases, and the most there can be.
CASE_PARTS = ("cases", "from", "through")
MOST_CASES = 100_000
#: Words of a row that every kind of credential has; everything else is content of its kind.
CORE = ("type", "state", "number", "issuer", "status", "start", "last_day")


@dataclass(frozen=True)
class OfferedForm:
    """One form of privileges: code and name of each privilege of its core, and of the special ones.

    ``example``: no medical staff has approved it. ``descriptions`` are by code. ``groups`` are code and words
    of the cases its criteria count. ``criteria`` are the room above's own, by code ("": of the core).
    ``notes`` are sentences to this applicant, above what is chosen.
    """

    uid: str
    title: str
    core: tuple[tuple[str, str], ...]
    special: tuple[tuple[str, str], ...]
    example: bool = False
    descriptions: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[tuple[str, str], ...] = ()
    criteria: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code that can be asked for on it."""
        return tuple(code for code, _ in (*self.core, *self.special))


@dataclass(frozen=True)
class Missing:
    """What a section lacks, in a sentence. ``row`` counts from 0; ``field`` is the name in the form."""

    text: str
    field: str = ""
    row: int | None = None


@dataclass(frozen=True)
class Known:
    """What answers are judged beside: kinds of credentials by code, the questions, what is offered."""

    today: dt.date
    provider_type: str = ""
    last_names: str = ""
    born: dt.date | None = None
    kinds: Mapping[str, Any] = field(default_factory=dict)
    questions: Sequence[Mapping[str, Any]] = ()
    offered: Sequence[OfferedForm] = ()
    limits: GapLimits = field(default_factory=GapLimits)
    #: Rows of the other sections: what is stated there fills time as well.
    beside: Sequence[Mapping[str, Any]] = ()


def empty(section: Section) -> dict[str, Any]:
    """A section nobody has written in."""
    bare: dict[str, dict[str, Any]] = {
        FIELDS: {"values": {}},
        CLAIMS: {"rows": [], "none": False, "gaps": {}},
        DISCLOSURES: {"answers": {}},
        PRIVILEGES: {"asked": {}},
        DOCUMENTS: {"files": {}},
    }
    return bare[section.kind]


def tidy(section: Section, given: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as they are kept: text without control signs, within limits, nothing that is not asked."""
    if section.kind == FIELDS:
        known = {each.code for each in section.fields}
        values = {code: plain_text(value) for code, value in given.get("values", {}).items() if code in known}
        return {"values": {code: value for code, value in values.items() if value}}
    if section.kind == CLAIMS:
        rows = [plain_row(each) for each in given.get("rows", ()) if each.get("type") in section.types]
        nothing = bool(given.get("none")) and bool(section.none)
        if nothing and not any(says_something(row) for row in rows):
            rows = []  # a row was added, and nothing written into it
        gaps = {str(span)[:21]: plain_text(text) for span, text in given.get("gaps", {}).items()}
        return {
            "rows": rows[:MOST_ROWS],
            "none": nothing,
            "gaps": {span: text for span, text in gaps.items() if text} if section.gaps else {},
        }
    if section.kind == DISCLOSURES:
        answers = {}
        for code, each in given.get("answers", {}).items():
            said, text = each.get("answer"), plain_text(each.get("explanation"))
            kept = ({"answer": said} if said in ("yes", "no") else {}) | (
                {"explanation": text} if text else {}
            )
            if kept:
                answers[str(code)[:40]] = kept
        return {"answers": answers}
    if section.kind == PRIVILEGES:
        asked = {
            str(uid)[:36]: sorted({plain_text(code) for code in codes})
            for uid, codes in given.get("asked", {}).items()
        }
        cases = {
            str(group)[:40]: {part: text for part in CASE_PARTS if (text := plain_text(each.get(part)))}
            for group, each in given.get("cases", {}).items()
        }
        stated = {group: each for group, each in cases.items() if each}
        return {"asked": {uid: codes for uid, codes in asked.items() if codes}} | (
            {"cases": stated} if stated else {}
        )
    known = {each.code for each in section.documents}
    return {"files": {code: str(uid) for code, uid in given.get("files", {}).items() if code in known}}


def missing(section: Section, answers: Mapping[str, Any], known: Known) -> list[Missing]:
    """What the section still lacks, in the order of its form; nothing: it is complete."""
    find = {
        FIELDS: _missing_fields,
        CLAIMS: _missing_claims,
        DISCLOSURES: _missing_answers,
        PRIVILEGES: _missing_privileges,
        DOCUMENTS: _missing_documents,
    }[section.kind]
    return list(find(section, answers, known))


# --- fields ---------------------------------------------------------------------------------------------


def _missing_fields(section: Section, answers: Mapping[str, Any], known: Known) -> Iterator[Missing]:
    values = answers["values"]
    for each in section.fields:
        value = values.get(each.code, "")
        if not value:
            if each.needed:
                yield Missing(f"{each.label} is missing.", each.code)
        elif each.kind == DAY:
            day = day_of(value)
            if day is None:
                yield Missing(f"{each.label}: “{value[:40]}” is no day of the calendar.", each.code)
            elif each.place == "person.birth_date" and day >= known.today:
                yield Missing(f"{each.label} does not lie in the past.", each.code)
        elif each.kind == EMAIL and ("@" not in value.strip("@") or " " in value):
            yield Missing(f"{each.label}: “{value[:80]}” is not an e-mail address.", each.code)
        elif doubt := why_no_such(each.place, value):
            yield Missing(f"{each.label}: {doubt}", each.code)
        elif len(value) > limit_of(each):
            yield Missing(f"{each.label} is longer than {limit_of(each)} characters.", each.code)


def limit_of(asked: Any) -> int:
    """How long the answer to a field may be, in characters: what its place in the file holds."""
    part = asked.place.rpartition(".")[2]
    if part in ("city", "last_name", "first_name"):
        return 100
    if part in ("state", "postal_code", "phone"):
        return {"state": 2, "postal_code": 20, "phone": 30}[part]
    return 200 if asked.place else LONGEST


# --- claims ---------------------------------------------------------------------------------------------


def _missing_claims(section: Section, answers: Mapping[str, Any], known: Known) -> Iterator[Missing]:
    rows = answers["rows"]
    if answers["none"]:
        if rows:
            yield Missing("You ticked that there is nothing to state, and stated something.", "none")
        return
    if not rows and section.none:
        yield Missing("Add what there is, or tick that there is nothing.", "none")
        return
    for code, number in (section.minimum or {}).items():
        kind = known.kinds[code]
        stated = [row for row in rows if row["type"] == code]
        current = [row for row in stated if _still_valid(row, kind, known.today)]
        if len(stated) < number:
            more = "" if number == 1 else f" ({number} are needed)"
            yield Missing(f"{kind.name} is missing{more}.")
        elif len(current) < number:
            yield Missing(f"{kind.name}: what is stated has run out; state its renewal or another one.")
    broken = False
    for index, row in enumerate(rows):
        problem = row_problem(row, known)
        if problem is not None:
            broken = True
            name = known.kinds[row["type"]].name
            yield Missing(f"{name}: {problem.sentence}", problem.field, index)
    yield from _missing_people(section, rows, known)
    if section.gaps and rows and not broken:
        for gap, text in gaps_of(section, answers, known):
            if not text:
                yield Missing(f"Say what you did from {in_words(gap)}.", f"gap_{span_of(gap)}")


def _missing_people(section: Section, rows: Sequence[Mapping[str, Any]], known: Known) -> Iterator[Missing]:
    """People who are to be asked: each is another one, and can be reached."""
    named: set[tuple[str, str]] = set()
    for index, row in enumerate(rows):
        kind, name = known.kinds[row["type"]], normal_form(str(row.get("name", "")))
        if not name or not set(WAYS) <= set(kind.fields.get("properties", ())):
            continue
        if (kind.code, name) in named:
            yield Missing(f"{kind.name}: {row['name']} is named above; name somebody else.", "name", index)
        elif not any(row.get(way) for way in WAYS):
            yield Missing(
                f"{kind.name}: say how {row['name']} is reached, by e-mail or by telephone.", "email", index
            )
        named.add((kind.code, name))


def _still_valid(row: Mapping[str, Any], kind: Any, today: dt.date) -> bool:
    last = day_of(row.get("last_day"))
    return not kind.expires or last is None or last >= today


def row_values(row: Mapping[str, Any], kind: Any) -> dict[str, Any]:
    """A row as arguments of the service that records claims; raises ``Refused`` at what cannot be read."""
    start, last = (day_typed(row.get(name), name) for name in ("start", "last_day"))
    if start and last and last < start:
        raise Refused("The last day lies before the first.", field="last_day")
    return {
        "valid": days(start, through(last)),
        "issuer": str(row.get("issuer", "")),
        "state": str(row.get("state", "")),
        "number": str(row.get("number", "")),
        "status": row.get("status") or CredentialStatus.ACTIVE,
        "extra": {name: value for name, value in row.items() if name not in CORE},
    }


def row_problem(row: Mapping[str, Any], known: Known) -> Refused | None:
    """Why a row cannot be a claim yet; None when it can. The rules are those of recording a claim."""
    kind = known.kinds[row["type"]]
    try:
        values = row_values(row, kind)
        required = kind.fields.get("x-dates", {}).get("required", ())
        for name, word in (("start", "start"), ("end", "last_day")):
            if name in required and not row.get(word) and not (name == "end" and row.get("lifetime")):
                label = kind.fields["x-dates"].get(name, "The day")
                raise Refused(f"{label}: the day is missing.", field=word)
        content = claim_content(
            kind,
            values["valid"],
            values["status"],
            SaidBy.APPLICANT,
            with_issuer(kind.fields, values["extra"], values["issuer"]),
        )
        check_days(content["valid"], today=known.today, born=known.born)
        claim_identity(
            kind,
            issuer=values["issuer"],
            state=values["state"],
            number=values["number"],
            extra=content["extra"],
            start=content["valid"].lower,
            last_names=known.last_names,
            provider_type=known.provider_type,
        )
        if not values["issuer"] and kind.issuer_label and _needs_issuer(kind):
            raise Refused(f"{kind.issuer_label} is missing.", field="issuer")
    except Refused as refused:
        return refused
    return None


def _needs_issuer(kind: Any) -> bool:
    named = set(kind.fields.get("x-identity", ())) & set(kind.fields.get("required", ()))
    return not (kind.code == "DEA" or kind.has_state or named)


def gaps_of(section: Section, answers: Mapping[str, Any], known: Known) -> list[tuple[Gap, str]]:
    """Times nothing stated accounts for that are long enough to be explained, with what was said of them."""
    stated = [found for row in (*known.beside, *answers["rows"]) if (found := _stated(row, known))]
    if not stated or known.limits.shortest is None:
        return []
    filled = [] if only_school(stated) else activities(stated)
    _, judged = judge_history(filled, [], known.limits, on=known.today, career_start=career_start(stated))
    return [(each.gap, _said_of(each.gap, answers["gaps"], known.limits.shortest)) for each in judged]


def _said_of(gap: Gap, said: Mapping[str, str], shortest: int) -> str:
    """What was written about the gap. Its days move while a packet is filled in, with the day the history is
    looked back from: an explanation counts as long as it leaves no more days open than need none.
    """
    for span, text in said.items():
        first, last = (day_of(part) for part in (*span.split("_"), "")[:2])
        if first is None or last is None or first > gap.last_day or last < gap.first_day:
            continue
        left = max(0, (first - gap.first_day).days) + max(0, (gap.last_day - last).days)
        if left <= shortest:
            return text
    return ""


def explanations_in(section: Section, answers: Mapping[str, Any], known: Known) -> list[Explained]:
    """What the applicant wrote about the gaps there are now, in writing."""
    return [
        Explained(gap.first_day, gap.last_day, True, text)
        for gap, text in gaps_of(section, answers, known)
        if text
    ]


def span_of(gap: Gap) -> str:
    """The days of a gap as the key its explanation is kept under."""
    return f"{gap.first_day.isoformat()}_{gap.last_day.isoformat()}"


def in_words(gap: Gap) -> str:
    """The days of a gap as people write them."""
    first, last = gap.first_day, gap.last_day
    return f"{first.day} {first:%b %Y} to {last.day} {last:%b %Y}"


def _stated(row: Mapping[str, Any], known: Known) -> Stated | None:
    kind = known.kinds.get(row["type"])
    lane = lane_of(kind.fields or {}, kind.category) if kind is not None else ""
    first, last = day_of(row.get("start")), day_of(row.get("last_day"))
    if not lane or (first and last and last < first):
        return None
    return Stated(
        lane=lane, first_day=first, last_day=last, graduated_on=day_of(row.get("graduated_on")),
        explanation="", in_writing=True,
    )  # fmt: skip


# --- questions, privileges, documents -------------------------------------------------------------------


def _missing_answers(section: Section, answers: Mapping[str, Any], known: Known) -> Iterator[Missing]:
    for question in known.questions:
        code, given = question["code"], answers["answers"].get(question["code"], {})
        if given.get("answer") not in ("yes", "no"):
            yield Missing(f"Question {question['number']} is not answered.", f"answer_{code}")
        elif (given["answer"] == "yes") != question["clear"] and not given.get("explanation"):
            yield Missing(
                f"Question {question['number']}: explain your answer.",
                f"explanation_{code}",
            )


def _missing_privileges(section: Section, answers: Mapping[str, Any], known: Known) -> Iterator[Missing]:
    offered = {form.uid: set(form.codes) for form in known.offered}
    asked = answers["asked"]
    if not any(set(codes) & offered.get(uid, set()) for uid, codes in asked.items()):
        yield Missing("Choose at least one privilege.", "privileges")
    for uid, codes in asked.items():
        if uid not in offered or set(codes) - offered[uid]:
            yield Missing("A form you chose is no longer offered; choose again.", "privileges")
            break
    words = {group: label for form in known.offered for group, label in form.groups}
    for group, each in answers.get("cases", {}).items():
        if group in words and (why := why_no_cases(each, known.today)):
            yield Missing(f"{words[group]}: {why}", f"cases_{group}")


def why_no_cases(stated: Mapping[str, Any], today: dt.date) -> str:
    """Why a number of cases cannot be counted as it was entered, as a sentence; empty when it can."""
    number, (start, end) = stated.get("cases", ""), (day_of(stated.get(part)) for part in ("from", "through"))
    if not str(number).isascii() or not str(number).isdigit() or int(str(number)[:9]) > MOST_CASES:
        return f"enter how many, as a number up to {MOST_CASES:,}."
    if start is None or end is None:
        return "enter from which day through which day you did them."
    if end < start:
        return "the last day lies before the first."
    return "the last day lies in the future." if end > today else ""


def _missing_documents(section: Section, answers: Mapping[str, Any], known: Known) -> Iterator[Missing]:
    for each in section.documents:
        if each.needed and each.code not in answers["files"]:
            yield Missing(f"{each.label} is missing.", each.code)
