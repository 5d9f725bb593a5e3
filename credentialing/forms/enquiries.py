"""Forms of enquiries: whom a form goes to, and the form itself as its recipient fills it in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms

from config.kernel.day_fields import DayField
from credentialing.rules.enquiries import CHOICE, DAY, TEXT_LIMIT, EnquiryForm, Question
from credentialing.selectors.enquiries import Recipient
from credentialing.services.enquiry_answers import NAME_LIMIT


class RecipientForm(forms.Form):
    """Whom the form goes to."""

    name = forms.CharField(
        label="Name", max_length=120, help_text="The person, or the office that answers for the organization."
    )
    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        help_text="The link in the mail is the right to answer: check the address.",
    )
    title = forms.CharField(label="Title", max_length=120, required=False)
    organization = forms.CharField(label="Organization", max_length=200, required=False)

    def recipient(self) -> Recipient:
        """Whom was entered."""
        return Recipient(**self.cleaned_data)


class WithdrawForm(forms.Form):
    """Why a form is taken back."""

    reason = forms.CharField(label="Why", max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))


class SignedForm(forms.Form):
    """The electronic signature under an answer or a refusal: a typed name under a statement."""

    signed_name = forms.CharField(
        label="Your name", max_length=NAME_LIMIT, help_text="Typing it stands for your signature."
    )

    field_order: list[str] | None = None


class AnswerEnquiryForm(SignedForm):
    """The questions of one form. Their codes are the names of the fields, behind ``q_``."""

    agrees = forms.BooleanField()

    def __init__(self, *args: Any, form: EnquiryForm, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = form
        questions = {f"q_{each.code}": _field(each) for each in form.questions()}
        self.fields["agrees"].label = form.statement
        self.fields["agrees"].error_messages["required"] = "Tick the statement: without it nothing is signed."
        signature = {"agrees": self.fields["agrees"], "signed_name": self.fields["signed_name"]}
        self.fields = questions | signature

    def sections(self) -> Iterator[dict[str, Any]]:
        """Headings with their questions as fields of this form."""
        for section in self.asked.sections:
            yield {
                "heading": section.heading,
                "hint": section.hint,
                "fields": [self[f"q_{each.code}"] for each in section.questions],
            }

    def given(self) -> Mapping[str, Any]:
        """The answers by question."""
        return {
            name.removeprefix("q_"): value
            for name, value in self.cleaned_data.items()
            if name.startswith("q_")
        }


class DeclineForm(SignedForm):
    """Why somebody does not answer."""

    reason = forms.CharField(
        label="Why you do not answer", max_length=TEXT_LIMIT, widget=forms.Textarea(attrs={"rows": 3})
    )

    field_order = ["reason", "signed_name"]


def _field(question: Question) -> forms.Field:
    """The field of a question. What must be answered beside which answers is the rule's, not the field's."""
    needed = question.needed
    if question.kind == CHOICE:
        return forms.ChoiceField(
            label=question.label,
            help_text=question.hint,
            required=needed,
            choices=[(each.value, each.label) for each in question.choices],
            widget=forms.RadioSelect,
            error_messages={"required": f"Answer: {question.label}"},
        )
    if question.kind == DAY:
        made: forms.Field = DayField(label=question.label, help_text=question.hint, required=needed)
    else:
        made = forms.CharField(
            label=question.label,
            help_text=question.hint,
            required=needed,
            max_length=TEXT_LIMIT,
            widget=forms.Textarea(attrs={"rows": 3}),
        )
    made.needed_sometimes = question.needed_when is not None or question.not_needed_when is not None
    return made
