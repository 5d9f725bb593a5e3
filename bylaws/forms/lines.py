"""What a body says of each line of a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from bylaws.choices import ConditionKind, LineKind, LineOutcome, outcomes_for
from bylaws.rules.answers import (
    GIVING,
    contradiction,
    criteria_outcome,
    may_be_filled,
    needs_reason,
    note_of,
    reason_missing,
)
from bylaws.rules.line_conditions import (
    LONGEST,
    MOST,
    Stated,
    only,
    problem_of,
    proctored_cases,
    tidy,
    until,
    whole_text,
)
from bylaws.subjects import CaseLine, LineAnswer
from config.kernel.day_fields import DayField
from config.kernel.display.fields import visible_errors
from config.rulebook.verdicts import Outcome

#: Answers that need a condition, and those that need a reason; for the page and the form alike.
CONDITION_WHEN = str(LineOutcome.MODIFY)
REASON_WHEN = f"{LineOutcome.NOT_RECOMMEND} {LineOutcome.DEFER}"
#: What the answers to a line of unmet criteria say of themselves.
UNMET = {
    Outcome.NOT_MET: ("Criteria not met", "bad"),
    Outcome.UNKNOWN: ("Criteria cannot be confirmed", "warn"),
}


#: More lines without an answer than this are told in one entry; more than this with nothing against them are
#: folded.
MANY = 3


#: The fields of the conditions a machine can read, and by the word of a condition where its problem shows.
CONDITION_FIELDS = (
    "proctor_cases",
    "consult_who",
    "site_where",
    "age_from",
    "age_through",
    "volume_cases",
    "volume_months",
    "until_day",
)
_FIELD_OF = {
    str(ConditionKind.PROCTOR.label): "proctor_cases",
    str(ConditionKind.CONSULT.label): "consult_who",
    str(ConditionKind.SITE.label): "site_where",
    str(ConditionKind.AGE.label): "age_from",
    str(ConditionKind.VOLUME.label): "volume_cases",
    str(ConditionKind.UNTIL.label): "until_day",
}


class AskedIfSure(forms.Form):
    """Carries the word that something unlikely is meant so; shown only once that was asked."""

    sure = forms.BooleanField(required=False, label="This is meant so", widget=forms.HiddenInput)

    def ask(self) -> None:
        """Show the box to tick."""
        self.fields["sure"].widget = forms.CheckboxInput()

    @property
    def asks(self) -> bool:
        """Whether the box to tick is shown."""
        return not self.fields["sure"].widget.is_hidden


class LineForm(forms.Form):
    """One line: the answer, and the condition or the reason that goes with it. ``on`` is the day of the act,
    on the facility's calendar: a grant may not end before it.
    """

    outcome = forms.ChoiceField(widget=forms.RadioSelect)
    condition = forms.CharField(
        label="Change or condition in words",
        required=False,
        max_length=2000,
        help_text="As it will read on the grant, after what is stated below.",
    )
    proctor_cases = forms.IntegerField(
        label="Cases with a proctor", required=False, min_value=1, max_value=MOST["cases"]
    )
    consult_who = forms.CharField(label="Consultation before each case", required=False, max_length=LONGEST)
    site_where = forms.CharField(label="Only at this site", required=False, max_length=LONGEST)
    age_from = forms.IntegerField(
        label="Patients from (years)", required=False, min_value=0, max_value=MOST["from_years"]
    )
    age_through = forms.IntegerField(
        label="Patients through (years)", required=False, min_value=0, max_value=MOST["through_years"]
    )
    volume_cases = forms.IntegerField(
        label="Cases to keep up", required=False, min_value=1, max_value=MOST["cases"]
    )
    volume_months = forms.IntegerField(
        label="within months", required=False, min_value=1, max_value=MOST["months"]
    )
    until_day = DayField(label="Until (last day)", required=False)
    reason = forms.CharField(
        label="Reason", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, line: CaseLine, body: str, on: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, prefix=f"line-{line.uid}", **kwargs)
        self.line, self.on = line, on
        choices = outcomes_for(body)
        self.fields["outcome"].choices = choices.choices
        self.fields["outcome"].label = line.label
        self.fields["outcome"].error_messages["required"] = f"{line.label}: choose an answer."

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        outcome = values.get("outcome")
        if outcome == LineOutcome.MODIFY and not any(field in self.errors for field in CONDITION_FIELDS):
            stated = self._stated()
            if not values.get("condition", "").strip() and not stated:
                self.add_error("condition", f"{self.line.label}: say which change or condition.")
            elif problem := problem_of(stated, self.on):
                self.add_error(_FIELD_OF[problem.split(":")[0]], f"{self.line.label}: {problem}")
        if outcome and (problem := reason_missing(self.line, outcome, values.get("reason", ""))):
            self.add_error("reason", problem)
        return values

    def _stated(self) -> list[dict[str, Any]]:
        """The conditions as filled, without what was left empty."""
        values = self.cleaned_data
        until = values.get("until_day")
        filled: list[dict[str, Any]] = [
            {"kind": "proctor", "cases": values.get("proctor_cases")},
            {"kind": "consult", "who": values.get("consult_who")},
            {"kind": "site", "where": values.get("site_where")},
            {"kind": "age", "from_years": values.get("age_from"), "through_years": values.get("age_through")},
            {"kind": "volume", "cases": values.get("volume_cases"), "months": values.get("volume_months")},
            {"kind": "until", "day": until.isoformat() if until else None},
        ]
        return [
            each
            for each in filled
            if any(value not in (None, "") for key, value in each.items() if key != "kind")
        ]

    @property
    def conditions(self) -> list[Any]:
        """The fields of the conditions a machine can read, for the page; none beside membership."""
        if self.line.line_kind != LineKind.PRIVILEGE:
            return []
        return [self[name] for name in CONDITION_FIELDS]

    @property
    def states_conditions(self) -> bool:
        """Whether any of them is filled, or wrong: then the page shows them at once."""
        return any(self[name].value() not in (None, "") or self[name].errors for name in CONDITION_FIELDS)

    @property
    def reason_when(self) -> str:
        """The answers to this line that need a reason; for the page."""
        return " ".join(each for each in LineOutcome.values if needs_reason(self.line, each))

    def answer(self) -> LineAnswer:
        """The answer; only of a form that is valid."""
        return LineAnswer(
            line_uid=self.line.uid,
            outcome=self.cleaned_data["outcome"],
            conditions=self.cleaned_data["condition"],
            reason=self.cleaned_data["reason"],
            stated=tuple(self._stated()) if self.cleaned_data["outcome"] == LineOutcome.MODIFY else (),
        )


def line_forms(
    lines: Sequence[CaseLine],
    body: str,
    *,
    on: dt.date,
    data: Mapping[str, Any] | None = None,
    given: Mapping[Any, LineAnswer] | None = None,
) -> list[LineForm]:
    """A form for every line; ``on`` is the day of the act, ``given`` are answers to start from, by line
    uid.
    """
    starts = given or {}
    return [
        LineForm(
            data,
            line=line,
            body=body,
            on=on,
            initial={
                "outcome": starts[line.uid].outcome,
                "condition": starts[line.uid].conditions,
                "reason": starts[line.uid].reason,
                **_filled(starts[line.uid].stated),
            }
            if line.uid in starts
            else None,
        )
        for line in lines
    ]


def _filled(stated: Stated) -> dict[str, Any]:
    """Conditions as the fields of a line's form start from."""
    age, volume = only(stated, ConditionKind.AGE), only(stated, ConditionKind.VOLUME)
    return {
        "proctor_cases": proctored_cases(stated),
        "consult_who": only(stated, ConditionKind.CONSULT).get("who", ""),
        "site_where": only(stated, ConditionKind.SITE).get("where", ""),
        "age_from": age.get("from_years"),
        "age_through": age.get("through_years"),
        "volume_cases": volume.get("cases"),
        "volume_months": volume.get("months"),
        "until_day": until(stated),
    }


def shown_lines(
    forms_: Sequence[LineForm],
    earlier: Mapping[Any, Sequence[Mapping[str, Any]]],
    compared: Mapping[Any, str] | None = None,
) -> list[dict[str, Any]]:
    """The lines as ``partials/recommendation_lines.html`` wants them: what nothing speaks against stands
    folded where there is more than a few of it, so that what needs attention is seen on a phone.
    """
    shown: list[dict[str, Any]] = [
        {
            "title": form.line.label,
            "kind": form.line.group
            or ("Appointment" if form.line.line_kind == LineKind.APPOINTMENT else "Privilege"),
            "detail": form.line.detail,
            "limits": form.line.limits,
            "verdict": form.line.verdict,
            "earlier": earlier.get(form.line.uid, ()),
            "compared": (compared or {}).get(form.line.uid, ""),
            "form": form,
            "reason_when": form.reason_when,
            "fold": _nothing_against(form, earlier.get(form.line.uid, ())),
        }
        for form in forms_
    ]
    folded = [line for line in shown if line["fold"]]
    if len(folded) <= MANY:
        return [line | {"fold": False} for line in shown]
    folded[0]["folds"] = len(folded)
    return shown


def _nothing_against(form: LineForm, earlier: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the criteria of a privilege are met, every body before recommended it, and nothing else is said
    of it here.
    """
    said = form["outcome"].value()
    return (
        form.line.line_kind == LineKind.PRIVILEGE
        and may_be_filled(form.line)
        and not form.errors
        and said in (None, "", LineOutcome.RECOMMEND)
        and all(str(each["outcome"]) == LineOutcome.RECOMMEND for each in earlier)
    )


def said_lines(forms_: Sequence[LineForm], body: str) -> list[dict[str, Any]]:
    """What valid answers say, line by line, for ``bylaws/review_said.html``; ``unmet`` marks the criteria."""
    words = outcomes_for(body)
    said = []
    for form in forms_:
        answer = form.answer()
        criteria = criteria_outcome(form.line)
        said.append(
            {
                "label": form.line.label,
                "outcome": words(answer.outcome),
                "note": note_of(
                    whole_text(tidy(answer.stated), answer.conditions)
                    if answer.outcome == LineOutcome.MODIFY
                    else "",
                    answer.reason if needs_reason(form.line, answer.outcome) else "",
                ),
                "unmet": UNMET.get(criteria) if criteria and answer.outcome in GIVING else None,
            }
        )
    return said


def error_list(form: forms.Form, forms_: Sequence[LineForm]) -> list[dict[str, str]]:
    """What is wrong, for the top of the page; many lines without an answer are one entry, not a wall."""
    unanswered = [each for each in forms_ if each.is_bound and set(each.errors) == {"outcome"}]
    gathered = unanswered if len(unanswered) > MANY else []
    found = []
    for each in [*forms_, form]:
        if each not in gathered:
            found += [_placed(each, error) for error in visible_errors(each)]
        elif each is gathered[0]:
            first = visible_errors(each)[0]
            found.append(
                {"id": first["id"], "text": f"{len(gathered)} lines have no answer yet. Go to the first."}
            )
    return found


def _placed(form: forms.Form, error: dict[str, str]) -> dict[str, str]:
    """The error with the line it is of, where its words do not say it: every line has the same fields."""
    label = form.line.label if isinstance(form, LineForm) else ""
    return error if label in error["text"] else error | {"text": f"{label}: {error['text']}"}


def answers_doubt(forms_: Sequence[LineForm]) -> str:
    """What does not fit together in valid answers; empty when everything does."""
    return contradiction([(form.line.line_kind, form.cleaned_data["outcome"]) for form in forms_])


class RecommendForm(forms.Form):
    """What stands beside the lines when a chair or an officer signs; ``office`` is whose place it may be."""

    absence = forms.CharField(required=False, max_length=300)
    rationale = forms.CharField(
        label="Rationale",
        required=False,
        max_length=5000,
        help_text="What the next body should know. It becomes part of the record.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, asks_absence: bool = False, office: str = "chair", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_absence:
            del self.fields["absence"]
            return
        absence = self.fields["absence"]
        absence.label, absence.required = f"Why do you act in the {office}'s place?", True
        absence.error_messages["required"] = f"Say why you act in the {office}'s place."
