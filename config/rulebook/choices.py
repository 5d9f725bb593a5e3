"""Words of the rulebook."""

from config.kernel.choices import StatusChoices


class Confidence(StatusChoices):
    """How sure we are that a parameter's value is what its source says."""

    CONFIRMED = "confirmed", "good", "Confirmed at the source"
    SECONDARY = "secondary", "warn", "From a secondary source"
    UNCONFIRMED = "unconfirmed", "warn", "Not confirmed - check before relying on it"
    ADOPTED = "adopted", "good", "Adopted by this medical staff"


class SourceKind(StatusChoices):
    """What sort of body a rule comes from."""

    LAW = "law", "neutral", "Law or regulation"
    ACCREDITOR = "accreditor", "neutral", "Accreditor"
    PAYER = "payer", "neutral", "Payer standard"
    BYLAWS = "bylaws", "neutral", "Bylaws, rules and policies"
    STATE = "state", "neutral", "State law"
    DEFAULT = "default", "muted", "Product default"


class ExceptionKind(StatusChoices):
    """What an approved exception is; either way the outcome of the rule stays what it is."""

    WAIVER = "waiver", "warn", "Waived"
    EXEMPTION = "exemption", "warn", "Exempted"
