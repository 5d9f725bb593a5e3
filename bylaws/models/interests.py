"""Interests a reviewer has in a file, and what the chair of the body ruled on them.

Both are events: they are added and never changed; the newest ruling counts.
"""

from django.conf import settings
from django.db import models

from bylaws.choices import InterestKind, InterestRuling
from bylaws.models.actions import Event
from bylaws.models.reviews import ReviewStep
from config.kernel.periods import append_only_triggers


class DeclaredInterest(Event):
    """A reviewer's tie to whom a file is about. Who acts alone and declares one does not act; a member of a
    body waits for the chair's ruling.
    """

    step = models.ForeignKey(ReviewStep, models.PROTECT, related_name="interests")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="declared_interests", editable=False
    )
    kind = models.CharField(max_length=12, choices=InterestKind)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("step", "id")
        constraints = [models.UniqueConstraint(fields=["step", "user"], name="interest_declared_once")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.get_kind_display()}: {self.user}"

    @property
    def in_words(self) -> str:
        """As the reason of a recusal reads."""
        return f"{self.get_kind_display()}: {self.note}" if self.note else str(self.get_kind_display())


class InterestRuled(Event):
    """What the chair ruled; ``recorded_by`` is who ruled."""

    interest = models.ForeignKey(DeclaredInterest, models.PROTECT, related_name="rulings")
    ruling = models.CharField(max_length=10, choices=InterestRuling)
    reason = models.CharField(max_length=300)

    class Meta:
        ordering = ("interest", "id")
        constraints = [models.CheckConstraint(name="ruling_has_reason", condition=~models.Q(reason=""))]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.get_ruling_display()}: {self.interest.user}"
