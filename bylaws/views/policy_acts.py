"""A version on its way: comments, the bodies, publication; reviews, and the numbers a section carries."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from bylaws.choices import Acknowledgers, PolicyKind, VersionStatus
from bylaws.forms.parameters import SetHereForm, typed_here
from bylaws.forms.policies import (
    ApprovalForm,
    CommentForm,
    CommentsForm,
    PublishForm,
    ResolveForm,
    ReviewForm,
)
from bylaws.models import Policy, PolicyVersion
from bylaws.parameters import DOCUMENT_BODIES, bodies_problem
from bylaws.rules.citations import citation_of
from bylaws.rules.policy_text import sections_of
from bylaws.selectors import policies as selectors
from bylaws.selectors.citations import citable
from bylaws.services import policies as services
from bylaws.services import policy_comments
from bylaws.services.policies import APPROVE
from bylaws.views.common import found
from bylaws.views.policies import crumbs, get_or_404, url_of
from config.accounts.policies import require
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.kernel.pages import Crumb, Done, answer_form, go_to, render_page
from config.rulebook.parameters import definitions
from config.rulebook.selectors.parameters import Bound, resolve_many
from config.rulebook.services.parameters import set_by_house

METHODS = ["GET", "HEAD", "POST"]
#: How long comments are asked for by itself, and how long members have to acknowledge, in days.
COMMENT_DAYS, ACKNOWLEDGE_DAYS = 30, 30


def _version(request: HttpRequest, one: Policy, number: int) -> PolicyVersion:
    versions = selectors.versions_of(one, request.user)
    return found(next((each for each in versions if each.number == number), None))


def _page(one: Policy, version: PolicyVersion, title: str, step: str, form, submit: str, **more: Any):
    return {
        "title": title,
        "crumbs": crumbs(Crumb(one.number, url_of(one)), Crumb(step)),
        "form": form,
        "submit": submit,
        "cancel_url": url_of(one, version),
        **more,
    }


@login_required
@require_POST
def policy_move(request: HttpRequest, uid, number: int) -> HttpResponse:
    """Put a version before the bodies, or set it aside."""
    one = get_or_404(request, uid)
    services.require_owner(request.user, one)
    version = _version(request, one, number)
    moves = {
        str(VersionStatus.BODIES): services.put_before_bodies,
        str(VersionStatus.SET_ASIDE): services.set_aside,
    }
    act = moves.get(request.POST.get("to", ""))
    if act is None:
        raise Refused("Say what is done with it: put before the bodies, or set aside.")
    act(actor=request.user, version=version)
    return go_to(request, url_of(one, version))


@login_required
@require_http_methods(METHODS)
def policy_ask(request: HttpRequest, uid, number: int) -> HttpResponse:
    """Ask for comments on a draft."""
    one = get_or_404(request, uid)
    services.require_owner(request.user, one)
    version = _version(request, one, number)
    until = clock.today(one.facility) + dt.timedelta(days=COMMENT_DAYS)
    page = _page(
        one, version, f"Comments on {one.number}, version {number}", "Comments",
        CommentsForm(request.POST or None, initial={"until": until}), "Ask for comments",
        intro="Everybody who may read the document can read this version and comment on its sections "
        "until that "
        "day.",
    )  # fmt: skip

    def ask(given: dict[str, Any]) -> Done:
        services.ask_for_comments(actor=request.user, version=version, **given)
        return Done("The version is out for comments.", url_of(one, version))

    return answer_form(request, page, ask)


@login_required
@require_http_methods(METHODS)
def policy_comment(request: HttpRequest, uid, number: int) -> HttpResponse:
    """Comment on a section or the whole."""
    one = get_or_404(request, uid)
    version = _version(request, one, number)
    sections = [(each.key, each.title) for each in sections_of(version.body)]
    asked = request.GET.get("section", "")
    page = _page(
        one, version, f"Comment on {one.number}, version {number}", "Comment",
        CommentForm(request.POST or None, sections=sections, initial={"section": asked}), "Comment",
        intro="Everybody who may read this version reads your comment, with your name.",
    )  # fmt: skip

    def say(given: dict[str, Any]) -> Done:
        made = policy_comments.comment(actor=request.user, version=version, **given)
        place = f"#section-{made.section}" if made.section else ""
        return Done("Your comment is recorded.", url_of(one, version) + place)

    return answer_form(request, page, say)


@login_required
@require_http_methods(METHODS)
def policy_resolve(request: HttpRequest, uid) -> HttpResponse:
    """Say what was done about a comment."""
    one = found(selectors.get_comment(request.user, uid))
    document = one.version.policy
    services.require_owner(request.user, document)
    section = next((each for each in one.version.outline if each["key"] == one.section), None)
    about = f"{section['label']} {section['heading']}".strip() if section else "the whole document"
    page = _page(
        document, one.version, "Resolve a comment", "Resolve",
        ResolveForm(request.POST or None), "Resolve it",
        intro=f"{one.made_by} on {about}: {one.text}",
    )  # fmt: skip

    def resolve(given: dict[str, Any]) -> Done:
        policy_comments.resolve(actor=request.user, comment=one, **given)
        return Done("Resolved.", url_of(document, one.version))

    return answer_form(request, page, resolve)


@login_required
@require_http_methods(METHODS)
def policy_approve(request: HttpRequest, uid, number: int) -> HttpResponse:
    """What the next body approved: by its motion, or from its minutes."""
    one = get_or_404(request, uid)
    require(request.user, APPROVE, one.facility)
    version = _version(request, one, number)
    body, why_not = None, ""
    try:
        body = services.next_body(version)
    except Refused as refused:
        why_not = refused.sentence
    if version.status != VersionStatus.BODIES:
        why_not = "This version is not before the bodies."
    elif body and not why_not:
        why_not = services.why_not_approved(version, body)
    motions = services.motions_for(version, body) if body else []
    chain = " then ".join(each.label for each in services.bodies_for(one)) if not why_not else ""
    page = _page(
        one, version, f"Approval of {one.number}, version {number}", "Approval",
        ApprovalForm(
            request.POST or None,
            body=body,
            motions=motions,
            initial={"approved_on": clock.today(one.facility) if not motions else None},
        ),
        "Record the approval", why_not=why_not, intro=f"Approved by: {chain}." if chain else "",
    )  # fmt: skip

    def approve(given: dict[str, Any]) -> Done:
        services.record_approval(actor=request.user, version=version, **given)
        return Done("Recorded.", url_of(one, version))

    return answer_form(request, page, approve)


@login_required
@require_http_methods(METHODS)
def policy_publish(request: HttpRequest, uid, number: int) -> HttpResponse:
    """Put an approved version in force from a day on."""
    one = get_or_404(request, uid)
    services.require_owner(request.user, one)
    version = _version(request, one, number)
    today = clock.today(one.facility)
    binding = one.kind == PolicyKind.BYLAWS
    asked = Acknowledgers.MEMBERS if binding else Acknowledgers.NOBODY
    until = today + dt.timedelta(days=ACKNOWLEDGE_DAYS) if binding else None
    page = _page(
        one, version, f"Publish {one.number}, version {number}", "Publish",
        PublishForm(
            request.POST or None,
            initial={
                "in_force_from": today,
                "acknowledged_by": asked,
                "acknowledge_until": until,
            },
        ),
        "Publish",
        intro="From that day on this version is what the house goes by; the one before it holds until "
        "the day "
        "before. Members who are to acknowledge it find it on their Today page.",
        why_not=services.why_not_published(version)
        if version.status == VersionStatus.APPROVED
        else "The bodies have not all approved it.",
    )  # fmt: skip

    def publish(given: dict[str, Any]) -> Done:
        made = services.publish(actor=request.user, version=version, **given)
        return Done(f"Published, in force from {day_text(made.in_force_from)}.", url_of(one, version))

    return answer_form(request, page, publish)


@login_required
@require_http_methods(METHODS)
def policy_review(request: HttpRequest, uid) -> HttpResponse:
    """Record that the document was reviewed and stays as it is."""
    one = get_or_404(request, uid)
    services.require_owner(request.user, one)
    page = {
        "title": f"Review of {one.number}",
        "crumbs": crumbs(Crumb(one.number, url_of(one)), Crumb("Review")),
        "form": ReviewForm(request.POST or None, initial={"reviewed_on": clock.today(one.facility)}),
        "submit": "Reviewed, no change",
        "cancel_url": url_of(one),
        "intro": "The document was gone through and stays as it is; its next review counts from this "
        "day. Where "
        "something has to change, write the next version instead.",
    }

    def review(given: dict[str, Any]) -> Done:
        services.record_review(actor=request.user, policy=one, **given)
        return Done("The review is recorded.", url_of(one))

    return answer_form(request, page, review)


# --- numbers ------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(METHODS)
def policy_number(request: HttpRequest, uid) -> HttpResponse:
    """Set a number where the document says it: first which one, then its value."""
    one = get_or_404(request, uid)
    require(request.user, "bylaws.set_parameters", one.facility)
    today = clock.today(one.facility)
    document = next((each for each in citable(one.facility, today) if each.uid == one.uid), None)
    if document is None:
        raise Refused("Publish the document first: a number is set where a document in force says it.")
    key = request.GET.get("section", "")
    section = next((each for each in document.outline if str(each["key"]) == key), None)
    if key and section is None:
        raise Http404
    citation = citation_of(document, section)
    code, subject = request.GET.get("code", ""), request.GET.get("subject", "")
    bounds = _by_code(resolve_many(list(definitions()), facility=one.facility, on=today))
    page = {
        "title": "Set a number here",
        "subtitle": citation,
        "crumbs": crumbs(Crumb(one.number, url_of(one)), Crumb("Set a number")),
        "policy": one,
        "section": key,
        "cancel_url": url_of(one) + (f"#section-{key}" if key else ""),
    }
    if code not in definitions():
        choices = [
            (declared, bounds.get(each, {}))
            for each, declared in sorted(definitions().items())
            if typed_here(declared, _any_value(bounds.get(each, {})))
        ]
        return render_page(request, "bylaws/policy_number_choose.html", page | {"choices": _rooms(choices)})
    declared = definitions()[code]
    here = bounds.get(code, {})
    if not typed_here(declared, _any_value(here)):
        raise Refused(f"{declared.title}: it is a list with parts of its own, which an administrator loads.")
    subjects = _subjects(code, here)
    bound = here.get(subject) or here.get("")
    page |= {
        "title": declared.title,
        "form": SetHereForm(
            request.POST or None,
            declared=declared,
            bounds=here,
            subjects=subjects,
            subject=subject,
            initial={"start": today},
        ),
        "submit": "Set it",
        "bound": bound,
        "declared": declared,
        "now": selectors.said(bound) if bound else "",
    }

    def put(given: dict[str, Any]) -> Done:
        form = page["form"]
        chosen = given.get("subject", "")
        if code == DOCUMENT_BODIES.code:
            problem = bodies_problem(form.value, chosen)
            if problem:
                raise Refused(f"{declared.title}: {problem}.", field="body_1")
        period = set_by_house(
            actor=request.user,
            facility=one.facility,
            code=code,
            subject=chosen,
            start=given["start"],
            value=form.value,
            citation=citation,
        )
        return Done(_what_binds(one, period, chosen), page["cancel_url"])

    return answer_form(request, page, put, template="bylaws/policy_number.html")


def _by_code(bounds) -> dict[str, dict[str, Bound]]:
    found_here: dict[str, dict[str, Bound]] = {}
    for (code, subject), bound in bounds.items():
        found_here.setdefault(code, {})[subject] = bound
    return found_here


def _any_value(bounds: dict[str, Bound]) -> Any:
    return next((each.value for each in bounds.values()), None)


def _subjects(code: str, here: dict[str, Bound]) -> list[str]:
    """What the parameter can be narrowed to: what it is already, and the kinds of documents."""
    known = {"", *here}
    if code == DOCUMENT_BODIES.code or code == selectors.DOCUMENT_REVIEW.code:
        known |= set(PolicyKind.values)
    return sorted(known)


def _rooms(choices) -> dict[str, list[tuple[Any, dict[str, Bound], str]]]:
    rooms: dict[str, list[tuple[Any, dict[str, Bound], str]]] = {}
    for declared, bounds in choices:
        bound = bounds.get("")
        words = selectors.said(bound) if bound else f"{len(bounds)} values" if bounds else "not set"
        rooms.setdefault(declared.code.partition(".")[0].capitalize(), []).append((declared, bounds, words))
    return rooms


def _what_binds(one: Policy, period, subject: str) -> str:
    """What binds from the day on: what was set, or something stricter that goes before it."""
    day = max(period.start, clock.today(one.facility))
    code = period.identity.code
    bound = resolve_many([code], facility=one.facility, on=day).get((code, subject))
    since = f"from {day_text(period.start)}" + (f" to {day_text(period.end)}" if period.end else "")
    if bound is not None and bound.value != period.value:
        said = f"What binds is {selectors.said(bound)} ({bound.source}), which goes before it."
        return f"Recorded, {since}. {said}"
    return f"Set, {since}."
