"""What every mail of this room is: a row first, then sent once (ADR 0010)."""

import uuid

from django.db import models

from credentialing.choices import MailStatus

#: What was not sent, or did not arrive, keeps nobody from being written to about the same.
STANDS = ~models.Q(status__in=[MailStatus.MOOT, MailStatus.RETURNED])


class Mail(models.Model):
    """One mail on its way. ``message_id`` is fixed when the row is made, so that a mail sent again after a
    crash is the same mail.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    message_id = models.CharField(max_length=200, unique=True)
    status = models.CharField(max_length=8, choices=MailStatus, default=MailStatus.WAITING)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.TextField(blank=True)

    class Meta:
        abstract = True


def sent_has_moment(name: str) -> models.CheckConstraint:
    """What was sent has the moment, and nothing else has one; ``name`` is the table's."""
    return models.CheckConstraint(
        name=f"{name}_sent_has_moment",
        condition=models.Q(status="sent", sent_at__isnull=False)
        | (~models.Q(status="sent") & models.Q(sent_at__isnull=True)),
    )
