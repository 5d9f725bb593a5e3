"""What every request is asked about the person: the second factor, and the facility they work at."""

from django.http import JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from config.accounts.selectors.facilities import current_facility
from config.accounts.services.tokens import second_factor_missing

#: Where a person without a second factor may still go: to set one up, or to leave.
OPEN_PREFIXES = ("/accounts/", "/static/", "/healthz")


class RequireMfaMiddleware:
    """Until the second factor is set up, every other page leads to its set-up page; the API answers 403.

    Requests that carry a token instead of a session are asked where the token is read.
    """

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
            not request.path.startswith(OPEN_PREFIXES)
            and request.user.is_authenticated
            and second_factor_missing(request.user)
        )


class FacilityMiddleware:
    """``request.facility``: where the person works now, read when first asked for (falsy when nowhere).

    Moments on the page are shown in that facility's time zone.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.facility = SimpleLazyObject(lambda: current_facility(request))
        if not request.path.startswith(("/static/", "/api/")) and request.user.is_authenticated:
            place = current_facility(request)
            if place is not None:
                with timezone.override(place.time_zone):
                    return self.get_response(request)
        return self.get_response(request)
