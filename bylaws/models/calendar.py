"""The calendar a member subscribes to."""

import uuid

from django.conf import settings
from django.db import models

from config.kernel.periods import protect_delete


class CalendarFeed(models.Model):
    """A person's address from which calendars read their meetings. Only the hash of its secret is kept."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="calendar_feeds")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    expires_at = models.DateTimeField(editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="one_calendar_feed_at_a_time",
            ),
            models.CheckConstraint(
                name="calendar_feed_expires_later",
                condition=models.Q(expires_at__gt=models.F("created_at")),
            ),
        ]
        triggers = [protect_delete()]

    def __str__(self):
        return f"Calendar of {self.user}"
