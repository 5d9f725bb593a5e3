"""Exclusion lists as they stood, and who was screened against them."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from simple_history.models import HistoricalRecords

from config.kernel.periods import append_only_triggers, protect_delete
from credentialing.choices import ClearReason, MatchClass, MatchStatus
from credentialing.workflow import SCREENING_MATCH
from practitioners.models import Evidence, Practitioner


class ExclusionList(models.Model):
    """A list of excluded parties. It is in use from its first load: everybody is screened against all lists
    in use.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=60)
    title = models.CharField(max_length=200, help_text="The list's whole name and publisher, for evidence.")
    citation = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=2, blank=True, help_text="Whose list it is; empty: federal.")
    last_width = models.PositiveSmallIntegerField(
        default=0, help_text="Characters the list cuts last names to; 0: it does not cut."
    )
    first_width = models.PositiveSmallIntegerField(default=0)
    middle_width = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True, help_text="Off: nobody is screened against it any more.")
    history = HistoricalRecords()

    class Meta:
        ordering = ("state", "code")

    def __str__(self):
        return self.name


class ListSnapshot(models.Model):
    """One load of one list. What the list said on a day is answered from these."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    exclusion_list = models.ForeignKey(ExclusionList, models.PROTECT, related_name="loads")
    number = models.PositiveIntegerField(help_text="Counts up per list.")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    data_date = models.DateField(null=True, help_text="The date the list's publisher gave it.")
    loaded_at = models.DateTimeField()
    loaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    fetched_from = models.CharField(max_length=300, blank=True, help_text="Empty: a person brought the file.")
    etag = models.CharField(max_length=200, blank=True, help_text="What the publisher calls this version.")
    last_modified = models.CharField(
        max_length=60, blank=True, help_text="As the publisher's server said it."
    )
    row_count = models.PositiveIntegerField()
    added = models.PositiveIntegerField()
    removed = models.PositiveIntegerField()
    changed = models.PositiveIntegerField(
        default=0, help_text="Rows the publisher corrected; they count neither as added nor as removed."
    )
    rejected = models.PositiveIntegerField()

    class Meta:
        ordering = ("exclusion_list_id", "-number")
        constraints = [
            models.UniqueConstraint(fields=["exclusion_list", "number"], name="snapshot_number_per_list"),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.exclusion_list}, load {self.number}"


class ListRow(models.Model):
    """One excluded party, from the load it first appears in to the load it is gone from."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    exclusion_list = models.ForeignKey(ExclusionList, models.PROTECT, related_name="rows")
    row_key = models.CharField(
        max_length=64, help_text="Hash of the identifying columns; the list has no id."
    )
    added_in = models.ForeignKey(ListSnapshot, models.PROTECT, related_name="rows_added")
    removed_in = models.ForeignKey(ListSnapshot, models.PROTECT, null=True, related_name="rows_removed")
    replaces = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="replaced_by",
        help_text="The same exclusion as it stood before the publisher corrected it.",
    )
    last_name = models.CharField(max_length=60, blank=True)
    first_name = models.CharField(max_length=60, blank=True)
    middle_name = models.CharField(max_length=60, blank=True)
    business_name = models.CharField(max_length=240, blank=True)
    general = models.CharField(max_length=60, blank=True)
    specialty = models.CharField(max_length=60, blank=True)
    upin = models.CharField(max_length=10, blank=True)
    npi = models.CharField(max_length=10, blank=True, db_index=True)
    birth_date = models.DateField(null=True, db_index=True)
    address = models.CharField(max_length=240, blank=True)
    city = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=30, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    exclusion_type = models.CharField(max_length=60, blank=True)
    excluded_on = models.DateField(null=True)
    reinstated_on = models.DateField(null=True)
    waiver_on = models.DateField(null=True)
    waiver_state = models.CharField(max_length=2, blank=True)
    number = models.CharField(max_length=40, blank=True, help_text="The publisher's number of the record.")
    agency = models.CharField(max_length=40, blank=True, help_text="Who excluded the party (SAM.gov).")
    programme = models.CharField(max_length=40, blank=True)
    ends_on = models.DateField(null=True, help_text="The first day the exclusion is over.")
    also = models.CharField(max_length=500, blank=True, help_text="Other names the list gives.")
    block_keys = ArrayField(
        models.TextField(),
        default=list,
        help_text="What a person has to share to be compared, so that nobody compares every pair.",
    )

    class Meta:
        ordering = ("id",)
        indexes = [GinIndex(fields=["block_keys"], name="listed_by_block_key")]
        constraints = [
            models.UniqueConstraint(
                fields=["exclusion_list", "row_key"],
                condition=models.Q(removed_in__isnull=True),
                name="listed_once",
            )
        ]
        triggers = [protect_delete()]

    def __str__(self):
        person = ", ".join(part for part in (self.last_name, self.first_name) if part)
        return person or self.business_name


class ScreeningRun(models.Model):
    """One practitioner, under every name used, against one load of one list."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="screening_runs")
    snapshot = models.ForeignKey(ListSnapshot, models.PROTECT, related_name="screening_runs")
    screened_at = models.DateTimeField()
    screened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    part = models.ForeignKey(
        "credentialing.ScreeningPart",
        models.PROTECT,
        null=True,
        related_name="runs",
        help_text="Of which screening of the staff; empty: screened alone.",
    )
    names = models.JSONField(help_text="Every name that was compared.")
    identity = models.CharField(
        max_length=64, blank=True, help_text="Hash of what the person was compared by, names included."
    )
    candidates = models.PositiveIntegerField(help_text="Rows compared after blocking.")
    weak = ArrayField(
        models.CharField(max_length=64),
        default=list,
        help_text="Keys of rows whose names match and that are clearly somebody else: for information.",
    )

    class Meta:
        ordering = ("-screened_at", "-id")
        indexes = [models.Index(fields=["practitioner", "-screened_at"], name="screening_by_practitioner")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"Screening of {self.practitioner}"


class ScreeningMatch(models.Model):
    """A row that may be this person, until somebody decides."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="screening_matches")
    run = models.ForeignKey(ScreeningRun, models.PROTECT, related_name="matches")
    row = models.ForeignKey(ListRow, models.PROTECT, related_name="matches")
    found_at = models.DateTimeField(help_text="When a screening found it first.")
    match_class = models.CharField(max_length=20, choices=MatchClass)
    taken_up = models.BooleanField(
        default=False, help_text="Weak, and a person wants it reviewed all the same."
    )
    score = models.JSONField(help_text="The parts of the score, explained.")
    status = models.CharField(max_length=10, choices=MatchStatus, default=MatchStatus.NEW)
    clear_reason = models.CharField(max_length=16, choices=ClearReason, blank=True)
    cleared_identity = models.CharField(
        max_length=64,
        blank=True,
        help_text="Hash of what the person was compared by when it was cleared: it holds while that stays.",
    )
    note = models.TextField(blank=True)
    evidence = models.ForeignKey(Evidence, models.PROTECT, null=True, related_name="+")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="First of the two people who clear a strong candidate.",
    )
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("practitioner", "id")
        constraints = [
            models.UniqueConstraint(fields=["practitioner", "row"], name="one_match_per_person_and_row"),
            models.CheckConstraint(
                name="match_review_paired",
                condition=models.Q(status="new", reviewed_by__isnull=True, reviewed_at__isnull=True)
                | (~models.Q(status="new") & models.Q(reviewed_by__isnull=False, reviewed_at__isnull=False)),
            ),
        ]
        triggers = [*SCREENING_MATCH.triggers(), protect_delete()]

    def __str__(self):
        return f"{self.get_match_class_display()}: {self.practitioner} and {self.row}"
