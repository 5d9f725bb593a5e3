"""What a packet asks: sections, fields, documents, the words that are signed. Pure.

The words are data (``packet_templates/*.yaml``). A packet keeps the template as it was sent, so that an
answer is always read beside what was asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.accounts.choices import DataClass
from credentialing.choices import ApplicationKind, TemporaryGround
from practitioners.choices import ProviderType

FIELDS, CLAIMS, DISCLOSURES, PRIVILEGES, DOCUMENTS = (
    "fields",
    "claims",
    "disclosures",
    "privileges",
    "documents",
)
#: What a section can be made of.
SECTION_KINDS = (FIELDS, CLAIMS, DISCLOSURES, PRIVILEGES, DOCUMENTS)
TEXT, LONG_TEXT, DAY, EMAIL, STATE = "text", "long_text", "day", "email", "state"
FIELD_KINDS = (TEXT, LONG_TEXT, DAY, EMAIL, STATE)
#: Where the answer to a field goes in the file: a contact point, the person's row, a former name.
_CONTACT_PARTS = ("line_1", "line_2", "city", "state", "postal_code", "phone")
PLACES = frozenset(
    {f"contact.{kind}.line_1" for kind in ("email", "phone")}
    | {f"contact.{kind}.{part}" for kind in ("practice", "mailing", "home") for part in _CONTACT_PARTS}
    | {"person.birth_date", "person.languages", "name.former.last_name", "name.former.first_name"}
)
EVERYBODY = "*"
#: For what a template can be: a kind of application, or one of its grounds.
_KINDS = {
    *ApplicationKind.values,
    *(f"{ApplicationKind.TEMPORARY}.{ground}" for ground in TemporaryGround.values),
}
#: Pages behind a packet's link that are no sections.
RESERVED = frozenset({"unchanged", "sign", "receipt", "missing"})
_TOP = {
    "code", "version", "title", "kinds", "provider_types", "introduction", "before", "attestation", "release",
    "sections",
}  # fmt: skip
_SECTION = {
    "code", "heading", "kind", "hint", "fields", "types", "minimum", "none", "gaps", "documents",
    "provider_types", "after",
}  # fmt: skip
_FIELD = {"code", "label", "kind", "hint", "needed", "place"}
_DOCUMENT = {"code", "label", "hint", "needed", "data_class"}


class BadTemplate(ValueError):
    """A template that cannot be asked; the text names the section and what is wrong."""


@dataclass(frozen=True)
class Field:
    """One answer in words. ``place`` is where it goes in the file; empty: it stays in the packet."""

    code: str
    label: str
    kind: str = TEXT
    hint: str = ""
    needed: bool = False
    place: str = ""


@dataclass(frozen=True)
class AskedDocument:
    """One document asked for, and the confidentiality class it is kept in."""

    code: str
    label: str
    hint: str = ""
    needed: bool = False
    data_class: str = DataClass.GENERAL


@dataclass(frozen=True)
class Section:
    """One page of the packet.

    ``types`` are codes of kinds of credentials, one row each; ``minimum`` how many of a kind are needed;
    ``none`` the sentence to tick where there is nothing to state. ``gaps``: time nothing accounts for is
    explained here. ``after`` are sections that have to be complete first.
    """

    code: str
    heading: str
    kind: str
    hint: str = ""
    fields: tuple[Field, ...] = ()
    types: tuple[str, ...] = ()
    minimum: Mapping[str, int] | None = None
    none: str = ""
    gaps: bool = False
    documents: tuple[AskedDocument, ...] = ()
    provider_types: tuple[str, ...] = (EVERYBODY,)
    after: tuple[str, ...] = ()

    def asks(self, provider_type: str) -> bool:
        """Whether people of that type are asked this section."""
        return EVERYBODY in self.provider_types or provider_type in self.provider_types


@dataclass(frozen=True)
class Template:
    """A packet in the words of one version. ``before`` is what the applicant should have at hand."""

    code: str
    version: int
    title: str
    kinds: tuple[str, ...]
    provider_types: tuple[str, ...]
    introduction: str
    before: tuple[str, ...]
    attestation: str
    release: str
    sections: tuple[Section, ...]

    def section(self, code: str) -> Section | None:
        """The section of that code."""
        return next((each for each in self.sections if each.code == code), None)

    def fits(self, kind: str, provider_type: str) -> bool:
        """Whether it is for applications of that kind by people of that type."""
        return kind in self.kinds and (
            EVERYBODY in self.provider_types or provider_type in self.provider_types
        )


def read_template(data: Mapping[str, Any]) -> Template:
    """The template written in ``data``. Raises :class:`BadTemplate` for one that cannot be asked."""
    name = str(data.get("code") or "a template without a code")
    _only(data, _TOP, name)
    missing = sorted(_TOP - {"before", *data})
    if missing:
        raise BadTemplate(f"{name}: {', '.join(missing)} is missing")
    template = Template(
        code=name,
        version=int(data["version"]),
        title=str(data["title"]),
        kinds=tuple(data["kinds"]),
        provider_types=tuple(data["provider_types"]),
        introduction=str(data["introduction"]),
        before=tuple(map(str, data.get("before", ()))),
        attestation=str(data["attestation"]),
        release=str(data["release"]),
        sections=tuple(_section(each, name) for each in data["sections"]),
    )
    for problem in _problems(template):
        raise BadTemplate(f"{name}: {problem}")
    return template


def choose(
    levels: Sequence[Sequence[Mapping[str, Any]]], kind: str, provider_type: str
) -> dict[str, Any] | None:
    """The template for applications of that kind by people of that type; None where there is none.

    ``levels`` are templates as written, those that go before others first: the facility's own, the
    hospital's, the shipped ones. ``kind`` may carry its ground ("temporary.applicant"): a template for the
    ground goes before one for the kind, and one that names the type before one for everybody.
    """
    for asked in dict.fromkeys((kind, kind.partition(".")[0])):
        for level in levels:
            fitting = [each for each in level if read_template(each).fits(asked, provider_type)]
            named = [each for each in fitting if provider_type in each["provider_types"]]
            if found := [*named, *fitting]:
                return dict(found[0])
    return None


def for_person(template: Mapping[str, Any], provider_type: str) -> dict[str, Any]:
    """The template as data without the sections people of that type are not asked."""
    sections = [
        each
        for each in template["sections"]
        if {EVERYBODY, provider_type} & set(each.get("provider_types", (EVERYBODY,)))
    ]
    asked = {each["code"] for each in sections}
    kept = [
        {**each, "after": [code for code in each["after"] if code in asked]} if "after" in each else each
        for each in sections
    ]
    return {**template, "sections": kept}


def _section(data: Mapping[str, Any], name: str) -> Section:
    where = f"{name}, section {data.get('code')}"
    _only(data, _SECTION, where)
    for key in ("code", "heading", "kind"):
        if not data.get(key):
            raise BadTemplate(f"{where}: {key} is missing")
    return Section(
        code=str(data["code"]),
        heading=str(data["heading"]),
        kind=str(data["kind"]),
        hint=str(data.get("hint", "")),
        fields=tuple(_field(each, where) for each in data.get("fields", ())),
        types=tuple(data.get("types", ())),
        minimum=dict(data.get("minimum", {})),
        none=str(data.get("none", "")),
        gaps=bool(data.get("gaps", False)),
        documents=tuple(_document(each, where) for each in data.get("documents", ())),
        provider_types=tuple(data.get("provider_types", (EVERYBODY,))),
        after=tuple(data.get("after", ())),
    )


def _field(data: Mapping[str, Any], where: str) -> Field:
    _only(data, _FIELD, where)
    return Field(
        code=str(data["code"]),
        label=str(data["label"]),
        kind=str(data.get("kind", TEXT)),
        hint=str(data.get("hint", "")),
        needed=bool(data.get("needed", False)),
        place=str(data.get("place", "")),
    )


def _document(data: Mapping[str, Any], where: str) -> AskedDocument:
    _only(data, _DOCUMENT, where)
    return AskedDocument(
        code=str(data["code"]),
        label=str(data["label"]),
        hint=str(data.get("hint", "")),
        needed=bool(data.get("needed", False)),
        data_class=str(data.get("data_class", DataClass.GENERAL)),
    )


def _only(data: Mapping[str, Any], known: set[str], where: str) -> None:
    strange = sorted(set(data) - known)
    if strange:
        raise BadTemplate(f"{where}: {', '.join(strange)} is not known")


def _problems(template: Template) -> Iterator[str]:
    if not template.sections:
        yield "it has no section"
    if strange := sorted(set(template.kinds) - _KINDS) or not template.kinds:
        yield f"kinds: {strange or 'none'} is no kind of application"
    if strange := sorted(set(template.provider_types) - {EVERYBODY, *ProviderType.values}):
        yield f"provider_types: {strange} is no type of provider"
    seen: set[str] = set()
    for section in template.sections:
        if section.code in RESERVED:
            yield f"the code {section.code} is an address of its own"
        if section.code in seen:
            yield f"the section {section.code} stands there twice"
        for problem in _section_problems(section, seen):
            yield f"section {section.code}: {problem}"
        seen.add(section.code)


def _section_problems(section: Section, before: set[str]) -> Iterator[str]:
    if section.kind not in SECTION_KINDS:
        yield f"kind {section.kind} is none of {', '.join(SECTION_KINDS)}"
    if strange := sorted(set(section.provider_types) - {EVERYBODY, *ProviderType.values}):
        yield f"provider_types: {strange} is no type of provider"
    if late := sorted(set(section.after) - before):
        yield f"after: {late} does not stand before it"
    if (section.kind == FIELDS) != bool(section.fields):
        yield "fields belong to a section of the kind fields, and every such section has some"
    if (section.kind == CLAIMS) != bool(section.types):
        yield "types belong to a section of the kind claims, and every such section has some"
    if (section.kind == DOCUMENTS) != bool(section.documents):
        yield "documents belong to a section of the kind documents, and every such section has some"
    if strange := sorted(set(section.minimum or ()) - set(section.types)):
        yield f"minimum: {strange} is none of its types"
    codes = [each.code for each in section.fields] + [each.code for each in section.documents]
    if len(codes) != len(set(codes)):
        yield "a code stands there twice"
    for each in section.fields:
        if each.kind not in FIELD_KINDS:
            yield f"{each.code}: kind {each.kind} is none of {', '.join(FIELD_KINDS)}"
        if each.place and each.place not in PLACES:
            yield f"{each.code}: there is no place {each.place} in a file"
    for asked in section.documents:
        if asked.data_class not in DataClass.values:
            yield f"{asked.code}: {asked.data_class} is no class of data"
