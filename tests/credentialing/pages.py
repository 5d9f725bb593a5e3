"""How the tests of pages read one: its address, and how many queries it took."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

#: The most queries a list may take, and any other page.
LIST, WALK = 12, 20


def cost(client, url: str, most: int):
    """The page, and how many queries it took."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = client.get(url)
    assert answer.status_code == 200, answer.content[:2000]
    told = "\n".join(query["sql"][:160] for query in queries)
    assert len(queries) <= most, f"{len(queries)} queries for {url}:\n{told}"
    return answer


def file_url(application) -> str:
    return reverse("credentialing:file", args=[application.uid])


def deed(item, name) -> str:
    return reverse("credentialing:deed", args=[item.uid, name])


def act(application, name) -> str:
    return reverse("credentialing:act", args=[application.uid, name])
