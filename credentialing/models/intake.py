"""Paper that reached the office, and which pages of it went into whose file."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models

from config.kernel.periods import protect_delete
from config.organization.models import Facility
from credentialing.choices import PaperChannel, PaperStatus
from credentialing.models.applications import VerificationItem
from credentialing.workflow import INCOMING_PAPER
from practitioners.models import Credential, Document, Practitioner


class IncomingPaper(models.Model):
    """One scan, fax, letter or upload as it arrived, of one facility's office.

    Whose it is and how confidential is known only once it is filed: until then its bytes are kept like
    those of a protected class, encrypted, found by ``sha256`` in the store.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    channel = models.CharField(max_length=8, choices=PaperChannel)
    sender = models.CharField(max_length=200, blank=True, help_text="Who sent it.")
    arrived_on = models.DateField()
    file_name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(help_text="Bytes.")
    page_count = models.PositiveSmallIntegerField()
    sha256 = models.CharField(max_length=64)
    fingerprint = models.CharField(
        max_length=64, help_text="Keyed hash of the content: the same file is recognized, not revealed."
    )
    received_at = models.DateTimeField()
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    coordinator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+",
        help_text="Who works it; empty: nobody has it yet.",
    )  # fmt: skip
    status = models.CharField(max_length=10, choices=PaperStatus, default=PaperStatus.TO_FILE)
    closed_at = models.DateTimeField(null=True, help_text="When it was done with, or discarded.")
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    closing_reason = models.TextField(blank=True)
    erased_at = models.DateTimeField(null=True, help_text="When its content was erased.")
    erased_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    erasing_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("arrived_on", "id")
        constraints = [
            models.CheckConstraint(
                name="paper_erasing_paired",
                condition=models.Q(erased_at__isnull=True, erased_by__isnull=True, erasing_reason="")
                | (
                    models.Q(erased_at__isnull=False, erased_by__isnull=False, status="discarded")
                    & ~models.Q(erasing_reason="")
                ),
            ),
            models.CheckConstraint(name="paper_has_pages", condition=models.Q(page_count__gte=1)),
            models.CheckConstraint(
                name="paper_closing_paired",
                condition=models.Q(
                    status="to_file", closed_at__isnull=True, closed_by__isnull=True, closing_reason=""
                )
                | (~models.Q(status="to_file") & models.Q(closed_at__isnull=False, closed_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="paper_discarded_with_reason",
                condition=~models.Q(status="discarded") | ~models.Q(closing_reason=""),
            ),
            models.UniqueConstraint(
                fields=["facility", "fingerprint"],
                condition=~models.Q(status="discarded"),
                name="paper_in_tray_once",
            ),
        ]
        indexes = [models.Index(fields=["facility", "status", "arrived_on"], name="papers_to_file")]
        triggers = [
            *INCOMING_PAPER.triggers(),
            pgtrigger.ReadOnly(
                name="paper_content_stays",
                fields=["facility", "page_count", "sha256", "fingerprint", "received_at", "received_by"],
            ),
            pgtrigger.Protect(
                name="erased_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__erased_at__isnull=False),
            ),
            protect_delete(),
        ]

    def __str__(self):
        return self.title


class FiledPart(models.Model):
    """Pages of a paper that went into one person's file as a document, and whether that was taken back.

    ``item`` is the verification they answer, ``credential`` the credential they speak of; neither for a
    paper that is only kept.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    paper = models.ForeignKey(IncomingPaper, models.PROTECT, related_name="parts")
    first_page = models.PositiveSmallIntegerField()
    last_page = models.PositiveSmallIntegerField(help_text="Inclusive.")
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="filed_parts")
    document = models.OneToOneField(Document, models.PROTECT, related_name="filed_part")
    item = models.ForeignKey(VerificationItem, models.PROTECT, null=True, related_name="filed_parts")
    credential = models.ForeignKey(Credential, models.PROTECT, null=True, related_name="filed_parts")
    filed_at = models.DateTimeField()
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    undo_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("paper", "first_page", "id")
        constraints = [
            models.CheckConstraint(
                name="part_pages_in_order",
                condition=models.Q(first_page__gte=1, last_page__gte=models.F("first_page")),
            ),
            models.CheckConstraint(
                name="part_of_one_thing",
                condition=models.Q(item__isnull=True) | models.Q(credential__isnull=True),
            ),
            models.CheckConstraint(
                name="part_undone_paired",
                condition=models.Q(undone_at__isnull=True, undone_by__isnull=True, undo_reason="")
                | (models.Q(undone_at__isnull=False, undone_by__isnull=False) & ~models.Q(undo_reason="")),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="part_stays_as_filed",
                fields=[
                    "paper", "first_page", "last_page", "practitioner", "document", "item", "credential",
                    "filed_at", "filed_by",
                ],
            ),
            pgtrigger.Protect(
                name="undone_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__undone_at__isnull=False),
            ),
            protect_delete(),
        ]  # fmt: skip

    def __str__(self):
        pages = f"page {self.first_page}"
        if self.last_page > self.first_page:
            pages = f"pages {self.first_page} to {self.last_page}"
        return f"{self.document}, {pages}"
