"""Forms of packets: inviting, signing, reviewing, and the sections themselves, made from what is asked."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings

from config.kernel.day_fields import DayField
from credentialing.rules.packet_answers import (
    CASE_PARTS,
    MOST_CASES,
    MOST_ROWS,
    Known,
    Missing,
    OfferedForm,
    gaps_of,
    in_words,
    limit_of,
    span_of,
)
from credentialing.rules.packet_typed import day_of
from credentialing.rules.packets import (
    CLAIMS,
    DAY,
    DISCLOSURES,
    DOCUMENTS,
    EMAIL,
    FIELDS,
    LONG_TEXT,
    PRIVILEGES,
    STATE,
    Section,
)
from practitioners.forms.claims import ClaimForm
from practitioners.forms.disclosures import YES_NO
from practitioners.forms.people import STATE_CHOICES

TEXT_LIMIT = 4000


# --- acts of the office ---------------------------------------------------------------------------------


class LinkForm(forms.Form):
    """Whom a link is for."""

    name = forms.CharField(label="Name", max_length=120)
    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        help_text="The link in the mail is the right to fill in: check the address.",
    )


class InviteForm(LinkForm):
    """The applicant, and by when the packet is due."""

    due_on = DayField(label="Due on", required=False, help_text="Empty: as many days as the hospital gives.")


class RenewForm(forms.Form):
    """Where the new link goes."""

    email = forms.EmailField(label="E-mail", max_length=254)


class ReturnForm(forms.Form):
    """What has to be corrected, and by when."""

    reason = forms.CharField(
        label="What has to be corrected",
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The applicant reads it in these words.",
    )
    due_on = DayField(label="Due on", required=False, help_text="Empty: as many days as the hospital gives.")


class DeficiencyForm(forms.Form):
    """What is missing, and by when."""

    what = forms.CharField(
        label="What is missing",
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The applicant reads it in these words.",
    )
    due_on = DayField(label="Due on", required=False, help_text="Empty: as many days as the hospital gives.")


class AnsweredForm(forms.Form):
    """What came."""

    answer = forms.CharField(
        label="What came", max_length=TEXT_LIMIT, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class MissingForm(forms.Form):
    """What an applicant sends for something that was missing."""

    answer = forms.CharField(
        label="Your answer", max_length=TEXT_LIMIT, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    file = forms.FileField(
        label="A file",
        required=False,
        allow_empty_file=True,  # the service says what is wrong with an empty one
        help_text="A photo or a PDF.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].max_bytes = settings.STANDING_UPLOAD_LIMIT


class WetSignatureForm(forms.Form):
    """The signature on paper: who, when, and the scan."""

    signed_name = forms.CharField(label="Name under the application", max_length=120)
    signed_on = DayField(label="Day written beside it")
    file = forms.FileField(label="Scan of the signed application", allow_empty_file=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].max_bytes = settings.STANDING_UPLOAD_LIMIT


class SignForm(forms.Form):
    """The electronic signature: two statements and a typed name."""

    attests = forms.BooleanField(label="I attest to this.")
    releases = forms.BooleanField(label="I release this.")
    signed_name = forms.CharField(
        label="Your name", max_length=120, help_text="Typing it stands for your signature."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["attests"].error_messages["required"] = "Agree to the attestation."
        self.fields["releases"].error_messages["required"] = "Agree to the release."


# --- sections -------------------------------------------------------------------------------------------


class FieldsForm(forms.Form):
    """Answers in words, by the codes of what is asked."""

    def __init__(self, *args: Any, section: Section, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in section.fields:
            common = {"label": each.label, "help_text": each.hint, "required": each.needed}
            if each.kind == DAY:
                self.fields[each.code] = DayField(**common)
            elif each.kind == STATE:
                self.fields[each.code] = forms.ChoiceField(choices=STATE_CHOICES, **common)
            elif each.kind == EMAIL:
                self.fields[each.code] = forms.EmailField(max_length=limit_of(each), **common)
            else:
                widget = forms.Textarea(attrs={"rows": 3}) if each.kind == LONG_TEXT else forms.TextInput()
                self.fields[each.code] = forms.CharField(max_length=limit_of(each), widget=widget, **common)


class RowForm(ClaimForm):
    """One row: the form of a claim of that kind, without what only the office says."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("said_by", "accept_warnings"):
            self.fields.pop(name)


class AroundRowsForm(forms.Form):
    """That there is nothing to state, and what was done in times nothing accounts for."""

    def __init__(self, *args: Any, section: Section, gaps: Sequence[tuple[Any, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for gap, _ in gaps:
            self.fields[f"gap_{span_of(gap)}"] = forms.CharField(
                label=f"What did you do from {in_words(gap)}?",
                help_text="Nothing you stated accounts for this time.",
                max_length=TEXT_LIMIT,
                required=True,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        if section.none:
            self.fields["none"] = forms.BooleanField(label=section.none, required=False)


class QuestionsForm(forms.Form):
    """A yes or no and an explanation for every question."""

    def __init__(self, *args: Any, questions: Iterable[Mapping[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in questions:
            code, number = each["code"], each["number"]
            self.fields[f"answer_{code}"] = forms.ChoiceField(
                label=f"{number}. {each['text']}", choices=YES_NO, widget=forms.RadioSelect
            )
            explanation = forms.CharField(
                label=f"Explanation to question {number}",
                required=False,
                max_length=TEXT_LIMIT,
                widget=forms.Textarea(attrs={"rows": 2}),
                help_text=f"Needed when the answer is {'no' if each['clear'] else 'yes'}.",
            )
            explanation.needed_sometimes = True
            explanation.shown_after = "no" if each["clear"] else "yes"
            self.fields[f"explanation_{code}"] = explanation


class PrivilegesForm(forms.Form):
    """What is asked for on each form that is offered."""

    def __init__(self, *args: Any, known: Known, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = known.offered
        self.judged: Mapping[str, Mapping[str, Any]] = {}
        for form in known.offered:
            for group, label in form.groups:
                if f"cases_{group}" in self.fields:
                    continue  # two forms count the same cases: they are entered once
                self.fields[f"cases_{group}"] = forms.IntegerField(
                    label=f"{label}: how many", min_value=0, max_value=MOST_CASES, required=False
                )
                self.fields[f"from_{group}"] = DayField(label=f"{label}: from", required=False)
                self.fields[f"through_{group}"] = DayField(label=f"{label}: through", required=False)
            for name, choices, label in (
                ("core", form.core, "Core privileges"),
                ("special", form.special, "Special privileges"),
            ):
                if choices:
                    self.fields[f"{name}_{form.uid}"] = forms.MultipleChoiceField(
                        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple
                    )

    def laid_out(self) -> list[dict[str, Any]]:
        """Each form with its boxes, case numbers and verdicts; those on which something is chosen first."""
        groups: list[dict[str, Any]] = []
        told: set[str] = set()
        for form in self.offered:
            verdicts = self.judged.get(form.uid, {})
            boxes = {
                part: self._boxes(form, part, getattr(form, part), verdicts) for part in ("core", "special")
            }
            mine = [group for group, _ in form.groups if group not in told]
            told.update(mine)
            groups.append(
                {
                    "form": form,
                    **boxes,
                    "verdict": verdicts.get(""),
                    "cases": [self[f"{part}_{group}"] for group in mine for part in CASE_PARTS],
                    "chosen": sum(box["checked"] for box in (*boxes["core"], *boxes["special"])),
                }
            )
        return sorted(groups, key=lambda each: (not each["chosen"], each["form"].title))

    def _boxes(self, form: OfferedForm, part: str, choices, verdicts) -> list[dict[str, Any]]:
        name = f"{part}_{form.uid}"
        chosen = set(self[name].value() or []) if name in self.fields else set()
        return [
            {
                "name": name,
                "id": f"id_{name}_{index}",
                "code": code,
                "label": label,
                "description": form.descriptions.get(code, ""),
                "checked": code in chosen,
                "verdict": verdicts.get(code),
            }
            for index, (code, label) in enumerate(choices)
        ]


class DocumentsForm(forms.Form):
    """One file for each document asked for."""

    def __init__(self, *args: Any, section: Section, there: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in section.documents:
            self.fields[each.code] = forms.FileField(
                label=each.label,
                help_text=" ".join(
                    filter(
                        None,
                        (
                            each.hint,
                            "A photo or a PDF." if each.needed else "A photo, a PDF or a Word document.",
                            "Uploaded; another one takes its place." if each.code in there else "",
                        ),
                    )
                ),
                required=each.needed and each.code not in there,
                allow_empty_file=True,  # the service says what is wrong with an empty one
            )
            self.fields[each.code].max_bytes = settings.STANDING_UPLOAD_LIMIT


@dataclass
class Row:
    """A row on the page: its form, what it is, its place."""

    form: RowForm
    kind: Any
    index: int

    @property
    def title(self) -> str:
        """What it is about, in the first words entered (an employer, a school, a licence's number)."""
        named = [
            str(bound.value())
            for bound in self.form.visible_fields()
            if bound.value() and type(bound.field) is forms.CharField
        ]
        return named[0] if named else ""


class SectionForms:
    """The forms of one section, filled with what was saved or with what was sent."""

    def __init__(
        self, section: Section, answers: Mapping[str, Any], known: Known, data=None, files=None
    ) -> None:
        self.section, self.saved, self.known, self.data = section, answers, known, data
        self.rows: list[Row] = []
        self.gaps: list[tuple[Any, str]] = []
        self.form: forms.Form | None = None
        if section.kind == FIELDS:
            self.form = FieldsForm(data, section=section, initial=answers["values"])
        elif section.kind == CLAIMS:
            self._claims(section, answers, known, data)
        elif section.kind == DISCLOSURES:
            initial = {f"answer_{code}": each.get("answer") for code, each in answers["answers"].items()}
            initial |= {
                f"explanation_{code}": each.get("explanation") for code, each in answers["answers"].items()
            }
            self.form = QuestionsForm(data, questions=known.questions, initial=initial)
        elif section.kind == PRIVILEGES:
            initial = {
                f"{part}_{uid}": codes
                for uid, codes in answers["asked"].items()
                for part in ("core", "special")
            }
            initial |= {
                f"{part}_{group}": day_of(text) or text if part != "cases" else text
                for group, each in answers.get("cases", {}).items()
                for part, text in each.items()
            }
            self.form = PrivilegesForm(data, known=known, initial=initial)
        elif section.kind == DOCUMENTS:
            self.form = DocumentsForm(data, files, section=section, there=answers["files"])

    def _claims(self, section: Section, answers, known: Known, data) -> None:
        if data is None:
            sent = [(row["type"], row) for row in answers["rows"]]
        else:
            sent = [(code, {}) for code in data.getlist("type")[:MOST_ROWS]]
        for index, (code, row) in enumerate(sent):
            if code in section.types:
                form = RowForm(data, kind=known.kinds[code], prefix=f"r{index}", initial=row)
                self.rows.append(Row(form, known.kinds[code], index))
        self.gaps = gaps_of(section, answers, known) if section.gaps else []
        initial = {f"gap_{span_of(gap)}": text for gap, text in self.gaps} | {"none": answers["none"]}
        self.form = AroundRowsForm(data, section=section, gaps=self.gaps, initial=initial)

    @property
    def all(self) -> list[forms.Form]:
        """Every form of the section."""
        return [*(row.form for row in self.rows), *([self.form] if self.form is not None else [])]

    @property
    def can_add(self) -> list[Any]:
        """Kinds of which a row can be added."""
        return [self.known.kinds[code] for code in self.section.types]

    def answers(self) -> dict[str, Any]:
        """What was sent: cleaned where it can be, else as it was typed."""
        kind, form = self.section.kind, self.form
        if kind == FIELDS:
            return {"values": typed(form)}
        if kind == CLAIMS:
            return {
                "rows": [{"type": row.kind.code, **typed(row.form)} for row in self.rows],
                "none": bool(typed(form).get("none")),
                "gaps": {
                    name.removeprefix("gap_"): self.data[name]
                    for name in self.data
                    if name.startswith("gap_")
                },
            }
        if kind == DISCLOSURES:
            said = typed(form)
            return {
                "answers": {
                    each["code"]: {
                        "answer": said.get(f"answer_{each['code']}", ""),
                        "explanation": said.get(f"explanation_{each['code']}", ""),
                    }
                    for each in self.known.questions
                }
            }
        if kind == PRIVILEGES:
            said = typed(form)
            whole = self.data.get("whole_core")
            return {
                "asked": {
                    each.uid: [
                        *(code for code, _ in each.core if whole == each.uid),
                        *(
                            code
                            for part in ("core", "special")
                            for code in self.data.getlist(f"{part}_{each.uid}")
                            if code in each.codes
                        ),
                    ]
                    for each in self.known.offered
                },
                "cases": {
                    group: {part: str(said.get(f"{part}_{group}", "")) for part in CASE_PARTS}
                    for each in self.known.offered
                    for group, _ in each.groups
                },
            }
        return dict(self.saved)

    def show(self, lacks: Sequence[Missing]) -> list[dict[str, str]]:
        """Put what is missing at its field, and answer the lines of the summary above the form."""
        for form in self.all:
            form.full_clean()
        return [{"text": each.text, "id": self._show(each)} for each in lacks]

    def _show(self, lack: Missing) -> str:
        """The error at its field, and the id to jump to."""
        row = next((row for row in self.rows if row.index == lack.row), None)
        form = row.form if row is not None else self.form
        if form is None or lack.field not in form.fields:
            return f"row-{row.index}" if row is not None else ""
        if form.is_bound and lack.field not in form.errors:
            form.add_error(lack.field, lack.text)
        bound = form[lack.field]
        return bound.id_for_label or f"{bound.auto_id}_0"


def typed(form: forms.Form) -> dict[str, Any]:
    """What was sent in a form: cleaned and plain where it can be, else the text as it was typed."""
    form.full_clean()
    found: dict[str, Any] = {}
    for name in form.fields:
        if name in form.cleaned_data and name not in form.errors:
            found[name] = _plain(form.cleaned_data[name])
        else:
            found[name] = form.data.get(form.add_prefix(name), "")
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return "" if value is None else value
