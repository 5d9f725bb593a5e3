"""Transition tables of credentialing."""

from config.kernel.workflow import Transition, Workflow
from credentialing.choices import (
    ApplicationStatus,
    EnquiryStatus,
    FlagStatus,
    ItemStatus,
    MailStatus,
    MatchStatus,
    PacketStatus,
    PaperStatus,
    SectionStatus,
)

_MANAGE = ("credentialing.manage_application",)
_SYSTEM = ("system",)
_BODIES = ("bylaws.recommend", "bylaws.run_meeting", "bylaws.record_minutes")


def mail_workflow(
    name: str,
    guard: str,
    *,
    office: str,
    dropping: tuple[Transition, ...] = (),
    more: tuple[Transition, ...] = (),
) -> Workflow:
    """The table of a mail: a worker claims it before it is sent (services/outbox.py).

    ``guard`` says when it is dropped; ``dropping`` stands instead where a person drops it. ``office`` is the
    permission of those who write down that it came back. ``more`` are moves of this mail alone.
    """
    waiting, claimed, failed = MailStatus.WAITING, MailStatus.CLAIMED, MailStatus.FAILED
    returned = f"{name}.came_back"
    dropping = dropping or tuple(
        Transition(state, MailStatus.MOOT, _SYSTEM, f"{name}.moot", "Drop", guard=guard)
        for state in (waiting, claimed, failed)
    )
    return Workflow(
        name=name,
        choices=MailStatus,
        initial=(waiting,),
        transitions=(
            Transition(waiting, claimed, _SYSTEM, f"{name}.claimed", "Claim"),
            Transition(claimed, MailStatus.SENT, _SYSTEM, f"{name}.sent", "Mark as sent"),
            Transition(claimed, failed, _SYSTEM, f"{name}.failed", "Mark as failed"),
            Transition(failed, claimed, _SYSTEM, f"{name}.retried", "Try again"),
            Transition(claimed, MailStatus.RETURNED, _SYSTEM, returned, "Refused for good"),
            *(
                Transition(state, MailStatus.RETURNED, (office,), returned, "It came back")
                for state in (MailStatus.SENT, failed)
            ),
            *dropping,
            *more,
        ),
    )


APPLICATION = Workflow(
    name="application",
    choices=ApplicationStatus,
    initial=(ApplicationStatus.DRAFT,),
    transitions=(
        Transition(
            ApplicationStatus.DRAFT,
            ApplicationStatus.SUBMITTED,
            _MANAGE,
            "application.submitted",
            "Submit",
            guard="privileges requested, category and department named",
        ),
        Transition(
            ApplicationStatus.SUBMITTED,
            ApplicationStatus.INCOMPLETE,
            _MANAGE,
            "application.incomplete",
            "Return as incomplete",
        ),
        Transition(
            ApplicationStatus.INCOMPLETE,
            ApplicationStatus.SUBMITTED,
            _MANAGE,
            "application.resubmitted",
            "Record the answer",
        ),
        Transition(
            ApplicationStatus.INCOMPLETE,
            ApplicationStatus.WITHDRAWN_INCOMPLETE,
            _MANAGE,
            "application.withdrawn_incomplete",
            "Close as never completed",
            guard="incomplete for longer than the bylaws allow",
            notify="the applicant: a voluntary withdrawal, no denial",
        ),
        Transition(
            ApplicationStatus.SUBMITTED,
            ApplicationStatus.IN_VERIFICATION,
            _MANAGE,
            "application.accepted",
            "Accept and plan verification",
        ),
        Transition(
            ApplicationStatus.SUBMITTED,
            ApplicationStatus.CLOSED_INELIGIBLE,
            _MANAGE,
            "application.closed_ineligible",
            "Close as not eligible",
        ),
        Transition(
            ApplicationStatus.SUBMITTED,
            ApplicationStatus.ISSUED,
            _MANAGE,
            "application.issued",
            "Issue the application",
            guard="a pre-application; no threshold criterion is failed",
        ),
        Transition(
            ApplicationStatus.IN_VERIFICATION,
            ApplicationStatus.COMPLETE,
            _MANAGE,
            "application.completed",
            "Mark complete",
            guard="everything required has been found out",
        ),
        Transition(
            ApplicationStatus.COMPLETE,
            ApplicationStatus.IN_VERIFICATION,
            _MANAGE,
            "application.reopened",
            "Reopen verification",
        ),
        Transition(
            ApplicationStatus.COMPLETE,
            ApplicationStatus.IN_REVIEW,
            _MANAGE,
            "application.sent_to_review",
            "Send to review",
            notify="first body of the chain",
        ),
        Transition(
            ApplicationStatus.IN_REVIEW,
            ApplicationStatus.IN_VERIFICATION,
            _MANAGE,
            "application.returned",
            "Return to verification",
        ),
        Transition(
            ApplicationStatus.IN_REVIEW,
            ApplicationStatus.APPROVED,
            _BODIES,
            "application.approved",
            "Board approves",
            guard="the board's decision",
        ),
        Transition(
            ApplicationStatus.IN_REVIEW,
            ApplicationStatus.APPROVED_MODIFIED,
            _BODIES,
            "application.approved_modified",
            "Board approves with changes",
            guard="the board's decision",
        ),
        Transition(
            ApplicationStatus.IN_REVIEW,
            ApplicationStatus.DENIED,
            _BODIES,
            "application.denied",
            "Board denies",
            guard="the board's decision",
        ),
        *(
            Transition(state, ApplicationStatus.WITHDRAWN, _MANAGE, "application.withdrawn", "Withdraw")
            for state in (
                ApplicationStatus.DRAFT,
                ApplicationStatus.SUBMITTED,
                ApplicationStatus.INCOMPLETE,
                ApplicationStatus.IN_VERIFICATION,
                ApplicationStatus.COMPLETE,
                ApplicationStatus.IN_REVIEW,
            )
        ),
    ),
)

_VERIFY = ("credentialing.verify",)
_WAIVE = ("credentialing.waive",)
_FOUND_OUT = (ItemStatus.VERIFIED, ItemStatus.VERIFIED_ADVERSE)

VERIFICATION_ITEM = Workflow(
    name="verification_item",
    choices=ItemStatus,
    initial=(ItemStatus.NOT_STARTED,),
    transitions=(
        Transition(
            ItemStatus.NOT_STARTED, ItemStatus.REQUESTED, _VERIFY, "verification.requested", "Request"
        ),
        Transition(
            ItemStatus.NOT_STARTED, ItemStatus.RECEIVED, _VERIFY, "verification.received", "Record the answer"
        ),
        Transition(
            ItemStatus.NOT_STARTED,
            ItemStatus.NOT_APPLICABLE,
            _VERIFY,
            "verification.not_applicable",
            "Mark as not applicable",
        ),
        Transition(
            ItemStatus.REQUESTED, ItemStatus.AWAITING, _VERIFY, "verification.awaiting", "Await the answer"
        ),
        Transition(
            ItemStatus.REQUESTED, ItemStatus.RECEIVED, _VERIFY, "verification.received", "Record the answer"
        ),
        Transition(
            ItemStatus.AWAITING, ItemStatus.RECEIVED, _VERIFY, "verification.received", "Record the answer"
        ),
        Transition(ItemStatus.AWAITING, ItemStatus.REQUESTED, _VERIFY, "verification.requested", "Ask again"),
        *(
            Transition(
                state,
                ItemStatus.UNABLE,
                _VERIFY,
                "verification.unable",
                "Record as unable to verify",
                guard="documented attempts",
            )
            for state in (ItemStatus.REQUESTED, ItemStatus.AWAITING)
        ),
        Transition(ItemStatus.UNABLE, ItemStatus.REQUESTED, _VERIFY, "verification.requested", "Try again"),
        Transition(
            ItemStatus.UNABLE, ItemStatus.RECEIVED, _VERIFY, "verification.received", "Record the answer"
        ),
        Transition(
            ItemStatus.UNABLE,
            ItemStatus.WAIVED,
            _WAIVE,
            "verification.waived",
            "Waive",
            guard="documented attempts; never license, NPDB, exclusion or identity",
        ),
        Transition(ItemStatus.RECEIVED, ItemStatus.VERIFIED, _VERIFY, "verification.verified", "Verify"),
        Transition(
            ItemStatus.RECEIVED,
            ItemStatus.VERIFIED_ADVERSE,
            _VERIFY,
            "verification.verified_adverse",
            "Verify as adverse",
            notify="raises a red flag",
        ),
        Transition(
            ItemStatus.RECEIVED,
            ItemStatus.DISCREPANT,
            _VERIFY,
            "verification.discrepant",
            "Note a discrepancy",
        ),
        *(
            Transition(
                ItemStatus.DISCREPANT,
                state,
                _VERIFY,
                "verification.resolved",
                "Resolve",
                guard="a resolution note",
            )
            for state in _FOUND_OUT
        ),
        *(
            Transition(
                state, ItemStatus.SUPERSEDED, _VERIFY, "verification.superseded", "Replace by a newer one"
            )
            for state in (
                *_FOUND_OUT,
                ItemStatus.WAIVED,
                ItemStatus.UNABLE,
                ItemStatus.NOT_STARTED,
                ItemStatus.REQUESTED,
                ItemStatus.AWAITING,
                ItemStatus.RECEIVED,
                ItemStatus.DISCREPANT,
                ItemStatus.NOT_APPLICABLE,
            )
        ),
    ),
)

RED_FLAG = Workflow(
    name="red_flag",
    choices=FlagStatus,
    initial=(FlagStatus.OPEN,),
    transitions=(
        Transition(
            FlagStatus.OPEN,
            FlagStatus.DISPOSED,
            _MANAGE,
            "red_flag.disposed",
            "Dispose of in writing",
            guard="a written disposition",
        ),
        *(
            Transition(
                state,
                FlagStatus.NO_LONGER,
                _SYSTEM,
                "red_flag.no_longer",
                "Close as no longer so",
                guard="computed, and the facts no longer say so",
            )
            for state in (FlagStatus.OPEN, FlagStatus.DISPOSED)
        ),
        *(
            Transition(
                state,
                FlagStatus.OPEN,
                _SYSTEM,
                "red_flag.reopened",
                "Open again",
                guard="computed, and the facts are others than before",
            )
            for state in (FlagStatus.DISPOSED, FlagStatus.NO_LONGER)
        ),
    ),
)

SCREENING_MATCH = Workflow(
    name="screening_match",
    choices=MatchStatus,
    initial=(MatchStatus.NEW,),
    transitions=(
        Transition(
            MatchStatus.NEW,
            MatchStatus.CLEARED,
            ("credentialing.screen",),
            "screening.cleared",
            "Clear",
            guard="a reason; two people for a strong candidate",
        ),
        Transition(
            MatchStatus.NEW,
            MatchStatus.CONFIRMED,
            ("credentialing.screen",),
            "screening.confirmed",
            "Confirm",
            notify="privileges stop at once",
        ),
        Transition(
            MatchStatus.CLEARED,
            MatchStatus.NEW,
            ("credentialing.screen",),
            "screening.reopened",
            "Open again",
            guard="a later screening found the match stronger, or the person's own facts changed",
        ),
        Transition(
            MatchStatus.CONFIRMED,
            MatchStatus.NEW,
            ("credentialing.screen",),
            "screening.reopened",
            "Open again",
            guard="a reason; the privileges stay stopped until it is decided",
        ),
    ),
)

OUTBOX_MESSAGE = mail_workflow(
    "outbox_message",
    "the credential was renewed in the meantime",
    office="credentialing.send_reminders",
    more=(
        Transition(
            MailStatus.RETURNED,
            MailStatus.WAITING,
            ("credentialing.send_reminders",),
            "outbox_message.sent_again",
            "Send again",
            guard="somebody says that the address works",
        ),
    ),
)

ENROLMENT_MAIL = mail_workflow(
    "enrolment_mail",
    "every enrollment was renewed or ended in the meantime",
    office="credentialing.send_reminders",
)

INCOMING_PAPER = Workflow(
    name="incoming_paper",
    choices=PaperStatus,
    initial=(PaperStatus.TO_FILE,),
    transitions=(
        Transition(
            PaperStatus.TO_FILE,
            PaperStatus.FILED,
            _VERIFY,
            "paper.finished",
            "Nothing more to file",
            guard="something of it is filed",
        ),
        Transition(PaperStatus.FILED, PaperStatus.TO_FILE, _VERIFY, "paper.reopened", "Take up again"),
        Transition(
            PaperStatus.TO_FILE,
            PaperStatus.DISCARDED,
            _VERIFY,
            "paper.discarded",
            "Discard",
            guard="a reason; nothing of it is filed",
        ),
        Transition(PaperStatus.DISCARDED, PaperStatus.TO_FILE, _VERIFY, "paper.taken_back", "Take back"),
    ),
)

_SYSTEM = ("system",)
_OUT = (EnquiryStatus.TO_SEND, EnquiryStatus.SENT, EnquiryStatus.OPENED)

# Who answers has no account: the link is the right to answer, and the system records what came in.
ENQUIRY = Workflow(
    name="enquiry",
    choices=EnquiryStatus,
    initial=(EnquiryStatus.TO_SEND,),
    transitions=(
        Transition(EnquiryStatus.TO_SEND, EnquiryStatus.SENT, _SYSTEM, "enquiry.sent", "Send"),
        *(
            Transition(state, EnquiryStatus.OPENED, _SYSTEM, "enquiry.opened", "Open the link")
            for state in (EnquiryStatus.TO_SEND, EnquiryStatus.SENT)
        ),
        *(
            Transition(
                state,
                EnquiryStatus.ANSWERED,
                _SYSTEM,
                "enquiry.answered",
                "Answer",
                guard="the link, signed and unexpired",
                notify="the coordinator reviews it",
            )
            for state in _OUT
        ),
        *(
            Transition(
                state,
                EnquiryStatus.DECLINED,
                _SYSTEM,
                "enquiry.declined",
                "Decline",
                guard="the link, signed and unexpired",
            )
            for state in _OUT
        ),
        *(
            Transition(state, EnquiryStatus.WITHDRAWN, _VERIFY, "enquiry.withdrawn", "Withdraw the form")
            for state in (*_OUT, EnquiryStatus.BOUNCED)
        ),
        *(
            Transition(state, EnquiryStatus.BOUNCED, _VERIFY, "enquiry.bounced", "The mail came back")
            for state in (EnquiryStatus.TO_SEND, EnquiryStatus.SENT)
        ),
        Transition(EnquiryStatus.BOUNCED, EnquiryStatus.TO_SEND, _VERIFY, "enquiry.sent_again", "Send again"),
    ),
)

ENQUIRY_MAIL = mail_workflow(
    "enquiry_mail", "answered, withdrawn or expired in the meantime", office="credentialing.verify"
)

# Whoever fills in a packet has no account: the system records what came in by the link. The office moves a
# packet along itself where the application came on paper.
PACKET = Workflow(
    name="packet",
    choices=PacketStatus,
    initial=(PacketStatus.INVITED, PacketStatus.OPEN),
    transitions=(
        Transition(PacketStatus.INVITED, PacketStatus.OPEN, _SYSTEM, "packet.opened", "Open the link"),
        *(
            Transition(
                state,
                PacketStatus.SIGNED,
                _MANAGE,
                "packet.signed",
                "Sign",
                guard="every section is complete; signed by the applicant, never by a delegate",
                notify="the coordinator reviews it",
            )
            for state in (PacketStatus.OPEN, PacketStatus.RETURNED)
        ),
        Transition(
            PacketStatus.SIGNED,
            PacketStatus.RETURNED,
            _MANAGE,
            "packet.returned",
            "Return for correction",
            guard="a section with the reason",
            notify="the applicant",
        ),
        Transition(
            PacketStatus.SIGNED,
            PacketStatus.ACCEPTED,
            _MANAGE,
            "packet.accepted",
            "Take into the file",
            guard="every section is accepted",
        ),
        Transition(
            PacketStatus.ACCEPTED,
            PacketStatus.RETURNED,
            _MANAGE,
            "packet.returned",
            "Return for correction",
            guard="a section with the reason",
            notify="the applicant",
        ),
        *(
            Transition(state, PacketStatus.WITHDRAWN, _MANAGE, "packet.withdrawn", "Withdraw the packet")
            for state in (
                PacketStatus.INVITED,
                PacketStatus.OPEN,
                PacketStatus.SIGNED,
                PacketStatus.RETURNED,
            )
        ),
    ),
)

PACKET_SECTION = Workflow(
    name="packet_section",
    choices=SectionStatus,
    initial=(SectionStatus.NOT_STARTED,),
    transitions=(
        Transition(
            SectionStatus.NOT_STARTED,
            SectionStatus.IN_PROGRESS,
            _MANAGE,
            "packet.section_saved",
            "Save",
        ),
        *(
            Transition(state, SectionStatus.COMPLETE, _MANAGE, "packet.section_completed", "Complete")
            for state in (SectionStatus.NOT_STARTED, SectionStatus.IN_PROGRESS, SectionStatus.RETURNED)
        ),
        Transition(
            SectionStatus.COMPLETE, SectionStatus.IN_PROGRESS, _MANAGE, "packet.section_reopened", "Reopen"
        ),
        *(
            Transition(
                state,
                SectionStatus.RETURNED,
                _MANAGE,
                "packet.section_returned",
                "Return",
                guard="a reason",
            )
            for state in (SectionStatus.COMPLETE, SectionStatus.ACCEPTED)
        ),
        Transition(
            SectionStatus.COMPLETE,
            SectionStatus.ACCEPTED,
            _MANAGE,
            "packet.section_accepted",
            "Accept into the file",
            guard="the packet is signed",
        ),
    ),
)

PACKET_MAIL = mail_workflow(
    "packet_mail",
    "answered, withdrawn or expired in the meantime",
    office="credentialing.manage_application",
)
