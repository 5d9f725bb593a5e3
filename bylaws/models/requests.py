"""What the office asks of the leaders of the medical staff, and what it has set itself to do."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models

from bylaws.choices import AnsweredHow, Repeats
from config.accounts.choices import DataClass
from config.kernel.periods import append_only_triggers, protect_delete
from config.organization.models import Facility
from practitioners.models import Practitioner


class LeaderRequest(models.Model):
    """A question to a leader of the medical staff, until when, and what was answered."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="leader_requests")
    asked_of = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    question = models.TextField()
    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, null=True, related_name="leader_requests", help_text="Whom it is about."
    )
    data_class = models.CharField(
        max_length=12,
        choices=DataClass,
        default=DataClass.GENERAL,
        help_text="Peer review where it is about the quality of somebody's work.",
    )
    due = models.DateField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    answer = models.TextField(blank=True)
    answered_how = models.CharField(max_length=8, choices=AnsweredHow, blank=True)
    answered_on = models.DateField(null=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", help_text="Of the answer."
    )

    class Meta:
        ordering = ("due", "id")
        constraints = [
            models.CheckConstraint(
                name="request_answered_whole",
                condition=models.Q(
                    answer="", answered_how="", answered_on__isnull=True, recorded_by__isnull=True
                )
                | (
                    ~models.Q(answer="")
                    & ~models.Q(answered_how="")
                    & models.Q(answered_on__isnull=False, recorded_by__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="request_of_peer_review_names_whom",
                condition=models.Q(data_class=DataClass.GENERAL)
                | models.Q(data_class=DataClass.PEER_REVIEW, practitioner__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["facility", "due"], name="requests_of_facility")]
        triggers = [
            protect_delete(),
            pgtrigger.ReadOnly(
                name="asked_once",
                fields=[
                    "uid", "facility", "asked_of", "title", "question", "practitioner", "data_class", "due",
                    "asked_at", "asked_by",
                ],
            ),
            pgtrigger.Trigger(
                name="request_answered_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.answered_on IS NOT NULL"),
                func="""
                    RAISE EXCEPTION 'an answered request never changes'
                        USING ERRCODE = 'integrity_constraint_violation';
                """,
            ),
        ]  # fmt: skip

    def __str__(self):
        # The audit trail calls it so: what is asked about somebody's quality is protected.
        return self.title if self.data_class == DataClass.GENERAL else "Protected request"


class RequestReminder(models.Model):
    """The leader was reminded of a request."""

    request = models.ForeignKey(LeaderRequest, models.PROTECT, related_name="reminders")
    reminded_at = models.DateTimeField()
    reminded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("request", "reminded_at", "id")
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.request}, reminded"


class OfficeTask(models.Model):
    """Something the office has set itself to do: by whom, until when; done, it may come again."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="office_tasks")
    title = models.CharField(max_length=200)
    about = models.CharField(max_length=300, blank=True, help_text="Whom or what it is about.")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    due = models.DateField()
    day_of_month = models.PositiveSmallIntegerField(
        help_text="On which it comes again; in a shorter month on the last."
    )
    repeats = models.CharField(max_length=8, choices=Repeats, default=Repeats.NEVER)
    before = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="next", help_text="The one it comes again after."
    )
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    note = models.TextField(blank=True, help_text="What was done.")

    class Meta:
        ordering = ("due", "id")
        constraints = [
            models.CheckConstraint(
                name="task_done_whole",
                condition=models.Q(done_at__isnull=True, done_by__isnull=True, note="")
                | (models.Q(done_at__isnull=False, done_by__isnull=False) & ~models.Q(note="")),
            )
        ]
        indexes = [models.Index(fields=["facility", "due"], name="tasks_of_facility")]
        triggers = [
            protect_delete(),
            pgtrigger.ReadOnly(
                name="task_set_once",
                fields=["uid", "facility", "title", "about", "repeats", "before", "made_at", "made_by"],
            ),
            pgtrigger.Trigger(
                name="task_done_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.done_at IS NOT NULL"),
                func="""
                    RAISE EXCEPTION 'a task that is done never changes'
                        USING ERRCODE = 'integrity_constraint_violation';
                """,
            ),
        ]

    def __str__(self):
        return self.title
