from credentialing.models.affiliations import AffiliationReply, AffiliationRequest
from credentialing.models.applications import Application, RedFlag, VerificationAttempt, VerificationItem
from credentialing.models.enquiries import Enquiry, EnquiryMail
from credentialing.models.intake import FiledPart, IncomingPaper
from credentialing.models.letters import (
    LetterArrival,
    LetterMail,
    LetterSending,
    LetterTemplate,
    LetterTemplateVersion,
    OfficeLetter,
)
from credentialing.models.npdb import ContinuousQueryEnrolment, ContinuousQueryPeriod, NPDBQuery
from credentialing.models.packets import (
    Deficiency,
    Packet,
    PacketLink,
    PacketMail,
    PacketSection,
    PacketSignature,
    SectionVersion,
)
from credentialing.models.reminders import OutboxMessage
from credentialing.models.screening import (
    ExclusionList,
    ListRow,
    ListRowBlock,
    ListSnapshot,
    ScreeningMatch,
    ScreeningRun,
)
from credentialing.models.sources import ConnectedSource, SourceCall

__all__ = [
    "AffiliationReply",
    "AffiliationRequest",
    "Application",
    "ConnectedSource",
    "ContinuousQueryEnrolment",
    "ContinuousQueryPeriod",
    "Deficiency",
    "Enquiry",
    "EnquiryMail",
    "ExclusionList",
    "FiledPart",
    "IncomingPaper",
    "LetterArrival",
    "LetterMail",
    "LetterSending",
    "LetterTemplate",
    "LetterTemplateVersion",
    "ListRow",
    "ListRowBlock",
    "ListSnapshot",
    "NPDBQuery",
    "OfficeLetter",
    "OutboxMessage",
    "Packet",
    "PacketLink",
    "PacketMail",
    "PacketSection",
    "PacketSignature",
    "RedFlag",
    "ScreeningMatch",
    "ScreeningRun",
    "SectionVersion",
    "SourceCall",
    "VerificationAttempt",
    "VerificationItem",
]
