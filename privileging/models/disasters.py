"""Whether a volunteer's disaster privileges continue: decided within hours of arrival."""

import uuid

from django.conf import settings
from django.db import models

from config.kernel.periods import append_only_triggers
from credentialing.models import Application


class VolunteerDecision(models.Model):
    """An officer decided whether what was granted to a volunteer continues, and until when."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="volunteer_decisions")
    continues = models.BooleanField()
    until = models.DateField(null=True, help_text="Last day; empty where they do not continue.")
    reason = models.TextField(help_text="What it rests on.")
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    capacity = models.CharField(max_length=300, help_text="The office, and why a designee acted.")

    class Meta:
        ordering = ("-decided_at", "-id")
        constraints = [
            models.CheckConstraint(
                name="continued_until_a_day",
                condition=models.Q(continues=True, until__isnull=False)
                | models.Q(continues=False, until__isnull=True),
            ),
            models.CheckConstraint(name="volunteer_decision_says_why", condition=~models.Q(reason="")),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{'Continues' if self.continues else 'Ends'}: {self.application}"
