"""What the list of practitioners can be narrowed by."""

from __future__ import annotations

import django_filters as filters
from django import forms
from django.db.models import Exists, OuterRef, Q

from config.kernel.day_fields import sensible_day
from config.kernel.registries import facets
from practitioners.choices import ContactKind, ProviderType, Standing
from practitioners.models import (
    ContactLogEntry,
    ContactPoint,
    Credential,
    CredentialPeriod,
    PracticeGroup,
    PracticeLocation,
    Practitioner,
    PractitionerAliasPeriod,
    PractitionerName,
    PractitionerTaxonomy,
)
from practitioners.rules.names import search_key
from practitioners.selectors.completeness import expected_for, lacking
from practitioners.selectors.people import filter_choices
from practitioners.selectors.workplaces import at_group

MISSING = (
    ("expected", "Something expected"),
    ("npi", "NPI"),
    ("birth_date", "Birth date"),
    ("email", "E-mail"),
    ("specialty", "Specialty"),
)
LICENCE = (("confirmed", "Confirmed by a source"), ("claimed", "Only claimed"), ("none", "None on file"))


class PractitionerFilter(filters.FilterSet):
    """People by name, profession, specialty, licence, and by what higher rooms know of them."""

    #: Filters that stand open; the others are folded under "More filters".
    chief = ("q", "provider_type", "specialty", "standing")

    q = filters.CharFilter(label="Name or NPI", method="by_words")
    provider_type = filters.ChoiceFilter(label="Type", choices=ProviderType.choices, empty_label="Any")
    specialty = filters.ChoiceFilter(label="Specialty", method="by_specialty", empty_label="Any")
    licence_state = filters.ChoiceFilter(
        label="License of", method="by_licence_state", empty_label="Any state"
    )
    licence = filters.ChoiceFilter(label="License", method="by_licence", choices=LICENCE, empty_label="Any")
    practice_group = filters.ChoiceFilter(
        label="Practice group", method="by_practice_group", empty_label="Any"
    )
    missing = filters.ChoiceFilter(label="Lacks", method="by_missing", choices=MISSING, empty_label="–")

    as_of = filters.DateFilter(
        label="As of",
        method="on_that_day",
        widget=forms.DateInput(attrs={"type": "date"}),
        validators=[sensible_day],
    )

    class Meta:
        model = Practitioner
        fields: list[str] = []

    def __init__(self, *args, viewer, on, **kwargs):
        super().__init__(*args, **kwargs)
        self.viewer, self.on = viewer, on
        stated = filter_choices()
        self.merged = bool(stated["merged"])
        #: Filters that look at everybody's credentials: of many people the list is shown first, counted then.
        self.slow = ("missing", "licence", "licence_state") if stated["many"] else ()
        self.filters["specialty"].extra["choices"] = stated["specialty"]
        self.filters["practice_group"].extra["choices"] = stated["group"]
        self.filters["licence_state"].extra["choices"] = stated["state"]
        for facet in facets.all():
            choices = list(facet.choices(viewer))
            if choices:
                added = filters.ChoiceFilter(label=facet.label, choices=choices, empty_label="Any")
                added.method = self._asking(facet)
                added.field_name, added.parent = facet.code, self
                self.filters[facet.code] = added

    def on_that_day(self, queryset, name, value):
        """Narrows nothing: status and what the facets ask are of that day (``on``)."""
        return queryset

    def _asking(self, facet):
        def narrow(queryset, name, value):
            chosen = {each.code: self.form.cleaned_data.get(each.code) or "" for each in facets.all()}
            people = facet.people(self.viewer, value, self.on, chosen)
            merged = PractitionerAliasPeriod.objects.live().filter(practitioner_id__in=people)
            return queryset.filter(Q(pk__in=people) | Q(pk__in=merged.values("canonical_id")))

        return narrow

    def by_words(self, queryset, name, value):
        """Every word begins a word of one of the names, or the NPI."""
        for word in value.split()[:5]:
            key = search_key(word)
            if not key:
                return queryset.none()
            named = PractitionerName.objects.filter(
                Q(search_key__startswith=key) | Q(search_key__contains=f" {key}")
            )
            numbered = Practitioner.objects.filter(npi__startswith=key)
            queryset = queryset.filter(_people(named) | _people(numbered, "pk"))
        return queryset

    def by_specialty(self, queryset, name, value):
        """Main or further specialty."""
        return queryset.filter(_people(PractitionerTaxonomy.objects.filter(taxonomy=value)))

    def by_practice_group(self, queryset, name, value):
        """They work at an office of the group on the day the list is about."""
        return queryset.filter(_people(at_group(value, self.on), "identity__practitioner_id"))

    def by_licence_state(self, queryset, name, value):
        """A licence of the state is claimed or confirmed, of whatever days; where the other filter says what
        is known of it, that one asks about the state.
        """
        if self.form.cleaned_data.get("licence"):
            return queryset
        return queryset.filter(self._holders(_licences().filter(identity__state=value)))

    def by_licence(self, queryset, name, value):
        """Whether a source has confirmed a licence, or it rests on somebody's word, or there is none."""
        state = self.form.cleaned_data.get("licence_state")
        licences = _licences().filter(identity__state=state) if state else _licences()
        confirmed = self._holders(licences.filter(standing=Standing.CONFIRMED))
        if value == "confirmed":
            return queryset.filter(confirmed)
        if value == "claimed":
            return queryset.filter(
                _people(licences.filter(standing=Standing.CLAIMED), "identity__practitioner_id") & ~confirmed
            )
        return queryset.filter(self._without_licence(state, licences))

    def _without_licence(self, state: str, licences) -> Q:
        """Nobody ever stated one, which the index of credentials alone tells; or whatever was said of one was
        taken back, which is looked at for the few of whom anything was.
        """
        stated = Credential.objects.filter(credential_type__code="LICENSE")
        taken_back = CredentialPeriod.objects.filter(
            superseded_at__isnull=False, identity__credential_type__code="LICENSE"
        )
        if state:
            stated, taken_back = stated.filter(state=state), taken_back.filter(identity__state=state)
        return ~self._holders(stated, "practitioner") | (
            _people(taken_back, "identity__practitioner_id") & ~self._holders(licences)
        )

    def _holders(self, rows, path: str = "identity__practitioner") -> Q:
        """People of whom one of the rows speaks, on whichever of their records: asked person by person, so
        that the database joins, and neither reads all rows for one page nor keeps them all in memory.
        """
        said = Q(Exists(rows.filter(**{path: OuterRef("pk")})))
        if not self.merged:
            return said
        alias = f"{path}__alias_periods"
        merged = {f"{alias}__canonical": OuterRef("pk"), f"{alias}__superseded_at__isnull": True}
        return said | Q(Exists(rows.filter(**merged)))

    def by_missing(self, queryset, name, value):
        """Something the record should have and has not."""
        if value == "expected":
            return queryset.filter(lacking(expected_for(self.viewer, self.on).entries, self.on))
        if value == "email":
            mails = ContactPoint.objects.filter(kind=ContactKind.EMAIL)
            return queryset.filter(~self._holders(mails, "practitioner"))
        if value == "specialty":
            return queryset.filter(~self._holders(PractitionerTaxonomy.objects.all(), "practitioner"))
        return queryset.filter(
            {
                "npi": Q(npi__isnull=True),
                "birth_date": Q(birth_date__isnull=True),
            }[value]
        )


class FollowUpFilter(filters.FilterSet):
    """Follow-ups by whose they are."""

    whose = filters.ChoiceFilter(
        label="Whose", method="by_whose", choices=(("mine", "Mine"),), empty_label="Everybody's"
    )

    class Meta:
        model = ContactLogEntry
        fields: list[str] = []

    def __init__(self, *args, viewer, **kwargs):
        super().__init__(*args, **kwargs)
        self.viewer = viewer

    def by_whose(self, queryset, name, value):
        """Those the viewer said they would come back to."""
        return queryset.filter(follow_up_for=self.viewer)


class GroupFilter(filters.FilterSet):
    """Practice groups by name, place or number, and whether they are open."""

    q = filters.CharFilter(label="Name, city or NPI", method="by_words")
    active = filters.ChoiceFilter(
        label="Status", choices=(("True", "Open"), ("False", "Closed")), empty_label="Any"
    )

    class Meta:
        model = PracticeGroup
        fields: list[str] = []

    def by_words(self, queryset, name, value):
        """Every word stands in the name, the city or name of an office, or begins the NPI."""
        for word in value.split()[:5]:
            offices = PracticeLocation.objects.filter(Q(name__icontains=word) | Q(city__icontains=word))
            queryset = queryset.filter(
                Q(name__icontains=word) | Q(npi__startswith=word) | Q(pk__in=offices.values("group"))
            )
        return queryset


def _licences():
    return CredentialPeriod.objects.live().filter(identity__credential_type__code="LICENSE")


def _people(rows, path: str = "practitioner_id") -> Q:
    """People of whom one of the rows speaks, on whichever of their records; for what few rows say."""
    ids = rows.values(path)
    merged = PractitionerAliasPeriod.objects.live().filter(practitioner__in=ids)
    return Q(pk__in=ids) | Q(pk__in=merged.values("canonical"))
