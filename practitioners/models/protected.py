"""Numbers of the identity class: kept apart, encrypted, read only with a reason."""

from django.conf import settings
from django.db import models

from config.kernel.periods import protect_delete
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
