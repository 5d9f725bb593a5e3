"""RF-NONDISC, the strongest flag: a truth that was verified contradicts an answer of the applicant. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from config.accounts.choices import DataClass
from credentialing.choices import Element, ItemStatus, Severity
from credentialing.rules.red_flags.claimed import ACTED_AGAINST
from credentialing.rules.red_flags.findings import Finding, FlagFacts, Limits
from practitioners.choices import CredentialStatus

#: Question that kinds of credentials answer by what a source says of them.
_ASKS = {
    "LICENSE": "licence",
    "DEA": "controlled_substances",
    "CDS": "controlled_substances",
    "BOARD_CERT": "board",
    "MALPRACTICE": "insurance",
}
_BOARD = frozenset({CredentialStatus.REVOKED, CredentialStatus.SUSPENDED, CredentialStatus.NOT_CERTIFIED})
#: What the data bank takes reports of: who has one and answers all of these with no has told of none of it.
REPORTED = ("licence", "controlled_substances", "privileges", "programmes", "claims", "society")
_DISCHARGED = ("general", "other than honorable", "bad conduct", "dishonorable")

#: What a source found: the question it answers, what it is in words, and the row that says it.
Truth = tuple[str, str, str]


def not_disclosed(facts: FlagFacts, limits: Limits) -> list[Finding]:
    """RF-NONDISC: a source confirms what the applicant answered with no.

    Only what was verified counts against the applicant, and only an answer that was given: a question nobody
    answered contradicts nothing. Source: domain.md 2.10.
    """
    found = []
    for truths, data_class in (
        (_truths(facts), DataClass.GENERAL),
        (_opinions(facts), DataClass.PEER_REVIEW),
    ):
        for question, told, row in truths:
            answer = facts.answer(question)
            if answer is not None and answer.clear:
                found.append(
                    Finding(
                        "RF-NONDISC",
                        Severity.SERIOUS,
                        f"Question {answer.number} was answered with no; {told}.",
                        f"{question}:{row}"[:160],
                        {"question": question, "row": row},
                        data_class,
                    )
                )
    return found + _data_bank(facts)


def _truths(facts: FlagFacts) -> Iterator[Truth]:
    for each in facts.claims:
        if not each.confirmed:
            continue
        said = CredentialStatus(each.status).label.lower()
        question = _ASKS.get(each.type_code)
        against = _BOARD if each.type_code == "BOARD_CERT" else ACTED_AGAINST
        if question and each.status in against:
            yield question, f"the source says of {each.label}: {said}", f"credential:{each.uid}"
        elif each.type_code == "RESIDENCY" and each.extra.get("completed") is False:
            yield "training", f"the source says that {each.label} was not completed", f"credential:{each.uid}"
        elif each.type_code == "CLAIM":
            yield "claims", f"a claim is confirmed: {each.label}", f"credential:{each.uid}"
        elif each.type_code == "AFFILIATION" and each.extra.get("good_standing") is False:
            yield "privileges", f"{each.label}: not in good standing", f"credential:{each.uid}"
        elif each.type_code == "MILITARY" and each.text("discharge") in _DISCHARGED:
            yield "military", f"{each.label}: discharge {each.text('discharge')}", f"credential:{each.uid}"
    for match in facts.listed:
        yield "programmes", f"an exclusion is confirmed: {match.name}", f"match:{match.uid}"


def _opinions(facts: FlagFacts) -> Iterator[Truth]:
    """What another hospital or employer says: peer review, also in this flag."""
    adverse = {each.pk for each in facts.items if each.status == ItemStatus.VERIFIED_ADVERSE}
    for each in facts.claims:
        if not each.confirmed or each.type_code not in ("WORK_HISTORY", "AFFILIATION"):
            continue
        if each.item in adverse and each.extra.get("good_standing") is not False:
            yield "privileges", f"{each.label}: the answer was verified as adverse", f"credential:{each.uid}"


def _data_bank(facts: FlagFacts) -> list[Finding]:
    """Its response holds a report, and every question a report could be about was answered with no."""
    reports = [
        each
        for each in facts.items
        if each.element == Element.NPDB and each.status == ItemStatus.VERIFIED_ADVERSE
    ]
    answers = [facts.answer(code) for code in REPORTED]
    given = [each for each in answers if each is not None]
    if not reports or not given or any(not each.clear for each in given):
        return []
    numbers = ", ".join(str(each.number) for each in sorted(given, key=lambda one: one.number))
    return [
        Finding(
            "RF-NONDISC",
            Severity.SERIOUS,
            f"Questions {numbers} were answered with no; the data bank's response calls for review.",
            "data_bank",
            {"item": reports[0].uid, "questions": [each.code for each in given]},
        )
    ]
