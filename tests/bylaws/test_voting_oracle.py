"""Quorum and votes against a second implementation, written apart and as plainly as the bylaws say it, over
every body of a few members: who is here, who is recused, whose file it is, who voted how.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement, product
from typing import NamedTuple

from bylaws.rules.voting import carries, count_votes, measure

HERE, AWAY = "here", "away"
FREE, RECUSED, OWN = "free", "recused", "own"


class Member(NamedTuple):
    """One voting member at the moment of the vote. ``vote`` is the one on record: who is away may have left
    after voting, who is recused may have voted before.
    """

    place: str
    part: str
    physician: bool = True
    vote: str = ""


QUORUMS = [
    {"kind": kind, "percent": percent, "fixed": fixed, "recused_count": kept, "vacancies_count": vacancies}
    for kind, percent, fixed in (
        ("percent", 50, 0),
        ("percent", 33, 0),
        ("percent", 67, 0),
        ("percent", 100, 0),
        ("fixed", 0, 1),
        ("fixed", 0, 3),
        ("max", 50, 2),
        ("max", 33, 3),
        ("those_present", 0, 2),
    )
    for kept in (False, True)
    for vacancies in (False, True)
]
THRESHOLDS = [
    {"kind": kind, "abstentions_count": abstentions, "chair_votes": chair}
    for kind in (
        "majority_cast",
        "majority_present",
        "majority_office",
        "two_thirds_cast",
        "two_thirds_present",
        "two_thirds_office",
    )
    for abstentions in (False, True)
    for chair in ("always", "ties")
]


# --- the second implementation --------------------------------------------------------------------------


def plain_quorum(rule: dict, members: tuple[Member, ...], vacant: int) -> tuple[int, int, bool]:
    """How many are counted, how many are needed, and whether that is a quorum."""
    counted = []
    for member in members:
        if member.place != HERE or member.part == OWN:
            continue
        if member.part == RECUSED and not rule["recused_count"]:
            continue
        counted.append(member)
    seats = len(members)
    if rule["vacancies_count"]:
        seats = seats + vacant
    share = 0
    while share * 100 < rule["percent"] * seats:
        share = share + 1
    needed = 0
    if rule["kind"] in ("percent", "max"):
        needed = share
    if rule["kind"] in ("fixed", "max", "those_present") and rule["fixed"] > needed:
        needed = rule["fixed"]
    if needed == 0:
        needed = 1
    enough = len(members) > 0 and len(counted) >= needed
    if enough and rule.get("physician_majority"):
        doctors = [member for member in counted if member.physician]
        others = [member for member in counted if not member.physician]
        enough = len(doctors) > len(others)
    return len(counted), needed, enough


def plain_vote(rule: dict, members: tuple[Member, ...], chair: int | None) -> tuple[int, int, int, bool]:
    """For, against, abstaining, and whether it carries."""
    may_vote = [
        number for number, member in enumerate(members) if member.place == HERE and member.part == FREE
    ]
    voters = [number for number in may_vote if members[number].vote]
    if chair in voters and rule["chair_votes"] == "ties":
        without = [members[number].vote for number in voters if number != chair]
        if without.count("for") != without.count("against"):
            voters.remove(chair)
    said = [members[number].vote for number in voters]
    yes, no, blank = said.count("for"), said.count("against"), said.count("abstain")
    against_it = {
        "cast": no + (blank if rule["abstentions_count"] else 0),
        "present": len(may_vote) - yes,
        "office": len(members) - yes,
    }[rule["kind"].split("_")[-1]]
    if rule["kind"].startswith("majority"):
        return yes, no, blank, yes > against_it
    return yes, no, blank, yes > 0 and yes >= 2 * against_it


# --- every body of a few members --------------------------------------------------------------------------


def bodies(states: list[Member], most: int) -> Iterator[tuple[Member, ...]]:
    """Every body of up to so many members; their order makes no difference. One file is of one person."""
    for size in range(most + 1):
        for members in combinations_with_replacement(states, size):
            if sum(member.part == OWN for member in members) <= 1:
                yield members


def asked(members: tuple[Member, ...]) -> dict:
    """The body as the rules take it: by the number of each."""
    numbered = list(enumerate(members))
    return {
        "voting": {number for number, _ in numbered},
        "present": {number for number, member in numbered if member.place == HERE},
        "barred": {number for number, member in numbered if member.part != FREE},
        "own": next((number for number, member in numbered if member.part == OWN), None),
        "physicians": {number for number, member in numbered if member.physician},
    }


def test_every_quorum_of_up_to_five_members():
    states = [Member(*state) for state in product((HERE, AWAY), (FREE, RECUSED, OWN))]
    cases = 0
    for members in bodies(states, 5):
        body = asked(members)
        for rule, vacant in product(QUORUMS, (0, 2)):
            found = measure(rule, **body, vacant=vacant)
            cases += 1
            assert (found.present, found.needed, found.met) == plain_quorum(rule, members, vacant), (
                rule,
                members,
                vacant,
            )
    assert cases > 15_000


def test_every_quorum_of_up_to_four_members_most_of_whom_are_physicians():
    states = [Member(*state) for state in product((HERE, AWAY), (FREE, RECUSED, OWN), (True, False))]
    for members in bodies(states, 4):
        body = asked(members)
        for rule in QUORUMS[::3]:
            rule = rule | {"physician_majority": True}
            found = measure(rule, **body)
            assert (found.present, found.needed, found.met) == plain_quorum(rule, members, 0), (rule, members)


def test_every_vote_of_up_to_four_members():
    votes = ("", "for", "against", "abstain")
    states = [Member(*state) for state in product((HERE, AWAY), (FREE, RECUSED), (True,), votes)]
    quorum = {"kind": "fixed", "fixed": 1, "recused_count": True}
    cases = 0
    for members in bodies(states, 4):
        body = asked(members)
        found = measure(quorum, **body)
        able = (body["voting"] & body["present"]) - body["barred"]
        counted = {number: members[number].vote for number in sorted(able) if members[number].vote}
        # Of members in the same state one is the chair as well as another.
        chairs = [None, *(number for number in body["voting"] if members[number] not in members[:number])]
        for rule, chair in product(THRESHOLDS, chairs):
            if chair is not None and rule["chair_votes"] == "always":
                continue
            presiding = chair if chair in able else None
            tally = count_votes(rule, counted, presiding)
            carried = carries(
                rule,
                votes_for=tally.votes_for,
                votes_against=tally.votes_against,
                abstentions=tally.abstentions,
                present=found.taking_part,
                in_office=found.in_office,
            )
            cases += 1
            assert (tally.votes_for, tally.votes_against, tally.abstentions, carried) == plain_vote(
                rule, members, chair
            ), (rule, members, chair)
    assert cases > 200_000
