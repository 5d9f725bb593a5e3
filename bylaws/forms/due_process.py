"""Forms of due process and of investigations: one step, one thing at a time."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from bylaws.choices import (
    BarScope,
    Body,
    FinalAction,
    InvestigationOutcome,
    InvestigationStep,
    Measure,
    PanelPart,
    PanelRuling,
    Side,
    TrackEventKind,
    TrackGround,
    TrackOutcome,
)
from bylaws.models import Meeting, Motion
from bylaws.models.due_process import LONGEST_AUTHORITY, LONGEST_NAME, LONGEST_REASON
from bylaws.orders import Paper
from config.kernel.day_fields import DayField
from practitioners.rules.uploads import ALLOWED

_LONG = {"rows": 4}


def text_area(label: str, help_text: str = "", *, required: bool = True, longest: int = 4000):
    """A field for sentences."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=longest,
        widget=forms.Textarea(attrs=_LONG),
        help_text=help_text,
    )


def paper_field(label: str = "Paper", *, required: bool, help_text: str = "") -> forms.FileField:
    """A field for a scan."""
    limit = settings.STANDING_UPLOAD_LIMIT // (1024 * 1024)
    return forms.FileField(
        label=label,
        required=required,
        widget=forms.FileInput({"accept": ",".join(sorted(ALLOWED))}),
        help_text=f"{help_text} Up to {limit} MB; kept as evidence of the class peer review.".strip(),
    )


def paper_of(upload: Any) -> Paper | None:
    """The file that was attached, if one was."""
    if upload is None:
        return None
    return Paper(upload.name, upload.read(settings.STANDING_UPLOAD_LIMIT + 1))


class OpenForm(forms.Form):
    """On which ground due process begins."""

    about = forms.ChoiceField(
        label="What is it about?",
        widget=forms.RadioSelect,
        help_text="What stands already, an investigation whose outcome proposes a measure, or a measure a "
        "body proposed by itself. A hearing about an application is opened from its page of the right to a "
        "hearing.",
    )
    measure = forms.ChoiceField(
        label="What is proposed?",
        widget=forms.RadioSelect,
        choices=[each for each in Measure.choices if each[0] != Measure.FILE],
    )
    scope = forms.ChoiceField(
        label="Reaches", widget=forms.RadioSelect, choices=BarScope.choices, initial=BarScope.ALL_PRIVILEGES
    )
    privilege_codes = forms.MultipleChoiceField(
        label="The privileges it reaches",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Only where it reaches listed privileges.",
    )
    body = forms.ChoiceField(label="Which body or officer", choices=[("", "Choose"), *Body.choices])
    proposed_on = DayField(label="On")
    authority = forms.CharField(
        label="Which minutes or decision", max_length=LONGEST_AUTHORITY, help_text="Where it is written."
    )
    reasons = text_area(
        "Reasons", "As the notice tells them to the practitioner, a line each. Read by few; peer review."
    )

    def __init__(
        self, *args: Any, grounds: list[tuple[str, str]], held: dict[str, str], **kwargs: Any
    ) -> None:
        """``grounds`` are what it can be about; ``held`` the privileges held here, name by code."""
        super().__init__(*args, **kwargs)
        self.fields["about"].choices = [*grounds, (TrackGround.MEASURE, TrackGround.MEASURE.label)]
        self.fields["privilege_codes"].choices = [(code, f"{name} ({code})") for code, name in held.items()]
        if not held:
            del self.fields["privilege_codes"]


#: What each step asks for, by the name of the value, with its label.
_FIELDS: dict[str, dict[str, str]] = {
    TrackEventKind.NOTICE_SENT: {"told_by": "How it went out: carrier and number, or by whose hand"},
    TrackEventKind.DELIVERED: {
        "told_by": "Who signed for it, or how it is known",
        "proof": "Proof of receipt",
    },
    TrackEventKind.REQUESTED: {"told_by": "Who wrote, and how it came", "proof": "The request"},
    TrackEventKind.WAIVED: {"told_by": "Who signed", "proof": "The waiver"},
    TrackEventKind.OVER: {},
    TrackEventKind.SCHEDULED: {"hearing_on": "Day of the hearing", "place": "Where, and at what time"},
    TrackEventKind.HEARING_NOTICE: {"told_by": "How it went out: carrier and number, or by whose hand"},
    TrackEventKind.HELD: {"words": "What was agreed on the record"},
    TrackEventKind.REPORTED: {
        "outcome": "The panel recommends that what is proposed is",
        "words": "Basis of the recommendation",
        "proof": "The report",
    },
    TrackEventKind.DECIDED: {
        "authority": "Which body, and which minutes or decision",
        "outcome": "What is proposed is",
        "words": "Basis of the decision",
        "proof": "The decision",
    },
    TrackEventKind.APPEALED: {"told_by": "Who wrote, and how it came", "proof": "The request"},
    TrackEventKind.APPEAL_DECIDED: {
        "authority": "Which body, and which minutes or decision",
        "outcome": "What is proposed is",
        "words": "Basis of the decision",
        "proof": "The decision",
    },
    TrackEventKind.CLOSED: {"words": "Why it ends without a final action"},
}
_PROVED = (TrackEventKind.DELIVERED, TrackEventKind.WAIVED, TrackEventKind.REPORTED)
_OPTIONAL = {TrackEventKind.HELD: ("words",)}


class StepForm(forms.Form):
    """One step, with what that kind of step needs."""

    day = DayField(label="On")
    hearing_on = DayField()
    place = forms.CharField(max_length=300)
    told_by = forms.CharField(max_length=LONGEST_NAME)
    authority = forms.CharField(max_length=LONGEST_AUTHORITY)
    outcome = forms.ChoiceField(widget=forms.RadioSelect, choices=TrackOutcome.choices)
    words = forms.CharField(max_length=4000, widget=forms.Textarea(attrs=_LONG))
    proof = forms.FileField()
    reason = forms.CharField(
        label="Why what is recorded is wrong",
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, kind: str, correcting: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wanted = _FIELDS.get(kind, {})
        for name in list(self.fields):
            if name == "day" or (name == "reason" and correcting):
                continue
            if name not in wanted:
                del self.fields[name]
            else:
                self.fields[name].label = wanted[name]
                self.fields[name].required = name not in _OPTIONAL.get(TrackEventKind(kind), ())
        if "proof" in wanted:
            needed = kind in _PROVED and not correcting
            self.fields["proof"] = paper_field(wanted["proof"], required=needed)
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])

    def given(self) -> dict[str, Any]:
        """What was entered, the file read."""
        values = {name: value for name, value in self.cleaned_data.items() if name not in ("proof", "reason")}
        if "proof" in self.fields:
            values["proof"] = paper_of(self.cleaned_data["proof"])
        return values


class FinalForm(forms.Form):
    """The final action, and what it does."""

    action = forms.ChoiceField(label="What the final action does", widget=forms.RadioSelect)
    decided_on = DayField(label="Decided on")
    authority = forms.CharField(label="Which minutes or decision", max_length=200)
    day = DayField(
        label="In force from", help_text="The first day on which it is so: what is lifted stands no more."
    )
    scope = forms.ChoiceField(
        label="Reaches", widget=forms.RadioSelect, choices=BarScope.choices, initial=BarScope.ALL_PRIVILEGES
    )
    privilege_codes = forms.MultipleChoiceField(
        label="The privileges it reaches",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Only of a restriction or a revocation that reaches listed privileges.",
    )
    condition = forms.CharField(
        label="What a restriction still allows",
        required=False,
        max_length=500,
        help_text="As the ward reads it, so without the cause.",
    )
    words = text_area("What was decided, and the basis", longest=2000)

    def __init__(
        self, *args: Any, actions: list[FinalAction], held: dict[str, str], of_file: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = [(str(each), each.label) for each in actions]
        self.fields["privilege_codes"].choices = [(code, f"{name} ({code})") for code, name in held.items()]
        reaches = {FinalAction.RESTRICT, FinalAction.REVOKE} & set(actions)
        if not reaches:
            del self.fields["scope"]
        if not reaches or not held:
            del self.fields["privilege_codes"]
        if FinalAction.RESTRICT not in actions:
            del self.fields["condition"]
        self.fields["proof"] = paper_field("The decision", required=of_file)


class ReasonForm(forms.Form):
    """Why something is taken back."""

    reason = forms.CharField(label="Why", max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2}))


class AgendaForm(forms.Form):
    """The meeting before which due process goes."""

    meeting = forms.ModelChoiceField(
        Meeting.objects.none(),
        label="Meeting",
        to_field_name="uid",
        empty_label="Choose a meeting",
        help_text="The agenda names the practitioner, to members who may read peer review; it says neither "
        "what is proposed nor why.",
    )

    def __init__(self, *args: Any, meetings, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["meeting"].queryset = meetings


class NoticeForm(forms.Form):
    """To whom a special notice goes, and own words before its last paragraph."""

    to = forms.CharField(label="Name and address", max_length=800, widget=forms.Textarea(attrs=_LONG))
    added = text_area("Your own words", "They stand before the last paragraph.", required=False)


class MemberForm(forms.Form):
    """Somebody proposed for the panel."""

    part = forms.ChoiceField(label="As", widget=forms.RadioSelect, choices=PanelPart.choices)
    npi = forms.CharField(
        label="NPI, where the person is a practitioner on file",
        required=False,
        max_length=10,
        help_text="Specialty and practice group are read from the file.",
    )
    name = forms.CharField(label="Name, of somebody without a file", required=False, max_length=LONGEST_NAME)


class RulingForm(forms.Form):
    """A ruling in writing: on somebody the facts do not say enough of, or on an objection."""

    ruling = forms.ChoiceField(label="Ruling", widget=forms.RadioSelect, choices=PanelRuling.choices)
    by_whom = forms.CharField(label="Who ruled", max_length=LONGEST_NAME)
    because = forms.CharField(
        label="Why", max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 3})
    )


class ObjectionForm(forms.Form):
    """What the practitioner objects to in a member."""

    day = DayField(label="Written on")
    words = text_area("What the practitioner objects")


class WitnessForm(forms.Form):
    """A witness one side expects to call."""

    side = forms.ChoiceField(label="Whose", widget=forms.RadioSelect, choices=Side.choices)
    name = forms.CharField(label="Name", max_length=LONGEST_NAME)
    about = forms.CharField(label="On what", required=False, max_length=LONGEST_REASON)


class ExhibitForm(forms.Form):
    """A paper one side brings to the hearing."""

    side = forms.ChoiceField(label="Whose", widget=forms.RadioSelect, choices=Side.choices)
    title = forms.CharField(label="What it is", max_length=LONGEST_NAME)
    handed_over = forms.BooleanField(
        label="Handed over to the practitioner",
        required=False,
        help_text="They read it on their own page. Never a reference, nor what a body said among itself.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["paper"] = paper_field(required=True)


class SessionForm(forms.Form):
    """One day of the hearing, and who was there."""

    day = DayField(label="Day")
    present = forms.MultipleChoiceField(
        label="Of the panel were present",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Say who of the panel was present."},
    )
    practitioner_present = forms.BooleanField(label="The practitioner was present", required=False)
    others_present = text_area(
        "Who else was present",
        "One on each line, with what they are: counsel, court reporter.",
        required=False,
    )

    def __init__(self, *args: Any, panel: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["present"].choices = panel


class InvestigationStepForm(forms.Form):
    """One step of an investigation."""

    kind = forms.ChoiceField(
        label="What happened", widget=forms.RadioSelect, choices=InvestigationStep.choices
    )
    day = DayField(label="On")
    who = forms.CharField(
        label="Who",
        required=False,
        max_length=LONGEST_NAME,
        help_text="The investigator, who was heard, who reports, how the practitioner was told.",
    )
    body = forms.ChoiceField(
        label="Which body or officer decided",
        required=False,
        choices=[("", "None"), *Body.choices],
        help_text="Of opening, outcome and closing.",
    )
    motion = forms.ModelChoiceField(
        Motion.objects.none(),
        label="By which motion",
        required=False,
        to_field_name="uid",
        empty_label="None on record here",
    )
    authority = forms.CharField(label="Or which minutes", required=False, max_length=LONGEST_AUTHORITY)
    outcome = forms.ChoiceField(
        label="Outcome",
        required=False,
        choices=[("", "None"), *InvestigationOutcome.choices],
        help_text="What the body made of the report. Where it proposes a measure, due process follows.",
    )
    words = text_area("What was said or found", required=False)

    def __init__(self, *args: Any, motions, **kwargs: Any) -> None:
        """``motions`` are the carried motions at the facility that can be meant."""
        super().__init__(*args, **kwargs)
        self.fields["motion"].queryset = motions
        self.fields["motion"].label_from_instance = motion_label
        self.fields["proof"] = paper_field(required=False, help_text="Needed of a report.")


def motion_label(motion: Motion) -> str:
    """A motion by its meeting, as a list names it: never its words."""
    meeting = motion.agenda_item.meeting
    return f"{meeting.committee.name}, {meeting.starts_at:%d %b %Y}, item {motion.agenda_item.order}"
