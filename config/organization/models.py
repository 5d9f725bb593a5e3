"""The health system as reference data: edited by administrators, with history."""

import uuid
import zoneinfo

from django.core.exceptions import ValidationError
from django.db import models
from simple_history.models import HistoricalRecords


def validate_time_zone(value: str) -> None:
    """Refuse a name the time zone database does not know."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError(f'"{value}" is not a time zone; write it like America/Chicago.')


class HealthSystem(models.Model):
    """The organization that runs one or several facilities."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200, unique=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ("name",)

    def __str__(self):
        return self.name


class NPDBEntity(models.Model):
    """A registered querying entity of the National Practitioner Data Bank.

    A query made for one entity satisfies no other, so facilities that share a registration share a row.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    history = HistoricalRecords()

    class Meta:
        ordering = ("name",)
        verbose_name = "NPDB entity"
        verbose_name_plural = "NPDB entities"

    def __str__(self):
        return self.name


class Facility(models.Model):
    """A hospital: the place that grants, in one state and one time zone."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.SlugField(
        max_length=20, unique=True, help_text="Short code used in commands and addresses."
    )
    name = models.CharField(max_length=200)
    health_system = models.ForeignKey(HealthSystem, models.PROTECT, related_name="facilities")
    state = models.CharField(max_length=2, help_text="Postal code of the state whose license is needed here.")
    time_zone = models.CharField(max_length=60, validators=[validate_time_zone])
    npdb_entity = models.ForeignKey(NPDBEntity, models.PROTECT, related_name="facilities")
    city = models.CharField(max_length=100, blank=True)
    office_phone = models.CharField(max_length=30, blank=True, help_text="Medical Staff Office.")
    history = HistoricalRecords()

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "facilities"
        constraints = [
            models.CheckConstraint(
                name="facility_state_two_letters", condition=models.Q(state__regex=r"^[A-Z]{2}$")
            )
        ]

    def __str__(self):
        return self.name


class Department(models.Model):
    """A clinical department of a facility, led by a chair."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="departments")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=200)
    history = HistoricalRecords()

    class Meta:
        ordering = ("facility", "name")
        constraints = [
            models.UniqueConstraint(fields=["facility", "code"], name="department_code_per_facility")
        ]

    def __str__(self):
        return self.name


class Section(models.Model):
    """A section within a department."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    department = models.ForeignKey(Department, models.PROTECT, related_name="sections")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=200)
    history = HistoricalRecords()

    class Meta:
        ordering = ("department", "name")
        constraints = [
            models.UniqueConstraint(fields=["department", "code"], name="section_code_per_department")
        ]

    def __str__(self):
        return self.name
