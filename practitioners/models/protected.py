"""Numbers of the identity class: kept apart, encrypted, read only with a reason."""

import uuid

from django.conf import settings
from django.db import models

from config.kernel.periods import append_only_triggers, protect_delete
from practitioners.choices import SaidBy
from practitioners.models.person import Practitioner


class SocialSecurityNumber(models.Model):
    """The person's SSN. Only ciphertext and keyed hashes are kept; every reveal is a logged act."""

    practitioner = models.OneToOneField(Practitioner, models.PROTECT, related_name="social_security_number")
    ciphertext = models.BinaryField()
    lookup = models.CharField(max_length=64, unique=True, help_text="Keyed hash: finds the same number.")
    last_four_lookup = models.CharField(
        max_length=64, db_index=True, help_text="Keyed hash of the last four digits."
    )
    said_by = models.CharField(max_length=12, choices=SaidBy)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "social security number"
        triggers = [protect_delete()]

    def __str__(self):
        return f"SSN of {self.practitioner}"


class SsnComparison(models.Model):
    """Whether the number a source gave was the one on file that day. The source's number is not kept."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="ssn_comparisons")
    source = models.CharField(max_length=200, help_text="Who gave the number: an agency, a register.")
    agrees = models.BooleanField()
    compared_at = models.DateTimeField()
    compared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("practitioner", "compared_at", "id")
        verbose_name = "comparison of a social security number"
        verbose_name_plural = "comparisons of social security numbers"
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.source}: {'agrees' if self.agrees else 'does not agree'}"
