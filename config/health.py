"""``/healthz``: is this process able to answer? For load balancers and start scripts, not for people."""

from __future__ import annotations

from collections.abc import Callable

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from config.home.timetable import late_jobs

PATH = "/healthz"


class HealthMiddleware:
    """Answers before anything else does: whoever asks knows no host name, has no session and speaks no TLS.

    200 when the database answers, 503 when it does not. The queue does not count: without it pages still
    work, and what is waiting is rows. Scheduled work that was not done at its hour is named as ``late``, for
    whoever watches: it says that the timer or the worker does not run, and nothing against this process.
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
        return JsonResponse({"status": "ok"} | _late())


def _late() -> dict[str, list[str]]:
    """What is late, by name; nothing of it before the tables are there."""
    try:
        names = [each.name for each in late_jobs()]
    except Error:
        return {}
    return {"late": names} if names else {}
