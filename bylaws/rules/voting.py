"""How many must be present, which votes count, and when a motion carries. Pure; the numbers come from
parameters. Source of the models: domain.md 7.4.

Kinds of quorum (``bylaws.quorum``): ``percent`` of the voting members in office, a ``fixed`` number, ``max``,
the larger of both, and ``those_present``, whoever has come, but at least ``fixed``. Beside the kind:
``recused_count`` (the recused count as present), ``vacancies_count`` (vacant voting seats count in the base)
and ``physician_majority`` (most of those counted must be physicians besides).

Kinds of threshold (``bylaws.vote_threshold``): a majority, or two thirds, of the votes cast, of the voting
members present who take part, or of all voting members in office. Beside the kind: ``abstentions_count``
(an abstention is a vote cast) and ``chair_votes``, ``always`` or on ``ties`` only.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any, TypeVar

from bylaws.choices import VoteChoice
from bylaws.vote_shapes import CHAIR_ALWAYS, CHAIR_ON_TIES, QUORUM_KINDS, THRESHOLD_KINDS
from config.kernel.errors import Refused

Member = TypeVar("Member")


# --- quorum ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Presence:
    """What a quorum is judged by. ``base`` is what a share is taken of, ``in_office`` the voting members who
    hold a seat, ``present`` those counted for the quorum, ``taking_part`` those here who may vote on the
    matter, ``recused`` those here who may not; ``physicians`` of those counted, None where it is not asked.
    """

    base: int
    in_office: int
    needed: int
    present: int
    taking_part: int
    recused: int
    physicians: int | None
    met: bool


def measure(
    quorum: Mapping[str, Any],
    *,
    voting: Set[Member],
    present: Set[Member],
    barred: Set[Member],
    own: Member | None = None,
    physicians: Set[Member] = frozenset(),
    vacant: int = 0,
) -> Presence:
    """The quorum from who is who: the voting members in office, whoever is present, those who take no part
    in the matter, whose file it is (``own``, who never counts), those known to be physicians, and how many
    voting seats are vacant.

    Where the recused count, they count for the quorum alone: they neither vote nor are they among those of
    whom a threshold is taken.
    """
    here = voting & present
    taking_part = here - barred - ({own} if own is not None else set())
    counted = here - ({own} if own is not None else set()) if recused_count(quorum) else taking_part
    return judge(
        quorum,
        in_office=len(voting),
        present=len(counted),
        taking_part=len(taking_part),
        recused=len(here - taking_part),
        physicians=len(counted & physicians),
        vacant=vacant,
    )


def judge(
    quorum: Mapping[str, Any],
    *,
    in_office: int,
    present: int,
    taking_part: int,
    recused: int,
    physicians: int,
    vacant: int = 0,
) -> Presence:
    """The same from counts."""
    asked = physicians_asked(quorum)
    base = in_office + (vacant if vacancies_count(quorum) else 0)
    needed = members_needed(quorum, base)
    enough = in_office > 0 and present >= needed
    return Presence(
        base=base,
        in_office=in_office,
        needed=needed,
        present=present,
        taking_part=taking_part,
        recused=recused,
        physicians=physicians if asked else None,
        met=enough and (not asked or physicians * 2 > present),
    )


def members_needed(quorum: Mapping[str, Any], base: int) -> int:
    """Voting members who must be present of a base of so many; at least one, also of an empty body.

    A share that is no whole number is rounded up: half of nine is five.
    """
    kind = quorum.get("kind")
    share = -(-base * int(quorum.get("percent", 0)) // 100)
    fixed = int(quorum.get("fixed", 0))
    if kind not in QUORUM_KINDS:
        raise Refused(f'The quorum rule "{kind}" is not one of {", ".join(QUORUM_KINDS)}.')
    return max(1, {"percent": share, "fixed": fixed, "max": max(share, fixed), "those_present": fixed}[kind])


def recused_count(quorum: Mapping[str, Any]) -> bool:
    """Whether a member who is recused from an item still counts as present for it."""
    return bool(quorum.get("recused_count", False))


def vacancies_count(quorum: Mapping[str, Any]) -> bool:
    """Whether a share is taken of all voting seats, the vacant ones too."""
    return bool(quorum.get("vacancies_count", False))


def physicians_asked(quorum: Mapping[str, Any]) -> bool:
    """Whether more than half of those present must be physicians (MD or DO) besides."""
    return bool(quorum.get("physician_majority", False))


def quorum_in_words(quorum: Mapping[str, Any]) -> str:
    """The rule as a person says it: ``half of the voting members in office``, ``3 voting members``."""
    percent, fixed = int(quorum.get("percent", 0)), int(quorum.get("fixed", 0))
    share = {50: "half", 33: "a third", 66: "two thirds", 67: "two thirds"}.get(percent, f"{percent} percent")
    of_whom = "the voting members in office"
    if vacancies_count(quorum):
        of_whom = "all voting seats, the vacant ones too"
    in_words = {
        "percent": f"{share} of {of_whom}",
        "fixed": f"{fixed} voting members",
        "max": f"{share} of {of_whom}, but at least {fixed}",
        "those_present": f"those present, but at least {max(1, fixed)}",
    }.get(str(quorum.get("kind")), "an unknown rule")
    return f"{in_words}, most of them physicians" if physicians_asked(quorum) else in_words


# --- the vote -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tally:
    """The votes that count. ``chair_aside``: the chair voted, and the vote does not count for want of a
    tie.
    """

    votes_for: int
    votes_against: int
    abstentions: int
    chair_aside: bool = False


def count_votes(
    threshold: Mapping[str, Any], votes: Mapping[Member, str], presiding: Member | None = None
) -> Tally:
    """The tally of the votes that stand, by voter: one vote each of those who take part.

    Where the chair votes on ties only, the vote of whoever presides counts when as many of the others are
    for as against.
    """
    others = [choice for member, choice in votes.items() if member != presiding]
    tie = others.count(VoteChoice.FOR) == others.count(VoteChoice.AGAINST)
    aside = presiding in votes and chair_on_ties(threshold) and not tie
    counted = others if aside else list(votes.values())
    return Tally(
        counted.count(VoteChoice.FOR),
        counted.count(VoteChoice.AGAINST),
        counted.count(VoteChoice.ABSTAIN),
        chair_aside=aside,
    )


def carries(
    threshold: Mapping[str, Any],
    *,
    votes_for: int,
    votes_against: int,
    abstentions: int,
    present: int,
    in_office: int,
) -> bool:
    """Whether the motion carries: ``present`` are the voting members here who take part, ``in_office`` all
    who hold a seat. A tie never carries, and nothing does without a vote for it.
    """
    kind = str(threshold.get("kind"))
    if kind not in THRESHOLD_KINDS:
        raise Refused(f'The voting rule "{kind}" is not one of {", ".join(THRESHOLD_KINDS)}.')
    share, _, of = kind.rpartition("_")
    cast = votes_for + votes_against + (abstentions if abstentions_count(threshold) else 0)
    whole = {"cast": cast, "present": present, "office": in_office}[of]
    if share == "majority":
        return votes_for * 2 > whole
    return votes_for > 0 and votes_for * 3 >= whole * 2


def abstentions_count(threshold: Mapping[str, Any]) -> bool:
    """Whether an abstention is a vote cast."""
    return bool(threshold.get("abstentions_count", False))


def chair_on_ties(threshold: Mapping[str, Any]) -> bool:
    """Whether whoever presides votes on ties only."""
    return threshold.get("chair_votes", CHAIR_ALWAYS) == CHAIR_ON_TIES


def threshold_in_words(threshold: Mapping[str, Any]) -> str:
    """The rule as a person says it."""
    share, _, of = str(threshold.get("kind")).rpartition("_")
    parts = {"majority": "a majority", "two_thirds": "two thirds"}
    wholes = {
        "cast": "the votes cast",
        "present": "the members present",
        "office": "all voting members in office",
    }
    if share not in parts or of not in wholes:
        return "an unknown rule"
    said = f"{parts[share]} of {wholes[of]}"
    if of == "cast" and abstentions_count(threshold):
        said += ", abstentions counted"
    return f"{said}; the chair votes on ties only" if chair_on_ties(threshold) else said
