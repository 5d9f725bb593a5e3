"""Applications as packets: what is asked, what was answered, who signed it, what is still missing."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models

from config.kernel.periods import append_only_triggers, protect_delete
from credentialing.choices import (
    PacketMailKind,
    PacketRole,
    PacketStatus,
    SectionStatus,
)
from credentialing.models.applications import Application, VerificationItem
from credentialing.models.mails import Mail, sent_has_moment
from credentialing.workflow import PACKET, PACKET_MAIL, PACKET_SECTION
from practitioners.models import Document, Evidence

#: Statuses in which the applicant may still write.
WRITABLE = (PacketStatus.INVITED, PacketStatus.OPEN, PacketStatus.RETURNED)


def _fixed(name: str, sentence: str, fields: tuple[str, ...]) -> pgtrigger.Trigger:
    """What is written once: any other value is refused."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition(
            " OR ".join(f"NEW.{each} IS DISTINCT FROM OLD.{each}" for each in fields)
        ),
        func=f"""
            RAISE EXCEPTION '{sentence}' USING ERRCODE = 'integrity_constraint_violation';
        """,
    )


class Packet(models.Model):
    """What one application asks of its applicant, in the words of one version of a template.

    What is asked never changes; a packet that asks the wrong things is withdrawn and another one made.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="packets")
    template_code = models.CharField(max_length=40)
    template_version = models.PositiveSmallIntegerField()
    asked = models.JSONField(help_text="The template in the words it was sent with.")
    on_paper = models.BooleanField(default=False, help_text="Came on paper; the office writes it in.")
    status = models.CharField(max_length=10, choices=PacketStatus, default=PacketStatus.INVITED)
    due_on = models.DateField(help_text="Last day of the time asked for.")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True, help_text="Accepted or withdrawn.")
    closing_reason = models.TextField(blank=True, help_text="Why it was withdrawn.")

    class Meta:
        ordering = ("application", "created_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["application"],
                condition=~models.Q(status="withdrawn"),
                name="one_packet_of_an_application",
            ),
            models.CheckConstraint(
                name="packet_closed_has_moment",
                condition=models.Q(status__in=["accepted", "withdrawn"], closed_at__isnull=False)
                | (~models.Q(status__in=["accepted", "withdrawn"]) & models.Q(closed_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="packet_withdrawn_has_reason",
                condition=~models.Q(status="withdrawn") | ~models.Q(closing_reason=""),
            ),
        ]
        indexes = [models.Index(fields=["status", "due_on"], name="packet_queue")]
        triggers = [
            *PACKET.triggers(),
            protect_delete(),
            _fixed(
                "packet_asked_once",
                "what a packet asks never changes",
                (
                    "uid", "application_id", "template_code", "template_version", "asked", "on_paper",
                    "created_at", "created_by_id",
                ),
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"Packet of {self.application}"


class PacketLink(models.Model):
    """A signed link to a packet, for the applicant or for a delegate. Its secret is not kept, only its hash.

    A renewed link is another row: the one before it is revoked.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    packet = models.ForeignKey(Packet, models.PROTECT, related_name="links")
    role = models.CharField(max_length=10, choices=PacketRole)
    name = models.CharField(max_length=120)
    email = models.EmailField()
    token_digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    expires_at = models.DateTimeField(help_text="From then on the link opens nothing.")
    opened_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("packet", "created_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["packet"],
                condition=models.Q(role="applicant", revoked_at__isnull=True),
                name="one_applicants_link_of_a_packet",
            ),
            models.CheckConstraint(
                name="packet_link_revocation_paired",
                condition=models.Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | models.Q(revoked_at__isnull=False, revoked_by__isnull=False),
            ),
        ]
        triggers = [
            protect_delete(),
            _fixed(
                "link_made_once",
                "whom a link is for, and until when, never changes",
                (
                    "uid", "packet_id", "role", "name", "email", "token_digest", "created_at",
                    "created_by_id", "expires_at",
                ),
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"Link of {self.name}"


class PacketSection(models.Model):
    """How far one section of a packet is. What was answered stands in its versions."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    packet = models.ForeignKey(Packet, models.PROTECT, related_name="sections")
    code = models.SlugField(max_length=40)
    order = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=12, choices=SectionStatus, default=SectionStatus.NOT_STARTED)
    return_reason = models.TextField(blank=True, help_text="What has to be corrected, to the applicant.")
    returned_version = models.PositiveIntegerField(
        null=True, help_text="Number of the version that was returned; what came since is compared with it."
    )
    unchanged_since = models.DateField(
        null=True, help_text="Filled from the file, where this was last written on that day."
    )
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("packet", "order")
        constraints = [
            models.UniqueConstraint(fields=["packet", "code"], name="section_once_per_packet"),
            models.CheckConstraint(
                name="section_review_paired",
                condition=models.Q(reviewed_by__isnull=True, reviewed_at__isnull=True)
                | models.Q(reviewed_by__isnull=False, reviewed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="section_accepted_by_somebody",
                condition=~models.Q(status="accepted") | models.Q(reviewed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="section_returned_has_reason",
                condition=~models.Q(status="returned")
                | (~models.Q(return_reason="") & models.Q(returned_version__isnull=False)),
            ),
        ]
        triggers = [
            *PACKET_SECTION.triggers(),
            protect_delete(),
            _fixed("section_named_once", "a section keeps its place", ("uid", "packet_id", "code")),
        ]

    def __str__(self):
        return f"{self.code}, {self.packet}"


class SectionVersion(models.Model):
    """What stood in a section when it was saved, encrypted: every saving that changed something is a row.

    Written through a link, or by the office (from paper, from the file).
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    section = models.ForeignKey(PacketSection, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    sealed = models.BinaryField(help_text="The answers as canonical JSON, encrypted.")
    from_file = models.BooleanField(default=False, help_text="Filled from the file, not by a person.")
    confirmed = models.BooleanField(default=False, help_text="Said to be unchanged, without writing it anew.")
    link = models.ForeignKey(PacketLink, models.PROTECT, null=True, related_name="versions")
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("section", "number")
        constraints = [
            models.UniqueConstraint(fields=["section", "number"], name="version_number_per_section"),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"Version {self.number} of {self.section}"


class PacketSignature(models.Model):
    """The applicant's signature under a packet, bound by its hash to all that was signed.

    The signed text itself is evidence. A wet signature was seen on paper and has its scan. The database
    takes none made through a delegate's link.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    packet = models.ForeignKey(Packet, models.PROTECT, related_name="signatures")
    link = models.ForeignKey(PacketLink, models.PROTECT, null=True, related_name="signatures")
    wet = models.BooleanField(default=False)
    signed_name = models.CharField(max_length=120)
    signed_on = models.DateField(help_text="The facility's date; on paper the day written beside it.")
    signed_at = models.DateTimeField(help_text="When it was recorded.")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    hash = models.CharField(max_length=64, help_text="SHA-256 over the canonical text of what was signed.")
    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="packet_signatures")
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="packet_signatures")

    class Meta:
        ordering = ("packet", "signed_at", "id")
        constraints = [
            models.CheckConstraint(
                name="signature_by_link_or_wet",
                condition=models.Q(wet=False, link__isnull=False, document__isnull=True)
                | models.Q(wet=True, link__isnull=True, document__isnull=False),
            ),
        ]
        triggers = [
            *append_only_triggers(),
            pgtrigger.Trigger(
                name="never_a_delegate",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    IF NEW.link_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM {PacketLink._meta.db_table} link
                        WHERE link.id = NEW.link_id AND link.packet_id = NEW.packet_id
                          AND link.role = 'applicant' AND link.revoked_at IS NULL
                    ) THEN
                        RAISE EXCEPTION 'only the applicant signs a packet'
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,  # noqa: S608 - the name of our own table
            ),
        ]

    def __str__(self):
        return f"Signature of {self.signed_name}"


class Deficiency(models.Model):
    """One thing an applicant still owes: asked, due, then answered or withdrawn. Overdue is derived."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="deficiencies")
    section = models.ForeignKey(
        PacketSection, models.PROTECT, null=True, related_name="deficiencies", help_text="Where it belongs."
    )
    item = models.ForeignKey(
        VerificationItem,
        models.PROTECT,
        null=True,
        related_name="corrections",
        help_text="The discrepancy that is to be corrected.",
    )
    what = models.TextField(help_text="In words the applicant reads.")
    asked_on = models.DateField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    due_on = models.DateField(help_text="Last day of the time asked for.")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answer = models.TextField(blank=True)
    document = models.ForeignKey(
        Document,
        models.PROTECT,
        null=True,
        related_name="deficiencies",
        help_text="What came with it.",
    )
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    withdrawal_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("application", "due_on", "id")
        verbose_name_plural = "deficiencies"
        constraints = [
            models.UniqueConstraint(
                fields=["item"],
                condition=models.Q(answered_at__isnull=True, withdrawn_at__isnull=True),
                name="one_open_correction_of_an_item",
            ),
            models.CheckConstraint(
                name="deficiency_due_after_asked", condition=models.Q(due_on__gte=models.F("asked_on"))
            ),
            models.CheckConstraint(
                name="deficiency_answer_paired",
                condition=models.Q(
                    answered_at__isnull=True, answered_by__isnull=True, answer="", document__isnull=True
                )
                | models.Q(answered_at__isnull=False, answered_by__isnull=False),
            ),
            models.CheckConstraint(
                name="deficiency_withdrawal_paired",
                condition=models.Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawal_reason="")
                | (
                    models.Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False, answered_at__isnull=True)
                    & ~models.Q(withdrawal_reason="")
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on"],
                condition=models.Q(answered_at__isnull=True, withdrawn_at__isnull=True),
                name="deficiency_open",
            )
        ]
        triggers = [
            protect_delete(),
            _fixed(
                "deficiency_asked_once",
                "what was asked, and by when, never changes",
                (
                    "uid", "application_id", "section_id", "item_id", "what", "asked_on", "asked_at",
                    "asked_by_id", "due_on",
                ),
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.what[:200]

    @property
    def is_open(self) -> bool:
        """Whether the applicant still owes it."""
        return self.answered_at is None and self.withdrawn_at is None


class PacketMail(Mail):
    """One mail about a packet: a row first, sent once."""

    link = models.ForeignKey(PacketLink, models.PROTECT, related_name="mails")
    kind = models.CharField(max_length=12, choices=PacketMailKind)
    deficiency = models.ForeignKey(Deficiency, models.PROTECT, null=True, related_name="mails")
    days_left = models.PositiveSmallIntegerField(
        null=True, help_text="Step of the ladder in days before the due day; empty: sent by a person."
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("link", "created_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["link", "kind", "deficiency", "days_left"],
                condition=models.Q(days_left__isnull=False),
                nulls_distinct=False,
                name="packet_reminder_once",
            ),
            models.CheckConstraint(
                name="packet_mail_names_deficiency",
                condition=models.Q(kind="deficiency", deficiency__isnull=False)
                | (~models.Q(kind="deficiency") & models.Q(deficiency__isnull=True)),
            ),
            sent_has_moment("packet_mail"),
        ]
        indexes = [models.Index(fields=["status", "claimed_at"], name="packet_mail_queue")]
        triggers = [*PACKET_MAIL.triggers(), protect_delete()]

    def __str__(self):
        return f"{self.get_kind_display()} to {self.link.name}"
