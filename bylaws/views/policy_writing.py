"""Writing and importing governing documents."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bylaws.choices import IN_DEVELOPMENT, SectionChange
from bylaws.forms.policies import ImportForm, PolicyForm, TakeNewForm, TakeVersionForm, VersionForm
from bylaws.models import Policy, PolicyVersion
from bylaws.rules.document_diff import differences
from bylaws.rules.document_import import LARGEST_FILE, read_document
from bylaws.rules.policy_text import LONGEST_BODY, carry_keys, problems_of, sections_of
from bylaws.selectors import policies as selectors
from bylaws.services import policies as services
from bylaws.views.policies import crumbs, get_or_404, reading_at, url_of
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.kernel.pages import (
    Crumb,
    Done,
    answer_form,
    render_invalid,
    render_page,
    render_refused,
)
from config.organization.models import Facility
from config.rulebook.rules import rules
from practitioners.rules.uploads import safe_name

LOOK = "bylaws/policy_look.html"
METHODS = ["GET", "HEAD", "POST"]


def _writing_at(request: HttpRequest) -> tuple[Facility, list[str]]:
    """Where a new document is written, and for which offices."""
    facility = reading_at(request)
    owners = services.owners_for(request.user, facility)
    if not owners:
        raise Forbidden(f"Your roles at {facility} do not include writing bylaws, rules or policies.")
    return facility, owners


@login_required
@require_http_methods(METHODS)
def policy_add(request: HttpRequest) -> HttpResponse:
    """A new document with its first version."""
    facility, owners = _writing_at(request)
    page = {
        "title": "New document",
        "crumbs": crumbs(Crumb("New document")),
        "form": PolicyForm(request.POST or None, owners=owners),
        "submit": "Write it",
        "cancel_url": reverse("bylaws:policies"),
    }

    def add(given: dict[str, Any]) -> Done:
        made = services.add_policy(actor=request.user, facility=facility, **given)
        return Done("The draft is written.", url_of(made))

    return answer_form(request, page, add)


@login_required
@require_http_methods(METHODS)
def policy_write(request: HttpRequest, uid) -> HttpResponse:
    """The next version, from the words of the newest."""
    one = get_or_404(request, uid)
    services.require_owner(request.user, one)
    versions = selectors.versions_of(one)
    newest, base = versions[0], selectors.basis(versions)
    page = {
        "title": f"Next version of {one.number}",
        "crumbs": crumbs(Crumb(one.number, url_of(one)), Crumb("Next version")),
        "form": VersionForm(request.POST or None, initial={"body": base.body, "newest": newest.number}),
        "submit": "Write it",
        "cancel_url": url_of(one),
        "intro": _set_aside_by_it(base),
    }

    def write(given: dict[str, Any]) -> Done:
        version = services.write_version(actor=request.user, policy=one, **given)
        return Done("The draft is written.", url_of(one, version))

    return answer_form(request, page, write)


def _set_aside_by_it(base: PolicyVersion) -> str:
    """What becomes of a version still in development when the next one is written; empty without one."""
    if base.status not in IN_DEVELOPMENT:
        return ""
    status = base.get_status_display().lower()
    return f"Version {base.number} ({status}) is set aside by it: the way begins anew with this draft."


# --- import: a file is read and looked at first, then taken
# --------------------------------------------------


@login_required
@require_http_methods(METHODS)
def policy_import(request: HttpRequest) -> HttpResponse:
    """A new document from a file: looked at first, then taken."""
    facility, owners = _writing_at(request)
    page = {
        "title": "Import a document",
        "crumbs": crumbs(Crumb("Import")),
        "cancel_url": reverse("bylaws:policies"),
    }
    if "body" not in request.POST:
        initial = {"kind": "bylaws"}
        return _look_first(
            request,
            page,
            lambda read: TakeNewForm(
                owners=owners, initial={**initial, "body": read.body, "source_name": read.source}
            ),
            facility,
        )

    def take(given: dict[str, Any]) -> Done:
        made = services.add_policy(actor=request.user, facility=facility, **given)
        return Done("Imported: the first version is a draft.", url_of(made))

    form = TakeNewForm(request.POST, owners=owners)
    return answer_form(
        request, page | {"form": form} | _understood(request.POST["body"], facility), take, template=LOOK
    )


@login_required
@require_http_methods(METHODS)
def policy_import_version(request: HttpRequest, uid) -> HttpResponse:
    """The next version of a document from a file: looked at first, then taken."""
    one = get_or_404(request, uid)
    services.require_owner(request.user, one)
    versions = selectors.versions_of(one)
    newest, base = versions[0], selectors.basis(versions)
    page = {
        "title": f"Import the next version of {one.number}",
        "warning": _set_aside_by_it(base),
        "crumbs": crumbs(Crumb(one.number, url_of(one)), Crumb("Import")),
        "cancel_url": url_of(one),
    }
    if "body" not in request.POST:
        return _look_first(
            request,
            page,
            lambda read: TakeVersionForm(
                initial={
                    "body": carry_keys(base.body, read.body),
                    "newest": newest.number,
                    "source_name": read.source,
                }
            ),
            one.facility,
            one,
        )

    def take(given: dict[str, Any]) -> Done:
        version = services.write_version(actor=request.user, policy=one, **given)
        return Done("Imported: the next version is a draft.", url_of(one, version))

    body = request.POST["body"]
    if not _too_long(body):
        body = carry_keys(base.body, body)
    return answer_form(
        request,
        page | {"form": TakeVersionForm(request.POST)} | _understood(body, one.facility, base.body),
        take,
        template=LOOK,
    )


def _look_first(
    request: HttpRequest, page: dict[str, Any], take_form, facility: Facility, one: Policy | None = None
) -> HttpResponse:
    form = ImportForm(request.POST or None, request.FILES or None)
    page = page | {
        "form": form,
        "submit": "Read the file",
        "upload": True,
        "intro": "The file is only read. You see what was understood as articles and sections before "
        "anything is "
        "written.",
    }
    if page.get("warning"):
        page["intro"] = f"{page['intro']} {page['warning']}"
    if request.method != "POST":
        return render_page(request, "pages/form.html", page)
    if not form.is_valid():
        return render_invalid(request, "pages/form.html", page)
    file = form.cleaned_data["file"]
    try:
        read = read_document(file.read(LARGEST_FILE + 1), safe_name(file.name))
    except Refused as refused:
        return render_refused(request, refused, "pages/form.html", page, form=form)
    before = selectors.basis(selectors.versions_of(one)).body if one is not None else ""
    form = take_form(read)
    context = page | {"form": form, "remarks": read.remarks, "source": read.source, "upload": False}
    return render_page(request, LOOK, context | _understood(form.initial["body"], facility, before))


def _too_long(body: str) -> bool:
    """Whether a text that was sent is longer than any document; a browser ends its lines with two marks."""
    return len(body.replace("\r\n", "\n")) > LONGEST_BODY


def _understood(body: str, facility: Facility, before: str = "") -> dict[str, Any]:
    """What was understood of the text: its outline, in numbers, what keeps it from being taken, and what is
    different from the version before.
    """
    if _too_long(body):  # its length is said at the field; nothing of it is read
        body = before = ""
    sections = sections_of(body)
    named = selectors.nameable(facility, clock.today(facility))
    changes = differences(sections_of(before), sections) if before else []
    return {
        "submit": "Take it as a draft",
        "sections": sections,
        "headings": sum(not each.lettered for each in sections),
        "numbered": sum(bool(each.number) and not each.lettered for each in sections),
        "provisions": sum(each.lettered for each in sections),
        "problems": list(problems_of(sections, parameters=named, rules={rule.code for rule in rules()})),
        "changes": [
            (kind, sum(each.change == kind for each in changes))
            for kind in SectionChange
            if any(each.change == kind for each in changes)
        ],
    }
