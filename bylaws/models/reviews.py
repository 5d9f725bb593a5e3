"""The approval chain: a file, its steps, and the decisions of each body.

The subject (an application) lives in a room above; it is named by kind and uid and reached through the
handler that room registers.
"""

import uuid

from django.conf import settings
from django.db import models

from bylaws.choices import GRANTING, Body, CaseStatus, DecisionKind, LineKind, LineOutcome, StepStatus
from bylaws.workflow import REVIEW_CASE, REVIEW_STEP
from config.kernel.periods import append_only_triggers, protect_delete
from config.organization.models import Department, Facility
from practitioners.models import Document, Practitioner


class ReviewCase(models.Model):
    """One file on its way through the bodies the bylaws name."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    subject_kind = models.CharField(max_length=60)
    subject_uid = models.UUIDField()
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="review_cases")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="review_cases")
    department = models.ForeignKey(Department, models.PROTECT, related_name="review_cases")
    title = models.CharField(max_length=300)
    expedited = models.BooleanField(
        default=False, help_text="Sent the expedited way: a committee of the board decides what is clean."
    )
    status = models.CharField(max_length=10, choices=CaseStatus, default=CaseStatus.OPEN)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-opened_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["subject_uid"], condition=models.Q(status="open"), name="one_open_case_per_subject"
            ),
            models.CheckConstraint(
                name="case_closed_when_not_open",
                condition=models.Q(status="open", closed_at__isnull=True)
                | (~models.Q(status="open") & models.Q(closed_at__isnull=False)),
            ),
        ]
        triggers = [*REVIEW_CASE.triggers(), protect_delete()]

    def __str__(self):
        return self.title


class ReviewStep(models.Model):
    """One body's turn in the chain."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(ReviewCase, models.PROTECT, related_name="steps")
    order = models.PositiveSmallIntegerField()
    body = models.CharField(max_length=24, choices=Body)
    status = models.CharField(max_length=10, choices=StepStatus, default=StepStatus.WAITING)
    opened_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("case", "order")
        constraints = [
            models.UniqueConstraint(fields=["case", "order"], name="step_order"),
            models.UniqueConstraint(
                fields=["case"],
                condition=models.Q(status__in=["open", "deferred", "held"]),
                name="one_step_at_a_time",
            ),
        ]
        triggers = [*REVIEW_STEP.triggers(), protect_delete()]

    def __str__(self):
        return f"{self.get_body_display()}: {self.get_status_display()}"


class Decision(models.Model):
    """A body's act, and what the deciders saw, frozen. Append-only."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    step = models.ForeignKey(ReviewStep, models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=14, choices=DecisionKind)
    body = models.CharField(max_length=24, choices=Body)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="decisions")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="decisions")
    decided_on = models.DateField(help_text="The facility's date of the act.")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    acted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="A chair acting alone.",
    )
    meeting = models.ForeignKey("bylaws.Meeting", models.PROTECT, null=True, related_name="decisions")
    motion = models.OneToOneField("bylaws.Motion", models.PROTECT, null=True, related_name="decision")
    minutes = models.ForeignKey(
        Document,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="Scan of the minutes it was recorded from.",
    )
    mover = models.CharField(max_length=200, blank=True)
    seconder = models.CharField(max_length=200, blank=True)
    votes_for = models.PositiveSmallIntegerField(null=True)
    votes_against = models.PositiveSmallIntegerField(null=True)
    abstentions = models.PositiveSmallIntegerField(null=True)
    recusals = models.JSONField(default=list)
    rationale = models.TextField(blank=True)
    frozen = models.TextField(help_text="Canonical JSON of what the deciders saw (RFC 8785).")
    frozen_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ("recorded_at", "id")
        constraints = [
            models.CheckConstraint(
                name="only_who_grants_decides",
                condition=models.Q(kind="recommendation") | models.Q(kind="decision", body__in=GRANTING),
            ),
            models.CheckConstraint(
                name="tally_whole_or_none",
                condition=models.Q(
                    votes_for__isnull=True, votes_against__isnull=True, abstentions__isnull=True
                )
                | models.Q(votes_for__isnull=False, votes_against__isnull=False, abstentions__isnull=False),
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.get_body_display()}, {self.decided_on:%d %b %Y}"


class DecisionLine(models.Model):
    """What the body said of one line of the file."""

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="lines")
    order = models.PositiveSmallIntegerField()
    line_kind = models.CharField(max_length=12, choices=LineKind)
    line_uid = models.UUIDField(help_text="The application for the appointment, else the request line.")
    label = models.CharField(max_length=300)
    outcome = models.CharField(max_length=14, choices=LineOutcome)
    conditions = models.TextField(blank=True, help_text="In words, as the grant says them.")
    stated = models.JSONField(
        default=list, help_text="Those of the conditions a machine can read (rules/line_conditions.py)."
    )
    reason = models.TextField(blank=True)
    proposed = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Only proposed: notice and the right to a hearing come before it is decided.",
    )

    class Meta:
        ordering = ("decision", "order")
        constraints = [
            models.UniqueConstraint(fields=["decision", "line_uid"], name="line_once_per_decision"),
            models.CheckConstraint(
                name="changes_say_which",
                condition=~models.Q(outcome="modify") | ~models.Q(conditions=""),
            ),
            models.CheckConstraint(
                name="refusal_says_why",
                condition=~models.Q(outcome="not_recommend") | ~models.Q(reason=""),
            ),
            models.CheckConstraint(
                name="only_changes_state_conditions",
                condition=models.Q(outcome="modify") | models.Q(stated=[]),
            ),
            models.CheckConstraint(
                name="only_a_refusal_is_proposed",
                condition=models.Q(proposed=False) | models.Q(outcome="not_recommend"),
            ),
        ]
        indexes = [models.Index(fields=["line_uid"], name="decision_line_subject")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.label}: {self.get_outcome_display()}"
