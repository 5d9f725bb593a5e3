"""What a practitioner asks for."""

import uuid

from django.db import models

from bylaws.choices import InvestigationAnswer
from bylaws.models import Decision
from config.kernel.periods import append_only_triggers, protect_delete
from credentialing.models import Application
from practitioners.models import Evidence, Practitioner
from privileging.choices import RequestLineStatus
from privileging.models.catalogue import FormLine, PrivilegeFormVersion
from privileging.workflow import REQUEST_LINE


class PrivilegeRequest(models.Model):
    """One form filled as part of an application."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="privilege_requests")
    version = models.ForeignKey(PrivilegeFormVersion, models.PROTECT, related_name="requests")
    requested_at = models.DateTimeField()

    class Meta:
        ordering = ("application", "id")
        constraints = [
            models.UniqueConstraint(fields=["application", "version"], name="form_once_per_application")
        ]
        triggers = [protect_delete()]

    def __str__(self):
        return f"{self.version} for {self.application}"


class RequestLine(models.Model):
    """One privilege asked for, or struck from the core."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    request = models.ForeignKey(PrivilegeRequest, models.PROTECT, related_name="lines")
    form_line = models.ForeignKey(FormLine, models.PROTECT, related_name="request_lines")
    status = models.CharField(max_length=16, choices=RequestLineStatus, default=RequestLineStatus.REQUESTED)
    held_by = models.ForeignKey(
        Decision,
        models.PROTECT,
        null=True,
        related_name="held_lines",
        help_text="The act against it, while it is held for the right to a hearing. Peer review.",
    )

    class Meta:
        ordering = ("request", "form_line__kind", "form_line__order")
        constraints = [
            models.UniqueConstraint(fields=["request", "form_line"], name="line_once_per_request"),
            models.CheckConstraint(
                name="held_line_names_the_act",
                condition=models.Q(status="held", held_by__isnull=False)
                | (~models.Q(status="held") & models.Q(held_by__isnull=True)),
            ),
        ]
        triggers = [*REQUEST_LINE.triggers(), protect_delete()]

    def __str__(self):
        return str(self.form_line)


class LineProcessing(models.Model):
    """A person's word on whether a requested line is processed: not accepted, or taken back in.

    Never a decision on the merits: nobody is denied anything by it, it opens no hearing and is reported to
    nobody. ``criteria`` is the verdict it rests on as it stood, with the facts it was judged from.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    line = models.ForeignKey(RequestLine, models.PROTECT, related_name="processings")
    accepted = models.BooleanField(help_text="False: not accepted for processing; True: taken back in.")
    reason = models.TextField()
    criteria = models.JSONField(default=dict)
    investigation = models.CharField(
        max_length=10,
        choices=InvestigationAnswer,
        blank=True,
        help_text="Asked where a privilege that is held would end by it (peer review).",
    )
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("line", "pk")
        constraints = [models.CheckConstraint(name="processing_has_reason", condition=~models.Q(reason=""))]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.line}: {'taken back in' if self.accepted else 'not accepted for processing'}"


class CaseVolume(models.Model):
    """How many cases of a procedure group a practitioner performed over a range of days, as stated.

    A correction is a new row; the newest of a group and range counts.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="case_volumes")
    procedure_group = models.SlugField(max_length=40)
    performed_from = models.DateField()
    performed_through = models.DateField()
    cases = models.PositiveIntegerField()
    source = models.CharField(max_length=200)
    evidence = models.ForeignKey(Evidence, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("practitioner", "procedure_group", "-performed_through", "-id")
        constraints = [
            models.CheckConstraint(
                name="case_range_forward",
                condition=models.Q(performed_through__gte=models.F("performed_from")),
            )
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.cases} cases of {self.procedure_group}"
