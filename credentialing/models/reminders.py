"""The outbox of reminders: a row before a mail."""

import uuid

from django.db import models

from config.kernel.periods import protect_delete
from credentialing.choices import MessageStatus
from credentialing.workflow import OUTBOX_MESSAGE
from practitioners.models import CredentialPeriod, Practitioner


class OutboxMessage(models.Model):
    """One reminder: this credential, this threshold, this recipient, once.

    ``message_id`` is fixed when the row is made, so that a mail sent again after a crash is the same mail.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="outbox")
    credential_period = models.ForeignKey(CredentialPeriod, models.PROTECT, related_name="reminders")
    threshold_days = models.SmallIntegerField(help_text="Days before the last valid day.")
    recipient = models.EmailField()
    message_id = models.CharField(max_length=200, unique=True)
    status = models.CharField(max_length=8, choices=MessageStatus, default=MessageStatus.PENDING)
    created_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.TextField(blank=True)

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["credential_period", "threshold_days", "recipient"], name="reminder_once"
            ),
            models.CheckConstraint(
                name="sent_has_moment",
                condition=models.Q(status="sent", sent_at__isnull=False)
                | (~models.Q(status="sent") & models.Q(sent_at__isnull=True)),
            ),
        ]
        indexes = [models.Index(fields=["status", "claimed_at"], name="outbox_queue")]
        triggers = [*OUTBOX_MESSAGE.triggers(), protect_delete()]

    def __str__(self):
        return f"Reminder to {self.recipient}"
