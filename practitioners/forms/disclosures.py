"""The form of the questions of disclosure, made from the version that is asked."""

from __future__ import annotations

from typing import Any

from django import forms

from practitioners.forms.people import day_field
from practitioners.models import DisclosureQuestion, DisclosureQuestionSet
from practitioners.services.disclosures import LONGEST, MAY_SAY, Answer

YES_NO = (("yes", "Yes"), ("no", "No"))


class AnswersForm(forms.Form):
    """Who answered and when, then a yes or no and an explanation for every question."""

    def __init__(self, *args, question_set: DisclosureQuestionSet, **kwargs):
        super().__init__(*args, **kwargs)
        self.questions: list[DisclosureQuestion] = list(question_set.questions.all())
        self.fields["answered_on"] = day_field("Answered on", required=True)
        self.fields["said_by"] = forms.ChoiceField(
            label="Where the answers come from", choices=[(str(each), each.label) for each in MAY_SAY]
        )
        for question in self.questions:
            self.fields[f"answer_{question.code}"] = forms.ChoiceField(
                label=f"{question.number}. {question.text}", choices=YES_NO, widget=forms.RadioSelect
            )
            self.fields[f"explanation_{question.code}"] = forms.CharField(
                label=f"Explanation to question {question.number}",
                required=False,
                max_length=LONGEST,
                widget=forms.Textarea(attrs={"rows": 2}),
                help_text=f"Needed when the answer is {'no' if question.clear_answer else 'yes'}.",
            )

    @property
    def values(self) -> dict[str, Any]:
        """Arguments of the service."""
        cleaned = self.cleaned_data
        return {
            "answered_on": cleaned["answered_on"],
            "said_by": cleaned["said_by"],
            "answers": {
                question.code: Answer(
                    cleaned[f"answer_{question.code}"] == "yes", cleaned[f"explanation_{question.code}"]
                )
                for question in self.questions
            },
        }
