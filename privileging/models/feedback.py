"""What this hospital tells a distant site of the work its practitioners do here. Peer review."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models

from config.kernel.periods import protect_delete
from credentialing.models import Application
from privileging.choices import FeedbackKind, FeedbackWay


class DistantSiteFeedback(models.Model):
    """An adverse event, a complaint or a review of somebody granted privileges by proxy, and that the distant
    site was told of it (42 CFR 482.22(a)(3)(iv), (4)(iv)). Written once; the sending is added once.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(
        Application,
        models.PROTECT,
        related_name="feedback",
        help_text="By which the privileges were granted.",
    )
    kind = models.CharField(max_length=14, choices=FeedbackKind)
    happened_on = models.DateField(help_text="Of a review: the day it was concluded.")
    what = models.TextField(help_text="What happened or was found, without naming the patient.")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sent_on = models.DateField(null=True)
    sent_to = models.CharField(max_length=200, blank=True)
    sent_by_way = models.CharField(max_length=10, choices=FeedbackWay, blank=True)
    sent_recorded_at = models.DateTimeField(null=True)
    sent_recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ("-happened_on", "-id")
        verbose_name_plural = "distant site feedback"
        constraints = [
            models.CheckConstraint(
                name="feedback_sent_paired",
                condition=models.Q(
                    sent_on=None, sent_to="", sent_by_way="", sent_recorded_at=None, sent_recorded_by=None
                )
                | (
                    models.Q(
                        sent_on__isnull=False, sent_recorded_at__isnull=False, sent_recorded_by__isnull=False
                    )
                    & ~models.Q(sent_to="")
                    & ~models.Q(sent_by_way="")
                ),
            ),
            models.CheckConstraint(
                name="feedback_sent_after_it_happened",
                condition=models.Q(sent_on=None) | models.Q(sent_on__gte=models.F("happened_on")),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="feedback_written_once",
                fields=["uid", "application", "kind", "happened_on", "what", "recorded_at", "recorded_by"],
            ),
            pgtrigger.Protect(
                name="feedback_sent_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__sent_on__isnull=False),
            ),
            protect_delete(),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.happened_on:%d %b %Y}"
