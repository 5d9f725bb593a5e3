"""The sprite holds every icon that pages and menus name."""

import io
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from config.kernel.management.commands import build_icons


def test_every_icon_that_is_named_is_listed_and_drawn():
    call_command("build_icons", "--check")


def test_the_sprite_is_what_the_icons_make(tmp_path):
    source = Path(settings.BASE_DIR) / build_icons.SOURCE
    if not source.is_dir():
        pytest.fail(f"{source} is missing: run make setup")
    before = (Path(settings.BASE_DIR) / build_icons.SPRITE).read_bytes()
    call_command("build_icons", stdout=io.StringIO())
    assert (Path(settings.BASE_DIR) / build_icons.SPRITE).read_bytes() == before


def test_an_icon_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(CommandError, match="has no icon named activity"):
        call_command("build_icons", "--source", str(tmp_path))
