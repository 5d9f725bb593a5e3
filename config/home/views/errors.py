"""The page for what nobody foresaw."""

from __future__ import annotations

from django.http import HttpResponseServerError
from django.template import loader


def server_error(request) -> HttpResponseServerError:
    """Says what was not lost and names the request, so that it can be found in the log; reads no database."""
    text = loader.get_template("errors/500.html").render({"request_id": getattr(request, "request_id", "")})
    return HttpResponseServerError(text)
