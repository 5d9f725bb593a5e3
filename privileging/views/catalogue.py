"""Pages of the catalogue: the forms, one version of one, its text, its life, and who it would affect."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bylaws.views.common import facility_for
from config.accounts.policies import facilities_with, may, require
from config.accounts.selectors.facilities import current_facility
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.kernel.pages import (
    Action,
    Crumb,
    Done,
    Empty,
    answer_form,
    go_to,
    render_invalid,
    render_list,
    render_page,
    render_refused,
)
from config.organization.models import Facility
from privileging.choices import VersionStatus
from privileging.filters import FormFilter
from privileging.forms.catalogue import ApproveForm, FormTextForm, NewFormForm, PublishForm, RemapForm
from privileging.models import PrivilegeFormVersion
from privileging.policies import KEEP, keeps_form, require_keeper
from privileging.rules.catalogue_forms import text_of
from privileging.selectors.catalogue import (
    changes_between,
    definition_of,
    effects_of_publishing,
    forms,
    needs_approval,
    next_number,
    today_of,
    version_or_none,
    version_view,
)
from privileging.selectors.previews import preview_of
from privileging.selectors.remappings import standing_proposals
from privileging.selectors.trials import try_form
from privileging.services import catalogue as services
from privileging.tables import FORMS

TEMPLATE = "privileging/form_version.html"
PREVIEW = "privileging/form_preview.html"
TEXT = "privileging/form_text.html"


def _require_reader(user) -> None:
    """The catalogue is no secret: whoever sees files or may ask the lookup reads it."""
    if not may(user, "privileging.view"):
        require(user, "privileging.lookup")


@login_required
@require_GET
def catalogue(request: HttpRequest) -> HttpResponse:
    """Every privilege form with the version offered now."""
    _require_reader(request.user)
    found = FormFilter(request.GET, queryset=forms())
    here = current_facility(request)
    keeps = here is not None and may(request.user, KEEP, here)
    return render_list(
        request,
        FORMS,
        found.qs,
        filterset=found,
        title="Catalog of privileges",
        subtitle="Forms on which privileges are asked for, each with its criteria",
        noun="form",
        actions=[
            Action("New form", reverse("privileging:form_new"), icon="plus", kind="primary"),
            Action("Procedure codes", reverse("privileging:procedure_codes"), icon="list-details"),
        ]
        if keeps
        else [],
        empty=Empty(
            "No privilege form is in the catalog.",
            "Write your own, or load the examples with “manage.py load_catalogue”; your staff approves them."
            if keeps
            else "The medical staff office writes them, and the medical staff approves them.",
            icon="book",
        ),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def form_new(request: HttpRequest) -> HttpResponse:
    """A form that is not in the catalogue yet: an empty draft to write, or the draft a file holds."""
    facility = facility_for(request, KEEP)
    places = Facility.objects.filter(pk__in=facilities_with(request.user, KEEP)).order_by("name")
    form = NewFormForm(
        request.POST or None, request.FILES or None, places=places, initial={"facilities": [facility]}
    )
    page = {
        "title": "New privilege form",
        "crumbs": [Crumb("Catalog", reverse("privileging:catalogue")), Crumb("New form")],
        "intro": "It begins as a draft, offered to nobody until a body has approved it and it is published.",
        "form": form,
        "upload": True,
        "submit": "Draft it",
        "cancel_url": reverse("privileging:catalogue"),
    }

    def draft(given: dict[str, Any]) -> Done:
        file = given["file"]
        text = file["text"] if file else services.empty_form(given["code"], given["name"])
        made = services.draft_form(actor=request.user, facilities=list(given["facilities"]), text=text)
        if file:
            return Done(f"{made} is a draft.", _here(made))
        return Done(
            f"{made} is a draft with nothing on it: write what stands on it.",
            reverse("privileging:form_text", args=[made.uid]),
        )

    return answer_form(request, page, draft)


@login_required
@require_GET
def form_version(request: HttpRequest, uid) -> HttpResponse:
    """One version of a form: what stands on it and what each line asks for, in words."""
    _require_reader(request.user)
    return render_page(request, TEMPLATE, _page(request, _version(uid)))


@login_required
@require_GET
def form_yaml(request: HttpRequest, uid) -> HttpResponse:
    """The version as the text of a catalogue file; loading it again changes nothing."""
    _require_reader(request.user)
    version = _version(uid)
    answer = HttpResponse(text_of(definition_of(version)), content_type="application/yaml; charset=utf-8")
    name = f"{version.form.code.lower()}-{version.number}.yaml"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@login_required
@require_http_methods(["GET", "POST"])
def form_text(request: HttpRequest, uid) -> HttpResponse:
    """Change a draft, or draft the next version from this one; try it on the staff before it is kept."""
    version = _kept_version(request.user, uid)
    changes = version.status == VersionStatus.DRAFT
    definition = definition_of(version)
    initial = text_of(definition if changes else next_number(version, definition))
    form = FormTextForm(request.POST or None, initial={"text": initial})
    page: dict[str, Any] = {
        "title": f"Change the draft of {version}" if changes else f"Draft the next version of {version.form}",
        "crumbs": [*_crumbs(version, link=True), Crumb("The text")],
        "form": form,
        "submit": "Keep the draft" if changes else "Draft it",
        "cancel_url": reverse("privileging:form_version", args=[version.uid]),
    }
    if request.method == "POST" and "try" in request.POST:
        return _try(request, version, form, page)

    def keep(given: dict) -> Done:
        if changes:
            made = services.change_draft(actor=request.user, version=version, text=given["text"])
        else:
            made = services.draft_version(actor=request.user, form=version.form, text=given["text"])
        return Done(f"{made} is a draft.", reverse("privileging:form_version", args=[made.uid]))

    return answer_form(request, page, keep, template=TEXT)


def _try(
    request: HttpRequest, version: PrivilegeFormVersion, form: FormTextForm, page: dict[str, Any]
) -> HttpResponse:
    """The text as it was typed, with what it would mean for the staff; nothing is kept."""
    if not form.is_valid():
        return render_invalid(request, TEXT, page)
    try:
        definition = services.read_draft(version.form, form.cleaned_data["text"])
    except Refused as refused:
        return render_refused(request, refused, TEXT, page, form=form)
    page["trial"] = try_form(definition, version.form)
    return render_page(request, TEXT, page)


@login_required
@require_POST
def form_approve(request: HttpRequest, uid) -> HttpResponse:
    """Record which body approved the version."""
    version = _kept_version(request.user, uid)
    form = ApproveForm(request.POST)

    def approve(given: dict) -> Done:
        services.approve_version(actor=request.user, version=version, **given)
        return Done(f"Approved by {given['approved_by']}.", _here(version))

    page = _page(request, version) | {"approve_form": form}
    return answer_form(request, page, approve, template=TEMPLATE, form=form)


@login_required
@require_POST
def form_publish(request: HttpRequest, uid) -> HttpResponse:
    """Offer the version from a day on."""
    version = _kept_version(request.user, uid)
    form = PublishForm(request.POST)

    def publish(given: dict) -> Done:
        services.publish_version(actor=request.user, version=version, start=given["start"])
        return Done(f"{version} is offered from {day_text(given['start'])} on.", _here(version))

    page = _page(request, version) | {"publish_form": form}
    return answer_form(request, page, publish, template=TEMPLATE, form=form)


@login_required
@require_POST
def form_withdraw(request: HttpRequest, uid) -> HttpResponse:
    """Withdraw a published version, or discard a draft."""
    version = _kept_version(request.user, uid)
    try:
        services.withdraw_version(actor=request.user, version=version)
    except Refused as refused:
        return render_refused(request, refused, TEMPLATE, _page(request, version))
    return go_to(request, _here(version))


@login_required
@require_http_methods(["GET", "POST"])
def form_preview(request: HttpRequest, uid) -> HttpResponse:
    """Who would be affected at renewal, line by line, and what is proposed to the committee for them."""
    version = _kept_version(request.user, uid)
    preview = preview_of(version, today_of(version.form), facilities=version.form.facilities.all())
    page: dict[str, Any] = {
        "title": f"Who {version} would affect",
        "subtitle": preview.told,
        "crumbs": [*_crumbs(version, link=True), Crumb("Preview")],
        "form_version": version,
        "preview": preview,
        "form": None,
    }
    if not preview.old_choices:
        return render_page(request, PREVIEW, page)
    page["form"] = RemapForm(
        request.POST or None, old=list(preview.old_choices), new=list(preview.new_choices)
    )

    def propose(given: dict) -> Done:
        services.propose_remapping(
            actor=request.user,
            version=version,
            old_line=preview.line(given["old_line"]),
            new_code=given["new_code"],
            note=given["note"],
        )
        here = reverse("privileging:form_preview", args=[version.uid])
        return Done("Kept with the version, to be put to the committee.", here)

    return answer_form(request, page, propose, template=PREVIEW)


def _version(uid) -> PrivilegeFormVersion:
    version = version_or_none(uid)
    if version is None:
        raise Http404
    return version


def _kept_version(user, uid) -> PrivilegeFormVersion:
    """The version for whoever keeps the catalogue wherever its form is offered; it is one for all of them."""
    version = _version(uid)
    require_keeper(user, version.form)
    return version


def _here(version: PrivilegeFormVersion) -> str:
    return reverse("privileging:form_version", args=[version.uid])


def _crumbs(version: PrivilegeFormVersion, *, link: bool = False) -> list[Crumb]:
    return [
        Crumb("Catalog", reverse("privileging:catalogue")),
        Crumb(f"{version.form.name} {version.number}", _here(version) if link else ""),
    ]


def _page(request: HttpRequest, version: PrivilegeFormVersion) -> dict[str, Any]:
    """The page of a version; its acts for whoever keeps the catalogue."""
    view = version_view(version)
    keeps = keeps_form(request.user, version.form)
    against = request.GET.get("against", "")
    draft, published = version.status == VersionStatus.DRAFT, version.status == VersionStatus.PUBLISHED
    return {
        "title": version.form.name,
        "subtitle": f"Privilege form {version.form.code}, version {version.number}",
        "page_badge": VersionStatus(version.status),
        "crumbs": _crumbs(version),
        "view": view,
        "form_version": version,
        "proposals": standing_proposals(version),
        "example": version.is_example,
        "keeps": keeps,
        "draft": draft,
        "published": published,
        "changes": changes_between(view, against),
        # Who would be affected is asked of a version to come, not of the one offered or of a past one.
        "to_come": keeps and (draft or (published and (version.offered.lower or view.today) > view.today)),
        "effects": effects_of_publishing(version) if keeps and draft else None,
        "approve_form": ApproveForm(initial={"approved_on": view.today})
        if keeps and (draft or published) and not version.approved_by
        else None,
        "publish_form": PublishForm(initial={"start": view.today})
        if keeps and draft and (version.approved_by or not needs_approval(version.form))
        else None,
    }
