"""Forms of an amendment: its words, the values it changes, the steps of its way, the day it is tried on."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet

from bylaws.choices import VoteChoice
from bylaws.models import AmendmentVoter, PolicyVersion
from bylaws.services.amendments import LONGEST_CITATION, LONGEST_TITLE
from bylaws.wording import subject_in_words
from config.kernel.day_fields import DayField
from config.kernel.display.words import plural_text
from config.rulebook.parameters import definition
from config.rulebook.selectors.parameters import Bound


class AmendmentForm(forms.Form):
    """The words of an amendment."""

    title = forms.CharField(max_length=LONGEST_TITLE, help_text="Attendance raised to 60 %")
    text = forms.CharField(
        label="How it would read", widget=forms.Textarea(attrs={"rows": 8}),
        help_text="The words of the article, or what is struck.",
    )  # fmt: skip
    reason = forms.CharField(
        label="Why", widget=forms.Textarea(attrs={"rows": 3}), help_text="It goes out with the notice."
    )
    takes_effect_on = DayField(label="Takes effect on")


class ValueForm(forms.Form):
    """One value the amendment changes."""

    which = forms.ChoiceField(label="What changes")
    value = forms.CharField(
        label="Would be",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="A number or a word; lists and more as they stand under What binds here.",
    )
    citation = forms.CharField(
        label="Article and section", max_length=LONGEST_CITATION, help_text="Medical Staff Bylaws, article 12"
    )

    def __init__(self, *args: Any, amendable: Mapping[tuple[str, str], Bound], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keys = {f"{code}|{subject}": (code, subject) for code, subject in amendable}
        groups: dict[str, list[tuple[str, str]]] = {}
        for name, key in self.keys.items():
            groups.setdefault(_provision(amendable[key]), []).append((name, _told(key, amendable[key])))
        self.fields["which"].choices = [
            ("", "Choose"),
            *(
                (provision, sorted(groups[provision], key=lambda pair: pair[1]))
                for provision in sorted(groups, key=_by_article)
            ),
        ]

    def clean_which(self) -> tuple[str, str]:
        """Code and subject."""
        return self.keys[self.cleaned_data["which"]]

    def clean_value(self) -> Any:
        """A number, a list or a structure where it reads as one; else the word itself."""
        typed = self.cleaned_data["value"].strip()
        try:
            return json.loads(typed)
        except json.JSONDecodeError:
            if typed[:1] in "[{":
                raise forms.ValidationError(
                    "This does not read as a list or a structure; check brackets and quotation marks."
                ) from None
            return typed


#: Where what no document sets is offered.
UNSAID = "No provision says it yet"
#: The article at the beginning of a citation; what it is about stands behind it in parentheses.
ARTICLE = re.compile(r"[^;:(]*\b(?:article|section|part) (?:on [\w ]+|[\w.]+)", re.IGNORECASE)


def _provision(bound: Bound) -> str:
    """The provision that sets the value, as far as its article."""
    if not bound.is_set:
        return UNSAID
    article = ARTICLE.match(bound.citation)
    return article[0].strip() if article else "Other sources"


def _by_article(provision: str) -> tuple[bool, list[tuple[int, str]]]:
    """Article 2 before article 12; what no provision says comes last."""
    parts = re.split(r"(\d+)", provision)
    return provision == UNSAID, [(int(part), "") if part.isdigit() else (0, part) for part in parts]


def _told(key: tuple[str, str], bound: Bound) -> str:
    about = definition(key[0])
    subject = f", {subject_in_words(key[1])}" if key[1] else ""
    return f"{about.title}{subject} (now {_now(bound, about.unit)})"


def _now(bound: Bound, unit: str) -> str:
    """The value in a few words: what is a list or has parts is read on the page of the parameters."""
    if not bound.is_set:
        return "not set"
    if isinstance(bound.value, list):
        plain = all(isinstance(each, str) for each in bound.value) and len(bound.value) <= 4
        return (
            ", ".join(bound.value) or "none" if plain else plural_text(len(bound.value), "entry", "entries")
        )
    if isinstance(bound.value, dict):
        return "a rule of several parts"
    return f"{bound.value} {unit}".strip()


class TextForm(forms.Form):
    """The draft of the document as it would read."""

    version = forms.ModelChoiceField(
        PolicyVersion.objects.none(),
        label="Draft of the document",
        required=False,
        empty_label="None: the words above are all of it",
    )

    def __init__(self, *args: Any, versions: QuerySet[PolicyVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].queryset = versions


class DayForm(forms.Form):
    """The day something happened."""

    day = DayField(label="On")


class BallotForm(DayForm):
    """The window of a ballot."""

    until = DayField(
        label="Votes are taken through",
        required=False,
        help_text="Empty: for as many days as the bylaws ask.",
    )


class VoteForm(forms.Form):
    """A member's vote."""

    choice = forms.ChoiceField(label="Your vote", choices=VoteChoice.choices, widget=forms.RadioSelect)


class PapersForm(DayForm):
    """Who returned a paper; what is on it is counted with the ballot."""

    voters = forms.TypedMultipleChoiceField(
        label="Whose papers came back",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose those whose papers came back."},
    )

    def __init__(self, *args: Any, voters: Sequence[AmendmentVoter], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["voters"].choices = [(each.pk, each.practitioner.display_name) for each in voters]


class CountForm(DayForm):
    """The papers of a ballot as they were counted; votes on accounts are counted beside them."""

    votes_for = forms.IntegerField(label="For", min_value=0, max_value=100_000, initial=0)
    votes_against = forms.IntegerField(label="Against", min_value=0, max_value=100_000, initial=0)
    abstained = forms.IntegerField(label="Abstained", min_value=0, max_value=100_000, initial=0)


class BoardForm(DayForm):
    """What the board decided."""

    approved = forms.TypedChoiceField(
        label="The board",
        choices=(("yes", "approved it"), ("no", "declined it")),
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label="Meeting or resolution", max_length=300)
    takes_effect_on = DayField(label="Takes effect on")


class TryForm(forms.Form):
    """The day an amendment is tried on."""

    on = DayField(required=False, label="As of")
