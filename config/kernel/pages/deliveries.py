"""Files of rows: looked at first, with every mistake by row and column, then loaded as a whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from config.kernel.errors import Refused
from config.kernel.pages.answers import Done, go_to, render_invalid, render_page, render_refused
from config.kernel.text_files import SureForm

#: Mistakes shown of a delivery; the rest is counted.
MISTAKES_SHOWN = 100


@dataclass(frozen=True)
class Looked:
    """What a file would do: its mistakes, else what the page tells of it."""

    mistakes: Sequence[Any] = ()
    told: Mapping[str, Any] = field(default_factory=dict)


def answer_delivery(
    request: HttpRequest,
    page: dict[str, Any],
    template: str,
    *,
    form: Callable[..., forms.Form],
    look: Callable[[dict[str, Any]], Looked],
    load: Callable[[dict[str, Any]], Done],
    sure: type[SureForm] = SureForm,
) -> HttpResponse:
    """The page of a delivery in its answers: shown, a file that is none (422), looked at (422 with mistakes),
    refused, loaded.

    ``form`` chooses the file (:class:`TextFileForm`) and may ask for more; ``look`` and ``load`` get what was
    stated, with ``name`` and ``text`` of the file. ``sure`` reads the same when it is sent again.
    """
    if request.method in ("GET", "HEAD"):
        page["form"] = form()
        return render_page(request, template, page)
    if "text" in request.POST:
        page["form"] = form()
        return _load_now(request, page, template, sure(request.POST), load)
    chosen = form(request.POST, request.FILES)
    page["form"] = chosen
    if not chosen.is_valid():
        return render_invalid(request, template, page)
    sent = {key: value for key, value in chosen.cleaned_data.items() if key != "file"}
    sent |= chosen.cleaned_data["file"]
    try:
        looked = look(sent)
    except Refused as refused:
        return render_refused(request, refused, template, page, form=chosen)
    mistakes = list(looked.mistakes)
    page |= {
        **looked.told,
        "looked_at": sent["name"],
        "mistakes": mistakes[:MISTAKES_SHOWN],
        "more_mistakes": max(0, len(mistakes) - MISTAKES_SHOWN),
        "sent": None if mistakes else sent,
        "sent_besides": [(key, _as_sent(value)) for key, value in sent.items() if key != "text"],
    }
    return render_page(request, template, page, status=422 if mistakes else 200)


def _as_sent(value: Any) -> Any:
    """As the form that is sent again reads it: days as they are written everywhere."""
    return value.isoformat() if isinstance(value, dt.date) else value


def _load_now(
    request: HttpRequest,
    page: dict[str, Any],
    template: str,
    sure: SureForm,
    load: Callable[[dict[str, Any]], Done],
) -> HttpResponse:
    if not sure.is_valid():
        return render_refused(request, Refused("Choose the file again."), template, page)
    try:
        done = load(sure.cleaned_data)
    except Refused as refused:
        return render_refused(request, refused, template, page)
    messages.success(request, done.said)
    return go_to(request, done.url)


def require_right(mistakes: Sequence[Any]) -> None:
    """Refuse with the first mistake: a file that was looked at and sent again has none, unless it was changed
    on the way.
    """
    if mistakes:
        raise Refused(str(mistakes[0]))
