"""The palette of statuses reaches the contrast WCAG 2.2 AA asks for, in light and dark."""

import math
import re
from pathlib import Path

import pytest
from django.conf import settings

from config.kernel.choices import COLOURS

SHEET = Path(settings.BASE_DIR) / "static" / "css" / "standing.css"
TEXT_CONTRAST = 4.5
VARIABLE = re.compile(r"(--[\w-]+):\s*light-dark\((.+)\);")
COLOUR = re.compile(r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)|#fff\b")


def palette():
    """Variables of the stylesheet as pairs of light and dark."""
    found = {}
    for name, value in VARIABLE.findall(SHEET.read_text(encoding="utf-8")):
        pair = [match.group(0) for match in COLOUR.finditer(value)]
        if len(pair) == 2:
            found[name] = pair
    return found


def luminance(colour):
    """Relative luminance of a colour written as oklch or as white."""
    if colour == "#fff":
        return 1.0
    light, chroma, hue = (float(number) for number in COLOUR.fullmatch(colour).groups())
    light, angle = light / 100, math.radians(hue)
    a, b = chroma * math.cos(angle), chroma * math.sin(angle)
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short
    red, green, blue = (min(1.0, max(0.0, part)) for part in (red, green, blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_black_on_white_is_the_greatest_contrast():
    assert contrast("oklch(0% 0 0)", "#fff") == pytest.approx(21, abs=0.1)


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("colour", COLOURS)
def test_a_status_can_be_read_on_its_own_ground_and_on_a_card(colour, mode):
    values = palette()
    ink = values[f"--st-{colour}-fg"][mode]
    grounds = [values["--tblr-bg-surface"][mode], values["--tblr-body-bg"][mode]]
    if colour != "muted":  # its ground is transparent
        grounds.append(values[f"--st-{colour}-bg"][mode])
    assert min(contrast(ink, ground) for ground in grounds) >= TEXT_CONTRAST


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    "ink", ["--tblr-secondary", "--tblr-link-color", "--tblr-body-color", "--tblr-danger"]
)
def test_muted_text_and_links_can_be_read_on_every_ground(ink, mode):
    values = palette()
    grounds = ("--tblr-bg-surface", "--tblr-body-bg", "--tblr-bg-surface-secondary", "--tblr-hover-bg")
    assert min(contrast(values[ink][mode], values[ground][mode]) for ground in grounds) >= TEXT_CONTRAST


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["primary", "success", "warning", "danger", "info"])
def test_the_word_on_a_button_can_be_read(name, mode):
    values = palette()
    assert contrast(values[f"--tblr-{name}"][mode], values[f"--tblr-{name}-fg"][mode]) >= TEXT_CONTRAST


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_the_frame_of_a_control_can_be_seen(mode):
    values = palette()
    assert contrast(values["--st-control-border"][mode], values["--tblr-bg-surface"][mode]) >= 3
