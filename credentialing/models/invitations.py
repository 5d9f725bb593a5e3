"""Invitations to meetings, as calendars understand them."""

import pgtrigger
from django.conf import settings
from django.db import models

from bylaws.models import Meeting
from config.kernel.periods import protect_delete
from credentialing.choices import InvitationMethod
from credentialing.models.mails import STANDS, Mail, sent_has_moment
from credentialing.workflow_invitations import MEETING_INVITATION


class MeetingInvitation(Mail):
    """One mail to one person about one state of a meeting: called, moved (``sequence``), or canceled."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="invitations")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recipient_email = models.EmailField()
    sequence = models.PositiveSmallIntegerField(help_text="Of the meeting, when this was written.")
    method = models.CharField(max_length=8, choices=InvitationMethod)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("created_at", "id")
        constraints = [
            sent_has_moment("meeting_invitation"),
            models.UniqueConstraint(
                fields=["meeting", "recipient", "sequence", "method", "recipient_email"],
                condition=STANDS,
                name="invited_once_to_each_state",
            ),
        ]
        indexes = [models.Index(fields=["status", "claimed_at"], name="meeting_invitation_queue")]
        triggers = [
            *MEETING_INVITATION.triggers(),
            pgtrigger.ReadOnly(
                name="meeting_invitation_addressed_once",
                fields=[
                    "uid",
                    "meeting",
                    "recipient",
                    "recipient_email",
                    "sequence",
                    "method",
                    "created_at",
                    "message_id",
                ],
            ),
            protect_delete(),
        ]

    def __str__(self):
        return f"{self.get_method_display()} to {self.recipient}"
