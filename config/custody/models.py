"""Exports of everything, and content that came here from another installation."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from config.custody.choices import CustodyStatus, Purpose
from config.custody.workflow import CUSTODY_EXPORT
from config.kernel.periods import append_only_triggers, protect_delete

_DECIDED = (
    CustodyStatus.APPROVED,
    CustodyStatus.MAKING,
    CustodyStatus.READY,
    CustodyStatus.FAILED,
    CustodyStatus.REFUSED,
    CustodyStatus.EXPIRED,
)


class CustodyExport(models.Model):
    """One export of everything: who asked, who approved, to whose key it is encrypted, what came of it.

    The row belongs to this installation and does not travel; each of its steps is an event that does.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    purpose = models.CharField(max_length=14, choices=Purpose)
    reason = models.TextField(help_text="In the words of whoever asks.")
    receiver = models.CharField(max_length=200, help_text="Who will hold the key that opens it.")
    public_key = models.CharField(max_length=80, help_text="The receiver's age key, age1…; it opens nothing.")
    status = models.CharField(max_length=10, choices=CustodyStatus, default=CustodyStatus.ASKED)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    note = models.TextField(blank=True, help_text="Why it was refused or withdrawn, or could not be made.")
    made_at = models.DateTimeField(null=True)
    size = models.PositiveBigIntegerField(null=True, help_text="Bytes of the encrypted file.")
    sha256 = models.CharField(max_length=64, blank=True, help_text="Hash of the encrypted file.")
    counts = models.JSONField(default=dict, help_text="Tables, rows, files, and files no key here opens.")
    expires_at = models.DateTimeField(null=True, help_text="When the file is removed.")

    class Meta:
        ordering = ("-asked_at", "-id")
        verbose_name = "custody export"
        constraints = [
            models.CheckConstraint(
                name="custody_decision_paired",
                condition=Q(decided_at__isnull=True, decided_by__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="custody_two_people",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
            ),
            models.CheckConstraint(
                name="custody_decided_before_made",
                condition=~Q(status__in=_DECIDED) | Q(decided_by__isnull=False),
            ),
        ]
        triggers = [*CUSTODY_EXPORT.triggers(), protect_delete()]

    def __str__(self):
        return f"Custody export of {self.asked_at:%d %b %Y}"


class StandIn(models.Model):
    """Content from another installation, readable here.

    Its own bytes stay as they were, since hashes rest on them, and were encrypted under keys that stayed in
    the other house. The same content lies under ``stands_in``, encrypted under the keys of this one.
    """

    key = models.CharField(max_length=64, unique=True, help_text="Address of the bytes as they came.")
    stands_in = models.CharField(max_length=64, unique=True, help_text="Address of the same, encrypted here.")

    class Meta:
        ordering = ("id",)
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.key[:12]} readable as {self.stands_in[:12]}"
