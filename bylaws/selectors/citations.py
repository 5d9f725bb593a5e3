"""Where a citation is read: the section it names, in the version of the document in force on a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from django.urls import reverse

from bylaws.choices import VersionStatus
from bylaws.models import Policy, PolicyVersion
from bylaws.rules.citations import Citable, Cited, cited_in
from bylaws.selectors.policies import may_read
from config.kernel import clock
from config.organization.models import Facility
from config.rulebook.choices import SourceKind
from config.rulebook.selectors.parameters import Bound


def citable(facility: Facility, on: dt.date) -> list[Citable]:
    """The documents of the facility with the outline in force on the day, else of the first day they had one;
    one query, without their words.
    """
    versions = (
        PolicyVersion.objects.filter(policy__facility=facility, status=VersionStatus.PUBLISHED)
        .order_by("in_force_from", "number")
        .values_list(
            "policy__uid", "policy__number", "policy__title", "policy__kind", "outline", "in_force_from"
        )
    )
    found: dict[Any, Citable] = {}
    for uid, number, title, kind, outline, start in versions:
        if uid not in found or (start is not None and start <= on):
            found[uid] = Citable(uid, number, title, kind, outline)
    return list(found.values())


def address_of(cited: Cited, on: dt.date | None = None) -> str:
    """Where the section is read, with the version and the numbers of a past day where one is given."""
    day = f"?on={on.isoformat()}" if on is not None else ""
    place = f"#section-{quote(cited.key, safe='()')}" if cited.key else ""
    return f"{reverse('bylaws:policy', args=[cited.uid])}{day}{place}"


def citation_address(citation: str, *, facility: Facility, on: dt.date) -> str:
    """Where a citation is read as it stood on the day, whenever it is followed; empty where it names no
    document of the facility. One query.
    """
    found = cited_in(citation, citable(facility, on)) if citation else None
    return address_of(found, on) if found is not None else ""


class Citations:
    """The citations of one page, resolved as they are asked for; one query for all of them, and none for a
    page without a citation or for whoever may not read the documents.
    """

    def __init__(self, viewer, facility: Facility | None):
        self.viewer, self.facility = viewer, facility
        self._documents: dict[dt.date, list[Citable]] = {}
        self._found: dict[tuple[str, dt.date], str] = {}
        self._reads: bool | None = None

    def address(self, citation: str, on: dt.date | None = None) -> str:
        """Where it is read; empty where it is text alone."""
        if not citation or self.facility is None:
            return ""
        if self._reads is None:
            self._reads = may_read(self.viewer, self.facility)
        if not self._reads:
            return ""
        today = clock.today(self.facility)
        day = on or today
        if day not in self._documents:
            self._documents[day] = citable(self.facility, day)
        if (citation, day) not in self._found:
            found = cited_in(citation, self._documents[day])
            self._found[citation, day] = address_of(found, day if day != today else None) if found else ""
        return self._found[citation, day]


def carried_by(
    policy: Policy, bounds: Iterable[Bound], documents: Iterable[Citable]
) -> Mapping[str, list[tuple[Bound, Any]]]:
    """Which numbers each section of the document carries: by its key (empty: the document as a whole) the
    bound values that take a value from the house's own documents which cites the section.
    """
    named = list(documents)
    found: dict[str, list[tuple[Bound, Any]]] = {}
    for bound in bounds:
        for each in bound.candidates:
            if each.kind != SourceKind.BYLAWS:
                continue
            cited = cited_in(each.citation, named)
            if cited is not None and cited.uid == policy.uid:
                found.setdefault(cited.key, []).append((bound, each))
    return found
