from bylaws.models.actions import AdverseAction, AdverseActionPeriod, BarReview, DataBankRecord
from bylaws.models.alternates import Absence, AbsencePeriod, Alternate, AlternatePeriod
from bylaws.models.amendments import Amendment, AmendmentStep, AmendmentValue
from bylaws.models.committees import (
    AgendaItem,
    Attendance,
    Committee,
    CommitteeSeat,
    CommitteeSeatPeriod,
    Meeting,
    Motion,
    Recusal,
    Vote,
)
from bylaws.models.due_process import (
    DueProcess,
    DueProcessEvent,
    DueProcessNotice,
    HearingExhibit,
    HearingSession,
    HearingWitness,
    InvestigationEvent,
    PanelMember,
    PanelObjection,
    SessionPresence,
)
from bylaws.models.duties import StaffAttendance
from bylaws.models.findings import ComplianceRun, Finding, FindingStep
from bylaws.models.interests import DeclaredInterest, InterestRuled
from bylaws.models.membership import Appointment, AppointmentPeriod, Bar, BarPeriod, StaffCategory
from bylaws.models.policies import Policy, PolicyVersion
from bylaws.models.questions import DataBankQuestion, Investigation, InvestigationPeriod
from bylaws.models.reviews import Decision, DecisionLine, ReviewCase, ReviewStep

__all__ = [
    "Absence",
    "AbsencePeriod",
    "AdverseAction",
    "AdverseActionPeriod",
    "AgendaItem",
    "Alternate",
    "AlternatePeriod",
    "Amendment",
    "AmendmentStep",
    "AmendmentValue",
    "Appointment",
    "AppointmentPeriod",
    "Attendance",
    "Bar",
    "BarPeriod",
    "BarReview",
    "Committee",
    "CommitteeSeat",
    "CommitteeSeatPeriod",
    "ComplianceRun",
    "DataBankQuestion",
    "DataBankRecord",
    "Decision",
    "DecisionLine",
    "DeclaredInterest",
    "DueProcess",
    "DueProcessEvent",
    "DueProcessNotice",
    "Finding",
    "FindingStep",
    "HearingExhibit",
    "HearingSession",
    "HearingWitness",
    "InterestRuled",
    "Investigation",
    "InvestigationEvent",
    "InvestigationPeriod",
    "Meeting",
    "Motion",
    "PanelMember",
    "PanelObjection",
    "Policy",
    "PolicyVersion",
    "Recusal",
    "ReviewCase",
    "ReviewStep",
    "SessionPresence",
    "StaffAttendance",
    "StaffCategory",
    "Vote",
]
