"""The form that opens an application: what its kind asks, and the other facilities it is opened for."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms

from bylaws.models import StaffCategory
from config.kernel import clock
from config.kernel.day_fields import DayField, MomentField
from config.organization.models import Department, Facility
from credentialing import kinds
from credentialing.choices import ApplicationKind, TemporaryGround, VolunteerProof
from credentialing.forms.applications import DayInput
from credentialing.models import Application, ProxyAgreement
from credentialing.selectors.telemedicine import agreements_offered
from credentialing.services.opening import NEED_LIMIT, Particulars

#: What the need is called where it is asked, by kind: label and hint.
_NEED: dict[str, tuple[str, str]] = {
    ApplicationKind.TEMPORARY: (
        "The patient care need",
        "On the first ground: which patients need what that nobody else here can give now.",
    ),
    ApplicationKind.LOCUM: ("For whom this person stands in, and why", "It is documented with the grant."),
}


class OpenApplicationForm(forms.Form):
    """What is applied for at the facility, and at which others in the same act.

    ``others`` are the further facilities of the reader; ``awaited`` the applications temporary privileges may
    wait beside.
    """

    kind = forms.ChoiceField(choices=ApplicationKind.choices, widget=forms.HiddenInput)
    department = forms.ModelChoiceField(label="Department", queryset=Department.objects.none())
    category = forms.ModelChoiceField(
        label="Staff category", queryset=StaffCategory.objects.none(), help_text="As the bylaws define it."
    )
    ground = forms.ChoiceField(
        label="Ground",
        choices=TemporaryGround.choices,
        widget=forms.RadioSelect,
        help_text="There are only these two.",
    )
    awaits = forms.ModelChoiceField(
        label="The application that awaits the MEC and the board",
        queryset=Application.objects.none(),
        required=False,
        help_text="On the second ground: complete, and without concerns.",
    )
    need = forms.CharField(max_length=NEED_LIMIT, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    agreement = forms.ModelChoiceField(
        label="Agreement with the distant site",
        queryset=ProxyAgreement.objects.none(),
        help_text="Whose decision is relied on. Agreements are recorded under Distant sites.",
    )
    until = DayField(
        label="Last day asked for",
        required=False,
        widget=DayInput(),
        help_text="Empty: as long as is allowed. Day 1 is the day of the grant.",
    )
    arrived_at = MomentField(
        label="Arrived",
        help_text="Day and time. The license is verified, and it is decided whether the privileges continue, "
        "within hours of it.",
    )
    proof = forms.ChoiceField(
        label="Shown beside a government photo ID",
        choices=VolunteerProof.choices,
        widget=forms.RadioSelect,
        help_text="One of these is needed.",
    )
    scheduled_decision_on = DayField(
        label="Planned day of the decision",
        required=False,
        widget=DayInput(),
        help_text="Ages of verifications are judged for this day. It can be changed later.",
    )

    def __init__(
        self,
        *args,
        kind: kinds.Kind,
        facility: Facility,
        others: Sequence[Facility] = (),
        awaited: Sequence[Application] = (),
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = Department.objects.filter(facility=facility).order_by("name")
        self.fields["category"].queryset = StaffCategory.objects.order_by("name")
        self.fields["awaits"].queryset = Application.objects.filter(pk__in=[each.pk for each in awaited])
        self.fields["awaits"].label_from_instance = _awaited_in_words
        self.fields["agreement"].queryset = agreements_offered(facility, clock.today(facility))
        for name in ("awaits", "need"):  # by the ground; the service says which is missing
            self.fields[name].needed_sometimes = True
        label, hint = _NEED.get(kind.code, ("", ""))
        self.fields["need"].label, self.fields["need"].help_text = label, hint
        for name in set(self.fields) - _asked_by(kind):
            del self.fields[name]
        self.places: dict[str, Facility] = {}
        if not kind.for_several:
            return
        for each in others:
            name = f"at_{each.uid}"
            self.places[name] = each
            self.fields[name] = forms.ModelChoiceField(
                label=f"Also at {each}: department",
                queryset=Department.objects.filter(facility=each).order_by("name"),
                required=False,
                help_text="Choose one to open it there too, in the same act. Decisions stay apart.",
            )

    @property
    def departments(self) -> list[tuple[Facility, Department]]:
        """The other facilities chosen, each with its department; of a valid form."""
        return [
            (facility, self.cleaned_data[name])
            for name, facility in self.places.items()
            if self.cleaned_data.get(name) is not None
        ]

    @property
    def particulars(self) -> Particulars:
        """What the kind states beside department and category; of a valid form."""
        given = self.cleaned_data
        return Particulars(
            ground=given.get("ground") or "",
            need=given.get("need") or "",
            awaits=given.get("awaits"),
            agreement=given.get("agreement"),
            until=given.get("until"),
            arrived_at=given.get("arrived_at"),
            proof=given.get("proof") or "",
        )


class PlanForm(OpenApplicationForm):
    """What an open application states, to be changed: as it was opened, without the kind and other places."""

    def __init__(self, *args, application: Application, awaited: Sequence[Application] = (), **kwargs):
        kind = application.rule
        super().__init__(
            *args,
            kind=kind,
            facility=application.facility,
            awaited=[*awaited, *filter(None, [application.awaits])],
            initial={
                "department": application.department_id,
                "category": application.category_id,
                "scheduled_decision_on": application.scheduled_decision_on,
                "ground": application.ground,
                "awaits": application.awaits_id,
                "need": application.need,
                "agreement": application.agreement_id,
                "until": application.until,
                "arrived_at": application.arrived_at,
                "proof": application.proof,
            },
            **kwargs,
        )
        del self.fields["kind"]
        if "agreement" in self.fields:  # what the file names stays offered, also when it has ended
            self.fields["agreement"].queryset |= ProxyAgreement.objects.filter(
                pk=application.agreement_id
            ).select_related("site")

    @property
    def plan(self) -> dict[str, object]:
        """What the service takes; of a valid form."""
        given = self.cleaned_data
        return {
            "department": given["department"],
            "category": given.get("category"),
            "scheduled_decision_on": given.get("scheduled_decision_on"),
            "particulars": self.particulars,
        }


def _asked_by(kind: kinds.Kind) -> set[str]:
    """The fields the kind asks for."""
    asked = {"kind", "department"} | ({"category"} if kind.names_category else set())
    names = {
        kinds.GROUND: {"ground"},
        kinds.NEED: {"need"},
        kinds.AWAITS: {"awaits"},
        kinds.SITE: {"agreement"},
        kinds.UNTIL: {"until"},
        kinds.ARRIVAL: {"arrived_at", "proof"},
    }
    for each in kind.asks:
        asked |= names[each]
    return asked if kind.threshold else asked | {"scheduled_decision_on"}


def _awaited_in_words(application: Application) -> str:
    opened = application.complete_on
    complete = f", complete on {opened.day} {opened:%b %Y}" if opened else ""
    return f"{application.get_kind_display()}{complete}"
