"""Forms sent to peers and other hospitals by a signed link, and the mails that carry the link."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models

from config.kernel.periods import protect_delete
from credentialing.choices import EnquiryStatus
from credentialing.models.applications import VerificationItem
from credentialing.models.mails import Mail, sent_has_moment
from credentialing.workflow import ENQUIRY, ENQUIRY_MAIL
from practitioners.models import Evidence

#: Statuses in which the link may still be answered.
OUT = (EnquiryStatus.TO_SEND, EnquiryStatus.SENT, EnquiryStatus.OPENED)
#: Statuses of an enquiry somebody still has to do something with.
LIVE = (*OUT, EnquiryStatus.BOUNCED)
#: What is fixed when the form is made: whom it asks, and what.
FIXED = (
    "uid", "item_id", "form_code", "form_version", "asked", "recipient_name", "recipient_title",
    "recipient_organization", "recipient_email", "created_at", "created_by_id",
)  # fmt: skip


class Enquiry(models.Model):
    """One form about one verification item, to one recipient. Whom it asks, and what, never changes.

    The link's secret is not kept, only its hash. What was answered is evidence; here stands its hash alone.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    item = models.ForeignKey(VerificationItem, models.PROTECT, related_name="enquiries")
    form_code = models.CharField(max_length=40)
    form_version = models.PositiveSmallIntegerField()
    asked = models.JSONField(help_text="The form in the words it was sent with.")
    recipient_name = models.CharField(max_length=120)
    recipient_title = models.CharField(max_length=120, blank=True)
    recipient_organization = models.CharField(max_length=200, blank=True)
    recipient_email = models.EmailField()
    token_digest = models.CharField(max_length=64, unique=True)
    status = models.CharField(max_length=10, choices=EnquiryStatus, default=EnquiryStatus.TO_SEND)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(null=True, help_text="When its first mail went out.")
    due_on = models.DateField(help_text="Last day of the time asked for.")
    expires_at = models.DateTimeField(help_text="From then on the link opens nothing.")
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True, help_text="Answered, declined or withdrawn.")
    closing_reason = models.TextField(blank=True, help_text="Why it was withdrawn or came back.")
    evidence = models.ForeignKey(Evidence, models.PROTECT, null=True, related_name="enquiries")
    answer_hash = models.CharField(max_length=64, blank=True, help_text="Hash of the signed answer.")

    class Meta:
        ordering = ("item", "created_at", "id")
        verbose_name_plural = "enquiries"
        constraints = [
            models.UniqueConstraint(
                fields=["item"], condition=models.Q(status__in=LIVE), name="one_live_enquiry_of_an_item"
            ),
            models.CheckConstraint(
                name="enquiry_answer_is_evidence",
                condition=(
                    models.Q(status__in=["answered", "declined"], evidence__isnull=False)
                    & ~models.Q(answer_hash="")
                )
                | (~models.Q(status__in=["answered", "declined"]) & models.Q(evidence=None, answer_hash="")),
            ),
            models.CheckConstraint(
                name="enquiry_closed_has_moment",
                condition=models.Q(status__in=["answered", "declined", "withdrawn"], closed_at__isnull=False)
                | (
                    ~models.Q(status__in=["answered", "declined", "withdrawn"])
                    & models.Q(closed_at__isnull=True)
                ),
            ),
        ]
        indexes = [models.Index(fields=["status", "sent_at"], name="enquiry_ladder")]
        triggers = [
            *ENQUIRY.triggers(),
            protect_delete(),
            pgtrigger.Trigger(
                name="asked_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    " OR ".join(f"NEW.{each} IS DISTINCT FROM OLD.{each}" for each in FIXED)
                ),
                func="""
                    RAISE EXCEPTION 'whom an inquiry asks, and what, never changes'
                        USING ERRCODE = 'integrity_constraint_violation';
                """,
            ),
        ]

    def __str__(self):
        return f"Form to {self.recipient_name}"


class EnquiryMail(Mail):
    """One mail with the link: the request, or a reminder of the ladder, each once."""

    enquiry = models.ForeignKey(Enquiry, models.PROTECT, related_name="mails")
    step_days = models.PositiveSmallIntegerField(
        null=True, help_text="Step of the ladder in days after the first mail; empty: sent by a person."
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("enquiry", "created_at", "id")
        constraints = [
            models.UniqueConstraint(fields=["enquiry", "step_days"], name="enquiry_reminder_once"),
            sent_has_moment("enquiry_mail"),
        ]
        indexes = [models.Index(fields=["status", "claimed_at"], name="enquiry_mail_queue")]
        triggers = [*ENQUIRY_MAIL.triggers(), protect_delete()]

    def __str__(self):
        return f"Mail of {self.enquiry}"
