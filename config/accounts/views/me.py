"""A person's own account: who they are here, their second factor, their tokens."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from config.accounts.forms import TokenForm
from config.accounts.models import ApiToken
from config.accounts.policies import may, require
from config.accounts.selectors.accounts import roles_held, second_factors, tokens_of
from config.accounts.services import tokens as services
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.pages import Action, Crumb, go_to, render_invalid, render_page, render_refused


@login_required
@require_GET
def me(request) -> HttpResponse:
    """Name, roles with their days, second factor, tokens."""
    user = request.user
    return render_page(
        request,
        "accounts/me.html",
        {
            "title": str(user),
            "subtitle": user.email,
            "person": str(user),
            "roles": roles_held(user),
            "factors": ", ".join(second_factors(user)),
            "factor_needed": services.second_factor_missing(user),
            "may_use_api": may(user, services.PERMISSION),
            "tokens": tokens_of(user),
            "now": clock.wall(),
            "actions": [
                Action("Change password", url=reverse("account_change_password"), icon="key"),
                Action("Second factor and passkeys", url=reverse("mfa_index"), icon="shield-lock"),
            ],
        },
    )


@login_required
@never_cache
def token_new(request) -> HttpResponse:
    """Make a token and show it once."""
    require(request.user, services.PERMISSION)
    form = TokenForm(request.POST or None)
    page = {
        "title": "New token",
        "crumbs": [Crumb("Your account", reverse("accounts:me")), Crumb("New token")],
        "intro": "A program that holds the token acts in your name, with your roles. It is shown once.",
        "form": form,
        "submit": "Make the token",
        "cancel_url": reverse("accounts:me"),
    }
    if request.method != "POST":
        return render_page(request, "pages/form.html", page)
    if not form.is_valid():
        return render_invalid(request, "pages/form.html", page)
    try:
        token, secret = services.issue_token(actor=request.user, **form.cleaned_data)
    except Refused as refused:
        return render_refused(request, refused, "pages/form.html", page, form=form)
    return render_page(
        request,
        "accounts/token_made.html",
        {
            "title": "Your new token",
            "crumbs": [Crumb("Your account", reverse("accounts:me")), Crumb("New token")],
            "token": token,
            "secret": secret,
        },
    )


@login_required
@require_POST
def token_revoke(request, uid) -> HttpResponse:
    """The token stops working at once."""
    token = ApiToken.objects.filter(uid=uid, user=request.user).first()
    if token is None:
        raise Http404
    services.revoke_token(actor=request.user, token=token)
    messages.success(request, f"{token.name} no longer works.")
    return go_to(request, reverse("accounts:me"))
