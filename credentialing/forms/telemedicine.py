"""Forms of agreements with distant sites and of the lists the sites deliver."""

from __future__ import annotations

from typing import Any

from django import forms

from config.kernel.day_fields import DayField
from config.kernel.text_files import SureForm, TextFileForm
from credentialing.forms.applications import DayInput
from credentialing.rules.telemedicine import COLUMNS, clauses_of
from credentialing.services.telemedicine import Paper, Terms

_PREFIX = "clause_"
_ANSWERS = (("yes", "Yes, it says so"), ("no", "No"))


class AgreementForm(forms.Form):
    """What the written agreement with a distant site of the ``kind`` says; ``new``: with its title."""

    name = forms.CharField(label="Distant site", max_length=200, help_text="The hospital or entity, by name.")
    contact = forms.CharField(
        label="Its medical staff office",
        max_length=200,
        help_text="Telephone or e-mail: who is asked for lists, and told of adverse events and complaints.",
    )
    title = forms.CharField(
        label="Agreement", max_length=200, help_text="What the paper is called, or its number. It stays."
    )
    start = DayField(label="First day", widget=DayInput())
    last_day = DayField(
        label="Last day", required=False, widget=DayInput(), help_text="Empty: until somebody ends it."
    )
    signed_on = DayField(label="Signed on", widget=DayInput())
    filed_at = forms.CharField(
        label="Filed", max_length=200, help_text="Number of the contract, or where the paper is."
    )
    paper = forms.FileField(
        label="The signed agreement",
        required=False,
        allow_empty_file=True,
        help_text="A PDF or a scan. Left empty, the copy on file stays.",
    )

    def __init__(self, *args, kind: str, new: bool = True, terms: Any = None, **kwargs):
        super().__init__(*args, **kwargs)
        if new:
            self.fields["paper"].help_text = "A PDF or a scan. It can be added later."
        else:
            del self.fields["title"]
        for clause in clauses_of(kind):
            self.fields[f"{_PREFIX}{clause.code}"] = forms.ChoiceField(
                label=f"{clause.says}?",
                choices=_ANSWERS,
                widget=forms.RadioSelect,
                help_text=f"Asked for by {clause.place(kind)}.",
                initial=None if terms is None else "yes" if clause.code in terms else "no",
                error_messages={"required": "Say whether the agreement contains it."},
            )

    @property
    def said(self) -> dict[str, Any]:
        """What the service takes; of a valid form."""
        given = self.cleaned_data
        paper = given.get("paper")
        found = {name: given[name] for name in ("name", "contact", "title") if name in given}
        return found | {
            "terms": Terms(
                start=given["start"],
                last_day=given.get("last_day"),
                signed_on=given["signed_on"],
                filed_at=given["filed_at"],
                terms=[
                    name.removeprefix(_PREFIX)
                    for name, value in given.items()
                    if name.startswith(_PREFIX) and value == "yes"
                ],
                paper=Paper(paper.name, paper.read()) if paper else None,
            )
        }


class EndForm(forms.Form):
    """Through when, and why."""

    last_day = DayField(label="Last day of the agreement", widget=DayInput())
    reason = forms.CharField(label="Why", max_length=1000)


class ListForm(TextFileForm):
    """A list of practitioners as the distant site delivered it."""

    as_of = DayField(
        label="The list is of",
        widget=DayInput(),
        help_text="The day the site says it is of. Who is not on it was dropped that day.",
    )
    file = forms.FileField(
        label="CSV file",
        allow_empty_file=True,
        help_text=f"Columns {', '.join(COLUMNS)}. Codes of privileges are divided by semicolons; a further "
        f"license takes a further line. Up to {TextFileForm.largest_said}.",
    )
    field_order = ("as_of", "file")


class SureListForm(SureForm):
    """The list that was looked at, sent again to be loaded."""

    as_of = DayField()
