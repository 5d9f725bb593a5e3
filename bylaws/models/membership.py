"""Membership of the medical staff and what keeps authority from being used."""

import uuid

import pgtrigger
from django.contrib.postgres.fields.ranges import RangeEndsWith
from django.db import models
from simple_history.models import HistoricalRecords

from bylaws.choices import BarKind, BarScope
from bylaws.models.reviews import Decision
from config.kernel.periods import (
    DaysOf,
    Identity,
    Period,
    append_only_triggers,
    period_constraints,
    period_indexes,
    period_triggers,
)
from config.organization.models import Department, Facility
from practitioners.models import Credential, Practitioner


class StaffCategory(models.Model):
    """A category of the medical staff (42 CFR 482.22(c)(2): the bylaws state its duties and privileges).
    Whether its members vote, may hold office or have to attend are parameters, each with its days and its
    provision.

    Whether it carries privileges never changes: the lookup reads it of any past day, so an edit would change
    what was true then. Bylaws that change it get a category of another code, and members move to it.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=100)
    admits = models.BooleanField(default=False)
    carries_privileges = models.BooleanField(default=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "staff categories"
        triggers = [pgtrigger.ReadOnly(name="carries_privileges_for_good", fields=["carries_privileges"])]

    def __str__(self):
        return self.name


class Appointment(Identity):
    """One term of membership at one facility, by one decision.

    ``decision`` is empty only for a term taken over from an earlier system; ``authority`` then says so.
    """

    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="appointments")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="appointments")
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, related_name="appointments")
    decided_on = models.DateField()
    authority = models.CharField(max_length=200)

    class Meta:
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.practitioner} at {self.facility}"


class AppointmentPeriod(Period):
    """Category and department over the term."""

    key_fields = ("practitioner", "facility", "decided_on")
    identity = models.ForeignKey(Appointment, models.PROTECT, related_name="periods")
    # Two of the indexes below begin with the practitioner. One of its own would be taken for many people at
    # once, because it looks as cheap, and then every term they ever had is fetched and thrown away.
    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="appointment_periods", db_index=False
    )
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="appointment_periods")
    decided_on = models.DateField()
    category = models.ForeignKey(StaffCategory, models.PROTECT, related_name="+")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            *period_constraints("bylaws_appointmentperiod", "practitioner", "facility"),
            models.CheckConstraint(
                name="appointment_not_before_decision",
                condition=models.Q(valid__startswith__gte=models.F("decided_on")),
            ),
            models.CheckConstraint(
                name="appointment_has_term",
                condition=models.Q(valid__lower_inf=False, valid__upper_inf=False),
            ),
        ]
        indexes = [
            *period_indexes("bylaws_appointmentperiod", "practitioner", "facility"),
            models.Index(
                "practitioner",
                "facility",
                RangeEndsWith("valid"),
                # Who of many people is a member on a day is read from the index alone, also as known then.
                include=["valid", "category", "recorded_at", "superseded_at"],
                name="appointment_members",
            ),
            # The longest there is: none that ends later than that after a day covers the day.
            models.Index("facility", DaysOf("valid"), name="appointment_longest"),
            # Since when there are records at all is asked of every past day nothing is found on.
            models.Index(fields=["facility", "recorded_at"], name="appointment_recorded"),
            # What was replaced since a moment is published, as what was recorded is.
            models.Index(
                fields=["facility", "superseded_at"],
                condition=models.Q(superseded_at__isnull=False),
                name="appointment_replaced",
            ),
        ]
        triggers = period_triggers()


class Bar(Identity):
    """Something that keeps granted authority from being used: suspension, leave, restriction.

    The grant's dates and authority never change by it.
    """

    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="bars")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="bars")
    kind = models.CharField(max_length=30, choices=BarKind)
    rule_code = models.CharField(max_length=40, blank=True, help_text="The rule whose consequence it is.")
    rule_part = models.TextField(
        blank=True,
        help_text="What of the rule it is about, where the rule asks several things of one person.",
    )
    credential = models.ForeignKey(Credential, models.PROTECT, null=True, blank=True, related_name="bars")

    class Meta:
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.get_kind_display()}: {self.practitioner}"


class BarPeriod(Period):
    """When the bar stands, its cause and scope; of a restriction also the condition under which the
    privileges it reaches may still be used.
    """

    key_fields = ("identity",)
    identity = models.ForeignKey(Bar, models.PROTECT, related_name="periods")
    cause = models.TextField()
    scope = models.CharField(max_length=8, choices=BarScope, default=BarScope.ALL_PRIVILEGES)
    privilege_codes = models.JSONField(default=list, blank=True)
    condition = models.TextField(
        blank=True,
        help_text="Of a restriction, as the ward reads it: what it still allows. Empty: it forbids.",
    )
    citation = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = period_constraints("bylaws_barperiod", "identity")
        indexes = period_indexes("bylaws_barperiod", "identity")
        triggers = period_triggers()
