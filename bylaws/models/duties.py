"""What membership asks of members, as it was recorded: who was at the meetings of the medical staff."""

import uuid

from django.conf import settings
from django.db import models

from bylaws.choices import StaffPresence
from bylaws.models.committees import Meeting
from config.kernel.periods import append_only_triggers
from practitioners.models import Practitioner


class StaffAttendance(models.Model):
    """Whether a member was at a meeting, from the sheet that was signed there. The last row about a member
    stands; earlier ones stay on record.

    Apart from the presence that quorum is counted by (``Attendance``): members need no account here.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="staff_attendances")
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="staff_attendances")
    presence = models.CharField(max_length=10, choices=StaffPresence)
    reason = models.CharField(max_length=200, blank=True, help_text="Of an excuse: why it was accepted.")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("meeting", "recorded_at", "id")
        indexes = [
            models.Index(fields=["meeting", "practitioner", "-recorded_at"], name="staff_attendance_last")
        ]
        constraints = [
            models.CheckConstraint(
                name="an_excuse_has_a_reason",
                condition=~models.Q(presence="excused") | ~models.Q(reason=""),
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.practitioner}, {self.meeting}: {self.get_presence_display()}"
