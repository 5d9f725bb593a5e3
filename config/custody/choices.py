"""Words of the custody export."""

from config.kernel.choices import StatusChoices


class CustodyStatus(StatusChoices):
    """How far an export of everything has come."""

    ASKED = "asked", "warn", "Waits for a second person"
    APPROVED = "approved", "info", "Approved, about to be made"
    MAKING = "making", "info", "Being made"
    READY = "ready", "good", "Ready to fetch"
    FAILED = "failed", "bad", "Could not be made"
    REFUSED = "refused", "muted", "Refused"
    WITHDRAWN = "withdrawn", "muted", "Withdrawn"
    EXPIRED = "expired", "muted", "File removed"


class Purpose(StatusChoices):
    """What an export of everything is for."""

    SYSTEM_CHANGE = "system_change", "neutral", "Move to another installation or system"
    ARCHIVE = "archive", "neutral", "Archive"
    COURT_ORDER = "court_order", "neutral", "Order of a court or an authority"


#: What each recorded step is called on the page of an export.
STEP_WORDS = {
    "custody.asked": "Asked for",
    "custody.approved": "Approved",
    "custody.refused": "Refused",
    "custody.withdrawn": "Withdrawn",
    "custody.asked_again": "Asked for again",
    "custody.begun": "Making began",
    "custody.made": "Made",
    "custody.failed": "Could not be made",
    "custody.fetched": "Fetched",
    "custody.removed": "File removed",
}
