"""Whose account is whose file: one's own, and the administrator's page that says so."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from config.accounts.models import User
from config.accounts.policies import require
from config.kernel.errors import Refused
from config.kernel.pages import Crumb, go_to, render_invalid, render_page, render_refused
from practitioners import links
from practitioners.forms.accounts import LinkForm
from practitioners.models import Practitioner
from practitioners.services.people import link_user

MANAGE = "accounts.manage"


@login_required
@require_GET
def my_file(request: HttpRequest) -> HttpResponse:
    """To one's own file; 404 where the account is no practitioner's."""
    own = Practitioner.objects.filter(user=request.user).only("uid").first()
    if own is None:
        raise Http404("Your account is linked to no practitioner's file; ask the Medical Staff Office.")
    return go_to(request, links.practitioner(own))


@login_required
@require_http_methods(["GET", "POST"])
def link_account(request: HttpRequest) -> HttpResponse:
    """Say which practitioner's file an account belongs to, by NPI; an administrator sees no file for it."""
    require(request.user, MANAGE)
    form = LinkForm(request.POST or None)
    page = {
        "title": "Link an account to a practitioner",
        "subtitle": "Its holder sees that file as their own, and no longer acts in it for the office.",
        "crumbs": [Crumb("Today", reverse("home:today")), Crumb("Link an account")],
        "form": form,
        "submit": "Link the account",
        "cancel_url": reverse("home:today"),
    }
    if request.method == "GET":
        return render_page(request, "pages/form.html", page)
    if not form.is_valid():
        return render_invalid(request, "pages/form.html", page)
    given = form.cleaned_data
    try:
        user = User.objects.filter(username=given["username"], is_active=True).first()
        person = Practitioner.objects.filter(npi=given["npi"]).first()
        if user is None:
            raise Refused("No open account has this user name.", field="username")
        if person is None:
            raise Refused("No practitioner on file has this NPI.", field="npi")
        if person.user_id not in (None, user.pk) and not given["replace"]:
            raise Refused(
                f"{person} is linked to the account {person.user.username}. Say below that it is replaced.",
                field="replace",
            )
        link_user(actor=request.user, practitioner=person, user=user)
    except Refused as refused:
        return render_refused(request, refused, "pages/form.html", page, form=form)
    messages.success(request, f"The account {user.username} is now {person}'s.")
    return go_to(request, reverse("home:today"))
