"""Forms of focused evaluations: proctors, cases, how one ends, and where it goes from there."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms

from bylaws.models import Meeting
from config.kernel.day_fields import DayField
from practitioners.models import Practitioner
from privileging.choices import CaseOutcome, FPPEMethod, FPPEReason, FPPEStatus, FPPEWay

PEER_REVIEW = "Peer review: only people with that class of data read it."


class FewerForm(forms.Form):
    """Why fewer cases than planned are enough."""

    fewer = forms.CharField(
        label="Why fewer cases are enough",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=f"Only where fewer are reported than planned. {PEER_REVIEW}",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["fewer"].needed_sometimes = True


class ExtendFPPEForm(forms.Form):
    """Until when, how many more cases, and why."""

    due_on = DayField(label="New due day")
    more_cases = forms.IntegerField(
        label="More cases", min_value=0, max_value=200, initial=0, help_text="Besides those planned."
    )
    why = forms.CharField(
        label="Why", max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), help_text=PEER_REVIEW
    )


class ConclusionForm(FewerForm):
    """How focused evaluations ended."""

    field_order = ("outcome", "conclusion", "fewer")

    outcome = forms.ChoiceField(
        label="What it found",
        choices=[
            (FPPEStatus.CLOSED_SUCCESS, "Satisfactory"),
            (FPPEStatus.CLOSED_UNSUCCESSFUL, "Not satisfactory"),
            (FPPEStatus.CLOSED_INSUFFICIENT, "Too little could be seen (insufficient volume)"),
        ],
        widget=forms.RadioSelect,
    )
    conclusion = forms.CharField(
        label="Conclusion",
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=8000,
        help_text=PEER_REVIEW,
    )


class TakeUpForm(forms.Form):
    """Where an evaluation that ended without satisfaction goes from here."""

    way = forms.ChoiceField(
        label="What follows",
        choices=FPPEWay.choices,
        widget=forms.RadioSelect,
        help_text="It is done at once; but a privilege ends only once you record that it is given up.",
    )
    meeting = forms.ModelChoiceField(
        label="To a committee: the meeting",
        queryset=Meeting.objects.none(),
        to_field_name="uid",
        required=False,
        empty_label="Choose a meeting",
        help_text="The agenda names the practitioner and the privilege, to members who may read peer review. "
        "It says neither why the evaluation was opened nor how it ended.",
    )
    cases = forms.IntegerField(
        label="Another evaluation: cases",
        min_value=1,
        max_value=500,
        required=False,
        help_text="Empty: as many as in the one before.",
    )
    months = forms.IntegerField(
        label="Another evaluation: months",
        min_value=1,
        max_value=24,
        required=False,
        help_text="Empty: as the form says.",
    )
    reason = forms.CharField(
        label="Why, or whom you told",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        help_text="It stays with the evaluation, read by peer review alone.",
    )

    together = forms.BooleanField(label="The others that were closed with it", required=False, initial=True)

    field_order = ("together", "way", "meeting", "cases", "months", "reason")

    def __init__(self, *args, meetings, beside: Sequence = (), **kwargs):
        """``beside``: the other evaluations that were closed together with it."""
        super().__init__(*args, **kwargs)
        if beside:
            names = ", ".join(str(plan.privilege) for plan in beside)
            self.fields["together"].label = f"Together with what was closed with it: {names}"
        else:
            del self.fields["together"]
        self.fields["meeting"].queryset = meetings
        if not meetings:
            self.fields["meeting"].help_text = "No meeting is called. Call one first, then come back."
        for name in ("meeting", "cases", "months"):
            self.fields[name].needed_sometimes = True


class ProctorForm(forms.Form):
    """Who proctors, from here or from elsewhere."""

    proctor = forms.ModelChoiceField(
        label="Proctor",
        queryset=Practitioner.objects.none(),
        to_field_name="uid",
        required=False,
        empty_label="Nobody from here",
        help_text="Who holds all of it here in full, is not evaluated in it, and has no conflict on record.",
    )
    outside = forms.CharField(
        label="Or a proctor from elsewhere",
        required=False,
        max_length=200,
        help_text="Name and hospital, where nobody here could.",
    )
    no_conflict = forms.BooleanField(
        label="I know of no conflict of interest (partner, relative, competitor)",
        required=False,
        help_text="The proctor declares it too, before the first case.",
    )

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["proctor"].queryset = people
        for name in ("proctor", "outside"):
            self.fields[name].needed_sometimes = True


class CaseForm(forms.Form):
    """One case a proctor looked at."""

    shown = forms.MultipleChoiceField(label="What the case showed", widget=forms.CheckboxSelectMultiple)
    day = DayField(label="Day of the case")
    encounter = forms.CharField(
        label="Encounter",
        max_length=40,
        help_text="Your hospital's pseudonym: letters, digits, dashes. Never a name or a record number.",
    )
    looking = forms.ChoiceField(
        label="How you looked at it", choices=FPPEMethod.choices, widget=forms.RadioSelect
    )
    outcome = forms.ChoiceField(label="What you found", choices=CaseOutcome.choices, widget=forms.RadioSelect)
    comment = forms.CharField(
        label="In words",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed where it was not as expected. Peer review; name no patient.",
    )

    def __init__(self, *args, units: Sequence, **kwargs):
        super().__init__(*args, **kwargs)
        self.units = {unit.key: unit for unit in units}
        self.fields["shown"].choices = [(unit.key, unit.title) for unit in units]
        self.fields["comment"].needed_sometimes = True
        if len(units) == 1:
            self.fields["shown"].initial = [units[0].key]

    def plans(self) -> list:
        """The plans the case counts for."""
        return [plan for key in self.cleaned_data["shown"] for plan in self.units[key].plans]


class ConflictForm(forms.Form):
    """The proctor cannot do it."""

    reason = forms.CharField(
        label="Why you cannot",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Partner, relative, competitor: one word is enough.",
    )


class EndAssignmentForm(forms.Form):
    """A proctor no longer does it."""

    reason = forms.CharField(label="Why", max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    conflict = forms.BooleanField(
        label="They have a conflict of interest",
        required=False,
        help_text="The two are not brought together again.",
    )


class OpenForm(forms.Form):
    """An evaluation opened by hand."""

    reason = forms.ChoiceField(
        label="Why",
        choices=[(each, each.label) for each in (FPPEReason.LOW_VOLUME, FPPEReason.FOR_CAUSE)],
        widget=forms.RadioSelect,
    )
    privileges = forms.MultipleChoiceField(label="Privileges", widget=forms.CheckboxSelectMultiple)
    cases = forms.IntegerField(
        label="Cases", min_value=1, max_value=500, required=False, help_text="Empty: as the form says."
    )
    months = forms.IntegerField(
        label="Months", min_value=1, max_value=24, required=False, help_text="Empty: as the form says."
    )
    grounds = forms.CharField(
        label="For cause: what it is opened for",
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=f"{PEER_REVIEW} Nobody else learns that it is for cause.",
    )

    def __init__(self, *args, held, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["privileges"].choices = [(str(pk), name) for pk, name in held]
        self.fields["grounds"].needed_sometimes = True
