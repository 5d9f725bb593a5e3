from bylaws.models.actions import AdverseAction, AdverseActionPeriod, BarReview, DataBankRecord
from bylaws.models.alternates import Absence, AbsencePeriod, Alternate, AlternatePeriod
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
from bylaws.models.interests import DeclaredInterest, InterestRuled
from bylaws.models.membership import Appointment, AppointmentPeriod, Bar, BarPeriod, StaffCategory
from bylaws.models.policies import (
    Policy,
    PolicyAcknowledgement,
    PolicyApproval,
    PolicyComment,
    PolicyReview,
    PolicyVersion,
)
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
    "Appointment",
    "AppointmentPeriod",
    "Attendance",
    "Bar",
    "BarPeriod",
    "BarReview",
    "Committee",
    "CommitteeSeat",
    "CommitteeSeatPeriod",
    "DataBankQuestion",
    "DataBankRecord",
    "Decision",
    "DecisionLine",
    "DeclaredInterest",
    "InterestRuled",
    "Investigation",
    "InvestigationPeriod",
    "Meeting",
    "Motion",
    "Policy",
    "PolicyAcknowledgement",
    "PolicyApproval",
    "PolicyComment",
    "PolicyReview",
    "PolicyVersion",
    "Recusal",
    "ReviewCase",
    "ReviewStep",
    "StaffCategory",
    "Vote",
]
