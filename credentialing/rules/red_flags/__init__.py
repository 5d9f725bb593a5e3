"""Red flags: which rule finds which code, what it reads, and what is found. Pure; source: domain.md 2.10."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from credentialing.choices import Element
from credentialing.elements import AFFILIATIONS
from credentialing.rules.red_flags import answered, claimed, undisclosed
from credentialing.rules.red_flags.findings import Finding, FlagFacts, Limits

#: The groups of facts a rule may read; each costs its own queries (selectors/flag_facts.py).
CLAIMS, ITEMS, SAID, LISTED, IDENTITY, VOLUMES, GAPS, ASKED = (
    "claims", "items", "said", "listed", "identity", "volumes", "gaps", "asked",
)  # fmt: skip

Judge = Callable[[FlagFacts, Limits], list[Finding]]


@dataclass(frozen=True)
class Rule:
    """One code: what finds it, which facts it reads, and what it is called."""

    judge: Judge
    reads: tuple[str, ...]
    title: str


def _with_told(code: str, judge: Judge) -> Judge:
    """What the credentials say, and what the applicant told of themselves."""

    def both(facts: FlagFacts, limits: Limits) -> list[Finding]:
        return [*judge(facts, limits), *answered.told(code, facts)]

    return both


RULES: dict[str, Rule] = {
    "RF-GAP": Rule(answered.gap_unexplained, (GAPS,), "Unexplained gap"),
    "RF-LIC-ADV": Rule(
        _with_told("RF-LIC-ADV", claimed.licence_acted_against), (CLAIMS, SAID), "Action against a license"
    ),
    "RF-LIC-MANY": Rule(claimed.many_licences, (CLAIMS,), "Many licenses"),
    "RF-NPDB": Rule(answered.data_bank_reports, (ITEMS,), "Data bank report"),
    "RF-CLAIM": Rule(claimed.claims_made, (CLAIMS, SAID), "Malpractice claims"),
    "RF-NONDISC": Rule(undisclosed.not_disclosed, (CLAIMS, ITEMS, SAID, LISTED), "Not disclosed"),
    "RF-AFFIL": Rule(answered.affiliations_doubtful, (CLAIMS, ITEMS, SAID), "Affiliation"),
    "RF-MOVES": Rule(claimed.moved_often, (CLAIMS,), "Frequent moves"),
    "RF-TRAIN": Rule(_with_told("RF-TRAIN", claimed.training_irregular), (CLAIMS, SAID), "Training"),
    "RF-REF": Rule(answered.references_doubtful, (CLAIMS, ITEMS), "References"),
    "RF-EXCL": Rule(answered.exclusion_confirmed, (LISTED, SAID), "Exclusion"),
    "RF-BOARD": Rule(_with_told("RF-BOARD", claimed.board_not_held), (CLAIMS, SAID), "Board certification"),
    "RF-VOLUME": Rule(answered.volume_short, (VOLUMES,), "Case numbers"),
    "RF-ID": Rule(answered.identity_disputed, (IDENTITY,), "Identity"),
    "RF-CRIM": Rule(answered.convicted, (SAID,), "Criminal history"),
    "RF-HEALTH": Rule(answered.ability, (SAID,), "Confidential matter"),
    "RF-LATE": Rule(answered.late_or_evasive, (ASKED, SAID), "Late or evasive"),
    "RF-INS": Rule(_with_told("RF-INS", claimed.cover_refused), (CLAIMS, SAID), "Malpractice coverage"),
    "RF-TOLD": Rule(answered.told_otherwise, (SAID,), "Told by the applicant"),
}

#: Codes whose rules ask how far a thing may go; the others need no parameter.
LIMITED = frozenset({"RF-LIC-MANY", "RF-CLAIM", "RF-MOVES", "RF-BOARD", "RF-REF", "RF-LATE"})
#: Which codes the result of an item may change. Everything is judged again before the file is complete.
TOUCHED_BY: dict[str, tuple[str, ...]] = {
    Element.STATE_LICENSE: ("RF-LIC-ADV",),
    Element.PAST_LICENSE: ("RF-LIC-ADV",),
    Element.LICENSE_SANCTIONS: ("RF-LIC-ADV",),
    Element.DEA: ("RF-LIC-ADV",),
    Element.CDS: ("RF-LIC-ADV",),
    Element.BOARD_CERTIFICATION: ("RF-BOARD",),
    Element.RESIDENCY: ("RF-TRAIN",),
    Element.WORK_HISTORY: ("RF-AFFIL",),
    Element.HOSPITAL_AFFILIATION: ("RF-AFFIL",),
    Element.MALPRACTICE_COVER: ("RF-INS",),
    Element.MALPRACTICE_HISTORY: ("RF-CLAIM",),
    Element.PEER_REFERENCE: ("RF-REF",),
    Element.IDENTITY: ("RF-ID",),
    Element.NPI: ("RF-ID",),
    Element.EXCLUSION: ("RF-EXCL",),
    Element.NPDB: ("RF-NPDB",),
    Element.CASE_LOG: ("RF-VOLUME",),
}

#: A good answer to these closes a flag at most; it never raises one.
QUIET = frozenset(
    {
        Element.STATE_LICENSE,
        Element.PAST_LICENSE,
        Element.LICENSE_SANCTIONS,
        Element.DEA,
        Element.CDS,
        Element.MALPRACTICE_COVER,
        Element.MALPRACTICE_HISTORY,
        Element.EXCLUSION,
        Element.NPDB,
        Element.CASE_LOG,
    }
)
#: These are answered on a form, whose points count.
BY_FORM = frozenset({Element.PEER_REFERENCE, *AFFILIATIONS})
#: What is judged with the plan, when an application is accepted; everything else when it is submitted.
WITH_THE_PLAN = ("RF-GAP", "RF-VOLUME")
WITH_THE_SUBMISSION = tuple(code for code in RULES if code not in WITH_THE_PLAN)


def find(facts: FlagFacts, limits: Limits, codes: Iterable[str] = tuple(RULES)) -> list[Finding]:
    """Everything these rules find, each once per code, subject and item."""
    found: dict[tuple[str, str, int | None], Finding] = {}
    for code in codes:
        for each in RULES[code].judge(facts, limits):
            found.setdefault((each.code, each.subject, each.item), each)
    return list(found.values())


def reads_of(codes: Iterable[str]) -> frozenset[str]:
    """The groups of facts these rules read."""
    return frozenset(group for code in codes for group in RULES[code].reads)
