"""Counts of members' duties that other systems keep: overdue medical records, dues, call coverage."""

import uuid

from django.conf import settings
from django.db import models

from bylaws.choices import DutyKind
from config.kernel.periods import append_only_triggers, protect_delete
from config.organization.models import Facility
from practitioners.models import Practitioner


class DutyList(models.Model):
    """One file of counts, as of one day. Taken back, it stays on record and says nothing any more."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=DutyKind)
    as_of = models.DateField()
    whole = models.BooleanField(
        help_text="It names everybody whom it concerns: who is not on it owes nothing."
    )
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    undo_reason = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ("-as_of", "-recorded_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "kind", "as_of", "sha256"],
                condition=models.Q(undone_at__isnull=True),
                name="duty_file_once",
            ),
            models.CheckConstraint(
                name="duty_list_undone_paired",
                condition=models.Q(undone_at__isnull=True, undone_by__isnull=True, undo_reason="")
                | (models.Q(undone_at__isnull=False, undone_by__isnull=False) & ~models.Q(undo_reason="")),
            ),
        ]
        triggers = [protect_delete()]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.as_of:%d %b %Y}"


class DutyCount(models.Model):
    """What a list says of one member: overdue records, whole dollars owed, or shifts covered.

    ``since``: the discharge of the oldest overdue record, the day the dues were due, or the first day of the
    call period.
    """

    duty_list = models.ForeignKey(DutyList, models.PROTECT, related_name="counts")
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="duty_counts")
    row = models.PositiveIntegerField(help_text="As a person counts it in the file, the header is row 1.")
    count = models.PositiveIntegerField()
    since = models.DateField(null=True)

    class Meta:
        ordering = ("duty_list", "row")
        constraints = [
            models.UniqueConstraint(fields=["duty_list", "practitioner"], name="duty_count_once"),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.practitioner}: {self.count}"
