"""The lines of the menu lead to where the application is served."""

from __future__ import annotations

from django.urls import get_script_prefix, reverse, set_script_prefix

from config.accounts.choices import Role
from config.home.menus import MY_FILE, menu


def addresses() -> list[str]:
    sections = menu([Role.PRACTITIONER], {MY_FILE.permission}, "/")
    return [item["url"] for section in sections for item in section["items"]]


def test_an_address_begins_with_where_that_is():
    """Also when it was asked for before at another place."""
    for prefix in ("/", "/hospital/", "/"):
        before = get_script_prefix()
        set_script_prefix(prefix)
        try:
            found = addresses()
            assert reverse(MY_FILE.url_name) in found
        finally:
            set_script_prefix(before)
        assert len(found) > 2
        assert all(each.startswith(prefix) for each in found)
        assert prefix == "/hospital/" or not any(each.startswith("/hospital/") for each in found)
