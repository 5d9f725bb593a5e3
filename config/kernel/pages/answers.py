"""Answers of views: a page or its part, a refusal, a message, the way to the next page."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from config.kernel.errors import Refused


def is_part(request: HttpRequest, target: str) -> bool:
    """Whether htmx asked for the part of the page with this id (never on going back in history)."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Target") == target
        and headers.get("HX-History-Restore-Request") != "true"
    )


def render_page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    part: str = "",
    part_template: str = "",
    status: int = 200,
) -> HttpResponse:
    """A page, or only its ``part`` when htmx asks for the element of that id."""
    chosen = part_template if part and part_template and is_part(request, part) else template
    response = render(request, chosen, dict(context or {}), status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def render_refused(
    request: HttpRequest,
    refused: Refused,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    form=None,
    part: str = "",
    part_template: str = "",
) -> HttpResponse:
    """The page again with the sentence of the refusal where it belongs, and its status (422, 403, 409).

    With a ``form`` the sentence goes to its field (``refused.field``) or above the form; without one it
    stands as ``refusal`` in the context, shown by ``base.html`` above the content. What was typed stays.
    """
    values = {**(context or {})}
    # A form that was sent without a single value is unbound and can carry no sentence.
    if form is not None and form.is_bound:
        name = refused.field if refused.field in form.fields else None
        if not hasattr(form, "cleaned_data"):
            form.full_clean()
        form.add_error(name, refused.sentence)
        values.setdefault("form", form)
    else:
        values["refusal"] = refused.sentence
    return render_page(
        request, template, values, part=part, part_template=part_template, status=refused.status_code
    )


def render_invalid(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    part: str = "",
    part_template: str = "",
) -> HttpResponse:
    """The page again with a form that did not pass; status 422, so that nobody takes it for a success."""
    return render_page(request, template, context, part=part, part_template=part_template, status=422)


@dataclass(frozen=True)
class Done:
    """What a form did, in a sentence for its sender (empty: the next page shows it), and where they go."""

    said: str
    url: str


def answer_form(
    request: HttpRequest,
    page: Mapping[str, Any],
    act: Callable[[dict[str, Any]], Done],
    *,
    template: str = "pages/form.html",
    form=None,
) -> HttpResponse:
    """A page with a form, in its four answers: shown, typed wrongly (422), refused by the service, done.

    ``act`` gets the cleaned values, calls the service and says what was done; what it refuses stands at its
    field. ``form`` is the page's own unless the page carries several and another one was sent.
    """
    form = page["form"] if form is None else form
    if request.method in ("GET", "HEAD"):
        return render_page(request, template, page)
    if not form.is_valid():
        return render_invalid(request, template, page)
    try:
        done = act(dict(form.cleaned_data))
    except Refused as refused:
        return render_refused(request, refused, template, page, form=form)
    if done.said:
        messages.success(request, done.said)
    return go_to(request, done.url)


def with_toast(response: HttpResponse, sentence: str, colour: str = "good") -> HttpResponse:
    """The response with a short message that htmx shows in the corner and a screen reader announces."""
    response["HX-Trigger"] = json.dumps({"toast": {"text": sentence, "colour": colour}})
    return response


def go_to(request: HttpRequest, url: str) -> HttpResponse:
    """Send the reader to another page, by a redirect or by htmx's own header."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponse(status=303, headers={"Location": url})


def address(path: str, **parameters: Any) -> str:
    """A path with a query string; parameters that are None are left out."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return f"{path}?{urlencode(given, doseq=True)}" if given else path


def chosen_uids(values: Iterable[str], *, most: int = 500) -> list[uuid.UUID]:
    """Of the rows ticked in a list, what is a uid at all; ``most`` of them."""
    found = []
    for value in list(values)[:most]:
        with contextlib.suppress(ValueError):
            found.append(uuid.UUID(value))
    return found
