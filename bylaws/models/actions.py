"""What the bodies and the data bank have to do with a bar or another adverse action, and whether they did.

Reviews and records are events: they are added and never changed. What an adverse action is about, and why,
belongs to peer review.
"""

import uuid

from django.conf import settings
from django.db import models

from bylaws.choices import AdverseActionKind, BarReviewOutcome, DataBankRecordKind
from bylaws.models.membership import Bar
from config.kernel.periods import (
    Identity,
    Period,
    append_only_triggers,
    period_constraints,
    period_indexes,
    period_triggers,
)
from config.organization.models import Facility
from practitioners.models import Practitioner


class Event(models.Model):
    """Something that happened, recorded once."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    recorded_at = models.DateTimeField(editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False
    )

    class Meta:
        abstract = True


class BarReview(Event):
    """What the Medical Executive Committee said of a precautionary suspension, as its minutes tell."""

    bar = models.ForeignKey(Bar, models.PROTECT, related_name="reviews")
    reviewed_on = models.DateField()
    outcome = models.CharField(max_length=10, choices=BarReviewOutcome)
    authority = models.CharField(max_length=300, help_text="Which minutes or decision say so.")

    class Meta:
        constraints = [
            models.CheckConstraint(name="bar_review_has_authority", condition=~models.Q(authority=""))
        ]
        indexes = [models.Index(fields=["bar", "reviewed_on"], name="reviews_of_bar")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.get_outcome_display()}: {self.bar}"


class AdverseAction(Identity):
    """An adverse action that stands in no bar: a surrender under investigation, a revocation, proctoring
    imposed for cause. What it was called decides nothing; what happened does.
    """

    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="adverse_actions")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="adverse_actions")
    kind = models.CharField(max_length=20, choices=AdverseActionKind)
    cause = models.TextField(help_text="Peer review.")

    class Meta:
        constraints = [models.CheckConstraint(name="adverse_action_has_cause", condition=~models.Q(cause=""))]
        triggers = append_only_triggers()

    def __str__(self):
        # The audit trail calls it so: that there was an investigation is peer review.
        return f"Adverse action: {self.practitioner}"


class AdverseActionPeriod(Period):
    """From which day to which the action is in force."""

    key_fields = ("identity",)
    identity = models.ForeignKey(AdverseAction, models.PROTECT, related_name="periods")

    class Meta:
        constraints = period_constraints("bylaws_adverseactionperiod", "identity")
        indexes = period_indexes("bylaws_adverseactionperiod", "identity")
        triggers = period_triggers()


class DataBankRecord(Event):
    """What was done about the data bank: a report filed, a filed report voided, or that none is due and why.
    The latest counts. About a bar or about another action, never both.
    """

    bar = models.ForeignKey(Bar, models.PROTECT, null=True, related_name="data_bank_records")
    action = models.ForeignKey(AdverseAction, models.PROTECT, null=True, related_name="data_bank_records")
    kind = models.CharField(max_length=12, choices=DataBankRecordKind)
    day = models.DateField(help_text="When the report was filed or voided, or the decision made.")
    dcn = models.CharField(max_length=30, blank=True, help_text="Document control number of the report.")
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="data_bank_record_is_of_one",
                condition=models.Q(bar__isnull=True, action__isnull=False)
                | models.Q(bar__isnull=False, action__isnull=True),
            ),
            models.CheckConstraint(
                name="data_bank_record_says_what",
                condition=(models.Q(kind=DataBankRecordKind.NOT_REPORTED, dcn="") & ~models.Q(reason=""))
                | (models.Q(kind=DataBankRecordKind.FILED) & ~models.Q(dcn=""))
                | (models.Q(kind=DataBankRecordKind.VOIDED) & ~models.Q(dcn="") & ~models.Q(reason="")),
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.get_kind_display()}: {self.bar or self.action}"
