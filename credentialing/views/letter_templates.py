"""Pages of the templates of letters: the list, versions and what differs, writing the next, publishing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from config.accounts.policies import require
from config.kernel.errors import Refused
from config.kernel.pages import Action, Crumb, Done, answer_form, go_to, render_list, render_page
from credentialing import letter_lists
from credentialing.forms.letters import OwnTemplateForm, TemplateForm
from credentialing.models import LetterTemplate, LetterTemplateVersion
from credentialing.rules.letters import FIELDS, check_words, compare, examples, merge
from credentialing.selectors import letters as selectors
from credentialing.services import letter_templates

EDIT = "credentialing/letters/template_edit.html"
#: Templates are few: all of them stand on one page.
EVERY_TEMPLATE = 100


@login_required
@require_GET
def template_list(request: HttpRequest) -> HttpResponse:
    """Every template with its version in force and whether a draft waits."""
    require(request.user, selectors.WRITE)
    return render_list(
        request,
        letter_lists.TEMPLATES,
        selectors.templates_for(request.user),
        title="Templates of letters",
        subtitle="Letters already issued keep the version they were made from.",
        noun="template",
        crumbs=[Crumb("Letters", reverse("credentialing:letters")), Crumb("Templates")],
        export=False,
        per_page=EVERY_TEMPLATE,
        actions=[
            Action("Add a template", url=reverse("credentialing:letter_template_add"), icon="plus"),
        ],
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """A template of the office's own, shown on an invented example while it is typed."""
    require(request.user, selectors.WRITE)
    form = OwnTemplateForm(request.POST or None)
    page: dict[str, Any] = {
        "title": "Add a template",
        "subtitle": "Its first version is a draft: a second person reads it and publishes it.",
        "crumbs": [
            Crumb("Letters", reverse("credentialing:letters")),
            Crumb("Templates", reverse("credentialing:letter_templates")),
            Crumb("Add a template"),
        ],
        "form": form,
        "cancel_url": reverse("credentialing:letter_templates"),
        "fields": FIELDS.values(),
    } | _preview(form)
    if request.method == "POST" and request.POST.get("do") == "preview":
        return render_page(
            request, EDIT, page, part="letter-preview", part_template="credentialing/letters/example.html"
        )

    def write(given: dict) -> Done:
        template = letter_templates.add_template(actor=request.user, **given)
        return Done("Kept as a draft. It is used once a second person publishes it.", _url(template))

    return answer_form(request, page, write, template=EDIT)


def _template(request: HttpRequest, code: str) -> LetterTemplate:
    found = selectors.templates_for(request.user).filter(code=code).first()
    if found is None:
        raise Http404
    return found


def _url(template: LetterTemplate, what: str = "letter_template", *more: Any) -> str:
    return reverse(f"credentialing:{what}", args=[template.code, *more])


def _crumbs(template: LetterTemplate, *more: str) -> list[Crumb]:
    here = [
        Crumb("Letters", reverse("credentialing:letters")),
        Crumb("Templates", reverse("credentialing:letter_templates")),
    ]
    if not more:
        return [*here, Crumb(template.name)]
    return [*here, Crumb(template.name, _url(template)), *map(Crumb, more)]


@login_required
@require_GET
def template_page(request: HttpRequest, code: str) -> HttpResponse:
    """The versions of a template, one of them shown on an invented example, two of them compared."""
    template = _template(request, code)
    versions = selectors.versions_of(template)
    by_number = {str(each.number): each for each in versions}
    shown = by_number.get(request.GET.get("version", "")) or _in_force(versions)
    older = by_number.get(request.GET.get("with", "")) or _before(versions, shown)
    return render_page(
        request,
        "credentialing/letters/template.html",
        {
            "title": template.name,
            "subtitle": template.purpose,
            "crumbs": _crumbs(template),
            "template": template,
            "versions": versions,
            "shown": shown,
            "merged": merge(shown.subject, shown.body, examples()),
            "older": older,
            "why_not_publish": letter_templates.ANOTHER_PERSON if shown.made_by_id == request.user.pk else "",
            "differs": compare(older.subject, older.body, shown.subject, shown.body) if older else [],
            "actions": [
                Action("Write the next version", url=_url(template, "letter_template_edit"), icon="edit")
            ],
        },
    )


def _in_force(versions: list[LetterTemplateVersion]) -> LetterTemplateVersion:
    return next((each for each in versions if each.published_at), versions[0])


def _before(versions: list[LetterTemplateVersion], shown: LetterTemplateVersion):
    return next((each for each in versions if each.number < shown.number), None)


# --- writing --------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """The next version of a template, shown on an invented example while it is typed."""
    template = _template(request, code)
    newest = selectors.versions_of(template)[0]
    form = TemplateForm(
        request.POST or None,
        initial={"subject": newest.subject, "body": newest.body, "newest": newest.number},
    )
    page: dict[str, Any] = {
        "title": "Write the next version",
        "subtitle": template.name,
        "crumbs": _crumbs(template, "Next version"),
        "template": template,
        "form": form,
        "cancel_url": _url(template),
        "fields": FIELDS.values(),
    } | _preview(form)
    if request.method == "POST" and request.POST.get("do") == "preview":
        return render_page(
            request, EDIT, page, part="letter-preview", part_template="credentialing/letters/example.html"
        )

    def write(given: dict) -> Done:
        version = letter_templates.write_version(actor=request.user, template=template, **given)
        return Done(
            f"Version {version.number} is written. It is used once it is published.",
            f"{_url(template)}?version={version.number}",
        )

    return answer_form(request, page, write, template=EDIT)


def _preview(form: TemplateForm) -> dict[str, Any]:
    """The words as typed, on the example; or what is wrong with them."""
    given = form.data if form.is_bound else form.initial
    subject, body = given.get("subject", ""), given.get("body", "")
    try:
        check_words(subject, body)
    except Refused as refused:
        return {"wrong": refused.sentence}
    return {"merged": merge(subject, body, examples())}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Ask, saying what changes, then put the version in force."""
    template = _template(request, code)
    versions = selectors.versions_of(template)
    version = next((each for each in versions if each.number == number), None)
    if version is None:
        raise Http404
    if request.method != "POST" and version.published_at is not None:
        raise Refused("This version is published already.")
    if request.method != "POST" and version.made_by_id == request.user.pk:
        raise Refused(letter_templates.ANOTHER_PERSON)
    now = next((each for each in versions if each.published_at), None)
    if request.method == "POST":
        letter_templates.publish_version(actor=request.user, version=version)
        messages.success(request, f"Version {version.number} is in force.")
        return go_to(request, _url(template))
    preview = [f"Different: {version.note}"] if version.note else []
    if now is not None:
        preview += [f"Version {now.number} is used no more for new letters.",
                    "Letters already issued keep the version they were made from."]  # fmt: skip
    return render_page(
        request,
        "pages/confirm.html",
        {
            "title": f"Publish version {version.number}",
            "subtitle": template.name,
            "crumbs": _crumbs(template, f"Publish version {version.number}"),
            "question": f"Write every {template.name.lower()} from version {version.number} from now on?",
            "consequence": "A published version cannot be changed; a further version can replace it.",
            "preview": preview,
            "submit": "Publish",
            "cancel_url": f"{_url(template)}?version={version.number}",
        },
    )
