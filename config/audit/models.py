"""Append-only records: acts, reads of protected data, job runs.

Rows hold text and uids instead of foreign keys, so the log never gets in the way of live data.
"""

import uuid

from django.db import models

from config.audit.choices import JobStatus
from config.kernel.periods import append_only_triggers, protect_delete


class AuditEvent(models.Model):
    """One act of one person (or of the system) and why."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    at = models.DateTimeField(db_index=True)
    actor_uid = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=200)
    verb = models.CharField(max_length=80, help_text="Past tense with the room: application.submitted")
    subject_kind = models.CharField(max_length=60)
    subject_uid = models.UUIDField()
    subject_label = models.CharField(max_length=300)
    practitioner_uid = models.UUIDField(null=True, help_text="Whose file it concerns.")
    facility_code = models.CharField(max_length=20, blank=True)
    reason = models.TextField(blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ("-at", "-id")
        indexes = [
            models.Index(fields=["subject_uid", "-at"], name="audit_by_subject"),
            models.Index(fields=["practitioner_uid", "-at"], name="audit_by_practitioner"),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.verb} {self.subject_label}"


class ProtectedRead(models.Model):
    """Somebody saw data of a protected class."""

    at = models.DateTimeField(db_index=True)
    actor_uid = models.UUIDField()
    actor_name = models.CharField(max_length=200)
    data_class = models.CharField(max_length=20)
    subject_kind = models.CharField(max_length=60)
    subject_uid = models.UUIDField()
    practitioner_uid = models.UUIDField(null=True)
    reason = models.TextField(blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("-at", "-id")
        indexes = [models.Index(fields=["practitioner_uid", "-at"], name="read_by_practitioner")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} read {self.data_class}"


class JobRun(models.Model):
    """The ledger of scheduled and long-running work: one row per job and key, made before the work starts."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    job = models.CharField(max_length=80)
    key = models.CharField(max_length=120, help_text="What makes this run unique, mostly the date.")
    status = models.CharField(max_length=10, choices=JobStatus, default=JobStatus.RUNNING)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)
    message = models.TextField(blank=True)

    class Meta:
        ordering = ("-started_at",)
        constraints = [models.UniqueConstraint(fields=["job", "key"], name="one_run_per_job_and_key")]
        triggers = [protect_delete()]

    def __str__(self):
        return f"{self.job} {self.key}: {self.get_status_display()}"
