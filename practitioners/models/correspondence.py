"""Letters we wrote."""

import uuid

from django.conf import settings
from django.db import models

from config.kernel.periods import append_only_triggers
from config.organization.models import Facility
from practitioners.choices import LetterKind
from practitioners.models.person import Practitioner


class Letter(models.Model):
    """A letter as issued. The PDF is found by ``sha256``; typesetting it again repeats the hash."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="letters")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30, choices=LetterKind)
    subject_kind = models.CharField(max_length=60)
    subject_uid = models.UUIDField()
    title = models.CharField(max_length=200)
    issued_on = models.DateField()
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    content = models.JSONField(help_text="What the letter was typeset from.")
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ("-issued_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject_uid"], name="one_letter_per_kind_and_subject")
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return self.title
