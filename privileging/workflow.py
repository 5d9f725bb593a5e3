"""Transition tables of privileging."""

from config.kernel.workflow import Transition, Workflow
from privileging.choices import FPPEStatus, RequestLineStatus, VersionStatus

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
    ),
)

FPPE_PLAN = Workflow(
    name="fppe_plan",
    choices=FPPEStatus,
    initial=(FPPEStatus.PLANNED,),
    transitions=(
        Transition(
            FPPEStatus.PLANNED,
            FPPEStatus.IN_PROGRESS,
            ("privileging.manage_fppe",),
            "fppe.started",
            "Start",
        ),
        Transition(
            FPPEStatus.IN_PROGRESS,
            FPPEStatus.CLOSED_SUCCESS,
            ("privileging.manage_fppe",),
            "fppe.closed",
            "Close as satisfactory",
        ),
        Transition(
            FPPEStatus.IN_PROGRESS,
            FPPEStatus.CLOSED_UNSUCCESSFUL,
            ("privileging.manage_fppe",),
            "fppe.closed",
            "Close as not satisfactory",
        ),
    ),
)
