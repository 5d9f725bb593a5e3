"""Certificates of a month's exclusion screening."""

import uuid

from django.conf import settings
from django.db import models

from config.kernel.periods import append_only_triggers
from config.organization.models import Facility


class ScreeningCertificate(models.Model):
    """What was screened at a facility in a month, as it stood when it was certified.

    Everything it says is in ``content``; ``sha256`` is the hash of that as canonical JSON, and the audit
    event repeats it. A later certificate of the same month stands beside it.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="screening_certificates")
    month = models.DateField(help_text="The first day of the month.")
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-month", "-issued_at", "-id")
        constraints = [
            models.CheckConstraint(name="screening_certificate_of_month", condition=models.Q(month__day=1))
        ]
        indexes = [models.Index(fields=["facility", "-month"], name="certificate_by_month")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"Exclusion screening of {self.month:%B %Y}, {self.facility}"
