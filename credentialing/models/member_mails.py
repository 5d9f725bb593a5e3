"""Mails to members of the staff and its leaders that something waits for them."""

import pgtrigger
from django.conf import settings
from django.db import models

from bylaws.choices import WaitsFor
from config.kernel.periods import protect_delete
from config.organization.models import Facility
from credentialing.models.mails import STANDS, Mail, sent_has_moment
from credentialing.workflow_member_mails import MEMBER_MAIL


class MemberMail(Mail):
    """One mail to one person that one thing waits for them; not twice on the same day."""

    what = models.CharField(max_length=8, choices=WaitsFor)
    subject_uid = models.UUIDField()
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recipient_email = models.EmailField()
    day = models.DateField(help_text="The facility's day on which it was written.")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("created_at", "id")
        constraints = [
            sent_has_moment("member_mail"),
            models.UniqueConstraint(
                fields=["what", "subject_uid", "recipient", "day"],
                condition=STANDS,
                name="member_mailed_once_a_day",
            ),
        ]
        indexes = [models.Index(fields=["status", "claimed_at"], name="member_mail_queue")]
        triggers = [
            *MEMBER_MAIL.triggers(),
            pgtrigger.ReadOnly(
                name="member_mail_addressed_once",
                fields=[
                    "uid",
                    "what",
                    "subject_uid",
                    "facility",
                    "recipient",
                    "recipient_email",
                    "day",
                    "created_at",
                    "message_id",
                ],
            ),
            protect_delete(),
        ]

    def __str__(self):
        return f"{self.get_what_display()}, to {self.recipient}"
