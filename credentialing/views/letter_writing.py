"""Writing a letter from a practitioner's file or from an application: choose, look, issue."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.accounts.choices import DataClass
from config.accounts.policies import may_see_class, require
from config.audit.services.events import record_protected_read
from config.kernel.errors import Refused
from config.kernel.pages import Crumb, Done, address, answer_form, render_page, stored
from credentialing import links, policies
from credentialing.choices import LetterRecipient
from credentialing.forms.letters import WriteForm
from credentialing.letter_panels import written_from
from credentialing.models import LetterTemplate
from credentialing.rules.letter_occasions import judge
from credentialing.selectors.letter_facts import About, Facts, address_of, facts_of, offered
from credentialing.selectors.letters import WRITE
from credentialing.services import letters
from credentialing.services.guards import refuse_own_file
from credentialing.views.hearings import act_named
from credentialing.views.letters import facility_of
from practitioners.models import Practitioner
from practitioners.rules.uploads import PDF

WRITE_PAGE = "credentialing/letters/write.html"
PREVIEW = "letter-preview"


def _of_person(request: HttpRequest, uid: uuid.UUID) -> About:
    facility = facility_of(request)
    practitioner = get_object_or_404(Practitioner, uid=uid)
    refuse_own_file(request.user, practitioner)
    return About(practitioner, facility, act=act_named(request))


def _of_application(request: HttpRequest, uid: uuid.UUID) -> About:
    application = policies.application_or_404(request.user, uid)
    require(request.user, WRITE, application.facility)
    prefetch_related_objects([application.practitioner], "names")  # on the envelope, and after "Dear"
    return About(application.practitioner, application.facility, application, act_named(request))


@login_required
@require_GET
def written(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The letters written from an application: its file fetches them as a part."""
    about = _of_application(request, uid)
    page = {
        "title": "Letters of this application",
        "subtitle": _subtitle(about),
        "crumbs": [*_crumbs(about), Crumb("Letters of this application")],
        **written_from(request.user, about.application),
    }
    part = "credentialing/panels/letters.html"
    whole = "credentialing/letters/written.html"
    return render_page(request, part if request.headers.get("HX-Request") == "true" else whole, page)


# --- choosing -------------------------------------------------------------------------------------------


@login_required
@require_GET
def choose_for(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The templates that may be used for a practitioner, the others with the reason why not."""
    return _choose(request, _of_person(request, uid))


@login_required
@require_GET
def choose(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The same for an application."""
    return _choose(request, _of_application(request, uid))


def _choose(request: HttpRequest, about: About) -> HttpResponse:
    allowed: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    for template, verdict in offered(facts_of(about)):
        if not may_see_class(request.user, template.data_class, about.facility):
            continue
        row = {"template": template, "verdict": verdict, "url": _url(about, "write", template.code)}
        (allowed if verdict.met else others).append(row)
    return render_page(
        request,
        "credentialing/letters/choose.html",
        {
            "title": "Write a letter",
            "subtitle": _subtitle(about),
            "crumbs": [*_crumbs(about), Crumb("Write a letter")],
            "allowed": allowed,
            "others": others,
            "back": _back(about),
        },
    )


def _subtitle(about: About) -> str:
    what = about.application.get_kind_display() if about.application else "from the practitioner's file"
    return f"{about.practitioner}, {what.lower() if about.application else what}, {about.facility}"


def _back(about: About) -> str:
    return (
        links.application(about.application) if about.application else links.practitioner(about.practitioner)
    )


def _crumbs(about: About) -> list[Crumb]:
    return [Crumb("Letters", reverse("credentialing:letters")), Crumb(str(about.practitioner), _back(about))]


def _url(about: About, what: str, *more: str) -> str:
    """The address of a page of writing, in the application or in the practitioner's file."""
    if about.application is not None:
        return reverse(f"credentialing:letter_{what}", args=[about.application.uid, *more])
    return reverse(f"credentialing:letter_{what}_for", args=[about.practitioner.uid, *more])


def _about_act(about: About) -> dict[str, Any]:
    """What the address says of the act a letter is about."""
    return {"act": about.act} if about.act is not None else {}


# --- writing --------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def write_for(request: HttpRequest, uid: uuid.UUID, code: str) -> HttpResponse:
    """One letter to or about a practitioner: own words, a look at it, issued."""
    return _write(request, _of_person(request, uid), code)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, uid: uuid.UUID, code: str) -> HttpResponse:
    """The same in an application."""
    return _write(request, _of_application(request, uid), code)


def _write(request: HttpRequest, about: About, code: str) -> HttpResponse:
    template = _template(request, about, code)
    facts = facts_of(about)
    items = facts.items_for(template.occasion)
    form = WriteForm(request.POST or None, items=items, initial={"to": _to(about, template, items)})
    page = _page(request, about, template, facts, form)
    if request.method != "POST" or "draft" not in page:
        return render_page(request, WRITE_PAGE, page, status=409 if request.method == "POST" else 200)
    if request.POST.get("do") != "issue":
        return render_page(
            request, WRITE_PAGE, page, part=PREVIEW, part_template="credentialing/letters/preview.html"
        )

    def issue(given: dict) -> Done:
        letter = letters.issue_letter(
            actor=request.user,
            about=about,
            template=template,
            item=form.chosen(),
            to=given["to"],
            added=given["added"],
            seen=given["seen"],
        )
        return Done("The letter is issued. Say how it goes out.", links.letter(letter))

    return answer_form(request, page, issue, template=WRITE_PAGE)


def _page(
    request: HttpRequest, about: About, template: LetterTemplate, facts: Facts, form: WriteForm
) -> dict[str, Any]:
    page: dict[str, Any] = {
        "title": template.name,
        "subtitle": _subtitle(about),
        "crumbs": [*_crumbs(about), Crumb("Write a letter", _url(about, "choose")), Crumb(template.name)],
        "template": template,
        "verdict": judge(template.occasion, facts.situation),
        "form": form,
        "choose_url": _url(about, "choose"),
        "pdf_url": address(_url(about, "draft", template.code), **_about_act(about)),
    }
    try:
        page["draft"] = _draft(request, about, template, facts, form)
    except Refused as refused:
        page["refusal"] = refused.sentence
    else:
        _log_read(request, about, template)
    return page


def _draft(
    request: HttpRequest, about: About, template: LetterTemplate, facts: Facts, form: WriteForm
) -> letters.Draft:
    return letters.draft_letter(
        actor=request.user,
        about=about,
        facts=facts,
        template=template,
        item=form.chosen(),
        to=form.data.get("to", "") if form.is_bound else form.initial["to"],
        added=form.data.get("added", "")[: letters.LONGEST_ADDED] if form.is_bound else "",
    )


def _to(about: About, template: LetterTemplate, items) -> str:
    """The address the form begins with: the practitioner's on file, or the school's name."""
    if template.recipient == LetterRecipient.PRACTITIONER:
        return address_of(about.practitioner)
    first = items[0].credential if items else None
    return first.issuer if first is not None else ""


def _template(request: HttpRequest, about: About, code: str) -> LetterTemplate:
    template = LetterTemplate.objects.filter(code=code).first()
    if template is None or not may_see_class(request.user, template.data_class, about.facility):
        raise Http404
    return template


# --- as PDF ---------------------------------------------------------------------------------------------


@login_required
@require_POST
def draft_for(request: HttpRequest, uid: uuid.UUID, code: str) -> HttpResponse:
    """The letter typeset as it would be issued now, marked as a draft."""
    return _pdf(request, _of_person(request, uid), code)


@login_required
@require_POST
def draft(request: HttpRequest, uid: uuid.UUID, code: str) -> HttpResponse:
    """The same in an application."""
    return _pdf(request, _of_application(request, uid), code)


def _pdf(request: HttpRequest, about: About, code: str) -> HttpResponse:
    template = _template(request, about, code)
    facts = facts_of(about)
    items = facts.items_for(template.occasion)
    form = WriteForm(request.POST, items=items, initial={"to": _to(about, template, items)})
    for errors in form.errors.values():
        raise Refused(errors[0])
    made = _draft(request, about, template, facts, form)
    _log_read(request, about, template)
    return stored(letters.typeset_draft(made, form.data.get("to", "")), PDF)


def _log_read(request: HttpRequest, about: About, template: LetterTemplate) -> None:
    """A draft of a protected letter holds what the letter will: reading it is logged."""
    if template.data_class == DataClass.GENERAL:
        return
    subject = about.application or about.practitioner
    record_protected_read(
        actor=request.user,
        data_class=DataClass(template.data_class),
        subject_kind=subject._meta.label_lower,
        subject_uid=subject.uid,
        practitioner=about.practitioner,
    )
