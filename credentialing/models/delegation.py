"""Delegated credentialing: the agreement with a payer, its audits, its reports, and reviews of files."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models

from config.kernel.periods import (
    Identity,
    Period,
    append_only_triggers,
    period_constraints,
    period_indexes,
    period_triggers,
    protect_delete,
)
from config.rulebook.models import SourceBody
from credentialing.choices import ApplicationKind, AuditKind, OversightResult, ReportRhythm, ReviewMark
from credentialing.models.applications import Application
from credentialing.models.payers import Payer


class DelegationAgreement(Identity):
    """The written agreement by which a payer relies on this office's credentialing; one for each payer."""

    payer = models.OneToOneField(Payer, models.PROTECT, related_name="agreement")

    class Meta:
        triggers = append_only_triggers()

    def __str__(self):
        return f"Delegation agreement with {self.payer}"


class DelegationAgreementPeriod(Period):
    """Over which days it holds, and what it says."""

    key_fields = ("identity",)
    identity = models.ForeignKey(DelegationAgreement, models.PROTECT, related_name="periods")
    standard = models.ForeignKey(
        SourceBody, models.PROTECT, related_name="+", help_text="Whose numbers the payer holds the office to."
    )
    functions = models.JSONField(help_text="What is delegated: codes of DelegatedFunction.")
    everyone = models.BooleanField(help_text="Whoever is appointed joins the payer's roster.")
    rhythm = models.CharField(max_length=12, choices=ReportRhythm)
    report_days = models.PositiveSmallIntegerField(help_text="Days after its period a report is due.")
    signed_on = models.DateField(help_text="The day the agreement was signed.")
    filed_at = models.CharField(max_length=200, help_text="Number of the contract, or where the paper is.")

    class Meta:
        constraints = [
            *period_constraints("credentialing_delegationagreementperiod", "identity"),
            models.CheckConstraint(
                name="agreement_signed_by_its_first_day",
                condition=models.Q(valid__startswith__gte=models.F("signed_on")),
            ),
        ]
        indexes = period_indexes("credentialing_delegationagreementperiod", "identity")
        triggers = period_triggers()


class DelegationAudit(models.Model):
    """The payer looked at how this office credentials: before it delegated, once a year, or for a cause."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    payer = models.ForeignKey(Payer, models.PROTECT, related_name="audits")
    kind = models.CharField(max_length=14, choices=AuditKind)
    held_on = models.DateField()
    auditor = models.CharField(max_length=200, help_text="Who looked, for the payer.")
    result = models.CharField(max_length=12, choices=OversightResult)
    summary = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-held_on", "-id")
        indexes = [models.Index(fields=["payer", "-held_on"], name="audits_of_a_payer")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.get_kind_display()} by {self.payer}, {self.held_on:%d %b %Y}"


class AuditFinding(models.Model):
    """Something an audit found short, what is done about it and by when, and that it was done."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    audit = models.ForeignKey(DelegationAudit, models.PROTECT, related_name="findings")
    what = models.TextField()
    action = models.TextField(help_text="The corrective action.")
    due_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    done_on = models.DateField(null=True)
    done_note = models.TextField(blank=True)
    done_recorded_at = models.DateTimeField(null=True)
    done_recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ("due_on", "id")
        constraints = [
            models.CheckConstraint(
                name="finding_done_paired",
                condition=models.Q(done_on=None, done_note="", done_recorded_at=None, done_recorded_by=None)
                | (
                    models.Q(
                        done_on__isnull=False, done_recorded_at__isnull=False, done_recorded_by__isnull=False
                    )
                    & ~models.Q(done_note="")
                ),
            )
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="finding_written_once",
                fields=["uid", "audit", "what", "action", "due_on", "recorded_at", "recorded_by"],
            ),
            pgtrigger.Protect(
                name="finding_done_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__done_on__isnull=False),
            ),
            protect_delete(),
        ]

    def __str__(self):
        return self.what[:200]


class DelegationReport(models.Model):
    """A report to the payer, as it was made of the days of one period; of several the newest."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    payer = models.ForeignKey(Payer, models.PROTECT, related_name="reports")
    first_day = models.DateField()
    last_day = models.DateField()
    due_on = models.DateField()
    lines = models.JSONField(help_text="A list of lines, each with what happened to one person.")
    counts = models.JSONField(help_text="Adds, terms, credentialed, recredentialed, and the turnaround.")
    sha256 = models.CharField(max_length=64, help_text="Of lines and counts as canonical JSON.")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sent_on = models.DateField(null=True)
    sent_to = models.CharField(max_length=200, blank=True)
    sent_recorded_at = models.DateTimeField(null=True)
    sent_recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ("-last_day", "-made_at", "-id")
        constraints = [
            models.CheckConstraint(
                name="report_of_whole_days", condition=models.Q(last_day__gte=models.F("first_day"))
            ),
            models.CheckConstraint(
                name="report_sent_paired",
                condition=models.Q(sent_on=None, sent_to="", sent_recorded_at=None, sent_recorded_by=None)
                | (
                    models.Q(
                        sent_on__isnull=False, sent_recorded_at__isnull=False, sent_recorded_by__isnull=False
                    )
                    & ~models.Q(sent_to="")
                ),
            ),
        ]
        indexes = [models.Index(fields=["payer", "-last_day"], name="reports_of_a_payer")]
        triggers = [
            pgtrigger.ReadOnly(
                name="report_made_once",
                fields=[
                    "uid", "payer", "first_day", "last_day", "due_on", "lines", "counts", "sha256",
                    "made_at", "made_by",
                ],
            ),
            pgtrigger.Protect(
                name="report_sent_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__sent_on__isnull=False),
            ),
            protect_delete(),
        ]  # fmt: skip

    def __str__(self):
        return f"Report to {self.payer}, {self.first_day:%d %b %Y} to {self.last_day:%d %b %Y}"


class OversightSample(models.Model):
    """Files of a payer's roster drawn for its oversight, by a seed that draws the same again."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    payer = models.ForeignKey(Payer, models.PROTECT, related_name="samples")
    standard = models.ForeignKey(SourceBody, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=ApplicationKind)
    first_day = models.DateField()
    last_day = models.DateField()
    seed = models.CharField(max_length=40)
    universe = models.PositiveIntegerField(help_text="Files decided within these days.")
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-drawn_at", "-id")
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.get_kind_display()} files of {self.payer}, seed {self.seed}"


class OversightFile(models.Model):
    """One file of a sample, in the order drawn."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sample = models.ForeignKey(OversightSample, models.PROTECT, related_name="files")
    application = models.ForeignKey(Application, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(help_text="From 1.")

    class Meta:
        ordering = ("sample", "position")
        constraints = [
            models.UniqueConstraint(fields=["sample", "position"], name="sampled_in_one_order"),
            models.UniqueConstraint(fields=["sample", "application"], name="sampled_once"),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"File {self.position} of {self.sample}"


class OversightMark(models.Model):
    """What was found of one element of one file; the latest word counts. ``computed``: as the file shows."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    file = models.ForeignKey(OversightFile, models.PROTECT, related_name="marks")
    element = models.CharField(max_length=24, help_text="An element of verification, or of the process.")
    mark = models.CharField(max_length=2, choices=ReviewMark)
    note = models.TextField(blank=True)
    computed = models.BooleanField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("file", "id")
        constraints = [
            models.CheckConstraint(
                name="mark_of_a_person_says_why", condition=models.Q(computed=True) | ~models.Q(note="")
            ),
        ]
        indexes = [models.Index(fields=["file", "element", "-id"], name="latest_mark")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.element}: {self.mark}"
