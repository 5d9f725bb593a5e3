"""The tables a large staff is written into, their columns in the order of the rows, and rows on their way."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import models

from bylaws.models import Appointment, AppointmentPeriod
from config.kernel.bulk_load import Loader
from practitioners.models import (
    ContactPoint,
    Credential,
    CredentialPeriod,
    Evidence,
    EvidenceHead,
    Identifier,
    Practitioner,
    PractitionerName,
    PractitionerTaxonomy,
    Statement,
)
from privileging.models import Grant, GrantPeriod

COLUMNS: dict[type[models.Model], tuple[str, ...]] = {
    Practitioner: (
        "id", "uid", "npi", "provider_type", "display_name", "sort_name", "birth_date", "sex", "languages",
        "created_at",
    ),
    PractitionerName: (
        "practitioner_id", "kind", "last_name", "first_name", "middle_name", "suffix", "search_key",
        "said_by",
    ),
    PractitionerTaxonomy: ("practitioner_id", "taxonomy_id", "primary", "said_by"),
    ContactPoint: (
        "practitioner_id", "kind", "line_1", "line_2", "city", "state", "postal_code", "country", "phone",
        "said_by",
    ),
    Identifier: ("practitioner_id", "kind", "value", "issuer", "state", "said_by"),
    Evidence: (
        "id", "uid", "practitioner_id", "sequence", "title", "source", "source_kind", "method", "source_date",
        "obtained_at", "obtained_by_id", "summary", "data_class", "media_type", "content_sha256", "store_key",
        "salt", "previous_hash", "hash",
    ),
    EvidenceHead: ("practitioner_id", "sequence", "hash"),
    Statement: (
        "uid", "practitioner_id", "fact", "value", "said_by", "system", "source", "recorded_at",
        "recorded_by_id",
    ),
    Credential: (
        "id", "uid", "created_at", "created_by_id", "practitioner_id", "credential_type_id", "issuer",
        "state",
        "number", "number_key",
    ),
    CredentialPeriod: (
        "uid", "identity_id", "valid", "recorded_at", "recorded_by_id", "standing", "status", "said_by",
        "extra",
        "evidence_id",
    ),
    Appointment: (
        "id", "uid", "created_at", "created_by_id", "practitioner_id", "facility_id", "decided_on",
        "authority",
    ),
    AppointmentPeriod: (
        "uid", "identity_id", "valid", "recorded_at", "recorded_by_id", "practitioner_id", "facility_id",
        "decided_on", "category_id", "department_id",
    ),
    Grant: (
        "id", "uid", "created_at", "created_by_id", "practitioner_id", "facility_id", "privilege_id",
        "form_line_id", "decided_on", "authority",
    ),
    GrantPeriod: (
        "uid", "identity_id", "valid", "recorded_at", "recorded_by_id", "practitioner_id", "facility_id",
        "privilege_id", "decided_on", "conditions",
    ),
}  # fmt: skip


@dataclass
class Chunk:
    """Rows of some practitioners, by table, as lines of COPY."""

    rows: dict[type[models.Model], list[str]] = field(
        default_factory=lambda: {model: [] for model in COLUMNS}
    )

    def write(self, loader: Loader) -> None:
        """Write the rows."""
        for model, columns in COLUMNS.items():
            loader.copy_lines(model, columns, self.rows[model])
