"""Which way a file goes to the bodies: category 1 (clean) or 2, with the reasons. Pure.

Category 1 is a file that is complete, without a red flag that weighs, with the criteria of every privilege
asked for met, and that nobody raised. What is not known is never clean. Source: domain.md 2.10 and 1.2.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from config.kernel.display.dates import day_text
from config.rulebook.selectors.parameters import Bound
from config.rulebook.verdicts import Outcome, Verdict, combine_all
from credentialing.choices import FileCategory, FlagStatus, Severity

WEIGHS = frozenset({Severity.WARN, Severity.SERIOUS})


@dataclass(frozen=True)
class Weighed:
    """A red flag as far as the reader may know it; ``title`` says what it is."""

    title: str
    sentence: str
    severity: str
    status: str


@dataclass(frozen=True)
class Category:
    """The category and why."""

    value: FileCategory
    verdict: Verdict

    @property
    def clean(self) -> bool:
        """Whether the file is of category 1."""
        return self.value == FileCategory.ONE


def judge_category(
    *,
    flags: Sequence[Weighed],
    complete_on: dt.date | None,
    criteria: Verdict | None,
    raised: tuple[str, str] | None,
    kept_by: Bound,
) -> Category:
    """The category of a file. ``raised`` is who raised it and why; ``kept_by`` the weights that count even
    when a flag is disposed of.
    """
    heavy = frozenset(map(str, kept_by.value or ()))
    children = [_complete(complete_on), _flags(flags, heavy, kept_by), _criteria(criteria)]
    if raised is not None:
        who, why = raised
        children.append(Verdict(Outcome.NOT_MET, "CAT-RAISED", "Nobody raised it", f"Raised by {who}: {why}"))
    outcome = combine_all(children)
    value = FileCategory.ONE if outcome is Outcome.MET else FileCategory.TWO
    against = [child for child in children if not child.met]
    told = (
        "Complete, no red flag weighs, and the criteria are met."
        if not against
        else " ".join(child.sentence for child in against)
    )
    return Category(
        value,
        Verdict(
            outcome if outcome is not Outcome.NOT_APPLICABLE else Outcome.UNKNOWN,
            "CR-CATEGORY",
            str(FileCategory.ONE.label),
            told,
            citation="MS.06.01.11 (who may not take the short way), in our own words",
            confidence="unconfirmed",
            children=tuple(children),
        ),
    )


def against_in_words(category: Category) -> list[str]:
    """What speaks against category 1, a sentence each; every flag by its name, so that it can be found."""
    told: list[str] = []
    for child in category.verdict.children:
        if child.code == "CAT-FLAGS":
            told += [f"{leaf.title}. {leaf.sentence}" for leaf in child.children if not leaf.met]
        elif not child.met and child.outcome is not Outcome.NOT_APPLICABLE:
            told.append(child.sentence)
    return told


def _complete(complete_on: dt.date | None) -> Verdict:
    title = "The file is complete"
    if complete_on is None:
        return Verdict(Outcome.UNKNOWN, "CAT-COMPLETE", title, "Not marked complete yet.")
    told = f"Marked complete on {day_text(complete_on)}."
    return Verdict(Outcome.MET, "CAT-COMPLETE", title, told, since=complete_on)


def _flags(flags: Sequence[Weighed], heavy: Collection[str], kept_by: Bound) -> Verdict:
    title = "No red flag weighs"
    leaves = [_flag(each, heavy, kept_by) for each in flags if each.status != FlagStatus.NO_LONGER]
    if not leaves:
        return Verdict(Outcome.MET, "CAT-FLAGS", title, "There is none.")
    against = [leaf for leaf in leaves if not leaf.met]
    told = (
        f"{len(against)} of {len(leaves)} red flag{'s' if len(leaves) > 1 else ''} weigh"
        f"{'s' if len(against) == 1 else ''}."
        if against
        else "All of them are disposed of, or for information."
    )
    return Verdict(combine_all(leaves), "CAT-FLAGS", title, told, children=tuple(leaves))


def _flag(each: Weighed, heavy: Collection[str], kept_by: Bound) -> Verdict:
    severity = Severity(each.severity)
    title = f"{severity.label}: {each.title}"
    if severity not in WEIGHS:
        return Verdict(Outcome.MET, "CAT-FLAG", title, f"{each.sentence} For information.")
    if each.status == FlagStatus.OPEN:
        return Verdict(
            Outcome.NOT_MET, "CAT-FLAG", title, f"{each.sentence} Open.", cure="Dispose of it in writing."
        )
    if each.severity in heavy:
        return Verdict(
            Outcome.NOT_MET,
            "CAT-FLAG",
            title,
            f"{each.sentence} Disposed of; so grave that the file goes the whole way.",
            citation=kept_by.citation,
            confidence=kept_by.confidence,
            bound_by=kept_by.source,
        )
    return Verdict(Outcome.MET, "CAT-FLAG", title, f"{each.sentence} Disposed of in writing.")


def _criteria(criteria: Verdict | None) -> Verdict:
    title = "The criteria of every privilege asked for are met"
    if criteria is None:
        return Verdict(Outcome.NOT_APPLICABLE, "CAT-CRITERIA", title, "Nothing with criteria is asked for.")
    told = {
        Outcome.MET: "All are met.",
        Outcome.NOT_MET: "Criteria of a privilege asked for are not met.",
        Outcome.UNKNOWN: "Criteria of a privilege asked for are not known to be met.",
    }.get(criteria.outcome, "They do not apply.")
    return Verdict(criteria.outcome, "CAT-CRITERIA", title, told, children=criteria.children)
