"""Amendments of the bylaws: what they would change, and their way through notice, ballot and board.

A ballot keeps who could vote, who did and how many votes there are, never whose a vote is: docs/adr, 0034.
"""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models

from bylaws.choices import AmendmentStatus, BallotWay
from bylaws.models.policies import PolicyVersion
from bylaws.workflow import AMENDMENT
from config.kernel.periods import append_only_triggers, protect_delete
from config.organization.models import Facility
from config.rulebook.models import SourceBody
from practitioners.models import Practitioner

#: What members were told of never changes; the last day to vote is set by the opening of the ballot, and the
#: day from which it is in force by the board.
WAS_NOTICED = f"""
OLD.status <> 'draft' AND (
    {
    " OR ".join(
        f"NEW.{each} IS DISTINCT FROM OLD.{each}"
        for each in (
            "uid",
            "facility_id",
            "title",
            "text",
            "reason",
            "version_id",
            "drafted_at",
            "drafted_by_id",
        )
    )
}
    OR NEW.ballot_until IS DISTINCT FROM OLD.ballot_until AND OLD.status <> 'noticed'
    OR NEW.takes_effect_on IS DISTINCT FROM OLD.takes_effect_on AND OLD.status <> 'carried'
)
"""


class Amendment(models.Model):
    """A change of the bylaws that is drafted, voted on, and takes effect on its day."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="amendments")
    title = models.CharField(max_length=200)
    text = models.TextField(help_text="The words of the article as it would read, or what is struck.")
    reason = models.TextField(help_text="Why; it goes out with the notice.")
    takes_effect_on = models.DateField(help_text="The first day it would be in force.")
    status = models.CharField(max_length=10, choices=AmendmentStatus, default=AmendmentStatus.DRAFT)
    version = models.ForeignKey(
        PolicyVersion,
        models.PROTECT,
        null=True,
        related_name="amendments",
        help_text="The draft of the document as it would read; published in the act that puts it in force.",
    )
    ballot_until = models.DateField(null=True, help_text="Last day on which votes are taken.")
    drafted_at = models.DateTimeField()
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-drafted_at", "-id")
        indexes = [models.Index(fields=["facility", "-drafted_at"], name="amendments_of_facility")]
        constraints = [
            models.UniqueConstraint(
                fields=["version"],
                condition=~models.Q(status__in=["failed", "declined", "withdrawn"]),
                name="a_draft_is_amended_by_one",
            ),
            models.CheckConstraint(
                name="an_amendment_voted_on_has_a_last_day",
                condition=models.Q(ballot_until__isnull=False)
                | ~models.Q(status__in=["ballot", "carried", "failed", "approved", "declined"]),
            ),
        ]
        triggers = [
            *AMENDMENT.triggers(),
            protect_delete(),
            pgtrigger.Trigger(
                name="what_was_noticed_stands",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(WAS_NOTICED),
                func="""
                    RAISE EXCEPTION 'an amendment stands from its notice on, and its days are set once'
                        USING ERRCODE = 'integrity_constraint_violation';
                """,
            ),
        ]

    def __str__(self):
        return self.title


class AmendmentValue(models.Model):
    """One value the amendment changes: what a source would say of a parameter. Only a draft's is changed."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    amendment = models.ForeignKey(Amendment, models.PROTECT, related_name="values")
    code = models.CharField(max_length=80)
    subject = models.CharField(max_length=80, blank=True)
    source_body = models.ForeignKey(SourceBody, models.PROTECT, related_name="+")
    value = models.JSONField()
    citation = models.CharField(max_length=300)

    class Meta:
        ordering = ("code", "subject")
        constraints = [
            models.UniqueConstraint(
                fields=["amendment", "code", "subject"], name="amendment_changes_a_value_once"
            )
        ]
        triggers = [
            pgtrigger.Trigger(
                name="values_of_a_draft_alone",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM bylaws_amendment a
                         WHERE a.id IN (NEW.amendment_id, OLD.amendment_id) AND a.status <> 'draft'
                    ) THEN
                        RAISE EXCEPTION 'the values of an amendment stand from its notice on'
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    IF TG_OP = 'DELETE' THEN
                        RETURN OLD;
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self):
        return f"{self.code} {self.subject}".strip()


class AmendmentStep(models.Model):
    """What happened on its way, with the day it happened and, of a ballot, how it was counted."""

    amendment = models.ForeignKey(Amendment, models.PROTECT, related_name="steps")
    status = models.CharField(max_length=10, choices=AmendmentStatus)
    day = models.DateField()
    voting_members = models.PositiveIntegerField(null=True, help_text="In office on the day of the count.")
    votes_for = models.PositiveIntegerField(null=True)
    votes_against = models.PositiveIntegerField(null=True)
    abstained = models.PositiveIntegerField(null=True)
    note = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("amendment", "recorded_at", "id")
        constraints = [
            models.CheckConstraint(
                name="a_count_is_whole",
                condition=models.Q(
                    status__in=["carried", "failed"],
                    voting_members__isnull=False,
                    votes_for__isnull=False,
                    votes_against__isnull=False,
                    abstained__isnull=False,
                )
                | (
                    ~models.Q(status__in=["carried", "failed"])
                    & models.Q(
                        voting_members__isnull=True,
                        votes_for__isnull=True,
                        votes_against__isnull=True,
                        abstained__isnull=True,
                    )
                ),
            ),
            models.CheckConstraint(
                name="no_more_votes_than_members",
                condition=models.Q(voting_members__isnull=True)
                | models.Q(
                    voting_members__gte=models.F("votes_for")
                    + models.F("votes_against")
                    + models.F("abstained")
                ),
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.amendment}: {self.get_status_display()}"


class AmendmentVoter(models.Model):
    """Somebody who may vote on an amendment: the voting members on the day the ballot opened, and nobody who
    came or left afterwards.
    """

    amendment = models.ForeignKey(Amendment, models.PROTECT, related_name="voters")
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="amendment_voters")

    class Meta:
        ordering = ("amendment", "practitioner__sort_name")
        constraints = [
            models.UniqueConstraint(fields=["amendment", "practitioner"], name="a_member_votes_once")
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.practitioner}: {self.amendment}"


class BallotReturn(models.Model):
    """A voter has voted: on the own account, or on a paper the office has received. Not how."""

    voter = models.OneToOneField(AmendmentVoter, models.PROTECT, related_name="returned")
    way = models.CharField(max_length=8, choices=BallotWay)
    day = models.DateField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("voter",)
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.voter}, {self.get_way_display().lower()}"


class BallotBox(models.Model):
    """The votes cast on accounts, counted as they come in: three numbers, and no row for any of them.

    A row for each vote, written in one act with the return, could be put beside it by what the database keeps
    of the act. The numbers only ever grow, by one vote at a time.
    """

    amendment = models.OneToOneField(Amendment, models.PROTECT, related_name="ballot_box")
    votes_for = models.PositiveIntegerField(default=0)
    votes_against = models.PositiveIntegerField(default=0)
    abstained = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "ballot boxes"
        triggers = [
            protect_delete(),
            pgtrigger.Trigger(
                name="empty_at_first",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.votes_for + NEW.votes_against + NEW.abstained > 0"),
                func="RAISE EXCEPTION 'a ballot box is empty at first' USING ERRCODE = 'check_violation';",
            ),
            pgtrigger.Trigger(
                name="one_vote_at_a_time",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "NEW.amendment_id <> OLD.amendment_id OR NEW.votes_for < OLD.votes_for"
                    " OR NEW.votes_against < OLD.votes_against OR NEW.abstained < OLD.abstained"
                    " OR NEW.votes_for + NEW.votes_against + NEW.abstained"
                    " <> OLD.votes_for + OLD.votes_against + OLD.abstained + 1"
                ),
                func="""
                    RAISE EXCEPTION 'a ballot box takes one vote at a time'
                        USING ERRCODE = 'check_violation';
                """,
            ),
        ]

    def __str__(self):
        return f"Votes on {self.amendment}"
