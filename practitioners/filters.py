"""What the list of practitioners can be narrowed by."""

from __future__ import annotations

import django_filters as filters
from django.db.models import Exists, OuterRef, Q

from config.kernel.registries import facets
from practitioners.choices import ContactKind, ProviderType, Standing
from practitioners.models import (
    CredentialPeriod,
    Practitioner,
    PractitionerName,
    PractitionerTaxonomy,
)
from practitioners.rules.names import search_key
from practitioners.selectors.people import licence_states_in_use, specialties_in_use

MISSING = (("npi", "NPI"), ("birth_date", "Birth date"), ("email", "E-mail"), ("specialty", "Specialty"))
LICENCE = (("confirmed", "Confirmed by a source"), ("claimed", "Only claimed"), ("none", "None on file"))


class PractitionerFilter(filters.FilterSet):
    """People by name, profession, specialty, licence, and by what higher rooms know of them."""

    q = filters.CharFilter(label="Name or NPI", method="by_words")
    provider_type = filters.ChoiceFilter(label="Type", choices=ProviderType.choices, empty_label="Any")
    specialty = filters.ChoiceFilter(label="Specialty", method="by_specialty", empty_label="Any")
    licence_state = filters.ChoiceFilter(
        label="Licence of", method="by_licence_state", empty_label="Any state"
    )
    licence = filters.ChoiceFilter(label="Licence", method="by_licence", choices=LICENCE, empty_label="Any")
    missing = filters.ChoiceFilter(label="Lacks", method="by_missing", choices=MISSING, empty_label="–")

    class Meta:
        model = Practitioner
        fields: list[str] = []

    def __init__(self, *args, viewer, on, **kwargs):
        super().__init__(*args, **kwargs)
        self.viewer, self.on = viewer, on
        self.filters["specialty"].extra["choices"] = specialties_in_use()
        self.filters["licence_state"].extra["choices"] = [(state, state) for state in licence_states_in_use()]
        for facet in facets.all():
            choices = list(facet.choices(viewer))
            if choices:
                added = filters.ChoiceFilter(label=facet.label, choices=choices, empty_label="Any")
                added.method = self._asking(facet)
                added.field_name, added.parent = facet.code, self
                self.filters[facet.code] = added

    def _asking(self, facet):
        def narrow(queryset, name, value):
            return queryset.filter(pk__in=facet.people(self.viewer, value, self.on))

        return narrow

    def by_words(self, queryset, name, value):
        """Every word begins a word of one of the names, or the NPI."""
        for word in value.split()[:5]:
            key = search_key(word)
            if not key:
                return queryset.none()
            names = PractitionerName.objects.filter(practitioner=OuterRef("pk"))
            named = names.filter(Q(search_key__startswith=key) | Q(search_key__contains=f" {key}"))
            queryset = queryset.filter(Exists(named) | Q(npi__startswith=key))
        return queryset

    def by_specialty(self, queryset, name, value):
        """Main or further specialty."""
        stated = PractitionerTaxonomy.objects.filter(practitioner=OuterRef("pk"), taxonomy=value)
        return queryset.filter(Exists(stated))

    def by_licence_state(self, queryset, name, value):
        """A licence of the state is claimed or confirmed, of whatever days."""
        return queryset.filter(pk__in=_holders(_licences().filter(identity__state=value)))

    def by_licence(self, queryset, name, value):
        """Whether a source has confirmed a licence, or it rests on somebody's word, or there is none."""
        state = self.form.cleaned_data.get("licence_state")
        licences = _licences().filter(identity__state=state) if state else _licences()
        confirmed = Q(pk__in=_holders(licences.filter(standing=Standing.CONFIRMED)))
        if value == "confirmed":
            return queryset.filter(confirmed)
        if value == "claimed":
            return queryset.filter(Q(pk__in=_holders(licences)) & ~confirmed)
        return queryset.filter(~Q(pk__in=_holders(licences)))

    def by_missing(self, queryset, name, value):
        """Something the record should have and has not."""
        if value == "email":
            return queryset.exclude(contact_points__kind=ContactKind.EMAIL)
        return queryset.filter(
            {
                "npi": Q(npi__isnull=True),
                "birth_date": Q(birth_date__isnull=True),
                "specialty": Q(taxonomies__isnull=True),
            }[value]
        )


def _licences():
    return CredentialPeriod.objects.live().filter(identity__credential_type__code="LICENSE")


def _holders(licences):
    """Whose licences these are; asked once for all, because most people have one."""
    return licences.values("identity__practitioner")
