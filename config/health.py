"""``/healthz``: is this process able to answer? For load balancers and start scripts, not for people."""

from __future__ import annotations

from collections.abc import Callable

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

PATH = "/healthz"


class HealthMiddleware:
    """Answers before anything else does: whoever asks knows no host name, has no session and speaks no TLS.

    200 when the database answers, 503 when it does not. The queue does not count: without it pages still
    work, and what is waiting is rows.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path != PATH:
            return self.get_response(request)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except Error:
            return JsonResponse({"status": "no database"}, status=503)
        return JsonResponse({"status": "ok"})
