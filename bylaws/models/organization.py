"""Officers of the medical staff: who held which office, by whose choice, for which term."""

from django.db import models

from bylaws.choices import OfficerChosen, OfficerEnd, StaffOffice
from config.kernel.periods import (
    Identity,
    Period,
    append_only_triggers,
    period_constraints,
    period_indexes,
    period_triggers,
)
from config.organization.models import Facility
from practitioners.models import Practitioner


class OfficerTerm(Identity):
    """One term of one person in one office of the medical staff, by one election or appointment."""

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="officer_terms")
    office = models.CharField(max_length=20, choices=StaffOffice)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="officer_terms")
    chosen = models.CharField(max_length=10, choices=OfficerChosen)
    chosen_on = models.DateField()
    authority = models.CharField(max_length=300, help_text="Which minutes, ballot or decision says so.")

    class Meta:
        constraints = [
            models.CheckConstraint(name="officer_has_authority", condition=~models.Q(authority="")),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.get_office_display()}: {self.practitioner}"


class OfficerTermPeriod(Period):
    """When the term runs. ``ended`` says why it ended before its time; empty where it did not."""

    key_fields = ("facility", "office")
    identity = models.ForeignKey(OfficerTerm, models.PROTECT, related_name="periods")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+", db_index=False)
    office = models.CharField(max_length=20, choices=StaffOffice)
    ended = models.CharField(max_length=12, choices=OfficerEnd, blank=True)
    ended_why = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            # Of one office there is one holder at a time.
            *period_constraints("bylaws_officertermperiod", "facility", "office"),
            models.CheckConstraint(
                name="officer_has_term",
                condition=models.Q(valid__lower_inf=False, valid__upper_inf=False),
            ),
            models.CheckConstraint(
                name="officer_end_has_reason",
                condition=models.Q(ended="", ended_why="") | (~models.Q(ended="") & ~models.Q(ended_why="")),
            ),
        ]
        indexes = period_indexes("bylaws_officertermperiod", "facility", "office")
        triggers = period_triggers()
