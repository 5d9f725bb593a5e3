"""Importing rosters: upload, what it would change, apply, undo."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.accounts.policies import facilities_of, facilities_with, may, require
from config.audit.choices import JobStatus
from config.kernel.errors import Forbidden, Refused
from config.kernel.pages import (
    Action,
    Crumb,
    Empty,
    Tab,
    address,
    go_to,
    render_invalid,
    render_list,
    render_page,
    render_refused,
)
from practitioners.choices import ImportKind, ImportStatus, RowOutcome
from practitioners.forms.imports import ImportForm, UndoForm
from practitioners.importing.rejections import UnusableFile
from practitioners.importing.roster_fields import roster_mapping, roster_mapping_choices
from practitioners.importing.tables import refuse_oversize
from practitioners.models import ImportBatch
from practitioners.selectors.imports import PERMISSION, get_import, rows_of, visible_imports, work_on
from practitioners.services import import_work
from practitioners.services.roster_import import check_roster, discard_import, progress_of
from practitioners.tables import IMPORTS, import_rows_table

IMPORT = "practitioners.import"
FORM = "practitioners/import_new.html"


@login_required
@require_GET
def import_list(request: HttpRequest) -> HttpResponse:
    """Every import the reader may work with."""
    _require_any(request)
    url = reverse("practitioners:import_new")
    new = Action("Import a roster", url=url, icon="file-import", kind="primary")
    return render_list(
        request,
        IMPORTS,
        visible_imports(request.user),
        title="Imports",
        noun="import",
        crumbs=[Crumb("Practitioners", reverse("practitioners:list")), Crumb("Imports")],
        actions=[new] if may(request.user, IMPORT) else [],
        empty=Empty(
            "Nothing was imported yet.",
            "Import a roster (CSV or Excel): what it would change is shown before anything is written.",
            icon="file-import",
        ),
    )


def _require_any(request: HttpRequest) -> None:
    if not any(may(request.user, permission) for permission in PERMISSION.values()):
        raise Forbidden('Your roles do not include "Import rosters and undo an import".')


@login_required
@require_http_methods(["GET", "POST"])
def new_import(request: HttpRequest) -> HttpResponse:
    """Upload a roster; it is checked at once, and nothing is written about people."""
    require(request.user, IMPORT)
    places = [
        place for place in facilities_of(request.user) if place.pk in facilities_with(request.user, IMPORT)
    ]
    form = ImportForm(request.POST or None, request.FILES or None, facilities=places)
    page = {
        "title": "Import a roster",
        "intro": "The file is checked first. You see what it would change before anything is written.",
        "crumbs": [Crumb("Imports", reverse("practitioners:imports")), Crumb("New")],
        "form": form,
        "submit": "Check the file",
        "upload": True,
        "cancel_url": reverse("practitioners:imports"),
    }
    if request.method != "POST":
        return render_page(request, FORM, page)
    if not form.is_valid():
        return render_invalid(request, FORM, page)
    file = form.cleaned_data["file"]
    try:
        refuse_oversize(file.size, settings.STANDING_IMPORT_LIMIT)
        batch = check_roster(
            actor=request.user,
            content=file.read(),
            file_name=file.name,
            mapping=roster_mapping(form.cleaned_data["mapping"]),
            facility=form.chosen_facility,
        )
    except UnusableFile as problem:
        return render_refused(request, Refused(problem.sentence, field="file"), FORM, page, form=form)
    except Refused as refused:
        return render_refused(request, refused, FORM, page, form=form)
    return go_to(request, reverse("practitioners:import", args=[batch.uid]))


def _find(request: HttpRequest, uid: uuid.UUID) -> ImportBatch:
    _require_any(request)
    batch = get_import(viewer=request.user, uid=uid)
    if batch is None:
        raise Http404
    return batch


@login_required
@require_GET
def one_import(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """What the file would change, or changed: rows by outcome, before and after; the rejected ones as CSV."""
    batch = _find(request, uid)
    outcome = request.GET.get("outcome", "")
    if outcome not in RowOutcome.values:
        outcome = _first_tab(batch)
    words = request.GET.get("q", "")[:80].replace("\x00", "")
    here = reverse("practitioners:import", args=[batch.uid])
    tabs = [
        Tab(
            member.label,
            address(here, outcome=member.value),
            active=member.value == outcome,
            count=batch.counts.get(member.value, 0),
        )
        for member in RowOutcome
    ]
    return render_list(
        request,
        import_rows_table(outcome),
        rows_of(batch, outcome, words),
        title=f"{_what(batch)} of {batch.file_name}",
        noun="row",
        crumbs=[Crumb("Imports", reverse("practitioners:imports")), Crumb(batch.file_name)],
        actions=_actions(batch),
        tabs=tabs,
        empty=Empty("No row of this kind.", "", icon="list-check"),
        template="practitioners/import.html",
        context={"batch": batch, "words": words, "outcome": outcome, **_state(batch)},
    )


def _what(batch: ImportBatch) -> str:
    return "Go-live load" if batch.kind == ImportKind.GO_LIVE else "Import"


def _first_tab(batch: ImportBatch) -> str:
    """Where to begin: what is wrong, else what would happen."""
    order = (RowOutcome.REJECTED, RowOutcome.CHANGED, RowOutcome.NEW, RowOutcome.UNCHANGED)
    return str(next((each for each in order if batch.counts.get(each.value)), RowOutcome.NEW))


def _state(batch: ImportBatch) -> dict[str, object]:
    """What the page says of the work on the import."""
    run = work_on(batch)
    working = run is not None and run.status == JobStatus.RUNNING
    done = progress_of(batch) if working else None
    rosters = dict(roster_mapping_choices()) if batch.kind == ImportKind.ROSTER else {}
    return {
        "page_badge": ImportStatus(batch.status),
        "mapping_name": rosters.get(batch.mapping, batch.mapping),
        "working": working,
        "undoing": working and batch.status == ImportStatus.APPLIED,
        "done": done,
        "refused": run.message if run is not None and run.status == JobStatus.FAILED else "",
        "people": sum(batch.counts.get(each, 0) for each in ("new", "changed")),
    }


def _actions(batch: ImportBatch) -> list[Action]:
    run = work_on(batch)
    if run is not None and run.status == JobStatus.RUNNING:
        return []
    if batch.status == ImportStatus.APPLIED:
        if batch.kind != ImportKind.ROSTER:
            return []
        url = reverse("practitioners:import_undo", args=[batch.uid])
        return [Action("Undo", url=url, icon="arrow-back-up", kind="danger")]
    if batch.status != ImportStatus.CHECKED:
        return []
    count = sum(batch.counts.get(each, 0) for each in ("new", "changed"))
    left_out = batch.counts.get("rejected", 0)
    asked = f"Write {count} {'row' if count == 1 else 'rows'}?"
    if left_out:
        asked += f" {left_out} rejected stay out."
    if batch.kind == ImportKind.GO_LIVE:
        asked += " Appointments and privileges come into force as the file says. This cannot be undone."
    return [
        Action(
            "Discard", url=reverse("practitioners:import_discard", args=[batch.uid]), icon="x", method="post"
        ),
        Action(
            "Apply",
            url=reverse("practitioners:import_apply", args=[batch.uid]),
            icon="check",
            kind="primary",
            method="post",
            refusal=_why_not(batch, count, left_out),
            confirm=asked,
            confirm_label="Apply",
        ),
    ]


def _why_not(batch: ImportBatch, count: int, left_out: int) -> str:
    """Why the import cannot be applied as it was checked, or nothing."""
    if batch.kind == ImportKind.GO_LIVE and left_out:
        return f"Rejected rows: {left_out}. A go-live load is whole or nothing: correct the export."
    return "" if count else "No row of the file changes anything."


@login_required
@require_GET
def progress(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The part that watches the work; once it is over, the whole page is loaded again."""
    batch = _find(request, uid)
    state = _state(batch)
    response = render_page(request, "practitioners/parts/import_progress.html", {"batch": batch, **state})
    if not state["working"]:
        response["HX-Refresh"] = "true"
    return response


@login_required
@require_POST
def apply_import(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Have the import written."""
    batch = _find(request, uid)
    return _act(request, batch, lambda: import_work.ask_to_apply(actor=request.user, batch=batch))


@login_required
@require_POST
def discard(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Put a checked import aside."""
    batch = _find(request, uid)
    return _act(request, batch, lambda: discard_import(actor=request.user, batch=batch))


def _act(request: HttpRequest, batch: ImportBatch, act) -> HttpResponse:
    try:
        act()
    except Refused as refused:
        if isinstance(refused, Forbidden):
            raise
        messages.error(request, refused.sentence)
    return go_to(request, reverse("practitioners:import", args=[batch.uid]))


@login_required
@require_http_methods(["GET", "POST"])
def undo(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Take the import back, with a reason."""
    batch = _find(request, uid)
    here = reverse("practitioners:import", args=[batch.uid])
    form = UndoForm(request.POST or None)
    page = {
        "title": "Undo the import",
        "crumbs": [
            Crumb("Imports", reverse("practitioners:imports")),
            Crumb(batch.file_name, here),
            Crumb("Undo"),
        ],
        "question": f"Take back everything the import of {batch.file_name} wrote?",
        "consequence": "People it added leave every list; what it changed is as it was before. If anybody "
        " worked on one of its rows since, nothing is undone and the rows are named.",
        "form": form,
        "submit": "Undo the import",
        "danger": True,
        "cancel_url": here,
    }
    if request.method != "POST":
        return render_page(request, "pages/confirm.html", page)
    if not form.is_valid():
        return render_invalid(request, "pages/confirm.html", page)
    try:
        import_work.ask_to_undo(actor=request.user, batch=batch, reason=form.cleaned_data["reason"])
    except Refused as refused:
        return render_refused(request, refused, "pages/confirm.html", page, form=form)
    return go_to(request, here)
