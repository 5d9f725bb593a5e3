"""What becomes of the right to a hearing on an adverse recommendation: waived, asked for, over."""

import uuid

from django.conf import settings
from django.db import models

from bylaws.models import Decision
from config.kernel.periods import append_only_triggers
from credentialing.choices import HearingEvent
from practitioners.models import Evidence


class HearingRecord(models.Model):
    """One thing that happened to the right; the newest counts. What was wrong is corrected by a further one.

    ``decision`` is the act that opened the right: the Medical Executive Committee's recommendation, or what
    the board proposed otherwise than that committee.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="hearing_records")
    number = models.PositiveSmallIntegerField()
    event = models.CharField(max_length=10, choices=HearingEvent)
    happened_on = models.DateField(help_text="The facility's day.")
    told_by = models.CharField(max_length=200, help_text="Who wrote or signed, and how it is known.")
    proof = models.ForeignKey(Evidence, models.PROTECT, null=True, related_name="hearing_records")
    reason = models.CharField(max_length=300, blank=True, help_text="Why the row before was wrong.")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("decision", "number")
        constraints = [
            models.UniqueConstraint(fields=["decision", "number"], name="hearing_record_number"),
            models.CheckConstraint(
                name="hearing_ends_with_proof",
                condition=models.Q(event="requested") | models.Q(proof__isnull=False),
            ),
            models.CheckConstraint(
                name="hearing_begins_with_an_answer", condition=~models.Q(number=1, event="over")
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.get_event_display()}, {self.happened_on:%d %b %Y}"
