"""Governing documents in versions: what was written, who commented, which bodies approved it, from when it
is in force, when it was reviewed, and who has acknowledged it.
"""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models

from bylaws.choices import Acknowledgers, DocumentBody, DocumentOwner, PolicyKind, VersionStatus
from bylaws.models.committees import Motion
from bylaws.workflow import POLICY_VERSION
from config.kernel.periods import append_only_triggers, protect_delete
from config.organization.models import Facility
from practitioners.models import Practitioner


class Policy(models.Model):
    """One governing document of a facility: bylaws, rules, a policy; its words are in its versions."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="policies")
    number = models.CharField(max_length=20, help_text="As the house numbers its documents: CR-01.")
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=PolicyKind)
    owner = models.CharField(max_length=14, choices=DocumentOwner)
    review_months = models.PositiveSmallIntegerField(
        null=True, help_text="Months between reviews; empty: as the parameter says."
    )
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("number",)
        verbose_name_plural = "policies"
        constraints = [
            models.UniqueConstraint(fields=["facility", "number"], name="policy_number_once"),
            models.CheckConstraint(
                name="policy_reviewed_after_months",
                condition=models.Q(review_months__isnull=True)
                | models.Q(review_months__gte=1, review_months__lte=120),
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.number} {self.title}"


class PolicyVersion(models.Model):
    """The words of a document, written once. Of those published the newest in force on a day holds."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    body = models.TextField(help_text="Headings begin with #; {parameters} and rules stand in braces.")
    outline = models.JSONField(help_text="Key, number, label, heading and level of each section, in order.")
    note = models.CharField(max_length=300, help_text="What is different, in a sentence.")
    source_name = models.CharField(max_length=120, blank=True, help_text="The file it was imported from.")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=VersionStatus, default=VersionStatus.DRAFT)
    comments_until = models.DateField(null=True, help_text="Last day of the comments.")
    in_force_from = models.DateField(null=True)
    acknowledged_by = models.CharField(max_length=10, choices=Acknowledgers, default=Acknowledgers.NOBODY)
    acknowledge_until = models.DateField(null=True, help_text="Last day to acknowledge it.")
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("policy", "-number")
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="policy_version_number"),
            models.UniqueConstraint(
                fields=["policy"],
                condition=models.Q(status__in=["draft", "comments", "bodies", "approved"]),
                name="one_version_in_development",
            ),
            models.CheckConstraint(
                name="policy_published_whole",
                condition=models.Q(
                    status="published",
                    in_force_from__isnull=False,
                    published_at__isnull=False,
                    published_by__isnull=False,
                )
                | (
                    ~models.Q(status="published")
                    & models.Q(
                        in_force_from__isnull=True,
                        published_at__isnull=True,
                        published_by__isnull=True,
                        acknowledged_by="nobody",
                        acknowledge_until__isnull=True,
                    )
                ),
            ),
            models.CheckConstraint(
                name="policy_acknowledged_after_published",
                condition=models.Q(acknowledge_until__isnull=True)
                | models.Q(acknowledge_until__gte=models.F("in_force_from")),
            ),
        ]
        triggers = [
            *POLICY_VERSION.triggers(),
            protect_delete(),
            pgtrigger.ReadOnly(
                name="policy_version_written_once",
                fields=[
                    "uid", "policy", "number", "body", "outline", "note", "source_name", "made_at", "made_by",
                ],
            ),
            pgtrigger.Trigger(
                name="policy_published_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.status = 'published'"),
                func="""
                    RAISE EXCEPTION 'a published version never changes'
                        USING ERRCODE = 'integrity_constraint_violation';
                """,
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.policy}, version {self.number}"


class PolicyApproval(models.Model):
    """One body approved a version on a day: by a motion on record here, or as its minutes say."""

    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="approvals")
    body = models.CharField(max_length=24, choices=DocumentBody)
    approved_on = models.DateField()
    motion = models.ForeignKey(Motion, models.PROTECT, null=True, related_name="+")
    minutes = models.CharField(max_length=300, blank=True, help_text="Where it stands in the minutes.")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("version", "recorded_at", "id")
        constraints = [
            models.UniqueConstraint(fields=["version", "body"], name="policy_approved_once_by_body"),
            models.CheckConstraint(
                name="policy_approval_has_its_proof",
                condition=models.Q(motion__isnull=False) | ~models.Q(minutes=""),
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.version}, approved by the {self.get_body_display()}"


class PolicyComment(models.Model):
    """What somebody says of a version, to one section or to the whole; resolved by whoever writes it."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="comments")
    section = models.CharField(max_length=80, blank=True, help_text="Key of the section; empty: the whole.")
    text = models.TextField()
    on_draft = models.BooleanField(help_text="Made while the office alone read the version; stays with it.")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    resolution = models.CharField(max_length=300, blank=True, help_text="What was done about it.")
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("version", "made_at", "id")
        constraints = [
            models.CheckConstraint(
                name="comment_resolved_whole",
                condition=models.Q(resolution="", resolved_at__isnull=True, resolved_by__isnull=True)
                | (~models.Q(resolution="") & models.Q(resolved_at__isnull=False, resolved_by__isnull=False)),
            )
        ]
        triggers = [
            protect_delete(),
            pgtrigger.ReadOnly(
                name="comment_written_once",
                fields=["uid", "version", "section", "text", "on_draft", "made_at", "made_by"],
            ),
            pgtrigger.Trigger(
                name="comment_resolved_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.resolved_at IS NOT NULL"),
                func="""
                    RAISE EXCEPTION 'a resolved comment never changes'
                        USING ERRCODE = 'integrity_constraint_violation';
                """,
            ),
        ]

    def __str__(self):
        return f"Comment of {self.made_by} on {self.version}"


class PolicyReview(models.Model):
    """A document in force was gone through on a day, and nothing in it had to be changed."""

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="reviews")
    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="reviews")
    reviewed_on = models.DateField()
    by_whom = models.CharField(max_length=200, help_text="The body or person that went through it.")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("policy", "-reviewed_on", "-id")
        constraints = [
            models.UniqueConstraint(fields=["policy", "reviewed_on"], name="policy_reviewed_once_a_day")
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.policy}, reviewed {self.reviewed_on}"


class PolicyAcknowledgement(models.Model):
    """A member has received a version: said by the member here, or on a paper that the office keeps."""

    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="acknowledgements")
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="policy_acknowledgements")
    acknowledged_on = models.DateField()
    filed_at = models.CharField(
        max_length=200,
        blank=True,
        help_text="Where the signed paper is kept; empty: said by the member here.",
    )
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("version", "acknowledged_on", "id")
        constraints = [
            models.UniqueConstraint(fields=["version", "practitioner"], name="policy_acknowledged_once"),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.practitioner} acknowledged {self.version}"
