"""Certificates of a month's exclusion screening."""

import uuid

from django.conf import settings
from django.db import models

from config.kernel.periods import append_only_triggers
from config.organization.models import Facility


class ScreeningCertificate(models.Model):
    """What was screened at a facility in a month, as it stood when it was certified.

    Everything it says is in ``content``; ``sha256`` is the hash of that as canonical JSON, and the audit
    event repeats it. There is one of a month; what was wrong is corrected by the next version, which
    supersedes it and says why.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="screening_certificates")
    month = models.DateField(help_text="The first day of the month.")
    version = models.PositiveSmallIntegerField(default=1)
    supersedes = models.OneToOneField("self", models.PROTECT, null=True, related_name="superseded_by")
    reason = models.CharField(max_length=300, blank=True, help_text="Why the version before was wrong.")
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-month", "-version", "-id")
        constraints = [
            models.CheckConstraint(name="screening_certificate_of_month", condition=models.Q(month__day=1)),
            models.UniqueConstraint(
                fields=["facility", "month", "version"], name="screening_certificate_version"
            ),
            models.CheckConstraint(
                name="screening_certificate_supersedes_with_reason",
                condition=models.Q(version=1, supersedes__isnull=True, reason="")
                | (models.Q(version__gt=1, supersedes__isnull=False) & ~models.Q(reason="")),
            ),
        ]
        indexes = [models.Index(fields=["facility", "-month"], name="certificate_by_month")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"Exclusion screening of {self.month:%B %Y}, {self.facility}"
