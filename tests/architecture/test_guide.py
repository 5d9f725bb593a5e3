"""The guides: their pictures are made by the script, each is shown once, nothing they point at is missing."""

from __future__ import annotations

import re

import pytest

from tests.architecture.sources import ROOT
from tests.guide_pictures import FOLDER, PICTURES

GUIDES = sorted((ROOT / "docs" / "guide").glob("*.md"))
SHOWN = re.compile(r"!\[([^\]]*)\]\(pictures/([a-z-]+)\.webp\)")
LEADS_TO = re.compile(r"\]\((?!https?:|mailto:|#)([^)#]+)")


def test_every_picture_the_script_takes_is_kept_and_none_besides():
    assert sorted(each.stem for each in FOLDER.iterdir()) == sorted(each.name for each in PICTURES)


def test_every_picture_is_shown_in_one_guide_and_says_what_it_shows():
    shown = [found for guide in GUIDES for found in SHOWN.findall(guide.read_text())]
    assert sorted(name for _, name in shown) == sorted(each.name for each in PICTURES)
    assert [name for said, name in shown if len(said) < 20] == []


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_a_guide_points_at_nothing_that_is_missing(guide):
    targets = LEADS_TO.findall(guide.read_text())
    assert [each for each in targets if not (guide.parent / each).exists()] == []
    assert guide.name == "README.md" or f"]({guide.name})" in (guide.parent / "README.md").read_text()
