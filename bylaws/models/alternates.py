"""Who acts in the place of somebody with a seat or an office, and who is away."""

from django.conf import settings
from django.db import models

from bylaws.choices import Office
from bylaws.models.committees import CommitteeSeat
from config.kernel.periods import (
    Identity,
    Period,
    append_only_triggers,
    period_constraints,
    period_indexes,
    period_triggers,
)
from config.organization.models import Facility


class Alternate(Identity):
    """A person designated to act for a seat of a committee, or for an office, when its holder cannot."""

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="alternates")
    seat = models.ForeignKey(CommitteeSeat, models.PROTECT, null=True, related_name="alternates")
    office = models.CharField(max_length=24, choices=Office, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="alternate_for")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="alternate_of_seat_or_office",
                condition=models.Q(seat__isnull=False, office="")
                | (models.Q(seat__isnull=True) & ~models.Q(office="")),
            ),
            models.UniqueConstraint(
                fields=["seat", "user"], condition=models.Q(office=""), name="one_alternate_of_seat"
            ),
            models.UniqueConstraint(
                fields=["facility", "office", "user"],
                condition=~models.Q(office=""),
                name="one_alternate_of_office",
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.user} for {self.seat or self.get_office_display()}"


class AlternatePeriod(Period):
    """On which days the designation holds."""

    key_fields = ("identity",)
    identity = models.ForeignKey(Alternate, models.PROTECT, related_name="periods")

    class Meta:
        constraints = period_constraints("bylaws_alternateperiod", "identity")
        indexes = period_indexes("bylaws_alternateperiod", "identity")
        triggers = period_triggers()


class Absence(Identity):
    """A reviewer of a facility who says when they are away."""

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="absences")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="absences")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["facility", "user"], name="one_absence_identity")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.user} away"


class AbsencePeriod(Period):
    """On which days the person is away."""

    key_fields = ("identity",)
    identity = models.ForeignKey(Absence, models.PROTECT, related_name="periods")

    class Meta:
        constraints = period_constraints("bylaws_absenceperiod", "identity")
        indexes = period_indexes("bylaws_absenceperiod", "identity")
        triggers = period_triggers()
