"""Transition tables of privileging."""

from config.kernel.workflow import Transition, Workflow
from credentialing.workflow import mail_workflow
from privileging.choices import FPPEStatus, OPPEStatus, RequestLineStatus, VersionStatus

FORM_VERSION = Workflow(
    name="privilege_form_version",
    choices=VersionStatus,
    initial=(VersionStatus.DRAFT,),
    transitions=(
        Transition(
            VersionStatus.DRAFT,
            VersionStatus.PUBLISHED,
            ("privileging.manage_catalogue",),
            "form_version.published",
            "Publish",
            guard="lines and criteria present",
        ),
        Transition(
            VersionStatus.PUBLISHED,
            VersionStatus.WITHDRAWN,
            ("privileging.manage_catalogue",),
            "form_version.withdrawn",
            "Withdraw",
        ),
        Transition(
            VersionStatus.DRAFT,
            VersionStatus.WITHDRAWN,
            ("privileging.manage_catalogue",),
            "form_version.discarded",
            "Discard",
        ),
    ),
)

_REQUEST = ("credentialing.manage_application",)
_BODIES = ("bylaws.recommend", "bylaws.run_meeting", "bylaws.record_minutes")

REQUEST_LINE = Workflow(
    name="request_line",
    choices=RequestLineStatus,
    initial=(RequestLineStatus.REQUESTED, RequestLineStatus.STRUCK),
    transitions=(
        Transition(
            RequestLineStatus.REQUESTED, RequestLineStatus.STRUCK, _REQUEST, "request_line.struck", "Strike"
        ),
        Transition(
            RequestLineStatus.STRUCK,
            RequestLineStatus.REQUESTED,
            _REQUEST,
            "request_line.restored",
            "Restore",
        ),
        Transition(
            RequestLineStatus.REQUESTED,
            RequestLineStatus.WITHDRAWN,
            _REQUEST,
            "request_line.withdrawn",
            "Withdraw",
        ),
        Transition(
            RequestLineStatus.REQUESTED,
            RequestLineStatus.NOT_ACCEPTED,
            _REQUEST,
            "request_line.not_accepted",
            "Do not accept for processing",
            guard="criteria are not met, a reason is written, and no body has the file yet",
            notify="the applicant, by letter",
        ),
        Transition(
            RequestLineStatus.NOT_ACCEPTED,
            RequestLineStatus.REQUESTED,
            _REQUEST,
            "request_line.taken_back_in",
            "Accept for processing after all",
            guard="no body has the file yet",
            notify="the applicant, by letter",
        ),
        Transition(
            RequestLineStatus.REQUESTED,
            RequestLineStatus.GRANTED,
            _BODIES,
            "request_line.granted",
            "Board grants",
            guard="the board's decision",
        ),
        Transition(
            RequestLineStatus.REQUESTED,
            RequestLineStatus.GRANTED_MODIFIED,
            _BODIES,
            "request_line.granted_modified",
            "Board grants with conditions",
            guard="the board's decision",
        ),
        Transition(
            RequestLineStatus.REQUESTED,
            RequestLineStatus.DENIED,
            _BODIES,
            "request_line.denied",
            "Board does not grant",
            guard="the board's decision",
        ),
        Transition(
            RequestLineStatus.REQUESTED,
            RequestLineStatus.HELD,
            _BODIES,
            "request_line.held",
            "Hold for a hearing",
            guard="the Medical Executive Committee is against it, or the board proposes to be; the "
            "profession has a right to a hearing",
            notify="the applicant, by special notice",
        ),
        Transition(
            RequestLineStatus.HELD,
            RequestLineStatus.GRANTED,
            _BODIES,
            "request_line.granted",
            "Board grants",
            guard="the board's decision, the right to a hearing being settled",
        ),
        Transition(
            RequestLineStatus.HELD,
            RequestLineStatus.GRANTED_MODIFIED,
            _BODIES,
            "request_line.granted_modified",
            "Board grants with conditions",
            guard="the board's decision, the right to a hearing being settled",
        ),
        Transition(
            RequestLineStatus.HELD,
            RequestLineStatus.DENIED,
            _BODIES,
            "request_line.denied",
            "Board does not grant",
            guard="the board's decision, the right to a hearing being settled",
        ),
        Transition(
            RequestLineStatus.HELD,
            RequestLineStatus.REQUESTED,
            _REQUEST,
            "request_line.given_back",
            "Give back",
            guard="the bodies have the file no more, and did not decide",
        ),
        Transition(
            RequestLineStatus.HELD,
            RequestLineStatus.WITHDRAWN,
            _REQUEST,
            "request_line.held_withdrawn",
            "Withdraw",
            guard="the applicant gives it up; the file closes where nothing is left",
        ),
    ),
)

_EVALUATE = ("privileging.manage_fppe",)
_WORKED = (FPPEStatus.IN_PROGRESS, FPPEStatus.EXTENDED)
_CLOSED = (
    (FPPEStatus.CLOSED_SUCCESS, "Close as satisfactory"),
    (FPPEStatus.CLOSED_UNSUCCESSFUL, "Close as not satisfactory"),
    (FPPEStatus.CLOSED_INSUFFICIENT, "Close for insufficient volume"),
)

FPPE_PLAN = Workflow(
    name="fppe_plan",
    choices=FPPEStatus,
    initial=(FPPEStatus.PLANNED,),
    transitions=(
        Transition(FPPEStatus.PLANNED, FPPEStatus.IN_PROGRESS, _EVALUATE, "fppe.started", "Start"),
        *(
            Transition(
                state,
                FPPEStatus.DATA_COMPLETE,
                ("system",),
                "fppe.data_complete",
                "The last case is reported",
            )
            for state in _WORKED
        ),
        Transition(
            FPPEStatus.DATA_COMPLETE,
            FPPEStatus.IN_PROGRESS,
            _EVALUATE,
            "fppe.case_missing",
            "A case is taken back",
        ),
        *(
            Transition(
                state,
                FPPEStatus.REVIEW,
                _EVALUATE,
                "fppe.under_review",
                "Put up for review",
                guard="all cases reported, or a reason why fewer are enough",
            )
            for state in (*_WORKED, FPPEStatus.DATA_COMPLETE)
        ),
        *(
            Transition(
                state,
                FPPEStatus.EXTENDED,
                _EVALUATE,
                "fppe.extended",
                "Extend",
                guard="no more often than the policy allows",
            )
            # Once more where the policy allows more than one.
            for state in (*_WORKED, FPPEStatus.DATA_COMPLETE, FPPEStatus.REVIEW)
        ),
        *(
            Transition(
                FPPEStatus.REVIEW,
                state,
                _EVALUATE,
                "fppe.closed",
                label,
                guard="a conclusion in words",
            )
            for state, label in _CLOSED
        ),
        *(
            Transition(
                state,
                FPPEStatus.CLOSED_INSUFFICIENT,
                _EVALUATE,
                "fppe.closed",
                "Close for insufficient volume",
                guard="a conclusion in words",
            )
            for state in (FPPEStatus.PLANNED, *_WORKED)
        ),
    ),
)

_QUALITY = ("privileging.manage_oppe",)

OPPE_PROFILE = Workflow(
    name="oppe_profile",
    choices=OPPEStatus,
    initial=(OPPEStatus.OPEN,),
    transitions=(
        # Without a single value too: zero volume is data.
        Transition(
            OPPEStatus.OPEN,
            OPPEStatus.CHAIR_REVIEW,
            _QUALITY,
            "oppe.before_chair",
            "Put before the chair",
            guard="the cycle is over",
        ),
        Transition(
            OPPEStatus.CHAIR_REVIEW,
            OPPEStatus.OPEN,
            _QUALITY,
            "oppe.taken_back",
            "Take back from the chair",
        ),
        Transition(
            OPPEStatus.CHAIR_REVIEW,
            OPPEStatus.SIGNED,
            ("privileging.sign_oppe",),
            "oppe.signed",
            "Sign",
            guard="a conclusion",
        ),
    ),
)

CHANGE_NOTICE = mail_workflow(
    "change_notice", "the department is told no longer", office="privileging.manage_notices"
)
