"""What leaves the office: changes in their order, and the surgical roster."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from config.kernel.periods import append_only_triggers
from config.organization.models import Facility
from practitioners.models import Practitioner
from privileging.choices import ChangeKind


class PublishedChange(models.Model):
    """One change of what somebody may do at a facility, as the wards may know it and as it was known then.

    Numbers run from 1 without a gap in the order of publishing: whoever has read up to one asks for those
    after it and misses none. A later correction is a later row.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="published_changes")
    number = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=10, choices=ChangeKind)
    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, null=True, related_name="published_changes"
    )
    name = models.CharField(max_length=240, blank=True, help_text="Of the practitioner, at that time.")
    npi = models.CharField("NPI", max_length=10, blank=True)
    privileges = ArrayField(
        models.CharField(max_length=40), default=list, help_text="Codes; empty: all that are granted."
    )
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    told = models.TextField(blank=True, help_text="Conditions, or the reason the bylaws share; never more.")
    source_uid = models.UUIDField(null=True, help_text="The grant, bar, appointment or merge of records.")
    happened_at = models.DateTimeField(
        help_text="When it was recorded; of what stops on its day the midnight before."
    )
    published_at = models.DateTimeField()

    class Meta:
        ordering = ("facility", "number")
        constraints = [
            models.UniqueConstraint(fields=["facility", "number"], name="change_number_per_facility"),
            models.UniqueConstraint(
                fields=["facility", "source_uid", "happened_at"], name="change_published_once"
            ),
            models.CheckConstraint(
                name="change_is_of_somebody",
                condition=models.Q(kind="began", practitioner__isnull=True, source_uid__isnull=True)
                | (~models.Q(kind="began") & models.Q(practitioner__isnull=False, source_uid__isnull=False)),
            ),
        ]
        # What happened last, and what is published already of the time since: asked every minute.
        indexes = [
            models.Index(fields=["facility", "happened_at"], name="change_happened"),
            models.Index(
                fields=["facility", "last_day"], condition=models.Q(kind="ends"), name="change_ends_ahead"
            ),
            models.Index(fields=["source_uid"], name="change_source"),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.facility.code} {self.number}: {self.get_kind_display()}"


class SurgicalRoster(models.Model):
    """The roster of surgical privileges of one day, as it was handed out (42 CFR 482.51(a)(4))."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="surgical_rosters")
    day = models.DateField()
    made_at = models.DateTimeField()
    practitioners = models.PositiveIntegerField()
    lines = models.PositiveIntegerField()
    csv_key = models.CharField(max_length=64, help_text="sha256 of the CSV, and where it is kept.")
    pdf_key = models.CharField(max_length=64, help_text="sha256 of the PDF, and where it is kept.")

    class Meta:
        ordering = ("-day", "-id")
        constraints = [models.UniqueConstraint(fields=["facility", "day"], name="one_roster_a_day")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"Surgical roster, {self.facility}, {self.day}"
