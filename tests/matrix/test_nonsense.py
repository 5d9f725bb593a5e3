"""Nonsense typed into every form of every page is answered with a sentence, never with a failure.

The forms are taken from the pages themselves, so a new form is tried the day it stands on a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from config.accounts.choices import Role
from tests.matrix.asking import EVERYBODY, address_of, send
from tests.matrix.forms import Field, Form, forms_on
from tests.matrix.urls import ADDRESSES
from tests.matrix.world import World

#: What is typed into every field that takes typing.
NONSENSE = {
    "much": "x" * 20_000,
    "nul": "a\x00b",
    "first day": "0001-01-01",
    "last day": "9999-12-31",
    "negative": "-1",
    "huge": "1" + "0" * 400,
    "not a number": "NaN",
    "symbols": "\U0001f642\u202e</script>{{ 7 }}%s\ud7ff",
    "blank": "   ",
}
#: Of these, what differs where one can only choose: none of them is ever on offer.
NEVER_OFFERED = ("much", "nul", "huge", "symbols")
CHOSEN = {"select", "radio", "checkbox", "hidden", "submit"}
PAGES = [name for name, each in sorted(ADDRESSES.items()) if 200 in each.get and not name.startswith("api:")]
_UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+")


def filled(fields: list[Field], typed: str) -> dict[str, object]:
    """What a browser sends after ``typed`` went into every field, and the first offer was chosen."""
    data: dict[str, object] = {}
    for each in fields:
        if each.type == "file":
            data[each.name] = SimpleUploadedFile("scan.pdf", typed.encode("utf-8", "surrogatepass"))
        elif each.type == "select":
            data[each.name] = next((option for option in each.options if option), "")
        elif each.type in CHOSEN:
            data.setdefault(each.name, each.value or "on")
        else:
            data[each.name] = typed
    return data


def everywhere(fields: list[Field], typed: str) -> dict[str, object]:
    """The same in the fields one can only choose in, which a browser would not send."""
    return {each.name: typed for each in fields}


def reader(name: str) -> str:
    """Somebody for whom the page opens."""
    people = ADDRESSES[name].people
    return next(each for each in (str(Role.DIRECTOR), *EVERYBODY) if each in people)


#: Forms that stand on many pages (search, the switch of facilities) are tried on the first of them.
TRIED: set[tuple] = set()
#: Fields that say where the form stood, and nothing else.
PASSING = {"csrfmiddlewaretoken", "next"}


def forms_of(world: World, name: str) -> Iterator[tuple[str, Form]]:
    """Every form of the page that no page before had, whatever rows it stands beside, and who sends it."""
    who = reader(name)
    address = address_of(world, name)
    answer = send(world, address, who)
    if not answer["Content-Type"].startswith("text/html"):
        return
    for form in forms_on(answer.content.decode(), address):
        path = urlsplit(form.action).path or address
        # What differs in a hidden value only is another form: it may do another thing.
        told = [
            (each.name, each.type, each.value if each.type == "hidden" else "")
            for each in form.fields
            if each.name not in PASSING
        ]
        shape = (_UID.sub("…", path), form.method, _UID.sub("…", str(told)), who)
        if form.method != "dialog" and shape not in TRIED and path.startswith("/") and "logout" not in path:
            TRIED.add(shape)
            yield who, form


@pytest.mark.parametrize("name", PAGES)
def test_nonsense_is_answered(world, name):
    for who, form in forms_of(world, name):
        path = urlsplit(form.action).path or address_of(world, name)
        for label, typed in NONSENSE.items():
            answer = send(world, path, who, form.method, filled(form.fields, typed))
            assert answer.status_code < 500, f"{label} at {path}"
            assert form.method == "get" or answer.status_code != 404, f"{label} at {path}"
        for label in NEVER_OFFERED:
            answer = send(world, path, who, form.method, everywhere(form.fields, NONSENSE[label]))
            assert answer.status_code < 500, f"{label}, choices too, at {path}"
