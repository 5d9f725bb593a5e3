"""Committees, who sits on them, their meetings and votes."""

import uuid

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from simple_history.models import HistoricalRecords

from bylaws.choices import (
    AgendaStatus,
    AttendanceMode,
    CommitteeKind,
    MeetingKind,
    MeetingStatus,
    MotionStatus,
    SeatOffice,
    SeatRole,
    VoteChoice,
)
from bylaws.models.reviews import Decision, ReviewStep
from bylaws.workflow import AGENDA_ITEM, MEETING, MOTION
from config.kernel import clock
from config.kernel.periods import (
    Identity,
    Period,
    append_only_triggers,
    period_constraints,
    period_indexes,
    period_triggers,
    protect_delete,
)
from config.organization.models import Department, Facility
from practitioners.choices import ProviderType
from practitioners.models import Practitioner


class Committee(models.Model):
    """A body of the medical staff or the hospital. A department is one, acting through its chair."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="committees")
    kind = models.CharField(max_length=24, choices=CommitteeKind)
    name = models.CharField(max_length=200)
    department = models.OneToOneField(
        Department, models.PROTECT, null=True, blank=True, related_name="committee"
    )
    purpose = models.TextField(blank=True)
    reports_to = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reporting",
        help_text="The body it answers to.",
    )
    meetings_a_year = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How often it meets at least."
    )
    seat_months = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Months of a term on it; empty: of any length."
    )
    seat_terms = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Terms in a row one person sits on it; empty: any number."
    )
    closed_on = models.DateField(
        null=True, blank=True, editable=False, help_text="The first day it no longer exists."
    )
    history = HistoricalRecords()

    class Meta:
        ordering = ("facility", "name")
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "kind"],
                condition=models.Q(
                    kind__in=["credentials_committee", "mec", "board", "board_committee", "general_staff"]
                ),
                name="one_committee_of_the_kind",
            ),
            models.CheckConstraint(
                name="department_committee_names_department",
                condition=(
                    models.Q(kind="department", department__isnull=False)
                    | (~models.Q(kind="department") & models.Q(department__isnull=True))
                ),
            ),
            models.CheckConstraint(
                name="committee_reports_to_another",
                condition=models.Q(reports_to__isnull=True) | ~models.Q(reports_to=models.F("id")),
            ),
            models.CheckConstraint(
                name="seat_terms_have_length",
                condition=models.Q(seat_terms__isnull=True) | models.Q(seat_months__isnull=False),
            ),
            # Bodies files and departments rest on stay.
            models.CheckConstraint(
                name="only_other_committees_close",
                condition=models.Q(closed_on__isnull=True) | models.Q(kind="other"),
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def named(self) -> str:
        """The body inside a sentence: the Medical Executive Committee, the department of Surgery."""
        name = self.name
        if name.casefold().startswith("the "):
            return name
        if self.kind == CommitteeKind.DEPARTMENT and not name.casefold().startswith("department"):
            return f"the department of {name}"
        return f"the {name}"


class CommitteePosition(Identity):
    """A seat that exists whether or not somebody holds it."""

    committee = models.ForeignKey(Committee, models.PROTECT, related_name="positions")

    class Meta:
        triggers = append_only_triggers()

    def __str__(self):
        return f"Seat on {self.committee}"


class CommitteePositionPeriod(Period):
    """When a body has the seat, what it is called, and who may hold it.

    ``office`` is the role by which it is held ex officio; ``provider_types`` are the professions its holder
    must practise under, empty where any will do. ``term_months`` and ``terms_in_a_row`` are its own limits,
    empty where those of the charter bind.
    """

    key_fields = ("identity",)
    identity = models.ForeignKey(CommitteePosition, models.PROTECT, related_name="periods")
    title = models.CharField(max_length=120)
    seat_role = models.CharField(max_length=12, choices=SeatRole)
    votes = models.BooleanField()
    office = models.CharField(max_length=40, choices=SeatOffice, blank=True)
    provider_types = ArrayField(
        models.CharField(max_length=8, choices=ProviderType), default=list, blank=True
    )

    term_months = models.PositiveSmallIntegerField(null=True, blank=True)
    terms_in_a_row = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            *period_constraints("bylaws_committeepositionperiod", "identity"),
            models.CheckConstraint(
                name="position_terms_have_length",
                condition=models.Q(terms_in_a_row__isnull=True) | models.Q(term_months__isnull=False),
            ),
        ]
        indexes = period_indexes("bylaws_committeepositionperiod", "identity")
        triggers = period_triggers()


class CommitteeSeat(Identity):
    """A person on a committee."""

    committee = models.ForeignKey(Committee, models.PROTECT, related_name="seats")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="committee_seats")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["committee", "user"], name="one_seat_identity")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.user} on {self.committee.named}"


class CommitteeSeatPeriod(Period):
    """When the person sits there, as what, with or without a vote, and in which of the body's seats where
    these are on record.
    """

    key_fields = ("identity",)
    identity = models.ForeignKey(CommitteeSeat, models.PROTECT, related_name="periods")
    seat_role = models.CharField(max_length=12, choices=SeatRole)
    votes = models.BooleanField()
    position = models.ForeignKey(CommitteePosition, models.PROTECT, null=True, related_name="holders")

    class Meta:
        constraints = [
            *period_constraints("bylaws_committeeseatperiod", "identity"),
            ExclusionConstraint(
                name="position_held_by_one",
                expressions=[("position", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
                condition=models.Q(superseded_at__isnull=True, position__isnull=False),
                index_type="GIST",
            ),
        ]
        indexes = period_indexes("bylaws_committeeseatperiod", "identity")
        triggers = period_triggers()


class Meeting(models.Model):
    """A meeting of a committee."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    committee = models.ForeignKey(Committee, models.PROTECT, related_name="meetings")
    kind = models.CharField(max_length=10, choices=MeetingKind, default=MeetingKind.REGULAR)
    starts_at = models.DateTimeField()
    place = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=12, choices=MeetingStatus, default=MeetingStatus.SCHEDULED)
    called_to_order_at = models.DateTimeField(null=True)
    adjourned_at = models.DateTimeField(null=True)
    sequence = models.PositiveSmallIntegerField(
        default=0, help_text="How often calendars were told of a change: moved, canceled."
    )
    quorum_at_order = models.JSONField(
        default=dict, help_text="The quorum as it was when the meeting was called to order."
    )

    class Meta:
        ordering = ("-starts_at",)
        indexes = [models.Index(fields=["committee", "-starts_at"], name="meeting_by_committee")]
        triggers = [*MEETING.triggers(), protect_delete()]

    def __str__(self):
        day = clock.date_at(self.starts_at, self.committee.facility)
        return f"{self.committee}, {day.day} {day:%b %Y}"

    @property
    def named(self) -> str:
        """The meeting inside a sentence: the Medical Executive Committee, 3 Dec 2026."""
        day = clock.date_at(self.starts_at, self.committee.facility)
        return f"{self.committee.named}, {day.day} {day:%b %Y}"


class Attendance(models.Model):
    """A stretch of presence: a member may leave and come back, so quorum is counted at each vote."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="attendances")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="attendances")
    mode = models.CharField(max_length=10, choices=AttendanceMode, default=AttendanceMode.IN_PERSON)
    present_from = models.DateTimeField()
    present_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ("meeting", "present_from", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "user"],
                condition=models.Q(present_until__isnull=True),
                name="present_once_at_a_time",
            ),
            models.CheckConstraint(
                name="presence_ends_after_start",
                condition=models.Q(present_until__isnull=True)
                | models.Q(present_until__gte=models.F("present_from")),
            ),
        ]
        triggers = [protect_delete()]

    def __str__(self):
        return f"{self.user} at {self.meeting}"


class AgendaItem(models.Model):
    """A matter before a meeting. A file is its ``step``; anything else of a room above it names by kind and
    uid (``bylaws.matters``); other business has neither.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="agenda_items")
    order = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=300)
    step = models.ForeignKey(ReviewStep, models.PROTECT, null=True, blank=True, related_name="agenda_items")
    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, null=True, blank=True, related_name="agenda_items"
    )
    subject_kind = models.CharField(max_length=40, blank=True, editable=False)
    subject_uid = models.UUIDField(null=True, editable=False)
    reports = models.ForeignKey(
        Decision,
        models.PROTECT,
        null=True,
        related_name="reports",
        help_text="The expedited decision this matter reports to the full board.",
    )
    status = models.CharField(max_length=10, choices=AgendaStatus, default=AgendaStatus.OPEN)
    consent = models.BooleanField(
        default=False, help_text="Proposed for the consent agenda: decided with others by one motion."
    )
    pulled_at = models.DateTimeField(null=True, help_text="Taken off the consent agenda by a member.")
    pulled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    pulled_why = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("meeting", "order")
        constraints = [
            models.UniqueConstraint(
                fields=["reports"],
                condition=models.Q(status__in=["open", "acted"]),
                name="reported_once",
            ),
            models.UniqueConstraint(fields=["meeting", "order"], name="agenda_order"),
            models.UniqueConstraint(fields=["meeting", "step"], name="step_once_per_meeting"),
            models.UniqueConstraint(
                fields=["subject_uid"], condition=models.Q(status="open"), name="matter_on_one_agenda"
            ),
            models.CheckConstraint(
                name="pulled_whole",
                condition=models.Q(pulled_at__isnull=True, pulled_by__isnull=True, pulled_why="")
                | models.Q(pulled_at__isnull=False, pulled_by__isnull=False, consent=True),
            ),
            # What is told, and matters of peer review, are dealt with one by one.
            models.CheckConstraint(
                name="consent_without_reports",
                condition=models.Q(consent=False) | models.Q(subject_kind="", reports__isnull=True),
            ),
            models.CheckConstraint(
                name="agenda_subject_whole",
                condition=models.Q(subject_kind="", subject_uid__isnull=True)
                | (~models.Q(subject_kind="") & models.Q(subject_uid__isnull=False, step__isnull=True)),
            ),
        ]
        triggers = [*AGENDA_ITEM.triggers(), protect_delete()]

    def __str__(self):
        # The audit trail calls it so: of whom and what a matter of peer review is stays with the meeting.
        return "A matter of peer review" if self.subject_kind else self.title

    @property
    def on_consent(self) -> bool:
        """Whether it stands on the consent agenda: proposed for it, and not pulled."""
        return self.consent and self.pulled_at is None


class Recusal(models.Model):
    """A member takes no part in one item."""

    agenda_item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="recusals")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="recusals")
    reason = models.CharField(max_length=300)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agenda_item", "user"], name="recused_once")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.user} recused from {self.agenda_item}"


class Motion(models.Model):
    """A motion and the vote on it. ``lines`` is what carrying it would say of each line of the file."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    agenda_item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="motions")
    text = models.TextField()
    lines = models.JSONField(default=list)
    mover = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    seconder = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=MotionStatus, default=MotionStatus.OPEN)
    moved_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    quorum = models.JSONField(default=dict, help_text="Base, needed, present, recused at the vote.")
    consent_group = models.UUIDField(
        null=True,
        editable=False,
        help_text="The same for all items decided by one motion of the consent agenda.",
    )

    class Meta:
        ordering = ("agenda_item", "moved_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["agenda_item"], condition=models.Q(status="open"), name="one_open_motion_per_item"
            ),
            models.CheckConstraint(
                name="mover_is_not_seconder", condition=~models.Q(mover=models.F("seconder"))
            ),
        ]
        triggers = [*MOTION.triggers(), protect_delete()]

    def __str__(self):
        return f"Motion on {self.agenda_item}"


class VoteQuerySet(models.QuerySet):
    """Votes as cast; the last one of each member stands."""

    def standing(self):
        """The vote of each member on each motion that counts: the last one cast."""
        latest = self.order_by("motion_id", "user_id", "-cast_at", "-pk")
        return latest.distinct("motion_id", "user_id")


class Vote(models.Model):
    """One member's vote on one motion. Until the vote is closed a member may vote again: the last one stands,
    the earlier ones stay on record.
    """

    motion = models.ForeignKey(Motion, models.PROTECT, related_name="votes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="votes")
    choice = models.CharField(max_length=8, choices=VoteChoice)
    cast_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    objects = VoteQuerySet.as_manager()

    class Meta:
        ordering = ("cast_at", "id")
        indexes = [models.Index(fields=["motion", "user", "-cast_at"], name="votes_of_member")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.user}: {self.get_choice_display()}"
