"""What can be asked for: privileges, and the versioned forms they stand on."""

import uuid

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from simple_history.models import HistoricalRecords

from config.kernel.periods import append_only_triggers, protect_delete
from config.organization.models import Facility
from privileging.choices import FormLineKind, VersionStatus
from privileging.workflow import FORM_VERSION


class Privilege(models.Model):
    """A named scope of care. Its code is what wards, schedulers and the API ask by."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ("name",)

    def __str__(self):
        return self.name


class PrivilegeForm(models.Model):
    """The delineation of privileges of one specialty."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    facilities = models.ManyToManyField(
        Facility, related_name="privilege_forms", help_text="Where the resources for it exist."
    )
    example = models.BooleanField(
        default=False, help_text="An example of ours: the medical staff must approve it before use."
    )
    history = HistoricalRecords(m2m_fields=[facilities])

    class Meta:
        ordering = ("name",)

    def __str__(self):
        return self.name


class PrivilegeFormVersion(models.Model):
    """One edition of a form. Grants pin the version they were given under; publishing changes no grant."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    form = models.ForeignKey(PrivilegeForm, models.PROTECT, related_name="versions")
    number = models.CharField(max_length=20)
    status = models.CharField(max_length=10, choices=VersionStatus, default=VersionStatus.DRAFT)
    offered = DateRangeField(help_text="When it can be applied on.")
    approved_by = models.CharField(max_length=200, blank=True)
    core_criteria = models.JSONField(default=dict)
    core_fppe = models.JSONField(default=dict)

    class Meta:
        ordering = ("form", "-number")
        constraints = [
            models.UniqueConstraint(fields=["form", "number"], name="version_number_per_form"),
        ]
        triggers = [*FORM_VERSION.triggers(), protect_delete()]

    def __str__(self):
        return f"{self.form} {self.number}"


class FormLine(models.Model):
    """One privilege on one version of a form."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.ForeignKey(PrivilegeFormVersion, models.PROTECT, related_name="lines")
    privilege = models.ForeignKey(Privilege, models.PROTECT, related_name="form_lines")
    kind = models.CharField(max_length=8, choices=FormLineKind)
    order = models.PositiveSmallIntegerField()
    criteria = models.JSONField(default=dict, help_text="Special lines: their own criteria.")
    fppe = models.JSONField(default=dict)

    class Meta:
        ordering = ("version", "kind", "order")
        constraints = [
            models.UniqueConstraint(fields=["version", "privilege"], name="privilege_once_per_version"),
            models.UniqueConstraint(fields=["version", "kind", "order"], name="form_line_order"),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return str(self.privilege)
