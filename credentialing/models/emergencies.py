"""When the emergency operations plan of a facility was activated, and since when it is no more."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models

from config.kernel.periods import protect_delete
from config.organization.models import Facility


class Activation(models.Model):
    """The emergency operations plan is activated, from a moment to another one.

    Only meanwhile are volunteers granted disaster privileges (EM.12.02.03). ``under_control_at``: from then
    on the license of every volunteer is verified without waiting for the 72 hours to end.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="activations")
    emergency = models.CharField(max_length=200, help_text="What happened, as people speak of it.")
    started_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    under_control_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ended_because = models.TextField(blank=True)

    class Meta:
        ordering = ("-started_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["facility"],
                condition=models.Q(ended_at__isnull=True),
                name="one_activation_at_a_time",
            ),
            models.CheckConstraint(
                name="activation_end_paired",
                condition=models.Q(ended_at=None, ended_by=None, ended_because="")
                | (models.Q(ended_at__isnull=False, ended_by__isnull=False) & ~models.Q(ended_because="")),
            ),
            models.CheckConstraint(
                name="activation_ends_after_it_starts",
                condition=models.Q(ended_at__isnull=True) | models.Q(ended_at__gte=models.F("started_at")),
            ),
            models.CheckConstraint(
                name="under_control_after_the_start",
                condition=models.Q(under_control_at__isnull=True)
                | models.Q(under_control_at__gte=models.F("started_at")),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="activation_recorded_once",
                fields=["uid", "facility", "emergency", "started_at", "recorded_at", "recorded_by"],
            ),
            pgtrigger.Trigger(
                name="activation_ends_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.ended_at IS NOT NULL"),
                func="""
                    RAISE EXCEPTION 'An activation that ended is not changed: record another one.'
                        USING ERRCODE = 'integrity_constraint_violation';
                """,
            ),
            protect_delete(),
        ]

    def __str__(self):
        return self.emergency

    @property
    def is_active(self) -> bool:
        """Whether the plan is activated by it now."""
        return self.ended_at is None
