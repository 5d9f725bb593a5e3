"""What changed on an exclusion list with one load, those rows first that touch people known here."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db.models import Case, CharField, IntegerField, Q, QuerySet, Value, When

from credentialing import policies
from credentialing.choices import ListChange
from credentialing.models import ListRow, ListSnapshot, ScreeningMatch
from credentialing.rules.list_changes import CONTENT
from credentialing.selectors.screening import INFORMATION

#: What a list says of a birth date is shown beside our own alone, on the page of the match.
PROTECTED = ("birth_date",)


def get_load(uid: uuid.UUID) -> ListSnapshot | None:
    """The load of that uid, with its list."""
    return ListSnapshot.objects.select_related("exclusion_list", "loaded_by").filter(uid=uid).first()


def changes_of(load: ListSnapshot, viewer) -> QuerySet[ListRow]:
    """The rows that came, went or were corrected with the load, each with ``what`` became of it and, in
    ``ours``, 0 where somebody the viewer may see was found on it. A correction is its new row, with the old
    one. Two queries.
    """
    near = policies.visible_matches(viewer).exclude(INFORMATION).order_by()
    touched = near.filter(
        Q(row__added_in=load) | Q(row__removed_in=load) | Q(row__replaced_by__added_in=load)
    )
    ids = set(touched.values_list("row_id", flat=True))
    came, went = Q(added_in=load), Q(removed_in=load, replaced_by__isnull=True)
    return (
        ListRow.objects.filter(came | went)
        .select_related("exclusion_list", "replaces")
        .annotate(
            what=Case(
                When(came & Q(replaces__isnull=False), then=Value(str(ListChange.CHANGED))),
                When(came, then=Value(str(ListChange.ADDED))),
                default=Value(str(ListChange.REMOVED)),
                output_field=CharField(),
            ),
            ours=Case(
                When(Q(pk__in=ids) | Q(replaces__in=ids), then=Value(0)),
                default=Value(1),
                output_field=IntegerField(),
            ),
        )
    )


def attach_people(viewer, rows: Sequence[ListRow]) -> None:
    """Give each row ``found``, the matches of people the viewer may see with it or with the row it replaces;
    one query.
    """
    of_row = {row.pk: row for row in rows} | {row.replaces_id: row for row in rows if row.replaces_id}
    for row in rows:
        row.found = []  # type: ignore[attr-defined]
    near: QuerySet[ScreeningMatch] = policies.visible_matches(viewer).exclude(INFORMATION)
    for match in near.filter(row_id__in=list(of_row)).order_by("practitioner__sort_name", "pk"):
        of_row[match.row_id].found.append(match)  # type: ignore[attr-defined]


def corrected_in_words(row: ListRow) -> str:
    """What the publisher corrected: ``City: FERNWICK, now ELSEWHERE``; empty for any other row."""
    before = row.replaces
    if before is None:
        return ""
    told = []
    for name in CONTENT:
        was, now = getattr(before, name), getattr(row, name)
        if was == now:
            continue
        label = str(ListRow._meta.get_field(name).verbose_name).capitalize()
        said = "" if name in PROTECTED else f": {was or 'nothing'}, now {now or 'nothing'}"
        told.append(f"{label}{said}")
    return "; ".join(told)
