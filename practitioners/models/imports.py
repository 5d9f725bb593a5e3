"""Files from other systems: what they would change, what they changed, and how to undo it."""

import uuid

from django.conf import settings
from django.db import models

from config.kernel.periods import append_only_triggers, protect_delete
from config.organization.models import Facility
from practitioners.choices import ImportKind, ImportStatus, RowOutcome
from practitioners.models.person import Practitioner
from practitioners.workflow import IMPORT_BATCH


class ImportBatch(models.Model):
    """One file, read by one mapping. Its bytes are found by ``sha256`` in the store, encrypted."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=8, choices=ImportKind)
    mapping = models.CharField(max_length=60, help_text="Code of the mapping, or the mapping file's name.")
    facility = models.ForeignKey(Facility, models.PROTECT, null=True, related_name="+")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField(help_text="Bytes.")
    status = models.CharField(max_length=10, choices=ImportStatus, default=ImportStatus.CHECKED)
    counts = models.JSONField(default=dict, help_text="Rows by outcome.")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    applied_at = models.DateTimeField(null=True)
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    undo_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("-created_at", "-id")
        verbose_name_plural = "import batches"
        constraints = [
            models.CheckConstraint(
                name="import_applied_paired",
                condition=models.Q(applied_at__isnull=True, applied_by__isnull=True)
                | models.Q(applied_at__isnull=False, applied_by__isnull=False),
            ),
            models.CheckConstraint(
                name="import_undone_paired",
                condition=models.Q(undone_at__isnull=True, undone_by__isnull=True, undo_reason="")
                | (models.Q(undone_at__isnull=False, undone_by__isnull=False) & ~models.Q(undo_reason="")),
            ),
        ]
        triggers = [*IMPORT_BATCH.triggers(), protect_delete()]

    def __str__(self):
        return f"{self.file_name}, {self.created_at:%d %b %Y}"


class ImportRow(models.Model):
    """One row of the file: what it says, what that means for the record, and what is wrong with it.

    ``changes`` is a list of {field, label, before, after}; ``problems`` a list of {column, sentence}.
    """

    batch = models.ForeignKey(ImportBatch, models.PROTECT, related_name="rows")
    number = models.PositiveIntegerField(help_text="As a person counts it in the file, the header is row 1.")
    outcome = models.CharField(max_length=10, choices=RowOutcome)
    label = models.CharField(max_length=240, help_text="The person's name and NPI as in the file.")
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, null=True, related_name="import_rows")
    values = models.JSONField(default=dict)
    changes = models.JSONField(default=list)
    problems = models.JSONField(default=list)

    class Meta:
        ordering = ("batch", "number")
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="import_row_once")]
        indexes = [models.Index(fields=["batch", "outcome"], name="import_rows_by_outcome")]
        triggers = [protect_delete()]

    def __str__(self):
        return f"Row {self.number}: {self.label}"


class ImportWrite(models.Model):
    """One thing an import wrote: what undoing takes back, and how to see whether it was touched since."""

    batch = models.ForeignKey(ImportBatch, models.PROTECT, related_name="writes")
    row = models.ForeignKey(ImportRow, models.PROTECT, related_name="writes")
    order = models.PositiveIntegerField()
    act = models.CharField(max_length=40, help_text="What was done; names the way back.")
    subject_kind = models.CharField(max_length=60)
    subject_key = models.CharField(max_length=60, help_text="The uid, or the key where a row has none.")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        ordering = ("batch", "order")
        constraints = [models.UniqueConstraint(fields=["batch", "order"], name="import_write_order")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.act} {self.subject_kind}"
