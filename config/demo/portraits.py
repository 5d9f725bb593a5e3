"""Pictures that stand for photos: faces drawn by code, the same for the same person, of nobody."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw

SIZE = (280, 350)
#: Drawn larger and made smaller, so that edges are smooth.
FINE = 2
WALLS = ("#c9d6df", "#d9d3c7", "#cddccf", "#d8cfdc", "#cfd8e6", "#e0d5cc")
SKINS = ("#f1d0b5", "#e3b78f", "#c98f65", "#a86e45", "#7d4f30", "#5a3825")
HAIRS = ("#2b211c", "#4a3325", "#7a5534", "#a98455", "#8f8f8f", "#3a3a3d")
SHIRTS = ("#3c6e8f", "#4d7c5f", "#7a4f76", "#8a5a44", "#46557a", "#2f6f73")


def portrait_of(npi: str, sex: str) -> bytes:
    """A PNG of a face with shoulders and a white coat, chosen by the NPI."""
    source = random.Random(f"portrait/{npi}")  # noqa: S311 - reproducible invention, nothing secret
    width, height = SIZE[0] * FINE, SIZE[1] * FINE
    picture = Image.new("RGB", (width, height), source.choice(WALLS))
    pen = ImageDraw.Draw(picture)
    skin, hair, shirt = source.choice(SKINS), source.choice(HAIRS), source.choice(SHIRTS)
    middle, top = width / 2, height * 0.18
    face = (width * source.uniform(0.19, 0.22), height * source.uniform(0.21, 0.235))

    def oval(x: float, y: float, wide: float, high: float, fill: str) -> None:
        pen.ellipse((middle + x - wide, y - high, middle + x + wide, y + high), fill=fill)

    centre = top + face[1]
    if sex == "F":  # hair to the shoulders, behind the face
        oval(0, centre + face[1] * 0.25, face[0] * 1.3, face[1] * 1.45, hair)
    collar, neck = face[0] * 0.6, face[0] * 0.42
    pen.rectangle((middle - neck, centre, middle + neck, height * 0.74), fill=skin)
    oval(0, height * 1.02, width * 0.44, height * 0.34, "#f4f5f6")
    pen.polygon(
        [
            (middle - collar, height * 0.69),
            (middle + collar, height * 0.69),
            (middle, height * 0.9),
        ],
        fill=shirt,
    )
    pen.polygon(
        [
            (middle - neck, height * 0.68),
            (middle + neck, height * 0.68),
            (middle, height * 0.77),
        ],
        fill=skin,
    )
    oval(0, centre - face[1] * 0.14, face[0] * 1.08, face[1] * 1.05, hair)
    oval(0, centre + face[1] * 0.12, face[0], face[1] * 0.93, skin)
    _features(oval, pen, source, middle, centre, face, hair)
    small = picture.resize(SIZE, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    small.save(file, "PNG", compress_level=1)
    return file.getvalue()


def _features(oval, pen, source, middle, centre, face, hair) -> None:
    """Eyes, brows, nose and mouth; now and then glasses."""
    eye, apart = centre + face[1] * 0.08, face[0] * 0.42
    line = max(4, int(face[0] * 0.035))
    for side in (-apart, apart):
        oval(side, eye, face[0] * 0.13, face[1] * 0.07, "#ffffff")
        oval(side, eye, face[0] * 0.065, face[1] * 0.06, "#3b2f2a")
        brow = eye - face[1] * 0.17
        pen.line(
            (middle + side - face[0] * 0.17, brow, middle + side + face[0] * 0.17, brow),
            fill=hair,
            width=line,
        )
    nose = eye + face[1] * 0.33
    pen.arc(
        (middle - face[0] * 0.1, nose - face[1] * 0.1, middle + face[0] * 0.1, nose), 20, 160,
        fill="#00000055", width=line,
    )  # fmt: skip
    mouth = eye + face[1] * 0.5
    pen.arc(
        (middle - face[0] * 0.3, mouth - face[1] * 0.16, middle + face[0] * 0.3, mouth), 25, 155,
        fill="#9c4a46", width=line + 2,
    )  # fmt: skip
    if source.random() < 0.35:
        for side in (-apart, apart):
            x, wide = middle + side, face[0] * 0.26
            pen.ellipse(
                (x - wide, eye - wide * 0.85, x + wide, eye + wide * 0.85), outline="#333333", width=line
            )
        pen.line((middle - apart * 0.4, eye, middle + apart * 0.4, eye), fill="#333333", width=line)
