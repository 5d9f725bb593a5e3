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

MUCH, NUL, BLANK = "x" * 20_000, "a\x00b", "   "
FIRST_DAY, LAST_DAY = "0001-01-01", "9999-12-31"
NEGATIVE, HUGE, NO_NUMBER = "-1", "1" + "0" * 400, "NaN"
SYMBOLS = "\U0001f642\u202e</script>{{ 7 }}%s\ud7ff"
#: What is typed in each round: into fields for text, for days, for numbers. Each of them gets what it is most
#: likely to trip over, and something meant for another kind.
ROUNDS = {
    "much, first day, negative": (MUCH, FIRST_DAY, NEGATIVE),
    "nul, last day, huge": (NUL, LAST_DAY, HUGE),
    "symbols, no number": (SYMBOLS, SYMBOLS, NO_NUMBER),
    "a number, nul, a day": (NEGATIVE, NUL, LAST_DAY),
    "a day, huge, nul": (LAST_DAY, HUGE, NUL),
    "blank": (BLANK, BLANK, BLANK),
}
KINDS = {"date": 1, "month": 1, "datetime-local": 1, "number": 2}  # every other field is for text
#: What is sent where one can only choose: none of them is ever on offer.
NEVER_OFFERED = {"nul": NUL, "huge": HUGE, "symbols": SYMBOLS}
CHOSEN = {"select", "radio", "checkbox", "hidden", "submit"}
PAGES = [
    name
    for name, each in sorted(ADDRESSES.items())
    if 200 in each.get and each.people and not name.startswith("api:")
]
_UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+")


def filled(fields: list[Field], typed: tuple[str, str, str]) -> dict[str, object]:
    """What a browser sends after a round was typed into every field, and the first offer was chosen."""
    data: dict[str, object] = {}
    for each in fields:
        text = typed[KINDS.get(each.type, 0)]
        if each.type == "file":
            data[each.name] = SimpleUploadedFile("scan.pdf", text.encode("utf-8", "surrogatepass"))
        elif each.type == "select":
            data[each.name] = next((option for option in each.options if option), "")
        elif each.type in CHOSEN:
            data.setdefault(each.name, each.value or "on")
        else:
            data[each.name] = text
    return data


def rounds_of(form: Form) -> dict[str, tuple[str, str, str]]:
    """The rounds in which something differs: where nothing can be typed, one."""
    typing = any(each.type not in CHOSEN for each in form.fields)
    return ROUNDS if typing else {"blank": ROUNDS["blank"]}


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
        for label, typed in rounds_of(form).items():
            answer = send(world, path, who, form.method, filled(form.fields, typed))
            assert answer.status_code < 500, f"{label} at {path}"
            assert form.method == "get" or answer.status_code != 404, f"{label} at {path}"
        for label, sent in NEVER_OFFERED.items():
            answer = send(world, path, who, form.method, everywhere(form.fields, sent))
            assert answer.status_code < 500, f"{label}, choices too, at {path}"
