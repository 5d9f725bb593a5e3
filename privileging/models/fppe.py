"""Focused evaluation: its plans, what happened to them, who proctors, and the cases looked at.

All of it is peer review, except that a plan of a newly granted privilege is open.
"""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models

from config.kernel.periods import append_only_triggers, protect_delete
from config.organization.models import Facility
from practitioners.models import Practitioner
from privileging.choices import CaseOutcome, FPPEMethod, FPPEReason, FPPEStatus, FPPEWay
from privileging.models.catalogue import Privilege
from privileging.models.grants import Grant
from privileging.workflow import FPPE_PLAN

#: Statuses of an evaluation that is not closed.
OPEN = (
    FPPEStatus.PLANNED,
    FPPEStatus.IN_PROGRESS,
    FPPEStatus.EXTENDED,
    FPPEStatus.DATA_COMPLETE,
    FPPEStatus.REVIEW,
)
CLOSED = (FPPEStatus.CLOSED_SUCCESS, FPPEStatus.CLOSED_UNSUCCESSFUL, FPPEStatus.CLOSED_INSUFFICIENT)


class FPPEPlan(models.Model):
    """Focused evaluation of one privilege of one practitioner at one facility.

    The first one begins the day the privilege is first granted there by any way, and there is only one: the
    board's grant after a temporary one continues it. ``grant`` is the grant with which it began. Person,
    facility and privilege are copied from it, so that the database can keep the rule; a trigger compares.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    grant = models.ForeignKey(Grant, models.PROTECT, related_name="fppe_plans")
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="fppe_plans")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="fppe_plans")
    privilege = models.ForeignKey(Privilege, models.PROTECT, related_name="fppe_plans")
    reason = models.CharField(max_length=10, choices=FPPEReason)
    grounds = models.TextField(blank=True, help_text="For cause: what it is opened for. Peer review.")
    status = models.CharField(max_length=20, choices=FPPEStatus, default=FPPEStatus.PLANNED)
    opened_on = models.DateField()
    due_on = models.DateField(null=True)
    cases_required = models.PositiveSmallIntegerField(null=True)
    method = models.CharField(max_length=200, blank=True)
    looking = models.CharField(
        max_length=10, choices=FPPEMethod, default=FPPEMethod.REVIEW, help_text="How the cases are looked at."
    )
    extensions = models.PositiveSmallIntegerField(default=0)
    closed_on = models.DateField(null=True)
    conclusion = models.TextField(blank=True, help_text="Peer review.")

    class Meta:
        ordering = ("practitioner", "facility", "id")
        verbose_name = "FPPE plan"
        constraints = [
            models.UniqueConstraint(
                fields=["practitioner", "facility", "privilege"],
                condition=models.Q(reason=FPPEReason.INITIAL),
                name="one_initial_fppe",
            ),
            models.UniqueConstraint(
                fields=["practitioner", "facility", "privilege", "reason"],
                condition=models.Q(status__in=OPEN),
                name="one_open_fppe_per_reason",
            ),
            models.CheckConstraint(
                name="closed_fppe_says_why",
                condition=models.Q(status__in=OPEN, closed_on__isnull=True, conclusion="")
                | (models.Q(status__in=CLOSED, closed_on__isnull=False) & ~models.Q(conclusion="")),
            ),
            models.CheckConstraint(
                name="fppe_for_cause_has_grounds",
                condition=(models.Q(reason=FPPEReason.FOR_CAUSE) & ~models.Q(grounds=""))
                | (~models.Q(reason=FPPEReason.FOR_CAUSE) & models.Q(grounds="")),
            ),
            models.CheckConstraint(
                name="fppe_due_after_it_opens",
                condition=models.Q(due_on__isnull=True) | models.Q(due_on__gte=models.F("opened_on")),
            ),
        ]
        indexes = [models.Index(fields=["facility", "status", "due_on"], name="fppe_due")]
        triggers = [
            *FPPE_PLAN.triggers(),
            protect_delete(),
            pgtrigger.Trigger(
                name="plan_is_of_its_grant",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=pgtrigger.Func(
                    """
                    IF NOT EXISTS (
                        SELECT 1 FROM privileging_grant g WHERE g.id = NEW.grant_id
                           AND g.practitioner_id = NEW.practitioner_id AND g.facility_id = NEW.facility_id
                           AND g.privilege_id = NEW.privilege_id
                    ) THEN
                        RAISE EXCEPTION 'a focused evaluation is of the person and privilege of its grant'
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                    """
                ),
            ),
            pgtrigger.Trigger(
                name="what_it_evaluates_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    " OR ".join(
                        f"NEW.{each} IS DISTINCT FROM OLD.{each}"
                        for each in (
                            "uid", "grant_id", "practitioner_id", "facility_id", "privilege_id", "reason",
                            "grounds", "opened_on",
                        )
                    )
                ),
                func="""
                    RAISE EXCEPTION 'whom and what a focused evaluation is about never changes'
                        USING ERRCODE = 'integrity_constraint_violation';
                """,
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"Focused evaluation, {self.grant}"

    @property
    def is_open(self) -> bool:
        """Whether it is not closed."""
        return self.status in OPEN


class FPPEStep(models.Model):
    """What a plan was from a day on, as recorded at a moment: the history that rules and the lookup read."""

    plan = models.ForeignKey(FPPEPlan, models.PROTECT, related_name="steps")
    day = models.DateField(help_text="From this day on it was so.")
    status = models.CharField(max_length=20, choices=FPPEStatus)
    due_on = models.DateField(null=True)
    cases_required = models.PositiveSmallIntegerField(null=True)
    looking = models.CharField(max_length=10, choices=FPPEMethod)
    note = models.TextField(blank=True, help_text="Why. Peer review.")
    recorded_at = models.DateTimeField(editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False
    )

    class Meta:
        ordering = ("plan", "recorded_at", "id")
        verbose_name = "FPPE step"
        indexes = [models.Index(fields=["plan", "recorded_at", "id"], name="fppe_as_known")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.plan}: {self.get_status_display()}"


class FPPEFollowUp(models.Model):
    """What follows from an evaluation that ended without satisfaction: said once, by a person.

    ``next_plan`` is the evaluation it opened. ``matter`` is the same for all evaluations taken up together;
    by it an agenda names what goes to a committee. ``reason`` is peer review, as the evaluation is.
    """

    plan = models.OneToOneField(FPPEPlan, models.PROTECT, related_name="follow_up")
    way = models.CharField(max_length=10, choices=FPPEWay)
    reason = models.CharField(max_length=1000)
    next_plan = models.OneToOneField(FPPEPlan, models.PROTECT, null=True, related_name="follows")
    matter = models.UUIDField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("plan",)
        verbose_name = "FPPE follow-up"
        indexes = [models.Index(fields=["matter"], name="fppe_followed_together")]
        constraints = [
            models.CheckConstraint(
                name="fppe_again_opens_the_next",
                condition=models.Q(way=FPPEWay.AGAIN, next_plan__isnull=False)
                | (~models.Q(way=FPPEWay.AGAIN) & models.Q(next_plan__isnull=True)),
            ),
            models.CheckConstraint(name="fppe_follow_up_says_why", condition=~models.Q(reason="")),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.plan}: {self.get_way_display()}"


class FPPEAssignment(models.Model):
    """One proctor for some of the plans of one practitioner, and the link by which cases are reported.

    The link's secret is not kept, only its hash. ``conflict``: it ended because proctor and practitioner are
    too close (partner, relative, competitor); the same two are not brought together again.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="proctored_by")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+")
    proctor = models.ForeignKey(Practitioner, models.PROTECT, related_name="proctors", null=True)
    outside = models.CharField(
        max_length=200,
        blank=True,
        help_text="A proctor from elsewhere, where nobody here could: name and place.",
    )
    plans = models.ManyToManyField(FPPEPlan, through="FPPEAssignedPlan", related_name="assignments")
    token_digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(help_text="From then on the link opens nothing.")
    named_at = models.DateTimeField()
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    declared_at = models.DateTimeField(
        null=True, help_text="When the proctor declared to have no conflict of interest."
    )
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.CharField(max_length=1000, blank=True, help_text="Peer review.")
    conflict = models.BooleanField(default=False)

    class Meta:
        ordering = ("practitioner", "named_at", "id")
        verbose_name = "FPPE assignment"
        constraints = [
            models.CheckConstraint(
                name="nobody_proctors_themselves",
                condition=models.Q(proctor__isnull=True) | ~models.Q(practitioner=models.F("proctor")),
            ),
            models.CheckConstraint(
                name="one_proctor_from_here_or_elsewhere",
                condition=models.Q(proctor__isnull=False, outside="")
                | (models.Q(proctor__isnull=True) & ~models.Q(outside="")),
            ),
            models.CheckConstraint(
                name="fppe_assignment_ends_with_reason",
                condition=(models.Q(ended_at__isnull=True, ended_reason="", conflict=False))
                | (models.Q(ended_at__isnull=False) & ~models.Q(ended_reason="")),
            ),
        ]
        triggers = [protect_delete()]

    def __str__(self):
        return f"{self.who} for {self.practitioner}"

    @property
    def who(self) -> str:
        """The proctor's name."""
        return str(self.proctor) if self.proctor_id else self.outside


class FPPEAssignedPlan(models.Model):
    """A plan the proctor was named for."""

    assignment = models.ForeignKey(FPPEAssignment, models.PROTECT, related_name="assigned")
    plan = models.ForeignKey(FPPEPlan, models.PROTECT, related_name="assigned")

    class Meta:
        verbose_name = "plan of an FPPE assignment"
        constraints = [models.UniqueConstraint(fields=["assignment", "plan"], name="plan_once_per_proctor")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.assignment}: {self.plan}"


class FPPECase(models.Model):
    """One case a proctor looked at, under a pseudonym of the encounter. Peer review.

    It counts for every plan it shows something of: one operation may show the whole core of a form.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="proctored_cases")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+")
    assignment = models.ForeignKey(FPPEAssignment, models.PROTECT, related_name="cases")
    plans = models.ManyToManyField(FPPEPlan, through="FPPECaseOfPlan", related_name="cases")
    day = models.DateField()
    encounter = models.CharField(max_length=40, help_text="A pseudonym, never a patient's name or number.")
    looking = models.CharField(max_length=10, choices=FPPEMethod)
    outcome = models.CharField(max_length=10, choices=CaseOutcome)
    comment = models.TextField(blank=True)
    reported_at = models.DateTimeField()
    by_link = models.BooleanField(
        help_text="Reported by the proctor's link; else written down by the office."
    )
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)
    taken_back_reason = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ("practitioner", "day", "id")
        verbose_name = "FPPE case"
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "encounter"],
                condition=models.Q(taken_back_at__isnull=True),
                name="encounter_once_per_proctor",
            ),
            models.CheckConstraint(
                name="fppe_concern_is_explained",
                condition=models.Q(outcome=CaseOutcome.EXPECTED) | ~models.Q(comment=""),
            ),
            models.CheckConstraint(
                name="fppe_case_taken_back_whole",
                condition=models.Q(
                    taken_back_at__isnull=True, taken_back_by__isnull=True, taken_back_reason=""
                )
                | (
                    models.Q(taken_back_at__isnull=False, taken_back_by__isnull=False)
                    & ~models.Q(taken_back_reason="")
                ),
            ),
        ]
        triggers = [
            protect_delete(),
            pgtrigger.Trigger(
                name="taken_back_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF OLD.taken_back_at IS NULL AND NEW.taken_back_at IS NOT NULL
                       AND to_jsonb(OLD) - ARRAY['taken_back_at', 'taken_back_by_id', 'taken_back_reason']
                         = to_jsonb(NEW) - ARRAY['taken_back_at', 'taken_back_by_id', 'taken_back_reason']
                    THEN RETURN NEW; END IF;
                    RAISE EXCEPTION 'what a proctor reported is taken back, never changed'
                        USING ERRCODE = 'integrity_constraint_violation';
                """,
            ),
        ]

    def __str__(self):
        return f"Case of {self.day}, {self.practitioner}"

    @property
    def found(self) -> CaseOutcome:
        """What the proctor found, with its colour."""
        return CaseOutcome(self.outcome)


class FPPECaseOfPlan(models.Model):
    """A plan the case counts for."""

    case = models.ForeignKey(FPPECase, models.PROTECT, related_name="counted")
    plan = models.ForeignKey(FPPEPlan, models.PROTECT, related_name="counted")

    class Meta:
        verbose_name = "plan of an FPPE case"
        constraints = [models.UniqueConstraint(fields=["case", "plan"], name="case_once_per_plan")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.case}: {self.plan}"
