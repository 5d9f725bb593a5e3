"""Due process: what is proposed or stands against a practitioner, and every step to the final action.

All of it is peer review. A track has one status, which moves along its transition table; what moved it are
events, which are added and never changed. The panel, witnesses, exhibits and sessions of a hearing stand with
the track.
"""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models

from bylaws.choices import (
    BarScope,
    Body,
    FinalAction,
    InvestigationOutcome,
    InvestigationStep,
    Measure,
    PanelPart,
    PanelRuling,
    Side,
    TrackEventKind,
    TrackGround,
    TrackOutcome,
    TrackStatus,
)
from bylaws.models.actions import Event
from bylaws.models.committees import Motion
from bylaws.models.membership import Bar
from bylaws.models.questions import Investigation
from bylaws.models.reviews import Decision
from bylaws.workflow_due_process import DUE_PROCESS
from config.kernel.periods import append_only_triggers, protect_delete
from config.organization.models import Facility
from practitioners.models import Evidence, Letter, Practitioner

#: How long who said something, which minutes say so, and a reason may be, in characters.
LONGEST_NAME, LONGEST_AUTHORITY, LONGEST_REASON = 200, 300, 1000


class DueProcess(models.Model):
    """One track: what it is about, on which ground, and how far it is.

    ``has_right`` is whether the profession has a right to a hearing, as it was on the day of the act.
    ``authority`` says which decision or minutes proposed it, on ``proposed_on``.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="due_processes")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="due_processes")
    ground = models.CharField(max_length=14, choices=TrackGround)
    measure = models.CharField(max_length=12, choices=Measure)
    scope = models.CharField(max_length=8, choices=BarScope, default=BarScope.ALL_PRIVILEGES)
    privilege_codes = models.JSONField(default=list, blank=True)
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, related_name="due_processes")
    bar = models.ForeignKey(Bar, models.PROTECT, null=True, related_name="due_processes")
    investigation = models.ForeignKey(Investigation, models.PROTECT, null=True, related_name="due_processes")
    body = models.CharField(max_length=24, choices=Body)
    authority = models.CharField(max_length=LONGEST_AUTHORITY)
    proposed_on = models.DateField()
    reasons = models.TextField(help_text="As the notice tells them. Peer review.")
    has_right = models.BooleanField()
    status = models.CharField(max_length=14, choices=TrackStatus, default=TrackStatus.OPENED)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-opened_at", "-id")
        constraints = [
            models.CheckConstraint(
                name="due_process_ground_is_named",
                condition=models.Q(
                    ground=TrackGround.DECISION,
                    measure=Measure.FILE,
                    decision__isnull=False,
                    bar__isnull=True,
                    investigation__isnull=True,
                )
                | models.Q(
                    ground__in=[TrackGround.SUSPENSION, TrackGround.RESTRICTION],
                    decision__isnull=True,
                    bar__isnull=False,
                    investigation__isnull=True,
                )
                | models.Q(
                    ground=TrackGround.MEASURE,
                    decision__isnull=True,
                    bar__isnull=True,
                    investigation__isnull=True,
                )
                | models.Q(
                    ground=TrackGround.INVESTIGATION,
                    decision__isnull=True,
                    bar__isnull=True,
                    investigation__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="due_process_says_what", condition=~models.Q(reasons="") & ~models.Q(authority="")
            ),
            models.UniqueConstraint(
                fields=["decision"],
                condition=~models.Q(status=TrackStatus.CLOSED),
                name="one_due_process_of_a_decision",
            ),
            models.UniqueConstraint(
                fields=["bar"],
                condition=~models.Q(status__in=[TrackStatus.CLOSED, TrackStatus.FINAL]),
                name="one_due_process_of_a_bar",
            ),
            models.UniqueConstraint(
                fields=["investigation", "measure"],
                condition=models.Q(investigation__isnull=False)
                & ~models.Q(status__in=[TrackStatus.CLOSED, TrackStatus.FINAL]),
                name="one_due_process_of_an_investigation",
            ),
            models.UniqueConstraint(
                fields=[
                    "practitioner",
                    "facility",
                    "measure",
                    "scope",
                    "privilege_codes",
                    "body",
                    "proposed_on",
                ],
                condition=models.Q(ground=TrackGround.MEASURE)
                & ~models.Q(status__in=[TrackStatus.CLOSED, TrackStatus.FINAL]),
                name="one_due_process_of_a_measure",
            ),
        ]
        indexes = [models.Index(fields=["facility", "status"], name="due_process_at_facility")]
        triggers = [
            *DUE_PROCESS.triggers(),
            pgtrigger.ReadOnly(
                name="due_process_opened_once",
                fields=[
                    "uid",
                    "practitioner",
                    "facility",
                    "ground",
                    "measure",
                    "scope",
                    "privilege_codes",
                    "decision",
                    "bar",
                    "investigation",
                    "body",
                    "authority",
                    "proposed_on",
                    "reasons",
                    "has_right",
                    "opened_at",
                    "opened_by",
                ],
            ),
            protect_delete(),
        ]

    def __str__(self):
        # The audit trail calls it so: that there is due process is peer review.
        return f"Peer review: {self.practitioner}"


class DueProcessEvent(Event):
    """One thing that happened. ``status_from`` and ``status_to`` are how it moved the track; both the same
    where it corrects an earlier one (``replaces``), which then counts no more. ``taken_back`` moves it back.

    ``day`` is the day it happened; ``hearing_on`` and ``place`` are of a hearing that is scheduled,
    ``outcome`` and ``words`` of a report or decision; ``result`` names what a final action made.
    """

    track = models.ForeignKey(DueProcess, models.PROTECT, related_name="events")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=14, choices=TrackEventKind)
    status_from = models.CharField(max_length=14, choices=TrackStatus)
    status_to = models.CharField(max_length=14, choices=TrackStatus)
    day = models.DateField(help_text="The facility's day.")
    told_by = models.CharField(
        max_length=LONGEST_NAME, blank=True, help_text="Who wrote or signed, and how it is known."
    )
    authority = models.CharField(
        max_length=LONGEST_AUTHORITY, blank=True, help_text="Which body, and which minutes or decision."
    )
    hearing_on = models.DateField(null=True)
    place = models.CharField(max_length=300, blank=True, help_text="Where, and at what time.")
    outcome = models.CharField(max_length=10, choices=TrackOutcome, blank=True)
    action = models.CharField(max_length=12, choices=FinalAction, blank=True)
    words = models.TextField(blank=True, help_text="The basis. Peer review.")
    result = models.JSONField(default=dict, help_text="Uids of what a final action made or ended.")
    proof = models.ForeignKey(Evidence, models.PROTECT, null=True, related_name="due_process_events")
    letter = models.ForeignKey(Letter, models.PROTECT, null=True, related_name="due_process_events")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")
    reason = models.CharField(max_length=LONGEST_REASON, blank=True, help_text="Why the earlier was wrong.")

    class Meta:
        ordering = ("track", "number")
        constraints = [
            models.UniqueConstraint(fields=["track", "number"], name="due_process_event_number"),
            models.CheckConstraint(
                name="due_process_replaces_with_reason",
                condition=models.Q(replaces__isnull=True, reason="")
                | (models.Q(replaces__isnull=False) & ~models.Q(reason="")),
            ),
            models.CheckConstraint(
                name="due_process_taken_back_names_what",
                condition=~models.Q(kind=TrackEventKind.TAKEN_BACK) | models.Q(replaces__isnull=False),
            ),
            models.CheckConstraint(
                name="due_process_proved",
                condition=~models.Q(kind__in=[TrackEventKind.DELIVERED, TrackEventKind.WAIVED])
                | models.Q(proof__isnull=False),
            ),
            models.CheckConstraint(
                name="due_process_hearing_has_day",
                condition=~models.Q(kind=TrackEventKind.SCHEDULED)
                | (models.Q(hearing_on__isnull=False) & ~models.Q(place="")),
            ),
            models.CheckConstraint(
                name="due_process_decided_with_basis",
                condition=~models.Q(
                    kind__in=[
                        TrackEventKind.REPORTED,
                        TrackEventKind.DECIDED,
                        TrackEventKind.APPEAL_DECIDED,
                    ]
                )
                | (~models.Q(outcome="") & ~models.Q(words="")),
            ),
            models.CheckConstraint(
                name="due_process_final_has_action",
                condition=models.Q(kind=TrackEventKind.FINAL) & ~models.Q(action="")
                | ~models.Q(kind=TrackEventKind.FINAL) & models.Q(action=""),
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.get_kind_display()}, {self.day:%d %b %Y}"


class DueProcessNotice(Event):
    """A special notice of the track, as issued: of what is proposed, or of the hearing. When it went out and
    arrived is recorded with the letter and becomes an event. ``hearing`` is the day and place its words name.
    """

    track = models.ForeignKey(DueProcess, models.PROTECT, related_name="notices")
    letter = models.OneToOneField(Letter, models.PROTECT, related_name="due_process_notice")
    kind = models.CharField(max_length=14, choices=TrackEventKind)
    hearing = models.ForeignKey(DueProcessEvent, models.PROTECT, null=True, related_name="notices")

    class Meta:
        ordering = ("track", "recorded_at", "id")
        constraints = [
            models.CheckConstraint(
                name="due_process_notice_of_what",
                condition=models.Q(kind=TrackEventKind.NOTICE_SENT, hearing__isnull=True)
                | models.Q(kind=TrackEventKind.HEARING_NOTICE, hearing__isnull=False),
            )
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return "Peer review: special notice"


class TakenBack(models.Model):
    """What was recorded once and may be taken back once, with a reason."""

    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    taken_back_because = models.CharField(max_length=LONGEST_REASON, blank=True)

    class Meta:
        abstract = True


def _taken_back_with_reason(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name,
        condition=models.Q(taken_back_at__isnull=True, taken_back_by__isnull=True, taken_back_because="")
        | (
            models.Q(taken_back_at__isnull=False, taken_back_by__isnull=False)
            & ~models.Q(taken_back_because="")
        ),
    )


def _recorded_once(*fields: str) -> list[pgtrigger.Trigger]:
    return [
        pgtrigger.ReadOnly(name="recorded_once", fields=["uid", "recorded_at", "recorded_by", *fields]),
        pgtrigger.Protect(
            name="taken_back_stays",
            operation=pgtrigger.Update,
            condition=pgtrigger.Q(old__taken_back_at__isnull=False),
        ),
        protect_delete(),
    ]


class PanelMember(Event, TakenBack):
    """Somebody proposed for the panel, or as hearing officer, with what the facts say of them.

    ``verdict`` is the judgement as it was made (``bylaws.rules.panel``). Where it leaves the question open a
    person rules in writing. ``practitioner`` is their own file, where they have one.
    """

    track = models.ForeignKey(DueProcess, models.PROTECT, related_name="panel")
    part = models.CharField(max_length=8, choices=PanelPart)
    name = models.CharField(max_length=LONGEST_NAME)
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, null=True, related_name="panels_sat_on")
    verdict = models.JSONField()
    outcome = models.CharField(max_length=14, help_text="MET, NOT_MET or UNKNOWN.")
    ruling = models.CharField(max_length=10, choices=PanelRuling, blank=True)
    ruled_by_whom = models.CharField(max_length=LONGEST_NAME, blank=True)
    ruled_because = models.CharField(max_length=LONGEST_REASON, blank=True)
    ruled_at = models.DateTimeField(null=True)
    ruled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("track", "recorded_at", "id")
        constraints = [
            _taken_back_with_reason("panel_member_taken_back_with_reason"),
            models.CheckConstraint(
                name="panel_ruling_in_writing",
                condition=models.Q(
                    ruling="",
                    ruled_by_whom="",
                    ruled_because="",
                    ruled_at__isnull=True,
                    ruled_by__isnull=True,
                )
                | (
                    ~models.Q(ruling="")
                    & ~models.Q(ruled_by_whom="")
                    & ~models.Q(ruled_because="")
                    & models.Q(ruled_at__isnull=False, ruled_by__isnull=False)
                ),
            ),
            # What the facts forbid no ruling allows (42 USC 11112(b)(3)(A)).
            models.CheckConstraint(
                name="panel_no_competitor_sits",
                condition=~models.Q(outcome="NOT_MET", ruling=PanelRuling.SITS),
            ),
            models.UniqueConstraint(
                fields=["track", "practitioner"],
                condition=models.Q(taken_back_at__isnull=True, practitioner__isnull=False),
                name="once_on_a_panel",
            ),
        ]
        triggers = [
            *_recorded_once("track", "part", "name", "practitioner", "verdict", "outcome"),
            pgtrigger.Protect(
                name="member_ruled_once",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__ruling="")
                & (
                    pgtrigger.Q(old__ruling__df=pgtrigger.F("new__ruling"))
                    | pgtrigger.Q(old__ruled_by_whom__df=pgtrigger.F("new__ruled_by_whom"))
                    | pgtrigger.Q(old__ruled_because__df=pgtrigger.F("new__ruled_because"))
                    | pgtrigger.Q(old__ruled_at__df=pgtrigger.F("new__ruled_at"))
                    | pgtrigger.Q(old__ruled_by__df=pgtrigger.F("new__ruled_by"))
                ),
            ),
        ]

    def __str__(self):
        return f"Peer review: {self.get_part_display()}"


class PanelObjection(Event):
    """What the practitioner objects to in a member, and how it was ruled."""

    member = models.ForeignKey(PanelMember, models.PROTECT, related_name="objections")
    day = models.DateField()
    words = models.TextField()
    ruling = models.CharField(max_length=10, choices=PanelRuling, blank=True)
    ruled_by_whom = models.CharField(max_length=LONGEST_NAME, blank=True)
    ruled_because = models.CharField(max_length=LONGEST_REASON, blank=True)
    ruled_at = models.DateTimeField(null=True)
    ruled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("member", "recorded_at", "id")
        constraints = [
            models.CheckConstraint(name="panel_objection_has_words", condition=~models.Q(words="")),
            models.CheckConstraint(
                name="panel_objection_ruled_in_writing",
                condition=models.Q(
                    ruling="",
                    ruled_by_whom="",
                    ruled_because="",
                    ruled_at__isnull=True,
                    ruled_by__isnull=True,
                )
                | (
                    ~models.Q(ruling="")
                    & ~models.Q(ruled_by_whom="")
                    & ~models.Q(ruled_because="")
                    & models.Q(ruled_at__isnull=False, ruled_by__isnull=False)
                ),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="objection_recorded_once",
                fields=["uid", "recorded_at", "recorded_by", "member", "day", "words"],
            ),
            pgtrigger.Protect(
                name="objection_ruled_once",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__ruling=""),
            ),
            protect_delete(),
        ]

    def __str__(self):
        return f"Peer review: objection of {self.day:%d %b %Y}"


class HearingWitness(Event, TakenBack):
    """A witness one side expects to call."""

    track = models.ForeignKey(DueProcess, models.PROTECT, related_name="witnesses")
    side = models.CharField(max_length=12, choices=Side)
    name = models.CharField(max_length=LONGEST_NAME)
    about = models.CharField(max_length=LONGEST_REASON, blank=True)

    class Meta:
        ordering = ("track", "side", "recorded_at", "id")
        constraints = [_taken_back_with_reason("hearing_witness_taken_back_with_reason")]
        triggers = _recorded_once("track", "side", "name", "about")

    def __str__(self):
        return "Peer review: witness"


class HearingExhibit(Event, TakenBack):
    """A paper one side brings to the hearing. The practitioner sees their own, and of the hospital's those
    that were handed over (``handed_over``): never references, never what a body said among itself.
    """

    track = models.ForeignKey(DueProcess, models.PROTECT, related_name="exhibits")
    side = models.CharField(max_length=12, choices=Side)
    number = models.PositiveSmallIntegerField(help_text="Of its side.")
    title = models.CharField(max_length=LONGEST_NAME)
    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="exhibits")
    handed_over = models.BooleanField()

    class Meta:
        ordering = ("track", "side", "number")
        constraints = [
            _taken_back_with_reason("hearing_exhibit_taken_back_with_reason"),
            models.UniqueConstraint(fields=["track", "side", "number"], name="hearing_exhibit_number"),
        ]
        triggers = _recorded_once("track", "side", "number", "title", "evidence", "handed_over")

    def __str__(self):
        return "Peer review: exhibit"


class HearingSession(Event, TakenBack):
    """One day of the hearing, and who was present, by name and part."""

    track = models.ForeignKey(DueProcess, models.PROTECT, related_name="sessions")
    day = models.DateField()
    others_present = models.TextField(blank=True, help_text="One on each line, with what they are.")
    practitioner_present = models.BooleanField()

    class Meta:
        ordering = ("track", "day", "id")
        constraints = [
            _taken_back_with_reason("hearing_session_taken_back_with_reason"),
            models.UniqueConstraint(
                fields=["track", "day"],
                condition=models.Q(taken_back_at__isnull=True),
                name="one_hearing_session_a_day",
            ),
        ]
        triggers = _recorded_once("track", "day", "others_present", "practitioner_present")

    def __str__(self):
        return f"Peer review: session of {self.day:%d %b %Y}"


class SessionPresence(models.Model):
    """A member of the panel, or the hearing officer, who was there on a day of the hearing."""

    session = models.ForeignKey(HearingSession, models.PROTECT, related_name="presences")
    member = models.ForeignKey(PanelMember, models.PROTECT, related_name="presences")

    class Meta:
        ordering = ("session", "id")
        constraints = [models.UniqueConstraint(fields=["session", "member"], name="present_once_a_session")]
        triggers = append_only_triggers()

    def __str__(self):
        return "Peer review: presence"


class InvestigationEvent(Event):
    """One step of an investigation; one that was wrong is replaced by a further one, with why."""

    investigation = models.ForeignKey(Investigation, models.PROTECT, related_name="events")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=14, choices=InvestigationStep)
    day = models.DateField()
    who = models.CharField(max_length=LONGEST_NAME, blank=True)
    body = models.CharField(max_length=24, choices=Body, blank=True)
    motion = models.ForeignKey(Motion, models.PROTECT, null=True, related_name="investigation_events")
    authority = models.CharField(max_length=LONGEST_AUTHORITY, blank=True)
    outcome = models.CharField(max_length=12, choices=InvestigationOutcome, blank=True)
    words = models.TextField(blank=True, help_text="Peer review.")
    proof = models.ForeignKey(Evidence, models.PROTECT, null=True, related_name="investigation_events")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")
    withdrawn = models.BooleanField(default=False, help_text="Only takes back what it replaces.")
    reason = models.CharField(max_length=LONGEST_REASON, blank=True)

    class Meta:
        ordering = ("investigation", "number")
        constraints = [
            models.UniqueConstraint(fields=["investigation", "number"], name="investigation_event_number"),
            models.CheckConstraint(
                name="investigation_event_replaces_with_reason",
                condition=models.Q(replaces__isnull=True, reason="", withdrawn=False)
                | (models.Q(replaces__isnull=False) & ~models.Q(reason="")),
            ),
            models.CheckConstraint(
                name="investigation_decided_by_a_body",
                condition=~models.Q(kind__in=["decided_open", "decided_close", "outcome"])
                | (~models.Q(body="") & (models.Q(motion__isnull=False) | ~models.Q(authority=""))),
            ),
            models.CheckConstraint(
                name="investigation_outcome_named",
                condition=models.Q(kind="outcome") & ~models.Q(outcome="")
                | ~models.Q(kind="outcome") & models.Q(outcome=""),
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"Peer review: {self.day:%d %b %Y}"
