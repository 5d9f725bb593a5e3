"""Sources a machine asks, and every question put to them."""

import uuid

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from simple_history.models import HistoricalRecords

from config.kernel.periods import protect_delete
from credentialing.choices import CallOutcome, Connector, ListKind


class ConnectedSource(models.Model):
    """A source and how it is asked: by which connector, how often, and when it is left alone for a while."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    connector = models.CharField(max_length=20, choices=Connector)
    state = models.CharField(max_length=2, blank=True, help_text="Whose licenses a board answers for.")
    address = models.CharField(
        max_length=300,
        blank=True,
        help_text="Where a board is asked, with {number} where the number of the license goes; where the "
        "file of an exclusion list lies, with {YYDDD}, or {YYYY}, {MM} and {DD}, where its name bears a day.",
    )
    address_confirmed = models.BooleanField(
        default=False,
        help_text="Of an exclusion list: somebody has seen that its publisher's file lies at the address. "
        "Until then nothing is fetched.",
    )
    list_kind = models.CharField(
        max_length=5, choices=ListKind, blank=True, help_text="Which exclusion list it is."
    )
    mapping = models.TextField(
        blank=True,
        help_text="Of a state's exclusion list: the mapping (YAML) that says what its columns are.",
    )
    every_days = models.PositiveSmallIntegerField(
        default=7,
        validators=[MinValueValidator(1), MaxValueValidator(31)],
        help_text="Days between two fetches of an exclusion list.",
    )
    key_variable = models.CharField(
        max_length=60, blank=True, help_text="The environment variable that holds the key, if one is needed."
    )
    key_header = models.CharField(max_length=60, blank=True, default="Authorization")
    reading = models.JSONField(
        default=dict, blank=True, help_text="Where in a board's answer each fact stands, and its words."
    )
    timeout_seconds = models.PositiveSmallIntegerField(
        default=10, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    per_minute = models.PositiveSmallIntegerField(
        default=60, validators=[MinValueValidator(1)], help_text="Questions a minute, at the most."
    )
    failures_before_rest = models.PositiveSmallIntegerField(
        default=5,
        validators=[MinValueValidator(1)],
        help_text="Failures in a row after which it is left alone.",
    )
    rest_minutes = models.PositiveSmallIntegerField(default=15, validators=[MinValueValidator(1)])
    active = models.BooleanField(default=True)
    woken_at = models.DateTimeField(
        null=True, editable=False, help_text="A person asked for a new try; failures before count no more."
    )
    history = HistoricalRecords()

    class Meta:
        ordering = ("connector", "state", "code")
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(connector="licence_board"), name="one_board_per_state"
            ),
            models.CheckConstraint(
                name="board_has_state_and_address",
                condition=~models.Q(connector="licence_board")
                | (~models.Q(state="") & models.Q(address__contains="{number}")),
            ),
            models.CheckConstraint(
                name="list_has_kind",
                condition=~models.Q(connector="exclusion_list") & models.Q(list_kind="", mapping="")
                | models.Q(connector="exclusion_list", list_kind__in=("leie", "sam"), mapping="", state="")
                | models.Q(connector="exclusion_list", list_kind="state") & ~models.Q(state="", mapping=""),
            ),
            models.UniqueConstraint(
                fields=["list_kind", "state"],
                condition=models.Q(connector="exclusion_list"),
                name="one_source_per_list",
            ),
        ]

    def __str__(self):
        return self.name


class SourceCall(models.Model):
    """One question put to a source: a row before it is asked, its outcome afterwards, never what it was."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source = models.ForeignKey(ConnectedSource, models.PROTECT, related_name="calls")
    item = models.ForeignKey(
        "credentialing.VerificationItem", models.PROTECT, null=True, related_name="source_calls"
    )
    step = models.ForeignKey(
        "credentialing.RunStep", models.PROTECT, null=True, related_name="calls", help_text="Of which run."
    )
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=16, choices=CallOutcome, blank=True)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it could not be checked.")

    class Meta:
        ordering = ("-asked_at", "-id")
        indexes = [models.Index(fields=["source", "-asked_at"], name="calls_newest")]
        constraints = [
            models.CheckConstraint(
                name="call_ended_with_outcome",
                condition=models.Q(outcome="", ended_at__isnull=True)
                | (~models.Q(outcome="") & models.Q(ended_at__isnull=False)),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="ended_calls_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__outcome__gt=""),
            ),
            protect_delete(),
        ]

    def __str__(self):
        return f"{self.source}, {self.asked_at:%d %b %Y %H:%M}"

    @property
    def milliseconds(self) -> int | None:
        """How long the answer took; None while there is none."""
        return (
            None if self.ended_at is None else round((self.ended_at - self.asked_at).total_seconds() * 1000)
        )
