"""Drawing a file review, and handing audit files out: recorded before the first byte goes."""

from __future__ import annotations

import datetime as dt
import secrets
import tempfile
import uuid
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import IO, Any

from django.db import transaction
from django.template.loader import render_to_string

from config.accounts.choices import DataClass
from config.accounts.policies import require
from config.audit.models import AuditEvent
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.canonical import bytes_digest, canonical_bytes
from config.kernel.errors import Refused
from config.kernel.pages.exports import csv_bytes
from config.kernel.papers import typeset
from config.organization.models import Facility
from config.rulebook.models import SourceBody
from credentialing import policies
from credentialing.audit_tables import AUDIT_LINES, PROTECTED, limit_text, lines_of
from credentialing.choices import ApplicationKind, Element
from credentialing.elements import ONLY_CLEARANCE
from credentialing.models import Application, NPDBQuery
from credentialing.rules.audit_file import day, for_surveyors
from credentialing.rules.file_review import draw
from credentialing.selectors.audit_files import AuditFile, audit_files
from credentialing.selectors.survey import DRAWN, universe
from credentialing.survey_archive import Lack, Names, lack_of, parts_of, style
from credentialing.tables import QUERIES
from practitioners import store
from practitioners.models import Evidence
from practitioners.selectors.canonical import among
from practitioners.services.exports import PERMISSION

TEMPLATE = "audit_file"
MOST_FILES = 60
SEED_LIMIT = 40
CLOSED_WHY = (
    "Results of the data bank, peer review and references, identity papers, claims and health data are "
    "protected and never part of a survey file. That and when each was obtained stands in the audit files."
)


@transaction.atomic
def draw_review(
    *, actor, facility: Facility, kind: str, first_day: dt.date, last_day: dt.date, seed: str = ""
) -> AuditEvent:
    """Draw up to thirty files decided within these days at random; the same seed draws the same again.

    The draw is kept as its audit event: universe, seed and sample can be checked by anybody.
    """
    require(actor, policies.VIEW, facility)
    if kind not in ApplicationKind.values:
        raise Refused("Choose initial appointments or reappointments.", field="kind")
    if last_day < first_day:
        raise Refused("The last day lies before the first.", field="last_day")
    known = universe(actor, facility, kind=kind, first_day=first_day, last_day=last_day)
    if not known:
        raise Refused("No file of this kind was decided within these days.", field="first_day")
    seed = seed.strip()[:SEED_LIMIT] or secrets.token_hex(4)
    return record_event(
        actor=actor,
        verb=DRAWN,
        subject=facility,
        facility=facility,
        data={
            "kind": kind,
            "first_day": first_day.isoformat(),
            "last_day": last_day.isoformat(),
            "seed": seed,
            "universe": len(known),
            "sample": draw(known, seed),
        },
    )


@transaction.atomic
def record_audit_export(*, actor, application: Application, file_format: str) -> None:
    """Somebody takes the audit file of one application away."""
    require(actor, PERMISSION)
    record_event(
        actor=actor,
        verb="audit_file.exported",
        subject=application,
        practitioner=application.practitioner,
        facility=application.facility,
        data={"format": file_format},
    )


def audit_paper(file: AuditFile, *, issued_at: dt.datetime) -> bytes:
    """The audit file of one application as an accessible PDF, as it may leave the house."""
    application = file.application
    rows = [
        {
            "what": row.label,
            "asked": ", ".join(filter(None, (row.asked.body, row.asked.citation))) or row.asked.why,
            "source": row.source or "-",
            "verified": " ".join(filter(None, (_day(row.verified_on), row.verified_by))) or "-",
            "reviewed": " ".join(filter(None, (_day(row.reviewed_on), row.reviewed_by))) or "-",
            "limit": limit_text(row),
            "age": "-" if row.age is None else str(row.age),
            "result": str(row.result.label),
            "why": row.sentence,
            "evidence": f"{row.proof.uid} sha256 {row.proof.sha256}" if row.proof else "",
        }
        for row in for_surveyors(file.rows, PROTECTED)
    ]
    data = {
        "title": f"Verification audit file: {application.practitioner.display_name}",
        "facility": application.facility.name,
        "about": (
            f"{application.get_kind_display()} at {application.facility}. "
            f"{'Decided' if file.decision.made else 'Decision planned'} on {day(file.decision.on)}."
        ),
        "npi": application.practitioner.npi or "",
        "sentence": file.sentence,
        "rows": rows,
        "made": f"Made on {day(clock.date_at(issued_at, application.facility))}",
    }
    return typeset(TEMPLATE, data, issued_at=issued_at)


def _day(on: dt.date | None) -> str:
    return day(on) if on else ""


# --- the survey-ready file ------------------------------------------------------------------------------


def export_survey_file(
    *,
    actor,
    applications: Sequence[Application],
    title: str,
    standard: SourceBody | None = None,
    more: Mapping[str, bytes] | None = None,
) -> IO[bytes]:
    """A temporary file with the zip, at its beginning; the caller closes it. Recorded before it is answered.

    Audit files, the evidence they rest on, the log of data bank queries and a list of what is missing or
    late; nothing of a protected class. Every entry's SHA-256 stands in the manifest. With a ``standard`` the
    files are judged by that alone; ``more`` are further entries by name.
    """
    require(actor, PERMISSION)
    asked = {one.pk for one in applications}
    if not asked:
        raise Refused("There is no file to hand out.")
    if len(asked) > MOST_FILES:
        raise Refused(f"At most {MOST_FILES} files at once.")
    if policies.visible_applications(actor).filter(pk__in=asked).count() != len(asked):
        raise Refused("You may not see all of these files.")
    files, now = audit_files(applications, standard), clock.now()
    file = tempfile.TemporaryFile(prefix="standing-", suffix=".zip")  # noqa: SIM115 - the caller closes it
    archive = _Archive(file)
    papers = {one.application.pk: archive.paper(one, now) for one in files}
    evidence, missing, closed = archive.evidence(files)
    lines = lines_of(files)
    lacking = [line for line in lines if not line.row.passed]
    archive.add("audit-files.csv", csv_bytes(AUDIT_LINES, lines))
    archive.add("data-bank-queries.csv", csv_bytes(QUERIES, _queries(actor, files)))
    for name, content in (more or {}).items():
        archive.add(name, content)
    context = {
        "title": title,
        "more": list(more or {}),
        "made_at": now,
        "made_by": str(actor),
        "files": [(one, papers[one.application.pk]) for one in files],
        "parts": parts_of(lines, evidence),
        "lacks": [(lack, [line for line in lacking if lack_of(line.row) == lack]) for lack in Lack],
        "missing": missing,
        "closed": CLOSED_WHY,
        "style": style(),
    }
    archive.add("missing-and-late.html", _page("missing", context))
    archive.add("index.html", _page("index", context))
    manifest = {
        "version": 1,
        "title": title,
        "made_at": now,
        "made_by": str(actor),
        "elements": _citations(files, evidence),
        "evidence": archive.told,
        "sha256": archive.hashes,
        "left_out": {"evidence": dict(sorted(closed.items())), "why": CLOSED_WHY},
        "missing": missing,
    }
    archive.close(canonical_bytes(manifest))
    _record(actor, files, title, archive.hashes)
    file.seek(0)
    return file


@transaction.atomic
def _record(actor, files: Sequence[AuditFile], title: str, hashes: dict[str, str]) -> None:
    for one in files:
        record_event(
            actor=actor,
            verb="survey_file.exported",
            subject=one.application,
            practitioner=one.application.practitioner,
            facility=one.application.facility,
            data={"title": title, "entries": len(hashes), "index_sha256": hashes["index.html"]},
        )


def _page(name: str, context: dict[str, Any]) -> bytes:
    return render_to_string(f"credentialing/survey/{name}.html", context).encode()


def _queries(actor, files: Sequence[AuditFile]) -> list[NPDBQuery]:
    people = {one.application.practitioner_id for one in files}
    rows = policies.visible_queries(actor).filter(practitioner__in=among(people))
    return list(rows.order_by("queried_on", "pk"))


def _citations(files: Sequence[AuditFile], evidence: dict[str, str]) -> dict[str, Any]:
    """By element: where it is asked for, and which entries of the archive show it."""
    found: dict[str, dict[str, list[str]]] = {}
    for one in files:
        for row in one.rows:
            held = found.setdefault(row.element, {"citations": [], "entries": []})
            for citation in (row.asked.citation, row.limit.asked.citation):
                if citation and citation not in held["citations"]:
                    held["citations"].append(citation)
            if row.element == Element.NPDB and "data-bank-queries.csv" not in held["entries"]:
                held["entries"].append("data-bank-queries.csv")
            entry = evidence.get(row.proof.uid, "") if row.proof else ""
            if entry and entry not in held["entries"]:
                held["entries"].append(entry)
    return found


class _Archive:
    """The zip while it is made; memory holds one document at a time."""

    def __init__(self, file: IO[bytes]):
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._names = Names()
        self.hashes: dict[str, str] = {}
        #: By entry what it is: the evidence's uid and hash in the chain, whose, of which element, which day.
        self.told: dict[str, dict[str, Any]] = {}

    def add(self, name: str, content: bytes) -> None:
        self._zip.writestr(name, content)
        self.hashes[name] = bytes_digest(content)

    def close(self, manifest: bytes) -> None:
        self._zip.writestr("manifest.json", manifest)
        self._zip.close()

    def paper(self, one: AuditFile, now: dt.datetime) -> str:
        application = one.application
        person, kind = application.practitioner.display_name, application.get_kind_display()
        name = self._names.paper(person, kind, one.decision.on)
        self.add(name, audit_paper(one, issued_at=now))
        return name

    def evidence(self, files: Sequence[AuditFile]) -> tuple[dict[str, str], list[str], Counter[str]]:
        """Put in what may leave: the entry of each piece, sentences about what is missing, and how many
        pieces of which class stayed behind.
        """
        wanted = {row.proof.uid: (one, row) for one in files for row in one.rows if row.proof}
        rows = Evidence.objects.filter(uid__in=[uuid.UUID(uid) for uid in wanted]).select_related(
            "document", "redaction"
        )
        entries: dict[str, str] = {}
        missing: list[str] = []
        closed: Counter[str] = Counter()
        for piece in rows.order_by("pk"):
            one, row = wanted[str(piece.uid)]
            protected = row.element in PROTECTED or row.element == Element.NPDB
            if row.element in ONLY_CLEARANCE:  # that it is in order may be said, not what a physician wrote
                closed[str(DataClass.HEALTH.label)] += 1
                continue
            if protected or piece.data_class != DataClass.GENERAL or _closed(piece):
                closed[str(DataClass(piece.data_class).label)] += 1
                continue
            if hasattr(piece, "redaction"):
                missing.append(f"{row.label}: the content of evidence {piece.uid} was removed.")
                continue
            try:
                content = store.get(piece.store_key)
            except Refused as refused:
                missing.append(f"{row.label}: {refused}")
                continue
            person = one.application.practitioner.display_name
            name = self._names.evidence(row, person, piece.media_type)
            self.add(name, content)
            entries[str(piece.uid)] = name
            self.told[name] = {
                "uid": str(piece.uid),
                "chained_sha256": piece.hash,
                "practitioner": person,
                "element": row.element,
                "what": row.label,
                "verified_on": row.verified_on,
            }
        return entries, missing, closed


def _closed(piece: Evidence) -> bool:
    document = piece.document
    return document is not None and document.data_class != DataClass.GENERAL
