"""The signed minutes of a meeting held elsewhere: one paper for everything it decided."""

import uuid

from django.conf import settings
from django.db import models

from bylaws.models.committees import Meeting
from config.kernel.periods import append_only_triggers


class MinutesPaper(models.Model):
    """A scan of the minutes of one meeting. It tells of several people, so it is kept encrypted and
    in nobody's file.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    meeting = models.OneToOneField(Meeting, models.PROTECT, related_name="minutes_paper")
    file_name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64, help_text="Where the paper lies in the store, encrypted.")
    stored_at = models.DateTimeField()
    stored_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        triggers = append_only_triggers()

    def __str__(self):
        return f"Minutes, {self.meeting}"
