from practitioners.models.correspondence import Letter
from practitioners.models.credential import Credential, CredentialPeriod, CredentialType
from practitioners.models.evidence import Document, Evidence, EvidenceHead, EvidenceRedaction
from practitioners.models.person import (
    ContactPoint,
    Identifier,
    Practitioner,
    PractitionerName,
    PractitionerTaxonomy,
    TaxonomyCode,
)

__all__ = [
    "ContactPoint",
    "Credential",
    "CredentialPeriod",
    "CredentialType",
    "Document",
    "Evidence",
    "EvidenceHead",
    "EvidenceRedaction",
    "Identifier",
    "Letter",
    "Practitioner",
    "PractitionerName",
    "PractitionerTaxonomy",
    "TaxonomyCode",
]
