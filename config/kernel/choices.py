"""Choices that carry value, label and colour together, so a status looks the same everywhere."""

from django.db import models

COLOURS = ("neutral", "info", "good", "warn", "bad", "muted")


class StatusChoices(models.TextChoices):
    """``NAME = "value", "colour", "Label"``; the colour is one of :data:`COLOURS`.

    The check of the palette's contrast lives in the stylesheet, so no other colour is accepted.
    """

    colour: str

    def __new__(cls, value, colour="neutral"):
        if colour not in COLOURS:
            raise ValueError(f"{colour!r} is not one of {COLOURS}")
        member = str.__new__(cls, value)
        member._value_ = value
        member.colour = colour
        return member
