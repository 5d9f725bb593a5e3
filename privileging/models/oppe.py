"""Ongoing evaluation of everybody with privileges: indicators, cycles, data with denominators, profiles.

All of it but the indicators and the cycles is peer review.
"""

import uuid

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from simple_history.models import HistoricalRecords

from config.kernel import clock
from config.kernel.periods import append_only_triggers, last_day, protect_delete
from config.organization.models import Department, Facility
from practitioners.models import Practitioner
from privileging.choices import IndicatorKind, OPPEConclusion, OPPEProposal, OPPEStatus
from privileging.models.catalogue import PrivilegeForm
from privileging.workflow import OPPE_PROFILE


class OPPEIndicator(models.Model):
    """What is looked at. Which ones, and their limits, the hospital decides; ours are examples."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=8, choices=IndicatorKind)
    forms = models.ManyToManyField(
        PrivilegeForm,
        blank=True,
        related_name="indicators",
        help_text="The specialties it belongs to; none: everybody.",
    )
    per = models.CharField(max_length=60, blank=True, help_text="What the denominator counts.")
    higher_is_better = models.BooleanField(default=False)
    target = models.DecimalField(
        max_digits=9, decimal_places=3, null=True, blank=True,
        help_text="A rate in percent, or a count in one cycle: what the hospital aims at.",
    )  # fmt: skip
    trigger_at = models.DecimalField(
        max_digits=9, decimal_places=3, null=True, blank=True,
        help_text="A count in one cycle from which on a person looks at it; empty: the peers say.",
    )  # fmt: skip
    example = models.BooleanField(default=False)
    retired = models.BooleanField(default=False)
    history = HistoricalRecords(m2m_fields=[forms])

    class Meta:
        ordering = ("name",)
        verbose_name = "OPPE indicator"
        constraints = [
            models.CheckConstraint(
                name="rate_says_per_what", condition=~Q(kind=IndicatorKind.RATE) | ~Q(per="")
            )
        ]
        triggers = [protect_delete()]

    def __str__(self):
        return self.name

    @property
    def is_rate(self) -> bool:
        """Whether its values need a denominator."""
        return self.kind == IndicatorKind.RATE


class OPPECycle(models.Model):
    """A stretch of time over which everybody with privileges at the facility is looked at."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="oppe_cycles")
    period = DateRangeField()
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("facility", "-period")
        verbose_name = "OPPE cycle"
        constraints = [
            ExclusionConstraint(
                name="oppe_cycles_do_not_overlap",
                expressions=[("facility", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                name="oppe_cycle_has_both_ends",
                condition=Q(period__isempty=False, period__lower_inf=False, period__upper_inf=False),
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.first_day} to {self.last_day}, {self.facility}"

    @property
    def first_day(self):
        """Its first day."""
        return self.period.lower

    @property
    def last_day(self):
        """Its inclusive last day."""
        return last_day(self.period.upper)


class OPPEBatch(models.Model):
    """One delivery of values, by file or by interface."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    number = models.PositiveIntegerField(help_text="How many values it brought.")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-recorded_at", "-id")
        verbose_name = "OPPE delivery"
        verbose_name_plural = "OPPE deliveries"
        triggers = append_only_triggers()

    def __str__(self):
        return self.name


#: The specialty as a range of itself alone; without one it has no bounds, and so overlaps every specialty:
#: what counts all of somebody's work counts on each of their profiles.
_FORM_OR_ALL = Func(
    F("form_id"), F("form_id"), Value("[]"), function="int8range", output_field=BigIntegerRangeField()
)


class OPPEValue(models.Model):
    """What one indicator was for one practitioner over some days; a later delivery replaces it."""

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+")
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="oppe_values")
    indicator = models.ForeignKey(OPPEIndicator, models.PROTECT, related_name="values_given")
    form = models.ForeignKey(
        PrivilegeForm, models.PROTECT, null=True, related_name="+",
        help_text="The specialty whose work it counts; empty: all of their work.",
    )  # fmt: skip
    period = DateRangeField()
    numerator = models.PositiveIntegerField()
    denominator = models.PositiveIntegerField(null=True)
    batch = models.ForeignKey(OPPEBatch, models.PROTECT, related_name="values_given")
    superseded_by = models.ForeignKey(OPPEBatch, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("indicator", "period", "id")
        verbose_name = "OPPE value"
        constraints = [
            ExclusionConstraint(
                name="oppe_values_do_not_overlap",
                expressions=[
                    ("facility", RangeOperators.EQUAL),
                    ("practitioner", RangeOperators.EQUAL),
                    ("indicator", RangeOperators.EQUAL),
                    (_FORM_OR_ALL, RangeOperators.OVERLAPS),
                    ("period", RangeOperators.OVERLAPS),
                ],
                condition=Q(superseded_by__isnull=True),
            ),
            models.CheckConstraint(
                name="oppe_numerator_within_denominator",
                condition=Q(denominator__isnull=True) | Q(numerator__lte=models.F("denominator")),
            ),
        ]
        indexes = [models.Index(fields=["facility", "indicator"], name="oppe_by_indicator")]
        triggers = [
            protect_delete(),
            pgtrigger.Trigger(
                name="superseded_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF OLD.superseded_by_id IS NULL AND NEW.superseded_by_id IS NOT NULL
                       AND to_jsonb(OLD) - 'superseded_by_id' = to_jsonb(NEW) - 'superseded_by_id'
                    THEN RETURN NEW; END IF;
                    RAISE EXCEPTION 'a value is replaced by a later one, never changed'
                        USING ERRCODE = 'integrity_constraint_violation';
                """,
            ),
        ]

    def __str__(self):
        return f"{self.indicator}: {self.practitioner}"


class OPPEProfile(models.Model):
    """One practitioner in one cycle and one specialty: the data put before the chair, and what the chair
    signed. Whoever holds privileges on two forms is compared in both; what concerns everybody is looked at
    once, on the ``main`` one.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cycle = models.ForeignKey(OPPECycle, models.PROTECT, related_name="profiles")
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="oppe_profiles")
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="+")
    form = models.ForeignKey(
        PrivilegeForm, models.PROTECT, related_name="+", help_text="The specialty compared in."
    )
    main = models.BooleanField(
        default=True, help_text="The specialty of which the most is held; it shows what concerns everybody."
    )
    added_at = models.DateTimeField(default=clock.now, editable=False)
    status = models.CharField(max_length=12, choices=OPPEStatus, default=OPPEStatus.OPEN)
    conclusion = models.CharField(max_length=12, choices=OPPEConclusion, blank=True)
    proposal = models.CharField(
        max_length=8,
        choices=OPPEProposal,
        blank=True,
        help_text="The chair's answer where the numbers proposed a focused evaluation. Peer review.",
    )
    words = models.TextField(blank=True, help_text="What the chair says of it. Peer review.")
    signed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    seen = models.TextField(
        blank=True, help_text="The numbers it was signed with, as canonical JSON. Peer review."
    )
    seen_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("cycle", "practitioner", "-main", "form")
        verbose_name = "OPPE profile"
        constraints = [
            models.UniqueConstraint(
                fields=["cycle", "practitioner", "form"], name="one_profile_per_cycle_and_form"
            ),
            models.UniqueConstraint(
                fields=["cycle", "practitioner"], condition=Q(main=True), name="one_main_profile_per_cycle"
            ),
            models.CheckConstraint(
                name="oppe_signed_whole",
                condition=(
                    Q(status=OPPEStatus.SIGNED, signed_at__isnull=False, signed_by__isnull=False)
                    & ~Q(conclusion="")
                    & ~Q(seen="")
                    & ~Q(seen_sha256="")
                )
                | (
                    ~Q(status=OPPEStatus.SIGNED)
                    & Q(signed_at__isnull=True, signed_by__isnull=True, conclusion="", words="")
                    & Q(proposal="", seen="", seen_sha256="")
                ),
            ),
            models.CheckConstraint(
                name="oppe_proposal_is_answered",
                condition=Q(proposal="")
                | Q(proposal=OPPEProposal.ACCEPTED, conclusion=OPPEConclusion.TRIGGER_FPPE)
                | (
                    Q(proposal=OPPEProposal.DECLINED)
                    & ~Q(conclusion=OPPEConclusion.TRIGGER_FPPE)
                    & ~Q(words="")
                ),
            ),
            models.CheckConstraint(
                name="oppe_watch_is_explained",
                condition=Q(conclusion__in=["", OPPEConclusion.NO_CONCERN, OPPEConclusion.LOW_VOLUME])
                | ~Q(words=""),
            ),
        ]
        indexes = [models.Index(fields=["practitioner", "status"], name="oppe_signed")]
        triggers = [
            *OPPE_PROFILE.triggers(),
            protect_delete(),
            pgtrigger.Trigger(
                name="signed_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.status = 'signed'"),
                func="""
                    RAISE EXCEPTION 'a signed profile stays as it was signed'
                        USING ERRCODE = 'integrity_constraint_violation';
                """,
            ),
        ]

    def __str__(self):
        return f"Profile of {self.practitioner}, {self.cycle}"
