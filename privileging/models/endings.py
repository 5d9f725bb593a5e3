"""Privileges that ended before their term: by which act, from when, and whether that was taken back."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models

from bylaws.models import AdverseAction
from config.kernel.periods import protect_delete
from config.organization.models import Facility
from practitioners.models import Practitioner
from privileging.choices import EndingKind

RECORDED = [
    "practitioner",
    "facility",
    "kind",
    "day",
    "reason",
    "ended",
    "names",
    "action",
    "recorded_at",
    "recorded_by",
]


class PrivilegeEnding(models.Model):
    """One act by which a person lost privileges at a facility: given up, or revoked.

    What held before stays answerable: grants are ended from ``day`` on, never removed. ``reason`` stands with
    the grants, so it holds no cause that is peer review. ``action`` is peer review: it says that there was,
    or may have been, an investigation, or why something was revoked.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="privilege_endings")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="privilege_endings")
    kind = models.CharField(max_length=12, choices=EndingKind)
    day = models.DateField(help_text="The first day without the privileges.")
    reason = models.TextField(help_text="The reason given, or which decision it was.")
    ended = models.JSONField(help_text="Uids of the grant periods it cut short.")
    names = models.JSONField(help_text="The privileges in words, each once.")
    action = models.OneToOneField(AdverseAction, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    taken_back_because = models.TextField(blank=True)
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-day", "-id")
        constraints = [
            models.CheckConstraint(
                name="ending_taken_back_paired",
                condition=models.Q(
                    taken_back_because="", taken_back_at__isnull=True, taken_back_by__isnull=True
                )
                | (
                    ~models.Q(taken_back_because="")
                    & models.Q(taken_back_at__isnull=False, taken_back_by__isnull=False)
                ),
            ),
            models.CheckConstraint(name="ending_has_reason", condition=~models.Q(reason="")),
            models.CheckConstraint(
                name="revocation_is_adverse",
                condition=models.Q(kind=EndingKind.RELINQUISHED) | models.Q(action__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["practitioner", "facility", "-day"], name="endings_of_person")]
        triggers = [
            pgtrigger.ReadOnly(name="recorded_once", fields=RECORDED),
            pgtrigger.Protect(
                name="taken_back_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__taken_back_at__isnull=False),
            ),
            protect_delete(),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.practitioner}"
