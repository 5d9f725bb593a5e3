"""Bytes that came from elsewhere, or are about somebody: shown or handed out, and never run as a page."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import content_disposition_header


def stored(content: bytes, media_type: str) -> HttpResponse:
    """Bytes a browser may draw: no guessing of what they are, no script, nothing kept on the machine."""
    response = HttpResponse(content, content_type=media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def download(content: bytes, media_type: str, *, file_name: str) -> HttpResponse:
    """The same as a file to keep, never shown by the browser."""
    response = stored(content, media_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=file_name)
    return response
