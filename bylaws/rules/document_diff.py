"""Two versions of a document laid beside each other, section by section. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bylaws.choices import SectionChange
from bylaws.rules.policy_text import Section
from config.kernel.word_diff import Stretch, word_diff


@dataclass(frozen=True)
class SectionDiff:
    """One section as it was and as it is: ``change`` says which it is, ``words`` what differs within it."""

    change: SectionChange
    key: str
    title: str
    was_title: str = ""
    words: Sequence[Stretch] = field(default_factory=tuple)


def differences(older: Sequence[Section], newer: Sequence[Section]) -> list[SectionDiff]:
    """What differs, in the order of the newer version; a section left out stands where it was. Sections are
    the same by their keys, whatever their numbers are. What did not change is not among them.
    """
    before = {each.key: each for each in older}
    there = {each.key for each in newer}
    found: list[SectionDiff] = []
    gone_after = _gone_after(older, there)
    found += _left_out(gone_after.get("", ()))
    for section in newer:
        old = before.get(section.key)
        if old is None:
            found.append(
                SectionDiff(SectionChange.NEW, section.key, section.title, words=word_diff("", section.text))
            )
        elif (old.heading, old.text) != (section.heading, section.text):
            found.append(
                SectionDiff(
                    SectionChange.CHANGED,
                    section.key,
                    section.title,
                    old.title if old.title != section.title else "",
                    word_diff(old.text, section.text),
                )
            )
        elif old.title != section.title and not section.lettered:
            found.append(SectionDiff(SectionChange.RENUMBERED, section.key, section.title, old.title))
        found += _left_out(gone_after.get(section.key, ()))
    return found


def _gone_after(older: Sequence[Section], there: set[str]) -> dict[str, list[Section]]:
    """Sections that are no more, by the key of the last one before them that is still there."""
    found: dict[str, list[Section]] = {}
    last = ""
    for section in older:
        if section.key in there:
            last = section.key
        else:
            found.setdefault(last, []).append(section)
    return found


def _left_out(sections: Sequence[Section]) -> list[SectionDiff]:
    return [
        SectionDiff(SectionChange.GONE, each.key, each.title, words=word_diff(each.text, ""))
        for each in sections
    ]
