"""The outbox of reminders: a row before a mail."""

from django.db import models

from config.kernel.periods import protect_delete
from credentialing.choices import Told
from credentialing.models.mails import Mail, sent_has_moment
from credentialing.workflow import OUTBOX_MESSAGE
from practitioners.models import CredentialPeriod, Practitioner


class OutboxMessage(Mail):
    """One reminder: this credential, this threshold, this recipient, once."""

    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="outbox")
    credential_period = models.ForeignKey(CredentialPeriod, models.PROTECT, related_name="reminders")
    threshold_days = models.SmallIntegerField(help_text="Days before the last valid day.")
    recipient = models.EmailField()
    told = models.CharField(
        max_length=12, choices=Told, default=Told.PRACTITIONER, help_text="As what the recipient is told."
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["credential_period", "threshold_days", "recipient"], name="reminder_once"
            ),
            sent_has_moment("outbox"),
        ]
        indexes = [models.Index(fields=["status", "claimed_at"], name="outbox_queue")]
        triggers = [*OUTBOX_MESSAGE.triggers(), protect_delete()]

    def __str__(self):
        return f"Reminder to {self.recipient}"
