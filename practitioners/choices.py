"""Words of the practitioner room."""

from config.kernel.choices import StatusChoices


class ProviderType(StatusChoices):
    """What degree or profession a person practises under."""

    MD = "MD", "neutral", "Physician (MD)"
    DO = "DO", "neutral", "Physician (DO)"
    DPM = "DPM", "neutral", "Podiatrist (DPM)"
    DDS = "DDS", "neutral", "Dentist (DDS)"
    DMD = "DMD", "neutral", "Dentist (DMD)"
    OD = "OD", "neutral", "Optometrist (OD)"
    DC = "DC", "neutral", "Chiropractor (DC)"
    PHD = "PHD", "neutral", "Psychologist (PhD)"
    PSYD = "PSYD", "neutral", "Psychologist (PsyD)"
    NP = "NP", "neutral", "Nurse practitioner"
    PA = "PA", "neutral", "Physician assistant"
    CRNA = "CRNA", "neutral", "Nurse anesthetist"
    CNM = "CNM", "neutral", "Nurse midwife"
    CNS = "CNS", "neutral", "Clinical nurse specialist"
    AA = "AA", "neutral", "Anesthesiologist assistant"
    PHARMD = "PHARMD", "neutral", "Pharmacist"
    LCSW = "LCSW", "neutral", "Clinical social worker"
    RNFA = "RNFA", "neutral", "Registered nurse first assistant"
    OTHER = "OTHER", "muted", "Other"


class Sex(StatusChoices):
    """As stated to the registry."""

    FEMALE = "F", "neutral", "Female"
    MALE = "M", "neutral", "Male"
    OTHER = "X", "neutral", "Another answer"


class NameKind(StatusChoices):
    """Which of a person's names this is."""

    LEGAL = "legal", "good", "Legal name"
    FORMER = "former", "neutral", "Former name"
    MAIDEN = "maiden", "neutral", "Maiden name"
    NICKNAME = "nickname", "neutral", "Known as"
    PROFESSIONAL = "professional", "neutral", "Professional name"
    OTHER = "other", "neutral", "Other name"


class IdentifierKind(StatusChoices):
    """What an identifier is (licences, DEA and certificates are credentials instead)."""

    MEDICAID = "medicaid", "neutral", "Medicaid number"
    MEDICARE = "medicare", "neutral", "Medicare number (PTAN)"
    UPIN = "upin", "muted", "UPIN"
    CAQH = "caqh", "neutral", "CAQH provider ID"
    ECFMG = "ecfmg", "neutral", "ECFMG number"
    NCSBN = "ncsbn", "neutral", "NCSBN ID (Nursys)"
    MILITARY = "military", "neutral", "Military ID"
    EMPLOYEE = "employee", "neutral", "Number in another system"
    OTHER = "other", "muted", "Other"


class ContactKind(StatusChoices):
    """What a contact point is for."""

    PRACTICE = "practice", "neutral", "Practice address"
    MAILING = "mailing", "neutral", "Mailing address"
    HOME = "home", "warn", "Home address"
    EMAIL = "email", "neutral", "E-mail"
    PHONE = "phone", "neutral", "Phone"


class CredentialCategory(StatusChoices):
    """Sections of the practitioner file."""

    LICENSURE = "licensure", "neutral", "Licenses"
    REGISTRATION = "registration", "neutral", "Registrations"
    CERTIFICATION = "certification", "neutral", "Board certification"
    EDUCATION = "education", "neutral", "Education"
    TRAINING = "training", "neutral", "Training"
    ACTIVITY = "activity", "neutral", "Work history"
    INSURANCE = "insurance", "neutral", "Malpractice coverage"
    LIFE_SUPPORT = "life_support", "neutral", "Life support"
    CLAIMS = "claims", "warn", "Malpractice claims"
    HEALTH = "health", "neutral", "Immunizations"
    EDUCATION_CONTINUED = "cme", "neutral", "Continuing education"
    SUPERVISION = "supervision", "neutral", "Supervision and collaboration"
    REFERENCE = "reference", "neutral", "Peer references"
    IDENTITY = "identity", "neutral", "Identity"


class Standing(StatusChoices):
    """Whether somebody said it or a source confirmed it."""

    CLAIMED = "claimed", "warn", "Claimed"
    CONFIRMED = "confirmed", "good", "Confirmed"


class CredentialStatus(StatusChoices):
    """What the issuer says of the credential, mapped from each board's words; dates are the period's."""

    ACTIVE = "ACTIVE", "good", "Active"
    ACTIVE_LIMITED = "ACTIVE_LIMITED", "warn", "Active, limited"
    PROBATION = "PROBATION", "warn", "On probation"
    TEMPORARY = "TEMPORARY", "info", "Temporary"
    TRAINING = "TRAINING", "info", "Training"
    INACTIVE = "INACTIVE", "muted", "Inactive"
    RETIRED = "RETIRED", "muted", "Retired"
    SUSPENDED = "SUSPENDED", "bad", "Suspended"
    REVOKED = "REVOKED", "bad", "Revoked"
    SURRENDERED = "SURRENDERED", "bad", "Surrendered"
    DENIED = "DENIED", "bad", "Denied"
    NOT_CERTIFIED = "NOT_CERTIFIED", "bad", "Not certified"
    ELIGIBLE = "ELIGIBLE", "info", "Board eligible"
    UNKNOWN = "UNKNOWN", "warn", "Unknown"


#: A licence in one of these permits practice; probation goes to the MEC, it is not "no licence".
PERMITS_PRACTICE = (CredentialStatus.ACTIVE, CredentialStatus.ACTIVE_LIMITED, CredentialStatus.PROBATION)


class SaidBy(StatusChoices):
    """Who made a statement."""

    APPLICANT = "applicant", "neutral", "Applicant"
    NPPES = "nppes", "neutral", "NPPES registry (self-reported)"
    CAQH = "caqh", "neutral", "CAQH (self-reported)"
    ROSTER = "roster", "neutral", "Roster"
    COORDINATOR = "coordinator", "neutral", "Coordinator"
    SOURCE = "source", "good", "Primary source"


class SourceKind(StatusChoices):
    """How near a source stands to the issuer."""

    PRIMARY = "primary", "good", "Primary source"
    DESIGNATED_EQUIVALENT = "des", "good", "Designated equivalent source"
    AGENT = "agent", "neutral", "Agent of the source"
    CVO = "cvo", "neutral", "Credentials verification organization"
    PERSON = "person", "neutral", "Seen by a person"
    SELF = "self", "warn", "Self-reported"


class Method(StatusChoices):
    """How the answer came."""

    WEB = "web", "neutral", "Web site"
    API = "api", "neutral", "Electronic interface"
    FILE = "file", "neutral", "Downloaded file"
    LETTER = "letter", "neutral", "Letter or e-mail"
    PHONE = "phone", "neutral", "Telephone"
    IN_PERSON = "in_person", "neutral", "In person"
    MINUTES = "minutes", "neutral", "Minutes"


class LetterKind(StatusChoices):
    """What a letter is about."""

    DECISION = "decision", "neutral", "Decision on application"
    ADMINISTRATIVE_SUSPENSION = "administrative_suspension", "warn", "Administrative suspension"
    REINSTATEMENT = "reinstatement", "good", "Reinstatement"
    AFFILIATION = "affiliation", "neutral", "Affiliation, to another organization"
    OFFICE = "office", "neutral", "Letter of the office"
    SPECIAL_NOTICE = "special_notice", "warn", "Special notice"
    FINDING_NOTICE = "finding_notice", "warn", "Notice of a finding"


class ContactChannel(StatusChoices):
    """How somebody was spoken to."""

    CALL_OUT = "call_out", "neutral", "We called"
    CALL_IN = "call_in", "neutral", "They called"
    MAIL_OUT = "mail_out", "neutral", "We wrote"
    MAIL_IN = "mail_in", "neutral", "They wrote"
    IN_PERSON = "in_person", "neutral", "In person"
    NOTE = "note", "muted", "Note"


class RegistryStatus(StatusChoices):
    """What the NPI registry says of a number."""

    ACTIVE = "active", "good", "Active"
    DEACTIVATED = "deactivated", "bad", "Deactivated"


class PairVerdict(StatusChoices):
    """What a person decided about two records that look like one person's."""

    DIFFERENT = "different", "neutral", "Two different people"
    MERGED = "merged", "good", "One person, merged"
    UNMERGED = "unmerged", "warn", "Merged by mistake, taken apart"


class ImportKind(StatusChoices):
    """What an imported file brings."""

    ROSTER = "roster", "neutral", "Roster"
    GO_LIVE = "go_live", "info", "Go-live load"


class ImportStatus(StatusChoices):
    """Where an import stands."""

    CHECKED = "checked", "info", "Checked, nothing written"
    APPLIED = "applied", "good", "Applied"
    UNDONE = "undone", "warn", "Undone"
    DISCARDED = "discarded", "muted", "Discarded"


class RowOutcome(StatusChoices):
    """What a row of an imported file means for the record."""

    NEW = "new", "good", "New"
    CHANGED = "changed", "info", "Changed"
    UNCHANGED = "unchanged", "muted", "Unchanged"
    REJECTED = "rejected", "bad", "Rejected"
