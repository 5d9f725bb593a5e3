"""Two records of one person: which stands for which, and since when we know it."""

import uuid

from django.conf import settings
from django.db import models

from config.kernel.periods import (
    Identity,
    Period,
    append_only_triggers,
    period_constraints,
    period_indexes,
    period_triggers,
)
from practitioners.choices import PairVerdict
from practitioners.models.person import Practitioner


class PractitionerAlias(Identity):
    """The record ``practitioner`` is another record of the person whose record is ``canonical``."""

    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="alias_identities")
    canonical = models.ForeignKey(Practitioner, models.PROTECT, related_name="merged_identities")

    class Meta:
        verbose_name_plural = "practitioner aliases"
        constraints = [
            models.UniqueConstraint(fields=["practitioner", "canonical"], name="one_alias_identity"),
            models.CheckConstraint(
                name="alias_of_another", condition=~models.Q(practitioner=models.F("canonical"))
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.practitioner} is {self.canonical}"


class PractitionerAliasPeriod(Period):
    """Since when we know that the records are one person's. Who somebody is has no first or last day, so
    ``valid`` is every day; unmerging supersedes the row.
    """

    key_fields = ("practitioner", "canonical")
    identity = models.ForeignKey(PractitionerAlias, models.PROTECT, related_name="periods")
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="alias_periods")
    canonical = models.ForeignKey(Practitioner, models.PROTECT, related_name="merged_periods")
    reason = models.TextField()

    class Meta:
        constraints = period_constraints("practitioners_practitioneraliasperiod", "practitioner")
        indexes = [
            *period_indexes("practitioners_practitioneraliasperiod", "practitioner"),
            models.Index(
                fields=["canonical"],
                condition=models.Q(superseded_at__isnull=True),
                name="alias_by_canonical",
            ),
        ]
        triggers = period_triggers()


class PairReview(models.Model):
    """What a person decided about two records that look alike, and why. The latest word counts."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    one = models.ForeignKey(Practitioner, models.PROTECT, related_name="+")
    other = models.ForeignKey(Practitioner, models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=10, choices=PairVerdict)
    score = models.PositiveSmallIntegerField(help_text="How alike they were then, 0 to 100.")
    reason = models.TextField()
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-decided_at", "-id")
        constraints = [
            models.CheckConstraint(name="pair_in_order", condition=models.Q(one__lt=models.F("other")))
        ]
        indexes = [models.Index(fields=["one", "other"], name="pair_reviews")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.one} and {self.other}: {self.get_verdict_display()}"
