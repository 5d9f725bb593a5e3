"""Forms of governing documents: writing and importing them, comments, approvals, publication, review."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from bylaws.choices import Acknowledgers, DocumentBody, DocumentOwner, PolicyKind
from bylaws.models import Motion
from bylaws.selectors.acknowledgements import Acknowledger
from config.kernel import clock
from config.kernel.day_fields import DayField, DayInput
from config.kernel.display.dates import day_text

HINT = (
    'An article begins with "# Article 1" and its heading, a section with "## 1.1", a provision with "(a)", '
    'a point of a list with "- ". Name a number instead of repeating it: {credentialing.gap_days} is shown '
    "as the value that binds, {BL-NPDB-1} as the rule. Leave marks like {#12.5} where they are: citations "
    "find the section by them."
)
START = """\
## Purpose

## Scope

## Procedure
- Every gap of more than {credentialing.gap_days} is explained.

## Responsibility
"""


def _body(rows: int, **more: Any) -> forms.CharField:
    # How long it may be is the service's to say: browsers send each end of a line as two characters.
    return forms.CharField(
        label="Words",
        widget=forms.Textarea(attrs={"rows": rows}),
        help_text=HINT,
        **more,
    )


class _Head(forms.Form):
    """What a new document is."""

    number = forms.CharField(label="Number", max_length=20, help_text="As the house numbers them: MS-01.")
    title = forms.CharField(
        label="Title", max_length=200, help_text="By which it is cited: Medical Staff Bylaws."
    )
    kind = forms.ChoiceField(
        label="What it is", choices=PolicyKind.choices, initial=PolicyKind.POLICY, widget=forms.RadioSelect
    )
    owner = forms.ChoiceField(label="Developed by", widget=forms.RadioSelect)
    review_months = forms.IntegerField(
        label="Reviewed every so many months",
        required=False,
        min_value=1,
        max_value=120,
        help_text="Empty: as the bylaws or the product's default say.",
    )

    def __init__(self, *args: Any, owners: Sequence[str], **kwargs: Any) -> None:
        """``owners`` are the offices the writer may write for."""
        super().__init__(*args, **kwargs)
        field = self.fields["owner"]
        field.choices = [(each, DocumentOwner(each).label) for each in owners]
        field.initial = owners[0] if owners else None


class PolicyForm(_Head):
    """A new document."""

    body = _body(20, initial=START)


class ImportForm(forms.Form):
    """A file to be read."""

    file = forms.FileField(
        label="File",
        help_text="A Word file (.docx) whose articles and sections have heading styles, or Markdown. You see "
        "what was understood before anything is written.",
    )


class TakeNewForm(_Head):
    """What was read, to be taken as a new document."""

    source_name = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)
    body = _body(24)


class TakeVersionForm(forms.Form):
    """What was read, to be taken as the next version."""

    source_name = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)
    newest = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(label="What is different", max_length=300, help_text="In a sentence.")
    body = _body(24)


class VersionForm(forms.Form):
    """The next version of a document."""

    newest = forms.IntegerField(widget=forms.HiddenInput)
    body = _body(24)
    note = forms.CharField(label="What is different", max_length=300, help_text="In a sentence.")


class CommentsForm(forms.Form):
    """Until when comments are asked for."""

    until = DayField(label="Comments until", widget=DayInput())


class CommentForm(forms.Form):
    """A comment on a section or the whole."""

    section = forms.ChoiceField(label="On", required=False)
    text = forms.CharField(label="Comment", max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, sections: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """``sections`` are keys and titles."""
        super().__init__(*args, **kwargs)
        self.fields["section"].choices = [("", "The whole document"), *sections]


class ResolveForm(forms.Form):
    """What was done about a comment."""

    resolution = forms.CharField(
        label="What was done about it", max_length=300, help_text="Or why nothing was."
    )


class ApprovalForm(forms.Form):
    """A body's approval: its motion here, or a day and the place in its minutes."""

    body = forms.ChoiceField(label="Approved by")
    motion = forms.ModelChoiceField(
        Motion.objects.none(),
        label="By the motion",
        required=False,
        empty_label="None on record here",
        help_text="Its day counts as the day of the approval.",
    )
    approved_on = DayField(
        label="Or on", required=False, widget=DayInput(), help_text="Where no motion is chosen."
    )
    minutes = forms.CharField(
        label="Where it stands in the minutes",
        max_length=300,
        required=False,
        help_text="Minutes of 12 March 2026, item 4.",
    )

    def __init__(self, *args: Any, body: DocumentBody | None, motions: Sequence[Motion], **kwargs: Any):
        """``body`` is whose approval comes next."""
        super().__init__(*args, **kwargs)
        self.fields["body"].choices = [(body.value, body.label)] if body else []
        field = self.fields["motion"]
        field.queryset = Motion.objects.filter(pk__in=[each.pk for each in motions]).select_related(
            "agenda_item__meeting__committee__facility"
        )
        field.label_from_instance = _motion_label
        if not motions:
            del self.fields["motion"]
            self.fields["approved_on"].label = "On"
            self.fields["approved_on"].help_text = ""

    def clean(self) -> dict[str, Any]:
        """A motion has its own day."""
        values = super().clean() or {}
        if values.get("motion"):
            values["approved_on"] = None
        return values


def _motion_label(motion: Motion) -> str:
    meeting = motion.agenda_item.meeting
    day = day_text(clock.date_at(motion.closed_at, meeting.committee.facility))
    return f"{motion.agenda_item.title}, {day}"


class PublishForm(forms.Form):
    """From when it is in force, and who acknowledges it."""

    in_force_from = DayField(label="In force from", widget=DayInput())
    acknowledged_by = forms.ChoiceField(
        label="Acknowledged by", choices=Acknowledgers.choices, widget=forms.RadioSelect
    )
    acknowledge_until = DayField(
        label="Acknowledged until",
        required=False,
        widget=DayInput(),
        help_text="Only where somebody acknowledges it.",
    )


class ReviewForm(forms.Form):
    """A review that changed nothing."""

    reviewed_on = DayField(label="Reviewed on", widget=DayInput())
    by_whom = forms.CharField(
        label="By", max_length=200, help_text="The body or person that went through it."
    )


class PaperForm(forms.Form):
    """A signed acknowledgement on paper."""

    practitioner = forms.ChoiceField(label="Signed by")
    signed_on = DayField(label="Signed on", widget=DayInput())
    filed_at = forms.CharField(label="Where the paper is kept", max_length=200)

    def __init__(self, *args: Any, people: Sequence[Acknowledger], **kwargs: Any) -> None:
        """``people`` are those still to acknowledge."""
        super().__init__(*args, **kwargs)
        self.fields["practitioner"].choices = [
            ("", "Choose"),
            *((str(each.practitioner.uid), each.practitioner.display_name) for each in people),
        ]


class OnForm(forms.Form):
    """Of which day; empty: today."""

    on = DayField(label="As of", widget=DayInput(), required=False, help_text="Empty: today.")
