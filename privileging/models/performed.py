"""Cases as a feed of the hospital's systems tells them, and whether whoever did them might.

No patient is named: an encounter has a pseudonym, and its shape is checked when it is read.
"""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from config.kernel.periods import append_only_triggers, protect_delete
from config.organization.models import Facility
from practitioners.models import Practitioner
from privileging.choices import CaseCover, CaseWay
from privileging.models.catalogue import Privilege


class CaseDelivery(models.Model):
    """One delivery of cases, by file or by interface."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+")
    source = models.SlugField(max_length=40, help_text="The system that tells of the cases.")
    name = models.CharField(max_length=200)
    added = models.PositiveIntegerField(help_text="Cases it brought that were not there before.")
    replaced = models.PositiveIntegerField(help_text="Cases it corrected.")
    unchanged = models.PositiveIntegerField(help_text="Cases it brought as they stood.")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-recorded_at", "-id")
        verbose_name = "delivery of cases"
        verbose_name_plural = "deliveries of cases"
        triggers = append_only_triggers()

    def __str__(self):
        return self.name


class PerformedCase(models.Model):
    """One procedure somebody performed, as its feed tells it; a later delivery corrects it by another row."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="performed_cases")
    source = models.SlugField(max_length=40)
    encounter = models.CharField(max_length=40, help_text="A pseudonym, never a patient's name or number.")
    line = models.PositiveSmallIntegerField(help_text="Which procedure of the encounter.")
    npi = models.CharField("NPI", max_length=10)
    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, null=True, related_name="performed_cases",
        help_text="Whose NPI it is; empty where nobody here has it.",
    )  # fmt: skip
    system = models.CharField(max_length=20, help_text="The code set, as the customer names it.")
    code = models.CharField(max_length=20)
    performed_at = models.DateTimeField()
    day = models.DateField(help_text="Its day at the facility.")
    site = models.CharField(max_length=60, blank=True, help_text="Where in the facility.")
    canceled = models.BooleanField(default=False, help_text="It did not take place after all.")
    delivery = models.ForeignKey(CaseDelivery, models.PROTECT, related_name="cases")
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)
    superseded_by = models.ForeignKey(CaseDelivery, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-performed_at", "-id")
        verbose_name = "performed case"
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "source", "encounter", "line"],
                condition=Q(superseded_at__isnull=True),
                name="one_case_per_line_of_encounter",
            ),
            models.CheckConstraint(
                name="case_superseded_whole",
                condition=Q(superseded_at__isnull=True, superseded_by__isnull=True)
                | Q(superseded_at__isnull=False, superseded_by__isnull=False),
            ),
            models.CheckConstraint(
                name="case_after_it_was_performed",
                condition=Q(recorded_at__gte=models.F("performed_at")),
            ),
        ]
        indexes = [
            models.Index(fields=["practitioner", "day"], name="case_by_person"),
            models.Index(fields=["facility", "-performed_at", "-id"], name="case_by_moment"),
            models.Index(fields=["facility", "system", "code"], name="case_by_code"),
        ]
        triggers = [
            protect_delete(),
            pgtrigger.Trigger(
                name="corrected_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF OLD.superseded_at IS NULL AND NEW.superseded_at IS NOT NULL
                       AND to_jsonb(OLD) - ARRAY['superseded_at', 'superseded_by_id']
                         = to_jsonb(NEW) - ARRAY['superseded_at', 'superseded_by_id']
                    THEN RETURN NEW; END IF;
                    RAISE EXCEPTION 'a case is corrected by a later delivery, never changed'
                        USING ERRCODE = 'integrity_constraint_violation';
                """,
            ),
        ]

    def __str__(self):
        return f"{self.system} {self.code}, {self.day}, NPI {self.npi}"

    @property
    def key(self) -> tuple[str, int]:
        """What names it within its source."""
        return self.encounter, self.line


class CaseJudgement(models.Model):
    """Whether whoever did a case might, at its moment and as known then; judged once."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.OneToOneField(PerformedCase, models.PROTECT, related_name="judgement")
    privilege = models.ForeignKey(Privilege, models.PROTECT, related_name="+")
    cover = models.CharField(max_length=16, choices=CaseCover)
    judged_at = models.DateTimeField()

    class Meta:
        ordering = ("case",)
        verbose_name = "judgment of a case"
        verbose_name_plural = "judgements of cases"
        indexes = [
            models.Index(
                fields=["case"],
                condition=~Q(cover__in=[CaseCover.COVERED, CaseCover.UNRECORDED]),
                name="case_not_covered",
            )
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.case}: {self.get_cover_display()}"


class CaseExplanation(models.Model):
    """What somebody of the office said of a case done without the privilege; once."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    judgement = models.OneToOneField(CaseJudgement, models.PROTECT, related_name="explanation")
    way = models.CharField(max_length=12, choices=CaseWay)
    reason = models.CharField(max_length=1000)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("judgement",)
        verbose_name = "explanation of a case"
        verbose_name_plural = "explanations of cases"
        constraints = [models.CheckConstraint(name="case_explanation_says_why", condition=~Q(reason=""))]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.judgement.case}: {self.get_way_display()}"
