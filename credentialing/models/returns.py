"""Mails that came back, and the addresses that do not work since."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models

from config.kernel.periods import append_only_triggers, protect_delete
from config.organization.models import Facility
from credentialing.choices import MailKind, ReturnHow
from practitioners.models import Practitioner

#: What is fixed of an address that does not work; only its end is written later.
FIXED = ["uid", "address", "since", "returned"]


class ReturnedMail(models.Model):
    """One mail came back: refused at hand-over, told by a delivery notice later, or written down by hand.

    The mail is named by its kind and uid, because each kind has a table of its own.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=12, choices=MailKind)
    mail_uid = models.UUIDField()
    message_id = models.CharField(max_length=200)
    address = models.EmailField(help_text="Where it went, in lower case.")
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, null=True, related_name="returned_mails")
    facility = models.ForeignKey(Facility, models.PROTECT, null=True, related_name="returned_mails")
    how = models.CharField(max_length=8, choices=ReturnHow)
    code = models.CharField(max_length=12, blank=True, help_text="Status the mail system gave, like 5.1.1.")
    reason = models.CharField(max_length=500)
    notice = models.CharField(max_length=64, blank=True, help_text="Hash of the delivery notice.")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-recorded_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["message_id", "notice"], condition=~models.Q(notice=""), name="one_return_of_a_notice"
            ),
            models.CheckConstraint(
                name="return_by_notice_names_it",
                condition=models.Q(how="notice") & ~models.Q(notice="")
                | ~models.Q(how="notice") & models.Q(notice=""),
            ),
        ]
        indexes = [models.Index(fields=["address", "-recorded_at"], name="returned_by_address")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.get_kind_display()} to {self.address}"


class FailingAddress(models.Model):
    """Mail to this address comes back, until somebody says that it works. An address that nobody has any more
    concerns nobody.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    address = models.EmailField(help_text="In lower case.")
    since = models.DateTimeField()
    returned = models.ForeignKey(ReturnedMail, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ended_reason = models.CharField(max_length=300, blank=True, help_text="How it is known that it works.")

    class Meta:
        ordering = ("-since", "-id")
        verbose_name_plural = "failing addresses"
        constraints = [
            models.UniqueConstraint(
                fields=["address"], condition=models.Q(ended_at__isnull=True), name="address_fails_once"
            ),
            models.CheckConstraint(
                name="failing_address_end_paired",
                condition=models.Q(ended_at__isnull=True, ended_by__isnull=True, ended_reason="")
                | models.Q(ended_at__isnull=False, ended_by__isnull=False) & ~models.Q(ended_reason=""),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="failing_address_fixed", fields=FIXED),
            pgtrigger.Protect(
                name="failing_address_ended",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended_at__isnull=False),
            ),
            protect_delete(),
        ]

    def __str__(self):
        return self.address
