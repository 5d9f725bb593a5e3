"""Forms of meetings and minutes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings

from bylaws.choices import AttendanceMode, MeetingKind, VoteChoice
from bylaws.forms.lines import AskedIfSure
from bylaws.models import Committee
from config.accounts.models import User
from config.kernel.day_fields import DayField, MomentField
from practitioners.rules.problems import Problem
from practitioners.rules.uploads import JPEG, PDF, PNG, inspect_upload

#: What minutes may be scanned to.
SCANS = frozenset({PDF, JPEG, PNG})


class ScheduleForm(forms.Form):
    """A meeting to be called."""

    committee = forms.ModelChoiceField(Committee.objects.none(), empty_label="Choose")
    starts_at = MomentField(label="Starts", help_text="In the facility's time.")
    kind = forms.ChoiceField(
        widget=forms.RadioSelect, choices=MeetingKind.choices, initial=MeetingKind.REGULAR, label="Kind"
    )
    place = forms.CharField(required=False, max_length=200)

    def __init__(self, *args: Any, facility, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["committee"].queryset = Committee.objects.filter(
            facility=facility, closed_on__isnull=True
        )
        self.fields["starts_at"].zone = facility.time_zone


class MoveForm(forms.Form):
    """When and where a meeting takes place instead, and why."""

    starts_at = MomentField(label="Starts", help_text="In the facility's time.")
    place = forms.CharField(required=False, max_length=200)
    reason = forms.CharField(max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, facility, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_at"].zone = facility.time_zone


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class AgendaForm(forms.Form):
    """A file that waits for this body, or another matter."""

    step = forms.UUIDField(
        required=False, error_messages={"invalid": "Choose a file that waits for this body."}
    )
    again = forms.UUIDField(required=False, error_messages={"invalid": "Choose a matter that was postponed."})
    title = forms.CharField(required=False, max_length=300, label="Other business")


class ReadyForm(forms.Form):
    """The files to put on the agenda at once."""

    chosen = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, error_messages={"required": "Choose at least one file."}
    )

    def __init__(self, *args: Any, ready, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["chosen"].choices = [(str(each.step.uid), str(each.step.case)) for each in ready]
        self.fields["chosen"].initial = [str(each.step.uid) for each in ready]


class PlaceForm(forms.Form):
    """A place on the agenda."""

    place = forms.IntegerField(min_value=1, max_value=999, error_messages={"required": "Say which place."})


class ConsentForm(forms.Form):
    """The vote on the consent agenda: who moves, who seconds, and the roll of those who are here."""

    mover = forms.ModelChoiceField(User.objects.none(), to_field_name="uid", empty_label="Choose")
    seconder = forms.ModelChoiceField(User.objects.none(), to_field_name="uid", empty_label="Choose")

    def __init__(self, *args: Any, members, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = sorted(members, key=_by_name)
        able = User.objects.filter(pk__in=[user.pk for user in members])
        shown = [(str(user.uid), str(user)) for user in self.members]
        for name in ("mover", "seconder"):
            self.fields[name].queryset = able
            self.fields[name].choices = [("", self.fields[name].empty_label), *shown]
        for user in self.members:
            self.fields[f"vote-{user.uid}"] = forms.ChoiceField(
                label=str(user),
                required=False,
                initial=VoteChoice.FOR,
                choices=[*VoteChoice.choices, ("", "No vote")],
                widget=forms.RadioSelect,
            )

    @property
    def roll(self) -> list[Any]:
        """The fields of the roll, by name of the member."""
        return [self[f"vote-{user.uid}"] for user in self.members]

    @property
    def votes(self) -> dict[int, str]:
        """How each member votes, by the id of the user; without those who do not."""
        given = {user.pk: self.cleaned_data[f"vote-{user.uid}"] for user in self.members}
        return {pk: choice for pk, choice in given.items() if choice}


class PresenceForm(forms.Form):
    """A member comes or goes."""

    user = forms.UUIDField()
    here = forms.TypedChoiceField(
        choices=[("yes", "here"), ("no", "gone")], coerce=lambda word: word == "yes"
    )
    mode = forms.ChoiceField(choices=AttendanceMode.choices, required=False)


class RecuseForm(forms.Form):
    """Who takes no part, and why."""

    user = forms.UUIDField(error_messages={"required": "Choose a member."})
    reason = forms.CharField(
        max_length=300, error_messages={"required": "Say why: relative, partner, competitor."}
    )


class VoteForm(forms.Form):
    """One vote; ``user`` is given when the roll is recorded."""

    choice = forms.CharField(max_length=8, error_messages={"required": "Choose for, against or abstain."})
    user = forms.UUIDField(required=False)


def _by_name(user: User) -> tuple[str, str]:
    return user.last_name, user.first_name


class MotionForm(AskedIfSure):
    """Who moves, who seconds, and the wording."""

    mover = forms.ModelChoiceField(User.objects.none(), to_field_name="uid", empty_label="Choose")
    seconder = forms.ModelChoiceField(User.objects.none(), to_field_name="uid", empty_label="Choose")
    text = forms.CharField(
        label="Wording",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Left empty, the lines below give the wording.",
    )

    def __init__(self, *args: Any, members, has_lines: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = User.objects.filter(pk__in=[user.pk for user in members]).order_by("last_name", "first_name")
        self.fields["mover"].queryset = self.fields["seconder"].queryset = able
        # The members are known: what is shown needs no query, what is sent is looked up.
        shown = [(str(user.uid), str(user)) for user in sorted(members, key=_by_name)]
        for name in ("mover", "seconder"):
            self.fields[name].choices = [("", self.fields[name].empty_label), *shown]
        if not has_lines:
            self.fields["text"].required = True
            self.fields["text"].help_text = ""


class MinutesForm(AskedIfSure):
    """What the minutes say of one file, and their scan."""

    decided_on = DayField(label="Date of the decision")
    mover = forms.CharField(
        label="Moved by", max_length=200, widget=forms.TextInput(attrs={"list": "voting-members"})
    )
    seconder = forms.CharField(
        label="Seconded by", max_length=200, widget=forms.TextInput(attrs={"list": "voting-members"})
    )
    votes_for = forms.IntegerField(label="For", min_value=0, max_value=500)
    votes_against = forms.IntegerField(label="Against", min_value=0, max_value=500, initial=0)
    abstentions = forms.IntegerField(label="Abstentions", min_value=0, max_value=500, initial=0)
    recusals = forms.CharField(
        required=False,
        max_length=4000,
        label="Recused members",
        help_text="One per line: name, then the reason after a colon.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    scan = forms.FileField(
        label="Scan of the minutes", help_text="The page that records this decision: PDF, JPEG or PNG."
    )
    rationale = forms.CharField(
        required=False, max_length=5000, label="Rationale", widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scan"].max_bytes = settings.STANDING_UPLOAD_LIMIT
        self.fields["scan"].widget.attrs["accept"] = ".pdf,.jpg,.jpeg,.png"

    def clean_scan(self):
        """A scan, by its content: whatever the file is called."""
        scan = self.cleaned_data["scan"]
        try:
            inspect_upload(scan, scan.name, max_bytes=settings.STANDING_UPLOAD_LIMIT, allowed=SCANS)
        except Problem as problem:
            raise forms.ValidationError(str(problem)) from problem
        return scan

    def clean_recusals(self) -> list[dict[str, str]]:
        return _recusals(self.cleaned_data["recusals"])


def _recusals(text: str) -> list[dict[str, str]]:
    """Recused members as they are typed: one per line, name and reason divided by a colon."""
    found = []
    for line in text.splitlines():
        name, _, reason = line.partition(":")
        if not line.strip():
            continue
        if not name.strip() or not reason.strip():
            raise forms.ValidationError(f'Write a name, a colon and the reason: "{line.strip()[:60]}".')
        found.append({"name": " ".join(name.split()), "reason": " ".join(reason.split())})
    return found


class PaperMeetingForm(AskedIfSure):
    """A meeting held elsewhere, as its minutes tell it, and their scan (not needed to look first)."""

    starts_at = MomentField(label="Held", help_text="In the facility's time.")
    place = forms.CharField(required=False, max_length=200)
    present = forms.MultipleChoiceField(
        required=False,
        label="Present, as the minutes say",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Choose among those who had a seat that day."},
    )
    mover = forms.ChoiceField(label="Moved by", required=False)
    seconder = forms.ChoiceField(label="Seconded by", required=False)
    votes_for = forms.IntegerField(label="For", required=False, min_value=0, max_value=500)
    votes_against = forms.IntegerField(label="Against", min_value=0, max_value=500, initial=0)
    abstentions = forms.IntegerField(label="Abstentions", min_value=0, max_value=500, initial=0)
    scan = forms.FileField(
        required=False,
        label="Scan of the signed minutes",
        help_text="All of them as one file: PDF, JPEG or PNG. Kept with the meeting, in nobody's file.",
    )

    def __init__(
        self, *args: Any, facility, seated: Sequence[User], movers: Sequence[User], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(user.uid): user for user in seated}
        self.fields["present"].choices = [(uid, str(user)) for uid, user in self.people.items()]
        names = sorted({str(user): user for user in movers}.values(), key=_by_name)
        for name in ("mover", "seconder"):
            self.fields[name].choices = [("", "Choose"), *((str(user), str(user)) for user in names)]
            self.fields[name].error_messages["invalid_choice"] = (
                "%(value)s was no voting member of this body on that day."
            )
        self.fields["starts_at"].zone = facility.time_zone
        self.fields["scan"].max_bytes = settings.STANDING_UPLOAD_LIMIT
        self.fields["scan"].widget.attrs["accept"] = ".pdf,.jpg,.jpeg,.png"

    def clean_present(self) -> list[User]:
        """The users."""
        return [self.people[uid] for uid in self.cleaned_data["present"]]

    def require_movers(self) -> None:
        """The minutes speak of files: who moved, who seconded and the votes are theirs to say."""
        for name, told in (
            ("mover", "Say who moved."),
            ("seconder", "Say who seconded."),
            ("votes_for", "Say how many voted for it."),
        ):
            if name not in self.errors and self.cleaned_data.get(name) in ("", None):
                self.add_error(name, told)


class PaperFileForm(forms.Form):
    """What the minutes say of one file that waits for the body."""

    NOT, ASKED, REVIEWED, EXCEPTIONS, POSTPONED = "", "asked", "reviewed", "exceptions", "postponed"
    say = forms.ChoiceField(
        required=False,
        label="The minutes say",
        choices=[
            (NOT, "Nothing of it"),
            (ASKED, "As asked"),
            (REVIEWED, "As reviewed by the body before"),
            (EXCEPTIONS, "As reviewed, with exceptions"),
            (POSTPONED, "Postponed"),
        ],
    )
    votes_for = forms.IntegerField(required=False, label="For, if another number", min_value=0, max_value=500)
    recusals = forms.CharField(
        required=False,
        max_length=2000,
        label="Recused",
        widget=forms.Textarea(attrs={"rows": 1, "placeholder": "Name: reason"}),
    )

    def clean_recusals(self) -> list[dict[str, str]]:
        return _recusals(self.cleaned_data["recusals"])
