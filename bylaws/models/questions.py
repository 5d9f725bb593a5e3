"""Investigations of a practitioner, and the questions the data bank puts to a person. All of it peer review.

What counts as an investigation no machine says: a person records that one began, and a person answers each
question. Routine focused and ongoing evaluation is none.
"""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models

from bylaws.choices import DataBankAnswer, DataBankQuestionKind
from bylaws.models.actions import AdverseAction
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
from practitioners.models import Practitioner


class Investigation(Identity):
    """A formal investigation of one practitioner. Its days decide whether what is given up meanwhile is
    reported (45 CFR 60.12(a)(1)(ii)).
    """

    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="investigations")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="investigations")
    opened_by = models.CharField(
        max_length=300, help_text="Which body or officer opened it, and where that is written."
    )
    about = models.TextField(help_text="Peer review.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="investigation_says_what", condition=~models.Q(about="") & ~models.Q(opened_by="")
            )
        ]
        triggers = append_only_triggers()

    def __str__(self):
        # The audit trail calls it so: that there was an investigation is peer review.
        return f"Peer review: {self.practitioner}"


class InvestigationPeriod(Period):
    """From which day to which it was open; why it was closed, and by whom, stands with its end."""

    key_fields = ("identity",)
    identity = models.ForeignKey(Investigation, models.PROTECT, related_name="periods")

    class Meta:
        constraints = period_constraints("bylaws_investigationperiod", "identity")
        indexes = period_indexes("bylaws_investigationperiod", "identity")
        triggers = period_triggers()


class DataBankQuestion(models.Model):
    """One question about one thing that happened, open until a person answers it.

    A yes records an adverse action, with its clock, or opens the record of an investigation; a no has words.
    ``subject_uid`` is what raised it: a decision, an application, a term, a departure, an evaluation.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="data_bank_questions")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="data_bank_questions")
    kind = models.CharField(max_length=12, choices=DataBankQuestionKind)
    subject_uid = models.UUIDField()
    day = models.DateField(help_text="From which day it is in force: day 1 of its clock.")
    about = models.TextField(help_text="What happened. Peer review.")
    raised_at = models.DateTimeField()
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    answer = models.CharField(max_length=4, choices=DataBankAnswer, blank=True)
    reason = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    action = models.OneToOneField(AdverseAction, models.PROTECT, null=True, related_name="question")
    investigation = models.OneToOneField(Investigation, models.PROTECT, null=True, related_name="question")

    class Meta:
        ordering = ("raised_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_uid"],
                condition=~models.Q(answer="moot"),
                name="data_bank_asked_once",
            ),
            models.CheckConstraint(name="data_bank_question_says_what", condition=~models.Q(about="")),
            models.CheckConstraint(
                name="data_bank_answer_paired",
                condition=models.Q(answer="", answered_at__isnull=True, answered_by__isnull=True)
                | (~models.Q(answer="") & models.Q(answered_at__isnull=False, answered_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="data_bank_yes_records_something",
                condition=models.Q(answer="yes", action__isnull=False, investigation__isnull=True)
                | models.Q(answer="yes", action__isnull=True, investigation__isnull=False)
                | (~models.Q(answer="yes") & models.Q(action__isnull=True, investigation__isnull=True)),
            ),
            models.CheckConstraint(
                name="data_bank_no_has_words",
                condition=~models.Q(answer__in=["no", "moot"]) | ~models.Q(reason=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["facility", "raised_at"],
                condition=models.Q(answer=""),
                name="data_bank_questions_open",
            )
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="asked_once",
                fields=[
                    "practitioner",
                    "facility",
                    "kind",
                    "subject_uid",
                    "day",
                    "about",
                    "raised_at",
                    "raised_by",
                ],
            ),
            pgtrigger.Protect(
                name="answered_once",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__answer=""),
            ),
            protect_delete(),
        ]

    def __str__(self):
        # The audit trail calls it so: what is asked is peer review.
        return f"Question for the data bank: {self.practitioner}"
