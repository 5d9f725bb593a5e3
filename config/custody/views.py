"""Exports of everything: asking, the second person's decision, watching, fetching."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.accounts.policies import require
from config.audit.tables import verb_words
from config.custody.choices import STEP_WORDS, CustodyStatus
from config.custody.forms import ApproveForm, AskForm, ReasonForm
from config.custody.models import CustodyExport
from config.custody.package.age import fingerprint
from config.custody.policies import (
    APPROVE,
    ASK,
    require_ask,
    require_fetch,
    require_look,
    require_second_person,
    why_not,
)
from config.custody.selectors.exports import (
    bytes_written,
    counts_told,
    get_export,
    steps_of,
    visible_exports,
)
from config.custody.services import exports
from config.custody.tables import EXPORTS
from config.kernel.errors import Forbidden, Refused
from config.kernel.pages import (
    Action,
    Crumb,
    Done,
    Empty,
    answer_form,
    go_to,
    render_list,
    render_page,
)

FORM, CONFIRM = "custody/ask.html", "pages/confirm.html"
#: Steps whose reason is not on the page already.
_WITH_REASON = ("custody.refused", "custody.withdrawn", "custody.failed", "custody.removed")
_WORKING = (CustodyStatus.APPROVED, CustodyStatus.MAKING)


@login_required
@require_GET
def export_list(request: HttpRequest) -> HttpResponse:
    """Every export that was asked for."""
    require_look(request.user)
    new = Action(
        "Ask for an export",
        url=reverse("custody:new"),
        icon="database",
        kind="primary",
        refusal=why_not(require_ask, request.user),
    )
    return render_list(
        request,
        EXPORTS,
        visible_exports(request.user),
        title="Exports of everything",
        subtitle="All records and every file, encrypted, for another installation or an archive",
        noun="export",
        actions=[new],
        empty=Empty(
            "No export of everything was asked for yet.",
            "A director asks, a second person approves, and a worker makes one encrypted file that loads "
            "into an empty installation.",
            icon="database",
        ),
    )


@login_required
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for an export; a second person decides."""
    require(request.user, ASK)
    form = AskForm(request.POST or None)
    page = {
        "title": "Ask for an export of everything",
        "crumbs": [Crumb("Exports of everything", reverse("custody:list")), Crumb("New")],
        "form": form,
        "submit": "Ask a second person",
        "cancel_url": reverse("custody:list"),
        "refusal": why_not(require_ask, request.user),
    }

    def ask_for(given: dict) -> Done:
        export = exports.ask_for_export(actor=request.user, **given)
        return Done("Asked. A second person has to approve it.", _address(export))

    return answer_form(request, page, ask_for, template=FORM)


def _address(export: CustodyExport, name: str = "export") -> str:
    return reverse(f"custody:{name}", args=[export.uid])


def _find(request: HttpRequest, uid: uuid.UUID) -> CustodyExport:
    require_look(request.user)
    export = get_export(viewer=request.user, uid=uid)
    if export is None:
        raise Http404
    return export


@login_required
@require_GET
def one_export(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """One export: what was asked, by whom, to which key, what came of it, every step."""
    export = _find(request, uid)
    return render_page(request, "custody/export.html", _page(request, export))


def _page(request: HttpRequest, export: CustodyExport) -> dict[str, object]:
    steps = [
        {
            "when": each.at,
            "text": STEP_WORDS.get(each.verb) or verb_words(each),
            "who": each.actor_name,
            "detail": each.reason if each.verb in _WITH_REASON else "",
        }
        for each in steps_of(export)[:100]
    ]
    return {
        "title": "Export of everything",
        "crumbs": [Crumb("Exports of everything", reverse("custody:list")), Crumb("Export")],
        "page_badge": CustodyStatus(export.status),
        "export": export,
        "facts": _facts(export),
        "counts": counts_told(export),
        "fingerprint": fingerprint(export.public_key),
        "steps": steps,
        "fetch_refusal": why_not(require_fetch, request.user, export),
        "actions": _actions(request, export),
        **_state(export),
    }


def _facts(export: CustodyExport) -> list[dict[str, object]]:
    facts: list[dict[str, object]] = [
        {"label": "Asked by", "value": str(export.asked_by)},
        {"label": "For", "value": export.get_purpose_display()},
        {"label": "Why", "value": export.reason},
        {"label": "Holds the key", "value": export.receiver},
    ]
    if export.decided_by is not None:
        word = "Refused by" if export.status == CustodyStatus.REFUSED else "Approved by"
        facts.append({"label": word, "value": str(export.decided_by)})
    return facts


def _state(export: CustodyExport) -> dict[str, object]:
    working = export.status in _WORKING
    return {"export": export, "working": working, "written": bytes_written(export) if working else 0}


def _actions(request: HttpRequest, export: CustodyExport) -> list[Action]:
    """What can be done in this state, or the reason why this reader cannot."""
    user, status = request.user, export.status
    second = why_not(require_second_person, user, export)
    asker = why_not(require_ask, user)
    if status == CustodyStatus.ASKED:
        found = [
            Action("Approve", url=_address(export, "approve"), icon="check", kind="primary", refusal=second)
        ]
        if not second:
            found.append(Action("Refuse", url=_address(export, "refuse"), icon="x"))
        if not asker:
            found.append(Action("Withdraw", url=_address(export, "withdraw"), icon="arrow-back-up"))
        return found
    if asker:
        return []
    if status == CustodyStatus.APPROVED:
        return [Action("Withdraw", url=_address(export, "withdraw"), icon="arrow-back-up")]
    if status == CustodyStatus.FAILED:
        return [
            Action("Withdraw", url=_address(export, "withdraw"), icon="arrow-back-up"),
            Action("Try again", url=_address(export, "again"), icon="refresh", kind="primary", method="post"),
        ]
    if status == CustodyStatus.READY:
        return [
            Action(
                "Remove the file",
                url=_address(export, "remove"),
                icon="trash",
                method="post",
                confirm="Remove the encrypted file from the server?",
                confirm_label="Remove",
            )
        ]
    return []


@login_required
@require_GET
def progress(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The part that watches the making; once it is over, the whole page is loaded again."""
    export = _find(request, uid)
    state = _state(export)
    response = render_page(request, "custody/parts/progress.html", state)
    if not state["working"]:
        response["HX-Refresh"] = "true"
    return response


@login_required
@require_http_methods(["GET", "POST"])
def approve(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The second person compares the key and approves."""
    export = _find(request, uid)
    require(request.user, APPROVE)
    mark = fingerprint(export.public_key)
    form = ApproveForm(request.POST or None, initial={"fingerprint": mark})
    page = _decision_page(export, "Approve the export", form, "Approve")
    page |= {
        "question": f"Let {export.receiver} have everything this system holds?",
        "consequence": "All files of all people at every facility leave in one encrypted file: social "
        "security numbers, data bank answers, peer review, health, the audit trail. Only the "
        "receiver's key opens it.",
        "preview": [
            f"{export.asked_by} asks: {export.reason}",
            f"For: {export.get_purpose_display()}",
            f"Fingerprint of the receiver's key: {mark}",
        ],
        "refusal": why_not(require_second_person, request.user, export),
    }
    return _decide(
        request,
        page,
        form,
        lambda typed: exports.approve_export(
            actor=request.user, export=export, fingerprint_seen=typed["fingerprint"]
        ),
        export,
    )


@login_required
@require_http_methods(["GET", "POST"])
def refuse(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The second person refuses and says why."""
    export = _find(request, uid)
    require(request.user, APPROVE)
    form = ReasonForm(request.POST or None)
    page = _decision_page(export, "Refuse the export", form, "Refuse")
    page["question"] = f"Refuse the export {export.asked_by} asks for?"
    page["refusal"] = why_not(require_second_person, request.user, export)
    return _decide(
        request,
        page,
        form,
        lambda typed: exports.refuse_export(actor=request.user, export=export, reason=typed["reason"]),
        export,
    )


@login_required
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Take the wish back."""
    export = _find(request, uid)
    require(request.user, ASK)
    form = ReasonForm(request.POST or None)
    page = _decision_page(export, "Withdraw the export", form, "Withdraw")
    page["question"] = "Withdraw this export? Nothing is made."
    page["refusal"] = why_not(require_ask, request.user)
    return _decide(
        request,
        page,
        form,
        lambda typed: exports.withdraw_export(actor=request.user, export=export, reason=typed["reason"]),
        export,
    )


def _decision_page(export: CustodyExport, title: str, form, submit: str) -> dict[str, object]:
    crumbs = [
        Crumb("Exports of everything", reverse("custody:list")),
        Crumb("Export", _address(export)),
        Crumb(submit),
    ]
    return {
        "title": title,
        "crumbs": crumbs,
        "form": form,
        "submit": submit,
        "cancel_url": _address(export),
    }


def _decide(
    request: HttpRequest,
    page: dict[str, object],
    form,
    act: Callable[[dict], object],
    export: CustodyExport,
) -> HttpResponse:
    def decide(given: dict) -> Done:
        act(given)
        return Done("", _address(export))

    return answer_form(request, page, decide, template=CONFIRM, form=form)


@login_required
@require_POST
def again(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Have an export that could not be made tried again."""
    export = _find(request, uid)
    require(request.user, ASK)
    return _act(request, export, lambda: exports.ask_again(actor=request.user, export=export))


@login_required
@require_POST
def remove(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Remove the file before its time is over."""
    export = _find(request, uid)
    require(request.user, ASK)
    return _act(request, export, lambda: exports.remove_file(actor=request.user, export=export))


def _act(request: HttpRequest, export: CustodyExport, act: Callable[[], object]) -> HttpResponse:
    try:
        act()
    except Forbidden as forbidden:
        messages.error(request, forbidden.sentence)
    except Refused as refused:
        messages.error(request, refused.sentence)
    return go_to(request, _address(export))


@login_required
@require_POST
def fetch(request: HttpRequest, uid: uuid.UUID) -> HttpResponse | FileResponse:
    """The encrypted file as a download; recorded before it begins."""
    export = _find(request, uid)
    try:
        path = exports.fetch_export(actor=request.user, export=export)
    except Refused as refused:
        messages.error(request, refused.sentence)
        return go_to(request, _address(export))
    response = FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=f"standing-custody-{export.made_at:%Y-%m-%d}.age",
        content_type="application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
