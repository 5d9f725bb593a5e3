"""To which hospitals a protected paper belongs: what is protected does not cross from one to another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

from config.accounts.choices import DataClass
from config.accounts.models import RoleAssignmentPeriod
from config.accounts.policies import facilities_with_class, is_system, may_see_class
from config.kernel import clock
from config.kernel.periods import covers
from practitioners.models import Document, Evidence, Practitioner

#: Classes of which one hospital tells another nothing; a query of the data bank is its entity's own. Whom the
#: papers of somebody's identity are about is one person everywhere.
AT_HOME = (DataClass.DATA_BANK, DataClass.PEER_REVIEW, DataClass.HEALTH)

#: Callables of higher rooms ``(evidence) -> facility ids``: whose files rest on the piece.
_resting: dict[str, Callable[[Evidence], Iterable[int]]] = {}
#: The same ``(practitioner) -> facility ids``: where the person has a file.
_files: dict[str, Callable[[Practitioner], Iterable[int]]] = {}


def register_resting(code: str, places: Callable[[Evidence], Iterable[int]]) -> None:
    """Let a higher room say which facilities' files rest on a piece of evidence."""
    _resting[code] = places


def register_files(code: str, places: Callable[[Practitioner], Iterable[int]]) -> None:
    """Let a higher room say at which facilities somebody has a file."""
    _files[code] = places


def places_of(thing: Evidence | Document) -> set[int]:
    """Ids of the facilities a piece of evidence or a document belongs to: those whose files rest on it; where
    there is none, those where whoever brought it had a role that day; where there is none either (a form
    answered by a link), every facility at which the person has a file.
    """
    if isinstance(thing, Evidence):
        by, moment, pieces = thing.obtained_by_id, thing.obtained_at, [thing]
    else:
        by, moment, pieces = thing.uploaded_by_id, thing.uploaded_at, list(thing.evidence.all())
    found = {place for piece in pieces for places in _resting.values() for place in places(piece)}
    if not found:
        found |= _of_whoever(by, moment)
    return found or {place for places in _files.values() for place in places(thing.practitioner)}


def _of_whoever(user: int, moment: dt.datetime) -> set[int]:
    """Where somebody had a role on the day: what they brought does not follow them to another hospital."""
    rows = (
        RoleAssignmentPeriod.objects.live()
        .filter(identity__user=user)
        .select_related("identity__facility")
        .order_by()
    )
    return {
        row.identity.facility_id
        for row in rows
        if row.identity.facility is not None
        and covers(row.valid, clock.date_at(moment, row.identity.facility))
    }


def opens_class(viewer, thing: Evidence | Document) -> bool:
    """Whether the viewer's roles open the class of a paper at one of the facilities it belongs to."""
    if thing.data_class not in AT_HOME or is_system(viewer):
        return may_see_class(viewer, thing.data_class)
    open_at = set(facilities_with_class(viewer, thing.data_class))
    return bool(open_at) and not open_at.isdisjoint(places_of(thing))
