"""What the NPI registry said of a number, load by load."""

import uuid

from django.db import models

from config.kernel.periods import append_only_triggers
from practitioners.choices import RegistryStatus
from practitioners.models.person import Practitioner


class RegistryStatusEvent(models.Model):
    """The registry says of a person's NPI that it is active or deactivated; a row only when that changes."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="registry_events")
    npi = models.CharField(max_length=10)
    status = models.CharField(max_length=12, choices=RegistryStatus)
    effective_on = models.DateField(help_text="The day the registry gives.")
    replaced_by = models.CharField(max_length=10, blank=True, help_text="The NPI that took its place.")
    said_in = models.CharField(max_length=200, help_text="The file or answer that said so.")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("practitioner", "-recorded_at", "-id")
        indexes = [models.Index(fields=["practitioner", "-recorded_at"], name="registry_status_latest")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"NPI {self.npi}: {self.get_status_display()}"
