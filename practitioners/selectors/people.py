"""Finding and reading practitioners."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import (
    CharField,
    FilteredRelation,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce

from config.kernel.registries import StatusFact, status_facts
from practitioners.choices import Standing
from practitioners.models import (
    CredentialPeriod,
    Practitioner,
    PractitionerAliasPeriod,
    PractitionerTaxonomy,
)
from practitioners.policies import may_view, may_view_all
from practitioners.rules.names import search_key
from practitioners.selectors.canonical import (
    canonical_of,
    person_id,
    records_by_person,
    without_aliases,
)
from practitioners.selectors.photos import photo_key
from practitioners.selectors.registry import deactivations


def similar_people(
    *, last_name: str, first_name: str, birth_date: dt.date | None = None
) -> list[Practitioner]:
    """People on file who may be the one about to be added: same surname, and a given name or birth date
    that fits.
    """
    key = search_key(last_name)
    if not key:
        return []
    given = search_key(first_name)[:1]
    fits = Q(names__search_key__startswith=f"{key} {given}" if given else key)
    if birth_date:
        fits |= Q(birth_date=birth_date, names__search_key__startswith=key)
    found = Practitioner.objects.filter(fits).annotate(person=person_id("pk")).values("person")
    return list(Practitioner.objects.filter(pk__in=found).order_by("sort_name")[:5])


def find_by_npi(*, viewer, npi: str) -> Practitioner | None:
    """Who has this NPI; None when nobody has, or the viewer may not see files."""
    found = Practitioner.objects.filter(npi=npi).first()
    return found if found is not None and may_view(viewer, found) else None


# --- lists ----------------------------------------------------------------------------------------------


def visible_practitioners(viewer) -> QuerySet[Practitioner]:
    """Files the viewer may see in lists: all with the permission, otherwise only one's own.

    A person with several records is listed once, under the record that stays.
    """
    if may_view_all(viewer):
        return without_aliases(Practitioner.objects.all())
    return Practitioner.objects.filter(user_id=viewer.pk) if viewer.pk else Practitioner.objects.none()


def with_specialty(people: QuerySet[Practitioner]) -> QuerySet[Practitioner]:
    """The people with their main ``specialty`` in words (empty when none is stated)."""
    main = PractitionerTaxonomy.objects.filter(practitioner=OuterRef("pk")).order_by("-primary", "pk")
    return people.annotate(
        specialty=Coalesce(
            Subquery(main.values("taxonomy__display_name")[:1]), Value(""), output_field=CharField()
        )
    )


def practitioner_list(*, viewer) -> QuerySet[Practitioner]:
    """Files the viewer may see; filters and order are added by the page, what its columns show by
    :func:`with_list_columns`.

    Sort by ``main__taxonomy__display_name``: a join, made only for those who ask for it.
    """
    return _with_main(visible_practitioners(viewer))


def _with_main(people: QuerySet[Practitioner]) -> QuerySet[Practitioner]:
    return people.annotate(main=FilteredRelation("taxonomies", condition=Q(taxonomies__primary=True)))


def with_list_columns(people: QuerySet[Practitioner]) -> QuerySet[Practitioner]:
    """The people with their main ``specialty``, the ids of records merged into them (``merged_ids``) and what
    is said of their licences (``licence_rows``): looked up person by person, so for those who are shown.
    """
    merged = PractitionerAliasPeriod.objects.live().filter(canonical=OuterRef("pk")).order_by("pk")
    licences = _licences().filter(identity__practitioner=OuterRef("pk")).order_by("pk")
    return with_specialty(_with_main(people)).annotate(
        photo_key=photo_key(),
        merged_ids=ArraySubquery(merged.values("practitioner_id")),
        licence_rows=ArraySubquery(licences.values("said")),
    )


def _licences() -> QuerySet[Any]:
    """What is said of licences now, as ``said``: first day, open bound (both may be empty), standing and
    state with bars between, because an export takes several of everybody apart.
    """
    rows = CredentialPeriod.objects.live().filter(identity__credential_type__code="LICENSE")
    parts = ("valid__startswith", "valid__endswith", "standing", "identity__state")
    empty = Value("", output_field=TextField())
    words = [Coalesce(Cast(part, TextField()), empty) for part in parts]
    return rows.annotate(said=Func(Value("|"), *words, function="CONCAT_WS", output_field=TextField()))


#: Specialties somebody states, and states of licences: from one to the next by the index, instead of reading
#: every licence there is.
_CHOICES = """
WITH RECURSIVE kind AS (SELECT id FROM practitioners_credentialtype WHERE code = 'LICENSE'),
found(state) AS (
    (SELECT c.state FROM practitioners_credential c WHERE c.credential_type_id = (SELECT id FROM kind)
      ORDER BY c.state LIMIT 1)
    UNION ALL
    SELECT (SELECT c.state FROM practitioners_credential c
             WHERE c.credential_type_id = (SELECT id FROM kind) AND c.state > found.state
             ORDER BY c.state LIMIT 1)
      FROM found WHERE found.state IS NOT NULL
)
SELECT 'state', state, state FROM found WHERE state <> ''
UNION ALL
SELECT 'merged', '', '' WHERE EXISTS
       (SELECT FROM practitioners_practitioneraliasperiod WHERE superseded_at IS NULL)
UNION ALL
SELECT 'many', '', '' FROM pg_class WHERE oid = 'practitioners_practitioner'::regclass AND reltuples > 20000
UNION ALL
SELECT 'specialty', t.code, t.display_name FROM practitioners_taxonomycode t
 WHERE EXISTS (SELECT FROM practitioners_practitionertaxonomy p WHERE p.taxonomy_id = t.code
                 AND p.practitioner_id NOT IN (SELECT id FROM practitioners_practitioner
                                                WHERE withdrawn_at IS NOT NULL))
UNION ALL
SELECT 'group', uid::text, name FROM practitioners_practicegroup
"""


def filter_choices() -> dict[str, list[tuple[str, str]]]:
    """What somebody on file states, for filters: (value, label) pairs by ``specialty``, ``state`` (of a
    licence) and ``group``; under ``merged`` one pair when any record is merged into another, under ``many``
    one when there are tens of thousands of people. One query.
    """
    kinds = ("specialty", "state", "group", "merged", "many")
    choices: dict[str, list[tuple[str, str]]] = {kind: [] for kind in kinds}
    with connection.cursor() as cursor:
        cursor.execute(_CHOICES)
        for kind, value, label in cursor.fetchall():
            choices[kind].append((value, label))
    return {kind: sorted(found, key=lambda choice: choice[1]) for kind, found in choices.items()}


@dataclass(frozen=True)
class LicenceMark:
    """A licence as a list shows it on a day: the state, whether a source confirmed it, whether it runs then,
    or has not begun.
    """

    state: str
    confirmed: bool
    running: bool
    ahead: bool = False


def attach_list_facts(people: Sequence[Any], viewer, today: dt.date) -> None:
    """Give each person ``licences`` (marks) and ``facts`` (status per facility), for one page of a list at
    once.

    One query per registered kind of fact, and one for the licences of merged records where there are any.
    People come through :func:`with_list_columns`.
    """
    owner = {pk: person.pk for person in people for pk in (person.pk, *person.merged_ids)}
    rows = [(person.pk, said) for person in people for said in person.licence_rows]
    merged = [pk for person in people for pk in person.merged_ids]
    if merged:
        found = _licences().filter(identity__practitioner_id__in=merged)
        rows += [(owner[pk], said) for pk, said in found.values_list("identity__practitioner_id", "said")]
    licences: dict[int, dict[str, LicenceMark]] = {}
    day = today.isoformat()
    for owner_id, said in rows:
        first, end, standing, state = said.split("|", 3)
        ahead = first > day
        running = not ahead and (not end or day < end)
        mark = LicenceMark(state, standing == Standing.CONFIRMED, running, ahead)
        known = licences.setdefault(owner_id, {})
        before = known.get(mark.state)
        if before is None or _weight(mark) > _weight(before):
            known[mark.state] = mark
    facts = _facts(viewer, owner, today)
    for person in people:
        person.licences = sorted(licences.get(person.pk, {}).values(), key=lambda mark: mark.state)
        person.facts = facts.get(person.pk, [])


def _weight(mark: LicenceMark) -> tuple[bool, ...]:
    """Of several things said of a state's licence the one that runs, and is confirmed, is shown; what ran out
    before what has not begun.
    """
    return (mark.running, not mark.ahead, mark.confirmed)


def facts_of(viewer, practitioner_ids: Sequence[int], today: dt.date) -> dict[int, list[StatusFact]]:
    """What the higher rooms say of these people's standing per facility, by person, all records included."""
    return _facts(viewer, records_by_person(practitioner_ids), today) if practitioner_ids else {}


def _facts(viewer, owner: Mapping[int, int], today: dt.date) -> dict[int, list[StatusFact]]:
    facts: dict[int, list[StatusFact]] = {}
    if owner:
        for source in status_facts:
            for record_id, found in source(viewer, list(owner), today).items():
                facts.setdefault(owner[record_id], []).extend(found)
    return facts


# --- one file -------------------------------------------------------------------------------------------


def get_practitioner(*, viewer, uid: uuid.UUID) -> Practitioner | None:
    """The person of a file the viewer may see, with ``specialty`` and the key of the event that deactivated
    their NPI (``deactivated_by``) and of their photo (``photo_key``); None when there is none for them.
    """
    stopped = deactivations().filter(practitioner=OuterRef("pk"))
    people = with_specialty(Practitioner.objects.filter(uid=uid)).annotate(
        deactivated_by=Subquery(stopped.values("pk")[:1]), photo_key=photo_key()
    )
    found = people.select_related("user", "social_security_number").first()
    return found if found is not None and may_view(viewer, found) else None


def get_person(*, viewer, uid: uuid.UUID) -> Practitioner | None:
    """The person whose record it is: :func:`get_practitioner` of the canonical record."""
    record = Practitioner.objects.filter(uid=uid).first()
    return get_practitioner(viewer=viewer, uid=canonical_of(record).uid) if record is not None else None
