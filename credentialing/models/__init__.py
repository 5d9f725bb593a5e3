from credentialing.models.affiliations import AffiliationReply, AffiliationRequest
from credentialing.models.applications import Application, RedFlag, VerificationAttempt, VerificationItem
from credentialing.models.enquiries import Enquiry, EnquiryMail
from credentialing.models.intake import FiledPart, IncomingPaper
from credentialing.models.npdb import ContinuousQueryEnrolment, ContinuousQueryPeriod, NPDBQuery
from credentialing.models.reminders import OutboxMessage
from credentialing.models.screening import (
    ExclusionList,
    ListRow,
    ListRowBlock,
    ListSnapshot,
    ScreeningMatch,
    ScreeningRun,
)

__all__ = [
    "AffiliationReply",
    "AffiliationRequest",
    "Application",
    "ContinuousQueryEnrolment",
    "ContinuousQueryPeriod",
    "Enquiry",
    "EnquiryMail",
    "ExclusionList",
    "FiledPart",
    "IncomingPaper",
    "ListRow",
    "ListRowBlock",
    "ListSnapshot",
    "NPDBQuery",
    "OutboxMessage",
    "RedFlag",
    "ScreeningMatch",
    "ScreeningRun",
    "VerificationAttempt",
    "VerificationItem",
]
