"""Policies and procedures in versions: what was written, which body approved it, from when it is in force."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models

from bylaws.choices import Body, PolicyKind
from config.kernel.periods import append_only_triggers, protect_delete
from config.organization.models import Facility


class Policy(models.Model):
    """One policy or procedure of a facility; its words are in its versions."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="policies")
    number = models.CharField(max_length=20, help_text="As the house numbers its policies: CR-01.")
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=PolicyKind)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("number",)
        verbose_name_plural = "policies"
        constraints = [
            models.UniqueConstraint(fields=["facility", "number"], name="policy_number_once"),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.number} {self.title}"


class PolicyVersion(models.Model):
    """The words of a policy, written once. Of those approved the newest in force on a day holds."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    body = models.TextField(help_text="Sections begin with ##; {parameters} and rules stand in braces.")
    note = models.CharField(max_length=300, help_text="What is different, in a sentence.")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    approved_by_body = models.CharField(max_length=24, choices=Body, blank=True)
    approved_on = models.DateField(null=True, help_text="The day the body approved it.")
    in_force_from = models.DateField(null=True)
    approval_recorded_at = models.DateTimeField(null=True)
    approval_recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ("policy", "-number")
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="policy_version_number"),
            models.CheckConstraint(
                name="policy_approval_paired",
                condition=models.Q(
                    approved_by_body="",
                    approved_on__isnull=True,
                    in_force_from__isnull=True,
                    approval_recorded_at__isnull=True,
                    approval_recorded_by__isnull=True,
                )
                | (
                    models.Q(
                        approved_on__isnull=False,
                        in_force_from__isnull=False,
                        approval_recorded_at__isnull=False,
                        approval_recorded_by__isnull=False,
                    )
                    & ~models.Q(approved_by_body="")
                ),
            ),
            models.CheckConstraint(
                name="policy_in_force_after_approval",
                condition=models.Q(in_force_from__isnull=True)
                | models.Q(in_force_from__gte=models.F("approved_on")),
            ),
        ]
        triggers = [
            protect_delete(),
            pgtrigger.ReadOnly(
                name="policy_version_written_once",
                fields=["uid", "policy", "number", "body", "note", "made_at", "made_by"],
            ),
            pgtrigger.Trigger(
                name="policy_approved_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.approved_on IS NOT NULL"),
                func="""
                    RAISE EXCEPTION 'an approved version never changes'
                        USING ERRCODE = 'integrity_constraint_violation';
                """,
            ),
        ]

    def __str__(self):
        return f"{self.policy}, version {self.number}"
