"""A word to whoever must act next on a file before the bodies."""

import pgtrigger
from django.conf import settings
from django.db import models

from bylaws.models import ReviewStep
from config.kernel.periods import protect_delete
from credentialing.models.mails import Mail, sent_has_moment
from credentialing.workflow_nudges import NUDGE_MAIL


class NudgeMail(Mail):
    """One mail to one person about one step; not twice on the same day."""

    step = models.ForeignKey(ReviewStep, models.PROTECT, related_name="nudges")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recipient_email = models.EmailField()
    asked_on = models.DateField(help_text="The facility's day.")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("created_at", "id")
        constraints = [
            sent_has_moment("nudge_mail"),
            models.UniqueConstraint(fields=["step", "recipient", "asked_on"], name="nudged_once_a_day"),
        ]
        indexes = [models.Index(fields=["status", "claimed_at"], name="nudge_mail_queue")]
        triggers = [
            *NUDGE_MAIL.triggers(),
            pgtrigger.ReadOnly(
                name="nudge_mail_addressed_once",
                fields=[
                    "uid",
                    "step",
                    "recipient",
                    "recipient_email",
                    "asked_on",
                    "asked_by",
                    "created_at",
                    "message_id",
                ],
            ),
            protect_delete(),
        ]

    def __str__(self):
        return f"Reminder to {self.recipient}"
