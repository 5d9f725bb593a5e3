from privileging.models.catalogue import FormLine, Privilege, PrivilegeForm, PrivilegeFormVersion, Remapping
from privileging.models.certificates import PrivilegeCertificate
from privileging.models.departures import Departure
from privileging.models.disasters import VolunteerDecision
from privileging.models.distant_evaluations import DistantSiteEvaluation
from privileging.models.endings import PrivilegeEnding
from privileging.models.feedback import DistantSiteFeedback
from privileging.models.fppe import (
    FPPEAssignedPlan,
    FPPEAssignment,
    FPPECase,
    FPPECaseOfPlan,
    FPPEFollowUp,
    FPPEPlan,
    FPPEStep,
)
from privileging.models.grants import Grant, GrantPeriod
from privileging.models.notices import ChangeNotice, NotifiedDepartment
from privileging.models.oppe import OPPEBatch, OPPECycle, OPPEIndicator, OPPEProfile, OPPEValue
from privileging.models.performed import CaseDelivery, CaseExplanation, CaseJudgement, PerformedCase
from privileging.models.procedures import ProcedureCode
from privileging.models.publishing import PublishedChange, SurgicalRoster
from privileging.models.requests import CaseVolume, LineProcessing, PrivilegeRequest, RequestLine

__all__ = [
    "CaseDelivery",
    "CaseExplanation",
    "CaseJudgement",
    "CaseVolume",
    "ChangeNotice",
    "Departure",
    "DistantSiteEvaluation",
    "DistantSiteFeedback",
    "FPPEAssignedPlan",
    "FPPEAssignment",
    "FPPECase",
    "FPPECaseOfPlan",
    "FPPEFollowUp",
    "FPPEPlan",
    "FPPEStep",
    "FormLine",
    "Grant",
    "GrantPeriod",
    "LineProcessing",
    "NotifiedDepartment",
    "OPPEBatch",
    "OPPECycle",
    "OPPEIndicator",
    "OPPEProfile",
    "OPPEValue",
    "PerformedCase",
    "Privilege",
    "PrivilegeCertificate",
    "PrivilegeEnding",
    "PrivilegeForm",
    "PrivilegeFormVersion",
    "PrivilegeRequest",
    "ProcedureCode",
    "PublishedChange",
    "Remapping",
    "RequestLine",
    "SurgicalRoster",
    "VolunteerDecision",
]
