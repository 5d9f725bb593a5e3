"""A packet as the office reviews it: each section beside the file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from credentialing.models import Packet, PacketSignature, SectionVersion
from credentialing.rules.enquiries import seal_holds
from credentialing.rules.packet_answers import gaps_of, in_words
from credentialing.rules.packet_told import Told, row_in_words, told
from credentialing.rules.packets import CLAIMS, DISCLOSURES, DOCUMENTS, FIELDS
from credentialing.selectors.enquiries import same_person
from credentialing.selectors.packet_prefill import (
    Compared,
    compare_answers,
    compare_fields,
    compare_rows,
    on_file,
    row_of,
)
from credentialing.selectors.packets import PacketState, SectionState, beside, opened, questions_of
from practitioners.models import Document
from practitioners.selectors.evidence import read_content


@dataclass(frozen=True)
class Correction:
    """What was changed in a section after it was returned, in words: as it was signed, and now."""

    before: Sequence[Told]
    now: Sequence[Told]


def correction(
    state: PacketState, one: SectionState, versions: Sequence[SectionVersion]
) -> Correction | None:
    """How a section that was returned differs from what it was then; None where it was not returned, or
    nothing came yet. ``versions`` are all of the section, the newest first. No query.
    """
    before = next((each for each in versions if each.number == one.row.returned_version), None)
    if before is None or one.version is None or before.pk == one.version.pk:
        return None
    answers = {each.row.code: each.answers for each in state.sections}
    known = beside(state.known, state.template, answers, one.asked)
    was, now = told(one.asked, opened(before), known), told(one.asked, one.answers, known)
    return Correction(
        before=[each for each in was if each not in now], now=[each for each in now if each not in was]
    )


@dataclass(frozen=True)
class SectionReview:
    """A section beside the file: what is compared, else what is said; and what is on file alone."""

    compared: Sequence[Compared]
    told: Sequence[Told]
    only_on_file: Sequence[str]
    documents: Sequence[tuple[str, Document]]
    gaps: Sequence[Told] = ()


def titles_of(state: PacketState) -> Mapping[str, str]:
    """Names of the documents of a packet by their uid; one query, none where there are none."""
    files = _files(state.sections)
    rows = Document.objects.filter(uid__in=files) if files else ()
    return {str(each.uid): each.file_name for each in rows}


def _files(sections: Sequence[SectionState]) -> set[str]:
    return {
        uid for each in sections if each.asked.kind == DOCUMENTS for uid in each.answers["files"].values()
    }


def review_section(state: PacketState, one: SectionState) -> SectionReview:
    """The section as its review shows it; at most four queries."""
    person = state.packet.application.practitioner
    compared: list[Compared] = []
    only: list[str] = []
    documents: list[tuple[str, Document]] = []
    if one.asked.kind == FIELDS:
        compared = compare_fields(person, one.asked, one.answers["values"])
    elif one.asked.kind == CLAIMS:
        compared, left = compare_rows(one.answers["rows"], on_file(person, one.asked.types), state.known)
        only = [
            f"{each.identity.credential_type.name}: "
            f"{row_in_words(row_of(each), each.identity.credential_type)}"
            for each in left
        ]
    elif one.asked.kind == DISCLOSURES:
        compared = compare_answers(person, questions_of(state.packet), one.answers["answers"])
    elif one.asked.kind == DOCUMENTS:
        found = {str(each.uid): each for each in Document.objects.filter(uid__in=_files([one]))}
        documents = [
            (each.label, found[uid])
            for each in one.asked.documents
            if (uid := one.answers["files"].get(each.code)) in found
        ]
    words = told(one.asked, one.answers, state.known, titles_of(state)) if not documents else []
    gaps: list[Told] = []
    if one.asked.gaps:
        answers = {each.row.code: each.answers for each in state.sections}
        known = beside(state.known, state.template, answers, one.asked)
        gaps = [(in_words(gap), text) for gap, text in gaps_of(one.asked, one.answers, known)]
    return SectionReview(compared, words, only, documents, gaps)


@dataclass(frozen=True)
class SignedPacket:
    """A signature with what was signed, and whether it is as it was signed."""

    signature: PacketSignature
    content: dict[str, Any]
    holds: bool

    @property
    def other_name(self) -> bool:
        """Whether the name under it shares no word with the applicant's."""
        return not same_person(self.content["signed_by"], self.content["about"])


def read_signature(viewer, packet: Packet) -> SignedPacket | None:
    """The newest signature, for those whose roles open identity data; reading it is logged. None: none yet.

    Raises ``Forbidden`` for everybody else.
    """
    signature = packet.signatures.select_related("evidence__practitioner", "document").order_by(
        "-signed_at", "-pk"
    ).first()  # fmt: skip
    if signature is None:
        return None
    content = json.loads(read_content(viewer=viewer, evidence=signature.evidence))
    return SignedPacket(signature, content, seal_holds(content) and content["hash"] == signature.hash)
