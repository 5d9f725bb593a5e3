"""Amendments of a facility, what the bylaws set that can be amended, and who has a vote on them."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet

from bylaws.models import Amendment, AppointmentPeriod
from config.kernel import clock
from config.organization.models import Facility
from config.rulebook.choices import SourceKind
from config.rulebook.parameters import definitions
from config.rulebook.selectors.parameters import Bound, DraftValue, resolve_many
from practitioners.selectors.canonical import person_id


def amendments_of(facility: Facility) -> QuerySet[Amendment]:
    """Every amendment of the facility, the newest first."""
    return Amendment.objects.filter(facility=facility).select_related("drafted_by")


def amendment_page(facility: Facility, uid) -> Amendment | None:
    """One amendment with its values and steps; None where there is none of that uid."""
    return (
        amendments_of(facility)
        .select_related("facility")
        .prefetch_related("values__source_body", "steps__recorded_by")
        .filter(uid=uid)
        .first()
    )


def drafts_of(amendment: Amendment) -> list[DraftValue]:
    """The values it would change, as they are tried."""
    return [
        DraftValue(row.code, row.subject, row.source_body_id, row.value, row.citation)
        for row in amendment.values.all()
    ]


def amendable(facility: Facility) -> dict[tuple[str, str], Bound]:
    """What the bylaws set or could set: by code and subject, with what binds today. Numbers of the law and of
    accreditors bind beside it: a bylaws value stricter than theirs takes effect, a weaker one does not.
    """
    declared = [code for code in definitions() if code.startswith(("bylaws.", "privileging."))]
    found = resolve_many(declared, facility=facility, on=clock.today(facility))
    rows = {key: bound for key, bound in found.items() if not _law_alone(bound)}
    spoken = {code for code, _ in found}
    rows |= {(code, ""): Bound(code, "", None) for code in declared if code not in spoken}
    return dict(sorted(rows.items()))


def _law_alone(bound: Bound) -> bool:
    kinds = {each.kind for each in bound.candidates}
    return bool(kinds) and kinds <= {SourceKind.LAW, SourceKind.STATE}


def voting_members(facility: Facility, on: dt.date) -> int:
    """How many members of a category with a vote the facility has on the day; each person once."""
    return (
        AppointmentPeriod.objects.in_force(on)
        .filter(facility=facility, category__votes=True)
        .annotate(person=person_id("practitioner_id", None))
        .values("person")
        .distinct()
        .count()
    )
