"""Records that may be one person's: the list, two of them side by side, merging and taking apart."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from config.accounts.policies import require
from config.kernel.errors import Refused
from config.kernel.pages import (
    Action,
    Crumb,
    Empty,
    Tab,
    go_to,
    render_invalid,
    render_list,
    render_page,
    render_refused,
)
from practitioners import links
from practitioners.forms.people import ReasonForm
from practitioners.models import Practitioner
from practitioners.policies import require_change
from practitioners.selectors.canonical import alias_of, aliases_of
from practitioners.selectors.comparing import compare_records
from practitioners.selectors.duplicates import likely_pairs, merged_records
from practitioners.selectors.photos import photo_key, photo_url
from practitioners.services.merging import (
    PERMISSION,
    call_different,
    merge_records,
    take_apart,
    why_not_merge,
)
from practitioners.tables import MERGED, PAIRS
from practitioners.views.shared import find_practitioner, today_at

CONFIRM = "pages/confirm.html"
TITLE = "Duplicates"


@login_required
@require_GET
def duplicates(request: HttpRequest) -> HttpResponse:
    """Pairs of records that may be one person's, the most alike first; or the records merged already."""
    require(request.user, PERMISSION)
    merged = request.GET.get("show") == "merged"
    here = reverse("practitioners:duplicates")
    return render_list(
        request,
        MERGED if merged else PAIRS,
        merged_records() if merged else likely_pairs(request.user),
        title=TITLE,
        noun="merged record" if merged else "pair",
        subtitle="Nobody is merged by a score: a person looks at both records and decides.",
        tabs=[
            Tab("May be one person", here, active=not merged, icon="users"),
            Tab("Merged", f"{here}?show=merged", active=merged, icon="git-merge"),
        ],
        crumbs=[Crumb("Practitioners", reverse("practitioners:list")), Crumb(TITLE)],
        empty=Empty("No record is merged into another.")
        if merged
        else Empty("No two records look like one person's.", icon="check"),
    )


@login_required
@require_http_methods(["GET", "POST"])
def pair(request: HttpRequest, uid: uuid.UUID, other: uuid.UUID) -> HttpResponse:
    """Two records side by side; the form says that they are two people's, with the reason."""
    one, namesake = _two(request, uid, other)
    form = ReasonForm(request.POST or None)
    form.fields["reason"].label = "How do you know that these are two people?"
    page = {
        "title": f"{one} and {namesake}",
        "crumbs": _crumbs("Compare"),
        "form": form,
        "submit": "Two different people",
        "faces": [photo_url(one), photo_url(namesake)],
        "comparison": compare_records(request.user, one, namesake, today_at(request)),
        "merge": [
            Action(
                f"Merge, {'first' if keep is one else 'second'} record stays",
                url=reverse("practitioners:merge", args=[keep.uid, goes.uid]),
                icon="git-merge",
            )
            for keep, goes in ((one, namesake), (namesake, one))
        ],
    }
    if request.method != "POST":
        return render_page(request, "practitioners/pair.html", page)
    if not form.is_valid():
        return render_invalid(request, "practitioners/pair.html", page)
    try:
        call_different(actor=request.user, one=one, other=namesake, reason=form.cleaned_data["reason"])
    except Refused as refused:
        return render_refused(request, refused, "practitioners/pair.html", page, form=form)
    messages.success(request, "Kept as two people. The pair comes back only when it looks more alike.")
    return go_to(request, reverse("practitioners:duplicates"))


@login_required
@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest, uid: uuid.UUID, other: uuid.UUID) -> HttpResponse:
    """What merging will do, and the reason for it. The record ``uid`` stays."""
    keep, record = _two(request, uid, other)
    form = ReasonForm(request.POST or None)
    form.fields["reason"].label = "How do you know that this is one person?"
    problems = why_not_merge(keep=keep, record=record)
    page = {
        "title": "Merge two records",
        "person": keep.display_name,
        "photo": photo_url(keep),
        "subtitle": f"{_called(keep)} stays",
        "crumbs": [*_crumbs(), Crumb("Compare", _pair_url(keep, record)), Crumb("Merge")],
        "question": f"Are the records of {_called(keep)} and {_called(record)} one person's?",
        "consequence": "Nothing is moved or deleted, and the merge can be taken back.",
        "preview": _preview(keep, record),
        "form": form,
        "submit": "Merge",
        "cancel_url": _pair_url(keep, record),
        "problems": problems,
    }
    template = "practitioners/cannot_merge.html" if problems and request.method != "POST" else CONFIRM
    if request.method != "POST":
        return render_page(request, template, page)
    if not form.is_valid():
        return render_invalid(request, template, page)
    try:
        merge_records(actor=request.user, keep=keep, record=record, reason=form.cleaned_data["reason"])
    except Refused as refused:
        return render_refused(request, refused, template, page, form=form)
    messages.success(request, f"Merged: the file of {keep} now shows both records.")
    return go_to(request, links.practitioner(keep))


@login_required
@require_http_methods(["GET", "POST"])
def apart(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Take a merged record out again, with the reason."""
    record = find_practitioner(request, uid)
    require_change(request.user, PERMISSION, record)
    alias = alias_of(record)
    if alias is None:
        raise Refused(f"The record of {record} is not merged into another.")
    form = ReasonForm(request.POST or None)
    form.fields["reason"].label = "Why are these two people after all?"
    page = {
        "title": "Take a merged record apart",
        "person": record.display_name,
        "crumbs": [*_crumbs(), Crumb("Take apart")],
        "question": f"Take the record of {_called(record)} out of the file of {_called(alias.canonical)}?",
        "consequence": (
            "Both are people of their own again, each with what stands on their record. What was answered "
            "meanwhile stays answerable as it was known then."
        ),
        "preview": [f"Merged by {alias.recorded_by} with the reason: {alias.reason}"],
        "form": form,
        "submit": "Take apart",
        "danger": True,
        "cancel_url": links.practitioner(alias.canonical),
    }
    if request.method != "POST":
        return render_page(request, CONFIRM, page)
    if not form.is_valid():
        return render_invalid(request, CONFIRM, page)
    try:
        take_apart(actor=request.user, record=record, reason=form.cleaned_data["reason"])
    except Refused as refused:
        return render_refused(request, refused, CONFIRM, page, form=form)
    messages.success(request, f"{record} is a person of their own again.")
    return go_to(request, links.practitioner(record))


def _two(request: HttpRequest, uid: uuid.UUID, other: uuid.UUID) -> tuple[Practitioner, Practitioner]:
    """Both records, for somebody who may merge them; 404 for one that does not exist."""
    require(request.user, PERMISSION)
    found = {
        row.uid: row
        for row in Practitioner.objects.filter(uid__in=(uid, other)).annotate(photo_key=photo_key())
    }
    if len(found) != 2:
        raise Http404
    for record in found.values():
        require_change(request.user, PERMISSION, record)
    return found[uid], found[other]


def _called(record: Practitioner) -> str:
    return f"{record} (NPI {record.npi})" if record.npi else f"{record} (no NPI)"


def _pair_url(one: Practitioner, other: Practitioner) -> str:
    return reverse("practitioners:pair", args=[one.uid, other.uid])


def _crumbs(*more: str) -> list[Crumb]:
    return [
        Crumb("Practitioners", reverse("practitioners:list")),
        Crumb(TITLE, reverse("practitioners:duplicates")),
        *map(Crumb, more),
    ]


def _preview(keep: Practitioner, record: Practitioner) -> list[str]:
    following = aliases_of(record)
    told = [
        f"The file of {_called(keep)} shows everything of both records, and from which record it came.",
        "Search, lists and “May they do this?” know one person, by the names and numbers of both.",
        f"The record of {_called(record)} takes nothing new. Its evidence keeps its own chain.",
        "Questions as known before this moment are answered as they were.",
    ]
    if following:
        names = ", ".join(_called(each.practitioner) for each in following)
        told.append(f"Records merged into it before follow: {names}.")
    return told
