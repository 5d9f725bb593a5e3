"""The lists of the audit trail."""

from __future__ import annotations

from django.apps import apps
from django.urls import reverse

from config.accounts.choices import DataClass
from config.audit.selectors.trail import attach_whose
from config.kernel.pages import Column, Table

#: What is written in capitals wherever it stands.
CAPITALS = frozenset({"fppe", "npdb", "npi", "oppe", "ssn"})


def verb_words(row) -> str:
    """``application.sent_to_review`` as people read it: ``Application sent to review``."""
    words = row.verb.replace(".", " ").replace("_", " ").split()
    text = " ".join(word.upper() if word in CAPITALS else word for word in words)
    return text[:1].upper() + text[1:]


EVENTS = Table(
    caption="Audit trail",
    order="-at",
    row_url=lambda row: reverse("audit:event", args=[row.uid]),
    columns=(
        Column("verb", "Act", value=verb_words, sort="verb", kind="strong"),
        Column("subject_label", "About"),
        Column("actor_name", "Who", sort="actor_name"),
        Column("at", "When", kind="moment", sort="at"),
        Column("facility_code", "Facility", sort="facility_code", narrow=False),
        Column("reason", "Why", narrow=False),
        Column("request_id", "Request", page=False),
    ),
)


def kind_words(row) -> str:
    """``credentialing.screeningmatch`` as people read it: ``Screening match``."""
    try:
        words = apps.get_model(row.subject_kind)._meta.verbose_name
    except (LookupError, ValueError):
        words = row.subject_kind.rpartition(".")[2].replace("_", " ")
    return words[:1].upper() + words[1:]


READS = Table(
    caption="Protected data that was read",
    order="-at",
    prepare=attach_whose,
    columns=(
        Column("at", "When", kind="moment", sort="at"),
        Column("actor_name", "Who", sort="actor_name"),
        Column(
            "data_class",
            "Class",
            value=lambda row: DataClass(row.data_class),
            kind="badge",
            sort="data_class",
        ),
        Column("subject_kind", "What", value=kind_words, export=lambda row: row.subject_kind),
        Column("whose", "Whose file", value="whose", kind="strong"),
        Column("subject_uid", "Which (uid)", page=False),
        Column("practitioner_uid", "Whose file (uid)", page=False),
        Column("reason", "Why", narrow=False),
    ),
)

JOBS = Table(
    caption="Scheduled work",
    order="-started_at",
    columns=(
        Column("job", "Job", kind="strong", sort="job"),
        Column("key", "For", sort="key"),
        Column("status", "State", kind="status", sort="status"),
        Column("started_at", "Started", kind="moment", sort="started_at"),
        Column("finished_at", "Finished", kind="moment", sort="finished_at", narrow=False),
        Column(
            "counts",
            "Result",
            value=lambda row: ", ".join(
                f"{key.replace('_', ' ')} {value}" for key, value in row.counts.items()
            ),
            narrow=False,
        ),
        Column("message", "Failure"),
    ),
)
