from practitioners.models.correspondence import ContactLogEntry, Letter
from practitioners.models.credential import Credential, CredentialPeriod, CredentialType
from practitioners.models.disclosures import DisclosureAnswer, DisclosureQuestion, DisclosureQuestionSet
from practitioners.models.evidence import Document, Evidence, EvidenceHead, EvidenceRedaction
from practitioners.models.imports import ImportBatch, ImportRow, ImportWrite
from practitioners.models.merging import PairReview, PractitionerAlias, PractitionerAliasPeriod
from practitioners.models.person import (
    ContactPoint,
    Identifier,
    Practitioner,
    PractitionerName,
    PractitionerTaxonomy,
    TaxonomyCode,
)
from practitioners.models.protected import SocialSecurityNumber, SsnComparison
from practitioners.models.provenance import ConflictResolution, Statement
from practitioners.models.registry import RegistryStatusEvent
from practitioners.models.timeline import GapExplanation
from practitioners.models.workplaces import (
    PracticeAffiliation,
    PracticeAffiliationPeriod,
    PracticeGroup,
    PracticeLocation,
)

__all__ = [
    "ConflictResolution",
    "ContactLogEntry",
    "ContactPoint",
    "Credential",
    "CredentialPeriod",
    "CredentialType",
    "DisclosureAnswer",
    "DisclosureQuestion",
    "DisclosureQuestionSet",
    "Document",
    "Evidence",
    "EvidenceHead",
    "EvidenceRedaction",
    "GapExplanation",
    "Identifier",
    "ImportBatch",
    "ImportRow",
    "ImportWrite",
    "Letter",
    "PairReview",
    "PracticeAffiliation",
    "PracticeAffiliationPeriod",
    "PracticeGroup",
    "PracticeLocation",
    "Practitioner",
    "PractitionerAlias",
    "PractitionerAliasPeriod",
    "PractitionerName",
    "PractitionerTaxonomy",
    "RegistryStatusEvent",
    "SocialSecurityNumber",
    "SsnComparison",
    "Statement",
    "TaxonomyCode",
]
