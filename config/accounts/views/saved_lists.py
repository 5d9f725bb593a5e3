"""Saving a list, renaming and sharing it, deleting it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_http_methods, require_POST

from config.accounts.forms import SavedListForm
from config.accounts.models import SavedList
from config.accounts.selectors.saved_lists import get_saved_list
from config.accounts.services import saved_lists as services
from config.kernel.pages import Crumb, Done, answer_form, go_to

FORM = "pages/form.html"


@login_required
@require_http_methods(["GET", "POST"])
def saved_list_new(request, page: str) -> HttpResponse:
    """Keep the filters the list has now (in the address) under a name."""
    query = request.GET.urlencode()
    try:
        here = reverse(page)
    except NoReverseMatch:
        raise Http404 from None
    back = f"{here}?{query}" if query else here
    form = SavedListForm(request.POST or None)
    context = {
        "title": "Save this list",
        "crumbs": [Crumb("List", back), Crumb("Save")],
        "form": form,
        "submit": "Save the list",
        "cancel_url": back,
    }

    def save(given: dict) -> Done:
        saved = services.save_list(actor=request.user, page=page, query=query, **given)
        return Done(f"“{saved.name}” is saved.", back)

    return answer_form(request, context, save)


@login_required
@require_http_methods(["GET", "POST"])
def saved_list(request, uid) -> HttpResponse:
    """Rename, share or delete one's own list."""
    saved = _find(request, uid)
    form = SavedListForm(request.POST or None, initial={"name": saved.name, "shared": saved.shared})
    context = {
        "title": saved.name,
        "crumbs": [Crumb("List", _url(saved)), Crumb(saved.name)],
        "form": form,
        "submit": "Save",
        "cancel_url": _url(saved),
        "saved": saved,
    }

    def change(given: dict) -> Done:
        services.change_list(actor=request.user, saved=saved, **given)
        return Done("Saved.", _url(saved))

    return answer_form(request, context, change, template="accounts/saved_list.html")


@login_required
@require_POST
def saved_list_delete(request, uid) -> HttpResponse:
    """Forget the list; the people on it stay."""
    saved = _find(request, uid)
    here = reverse(saved.page)
    services.delete_list(actor=request.user, saved=saved)
    messages.success(request, f"“{saved.name}” is no longer kept.")
    return go_to(request, here)


def _find(request, uid) -> SavedList:
    saved = get_saved_list(request.user, uid)
    if saved is None:
        raise Http404
    return saved


def _url(saved: SavedList) -> str:
    here = reverse(saved.page)
    return f"{here}?{saved.query}" if saved.query else here
