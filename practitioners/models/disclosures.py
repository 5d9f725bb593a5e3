"""Questions every applicant answers, with the wording they answered."""

import uuid

from django.conf import settings
from django.db import models

from config.kernel.periods import append_only_triggers, protect_delete
from practitioners.choices import SaidBy
from practitioners.models.person import Practitioner


class DisclosureQuestionSet(models.Model):
    """One version of the questions. Published ones never change: another wording is another version."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.CharField(max_length=20, unique=True)
    asked_from = models.DateField(help_text="The first day it is asked; the latest such version is asked.")

    class Meta:
        ordering = ("-asked_from",)
        triggers = [protect_delete()]

    def __str__(self):
        return f"Questions, version {self.version}"


class DisclosureQuestion(models.Model):
    """One question. ``clear_answer`` is the answer that needs no explanation."""

    question_set = models.ForeignKey(DisclosureQuestionSet, models.PROTECT, related_name="questions")
    number = models.PositiveSmallIntegerField()
    code = models.SlugField(max_length=40)
    text = models.TextField()
    clear_answer = models.BooleanField(default=False)

    class Meta:
        ordering = ("question_set", "number")
        constraints = [
            models.UniqueConstraint(fields=["question_set", "number"], name="question_number_once"),
            models.UniqueConstraint(fields=["question_set", "code"], name="question_code_once"),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.number}. {self.text}"


class DisclosureAnswer(models.Model):
    """What the person answered on a day, to the text of the question. The latest answer counts."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="disclosure_answers")
    question = models.ForeignKey(DisclosureQuestion, models.PROTECT, related_name="answers")
    answered_on = models.DateField()
    answer = models.BooleanField()
    explanation = models.TextField(blank=True)
    said_by = models.CharField(max_length=12, choices=SaidBy)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("practitioner", "question", "-recorded_at", "-id")
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.practitioner}, question {self.question.number}"
