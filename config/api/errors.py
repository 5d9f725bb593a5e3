"""Every failure of the API is JSON with a sentence in ``detail``."""

from __future__ import annotations

from django.http import Http404
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from config.kernel.errors import Refused


def answer(problem: Exception, context: dict) -> Response | None:
    """Refusals with their sentence and status (422, 403, 409); wrong parameters with a sentence and, beside
    it, what is wrong with each; the framework's other errors as it answers them.
    """
    if isinstance(problem, Refused):
        body = {"detail": problem.sentence}
        if problem.field:
            body["field"] = problem.field
        return Response(body, status=problem.status_code)
    if isinstance(problem, Http404) and not isinstance(problem, NotFound):
        problem = NotFound("There is no such thing, or it is not for your role.")
    response = exception_handler(problem, context)
    if isinstance(problem, ValidationError) and isinstance(response.data, dict):
        wrong = dict(response.data)
        response.data = {"detail": _sentence(wrong), **wrong}
    return response


def _sentence(wrong: dict) -> str:
    """What is wrong with each parameter, in one line."""
    return " ".join(f"{name}: {each}" for name, problems in wrong.items() for each in _texts(problems))


def _texts(problems) -> list[str]:
    return [str(each) for each in problems] if isinstance(problems, list) else [str(problems)]
