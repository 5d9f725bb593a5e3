"""Letters we wrote, and what was said on the telephone."""

import uuid

from django.conf import settings
from django.db import models

from config.accounts.choices import DataClass
from config.kernel.periods import append_only_triggers, protect_delete
from config.organization.models import Facility
from practitioners.choices import ContactChannel, LetterKind
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
    data_class = models.CharField(max_length=12, choices=DataClass, default=DataClass.GENERAL)
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


class ContactLogEntry(models.Model):
    """Something was said about a file: by whom, what, and when to come back to it."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="contact_log")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+")
    channel = models.CharField(max_length=10, choices=ContactChannel)
    happened_at = models.DateTimeField()
    with_whom = models.CharField(max_length=200, blank=True)
    said = models.TextField()
    follow_up_on = models.DateField(null=True)
    follow_up_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="contact_follow_ups"
    )
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-happened_at", "-id")
        verbose_name_plural = "contact log entries"
        constraints = [
            models.CheckConstraint(
                name="contact_done_paired",
                condition=models.Q(done_at__isnull=True, done_by__isnull=True)
                | models.Q(done_at__isnull=False, done_by__isnull=False),
            ),
            models.CheckConstraint(
                name="contact_follow_up_paired",
                condition=models.Q(follow_up_on__isnull=True, follow_up_for__isnull=True)
                | models.Q(follow_up_on__isnull=False, follow_up_for__isnull=False),
            ),
            models.CheckConstraint(
                name="contact_done_was_due",
                condition=models.Q(done_at__isnull=True) | models.Q(follow_up_on__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["follow_up_for", "follow_up_on"],
                condition=models.Q(done_at__isnull=True, follow_up_on__isnull=False),
                name="contact_to_follow_up",
            )
        ]
        triggers = [protect_delete()]

    def __str__(self):
        return f"{self.get_channel_display()}, {self.practitioner}"
