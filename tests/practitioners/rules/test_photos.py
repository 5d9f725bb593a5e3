import io

import pytest
from PIL import Image

from practitioners.rules import photos
from practitioners.rules.photos import portrait
from practitioners.rules.problems import Problem
from tests.drawing import picture


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_each_kind_is_kept_as_a_bounded_jpeg(kind):
    kept = opened(portrait(picture(kind, (1200, 1600))))
    assert (kept.format, kept.size, kept.mode) == ("JPEG", (480, 640), "RGB")


def test_a_small_picture_is_not_made_larger():
    assert opened(portrait(picture(size=(90, 120)))).size == (90, 120)


def test_where_and_with_what_it_was_taken_is_not_kept():
    told = Image.Exif()
    told[0x010F] = "Telling Telephones"  # the maker
    told.get_ifd(0x8825)[1] = "N"  # a place on the map
    content = picture("JPEG", exif=told, comment=b"at the pool")
    assert b"Telling Telephones" in content
    kept = portrait(content)
    assert not opened(kept).getexif()
    assert b"Telling" not in kept
    assert b"pool" not in kept


def test_a_picture_taken_sideways_is_set_upright():
    told = Image.Exif()
    told[0x0112] = 6  # turned by a quarter
    assert opened(portrait(picture("JPEG", (400, 300), exif=told))).size == (300, 400)


def test_what_is_transparent_is_white():
    file = io.BytesIO()
    Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(file, "PNG")
    assert opened(portrait(file.getvalue())).getpixel((50, 50)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"%PDF-1.7 something", "This is not a JPEG, PNG or WebP picture."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "This is not a JPEG"),
        (picture("GIF"), "This is not a JPEG"),
        (picture()[:300], "The picture is damaged and cannot be read."),
        (picture("JPEG")[:700], "The picture is damaged and cannot be read."),
        (picture(size=(79, 200)), "The picture has 79 by 200 pixels; a face needs at least 80 by 80."),
        (b"x" * (photos.MAX_BYTES + 1), "The picture is larger than 10 MB."),
    ],
)
def test_anything_else_is_refused_with_a_sentence(content, sentence):
    with pytest.raises(Problem, match=sentence):
        portrait(content)


@pytest.mark.parametrize("size", [(9_000, 9_000), (20_000, 20_000)])
def test_a_picture_that_unfolds_too_far_is_not_unfolded(size):
    file = io.BytesIO()
    Image.new("1", size).save(file, "PNG")
    with pytest.raises(Problem, match="more than 64 million pixels"):
        portrait(file.getvalue())
