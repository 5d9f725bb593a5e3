"""Queries of the National Practitioner Data Bank.

What may be shown to a surveyor is here (date, kind, DCN, reviewer). What the data bank said is evidence of
the data bank class, encrypted, and never in this table.
"""

import uuid

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
from config.organization.models import Facility, NPDBEntity
from credentialing.choices import NPDBQueryKind, NPDBReason
from credentialing.models.mails import Mail, sent_has_moment
from credentialing.workflow import ENROLMENT_MAIL
from practitioners.models import Evidence, Practitioner


class NPDBQuery(models.Model):
    """One query by one registered entity. A query for one entity satisfies no other (45 CFR 60.17)."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="npdb_queries")
    npdb_entity = models.ForeignKey(NPDBEntity, models.PROTECT, related_name="queries")
    kind = models.CharField(max_length=12, choices=NPDBQueryKind)
    reason = models.CharField(max_length=14, choices=NPDBReason)
    queried_on = models.DateField()
    dcn = models.CharField("DCN", max_length=40, help_text="Data bank control number of the response.")
    recorded_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    response = models.ForeignKey(Evidence, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-queried_on", "-id")
        verbose_name = "NPDB query"
        verbose_name_plural = "NPDB queries"
        constraints = [
            models.UniqueConstraint(fields=["npdb_entity", "dcn"], name="one_query_per_dcn"),
        ]
        indexes = [
            models.Index(fields=["practitioner", "npdb_entity", "-queried_on"], name="npdb_by_practitioner")
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.get_kind_display()} of {self.queried_on:%d %b %Y}, DCN {self.dcn}"


class ContinuousQueryEnrolment(Identity):
    """The practitioner is enrolled in Continuous Query by an entity."""

    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="continuous_queries")
    npdb_entity = models.ForeignKey(NPDBEntity, models.PROTECT, related_name="continuous_queries")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practitioner", "npdb_entity"], name="one_enrolment_identity")
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"Continuous Query on {self.practitioner} by {self.npdb_entity}"


class ContinuousQueryPeriod(Period):
    """When the enrolment runs."""

    key_fields = ("identity",)
    identity = models.ForeignKey(ContinuousQueryEnrolment, models.PROTECT, related_name="periods")
    query = models.ForeignKey(NPDBQuery, models.PROTECT, related_name="+")

    class Meta:
        constraints = period_constraints("credentialing_continuousqueryperiod", "identity")
        indexes = period_indexes("credentialing_continuousqueryperiod", "identity")
        triggers = period_triggers()


class EnrolmentMail(Mail):
    """One mail to an office about its enrollments that end: all that reached a step on the day."""

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+")
    npdb_entity = models.ForeignKey(NPDBEntity, models.PROTECT, related_name="+")
    recipient = models.EmailField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = [sent_has_moment("enrolment_mail")]
        indexes = [models.Index(fields=["status", "claimed_at"], name="enrolment_mail_queue")]
        triggers = [*ENROLMENT_MAIL.triggers(), protect_delete()]

    def __str__(self):
        return f"Enrollments of {self.npdb_entity}, to {self.recipient}"


class EnrolmentReminder(models.Model):
    """One line of such a mail: this enrollment, this step of the ladder, this office, once."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    mail = models.ForeignKey(EnrolmentMail, models.PROTECT, related_name="lines")
    period = models.ForeignKey(ContinuousQueryPeriod, models.PROTECT, related_name="reminders")
    step_days = models.PositiveSmallIntegerField(help_text="Days before the last day.")
    recipient = models.EmailField()

    class Meta:
        ordering = ("mail", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["period", "step_days", "recipient"], name="enrolment_reminder_once"
            )
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.step_days} days before"
