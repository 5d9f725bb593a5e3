"""Runs of compliance and what they found.

Of a run only what is not met or unknown is kept, and what changed; its counts and the digest of everything
it judged stand with it. A finding has a life until it is cured; what happened to it is told step by step.
"""

import uuid
from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models

from bylaws.choices import FINDING_CLOSED, FindingStatus, FindingStepKind
from bylaws.models.membership import Bar
from bylaws.models.requests import LeaderRequest, OfficeTask
from bylaws.workflow import FINDING
from config.accounts.choices import DataClass
from config.kernel.periods import append_only_triggers, protect_delete
from config.organization.models import Facility
from config.rulebook.subjects import PRACTITIONER
from config.rulebook.verdicts import Outcome
from practitioners.models import Letter, Practitioner


class ComplianceRun(models.Model):
    """Every rule over everybody of a facility, once. ``digest`` is the sha256 of the digests of all rules,
    each of them the sha256 of its verdicts in canonical form: the same facts give the same digest, whoever
    runs it.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="compliance_runs")
    on = models.DateField(help_text="The day judged.")
    known_at = models.DateTimeField(help_text="As known at this moment.")
    digest = models.CharField(max_length=64)
    digests = models.JSONField(help_text="By code of the rule: the digest of what it said.")
    population = models.PositiveIntegerField(
        help_text="How many people were judged; what else was, the counts of its rules add up to."
    )
    counts = models.JSONField(help_text="By code of the rule: how many of each outcome, and waived.")
    versions = models.JSONField(help_text="Version of each rule by its code.")
    ran_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-known_at", "-id")
        indexes = [models.Index(fields=["facility", "-known_at"], name="compliance_runs_latest")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"Compliance of {self.facility} on {self.on.isoformat()}"


class Finding(models.Model):
    """Somebody, or something, does not meet a rule or is not known to. Open until a run finds it met.

    ``verdict`` is what the last run said of it that said anything new. Of one thing a rule asks there is one
    finding that is not closed; what is not met again after its cure is a finding of its own.
    """

    waiver: str  # what sets it aside, in a sentence; attached by whoever shows it

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="findings")
    rule_code = models.CharField(max_length=40)
    part = models.TextField(blank=True, help_text="What of the rule, where it asks several things.")
    subject_kind = models.CharField(max_length=60)
    subject_uid = models.UUIDField()
    subject_name = models.CharField(
        max_length=400,
        blank=True,
        help_text="What it is about where that is no person, as it was named then.",
    )
    practitioner = models.ForeignKey(
        Practitioner,
        models.PROTECT,
        null=True,
        related_name="findings",
        help_text="Whom it is about, or whose the application or term is.",
    )
    data_class = models.CharField(
        max_length=12, choices=DataClass, default=DataClass.GENERAL, help_text="Whom it may be told."
    )
    status = models.CharField(max_length=12, choices=FindingStatus, default=FindingStatus.OPEN)
    outcome = models.CharField(
        max_length=14, choices=[(Outcome.NOT_MET, "Not met"), (Outcome.UNKNOWN, "Unknown")]
    )
    verdict = models.JSONField()
    since = models.DateField(null=True, help_text="The first day not met, where that is known.")
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)
    answer_by = models.DateField(null=True, help_text="The last day for the answer to the notice.")
    bar = models.ForeignKey(Bar, models.PROTECT, null=True, related_name="findings")
    first_run = models.ForeignKey(ComplianceRun, models.PROTECT, related_name="+")
    last_run = models.ForeignKey(
        ComplianceRun,
        models.PROTECT,
        related_name="+",
        help_text="The last run that said anything new of it.",
    )

    class Meta:
        ordering = ("rule_code", "since", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "rule_code", "subject_kind", "subject_uid", "part"],
                condition=~models.Q(status__in=FINDING_CLOSED),
                name="one_open_finding",
            ),
            models.CheckConstraint(
                name="finding_closed_paired",
                condition=models.Q(status__in=FINDING_CLOSED, closed_on__isnull=False)
                | (~models.Q(status__in=FINDING_CLOSED) & models.Q(closed_on__isnull=True)),
            ),
            models.CheckConstraint(
                name="finding_outcome_open", condition=models.Q(outcome__in=["NOT_MET", "UNKNOWN"])
            ),
            models.CheckConstraint(
                name="finding_names_whom",
                condition=models.Q(subject_kind=PRACTITIONER, practitioner__isnull=False, subject_name="")
                | (~models.Q(subject_kind=PRACTITIONER) & ~models.Q(subject_name="")),
            ),
            models.CheckConstraint(
                name="finding_suspends_people",
                condition=models.Q(subject_kind=PRACTITIONER) | models.Q(bar__isnull=True),
            ),
            models.CheckConstraint(
                name="finding_consequence_has_bar",
                condition=~models.Q(status=FindingStatus.CONSEQUENCE) | models.Q(bar__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["facility", "status"],
                condition=~models.Q(status__in=FINDING_CLOSED),
                name="findings_standing",
            ),
            models.Index(fields=["subject_uid", "rule_code"], name="findings_by_subject"),
        ]
        triggers = [
            *FINDING.triggers(),
            pgtrigger.ReadOnly(
                name="found_once",
                fields=[
                    "uid",
                    "facility",
                    "rule_code",
                    "part",
                    "subject_kind",
                    "subject_uid",
                    "subject_name",
                    "practitioner",
                    "data_class",
                    "opened_on",
                    "first_run",
                ],
            ),
            protect_delete(),
        ]

    def __str__(self):
        # The audit trail calls it so: which rule it is would tell what is protected.
        what = "Finding" if self.is_general else "Protected finding"
        return f"{what}: {self.about}"

    @property
    def about_person(self) -> bool:
        """Whether it is about a practitioner, and no body, document or application."""
        return self.subject_kind == PRACTITIONER

    @property
    def about(self) -> str:
        """Whom or what it is about, as shown."""
        return self.subject_name or str(self.practitioner)

    @property
    def is_general(self) -> bool:
        """Whether it may be told to everybody who may see compliance."""
        return self.data_class == DataClass.GENERAL

    @property
    def is_closed(self) -> bool:
        """Whether it is over."""
        return self.status in FINDING_CLOSED

    def said(self, name: str) -> Any:
        """One value of its verdict (``sentence``, ``cure``, ``citation``); empty where there is none."""
        return self.verdict.get(name, "")


class FindingStep(models.Model):
    """One thing that happened to a finding: by whom or by which run, why, with which letter or task."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    finding = models.ForeignKey(Finding, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=12, choices=FindingStepKind)
    day = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    run = models.ForeignKey(ComplianceRun, models.PROTECT, null=True, related_name="steps")
    letter = models.ForeignKey(Letter, models.PROTECT, null=True, related_name="finding_steps")
    bar = models.ForeignKey(Bar, models.PROTECT, null=True, related_name="+")
    request = models.ForeignKey(LeaderRequest, models.PROTECT, null=True, related_name="finding_steps")
    task = models.ForeignKey(OfficeTask, models.PROTECT, null=True, related_name="finding_steps")
    reason = models.TextField(blank=True, help_text="Why, or what was found, in a sentence.")

    class Meta:
        ordering = ("at", "id")
        constraints = [
            models.CheckConstraint(
                name="finding_notice_has_letter",
                condition=~models.Q(kind=FindingStepKind.NOTIFIED) | models.Q(letter__isnull=False),
            ),
            models.CheckConstraint(
                name="finding_consequence_names_bar",
                condition=~models.Q(kind=FindingStepKind.CONSEQUENCE) | models.Q(bar__isnull=False),
            ),
            models.CheckConstraint(
                name="finding_step_links_what_it_set",
                condition=models.Q(kind=FindingStepKind.ASKED, request__isnull=False, task__isnull=True)
                | models.Q(kind=FindingStepKind.TASK, request__isnull=True, task__isnull=False)
                | (
                    ~models.Q(kind__in=[FindingStepKind.ASKED, FindingStepKind.TASK])
                    & models.Q(request__isnull=True, task__isnull=True)
                ),
            ),
            models.CheckConstraint(
                name="finding_step_says_why",
                condition=models.Q(kind__in=[FindingStepKind.NOTIFIED, FindingStepKind.MOOT])
                | ~models.Q(reason=""),
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.get_kind_display()}, {self.day.isoformat()}"
