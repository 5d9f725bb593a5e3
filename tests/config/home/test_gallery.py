"""Every part of the pages renders in all its states."""

import csv
import io
import re
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = [pytest.mark.urls("tests.config.home.gallery_urls"), pytest.mark.django_db]

PAGES = ("components", "list", "empty", "review", "wrong", "lookup", "entrance")
#: What the content security policy would refuse: handlers, styles and scripts written into the page.
INLINE = re.compile(
    r"<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|<script(?![^>]*(\ssrc=|application/json))", re.I
)


@pytest.mark.parametrize("show", PAGES)
def test_a_page_of_the_gallery_answers_and_keeps_the_policy(client, show):
    response = client.get(f"/gallery/{show}/")
    assert response.status_code == 200
    assert INLINE.search(response.content.decode()) is None
    assert "script-src 'self'" in response["Content-Security-Policy"]


def test_a_page_that_is_not_there_is_a_helpful_404(client):
    response = client.get("/gallery/nothing/")
    assert response.status_code == 404
    assert b"There is nothing here" in response.content


def test_the_list_filters_and_exports_exactly_what_it_shows(client):
    page = client.get("/gallery/list/?status=draft&q=ada").content.decode()
    shown = re.findall(r'class="row-link">.*?<span>([^<]+)</span>', page)
    text = b"".join(client.get("/gallery/list/?status=draft&q=ada&format=csv").streaming_content).decode()
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
    assert [row[0] for row in rows[1:]] == shown
    assert {row[3] for row in rows[1:]} == {"Draft"}


def test_ids_are_unique_on_every_page(client):
    for show in PAGES:
        html = client.get(f"/gallery/{show}/").content.decode()
        ids = re.findall(r'\sid="([^"]+)"', html)
        doubled = {each for each in ids if ids.count(each) > 1}
        # The gallery's two sample forms are the same form twice; a real page never is.
        assert show == "components" or not doubled


def templates():
    return sorted((Path(settings.BASE_DIR) / "templates").rglob("*.html"))


@pytest.mark.parametrize("path", templates(), ids=lambda path: path.name)
def test_no_template_writes_style_or_script_into_the_page(path):
    assert INLINE.search(path.read_text(encoding="utf-8")) is None
