"""Transition tables of meetings, minutes, motions, the approval chain, findings, documents and amendments."""

from bylaws.choices import (
    AgendaStatus,
    AmendmentStatus,
    CaseStatus,
    ConsentStatus,
    FindingStatus,
    MeetingStatus,
    MinutesStatus,
    MotionStatus,
    StepStatus,
    VersionStatus,
)
from config.kernel.workflow import Transition, Workflow

MEETING = Workflow(
    name="meeting",
    choices=MeetingStatus,
    initial=(MeetingStatus.SCHEDULED,),
    transitions=(
        Transition(
            MeetingStatus.SCHEDULED,
            MeetingStatus.IN_SESSION,
            ("bylaws.run_meeting",),
            "meeting.called_to_order",
            "Call to order",
        ),
        Transition(
            MeetingStatus.IN_SESSION,
            MeetingStatus.ADJOURNED,
            ("bylaws.run_meeting",),
            "meeting.adjourned",
            "Adjourn",
            guard="no vote is open",
        ),
        Transition(
            MeetingStatus.SCHEDULED,
            MeetingStatus.CANCELLED,
            ("bylaws.run_meeting",),
            "meeting.cancelled",
            "Cancel the meeting",
        ),
    ),
)

AGENDA_ITEM = Workflow(
    name="agenda_item",
    choices=AgendaStatus,
    initial=(AgendaStatus.OPEN,),
    transitions=(
        Transition(
            AgendaStatus.OPEN,
            AgendaStatus.ACTED,
            ("bylaws.run_meeting",),
            "agenda_item.acted",
            "Act on the item",
            guard="a motion carried with a quorum",
        ),
        Transition(
            AgendaStatus.OPEN,
            AgendaStatus.POSTPONED,
            ("bylaws.run_meeting",),
            "agenda_item.postponed",
            "Postpone",
        ),
    ),
)

MOTION = Workflow(
    name="motion",
    choices=MotionStatus,
    initial=(MotionStatus.OPEN,),
    transitions=(
        Transition(
            MotionStatus.OPEN,
            MotionStatus.CARRIED,
            ("bylaws.run_meeting",),
            "motion.carried",
            "Close the vote",
            guard="quorum of seated voting members present; more for than against",
        ),
        Transition(
            MotionStatus.OPEN,
            MotionStatus.FAILED,
            ("bylaws.run_meeting",),
            "motion.failed",
            "Close the vote as failed",
        ),
        Transition(
            MotionStatus.OPEN,
            MotionStatus.WITHDRAWN,
            ("bylaws.run_meeting",),
            "motion.withdrawn",
            "Withdraw the motion",
        ),
    ),
)

_RUNS = ("bylaws.run_meeting",)

WRITTEN_CONSENT = Workflow(
    name="written_consent",
    choices=ConsentStatus,
    initial=(ConsentStatus.OPEN,),
    transitions=(
        Transition(
            ConsentStatus.OPEN,
            ConsentStatus.CONSENTED,
            ("system",),
            "written_consent.consented",
            "Everybody consented",
            guard="every voting member asked has consented, and they are still the voting members",
        ),
        Transition(
            ConsentStatus.OPEN,
            ConsentStatus.ENDED,
            ("system",),
            "written_consent.ended",
            "End it",
            guard="somebody objected, its last day has passed, or too few take part",
        ),
        Transition(
            ConsentStatus.OPEN,
            ConsentStatus.WITHDRAWN,
            _RUNS,
            "written_consent.withdrawn",
            "Withdraw it",
        ),
    ),
)

MEETING_MINUTES = Workflow(
    name="meeting_minutes",
    choices=MinutesStatus,
    initial=(MinutesStatus.DRAFT,),
    transitions=(
        Transition(
            MinutesStatus.DRAFT,
            MinutesStatus.CIRCULATED,
            _RUNS,
            "minutes.circulated",
            "Circulate",
            guard="from here on the version stands; the next meeting is asked to approve it",
        ),
        Transition(
            MinutesStatus.CIRCULATED,
            MinutesStatus.DRAFT,
            _RUNS,
            "minutes.taken_back",
            "Take back",
            guard="no vote on it is open",
        ),
        Transition(
            MinutesStatus.CIRCULATED,
            MinutesStatus.APPROVED,
            _RUNS,
            "minutes.approved",
            "Approve",
            guard="a motion carried in a later meeting of the body",
        ),
        Transition(
            MinutesStatus.APPROVED,
            MinutesStatus.SIGNED,
            ("bylaws.vote",),
            "minutes.signed",
            "Sign",
            guard="by the chair or vice chair of the body",
        ),
        *(
            Transition(
                source,
                MinutesStatus.DRAFT,
                _RUNS,
                "minutes.correction_begun",
                "Correct",
                guard="a new version, approved again; the one approved before stays",
            )
            for source in (MinutesStatus.APPROVED, MinutesStatus.SIGNED)
        ),
    ),
)

_ACTING = ("bylaws.recommend", "bylaws.run_meeting", "bylaws.record_minutes")
#: And the chair of a committee who acts alone, by the seat (``policies.permission_to_act``).
_BY_SEAT = (*_ACTING, "bylaws.vote")

REVIEW_CASE = Workflow(
    name="review_case",
    choices=CaseStatus,
    initial=(CaseStatus.OPEN,),
    transitions=(
        Transition(
            CaseStatus.OPEN,
            CaseStatus.DECIDED,
            _ACTING,
            "review_case.decided",
            "Decide",
            guard="the last body of the chain acted: the board, or an officer for a time",
        ),
        Transition(
            CaseStatus.OPEN,
            CaseStatus.RETURNED,
            ("credentialing.manage_application",),
            "review_case.returned",
            "Return to verification",
        ),
        Transition(
            CaseStatus.OPEN,
            CaseStatus.WITHDRAWN,
            ("credentialing.manage_application",),
            "review_case.withdrawn",
            "Withdraw",
        ),
    ),
)

REVIEW_STEP = Workflow(
    name="review_step",
    choices=StepStatus,
    initial=(StepStatus.WAITING, StepStatus.OPEN),
    transitions=(
        Transition(
            StepStatus.WAITING,
            StepStatus.OPEN,
            _BY_SEAT,
            "review_step.opened",
            "Open",
            guard="the step before has acted",
        ),
        Transition(
            StepStatus.OPEN,
            StepStatus.ACTED,
            _BY_SEAT,
            "review_step.acted",
            "Act",
            guard="every line answered; not one's own file",
        ),
        Transition(StepStatus.OPEN, StepStatus.DEFERRED, _BY_SEAT, "review_step.deferred", "Defer"),
        Transition(StepStatus.DEFERRED, StepStatus.OPEN, _BY_SEAT, "review_step.reopened", "Take up again"),
        Transition(
            StepStatus.OPEN,
            StepStatus.HELD,
            _ACTING,
            "review_step.held",
            "Hold for a hearing",
            guard="a line was acted against, and the right to a hearing is not settled",
        ),
        Transition(StepStatus.HELD, StepStatus.OPEN, _ACTING, "review_step.reopened", "Take up again"),
        Transition(
            StepStatus.HELD,
            StepStatus.CANCELLED,
            ("credentialing.manage_application",),
            "review_step.cancelled",
            "Cancel",
        ),
        Transition(
            StepStatus.OPEN,
            StepStatus.CANCELLED,
            ("credentialing.manage_application",),
            "review_step.cancelled",
            "Cancel",
        ),
        Transition(
            StepStatus.WAITING,
            StepStatus.CANCELLED,
            ("credentialing.manage_application",),
            "review_step.cancelled",
            "Cancel",
        ),
        Transition(
            StepStatus.DEFERRED,
            StepStatus.CANCELLED,
            ("credentialing.manage_application",),
            "review_step.cancelled",
            "Cancel",
        ),
    ),
)

#: Whoever runs compliance: a run closes and reopens, a person notifies and takes what follows.
_FINDINGS = ("bylaws.manage_findings",)
_WAIVING = ("credentialing.waive",)
_NOTICE = "the letter is issued; never of a protected class"
_MET = "the rule is met as a run judges it"
_OVER = "the rule does not concern the person any more"


def _ends(source: FindingStatus) -> tuple[Transition, Transition]:
    """A run finds it met, or finds nobody whom it concerns."""
    return (
        Transition(source, FindingStatus.CURED, _FINDINGS, "finding.cured", "Cured", guard=_MET),
        Transition(source, FindingStatus.MOOT, _FINDINGS, "finding.moot", "No longer asked", guard=_OVER),
    )


def _acts(source: FindingStatus) -> tuple[Transition, ...]:
    """What may be done about it while it stands."""
    return (
        Transition(
            source, FindingStatus.NOTIFIED, _FINDINGS, "finding.notified", "Send a notice", guard=_NOTICE,
            notify="the practitioner",
        ),
        Transition(source, FindingStatus.WAIVED, _WAIVING, "finding.waived", "Waive"),
        Transition(
            source, FindingStatus.CONSEQUENCE, _FINDINGS, "finding.consequence", "Apply the consequence",
            guard="the bylaws provide one, and the notice was answered or its time is over",
            notify="the practitioner",
        ),
        *_ends(source),
    )  # fmt: skip


def _answered(source: FindingStatus) -> Transition:
    return Transition(source, FindingStatus.ANSWERED, _FINDINGS, "finding.answered", "Record an answer")


FINDING = Workflow(
    name="finding",
    choices=FindingStatus,
    initial=(FindingStatus.OPEN,),
    transitions=(
        *_acts(FindingStatus.OPEN),
        _answered(FindingStatus.OPEN),
        *_acts(FindingStatus.ANSWERED),
        *(each for each in _acts(FindingStatus.NOTIFIED) if each.target != FindingStatus.NOTIFIED),
        _answered(FindingStatus.NOTIFIED),
        Transition(
            FindingStatus.WAIVED,
            FindingStatus.OPEN,
            _FINDINGS + _WAIVING,
            "finding.waiver_over",
            "Open again",
            guard="no waiver is in force any more",
        ),
        *_ends(FindingStatus.WAIVED),
        Transition(
            FindingStatus.CONSEQUENCE,
            FindingStatus.OPEN,
            _FINDINGS,
            "finding.reversed",
            "Take the consequence back",
            notify="the practitioner",
        ),
        *_ends(FindingStatus.CONSEQUENCE),
    ),
)

_DRAFTERS = ("bylaws.draft_amendments",)

AMENDMENT = Workflow(
    name="amendment",
    choices=AmendmentStatus,
    initial=(AmendmentStatus.DRAFT,),
    transitions=(
        Transition(
            AmendmentStatus.DRAFT,
            AmendmentStatus.NOTICED,
            _DRAFTERS,
            "amendment.noticed",
            "Give notice",
            guard="it changes something; from here on its words and values stand",
        ),
        Transition(
            AmendmentStatus.NOTICED,
            AmendmentStatus.BALLOT,
            _DRAFTERS,
            "amendment.ballot_opened",
            "Open the ballot",
            guard="the days of notice have passed",
        ),
        Transition(
            AmendmentStatus.BALLOT,
            AmendmentStatus.CARRIED,
            _DRAFTERS,
            "amendment.carried",
            "Count the ballot",
            guard="open for its days; turnout and votes as the bylaws ask",
        ),
        Transition(
            AmendmentStatus.BALLOT,
            AmendmentStatus.FAILED,
            _DRAFTERS,
            "amendment.failed",
            "Count as not carried",
        ),
        Transition(
            AmendmentStatus.CARRIED,
            AmendmentStatus.APPROVED,
            _DRAFTERS,
            "amendment.approved",
            "Record the approval of the board",
            guard="neither body amends alone (42 CFR 482.22(c)(1))",
        ),
        Transition(
            AmendmentStatus.CARRIED,
            AmendmentStatus.DECLINED,
            _DRAFTERS,
            "amendment.declined",
            "Record that the board declined",
        ),
        *(
            Transition(each, AmendmentStatus.WITHDRAWN, _DRAFTERS, "amendment.withdrawn", "Withdraw")
            for each in (AmendmentStatus.DRAFT, AmendmentStatus.NOTICED, AmendmentStatus.BALLOT)
        ),
    ),
)

#: Which of the two, the owner of the document says (``services.policies.require_owner``).
_DOCUMENTS = ("bylaws.manage_documents", "credentialing.manage_policies")

POLICY_VERSION = Workflow(
    name="policy_version",
    choices=VersionStatus,
    initial=(VersionStatus.DRAFT,),
    transitions=(
        Transition(
            VersionStatus.DRAFT,
            VersionStatus.COMMENTS,
            _DOCUMENTS,
            "policy.out_for_comments",
            "Ask for comments",
        ),
        Transition(
            VersionStatus.DRAFT,
            VersionStatus.BODIES,
            _DOCUMENTS,
            "policy.before_bodies",
            "Put before the bodies",
            guard="every comment is resolved",
        ),
        Transition(
            VersionStatus.COMMENTS,
            VersionStatus.BODIES,
            _DOCUMENTS,
            "policy.before_bodies",
            "Put before the bodies",
            guard="every comment is resolved",
        ),
        Transition(
            VersionStatus.BODIES,
            VersionStatus.APPROVED,
            ("bylaws.record_minutes",),
            "policy.approved",
            "Record the approval",
            guard="every body the document needs approved it, in their order",
        ),
        Transition(
            VersionStatus.APPROVED,
            VersionStatus.PUBLISHED,
            _DOCUMENTS,
            "policy.published",
            "Publish",
            guard="in force from a day not before the last approval",
            notify="whoever has to acknowledge it, on Today",
        ),
        *(
            Transition(
                source,
                VersionStatus.SET_ASIDE,
                _DOCUMENTS,
                "policy.set_aside",
                "Set aside",
                guard="a next version is written, or it is given up",
            )
            for source in (
                VersionStatus.DRAFT,
                VersionStatus.COMMENTS,
                VersionStatus.BODIES,
                VersionStatus.APPROVED,
            )
        ),
    ),
)
