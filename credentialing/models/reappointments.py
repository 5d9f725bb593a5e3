"""Reappointments launched in one batch: which month, by whom, and which application came of which term."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models

from bylaws.models import Appointment
from config.kernel.periods import append_only_triggers, protect_delete
from config.organization.models import Facility
from credentialing.models.applications import Application


class ReappointmentBatch(models.Model):
    """One launch: the terms that end in one month at one facility, or some of them."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="reappointment_batches")
    month = models.DateField(help_text="First day of the month in which the terms end.")
    due_on = models.DateField(help_text="Last day of the time asked for in the packets.")
    launched_at = models.DateTimeField()
    launched_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-launched_at", "-id")
        verbose_name_plural = "reappointment batches"
        constraints = [
            models.CheckConstraint(name="batch_of_a_whole_month", condition=models.Q(month__day=1)),
        ]
        indexes = [models.Index(fields=["facility", "month"], name="batches_of_a_month")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"Reappointments of {self.month:%B %Y}"


class ReappointmentLaunch(models.Model):
    """One term whose renewal was launched. The same term is launched once, unless that was taken back."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    batch = models.ForeignKey(ReappointmentBatch, models.PROTECT, related_name="launches")
    appointment = models.ForeignKey(
        Appointment, models.PROTECT, related_name="launches", help_text="The term that ends."
    )
    application = models.OneToOneField(Application, models.PROTECT, related_name="launch")
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    taken_back_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("batch", "id")
        verbose_name_plural = "reappointment launches"
        constraints = [
            models.UniqueConstraint(
                fields=["appointment"],
                condition=models.Q(taken_back_at__isnull=True),
                name="term_launched_once",
            ),
            models.CheckConstraint(
                name="launch_taken_back_paired",
                condition=models.Q(taken_back_at=None, taken_back_by=None, taken_back_reason="")
                | (
                    models.Q(taken_back_at__isnull=False, taken_back_by__isnull=False)
                    & ~models.Q(taken_back_reason="")
                ),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="launched_once", fields=["uid", "batch", "appointment", "application"]),
            protect_delete(),
        ]

    def __str__(self):
        return f"{self.application}, launched"
