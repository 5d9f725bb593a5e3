"""Whether the standard affiliation letter can go, and what a letter says. Pure.

Domain brief 2.3 item 8 and part 8: another organization asks whether somebody is or was on the medical
staff. The standard reply says category, department, dates and "in good standing", and nothing else; whatever
does not plainly fit it goes to a person.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from config.kernel.dates import ONE_DAY
from config.kernel.display.dates import day_text, long_day
from config.rulebook.verdicts import Outcome, Verdict, combine_all
from credentialing.choices import AffiliationReplyKind

CODE = "AFFILIATION"
#: How the person was found.
BY_RULE, BY_PERSON, NOT_FOUND = "rule", "person", ""
CITATION = "Medical staff bylaws, good standing; the practitioner's signed release"


@dataclass(frozen=True)
class Term:
    """One term of membership. ``last_day`` is inclusive; ``ended_early``: why it ended before its time."""

    category: str
    department: str
    first_day: dt.date
    last_day: dt.date
    ended_early: str = ""


@dataclass(frozen=True)
class Stop:
    """A bar: what it is, whether its cause is peer review, whether it stood on the day judged."""

    label: str
    protected: bool
    leave: bool
    stands: bool


@dataclass(frozen=True)
class Standing:
    """What is known of the person asked about, at one facility on one day. ``matters``: how many others."""

    on: dt.date
    found: str
    found_by: str
    release: bool
    terms: tuple[Term, ...] = ()
    stops: tuple[Stop, ...] = ()
    matters: int = 0

    @property
    def in_force(self) -> Term | None:
        """The term that holds on the day."""
        return next((each for each in self.terms if each.first_day <= self.on <= each.last_day), None)

    @property
    def last(self) -> Term | None:
        """The latest term that has begun."""
        begun = [each for each in self.terms if each.first_day <= self.on]
        return max(begun, key=lambda each: each.last_day, default=None)


def judge(standing: Standing) -> Verdict:
    """MET: the standard reply can go. UNKNOWN: a person may send it, with a reason. NOT_MET: not the standard
    one.
    """
    children: tuple[Verdict, ...] = (_identity(standing), _release(standing))
    if standing.found != NOT_FOUND:
        children = (children[0], _appointment(standing), _stops(standing), _matters(standing), children[1])
    outcome = combine_all(children)
    sentence = {
        Outcome.MET: "The standard reply can go.",
        Outcome.UNKNOWN: "A person decides: something is open.",
    }.get(outcome, "The standard reply does not fit; a person answers in other words.")
    return Verdict(
        outcome, CODE, "Standard affiliation letter", sentence, citation=CITATION, children=children
    )


def _child(outcome: Outcome, code: str, title: str, sentence: str, cure: str = "") -> Verdict:
    return Verdict(outcome, f"{CODE}-{code}", title, sentence, cure=cure)


def _identity(standing: Standing) -> Verdict:
    title = "Whom it is about"
    if standing.found == BY_RULE:
        return _child(Outcome.MET, "WHO", title, "Name and NPI are exactly those of one person on file.")
    if standing.found == BY_PERSON:
        return _child(Outcome.MET, "WHO", title, f"Recognized by {standing.found_by}.")
    return _child(
        Outcome.UNKNOWN, "WHO", title, "Name and NPI are not exactly those of anybody on file.",
        cure="Say who it is, or decline.",
    )  # fmt: skip


def _release(standing: Standing) -> Verdict:
    title = "Signed release"
    if standing.release:
        return _child(Outcome.MET, "RELEASE", title, "A release came with the request.")
    return _child(
        Outcome.UNKNOWN, "RELEASE", title, "No release came with the request.",
        cure="Ask for it, or send the reply with the reason why none is needed.",
    )  # fmt: skip


def _appointment(standing: Standing) -> Verdict:
    title, now, last = "Appointment", standing.in_force, standing.last
    if now is not None:
        return _child(
            Outcome.MET, "TERM", title,
            f"{now.category}, {now.department}, in force through {day_text(now.last_day)}.",
        )  # fmt: skip
    if last is None:
        return _child(Outcome.NOT_MET, "TERM", title, "There is and was no appointment at this facility.")
    if last.ended_early:
        return _child(
            Outcome.UNKNOWN, "TERM", title,
            f"It ended before its term, on {day_text(last.last_day)}: {last.ended_early}",
            cure="Judge whether it ended in good standing, and write why.",
        )  # fmt: skip
    return _child(Outcome.MET, "TERM", title, f"It ran to its end on {day_text(last.last_day)}.")


def _stops(standing: Standing) -> Verdict:
    title = "Suspensions, restrictions, leaves"
    standing_now = [each for each in standing.stops if each.stands]
    hard = [each for each in standing_now if not each.leave]
    if hard:
        # That it stands may be said, why it stands may not.
        return _child(Outcome.NOT_MET, "BAR", title, f"{hard[0].label}: in force today, or on the last day.")
    if standing_now:
        return _child(Outcome.UNKNOWN, "BAR", title, "On leave of absence.",
                      cure="Judge whether the letter may go, and write why.")  # fmt: skip
    return _child(Outcome.MET, "BAR", title, "None stands.")


def _matters(standing: Standing) -> Verdict:
    title = "Protected matters"
    protected = standing.matters + sum(each.protected for each in standing.stops)
    if protected:
        return _child(
            Outcome.NOT_MET, "MATTER", title,
            "Something of a protected class is on file. What may be said of it a person decides.",
        )  # fmt: skip
    return _child(Outcome.MET, "MATTER", title, "None is on file at this facility.")


# --- what a letter says ---------------------------------------------------------------------------------


def spans(terms: Sequence[Term], on: dt.date) -> list[dict[str, str]]:
    """Membership up to the day in as few lines as it needs: terms of the same category and department that
    follow each other are one. The last one says through when it runs.
    """
    merged: list[Term] = []
    for each in sorted(terms, key=lambda term: term.first_day):
        if each.first_day > on:
            continue
        before = merged[-1] if merged else None
        if (
            before
            and (before.category, before.department) == (each.category, each.department)
            and each.first_day <= before.last_day + ONE_DAY
        ):
            merged[-1] = Term(each.category, each.department, before.first_day, each.last_day)
        else:
            merged.append(each)
    return [
        {
            "category": each.category,
            "department": each.department,
            "from": said(each.first_day),
            "to": said(each.last_day)
            if each.last_day < on
            else f"present (term through {said(each.last_day)})",
        }
        for each in merged
    ]


def words_of(
    kind: str, *, name: str, facility: str, former: bool, definition: str, text: str
) -> dict[str, Any]:
    """Opening, statement and closing of a letter of that kind. Only the standard one speaks of standing."""
    member = "was" if former else "is"
    if kind == AffiliationReplyKind.STANDARD:
        return {
            "opening": f"{name} {member} a member of the medical staff of {facility}, as follows.",
            "statement": [
                f"{name} {'left' if former else 'is'} in good standing.",
                f"The bylaws of this medical staff call it good standing when {definition}.",
            ],
            "closing": "",
        }
    if kind == AffiliationReplyKind.DATES:
        return {
            "opening": f"The records of {facility} show this membership of the medical staff for {name}.",
            "statement": [],
            "closing": "This letter gives dates and says nothing beyond them.",
        }
    return {"opening": "", "statement": paragraphs(text), "closing": ""}


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text as typed: an empty line parts them."""
    parts = text.replace("\r\n", "\n").split("\n\n")
    return [" ".join(part.split()) for part in parts if part.strip()]


def said(day: dt.date) -> str:
    """The day as letters write it (:func:`config.kernel.display.dates.long_day`)."""
    return long_day(day)
