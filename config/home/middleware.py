"""Refusals nobody caught become a page with the sentence, never a stack trace."""

from __future__ import annotations

import json
from http import HTTPStatus

from django.conf import settings
from django.db import DatabaseError
from django.shortcuts import render
from psycopg2 import errors as database_errors

from config.kernel.errors import Conflict, Refused

#: Two people wrote the same thing at the same moment and the database let one of them through.
COLLISIONS = (
    database_errors.ExclusionViolation,
    database_errors.SerializationFailure,
    database_errors.DeadlockDetected,
    database_errors.LockNotAvailable,
)
MEGABYTE = 1024 * 1024
#: What a form sends beside its file: other fields, and the lines between them.
ROUND_A_FILE = 1 * MEGABYTE
TEMPLATES = {403: "errors/403.html", 405: "errors/405.html", 409: "errors/409.html"}


class RefusalMiddleware:
    """The sentence of a :class:`Refused` with its status (422, 403, 409); a message in the corner for
    htmx.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        # Before anything asks for what was sent: nobody waits for 200 MB to be received and thrown away.
        limit = max(settings.STANDING_IMPORT_LIMIT, settings.STANDING_UPLOAD_LIMIT)
        if _length(request) > limit + ROUND_A_FILE:
            sentence = f"What was sent has more than {limit // MEGABYTE} MB; nothing of it was taken."
            return self._refuse(request, sentence, 413)
        response = self.get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and request.method == "GET":
            return self._says_more(request, response)
        return response

    def _says_more(self, request, response):
        """The address of a form opened by itself, from the history or after a refusal: no empty page."""
        if getattr(response, "content", None) != b"":
            return response
        shown = self._refuse(request, "This address only takes what its form sends.", response.status_code)
        shown["Allow"] = response["Allow"]
        return shown

    def process_exception(self, request, exception):
        """Answer refusals and collisions; leave everything else to be what it is."""
        if isinstance(exception, DatabaseError) and isinstance(exception.__cause__, COLLISIONS):
            exception = Conflict(
                "Somebody else changed the same thing at the same moment. Nothing was written."
            )
        if not isinstance(exception, Refused):
            return None
        return self._refuse(request, exception.sentence, exception.status_code)

    def _refuse(self, request, sentence: str, status: int):
        context = {
            "sentence": sentence,
            "back_url": request.headers.get("Referer", "/") if request.method == "POST" else "/",
            "request_id": getattr(request, "request_id", ""),
        }
        response = render(request, TEMPLATES.get(status, "errors/422.html"), context, status=status)
        if request.headers.get("HX-Request") == "true":
            # Nothing on the page is replaced: the sentence is enough, and what was typed stays.
            response["HX-Reswap"] = "none"
            response["HX-Trigger"] = json.dumps({"toast": {"text": sentence, "colour": "bad"}})
        return response


def _length(request) -> int:
    """How many bytes the request says it brings; 0 when it does not say, and the server takes none then."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
