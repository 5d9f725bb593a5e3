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
from bylaws.models.membership import Appointment, AppointmentPeriod, Bar, BarPeriod, StaffCategory
from bylaws.models.policies import Policy, PolicyVersion
from bylaws.models.reviews import Decision, DecisionLine, ReviewCase, ReviewStep

__all__ = [
    "AgendaItem",
    "Appointment",
    "AppointmentPeriod",
    "Attendance",
    "Bar",
    "BarPeriod",
    "Committee",
    "CommitteeSeat",
    "CommitteeSeatPeriod",
    "Decision",
    "DecisionLine",
    "Meeting",
    "Motion",
    "Policy",
    "PolicyVersion",
    "Recusal",
    "ReviewCase",
    "ReviewStep",
    "StaffCategory",
    "Vote",
]
