"""Users and their roles per facility."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models
from simple_history.models import HistoricalRecords

from config.accounts.choices import Role
from config.kernel.periods import (
    Identity,
    Period,
    append_only_triggers,
    period_constraints,
    period_indexes,
    period_triggers,
    protect_delete,
)
from config.organization.models import Facility


class User(AbstractUser):
    """A person who signs in, or the one account that stands for the system's own jobs."""

    SYSTEM_USERNAME = "standing"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    is_system = models.BooleanField(default=False, editable=False)
    history = HistoricalRecords(excluded_fields=["password", "last_login"])

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["is_system"], condition=models.Q(is_system=True), name="one_system_account"
            )
        ]

    def __str__(self):
        return self.get_full_name() or self.username


class RoleAssignment(Identity):
    """A role given to a person at a facility."""

    user = models.ForeignKey(User, models.PROTECT, related_name="role_assignments")
    role = models.CharField(max_length=40, choices=Role)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="role_assignments")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "role", "facility"], name="one_assignment_identity")
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.user}: {self.get_role_display()} at {self.facility}"


class RoleAssignmentPeriod(Period):
    """When the role is held."""

    key_fields = ("identity",)
    identity = models.ForeignKey(RoleAssignment, models.PROTECT, related_name="periods")

    class Meta:
        constraints = period_constraints("accounts_roleassignmentperiod", "identity")
        indexes = period_indexes("accounts_roleassignmentperiod", "identity")
        triggers = period_triggers()


class ApiToken(models.Model):
    """A person's key for programs. Only its hash is kept: the key itself is shown once, when it is made."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=80, help_text="Which program uses it.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=4, editable=False, help_text="Its last characters, to tell it apart.")
    created_at = models.DateTimeField(editable=False)
    expires_at = models.DateTimeField(editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", editable=False)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = "API token"
        constraints = [
            models.CheckConstraint(
                name="token_revocation_paired",
                condition=models.Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | models.Q(revoked_at__isnull=False, revoked_by__isnull=False),
            ),
            models.CheckConstraint(
                name="token_expires_later", condition=models.Q(expires_at__gt=models.F("created_at"))
            ),
        ]
        triggers = [protect_delete()]

    def __str__(self):
        return f"{self.name} (ends in {self.hint})"


class SavedList(models.Model):
    """A list as somebody wants to see it again: page, filters and order. Filters name no protected data."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="saved_lists")
    page = models.CharField(max_length=80, help_text="Name of the list's address, as practitioners:list.")
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=1000, blank=True, help_text="The part of the address after the ?.")
    shared = models.BooleanField(default=False, help_text="Colleagues who may open the page see it too.")
    created_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ("page", "name")
        constraints = [
            models.UniqueConstraint(fields=["user", "page", "name"], name="one_saved_list_per_name")
        ]

    def __str__(self):
        return self.name
