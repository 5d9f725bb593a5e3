"""Letters of the office: the templates in their versions, what was written from them, how it went out.

A letter itself is a :class:`practitioners.models.Letter`; what is here says from which version it was made
and what became of it on its way.
"""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models

from bylaws.models import Decision, DecisionLine, ReviewStep
from config.accounts.choices import DataClass
from config.kernel.periods import append_only_triggers, protect_delete
from credentialing.choices import LetterOccasion, LetterRecipient, SendingChannel, SendingOutcome
from credentialing.models.applications import Application, VerificationItem
from credentialing.models.mails import Mail, sent_has_moment
from credentialing.workflow_letters import LETTER_MAIL
from practitioners.models import Evidence, Letter

#: What of a version is written once; only its publication is added later.
WRITTEN = ["uid", "template", "number", "subject", "body", "note", "made_at", "made_by"]
#: Ways on which somebody can say when the letter arrived.
TRACKED = (SendingChannel.CERTIFIED, SendingChannel.COURIER, SendingChannel.BY_HAND)


class LetterTemplate(models.Model):
    """One kind of letter: what it is for, when it may be used and to whom it writes."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    purpose = models.TextField()
    occasion = models.CharField(max_length=12, choices=LetterOccasion)
    recipient = models.CharField(max_length=12, choices=LetterRecipient)
    data_class = models.CharField(max_length=12, choices=DataClass, default=DataClass.GENERAL)
    starts_clock = models.BooleanField(
        default=False, help_text="A time limit runs from the day the letter is received."
    )
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                name="adverse_notice_protected",
                condition=~models.Q(occasion__in=["adverse", "adverse_bd"])
                | models.Q(data_class="peer_review", starts_clock=True, recipient="practitioner"),
            ),
            models.CheckConstraint(
                name="for_cause_letter_protected",
                condition=~models.Q(occasion__in=["cause_begun", "cause_done"])
                | models.Q(data_class="peer_review", recipient="practitioner"),
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return self.name


class LetterTemplateVersion(models.Model):
    """The words of a template. The newest published one is in force; a letter keeps the one it came from."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    template = models.ForeignKey(LetterTemplate, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    subject = models.CharField(max_length=200)
    body = models.TextField(help_text="Paragraphs divided by empty lines; {fields} in braces.")
    note = models.CharField(max_length=300, blank=True, help_text="What is different, in a sentence.")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("template", "-number")
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="letter_version_number"),
            models.CheckConstraint(
                name="letter_publication_paired",
                condition=models.Q(published_at__isnull=True, published_by__isnull=True)
                | models.Q(published_at__isnull=False, published_by__isnull=False),
            ),
            models.CheckConstraint(
                # What is shipped (the first version) is loaded by one account.
                name="letter_version_second_person",
                condition=models.Q(published_by__isnull=True)
                | models.Q(number=1, note="As shipped")
                | ~models.Q(published_by=models.F("made_by")),
            ),
        ]
        triggers = [
            protect_delete(),
            pgtrigger.ReadOnly(name="letter_version_written_once", fields=WRITTEN),
            pgtrigger.Trigger(
                name="letter_version_published_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.published_at IS NOT NULL"),
                func="""
                    RAISE EXCEPTION 'a published version never changes'
                        USING ERRCODE = 'integrity_constraint_violation';
                """,
            ),
        ]

    def __str__(self):
        return f"{self.template}, version {self.number}"


class OfficeLetter(models.Model):
    """From which version a letter was made, and of what it tells.

    ``decision`` is the recommendation, or the board's own decision, a special notice tells of; ``item`` the
    verification it is about. ``tells_of`` is the uid of the one act of a room above it is about: a departure,
    privileges given up or revoked.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    letter = models.OneToOneField(Letter, models.PROTECT, related_name="office")
    version = models.ForeignKey(LetterTemplateVersion, models.PROTECT, related_name="letters")
    application = models.ForeignKey(Application, models.PROTECT, null=True, related_name="letters")
    item = models.ForeignKey(VerificationItem, models.PROTECT, null=True, related_name="letters")
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, related_name="letters")
    tells_of = models.UUIDField(null=True, db_index=True)
    clock_days = models.PositiveSmallIntegerField(
        null=True, help_text="Days to act from receipt, as the parameter was when it was issued."
    )

    class Meta:
        ordering = ("-letter__issued_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=["decision"], name="one_notice_per_recommendation"),
            models.CheckConstraint(
                name="letter_clock_at_least_a_day",
                condition=models.Q(clock_days__isnull=True) | models.Q(clock_days__gte=1),
            ),
        ]
        triggers = [
            *append_only_triggers(),
            pgtrigger.Trigger(
                name="notice_before_the_decision",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    IF NEW.decision_id IS NOT NULL AND EXISTS (
                        SELECT 1 FROM {Decision._meta.db_table} told
                        JOIN {ReviewStep._meta.db_table} step ON step.id = told.step_id
                        JOIN {ReviewStep._meta.db_table} other ON other.case_id = step.case_id
                        JOIN {Decision._meta.db_table} final ON final.step_id = other.id
                        JOIN {DecisionLine._meta.db_table} against ON against.decision_id = told.id
                         AND against.outcome = 'not_recommend'
                        JOIN {DecisionLine._meta.db_table} done ON done.decision_id = final.id
                         AND done.line_uid = against.line_uid AND NOT done.proposed
                        WHERE told.id = NEW.decision_id AND told.kind <> 'decision'
                          AND final.kind = 'decision'
                    ) THEN
                        RAISE EXCEPTION 'the notice of a recommendation goes out before the decision'
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,  # noqa: S608 - the names of our own tables
            ),
        ]

    def __str__(self):
        return f"{self.letter}, version {self.version.number}"


class LetterSending(models.Model):
    """A letter handed to somebody who carries it. A row that was wrong is corrected by a further one."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    letter = models.ForeignKey(Letter, models.PROTECT, related_name="sendings")
    channel = models.CharField(max_length=12, choices=SendingChannel)
    recipient = models.CharField(max_length=300, help_text="Name and address it went to.")
    carrier = models.CharField(max_length=80, blank=True)
    tracking = models.CharField(max_length=60, blank=True)
    sent_on = models.DateField(help_text="The facility's day; of an e-mail the day it was queued.")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    corrects = models.OneToOneField("self", models.PROTECT, null=True, related_name="corrected_by")
    reason = models.CharField(max_length=300, blank=True, help_text="Why it was corrected.")

    class Meta:
        ordering = ("letter", "recorded_at", "id")
        constraints = [
            models.CheckConstraint(
                name="letter_sending_correction_has_reason",
                condition=models.Q(corrects__isnull=True, reason="")
                | (models.Q(corrects__isnull=False) & ~models.Q(reason="")),
            ),
            models.CheckConstraint(
                name="letter_tracked_has_carrier",
                condition=~models.Q(channel__in=["certified", "courier"])
                | (~models.Q(carrier="") & ~models.Q(tracking="")),
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.get_channel_display()}, {self.sent_on:%d %b %Y}: {self.letter}"

    @property
    def is_tracked(self) -> bool:
        """Whether somebody can say when it arrived."""
        return self.channel in TRACKED


class LetterArrival(models.Model):
    """What became of a letter on its way, with its proof. The newest row of a sending counts."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sending = models.ForeignKey(LetterSending, models.PROTECT, related_name="arrivals")
    number = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=10, choices=SendingOutcome)
    happened_on = models.DateField()
    told_by = models.CharField(max_length=200, help_text="Who signed for it, or how it is known.")
    proof = models.ForeignKey(Evidence, models.PROTECT, null=True, related_name="letter_arrivals")
    reason = models.CharField(max_length=300, blank=True, help_text="Why the row before was wrong.")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("sending", "number")
        constraints = [
            models.UniqueConstraint(fields=["sending", "number"], name="letter_arrival_number"),
            models.CheckConstraint(
                name="letter_arrival_correction_has_reason",
                condition=models.Q(number=1, reason="") | (models.Q(number__gt=1) & ~models.Q(reason="")),
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.get_outcome_display()}, {self.happened_on:%d %b %Y}"


class LetterMail(Mail):
    """The e-mail of a sending: a row first, sent once."""

    sending = models.OneToOneField(LetterSending, models.PROTECT, related_name="mail")
    recipient_email = models.EmailField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("created_at", "id")
        constraints = [sent_has_moment("letter_mail")]
        indexes = [models.Index(fields=["status", "claimed_at"], name="letter_mail_queue")]
        triggers = [
            *LETTER_MAIL.triggers(),
            pgtrigger.ReadOnly(
                name="letter_mail_addressed_once",
                fields=["uid", "sending", "recipient_email", "created_at", "message_id"],
            ),
            protect_delete(),
        ]

    def __str__(self):
        return f"E-mail to {self.recipient_email}"
