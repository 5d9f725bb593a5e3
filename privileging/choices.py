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


class FPPEReason(StatusChoices):
    """Why focused evaluation was opened."""

    INITIAL = "initial", "neutral", "Newly granted privilege"
    FOR_CAUSE = "for_cause", "warn", "For cause"
    RETURN = "return", "neutral", "Return after a long leave"


class FPPEStatus(StatusChoices):
    """Life of a focused evaluation (lateness is derived)."""

    PLANNED = "planned", "info", "Planned"
    IN_PROGRESS = "in_progress", "info", "In progress"
    CLOSED_SUCCESS = "closed_success", "good", "Closed, satisfactory"
    CLOSED_UNSUCCESSFUL = "closed_unsuccessful", "bad", "Closed, not satisfactory"


class DepartureKind(StatusChoices):
    """Why somebody leaves the medical staff."""

    RESIGNED = "resigned", "neutral", "Resigned"
    RETIRED = "retired", "neutral", "Retired"
    CONTRACT_ENDED = "contract_ended", "warn", "Contract or agreement ended"
    NOT_RENEWED = "not_renewed", "warn", "Did not ask for reappointment"
    DECEASED = "deceased", "muted", "Died"


class InvestigationAnswer(StatusChoices):
    """Whether somebody left while under investigation, or to avoid one (peer review)."""

    NO = "no", "good", "No investigation, and none was avoided"
    YES = "yes", "bad", "Under investigation, or to avoid one"
    NOT_KNOWN = "not_known", "warn", "Not known yet"
