"""Credentials as claimed and as confirmed: one table with typed core columns for every kind."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.fields.ranges import RangeEndsWith
from django.db import models
from simple_history.models import HistoricalRecords

from config.kernel.periods import (
    Identity,
    Period,
    append_only_triggers,
    period_constraints,
    period_indexes,
    period_triggers,
)
from practitioners.choices import CredentialCategory, CredentialStatus, SaidBy, Standing
from practitioners.models.evidence import Evidence
from practitioners.models.person import Practitioner


class CredentialType(models.Model):
    """A kind of credential: configured, not coded. ``fields`` is a JSON schema of the ``extra`` content."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    category = models.CharField(max_length=14, choices=CredentialCategory)
    order = models.PositiveSmallIntegerField(default=100)
    number_label = models.CharField(max_length=60, blank=True, help_text="Empty: it has no number.")
    issuer_label = models.CharField(max_length=60, default="Issued by")
    has_state = models.BooleanField(default=False)
    expires = models.BooleanField(default=True, help_text="Renewed from time to time; reminders are sent.")
    renewal_months = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Usual months from one renewal to the next; fills in the last day."
    )
    reminder_days = ArrayField(
        models.PositiveSmallIntegerField(),
        default=list,
        blank=True,
        help_text="Days before the last day on which reminders go out; empty: as the parameter says.",
    )
    fields = models.JSONField(default=dict, blank=True)
    active = models.BooleanField(default=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ("order", "name")

    def __str__(self):
        return self.name


class Credential(Identity):
    """A credential of one person: this licence, this diploma, this policy."""

    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="credentials")
    credential_type = models.ForeignKey(CredentialType, models.PROTECT, related_name="credentials")
    issuer = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=2, blank=True)
    number = models.CharField(max_length=60, blank=True)
    number_key = models.CharField(
        max_length=60, blank=True, help_text="The number in the form in which numbers are compared."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practitioner", "credential_type", "state", "number_key", "issuer"],
                name="credential_once_per_person",
            )
        ]
        indexes = [
            models.Index(fields=["number_key"], opclasses=["varchar_pattern_ops"], name="credential_number"),
            models.Index(
                fields=["credential_type", "state", "practitioner"],
                # Which licences of a state many people have is read from the index alone.
                include=["id"],
                name="credential_states",
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return " ".join(
            part for part in (self.credential_type.name, self.state, self.number or self.issuer) if part
        )


class CredentialPeriod(Period):
    """What is said of the credential for a range of days: who said it, and whether a source confirmed it."""

    key_fields = ("identity",)
    identity = models.ForeignKey(Credential, models.PROTECT, related_name="periods")
    standing = models.CharField(max_length=10, choices=Standing)
    status = models.CharField(max_length=16, choices=CredentialStatus, default=CredentialStatus.ACTIVE)
    said_by = models.CharField(max_length=12, choices=SaidBy)
    extra = models.JSONField(default=dict, blank=True)
    evidence = models.ForeignKey(Evidence, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            *period_constraints("practitioners_credentialperiod", "identity"),
            models.CheckConstraint(
                name="confirmed_needs_evidence",
                condition=~models.Q(standing="confirmed") | models.Q(evidence__isnull=False),
            ),
        ]
        indexes = [
            *period_indexes("practitioners_credentialperiod", "identity"),
            # What was said and taken back: of few, and the rest need not be read for them.
            models.Index(
                fields=["identity"],
                condition=models.Q(superseded_at__isnull=False),
                name="credentialperiod_taken_back",
            ),
            # What runs out around a day; also tells the planner how the ends are spread.
            models.Index(
                RangeEndsWith("valid"),
                condition=models.Q(superseded_at__isnull=True),
                name="credentialperiod_ends",
            ),
            models.Index(
                fields=["identity"],
                condition=models.Q(superseded_at__isnull=True, standing="claimed"),
                name="credentialperiod_claimed",
            ),
            models.Index(
                fields=["identity"],
                # Whether many credentials hold on a day is read from the index alone, also as known then.
                include=["valid", "status", "recorded_at", "superseded_at"],
                condition=models.Q(standing="confirmed"),
                name="credentialperiod_confirmed",
            ),
        ]
        triggers = period_triggers()
