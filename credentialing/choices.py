"""Words of credentialing."""

from config.kernel.choices import StatusChoices


class ApplicationKind(StatusChoices):
    """What is applied for."""

    PRE_APPLICATION = "pre_application", "muted", "Pre-application"
    INITIAL = "initial", "info", "Initial appointment"
    REAPPOINTMENT = "reappointment", "neutral", "Reappointment"
    ADDED_PRIVILEGES = "added_privileges", "info", "Added privileges"
    CATEGORY_CHANGE = "category_change", "neutral", "Change of category"
    REINSTATEMENT = "reinstatement", "neutral", "Reinstatement after leave"
    TEMPORARY = "temporary", "warn", "Temporary privileges"
    LOCUM = "locum", "warn", "Locum tenens"
    TELEMEDICINE = "telemedicine", "info", "Telemedicine by proxy"
    DISASTER = "disaster", "bad", "Disaster privileges"


class TemporaryGround(StatusChoices):
    """Why temporary privileges are asked for: there are only two grounds (MS.06.01.13)."""

    NEED = "need", "warn", "An important patient care need"
    APPLICANT = "applicant", "info", "A complete, clean application that awaits the MEC and the board"


class VolunteerProof(StatusChoices):
    """What a volunteer in a disaster shows beside a government photo ID: one of these (EM.12.02.03)."""

    HOSPITAL_ID = "hospital_id", "good", "Photo ID of a hospital that names the profession"
    LICENSE = "license", "good", "A current license to practice"
    AT_SOURCE = "at_source", "good", "The license, verified at its source"
    TEAM = "team", "good", "Card of a response team or register (DMAT, MRC, ESAR-VHP)"
    AUTHORITY = "authority", "good", "Granted authority by a government body in the disaster"
    KNOWN = "known", "warn", "Known to a member of the staff, who confirms who they are and what they can do"


class ApplicationStatus(StatusChoices):
    """Life of an application (stored; lateness and staleness are derived)."""

    DRAFT = "draft", "muted", "Draft"
    SUBMITTED = "submitted", "info", "Submitted"
    INCOMPLETE = "incomplete", "warn", "Incomplete"
    IN_VERIFICATION = "in_verification", "info", "In verification"
    COMPLETE = "complete", "good", "Complete"
    IN_REVIEW = "in_review", "info", "In review"
    APPROVED = "approved", "good", "Approved"
    APPROVED_MODIFIED = "approved_modified", "good", "Approved with changes"
    DENIED = "denied", "bad", "Denied"
    WITHDRAWN = "withdrawn", "muted", "Withdrawn"
    WITHDRAWN_INCOMPLETE = "withdrawn_incomplete", "muted", "Withdrawn, never completed"
    CLOSED_INELIGIBLE = "closed_ineligible", "muted", "Not eligible"
    ISSUED = "issued", "good", "Application issued"


class ItemStatus(StatusChoices):
    """Life of one verification (staleness is derived)."""

    NOT_STARTED = "not_started", "muted", "Not started"
    REQUESTED = "requested", "info", "Requested"
    AWAITING = "awaiting", "info", "Awaiting answer"
    RECEIVED = "received", "info", "Received, to be reviewed"
    DISCREPANT = "discrepant", "warn", "Discrepancy"
    VERIFIED = "verified", "good", "Verified"
    VERIFIED_ADVERSE = "verified_adverse", "bad", "Verified, adverse"
    UNABLE = "unable", "warn", "Unable to verify"
    WAIVED = "waived", "warn", "Waived"
    NOT_APPLICABLE = "not_applicable", "muted", "Not applicable"
    SUPERSEDED = "superseded", "muted", "Superseded"


class Element(StatusChoices):
    """What is verified. A code of the field, used in parameters, items and the gate."""

    STATE_LICENSE = "STATE_LICENSE", "neutral", "State license"
    PAST_LICENSE = "PAST_LICENSE", "neutral", "Past license"
    LICENSE_SANCTIONS = "LICENSE_SANCTIONS", "neutral", "License sanctions"
    DEA = "DEA", "neutral", "DEA registration"
    CDS = "CDS", "neutral", "State controlled substances registration"
    BOARD_CERTIFICATION = "BOARD_CERTIFICATION", "neutral", "Board certification"
    MEDICAL_SCHOOL = "MEDICAL_SCHOOL", "neutral", "Medical school"
    ECFMG = "ECFMG", "neutral", "ECFMG certification"
    RESIDENCY = "RESIDENCY", "neutral", "Residency or fellowship"
    WORK_HISTORY = "WORK_HISTORY", "neutral", "Work history"
    HOSPITAL_AFFILIATION = "HOSPITAL_AFFILIATION", "neutral", "Hospital affiliation"
    MALPRACTICE_COVER = "MALPRACTICE_COVER", "neutral", "Malpractice coverage"
    MALPRACTICE_HISTORY = "MALPRACTICE_HISTORY", "neutral", "Malpractice history"
    PEER_REFERENCE = "PEER_REFERENCE", "neutral", "Peer reference"
    IDENTITY = "IDENTITY", "neutral", "Identity"
    NPI = "NPI", "neutral", "NPI in the registry"
    EXCLUSION = "EXCLUSION", "neutral", "Exclusion screening"
    NPDB = "NPDB", "neutral", "NPDB query"
    BACKGROUND = "BACKGROUND", "neutral", "Criminal background"
    HEALTH_STATUS = "HEALTH_STATUS", "neutral", "Health clearance"
    IMMUNIZATION = "IMMUNIZATION", "neutral", "Immunization or tuberculosis screening"
    CME = "CME", "neutral", "Continuing education"
    LIFE_SUPPORT = "LIFE_SUPPORT", "neutral", "Life support certificate"
    CASE_LOG = "CASE_LOG", "neutral", "Case log"
    ATTESTATION = "ATTESTATION", "neutral", "Attestation and release"
    DISTANT_SITE = "DISTANT_SITE", "neutral", "Distant site's decision and list of privileges"


class AttemptOutcome(StatusChoices):
    """What came of one attempt to verify."""

    SENT = "sent", "info", "Request sent"
    ANSWERED = "answered", "good", "Answered"
    NO_ANSWER = "no_answer", "warn", "No answer"
    NOT_FOUND = "not_found", "warn", "Not found at the source"
    COULD_NOT_CHECK = "could_not_check", "warn", "Could not be checked"


class Severity(StatusChoices):
    """How much a red flag weighs."""

    INFO = "info", "info", "For information"
    WARN = "warn", "warn", "Needs review"
    SERIOUS = "serious", "bad", "Serious"


class FlagStatus(StatusChoices):
    """Life of a red flag."""

    OPEN = "open", "warn", "Open"
    DISPOSED = "disposed", "muted", "Disposed of in writing"
    NO_LONGER = "no_longer", "muted", "No longer so"


class FileCategory(StatusChoices):
    """How a file goes to the bodies (derived; a person may raise it, nobody lowers it)."""

    ONE = "one", "good", "Category 1: clean"
    TWO = "two", "warn", "Category 2: full review"


class ListKind(StatusChoices):
    """Which exclusion list a file is."""

    LEIE = "leie", "neutral", "OIG LEIE, the full monthly file (CSV)"
    SAM = "sam", "neutral", "SAM.gov exclusions, the public extract (ZIP or CSV)"
    STATE = "state", "neutral", "A state's Medicaid list (CSV or Excel), by a mapping"


class ListChange(StatusChoices):
    """What became of a row of an exclusion list with a load."""

    ADDED = "added", "warn", "Added"
    CHANGED = "changed", "info", "Corrected"
    REMOVED = "removed", "muted", "Removed"


class MatchClass(StatusChoices):
    """How strong a match is; a high score is never identity."""

    CONFIRMED_CANDIDATE = "confirmed_candidate", "bad", "Strong candidate"
    POSSIBLE = "possible", "warn", "Possible"
    WEAK = "weak", "muted", "Weak"


class MatchStatus(StatusChoices):
    """Review of a match."""

    NEW = "new", "warn", "New"
    CLEARED = "cleared", "good", "Cleared"
    CONFIRMED = "confirmed", "bad", "Confirmed: excluded"


class ClearReason(StatusChoices):
    """Why a match excludes nobody: it is not the same person, or the exclusion is over."""

    DOB_DIFFERS = "dob_differs", "neutral", "Birth date differs"
    SSN_VERIFIED_NOT_SAME = "ssn_not_same", "neutral", "Verified by SSN: not the same"
    NPI_DIFFERS = "npi_differs", "neutral", "NPI differs"
    MIDDLE_DIFFERS = "middle_differs", "neutral", "Middle name differs"
    ADDRESS_HISTORY = "address_history", "neutral", "Address history differs"
    REINSTATED = "reinstated", "neutral", "Reinstated: the exclusion is over"
    OTHER = "other", "neutral", "Other"


class NPDBQueryKind(StatusChoices):
    """One-time, or enrolment in Continuous Query."""

    ONE_TIME = "one_time", "neutral", "One-time query"
    CONTINUOUS = "continuous", "neutral", "Continuous Query enrollment"


class NPDBReason(StatusChoices):
    """Why the data bank was queried."""

    INITIAL = "initial", "neutral", "Initial appointment"
    REAPPOINTMENT = "reappointment", "neutral", "Reappointment"
    NEW_PRIVILEGE = "new_privilege", "neutral", "New privilege"
    TWO_YEARS = "two_years", "neutral", "Two-year query"


class MailStatus(StatusChoices):
    """Life of a mail: claimed before it is sent, so that it is sent once."""

    WAITING = "waiting", "info", "To be sent"
    CLAIMED = "claimed", "info", "Being sent"
    SENT = "sent", "good", "Sent"
    FAILED = "failed", "bad", "Could not be sent"
    RETURNED = "returned", "bad", "Came back"
    MOOT = "moot", "muted", "No longer needed"


class Told(StatusChoices):
    """As what somebody is reminded of a credential that ends."""

    PRACTITIONER = "practitioner", "neutral", "Practitioner"
    OFFICE = "office", "neutral", "Office"
    COORDINATOR = "coordinator", "neutral", "Coordinator"
    CHAIR = "chair", "neutral", "Department chair"


class LeftOut(StatusChoices):
    """Why somebody who is to be reminded is not."""

    NO_ADDRESS = "no_address", "warn", "No address"
    FAILS = "fails", "bad", "Mail comes back"


class MailKind(StatusChoices):
    """What the product mails; the first word of each mail's Message-ID."""

    REMINDER = "reminder", "neutral", "Reminder"
    ENQUIRY = "enquiry", "neutral", "Form to a peer or another hospital"
    PACKET = "packet", "neutral", "Mail about a packet"
    LETTER = "letter", "neutral", "Letter of the office"
    AFFILIATION = "affiliation", "neutral", "Affiliation letter"
    ENROLMENT = "enrolment", "neutral", "Reminder of enrollments"
    NUDGE = "nudge", "neutral", "Reminder of a file that waits"
    DISCLOSURE = "disclosure", "neutral", "Reminder of a disclosure of interests"
    CHANGES = "changes", "neutral", "Notice of changes to a department"
    INVITATION = "invitation", "neutral", "Invitation to a meeting"
    MEMBER = "member", "neutral", "Mail that something waits"


class DisclosureAsked(StatusChoices):
    """When a yearly disclosure of interests is asked for."""

    AHEAD = "ahead", "info", "Before it is due"
    LATE = "late", "warn", "Once it is late"


class InvitationMethod(StatusChoices):
    """What a calendar is asked to do (RFC 5546)."""

    REQUEST = "REQUEST", "info", "Invitation"
    CANCEL = "CANCEL", "muted", "Cancellation"


class ReturnHow(StatusChoices):
    """How it became known that a mail came back."""

    REFUSED = "refused", "bad", "Refused at hand-over"
    NOTICE = "notice", "bad", "Delivery notice"
    HAND = "hand", "bad", "Written down by hand"


class PaperChannel(StatusChoices):
    """How a paper reached the office."""

    SCAN = "scan", "neutral", "Scanned"
    FAX = "fax", "neutral", "Fax"
    MAIL = "mail", "neutral", "Mail"
    EMAIL = "email", "neutral", "E-mail"
    UPLOAD = "upload", "neutral", "Uploaded"


class PaperStatus(StatusChoices):
    """Life of an incoming paper; how much of it is filed is counted, not stored."""

    TO_FILE = "to_file", "warn", "To be filed"
    FILED = "filed", "good", "Filed"
    DISCARDED = "discarded", "muted", "Discarded"


class AffiliationChannel(StatusChoices):
    """How another organization asked about an affiliation."""

    WEB = "web", "neutral", "Form on the web"
    PHONE = "phone", "neutral", "Telephone"
    FAX = "fax", "neutral", "Fax"
    MAIL = "mail", "neutral", "Mail"
    EMAIL = "email", "neutral", "E-mail"


class AffiliationPurpose(StatusChoices):
    """What the other organization wants to know it for."""

    APPOINTMENT = "appointment", "neutral", "Appointment or privileges"
    EMPLOYMENT = "employment", "neutral", "Employment"
    LICENSURE = "licensure", "neutral", "Licensure"
    ENROLMENT = "enrolment", "neutral", "Enrollment with a payer"
    INSURANCE = "insurance", "neutral", "Malpractice insurance"
    OTHER = "other", "muted", "Something else"


class AffiliationStatus(StatusChoices):
    """Life of a request for an affiliation letter."""

    TO_ANSWER = "to_answer", "warn", "To be answered"
    REPLYING = "replying", "info", "Reply goes out"
    REPLIED = "replied", "good", "Replied"
    CAME_BACK = "came_back", "bad", "Reply came back"
    CLOSED = "closed", "muted", "Closed without a reply"


class AffiliationReplyKind(StatusChoices):
    """What the office answers."""

    STANDARD = "standard", "good", "Standard reply"
    DATES = "dates", "neutral", "Dates only"
    OWN = "own", "info", "Own letter"
    DECLINE = "decline", "warn", "Declined"


class EnquiryStatus(StatusChoices):
    """Life of a form sent to a peer or another hospital (that it is overdue or expired is derived)."""

    TO_SEND = "to_send", "info", "To be sent"
    SENT = "sent", "info", "Sent"
    OPENED = "opened", "info", "Opened"
    ANSWERED = "answered", "good", "Answered"
    DECLINED = "declined", "warn", "Declined"
    WITHDRAWN = "withdrawn", "muted", "Withdrawn"
    BOUNCED = "bounced", "bad", "Came back"


class Connector(StatusChoices):
    """The kinds of sources a machine can ask."""

    NPPES = "nppes", "neutral", "NPI registry"
    LICENCE_BOARD = "licence_board", "neutral", "State license board"
    EXCLUSION_LIST = "exclusion_list", "neutral", "Exclusion list, fetched as a file"


class CallOutcome(StatusChoices):
    """What came of asking a source once."""

    FOUND = "found", "good", "Found"
    NOT_FOUND = "not_found", "warn", "Not found"
    UNCHANGED = "unchanged", "good", "Unchanged since it was fetched last"
    COULD_NOT_CHECK = "could_not_check", "bad", "Could not be checked"


class RunKind(StatusChoices):
    """What a run of questions covers."""

    APPLICATION = "application", "neutral", "One application"
    DUE = "due", "neutral", "Licenses that run out"


class ScreeningScope(StatusChoices):
    """Whom a screening of the staff covers."""

    EVERYONE = "everyone", "neutral", "Everyone"
    REST = "rest", "neutral", "Whoever was not screened against the newest lists"


class RunState(StatusChoices):
    """How far a run is (derived)."""

    UNDER_WAY = "under_way", "info", "Under way"
    DONE = "done", "good", "Done"
    UNCHECKED = "unchecked", "warn", "Ended, not all checked"
    CANCELLED = "cancelled", "muted", "Canceled"


class StepState(StatusChoices):
    """How far one question of a run is; while it is open, this follows from what was asked so far."""

    WAITING = "waiting", "muted", "Waiting"
    ASKING = "asking", "info", "Being asked"
    HELD = "held", "warn", "Source left alone"
    AGAIN = "again", "warn", "Could not be checked yet"
    ANSWERED = "answered", "good", "Answered"
    COULD_NOT_CHECK = "could_not_check", "bad", "Could not be checked"
    CANCELLED = "cancelled", "muted", "Not asked: canceled"
    OVERTAKEN = "overtaken", "neutral", "Settled otherwise"


class SourceHealth(StatusChoices):
    """How a source does (derived from its last questions)."""

    ANSWERING = "answering", "good", "Answers"
    TROUBLE = "trouble", "warn", "Did not answer the last question"
    RESTING = "resting", "bad", "Rests after failures"
    UNASKED = "unasked", "muted", "Not asked yet"
    OFF = "off", "muted", "Switched off"


class PacketStatus(StatusChoices):
    """Life of an application packet (that its link ran out, or that it is late, is derived)."""

    INVITED = "invited", "info", "Invited"
    OPEN = "open", "info", "Being filled in"
    SIGNED = "signed", "warn", "Signed, to be reviewed"
    RETURNED = "returned", "warn", "Returned for correction"
    ACCEPTED = "accepted", "good", "Taken into the file"
    WITHDRAWN = "withdrawn", "muted", "Withdrawn"


class SectionStatus(StatusChoices):
    """How far one section of a packet is."""

    NOT_STARTED = "not_started", "muted", "Not started"
    IN_PROGRESS = "in_progress", "info", "Something is missing"
    COMPLETE = "complete", "good", "Complete"
    RETURNED = "returned", "warn", "To be corrected"
    ACCEPTED = "accepted", "good", "Accepted"


class PacketRole(StatusChoices):
    """For whom a packet's link was made: the delegate fills in, and never signs."""

    APPLICANT = "applicant", "neutral", "Applicant"
    DELEGATE = "delegate", "neutral", "Delegate"


class PacketMailKind(StatusChoices):
    """What a mail about a packet says."""

    INVITATION = "invitation", "neutral", "Invitation"
    RETURNED = "returned", "warn", "Returned for correction"
    DUE = "due", "warn", "Reminder of the packet"
    DEFICIENCY = "deficiency", "warn", "Reminder of what is missing"
    WITHDRAWN = "withdrawn", "muted", "The application counts as withdrawn"


class AuditResult(StatusChoices):
    """What an auditor finds of one element of one file (derived from the rows, never stored)."""

    PASS = "pass", "good", "Pass"
    FAIL = "fail", "bad", "Fail"
    UNKNOWN = "unknown", "warn", "Unknown"
    NOT_NEEDED = "not_needed", "muted", "Not needed"


class LetterOccasion(StatusChoices):
    """When a template may be used (rules/letters.py judges it)."""

    ANY = "any", "neutral", "At any time"
    RECEIVED = "received", "neutral", "An application came in and is not decided"
    MISSING = "missing", "neutral", "Something is missing of an application"
    WITHDRAWN = "withdrawn", "neutral", "An application was withdrawn as incomplete"
    DISCREPANCY = "discrepancy", "neutral", "A source says something else than the applicant"
    TRAINING = "training", "neutral", "Education or training is to be verified"
    APPOINTED = "appointed", "neutral", "The board has appointed"
    RESIGNED = "resigned", "neutral", "A member resigned or retired"
    TERMINATED = "terminated", "neutral", "Membership ended with a contract or agreement"
    NOT_RENEWED = "not_renewed", "neutral", "A member did not ask for reappointment"
    ON_LEAVE = "on_leave", "neutral", "A leave of absence stands or is to come"
    ADVERSE = (
        "adverse",
        "warn",
        "The Medical Executive Committee recommended against, and the board has not decided",
    )
    ADVERSE_BOARD = "adverse_bd", "warn", "The board proposes against, otherwise than was recommended to it"
    FOR_A_TIME = "for_a_time", "neutral", "Privileges were granted for a time"
    DISASTER = "disaster", "neutral", "Disaster privileges were granted"
    HEARING = "hearing", "warn", "A hearing was asked for"
    TEMPORARY_ENDED = (
        "temp_ended",
        "neutral",
        "Temporary privileges ended with the application they waited beside",
    )
    GIVEN_UP = "given_up", "neutral", "Privileges were given up"
    REVOKED = "revoked", "warn", "Privileges were revoked"
    NOT_ACCEPTED = "not_taken", "neutral", "Something asked for is not accepted for processing"
    FPPE_BEGUN = "fppe_begun", "neutral", "A focused evaluation is under way and not told yet"
    FPPE_CLOSED = "fppe_closed", "neutral", "A focused evaluation is closed and that is not told yet"
    CAUSE_BEGUN = "cause_begun", "warn", "A focused evaluation for cause is under way and not told yet"
    CAUSE_CLOSED = "cause_done", "warn", "A focused evaluation for cause is closed and that is not told yet"
    MEMBER = "member", "neutral", "An appointment is in force"
    MAIL = "mail", "info", "It goes out as an e-mail by itself"


class HearingEvent(StatusChoices):
    """What a practitioner or the hospital does about the right to a hearing."""

    WAIVED = "waived", "muted", "Waived in writing"
    REQUESTED = "requested", "warn", "Hearing asked for"
    OVER = "over", "good", "Hearing over"


class HearingState(StatusChoices):
    """How far the right to a hearing is (derived, never stored)."""

    TO_NOTIFY = "to_notify", "bad", "Notice owed"
    NOT_DELIVERED = "not_delivered", "warn", "Notice on its way"
    RUNNING = "running", "warn", "A hearing can be asked for"
    REQUESTED = "requested", "warn", "Hearing asked for"
    WAIVED = "waived", "good", "Waived"
    EXPIRED = "expired", "good", "Not asked for in time"
    OVER = "over", "good", "Hearing over"


class LetterRecipient(StatusChoices):
    """To whom a template writes."""

    PRACTITIONER = "practitioner", "neutral", "The practitioner"
    OTHER = "other", "neutral", "A school, program or organization"


class SendingChannel(StatusChoices):
    """How a letter goes out."""

    EMAIL = "email", "neutral", "E-mail with the PDF"
    FIRST_CLASS = "first_class", "neutral", "First class mail"
    CERTIFIED = "certified", "info", "Certified mail, return receipt"
    COURIER = "courier", "info", "Courier"
    BY_HAND = "by_hand", "info", "By hand"


class SendingOutcome(StatusChoices):
    """What became of a letter on its way."""

    DELIVERED = "delivered", "good", "Delivered"
    REFUSED = "refused", "warn", "Delivery refused"
    CAME_BACK = "came_back", "bad", "Came back"


class LetterState(StatusChoices):
    """How far a letter is (derived from its sendings and what came of them)."""

    TO_SEND = "to_send", "warn", "To send"
    SENDING = "sending", "info", "E-mail on its way"
    SENT = "sent", "info", "Sent"
    DELIVERED = "delivered", "good", "Delivered"
    REFUSED = "refused", "warn", "Delivery refused"
    CAME_BACK = "came_back", "bad", "Came back"
    FAILED = "failed", "bad", "E-mail failed"
    NOT_RECORDED = "not_recorded", "muted", "Sending not recorded"


class PacketStage(StatusChoices):
    """How far a packet is, with what its dates imply (derived, never stored)."""

    NONE = "none", "muted", "None"
    INVITED = "invited", "info", "Invited"
    EXPIRED = "expired", "bad", "Invitation ran out"
    OPEN = "open", "info", "Being filled in"
    SIGNED = "signed", "warn", "Signed, to be reviewed"
    RETURNED = "returned", "warn", "Returned for correction"
    ACCEPTED = "accepted", "good", "Taken into the file"


class Outlook(StatusChoices):
    """Whether the board can decide before a term ends (derived from steps and meetings, never stored)."""

    DECIDED = "decided", "good", "Next term decided"
    LEAVES = "leaves", "muted", "Leaves the staff"
    NOT_DUE = "not_due", "muted", "Not due yet"
    IN_TIME = "in_time", "good", "In time"
    UNCALLED = "uncalled", "muted", "Meetings not called yet"
    NO_MEETING = "no_meeting", "warn", "No meeting called in time"
    WILL_LAPSE = "will_lapse", "bad", "Will lapse"


class RosterKind(StatusChoices):
    """What a payer is given."""

    FULL = "full", "neutral", "Full roster"
    CHANGES = "changes", "neutral", "Adds and terms"


class DayForm(StatusChoices):
    """How a payer wants days written."""

    ISO = "iso", "neutral", "2026-03-31"
    AMERICAN = "us", "neutral", "03/31/2026"
    PLAIN = "plain", "neutral", "20260331"


class DelegatedFunction(StatusChoices):
    """What a payer leaves to this office."""

    INITIAL = "initial", "neutral", "Initial credentialing"
    RECREDENTIALING = "recredentialing", "neutral", "Recredentialing"
    DECISION = "decision", "neutral", "The credentialing committee's decision"
    MONITORING = "monitoring", "neutral", "Monitoring of sanctions between cycles"
    NOTICE = "notice", "neutral", "Telling the practitioner what was decided"


class DistantSiteKind(StatusChoices):
    """What a distant site is: the Conditions of Participation ask each for another agreement."""

    HOSPITAL = "hospital", "neutral", "Distant-site hospital"
    ENTITY = "entity", "neutral", "Distant-site telemedicine entity"


class ReportRhythm(StatusChoices):
    """How often a payer is told what was done for it; periods are those of the calendar."""

    MONTHLY = "monthly", "neutral", "Every month"
    QUARTERLY = "quarterly", "neutral", "Every quarter"
    HALF_YEARLY = "half_yearly", "neutral", "Every half year"


class AuditKind(StatusChoices):
    """Why a payer looks at how this office credentials."""

    PRE_DELEGATION = "pre_delegation", "neutral", "Assessment before delegation"
    ANNUAL = "annual", "neutral", "Annual audit"
    FOCUSED = "focused", "info", "Audit for a cause"


class OversightResult(StatusChoices):
    """What a payer's audit came to."""

    MET = "met", "good", "Met"
    WITH_ACTION = "with_action", "warn", "Met with corrective action"
    NOT_MET = "not_met", "bad", "Not met"


class ReviewMark(StatusChoices):
    """What a reviewer of files writes in a cell."""

    YES = "Y", "good", "Y"
    NO = "N", "bad", "N"
    NOT_APPLICABLE = "NA", "muted", "NA"


class ProcessElement(StatusChoices):
    """What a payer looks for in a file beside what was verified."""

    CYCLE = "CYCLE", "neutral", "Recredentialed within the cycle"
    NOTICE = "NOTICE", "neutral", "Told of the decision in time"
    ROSTER_AFTER = "ROSTER_AFTER", "neutral", "On the roster only from the decision on"
