"""Runs: many questions put to machines at one time, each of them a row before anything is asked."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models

from config.kernel.periods import protect_delete
from config.organization.models import Facility
from credentialing.choices import RunKind, StepState
from credentialing.models.applications import Application, VerificationItem
from practitioners.models import Credential, Evidence

#: How a step may end; the other states follow from what was asked so far (selectors/runs.py).
ENDS = (StepState.ANSWERED, StepState.COULD_NOT_CHECK, StepState.CANCELLED, StepState.OVERTAKEN)


class VerificationRun(models.Model):
    """Everything a machine can check of one application, or of the licences that run out at a facility."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="verification_runs")
    kind = models.CharField(max_length=12, choices=RunKind)
    application = models.ForeignKey(Application, models.PROTECT, null=True, related_name="runs")
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, help_text="When its last step ended.")
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-started_at", "-id")
        constraints = [
            models.CheckConstraint(
                name="run_cancelled_paired",
                condition=models.Q(cancelled_at__isnull=True, cancelled_by__isnull=True)
                | models.Q(cancelled_at__isnull=False, cancelled_by__isnull=False, ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="run_of_application",
                condition=models.Q(kind="application", application__isnull=False)
                | models.Q(kind="due", application__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["facility", "kind", "application"],
                condition=models.Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="one_open_run_of_a_kind",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="ended_runs_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended_at__isnull=False),
            ),
            protect_delete(),
        ]

    def __str__(self):
        what = str(self.application) if self.application_id else f"Licenses that run out at {self.facility}"
        return f"Check of {what[:1].lower()}{what[1:]}"


class RunStep(models.Model):
    """One question of a run: an item of a file, or a licence outside of one. Written again only to end it."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    run = models.ForeignKey(VerificationRun, models.PROTECT, related_name="steps")
    item = models.ForeignKey(VerificationItem, models.PROTECT, null=True, related_name="run_steps")
    credential = models.ForeignKey(Credential, models.PROTECT, null=True, related_name="run_steps")
    source = models.CharField(max_length=20, help_text="Code of the source that is asked.")
    outcome = models.CharField(max_length=16, choices=StepState, blank=True, help_text="Empty: not over yet.")
    ended_at = models.DateTimeField(null=True)
    sentence = models.CharField(max_length=500, blank=True, help_text="What came of it, in words.")
    # Of a licence outside of a file; an item carries its own.
    evidence = models.ForeignKey(Evidence, models.PROTECT, null=True, related_name="run_steps")
    findings = models.JSONField(default=dict, help_text="What the source said, field by field.")

    class Meta:
        ordering = ("run", "id")
        constraints = [
            models.CheckConstraint(
                name="step_has_one_subject",
                condition=models.Q(item__isnull=False, credential__isnull=True)
                | models.Q(item__isnull=True, credential__isnull=False),
            ),
            models.CheckConstraint(
                name="step_ended_with_outcome",
                condition=models.Q(outcome="", ended_at__isnull=True)
                | models.Q(outcome__in=ENDS, ended_at__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["item"], condition=models.Q(outcome=""), name="one_open_step_per_item"
            ),
            models.UniqueConstraint(
                fields=["credential"], condition=models.Q(outcome=""), name="one_open_step_per_credential"
            ),
        ]
        indexes = [models.Index(fields=["run", "outcome"], name="steps_of_run")]
        triggers = [
            pgtrigger.Protect(
                name="ended_steps_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__outcome__gt=""),
            ),
            protect_delete(),
        ]

    def __str__(self):
        return str(self.item or self.credential)
