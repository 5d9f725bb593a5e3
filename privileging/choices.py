"""Words of privileging."""

from config.kernel.choices import StatusChoices


class VersionStatus(StatusChoices):
    """Life of a version of a privilege form."""

    DRAFT = "draft", "muted", "Draft"
    PUBLISHED = "published", "good", "Published"
    WITHDRAWN = "withdrawn", "muted", "Withdrawn"


class FormLineKind(StatusChoices):
    """Core lines come as a bundle of which items can be struck; special ones are asked for one by one."""

    CORE = "core", "neutral", "Core"
    SPECIAL = "special", "info", "Special"


class RequestLineStatus(StatusChoices):
    """What became of one requested privilege."""

    REQUESTED = "requested", "info", "Requested"
    STRUCK = "struck", "muted", "Struck by the applicant"
    GRANTED = "granted", "good", "Granted"
    GRANTED_MODIFIED = "granted_modified", "good", "Granted with conditions"
    HELD = "held", "warn", "Held for a hearing"
    DENIED = "denied", "bad", "Not granted"
    WITHDRAWN = "withdrawn", "muted", "Withdrawn"
    NOT_ACCEPTED = "not_accepted", "warn", "Not accepted for processing"


class RenewalRoute(StatusChoices):
    """What becomes of a privilege that is held and no longer meets its criteria for renewal."""

    BODIES = "bodies", "info", "The reviewing bodies decide"
    NOT_RENEWED = "not_renewed", "warn", "Not processed; it ends with the term"


class GrantKind(StatusChoices):
    """By which way a privilege was granted, and on what it rests."""

    FULL = "full", "neutral", "Full"
    TEMPORARY_NEED = "temporary_need", "warn", "Temporary, care need"
    TEMPORARY_APPLICANT = "temporary_applicant", "warn", "Temporary, applicant"
    LOCUM = "locum", "warn", "Locum tenens"
    TELEMEDICINE = "telemedicine", "info", "Telemedicine by proxy"
    DISASTER = "disaster", "bad", "Disaster"


class FeedbackKind(StatusChoices):
    """What a distant site is told of work here; all of the first two (42 CFR 482.22(a)(3)-(4))."""

    ADVERSE_EVENT = "adverse_event", "bad", "Adverse event"
    COMPLAINT = "complaint", "warn", "Complaint"
    REVIEW = "review", "neutral", "Internal review"


class FeedbackWay(StatusChoices):
    """On which way a distant site was told."""

    PORTAL = "portal", "neutral", "Portal of the distant site"
    SECURE_MAIL = "mail", "neutral", "Encrypted e-mail"
    LETTER = "letter", "neutral", "Letter"
    FAX = "fax", "neutral", "Fax"
    TALK = "talk", "neutral", "Call or meeting, noted"


class FPPEReason(StatusChoices):
    """Why focused evaluation was opened. For cause is peer review: nobody else may see that it is."""

    INITIAL = "initial", "neutral", "Newly granted privilege"
    AGAIN = "again", "neutral", "Evaluated again"
    FOR_CAUSE = "for_cause", "warn", "For cause"
    RETURN = "return", "neutral", "Return after a long leave"
    LOW_VOLUME = "low_volume", "neutral", "Low volume"


class FPPEMethod(StatusChoices):
    """How the cases of a focused evaluation are looked at; only the first needs a proctor at the bedside."""

    PROCTORED = "proctored", "info", "A proctor is present"
    REVIEW = "review", "neutral", "Review of records"
    SIMULATION = "simulation", "neutral", "Simulation"
    DISCUSSION = "discussion", "neutral", "Discussion of cases"
    EXTERNAL = "external", "neutral", "External review"


class FPPEStatus(StatusChoices):
    """Life of a focused evaluation (lateness is derived)."""

    PLANNED = "planned", "info", "Planned"
    IN_PROGRESS = "in_progress", "info", "In progress"
    EXTENDED = "extended", "warn", "Extended"
    DATA_COMPLETE = "data_complete", "info", "Data complete"
    REVIEW = "review", "info", "Under review"
    CLOSED_SUCCESS = "closed_success", "good", "Closed, satisfactory"
    CLOSED_UNSUCCESSFUL = "closed_unsuccessful", "bad", "Closed, not satisfactory"
    CLOSED_INSUFFICIENT = "closed_insufficient", "warn", "Closed, insufficient volume"


class CaseOutcome(StatusChoices):
    """What a proctor found in one case (peer review)."""

    EXPECTED = "expected", "good", "As expected"
    MINOR = "minor", "warn", "Something to improve"
    CONCERN = "concern", "bad", "A concern"


class FPPEWay(StatusChoices):
    """Where an evaluation goes that ended without satisfaction. A person chooses it, and what it needs is
    done in the same act, but for giving up, which is the practitioner's to do.
    """

    COMMITTEE = "committee", "neutral", "To a committee: it goes on the agenda"
    GIVE_UP = "give_up", "neutral", "The practitioner is asked to give the privilege up"
    AGAIN = "again", "neutral", "Another focused evaluation is opened"
    NOTHING = "nothing", "neutral", "Nothing follows; the reason says why"


class IndicatorKind(StatusChoices):
    """What kind of number an indicator of ongoing evaluation is."""

    RATE = "rate", "info", "Rate"
    COUNT = "count", "neutral", "Count"
    REVIEW = "review", "warn", "Reviewed one by one"


class OPPEStatus(StatusChoices):
    """Life of one person's profile in one cycle (lateness, and whether there is data, are derived)."""

    OPEN = "open", "neutral", "Not before the chair yet"
    CHAIR_REVIEW = "chair_review", "info", "Before the chair"
    SIGNED = "signed", "good", "Signed"


class OPPEState(StatusChoices):
    """How a profile stands that is not before the chair yet: whether anything was delivered for it."""

    WAITS = "waits", "neutral", "Waits for data"
    LOADED = "loaded", "info", "Data loaded"


class OPPEConclusion(StatusChoices):
    """What the chair concludes from a profile (peer review)."""

    NO_CONCERN = "no_concern", "good", "No concern"
    WATCH = "watch", "warn", "Watch in the next cycle"
    TRIGGER_FPPE = "trigger_fppe", "bad", "A focused evaluation is proposed"
    LOW_VOLUME = "low_volume", "neutral", "Too little seen here"


class OPPEProposal(StatusChoices):
    """What the chair answers where the numbers propose a focused evaluation (peer review)."""

    ACCEPTED = "accepted", "bad", "Yes, I propose it"
    DECLINED = "declined", "warn", "No; I say why below"


class ChangeKind(StatusChoices):
    """What changed of what somebody may do, as the wards are told.

    That a restriction leaves it allowed under a condition is a change like any other: the word for it would
    tell what is peer review.
    """

    BEGAN = "began", "muted", "Publishing began"
    GRANTED = "granted", "good", "Granted"
    CHANGED = "changed", "info", "Changed"
    ENDS = "ends", "warn", "Ends sooner"
    WITHDRAWN = "withdrawn", "bad", "No longer granted"
    STOPPED = "stopped", "bad", "Not authorized"
    LIFTED = "lifted", "good", "No longer stopped"
    APPOINTED = "appointed", "good", "Appointed"
    MEMBERSHIP = "membership", "info", "Membership changed"
    ENDED = "ended", "bad", "Membership ended"
    MERGED = "merged", "info", "Records joined"
    PARTED = "parted", "warn", "Records taken apart"


#: What must not wait for the hour of the day: somebody may do less than a minute ago.
STOPS = (ChangeKind.STOPPED, ChangeKind.WITHDRAWN, ChangeKind.ENDED)


class NoticeRun(StatusChoices):
    """Why a mail to a department went out when it did."""

    DAY = "day", "neutral", "At the hour of the day"
    LAST = "last", "neutral", "Before midnight"
    AT_ONCE = "at_once", "bad", "At once"


class BookingAnswer(StatusChoices):
    """What the booking guard says."""

    ALLOW = "allow", "good", "Allow"
    WARN = "warn", "warn", "Warn"
    BLOCK = "block", "bad", "Block"


class DepartureKind(StatusChoices):
    """Why somebody leaves the medical staff."""

    RESIGNED = "resigned", "neutral", "Resigned"
    RETIRED = "retired", "neutral", "Retired"
    CONTRACT_ENDED = "contract_ended", "warn", "Contract or agreement ended"
    NOT_RENEWED = "not_renewed", "warn", "Did not ask for reappointment"
    DECEASED = "deceased", "muted", "Died"


class EndingKind(StatusChoices):
    """How privileges ended before their term."""

    RELINQUISHED = "relinquished", "neutral", "Given up"
    REVOKED = "revoked", "bad", "Revoked"


class CaseCover(StatusChoices):
    """Whether somebody might do what they did, at the moment they did it and as known then."""

    COVERED = "covered", "good", "Privileged"
    NOT_GRANTED = "not_granted", "bad", "Not granted"
    NO_APPOINTMENT = "no_appointment", "bad", "No appointment in force"
    NOT_USABLE = "not_usable", "bad", "Granted, and not to be used then"
    NOBODY = "nobody", "bad", "Nobody here has the NPI"
    UNCONFIRMED = "unconfirmed", "warn", "Could not be confirmed"
    UNRECORDED = "unrecorded", "muted", "Before the records begin"


class CaseWay(StatusChoices):
    """What explains a case done without the privilege, or what follows from it."""

    EMERGENCY = "emergency", "neutral", "An emergency, as the bylaws allow it to anybody"
    ASSISTED = "assisted", "neutral", "Assisted or was supervised; somebody else answered for it"
    WRONG_DATA = "wrong_data", "muted", "The case or its code is wrong; a correction is asked for"
    RECORD = "record", "warn", "The privilege was held; it was recorded too late or wrongly"
    TAKEN_UP = "taken_up", "bad", "Done without the privilege; taken to the chair"
