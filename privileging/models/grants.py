"""What a practitioner may do: granted by the board, for a term, under a version of a form."""

from django.contrib.postgres.fields.ranges import RangeEndsWith
from django.db import models

from bylaws.models import Decision
from config.kernel.periods import (
    DaysOf,
    Identity,
    Period,
    append_only_triggers,
    period_constraints,
    period_indexes,
    period_triggers,
)
from config.organization.models import Facility
from practitioners.models import Practitioner
from privileging.choices import GrantKind
from privileging.models.catalogue import FormLine, Privilege
from privileging.models.requests import RequestLine


class Grant(Identity):
    """One privilege granted to one practitioner at one facility by one decision.

    ``decision`` is empty only for a grant taken over from an earlier system; ``authority`` then says so.
    """

    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="grants")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="grants")
    privilege = models.ForeignKey(Privilege, models.PROTECT, related_name="grants")
    form_line = models.ForeignKey(FormLine, models.PROTECT, related_name="grants")
    request_line = models.OneToOneField(RequestLine, models.PROTECT, null=True, related_name="grant")
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, related_name="grants")
    decided_on = models.DateField()
    kind = models.CharField(
        max_length=20, choices=GrantKind, db_default=GrantKind.FULL, default=GrantKind.FULL
    )
    authority = models.CharField(max_length=200, help_text="In words: which body, on which day.")

    class Meta:
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.privilege}: {self.practitioner}"


class GrantPeriod(Period):
    """When the grant runs and under which conditions."""

    key_fields = ("practitioner", "facility", "privilege", "decided_on", "kind")
    identity = models.ForeignKey(Grant, models.PROTECT, related_name="periods")
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="grant_periods")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="grant_periods")
    privilege = models.ForeignKey(Privilege, models.PROTECT, related_name="grant_periods")
    decided_on = models.DateField()
    kind = models.CharField(
        max_length=20, choices=GrantKind, db_default=GrantKind.FULL, default=GrantKind.FULL
    )
    conditions = models.TextField(blank=True)

    class Meta:
        constraints = [
            *period_constraints("privileging_grantperiod", "practitioner", "privilege", "facility"),
            models.CheckConstraint(
                name="grant_not_before_decision",
                condition=models.Q(valid__startswith__gte=models.F("decided_on")),
            ),
            models.CheckConstraint(
                name="grant_has_term", condition=models.Q(valid__lower_inf=False, valid__upper_inf=False)
            ),
        ]
        indexes = [
            *period_indexes("privileging_grantperiod", "practitioner", "privilege", "facility"),
            models.Index(
                "facility",
                "privilege",
                RangeEndsWith("valid"),
                # Who holds it on a day is read from the index alone, past those whose term is over; also as
                # known at a past moment.
                include=["practitioner", "valid", "recorded_at", "superseded_at"],
                name="grant_holders",
            ),
            # The longest there is: none that ends later than that after a day covers the day.
            models.Index("facility", "privilege", DaysOf("valid"), name="grant_longest"),
            models.Index(
                fields=["facility", "privilege"],
                # The few that rest on no appointment.
                condition=~models.Q(kind="full"),
                name="grant_alone",
            ),
            # What was recorded or replaced since a moment is published.
            models.Index(fields=["facility", "recorded_at"], name="grant_recorded"),
            models.Index(
                fields=["facility", "superseded_at"],
                condition=models.Q(superseded_at__isnull=False),
                name="grant_replaced",
            ),
        ]
        triggers = period_triggers()

    @property
    def grant_kind(self) -> GrantKind:
        """By which way it was granted, with its colour."""
        return GrantKind(self.kind)
