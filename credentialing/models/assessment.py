"""Assessing a file: its category, what was frozen when it was complete, and who looked at what came later."""

import uuid

from django.conf import settings
from django.db import models

from config.accounts.choices import DataClass
from config.kernel.periods import append_only_triggers
from credentialing.models.applications import Application


class CategoryRaise(models.Model):
    """A person says that a file needs full review though nothing computed says so. It is never taken back."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.OneToOneField(Application, models.PROTECT, related_name="category_raise")
    reason = models.TextField()
    raised_at = models.DateTimeField()
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("application",)
        constraints = [
            models.CheckConstraint(name="category_raise_says_why", condition=~models.Q(reason="")),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"Category 2: {self.application}"


class FileSnapshot(models.Model):
    """The file as it was when it was marked complete, as canonical JSON. What is new is told against it."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="snapshots")
    number = models.PositiveSmallIntegerField(help_text="Counts up per application.")
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    frozen = models.TextField(help_text="Canonical JSON (RFC 8785).")
    frozen_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ("application", "-number")
        constraints = [
            models.UniqueConstraint(fields=["application", "number"], name="snapshot_number_per_application"),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.application}, complete {self.taken_at:%d %b %Y}"


class ChangeSeen(models.Model):
    """Somebody looked at one thing that came in, or changed, after the file was complete.

    ``digest`` is what it said then: if it changes once more, it is looked at once more.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    snapshot = models.ForeignKey(FileSnapshot, models.PROTECT, related_name="changes_seen")
    key = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    data_class = models.CharField(max_length=12, choices=DataClass, default=DataClass.GENERAL)
    for_office = models.BooleanField(help_text="Seen by somebody who works the file.")
    note = models.TextField(blank=True)
    seen_at = models.DateTimeField()
    seen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("snapshot", "seen_at", "id")
        verbose_name_plural = "changes seen"
        constraints = [
            models.UniqueConstraint(
                fields=["snapshot", "key", "digest", "seen_by"], name="change_seen_once_by_each"
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.key}, seen by {self.seen_by}"
