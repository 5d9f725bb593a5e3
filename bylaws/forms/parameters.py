"""Setting a number where the document says it: one form for every kind of value that is typed there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from bylaws.choices import Body, DocumentBody
from bylaws.parameters import APPROVAL_CHAIN, DOCUMENT_BODIES, QUORUM, VOTE_THRESHOLD
from bylaws.rules.voting import QUORUM_KINDS, THRESHOLD_KINDS, threshold_in_words
from bylaws.vote_shapes import CHAIR_ALWAYS, CHAIR_ON_TIES
from bylaws.wording import subject_in_words
from config.kernel.day_fields import DayField, DayInput
from config.rulebook.parameters import ParameterDefinition
from config.rulebook.selectors.parameters import Bound

#: Lists of bodies, in their order, and who can stand in them.
BODIES = {APPROVAL_CHAIN.code: Body, DOCUMENT_BODIES.code: DocumentBody}
MOST_BODIES = 6
_QUORUM = {
    "percent": "A share of the voting members in office",
    "fixed": "A fixed number of voting members",
    "max": "The larger of both",
    "those_present": "Whoever has come, but at least a number of voting members",
}
#: What goes with a rule of quorum, as it is asked.
_BESIDE = {
    "recused_count": "Who is recused counts as present",
    "vacancies_count": "Vacant seats count in the whole",
    "physician_majority": "Most of those present must be physicians",
}
_NUMBERS = ("min", "max")


def typed_here(declared: ParameterDefinition, current: Any) -> bool:
    """Whether values of the parameter are typed on the page; structured lists are loaded from a file."""
    return bool(
        declared.combine in _NUMBERS
        or declared.choices
        or declared.of_text
        or declared.code in (*BODIES, QUORUM.code, VOTE_THRESHOLD.code)
        or (isinstance(current, int) and not isinstance(current, bool))
    )


class SetHereForm(forms.Form):
    """A value, for what, and from which day."""

    def __init__(
        self,
        *args: Any,
        declared: ParameterDefinition,
        bounds: Mapping[str, Bound],
        subjects: Sequence[str],
        subject: str = "",
        **kwargs: Any,
    ) -> None:
        """``bounds`` are the values that bind by subject, ``subjects`` those that can be chosen."""
        super().__init__(*args, **kwargs)
        self.declared = declared
        if len(subjects) > 1 or (subjects and subjects[0]):
            self.fields["subject"] = forms.ChoiceField(
                label="For",
                required=False,
                choices=[(each, subject_in_words(each) or "all") for each in subjects],
                initial=subject,
            )
        bound = bounds.get(subject) or bounds.get("")
        self.current = bound.value if bound else None
        self.fields |= self._value_fields()
        self.fields["start"] = DayField(
            label="From", widget=DayInput(), help_text="The first day on which it holds."
        )

    def _value_fields(self) -> dict[str, forms.Field]:
        declared, current = self.declared, self.current
        unit = f"In {declared.unit}." if declared.unit else ""
        if declared.code in BODIES:
            bodies = BODIES[declared.code]
            held = [each for each in current or () if each in bodies.values]
            return {
                f"body_{at}": forms.ChoiceField(
                    label=f"Body {at}",
                    required=at == 1,
                    choices=[("", "None"), *bodies.choices],
                    initial=held[at - 1] if at <= len(held) else "",
                )
                for at in range(1, MOST_BODIES + 1)
            }
        rule = current if isinstance(current, Mapping) else {}
        if declared.code == QUORUM.code:
            return {
                "quorum_kind": forms.ChoiceField(
                    label="Counted as",
                    choices=[(kind, _QUORUM[kind]) for kind in QUORUM_KINDS],
                    initial=rule.get("kind", "percent"),
                ),
                "percent": forms.IntegerField(
                    label="Percent", required=False, min_value=0, max_value=100,
                    initial=rule.get("percent", 50),
                ),
                "fixed": forms.IntegerField(
                    label="Number of members", required=False, min_value=0, max_value=200,
                    initial=rule.get("fixed", 0),
                ),
                **{
                    name: forms.BooleanField(label=label, required=False, initial=bool(rule.get(name)))
                    for name, label in _BESIDE.items()
                },
            }  # fmt: skip
        if declared.code == VOTE_THRESHOLD.code:
            return {
                "value": forms.ChoiceField(
                    label="A motion needs",
                    choices=[(kind, threshold_in_words({"kind": kind})) for kind in THRESHOLD_KINDS],
                    initial=rule.get("kind", ""),
                ),
                "abstentions_count": forms.BooleanField(
                    label="Abstentions count as votes cast",
                    required=False,
                    initial=bool(rule.get("abstentions_count")),
                ),
                "chair_votes": forms.ChoiceField(
                    label="The chair votes",
                    required=False,
                    choices=[(CHAIR_ALWAYS, "always"), (CHAIR_ON_TIES, "on ties only")],
                    initial=rule.get("chair_votes", CHAIR_ALWAYS),
                ),
            }
        if declared.choices:
            return {
                "value": forms.ChoiceField(
                    label=declared.title, choices=[(each, each) for each in declared.choices], initial=current
                )
            }
        if declared.of_text:
            return {
                "value": forms.CharField(
                    label=declared.title,
                    widget=forms.Textarea(attrs={"rows": 5}),
                    help_text="One on each line.",
                    initial="\n".join(str(each) for each in current or ()),
                )
            }
        # The limits are the service's to refuse, with their reason.
        return {"value": forms.IntegerField(label=declared.title, help_text=unit, initial=current)}

    @property
    def value(self) -> Any:
        """The value as the parameter keeps it."""
        given, code = self.cleaned_data, self.declared.code
        if code in BODIES:
            return [given[f"body_{at}"] for at in range(1, MOST_BODIES + 1) if given.get(f"body_{at}")]
        if code == QUORUM.code:
            return {
                "kind": given["quorum_kind"],
                "percent": given.get("percent") or 0,
                "fixed": given.get("fixed") or 0,
                "recused_count": given["recused_count"],
                **{name: True for name in _BESIDE if given[name] and name != "recused_count"},
            }
        if code == VOTE_THRESHOLD.code:
            on_ties = given["chair_votes"] == CHAIR_ON_TIES
            return {
                "kind": given["value"],
                **({"abstentions_count": True} if given["abstentions_count"] else {}),
                **({"chair_votes": CHAIR_ON_TIES} if on_ties else {}),
            }
        if self.declared.of_text:
            return [line.strip() for line in given["value"].splitlines() if line.strip()]
        return given["value"]
