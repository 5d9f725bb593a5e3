"""Numbers of the field as dated rows with their source, and approved exceptions."""

import uuid

from django.db import models

from config.kernel.periods import (
    Identity,
    Period,
    append_only_triggers,
    period_constraints,
    period_indexes,
    period_triggers,
)
from config.organization.models import Facility
from config.rulebook.choices import Confidence, ExceptionKind, SourceKind


class SourceBody(models.Model):
    """Who set a number: the bylaws, an accreditor, a law."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=SourceKind)
    always_binds = models.BooleanField(
        default=False, help_text="Binds every facility without being adopted (federal law, own bylaws)."
    )

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "source bodies"

    def __str__(self):
        return self.name


class AdoptedStandard(Identity):
    """A facility follows this source body."""

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="adopted_standards")
    source_body = models.ForeignKey(SourceBody, models.PROTECT, related_name="adoptions")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["facility", "source_body"], name="one_adoption_identity")
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.source_body} at {self.facility}"


class AdoptedStandardPeriod(Period):
    """When the facility follows it."""

    key_fields = ("identity",)
    identity = models.ForeignKey(AdoptedStandard, models.PROTECT, related_name="periods")

    class Meta:
        constraints = period_constraints("rulebook_adoptedstandardperiod", "identity")
        indexes = period_indexes("rulebook_adoptedstandardperiod", "identity")
        triggers = period_triggers()


class Parameter(Identity):
    """One number, list or chain that one source body sets, for one subject, everywhere or at one facility.

    ``code`` is declared in a room's ``parameters.py`` (title, unit, how several values combine).
    ``subject`` narrows it (an element, a committee), empty for the whole.
    """

    code = models.CharField(max_length=80)
    subject = models.CharField(max_length=60, blank=True)
    source_body = models.ForeignKey(SourceBody, models.PROTECT, related_name="parameters")
    facility = models.ForeignKey(Facility, models.PROTECT, null=True, blank=True, related_name="parameters")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code", "subject", "source_body", "facility"],
                nulls_distinct=False,
                name="one_parameter_identity",
            )
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.code} {self.subject}".strip()


class ParameterPeriod(Period):
    """The value in force over a range of days."""

    key_fields = ("identity",)
    identity = models.ForeignKey(Parameter, models.PROTECT, related_name="periods")
    value = models.JSONField()
    citation = models.CharField(max_length=300)
    confidence = models.CharField(max_length=12, choices=Confidence)

    class Meta:
        constraints = period_constraints("rulebook_parameterperiod", "identity")
        indexes = period_indexes("rulebook_parameterperiod", "identity")
        triggers = period_triggers()


class Waiver(Identity):
    """An approved exception to one rule for one subject at one facility."""

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="waivers")
    rule_code = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=60)
    subject_uid = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_uid", "rule_code", "subject_kind", "facility"], name="one_waiver_identity"
            )
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"Waiver of {self.rule_code}"


class WaiverPeriod(Period):
    """Who approved it, why, until when; whether the rule is set aside or does not hold for the subject."""

    key_fields = ("identity",)
    identity = models.ForeignKey(Waiver, models.PROTECT, related_name="periods")
    kind = models.CharField(max_length=9, choices=ExceptionKind, default=ExceptionKind.WAIVER)
    approved_by_name = models.CharField(max_length=200)
    justification = models.TextField()

    class Meta:
        constraints = period_constraints("rulebook_waiverperiod", "identity")
        indexes = period_indexes("rulebook_waiverperiod", "identity")
        triggers = period_triggers()
