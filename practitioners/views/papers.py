"""Uploading, downloading, proving and redacting papers of a file."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.accounts.choices import DataClass
from config.accounts.policies import data_classes, require
from config.audit.services.events import record_protected_read
from config.kernel.errors import Refused
from config.kernel.pages import (
    Action,
    Done,
    answer_form,
    download,
    go_to,
    render_invalid,
    render_page,
    render_refused,
)
from practitioners import links, store
from practitioners.forms.documents import DocumentForm
from practitioners.forms.people import ReasonForm
from practitioners.models import Evidence, Letter
from practitioners.policies import may_change, may_read_letter
from practitioners.rules.uploads import ALLOWED, KINDS, safe_name
from practitioners.selectors.evidence import (
    get_document,
    get_evidence,
    may_read_content,
    read_content,
    read_document,
    verify_one,
)
from practitioners.selectors.file import periods_resting_on
from practitioners.services.documents import store_document
from practitioners.services.evidence import redact_document, redact_evidence
from practitioners.views.shared import crumbs_of, find_to_change, today_at

UPLOAD = "practitioners.upload"
REDACT = "practitioners.redact"
CONFIRM = "pages/confirm.html"


@login_required
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Add a document to the file."""
    practitioner = find_to_change(request, uid, UPLOAD)
    form = DocumentForm(request.POST or None, request.FILES or None, classes=data_classes(request.user))
    page = {
        "title": "Upload a document",
        "crumbs": crumbs_of(practitioner, "Upload"),
        "form": form,
        "submit": "Upload",
        "upload": True,
        "cancel_url": links.papers(practitioner),
    }
    if request.method != "POST":
        return render_page(request, "pages/form.html", page)
    if not form.is_valid():
        return render_invalid(request, "pages/form.html", page)
    file = form.cleaned_data["file"]
    try:
        if file.size > settings.STANDING_UPLOAD_LIMIT:
            limit = settings.STANDING_UPLOAD_LIMIT // (1024 * 1024)
            raise Refused(
                f"The file is larger than {limit} MB. Scan it with a lower resolution.", field="file"
            )
        document = store_document(
            actor=request.user,
            practitioner=practitioner,
            title=form.cleaned_data["title"],
            file_name=file.name,
            content=file.read(),
            data_class=form.cleaned_data["data_class"],
        )
    except Refused as refused:
        return render_refused(request, refused, "pages/form.html", page, form=form)
    messages.success(request, f"“{document.title}” is in the file.")
    return go_to(request, links.papers(practitioner))


# --- downloads ------------------------------------------------------------------------------------------


def attachment(content: bytes, *, file_name: str, media_type: str) -> HttpResponse:
    """Bytes as a download; the type only if it is on the list."""
    return download(
        content, media_type if media_type in ALLOWED else "application/octet-stream", file_name=file_name
    )


@login_required
@require_GET
def document(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """A document as a download."""
    found = get_document(viewer=request.user, uid=uid)
    if found is None:
        raise Http404
    content = read_document(viewer=request.user, document=found)
    return attachment(content, file_name=found.file_name, media_type=found.media_type)


@login_required
@require_GET
def evidence_content(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """What the source said, as a download."""
    found = _evidence(request, uid)
    content = read_content(viewer=request.user, evidence=found)
    return attachment(content, file_name=_file_name(found), media_type=found.media_type)


def _file_name(found: Evidence) -> str:
    if found.document_id:
        return found.document.file_name
    extensions = KINDS.get(found.media_type, ("", ()))[1]
    if not extensions and found.media_type == "application/json":
        extensions = ("json",)
    return safe_name(found.title, extensions or ("bin",))


@login_required
@require_GET
def letter(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """A letter as issued."""
    found = Letter.objects.select_related("practitioner", "facility").filter(uid=uid).first()
    if found is None or not may_read_letter(request.user, found):
        raise Http404
    if found.data_class != DataClass.GENERAL:
        record_protected_read(
            actor=request.user,
            data_class=DataClass(found.data_class),
            subject_kind="practitioners.letter",
            subject_uid=found.uid,
            practitioner=found.practitioner,
        )
    name = safe_name(f"{found.title} {found.issued_on:%Y-%m-%d}", ("pdf",))
    return attachment(store.get(found.sha256), file_name=name, media_type="application/pdf")


# --- evidence -------------------------------------------------------------------------------------------


@login_required
@require_GET
def evidence(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """One piece of evidence: what, who, when, its place in the chain, and what rests on it."""
    found = _evidence(request, uid)
    practitioner = found.practitioner
    redaction = getattr(found, "redaction", None)
    readable = may_read_content(request.user, found)
    actions = []
    if readable and redaction is None:
        actions.append(
            Action(
                "Download", url=reverse("practitioners:evidence_content", args=[found.uid]), icon="download"
            )
        )
    if redaction is None and may_change(request.user, REDACT, practitioner):
        actions.append(
            Action(
                "Remove a wrong content",
                url=reverse("practitioners:evidence_redact", args=[found.uid]),
                icon="eye-off",
                kind="danger",
            )
        )
    neighbours = {
        each.sequence: each
        for each in Evidence.objects.filter(
            practitioner=practitioner, sequence__in=(found.sequence - 1, found.sequence + 1)
        )
    }
    page = {
        "title": found.title if readable else "Evidence of a protected class",
        "crumbs": crumbs_of(practitioner, f"Evidence {found.sequence}", viewer=request.user),
        "evidence": found,
        "practitioner": practitioner,
        "redaction": redaction,
        "readable": readable,
        "periods": periods_resting_on(found),
        "before": neighbours.get(found.sequence - 1),
        "after": neighbours.get(found.sequence + 1),
        "actions": actions,
        "today": today_at(request),
    }
    return render_page(request, "practitioners/evidence.html", page)


@login_required
@require_POST
def evidence_verify(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Check this piece now: its content, its row, its link to the one before."""
    found = _evidence(request, uid)
    return render_page(
        request,
        "practitioners/parts/verified.html",
        {"problems": verify_one(found), "evidence": found},
    )


@login_required
@require_http_methods(["GET", "POST"])
def evidence_redact(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Remove the content of a wrong piece."""
    require(request.user, REDACT)
    found = _evidence(request, uid)
    page = _redaction_page(found.practitioner, f"“{found.title}”", links.evidence(found), request)

    def act(given: dict) -> Done:
        redact_evidence(actor=request.user, evidence=found, **given)
        return Done(REMOVED, links.evidence(found))

    return answer_form(request, page, act, template=CONFIRM)


@login_required
@require_http_methods(["GET", "POST"])
def document_redact(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Remove the content of a wrong document and of the evidence made of it."""
    require(request.user, REDACT)
    found = get_document(viewer=request.user, uid=uid)
    if found is None:
        raise Http404
    page = _redaction_page(found.practitioner, f"“{found.title}”", links.papers(found.practitioner), request)

    def act(given: dict) -> Done:
        redact_document(actor=request.user, document=found, **given)
        return Done(
            "The content was removed. Its hash and your reason stay.", links.papers(found.practitioner)
        )

    return answer_form(request, page, act, template=CONFIRM)


#: What is said when a wrong content is gone.
REMOVED = "The content was removed. Its hash and your reason stay."


def _redaction_page(practitioner, what: str, back: str, request: HttpRequest) -> dict:
    return {
        "title": "Remove a wrong content",
        "crumbs": crumbs_of(practitioner, "Remove a content"),
        "question": f"Does {what} not belong into the file of {practitioner}?",
        "consequence": (
            "The content is erased and cannot be brought back. Its hash and your reason stay, so that the "
            "chain "
            "of evidence still verifies. What was confirmed on it has to be verified again."
        ),
        "form": ReasonForm(request.POST or None),
        "submit": "Remove the content",
        "danger": True,
        "cancel_url": back,
    }


def _evidence(request: HttpRequest, uid: uuid.UUID) -> Evidence:
    found = get_evidence(viewer=request.user, uid=uid)
    if found is None:
        raise Http404
    return found
