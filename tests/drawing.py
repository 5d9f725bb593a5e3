"""Pictures for tests, drawn by code."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw


def picture(kind: str = "PNG", size: tuple[int, int] = (300, 400), *, tint: str = "#8aa", **more) -> bytes:
    """A picture with something of a face in it; ``more`` is what the writer of that kind takes."""
    drawn = Image.new("RGB", size, tint)
    pen = ImageDraw.Draw(drawn)
    width, height = size
    pen.ellipse((width * 0.3, height * 0.2, width * 0.7, height * 0.6), fill="#dcb")
    file = io.BytesIO()
    drawn.save(file, kind, **more)
    return file.getvalue()
