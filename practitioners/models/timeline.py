"""What was said about stretches of time nothing accounts for."""

import uuid

from django.conf import settings
from django.db import models

from config.kernel.periods import protect_delete
from practitioners.choices import SaidBy
from practitioners.models.evidence import Document
from practitioners.models.person import Practitioner


class GapExplanation(models.Model):
    """Why nothing is on file for these days. It covers every gap that lies within them."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="gap_explanations")
    first_day = models.DateField()
    last_day = models.DateField()
    explanation = models.TextField()
    in_writing = models.BooleanField(help_text="The practitioner gave it in writing.")
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    said_by = models.CharField(max_length=12, choices=SaidBy)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    withdrawal_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("practitioner", "first_day", "id")
        constraints = [
            models.CheckConstraint(
                name="gap_explanation_forward", condition=models.Q(last_day__gte=models.F("first_day"))
            ),
            models.CheckConstraint(
                name="gap_withdrawal_paired",
                condition=models.Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawal_reason="")
                | (
                    models.Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False)
                    & ~models.Q(withdrawal_reason="")
                ),
            ),
        ]
        triggers = [protect_delete()]

    def __str__(self):
        return f"Explanation for {self.first_day:%b %Y} to {self.last_day:%b %Y}"
