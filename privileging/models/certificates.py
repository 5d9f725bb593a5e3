"""Certificates of privileges: what somebody may do at a facility, as known at a moment, never changed."""

import uuid

from django.conf import settings
from django.db import models

from config.kernel.periods import append_only_triggers
from config.organization.models import Facility
from practitioners.models import Practitioner


class PrivilegeCertificate(models.Model):
    """One version of a person's certificate; the newest one counts, the ones before stay as they were."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="privilege_certificates")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="privilege_certificates")
    version = models.PositiveIntegerField()
    issued_at = models.DateTimeField(help_text="What it says is as known at this moment.")
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    content = models.JSONField()
    sha256 = models.CharField(max_length=64, help_text="Of the content as canonical JSON (RFC 8785).")

    class Meta:
        ordering = ("-issued_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["practitioner", "facility", "version"], name="privileges_certified_once"
            )
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"Privileges of {self.practitioner} at {self.facility}, version {self.version}"
