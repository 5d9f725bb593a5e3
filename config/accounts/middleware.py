"""Demands a second factor of the roles that decide or see protected data."""

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from config.accounts.permissions import MFA_ROLES
from config.accounts.policies import holds_any_role

#: Where a person without a second factor may still go: to set one up, or to leave.
OPEN_PREFIXES = ("/accounts/", "/static/", "/healthz")


class RequireMfaMiddleware:
    """Until the second factor is set up, every other page leads to its set-up page; the API answers 403."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if self._must_set_up(request):
            if request.path.startswith("/api/"):
                return JsonResponse(
                    {"detail": "Your role needs a second factor: set one up in the browser first."},
                    status=403,
                )
            return redirect(reverse("mfa_index"))
        return self.get_response(request)

    def _must_set_up(self, request) -> bool:
        return (
            settings.REQUIRE_MFA
            and request.user.is_authenticated
            and not request.path.startswith(OPEN_PREFIXES)
            and (request.user.is_staff or holds_any_role(request.user, MFA_ROLES))
            and not is_mfa_enabled(request.user)
        )
