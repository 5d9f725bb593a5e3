"""Minutes of meetings, in versions that never change, and what members are to do after a meeting."""

import uuid

from django.conf import settings
from django.db import models

from bylaws.choices import MinutesStatus, SignedAs
from bylaws.models.committees import AgendaItem, Meeting, Motion
from bylaws.workflow import MEETING_MINUTES
from config.kernel.periods import append_only_triggers, protect_delete


class MeetingMinutes(models.Model):
    """The minutes of one meeting; their words are in the versions."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    meeting = models.OneToOneField(Meeting, models.PROTECT, related_name="minutes")
    status = models.CharField(max_length=10, choices=MinutesStatus, default=MinutesStatus.DRAFT)
    drafted_at = models.DateTimeField()

    class Meta:
        ordering = ("meeting",)
        verbose_name_plural = "meeting minutes"
        triggers = [*MEETING_MINUTES.triggers(), protect_delete()]

    def __str__(self):
        return f"Minutes of {self.meeting.named}"


class MinutesVersion(models.Model):
    """The words of the minutes as somebody left them, written once.

    ``sections`` are in order: heading, text, the uid of the matter (empty where it is none) and whether it is
    peer review, which stands nowhere else in them.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    minutes = models.ForeignKey(MeetingMinutes, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    sections = models.JSONField()
    sha256 = models.CharField(max_length=64, help_text="Of the sections as canonical JSON (RFC 8785).")
    why = models.CharField(max_length=300, blank=True, help_text="Why it was changed.")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("minutes", "-number")
        constraints = [
            models.UniqueConstraint(fields=["minutes", "number"], name="minutes_version_number"),
            models.CheckConstraint(name="minutes_versions_from_one", condition=models.Q(number__gte=1)),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.minutes}, version {self.number}"


class MinutesStep(models.Model):
    """One step of a version on its way: circulated, taken back, approved by a motion, signed."""

    minutes = models.ForeignKey(MeetingMinutes, models.PROTECT, related_name="steps")
    version = models.ForeignKey(MinutesVersion, models.PROTECT, related_name="steps")
    status = models.CharField(max_length=10, choices=MinutesStatus)
    motion = models.OneToOneField(Motion, models.PROTECT, null=True, related_name="minutes_approved")
    why = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("minutes", "at", "id")
        constraints = [
            models.CheckConstraint(
                name="minutes_approved_by_a_motion",
                condition=models.Q(status="approved", motion__isnull=False)
                | (~models.Q(status="approved") & models.Q(motion__isnull=True)),
            )
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.minutes}: {self.get_status_display()}"


class MinutesOnAgenda(models.Model):
    """A version stands on the agenda of a later meeting, to be approved there."""

    version = models.ForeignKey(MinutesVersion, models.PROTECT, related_name="agenda")
    item = models.OneToOneField(AgendaItem, models.PROTECT, related_name="minutes_version")

    class Meta:
        ordering = ("item",)
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.version} on {self.item.meeting}"


class MinutesSignature(models.Model):
    """Somebody signed a version, as what, under which name, at which moment."""

    version = models.ForeignKey(MinutesVersion, models.PROTECT, related_name="signatures")
    signed_as = models.CharField(max_length=10, choices=SignedAs)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ("version", "signed_at", "id")
        constraints = [
            models.UniqueConstraint(fields=["version", "signed_as"], name="minutes_signed_once_as"),
            models.UniqueConstraint(fields=["version", "user"], name="minutes_signed_once_by"),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.name}, {self.get_signed_as_display().lower()}"


class FollowUp(models.Model):
    """What somebody is to do after a meeting, by which day. Done once, with a note."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="follow_ups")
    what = models.CharField(max_length=300)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="follow_ups")
    due = models.DateField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    done_note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("due", "id")
        indexes = [
            models.Index(
                fields=["owner", "due"], condition=models.Q(done_at__isnull=True), name="follow_ups_open"
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="follow_up_done_whole",
                condition=models.Q(done_at__isnull=True, done_by__isnull=True, done_note="")
                | (models.Q(done_at__isnull=False, done_by__isnull=False) & ~models.Q(done_note="")),
            )
        ]
        triggers = [protect_delete()]

    def __str__(self):
        return self.what
