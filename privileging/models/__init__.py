from privileging.models.catalogue import (
    FormLine,
    Privilege,
    PrivilegeForm,
    PrivilegeFormVersion,
    Remapping,
)
from privileging.models.departures import Departure
from privileging.models.disasters import VolunteerDecision
from privileging.models.grants import FPPEPlan, Grant, GrantPeriod
from privileging.models.requests import CaseVolume, LineProcessing, PrivilegeRequest, RequestLine

__all__ = [
    "CaseVolume",
    "Departure",
    "FPPEPlan",
    "FormLine",
    "Grant",
    "GrantPeriod",
    "LineProcessing",
    "Privilege",
    "PrivilegeForm",
    "PrivilegeFormVersion",
    "PrivilegeRequest",
    "Remapping",
    "RequestLine",
    "VolunteerDecision",
]
