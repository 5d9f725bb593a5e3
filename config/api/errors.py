"""Every failure of the API is JSON with a sentence in ``detail``."""

from __future__ import annotations

from rest_framework.response import Response
from rest_framework.views import exception_handler

from config.kernel.errors import Refused


def answer(problem: Exception, context: dict) -> Response | None:
    """Refusals with their sentence and status (422, 403, 409); the framework's own errors as it answers
    them.
    """
    if isinstance(problem, Refused):
        body = {"detail": problem.sentence}
        if problem.field:
            body["field"] = problem.field
        return Response(body, status=problem.status_code)
    return exception_handler(problem, context)
