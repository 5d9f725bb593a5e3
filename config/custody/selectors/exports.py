"""What may be seen of exports of everything."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet

from config.audit.models import AuditEvent
from config.custody.choices import CustodyStatus
from config.custody.models import CustodyExport
from config.custody.package.places import unfinished_file_of
from config.custody.policies import may_look


def visible_exports(viewer) -> QuerySet[CustodyExport]:
    """Every export, for those whose roles include asking or approving anywhere; nothing for others."""
    rows = CustodyExport.objects.select_related("asked_by", "decided_by")
    return rows if may_look(viewer) else rows.none()


def get_export(*, viewer, uid: uuid.UUID) -> CustodyExport | None:
    """One export, or None when there is none the viewer may see."""
    return visible_exports(viewer).filter(uid=uid).first()


def waiting_for_second(viewer) -> QuerySet[CustodyExport]:
    """Exports that wait for a second person who is not the one who asked."""
    return visible_exports(viewer).filter(status=CustodyStatus.ASKED).exclude(asked_by=viewer)


def steps_of(export: CustodyExport) -> QuerySet[AuditEvent]:
    """Every recorded step of the export, the downloads included; newest first."""
    return AuditEvent.objects.filter(subject_uid=export.uid).order_by("-at", "-id")


def bytes_written(export: CustodyExport) -> int:
    """How large the file is so far, in bytes, while it is being made."""
    try:
        return unfinished_file_of(export).stat().st_size
    except OSError:
        return 0


def counts_told(export: CustodyExport) -> list[dict[str, Any]]:
    """What the file holds, as facts for the page."""
    names = (
        ("tables", "Tables"),
        ("rows", "Rows"),
        ("files", "Documents and other files"),
        ("unopened", "Files no key here opens"),
        ("damaged", "Files damaged, left behind"),
    )
    return [
        {"label": label, "value": f"{export.counts[name]:,}"}
        for name, label in names
        if export.counts.get(name) or (name in ("tables", "rows", "files") and name in export.counts)
    ]
