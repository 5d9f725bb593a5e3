"""Procedure codes of the customer's own code sets, and the privilege each of them needs. None are shipped."""

import uuid

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models

from config.kernel.periods import protect_delete
from config.organization.models import Facility
from privileging.models.catalogue import Privilege


class ProcedureCode(models.Model):
    """A code of a code set at a facility needs a privilege; a row is ended by a later load, never changed."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="procedure_codes")
    system = models.CharField(max_length=20, help_text="The code set, as the customer names it.")
    code = models.CharField(max_length=20)
    privilege = models.ForeignKey(Privilege, models.PROTECT, related_name="procedure_codes")
    groups = ArrayField(
        models.SlugField(max_length=40),
        default=list,
        blank=True,
        help_text="Procedure groups of criteria for which a case of it counts.",
    )
    loaded_at = models.DateTimeField()
    loaded_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("facility", "system", "code")
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "system", "code"],
                condition=models.Q(ended_at__isnull=True),
                name="one_privilege_per_code",
            ),
            models.CheckConstraint(
                name="procedure_code_end_paired",
                condition=models.Q(ended_at__isnull=True, ended_by__isnull=True)
                | models.Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="procedure_code_loaded_once",
                fields=["uid", "facility", "system", "code", "privilege", "groups", "loaded_at", "loaded_by"],
            ),
            protect_delete(),
        ]

    def __str__(self):
        return f"{self.system} {self.code}"
