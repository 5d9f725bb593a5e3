"""The page of one verification item, and what is done there."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from config.accounts.policies import may, require
from config.audit.services.events import record_protected_read
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.pages import Action, Crumb, go_to, render_page, render_refused
from credentialing import links, policies
from credentialing.choices import Element, ItemStatus
from credentialing.elements import NEVER_WAIVABLE, data_class
from credentialing.forms.verification import (
    AnswerForm,
    AttemptForm,
    NoteForm,
    ResolveForm,
    ReviewForm,
    filed_document,
)
from credentialing.guidance import guidance_for
from credentialing.models import VerificationItem
from credentialing.selectors import gate
from credentialing.selectors.enquiries import SignedAnswer, read_answer
from credentialing.selectors.intake import documents_filed_for
from credentialing.selectors.release import release_missing
from credentialing.selectors.sources import left_alone
from credentialing.services import verification
from credentialing.views import item_corrections
from credentialing.views.enquiries import chase_actions, forms_part
from credentialing.views.item_facts import asked_for
from practitioners.choices import CredentialStatus
from practitioners.services.documents import store_document

VERIFY = "credentialing.verify"
WAIVE = "credentialing.waive"
WAITING = (ItemStatus.NOT_STARTED, ItemStatus.REQUESTED, ItemStatus.AWAITING)


# --- what can be done -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Deed:
    """One form of the page: when it stands there, what it does, what is said afterwards."""

    title: str
    submit: str
    make: Callable[[Any, VerificationItem], Any] | None
    run: Callable[..., Any]
    done: str
    statuses: tuple[str, ...]
    permission: str = VERIFY
    hint: str = ""
    danger: bool = False
    folded: bool = True
    applies: Callable[[VerificationItem], bool] = lambda item: True


def _attempt(*, actor, item, form, files) -> None:
    verification.record_attempt(actor=actor, item=item, **form.cleaned_data)


def _answer(*, actor, item, form, files) -> None:
    given = form.cleaned_data
    document = filed_document(given.get("filed", ""), documents_filed_for(item=item))
    upload = given.get("document")
    if upload is not None:
        document = store_document(
            actor=actor,
            practitioner=item.application.practitioner,
            title=f"{item.get_element_display()}: {given['source']}"[:200],
            file_name=upload.name,
            content=upload.read(),
            data_class=data_class(item.element),
        )
    verification.receive(
        actor=actor,
        item=item,
        source=given["source"],
        source_kind=given["source_kind"],
        method=given["method"],
        verified_on=given["verified_on"],
        source_date=given["source_date"],
        result=given["result"],
        findings=form.findings(),
        document=document,
    )


def _answer_form(data: Any, item: VerificationItem) -> AnswerForm:
    sent = data if isinstance(data, tuple) else (data,)
    return AnswerForm(*sent, item=item, filed=documents_filed_for(item=item))


def _review(*, actor, item, form, files) -> None:
    verification.verify(actor=actor, item=item, **form.cleaned_data)


def _discrepancy(*, actor, item, form, files) -> None:
    verification.note_discrepancy(actor=actor, item=item, note=form.cleaned_data["note"])


def _resolve(*, actor, item, form, files) -> None:
    verification.resolve(actor=actor, item=item, **form.cleaned_data)


def _unable(*, actor, item, form, files) -> None:
    verification.mark_unable(actor=actor, item=item, note=form.cleaned_data["note"])


def _waive(*, actor, item, form, files) -> None:
    verification.waive(actor=actor, item=item, reason=form.cleaned_data["note"])


def _not_applicable(*, actor, item, form, files) -> None:
    verification.mark_not_applicable(actor=actor, item=item, reason=form.cleaned_data["note"])


def _renew(*, actor, item, form, files) -> VerificationItem:
    return verification.renew(actor=actor, item=item, reason=form.cleaned_data["note"])


def _request(*, actor, item, form, files) -> None:
    verification.request(actor=actor, item=item)


def _note(label: str, hint: str = "") -> Callable[[Any, VerificationItem], NoteForm]:
    return lambda data, item: NoteForm(data, label=label, hint=hint)


def by_hand(item: VerificationItem) -> bool:
    """Whether a person records the answer here; screening and data bank have pages of their own."""
    return item.element not in (Element.EXCLUSION, Element.NPDB)


DEEDS: dict[str, Deed] = {
    "request": Deed(
        "Ask the source now", "Ask now", None, _request, "The source is being asked.",
        (ItemStatus.NOT_STARTED, ItemStatus.REQUESTED, ItemStatus.AWAITING, ItemStatus.UNABLE),
        applies=lambda item: bool(item.automatic_source),
    ),
    "verify": Deed(
        "Review the answer", "Verify", lambda data, item: ReviewForm(data), _review, "Verified.",
        (ItemStatus.RECEIVED,), folded=False,
        hint="Compare the answer with what was stated. Verifying confirms the credential in the file.",
    ),
    "discrepancy": Deed(
        "It differs from what was stated", "Note the discrepancy",
        _note("What differs", "The applicant may correct it."), _discrepancy, "The discrepancy is noted.",
        (ItemStatus.RECEIVED,),
    ),
    "resolve": Deed(
        "Resolve the discrepancy", "Resolve",
        lambda data, item: ResolveForm(
            data, label="How it was resolved", hint="What is true after all, and how you know."
        ),
        _resolve, "Resolved.", (ItemStatus.DISCREPANT,), folded=False,
    ),
    "correct": Deed(
        "Let the practitioner correct it", "Ask the practitioner", item_corrections.form_of,
        item_corrections.ask,
        "The practitioner is asked; their answer stands here.", (ItemStatus.DISCREPANT,),
        applies=item_corrections.may_be_asked,
    ),
    "answer": Deed(
        "Record the answer", "Record the answer", _answer_form, _answer,
        "The answer is recorded. Review it next.", (*WAITING, ItemStatus.UNABLE),
        folded=False, applies=by_hand,
    ),
    "attempt": Deed(
        "Record an attempt", "Record the attempt", lambda data, item: AttemptForm(data), _attempt,
        "The attempt is recorded.", (*WAITING, ItemStatus.UNABLE),
        hint="Every try counts: after enough of them an item may be recorded as unable to verify.",
    ),
    "unable": Deed(
        "Unable to verify", "Record as unable",
        _note("Why the source cannot be reached"), _unable, "Recorded as unable to verify.",
        (ItemStatus.REQUESTED, ItemStatus.AWAITING), applies=by_hand,
    ),
    "waive": Deed(
        "Waive", "Waive", _note("Why the application can be decided without it"), _waive, "Waived.",
        (ItemStatus.UNABLE,), permission=WAIVE, danger=True,
        applies=lambda item: item.element not in NEVER_WAIVABLE and item.waivable,
    ),
    "not-applicable": Deed(
        "Does not apply", "Mark as not applicable", _note("Why it does not apply"), _not_applicable,
        "Marked as not applicable.", (ItemStatus.NOT_STARTED,),
        applies=lambda item: item.element not in NEVER_WAIVABLE,
    ),
    "renew": Deed(
        "Verify again", "Verify again",
        _note("Why it is verified again", "The result that is here stays in the file."), _renew,
        "A fresh item stands in the plan.",
        (ItemStatus.VERIFIED, ItemStatus.VERIFIED_ADVERSE, ItemStatus.WAIVED, ItemStatus.RECEIVED,
         ItemStatus.DISCREPANT, ItemStatus.NOT_APPLICABLE),
        applies=by_hand,
    ),
}  # fmt: skip


# --- the page -------------------------------------------------------------------------------------------


@login_required
@require_GET
def item_page(request: HttpRequest, uid) -> HttpResponse:
    """One item: what is wanted, what the source said, what was tried, what can be done."""
    item = policies.item_or_404(request.user, uid)
    context = _context(request, item)
    data_class_read = policies.class_of_answer(item)
    # A signed answer is read from its evidence, which logs the reading itself.
    if context["may_read"] and item.evidence_id and data_class_read != "general" and not context["signed"]:
        record_protected_read(
            actor=request.user,
            data_class=data_class_read,
            subject_kind="credentialing.verificationitem",
            subject_uid=item.uid,
            practitioner=item.application.practitioner,
        )
    return render_page(
        request,
        "credentialing/item.html",
        context,
        part="progress",
        part_template="credentialing/parts/item_progress.html",
    )


@login_required
@require_GET
def progress(request: HttpRequest, uid) -> HttpResponse:
    """The part that watches an automatic question; once it is answered, the whole page is loaded again."""
    item = policies.item_or_404(request.user, uid)
    asking = item.status == ItemStatus.REQUESTED and bool(item.automatic_source)
    response = render_page(
        request,
        "credentialing/parts/item_progress.html",
        {
            "item": item,
            "asking": asking,
            "left_alone": left_alone(item),
            "last_attempt": item.attempts.order_by("at", "id").last(),
        },
    )
    if not asking:
        response["HX-Refresh"] = "true"
    return response


@login_required
@require_POST
def deed(request: HttpRequest, uid, name: str) -> HttpResponse:
    """One thing done with the item. What was typed stays when it is refused."""
    item = policies.item_or_404(request.user, uid)
    if name not in DEEDS:
        raise Http404
    chosen = DEEDS[name]
    require(request.user, chosen.permission, item.application.facility)
    form = None
    if chosen.make is not None:
        data = (request.POST, request.FILES) if name == "answer" else request.POST
        form = chosen.make(data, item)
        form.auto_id = f"{name}_%s"
        if not form.is_valid():
            context = _context(request, item, bound={name: form})
            return render_page(request, "credentialing/item.html", context, status=422)
    try:
        fresh = chosen.run(actor=request.user, item=item, form=form, files=request.FILES)
    except Refused as refused:
        item = policies.item_or_404(request.user, uid)
        context = _context(request, item, bound={name: form} if form is not None else {})
        if form is not None and refused.field in form.fields:
            form.add_error(refused.field, refused.sentence)
            return render_page(request, "credentialing/item.html", context, status=refused.status_code)
        return render_refused(request, refused, "credentialing/item.html", context)
    messages.success(request, chosen.done)
    return go_to(request, links.item(fresh if isinstance(fresh, VerificationItem) else item))


def _context(request: HttpRequest, item: VerificationItem, bound: dict | None = None) -> dict[str, Any]:
    application = item.application
    address = links.application(application)
    attempts = list(item.attempts.select_related("by", "evidence").order_by("-at", "-id"))
    may_read = policies.may_read_answer(request.user, item)
    verdict, needs = gate.leaf_of(application, item)
    by_mail = forms_part(request, item)
    signed = _signed(request, by_mail) if may_read else None
    asks = item.element != Element.ATTESTATION and item.status in (*WAITING, ItemStatus.UNABLE)
    no_release = release_missing(application) if asks and application.is_open else ""
    deeds = _deeds(request, item, bound or {}, signed)
    return {
        "title": item.label,
        "subtitle": str(application),
        "crumbs": [
            Crumb("Applications", reverse("credentialing:list")),
            Crumb(str(application.practitioner), address),
            Crumb(item.get_element_display()),
        ],
        "badges": [ItemStatus(item.status)],
        "today": clock.today(application.facility),
        "item": item,
        "application": application,
        "verdict": verdict if item.status != ItemStatus.SUPERSEDED else None,
        "attempts": [_shown_attempt(each) for each in attempts],
        "no_attempt": _no_attempt(item),
        "last_attempt": attempts[0] if attempts else None,
        "asking": item.status == ItemStatus.REQUESTED and bool(item.automatic_source),
        "left_alone": left_alone(item),
        "no_release": no_release,
        # Asking a machine is refused; a person who asks by hand is warned.
        "deeds": [each for each in deeds if not (no_release and each["name"] == "request")],
        "may_read": may_read,
        "by_mail": by_mail,
        "signed": signed,
        "chase": chase_actions(request, item),
        "facts": asked_for(item, needs),
        "guidance": guidance_for(item.element, application.practitioner.provider_type),
        "beside": _beside_signed(item, signed) if item.evidence_id else [],
        "said": said(item) if item.evidence_id else [],
        "corrections": item_corrections.shown(item) if may_read else [],
        "evidence_url": links.evidence(item.evidence.uid) if item.evidence_id else "",
        "elsewhere": _elsewhere(request, item),
        "upload_limit": settings.STANDING_UPLOAD_LIMIT,
    }


def _signed(request: HttpRequest, by_mail: dict[str, Any] | None) -> SignedAnswer | None:
    """What was answered on a form, with what it says a reviewer should weigh; None after a redaction."""
    if by_mail is None or by_mail["answered"] is None:
        return None
    with contextlib.suppress(Refused):
        return read_answer(request.user, by_mail["answered"])
    return None


def _proposed(signed: SignedAnswer, item: VerificationItem) -> dict[str, Any]:
    """What the review begins with: adverse where the answer gives cause, in words that repeat none of it."""
    if not signed.concerns:
        return {}
    return {
        "adverse": True,
        "note": f"The signed answer calls for review: {len(signed.concerns)} "
        f"point{'s' if len(signed.concerns) != 1 else ''} to weigh; see the evidence.",
    }


def _no_attempt(item: VerificationItem) -> str:
    """What stands where no attempt was recorded: that nobody tried is only so while nothing is found out."""
    if item.evidence_id or item.status in (ItemStatus.WAIVED, ItemStatus.NOT_APPLICABLE):
        return "Answered without an earlier attempt."
    if item.element == Element.ATTESTATION:
        return "The applicant has not signed yet."
    return "Nobody has tried yet."


def _shown_attempt(attempt) -> dict[str, Any]:
    return {
        "when": attempt.at,
        "text": f"{attempt.get_outcome_display()} ({attempt.get_method_display().lower()})",
        "who": str(attempt.by),
        "detail": attempt.note,
        "icon": "send" if attempt.outcome == "sent" else "clock",
        "url": links.evidence(attempt.evidence.uid) if attempt.evidence_id else "",
    }


def said(item: VerificationItem) -> list[dict[str, Any]]:
    """What the source said of a reviewed credential, field by field."""
    if item.credential_id is None or item.status in (ItemStatus.RECEIVED, ItemStatus.DISCREPANT):
        return []
    found = item.findings
    labels = dict(CredentialStatus.choices)
    rows = [
        ("Status", labels.get(found.get("status"), "")),
        ("Valid from", found.get("valid_from")),
        ("Last valid day", found.get("valid_through")),
    ]
    return [{"label": label, "value": value} for label, value in rows if value]


def _beside_signed(item: VerificationItem, signed: SignedAnswer | None) -> list[dict[str, Any]]:
    """The same for an answer on a form, whose dates stand in its evidence alone; a peer gives none."""
    if signed is None:
        return beside(item)
    if item.element == Element.PEER_REFERENCE:
        return []
    return beside(
        item,
        {"valid_from": signed.values.get("appointed_on"), "valid_through": signed.values.get("ended_on")},
    )


def beside(item: VerificationItem, found: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """What was stated beside what the source said, field by field, for the person who reviews.

    ``found`` is what the source said, the item's findings when it is left out.
    """
    if item.credential_id is None or item.status not in (ItemStatus.RECEIVED, ItemStatus.DISCREPANT):
        return []
    period = item.credential.periods.live().order_by("-valid").first()
    if period is None:
        return []
    found = item.findings if found is None else found
    labels = dict(CredentialStatus.choices)
    rows = [
        ("Status", labels.get(period.status, period.status), labels.get(found.get("status"), "")),
        ("Valid from", period.start and period.start.isoformat(), found.get("valid_from") or ""),
        ("Last valid day", period.end and period.end.isoformat(), found.get("valid_through") or ""),
    ]
    return [
        {
            "field": name,
            "claimed": stated or "",
            "found": said,
            "agrees": None if not said or not stated else stated == said,
        }
        for name, stated, said in rows
        if stated or said
    ]


def _deeds(
    request: HttpRequest, item: VerificationItem, bound: dict, signed: SignedAnswer | None = None
) -> list[dict[str, Any]]:
    if not item.application.is_workable:
        return []
    shown = []
    for name, chosen in DEEDS.items():
        if item.status not in chosen.statuses or not chosen.applies(item):
            continue
        if not may(request.user, chosen.permission, item.application.facility):
            continue
        form = bound.get(name)
        if form is None and chosen.make is not None:
            form = chosen.make(None, item)
            form.auto_id = f"{name}_%s"
            if name == "verify" and signed is not None:
                form.initial.update(_proposed(signed, item))
        shown.append(
            {
                "name": name,
                "title": chosen.title,
                "submit": chosen.submit,
                "hint": chosen.hint,
                "danger": chosen.danger,
                "form": form,
                "open": not chosen.folded or name in bound,
                "url": reverse("credentialing:deed", args=[item.uid, name]),
                "upload": name == "answer",
            }
        )
    return shown


def _elsewhere(request: HttpRequest, item: VerificationItem) -> Action | None:
    """Where an element with a page of its own is answered."""
    person, place = item.application.practitioner, item.application.facility
    if item.element == Element.EXCLUSION and may(request.user, "credentialing.screen", place):
        return Action(
            "Screen now",
            url=reverse("credentialing:screen", args=[person.uid]),
            method="post",
            kind="primary",
            icon="user-shield",
            hidden={"next": links.item(item)},
        )
    if item.element == Element.NPDB and may(request.user, "credentialing.log_npdb", place):
        return Action(
            "Log a query",
            url=f"{reverse('credentialing:npdb_add', args=[person.uid])}?application={item.application.uid}",
            kind="primary",
            icon="database",
        )
    return None
