"""Applications and the verification of what they claim."""

import uuid

from django.conf import settings
from django.db import models

from bylaws.choices import CaseStatus
from bylaws.models import ReviewCase, StaffCategory
from config.accounts.choices import DataClass
from config.kernel.periods import append_only_triggers, protect_delete
from config.organization.models import Department, Facility
from credentialing import kinds
from credentialing.choices import (
    ApplicationKind,
    ApplicationStatus,
    AttemptOutcome,
    Element,
    FlagStatus,
    ItemStatus,
    Severity,
    TemporaryGround,
    VolunteerProof,
)
from credentialing.models.emergencies import Activation
from credentialing.models.telemedicine import ProxyAgreement
from credentialing.workflow import APPLICATION, RED_FLAG, VERIFICATION_ITEM
from practitioners.choices import Method, SourceKind
from practitioners.models import Credential, Evidence, Practitioner

#: Statuses of an application that nobody has finished with.
OPEN_STATUSES = (
    ApplicationStatus.DRAFT,
    ApplicationStatus.SUBMITTED,
    ApplicationStatus.INCOMPLETE,
    ApplicationStatus.IN_VERIFICATION,
    ApplicationStatus.COMPLETE,
    ApplicationStatus.IN_REVIEW,
)


#: Statuses in which the verification of a file may be worked on.
WORKABLE = (ApplicationStatus.IN_VERIFICATION, ApplicationStatus.COMPLETE, ApplicationStatus.IN_REVIEW)
#: Of kinds of which some is verified after the decision, these as well; of every kind while the bodies still
#: have lines of it (held for a hearing): what is granted late rests on fresh verification too.
WORKABLE_AFTER = (ApplicationStatus.APPROVED, ApplicationStatus.APPROVED_MODIFIED)


def workable_q(prefix: str = "") -> models.Q:
    """The condition of :attr:`Application.is_workable`, for use across a join."""
    left = ReviewCase.objects.filter(subject_uid=models.OuterRef(f"{prefix}uid"), status=CaseStatus.OPEN)
    after = models.Q(**{f"{prefix}kind__in": kinds.codes(verified_after=True)}) | models.Q(
        models.Exists(left)
    )
    return models.Q(**{f"{prefix}status__in": WORKABLE}) | (
        models.Q(**{f"{prefix}status__in": WORKABLE_AFTER}) & after
    )


class Application(models.Model):
    """A practitioner asks for membership and privileges at a facility."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="applications")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="applications")
    kind = models.CharField(max_length=20, choices=ApplicationKind)
    status = models.CharField(max_length=20, choices=ApplicationStatus, default=ApplicationStatus.DRAFT)
    department = models.ForeignKey(Department, models.PROTECT, related_name="applications")
    category = models.ForeignKey(
        StaffCategory,
        models.PROTECT,
        null=True,
        related_name="applications",
        help_text="Empty where no membership is asked for, or it stays as it is.",
    )
    coordinator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="applications", help_text="Who works the file."
    )
    opened_at = models.DateTimeField()
    received_on = models.DateField(null=True, help_text="When it was submitted; the turnaround starts here.")
    complete_on = models.DateField(null=True, help_text="When everything required had been found out.")
    decided_on = models.DateField(null=True)
    scheduled_decision_on = models.DateField(
        null=True, blank=True, help_text="The board date the file is planned for; ages are judged against it."
    )
    closing_reason = models.TextField(blank=True)
    # What some kinds state beside that (credentialing.kinds).
    group = models.UUIDField(null=True, editable=False, help_text="Opened in one act for several facilities.")
    ground = models.CharField(max_length=10, choices=TemporaryGround, blank=True)
    need = models.TextField(
        blank=True, help_text="The patient care need, the emergency, whom it stands in for."
    )
    awaits = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="awaited_by",
        help_text="The application that waits for MEC and board meanwhile.",
    )
    agreement = models.ForeignKey(
        ProxyAgreement,
        models.PROTECT,
        null=True,
        related_name="applications",
        help_text="The written agreement with the distant site whose decision is relied on.",
    )
    until = models.DateField(null=True, help_text="Last day asked for; empty: as long as is allowed.")
    activation = models.ForeignKey(
        Activation,
        models.PROTECT,
        null=True,
        related_name="volunteers",
        help_text="For which emergency somebody volunteers.",
    )
    arrived_at = models.DateTimeField(null=True, help_text="When a volunteer arrived; hours count from here.")
    proof = models.CharField(
        max_length=20, choices=VolunteerProof, blank=True, help_text="What was shown beside the photo ID."
    )

    class Meta:
        ordering = ("-opened_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["practitioner", "facility", "kind"],
                condition=models.Q(status__in=OPEN_STATUSES),
                name="one_open_application_of_a_kind",
            ),
            models.CheckConstraint(
                name="decided_has_date",
                condition=models.Q(decided_on__isnull=False)
                | ~models.Q(status__in=["approved", "approved_modified", "denied"]),
            ),
            models.CheckConstraint(
                name="membership_names_category",
                condition=models.Q(category__isnull=False)
                | ~models.Q(kind__in=kinds.codes(names_category=True)),
            ),
            models.CheckConstraint(
                name="temporary_says_ground",
                condition=models.Q(kind="temporary") & ~models.Q(ground="")
                | ~models.Q(kind="temporary") & models.Q(ground=""),
            ),
            models.CheckConstraint(
                name="applicant_ground_names_application",
                condition=models.Q(ground="applicant", awaits__isnull=False)
                | ~models.Q(ground="applicant") & models.Q(awaits__isnull=True),
            ),
            models.CheckConstraint(
                name="volunteer_arrived_for_an_emergency",
                condition=models.Q(kind="disaster", activation__isnull=False, arrived_at__isnull=False)
                & ~models.Q(proof="")
                | ~models.Q(kind="disaster")
                & models.Q(activation__isnull=True, arrived_at__isnull=True, proof=""),
            ),
            models.CheckConstraint(
                name="proxy_names_agreement",
                condition=~models.Q(kind="telemedicine") & models.Q(agreement__isnull=True)
                | models.Q(kind="telemedicine", agreement__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["facility", "status"], name="application_by_status"),
            models.Index(
                fields=["group"], condition=models.Q(group__isnull=False), name="application_together"
            ),
        ]
        triggers = [*APPLICATION.triggers(), protect_delete()]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.practitioner} at {self.facility}"

    @property
    def rule(self) -> kinds.Kind:
        """What sets its kind apart."""
        return kinds.kind_of(self.kind)

    @property
    def required_as(self) -> str:
        """The subject under which the parameters say what is verified: the kind, and its ground."""
        return f"{self.kind}.{self.ground}" if self.ground else str(self.kind)

    @property
    def applied_for(self) -> str:
        """Its kind, with the category of the staff where one is asked for."""
        return ", ".join(filter(None, (self.get_kind_display(), str(self.category or ""))))

    @property
    def distant_site(self) -> str:
        """The distant site whose decision is relied on; empty for every other kind."""
        return self.agreement.site.name if self.agreement is not None else ""

    @property
    def is_workable(self) -> bool:
        """Whether its verification may be worked on; one query where it is decided."""
        if self.status in WORKABLE:
            return True
        return self.status in WORKABLE_AFTER and (
            self.rule.verified_after
            or ReviewCase.objects.filter(subject_uid=self.uid, status=CaseStatus.OPEN).exists()
        )

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something with it."""
        return self.status in OPEN_STATUSES


class VerificationItem(models.Model):
    """One element of one application to be verified: this licence, that school."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="items")
    element = models.CharField(max_length=24, choices=Element)
    credential = models.ForeignKey(
        Credential, models.PROTECT, null=True, related_name="verification_items", help_text="Which instance."
    )
    label = models.CharField(max_length=300)
    status = models.CharField(max_length=20, choices=ItemStatus, default=ItemStatus.NOT_STARTED)
    required_because = models.CharField(max_length=500)
    max_age_days = models.PositiveSmallIntegerField(null=True, help_text="Empty: no age limit.")
    bound_by = models.CharField(max_length=200, blank=True, help_text="Which source set the strictest age.")
    citation = models.CharField(max_length=300, blank=True)
    confidence = models.CharField(max_length=12, blank=True)
    accepted_sources = models.JSONField(default=list)
    waivable = models.BooleanField(default=True)
    automatic_source = models.CharField(max_length=20, blank=True, help_text="Connector that can answer it.")
    planned_at = models.DateTimeField(null=True, help_text="When it came into the plan.")
    requested_at = models.DateTimeField(null=True)
    # The result, set when the item is received.
    verified_on = models.DateField(null=True)
    source = models.CharField(max_length=200, blank=True)
    source_kind = models.CharField(max_length=10, choices=SourceKind, blank=True)
    method = models.CharField(max_length=10, choices=Method, blank=True)
    result = models.TextField(blank=True)
    findings = models.JSONField(default=dict, help_text="What the source said, field by field.")
    evidence = models.ForeignKey(Evidence, models.PROTECT, null=True, related_name="verification_items")
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ("application", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "element", "credential"],
                condition=~models.Q(status="superseded"),
                nulls_distinct=False,
                name="one_item_per_element_and_instance",
            ),
            models.CheckConstraint(
                name="item_review_paired",
                condition=models.Q(reviewed_by__isnull=True, reviewed_at__isnull=True)
                | models.Q(reviewed_by__isnull=False, reviewed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="found_out_has_evidence",
                condition=~models.Q(status__in=["verified", "verified_adverse"])
                | models.Q(
                    evidence__isnull=False,
                    verified_on__isnull=False,
                    reviewed_by__isnull=False,
                    reviewed_at__isnull=False,
                ),
            ),
        ]
        indexes = [models.Index(fields=["status", "requested_at"], name="item_queue")]
        triggers = [*VERIFICATION_ITEM.triggers(), protect_delete()]

    def __str__(self):
        return self.label


class VerificationAttempt(models.Model):
    """One try to get an answer: when, by whom, how, what came of it."""

    item = models.ForeignKey(VerificationItem, models.PROTECT, related_name="attempts")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    method = models.CharField(max_length=10, choices=Method)
    outcome = models.CharField(max_length=16, choices=AttemptOutcome)
    note = models.TextField(blank=True)
    evidence = models.ForeignKey(Evidence, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("item", "at", "id")
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.item}, {self.at:%d %b %Y}"


class RedFlag(models.Model):
    """Something in the file that needs a written disposition before a body acts on it lightly.

    Raised by a person's act, or computed from the facts of the file (``credentialing.rules.red_flags``).
    ``subject`` tells apart what one code is raised by; ``facts`` names the rows that say it.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="red_flags")
    item = models.ForeignKey(VerificationItem, models.PROTECT, null=True, related_name="red_flags")
    code = models.CharField(max_length=20)
    subject = models.CharField(max_length=160, blank=True, help_text="What it is about; stays the same.")
    severity = models.CharField(max_length=8, choices=Severity)
    sentence = models.TextField()
    facts = models.JSONField(default=dict, help_text="Which rows say it, as data.")
    data_class = models.CharField(
        max_length=12, choices=DataClass, default=DataClass.GENERAL, help_text="Who may read what it says."
    )
    computed = models.BooleanField(default=False, help_text="Found by a rule, which also closes it.")
    status = models.CharField(max_length=10, choices=FlagStatus, default=FlagStatus.OPEN)
    opened_at = models.DateTimeField()
    disposition = models.TextField(blank=True)
    disposed_at = models.DateTimeField(null=True)
    disposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True, help_text="Since when it is no longer so.")
    note = models.TextField(blank=True, help_text="Why it is no longer so, or was opened again.")

    class Meta:
        ordering = ("application", "opened_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "item", "code", "subject"],
                nulls_distinct=False,
                name="one_flag_per_item_code_and_subject",
            ),
            models.CheckConstraint(
                name="disposition_paired",
                condition=(
                    models.Q(disposed_at__isnull=True, disposed_by__isnull=True, disposition="")
                    & ~models.Q(status="disposed")
                )
                | (
                    models.Q(disposed_at__isnull=False, disposed_by__isnull=False)
                    & ~models.Q(disposition="")
                    & ~models.Q(status="open")
                ),
            ),
            models.CheckConstraint(
                name="no_longer_says_why",
                condition=models.Q(closed_at__isnull=True) & ~models.Q(status="no_longer")
                | models.Q(status="no_longer", closed_at__isnull=False, computed=True) & ~models.Q(note=""),
            ),
        ]
        triggers = [*RED_FLAG.triggers(), protect_delete()]

    def __str__(self):
        return f"{self.code}: {self.sentence}"[:200]
