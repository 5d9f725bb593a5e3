"""A walk from Today over all that a login can open."""

from __future__ import annotations

import re

from django.test import Client
from django.urls import Resolver404, resolve

from config.accounts.models import User

#: Addresses a person follows by a click: links, and parts that a page fetches by itself.
_LEADS_TO = re.compile(r"""<(?:a|div|section|tbody)\b[^>]*?\s(?:href|hx-get)="(/[^"#]*)""")
#: Leave the walk: the session ends, or another facility is worked at.
LEAVES = ("account_logout", "accounts:facility")
#: One login of each role, and the one who does the work of two alone.
LOGINS = (
    "admin", "board", "ceo", "cmo", "committee", "compliance", "credentialing", "director", "mec",
    "medicalstaff", "practitioner", "president", "quality", "surgery-chair", "valley-office", "ward",
)  # fmt: skip


def kind_of(address: str) -> str:
    """The name of the page the address is of; a file of what it lists is another. Empty: nobody's page."""
    path, _, asked = address.partition("?")
    try:
        name = resolve(path).view_name
    except Resolver404:
        return ""
    return f"{name}?{asked}" if asked.startswith("format=") else name


def walk(username: str) -> tuple[set[str], list[str]]:
    """The kinds of pages opened, one page of each, the first that is led to; and what failed: status,
    address and the page that led there.
    """
    client = Client()
    client.force_login(User.objects.get(username=username))
    waiting: list[tuple[str, str]] = [("/", "")]
    opened: set[str] = set()
    failed: list[str] = []
    while waiting:
        address, led_from = waiting.pop(0)
        kind = kind_of(address)
        if kind in opened or kind in LEAVES:
            continue
        opened.add(kind)
        answer = client.get(address)
        if answer.status_code >= 400:
            failed.append(f"{answer.status_code} {address}, from {led_from}")
            continue
        if answer.status_code >= 300:
            waiting.append((answer.headers["Location"], address))
            continue
        if answer.streaming:
            b"".join(answer)  # type: ignore[arg-type]
            continue
        if "html" not in answer.headers.get("Content-Type", ""):
            continue
        found = {each.replace("&amp;", "&"): None for each in _LEADS_TO.findall(answer.text)}
        waiting.extend((each, address) for each in found if kind_of(each))
    return opened, failed
