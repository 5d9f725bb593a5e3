"""Pages of what packets ask: the templates, versions and what differs, writing, publishing, ending."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from config.accounts.policies import may_everywhere, require
from config.kernel.errors import Refused
from config.kernel.pages import Action, Crumb, Done, answer_form, go_to, render_page
from credentialing.forms.packet_templates import NewPacketForm, PacketTextForm
from credentialing.models import PacketTemplateVersion
from credentialing.rules.packet_texts import checked, differences, text_of, written_of
from credentialing.rules.packets import BadTemplate
from credentialing.selectors import packet_templates as selectors
from credentialing.selectors.packet_templates import MANAGE, Version
from credentialing.services import packet_templates as services

KEPT = "Packets already sent keep the words they were sent with."
EDIT = "credentialing/packet_templates/edit.html"
#: The template a new one starts from where none is named.
USUAL = "initial"


@login_required
@require_GET
def template_list(request: HttpRequest) -> HttpResponse:
    """Every template with its versions in force and the drafts that wait."""
    require(request.user, MANAGE)
    return render_page(
        request,
        "credentialing/packet_templates/list.html",
        {
            "title": "What packets ask",
            "subtitle": KEPT,
            "crumbs": [_to_applications(), Crumb("What packets ask")],
            "templates": selectors.listed(request.user),
            "actions": [
                Action("Write a new one", url=reverse("credentialing:packet_template_new"), icon="plus")
            ],
        },
    )


def _to_applications() -> Crumb:
    return Crumb("Applications", reverse("credentialing:list"))


def _crumbs(code: str, title: str, *more: str) -> list[Crumb]:
    here = [_to_applications(), Crumb("What packets ask", reverse("credentialing:packet_templates"))]
    if not more:
        return [*here, Crumb(title)]
    return [*here, Crumb(title, _url(code)), *map(Crumb, more)]


def _url(code: str, what: str = "packet_template", *more: Any) -> str:
    return reverse(f"credentialing:{what}", args=[code, *more])


def _versions(request: HttpRequest, code: str) -> list[Version]:
    require(request.user, MANAGE)
    versions = selectors.versions_of(request.user, code)
    if not versions:
        raise Http404
    return versions


def _own(request: HttpRequest, code: str, number: int) -> PacketTemplateVersion:
    for each in _versions(request, code):
        if each.number == number and each.row is not None:
            return each.row
    raise Http404


@login_required
@require_GET
def template_page(request: HttpRequest, code: str) -> HttpResponse:
    """The versions of a template, one of them shown, two of them compared."""
    versions = _versions(request, code)
    by_number = {str(each.number): each for each in versions}
    used = next((each for each in versions if each.used), versions[0])
    shown = by_number.get(request.GET.get("version", "")) or used
    older = by_number.get(request.GET.get("with", "")) or next(
        (each for each in versions if each.number < shown.number), None
    )
    return render_page(
        request,
        "credentialing/packet_templates/template.html",
        {
            "title": shown.title,
            "subtitle": f"Version {shown.number}",
            "crumbs": _crumbs(code, shown.title),
            "code": code,
            "versions": versions,
            "shown": shown,
            "asks": selectors.in_words(checked(shown.written)),
            "text": text_of(shown.written),
            "older": older,
            "differs": differences(older.written, shown.written) if older else [],
            "why_not_publish": _why_not_publish(shown, request),
            "actions": [
                Action("Write the next version", url=_url(code, "packet_template_edit"), icon="edit"),
                *_endings(shown),
            ],
        },
    )


def _why_not_publish(shown: Version, request: HttpRequest) -> str:
    row = shown.row
    mine = row is not None and row.published_at is None and row.made_by_id == request.user.pk
    return services.ANOTHER_PERSON if mine else ""


def _endings(shown: Version) -> list[Action]:
    if shown.row is None or not shown.row.in_force:
        return []
    url = _url(shown.code, "packet_template_end", shown.number)
    return [Action("Use it no more", url=url, kind="danger", icon="x")]


# --- writing --------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """The next version of a template, shown as it asks while it is typed."""
    last = _versions(request, code)[0]
    form = PacketTextForm(
        request.POST or None,
        initial={
            "text": text_of(last.written),
            "newest": last.number,
            "facility": last.row.facility if last.row else None,
        },
        **_places(request),
    )
    page = {
        "title": "Write the next version",
        "subtitle": last.title,
        "crumbs": _crumbs(code, last.title, "Next version"),
        "cancel_url": _url(code),
    }
    return _write(request, form, code, page)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A template of another short name; it starts from the text of one that is there."""
    like = _versions(request, request.GET.get("like") or USUAL)[0]
    form = NewPacketForm(
        request.POST or None, initial={"text": text_of(like.written), "newest": 0}, **_places(request)
    )
    all_of_them = reverse("credentialing:packet_templates")
    page = {
        "title": "Write a new packet",
        "subtitle": f"From the words of: {like.title}",
        "crumbs": [_to_applications(), Crumb("What packets ask", all_of_them), Crumb("New")],
        "cancel_url": all_of_them,
    }
    return _write(request, form, "", page)


def _places(request: HttpRequest) -> dict[str, Any]:
    return {
        "facilities": selectors.facilities_to_write_for(request.user),
        "everywhere": may_everywhere(request.user, MANAGE),
    }


def _write(request: HttpRequest, form: PacketTextForm, code: str, page: dict[str, Any]) -> HttpResponse:
    page |= {"form": form} | _preview(form)
    if request.method == "POST" and request.POST.get("do") == "preview":
        return render_page(
            request,
            EDIT,
            page,
            part="packet-preview",
            part_template="credentialing/packet_templates/preview.html",
        )

    def write(given: dict) -> Done:
        version = services.write_version(actor=request.user, **{"code": code} | given)
        return Done(
            f"Version {version.number} is written. It is used once it is published.",
            f"{_url(version.code)}?version={version.number}",
        )

    return answer_form(request, page, write, template=EDIT)


def _preview(form: PacketTextForm) -> dict[str, Any]:
    """What the text asks as typed; or what is wrong with it."""
    given = form.data if form.is_bound else form.initial
    try:
        asks = checked(written_of(str(given.get("text", "")), code="draft", version=1))
    except BadTemplate as problem:
        return {"wrong": str(problem)}
    return {"asks": selectors.in_words(asks)}


# --- publishing and ending ------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Ask, saying what changes, then put the version in force."""
    row = _own(request, code, number)
    if request.method == "POST":
        services.publish_version(actor=request.user, version=row)
        messages.success(request, f"Version {number} is in force.")
        return go_to(request, _url(code))
    if row.published_at is not None:
        raise Refused("This version is published already.")
    if row.made_by_id == request.user.pk:
        raise Refused(services.ANOTHER_PERSON)
    return _confirm(
        request,
        row,
        title=f"Publish version {number}",
        question=f"Make every packet of {row.where} from version {number} from now on?",
        consequence="A published version cannot be changed; a further version can replace it.",
        preview=[f"Different: {row.note}", KEPT],
        submit="Publish",
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Ask, saying what is used instead, then end the version."""
    row = _own(request, code, number)
    if request.method == "POST":
        services.end_version(actor=request.user, version=row)
        messages.success(request, f"Version {number} is used no more.")
        return go_to(request, _url(code))
    if not row.in_force:
        raise Refused("This version is not in force: there is nothing to end.")
    return _confirm(
        request,
        row,
        title=f"Use version {number} no more",
        question=f"Make no packet of {row.where} from version {number} any more?",
        consequence="What stood before it is used again: an older version, or the one that is shipped. An "
        "ended version cannot be put back; a further one with its words can be written.",
        preview=[KEPT],
        submit="Use it no more",
    )


def _confirm(request: HttpRequest, row: PacketTemplateVersion, *, title: str, **page: Any) -> HttpResponse:
    return render_page(
        request,
        "pages/confirm.html",
        {
            "title": title,
            "subtitle": row.title,
            "crumbs": _crumbs(row.code, row.title, title),
            "cancel_url": f"{_url(row.code)}?version={row.number}",
            **page,
        },
    )
