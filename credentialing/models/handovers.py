"""Work handed from one person of the office to another, and taken back."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models

from config.kernel.periods import append_only_triggers, protect_delete
from config.organization.models import Facility
from credentialing.models.affiliations import AffiliationRequest
from credentialing.models.applications import Application
from credentialing.models.intake import IncomingPaper
from practitioners.models import ContactLogEntry

#: What can change hands.
Work = Application | ContactLogEntry | IncomingPaper | AffiliationRequest


class Handover(models.Model):
    """One act by which work changed hands at a facility: everything of one person, or some of it."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="handovers")
    everything_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="Whose work it was, all of it; empty: what was chosen.",
    )
    taker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.TextField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    taken_back_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("-made_at", "-id")
        constraints = [
            models.CheckConstraint(name="handover_says_why", condition=~models.Q(reason="")),
            models.CheckConstraint(
                name="handover_taken_back_paired",
                condition=models.Q(taken_back_at=None, taken_back_by=None, taken_back_reason="")
                | (
                    models.Q(taken_back_at__isnull=False, taken_back_by__isnull=False)
                    & ~models.Q(taken_back_reason="")
                ),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="handed_over_once",
                fields=["uid", "facility", "everything_of", "taker", "reason", "made_at", "made_by"],
            ),
            protect_delete(),
        ]

    def __str__(self):
        return f"Work handed to {self.taker}"


class HandedOver(models.Model):
    """One thing of a handover (file, follow-up, paper, request for a letter) and who had it before."""

    handover = models.ForeignKey(Handover, models.PROTECT, related_name="things")
    giver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+",
        help_text="Empty: nobody had it.",
    )  # fmt: skip
    application = models.ForeignKey(Application, models.PROTECT, null=True, related_name="handed_over")
    follow_up = models.ForeignKey(ContactLogEntry, models.PROTECT, null=True, related_name="handed_over")
    paper = models.ForeignKey(IncomingPaper, models.PROTECT, null=True, related_name="handed_over")
    request = models.ForeignKey(AffiliationRequest, models.PROTECT, null=True, related_name="handed_over")

    class Meta:
        ordering = ("handover", "id")
        verbose_name_plural = "things handed over"
        constraints = [
            models.CheckConstraint(
                name="handed_over_is_one_thing",
                condition=models.Q(application__isnull=False, follow_up=None, paper=None, request=None)
                | models.Q(application=None, follow_up__isnull=False, paper=None, request=None)
                | models.Q(application=None, follow_up=None, paper__isnull=False, request=None)
                | models.Q(application=None, follow_up=None, paper=None, request__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["handover", "application", "follow_up", "paper", "request"],
                nulls_distinct=False,
                name="handed_over_once_each",
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return str(self.thing)

    @property
    def thing(self) -> Work:
        """What changed hands."""
        found = self.application or self.follow_up or self.paper or self.request
        if found is None:
            raise RuntimeError("The database keeps a handover from being of nothing.")
        return found
