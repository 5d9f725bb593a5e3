"""Other organizations ask whether somebody is or was on the medical staff: what they asked, what we said."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models

from config.kernel.periods import protect_delete
from config.organization.models import Facility
from credentialing.choices import (
    AffiliationChannel,
    AffiliationPurpose,
    AffiliationReplyKind,
    AffiliationStatus,
)
from credentialing.models.mails import Mail, sent_has_moment
from credentialing.workflow_affiliations import AFFILIATION_REPLY, AFFILIATION_REQUEST
from practitioners.models import Letter, Practitioner

#: What was asked, by whom and when: it stays as it came in.
ASKED = [
    "uid", "reference", "facility", "channel", "asker_name", "asker_title", "asker_organization",
    "asker_email", "asker_phone", "about_last_name", "about_first_name", "about_npi", "about_birth_year",
    "purpose", "note", "release_name", "release_media_type", "release_size", "release_pages",
    "release_sha256", "release_seen", "received_at", "received_by",
]  # fmt: skip
#: What of a reply is fixed when it is decided on.
DECIDED = ["uid", "request", "kind", "text", "reason", "verdict", "content", "recipient_email", "decided_at",
           "decided_by", "message_id"]  # fmt: skip


class AffiliationRequest(models.Model):
    """One request about one person, as it came in; whom it is about is found by the rule or by a person.

    The release the person signed is kept encrypted, like all paper whose owner is not known yet.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reference = models.CharField(max_length=12, unique=True, help_text="Told to whoever asks.")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+")
    channel = models.CharField(max_length=8, choices=AffiliationChannel)
    asker_name = models.CharField(max_length=120)
    asker_title = models.CharField(max_length=120, blank=True)
    asker_organization = models.CharField(max_length=200)
    asker_email = models.EmailField()
    asker_phone = models.CharField(max_length=40, blank=True)
    about_last_name = models.CharField(max_length=100)
    about_first_name = models.CharField(max_length=100)
    about_npi = models.CharField("NPI", max_length=10, blank=True)
    about_birth_year = models.PositiveSmallIntegerField(null=True)
    purpose = models.CharField(max_length=12, choices=AffiliationPurpose)
    note = models.TextField(blank=True)
    release_name = models.CharField(max_length=200, blank=True)
    release_media_type = models.CharField(max_length=100, blank=True)
    release_size = models.PositiveIntegerField(null=True, help_text="Bytes.")
    release_pages = models.PositiveSmallIntegerField(null=True)
    release_sha256 = models.CharField(max_length=64, blank=True)
    release_seen = models.BooleanField(default=False, help_text="Somebody of the office has it on paper.")
    received_at = models.DateTimeField()
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, null=True, related_name="affiliation_requests"
    )
    matched_at = models.DateTimeField(null=True)
    matched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="The system where name and NPI are equal, else whoever recognized the person.",
    )
    coordinator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+",
        help_text="Who works it; empty: nobody has it yet.",
    )  # fmt: skip
    status = models.CharField(max_length=10, choices=AffiliationStatus, default=AffiliationStatus.TO_ANSWER)
    closed_at = models.DateTimeField(null=True, help_text="When it was closed without a reply.")
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    closing_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("received_at", "id")
        constraints = [
            models.CheckConstraint(
                name="affiliation_names_somebody",
                condition=~models.Q(about_npi="")
                | models.Q(about_birth_year__isnull=False)
                # Whom the office writes a request down about it may know without either.
                | ~models.Q(channel="web"),
            ),
            models.CheckConstraint(
                name="affiliation_npi_shape",
                condition=models.Q(about_npi="") | models.Q(about_npi__regex=r"^[12][0-9]{9}$"),
            ),
            models.CheckConstraint(
                name="affiliation_release_whole",
                condition=models.Q(
                    release_sha256="", release_name="", release_media_type="", release_size__isnull=True,
                    release_pages__isnull=True,
                )
                | (
                    ~models.Q(release_sha256="")
                    & models.Q(release_size__isnull=False, release_pages__gte=1)
                ),
            ),
            models.CheckConstraint(
                name="affiliation_matched_paired",
                condition=models.Q(practitioner=None, matched_at=None, matched_by=None)
                | models.Q(
                    practitioner__isnull=False, matched_at__isnull=False, matched_by__isnull=False
                ),
            ),
            models.CheckConstraint(
                name="affiliation_closing_paired",
                condition=(
                    models.Q(status="closed", closed_at__isnull=False, closed_by__isnull=False)
                    & ~models.Q(closing_reason="")
                )
                | (
                    ~models.Q(status="closed")
                    & models.Q(closed_at__isnull=True, closed_by__isnull=True, closing_reason="")
                ),
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["facility", "status", "received_at"], name="affiliations_to_answer")]
        triggers = [
            *AFFILIATION_REQUEST.triggers(),
            pgtrigger.ReadOnly(name="asked_as_it_came", fields=ASKED),
            protect_delete(),
        ]

    def __str__(self):
        return f"{self.about}, asked by {self.asker_organization}"

    @property
    def about(self) -> str:
        """The person's name as it was typed."""
        return f"{self.about_last_name}, {self.about_first_name}"

    @property
    def has_release(self) -> bool:
        """Whether a release came with it, or lies in the office on paper."""
        return bool(self.release_sha256) or self.release_seen


class AffiliationReply(Mail):
    """One answer and its mail. It can be taken back until the mail is claimed; then the letter is issued."""

    request = models.ForeignKey(AffiliationRequest, models.PROTECT, related_name="replies")
    kind = models.CharField(max_length=8, choices=AffiliationReplyKind)
    text = models.TextField(blank=True, help_text="The own letter's text, or why it was declined.")
    reason = models.TextField(blank=True, help_text="Why the standard reply went out after all.")
    verdict = models.JSONField(help_text="What the rule said when it was decided on.")
    content = models.JSONField(help_text="What the letter says, but for its date; empty: no letter.")
    recipient_email = models.EmailField()
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    send_after = models.DateTimeField(help_text="Until then it can be taken back.")
    letter = models.ForeignKey(Letter, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("request", "decided_at", "id")
        verbose_name_plural = "affiliation replies"
        constraints = [
            models.UniqueConstraint(
                fields=["request"],
                condition=models.Q(status__in=["waiting", "claimed", "failed"]),
                name="one_affiliation_reply_on_its_way",
            ),
            sent_has_moment("affiliation_reply"),
            models.CheckConstraint(
                name="affiliation_own_words",
                condition=~models.Q(kind__in=["own", "decline"]) | ~models.Q(text=""),
            ),
            models.CheckConstraint(
                name="affiliation_letter_issued",
                condition=models.Q(kind="decline", letter=None)
                | (~models.Q(kind="decline") & (~models.Q(status="sent") | models.Q(letter__isnull=False))),
            ),
        ]
        indexes = [models.Index(fields=["status", "send_after"], name="affiliation_reply_queue")]
        triggers = [
            *AFFILIATION_REPLY.triggers(),
            pgtrigger.ReadOnly(name="decided_once", fields=DECIDED),
            protect_delete(),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.request}"
