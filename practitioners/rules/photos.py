"""What picture of a person is taken, and what of it is kept.

A picture is judged by its content and drawn anew: bounded in size, upright, always JPEG, and without anything
a camera or a phone wrote beside it (place, device, time, an embedded thumbnail).
"""

from __future__ import annotations

import io

from PIL import Image, ImageOps, UnidentifiedImageError

from practitioners.rules.problems import Problem

#: Kinds of picture that are read, as Pillow calls them.
FORMATS = ("JPEG", "PNG", "WEBP")
MAX_BYTES = 10 * 1024 * 1024
#: Pixels of what is sent: a telephone's camera takes 50 million; more is a bomb or a poster.
MAX_PIXELS = 64_000_000
MIN_SIDE = 80
#: Pixels of the longer side of what is kept.
KEPT_SIDE = 640
QUALITY = 85
MEDIA_TYPE = "image/jpeg"
WHITE = (255, 255, 255)


def portrait(content: bytes) -> bytes:
    """The picture as it is kept: JPEG, at most ``KEPT_SIDE`` pixels a side, upright, without metadata.

    Raises ``Problem`` with a sentence for what is no JPEG, PNG or WebP, is damaged, or is too large or small.
    """
    if not content:
        raise Problem("The file is empty.", field="file")
    if len(content) > MAX_BYTES:
        raise Problem(f"The picture is larger than {MAX_BYTES // (1024 * 1024)} MB.", field="file")
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            _refuse_size(picture.size)
            upright = ImageOps.exif_transpose(picture)
            return _drawn(upright)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Problem(_TOO_LARGE, field="file") from None
    except UnidentifiedImageError:
        raise Problem("This is not a JPEG, PNG or WebP picture.", field="file") from None
    except (OSError, SyntaxError, ValueError, IndexError, KeyError, TypeError, OverflowError):
        # Pillow's readers fail in as many ways as files can be broken.
        raise Problem("The picture is damaged and cannot be read.", field="file") from None


_TOO_LARGE = f"The picture has more than {MAX_PIXELS // 1_000_000} million pixels: make it smaller."


def _refuse_size(size: tuple[int, int]) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise Problem(_TOO_LARGE, field="file")
    if min(width, height) < MIN_SIDE:
        raise Problem(
            f"The picture has {width} by {height} pixels; a face needs at least {MIN_SIDE} by {MIN_SIDE}.",
            field="file",
        )


def _drawn(picture: Image.Image) -> bytes:
    """The pixels alone, on white where the picture is transparent."""
    picture.thumbnail((KEPT_SIDE, KEPT_SIDE))
    kept = Image.new("RGB", picture.size, WHITE)
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        opaque = picture.convert("RGBA")
        kept.paste(opaque, mask=opaque.getchannel("A"))
    else:
        kept.paste(picture.convert("RGB"))
    file = io.BytesIO()
    kept.save(file, "JPEG", quality=QUALITY, optimize=True)
    return file.getvalue()


def small(content: bytes, side: int) -> bytes:
    """A picture that is kept, as small as paper needs it: at most ``side`` pixels a side, JPEG."""
    with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
        picture.thumbnail((side, side))
        drawn = io.BytesIO()
        picture.convert("RGB").save(drawn, "JPEG", quality=QUALITY)
        return drawn.getvalue()
