"""Where people work outside the hospital: practice groups and their locations."""

import uuid

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
from practitioners.models.person import Practitioner


class PracticeGroup(models.Model):
    """A group, clinic or company practitioners work for."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200, unique=True)
    npi = models.CharField("NPI of the organization", max_length=10, blank=True)
    tax_id = models.CharField("tax identification number", max_length=10, blank=True)
    active = models.BooleanField(default=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                name="group_npi_shape",
                condition=models.Q(npi="") | models.Q(npi__regex=r"^[12][0-9]{9}$"),
            )
        ]

    def __str__(self):
        return self.name


class PracticeLocation(models.Model):
    """One office of a practice group."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    group = models.ForeignKey(PracticeGroup, models.PROTECT, related_name="locations")
    name = models.CharField(max_length=200)
    line_1 = models.CharField(max_length=200, blank=True)
    line_2 = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=2, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    active = models.BooleanField(default=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ("group", "name")
        constraints = [models.UniqueConstraint(fields=["group", "name"], name="location_once_per_group")]

    def __str__(self):
        return f"{self.group}, {self.name}"


class PracticeAffiliation(Identity):
    """A person at a location of a practice group."""

    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="practice_affiliations")
    location = models.ForeignKey(PracticeLocation, models.PROTECT, related_name="affiliations")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practitioner", "location"], name="one_practice_affiliation")
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.practitioner} at {self.location}"


class PracticeAffiliationPeriod(Period):
    """When the person works there, and whether it is their main place."""

    key_fields = ("identity",)
    identity = models.ForeignKey(PracticeAffiliation, models.PROTECT, related_name="periods")
    main = models.BooleanField(default=False)

    class Meta:
        constraints = period_constraints("practitioners_practiceaffiliationperiod", "identity")
        indexes = period_indexes("practitioners_practiceaffiliationperiod", "identity")
        triggers = period_triggers()
