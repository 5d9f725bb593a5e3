"""What can be asked for: privileges, and the versioned forms they stand on."""

import uuid

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
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
    """One edition of a form. Grants pin the version they were given under; publishing changes no grant.

    It can be asked on while it is published and the day lies within ``offered``. Of one form no two published
    versions are offered on the same day; a version published ahead ends the running one on the day before.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    form = models.ForeignKey(PrivilegeForm, models.PROTECT, related_name="versions")
    number = models.CharField(max_length=20)
    status = models.CharField(max_length=10, choices=VersionStatus, default=VersionStatus.DRAFT)
    offered = DateRangeField(help_text="When it can be applied on.")
    approved_by = models.CharField(max_length=200, blank=True, help_text="The body that approved it.")
    approved_on = models.DateField(null=True, help_text="The day the body approved it.")
    approval_recorded_at = models.DateTimeField(null=True)
    approval_recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    core_criteria = models.JSONField(default=dict)
    core_fppe = models.JSONField(default=dict)

    class Meta:
        ordering = ("form", "-number")
        constraints = [
            models.UniqueConstraint(fields=["form", "number"], name="version_number_per_form"),
            ExclusionConstraint(
                name="one_version_offered_a_day",
                expressions=[("form", RangeOperators.EQUAL), ("offered", RangeOperators.OVERLAPS)],
                condition=models.Q(status=VersionStatus.PUBLISHED),
                index_type="GIST",
            ),
            models.CheckConstraint(
                name="form_version_approval_whole",
                condition=models.Q(
                    approved_by="",
                    approved_on__isnull=True,
                    approval_recorded_at__isnull=True,
                    approval_recorded_by__isnull=True,
                )
                | (
                    ~models.Q(approved_by="")
                    & models.Q(
                        approved_on__isnull=False,
                        approval_recorded_at__isnull=False,
                        approval_recorded_by__isnull=False,
                    )
                ),
            ),
        ]
        triggers = [*FORM_VERSION.triggers(), protect_delete()]

    def __str__(self):
        return f"{self.form} {self.number}"

    @property
    def is_example(self) -> bool:
        """Whether it is an example of ours that no body has approved: it is marked wherever it shows."""
        return self.form.example and not self.approved_by


class FormLine(models.Model):
    """One privilege on one version of a form; it never changes, and goes only while that is a draft."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.ForeignKey(PrivilegeFormVersion, models.PROTECT, related_name="lines")
    privilege = models.ForeignKey(Privilege, models.PROTECT, related_name="form_lines")
    kind = models.CharField(max_length=8, choices=FormLineKind)
    order = models.PositiveSmallIntegerField()
    criteria = models.JSONField(default=dict, help_text="Special lines: their own criteria.")
    fppe = models.JSONField(default=dict)
    settings = models.JSONField(
        default=dict, help_text="Sites, age of patients, supervision: conditions of every grant of it."
    )
    resources = ArrayField(
        models.CharField(max_length=80),
        default=list,
        help_text="What a facility must have declared before it is offered there.",
    )

    class Meta:
        ordering = ("version", "kind", "order")
        constraints = [
            models.UniqueConstraint(fields=["version", "privilege"], name="privilege_once_per_version"),
            models.UniqueConstraint(fields=["version", "kind", "order"], name="form_line_order"),
        ]
        triggers = [
            pgtrigger.Protect(name="no_update", operation=pgtrigger.Update),
            pgtrigger.Trigger(
                name="no_delete",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func="""
                    IF (
                        SELECT status FROM privileging_privilegeformversion WHERE id = OLD.version_id
                    ) = 'draft' THEN RETURN OLD; END IF;
                    RAISE EXCEPTION 'A line stays once its version is no draft any more.'
                        USING ERRCODE = 'integrity_constraint_violation';
                """,
            ),
        ]

    def __str__(self):
        return str(self.privilege)


class Remapping(models.Model):
    """What is proposed to the committee for holders of one line when another version takes over.

    ``old_line`` is what they hold, ``new_privilege`` what would take its place at renewal; none: nothing
    does. It changes no grant: a body acts at renewal, or the term ends. The newest of an old line counts.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.ForeignKey(PrivilegeFormVersion, models.PROTECT, related_name="remappings")
    old_line = models.ForeignKey(FormLine, models.PROTECT, related_name="+")
    new_privilege = models.ForeignKey(Privilege, models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("version", "pk")
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.old_line} becomes {self.new_privilege or 'nothing'}"
