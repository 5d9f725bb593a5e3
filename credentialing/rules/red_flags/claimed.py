"""Red flags in what is stated of credentials, or was confirmed of them. Pure; source: domain.md 2.10."""

from __future__ import annotations

import datetime as dt
import re

from config.kernel.dates import add_years_last_valid
from credentialing.choices import Severity
from credentialing.rules.red_flags.findings import Claimed, Finding, FlagFacts, Limits, counted, day_text
from practitioners.choices import CredentialStatus

#: What a board says of a licence or registration against which it acted, or which was given up.
ACTED_AGAINST = frozenset(
    {
        CredentialStatus.ACTIVE_LIMITED,
        CredentialStatus.PROBATION,
        CredentialStatus.SUSPENDED,
        CredentialStatus.REVOKED,
        CredentialStatus.SURRENDERED,
        CredentialStatus.DENIED,
    }
)
_DORMANT = frozenset({CredentialStatus.INACTIVE, CredentialStatus.RETIRED})
_PAID = ("settled", "judgment against the practitioner")
_DEATH = re.compile(r"\b(death|dead|died|dies|deceased|fatal(ly|ity)?)\b", re.IGNORECASE)
_SMALL = frozenset({"a", "an", "and", "any", "all", "for", "in", "of", "or", "the", "with", "procedures"})
_LOCUM = re.compile(r"\b(locum|locums|locum tenens)\b", re.IGNORECASE)


def licence_acted_against(facts: FlagFacts, limits: Limits) -> list[Finding]:
    """RF-LIC-ADV: a licence or registration was ever limited, suspended, revoked, given up or denied."""
    return [
        Finding(
            "RF-LIC-ADV",
            Severity.SERIOUS,
            f"{each.label}: {CredentialStatus(each.status).label.lower()}, {_by(each)}.",
            f"credential:{each.uid}:{each.status}",
            {"credential": each.uid, "status": str(each.status), "from": each.since},
            item=each.item,
        )
        for each in facts.of("LICENSE", "DEA", "CDS")
        if each.status in ACTED_AGAINST
    ]


def many_licences(facts: FlagFacts, limits: Limits) -> list[Finding]:
    """RF-LIC-MANY: licences in more states than the limit, or more dormant ones than the limit."""
    licences = {each.uid: each for each in facts.of("LICENSE")}
    states = sorted({each.state for each in licences.values() if each.state})
    dormant = sorted(
        (each for each in licences.values() if each.status in _DORMANT), key=lambda each: each.label
    )
    found = []
    if limits.licence_states is not None and len(states) > limits.licence_states:
        found.append(
            Finding(
                "RF-LIC-MANY",
                Severity.WARN,
                f"Licenses in {len(states)} states, more than {limits.licence_states}: {', '.join(states)}.",
                "states",
                {"states": states},
            )
        )
    if limits.inactive_licences is not None and len(dormant) > limits.inactive_licences:
        named = "; ".join(each.label for each in dormant)
        found.append(
            Finding(
                "RF-LIC-MANY",
                Severity.WARN,
                f"{len(dormant)} licenses no longer active, more than {limits.inactive_licences}: {named}.",
                "dormant",
                {"credentials": sorted(each.uid for each in dormant)},
            )
        )
    return found


def claims_made(facts: FlagFacts, limits: Limits) -> list[Finding]:
    """RF-CLAIM: more paid claims than the limit in so many years, one payment above the limit, an open claim
    after a death, or claims spoken of and none stated.
    """
    claims = facts.of("CLAIM")
    found = [*_many_paid(facts, claims, limits), *_dear(claims, limits)]
    for each in claims:
        if each.text("outcome") == "open" and _DEATH.search(each.text("allegation")):
            sentence = f"{_claim(each)}: open, and the allegation speaks of a death."
            found.append(
                Finding(
                    "RF-CLAIM",
                    Severity.SERIOUS,
                    sentence,
                    f"death:{each.uid}",
                    {"credential": each.uid, "outcome": "open"},
                )
            )
    told = facts.answer("claims")
    if told is not None and not told.clear and not claims:
        found.append(
            Finding(
                "RF-CLAIM",
                Severity.WARN,
                f"Question {told.number} says that a malpractice claim was made, and none is stated.",
                "told",
                {"question": "claims", "stated": 0},
            )
        )
    return found


def _many_paid(facts: FlagFacts, claims: list[Claimed], limits: Limits) -> list[Finding]:
    if limits.paid_claims is None or limits.claim_years is None:
        return []
    since = add_years_last_valid(facts.on, -limits.claim_years)
    paid = [
        each
        for each in claims
        if (each.number("paid_usd") > 0 or each.text("outcome") in _PAID) and (_ended(each) or since) >= since
    ]
    if len(paid) <= limits.paid_claims:
        return []
    total = sum(each.number("paid_usd") for each in paid)
    sentence = (
        f"{counted(len(paid), 'paid claim')} in {limits.claim_years} years, more than {limits.paid_claims}"
        f"{f'; ${total:,} in all' if total else ''}."
    )
    return [
        Finding(
            "RF-CLAIM",
            Severity.WARN,
            sentence,
            "paid",
            {"credentials": sorted(each.uid for each in paid), "paid_usd": total},
        )
    ]


def _dear(claims: list[Claimed], limits: Limits) -> list[Finding]:
    if limits.claim_usd is None:
        return []
    return [
        Finding(
            "RF-CLAIM",
            Severity.WARN,
            f"{_claim(each)}: ${each.number('paid_usd'):,} paid, more than ${limits.claim_usd:,}.",
            f"amount:{each.uid}",
            {"credential": each.uid, "paid_usd": each.number("paid_usd")},
        )
        for each in claims
        if each.number("paid_usd") > limits.claim_usd
    ]


def moved_often(facts: FlagFacts, limits: Limits) -> list[Finding]:
    """RF-MOVES: more hospitals, or more practices, in so many years than the limit; locum work aside."""
    if limits.moves_years is None:
        return []
    since = add_years_last_valid(facts.on, -limits.moves_years)
    found = []
    for kind, noun, most, subject in (
        ("AFFILIATION", "hospitals", limits.hospitals, "hospitals"),
        ("WORK_HISTORY", "employers or practices", limits.practices, "practices"),
    ):
        places = {
            (each.issuer or each.text("organization")).strip()
            for each in facts.of(kind)
            if each.within(since, facts.on) and not _is_locum(each)
        } - {""}
        if most is not None and len(places) > most:
            found.append(
                Finding(
                    "RF-MOVES",
                    Severity.WARN,
                    f"{len(places)} {noun} in {limits.moves_years} years, more than {most}: "
                    f"{'; '.join(sorted(places))}.",
                    subject,
                    {"places": sorted(places)},
                )
            )
    return found


def _is_locum(each: Claimed) -> bool:
    return any(_LOCUM.search(each.text(name)) for name in ("position", "staff_category", "explanation"))


def training_irregular(facts: FlagFacts, limits: Limits) -> list[Finding]:
    """RF-TRAIN: a programme left without completing it, one that was extended, one changed for another, or
    trouble told of.
    """
    programmes = facts.of("RESIDENCY")
    found = [
        Finding(
            "RF-TRAIN",
            Severity.WARN,
            f"{each.label}: not completed.",
            f"incomplete:{each.uid}",
            {"credential": each.uid, "completed": False},
            item=each.item,
        )
        for each in programmes
        if each.extra.get("completed") is False and each.last is not None and each.last <= facts.on
    ]
    found += [
        Finding(
            "RF-TRAIN",
            Severity.WARN,
            f"{each.label}: took longer than planned or was repeated in part, {_by(each)}.",
            f"extended:{each.uid}",
            {"credential": each.uid, "extended": True},
            item=each.item,
        )
        for each in programmes
        if each.extra.get("extended") is True
    ]
    places: dict[tuple[str, str], dict[str, Claimed]] = {}
    for each in programmes:
        key = each.text("level").casefold(), each.text("specialty").casefold()
        if all(key) and each.issuer:
            places.setdefault(key, {})[each.issuer] = each
    for (level, _), by_place in places.items():
        if len(by_place) > 1:
            specialty = next(iter(by_place.values())).text("specialty")
            named = ", then ".join(
                each.issuer for each in sorted(by_place.values(), key=lambda one: one.first or dt.date.min)
            )
            found.append(
                Finding(
                    "RF-TRAIN",
                    Severity.WARN,
                    f"The {level} in {specialty} was changed: {named}.",
                    f"changed:{level}:{specialty}",
                    {"credentials": sorted(each.uid for each in by_place.values())},
                )
            )
    return found


def board_not_held(facts: FlagFacts, limits: Limits) -> list[Finding]:
    """RF-BOARD: certification refused, revoked or lapsed, or eligible for longer than the limit."""
    found = []
    by_specialty: dict[str, list[Claimed]] = {}
    for each in facts.of("BOARD_CERT"):
        by_specialty.setdefault(each.text("specialty").casefold() or each.uid, []).append(each)
    for rows in by_specialty.values():
        newest = max(rows, key=_newest)
        said, severity = _board_problem(newest, facts, limits)
        if said:
            found.append(
                Finding(
                    "RF-BOARD",
                    severity,
                    f"{newest.label}: {said}.",
                    f"credential:{newest.uid}",
                    {
                        "credential": newest.uid,
                        "status": str(newest.status),
                        "last_day": newest.last.isoformat() if newest.last else "",
                    },
                    item=newest.item,
                )
            )
    return found


def _newest(each: Claimed) -> tuple[dt.date, dt.date, bool, str]:
    """The order of what is said of a certification; of two of the same days, what a source confirmed."""
    return each.last or dt.date.max, each.first or dt.date.min, each.confirmed, each.uid


def _board_problem(each: Claimed, facts: FlagFacts, limits: Limits) -> tuple[str, Severity]:
    if each.status in (CredentialStatus.REVOKED, CredentialStatus.SUSPENDED):
        return CredentialStatus(each.status).label.lower(), Severity.SERIOUS
    if each.status == CredentialStatus.NOT_CERTIFIED:
        return "not certified", Severity.WARN
    if each.status == CredentialStatus.ELIGIBLE:
        until = each.day("eligible_until") or _eligible_until(facts, limits)
        if until is not None and until < facts.on:
            return f"eligible only until {day_text(until)}", Severity.WARN
        return "", Severity.WARN
    if each.last is not None and each.last < facts.on and not each.extra.get("lifetime"):
        return f"lapsed after {day_text(each.last)}", Severity.WARN
    return "", Severity.WARN


def _eligible_until(facts: FlagFacts, limits: Limits) -> dt.date | None:
    """The last day of eligibility where the board names none: so many years after training ended."""
    ends = [each.last for each in facts.of("RESIDENCY") if each.last is not None]
    if limits.eligible_years is None or not ends:
        return None
    return add_years_last_valid(max(ends), limits.eligible_years)


def cover_refused(facts: FlagFacts, limits: Limits) -> list[Finding]:
    """RF-INS: the carrier cancelled, refused or limited cover, by what it says of the policy, or excludes a
    procedure that is asked for.
    """
    return _excluded(facts) + [
        Finding(
            "RF-INS",
            Severity.WARN,
            f"{each.label}: {CredentialStatus(each.status).label.lower()}, {_by(each)}.",
            f"credential:{each.uid}:{each.status}",
            {"credential": each.uid, "status": str(each.status)},
            item=each.item,
        )
        for each in facts.of("MALPRACTICE")
        if each.status in ACTED_AGAINST
    ]


def _excluded(facts: FlagFacts) -> list[Finding]:
    """What the carrier excludes, beside what is asked for: what names a privilege is grave, and what names
    none has to be compared by a person.
    """
    found = []
    for each in facts.of("MALPRACTICE"):
        excludes = each.text("excludes").strip()
        if not excludes or not facts.requested:
            continue
        if each.last is not None and each.last < facts.on:
            continue  # what ran out covers nothing, and excludes nothing
        named = [name for name in facts.requested if _names(excludes, name)]
        told = (
            f"{each.label}: the carrier excludes what is asked for: {', '.join(named)}."
            if named
            else f"{each.label}: the carrier excludes {excludes}; compare it with what is asked for."
        )
        found.append(
            Finding(
                "RF-INS",
                Severity.SERIOUS if named else Severity.WARN,
                told,
                f"excludes:{each.uid}",
                {"credential": each.uid, "excludes": excludes, "asked": named},
                item=each.item,
            )
        )
    return found


def _names(excludes: str, privilege: str) -> bool:
    """Whether one of the parts of what is excluded names the privilege, or the privilege is part of one."""
    asked = _words(privilege)
    parts = (_words(part) for part in re.split(r"[;,\n]", excludes))
    return any(part and (part <= asked or asked <= part) for part in parts)


def _words(text: str) -> frozenset[str]:
    """The words that tell procedures apart, without endings of number."""
    words = re.findall(r"[a-z0-9]+", text.casefold())
    return frozenset(word.removesuffix("s") for word in words if word not in _SMALL)


def _by(each: Claimed) -> str:
    return "confirmed at the source" if each.confirmed else "as stated"


def _claim(each: Claimed) -> str:
    filed = f", filed on {day_text(each.first)}" if each.first else ""
    return f"{each.label}{filed}"


def _ended(each: Claimed) -> dt.date | None:
    return each.last or each.first
