from privileging.models.catalogue import FormLine, Privilege, PrivilegeForm, PrivilegeFormVersion
from privileging.models.certificates import PrivilegeCertificate
from privileging.models.departures import Departure
from privileging.models.disasters import VolunteerDecision
from privileging.models.grants import FPPEPlan, Grant, GrantPeriod
from privileging.models.procedures import ProcedureCode
from privileging.models.publishing import PublishedChange, SurgicalRoster
from privileging.models.requests import CaseVolume, PrivilegeRequest, RequestLine

__all__ = [
    "CaseVolume",
    "Departure",
    "FPPEPlan",
    "FormLine",
    "Grant",
    "GrantPeriod",
    "Privilege",
    "PrivilegeCertificate",
    "PrivilegeForm",
    "PrivilegeFormVersion",
    "PrivilegeRequest",
    "ProcedureCode",
    "PublishedChange",
    "RequestLine",
    "SurgicalRoster",
    "VolunteerDecision",
]
