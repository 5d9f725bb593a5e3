"""Lists as somebody wants to see them again: page, filters and order under a name."""

from __future__ import annotations

from django.db import transaction
from django.http import QueryDict
from django.urls import NoReverseMatch, reverse

from config.accounts.models import SavedList
from config.accounts.signals import saved_list_changed
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused

LONGEST_NAME = 80
LONGEST_QUERY = 1000
#: Parts of an address that belong to one look at a list and not to the list.
PASSING = ("page", "format")


@transaction.atomic
def save_list(*, actor, page: str, name: str, query: str, shared: bool = False) -> SavedList:
    """Keep the filters and order of a list page (``practitioners:list``) under a name of one's own."""
    try:
        reverse(page)
    except NoReverseMatch:
        raise Refused("Lists are saved from a list page.") from None
    name = _name(actor, page, name)
    query = _query(query)
    saved = SavedList.objects.create(
        user=actor, page=page, name=name, query=query, shared=shared, created_at=clock.now()
    )
    _record(actor, saved, "saved_list.saved")
    return saved


@transaction.atomic
def change_list(*, actor, saved: SavedList, name: str, shared: bool) -> SavedList:
    """Another name, or shared with colleagues or no longer."""
    saved = _own(actor, saved)
    saved.name = _name(actor, saved.page, name, besides=saved)
    saved.shared = shared
    saved.save(update_fields=["name", "shared"])
    _record(actor, saved, "saved_list.changed")
    return saved


@transaction.atomic
def delete_list(*, actor, saved: SavedList) -> None:
    """Forget a saved list; what it listed stays as it is."""
    saved = _own(actor, saved)
    _record(actor, saved, "saved_list.deleted")
    saved.delete()


def _own(actor, saved: SavedList) -> SavedList:
    found = SavedList.objects.select_for_update().filter(pk=saved.pk).first()
    if found is None:
        raise Refused("This list was deleted meanwhile.")
    if found.user_id != actor.pk:
        raise Forbidden("This list belongs to a colleague; save your own.")
    return found


def _name(actor, page: str, name: str, *, besides: SavedList | None = None) -> str:
    name = " ".join(name.split())
    if not name:
        raise Refused("Give the list a name.", field="name")
    if len(name) > LONGEST_NAME:
        raise Refused(f"The name is longer than {LONGEST_NAME} characters.", field="name")
    others = SavedList.objects.filter(user=actor, page=page, name=name)
    if besides is not None:
        others = others.exclude(pk=besides.pk)
    if others.exists():
        raise Refused(f"You already have a list “{name}” here.", field="name")
    return name


def kept_query(query: str) -> str:
    """What of an address belongs to the list: its filters and order, without the page one is on."""
    values = QueryDict(query, mutable=True)
    for passing in PASSING:
        values.pop(passing, None)
    for key in [key for key in values if not any(values.getlist(key))]:
        values.pop(key)
    return values.urlencode()


def _query(query: str) -> str:
    kept = kept_query(query)
    if len(kept) > LONGEST_QUERY:
        raise Refused("These filters are too long to be saved; narrow the list with fewer words.")
    return kept


def _record(actor, saved: SavedList, verb: str) -> None:
    saved_list_changed.send(sender=SavedList, actor=actor, saved=saved, verb=verb)
