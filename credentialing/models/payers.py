"""Payers, who is enrolled with them, and the rosters they were given."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords

from config.kernel.periods import (
    Identity,
    Period,
    append_only_triggers,
    period_constraints,
    period_indexes,
    period_triggers,
    protect_delete,
)
from config.organization.models import Facility
from credentialing.choices import DayForm, RosterKind
from practitioners.models import Practitioner


class Payer(models.Model):
    """A health plan a facility's staff is enrolled with, and how it wants its rosters."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="payers")
    name = models.CharField(max_length=120)
    delegated = models.BooleanField(
        default=False, help_text="The payer relies on this office's credentialing instead of its own."
    )
    columns = models.JSONField(help_text="The columns of its file: heading, and field or text.")
    day_form = models.CharField(max_length=8, choices=DayForm, default=DayForm.AMERICAN)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    history = HistoricalRecords()

    class Meta:
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=["facility", "name"], name="payer_once_per_facility")]
        triggers = [protect_delete()]

    def __str__(self):
        return self.name


class PayerEnrolment(Identity):
    """A practitioner takes part in a payer's network through a facility."""

    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="payer_enrolments")
    payer = models.ForeignKey(Payer, models.PROTECT, related_name="enrolments")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practitioner", "payer"], name="one_payer_enrolment")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.practitioner} with {self.payer}"


class PayerEnrolmentPeriod(Period):
    """From when until when, and under which number of the payer's."""

    key_fields = ("identity",)
    identity = models.ForeignKey(PayerEnrolment, models.PROTECT, related_name="periods")
    payer_number = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = period_constraints("credentialing_payerenrolmentperiod", "identity")
        indexes = period_indexes("credentialing_payerenrolmentperiod", "identity")
        triggers = period_triggers()


class RosterFile(models.Model):
    """A file made for a payer, as it was handed out, and when it was sent.

    ``roster`` is who stood on the payer's roster on ``on_day``, with what the file told of them: the next
    file of changes is told against it.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    payer = models.ForeignKey(Payer, models.PROTECT, related_name="files")
    kind = models.CharField(max_length=8, choices=RosterKind)
    since_day = models.DateField(null=True, help_text="Of changes: the day they are told against.")
    on_day = models.DateField(help_text="The day the roster is of.")
    adds = models.PositiveIntegerField(default=0)
    changes = models.PositiveIntegerField(default=0)
    terms = models.PositiveIntegerField(default=0)
    lines = models.PositiveIntegerField(help_text="Lines of the file, without its heading.")
    content = models.TextField(help_text="The file, byte for byte in UTF-8.")
    sha256 = models.CharField(max_length=64)
    roster = models.JSONField(help_text="A list of lines, each with the uid of its person.")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sent_on = models.DateField(null=True)
    sent_to = models.CharField(max_length=200, blank=True)
    sent_recorded_at = models.DateTimeField(null=True)
    sent_recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ("-made_at", "-id")
        constraints = [
            models.CheckConstraint(
                name="roster_changes_have_a_first_day",
                condition=models.Q(kind="changes", since_day__isnull=False)
                & models.Q(since_day__lt=models.F("on_day"))
                | models.Q(kind="full", since_day__isnull=True),
            ),
            models.CheckConstraint(
                name="roster_sent_paired",
                condition=models.Q(sent_on=None, sent_to="", sent_recorded_at=None, sent_recorded_by=None)
                | (
                    models.Q(
                        sent_on__isnull=False, sent_recorded_at__isnull=False, sent_recorded_by__isnull=False
                    )
                    & ~models.Q(sent_to="")
                ),
            ),
        ]
        indexes = [models.Index(fields=["payer", "-on_day"], name="roster_files_of_a_payer")]
        triggers = [
            pgtrigger.ReadOnly(
                name="roster_made_once",
                fields=[
                    "uid", "payer", "kind", "since_day", "on_day", "adds", "changes", "terms", "lines",
                    "content", "sha256", "roster", "made_at", "made_by",
                ],
            ),
            protect_delete(),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.get_kind_display()} of {self.payer}, {self.on_day:%d %b %Y}"
