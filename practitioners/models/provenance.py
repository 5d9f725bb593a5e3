"""Who said what of the key facts, and which word a person took when two sources disagreed."""

import uuid

from django.conf import settings
from django.db import models

from config.kernel.periods import append_only_triggers
from practitioners.choices import SaidBy
from practitioners.models.evidence import Evidence
from practitioners.models.person import Practitioner


class Statement(models.Model):
    """One value one source gave for one fact. The latest of a source is what that source says now.

    ``subject`` is empty for the person, else the uid of the credential; ``fact`` is a name declared in
    ``practitioners.rules.provenance``. Values are text as shown (dates ISO); an empty one takes this source's
    word before it back, as if it had not been said. Never of the identity class beyond the birth date.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="statements")
    subject = models.UUIDField(null=True)
    fact = models.CharField(max_length=40)
    value = models.CharField(max_length=300)
    said_by = models.CharField(max_length=12, choices=SaidBy)
    system = models.CharField(
        max_length=60,
        blank=True,
        help_text="Which one of its kind spoke, where there are several: the code of a roster's mapping.",
    )
    source = models.CharField(max_length=200, blank=True, help_text="More exactly: the file, the board.")
    evidence = models.ForeignKey(Evidence, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("practitioner", "subject", "fact", "recorded_at", "id")
        indexes = [models.Index(fields=["practitioner", "fact"], name="statements_of_fact")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.fact} of {self.practitioner}, {self.get_said_by_display()}"

    @property
    def who(self) -> str:
        """Whose word it is: the kind of speaker, and which one where there are several."""
        kind = self.get_said_by_display()
        return f"{kind}, {self.source}" if self.system and self.source else kind


class ConflictResolution(models.Model):
    """A person took one source's word over another's. A later statement opens the question again."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="conflict_resolutions")
    subject = models.UUIDField(null=True)
    fact = models.CharField(max_length=40)
    taken = models.ForeignKey(Statement, models.PROTECT, related_name="resolutions")
    reason = models.TextField()
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-decided_at", "-id")
        indexes = [models.Index(fields=["practitioner", "fact"], name="resolutions_of_fact")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.fact} of {self.practitioner} decided"
