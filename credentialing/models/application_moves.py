"""How an application came to stand as it does."""

from django.conf import settings
from django.db import models

from config.kernel.periods import append_only_triggers
from credentialing.choices import ApplicationStatus
from credentialing.models.applications import Application


class ApplicationMove(models.Model):
    """From one day on an application stood so: what it is asked for a past day, and what was known then, is
    read from here. The application itself says how it stands now.
    """

    application = models.ForeignKey(Application, models.PROTECT, related_name="moves")
    status = models.CharField(max_length=20, choices=ApplicationStatus)
    day = models.DateField(help_text="The facility's day; of a decision the day it was made.")
    at = models.DateTimeField(help_text="When it was recorded.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("at", "id")
        indexes = [models.Index(fields=["application", "at"], name="application_move_order")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.get_status_display()}, {self.day}"
