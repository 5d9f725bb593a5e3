"""Screening the whole staff: a run, and one part for each load of a list it meets (ADR 16)."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models

from config.kernel.periods import protect_delete
from credentialing.choices import ScreeningScope
from credentialing.models.screening import ListSnapshot


class StaffScreening(models.Model):
    """Everyone with an appointment, privileges or an open application, against every list in use.

    It is written with its parts before any work is done. ``touched_at`` is the last sign of whoever works on
    it; a run without one for long is taken up again.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    scope = models.CharField(max_length=8, choices=ScreeningScope)
    people = models.PositiveIntegerField(help_text="Whom it was to screen when it began.")
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    touched_at = models.DateTimeField(help_text="When somebody last worked on it.")
    answered_through = models.UUIDField(null=True, help_text="Applicants whose files were answered, by uid.")
    ended_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-started_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["ended_at"],
                condition=models.Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="one_open_staff_screening",
            ),
            models.CheckConstraint(
                name="staff_screening_cancelled_paired",
                condition=models.Q(cancelled_at__isnull=True, cancelled_by__isnull=True)
                | models.Q(cancelled_at__isnull=False, cancelled_by__isnull=False, ended_at__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="ended_screenings_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended_at__isnull=False),
            ),
            protect_delete(),
        ]

    def __str__(self):
        return f"Exclusion screening of {self.started_at:%d %b %Y}"


class ScreeningPart(models.Model):
    """One load of one list, met by the people of a run. What is ``done`` is counted in the transaction that
    writes it.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    run = models.ForeignKey(StaffScreening, models.PROTECT, related_name="parts")
    snapshot = models.ForeignKey(ListSnapshot, models.PROTECT, related_name="parts")
    people = models.PositiveIntegerField(help_text="Whom it was to screen when the run began.")
    done = models.PositiveIntegerField(default=0)
    matches = models.PositiveIntegerField(default=0)
    weak = models.PositiveIntegerField(default=0, help_text="Rows noted for information.")
    ended_at = models.DateTimeField(null=True, help_text="When everybody had met the list.")

    class Meta:
        ordering = ("run", "id")
        constraints = [
            models.UniqueConstraint(fields=["run", "snapshot"], name="one_part_per_load"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="ended_parts_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended_at__isnull=False),
            ),
            protect_delete(),
        ]

    def __str__(self):
        return f"{self.run}, {self.snapshot}"
