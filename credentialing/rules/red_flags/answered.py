"""Red flags in what sources and the applicant answered. Pure; source: domain.md 2.10 and 2.11.

What a peer or another hospital said is peer review and is not repeated here: the flag says that an answer
calls for a second look, and where. What concerns health names neither the question nor the answer.
"""

from __future__ import annotations

from config.accounts.choices import DataClass
from config.kernel.dates import last_good_day
from credentialing.choices import Element, ItemStatus, Severity
from credentialing.elements import AFFILIATIONS
from credentialing.rules.red_flags.findings import (
    Asked,
    Finding,
    FlagFacts,
    Limits,
    Listed,
    counted,
    day_text,
)

_NOT_BACK = (ItemStatus.REQUESTED, ItemStatus.AWAITING)
_GIVEN_UP = (ItemStatus.UNABLE, ItemStatus.WAIVED)

#: Which flag an answer of disclosure raises that needs explaining, how grave it is, and in which words.
TELLS: dict[str, tuple[str, Severity, str]] = {
    "licence": ("RF-LIC-ADV", Severity.SERIOUS, "an action against a license, or an investigation"),
    "controlled_substances": (
        "RF-LIC-ADV",
        Severity.SERIOUS,
        "an action against a DEA or state registration",
    ),
    "privileges": ("RF-AFFIL", Severity.SERIOUS, "an action against membership or privileges elsewhere"),
    "programmes": ("RF-EXCL", Severity.SERIOUS, "a sanction or exclusion by a public program or a payer"),
    "board": ("RF-BOARD", Severity.WARN, "a certification refused or revoked, or an examination failed"),
    "training": ("RF-TRAIN", Severity.WARN, "training left, or probation in training"),
    "insurance": ("RF-INS", Severity.WARN, "cover refused, canceled, limited or surcharged"),
    "conviction": ("RF-CRIM", Severity.SERIOUS, "a conviction, or a pending charge"),
    "military": ("RF-TOLD", Severity.WARN, "a discharge other than honorable"),
    "society": ("RF-TOLD", Severity.WARN, "discipline by a professional society"),
    "conduct": ("RF-TOLD", Severity.SERIOUS, "a finding of misconduct or harassment"),
}
#: Questions about the person's own ability; only those routed to may know that they were answered so.
ABOUT_HEALTH = ("functions", "drugs")


def gap_unexplained(facts: FlagFacts, limits: Limits) -> list[Finding]:
    """RF-GAP: a gap of the history, longer than the hospital allows, not explained as its length asks."""
    return [
        Finding(
            "RF-GAP",
            Severity.WARN,
            each.sentence,
            f"gap:{each.first.isoformat()}",
            {"first_day": each.first.isoformat(), "last_day": each.last.isoformat() if each.last else ""},
        )
        for each in facts.gaps
    ]


def told(code: str, facts: FlagFacts) -> list[Finding]:
    """What the applicant themselves said in answer to a question, for one code of flags."""
    found = []
    for each in facts.said:
        asked = TELLS.get(each.code)
        if asked is None or each.clear or asked[0] != code:
            continue
        found.append(
            Finding(
                code,
                asked[1],
                f"The answer to question {each.number} tells of {asked[2]}.",
                f"question:{each.code}",
                {"question": each.code, "explained": each.explained},
            )
        )
    return found


def data_bank_reports(facts: FlagFacts, limits: Limits) -> list[Finding]:
    """RF-NPDB: the response of the data bank holds a report."""
    return [
        Finding(
            "RF-NPDB",
            Severity.SERIOUS,
            "The response of the data bank calls for review; its content is in the data bank class.",
            "",
            {"item": each.uid},
            item=each.pk,
        )
        for each in facts.items
        if each.element == Element.NPDB and each.status == ItemStatus.VERIFIED_ADVERSE
    ]


def references_doubtful(facts: FlagFacts, limits: Limits) -> list[Finding]:
    """RF-REF: a reference with a reservation, declined, not returned in the days allowed, or of no peer."""
    found = []
    for each in facts.items:
        if each.element == Element.PEER_REFERENCE and (why := _doubt(each, facts, limits)):
            found.append(_about_answer("RF-REF", Severity.WARN, each, *why))
    for claim in facts.of("PEER_REFERENCE"):
        if claim.extra.get("same_discipline") is False:
            found.append(
                Finding(
                    "RF-REF",
                    Severity.WARN,
                    f"{claim.label}: no peer. The application says that this person practices another "
                    "profession than the applicant; ask for a reference of the same profession.",
                    f"peer:{claim.uid}",
                    {"credential": claim.uid, "same_discipline": False},
                    DataClass.PEER_REVIEW,
                )
            )
    return found


def _doubt(each: Asked, facts: FlagFacts, limits: Limits) -> tuple[str, str] | None:
    """What is wrong with a reference, as a word and a sentence; None where nothing is."""
    if each.points:
        return "points", f"the signed answer has {counted(each.points, 'point')} to weigh"
    if each.declined and each.status in (*_NOT_BACK, *_GIVEN_UP):
        return "declined", "declined"
    if each.status in _GIVEN_UP:
        return "not_returned", "asked for, and never returned"
    days = limits.reference_days
    if (
        days is not None
        and each.status in _NOT_BACK
        and each.requested_on is not None
        and facts.on > last_good_day(each.requested_on, days)
    ):
        return "not_returned", f"asked for on {day_text(each.requested_on)}, and not returned in {days} days"
    return None


def affiliations_doubtful(facts: FlagFacts, limits: Limits) -> list[Finding]:
    """RF-AFFIL: another hospital or employer refuses, says little, or does not speak of good standing."""
    found = told("RF-AFFIL", facts)
    for each in facts.items:
        if each.element not in AFFILIATIONS:
            continue
        why = _doubt(each, facts, Limits())
        if why is not None:
            found.append(_about_answer("RF-AFFIL", Severity.WARN, each, *why))
    found += [
        Finding(
            "RF-AFFIL",
            Severity.SERIOUS,
            f"{claim.label}: not in good standing, "
            f"{'confirmed at the source' if claim.confirmed else 'as stated'}.",
            f"standing:{claim.uid}",
            {"credential": claim.uid, "good_standing": False},
        )
        for claim in facts.of("AFFILIATION")
        if claim.extra.get("good_standing") is False
    ]
    return found


def _about_answer(code: str, severity: Severity, each: Asked, what: str, said: str) -> Finding:
    facts = {"item": each.uid, "what": what}
    if each.answer:
        facts["answer"] = each.answer
    return Finding(
        code,
        severity,
        f"{each.label}: {said}.",
        f"answer:{what}",
        facts,
        DataClass.PEER_REVIEW,
        item=each.pk,
    )


def exclusion_confirmed(facts: FlagFacts, limits: Limits) -> list[Finding]:
    """RF-EXCL: on an exclusion list, or was once and reinstated."""
    return [
        Finding(
            "RF-EXCL",
            Severity.SERIOUS,
            _of_list(each),
            f"match:{each.uid}",
            {
                "match": each.uid,
                "past": each.past,
                "over_on": each.over_on.isoformat() if each.over_on else "",
            },
        )
        for each in facts.listed
    ] + told("RF-EXCL", facts)


def _of_list(each: Listed) -> str:
    if not each.past:
        return f"Confirmed on {each.name}: excluded."
    over = f", reinstated on {day_text(each.over_on)}" if each.over_on else ", and no longer listed"
    return f"Was confirmed on {each.name}: once excluded{over}."


def identity_disputed(facts: FlagFacts, limits: Limits) -> list[Finding]:
    """RF-ID: sources contradict each other on the name, the birth date or the number of the person."""
    return [
        Finding(
            "RF-ID",
            Severity.SERIOUS,
            f"{each.label}: two sources say different things.",
            f"fact:{each.fact}",
            {"fact": each.fact},
        )
        for each in facts.mismatches
    ]


def convicted(facts: FlagFacts, limits: Limits) -> list[Finding]:
    """RF-CRIM: a conviction or a pending charge, by the question the state allows."""
    return told("RF-CRIM", facts)


def told_otherwise(facts: FlagFacts, limits: Limits) -> list[Finding]:
    """RF-TOLD: an answer that needs explaining and belongs to no other code (military service, professional
    society, conduct).
    """
    return told("RF-TOLD", facts)


def ability(facts: FlagFacts, limits: Limits) -> list[Finding]:
    """RF-HEALTH: an answer about the applicant's own ability, for those alone it is routed to.

    The sentence asks what the law lets a hospital ask (42 USC 12112(d)): whether the functions of the
    privileges can be performed, with or without accommodation. It names no condition and not the answer.
    """
    about = [each for each in facts.said if each.code in ABOUT_HEALTH and not each.clear]
    if not about:
        return []
    return [
        Finding(
            "RF-HEALTH",
            Severity.WARN,
            "To be settled with the applicant, confidentially: the functions of the privileges asked for, "
            "and what accommodation would be reasonable.",
            "ability",
            {"questions": sorted(each.code for each in about)},
            DataClass.HEALTH,
        )
    ]


def late_or_evasive(facts: FlagFacts, limits: Limits) -> list[Finding]:
    """RF-LATE: asked for what is missing more often than the limit, or an answer that explains nothing."""
    found = []
    days = sorted(set(facts.asked_on))
    if limits.times_asked is not None and len(days) > limits.times_asked:
        found.append(
            Finding(
                "RF-LATE",
                Severity.WARN,
                f"Something missing was asked for {len(days)} times, more than {limits.times_asked}: "
                f"{', '.join(day_text(day) for day in days)}.",
                "asked",
                {"days": [day.isoformat() for day in days]},
            )
        )
    unexplained = [
        each.number
        for each in facts.said
        if not each.clear and not each.explained and each.code not in ABOUT_HEALTH
    ]
    if unexplained:
        numbers = ", ".join(str(number) for number in sorted(unexplained))
        found.append(
            Finding(
                "RF-LATE",
                Severity.WARN,
                f"An answer that needs explaining explains nothing: question {numbers}.",
                "evasive",
                {"questions": sorted(unexplained)},
            )
        )
    return found


def volume_short(facts: FlagFacts, limits: Limits) -> list[Finding]:
    """RF-VOLUME: fewer cases than a criterion of a privilege asked for."""
    return [
        Finding(
            "RF-VOLUME",
            Severity.WARN,
            f"{each.privilege}: {each.sentence.rstrip('.')} ({each.title[:1].lower()}{each.title[1:]}).",
            f"volume:{each.code}:{each.title}"[:160],
            {"privilege": each.code, "counted": each.counted, "needed": each.needed},
        )
        for each in facts.shortfalls
    ]
