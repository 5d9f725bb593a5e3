"""What a source said, kept so that any past answer can be proved.

Bytes live in content-addressed storage; the row is append-only and chained per practitioner.
"""

import uuid

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords

from config.accounts.choices import DataClass
from config.kernel.periods import append_only_triggers, protect_delete
from practitioners.choices import Method, SourceKind
from practitioners.models.person import Practitioner


class Document(models.Model):
    """An uploaded file of a practitioner. The bytes are found by ``sha256`` in the store."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="documents")
    title = models.CharField(max_length=200)
    data_class = models.CharField(max_length=12, choices=DataClass, default=DataClass.GENERAL)
    file_name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64, db_index=True)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    redacted_at = models.DateTimeField(null=True, editable=False)
    redacted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    redaction_reason = models.TextField(blank=True, editable=False)
    history = HistoricalRecords()

    class Meta:
        ordering = ("-uploaded_at", "-id")
        constraints = [
            models.CheckConstraint(
                name="document_redaction_paired",
                condition=models.Q(redacted_at__isnull=True, redacted_by__isnull=True, redaction_reason="")
                | (
                    models.Q(redacted_at__isnull=False, redacted_by__isnull=False)
                    & ~models.Q(redaction_reason="")
                ),
            )
        ]

    def __str__(self):
        return self.title

    @property
    def encrypted(self) -> bool:
        """Whether the bytes in the store are encrypted: everything that is not of the general class."""
        return self.data_class != DataClass.GENERAL


class Evidence(models.Model):
    """One statement of a source about a practitioner."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="evidence")
    sequence = models.PositiveIntegerField(help_text="Position in the practitioner's chain, from 1.")
    title = models.CharField(max_length=200)
    source = models.CharField(max_length=200, help_text="Who said it: the board, the school, the registry.")
    source_kind = models.CharField(max_length=10, choices=SourceKind)
    method = models.CharField(max_length=10, choices=Method)
    source_date = models.DateField(null=True, help_text="The date the source's data bears.")
    obtained_at = models.DateTimeField()
    obtained_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    summary = models.TextField(blank=True)
    data_class = models.CharField(max_length=12, choices=DataClass, default=DataClass.GENERAL)
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="evidence")
    media_type = models.CharField(max_length=100, blank=True)
    content_sha256 = models.CharField(
        max_length=64, help_text="Hash of salt and content; the address in the store is that of the content."
    )
    store_key = models.CharField(max_length=64, help_text="Address of the bytes in the store.")
    salt = models.CharField(max_length=32)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ("practitioner", "sequence")
        verbose_name_plural = "evidence"
        constraints = [
            models.UniqueConstraint(fields=["practitioner", "sequence"], name="one_evidence_per_position")
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return self.title

    @property
    def encrypted(self) -> bool:
        """Whether the bytes in the store are encrypted: everything that is not of the general class."""
        return self.data_class != DataClass.GENERAL


class EvidenceHead(models.Model):
    """The end of a practitioner's chain, so that a missing tail is noticed. Updated last."""

    practitioner = models.OneToOneField(Practitioner, models.PROTECT, related_name="evidence_head")
    sequence = models.PositiveIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        triggers = [protect_delete()]

    def __str__(self):
        return f"{self.practitioner}: {self.sequence} pieces of evidence"


class EvidenceRedaction(models.Model):
    """The bytes of a piece of evidence were removed: a wrong person's file, patient data."""

    evidence = models.OneToOneField(Evidence, models.PROTECT, related_name="redaction")
    reason = models.TextField()
    redacted_at = models.DateTimeField()
    redacted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        triggers = append_only_triggers()

    def __str__(self):
        return f"Redaction of {self.evidence}"
