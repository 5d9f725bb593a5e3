"""Words of the organized medical staff."""

from config.kernel.choices import StatusChoices


class Body(StatusChoices):
    """Who acts in an approval chain."""

    DEPARTMENT_CHAIR = "department_chair", "neutral", "Department chair"
    CREDENTIALS_CHAIR = "credentials_chair", "neutral", "Chair of the credentials committee"
    CREDENTIALS_COMMITTEE = "credentials_committee", "neutral", "Credentials committee"
    MEC = "mec", "neutral", "Medical Executive Committee"
    BOARD = "board", "neutral", "Governing board"
    BOARD_COMMITTEE = "board_committee", "neutral", "Committee of the board"
    STAFF_PRESIDENT = "staff_president", "neutral", "Medical staff president"
    CHIEF_EXECUTIVE = "chief_executive", "neutral", "Chief executive officer"


#: Bodies that are one person's office: they act alone, not in a meeting.
ALONE = (
    Body.DEPARTMENT_CHAIR,
    Body.CREDENTIALS_CHAIR,
    Body.STAFF_PRESIDENT,
    Body.CHIEF_EXECUTIVE,
)
#: Those of them for which the chair of a committee acts.
CHAIRS = (Body.DEPARTMENT_CHAIR, Body.CREDENTIALS_CHAIR)
#: Bodies whose act grants; which of them may, the kind of application says. All others recommend.
GRANTING = (Body.BOARD, Body.BOARD_COMMITTEE, Body.CHIEF_EXECUTIVE)


class Office(StatusChoices):
    """Bodies that are an officer's, by a role and not by a seat."""

    STAFF_PRESIDENT = Body.STAFF_PRESIDENT.value, "neutral", Body.STAFF_PRESIDENT.label
    CHIEF_EXECUTIVE = Body.CHIEF_EXECUTIVE.value, "neutral", Body.CHIEF_EXECUTIVE.label


class CommitteeKind(StatusChoices):
    """What a committee is; a department acts through its chair."""

    DEPARTMENT = "department", "neutral", "Department"
    CREDENTIALS_COMMITTEE = "credentials_committee", "neutral", "Credentials committee"
    MEC = "mec", "neutral", "Medical Executive Committee"
    BOARD = "board", "neutral", "Governing board"
    BOARD_COMMITTEE = "board_committee", "neutral", "Committee of the board"
    GENERAL_STAFF = "general_staff", "neutral", "Medical staff"
    OTHER = "other", "neutral", "Other committee"


#: Committees that act in a meeting, by the body they are in the approval chain.
KIND_OF_BODY = {
    Body.CREDENTIALS_COMMITTEE: CommitteeKind.CREDENTIALS_COMMITTEE,
    Body.MEC: CommitteeKind.MEC,
    Body.BOARD: CommitteeKind.BOARD,
    Body.BOARD_COMMITTEE: CommitteeKind.BOARD_COMMITTEE,
}


class SeatRole(StatusChoices):
    """What a member is on the committee."""

    CHAIR = "chair", "info", "Chair"
    VICE_CHAIR = "vice_chair", "info", "Vice chair"
    MEMBER = "member", "neutral", "Member"
    EX_OFFICIO = "ex_officio", "muted", "Ex officio"


class SeatOffice(StatusChoices):
    """Offices that bring a seat with them. The values are those of ``config.accounts.choices.Role``, by which
    the office is held.
    """

    MEDICAL_STAFF_PRESIDENT = "medical_staff_president", "neutral", "Medical staff president"
    CHIEF_MEDICAL_OFFICER = "chief_medical_officer", "neutral", "Chief medical officer"
    CHIEF_EXECUTIVE = "chief_executive", "neutral", "Chief executive officer"
    DEPARTMENT_CHAIR = "department_chair", "neutral", "Department chair"


class StaffOffice(StatusChoices):
    """Offices of the medical staff, to which members are elected or appointed."""

    PRESIDENT = "president", "info", "President"
    PRESIDENT_ELECT = "president_elect", "info", "President-elect"
    VICE_PRESIDENT = "vice_president", "info", "Vice president"
    SECRETARY_TREASURER = "secretary_treasurer", "info", "Secretary-treasurer"
    PAST_PRESIDENT = "past_president", "info", "Immediate past president"


class OfficerChosen(StatusChoices):
    """How somebody came to an office."""

    ELECTED = "elected", "neutral", "Elected"
    APPOINTED = "appointed", "neutral", "Appointed to a vacancy"
    SUCCEEDED = "succeeded", "neutral", "Succeeded from another office"


class OfficerEnd(StatusChoices):
    """Why a term in an office ended before its time."""

    RESIGNED = "resigned", "neutral", "Resigned"
    REMOVED = "removed", "bad", "Removed"
    SUCCEEDED = "succeeded", "neutral", "Went on to another office"
    LEFT = "left", "neutral", "Left the medical staff"
    OTHER = "other", "neutral", "Another reason"


class OutsideInterest(StatusChoices):
    """What kind of interest somebody discloses."""

    EMPLOYMENT = "employment", "neutral", "Employment or consulting"
    OWNERSHIP = "ownership", "neutral", "Ownership or investment"
    PAYMENT = "payment", "neutral", "Payments, gifts or royalties"
    POSITION = "position", "neutral", "Office or board elsewhere"
    RESEARCH = "research", "neutral", "Research support"
    FAMILY = "family", "neutral", "Family or household"
    PRACTICE = "practice", "neutral", "Partner in practice"
    OTHER = "other", "neutral", "Another interest"


class DisclosureOwed(StatusChoices):
    """What somebody holds for which a yearly disclosure may be owed."""

    OFFICER = "officer", "neutral", "Office of the medical staff"
    CHAIR = "chair", "neutral", "Chair or vice chair of a body"
    VOTING_SEAT = "voting_seat", "neutral", "Seat with a vote"
    SEAT = "seat", "neutral", "Seat without a vote"


class DisclosureOutcome(StatusChoices):
    """What the office says of a disclosure."""

    NO_ACTION = "no_action", "good", "Nothing to manage"
    MANAGED = "managed", "info", "Managed"


class DisclosureState(StatusChoices):
    """How the yearly disclosure of somebody stands; derived."""

    MISSING = "missing", "bad", "Missing"
    AWAITED = "awaited", "neutral", "First one awaited"
    TO_REVIEW = "to_review", "warn", "To be reviewed"
    REVIEWED = "reviewed", "good", "Reviewed"
    NOTHING = "nothing", "good", "Nothing to disclose"
    UNKNOWN = "unknown", "warn", "Unknown"


class MeetingKind(StatusChoices):
    """How a meeting was called."""

    REGULAR = "regular", "neutral", "Regular"
    SPECIAL = "special", "info", "Special"


class MeetingStatus(StatusChoices):
    """Life of a meeting."""

    SCHEDULED = "scheduled", "info", "Scheduled"
    IN_SESSION = "in_session", "good", "In session"
    ADJOURNED = "adjourned", "muted", "Adjourned"
    CANCELLED = "cancelled", "muted", "Canceled"


class MinutesStatus(StatusChoices):
    """Life of the minutes of a meeting."""

    DRAFT = "draft", "warn", "Draft"
    CIRCULATED = "circulated", "info", "Circulated"
    APPROVED = "approved", "good", "Approved, to be signed"
    SIGNED = "signed", "good", "Approved and signed"


class SignedAs(StatusChoices):
    """As what somebody signs minutes."""

    CHAIR = "chair", "neutral", "Chair"
    SECRETARY = "secretary", "neutral", "Secretary"


class FollowUpState(StatusChoices):
    """How something to be done stands on a day; derived."""

    OPEN = "open", "info", "To do"
    OVERDUE = "overdue", "bad", "Overdue"
    DONE = "done", "good", "Done"


class AttendanceMode(StatusChoices):
    """How a member takes part."""

    IN_PERSON = "in_person", "neutral", "In person"
    REMOTE = "remote", "neutral", "Remote"


class StaffPresence(StatusChoices):
    """What the sheet of a meeting says of a member."""

    PRESENT = "present", "good", "Present"
    REMOTE = "remote", "good", "Present, remote"
    EXCUSED = "excused", "muted", "Excused"
    ABSENT = "absent", "warn", "Absent"


class AgendaStatus(StatusChoices):
    """What became of an agenda item."""

    OPEN = "open", "info", "Open"
    ACTED = "acted", "good", "Acted on"
    POSTPONED = "postponed", "warn", "Postponed"


class MotionStatus(StatusChoices):
    """What became of a motion."""

    OPEN = "open", "info", "Vote open"
    CARRIED = "carried", "good", "Carried"
    FAILED = "failed", "bad", "Failed"
    WITHDRAWN = "withdrawn", "muted", "Withdrawn"


class VoteChoice(StatusChoices):
    """A member's vote."""

    FOR = "for", "good", "For"
    AGAINST = "against", "bad", "Against"
    ABSTAIN = "abstain", "muted", "Abstain"


class CaseStatus(StatusChoices):
    """A file on its way through the approval chain."""

    OPEN = "open", "info", "In review"
    DECIDED = "decided", "good", "Decided"
    RETURNED = "returned", "warn", "Returned"
    WITHDRAWN = "withdrawn", "muted", "Withdrawn"


class StepStatus(StatusChoices):
    """One body's turn."""

    WAITING = "waiting", "muted", "Not yet its turn"
    OPEN = "open", "info", "Its turn"
    DEFERRED = "deferred", "warn", "Deferred"
    HELD = "held", "warn", "Held for a hearing"
    ACTED = "acted", "good", "Acted"
    CANCELLED = "cancelled", "muted", "Canceled"


#: The step whose turn it is: to act, or to take up again.
LIVE_STEPS = (StepStatus.OPEN, StepStatus.DEFERRED, StepStatus.HELD)


class DecisionKind(StatusChoices):
    """Only the board grants, and for a time the chief executive officer; everybody before recommends."""

    RECOMMENDATION = "recommendation", "neutral", "Recommendation"
    DECISION = "decision", "good", "Decision"


class LineKind(StatusChoices):
    """What a line of a decision is about."""

    APPOINTMENT = "appointment", "neutral", "Appointment"
    MEMBERSHIP = "membership", "neutral", "Membership"
    PRIVILEGE = "privilege", "neutral", "Privilege"


class LineOutcome(StatusChoices):
    """What a body says of one line."""

    RECOMMEND = "recommend", "good", "Recommend"
    MODIFY = "modify", "warn", "Recommend with changes"
    NOT_RECOMMEND = "not_recommend", "bad", "Do not recommend"
    DEFER = "defer", "info", "Defer"


class InterestKind(StatusChoices):
    """A reviewer's tie to whom a file is about."""

    PARTNER = "partner", "warn", "Partner in practice"
    RELATIVE = "relative", "warn", "Relative"
    COMPETITOR = "competitor", "warn", "Competitor"
    OTHER = "other", "warn", "Another interest"


class InterestRuling(StatusChoices):
    """What the chair ruled on a declared interest."""

    RECUSED = "recused", "bad", "Recused"
    TAKES_PART = "takes_part", "good", "Takes part"


class ConditionKind(StatusChoices):
    """What a condition on a recommended line asks, where a machine can read it."""

    PROCTOR = "proctor", "neutral", "Proctored cases"
    CONSULT = "consult", "neutral", "Consultation"
    SITE = "site", "neutral", "Site"
    AGE = "age", "neutral", "Age of the patients"
    VOLUME = "volume", "neutral", "Volume to keep"
    UNTIL = "until", "neutral", "Until a day"


class BarKind(StatusChoices):
    """What keeps granted authority from being used for a time."""

    ADMINISTRATIVE_SUSPENSION = "administrative_suspension", "bad", "Administrative suspension"
    LEAVE = "leave", "muted", "Leave of absence"
    PRECAUTIONARY_SUSPENSION = "precautionary_suspension", "bad", "Precautionary suspension"
    RESTRICTION = "restriction", "warn", "Restriction"


#: Why one of these stands belongs to peer review; that it stands does not.
PROTECTED_CAUSES = (BarKind.PRECAUTIONARY_SUSPENSION, BarKind.RESTRICTION)


class BarScope(StatusChoices):
    """How far a bar reaches."""

    ALL_PRIVILEGES = "all", "bad", "All privileges"
    LISTED = "listed", "warn", "The privileges listed"


class BarReviewOutcome(StatusChoices):
    """What the Medical Executive Committee said of a precautionary suspension."""

    LIFTED = "lifted", "good", "Lifted"
    CONTINUED = "continued", "bad", "Continued"


class AdverseActionKind(StatusChoices):
    """Adverse actions that stand in no bar (45 CFR 60.12)."""

    SURRENDER = "surrender", "bad", "Surrender under investigation"
    SURRENDER_UNCLEAR = "surrender_unclear", "warn", "Surrender; whether under investigation is not known yet"
    REVOCATION = "revocation", "bad", "Revocation"
    REDUCTION = "reduction", "bad", "Reduction of privileges"
    DENIAL = "denial", "bad", "Denial or non-renewal"
    PROCTORING = "proctoring", "warn", "Proctoring imposed for cause"


#: What is reportable from its first day, however long it lasts; until it is known whether there was an
#: investigation, its days count as if there was one.
REPORTABLE_AT_ONCE = (AdverseActionKind.SURRENDER, AdverseActionKind.SURRENDER_UNCLEAR)


class InvestigationAnswer(StatusChoices):
    """Whether somebody gave something up while under investigation, or to avoid one (peer review)."""

    NO = "no", "good", "No investigation, and none was avoided"
    YES = "yes", "bad", "Under investigation, or to avoid one"
    NOT_KNOWN = "not_known", "warn", "Not known yet"


class DataBankQuestionKind(StatusChoices):
    """What is asked of a person because no machine may say it (peer review)."""

    DENIED = "denied", "bad", "Not granted: was it for cause?"
    LIMITED = "limited", "warn", "Granted with limits: were they set for cause?"
    PROCTORED = "proctored", "warn", "Proctoring: was it imposed for cause, and needed before each case?"
    GIVEN_UP = "given_up", "bad", "Given up: under investigation, or to avoid one?"
    LAPSED = "lapsed", "warn", "Did not reapply: under investigation, or to avoid one?"
    EVALUATION = "evaluation", "warn", "Evaluated for cause: is it an investigation?"


#: What a yes to the question records; of an evaluation it opens the record of an investigation instead.
QUESTION_RECORDS = {
    DataBankQuestionKind.DENIED: AdverseActionKind.DENIAL,
    DataBankQuestionKind.LIMITED: AdverseActionKind.REDUCTION,
    DataBankQuestionKind.PROCTORED: AdverseActionKind.PROCTORING,
    DataBankQuestionKind.GIVEN_UP: AdverseActionKind.SURRENDER,
    DataBankQuestionKind.LAPSED: AdverseActionKind.SURRENDER,
}


#: Limits that can end: whoever answers later says until when they were in force.
QUESTION_ENDS = (DataBankQuestionKind.LIMITED, DataBankQuestionKind.PROCTORED)


class DataBankAnswer(StatusChoices):
    """What came of a question."""

    YES = "yes", "bad", "Yes"
    NO = "no", "good", "No"
    MOOT = "moot", "muted", "No longer asked"


class DataBankRecordKind(StatusChoices):
    """What was done about the data bank."""

    FILED = "filed", "good", "Report filed"
    VOIDED = "voided", "muted", "Report voided"
    NOT_REPORTED = "not_reported", "muted", "Decided: not reported"


class ClockState(StatusChoices):
    """How an adverse action stands with the data bank on a day; derived."""

    AHEAD = "ahead", "muted", "Not yet in force"
    RUNNING = "running", "info", "Days are counted"
    ENDED = "ended", "muted", "Ended before its 31st day"
    DUE = "due", "warn", "Report due"
    OVERDUE = "overdue", "bad", "Report overdue"
    MAY = "may", "info", "May be reported"
    FILED = "filed", "good", "Reported"
    TO_VOID = "to_void", "bad", "Report to be voided"
    VOIDED = "voided", "muted", "Voided"
    NOT_REPORTED = "not_reported", "muted", "Decided: not reported"


class BoardOutcome(StatusChoices):
    """The same answers in the words of whoever grants where the others recommend."""

    RECOMMEND = "recommend", "good", "Grant"
    MODIFY = "modify", "warn", "Grant with changes"
    NOT_RECOMMEND = "not_recommend", "bad", "Do not grant"
    DEFER = "defer", "info", "Defer"


def outcomes_for(body: str) -> type[StatusChoices]:
    """The answers a body gives, in its words."""
    return BoardOutcome if body in GRANTING else LineOutcome


class PolicyKind(StatusChoices):
    """What a governing document is."""

    BYLAWS = "bylaws", "neutral", "Bylaws"
    RULES = "rules", "neutral", "Rules and regulations"
    POLICY = "policy", "neutral", "Policy"
    PROCEDURE = "procedure", "neutral", "Procedure"
    MANUAL = "manual", "neutral", "Manual"


class DocumentOwner(StatusChoices):
    """Which of the two offices develops a document."""

    MEDICAL_STAFF = "medical_staff", "neutral", "Medical staff coordinator"
    CREDENTIALING = "credentialing", "neutral", "Credentialing coordinator"


class DocumentBody(StatusChoices):
    """Who approves a governing document."""

    CREDENTIALS_COMMITTEE = Body.CREDENTIALS_COMMITTEE.value, "neutral", Body.CREDENTIALS_COMMITTEE.label
    MEC = Body.MEC.value, "neutral", Body.MEC.label
    MEDICAL_STAFF = "medical_staff", "neutral", "Medical staff, by its vote"
    BOARD = Body.BOARD.value, "neutral", Body.BOARD.label
    CHIEF_EXECUTIVE = Body.CHIEF_EXECUTIVE.value, "neutral", Body.CHIEF_EXECUTIVE.label


class VersionStatus(StatusChoices):
    """Life of a version of a document. Of those published the newest in force on a day holds."""

    DRAFT = "draft", "info", "Draft"
    COMMENTS = "comments", "info", "Out for comments"
    BODIES = "bodies", "warn", "Before the bodies"
    APPROVED = "approved", "good", "Approved"
    PUBLISHED = "published", "good", "Published"
    SET_ASIDE = "set_aside", "muted", "Set aside"


#: Versions that are still on their way.
IN_DEVELOPMENT = (
    VersionStatus.DRAFT,
    VersionStatus.COMMENTS,
    VersionStatus.BODIES,
    VersionStatus.APPROVED,
)
#: Those of them that everybody who may read the document may read and comment on.
CIRCULATED = (VersionStatus.COMMENTS, VersionStatus.BODIES, VersionStatus.APPROVED)


class Acknowledgers(StatusChoices):
    """Who confirms having received a version."""

    NOBODY = "nobody", "muted", "Nobody"
    MEMBERS = "members", "neutral", "Everybody with an appointment"


class PolicyState(StatusChoices):
    """How a version of a document stands on a day; derived."""

    DRAFT = "draft", "info", "Draft"
    COMMENTS = "comments", "info", "Out for comments"
    BODIES = "bodies", "warn", "Before the bodies"
    APPROVED = "approved", "good", "Approved, not published"
    SET_ASIDE = "set_aside", "muted", "Set aside"
    AHEAD = "ahead", "info", "Published, not yet in force"
    IN_FORCE = "in_force", "good", "In force"
    REPLACED = "replaced", "muted", "Replaced"


class FindingStatus(StatusChoices):
    """Life of what a run of compliance found."""

    OPEN = "open", "bad", "Open"
    NOTIFIED = "notified", "info", "Notified"
    ANSWERED = "answered", "info", "Answered"
    WAIVED = "waived", "warn", "Waived"
    CONSEQUENCE = "consequence", "bad", "Consequence applied"
    CURED = "cured", "good", "Cured"
    MOOT = "moot", "muted", "No longer asked"


#: A finding in one of these is over: what is not met again is found anew.
FINDING_CLOSED = (FindingStatus.CURED, FindingStatus.MOOT)


class FindingStepKind(StatusChoices):
    """What happened to a finding."""

    OPENED = "opened", "bad", "Found"
    CHANGED = "changed", "info", "Found otherwise"
    NOTIFIED = "notified", "info", "Notice sent"
    ANSWERED = "answered", "info", "Answered"
    NOTED = "noted", "muted", "Noted"
    ASKED = "asked", "info", "A leader asked"
    TASK = "task", "info", "Task set"
    WAIVED = "waived", "warn", "Waived"
    WAIVER_OVER = "waiver_over", "bad", "Waiver over"
    CONSEQUENCE = "consequence", "bad", "Consequence applied"
    REVERSED = "reversed", "info", "Consequence taken back"
    CURED = "cured", "good", "Cured"
    MOOT = "moot", "muted", "No longer asked"


class ConsequenceMode(StatusChoices):
    """What follows from a finding that is neither cured nor waived; the bylaws say it of each rule."""

    NONE = "none", "muted", "Nothing follows"
    PROPOSAL = "proposal", "info", "Proposed, a person decides"
    AUTOMATIC = "automatic", "warn", "Follows by itself"


class TrackGround(StatusChoices):
    """What opened due process."""

    DECISION = "decision", "bad", "Decision of a body on a file"
    SUSPENSION = "suspension", "bad", "Precautionary suspension that goes on"
    RESTRICTION = "restriction", "bad", "Restriction in force"
    MEASURE = "measure", "bad", "Measure proposed by a body"
    INVESTIGATION = "investigation", "bad", "Outcome of an investigation"


#: Grounds that are something in force already.
STANDING_GROUNDS = (TrackGround.SUSPENSION, TrackGround.RESTRICTION)


class Measure(StatusChoices):
    """What is proposed, or stands, against the practitioner."""

    FILE = "file", "bad", "Not granting what was asked for"
    SUSPENSION = "suspension", "bad", "Suspension"
    RESTRICTION = "restriction", "bad", "Restriction"
    REDUCTION = "reduction", "bad", "Reduction of privileges"
    REVOCATION = "revocation", "bad", "Revocation of privileges"
    NON_RENEWAL = "non_renewal", "bad", "Non-renewal of the appointment"


class TrackStatus(StatusChoices):
    """How far due process is, from the notice to the final action (domain.md 2.9)."""

    OPENED = "opened", "bad", "Notice owed"
    NOTICE_SENT = "notice_sent", "warn", "Notice on its way"
    DELIVERED = "delivered", "warn", "A hearing can be asked for"
    REQUESTED = "requested", "warn", "Hearing asked for"
    WAIVED = "waived", "info", "Right waived"
    OVER = "over", "info", "Not asked for in time"
    SCHEDULED = "scheduled", "info", "Hearing scheduled"
    HEARING_NOTICE = "hearing_notice", "info", "Notice of the hearing given"
    HELD = "held", "info", "Hearing held"
    REPORTED = "reported", "info", "Panel has reported"
    DECIDED = "decided", "info", "Body has decided"
    APPEALED = "appealed", "warn", "Appeal asked for"
    APPEAL_DECIDED = "appeal_decided", "info", "Appeal decided"
    FINAL = "final", "good", "Final action taken"
    CLOSED = "closed", "muted", "Ended without a final action"


#: Statuses in which nothing more is to be done.
SETTLED_TRACKS = (TrackStatus.FINAL, TrackStatus.CLOSED)


class TrackEventKind(StatusChoices):
    """What happened on the way; each but the last is named like the status it leads to."""

    NOTICE_SENT = "notice_sent", "info", "Notice sent"
    DELIVERED = "delivered", "info", "Notice received"
    REQUESTED = "requested", "warn", "Hearing asked for"
    WAIVED = "waived", "muted", "Right waived in writing"
    OVER = "over", "muted", "Time to ask ran out unused"
    SCHEDULED = "scheduled", "info", "Hearing scheduled"
    HEARING_NOTICE = "hearing_notice", "info", "Notice of the hearing sent"
    HELD = "held", "info", "Hearing held"
    REPORTED = "reported", "info", "Report of the panel"
    DECIDED = "decided", "info", "Decision after the hearing"
    APPEALED = "appealed", "warn", "Appeal asked for"
    APPEAL_DECIDED = "appeal_decided", "info", "Appeal decided"
    FINAL = "final", "good", "Final action"
    CLOSED = "closed", "muted", "Ended without a final action"
    TAKEN_BACK = "taken_back", "muted", "Taken back"


class TrackOutcome(StatusChoices):
    """What a panel recommends, or a body decides, of what is proposed."""

    UPHELD = "upheld", "bad", "Upheld"
    MODIFIED = "modified", "warn", "Modified"
    REVERSED = "reversed", "good", "Reversed"


class FinalAction(StatusChoices):
    """What the final action does."""

    NOTHING = "nothing", "good", "Nothing adverse: the matter ends"
    LIFT = "lift", "good", "What stands is lifted"
    UPHOLD = "uphold", "bad", "What stands goes on"
    RESTRICT = "restrict", "warn", "A restriction"
    REVOKE = "revoke", "bad", "Privileges are revoked"
    NOT_RENEW = "not_renew", "bad", "The appointment is not renewed"
    FILE = "file", "info", "The board decides the file"


class Side(StatusChoices):
    """Whose witness or exhibit it is."""

    HOSPITAL = "hospital", "neutral", "The hospital's"
    PRACTITIONER = "practitioner", "neutral", "The practitioner's"


class PanelPart(StatusChoices):
    """What somebody is at a hearing."""

    CHAIR = "chair", "info", "Chair of the panel"
    MEMBER = "member", "neutral", "Member of the panel"
    OFFICER = "officer", "info", "Hearing officer"


class PanelRuling(StatusChoices):
    """What a person ruled in writing where facts alone do not say, or on an objection."""

    SITS = "sits", "good", "May sit"
    STEPS_DOWN = "steps_down", "bad", "May not sit"


class InvestigationStep(StatusChoices):
    """What happened in an investigation."""

    DECIDED_TO_OPEN = "decided_open", "info", "Body decided to open it"
    INVESTIGATOR = "investigator", "neutral", "Investigator appointed"
    NOTICE = "notice", "info", "Practitioner told"
    INTERVIEW = "interview", "neutral", "Interview"
    REPORT = "report", "info", "Report"
    OUTCOME = "outcome", "warn", "Outcome"
    DECIDED_TO_CLOSE = "decided_close", "muted", "Body decided to close it"


class InvestigationOutcome(StatusChoices):
    """What a body made of the report."""

    NO_ACTION = "no_action", "good", "No action"
    COLLEGIAL = "collegial", "info", "Collegial intervention: counsel, education, a letter"
    MEASURE = "measure", "bad", "A measure is proposed"


class AmendmentStatus(StatusChoices):
    """How far an amendment has come. From which day it is in force is a date, never stored here."""

    DRAFT = "draft", "info", "Draft"
    NOTICED = "noticed", "info", "Notice given"
    BALLOT = "ballot", "warn", "Ballot open"
    CARRIED = "carried", "good", "Carried, before the board"
    FAILED = "failed", "bad", "Not carried"
    APPROVED = "approved", "good", "Approved by the board"
    DECLINED = "declined", "bad", "Declined by the board"
    WITHDRAWN = "withdrawn", "muted", "Withdrawn"


#: What members were given notice of and is not in force yet.
PURSUED = (AmendmentStatus.NOTICED, AmendmentStatus.BALLOT, AmendmentStatus.CARRIED)


class WaitsFor(StatusChoices):
    """What waits for a member, as the mail about it names it: no more of it leaves the house."""

    NOTICE = "notice", "info", "Amendment under notice"
    BALLOT = "ballot", "warn", "Ballot on an amendment"
    MINUTES = "minutes", "info", "Minutes to be read"
    REQUEST = "request", "warn", "Request to a leader"
    CONSENT = "consent", "warn", "Written consent asked for"


class ConsentStatus(StatusChoices):
    """How far a written consent has come."""

    OPEN = "open", "warn", "Open"
    CONSENTED = "consented", "good", "Everybody consented"
    ENDED = "ended", "bad", "Ended without a decision"
    WITHDRAWN = "withdrawn", "muted", "Withdrawn"


class ConsentChoice(StatusChoices):
    """What a member answers who is asked for written consent."""

    CONSENTS = "consents", "good", "Consents"
    OBJECTS = "objects", "bad", "Objects"
    RECUSED = "recused", "muted", "Takes no part"


class BallotWay(StatusChoices):
    """How a member voted on an amendment; what the vote was is kept apart from it."""

    ACCOUNT = "account", "neutral", "On the own account"
    PAPER = "paper", "neutral", "On paper"


class AnsweredHow(StatusChoices):
    """How a leader answered a request, or that the office needs no answer any more."""

    HERE = "here", "neutral", "Here"
    PHONE = "phone", "neutral", "On the phone"
    PERSON = "person", "neutral", "In person"
    DROPPED = "dropped", "muted", "Withdrawn"


class Repeats(StatusChoices):
    """Whether a task comes again when it is done."""

    NEVER = "never", "neutral", "Never"
    MONTHLY = "monthly", "neutral", "Every month"
    YEARLY = "yearly", "neutral", "Every year"


class SectionChange(StatusChoices):
    """What became of a section from one version to another."""

    NEW = "new", "good", "New"
    CHANGED = "changed", "warn", "Changed"
    GONE = "gone", "bad", "Left out"
    RENUMBERED = "renumbered", "info", "Renumbered"


class ReviewState(StatusChoices):
    """How a document stands in its review cycle on a day; derived."""

    REVIEWED = "reviewed", "good", "Reviewed"
    SOON = "soon", "warn", "Review due soon"
    OVERDUE = "overdue", "bad", "Review overdue"


class DutyKind(StatusChoices):
    """What another system counts of a member's duties."""

    RECORDS = "records", "neutral", "Medical records overdue"
    DUES = "dues", "neutral", "Dues owed"
    CALL = "call", "neutral", "Call shifts covered"
