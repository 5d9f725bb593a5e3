"""Decisions of a body without a meeting: everybody consents in writing, or nothing is decided."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models

from bylaws.choices import ConsentChoice, ConsentStatus
from bylaws.models.committees import Committee
from bylaws.models.reviews import Decision, ReviewStep
from bylaws.workflow import WRITTEN_CONSENT
from config.kernel.periods import append_only_triggers, protect_delete


class WrittenConsent(models.Model):
    """A matter put to the members of a body in writing, until a day. ``lines`` is what it says of each line
    of a file, as a motion does; other business has none.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    committee = models.ForeignKey(Committee, models.PROTECT, related_name="written_consents")
    step = models.ForeignKey(ReviewStep, models.PROTECT, null=True, related_name="written_consents")
    title = models.CharField(max_length=300)
    text = models.TextField(help_text="What would be decided.")
    lines = models.JSONField(default=list)
    rule = models.CharField(
        max_length=20, help_text="Of whom consent is needed, as the bylaws said that day."
    )
    until = models.DateField(help_text="The last day on which members answer.")
    status = models.CharField(max_length=10, choices=ConsentStatus, default=ConsentStatus.OPEN)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    outcome = models.TextField(blank=True, help_text="What came of it, in a sentence.")
    decision = models.OneToOneField(
        Decision, models.PROTECT, null=True, related_name="written_consent", help_text="On a file."
    )

    class Meta:
        ordering = ("-asked_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["step"], condition=models.Q(status="open"), name="one_open_consent_per_step"
            ),
            models.CheckConstraint(
                name="consent_closed_whole",
                condition=models.Q(status="open", closed_at__isnull=True, outcome="")
                | (~models.Q(status="open") & ~models.Q(outcome="") & models.Q(closed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="only_consent_decides",
                condition=models.Q(decision__isnull=True) | models.Q(status="consented"),
            ),
        ]
        triggers = [
            *WRITTEN_CONSENT.triggers(),
            protect_delete(),
            pgtrigger.ReadOnly(
                name="what_was_asked_stands",
                fields=[
                    "uid", "committee", "step", "title", "text", "lines", "rule", "until", "asked_at",
                    "asked_by",
                ],
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"Written consent of {self.committee.named}"


class ConsentAsked(models.Model):
    """A voting member of the body on the day it was asked, whose consent is needed."""

    consent = models.ForeignKey(WrittenConsent, models.PROTECT, related_name="asked")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="consents_asked")

    class Meta:
        ordering = ("consent", "user__last_name", "user__first_name", "id")
        constraints = [models.UniqueConstraint(fields=["consent", "user"], name="asked_once_for_consent")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.user}: {self.consent}"


class ConsentAnswer(models.Model):
    """What the member answered, on which moment; once. ``recorded_by`` is the office for one on paper, which
    says where the paper is kept, and the system for somebody who may take no part.
    """

    asked = models.OneToOneField(ConsentAsked, models.PROTECT, related_name="answer")
    choice = models.CharField(max_length=10, choices=ConsentChoice)
    reason = models.CharField(max_length=300, blank=True)
    filed_at = models.CharField(max_length=200, blank=True, help_text="Where the signed paper is kept.")
    answered_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("answered_at", "id")
        constraints = [
            models.CheckConstraint(
                name="only_consent_needs_no_reason",
                condition=models.Q(choice="consents") | ~models.Q(reason=""),
            ),
        ]
        triggers = [
            *append_only_triggers(),
            pgtrigger.Trigger(
                name="answered_while_open",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("member", "bigint"), ("stands", "text"), ("by_system", "boolean")],
                func="""
                    SELECT asked.user_id, consent.status INTO member, stands
                    FROM bylaws_consentasked asked
                    JOIN bylaws_writtenconsent consent ON consent.id = asked.consent_id
                    WHERE asked.id = NEW.asked_id;
                    SELECT is_system INTO by_system FROM accounts_user WHERE id = NEW.recorded_by_id;
                    IF stands <> 'open' THEN
                        RAISE EXCEPTION 'an answer is given while the consent is open'
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    IF (NEW.filed_at = '') <> (NEW.recorded_by_id = member OR by_system) THEN
                        RAISE EXCEPTION 'an answer recorded for a member says where the paper is kept'
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    IF by_system AND NEW.choice <> 'recused' THEN
                        RAISE EXCEPTION 'nobody consents or objects by the system'
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self):
        return f"{self.asked.user}: {self.get_choice_display()}"
