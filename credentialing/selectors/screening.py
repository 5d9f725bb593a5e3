"""Who is screened under which names, against which load of which list, and what waits for review."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL

from bylaws.models import AppointmentPeriod
from config.kernel import clock
from credentialing.choices import MatchClass, MatchStatus
from credentialing.holders import holders
from credentialing.models import (
    Application,
    ExclusionList,
    ListRow,
    ListSnapshot,
    ScreeningMatch,
    ScreeningRun,
)
from credentialing.models.applications import OPEN_STATUSES
from credentialing.rules.matching import MatchingParameters, ScreenedPerson
from credentialing.rules.name_forms import count_bearers
from credentialing.rules.screening_names import ScreenedName
from practitioners.choices import ContactKind, NameKind
from practitioners.models import (
    ContactPoint,
    CredentialPeriod,
    Identifier,
    Practitioner,
    PractitionerName,
    PractitionerTaxonomy,
)
from practitioners.selectors.canonical import among, persons, records_by_person

#: Contact points that are addresses.
POSTAL = (ContactKind.PRACTICE, ContactKind.MAILING, ContactKind.HOME)
#: Rows fetched from the server at a time.
AT_ONCE = 5000
#: Whose exclusions SAM.gov repeats from the list of the OIG.
REPEATING_AGENCY = "HHS"
#: Whose dates of birth those rows borrow, in words.
ORIGINAL = "the list of the OIG"
#: Matches of rows that are still on a list in use.
STANDING_ROW = Q(row__removed_in__isnull=True, row__exclusion_list__active=True)
#: Matches that count. What nobody decided yet stays a case when its row leaves the list, and what was
#: confirmed stays confirmed: a person ends both.
STANDING = (
    Q(status=MatchStatus.CONFIRMED)
    | STANDING_ROW
    | Q(status=MatchStatus.NEW, row__exclusion_list__active=True)
)
#: Weak ones nobody took up or confirmed are for information.
INFORMATION = Q(match_class=MatchClass.WEAK, taken_up=False) & ~Q(status=MatchStatus.CONFIRMED)


def names_of(practitioner: Practitioner) -> list[ScreenedName]:
    """Every name the person uses or ever used, on any of their records."""
    names = PractitionerName.objects.filter(practitioner__in=among([practitioner.pk]))
    return [_name(row) for row in names.order_by("id")]


def _name(row: PractitionerName) -> ScreenedName:
    label = row.get_kind_display().lower()
    return ScreenedName(row.last_name, row.first_name, row.middle_name, label)


def screened_people(practitioner_ids: Iterable[int]) -> dict[int, ScreenedPerson]:
    """What screening knows of each person over all their records, in seven queries for any number of them."""
    ids = list(practitioner_ids)
    person_of = records_by_person(ids)
    records = among(ids)
    names: dict[int, list[ScreenedName]] = {}
    said = PractitionerName.objects.filter(practitioner_id__in=records).order_by("id")
    for owner, kind, last, first, middle in said.values_list(
        "practitioner_id", "kind", "last_name", "first_name", "middle_name"
    ).iterator(chunk_size=AT_ONCE):
        label = NameKind(kind).label.lower()
        names.setdefault(person_of[owner], []).append(ScreenedName(last, first, middle, label))
    states: dict[int, set[str]] = {}
    postal_codes: dict[int, set[str]] = {}
    addresses: dict[int, list[str]] = {}
    for owner, kind, line, city, state, code in (
        ContactPoint.objects.filter(practitioner_id__in=records)
        .values_list("practitioner_id", "kind", "line_1", "city", "state", "postal_code")
        .iterator(chunk_size=AT_ONCE)
    ):
        if state:
            states.setdefault(person_of[owner], set()).add(state.upper())
        if code:
            postal_codes.setdefault(person_of[owner], set()).add(code)
        if kind in POSTAL:
            whole = ", ".join(part for part in (line, city, state, code) if part)
            addresses.setdefault(person_of[owner], []).append(whole)
    licences = CredentialPeriod.objects.live().filter(
        identity__practitioner_id__in=records, identity__credential_type__code="LICENSE"
    )
    licensed = licences.values_list("identity__practitioner_id", "identity__state").order_by().distinct()
    for owner, state in licensed.iterator(chunk_size=AT_ONCE):
        if state:
            states.setdefault(person_of[owner], set()).add(state)
    specialties: dict[int, list[str]] = {}
    stated = PractitionerTaxonomy.objects.filter(practitioner_id__in=records)
    for owner, text in stated.values_list("practitioner_id", "taxonomy__display_name").iterator(
        chunk_size=AT_ONCE
    ):
        specialties.setdefault(person_of[owner], []).append(text)
    upins = {
        person_of[owner]: value
        for owner, value in Identifier.objects.filter(practitioner_id__in=records, kind="upin").values_list(
            "practitioner_id", "value"
        )
    }
    people = Practitioner.objects.filter(pk__in=unnested(ids)).values_list("pk", "birth_date", "npi")
    return {
        pk: ScreenedPerson(
            names=tuple(names.get(pk, ())),
            birth_date=born,
            npi=npi or "",
            upin=upins.get(pk, ""),
            states=frozenset(states.get(pk, ())),
            postal_codes=frozenset(postal_codes.get(pk, ())),
            specialties=tuple(specialties.get(pk, ())),
            addresses=tuple(addresses.get(pk, ())),
        )
        for pk, born, npi in people.iterator(chunk_size=AT_ONCE)
    }


def unnested(ids: Iterable[int]) -> RawSQL:
    """These ids for ``pk__in``: as one value, because a plan is not made faster by weighing each of them."""
    return RawSQL("SELECT unnest(%s::bigint[])", [list(ids)])


def current_snapshots(loads: Iterable[ListSnapshot] | None = None) -> list[ListSnapshot]:
    """The newest load of every list in use, federal lists first; one query, or none when all ``loads`` are
    given, the newest first.
    """
    if loads is None:
        loads = (
            ListSnapshot.objects.filter(exclusion_list__active=True)
            .order_by("exclusion_list_id", "-number")
            .distinct("exclusion_list_id")
            .select_related("exclusion_list", "loaded_by")
        )
    newest: dict[int, ListSnapshot] = {}
    for load in loads:
        if load.exclusion_list.active:
            newest.setdefault(load.exclusion_list_id, load)
    return sorted(newest.values(), key=lambda load: (load.exclusion_list.state, load.exclusion_list.code))


def parameters_of(exclusion_list: ExclusionList) -> MatchingParameters:
    """How names are compared with this list: cut to the widths the list cuts them to."""
    return MatchingParameters(
        last_width=exclusion_list.last_width,
        first_width=exclusion_list.first_width,
        middle_width=exclusion_list.middle_width,
    )


def newest_runs(practitioner_id: int) -> list[ScreeningRun]:
    """The person's newest screening against each list in use, federal lists first (one query)."""
    runs = (
        ScreeningRun.objects.filter(practitioner_id=practitioner_id, snapshot__exclusion_list__active=True)
        .order_by("snapshot__exclusion_list_id", "-screened_at", "-id")
        .distinct("snapshot__exclusion_list_id")
        .select_related("snapshot__exclusion_list", "screened_by")
    )
    return sorted(runs, key=lambda run: (run.snapshot.exclusion_list.state, run.snapshot.exclusion_list.code))


def rows_in_force(exclusion_list: ExclusionList) -> QuerySet[ListRow]:
    """The rows that stand on the list today: still on it, and not over by the list's own word."""
    rows = ListRow.objects.filter(exclusion_list=exclusion_list, removed_in__isnull=True)
    return rows.filter(_not_over(""))


@dataclass(frozen=True, slots=True)
class RowInForce:
    """A row that stands on a list today, as it is compared. A row of SAM.gov that repeats one of the OIG
    carries that one's date of birth, and ``born_from`` says so.
    """

    pk: int
    row_key: str
    last_name: str
    first_name: str
    middle_name: str
    business_name: str
    general: str
    specialty: str
    upin: str
    npi: str
    birth_date: dt.date | None
    state: str
    postal_code: str
    excluded_on: dt.date | None
    born_from: str = ""


#: Of a row, what is compared.
COMPARED = tuple(each.name for each in fields(RowInForce) if each.name != "born_from")
_BORN = COMPARED.index("birth_date")


def rows_to_compare(
    exclusion_list: ExclusionList,
    keys: Collection[str] | None = None,
    *,
    pks: Collection[int] | None = None,
) -> Iterator[RowInForce]:
    """The rows in force, or those of them that have one of the block ``keys``, or those with these ``pks``;
    at most three queries.
    """
    rows = rows_in_force(exclusion_list)
    if keys is not None:
        rows = rows.filter(block_keys__overlap=list(keys))
    if pks is not None:
        rows = rows.filter(pk__in=list(pks))
    born = repeated_births(exclusion_list, rows, some=keys is not None or pks is not None)
    for values in rows.order_by().values_list(*COMPARED).iterator(chunk_size=AT_ONCE):
        if day := born.get(values[0]):
            yield RowInForce(*(*values[:_BORN], day, *values[_BORN + 1 :], ORIGINAL))
        else:
            yield RowInForce(*values)


def repeated_births(
    exclusion_list: ExclusionList, rows: QuerySet[ListRow], *, some: bool
) -> dict[int, dt.date]:
    """For rows of SAM.gov that repeat an exclusion of the OIG (same agency, name and day), the date of birth
    the OIG gives: SAM.gov publishes none. Where the OIG lists two people so, none. ``some``: few rows are
    asked about.
    """
    if exclusion_list.code != "sam":
        return {}
    repeating = rows.filter(agency__iexact=REPEATING_AGENCY, birth_date__isnull=True).exclude(last_name="")
    repeats = {
        pk: (last.upper(), first.upper(), day)
        for pk, last, first, day in repeating.values_list("pk", "last_name", "first_name", "excluded_on")
    }
    if not repeats:
        return {}
    leie = ExclusionList.objects.filter(code="leie", active=True).first()
    if leie is None:
        return {}
    originals = rows_in_force(leie).exclude(last_name="")
    if some:
        originals = originals.filter(excluded_on__in={day for _, _, day in repeats.values()})
    born: dict[tuple[str, str, dt.date | None], set[dt.date | None]] = {}
    for last, first, day, birth in originals.values_list(
        "last_name", "first_name", "excluded_on", "birth_date"
    ).iterator(chunk_size=AT_ONCE):
        born.setdefault((last.upper(), first.upper(), day), set()).add(birth)
    answer = {}
    for pk, (last, first, day) in repeats.items():
        days = born.get((_cut(last, leie.last_width), _cut(first, leie.first_width), day), {None})
        if len(days) == 1 and (only := next(iter(days))):
            answer[pk] = only
    return answer


def _cut(text: str, width: int) -> str:
    """As a list of that width prints it; 0: whole."""
    return text[:width].rstrip() if width else text


def name_bearers(exclusion_list: ExclusionList, keys: Collection[str] | None = None) -> Counter[str]:
    """How many rows in force of a list bear each surname and each whole name, by ``count_bearers``: of the
    surnames with these ``keys``, or of all; one query.
    """
    rows = rows_in_force(exclusion_list).exclude(last_name="").order_by()
    if keys is not None:
        rows = rows.filter(block_keys__overlap=list(keys))
    names = rows.values_list("last_name", "first_name").iterator(chunk_size=AT_ONCE)
    return count_bearers(names, exclusion_list.last_width, exclusion_list.first_width)


def pairs_on_file(exclusion_list: ExclusionList) -> set[tuple[int, int]]:
    """Who has a match with which row of a list on file, decided or not, by the keys of the person and of the
    row; of a row the publisher corrected, with the corrected one too. Three queries.
    """
    on_file = ScreeningMatch.objects.filter(row__exclusion_list=exclusion_list).order_by()
    pairs = list(on_file.values_list("practitioner_id", "row_id"))
    person_of = records_by_person({record for record, _ in pairs})
    corrected: dict[int, list[int]] = {}
    of_these = ListRow.objects.filter(replaces__in=unnested({row for _, row in pairs}))
    for before, after in of_these.values_list("replaces_id", "pk"):
        corrected.setdefault(before, []).append(after)
    return {
        (person_of.get(record, record), each)
        for record, row in pairs
        for each in (row, *corrected.get(row, ()))
    }


def standing_matches(practitioner_id: int) -> QuerySet[ScreeningMatch]:
    """The person's matches that count: what was confirmed, and what is more than weak and either stands on a
    list in use today or left it undecided. One that is over by the list's own word counts when confirmed.
    """
    return ScreeningMatch.objects.filter(
        STANDING & (Q(status=MatchStatus.CONFIRMED) | _not_over("row__")),
        practitioner__in=among([practitioner_id]),
    ).exclude(INFORMATION)


def _not_over(prefix: str) -> Q:
    return Q(**{f"{prefix}ends_on__isnull": True}) | Q(**{f"{prefix}ends_on__gt": clock.today()})


def left_the_list(match: ScreeningMatch) -> str:
    """That the row of an undecided match is not on the list any more, and that it is decided all the same;
    empty while it stands there. The match comes with its row and the load the row left in.
    """
    gone = match.row.removed_in
    if gone is None:
        return ""
    day = gone.data_date or clock.date_at(gone.loaded_at)
    return f"No longer on the list of {day.day} {day:%b %Y}; decide it all the same."


def echoes_of(match: ScreeningMatch) -> QuerySet[ScreeningMatch]:
    """The open matches of this person that are the same exclusion again: SAM.gov repeats what the OIG lists,
    with less about the person. A decision on the row of the OIG holds for them.
    """
    row = match.row
    if row.exclusion_list.code != "leie":
        return ScreeningMatch.objects.none()
    return ScreeningMatch.objects.filter(
        practitioner__in=among([match.practitioner_id]),
        status=MatchStatus.NEW,
        row__exclusion_list__code="sam",
        row__agency__iexact=REPEATING_AGENCY,
        row__last_name__iexact=row.last_name,
        row__first_name__iexact=row.first_name,
    ).select_related("row", "practitioner")


def original_of(match: ScreeningMatch) -> ScreeningMatch | None:
    """The open match on the list of the OIG that this one on SAM.gov only repeats."""
    row = match.row
    if row.exclusion_list.code != "sam" or row.agency.upper() != REPEATING_AGENCY:
        return None
    return ScreeningMatch.objects.filter(
        practitioner__in=among([match.practitioner_id]),
        status=MatchStatus.NEW,
        row__exclusion_list__code="leie",
        row__last_name__iexact=row.last_name,
        row__first_name__iexact=row.first_name,
    ).first()


def to_screen(on: dt.date) -> list[int]:
    """Ids of everyone who is screened: with an appointment in force on the day, privileges that rest on none,
    or an open application.

    A person with several records is screened once, under the names of all of them.
    """
    members = AppointmentPeriod.objects.in_force(on)
    others = [Application.objects.filter(status__in=OPEN_STATUSES), *holders(on)]
    ids = set(
        members.order_by()
        .values_list("practitioner_id", flat=True)
        .union(*(rows.order_by().values_list("practitioner_id", flat=True) for rows in others))
    )
    return sorted(set(persons(ids).values()))


def gravity() -> Case:
    """Order of concern: strong candidates, possible, weak."""
    return Case(
        When(match_class=MatchClass.CONFIRMED_CANDIDATE, then=Value(0)),
        When(match_class=MatchClass.POSSIBLE, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )


def waiting_counts(queryset: QuerySet[ScreeningMatch]) -> dict[str, int]:
    """How many matches wait, by class (one query)."""
    return queryset.aggregate(
        strong=Count("id", filter=Q(status=MatchStatus.NEW, match_class=MatchClass.CONFIRMED_CANDIDATE)),
        possible=Count("id", filter=Q(status=MatchStatus.NEW, match_class=MatchClass.POSSIBLE)),
    )
