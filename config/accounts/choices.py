"""Roles and the classes of data they open."""

from config.kernel.choices import StatusChoices


class Role(StatusChoices):
    """What a person comes for. Held per facility; one person may hold several."""

    CREDENTIALING_COORDINATOR = "credentialing_coordinator", "neutral", "Credentialing coordinator"
    MEDICAL_STAFF_COORDINATOR = "medical_staff_coordinator", "neutral", "Medical staff coordinator"
    DIRECTOR = "director", "neutral", "Director of medical staff services"
    DEPARTMENT_CHAIR = "department_chair", "neutral", "Department chair"
    COMMITTEE_MEMBER = "committee_member", "neutral", "Committee member"
    BOARD_MEMBER = "board_member", "neutral", "Board member"
    MEDICAL_STAFF_PRESIDENT = "medical_staff_president", "neutral", "Medical staff president"
    CHIEF_MEDICAL_OFFICER = "chief_medical_officer", "neutral", "Chief medical officer"
    CHIEF_EXECUTIVE = "chief_executive", "neutral", "Chief executive officer"
    QUALITY_COORDINATOR = "quality_coordinator", "neutral", "Quality and peer review coordinator"
    COMPLIANCE_OFFICER = "compliance_officer", "neutral", "Compliance officer"
    PRACTITIONER = "practitioner", "neutral", "Practitioner"
    LOOKUP = "lookup", "neutral", "Privilege lookup (ward, OR, ED)"
    ADMINISTRATOR = "administrator", "neutral", "Administrator"


class DataClass(StatusChoices):
    """Confidentiality class of a piece of data; reading a protected class is logged."""

    GENERAL = "general", "neutral", "General"
    IDENTITY = "identity", "warn", "Identity (birth date, SSN)"
    DATA_BANK = "data_bank", "bad", "Data bank (NPDB)"
    PEER_REVIEW = "peer_review", "bad", "Peer review"
    HEALTH = "health", "warn", "Health"
