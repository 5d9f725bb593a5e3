"""Somebody leaves the medical staff of a facility: when, why, and what ended with it."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models

from bylaws.choices import InvestigationAnswer
from bylaws.models import AdverseAction
from config.kernel.periods import protect_delete
from config.organization.models import Facility
from practitioners.models import Practitioner
from privileging.choices import DepartureKind

RECORDED = [
    "practitioner",
    "facility",
    "kind",
    "day",
    "reason",
    "investigation",
    "ended",
    "action",
    "recorded_at",
    "recorded_by",
]


class Departure(models.Model):
    """One person's leaving of one facility's medical staff.

    What held before stays answerable: terms, grants and seats are ended from ``day`` on, never removed.
    Leaving while under investigation, or to avoid one, may have to be reported to the data bank for any
    length (45 CFR 60.12): then, and where it is not known yet, it stands among the adverse actions with a
    clock of its own.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="departures")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="departures")
    kind = models.CharField(max_length=20, choices=DepartureKind)
    day = models.DateField(help_text="The first day without the appointment.")
    reason = models.TextField()
    investigation = models.CharField(max_length=10, choices=InvestigationAnswer)
    ended = models.JSONField(
        help_text="Uids of the periods it cut short and of the applications it withdrew, by what they are."
    )
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    action = models.OneToOneField(
        AdverseAction,
        models.PROTECT,
        null=True,
        related_name="departure",
        help_text="What the data bank counts, unless the answer was no (peer review).",
    )
    taken_back_because = models.TextField(blank=True)
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-day", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["practitioner", "facility", "day"],
                condition=models.Q(taken_back_at__isnull=True),
                name="one_departure_a_day",
            ),
            models.CheckConstraint(
                name="departure_surrender_is_counted",
                condition=models.Q(investigation=InvestigationAnswer.NO, action__isnull=True)
                | (~models.Q(investigation=InvestigationAnswer.NO) & models.Q(action__isnull=False)),
            ),
            models.CheckConstraint(
                name="departure_taken_back_paired",
                condition=models.Q(
                    taken_back_because="", taken_back_at__isnull=True, taken_back_by__isnull=True
                )
                | (
                    ~models.Q(taken_back_because="")
                    & models.Q(taken_back_at__isnull=False, taken_back_by__isnull=False)
                ),
            ),
            models.CheckConstraint(name="departure_has_reason", condition=~models.Q(reason="")),
        ]
        indexes = [models.Index(fields=["facility", "-day"], name="departures_of_facility")]
        triggers = [
            pgtrigger.ReadOnly(name="recorded_once", fields=RECORDED),
            pgtrigger.Protect(
                name="taken_back_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__taken_back_at__isnull=False),
            ),
            protect_delete(),
        ]

    def __str__(self):
        return f"{self.practitioner} leaves {self.facility}"
