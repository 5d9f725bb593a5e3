"""What is on file of the things the NPI registry speaks about, for one person or many at once."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, F, OuterRef, QuerySet

from config.kernel.many_keys import one_of
from practitioners.choices import RegistryStatus
from practitioners.importing.registry_changes import ADDRESS_PARTS, CONTACTS, NameOnFile, OnFile
from practitioners.models import (
    ContactPoint,
    Credential,
    Identifier,
    Practitioner,
    PractitionerName,
    PractitionerTaxonomy,
    RegistryStatusEvent,
)

LICENSE = "LICENSE"


def npis_on_file() -> set[str]:
    """Every NPI somebody on file has; 1 query, some ten bytes a person."""
    npis = Practitioner.objects.filter(npi__isnull=False).values_list("npi", flat=True)
    return {npi for npi in npis.iterator() if npi}


def on_file(people: QuerySet[Practitioner]) -> dict[int, OnFile]:
    """What is on file of each of these people, by their key; 7 queries, however many they are."""
    found = {
        pk: OnFile(npi=npi or "", display_name=name, sex=sex)
        for pk, npi, name, sex in people.order_by().values_list("pk", "npi", "display_name", "sex")
    }
    mine = one_of("practitioner_id", found)
    names = PractitionerName.objects.filter(mine).order_by("kind", "pk")
    for pk, *name in names.values_list(
        "practitioner_id", "kind", "last_name", "first_name", "middle_name", "suffix", "said_by"
    ):
        found[pk].names.append(NameOnFile(*name))
    points = ContactPoint.objects.filter(mine, kind__in=CONTACTS.values()).order_by("-pk")
    for pk, kind, said_by, *parts in points.values_list("practitioner_id", "kind", "said_by", *ADDRESS_PARTS):
        found[pk].contacts[kind] = (tuple(parts), said_by)
    taxonomies = PractitionerTaxonomy.objects.filter(mine).order_by()
    for pk, code, primary, said_by in taxonomies.values_list(
        "practitioner_id", "taxonomy_id", "primary", "said_by"
    ):
        found[pk].taxonomies[code] = (primary, said_by)
    identifiers = Identifier.objects.filter(mine).order_by()
    for pk, kind, value, issuer, state in identifiers.values_list(
        "practitioner_id", "kind", "value", "issuer", "state"
    ):
        found[pk].identifiers.add((kind, value, issuer, state))
    licences = Credential.objects.filter(mine, credential_type__code=LICENSE).order_by()
    for pk, state, number_key in licences.values_list("practitioner_id", "state", "number_key"):
        found[pk].licences.add((state, number_key))
    for event in _latest().filter(mine):
        found[event.practitioner_id].status = (event.status, event.replaced_by)
    return found


def _latest() -> QuerySet[RegistryStatusEvent]:
    """The registry's last word on each NPI people on file have now."""
    later = RegistryStatusEvent.objects.filter(
        practitioner=OuterRef("practitioner"), npi=OuterRef("npi"), pk__gt=OuterRef("pk")
    )
    return RegistryStatusEvent.objects.filter(~Exists(later), npi=F("practitioner__npi")).order_by()


def deactivations(practitioner_ids: Sequence[int] | None = None) -> QuerySet[RegistryStatusEvent]:
    """People whose NPI the registry has deactivated and not activated again, by the event that said so.

    A number that was replaced in the record meanwhile is settled. ``practitioner_ids`` narrows to some
    people; 1 query.
    """
    events = _latest().filter(status=RegistryStatus.DEACTIVATED)
    if practitioner_ids is not None:
        events = events.filter(practitioner_id__in=practitioner_ids)
    return events
