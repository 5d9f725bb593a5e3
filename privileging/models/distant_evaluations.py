"""What a distant site found of somebody who works here on its decision. Peer review."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from config.kernel.periods import protect_delete
from credentialing.models import Application


class DistantSiteEvaluation(models.Model):
    """The distant site's own evaluation of somebody granted privileges by proxy, as it came here. It stands
    in the place of a focused evaluation. Written once; what was filed by mistake is taken back once.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(
        Application,
        models.PROTECT,
        related_name="distant_evaluations",
        help_text="By which the privileges were granted.",
    )
    dated = models.DateField(help_text="The day the distant site's paper bears.")
    summary = models.TextField(help_text="What the distant site found, without naming a patient.")
    file_name = models.CharField(max_length=200, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveIntegerField(null=True, help_text="Bytes of the paper.")
    store_key = models.CharField(
        max_length=64, blank=True, help_text="Where the paper lies, encrypted; empty: no copy here."
    )
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    taken_back_reason = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ("-dated", "-id")
        constraints = [
            models.CheckConstraint(
                name="distant_evaluation_says_something",
                condition=~Q(summary=""),
            ),
            models.CheckConstraint(
                name="distant_evaluation_paper_whole",
                condition=Q(store_key="", file_name="", media_type="", size=None)
                | (~Q(store_key="") & ~Q(file_name="") & ~Q(media_type="") & Q(size__isnull=False)),
            ),
            models.CheckConstraint(
                name="distant_evaluation_taken_back_whole",
                condition=Q(taken_back_at=None, taken_back_by=None, taken_back_reason="")
                | (Q(taken_back_at__isnull=False, taken_back_by__isnull=False) & ~Q(taken_back_reason="")),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="distant_evaluation_written_once",
                exclude=["taken_back_at", "taken_back_by", "taken_back_reason"],
            ),
            pgtrigger.Protect(
                name="distant_evaluation_back_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__taken_back_at__isnull=False),
            ),
            protect_delete(),
        ]

    def __str__(self):
        return f"Evaluation by {self.application.distant_site}, {self.dated:%d %b %Y}"
