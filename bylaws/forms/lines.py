"""What a body says of each line of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from bylaws.choices import LineKind, LineOutcome, outcomes_for
from bylaws.subjects import CaseLine, LineAnswer

#: Answers that need a condition, and those that need or take a reason; for the page and the form alike.
CONDITION_WHEN = str(LineOutcome.MODIFY)
REASON_WHEN = f"{LineOutcome.NOT_RECOMMEND} {LineOutcome.DEFER}"


class LineForm(forms.Form):
    """One line: the answer, and the condition or the reason that goes with it."""

    outcome = forms.ChoiceField(widget=forms.RadioSelect)
    condition = forms.CharField(
        label="Change or condition",
        required=False,
        max_length=2000,
        help_text="As it will read on the grant.",
    )
    reason = forms.CharField(
        label="Reason", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, line: CaseLine, body: str, **kwargs: Any) -> None:
        super().__init__(*args, prefix=f"line-{line.uid}", **kwargs)
        self.line = line
        choices = outcomes_for(body)
        self.fields["outcome"].choices = choices.choices
        self.fields["outcome"].label = line.label
        self.fields["outcome"].error_messages["required"] = f"{line.label}: choose an answer."

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        outcome = values.get("outcome")
        if outcome == LineOutcome.MODIFY and not values.get("condition", "").strip():
            self.add_error("condition", f"{self.line.label}: say which change or condition.")
        if outcome == LineOutcome.NOT_RECOMMEND and not values.get("reason", "").strip():
            self.add_error("reason", f"{self.line.label}: say why not.")
        return values

    def answer(self) -> LineAnswer:
        """The answer; only of a form that is valid."""
        return LineAnswer(
            line_uid=self.line.uid,
            outcome=self.cleaned_data["outcome"],
            conditions=self.cleaned_data["condition"],
            reason=self.cleaned_data["reason"],
        )


def line_forms(
    lines: Sequence[CaseLine],
    body: str,
    *,
    data: Mapping[str, Any] | None = None,
    given: Mapping[Any, LineAnswer] | None = None,
) -> list[LineForm]:
    """A form for every line; ``given`` are answers to start from, by line uid."""
    starts = given or {}
    return [
        LineForm(
            data,
            line=line,
            body=body,
            initial={
                "outcome": starts[line.uid].outcome,
                "condition": starts[line.uid].conditions,
                "reason": starts[line.uid].reason,
            }
            if line.uid in starts
            else None,
        )
        for line in lines
    ]


def shown_lines(
    forms_: Sequence[LineForm], earlier: Mapping[Any, Sequence[Mapping[str, Any]]]
) -> list[dict[str, Any]]:
    """The lines as ``partials/recommendation_lines.html`` wants them."""
    return [
        {
            "title": form.line.label,
            "kind": form.line.group
            or ("Appointment" if form.line.line_kind == LineKind.APPOINTMENT else "Privilege"),
            "detail": form.line.detail,
            "verdict": form.line.verdict,
            "earlier": earlier.get(form.line.uid, ()),
            "form": form,
        }
        for form in forms_
    ]


class RecommendForm(forms.Form):
    """What stands beside the lines when a chair signs."""

    absence = forms.CharField(label="Why do you act in the chair's place?", required=False, max_length=300)
    rationale = forms.CharField(
        label="Rationale",
        required=False,
        max_length=5000,
        help_text="What the next body should know. It becomes part of the record.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, asks_absence: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_absence:
            del self.fields["absence"]
        else:
            self.fields["absence"].required = True
            self.fields["absence"].error_messages["required"] = "Say why you act in the chair's place."
