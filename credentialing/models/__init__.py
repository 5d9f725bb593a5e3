from credentialing.models.affiliations import AffiliationReply, AffiliationRequest
from credentialing.models.application_moves import ApplicationMove
from credentialing.models.applications import Application, RedFlag, VerificationAttempt, VerificationItem
from credentialing.models.assessment import CategoryRaise, ChangeSeen, FileSnapshot
from credentialing.models.certificates import ScreeningCertificate
from credentialing.models.delegation import (
    AuditFinding,
    DelegationAgreement,
    DelegationAgreementPeriod,
    DelegationAudit,
    DelegationReport,
    OversightFile,
    OversightMark,
    OversightSample,
)
from credentialing.models.disclosure_mails import DisclosureMail
from credentialing.models.emergencies import Activation
from credentialing.models.enquiries import Enquiry, EnquiryMail
from credentialing.models.handovers import HandedOver, Handover
from credentialing.models.hearings import HearingRecord
from credentialing.models.intake import FiledPart, IncomingPaper
from credentialing.models.invitations import MeetingInvitation
from credentialing.models.letters import (
    LetterArrival,
    LetterMail,
    LetterSending,
    LetterTemplate,
    LetterTemplateVersion,
    OfficeLetter,
)
from credentialing.models.member_mails import MemberMail
from credentialing.models.npdb import (
    ContinuousQueryEnrolment,
    ContinuousQueryPeriod,
    EnrolmentMail,
    EnrolmentReminder,
    NPDBQuery,
)
from credentialing.models.nudges import NudgeMail
from credentialing.models.packet_templates import PacketTemplateVersion
from credentialing.models.packets import (
    Deficiency,
    Packet,
    PacketLink,
    PacketMail,
    PacketSection,
    PacketSignature,
    SectionVersion,
)
from credentialing.models.payers import Payer, PayerEnrolment, PayerEnrolmentPeriod, RosterFile
from credentialing.models.reappointments import ReappointmentBatch, ReappointmentLaunch
from credentialing.models.reminders import OutboxMessage
from credentialing.models.returns import FailingAddress, ReturnedMail
from credentialing.models.runs import RunStep, VerificationRun
from credentialing.models.screening import (
    ExclusionList,
    ListRow,
    ListSnapshot,
    ScreeningMatch,
    ScreeningRun,
)
from credentialing.models.sources import ConnectedSource, SourceCall
from credentialing.models.staff_screening import ScreeningPart, StaffScreening
from credentialing.models.telemedicine import (
    DistantSite,
    DistantSiteList,
    ListedPractitioner,
    ListedPractitionerPeriod,
    ProxyAgreement,
    ProxyAgreementPeriod,
)

__all__ = [
    "Activation",
    "AffiliationReply",
    "AffiliationRequest",
    "Application",
    "ApplicationMove",
    "AuditFinding",
    "CategoryRaise",
    "ChangeSeen",
    "ConnectedSource",
    "ContinuousQueryEnrolment",
    "ContinuousQueryPeriod",
    "Deficiency",
    "DelegationAgreement",
    "DelegationAgreementPeriod",
    "DelegationAudit",
    "DelegationReport",
    "DisclosureMail",
    "DistantSite",
    "DistantSiteList",
    "Enquiry",
    "EnquiryMail",
    "EnrolmentMail",
    "EnrolmentReminder",
    "ExclusionList",
    "FailingAddress",
    "FileSnapshot",
    "FiledPart",
    "HandedOver",
    "Handover",
    "HearingRecord",
    "IncomingPaper",
    "LetterArrival",
    "LetterMail",
    "LetterSending",
    "LetterTemplate",
    "LetterTemplateVersion",
    "ListRow",
    "ListSnapshot",
    "ListedPractitioner",
    "ListedPractitionerPeriod",
    "MeetingInvitation",
    "MemberMail",
    "NPDBQuery",
    "NudgeMail",
    "OfficeLetter",
    "OutboxMessage",
    "OversightFile",
    "OversightMark",
    "OversightSample",
    "Packet",
    "PacketLink",
    "PacketMail",
    "PacketSection",
    "PacketSignature",
    "PacketTemplateVersion",
    "Payer",
    "PayerEnrolment",
    "PayerEnrolmentPeriod",
    "ProxyAgreement",
    "ProxyAgreementPeriod",
    "ReappointmentBatch",
    "ReappointmentLaunch",
    "RedFlag",
    "ReturnedMail",
    "RosterFile",
    "RunStep",
    "ScreeningCertificate",
    "ScreeningMatch",
    "ScreeningPart",
    "ScreeningRun",
    "SectionVersion",
    "SourceCall",
    "StaffScreening",
    "VerificationAttempt",
    "VerificationItem",
    "VerificationRun",
]
