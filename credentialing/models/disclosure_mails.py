"""A word to whoever owes a yearly disclosure of interests."""

import pgtrigger
from django.conf import settings
from django.db import models

from config.kernel.periods import protect_delete
from config.organization.models import Facility
from credentialing.choices import DisclosureAsked
from credentialing.models.mails import STANDS, Mail, sent_has_moment
from credentialing.workflow_disclosures import DISCLOSURE_MAIL


class DisclosureMail(Mail):
    """One mail to one person about the disclosure due on one day: before it is due, or once it is late."""

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="disclosure_mails")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recipient_email = models.EmailField()
    due = models.DateField()
    asked = models.CharField(max_length=6, choices=DisclosureAsked)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("created_at", "id")
        constraints = [
            sent_has_moment("disclosure_mail"),
            models.UniqueConstraint(
                fields=["facility", "recipient", "due", "asked"],
                condition=STANDS,
                name="disclosure_asked_once",
            ),
        ]
        indexes = [models.Index(fields=["status", "claimed_at"], name="disclosure_mail_queue")]
        triggers = [
            *DISCLOSURE_MAIL.triggers(),
            pgtrigger.ReadOnly(
                name="disclosure_mail_addressed_once",
                fields=[
                    "uid",
                    "facility",
                    "recipient",
                    "recipient_email",
                    "due",
                    "asked",
                    "created_at",
                    "message_id",
                ],
            ),
            protect_delete(),
        ]

    def __str__(self):
        return f"Disclosure asked of {self.recipient}"
