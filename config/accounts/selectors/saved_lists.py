"""Saved lists a person may open: their own, and those colleagues share."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse

from config.accounts.models import SavedList


@dataclass(frozen=True)
class SavedLink:
    """One saved list as a page offers it."""

    saved: SavedList
    url: str
    own: bool
    active: bool


def saved_lists(viewer, page: str, query: str = "") -> list[SavedLink]:
    """The saved lists of a page, one's own first; ``query`` is that of the page now. One query.

    Whoever may open the page may see them: they are filters, and the page asks for permission itself.
    """
    rows = SavedList.objects.filter(Q(user=viewer) | Q(shared=True), page=page).select_related("user")
    here = reverse(page)
    return sorted(
        (
            SavedLink(
                saved=row,
                url=f"{here}?{row.query}" if row.query else here,
                own=row.user_id == viewer.pk,
                active=bool(query) and row.query == query,
            )
            for row in rows
        ),
        key=lambda link: (not link.own, link.saved.name.casefold()),
    )


def get_saved_list(viewer, uid) -> SavedList | None:
    """A saved list of one's own, or None."""
    return SavedList.objects.filter(user=viewer, uid=uid).first()
