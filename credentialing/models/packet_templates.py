"""Packets in the words of the hospital: versions of templates beside those that are shipped."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models

from config.kernel.periods import protect_delete
from config.organization.models import Facility

#: What of a version is written once; only its publication and its end are added later.
WRITTEN = ["uid", "code", "number", "facility", "written", "note", "made_at", "made_by"]


class PacketTemplateVersion(models.Model):
    """What a packet asks, in one version of the hospital's own words.

    The newest one that is in force (published, not ended) goes before the shipped template of its code; one
    of a facility goes before one for every facility. A packet keeps the words it was sent with.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.SlugField(max_length=40)
    number = models.PositiveSmallIntegerField()
    facility = models.ForeignKey(
        Facility, models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: every facility."
    )
    written = models.JSONField(help_text="The template as written.")
    note = models.CharField(max_length=300, help_text="What is different, in a sentence.")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("code", "-number")
        constraints = [
            models.UniqueConstraint(fields=["code", "number"], name="packet_version_number"),
            models.CheckConstraint(
                name="packet_publication_paired",
                condition=models.Q(published_at__isnull=True, published_by__isnull=True)
                | models.Q(published_at__isnull=False, published_by__isnull=False),
            ),
            models.CheckConstraint(
                name="packet_version_second_person",
                condition=models.Q(published_by__isnull=True) | ~models.Q(published_by=models.F("made_by")),
            ),
            models.CheckConstraint(
                name="packet_end_paired",
                condition=models.Q(ended_at__isnull=True, ended_by__isnull=True)
                | models.Q(ended_at__isnull=False, ended_by__isnull=False, published_at__isnull=False),
            ),
        ]
        triggers = [
            protect_delete(),
            pgtrigger.ReadOnly(name="packet_version_written_once", fields=WRITTEN),
            pgtrigger.Trigger(
                name="packet_version_published_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.ended_at IS NOT NULL OR (OLD.published_at IS NOT NULL AND"
                    " (OLD.published_at, OLD.published_by_id)"
                    " IS DISTINCT FROM (NEW.published_at, NEW.published_by_id))"
                ),
                func="""
                    RAISE EXCEPTION 'a published version changes only by its end'
                        USING ERRCODE = 'integrity_constraint_violation';
                """,
            ),
        ]

    def __str__(self):
        return f"{self.title}, version {self.number}"

    @property
    def title(self) -> str:
        """What the applicant sees above the packet."""
        return str(self.written["title"])

    @property
    def in_force(self) -> bool:
        """Whether it is published and has not been ended; a newer one may go before it."""
        return self.published_at is not None and self.ended_at is None

    @property
    def where(self) -> str:
        """For whose packets it is."""
        return self.facility.name if self.facility else "every facility"
