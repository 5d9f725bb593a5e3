"""Departments of the hospital that are told the same day that something changed, and the mails that told."""

import uuid

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from config.kernel.periods import protect_delete
from config.organization.models import Facility
from credentialing.models.mails import Mail, sent_has_moment
from privileging.choices import ChangeKind, NoticeRun
from privileging.workflow import CHANGE_NOTICE


class NotifiedDepartment(models.Model):
    """A department (operating room, emergency department, pharmacy, admitting) and the address it is told at.

    What it is told of is not edited: it is ended, and another one added.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="notified_departments")
    name = models.CharField(max_length=80)
    address = models.EmailField()
    kinds = ArrayField(
        models.CharField(max_length=10, choices=ChangeKind),
        default=list,
        help_text="Of which changes it is told; empty: of all.",
    )
    told_after = models.PositiveBigIntegerField(help_text="The last change published before it was added.")
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("name", "id")
        constraints = [
            models.UniqueConstraint(
                "facility",
                Lower("address"),
                condition=models.Q(ended_at__isnull=True),
                name="department_told_once",
            ),
            models.CheckConstraint(
                name="department_ended_by_somebody",
                condition=models.Q(ended_at__isnull=True, ended_by__isnull=True)
                | models.Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="department_stays", exclude=["ended_at", "ended_by"]),
            pgtrigger.Protect(
                name="department_ended_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended_at__isnull=False),
            ),
            protect_delete(),
        ]

    def __str__(self):
        return self.name


class ChangeNotice(Mail):
    """One mail to one department: how many changes there were between two numbers, no more."""

    department = models.ForeignKey(NotifiedDepartment, models.PROTECT, related_name="notices")
    day = models.DateField(help_text="The facility's day.")
    run = models.CharField(max_length=8, choices=NoticeRun)
    after = models.PositiveBigIntegerField(help_text="The last change it was told of before.")
    upto = models.PositiveBigIntegerField(help_text="The last change it is told of.")
    changes = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = [
            sent_has_moment("change_notice"),
            models.UniqueConstraint(
                fields=["department", "day", "run"],
                condition=~models.Q(run=NoticeRun.AT_ONCE),
                name="one_change_notice_a_run",
            ),
            models.UniqueConstraint(
                fields=["department", "upto"],
                condition=models.Q(run=NoticeRun.AT_ONCE),
                name="told_at_once_once",
            ),
            models.CheckConstraint(
                name="change_notice_of_something",
                condition=models.Q(changes__gt=0, upto__gt=models.F("after")),
            ),
        ]
        indexes = [models.Index(fields=["status", "claimed_at"], name="change_notice_queue")]
        triggers = [*CHANGE_NOTICE.triggers(), protect_delete()]

    def __str__(self):
        return f"Changes of {self.day:%d %b %Y}, to {self.department}"
